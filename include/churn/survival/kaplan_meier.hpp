// Kaplan-Meier: the share of spells that last longer than a tenure, also where many are still running.
//
//   SurvivalCurve curve = kaplan_meier(table, table.segment({"pro"}));
//   curve.at(365)                        // the share that stays a year; empty: not known
//   curve.row_at(365)->interval          // and how sure that is
//   survival_quantile(curve).time        // the tenure by which half have left: the median
//   restricted_mean(curve, 365).mean     // days of the first year that a customer stays, on average
//   conditional_survival(curve, 90, 365) // of those that stayed 90 days, the share that stays another year
//
//   S(t) = product over times u <= t of (1 - events(u) / at_risk(u))
//   G(t) = sum over times u <= t of events(u) / (at_risk(u) x (at_risk(u) - events(u)))       Greenwood
//   standard error of S(t) = S(t) sqrt(G(t)); none where S is 0
//
// There is a row for each tenure, in days, at which a spell ended or was censored, and what was counted there
// (risk_table.hpp). With late entry (left truncation) `at_risk` may rise, and the curve is that of spells that have
// reached the first entry.
//
// Intervals are of one tenure at a time, with z the normal quantile of (1 + confidence) / 2 and g = sqrt(G):
//   log_log   S ^ exp(+-z g / log S), always within (0, 1); the default. Undefined where S is 1
//   log       S exp(+-z g), cut at 1
//   plain     S +- z S g, cut at 0 and 1: the textbook one, poor for few and near the ends
//   logit     log(S / (1 - S)) +- z g / (1 - S), turned back. Undefined where S is 1
//   arcsine   sin^2(asin(sqrt S) +- z g / 2 sqrt(S / (1 - S))). Undefined where S is 1
// None is defined where S is 0. While nobody has left S is 1 and its error 0, which says nothing of how sure that is:
// `log` and `plain` give [1, 1] then, as R does.
//
// A time or share is undefined, and empty, behind the last row if some are still there: a curve is not drawn on.
//
// The cumulative incidence of one type of exit is not 1 - S with the other types censored: who left for another
// reason can't leave for this one. Such a curve says what would be if nobody ever left for the others.
//
// Source: Kaplan, Meier (1958), J. Am. Stat. Assoc. 53; Greenwood (1926); Kalbfleisch, Prentice (2002), The
// Statistical Analysis of Failure Time Data, 1.4; Brookmeyer, Crowley (1982), Biometrics 38, for quantiles. Equals
// R's `survfit`; the product goes in order of time, as there. O(days counted x types) of a life table, O(rows) of a
// table of those at risk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/cube/life_table.hpp>
#include <churn/stats/interval.hpp>
#include <churn/survival/risk_table.hpp>

namespace churn::inline v0 {

/// On what scale intervals of a share are made, by the formulas above.
enum class SurvivalInterval : std::uint8_t {
  log_log,  ///< always within (0, 1)
  log,      ///< cut at 1
  plain,    ///< the textbook one, cut at 0 and 1
  logit,    ///< of the log-odds, always within (0, 1)
  arcsine   ///< of the arcsine of the root
};

/// How intervals are made.
struct SurvivalOptions {
  SurvivalInterval interval{SurvivalInterval::log_log};  ///< on what scale
  double confidence{0.95};                               ///< above 0 and below 1
  friend bool operator==(const SurvivalOptions&, const SurvivalOptions&) = default;
};

/// A tenure at which spells ended or were censored.
struct SurvivalRow {
  std::int32_t time;      ///< tenure in days
  std::int64_t at_risk;   ///< entered before this time (or at 0), neither gone nor censored before it
  std::int64_t events;    ///< departures at this time
  std::int64_t censored;  ///< of at_risk, watched until this time without an event
  double survival;        ///< after the events of this time
  std::optional<double> std_error{};   ///< of `survival`
  std::optional<Interval> interval{};  ///< as the curve's options say
};

/// The share that stays longer than a tenure: 1 before the first row, then that of the last row up to it.
struct SurvivalCurve {
  std::vector<SurvivalRow> rows;  ///< in order of time
  /// The first time at which all at risk left though others entered later: from there on the curve is 0 and
  /// says nothing of those. It comes of few being at risk when late entry begins.
  std::optional<std::int32_t> died_out_at{};
  std::int64_t spells{0};     ///< that were at risk for some time
  std::int64_t events{0};     ///< in all rows
  SurvivalOptions options{};  ///< that intervals are made by

