// Hazard: at which tenure customers leave most.
//
//   HazardByTenure hazard = hazard_by_tenure(table, {.days = 30});   // of a RiskTable
//   hazard.rows[0].rate                  // 0.0041: on each of the first 30 days 0.41 % of those there leave
//   hazard_peak(hazard)->row.from        // where most leave, of what can be told from chance
//   smooth_hazard(table)                 // the same as a curve, for the eye
//
//   rate of an interval (from, to] = departures in it / days at risk in it
//
// A spell that is at risk in (entry, exit] is so for exit - entry days, of which those in the interval count; both
// numbers are exact. A departure at tenure t happened on the day (t - 1, t], one at tenure 0 is counted in the first
// interval and has no days. The rate is per customer and day: n customers make rate x n departures a day, and the share
// that stays through d days of it is exp(-rate x d). Its interval is the exact one of a Poisson count
// (stats/poisson_interval.hpp), and wide where few are at risk, as at the longest tenures: no rate without it.
//
// What is highest among many is so by chance in part. `hazard_peak` therefore takes the interval of tenure whose rate
// is high for sure: that with the highest lower end, where the confidence of each is raised so that all k hold
// together (Bonferroni: 1 - (1 - confidence) / k).
//
// Smoothed, at tenure s, over tenures from the first entry up to `until`, with a bandwidth b in days:
//   h(s) = sum over days t of w(t) x events(t) / at_risk(t),   w(t) = integral over (t - 1, t] of K((s - u) / b) / b du
//   variance = sum over days t of w(t)^2 x events(t) / at_risk(t)^2
// that is, departures are spread over their day, and the increments of Nelson-Aalen over b days to either side, with
// Epanechnikov's kernel K(x) = 3/4 (1 - x^2). Nearer than b to an end it is the boundary kernel of Mueller and Wang,
//   K_q(x) = 12 (x + 1) (x (1 - 2 q) + (3 q^2 - 2 q + 1) / 2) / (1 + q)^4 on [-1, q],   q = distance to the end / b,
// which keeps constant and linear hazards as they are up to the ends, where few departures then decide much; where it
// gets below 0, h is 0. Departures at tenure 0 are taken to the first day. The interval takes h for a weighted sum of
// Poisson counts, with v the variance and m the most that a departure could add to h:
//   low  = gamma quantile of h^2 / v              at (1 - confidence) / 2, x v / h                    (0 where h is 0)
//   high = gamma quantile of (h + m)^2 / (v + m^2) at (1 + confidence) / 2, x (v + m^2) / (h + m)
// or h + m + z sqrt(v + m^2), z being the normal quantile, where weights below 0 make (h + m)^2 less than v + m^2.
// It is of one tenure at a time, and of the smoothed hazard, which is flatter than the true one where that bends within
// b days.
//
// Unless given, the bandwidth is (until - first entry) / (8 x departures^(1/5)), what Mueller and Wang start from, but
// at least a day and at most half of those tenures; and `until` is the last tenure at which ten were at risk, or the
// last row if there never were.
//
// Source: Ramlau-Hansen (1983), Ann. Stat. 11; Mueller, Wang (1994), Biometrics 50; Garwood (1936) for the exact
// interval; Fay, Feuer (1997), Stat. Med. 16, for that of weighted counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/survival/risk_table.hpp>

