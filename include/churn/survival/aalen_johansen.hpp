// CumulativeIncidence: the share of customers that have left for each type of reason by a tenure, the types
// competing.
//
//   CumulativeIncidence left = aalen_johansen(risk_table(table));     // of a LifeTable with types of exit
//   left.at(365, 1)->value;    // 0.21: within a year 21 of 100 have left of the second type, voluntary perhaps
//   left.rows[i].event_free;   // and how many have not left at all
//
//   event-free   S(t)   = product over times u <= t of 1 - events(u) / at_risk(u)
//   incidence    F_k(t) = sum over times u <= t of S(u-) events_k(u) / at_risk(u)
//
// S is the Kaplan-Meier curve of all types, and S and all F_k are 1 together. This is how voluntary and
// involuntary churn are told apart. 1 - Kaplan-Meier of one type, with the others censored, is not: it says how
// many would leave for it if nobody left for another reason, and all of them together say that more leave than
// there are.
//
// std_error is of Aalen's estimate with Greenwood's multinomial variance of each day's departures:
//   sum over u <= t of the variance, among those at risk at u, of what a departure at u changes of F_k(t),
//   divided by their number
// kept up to date from day to day. Without late entry that is the same as the infinitesimal jackknife of
// R's `survfit`; with late entry they differ a little, because counts don't tell how long who leaves had
// been seen.
//
// Intervals are those of kaplan_meier.hpp with F in the place of S, and se / F in that of g. The default is
// `log`, as R's: F exp(±z se / F), cut at 1. There is none where nobody has left of the type, and where
// std_error is 0; at F = 1 only `log` and `plain` have one.
//
// With late entry (left truncation) shares are of those who reach the first entry. While few are at risk
// all of them may leave, and the curves stand still from there on, whoever enters later: see `died_out_at`.
//
// Source: Aalen, Johansen (1978), Scand. J. Statist. 5; Andersen, Borgan, Gill, Keiding (1993), Statistical
// Models Based on Counting Processes, IV.4. Equals R's `survfit` with a factor of events. O(rows x types).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/stats/interval.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/risk_table.hpp>

namespace churn::inline v0 {

/// How intervals are made.
struct IncidenceOptions {
  SurvivalInterval interval{SurvivalInterval::log};  ///< on what scale
  double confidence{0.95};                           ///< above 0 and below 1
};

/// One type of exit at one tenure.
struct Incidence {
  std::int64_t events;  ///< of the type, at this time
  double value;         ///< share that has left of it, up to and with this time
  double std_error;     ///< of `value`
  /// Of `value`; empty where nobody has left of the type yet, and where std_error is 0.
  std::optional<Interval> interval;
};

/// A tenure at which spells ended or were censored, all types together.
struct IncidenceRow {
  std::int32_t time;      ///< tenure in days
  std::int64_t at_risk;   ///< entered before this time (or at 0), neither gone nor censored before it
  std::int64_t events;    ///< of every type
  std::int64_t censored;  ///< of at_risk, watched until this time without an event
  double event_free;      ///< after the events of this time
};

/// Of each type of exit the share that has left of it, by tenure.
struct CumulativeIncidence {
  std::vector<std::string> types{};     ///< what the events are called; `type` counts in this order
  std::vector<IncidenceRow> rows{};     ///< in order of time
  std::vector<Incidence> incidences{};  ///< by row and type, the types of a row together
  /// The first time at which all at risk left though others entered later; see above.
  std::optional<std::int32_t> died_out_at{};

  /// Throws Error(out_of_range) for a row or type that it has not.
  [[nodiscard]] Incidence of(std::size_t row, std::size_t type) const;
  /// What has come to pass by a tenure; `events` are those of that very tenure. Empty where nobody was
  /// observed, and behind the last row unless all have left by then. Throws Error(out_of_range) for a type
  /// that it has not.
  [[nodiscard]] std::optional<Incidence> at(std::int32_t time, std::size_t type) const;
  /// The share that has not left by a tenure; empty as above.
  [[nodiscard]] std::optional<double> event_free_at(std::int32_t time) const;
};

/// Throws Error(unknown_name) for a table whose events have no types, Error(bad_number) unless 0 <
/// confidence < 1 and for a table whose rows are out of order or don't add up.
[[nodiscard]] CumulativeIncidence aalen_johansen(const RiskTable& table,
                                                 const IncidenceOptions& options = {});

/// Columns: time, at_risk, event_free, type, events, incidence, std_error, ci_low, ci_high; for each time a
/// row for each type.
[[nodiscard]] Table incidence_table(const CumulativeIncidence& incidence);

}  // namespace churn::inline v0
