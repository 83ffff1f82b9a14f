#include <churn/metric/trend.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"
#include "support/build_book.hpp"

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
            "There are too few periods with a value to tell a trend: it takes 5.");
}

TEST(Trend, a_step_is_a_change) {
  Series series(20, Ratio{40, 1000});
  for (std::size_t i = 10; i < 20; ++i) series[i] = Ratio{90, 1000};
  const Trend trend = trend_of(measured(series));
  EXPECT_TRUE(trend.change_detected);
  ASSERT_EQ(trend.changes.value().levels.size(), 2U);
  EXPECT_EQ(trend.changes->levels[1].first, 10U);
  const std::string sentence = trend_sentence(trend);
  EXPECT_EQ(sentence.find("It rises by "), 0U) << sentence;
  EXPECT_NE(sentence.find(" a period over 20 periods (p = "), std::string::npos) << sentence;
  EXPECT_NE(
      trend_sentence(trend, {}, TrendUnit::percent).find(" Its level was 4 % and became 9 % with period 11."),
      std::string::npos);
  EXPECT_NE(sentence.find(" Its level was 0.04 and became 0.09 with period 11."), std::string::npos)
      << sentence;
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

TEST(Trend, of_a_segment_that_was_there_for_a_few_of_many_weeks_compares_them_all) {
  // Four years of weeks, with customers in the last twenty only: no week of a year is there twice.
  Series series(208);
  for (std::size_t i = 0; i < 20; ++i) series[188 + i] = Ratio{static_cast<std::int64_t>(i % 3 + i / 2), 500};
  TrendRule rule;
  rule.season = 52;
  const Trend trend = trend_of(series, ChartKind::p, rule);
  EXPECT_FALSE(trend.seasonal);
  EXPECT_EQ(trend.line.value().slope, theil_sen(series).value().slope);
  EXPECT_EQ(trend_sentence(trend).find("It rises by "), 0U) << trend_sentence(trend);
}

TEST(Trend, of_two_values_a_season_on_average_compares_equal_seasons) {
  Series series(48);
  for (std::size_t i = 0; i < 48; i += 2) series[i] = Ratio{static_cast<std::int64_t>(i), 500};
  EXPECT_TRUE(trend_of(series, ChartKind::p).seasonal);
  EXPECT_TRUE(trend_of(series, ChartKind::p).line);
  series[0].reset();
  EXPECT_FALSE(trend_of(series, ChartKind::p).seasonal);
  EXPECT_TRUE(trend_of(series, ChartKind::p).line);
}

TEST(Trend, that_rises_where_most_days_have_no_departure_is_not_said_to_rise_by_0) {
  Series series(200, Ratio{0, 500});
  for (std::size_t i = 100; i < 200; i += 4) series[i] = Ratio{1, 500};
  const Trend trend = trend_of(series, ChartKind::p, {.season = 0});
  ASSERT_TRUE(trend.slope_detected);
  ASSERT_EQ(trend.line.value().slope, 0);
  EXPECT_EQ(trend_sentence(trend).find("It rises over 200 periods (p "), 0U) << trend_sentence(trend);
  EXPECT_NE(trend_sentence(trend).find("), though the slope in the middle of all is 0."), std::string::npos);
}

TEST(Trend, a_run_is_told_once_from_its_first_period_to_its_last) {
  Series series(40, Ratio{50, 1000});
  for (std::size_t i = 0; i < 40; ++i)
    series[i] = Ratio{(i < 20 ? 30 : 70) + static_cast<std::int64_t>(i % 2) * 20, 1000};
  ChartRule chart;
  chart.sigmas = 20;  // nothing is beyond
  const Trend trend = trend_of(series, ChartKind::p, {.season = 0, .chart = chart});
  const std::size_t run = chart.run;
  EXPECT_NE(
      trend_sentence(trend).find(" Outside of the noise: period " + std::to_string(run) +
                                 " to period 20 (in a run below the centre), period " +
                                 std::to_string(20 + run) + " to period 40 (in a run above the centre)."),
      std::string::npos)
      << trend_sentence(trend);
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

// ---- out of a book

/// 40 customers of two plans join in January 2023; of `basic` one leaves in the middle of every month from March on.
Book a_leak(const Conventions& conventions = {}) {
  support::CustomerSentences customers;
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(100 + i);
    const std::string month = std::to_string(101 + i % 12).substr(1);
    auto leaving = support::a_customer("b" + number).on("basic").from("2023-01-10");
    if (i >= 2) leaving.until((i < 12 ? "2023-" : "2024-") + month + "-15");
    customers.push_back(leaving);
    customers.push_back(support::a_customer("p" + number).on("pro").from("2023-01-10"));
  }
  return support::book_as_of("2024-10-10", customers, conventions);
}

TEST(Trend, of_a_book_takes_complete_periods_of_each_segment) {
  const Book book = a_leak();
  const PeriodGrid grid = months(Date::of(2023, 1, 1), Date::of(2024, 11, 1));
  const auto table =
      measure(book).over(grid).by(by::primary_plan).compute(CustomerChurnRate{}, AverageRevenuePerAccount{});
  const auto basic = known_measurements(table.cube(), table.rows(), "customer_churn_rate", 0);
  ASSERT_EQ(basic.size(), 22U);
  EXPECT_EQ(basic[2].value().numerator, 1) << "March";
  EXPECT_EQ(basic[2].value().denominator, 20);
  EXPECT_EQ(basic[8].value().denominator, 14) << "September";
  EXPECT_EQ(basic[21], std::nullopt) << "October 2024 is not complete";

  const std::vector<Trend> trends = trends_of(table.cube(), table.rows(), "customer_churn_rate");
  ASSERT_EQ(trends.size(), 2U);
  EXPECT_EQ(trends[0].series, trend_of(basic).series);
  EXPECT_TRUE(trends[0].change_detected) << "ever fewer are there to lose one of";
  EXPECT_GT(trends[0].line.value().slope, 0);
  EXPECT_FALSE(trends[1].change_detected);
  EXPECT_EQ(trends[1].line.value().slope, 0);
}

TEST(Trend, a_table_of_segments_has_a_row_for_each_period_and_if_asked_what_was_found) {
  const Book book = a_leak();
  const PeriodGrid grid = months(Date::of(2023, 1, 1), Date::of(2024, 11, 1));
  const auto measured = measure(book).over(grid).by(by::primary_plan).compute(CustomerChurnRate{});
  const auto trends = trends_of(measured.cube(), measured.rows(), "customer_churn_rate");
  const Table chart = trends_table(measured.cube(), trends);
  EXPECT_EQ(chart.columns,
            (std::vector<std::string>{"primary_plan", "period", "value", "centre", "low", "high", "signal"}));
  ASSERT_EQ(chart.rows.size(), 44U);
  EXPECT_EQ(to_text(chart.rows[2][0]), "basic");
  EXPECT_EQ(to_text(chart.rows[2][1]), "2023-03-01");
  EXPECT_EQ(to_text(chart.rows[2][2]), "0.05");
  EXPECT_EQ(to_text(chart.rows[21][2]), "") << "not complete";
  EXPECT_EQ(to_text(chart.rows[22][0]), "pro");

  const Table all = trends_table(measured.cube(), trends, TrendColumns::all);
  ASSERT_EQ(all.columns.size(), 14U);
  EXPECT_EQ(all.rows[0][9], Cell{trends[0].line->slope});
  EXPECT_EQ(all.rows[21][12], Cell{trends[0].test->p->value});
  EXPECT_EQ(all.rows[0][13], Cell{trend_sentence(trends[0], grid.first_days())});
  EXPECT_EQ(error_of([&] { (void)trends_table(measured.cube(), {}); }), "out_of_range");
}

TEST(Trend, a_level_is_the_rate_between_two_change_points) {
  Series steps;
  for (int i = 0; i < 24; ++i) steps.emplace_back(Ratio{i < 12 ? 10 : 60, 1000});
  const Trend trend = trend_of(measured(steps));
  ASSERT_EQ(trend.changes.value().levels.size(), 2U);
  const MovementCube cube =
      MovementCube::fold(a_leak(), months(Date::of(2022, 10, 1), Date::of(2024, 10, 1)));
  const Table table = trends_table(cube, {trend}, TrendColumns::all);
  EXPECT_EQ(table.rows[11][7], Cell{0.01});
  EXPECT_EQ(table.rows[12][7], Cell{0.06});
  EXPECT_NE(trend_sentence(trend).find(" Its level was 0.01 and became 0.06 with period 13."),
            std::string::npos)
      << trend_sentence(trend);
  EXPECT_NE(trend_sentence(trend, cube.grid().first_days()).find("became 0.06 with 2023-10-01."),
            std::string::npos);
  EXPECT_EQ(error_of([&] { (void)trend_sentence(trend, {Date::of(2024, 1, 1)}); }), "out_of_range");
}

TEST(Trend, of_windows_that_overlap_says_that_it_is_less_sure) {
  const auto trend_over = [](std::int32_t days) {
    Conventions conventions;
    conventions.rate.trailing_days = days;
    const auto table = measure(a_leak(conventions))
                           .over(months(Date::of(2023, 2, 1), Date::of(2024, 10, 1)))
                           .compute(CustomerChurnRate{});
    return trends_of(table.cube(), table.rows(), "customer_churn_rate").at(0);
  };
  const Trend quarters = trend_over(90);
  EXPECT_TRUE(quarters.overlapping);
  EXPECT_NE(trend_sentence(quarters).find("The windows overlap"), std::string::npos);
  const Trend thirty_days = trend_over(30);  // two of January's are in February's window, too
  EXPECT_FALSE(thirty_days.overlapping);
  EXPECT_EQ(trend_sentence(thirty_days).find("overlap"), std::string::npos);
}

TEST(Trend, seasons_are_those_of_the_periods_and_years_have_none) {
  EXPECT_EQ(season_of(PeriodKind::month), 12U);
  EXPECT_EQ(season_of(PeriodKind::quarter), 4U);
  EXPECT_EQ(season_of(PeriodKind::year), 0U);
  TrendRule rule;
  rule.season = 0;
  const Trend trend = trend_of(measured(thirty_months()), rule);
  EXPECT_TRUE(trend.indices.index.empty());
  EXPECT_FALSE(trend.seasonal);
  EXPECT_FALSE(trend.seasonality);
  rule.season = 1;
  EXPECT_EQ(error_of([&] { (void)trend_of(measured(thirty_months()), rule); }), "bad_number");
}

TEST(Trend, a_metric_that_was_not_computed_or_a_segment_that_is_not_there_is_said) {
  const Book book = a_leak();
  const auto measured =
      measure(book).over(months(Date::of(2023, 1, 1), Date::of(2024, 1, 1))).compute(CustomerChurnRate{});
  EXPECT_EQ(error_of([&] { (void)trends_of(measured.cube(), measured.rows(), "grr"); }), "unknown_name");
  EXPECT_EQ(
      error_of([&] { (void)known_measurements(measured.cube(), measured.rows(), "customer_churn_rate", 1); }),
      "out_of_range");
}

}  // namespace
}  // namespace churn
