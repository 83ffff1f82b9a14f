// Levers: what goes with staying in this business, each measured the same way, and who could still be moved.
//
//   LeverReport report = levers(book);
//   levers_sentence(report);       // "Of 14 exposures 4 go with staying or leaving. ..."
//   levers_table(report);
//
// Every exposure (those of lever/standard_levers.hpp, and a host's own) by landmark (lever/landmark_rows.hpp,
// lever/landmark_effect.hpp), adjusted for what is known of customers at the beginning: by default MRR, day of start, the
// interval and the plan of the first day, and every attribute with at most `most_labels` labels. Then over all exposures:
//   p_adjusted   of those that have a p, Holm's unless told otherwise
//   verdict      keeps     p_adjusted below 1 - confidence, and those with it left less often
//                loses     likewise, more often
//                unclear   no more than chance; `detectable` of the contrast says what difference would have been seen
//                no_data   nothing can be compared; `note` says why, and what to record
//   at_stake     customers present at as_of who are without it now, and their MRR: who could be moved. It is what the lever
//                could touch, not what it would save. Of an exposure that is expected to make leave, those who have it
//
// The first lever, the right customer, is the profile of segments (lever/customer_profile.hpp), of single attributes and
// over 370 days, which hold a yearly renewal: those that keep their customers better or worse than all others. Its p is
// adjusted over its segments.
//
// All of it is association. A lever that was tested by an experiment needs none of this.
//
// O(customers x exposures x what they cost) and the regressions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/progress.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/lever/customer_profile.hpp>
#include <churn/lever/landmark_effect.hpp>
#include <churn/lever/standard_levers.hpp>
#include <churn/stats/adjusted_p.hpp>

namespace churn::inline v0 {

/// Which exposures are measured, of whom, and how.
struct LeversOptions {
  LeverOptions standard{};     ///< days and kinds of the library's exposures
  bool standard_levers{true};  ///< also those of the library
  CustomerProfileOptions profile{.horizon = 370, .pairs = false};  ///< likewise; its filter is `where`
  std::vector<Exposure> exposures{};                               ///< a host's own, after them
  Filter where{};  ///< whose rows, as LandmarkOptions; who is at stake, by the last known day
  std::optional<std::vector<Segmenter>> adjust_for{};  ///< none: as above
  std::size_t most_labels{20};                         ///< of an attribute that is adjusted for by default
  LandmarkEffectRule rule{};                ///< its contrast without an interval: the book's conventions'
  Adjustment adjustment{Adjustment::holm};  ///< of p over all exposures
  Progress progress{};                      ///< told how far it is, and asked whether to go on
};

/// Whether an exposure goes with staying.
enum class LeverVerdict : std::uint8_t {
  keeps,    ///< those with it left less often
  loses,    ///< those with it left more often
  unclear,  ///< no more than chance
  no_data   ///< nothing can be compared
};
/// `keeps`, `loses`, `unclear`, `no_data`.
[[nodiscard]] std::string_view lever_verdict_name(LeverVerdict verdict) noexcept;

/// One exposure: what goes with it, and whom it could still touch.
struct LeverRow {
  Exposure exposure;                            ///< as it was asked
  LandmarkEffect effect{};                      ///< of having it at the landmark
  std::optional<PValue> p_adjusted{};           ///< over all exposures that have a p
  LeverVerdict verdict{LeverVerdict::no_data};  ///< by the adjusted p
  /// Present now and without it; with it, where it is expected to raise the risk.
  std::int64_t customers_at_stake{0};
  std::optional<RunRate> at_stake{};  ///< empty in a book of several currencies
  std::size_t before_records{0};      ///< as LandmarkRows
  std::size_t filtered{0};            ///< likewise
  std::size_t too_new{0};             ///< likewise
  std::size_t left_before{0};         ///< likewise
  std::size_t not_known{0};           ///< likewise
  std::string note{};  ///< why nothing is known and what to record, or what was not adjusted for
};

/// All exposures side by side.
struct LeverReport {
  std::vector<LeverRow> rows{};              ///< in the order of the exposures
  std::optional<CustomerProfile> profile{};  ///< of the standard levers
  IntervalRule interval{};                   ///< of retention; verdicts go by its confidence
  std::size_t tested{0};                     ///< that p is adjusted over
  std::vector<std::string> adjusted_for{};   ///< names of the segmenters
};

/// Throws what exposures, segmenters and filter throw, Error(unknown_name) for two exposures of one lever and name, and
/// Error(cancelled).
[[nodiscard]] LeverReport levers(const Book& book, const LeversOptions& options = {});

/// First the segments of the profile that differ (lever `ideal_customer`, exposure industry=retail; exposed are its
/// customers, unexposed all others; money is what the segment pays now, of those to avoid; verdicts are `keeps` and
/// `loses`), or one row that says why there are none. Then a row an exposure. Columns: lever, exposure, exposed, unexposed (customers whose horizon is over), retention_exposed, retention_unexposed,
/// difference, ci_low, ci_high, hazard_ratio (adjusted; without covariates plain), p_adjusted, mrr_at_stake; then
/// hazard_low, hazard_high, plain_hazard_ratio, weighted_difference, weighted_low, weighted_high, e_value, e_value_of_limit,
/// trend_p, customers_at_stake, landmark, horizon, departures, left_before, not_known, too_new, before_records, verdict,
/// note. Shares are of 1; money is MRR. What is undefined is empty.
[[nodiscard]] Table levers_table(const LeverReport& report);
/// By level, for dose response. Columns: lever, exposure, level, customers, followed, retained, retention, ci_low, ci_high,
/// hazard_ratio, hazard_low, hazard_high (against the first level), mrr (at the landmark, of all of them).
[[nodiscard]] Table lever_levels_table(const LeverReport& report);
/// What goes with staying and with leaving and how strongly, what is unclear, and what the book can't answer.
[[nodiscard]] std::string levers_sentence(const LeverReport& report);

}  // namespace churn::inline v0
