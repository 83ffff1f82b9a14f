// CohortFlows: what every cohort has at every close, what of it is lost to churn before the next one, how much of that
// because a payment failed, and what of it comes back.
//
//   CohortFlows flows = cohort_flows(book, months(from, to));
//   flows.cohorts[3][0].at_close.customers;        // of the fourth cohort, present at the close of its first month
//   flows.cohorts[3][0].lost.customers;            // of these, absent at the next close
//   flows.cohorts[3][0].lost_involuntary.ticks;    // of that, the run rate of those whose payment had failed
//   flows.triangles();                             // what fit_chain_ladder takes
//
// Cohorts, ages, the periods (the last run of complete ones) and `earlier`, those without a cohort, are those of
// forecast/cohort_triangle.hpp, and `triangles()` is what it has of the same customers. A cell is one cohort at one
// close, t say:
//
//   at_close    present at close t
//   lost        of these, absent at close t + 1; run rate as of close t
//   returned    absent at close t, present at close t + 1, and lost between two closes before: each loss is followed by
//               one return at most. Run rate as of close t + 1. Who left and was back between two closes is neither
//   lost_involuntary   of what was lost, by the type of the customer's last departure in the period in which it was
//               lost, by the rules (reason/departure_rules.hpp)
//
// `returns` has the same returns by how many steps after the loss they came: of what was lost between closes s and s + 1
// that which returned between closes s + l and s + l + 1 is in returns[l - 1].
//
// In the last cell of a row nothing is lost or returned yet.
//
// Parts: where every customer is given a part (its segment, its group), there is one result a part, and they add up to
// the whole, to the tick.
//
// Throws Error(mixed_currencies) for a book of several currencies, Error(out_of_range) for a part beyond their number
// or more than 20 million cells in all, Error(bad_number) unless there is a part for each customer, Error(overflow), and
// Error(cancelled). O(customers x periods + changes), and what the departures of those who were lost cost; 64 bytes a
// cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <churn/core/progress.hpp>
#include <churn/forecast/cohort_triangle.hpp>
#include <churn/reason/departure_rules.hpp>

namespace churn::inline v0 {

/// How many customers, and their run rate together.
struct FlowAmount {
  std::int64_t ticks{0};      ///< run rate
  std::int64_t customers{0};  ///< each once
  /// Throw Error(overflow), and then change nothing.
  FlowAmount& operator+=(const FlowAmount& other);
  /// The same, subtracting.
  FlowAmount& operator-=(const FlowAmount& other);
  friend bool operator==(const FlowAmount&, const FlowAmount&) noexcept = default;
};

/// What became of one cohort at one close.
struct FlowCell {
  FlowAmount at_close{};          ///< present at it; run rate as of it
  FlowAmount lost{};              ///< of these, absent at the next close; run rate as of this one
  FlowAmount lost_involuntary{};  ///< of `lost`, whose last departure until then was involuntary
  /// Lost before and absent at this close, present at the next; run rate as of that.
  FlowAmount returned{};
  /// Each amount by itself. Throw Error(overflow), and then change nothing.
  FlowCell& operator+=(const FlowCell& other);
  /// The same, subtracting.
  FlowCell& operator-=(const FlowCell& other);
  friend bool operator==(const FlowCell&, const FlowCell&) noexcept = default;
};

/// What came back so many steps after it was lost.
struct FlowReturns {
  FlowAmount all{};          ///< run rate as of the close at which it is back
  FlowAmount involuntary{};  ///< of these, after an involuntary loss
  /// Each amount by itself. Throw Error(overflow), and then change nothing.
  FlowReturns& operator+=(const FlowReturns& other);
  /// The same, subtracting.
  FlowReturns& operator-=(const FlowReturns& other);
  friend bool operator==(const FlowReturns&, const FlowReturns&) noexcept = default;
};

/// The flows of some customers, by cohort and close.
struct CohortFlows {
  std::vector<Period> periods;                 ///< complete ones, side by side
  std::vector<std::vector<FlowCell>> cohorts;  ///< cohort i at its ages 0, 1, …, size() - 1 - i
  std::vector<FlowCell> earlier;               ///< all who belong to no cohort, by period
  std::vector<FlowReturns> returns;            ///< one, two, … steps after the loss; as many as periods

  /// How many periods are known.
  [[nodiscard]] std::size_t size() const noexcept { return earlier.size(); }
  /// All of them at a close. Throws Error(out_of_range), Error(overflow).
  [[nodiscard]] FlowCell total(std::size_t period) const;
  /// What is there at each close, in run rate and customers.
  [[nodiscard]] CohortTriangles triangles() const;

  /// Of the same periods; others throw Error(mismatched_cubes). Error(overflow).
  CohortFlows& operator+=(const CohortFlows& other);
  /// The same, subtracting.
  CohortFlows& operator-=(const CohortFlows& other);
  friend bool operator==(const CohortFlows&, const CohortFlows&) = default;
};

/// How losses are told apart, and who hears of it.
struct CohortFlowsOptions {
  DepartureRules rules{DepartureRules::standard()};  ///< by which losses are involuntary or not
  Progress progress{};                               ///< told how far it is, and asked whether to go on
};

inline constexpr std::uint32_t no_flow_part = UINT32_MAX;  ///< of a customer who is left out

/// Of all customers.
[[nodiscard]] CohortFlows cohort_flows(const Book& book, const PeriodGrid& grid,
                                       const CohortFlowsOptions& options = {});
/// One a part; `part_of` has the part of each customer, or no_flow_part.
[[nodiscard]] std::vector<CohortFlows> cohort_flows(const Book& book, const PeriodGrid& grid,
                                                    std::span<const std::uint32_t> part_of,
                                                    std::uint32_t parts,
                                                    const CohortFlowsOptions& options = {});

}  // namespace churn::inline v0
