// SubscriptionCube: for every segment and period, what became of single subscriptions, seats, renewals and
// trials, in exact integers.
//
//   SubscriptionCube cube = fold_subscriptions(book, months(from, to), by::plan);
//   cube.at(segment, period).lost_subscriptions
//
// A subscription *pays* on a day if one of its phases is present on it by the conventions' policies. No gap is
// carried for it: only a customer's absence can be a gap.
//   renewals   due on each day that lies a whole number of intervals after the anchor (31 Jan -> 28/29 Feb ->
//              31 Mar), if the subscription paid the day before. Renewed if it pays on it. The anchor is the
//              first paid day; a phase that follows another without a gap, at the same interval, keeps its
//              anchor, whatever changed (a seat, the price, the plan; not from free to paid, or back).
//   trials     end on trial_ends_on, or earlier if the phase ends before; a phase that goes on with the trial
//              of the one before it is the same trial. Converted if the customer pays (MRR above 0) on that day.
//   seats      quantities summed by customer. What falls is lost; seats that go from one lane to another are
//              moved as MRR is (cube/movement_cube.hpp).
// All are counted in the segment of the customer at the period's opening (renewals and trials: the day before;
// by states a trial is mostly in "(none)") and in the lane of the phase. `where` keeps what matches.
// Under dated exchange rates bands of MRR are those of the movements: a period opens as the one before it closed.
//
// Like all cubes it adds up. O(subscriptions x periods + renewals + trials).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <churn/cube/tally.hpp>

namespace churn::inline v0 {

/// Subscriptions, seats, renewals and trials of one segment and period.
struct SubscriptionCell {
  std::int64_t opening_subscriptions{0};  ///< that pay at opening
  std::int64_t lost_subscriptions{0};     ///< of these, not at closing
  std::int64_t opening_seats{0};          ///< of subscriptions that pay at opening
  std::int64_t lost_seats{0};             ///< by which the customers of the opening have fewer at closing
  std::int64_t due{0};                    ///< renewals that fall into the period
  std::int64_t renewed{0};                ///< of these, paid on the due day
  std::int64_t trials_ended{0};           ///< on a day of the period
  std::int64_t trials_converted{0};       ///< of these, whose customer pays on that day

  /// So that cells of several currencies add up (cube/tally.hpp).
  static constexpr bool holds_no_amounts = true;
  friend constexpr bool operator==(const SubscriptionCell&, const SubscriptionCell&) noexcept = default;
  /// Throws Error(overflow).
  SubscriptionCell& operator+=(const SubscriptionCell& other);

  /// All members, for code that treats them alike.
  static constexpr std::size_t field_count = 8;
  /// A member, for code that goes through them.
  using Field = std::int64_t SubscriptionCell::*;
  /// In the order in which they stand here.
  [[nodiscard]] static const std::array<Field, field_count>& fields() noexcept;
};

/// Subscription cells by segment and period.
using SubscriptionCube = Tally<SubscriptionCell>;

/// Throws what the segmenter and the filter throw, Error(overflow) for seats beyond 64 bits, and
/// Error(out_of_range) for more than 100,000 labels or 20 million cells.
[[nodiscard]] SubscriptionCube fold_subscriptions(const Book& book, const PeriodGrid& grid,
                                                  const Segmenter& segmenter = {},
                                                  const FoldOptions& options = {});

}  // namespace churn::inline v0
