// Kaplan-Meier: the share of spells that last longer than a tenure, also where many are still running.
//
//   SurvivalCurve curve = kaplan_meier(table, table.segment({"pro"}));
//   curve.at(365)                                     // the share that stays a year; empty: not known
//
//   S(t) = product over times u <= t of (1 - events(u) / at_risk(u))
//
// There is a row for each tenure, in days, at which a spell ended or was censored. At risk at t is who entered
// before t (or at tenure 0) and had not left before it; who is censored at t counts at t. Running spells are
// censored at their tenure on the last known day. With late entry (left truncation) `at_risk` may rise, and the
// curve is that of spells that have reached the first entry.
//
// A running spell that entered on the last known day has not been observed for any time, and is not counted.
//
// The cumulative incidence of one type of exit is not 1 - S with the other types censored: who left for another
// reason can't leave for this one. Such a curve says what would be if nobody ever left for the others.
//
// Source: Kaplan, Meier (1958), J. Am. Stat. Assoc. 53. The product goes in order of time, as R's `survfit` does.
// O(days counted x types).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/cube/life_table.hpp>

namespace churn::inline v0 {

struct SurvivalRow {
  std::int32_t time;  ///< tenure in days
  std::int64_t at_risk;
  std::int64_t events;
  std::int64_t censored;
  double survival;  ///< after the events of this time
};

struct SurvivalCurve {
  std::vector<SurvivalRow> rows;  ///< in order of time
  /// The first time at which all at risk left though others entered later: from there on the curve is 0 and
  /// says nothing of those. It comes of few being at risk when late entry begins.
  std::optional<std::int32_t> died_out_at{};

  /// S at a tenure. Empty where nobody was observed, and behind the last row unless all have left by then.
  [[nodiscard]] std::optional<double> at(std::int32_t time) const;
};

/// The curve of a segment; `events` names the types of exit that count, and others censor. None: all types do.
/// Throws Error(out_of_range) for a segment beyond the table's, Error(unknown_name) for a type it has not, and
/// Error(out_of_range) if more leave than have entered, as in what subtracting a larger table leaves.
[[nodiscard]] SurvivalCurve kaplan_meier(const LifeTable& table, std::size_t segment = 0,
                                         const std::vector<std::string>& events = {});

}  // namespace churn::inline v0
