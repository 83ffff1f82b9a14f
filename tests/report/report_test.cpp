#include <churn/report/report.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "report/chart_support.hpp"
#include "support/build_claim.hpp"

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

const Chart& chart(const Report& report, const std::string& name) {
  for (const ReportSection& s : report.sections)
    for (const Chart& each : s.charts)
      if (each.name == name) return each;
  throw std::runtime_error("no chart " + name);
}

/// The rows that a chart draws of the whole book.
std::vector<std::size_t> rows_of_all(const Chart& chart) {
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < chart.data.rows.size(); ++i)
    if (support::cell_of(chart, i, "segment") == "all") rows.push_back(i);
  return rows;
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

/// 600 customers; each month of 2023 five leave, and fifteen in each of 2024.
Book worse_since_2024(const Conventions& conventions = {}) {
  support::CustomerSentences customers =
      support::copies(360, a_customer("stays").on("pro").from("2022-12-01"));
  for (int month = 0; month < 24; ++month) {
    const std::string first =
        std::to_string(2023 + month / 12) + "-" + std::to_string(101 + month % 12).substr(1);
    for (int i = 0; i < (month < 12 ? 5 : 15); ++i)
      customers.push_back(
          a_customer(first + " " + std::to_string(i)).on("pro").from("2022-12-01").until(first + "-10"));
  }
  return book_as_of("2025-01-10", customers, conventions);
}

TEST(Report, says_how_rates_move_and_since_when) {
  const Report report = make_report(worse_since_2024(), {});
  const ReportSection& trend = section(report, "Trend");
  EXPECT_EQ(trend.columns[2], "slope a month");
  EXPECT_EQ(trend.note.find("Something changed over the complete months."), 0U) << trend.note;
  ASSERT_EQ(trend.rows.size(), 3U);
  EXPECT_EQ(trend.rows[0][0].text, "Customer churn");
  EXPECT_EQ(trend.rows[0][1].text, "24") << "December 2022 began without customers";
  // 5 of some 570 and 15 of some 450.
  EXPECT_EQ(trend.rows[0][6].text, "0.9 %, 3.3 % from 2024-01-01");
  EXPECT_EQ(trend.rows[0][5].text, "-") << "a slope was found, so none was missed";
  EXPECT_LT(std::stod(trend.rows[0][4].text.substr(trend.rows[0][4].text.find("0."))), 0.05);
}

// Levels were departures a day where slopes were departures in 30 days.
TEST(Report, levels_of_exposure_rates_are_of_30_days_as_the_rates_are) {
  Conventions by_exposure;
  by_exposure.rate.base = ChurnBase::exposure;
  const ReportSection trend = section(make_report(worse_since_2024(by_exposure), {}), "Trend");
  // 60 in 226,230 customer-days, December 2022 with them, then 180 in 163,500; times 30.
  EXPECT_EQ(trend.rows[0][6].text, "0.8 %, 3.3 % from 2024-01-01");
}

TEST(Report, without_change_says_which_slope_would_have_been_missed) {
  support::CustomerSentences customers =
      support::copies(100, a_customer("stays").on("pro").from("2022-12-01"));
  for (int month = 0; month < 20; ++month) {  // who leaves is made good for, so that the base stays
    const std::string first =
        std::to_string(2023 + month / 12) + "-" + std::to_string(101 + month % 12).substr(1);
    for (int i = 0; i < 3 + month % 3; ++i)
      customers.push_back(
          a_customer(first + " " + std::to_string(i)).on("pro").from("2022-12-01").until(first + "-10"));
    for (int i = 0; i < 3 + month % 3; ++i)
      customers.push_back(a_customer(first + " new " + std::to_string(i)).on("pro").from(first + "-15"));
  }
  const ReportSection trend = section(make_report(book_as_of("2024-09-10", customers), {}), "Trend");
  EXPECT_EQ(trend.note.find("No change was detected over the complete months."), 0U) << trend.note;
  EXPECT_NE(trend.rows[0][5].text, "-");
  EXPECT_EQ(trend.rows[0][6].text, "-");
  EXPECT_EQ(trend.rows[0][7].text, "-");
}

TEST(Report, without_a_complete_period_has_no_trend) {
  const Report report =
      make_report(book_as_of("2024-01-20", {a_customer("a").on("pro").from("2024-01-01")}), {});
  EXPECT_EQ(section(report, "Trend").note, "There is no complete period to show.");
  EXPECT_TRUE(section(report, "Trend").rows.empty());
}

