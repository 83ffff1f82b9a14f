#include <churn/report/calibration_chart.hpp>

#include <gtest/gtest.h>

#include <vector>

#include "report/chart_support.hpp"

namespace churn {
namespace {

TEST(CalibrationChart, draws_the_tenths_of_the_backtest) {
  RiskBacktest test;
  std::vector<double> risk;
  std::vector<std::uint8_t> left;
  for (int i = 0; i < 100; ++i) {
    risk.push_back(i / 200.0);
    left.push_back(i % 5 == 0 ? 1 : 0);
  }
  test.reliability = reliability(risk, left);
  test.why_not = "Nothing was tested.";
  const Chart chart = calibration_chart(test);
  support::expect_sound(chart);
  ASSERT_EQ(chart.data.rows.size(), 10U);
  EXPECT_EQ(support::cell_of(chart, 0, "rate"), "0.2");
  EXPECT_EQ(chart.data, backtest_reliability_table(test));
}

}  // namespace
}  // namespace churn
