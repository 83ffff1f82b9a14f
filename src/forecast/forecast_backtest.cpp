#include <churn/forecast/forecast_backtest.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <churn/core/error.hpp>
#include <churn/core/run_rate.hpp>

#include "forecast/book_triangles.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t growth_periods = 12;

/// Relative errors, added up.
class Errors {
 public:
  void add(double forecast, double actual) {
    const double error = (forecast - actual) / actual;
    absolute_ += std::abs(error);
    signed_ += error;
    ++count_;
  }
  [[nodiscard]] ForecastErrors get() const {
    if (count_ == 0) return {};
    return {absolute_ / count_, signed_ / count_};
  }

 private:
  double absolute_{0};
  double signed_{0};
  double count_{0};
};

/// The forecasts of one number of periods ahead, or of all.
struct Sums {
  std::int64_t forecasts{0};
  std::int64_t covered{0};
  Errors model;
  Errors unchanged;
  Errors same_growth;

  [[nodiscard]] ForecastScore get() const {
    return {forecasts, Proportion{covered, forecasts}, model.get(), unchanged.get(), same_growth.get()};
  }
};

CohortTriangles until(const CohortTriangles& triangles, std::size_t periods) {
  return {{triangles.periods.begin(), triangles.periods.begin() + static_cast<std::ptrdiff_t>(periods)},
          triangles.mrr.until(periods),
          triangles.customers.until(periods)};
}

std::string percent(double share) {
  const double rounded = std::round(1000 * share) / 10;
  return shortest(rounded == 0 ? 0 : rounded) + " %";
}

}  // namespace

ForecastBacktest backtest_forecast(const CohortTriangles& triangles, const PeriodGrid& grid,
                                   Currency currency, const ForecastRule& forecast, BacktestRule rule) {
  if (rule.held_out == 0 || rule.origins == 0)
    throw Error(ErrorCode::bad_number, "A backtest holds out a period or more, from one origin or more.");
  ForecastRule ahead = forecast;
  ahead.horizon = rule.held_out;
  const std::size_t known = triangles.periods.size();
  std::vector<double> actual;  // minor units a month
  for (std::size_t t = 0; t < known; ++t)
    actual.push_back(static_cast<double>(triangles.mrr.total(t)) / ticks_per_minor_unit_a_month);

  std::vector<Sums> sums(rule.held_out);
  Sums all;
  std::size_t origins = 0;
  // An origin is the number of periods that are not hidden. Oldest last, until history is too short.
  for (std::size_t origin = known; origin > rule.held_out && origins < rule.origins; --origin) {
    const std::size_t seen = origin - rule.held_out;
    const MrrForecast made = forecast_mrr(until(triangles, seen), grid, currency, ahead);
    if (made.outcome != ForecastOutcome::known ||
        made.periods.back().outcome == ForecastPeriodOutcome::beyond_history)
      break;
    ++origins;
    const double now = actual[seen - 1];
    const std::size_t back = std::min(growth_periods, seen - 1);
    const double before = actual[seen - 1 - back];
    for (std::size_t h = 0; h < rule.held_out; ++h) {
      if (!made.periods[h].mrr) continue;  // too uncertain to be a forecast
      const ForecastAmount& amount = *made.periods[h].mrr;
      const double came = actual[seen + h];
      for (Sums* sum : {&sums[h], &all}) {
        ++sum->forecasts;
        sum->covered += amount.interval.low <= came && came <= amount.interval.high ? 1 : 0;
        if (!(came > 0)) continue;
        sum->model.add(amount.value, came);
        sum->unchanged.add(now, came);
        if (before > 0)
          sum->same_growth.add(
              now * std::pow(now / before, static_cast<double>(h + 1) / static_cast<double>(back)), came);
      }
    }
  }
  ForecastBacktest result{rule, forecast.confidence, origins, {}, all.get()};
  for (const Sums& sum : sums) result.ahead.push_back(sum.get());
  return result;
}

ForecastBacktest backtest_forecast(const CohortCube& cohorts, const MovementCube& movements,
                                   const ForecastRule& forecast, BacktestRule rule, std::size_t segment) {
  return backtest_forecast(cohort_triangles(cohorts, movements, segment), cohorts.grid(), cohorts.currency(),
                           forecast, rule);
}

ForecastBacktest backtest_forecast(const Book& book, const PeriodGrid& grid, const ForecastRule& forecast,
                                   BacktestRule rule, const FoldOptions& options) {
  return backtest_forecast(book_triangles(book, grid, options), grid, book.currency(), forecast, rule);
}

Table backtest_table(const ForecastBacktest& backtest) {
  Table table{{"ahead", "forecasts", "covered", "mean_absolute_error", "bias", "unchanged_error",
               "same_growth_error"},
              {}};
  const auto cell = [](const std::optional<double>& value) { return value ? Cell{*value} : Cell{}; };
  for (std::size_t h = 0; h < backtest.ahead.size(); ++h) {
    const ForecastScore& score = backtest.ahead[h];
    table.rows.push_back({static_cast<std::int64_t>(h + 1), score.forecasts, score.covered.numerator(),
                          cell(score.model.mean_absolute), cell(score.model.bias),
                          cell(score.unchanged.mean_absolute), cell(score.same_growth.mean_absolute)});
  }
  return table;
}

std::string backtest_sentence(const ForecastBacktest& backtest) {
  const ForecastScore& all = backtest.all;
  if (backtest.origins == 0)
    return "The forecast was not tested: the history is too short to hide " +
           std::to_string(backtest.rule.held_out) + " periods of it.";
  std::string sentence = "Tested on " + std::to_string(backtest.rule.held_out) +
                         (backtest.rule.held_out == 1 ? " hidden period from " : " hidden periods from ") +
                         std::to_string(backtest.origins) +
                         (backtest.origins == 1 ? " starting point: " : " starting points: ") +
                         std::to_string(all.covered.numerator()) + " of " + std::to_string(all.forecasts) +
                         " intervals of " + percent(backtest.confidence) + " held what came";
  if (!all.model.mean_absolute) return sentence + ".";
  sentence += ", forecasts were " + percent(*all.model.mean_absolute) + " off on average (" +
              percent(std::abs(*all.model.bias)) + (*all.model.bias < 0 ? " too low" : " too high") +
              " in all).";
  const bool better =
      *all.model.mean_absolute < *all.unchanged.mean_absolute &&
      (!all.same_growth.mean_absolute || *all.model.mean_absolute < *all.same_growth.mean_absolute);
  sentence += " That MRR stays as it is was " + percent(*all.unchanged.mean_absolute) + " off";
  if (all.same_growth.mean_absolute)
    sentence += ", that it grows as before " + percent(*all.same_growth.mean_absolute);
  sentence += better ? "." : ": this forecast was no better.";
  return sentence;
}

}  // namespace churn::inline v0
