// Nelson-Aalen: the hazard of leaving that has come together up to a tenure.
//
//   CumulativeHazard hazard = nelson_aalen(table);    // of a RiskTable
//   hazard.at(365)                                    // 0.41: departures a customer that is always replaced makes
//
//   H(t) = sum over times u <= t of events(u) / at_risk(u)                  `nelson_aalen`, the default
//   variance = sum over times u <= t of events(u) / at_risk(u)^2
//
// It is a sum, where Kaplan-Meier is a product: slopes of it can be compared, two of them are proportional where
// hazards are, and hazard.hpp smooths it. exp(-H) is a survival curve of its own (Breslow's), a little above that of
// Kaplan-Meier, and not 0 where the last left.
//
// Departures on the same day: `nelson_aalen` takes days for real. `fleming_harrington` takes d departures of n at
// risk for an order that is not known, 1 / n + 1 / (n - 1) + ... + 1 / (n - d + 1), and the same of squares for the
// variance; with it exp(-H) is nearly Kaplan-Meier's.
//
// Intervals, with z the normal quantile of (1 + confidence) / 2 and e the standard error of H:
//   log     H exp(+-z e / H), always above 0; the default. Undefined where H is 0
//   plain   H +- z e, cut at 0. Undefined where H is 0, of which e says nothing
// Those of exp(-H) are the same, turned.
//
// With late entry H is that since the first entry; few at risk then make it jump, once and for all.
//
// Source: Nelson (1972), Technometrics 14; Aalen (1978), Ann. Stat. 6; Fleming, Harrington (1984), Commun. Stat. 13.
// Equals `cumhaz` and `std.chaz` of R's `survfit`, with ctype 1 and 2. O(rows), also of many tied
// departures.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/stats/interval.hpp>
#include <churn/survival/risk_table.hpp>

namespace churn::inline v0 {

/// How departures on the same day are taken.
enum class HazardTies : std::uint8_t {
  nelson_aalen,       ///< as simultaneous: days are real
  fleming_harrington  ///< as one after the other, in an order that is not known
};
/// On what scale intervals of H are made.
enum class HazardInterval : std::uint8_t {
  log,   ///< always above 0
  plain  ///< cut at 0
};

/// How H is summed, and how its intervals are made.
struct CumulativeHazardOptions {
  HazardTies ties{HazardTies::nelson_aalen};     ///< how departures on the same day are taken
  HazardInterval interval{HazardInterval::log};  ///< on what scale
  double confidence{0.95};                       ///< above 0 and below 1
  friend bool operator==(const CumulativeHazardOptions&, const CumulativeHazardOptions&) = default;
};

/// A tenure at which spells ended or were censored.
struct CumulativeHazardRow {
  std::int32_t time;      ///< tenure in days
  std::int64_t at_risk;   ///< entered before this time (or at 0), neither gone nor censored before it
  std::int64_t events;    ///< departures at this time
  std::int64_t censored;  ///< of at_risk, watched until this time without an event
  double hazard;          ///< H, after the events of this time
  double std_error;       ///< of H
  double survival;        ///< exp(-H)
  std::optional<Interval> interval{};           ///< of H
  std::optional<Interval> survival_interval{};  ///< of exp(-H)
};

/// The hazard of leaving that has come together, by tenure.
struct CumulativeHazard {
  std::vector<CumulativeHazardRow> rows;  ///< in order of time
  std::int64_t spells{0};                 ///< that were at risk for some time
  std::int64_t events{0};                 ///< in all rows
  CumulativeHazardOptions options{};      ///< as they were given

  /// H at a tenure: 0 before the first row. Empty where nobody was observed, and behind the last row.
  [[nodiscard]] std::optional<double> at(std::int32_t time) const;
};

/// Throws Error(bad_number) unless 0 < confidence < 1, and for a table whose rows are out of order or don't add up.
[[nodiscard]] CumulativeHazard nelson_aalen(const RiskTable& table,
                                            const CumulativeHazardOptions& options = {});

/// A row a row of the curve: time, at_risk, events, censored, cumulative_hazard, std_error, ci_low, ci_high.
[[nodiscard]] Table cumulative_hazard_table(const CumulativeHazard& hazard);

}  // namespace churn::inline v0
