// MrrForecast: MRR and customers of the periods to come, from what the cohorts of the book have done so far.
//
//   MrrForecast forecast = forecast_mrr(book, whole_book_in_months, {.horizon = 12});
//   forecast.periods[11].mrr;         // Money at the close of the twelfth period from now
//   forecast.periods[11].interval;    // and within what it lies, 19 times in 20
//   forecast.periods[11].existing;    // how much of it is paid by today's customers
//   to_csv(forecast_table(forecast)); // period,mrr,low,high,customers
//
// Two parts add up:
//   existing customers   what every cohort pays today x the factors of the ages before it (chain_ladder.hpp). These hold
//                        churn, contraction, expansion and returns, for they compare what a cohort paid at one close
//                        with what it pays at the next. Customers have factors of their own.
//   new business         an assumption. Unless told otherwise, that every period brings what the last 12 complete
//                        ones brought on average, MRR and customers at the close of the period in which they came;
//                        from then on they develop like other cohorts. `new_business = NewBusiness{}` is none.
// The mean lags behind where new business grows: 3 % more a month make a forecast of twelve months 17 % too low, and
// no interval holds that. The sentence says so where a line fits clearly better, `trend` follows the line instead,
// and the backtest (forecast_backtest.hpp) tells which has served better. Seasons of new business are not followed.
//
// Intervals are of the total. They hold the chance by which customers leave and grow, what all cohorts have had in
// common (phi), the error of the factors, and how new business has varied; stated new business is taken as certain.
// Not that the future may be unlike the past. They are those of a log-normal with the forecast's mean and variance,
// as Mack advises, with the quantile of Student's t for as many degrees of freedom as there were steps less one;
// they never fall below 0. Of simulated businesses of several kinds 92 to 98 of 100 intervals of 95 % held what
// came, one period ahead or twelve; 89 to 92 where amounts differ a hundredfold between customers, of whom there are
// few.
//
// Periods are those after the last complete one, by the rule of the grid. `outcome` says why there is none:
//   too_few_periods  less than four steps from one complete period to the next
//   nobody_paid      no MRR at any close but the last
// Single periods have no value where they are further ahead than steps have been seen (`beyond_history`: five months
// say nothing of a year) and where the standard deviation is above both today's MRR and half of what is forecast
// (`too_uncertain`: a customer that once grew a hundredfold, in a book of two).
//
// Throws Error(bad_number) unless the horizon is 1 to 1200, 0 < confidence < 1, and new business is not negative;
// Error(bad_period) for a grid of given cut points, which says nothing of the periods to come; Error(overflow) for
// amounts beyond 64 bits; and what cohort_triangles and fit_chain_ladder throw.
// O(periods^2 + horizon x cohorts x ages).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/money.hpp>
#include <churn/core/table.hpp>
#include <churn/forecast/chain_ladder.hpp>
#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// What comes in one period, as of its close.
struct NewBusiness {
  std::int64_t ticks{0};      ///< run rate
  std::int64_t customers{0};  ///< present at the close
};

/// What periods to come bring, judged by those that were.
enum class NewBusinessTrend : std::uint8_t {
  level,  ///< their mean
  line    ///< a straight line through them, by least squares, that goes on but not below 0
};

/// How far a forecast looks, and what it assumes.
struct ForecastRule {
  std::size_t horizon{12};  ///< periods to come, 1 to 1200
  /// So much in every period. Empty: as the last `new_business_periods` complete ones, or as many as there are.
  std::optional<NewBusiness> new_business{};
  NewBusinessTrend trend{NewBusinessTrend::level};  ///< of new business that is not stated
  std::size_t new_business_periods{12};             ///< complete ones at most that new business is judged by
  double confidence{0.95};                          ///< of all intervals
  ChainLadderRule ladder{};                         ///< of MRR and of customers
};

/// Whether there is a forecast, and why not.
enum class ForecastOutcome : std::uint8_t {
  known,            ///< there is one
  too_few_periods,  ///< less than four steps from one complete period to the next
  nobody_paid       ///< no MRR at any close but the last
};

/// What is expected, and within what it lies.
struct ForecastAmount {
  double value;       ///< the mean
  Interval interval;  ///< at the confidence of the rule
};

/// Whether anything is said of a period, and why not.
enum class ForecastPeriodOutcome : std::uint8_t {
  known,           ///< there is an MRR
  no_forecast,     ///< there is none of any period
  beyond_history,  ///< further ahead than steps have been seen
  too_uncertain    ///< it may be anything
};

/// One period to come, as of its close.
struct ForecastPeriod {
  Period period;                                                      ///< by the rule of the grid
  ForecastPeriodOutcome outcome{ForecastPeriodOutcome::no_forecast};  ///< whether there is an MRR
  std::optional<ForecastAmount> mrr{};                                ///< minor units a month; if known
  // Empty where mrr is, or they alone are too uncertain.
  std::optional<ForecastAmount> existing{};   ///< of the MRR, of today's customers
  std::optional<ForecastAmount> customers{};  ///< at the close
};

/// A cohort of today. Its MRR, one a period ahead that is not beyond history, empty where it is too uncertain.
struct CohortForecast {
  Period cohort;                                   ///< in which its customers came
  std::vector<std::optional<ForecastAmount>> mrr;  ///< minor units a month; one, two, … periods on
};

/// MRR and customers of the periods to come.
struct MrrForecast {
  ForecastOutcome outcome;              ///< whether there is a forecast
  ForecastRule rule;                    ///< that was asked for
  Currency currency;                    ///< of all amounts
  std::size_t steps;                    ///< from one complete period to the next
  std::optional<Period> last_period{};  ///< the last complete one, empty if there is none
  Money mrr;                            ///< at its close
  std::int64_t customers{0};            ///< at the same close
  Inflow new_mrr{};                     ///< assumed, in ticks a period; all 0 unless the forecast is known
  Inflow new_customers{};               ///< likewise, in customers
  /// By how many ticks a period new MRR has been rising, where that is clear (p < 0.05) and none is stated.
  std::optional<double> new_mrr_slope{};
  std::optional<ChainLadder> mrr_ladder{};  ///< in ticks; empty where there is nothing to estimate it from
  std::optional<ChainLadder> customers_ladder{};  ///< likewise, in customers
  std::vector<ForecastPeriod> periods{};          ///< `horizon` of them; none if no period is complete
  std::vector<CohortForecast> cohorts{};          ///< those that pay something today, oldest first
};

/// From triangles of the grid's periods.
[[nodiscard]] MrrForecast forecast_mrr(const CohortTriangles& triangles, const PeriodGrid& grid,
                                       Currency currency, const ForecastRule& rule = {});
/// From two cubes of one book and grid.
[[nodiscard]] MrrForecast forecast_mrr(const CohortCube& cohorts, const MovementCube& movements,
                                       const ForecastRule& rule = {}, std::size_t segment = 0);
/// Of a whole book, or those of its customers that a filter on attributes keeps. Amounts are at the latest exchange rates
/// where conventions have dated ones. Throws Error(mismatched_cubes) for a
/// filter on what customers may change.
[[nodiscard]] MrrForecast forecast_mrr(const Book& book, const PeriodGrid& grid,
                                       const ForecastRule& rule = {}, const FoldOptions& options = {});

/// Columns: period (first day), mrr, low, high, customers (a whole number); a row a period. What is not known is
/// empty.
[[nodiscard]] Table forecast_table(const MrrForecast& forecast);

/// What is expected at the end of the horizon and on what it rests, or why nothing is.
[[nodiscard]] std::string forecast_sentence(const MrrForecast& forecast);

}  // namespace churn::inline v0
