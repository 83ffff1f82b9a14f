#include <churn/report/report.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <churn/core/error.hpp>

#include "report/page_files.hpp"
#include "report/words.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

using PageJson = nlohmann::ordered_json;

/// For text and for attributes in double quotes.
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

/// JSON that nothing in it can end: inside a <script>, all that HTML looks for begins with `<`.
std::string within_script(const PageJson& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, PageJson::error_handler_t::replace))
    c == '<' ? out += "\\u003c" : out += c;
  return out;
}

/// A cell as its reader sees it; page.js words the cells of other segments in the same way.
std::string text_on_page(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return words::undefined;
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "yes" : "no";
  if (const auto* amount = std::get_if<Money>(&cell)) return words::grouped(*amount);
  if (const auto* number = std::get_if<double>(&cell)) {
    if (!std::isfinite(*number)) return words::undefined;
    if (*number != 0 && std::abs(*number) < 0.01) return three_digits(*number);
    return shortest(std::round(*number * 1e4) / 1e4);
  }
  return to_text(cell);
}

/// A cell for page.js: as `to_json(const Chart&)` has it, but amounts are exact, as texts.
PageJson for_script(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> PageJson {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>)
          return nullptr;
        else if constexpr (std::is_same_v<Value, Money> || std::is_same_v<Value, Date>)
          return value.to_string();
        else
          return value;  // a double that is not finite becomes null
      },
      cell);
}

std::size_t column_of(const Table& table, std::string_view name) {
  return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) -
                                  table.columns.begin());
}

template <typename Type>
bool column_has(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const auto& row) { return std::holds_alternative<Type>(row[column]); });
}

class PageWriter {
 public:
  PageWriter(const Report& report, bool can_draw)
      : report_(report),
        draws_charts_(can_draw &&
                      std::any_of(report.sections.begin(), report.sections.end(),
                                  [](const ReportSection& section) { return !section.charts.empty(); })) {}

  std::string write() {
    name_sections();
    out_ =
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        escaped(report_.title) + "</title>\n<style>\n";
    add(page_style());
    out_ +=
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#report\">Skip to the report</a>\n"
        "<header class=\"masthead\">\n<h1>" +
        escaped(report_.title) + "</h1>\n<p class=\"subtitle\">" + escaped(report_.subtitle) + "</p>\n";
    if (draws_charts_)
      out_ +=
          "<noscript><p>The charts are drawn by a script, which is not run here; their data are in the "
          "tables.</p></noscript>\n";
    out_ += "</header>\n";
    write_contents();
    if (draws_charts_)
      out_ +=
          "<form class=\"filter\" autocomplete=\"off\" hidden>\n<label for=\"segment\">Segment</label>\n"
          "<select id=\"segment\"></select>\n<p aria-live=\"polite\"></p>\n</form>\n";
    out_ += "<main id=\"report\" tabindex=\"-1\">\n";
    write_chapters();
    out_ += "</main>\n";
    if (draws_charts_) write_scripts();
    out_ += "</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  void add(EmbeddedText text) {
    for (const std::string_view piece : text) out_ += piece;
  }

  /// An id that no other element of the page has: lower-case letters, digits and `-`.
  std::string id_of(std::string_view text) {
    std::string id;
    for (const char c : text) {
      const bool upper = c >= 'A' && c <= 'Z';
      const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (plain || upper)
        id += upper ? static_cast<char>(c - 'A' + 'a') : c;
      else if (!id.empty() && id.back() != '-')
        id += '-';
    }
    while (!id.empty() && id.back() == '-') id.pop_back();
    if (id.empty()) id = "section";
    std::string unique = id;
    for (int n = 2; !ids_.insert(unique).second; ++n) unique = id + "-" + std::to_string(n);
    return unique;
  }

  /// Charts keep their names as ids, so they come first.
  void name_sections() {
    for (const ReportSection& section : report_.sections)
      for (const Chart& chart : section.charts) chart_ids_.push_back(id_of(chart.name));
    for (const ReportSection& section : report_.sections) section_ids_.push_back(id_of(section.title));
  }

  /// Calls `f(part, id, sections)` for each part that has sections, in the order of the parts.
  template <typename F>
  void for_each_chapter(const F& f) const {
    for (auto n = static_cast<int>(ReportPart::what_happened);
         n <= static_cast<int>(ReportPart::can_i_believe_it); ++n) {
      const auto part = static_cast<ReportPart>(n);
      std::vector<std::size_t> sections;
      for (std::size_t i = 0; i < report_.sections.size(); ++i)
        if (report_.sections[i].part == part) sections.push_back(i);
      if (!sections.empty())
        f(std::string(report_part_name(part)), "part-" + std::to_string(n + 1), sections);
    }
  }

  void write_contents() {
    out_ += "<nav class=\"contents\" aria-label=\"Contents\">\n<ul>\n";
    for_each_chapter([this](const std::string& name, const std::string& id, const auto& sections) {
      out_ += "<li><a href=\"#" + id + "\">" + escaped(name) + "</a>\n<ul>\n";
      for (const std::size_t i : sections)
        out_ +=
            "<li><a href=\"#" + section_ids_[i] + "\">" + escaped(report_.sections[i].title) + "</a></li>\n";
      out_ += "</ul></li>\n";
    });
    out_ += "</ul>\n</nav>\n";
  }

