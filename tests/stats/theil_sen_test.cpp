#include <churn/stats/theil_sen.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using stats_test::any_series;
using stats_test::nile;
using stats_test::nile_with_gaps;
using stats_test::nottingham;
using stats_test::whole;

// A slope is one difference of numbers below 2000 and one division: good to some 1e-13.
constexpr double tolerance = 1e-12;

// R 4.2.2, base functions only: s <- sort of (y[j] - y[i]) / (t[j] - t[i]) over i < j; median(s);
// median(y - median(s) * t); s[k] and s[N + 1 - k] with k <- floor((N - qnorm(.975) * sqrt(V)) / 2).
TEST(TheilSen, slope_intercept_and_interval_of_the_nile_are_those_of_r) {
  const auto line = theil_sen(whole(nile())).value();
  EXPECT_NEAR(line.slope, -2.6, tolerance);
  EXPECT_NEAR(line.intercept, 1025.7, 1e-10);  // 99 slopes away from a number
  EXPECT_NEAR(line.slope_interval.value().low, -3.6285714285714286, tolerance);
  EXPECT_NEAR(line.slope_interval.value().high, -1.4242424242424243, tolerance);
  EXPECT_EQ(line.periods, 100U);
  EXPECT_EQ(line.pairs, 4950U);
}

TEST(TheilSen, missing_periods_keep_their_distance) {
  const auto line = theil_sen(nile_with_gaps(), 0.8).value();
  EXPECT_NEAR(line.slope, -0.66666666666666663, tolerance);
  EXPECT_NEAR(line.intercept, 1118, 1e-10);
  EXPECT_NEAR(line.slope_interval.value().low, -7, tolerance);
  EXPECT_NEAR(line.slope_interval.value().high, 4, tolerance);
  EXPECT_EQ(line.periods, 27U);
}

TEST(TheilSen, the_seasonal_slope_of_nottingham_is_that_of_r) {
  const auto line = seasonal_theil_sen(whole(nottingham())).value();
  EXPECT_NEAR(line.slope, 0.041666666666666664, tolerance);
  EXPECT_NEAR(line.slope_interval.value().low, 0, tolerance);
  EXPECT_NEAR(line.slope_interval.value().high, 0.089285714285714288, tolerance);
  EXPECT_EQ(line.pairs, 2280U);
}

TEST(TheilSen, a_season_that_swings_does_not_move_the_seasonal_slope) {
  // One more a period, and a swing of 1000 by quarter: every same-quarter slope is exactly 1.
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 0; i < 13; ++i) numbers.push_back(i + (i % 4 == 3 ? 1000 : 0));
  EXPECT_EQ(seasonal_theil_sen(whole(numbers), 4).value().slope, 1);
}

// Few counts over small bases make many equal values, so a line can be told by its definition: as many slopes lie
// above the median as below.
RC_GTEST_PROP(TheilSen, as_many_pairs_rise_faster_than_the_slope_as_slower, ()) {
  const Series series = any_series(2, 25);
  const auto line = theil_sen(series);
  RC_PRE(line.has_value());
  const auto values = values_of(series);
  std::size_t faster = 0;
  std::size_t slower = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      if (!values[i] || !values[j]) continue;
      const double slope = (*values[j] - *values[i]) / static_cast<double>(j - i);
      ++pairs;
      faster += slope > line->slope ? 1U : 0U;
      slower += slope < line->slope ? 1U : 0U;
    }
  RC_ASSERT(pairs == line->pairs);
  RC_ASSERT(2 * faster <= pairs && 2 * slower <= pairs);
  if (line->slope_interval)
    RC_ASSERT(line->slope_interval->low <= line->slope && line->slope <= line->slope_interval->high);
}

RC_GTEST_PROP(TheilSen, a_season_of_one_period_is_no_season, ()) {
  const Series series = any_series(0, 25);
  const auto plain = theil_sen(series);
  const auto seasonal = seasonal_theil_sen(series, 1);
  RC_ASSERT(plain.has_value() == seasonal.has_value());
  if (!plain) return;
  RC_ASSERT(plain->slope == seasonal->slope && plain->slope_interval == seasonal->slope_interval);
}

TEST(TheilSen, few_periods_have_a_slope_and_no_interval) {
  EXPECT_FALSE(theil_sen({}).has_value());
  EXPECT_FALSE(theil_sen(whole({3})).has_value());
  EXPECT_FALSE(theil_sen(Series{Ratio{1, 2}, Ratio{1, 0}, std::nullopt}).has_value());
  EXPECT_EQ(theil_sen(whole({3, 5})).value().slope, 2);
  EXPECT_EQ(theil_sen(whole({1, 2, 4, 8, 16})).value().slope_interval, std::nullopt);
  EXPECT_TRUE(theil_sen(whole({1, 2, 4, 8, 16, 32})).value().slope_interval.has_value());
  EXPECT_FALSE(seasonal_theil_sen(whole({1, 2, 3}), 12).has_value());
}

TEST(TheilSen, a_flat_series_has_slope_0_and_no_interval) {
  const auto line = theil_sen(whole({4, 4, 4, 4, 4, 4, 4, 4})).value();
  EXPECT_EQ(line.slope, 0);
  EXPECT_EQ(line.intercept, 4);
  EXPECT_EQ(line.slope_interval, std::nullopt);
}

TEST(TheilSen, refuses_what_is_no_confidence_and_no_season) {
  EXPECT_EQ(error_of([] { (void)theil_sen({}, 1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)theil_sen({}, std::nan("")); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)seasonal_theil_sen({}, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)seasonal_theil_sen({}, 12, 0); }), "bad_number");
}

}  // namespace
}  // namespace churn