namespace churn::inline v0 {

/// Which intervals of tenure are looked at.
struct HazardOptions {
  std::int32_t days{30};             ///< length of the intervals of tenure, from 0 on
  std::vector<std::int32_t> cuts{};  ///< instead: where they begin and end, such as {0, 7, 30, 90, 365}
  double confidence{0.95};           ///< of each rate's interval
  friend bool operator==(const HazardOptions&, const HazardOptions&) = default;
};

/// The interval (from, to] of tenure; with tenure 0 if it begins there.
struct HazardRow {
  std::int32_t from;                   ///< days, exclusive but for 0
  std::int32_t to;                     ///< days, inclusive
  std::int64_t spells;                 ///< that were at risk in it for some time
  std::int64_t events;                 ///< departures in it
  std::int64_t days_at_risk;           ///< of all spells
  std::optional<double> rate{};        ///< events / days_at_risk; empty of no days
  std::optional<Interval> interval{};  ///< of the rate
};

/// The rate of leaving, by interval of tenure.
struct HazardByTenure {
  std::vector<HazardRow> rows;  ///< side by side, in order
  HazardOptions options{};      ///< as they were given
};

/// Without `cuts` up to the last tenure that was observed. Throws Error(bad_number) unless days >= 1 and
/// 0 < confidence < 1, Error(bad_period) for cuts that are negative, not ascending or fewer than two,
/// Error(out_of_range) for a table in which not as many enter as leave, Error(bad_number) for one whose rows are out of
/// order or don't add up, and Error(overflow) where days at risk are beyond 64 bits. O(rows + intervals).
[[nodiscard]] HazardByTenure hazard_by_tenure(const RiskTable& table, const HazardOptions& options = {});

/// The interval of tenure in which most leave, of what can be told from chance.
struct HazardPeak {
  HazardRow row;                           ///< where the hazard is highest for sure
  Interval interval;                       ///< of its rate, which holds although it was picked
  std::size_t among;                       ///< so many intervals of tenure with days at risk
  std::int64_t events_elsewhere;           ///< departures in all others
  std::int64_t days_elsewhere;             ///< days at risk in all others
  std::optional<double> rate_elsewhere{};  ///< empty of no days
  /// Of as many departures in it, or more, if the hazard were the same at all tenures: the binomial tail of all
  /// departures with its share of days, times `among`. Empty of no days elsewhere.
  std::optional<PValue> p{};
};

/// Of equal ones the first. Empty if nobody left where there were days at risk. O(intervals).
[[nodiscard]] std::optional<HazardPeak> hazard_peak(const HazardByTenure& hazard);

/// Where most leave, and how many elsewhere, in a sentence; or that no interval of tenure stands out (p of the peak is
/// not below 1 - confidence).
[[nodiscard]] std::string hazard_sentence(const HazardByTenure& hazard);

/// A row an interval of tenure: from, to, spells, events, days_at_risk, rate, ci_low, ci_high.
[[nodiscard]] Table hazard_table(const HazardByTenure& hazard);

/// How the curve is smoothed, and where it is drawn.
struct SmoothHazardOptions {
  std::optional<double> bandwidth{};    ///< in days; empty: chosen as said above
  std::optional<std::int32_t> until{};  ///< the last tenure; empty: as said above
  std::optional<std::int32_t>
      step{};               ///< days between rows; empty: so many that there are about a hundred rows
  double confidence{0.95};  ///< of the interval at one tenure
  friend bool operator==(const SmoothHazardOptions&, const SmoothHazardOptions&) = default;
};

/// The smoothed rate at one tenure.
struct SmoothHazardRow {
  std::int32_t time;                   ///< tenure in days
  std::int64_t at_risk;                ///< then; at the first tenure, on the day that follows
  std::int64_t events;                 ///< departures that the rate is made of
  std::optional<double> rate{};        ///< per customer and day; empty where nobody was at risk
  std::optional<double> std_error{};   ///< of the rate
  std::optional<Interval> interval{};  ///< of the rate
};

/// The rate of leaving as a curve over tenure.
struct SmoothHazard {
  std::vector<SmoothHazardRow> rows;  ///< in order of time, the last one at `until`
  double bandwidth{0};                ///< in days; 0 without rows
  std::int32_t from{0};               ///< the first tenure: that of the first entry
  std::int32_t until{0};              ///< the last tenure
  std::int64_t events{0};             ///< departures up to `until`
  SmoothHazardOptions options{};      ///< as they were given
};

/// Without rows if nobody was at risk for a day. Throws Error(bad_number) unless 0 < confidence < 1, step >= 1 and
/// 0 < bandwidth <= (until - from) / 2, and for a table whose rows are out of order or don't add up, and
/// Error(out_of_range) for an `until` that is not behind the first entry or is behind the last observed tenure, and for
/// a table in which not as many enter as leave. O(rows of the table + rows x tenures within two bandwidths).
[[nodiscard]] SmoothHazard smooth_hazard(const RiskTable& table, const SmoothHazardOptions& options = {});

/// A row a row: time, at_risk, events, rate, std_error, ci_low, ci_high.
[[nodiscard]] Table smooth_hazard_table(const SmoothHazard& hazard);

}  // namespace churn::inline v0