// An area of eleven customers of whom two left stood above a channel that surely churns more than the others.
TEST(Report, puts_what_surely_churns_more_than_the_rest_above_a_small_group_that_may_by_chance) {
  const auto in = [](const std::string& area, const std::string& channel) {
    return a_customer(area + " " + channel).with("area", area).with("channel", channel).on("pro");
  };
  const auto left = [&](const std::string& area, const std::string& channel) {
    return in(area, channel).called(area + " " + channel + ", left").until("2024-03-10");
  };
  const Report report = make_report(
      book_as_of(
          "2024-04-01",
          support::together({support::copies(300, in("US", "web")), support::copies(60, in("US", "ads")),
                             support::copies(15, left("US", "ads")), support::copies(9, in("ES", "web")),
                             support::copies(2, left("ES", "web"))})),
      {}, {.from = Date::of(2024, 3, 1), .to = Date::of(2024, 4, 1)});
  const ReportSection& most = section(report, "Where customers leave most");
  ASSERT_GE(most.rows.size(), 2U);
  EXPECT_EQ(row_of(most, "channel").substr(0, 23), "channel | ads | 20.0 % ");
  EXPECT_EQ(row_of(most, "area").substr(0, 19), "area | ES | 18.2 % ");
  EXPECT_EQ(most.rows[0][0].text, "channel");
  EXPECT_EQ(most.columns.size(), most.rows[0].size());
  EXPECT_EQ(most.columns.size(), most.right_aligned.size());
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
  const Chart& churn = chart(report, "trend-customer-churn-rate");
  const auto rows = rows_of_all(churn);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(support::cell_of(churn, rows.back(), "period"), "2024-03-01");
}

