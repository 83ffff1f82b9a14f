// Causes: of those who left, how many chose to, were done, or had a payment fail, and for which reasons.
//
//   DepartureCube cube = DepartureCube::fold(book, months(from, to), by::attribute("industry"));
//   causes_table(cube);              // period by period
//   type_shares(cube);               // over all periods: 51 % voluntary, 23 % involuntary, …
//   reason_shares(cube);             // the reasons that most MRR left for first
//   story_shares(cube);              // wrong customers, competitor, or a product gone stale?
//   causes_sentence(cube);
//
//   customers   of a type, reason or story, of all departures of the segment: a Proportion with the conventions' interval
//   MRR         the same of the run rate that left with them: a ratio of money, without an interval
//   rate        departures of a type of the customers present at opening (`type_rates`): the churn rate by type. The four
//               add up to the customer churn rate of movements netted by period, but for what conventions add to it:
//               who joined and left, who left and returned, another base. Empty under by-day netting, where
//               departures are not of those at opening alone.
//
// Shares are of what left, so a period that is not complete counts for what was seen of it; rates of one say so. Shares
// say how churn is made up, not how much there is: a type's share grows also when another one shrinks.
//
// Whether segments differ in their mix of types is Pearson's test over segments x types (stats/contingency.hpp). By
// lanes a customer in two of them counts in both, and p is too small. A difference is association, not cause.
//
// O(what the cube holds), and tables O(segments x periods x causes).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/cube/departure_cube.hpp>
#include <churn/stats/contingency.hpp>

namespace churn::inline v0 {

/// Some of those who left a segment, over all periods.
struct DepartureShare {
  Label label;         ///< the segment's
  std::string name;    ///< of a type, a reason or a story
  DepartureType type;  ///< of a reason; of a story voluntary
  Leavers leavers;     ///< those of the type, reason or story
  Leavers all;         ///< who left the segment; of stories, who chose to
  Currency currency;   ///< of the MRR that left

  /// Of `all`. Who left in several periods counts in each.
  [[nodiscard]] Proportion customers() const { return {leavers.customers, all.customers}; }
  /// Empty where no MRR left.
  [[nodiscard]] std::optional<double> mrr() const noexcept {
    if (all.ticks == 0) return std::nullopt;
    return static_cast<double>(leavers.ticks) / static_cast<double>(all.ticks);
  }
};

/// The four types of each segment, in their order, also those that nobody left for.
[[nodiscard]] std::vector<DepartureShare> type_shares(const DepartureCube& cube);

/// What reasons are put in order by; of equals the other decides.
enum class RankedBy : std::uint8_t {
  mrr,       ///< the run rate that left
  customers  ///< how many left
};
/// The reasons of each segment, the greatest first, of equals by type and name. A type's departures without a known
/// reason are its row `unknown`.
[[nodiscard]] std::vector<DepartureShare> reason_shares(const DepartureCube& cube,
                                                        RankedBy rank = RankedBy::mrr);

/// Which of three stories reasons of choice belong to; those of no story are `another`.
using Stories = std::map<std::string, std::string, std::less<>>;
/// wrong_fit, not_used: `wrong_customer`; competitor: `competitor`; missing_feature, quality, too_complex, service:
/// `stale_product`.
[[nodiscard]] const Stories& standard_stories();
/// Of those who chose to leave, each segment's stories in order of their names and `another` last; `all` are the voluntary
/// ones of the segment. Throws Error(unknown_name) for a story without a name.
[[nodiscard]] std::vector<DepartureShare> story_shares(const DepartureCube& cube,
                                                       const Stories& stories = standard_stories());

/// How many of a segment's customers at the opening of a period left, of one type.
struct TypeRate {
  std::size_t segment;             ///< its place in the cubes' segments
  std::size_t period;              ///< its place in the grid
  DepartureType type;              ///< of the departures
  Leavers leavers;                 ///< in this period, for this type
  std::optional<Proportion> rate;  ///< of the customers at opening
};
/// Of segments, periods and types, in this order. `movements` are those of the same book, grid, segments and rules;
/// otherwise Error(mismatched_cubes).
[[nodiscard]] std::vector<TypeRate> type_rates(const DepartureCube& departures,
                                               const MovementCube& movements);

/// Whether the mix of types differs between segments: empty where fewer than two segments, or two types, have anybody.
[[nodiscard]] std::optional<ChiSquareTest> test_type_mix(const DepartureCube& cube);

/// Columns: the segments' names, then period, type, reason, customers, mrr, departures, share, ci_low, ci_high, complete:
/// a row for each segment, period and cause of the cube. Amounts are MRR, or ticks if `exact`; share is of the
/// departures of the segment and period.
[[nodiscard]] Table causes_table(const DepartureCube& cube, bool exact = false);
/// Columns: the segments' names, then type, customers, mrr, departures, share, ci_low, ci_high, departures_mrr,
/// mrr_share.
[[nodiscard]] Table type_shares_table(const DepartureCube& cube, bool exact = false);
/// The same, with reason behind type.
[[nodiscard]] Table reason_shares_table(const DepartureCube& cube, RankedBy rank = RankedBy::mrr,
                                        bool exact = false);
/// The same, with story in place of type.
[[nodiscard]] Table story_shares_table(const DepartureCube& cube, const Stories& stories = standard_stories(),
                                       bool exact = false);
/// Columns: the segments' names, then period, type, customers, mrr, opening_customers, rate, ci_low, ci_high, complete.
[[nodiscard]] Table type_rates_table(const DepartureCube& departures, const MovementCube& movements,
                                     bool exact = false);

/// What it comes to in two or three sentences: the types with intervals, the reason that most MRR left for, and, of
/// several segments, whether their mix differs.
[[nodiscard]] std::string causes_sentence(const DepartureCube& cube);

}  // namespace churn::inline v0