  void write_chapters() {
    std::vector<std::size_t> first_chart{0};  // by section
    for (const ReportSection& section : report_.sections)
      first_chart.push_back(first_chart.back() + section.charts.size());
    for_each_chapter([&](const std::string& name, const std::string& id, const auto& sections) {
      out_ += "<section class=\"chapter\" id=\"" + id + "\" aria-labelledby=\"" + id + "-name\">\n<h2 id=\"" +
              id + "-name\">" + escaped(name) + "</h2>\n";
      for (const std::size_t i : sections) {
        const ReportSection& section = report_.sections[i];
        out_ += "<section class=\"section\" id=\"" + section_ids_[i] + "\">\n<h3>" + escaped(section.title) +
                "</h3>\n";
        if (!section.note.empty()) out_ += "<p class=\"note\">" + escaped(section.note) + "</p>\n";
        for (std::size_t c = 0; c < section.charts.size(); ++c)
          write_figure(section.charts[c], chart_ids_[first_chart[i] + c]);
        if (!section.rows.empty()) write_table(section);
        out_ += "</section>\n";
      }
      out_ += "</section>\n";
    });
  }

  /// A table that is wider than the page moves in a box of its own, with the keyboard, too.
  void begin_table(const std::string& label) {
    out_ += "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(label) +
            "\"><table><thead><tr>";
  }

  void write_head(const std::string& name, bool right) {
    out_ += std::string("<th scope=\"col\"") + (right ? " class=\"right\">" : ">") + escaped(name) + "</th>";
  }

  void write_table(const ReportSection& section) {
    const auto right = [&](std::size_t i) {
      return i < section.right_aligned.size() && section.right_aligned[i];
    };
    begin_table(section.title);
    for (std::size_t i = 0; i < section.columns.size(); ++i) write_head(section.columns[i], right(i));
    out_ += "</tr></thead><tbody>\n";
    for (const auto& row : section.rows) {
      out_ += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i) {
        out_ += "<td";
        if (row[i].text.size() > 60)
          out_ += " class=\"long\"";
        else if (right(i))
          out_ += " class=\"right\"";
        if (row[i].shade)
          out_ += " style=\"background: rgba(var(--accent), " +
                  shortest(std::round(*row[i].shade * 45) / 100) + ")\"";
        out_ += ">" + escaped(row[i].text) + "</td>";
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  void write_figure(const Chart& chart, const std::string& id) {
    out_ += "<figure class=\"chart\" id=\"" + id + "\">\n<figcaption><p class=\"finding\">" +
            escaped(chart.finding) + "</p><p class=\"measured\">" + escaped(chart.measured) +
            "</p></figcaption>\n";
    if (draws_charts_) {
      out_ += "<div class=\"plot\"></div>\n<script type=\"application/json\">" + figure_json(chart) +
              "</script>\n";
    }
    out_ += "<details><summary>Data of this chart</summary>\n";
    write_data(chart);
    out_ += "</details>\n</figure>\n";
  }

  /// What page.js reads.
  [[nodiscard]] static std::string figure_json(const Chart& chart) {
    const PageJson view = PageJson::parse(chart.spec, nullptr, false);
    if (!view.is_object())
      throw Error(ErrorCode::unreadable,
                  "the specification of the chart " + chart.name + " is not a JSON object");
    PageJson spec{{"width", "container"}};
    spec.update(view);
    PageJson amounts = PageJson::array();
    for (std::size_t i = 0; i < chart.data.columns.size(); ++i)
      if (column_has<Money>(chart.data, i)) amounts.push_back(i);
    PageJson rows = PageJson::array();
    for (const auto& row : chart.data.rows) {
      PageJson cells = PageJson::array();
      for (const Cell& cell : row) cells.push_back(for_script(cell));
      rows.push_back(std::move(cells));
    }
    return within_script({{"spec", std::move(spec)},
                          {"columns", chart.data.columns},
                          {"amounts", std::move(amounts)},
                          {"rows", std::move(rows)}});
  }

  /// Of a chart that is cut by segments, the rows of the whole book.
  void write_data(const Chart& chart) {
    const Table& data = chart.data;
    const std::size_t segment = column_of(data, "segment");
    std::vector<bool> right;
    begin_table("Data of " + chart.finding);
    for (std::size_t i = 0; i < data.columns.size(); ++i) {
      right.push_back(!column_has<std::string>(data, i) && !column_has<Date>(data, i));
      write_head(data.columns[i], right[i]);
    }
    out_ += "</tr></thead><tbody>\n";
    for (const auto& row : data.rows) {
      if (segment < row.size() && row[segment] != Cell{std::string("all")}) continue;
      out_ += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i)
        out_ += std::string("<td") + (right[i] ? " class=\"right\">" : ">") + escaped(text_on_page(row[i])) +
                "</td>";
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  void write_scripts() {
    out_ += "<!--\n";
    add(chart_scripts_notice());
    out_ += "-->\n<script>\n";
    add(chart_scripts());
    out_ += "</script>\n<script>\n";
    add(page_script());
    out_ += "</script>\n";
  }

  const Report& report_;
  bool draws_charts_;
  std::string out_;
  std::set<std::string> ids_{"report", "segment", "part-1", "part-2", "part-3", "part-4", "part-5", "part-6"};
  std::vector<std::string> chart_ids_;    // of all sections, one after another
  std::vector<std::string> section_ids_;  // by section
};

}  // namespace

std::string to_html(const Report& report, const HtmlOptions& options) {
  return PageWriter{report, options.scripts && !chart_scripts().empty()}.write();
}

}  // namespace churn::inline v0
