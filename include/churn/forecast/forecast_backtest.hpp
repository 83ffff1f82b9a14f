// ForecastBacktest: what MRR forecasts of this book would have been worth.
//
//   ForecastBacktest test = backtest_forecast(triangles, {.horizon = 12}, {.held_out = 6, .origins = 12});
//   test.all.covered;                   // 66 of 72 intervals held what came
//   test.all.model.mean_absolute;       // 0.031: forecasts were 3.1 % off on average
//   test.all.unchanged.mean_absolute;   // 0.094: "it stays as it is" was 9.4 % off
//   test.ahead[5].covered;              // of forecasts six periods ahead alone
//
// The last `held_out` periods are hidden and forecast from what was known before them, by the same rule. Then the
// same is done from one period earlier, and so on, up to `origins` starting points; none with less history than the
// forecast needs. Each forecast is compared with the MRR that came:
//
//   covered         how many lie in their interval. Neighbouring origins share most of what they forecast, so these
//                   are not so many independent trials: 60 of 72 may still be luck, one origin may miss in all periods.
//   mean_absolute   mean of |forecast - actual| / actual (mean absolute percentage error)
//   bias            mean of (forecast - actual) / actual: above 0, forecasts were too high
//
// and two forecasts that need no model are judged likewise: `unchanged`, MRR stays what it is; `same_growth`, it
// goes on to change by what it changed a period over the last 12 (or as many as there are). Where nothing came there
// is no percentage, and the forecast counts for coverage only.
//
// Histories are cut out of the triangles of today. Records that were corrected since are taken as they are now, and
// new business that was stated is stated at every origin: that part of the test looks ahead.
//
// Throws Error(bad_number) unless held_out and origins are at least 1, and what forecast_mrr throws.
// O(origins) forecasts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/forecast/mrr_forecast.hpp>

namespace churn::inline v0 {

/// How much of the history is hidden, and how often.
struct BacktestRule {
  std::size_t held_out{6};  ///< periods
  std::size_t origins{12};  ///< at most
};

/// Empty where nothing could be compared.
struct ForecastErrors {
  std::optional<double> mean_absolute;  ///< mean of |forecast - actual| / actual
  std::optional<double> bias;           ///< mean of (forecast - actual) / actual; above 0: too high
};

/// Forecasts against what came.
struct ForecastScore {
  std::int64_t forecasts;      ///< that were compared
  Proportion covered;          ///< whose interval held what came
  ForecastErrors model;        ///< of these forecasts
  ForecastErrors unchanged;    ///< of the forecast that MRR stays what it is
  ForecastErrors same_growth;  ///< of the forecast that it goes on to grow as it did
};

/// What forecasts of this book would have been worth.
struct ForecastBacktest {
  BacktestRule rule;                 ///< that was asked for
  double confidence;                 ///< that the intervals should have
  std::size_t origins;               ///< used; 0 if the history is too short for any
  std::vector<ForecastScore> ahead;  ///< of forecasts one, two, … `held_out` periods ahead
  ForecastScore all;                 ///< of all of these together
};

/// From triangles of the grid's periods. The horizon is `held_out`, whatever `forecast` says.
[[nodiscard]] ForecastBacktest backtest_forecast(const CohortTriangles& triangles, const PeriodGrid& grid,
                                                 Currency currency, const ForecastRule& forecast = {},
                                                 BacktestRule rule = {});
/// As forecast_mrr of the same arguments.
[[nodiscard]] ForecastBacktest backtest_forecast(const CohortCube& cohorts, const MovementCube& movements,
                                                 const ForecastRule& forecast = {}, BacktestRule rule = {},
                                                 std::size_t segment = 0);
/// Likewise, of a whole book, or those of its customers that a filter on attributes keeps.
[[nodiscard]] ForecastBacktest backtest_forecast(const Book& book, const PeriodGrid& grid,
                                                 const ForecastRule& forecast = {}, BacktestRule rule = {},
                                                 const FoldOptions& options = {});

/// Columns: ahead, forecasts, covered, mean_absolute_error, bias, unchanged_error, same_growth_error; a row for each
/// number of periods ahead. Errors are shares of the MRR that came.
[[nodiscard]] Table backtest_table(const ForecastBacktest& backtest);

/// How often intervals held what came, how far forecasts were off, and whether doing without would have been better.
[[nodiscard]] std::string backtest_sentence(const ForecastBacktest& backtest);

}  // namespace churn::inline v0
