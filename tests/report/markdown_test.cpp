#include <churn/report/report.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace churn {
namespace {

Report report_of_names(const std::vector<std::string>& names) {
  Report report{"Churn report: A|B", "As of 2025-01-01.", {}};
  ReportSection section{
      "Churn by plan_name", "What is surely high first.", {"plan", "churn"}, {}, {false, true}};
  for (const std::string& name : names) section.rows.push_back({{name}, {"2.9 %"}});
  report.sections = {section, {"What was left out", "No row was rejected.", {}, {}, {}}};
  report.sections[1].part = ReportPart::can_i_believe_it;
  return report;
}

TEST(Markdown, has_a_heading_a_chapter_and_section_and_tables) {
  EXPECT_EQ(to_markdown(report_of_names({"pro", "paid_social"})),
            "# Churn report: A\\|B\n"
            "\n"
            "As of 2025-01-01.\n"
            "\n"
            "## What happened\n"
            "\n"
            "### Churn by plan_name\n"
            "\n"
            "What is surely high first.\n"
            "\n"
            "| plan | churn |\n"
            "| --- | ---: |\n"
            "| pro | 2.9 % |\n"
            "| paid_social | 2.9 % |\n"
            "\n"
            "## Can I believe it\n"
            "\n"
            "### What was left out\n"
            "\n"
            "No row was rejected.\n");
}

/// Replaces every `from`.
std::string with(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// What a reader of Markdown makes of it, as HTML.
std::string rendered(const std::string& markdown) {
  const auto file = std::filesystem::temp_directory_path() / "churn_markdown_test.md";
  std::ofstream(file, std::ios::binary) << markdown;
  FILE* pipe =
      popen(("cmark-gfm --unsafe -e table -e strikethrough -e autolink " + file.string()).c_str(), "r");
  std::string html;
  std::array<char, 4096> bytes{};
  for (std::size_t count = 0; (count = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;)
    html.append(bytes.data(), count);
  pclose(pipe);
  std::filesystem::remove(file);
  return html;
}

TEST(Markdown, names_are_text_to_a_reader_of_markdown_whatever_they_hold) {
  if (std::system("command -v cmark-gfm >/dev/null") != 0) GTEST_SKIP() << "There is no cmark-gfm.";
  const std::vector<std::string> names = {"<script>alert(1)</script>",
                                          "a | b",
                                          "*bold* and __bold__",
                                          "_x_ paid_social x_",
                                          "[a](javascript:b)",
                                          "![a](b)",
                                          "`code`",
                                          "\\| back\\slash\\",
                                          "&lt; &amp; & <b>",
                                          "# no heading",
                                          "~~gone~~ ~one~",
                                          "- no item",
                                          "$x$",
                                          "<!-- comment",
                                          "1. first",
                                          "Müller & Söhne",
                                          "a\\",
                                          "=== ---",
                                          "> quote",
                                          "*** ___",

                                          "<https://a>",
                                          "https://a.example/b",
                                          "www.a.example",
                                          "WWW.a.example",

                                          "[a]: b",
                                          "a  \\`b` ``c``\\\\|||d"};
  const std::string html = rendered(to_markdown(report_of_names(names)));
  std::vector<std::string> cells;
  for (std::size_t at = 0; (at = html.find("<td>", at)) != std::string::npos; at += 4) {
    std::string cell = html.substr(at + 4, html.find("</td>", at) - at - 4);
    EXPECT_EQ(cell.find('<'), std::string::npos) << cell;
    cells.push_back(with(with(with(with(cell, "&lt;", "<"), "&gt;", ">"), "&quot;", "\""), "&amp;", "&"));
  }
  EXPECT_EQ(cells, names);  // cells of numbers are aligned, and so have an attribute
  EXPECT_NE(html.find("<h1>Churn report: A|B</h1>"), std::string::npos) << html;
  EXPECT_NE(html.find("<td align=\"right\">2.9 %</td>"), std::string::npos) << html;
}

TEST(Markdown, a_line_break_or_an_escape_in_a_name_ends_no_row) {
  const std::string text = to_markdown(report_of_names({"a\n| b |\r\n# c\x1b[2J"}));
  EXPECT_NE(text.find("| a \\| b \\|  \\# c \\[2J | 2.9 % |\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace churn
