// A report as text, Markdown and JSON; as a page it is in html.cpp.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/core/printable.hpp>
#include <churn/report/report.hpp>
#include <churn/report/text_table.hpp>

namespace churn::inline v0 {

namespace {

std::vector<std::vector<std::string>> texts_of_rows(const ReportSection& section) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(section.rows.size());
  for (const auto& row : section.rows) {
    auto& texts = rows.emplace_back();
    texts.reserve(row.size());
    for (const ReportCell& cell : row) texts.push_back(cell.text);
  }
  return rows;
}

/// Text that says in Markdown what it says here: nothing of a name is a heading, a link, a tag or the end of a cell.
std::string markdown(std::string_view text) {
  constexpr std::string_view always = "\\`*[]<>|~&$#";
  const std::string plain = printable(text);
  const auto is_word = [&](std::size_t i) {
    return i < plain.size() && (std::isalnum(static_cast<unsigned char>(plain[i])) != 0 ||
                                (static_cast<unsigned char>(plain[i]) & 0x80U) != 0);
  };
  std::string escaped;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    const bool always_escaped = always.find(c) != std::string_view::npos;
    // An underscore within a word is one; elsewhere it may begin emphasis.
    const bool emphasises = c == '_' && (i == 0 || !is_word(i - 1) || !is_word(i + 1));
    // Addresses of pages become links by themselves. (Those of people do, too, whatever stands in front.)
    const bool links = (c == ':' && plain.compare(i + 1, 1, "/") == 0) ||
                       (c == '.' && i >= 3 && (plain[i - 1] == 'w' || plain[i - 1] == 'W'));
    if (always_escaped || emphasises || links) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void add_markdown_line(std::string& out, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) {
    out += "| ";
    out += markdown(cell);
    out += ' ';
  }
  out += "|\n";
}

}  // namespace

std::string to_text(const Report& report) {
  std::string out = printable(report.title) + "\n" + printable(report.subtitle) + "\n";
  for (const ReportSection& section : report.sections) {
    const std::string title = printable(section.title);
    out += "\n" + title + "\n" + std::string(title.size(), '-') + "\n";
    if (!section.note.empty()) out += printable(section.note) + "\n";
    if (section.rows.empty()) continue;
    out += to_aligned_text(section.columns, texts_of_rows(section), section.right_aligned);
  }
  return out;
}

std::string to_markdown(const Report& report) {
  std::string out = "# " + markdown(report.title) + "\n\n" + markdown(report.subtitle) + "\n";
  std::optional<ReportPart> part;
  for (const ReportSection& section : report.sections) {
    if (part != section.part) out += "\n## " + std::string(report_part_name(section.part)) + "\n";
    part = section.part;
    out += "\n### " + markdown(section.title) + "\n";
    if (!section.note.empty()) out += "\n" + markdown(section.note) + "\n";
    if (section.rows.empty()) continue;
    out += "\n";
    add_markdown_line(out, section.columns);
    for (const bool right : section.right_aligned) out += right ? "| ---: " : "| --- ";
    out += "|\n";
    for (const auto& row : texts_of_rows(section)) add_markdown_line(out, row);
  }
  return out;
}

std::string to_json(const Report& report) {
  using Json = nlohmann::ordered_json;
  Json sections = Json::array();
  for (const ReportSection& section : report.sections) {
    sections.push_back({{"title", section.title},
                        {"note", section.note},
                        {"columns", section.columns},
                        {"rows", texts_of_rows(section)}});
  }
  const Json document{
      {"title", report.title}, {"subtitle", report.subtitle}, {"sections", std::move(sections)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace churn::inline v0
