#include <churn/report/lever_chart.hpp>

#include <gtest/gtest.h>

#include "report/chart_support.hpp"

namespace churn {
namespace {

LeverRow lever(const std::string& name, Proportion with, Proportion without, LeverVerdict verdict) {
  LeverRow row;
  row.exposure.lever = "integrations";
  row.exposure.name = name;
  row.effect.retained = contrast(with, without, {});
  row.verdict = verdict;
  return row;
}

TEST(LeverChart, is_a_forest_with_the_largest_difference_first) {
  LeverReport report;
  report.rows = {lever("worse", {50, 100}, {80, 100}, LeverVerdict::loses),
                 lever("nothing known", {0, 0}, {0, 0}, LeverVerdict::no_data),
                 lever("better", {90, 100}, {60, 100}, LeverVerdict::keeps)};
  const Chart chart = lever_chart(report);
  support::expect_sound(chart);
  ASSERT_EQ(chart.data.rows.size(), 2U);
  EXPECT_EQ(support::cell_of(chart, 0, "lever"), "integrations: better");
  EXPECT_EQ(support::cell_of(chart, 0, "verdict"), "keeps");
  EXPECT_NEAR(std::get<double>(chart.data.rows[0][support::column_of(chart, "difference")]), 0.3, 1e-12);
  EXPECT_LT(std::get<double>(chart.data.rows[1][support::column_of(chart, "ci_high")]), 0);
}

}  // namespace
}  // namespace churn