TEST(Report, of_a_book_without_a_complete_period_says_so) {
  const Report report = make_report(book_as_of("2024-01-10", {a_customer("a").on("pro")}), {});
  for (const ReportSection& each : report.sections)
    for (const Chart& drawn : each.charts)
      EXPECT_TRUE(drawn.name.find("trend-") == std::string::npos &&
                  drawn.name.find("mrr-") == std::string::npos)
          << drawn.name << " is of complete periods";
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

// ---- conditions that MRR moves in and out of

/// Cents of `1,234.50`.
std::int64_t cents(std::string text) {
  std::erase(text, ',');
  std::erase(text, '.');
  return std::stoll(text);
}

std::int64_t cents_in(const ReportSection& section, std::size_t row, const std::string& column) {
  const auto found = std::find(section.columns.begin(), section.columns.end(), column);
  if (found == section.columns.end()) throw std::runtime_error("no column " + column);
  return cents(section.rows[row].at(static_cast<std::size_t>(found - section.columns.begin())).text);
}

/// Customers that change plans, grow, shrink, leave and return; whole amounts a month, so that cents are exact.
Book restless_book() {
  return book_as_of("2024-07-01",
                    {a_customer("riser")
                         .on("basic")
                         .from("2024-01-01")
                         .until("2024-03-10")
                         .at("50")
                         .then_on("pro")
                         .from("2024-03-10")
                         .at("80"),
                     a_customer("faller")
                         .on("pro")
                         .from("2024-01-01")
                         .until("2024-04-10")
                         .at("90")
                         .then_on("basic")
                         .from("2024-04-10")
                         .at("30"),
                     a_customer("leaver").on("pro").from("2024-01-01").until("2024-05-05").at("100"),
                     a_customer("returner")
                         .on("pro")
                         .from("2024-01-01")
                         .until("2024-02-05")
                         .at("20")
                         .then_on("pro")
                         .from("2024-06-05")
                         .at("25"),
                     a_customer("stayer").on("basic").from("2024-02-01").at("10")});
}

void expect_bridge_closes(const Report& report, bool with_transfers) {
  const ReportSection& bridge = section(report, "MRR bridge");
  ASSERT_GT(bridge.rows.size(), 3U);
  std::int64_t transfers = 0;
  for (std::size_t row = 0; row < bridge.rows.size(); ++row) {
    const auto amount = [&](const std::string& column) { return cents_in(bridge, row, column); };
    std::int64_t sum = amount("opening") + amount("new") + amount("reactivation") + amount("expansion") -
                       amount("contraction") - amount("churn");
    if (with_transfers) sum += amount("transfer in") - amount("transfer out");
    if (with_transfers) transfers += amount("transfer in") + amount("transfer out");
    EXPECT_EQ(sum, amount("closing")) << "row " << row;
  }
  EXPECT_EQ(transfers > 0, with_transfers);
  std::int64_t drawn = 0;
  const Chart& moved = chart(report, "mrr-movements");
  for (const std::size_t row : rows_of_all(moved)) {
    drawn += support::cents_of(moved.data.rows[row][support::column_of(moved, "mrr")]);
  }
  EXPECT_EQ(drawn, cents_in(bridge, bridge.rows.size() - 1, "closing") - cents_in(bridge, 0, "opening"));
  EXPECT_EQ(to_html(report, {.scripts = false}).find("transfer") != std::string::npos, with_transfers);
}

// `report --where plan=pro` printed rows that did not add up: what moved between plans was in no column.
TEST(Report, of_one_plan_closes_with_what_moved_between_plans) {
  const Report report = make_report(restless_book(), {}, {.where = by::plan == "pro"});
  expect_bridge_closes(report, true);
  EXPECT_NE(section(report, "MRR bridge").note.find("- transfer out = closing, exactly."), std::string::npos);
  EXPECT_EQ(cents_in(section(report, "MRR bridge"), 2, "transfer in"), 50'00) << "riser brought 50, and grew";
}

// The page of one country said what customers of all countries owe, and whose cards expire.
TEST(Report, of_some_customers_tells_of_the_debts_of_these_alone) {
  const Book book = support::book_with_claims(
      "2024-05-01",
      {a_customer("ann").on("pro").with("country", "DE"), a_customer("bob").on("pro").with("country", "FR")},
      {support::an_invoice_of("ann").billed("50.00").failed("2024-03-01"),
       support::an_invoice_of("bob").billed("70.00").failed("2024-03-01")});
  const auto note = [&](const ReportOptions& options) {
    return section(make_report(book, {}, options), "Failed payments").note;
  };
  EXPECT_NE(note({}).find("2 customers owe 120.00 USD"), std::string::npos) << note({});
  const ReportOptions german{.where = attribute("country") == "DE"};
  EXPECT_NE(note(german).find("1 invoice"), std::string::npos) << note(german);
  EXPECT_NE(note(german).find("1 customer owes 50.00 USD"), std::string::npos) << note(german);
  EXPECT_EQ(note(german).find("120.00"), std::string::npos) << note(german);
}

TEST(Report, of_one_state_closes_with_what_changed_state) {
  expect_bridge_closes(make_report(restless_book(), {}, {.where = by::tenure == "030-089 days"}), true);
  expect_bridge_closes(make_report(restless_book(), {}, {.where = by::primary_plan == "pro"}), true);
}

TEST(Report, of_whole_customers_has_no_transfers) {
  for (const Filter& where : {Filter{}, by::cohort() != "2024-02-01"}) {
    const Report report = make_report(restless_book(), {}, {.where = where});
    expect_bridge_closes(report, false);
    EXPECT_EQ(section(report, "MRR bridge").columns.size(), 10U);
    EXPECT_EQ(section(report, "MRR bridge").note,
              "Opening + new + reactivation + expansion - contraction - churn = closing, exactly.");
  }
}

// ---- rules of a house's own

/// In March, 25 at opening of whom 5 left, 7 joined of whom 4 left again.
Book march_under(const RateRules& rules) {
  Conventions ours;
  ours.name = "ours";
  ours.rate = rules;
  return book_as_of(
      "2024-04-01",
      support::together(
          {support::copies(20, a_customer("stayer").on("pro")),
           support::copies(5, a_customer("leaver").on("pro").until("2024-03-10")),
           support::copies(4, a_customer("brief").on("pro").from("2024-03-05").until("2024-03-20")),
           support::copies(3, a_customer("joiner").on("pro").from("2024-03-02"))}),
      ours);
}

Report report_of_march(const RateRules& rules) {
  return make_report(march_under(rules), {}, {.from = Date::of(2024, 3, 1), .to = Date::of(2024, 4, 1)});
}

// The headline followed the rules; chart and segments went on dividing the lost by those at opening.
TEST(Report, follows_the_rules_in_headline_chart_and_segments_alike) {
  for (const IntervalMethod method :
       {IntervalMethod::wilson, IntervalMethod::jeffreys, IntervalMethod::clopper_pearson}) {
    const RateRules rules{.joined_and_left = Counting::counted,
                          .base = ChurnBase::opening_and_joined,
                          .confidence = 0.8,
                          .interval = method};
    const Report report = report_of_march(rules);
    const Interval interval = Proportion{9, 32}.interval(rules.interval_rule()).value();
    const Chart& churn = chart(report, "trend-customer-churn-rate");
    ASSERT_EQ(rows_of_all(churn).size(), 1U);
    EXPECT_EQ(support::cell_of(churn, 0, "value"), to_text(Cell{9.0 / 32}));
    EXPECT_EQ(support::cell_of(churn, 0, "ci_low"), to_text(Cell{interval.low}));
    EXPECT_EQ(support::cell_of(churn, 0, "ci_high"), to_text(Cell{interval.high}));
    const auto& total = section(report, "Headline").rows[4];
    const auto& pro = section(report, "Churn by plan").rows[0];
    EXPECT_EQ(row_of(section(report, "Churn by plan"), "pro").substr(0, 21), "pro | 32 | 9 | 28.1 %");
    EXPECT_EQ(total[0].text, "Customer churn");
    EXPECT_EQ(total[1].text, pro[3].text);
    EXPECT_EQ(total[2].text, pro[4].text) << "the interval";
    EXPECT_EQ(section(report, "Churn by plan").columns[4], "80 % interval");
    EXPECT_NE(section(report, "Headline").note.find("out of those at opening and those who joined"),
              std::string::npos);
  }
}

TEST(Report, of_rules_that_make_ratios_has_no_intervals) {
  for (const ChurnBase base : {ChurnBase::mean, ChurnBase::exposure}) {
    const Report report = report_of_march({.base = base});
    const Chart& churn = chart(report, "trend-customer-churn-rate");
    ASSERT_EQ(rows_of_all(churn).size(), 1U);
    EXPECT_NE(support::cell_of(churn, 0, "value"), "") << "the rates are drawn all the same";
    EXPECT_EQ(support::cell_of(churn, 0, "ci_low"), "");
    EXPECT_EQ(section(report, "Churn by plan").rows[0][4].text, "-");
    EXPECT_EQ(section(report, "Headline").rows[4][2].text, "-");
    EXPECT_EQ(section(report, "Churn by plan").note.find("interval"), std::string::npos);
    const std::string page = to_html(report);
    EXPECT_EQ(page.find("with its interval"), std::string::npos);
  }
  const Report by_mean = report_of_march({.base = ChurnBase::mean});
  EXPECT_EQ(support::cell_of(chart(by_mean, "trend-customer-churn-rate"), 0, "value"),
            to_text(Cell{10.0 / 48}))
      << "5 of (25 + 23) / 2";
}

TEST(Report, of_trailing_days_shows_the_rates_of_those_days) {
  const Report report = report_of_march({.trailing_days = 14});  // from the 18th, when four of 27 left
  EXPECT_EQ(support::cell_of(chart(report, "trend-customer-churn-rate"), 0, "value"),
            to_text(Cell{4.0 / 27}));
  EXPECT_EQ(row_of(section(report, "Churn by plan"), "pro").substr(0, 21), "pro | 27 | 4 | 14.8 %");
  EXPECT_EQ(section(report, "Headline").rows[4][1].text, "14.8 %");
  EXPECT_EQ(section(report, "Headline").columns.size(), 3U) << "no second column of the same days";
  EXPECT_NE(section(report, "Headline").note.find("the last 14 days"), std::string::npos);
}

// ---- chapters and charts

TEST(Report, has_its_sections_in_the_order_of_what_people_ask) {
  const Report report = make_report(worse_since_2024(), {});
  for (std::size_t i = 1; i < report.sections.size(); ++i)
    EXPECT_LE(report.sections[i - 1].part, report.sections[i].part) << report.sections[i].title;
  EXPECT_EQ(report.sections.front().part, ReportPart::what_happened);
  EXPECT_EQ(report.sections.back().part, ReportPart::can_i_believe_it);
  std::set<std::string_view> names;
  for (int part = 0; part <= static_cast<int>(ReportPart::can_i_believe_it); ++part)
    names.insert(report_part_name(static_cast<ReportPart>(part)));
  EXPECT_EQ(names.size(), 6U);
}

TEST(Report, has_charts_that_are_sound_and_named_once) {
  std::set<std::string> names;
  for (const ReportSection& each : make_report(worse_since_2024(), {}).sections)
    for (const Chart& drawn : each.charts) {
      support::expect_sound(drawn);
      EXPECT_TRUE(names.insert(drawn.name).second) << drawn.name;
    }
  for (const char* name :
       {"mrr-bridge", "mrr-movements", "trend-customer-churn-rate", "trend-net-mrr-churn-rate",
        "cohorts-logo", "cohorts-revenue", "survival", "survival-at-risk", "departure-types", "forecast"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(Report, says_which_periods_are_not_complete_and_by_which_rules_it_counted) {
  Conventions ours;
  ours.name = "ours";
  ours.rate.base = ChurnBase::mean;
  const Report report = make_report(book_as_of("2024-04-15", {a_customer("a").on("pro")}, ours), {});
  EXPECT_NE(
      section(report, "Which periods are complete").note.find("Not complete, and in no rate: 2024-04-01."),
      std::string::npos)
      << section(report, "Which periods are complete").note;
  EXPECT_EQ(row_of(section(report, "By which rules it was counted"), "rate.base"),
            "rate.base | mean | opening");
}

// ---- what data may hold

TEST(Report, of_windows_that_overlap_counts_a_departure_once) {
  // "a" left on 10 March, so it is in the 60 days before the end of March and in those before the end of April.
  Conventions conventions;
  conventions.rate.trailing_days = 60;
  const Book book = book_as_of(
      "2024-05-01",
      {a_customer("a").with("channel", "ads").on("pro").from("2024-01-01").until("2024-03-10").at("100"),
       a_customer("b").with("channel", "web").on("pro").from("2024-01-01").at("1000")},
      conventions);
  const Report report = make_report(book, {});
  const ReportSection& by_channel = section(report, "Churn by channel");
  EXPECT_EQ(row_of(by_channel, "ads").substr(0, 21), "ads | 1 | 1 | 100.0 %");
  EXPECT_EQ(row_of(by_channel, "web").substr(0, 19), "web | 1 | 0 | 0.0 %");
  EXPECT_EQ(by_channel.note.find("Over the last 60 days of the last complete month, "), 0U)
      << by_channel.note;
  EXPECT_NE(section(report, "Trend").note.find("The windows overlap"), std::string::npos);
}

TEST(Report, of_a_median_that_may_be_later_than_anyone_knows_says_from_when_on) {
  // Of eight stays of up to 152 days four end after 31, 60, 91 and 121 days.
  support::CustomerSentences customers = support::copies(4, a_customer("stays").on("pro").from("2024-01-01"));
  for (const char* end : {"2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"})
    customers.push_back(a_customer(end).on("pro").from("2024-01-01").until(end));
  const std::string row =
      row_of(section(make_report(book_as_of("2024-06-01", customers), {}), "How long customers stay"), "all");
  EXPECT_NE(row.find(" | from "), std::string::npos) << row;
  const Report one = make_report(
      book_as_of("2024-06-01", {a_customer("a").on("pro").from("2024-01-01").until("2024-03-01")}), {});
  const std::string only = row_of(section(one, "How long customers stay"), "all");
  EXPECT_EQ(only.substr(only.size() - 9), " | 60 | -") << only;
}

TEST(Report, names_a_confidence_that_is_no_whole_percentage) {
  Conventions conventions;
  conventions.rate.confidence = 0.999;
  const Report report =
      make_report(book_as_of("2024-05-01", {a_customer("a").on("pro").from("2024-01-01").until("2024-03-10")},
                             conventions),
                  {});
  EXPECT_EQ(section(report, "Headline").columns[2], "99.9 % interval") << "It had been 100 %.";
}

TEST(Report, writes_no_control_characters_to_a_terminal) {
  const Book book = book_as_of("2024-03-01", {a_customer("a\x1b[2J")
                                                  .with("ch\nannel",
                                                        "\xC2\x9B"
                                                        "31m")
                                                  .on("p\rro")});
  const std::string text =
      to_text(make_report(book, {}, {.title = "A\x1b]0;B\x07", .where = attribute("ch\nannel") != "\x7F"}));
  EXPECT_EQ(text.find_first_of("\x1b\x07\r\x7F"), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
  EXPECT_NE(text.find("Churn by ch annel"), std::string::npos);
}

}  // namespace
}  // namespace churn
