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
  for (const ReportSection& section : report.sections) {
    out += "<section><h2>" + escaped(section.title) + "</h2>\n";
    if (!section.note.empty()) out += "<p>" + escaped(section.note) + "</p>\n";
    if (!section.rows.empty()) out += table_of(section);
    out += "</section>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace churn::inline v0
