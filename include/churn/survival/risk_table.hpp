// RiskTable: at each tenure at which a spell ended or was censored, how many were at risk and how many left.
//
//   RiskTable pro = risk_table(table, table.segment({"pro"}));            // of a LifeTable's counts
//   RiskTable all = risk_table({.exit = tenures, .event = departed});     // of single rows
//   kaplan_meier(pro);                                                    // survival/kaplan_meier.hpp
//
// It is all that curves and tests without covariates need to know: kaplan_meier.hpp, nelson_aalen.hpp,
// aalen_johansen.hpp and log_rank.hpp take nothing else, so counts and rows give the same answers.
//
// At risk at t is who entered before t (or at tenure 0) and had not left before it; who is censored at t counts
// at t. With late entry (left truncation) `at_risk` may rise again. Running spells are censored at their tenure
// on the last known day; one that entered on that very day has not been observed for any time, and is not
// counted. Types that are not asked for as events censor.
//
// `entries` and what left by row also tell for how many days spells were at risk: one that is at risk in (entry, exit]
// is so for exit - entry days (survival/hazard.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <churn/cube/life_table.hpp>
#include <churn/survival/spell_columns.hpp>

namespace churn::inline v0 {

/// A tenure at which spells ended or were censored.
struct RiskRow {
  std::int32_t time;      ///< tenure in days
  std::int64_t at_risk;   ///< entered before this time (or at 0), neither gone nor censored before it
  std::int64_t events;    ///< of every type
  std::int64_t censored;  ///< of at_risk, watched until this time without an event
  friend constexpr bool operator==(const RiskRow&, const RiskRow&) noexcept = default;
};

/// Who was at risk, and who left, at each tenure.
struct RiskTable {
  std::vector<RiskRow> rows{};          ///< in order of time; an event or a censored spell in each
  std::vector<std::string> types{};     ///< what the events are called; empty where they have no types
  std::vector<std::int64_t> by_type{};  ///< events by row and type, the types of a row together
  std::int64_t spells{0};               ///< that were at risk for some time
  std::int64_t events{0};               ///< in all rows
  bool late_entry{false};               ///< some entered after tenure 0
  std::vector<DayCount> entries{};      ///< of those spells, by tenure at which they entered, in order

  /// Of a row and a type. Throws Error(out_of_range) for what it has not.
  [[nodiscard]] std::int64_t events_of(std::size_t row, std::size_t type) const;

  friend bool operator==(const RiskTable&, const RiskTable&) = default;
};

/// Of a segment; `events` names the types of exit that count, in any order, and others censor. None: all types
/// do. Throws Error(out_of_range) for a segment beyond the table's, Error(unknown_name) for a type it has not,
/// and Error(out_of_range) if more leave than have entered, as in what subtracting a larger table leaves.
/// O(days counted x types).
[[nodiscard]] RiskTable risk_table(const LifeTable& table, std::size_t segment = 0,
                                   const std::vector<std::string>& events = {});

/// Of rows, whatever their stratum. Without `types` every `event` that is not 0 is one; with them, an event of k
/// is of the k-th type, counted from 1. Weights have to be whole: so many alike. Throws what spell_columns.hpp
/// says, Error(bad_number) for a weight that is not whole, Error(out_of_range) for an event beyond the types and
/// Error(overflow) where counts are beyond 64 bits. O(rows) where tenures are not far more than rows, else
/// O(rows log rows).
[[nodiscard]] RiskTable risk_table(const SpellColumns& columns, const std::vector<std::string>& types = {});

/// The same, one table for each stratum that occurs, in order of its number.
[[nodiscard]] std::vector<RiskTable> risk_tables(const SpellColumns& columns,
                                                 const std::vector<std::string>& types = {});

}  // namespace churn::inline v0
