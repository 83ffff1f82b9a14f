#include <churn/report/report.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

namespace churn::inline v0 {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d8dee4; --soft: #57606a; --accent: 9, 105, 218; --bad: 207, 34, 46; --good: 26, 127, 55; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --soft: #9198a1; --accent: 68, 147, 248; --bad: 248, 81, 73; --good: 63, 185, 80; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin: 2.2rem 0 .2rem; font-size: 1.15rem; }
p { margin: .2rem 0 .6rem; color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .7rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th { font-weight: 600; } .right { text-align: right; }
td.long { white-space: normal; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); } svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; }
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

/// One decimal is finer than a pixel, and prints the same everywhere.
std::string pixels(double value) { return shortest(std::round(value * 10) / 10); }

/// A chart's drawing area, with values scaled between its floor and ceiling.
class Chart {
 public:
  Chart(std::size_t columns, double low, double high)
      : columns_(columns), low_(low), high_(high > low ? high : low + 1) {}
  [[nodiscard]] double x(std::size_t column) const {
    return left + (static_cast<double>(column) + 0.5) * (width - left) /
                      static_cast<double>(std::max<std::size_t>(columns_, 1));
  }
  [[nodiscard]] double y(double value) const {
    return bottom - (value - low_) / (high_ - low_) * (bottom - top);
  }
  [[nodiscard]] double bar_width() const {
    return 0.7 * (width - left) / static_cast<double>(std::max<std::size_t>(columns_, 1));
  }

  static constexpr double width = 960;
  static constexpr double height = 240;
  static constexpr double left = 70;
  static constexpr double top = 14;
  static constexpr double bottom = 214;

 private:
  std::size_t columns_;
  double low_;
  double high_;
};

std::string rectangle(double x, double y, double width, double height, const char* colour,
                      const std::string& hint) {
  return "<rect x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" width=\"" + pixels(width) + "\" height=\"" +
         pixels(std::max(0.0, height)) + "\" fill=\"rgb(var(--" + colour + "))\"><title>" + escaped(hint) +
         "</title></rect>";
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(text) + "</text>";
}

std::string period_labels(const Report& report, const Chart& chart) {
  std::string out;
  const bool by_day = report.period_name == "day" || report.period_name == "week";
  const std::size_t step = std::max<std::size_t>(1, (report.points.size() + 11) / 12);
  for (std::size_t i = 0; i < report.points.size(); i += step)
    out += label(chart.x(i), Chart::height - 8, "middle",
                 report.points[i].period.to_string().substr(0, by_day ? 10 : 7));
  return out;
}

std::string figure(const std::string& caption, const std::string& drawing) {
  return "<figure><figcaption>" + escaped(caption) +
         "</figcaption><svg viewBox=\"0 0 960 240\" role=\"img\" aria-label=\"" + escaped(caption) + "\">" +
         drawing + "</svg></figure>\n";
}

/// What came (upwards) and went (downwards) in each period.
std::string movement_chart(const Report& report) {
  double high = 0;
  double low = 0;
  for (const ReportPoint& point : report.points) {
    high = std::max(high, static_cast<double>(point.gained));
    low = std::min(low, -static_cast<double>(point.lost));
  }
  const Chart chart{report.points.size(), low, high};
  const auto money = [&](std::int64_t minor) { return Money{minor, report.currency}.to_string(); };
  std::string out;
  for (std::size_t i = 0; i < report.points.size(); ++i) {
    const ReportPoint& point = report.points[i];
    const double x = chart.x(i) - chart.bar_width() / 2;
    const auto gained = static_cast<double>(point.gained);
    const auto lost = static_cast<double>(point.lost);
    const std::string hint = point.period.to_string() + ": +" + money(point.gained) + ", -" +
                             money(point.lost) + ", closing " + money(point.closing);
    out += rectangle(x, chart.y(gained), chart.bar_width(), chart.y(0) - chart.y(gained), "good", hint);
    out += rectangle(x, chart.y(0), chart.bar_width(), chart.y(-lost) - chart.y(0), "bad", hint);
  }
  out += label(Chart::left - 8, chart.y(high) + 4, "end", money(static_cast<std::int64_t>(high)));
  out += label(Chart::left - 8, chart.y(0) + 4, "end", "0");
  if (low < 0) out += label(Chart::left - 8, chart.y(low) + 4, "end", money(static_cast<std::int64_t>(low)));
  const std::string fx = report.revalues ? ", exchange rates" : "";
  const std::string in = (report.transfers ? ", transfer in" : "") + fx;
  const std::string away = (report.transfers ? ", transfer out" : "") + fx;
  return figure("MRR gained (new, reactivation, expansion" + in + ") and lost (contraction, churn" + away +
                    ") a " + report.period_name,
                out + period_labels(report, chart));
}

