#include <churn/report/report.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;

/// Three customers, one of whom leaves in March.
Book small_book() {
  return book_as_of(
      "2024-05-01",
      {a_customer("a").with("channel", "ads").on("pro").from("2024-01-01").until("2024-03-10").at("100"),
       a_customer("b").with("channel", "web").on("pro").from("2024-01-01").at("1000"),
       a_customer("c").on("pro").from("2024-02-01").at("50")});
}

const ReportSection& section(const Report& report, const std::string& title) {
  const auto found = std::find_if(report.sections.begin(), report.sections.end(),
                                  [&](const ReportSection& s) { return s.title == title; });
  if (found == report.sections.end()) throw std::runtime_error("no section " + title);
  return *found;
}

std::string row_of(const ReportSection& section, const std::string& first) {
  std::string text;
  for (const auto& row : section.rows)
    if (row.front().text == first)
      for (const ReportCell& cell : row) text += (text.empty() ? "" : " | ") + cell.text;
  return text;
}

TEST(Report, shows_the_bridge_with_grouped_amounts) {
  const Report report = make_report(small_book(), {});
  EXPECT_EQ(row_of(section(report, "MRR bridge"), "2024-03-01"),
            "2024-03-01 | 1,150.00 | 0.00 | 0.00 | 0.00 | 0.00 | 100.00 | 1,050.00 | 2 | 1");
}

TEST(Report, pools_churn_over_the_shown_periods_and_ranks_segments_by_it) {
  const Report report = make_report(small_book(), {});
  const ReportSection& by_channel = section(report, "Churn by channel");
  ASSERT_EQ(by_channel.rows.size(), 3U);
  EXPECT_EQ(by_channel.rows[0][0].text, "ads");
  // It opened February and March and was gone after: one of two customer-months.
  EXPECT_EQ(row_of(by_channel, "ads").substr(0, 20), "ads | 2 | 1 | 50.0 %");
  EXPECT_EQ(row_of(by_channel, "web").substr(0, 19), "web | 3 | 0 | 0.0 %");
}

TEST(Report, takes_all_shown_periods_as_one_beside_the_last) {
  const Report report = make_report(small_book(), {});
  const std::string churn = row_of(section(report, "Headline"), "Customer churn");
  EXPECT_EQ(churn.substr(0, 22), "Customer churn | 0.0 %");
  EXPECT_NE(churn.find("| - | -"), std::string::npos)
      << "Nobody was there before the first period: " << churn;
}

TEST(Report, draws_complete_periods_only) {
  const Report report = make_report(book_as_of("2024-04-15", {a_customer("a").on("pro")}), {});
  ASSERT_EQ(report.points.size(), 3U);
  EXPECT_EQ(report.points.back().period, support::day("2024-03-01"));
}

TEST(Report, of_a_book_without_a_complete_period_says_so) {
  const Report report = make_report(book_as_of("2024-01-10", {a_customer("a").on("pro")}), {});
  EXPECT_TRUE(report.points.empty());
  EXPECT_NE(section(report, "Headline").note.find("No period is complete"), std::string::npos);
  EXPECT_NE(to_text(report).find("MRR bridge"), std::string::npos);
  EXPECT_NE(to_html(report).find("</html>"), std::string::npos);
}

TEST(Report, of_an_empty_book_is_still_a_report) {
  const auto [book, rejections] = Book::build(Records{}, Date::of(2024, 1, 1));
  EXPECT_NE(to_text(make_report(book, rejections)).find("No row was rejected."), std::string::npos);
}

TEST(Report, lists_what_was_rejected_with_an_example) {
  Records records;
  a_customer("a").on("pro").from("2024-01-01").until("2023-01-01").add_to(records);
  const auto [book, rejections] = Book::build(records, Date::of(2024, 2, 1));
  const Report report = make_report(book, rejections);
  EXPECT_NE(section(report, "What was left out").note.find("1 row was rejected."), std::string::npos);
  EXPECT_NE(row_of(section(report, "What was left out"), "ends_before_start").find("subscriptions row 1"),
            std::string::npos);
}

TEST(Report, escapes_what_the_data_say_in_the_page) {
  const Book book = book_as_of("2024-03-01", {a_customer("a").with("channel", "<b>&\"x\"").on("pro")});
  const std::string page = to_html(make_report(book, {}, {.title = "A & B"}));
  EXPECT_NE(page.find("&lt;b&gt;&amp;&quot;x&quot;"), std::string::npos);
  EXPECT_NE(page.find("<title>A &amp; B</title>"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
}

TEST(Report, of_an_attribute_with_many_values_names_the_command_that_lists_them) {
  std::vector<support::CustomerSentence> customers;
  for (int i = 0; i < 30; ++i)
    customers.push_back(a_customer("c" + std::to_string(i)).with("email", std::to_string(i)).on("pro"));
  Records records;
  for (const auto& customer : customers) customer.add_to(records);
  const Report report = make_report(Book::build(records, Date::of(2024, 3, 1)).book, {});
  EXPECT_NE(section(report, "Churn by email").note.find("--by email"), std::string::npos);
}

}  // namespace
}  // namespace churn
