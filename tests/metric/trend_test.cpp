#include <churn/metric/trend.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::error_of;
using stats_test::any_series;
using stats_test::nottingham;
using stats_test::thirty_months;
using stats_test::whole;

std::vector<std::optional<Measurement>> measured(const Series& series) {
  std::vector<std::optional<Measurement>> periods;
  for (const auto& period : series) {
    if (period)
      periods.emplace_back(
          to_measurement(Proportion{period->numerator, period->denominator}, IntervalRule{}));
    else
      periods.emplace_back(std::nullopt);
  }
  return periods;
}

TEST(Trend, of_a_share_gathers_what_the_statistics_say) {
  const Series series = thirty_months();
  const Trend trend = trend_of(measured(series));
  EXPECT_EQ(trend.kind, ChartKind::p);
  EXPECT_EQ(trend.scale, 1);
  EXPECT_FALSE(trend.seasonal);
  EXPECT_EQ(trend.line.value().slope, theil_sen(series).value().slope);
  // The spikes every few months would shrink the variance.
  EXPECT_LT(autocorrelated_mann_kendall(series, {0.95, 3}).value().variance_factor, 1);
  EXPECT_EQ(trend.test.value().p, mann_kendall(series).value().p);
  EXPECT_EQ(trend.chart.value().sigma_z, p_chart(series).value().sigma_z);
  EXPECT_EQ(trend.overdispersion, trend.chart->sigma_z * trend.chart->sigma_z);
  EXPECT_EQ(trend.indices.index.size(), 12U);
  EXPECT_EQ(trend.changes.value().levels.size(), 1U);
  EXPECT_TRUE(trend.seasonality.has_value());
  EXPECT_EQ(trend.detectable_change.value().trials, 360);
  EXPECT_EQ(trend.detectable_change.value().base.numerator, 420 - 9 + 1);
  EXPECT_FALSE(trend.change_detected);
}

TEST(Trend, persistence_makes_the_test_less_sure) {
  const Series series = whole(stats_test::nile());
  const auto corrected = autocorrelated_mann_kendall(series, {0.95, 3}).value();
  ASSERT_GT(corrected.variance_factor, 1);
  TrendRule rule;
  rule.season = 50;  // two of them: too few to compare only within
  EXPECT_EQ(trend_of(series, ChartKind::individuals, rule).test.value().p, corrected.p);
}

TEST(Trend, no_change_comes_with_what_would_have_been_missed) {
  const Trend trend = trend_of(measured(thirty_months()));
  const std::string sentence = trend_sentence(trend);
  EXPECT_EQ(sentence.find("No change was detected over 30 periods: the slope is "), 0U) << sentence;
  EXPECT_NE(sentence.find("would have been missed."), std::string::npos) << sentence;
  EXPECT_EQ(trend_sentence(trend_of(Series{}, ChartKind::p)),
            "There are too few periods with a value to tell a trend.");
}

TEST(Trend, a_step_is_a_change) {
  Series series(20, Ratio{40, 1000});
  for (std::size_t i = 10; i < 20; ++i) series[i] = Ratio{90, 1000};
  const Trend trend = trend_of(measured(series));
  EXPECT_TRUE(trend.change_detected);
  ASSERT_EQ(trend.changes.value().levels.size(), 2U);
  EXPECT_EQ(trend.changes->levels[1].first, 10U);
  EXPECT_EQ(trend_sentence(trend).find("A change was detected over 20 periods"), 0U);
}

TEST(Trend, from_three_years_on_equal_months_are_compared) {
  const Series series = whole(nottingham());
  const Trend trend = trend_of(series, ChartKind::individuals);
  EXPECT_TRUE(trend.seasonal);
  EXPECT_EQ(trend.line.value().slope, seasonal_theil_sen(series).value().slope);
  EXPECT_EQ(trend.test.value().p, seasonal_mann_kendall(series, 12, SeasonsOfAYear::correlated).value().p);
  Series three(series.begin(), series.begin() + 36);
  EXPECT_EQ(trend_of(three, ChartKind::individuals).test.value().p, seasonal_mann_kendall(three).value().p);
}

TEST(Trend, of_exposure_is_of_events_times_30) {
  std::vector<std::optional<Measurement>> periods;
  for (const auto& period : thirty_months())
    periods.emplace_back(
        to_measurement(ExposureRate{period->numerator, 30 * period->denominator}, IntervalRule{}));
  const Trend trend = trend_of(periods);
  EXPECT_EQ(trend.kind, ChartKind::u);
  EXPECT_NEAR(trend.scale, 30, 1e-12);  // a quotient of two doubles
  const Table table = trend_table(trend, std::vector<Date>(30, Date::of(2024, 1, 1)));
  EXPECT_NEAR(std::get<double>(table.rows[0][1]), 12.0 / 240, 1e-14);
}

TEST(Trend, of_money_has_a_chart_of_its_values_and_no_change_points) {
  std::vector<std::optional<Measurement>> periods;
  for (std::int64_t month = 0; month < 12; ++month) {
    const RunRate lost{month % 3 - 1, Currency("USD")};
    periods.emplace_back(to_measurement(RunRateRatio{lost, {50, Currency("USD")}}, IntervalRule{}));
  }
  const Trend trend = trend_of(periods);
  EXPECT_EQ(trend.kind, ChartKind::individuals);
  EXPECT_FALSE(trend.changes.has_value());
  EXPECT_FALSE(trend.detectable_change.has_value());
  EXPECT_LT(trend.chart.value().points[0].limits.value().low, 0);
  EXPECT_EQ(trend.indices.gap, SeasonalGap::too_short);
}

TEST(Trend, of_what_is_no_multiple_of_its_counts_is_refused) {
  std::vector<std::optional<Measurement>> periods;
  for (const auto& period : thirty_months())
    periods.emplace_back(to_measurement(
        AnnualisedRate{Proportion{period->numerator, period->denominator}, 30}, IntervalRule{}));
  EXPECT_EQ(error_of([&] { (void)trend_of(periods); }), "bad_number");
}

TEST(Trend, a_table_has_a_row_a_period_and_empty_cells_for_what_is_not_known) {
  Series series(20, Ratio{50, 1000});
  series[2] = std::nullopt;
  series[12] = Ratio{150, 1000};
  std::vector<Date> days;
  for (int month = 0; month < 20; ++month) days.push_back(anniversary(Date::of(2024, 1, 1), month));
  const Table table = trend_table(trend_of(measured(series)), days);
  EXPECT_EQ(table.columns, (std::vector<std::string>{"period", "value", "centre", "low", "high", "signal"}));
  ASSERT_EQ(table.rows.size(), 20U);
  EXPECT_EQ(table.rows[2][1], Cell{});
  EXPECT_EQ(table.rows[2][3], Cell{});
  EXPECT_EQ(table.rows[12][5], Cell{std::string("high")});
  EXPECT_EQ(table.rows[3][5], Cell{});
  EXPECT_EQ(table.rows[12][0], Cell{Date::of(2025, 1, 1)});
  days.pop_back();
  EXPECT_EQ(error_of([&] { (void)trend_table(trend_of(measured(series)), days); }), "out_of_range");
}

RC_GTEST_PROP(Trend, any_counts_have_one, ()) {
  const Series series = any_series(0, 50);
  const Trend trend = trend_of(measured(series));
  RC_ASSERT(trend.series.size() == series.size());
  RC_ASSERT(!trend_sentence(trend).empty());
}

}  // namespace
}  // namespace churn