/// The churn rate of each complete period, with its interval where it has one.
std::string churn_chart(const Report& report) {
  double high = 0.01;
  bool has_intervals = false;
  for (const ReportPoint& point : report.points) {
    high = std::max({high, point.churn_rate.value_or(0), point.churn_high.value_or(0)});
    has_intervals = has_intervals || point.churn_high;
  }
  const Chart chart{report.points.size(), 0, high};
  std::string out;
  for (std::size_t i = 0; i < report.points.size(); ++i) {
    const ReportPoint& point = report.points[i];
    if (!point.churn_rate) continue;
    const std::string x = pixels(chart.x(i));
    if (point.churn_low && point.churn_high)
      out += "<line x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + pixels(chart.y(*point.churn_low)) +
             "\" y2=\"" + pixels(chart.y(*point.churn_high)) +
             "\" stroke=\"rgba(var(--accent), .35)\" stroke-width=\"" + pixels(chart.bar_width() / 2) +
             "\"/>";
    out += "<circle cx=\"" + x + "\" cy=\"" + pixels(chart.y(*point.churn_rate)) +
           "\" r=\"3.5\" fill=\"rgb(var(--accent))\"><title>" + point.period.to_string() + ": " +
           shortest(std::round(*point.churn_rate * 1000) / 10) + " %</title></circle>";
  }
  out += label(Chart::left - 8, chart.y(high) + 4, "end", shortest(std::round(high * 1000) / 10) + " %");
  out += label(Chart::left - 8, chart.y(0) + 4, "end", "0 %");
  return figure("Customer churn a " + report.period_name + (has_intervals ? ", with its interval" : ""),
                out + period_labels(report, chart));
}

std::string table_of(const ReportSection& section) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  const auto classes = [&](std::size_t i) {
    return section.right_aligned[i] ? std::string(" class=\"right\"") : std::string();
  };
  for (std::size_t i = 0; i < section.columns.size(); ++i)
    out += "<th scope=\"col\"" + classes(i) + ">" + escaped(section.columns[i]) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const auto& row : section.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string attributes = row[i].text.size() > 60 ? std::string(" class=\"long\"") : classes(i);
      if (row[i].shade)
        attributes += " style=\"background: rgba(var(--accent), " +
                      shortest(std::round(*row[i].shade * 45) / 100) + ")\"";
      out += "<td" + attributes + ">" + escaped(row[i].text) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace

std::string to_html(const Report& report) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
      escaped(report.title) + "</title><style>" + std::string(style) + "</style></head><body>\n<h1>" +
      escaped(report.title) + "</h1>\n<p>" + escaped(report.subtitle) + "</p>\n";
  bool charts_are_due = !report.points.empty();
  for (const ReportSection& section : report.sections) {
    out += "<section><h2>" + escaped(section.title) + "</h2>\n";
    if (!section.note.empty()) out += "<p>" + escaped(section.note) + "</p>\n";
    if (!section.rows.empty()) out += table_of(section);
    out += "</section>\n";
    if (charts_are_due) out += movement_chart(report) + churn_chart(report);
    charts_are_due = false;  // they follow the headline
  }
  return out + "</body></html>\n";
}

}  // namespace churn::inline v0
