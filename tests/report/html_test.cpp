#include <churn/report/report.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/error.hpp>

#include "report/page_files.hpp"

namespace churn {
namespace {

constexpr const char* bar_view =
    R"json({"mark": "bar", "encoding": {"x": {"field": "plan"}, "y": {"field": "mrr"}}})json";

Chart chart_of_plans(const std::string& name) {
  return {
      name,
      "Most pay for pro.",
      "MRR by plan.",
      {{"segment", "plan", "mrr", "share"},
       {{std::string("all"), std::string("pro"), Money::parse("1234.50", Currency{"USD"}).value(), 0.123456},
        {std::string("country: DE"), std::string("basic"), Money::parse("7.00", Currency{"USD"}).value(),
         0.001234}}},
      bar_view};
}

ReportSection section_of(const std::string& title, ReportPart part, std::vector<Chart> charts = {}) {
  return {title, "Note.", {"a", "b"}, {{{"x"}, {"1", 0.5}}}, {false, true}, std::move(charts), part};
}

bool can_draw() { return !chart_scripts().empty(); }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// A page without the scripts at its end.
std::string before_scripts(const std::string& page) { return page.substr(0, page.find("<!--\n")); }

/// All values of `attribute="…"`, in their order.
std::vector<std::string> values_of(const std::string& page, const std::string& attribute) {
  std::vector<std::string> values;
  const std::string start = " " + attribute + "=\"";
  for (auto at = page.find(start); at != std::string::npos; at = page.find(start, at + 1))
    values.push_back(page.substr(at + start.size(), page.find('"', at + start.size()) - at - start.size()));
  return values;
}

TEST(Html, has_a_chapter_of_each_part_that_has_sections_in_the_order_of_the_parts) {
  const std::string page =
      to_html({"Book",
               "Today.",
               {section_of("Rejected", ReportPart::can_i_believe_it),
                section_of("Bridge", ReportPart::what_happened), section_of("Who", ReportPart::who_leaves)}});
  const std::vector<std::string> in_order{"<h1>Book</h1>",    "<h2 id=\"part-1-name\">What happened</h2>",
                                          "<h3>Bridge</h3>",  "<h2 id=\"part-2-name\">Who leaves</h2>",
                                          "<h3>Who</h3>",     "<h2 id=\"part-6-name\">Can I believe it</h2>",
                                          "<h3>Rejected</h3>"};
  std::size_t last = 0;
  for (const std::string& text : in_order) {
    const std::size_t at = page.find(text);
    ASSERT_NE(at, std::string::npos) << text;
    EXPECT_GT(at, last) << text;
    last = at;
  }
  EXPECT_EQ(page.find("Why they left"), std::string::npos);
  EXPECT_NE(page.find("<li><a href=\"#part-6\">Can I believe it</a>"), std::string::npos);
  EXPECT_NE(page.find("<li><a href=\"#rejected\">Rejected</a></li>"), std::string::npos);
}

TEST(Html, gives_each_element_an_id_of_its_own_and_each_link_a_place) {
  Report report{"Book", "", {}};
  for (const char* title : {"Trend", "trend!", "segment", "Part 1", "\xC3\xA9", "\xC3\xA9", ""})
    report.sections.push_back(
        section_of(title, ReportPart::who_leaves, {chart_of_plans("trend"), chart_of_plans("A \"b\"")}));
  const std::string page = to_html(report, {.scripts = false});
  const std::vector<std::string> ids = values_of(page, "id");
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  for (const std::string& link : values_of(page, "href"))
    EXPECT_EQ(std::count(ids.begin(), ids.end(), link.substr(1)), 1) << link;
  EXPECT_NE(page.find("<figure class=\"chart\" id=\"trend\">"), std::string::npos)
      << "A chart's name is its id.";
}

TEST(Html, without_scripts_has_words_and_tables_of_its_charts_and_no_script) {
  const Report report{
      "Book", "", {section_of("Plans", ReportPart::what_happened, {chart_of_plans("plans")})}};
  const std::string page = to_html(report, {.scripts = false});
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("class=\"plot\""), std::string::npos);
  EXPECT_EQ(page.find("<form"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos);
  EXPECT_NE(page.find("<p class=\"finding\">Most pay for pro.</p><p class=\"measured\">MRR by plan.</p>"),
            std::string::npos);
  EXPECT_NE(page.find("<tr><td>all</td><td>pro</td><td class=\"right\">1,234.50</td><td "
                      "class=\"right\">0.1235</td></tr>"),
            std::string::npos);
  EXPECT_EQ(page.find("country: DE"), std::string::npos) << "rows of a segment";
}

TEST(Html, holds_scripts_only_where_it_has_a_chart_to_draw) {
  const std::string none = to_html({"Book", "", {section_of("Plans", ReportPart::what_happened)}});
  EXPECT_EQ(none.find("<script"), std::string::npos);
  const std::string page =
      to_html({"Book", "", {section_of("Plans", ReportPart::what_happened, {chart_of_plans("plans")})}});
  EXPECT_EQ(count(page, "<script"), can_draw() ? 3U : 0U);
  EXPECT_EQ(count(page, "</script"), can_draw() ? 3U : 0U);
  EXPECT_EQ(count(page, "class=\"plot\""), can_draw() ? 1U : 0U);
  EXPECT_EQ(before_scripts(page).find(" src="), std::string::npos);
  if (!can_draw()) return;
  EXPECT_NE(
      page.find(
          R"("columns":["segment","plan","mrr","share"],"amounts":[2],"rows":[["all","pro","1234.50",0.123456],)"),
      std::string::npos)
      << "Amounts are exact.";
  EXPECT_NE(page.find("Vega-Lite 6"), std::string::npos) << "Whose the scripts are is said.";
}

TEST(Html, of_names_that_are_markup_is_text) {
  const std::string evil = "</script><img src=x onerror=alert(1)>\"'&";
  Chart chart = chart_of_plans("plans");
  chart.finding = chart.measured = evil;
  chart.data.columns[1] = evil;
  chart.data.rows[0][1] = evil;
  chart.data.rows[1][0] = "x: " + evil;
  chart.spec = R"json({"mark": "bar", "description": "</script><!--<script>"})json";
  ReportSection section{evil, evil, {evil}, {{{evil}}}, {false}, {chart}};
  const std::string page = to_html({evil, evil, {section}});
  EXPECT_EQ(before_scripts(page).find("<img"), std::string::npos);
  EXPECT_EQ(count(page, "<!--"), can_draw() ? 1U : 0U);
  EXPECT_EQ(count(page, "</script"), can_draw() ? 3U : 0U);
  EXPECT_NE(page.find("<h1>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</h1>"),
            std::string::npos);
  for (const std::string& label : values_of(page, "aria-label"))
    EXPECT_EQ(label.find('<'), std::string::npos) << label;
}

TEST(Html, words_numbers_flags_and_what_is_not_known) {
  Chart chart{"c", "", "", {{"v"}, {}}, "{}"};
  for (const Cell& cell : std::vector<Cell>{
           Cell{}, true, false, std::int64_t{12345}, 0.0, 2.5, 1.23456789, 0.000123456, Date::of(2024, 2, 29),
           Money::parse("-1234567.80", Currency{"USD"}).value(), std::numeric_limits<double>::infinity()})
    chart.data.rows.push_back({cell});
  const std::string page =
      to_html({"Book", "", {section_of("S", ReportPart::what_happened, {chart})}}, {.scripts = false});
  for (const char* text : {">-<", ">yes<", ">no<", ">12345<", ">0<", ">2.5<", ">1.2346<", ">0.000123<",
                           ">2024-02-29<", ">-1,234,567.80<"})
    EXPECT_NE(page.find(text), std::string::npos) << text;
  EXPECT_EQ(page.find("inf"), std::string::npos);
}

TEST(Html, of_a_view_that_is_no_object_is_an_error_where_it_is_to_be_drawn) {
  Chart chart = chart_of_plans("plans");
  chart.spec = "[1, 2";
  const Report report{"Book", "", {section_of("Plans", ReportPart::what_happened, {chart})}};
  EXPECT_NO_THROW((void)to_html(report, {.scripts = false}));
  if (can_draw()) {
    EXPECT_THROW((void)to_html(report), Error);
  }
}

TEST(Html, of_nothing_is_a_page) {
  const std::string page = to_html({});
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST(Html, embeds_scripts_that_end_no_script) {
  for (const EmbeddedText text : {page_script(), chart_scripts(), chart_scripts_notice(), page_style()}) {
    std::string whole;
    for (const std::string_view piece : text) whole += piece;
    for (const char* mark : {"</script", "</style", "<!--", "-->", "sourceMappingURL"})
      EXPECT_EQ(whole.find(mark), std::string::npos) << mark;
  }
  EXPECT_EQ(chart_scripts().empty(), chart_scripts_notice().empty());
}

}  // namespace
}  // namespace churn