  /// S at a tenure. Empty where nobody was observed, and behind the last row unless all have left by then.
  [[nodiscard]] std::optional<double> at(std::int32_t time) const;
  /// The row that tells S at a tenure: the last one up to it. Before the first one it is that of tenure 0 without
  /// events, S = 1. Empty where `at` is.
  [[nodiscard]] std::optional<SurvivalRow> row_at(std::int32_t time) const;
};

/// Throws Error(bad_number) unless 0 < confidence < 1, and for a table whose rows are out of order or don't add up,
/// as one that was put together by hand may be. O(rows).
[[nodiscard]] SurvivalCurve kaplan_meier(const RiskTable& table, const SurvivalOptions& options = {});

/// The curve of a segment; `events` names the types of exit that count, and others censor. None: all types do.
/// Throws Error(out_of_range) for a segment beyond the table's, Error(unknown_name) for a type it has not,
/// Error(out_of_range) if more leave than have entered, as in what subtracting a larger table leaves, and
/// Error(bad_number) unless 0 < confidence < 1.
[[nodiscard]] SurvivalCurve kaplan_meier(const LifeTable& table, std::size_t segment = 0,
                                         const std::vector<std::string>& events = {},
                                         const SurvivalOptions& options = {});

/// A row a row of the curve: time, at_risk, events, censored, survival, std_error, ci_low, ci_high.
[[nodiscard]] Table survival_table(const SurvivalCurve& curve);

/// The median with its interval in a sentence, or how many stay as far as is known where fewer than half have left.
[[nodiscard]] std::string survival_sentence(const SurvivalCurve& curve);

/// The tenure by which a share has left, and its interval: the tenures whose own interval of S holds that share.
struct SurvivalQuantile {
  double share_left;             ///< as asked; 0.5: the median
  std::optional<double> time{};  ///< in days; half days where S stays at the level between two tenures
  std::optional<double> low{};   ///< empty: also tenures before any known one
  std::optional<double> high{};  ///< empty: also tenures behind all known ones
  std::int64_t spells{0};        ///< of the curve
  std::int64_t events{0};        ///< in all rows of the curve
};

/// `share_left` of 0.5 is the median. The time is the first with 1 - S of the share or more; where 1 - S equals it
/// (to 1.5e-8), the middle between there and the next lower S, or the last row if there is none. Ends are found in the
/// same way on the interval's ends; if one of these turns back, where it is nearest to the share, as in R's
/// `quantile`. Empty where the share has not been reached. Throws Error(bad_number) unless 0 < share_left <= 1.
/// O(rows).
[[nodiscard]] SurvivalQuantile survival_quantile(const SurvivalCurve& curve, double share_left = 0.5);

/// The mean number of days that spells last up to a horizon: the area under S.
struct RestrictedMean {
  std::int32_t horizon;                       ///< in days
  std::optional<std::int32_t> known_until{};  ///< the last row's time; empty of no rows
  std::optional<double> mean{};               ///< in days
  std::optional<double> std_error{};          ///< of the mean, in days
  std::optional<Interval> interval{};         ///< mean +- z std_error, within [0, horizon]
  std::int64_t spells{0};                     ///< of the curve
  std::int64_t events{0};                     ///< up to the horizon
};

/// Empty if the horizon is behind the last row and some are still there then, or if there are no rows. The
/// interval is empty where the error is 0, which is so if nobody left before the horizon or all at one tenure.
/// With late entry S is 1 up to the first row, as in R. Confidence is the curve's.
///   variance = sum over times u <= horizon of (area from u to the horizon)^2 x events / (at_risk (at_risk - events))
/// Throws Error(out_of_range) for a horizon below 0. Equals R's `survmean` with rmean = horizon. O(rows).
[[nodiscard]] RestrictedMean restricted_mean(const SurvivalCurve& curve, std::int32_t horizon);

/// Of those that stay longer than `after` days, the share that stays another `time` days.
struct ConditionalSurvival {
  std::int32_t after;                 ///< days stayed already
  std::int32_t time;                  ///< days more
  std::int64_t at_risk{0};            ///< at the first row behind `after`
  std::int64_t events{0};             ///< in (after, after + time]
  std::optional<double> survival{};   ///< share of those who stayed `after` days; empty where it is not known
  std::optional<double> std_error{};  ///< of `survival`; from the rows in between alone
  std::optional<Interval> interval{};  ///< as the curve's options say
};

/// S(after + time) / S(after), with errors from Greenwood's sum over the rows in (after, after + time] alone. Empty
/// where S(after) is 0 or either is not known. Throws Error(out_of_range) for negative days or a sum beyond 32 bits.
/// O(rows).
[[nodiscard]] ConditionalSurvival conditional_survival(const SurvivalCurve& curve, std::int32_t after,
                                                       std::int32_t time);

}  // namespace churn::inline v0
