#include <churn/report/survival_chart.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "report/chart_support.hpp"

namespace churn {
namespace {

/// The textbook's ten: events at 2, 5, 5 and 9, the others watched to 12.
SurvivalCurve curve_of_ten() {
  return kaplan_meier(RiskTable{
      .rows = {{2, 10, 1, 0}, {5, 9, 2, 0}, {9, 7, 1, 0}, {12, 6, 0, 6}}, .spells = 10, .events = 4});
}

TEST(SurvivalChart, begins_with_all_and_ends_where_nobody_is_watched_any_more) {
  const Chart chart = survival_chart({{"all", curve_of_ten()}});
  support::expect_sound(chart);
  std::string curve;
  for (std::size_t i = 0; i < chart.data.rows.size(); ++i)
    curve += support::cell_of(chart, i, "time") + ":" +
             shortest(std::round(
                          1e6 * std::get<double>(chart.data.rows[i][support::column_of(chart, "survival")])) /
                      1e6) +
             " ";
  EXPECT_EQ(curve, "0:1 2:0.9 5:0.7 9:0.6 12:0.6 ");
}

TEST(SurvivalChart, of_thousands_of_days_draws_no_more_points_than_a_page_shows) {
  RiskTable table{.rows = {}, .spells = 5000, .events = 5000};
  for (std::int32_t t = 1; t <= 5000; ++t) table.rows.push_back({t, 5001 - t, 1, 0});
  const SurvivalCurve curve = kaplan_meier(table);
  const Chart chart = survival_chart({{"all", curve}});
  EXPECT_LE(chart.data.rows.size(), 402U);
  EXPECT_EQ(support::cell_of(chart, chart.data.rows.size() - 1, "time"), "5000");
  for (std::size_t i = 1; i < chart.data.rows.size(); ++i) {
    const auto time = std::get<std::int64_t>(chart.data.rows[i][support::column_of(chart, "time")]);
    EXPECT_EQ(support::cell_of(chart, i, "survival"),
              to_text(Cell{curve.at(static_cast<std::int32_t>(time)).value()}));
  }
}

TEST(AtRiskChart, says_how_many_are_still_watched) {
  const Chart chart = at_risk_chart({{"all", curve_of_ten()}, {"none", SurvivalCurve{}}});
  support::expect_sound(chart);
  std::string numbers;
  for (std::size_t i = 0; i < 7; ++i)
    numbers += support::cell_of(chart, i, "time") + ":" + support::cell_of(chart, i, "at_risk") + " ";
  EXPECT_EQ(numbers, "0:10 2:10 4:9 6:7 8:7 10:6 12:6 ");
  EXPECT_EQ(support::cell_of(chart, 13, "at_risk"), "0");
}

TEST(SurvivalChart, of_no_curve_says_that_nothing_was_observed) {
  EXPECT_EQ(survival_chart({}).finding, "No stay has been observed.");
}

}  // namespace
}  // namespace churn
