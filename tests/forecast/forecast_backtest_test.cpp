#include <churn/forecast/forecast_backtest.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "forecast/simulated_cohorts.hpp"
#include "support/build_book.hpp"

#ifdef CHURN_SOURCE_DIR
#include <churn/io/book_folder.hpp>
#endif

namespace churn {
namespace {

using forecast_test::Dice;
using forecast_test::grid_of;
using forecast_test::simulate;
using support::error_of;

const Currency usd{"USD"};

/// One customer of 10.00 comes a month and nobody leaves, so that MRR is 10.00 x the number of months.
CohortTriangles one_more_a_month(std::size_t periods) {
  CohortTriangles triangles;
  Date first = support::day("2020-01-01");
  for (std::size_t i = 0; i < periods; ++i) {
    const Date next = next_period_start(PeriodKind::month, first);
    triangles.periods.emplace_back(first, next);
    first = next;
    triangles.customers.cohorts.emplace_back(periods - i, 1);
    triangles.mrr.cohorts.emplace_back(periods - i, std::int64_t{1000} * 4320);
    triangles.customers.earlier.push_back(0);
    triangles.mrr.earlier.push_back(0);
  }
  return triangles;
}

ForecastBacktest tested(const CohortTriangles& triangles, BacktestRule rule,
                        const ForecastRule& forecast = {}) {
  return backtest_forecast(triangles, grid_of(triangles), usd, forecast, rule);
}

// The forecast knows it all. From an origin of s months, "unchanged" is h / (s + h) too low h months ahead, and "same
// growth" is s x (s / (s - b))^(h / b), b = min(12, s - 1).
TEST(ForecastBacktest, compares_with_doing_without_a_model) {
  const ForecastBacktest test = tested(one_more_a_month(20), {.held_out = 3, .origins = 4});
  EXPECT_EQ(test.origins, 4U);
  EXPECT_EQ(test.all.forecasts, 12);
  EXPECT_EQ(test.all.covered, Proportion(12, 12));
  EXPECT_NEAR(test.all.model.mean_absolute.value(), 0, 1e-12);
  double unchanged = 0;
  double same_growth = 0;
  for (int s = 14; s <= 17; ++s)
    for (int h = 1; h <= 3; ++h) {
      unchanged += static_cast<double>(h) / (s + h) / 12;
      same_growth += std::abs(s * std::pow(static_cast<double>(s) / (s - 12), h / 12.0) / (s + h) - 1) / 12;
    }
  EXPECT_NEAR(test.all.unchanged.mean_absolute.value(), unchanged, 1e-12);
  EXPECT_NEAR(test.all.unchanged.bias.value(), -unchanged, 1e-12);
  EXPECT_NEAR(test.all.same_growth.mean_absolute.value(), same_growth, 1e-12);
  ASSERT_EQ(test.ahead.size(), 3U);
  EXPECT_EQ(test.ahead[0].forecasts, 4);
  EXPECT_NEAR(test.ahead[0].unchanged.mean_absolute.value(), (1.0 / 15 + 1.0 / 16 + 1.0 / 17 + 1.0 / 18) / 4,
              1e-12);
  EXPECT_EQ(backtest_sentence(test),
            "Tested on 3 hidden periods from 4 starting points: 12 of 12 intervals of 95 % held what came, "
            "forecasts "
            "were 0 % off on average (0 % too high in all). That MRR stays as it is was 11.3 % off, that it "
            "grows as "
            "before 14.9 %.");
}

TEST(ForecastBacktest, starts_no_earlier_than_a_forecast_can) {
  EXPECT_EQ(tested(one_more_a_month(20), {.held_out = 3, .origins = 100}).origins, 13U)
      << "From 17 known periods down to 5, which are four steps.";
  EXPECT_EQ(tested(one_more_a_month(21), {.held_out = 10, .origins = 100}).origins, 1U)
      << "Ten steps for ten periods.";
  const ForecastBacktest none = tested(one_more_a_month(20), {.held_out = 10});
  EXPECT_EQ(none.origins, 0U);
  EXPECT_EQ(none.all.covered.value(), std::nullopt);
  EXPECT_FALSE(none.all.model.mean_absolute || none.all.unchanged.bias);
  EXPECT_EQ(none.ahead.size(), 10U);
  EXPECT_EQ(to_csv(backtest_table(none)).substr(0, 104),
            "ahead,forecasts,covered,mean_absolute_error,bias,unchanged_error,same_growth_error\n1,0,0,,,,"
            "\n2,0,0,,,,\n3");
  EXPECT_EQ(backtest_sentence(none),
            "The forecast was not tested: the history is too short to hide 10 periods of it.");
  EXPECT_EQ(tested(one_more_a_month(2), {.held_out = 3}).origins, 0U);
  EXPECT_EQ(backtest_forecast(CohortTriangles{},
                              months(support::day("2020-01-01"), support::day("2020-02-01")), usd)
                .origins,
            0U);
}

TEST(ForecastBacktest, forecasts_what_was_known_then) {
  Dice dice{3};
  const CohortTriangles all = simulate({.periods = 30}, dice);
  const ForecastBacktest test = tested(all, {.held_out = 6, .origins = 1}, {.confidence = 0.5});
  const MrrForecast then =
      forecast_mrr(forecast_test::until(all, 24), grid_of(all), usd, {.horizon = 6, .confidence = 0.5});
  for (std::size_t h = 0; h < 6; ++h) {
    const double came = static_cast<double>(all.mrr.total(24 + h)) / 4320;
    const ForecastAmount& amount = *then.periods[h].mrr;
    EXPECT_DOUBLE_EQ(test.ahead[h].model.bias.value(), (amount.value - came) / came);
    EXPECT_EQ(test.ahead[h].covered.numerator() == 1,
              amount.interval.low <= came && came <= amount.interval.high);
  }
  EXPECT_NE(backtest_sentence(test).find("intervals of 50 % held"), std::string::npos);
}

TEST(ForecastBacktest, of_what_came_to_nothing_has_no_percentage) {
  CohortTriangles triangles = one_more_a_month(10);
  for (auto* triangle : {&triangles.mrr, &triangles.customers})
    for (auto& row : triangle->cohorts) row.back() = 0;
  const ForecastBacktest test = tested(triangles, {.held_out = 1, .origins = 1});
  EXPECT_EQ(test.all.covered, Proportion(0, 1));
  EXPECT_FALSE(test.all.model.mean_absolute);
  EXPECT_EQ(backtest_sentence(test),
            "Tested on 1 hidden period from 1 starting point: 0 of 1 intervals of 95 % held what came.");
}

TEST(ForecastBacktest, says_so_where_the_forecast_is_no_better) {
  CohortTriangles still = one_more_a_month(20);
  for (auto* triangle : {&still.mrr, &still.customers})
    for (std::size_t i = 12; i < 20; ++i)  // after a year nobody comes any more
      std::fill(triangle->cohorts[i].begin(), triangle->cohorts[i].end(), 0);
  EXPECT_NE(
      backtest_sentence(tested(still, {.held_out = 3, .origins = 1})).find("this forecast was no better."),
      std::string::npos);
}

// 30 businesses x 4 neighbouring origins x 3 periods ahead: of 360 intervals 342 are to be expected. Those of
// one business hang together, so the standard error is up to sqrt(30 x 0.0475) x 12 = 14 intervals; 321 are 1.5 of
// it.
TEST(ForecastBacktest, finds_intervals_to_hold_what_came_as_often_as_they_should) {
  Dice dice{11};
  std::int64_t covered = 0;
  std::int64_t forecasts = 0;
  double model = 0;
  double unchanged = 0;
  for (int i = 0; i < 30; ++i) {
    const ForecastBacktest test = tested(simulate({.periods = 30}, dice), {.held_out = 3, .origins = 4});
    covered += test.all.covered.numerator();
    forecasts += test.all.forecasts;
    model += *test.all.model.mean_absolute;
    unchanged += *test.all.unchanged.mean_absolute;
  }
  EXPECT_EQ(forecasts, 360);
  EXPECT_GE(covered, 321);
  EXPECT_LE(covered, 360);
  EXPECT_LT(model, unchanged / 1.5);
}

#ifdef CHURN_SOURCE_DIR
// An invented book with three years of history that knows nothing of this model.
TEST(ForecastBacktest, of_the_sample_book_holds_what_came_and_beats_both_naive_forecasts) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  const Book book = Book::build(loaded.records, support::day("2025-01-01"), loaded.conventions).book;
  const PeriodGrid grid = Analyzer::whole_book(book, PeriodKind::month);
  const ForecastBacktest test = backtest_forecast(book, grid);
  EXPECT_EQ(test.all.forecasts, 72);
  EXPECT_GE(test.all.covered.numerator(), 60);
  EXPECT_LT(*test.all.model.mean_absolute, 0.06);
  EXPECT_LT(*test.all.model.mean_absolute, *test.all.unchanged.mean_absolute);
  EXPECT_LT(*test.all.model.mean_absolute, *test.all.same_growth.mean_absolute);
}
#endif

TEST(ForecastBacktest, refuses_what_makes_no_sense) {
  const CohortTriangles triangles = one_more_a_month(20);
  EXPECT_EQ(error_of([&] { return tested(triangles, {.held_out = 0}); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { return tested(triangles, {.origins = 0}); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { return tested(triangles, {}, {.confidence = 0}); }), ErrorCode::bad_number);
}

}  // namespace
}  // namespace churn
