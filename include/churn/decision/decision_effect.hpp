// DecisionEffect: how far departures after a decision differ from what they would have been, and how sure that is.
//
//   DecisionEffect effect = decision_effect(decision_rows(book, decision));
//   effect.affected.rate_ratio               // 1.8: of old customers 1.8 times as many left as without it
//   effect.affected.customers_change         // 31: so many more than without it, of the
//   effect.affected.departures               // 70 who left
//
// Segmented quasi-Poisson regression (stats/quasi_poisson.hpp) of departures by month, phase and side, over those expected at
// rates before the decision (decision/decision_rows.hpp):
//   log(departures) = log(expected) + level + announced + affected + joined_after + trend + season
// trend is a straight line over the years, season two waves of the calendar year. With a control: a level of its own for those
// concerned; phases are those of everybody, and what they are more, or less, for those concerned is the effect (difference in
// differences).
//   rate_ratio         exp of the effect of a phase
//   expected           departures / rate_ratio: without the decision
//   customers_change   departures x (1 - 1 / rate_ratio): lost by it; negative: kept. Its limits are those of the ratio
//   slope              of affected: by what the ratio grows each month after the effective day, by a second regression
//   pre_trend          with a control: how fast both sides drifted apart in a year before the announcement. If they
//                      did, what they differ by later is not all the decision's
// Trend and season are taken in from 24 months before the announcement on with somebody at risk, if there are ten departures
// before for each column, of both sides: of less than two years a line is drawn by the season, and carries it on. Else what the
// year does anyway is in the effect (`trend_note`, `season_note` say so).
//
// Why months: all customers of one have their weather in common, so that the spread of months around the line, the dispersion,
// is the noise by which an effect must be judged; days of single customers would promise too much. Months of one phase that
// expect fewer than `fewest_expected` are taken together with the next, as single departures where hardly any were expected
// make a dispersion of anything. Rates of strata are estimates, too: dispersion x their rate_variance is added to the variance of
// the logarithm of a ratio (of both sides, with a control). Nothing here knows that a month is like the one before: placebos do
// (decision/decision_placebos.hpp).
//
// Before and after, whatever else came at that date is in the effect, too; a control takes out what came to both.
// Undefined is empty, and `note` says why. O(rows x columns^2).
//
// Source: A. K. Wagner, S. B. Soumerai, F. Zhang, D. Ross-Degnan (2002), J. Clin. Pharm. Ther. 27, 299-309 (segmented
// regression); J. Lopez Bernal, S. Cummins, A. Gasparrini (2017), Int. J. Epidemiol. 46, 348-355; N. E. Breslow, N. E. Day,
// Statistical Methods in Cancer Research II (1987), ch. 2 and 4 (expected counts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <churn/decision/decision_rows.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/stats/quasi_poisson.hpp>

namespace churn::inline v0 {

/// Whether trend or season is in the regression.
enum class DecisionTerm : std::uint8_t {
  automatic,  ///< from 24 months before the announcement and ten departures a column on
  always,     ///< also where there are not
  never       ///< not even where there are
};

/// What the regression takes in, and how sure intervals are.
struct DecisionEffectOptions {
  DecisionTerm trend{DecisionTerm::automatic};   ///< a straight line over the years
  DecisionTerm season{DecisionTerm::automatic};  ///< two waves of the calendar year
  double fewest_expected{3};  ///< a month that expects fewer departures is taken together with the next
  CountDispersion dispersion{CountDispersion::estimated};  ///< how the noise of rows is reckoned
  double confidence{0.95};                                 ///< of all intervals
};

/// Of those concerned.
struct DecisionPhaseEffect {
  DecisionPhase phase{DecisionPhase::affected};  ///< announced, affected or joined_after
  std::int64_t departures{0};                    ///< in the phase
  std::int64_t risk_days{0};                     ///< in the phase
  std::optional<double>
      at_rates_before{};  ///< departures that rates before give, without trend, season and control
  std::optional<double> rate_ratio{};  ///< departures over those that would have been without the decision
  std::optional<Interval> interval{};  ///< of the ratio
  std::optional<PValue> p{};           ///< of a ratio of 1
  std::optional<double> expected{};    ///< departures that would have been without the decision
  /// Departures that the decision brought; negative: that it spared.
  std::optional<double> customers_change{};
  std::optional<Interval> customers_change_interval{};  ///< by the limits of the ratio
  std::string note{};  ///< a sentence where there is no ratio, or no interval
};

/// By which a ratio changes with time.
struct DecisionDrift {
  std::optional<double> ratio{};       ///< the factor by which it changes in that time
  std::optional<Interval> interval{};  ///< of the ratio
  std::optional<PValue> p{};           ///< of a ratio of 1
  std::string note{};                  ///< a sentence where there is no ratio, or no interval
};

/// How far departures after a decision differ from what they would have been.
struct DecisionEffect {
  /// Existing customers who wait for their first affected renewal.
  DecisionPhaseEffect announced{.phase = DecisionPhase::announced};
  /// Existing customers from that renewal on.
  DecisionPhaseEffect affected{.phase = DecisionPhase::affected};
  /// Whose stay began on the effective day or later.
  DecisionPhaseEffect joined_after{.phase = DecisionPhase::joined_after};
  DecisionDrift slope{};      ///< a month
  DecisionDrift pre_trend{};  ///< a year; of a control
  bool trend{false};          ///< whether it was taken in
  bool season{false};         ///< whether it was taken in
  std::string trend_note{};   ///< why it was left out
  std::string season_note{};  ///< why it was left out
  std::string why_not{};      ///< a sentence where nothing can be said of any phase
  QuasiPoissonFit fit{};  ///< the regression that tells the phases; without rows where nothing can be said
};

/// Throws Error(bad_number) for fewest_expected that is negative or not finite, for rows whose counts are negative or
/// expected departures not finite, and for a confidence out of (0, 1).
[[nodiscard]] DecisionEffect decision_effect(const DecisionRows& rows,
                                             const DecisionEffectOptions& options = {});

}  // namespace churn::inline v0
