// The fold for segments that change, over customers that are in one lane at a time. Private to the library's
// sources.
//
// Most customers hold one phase at a time, so that what they are on a day is one target. What SegmentFold works
// out of lists for any customer is here a few additions; both say the same of each customer that this one takes.
#pragma once

#include <churn/core/exact.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "book/book_data.hpp"
#include "cube/only_changes.hpp"
#include "segment/applied_segments.hpp"

namespace churn::inline v0 {

class SingleLaneFold {
 public:
  SingleLaneFold(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of,
                 const RateRules& rules, const AppliedSegments& applied, SegmentTable& table);

  /// False for a customer that has several phases at once, and for all where exchange rates are dated.
  [[nodiscard]] bool takes(CustomerIndex customer) const noexcept {
    const std::size_t first = timeline_.first_step[static_cast<std::size_t>(customer)];
    return !dated_ && first < timeline_.state.size() && (timeline_.state[first] & Timeline::of_several) == 0;
  }

  /// To be called after the last customer, with the cells of all targets, by target and period.
  void finish(std::vector<MovementCell>& cells) const {
    for (std::size_t i = 0; i < std::min(cells.size(), only_changes_of_ * grid_.size()); ++i)
      only_changes_.add_to(cells[i], i, ends_[i % grid_.size()], true);
  }

  /// Adds what a customer that it takes does: `cells(target, period)` is the MovementCell to add to.
  template <class Cells>
  void add(CustomerIndex customer, Cells&& cells) {
    read(customer);
    std::size_t i = 0;
    Spot now{};
    for (; i < count_ && is_before_grid(spots_[i].day); ++i) now = spots_[i];
    find_target(now);
    if (now.target != SegmentTable::none) {
      MovementCell& cell = cells(now.target, 0);
      post(cell.opening, now.ticks);
      ++cell.opening_customers;
    }
    bool seen = rules_.history == History::period_ends && i > 0 &&
                present_at_an_earlier_close(book_, grid_, customer);
    while (i < count_) {
      const std::int32_t period = period_of_(spots_[i].day);
      if (period >= static_cast<std::int32_t>(grid_.size())) break;
      const auto p = static_cast<std::size_t>(period);
      const Spot opening = now;
      if (i + 1 == count_ || period_of_(spots_[i + 1].day) != period) {
        const Spot& next = spots_[i];
        if (!opening.present | !next.present |
            ((opening.segment == next.segment) & (opening.lane == next.lane))) {
          now = spots_[i++];
          find_target(now);
          const std::uint32_t target = now.present ? now.target : opening.target;
          const bool is_new =
              ((now.entry & Timeline::enters_as_new) != 0) |
              ((rules_.history == History::period_ends) & (rules_.netting == Netting::by_period) & !seen);
          seen = seen | now.present;
          if (target == SegmentTable::none) continue;
          if (target >= only_changes_of_) make_room_for(target, cells);
          only_changes_.add(target * grid_.size() + p, now.day, {opening.ticks, opening.present},
                            {now.ticks, now.present}, is_new);
          continue;
        }
      }
      Presence presence;
      do {
        const Spot before = now;
        now = spots_[i++];
        find_target(now);
        note_presence(presence, before, now, p, cells);
        if (rules_.netting == Netting::by_day)
          post_step(before, now, (now.entry & Timeline::enters_as_new) != 0, p, cells);
      } while (i < count_ && period_of_(spots_[i].day) == period);
      const bool as_new = (presence.entry & Timeline::enters_as_new) != 0 ||
                          (rules_.history == History::period_ends && !seen);
      if (rules_.netting == Netting::by_period) post_step(opening, now, as_new, p, cells);
      post_rates(opening, now, presence, p, cells);
      seen = seen || now.present;
    }
  }

 private:
  /// What a customer is from a day on.
  struct Spot {
    std::int32_t day{0};
    bool present{false};
    std::uint8_t entry{0};
    std::uint32_t segment{0};
    std::uint32_t lane{0};
    std::uint32_t target{SegmentTable::none};  // none: absent, or left out by the filter
    std::int64_t ticks{0};
  };
  struct Presence {  // inside a period, besides what is left of it at its end
    std::uint8_t entry{0};
    std::uint32_t joined{SegmentTable::none};  // where the first entry was
    std::int64_t departures{0};
  };

  void find_target(Spot& spot) const {
    if (spot.present) spot.target = table_.target(spot.segment, spot.lane);
  }
  template <class Cells>
  void make_room_for(std::uint32_t target, Cells&& cells) {
    (void)cells(target, 0);  // throws if there are too many
    only_changes_of_ = std::max<std::size_t>(std::size_t{target} + 1, table_.targets().size());
    only_changes_.resize(only_changes_of_ * grid_.size());
  }
  void read(CustomerIndex customer);
  void push(const Spot& spot) {
    if (count_ == spots_.size()) spots_.resize(2 * count_ + 16);
    spots_[count_++] = spot;
  }
  void read_with_states(CustomerIndex customer);
  [[nodiscard]] std::uint32_t segment_of(CustomerIndex customer, const Spot& spot, std::uint32_t row,
                                         std::int32_t day) const;
  [[nodiscard]] bool is_before_grid(std::int32_t day) const {
    return day == Timeline::before_records || period_of_(day) < 0;
  }
  static void post(std::int64_t& sum, std::int64_t amount) { sum = checked_add(sum, amount); }
  /// What a lane that falls to nothing and one that rises from nothing share.
  [[nodiscard]] std::int64_t moved(const Spot& before, const Spot& after) const {
    return applied_.currency_of_lane(before.lane) == applied_.currency_of_lane(after.lane)
               ? std::min(before.ticks, after.ticks)
               : 0;
  }

  template <class Cells>
  void post_step(const Spot& before, const Spot& after, bool as_new, std::size_t p, Cells&& cells) {
    if (!before.present) {
      if (!after.present || after.target == SegmentTable::none) return;
      MovementCell& cell = cells(after.target, p);
      post(as_new ? cell.new_ : cell.reactivation, after.ticks);
      ++(as_new ? cell.new_customers : cell.reactivated_customers);
    } else if (!after.present) {
      if (before.target == SegmentTable::none) return;
      MovementCell& cell = cells(before.target, p);
      post(cell.churn, before.ticks);
      ++cell.churned_customers;
    } else if (before.segment == after.segment && before.lane == after.lane) {
      if (before.ticks != after.ticks && after.target != SegmentTable::none)
        post_growth(cells(after.target, p), after.ticks - before.ticks);
    } else {
      post_change(before, after, p, cells);
    }
  }
  static void post_growth(MovementCell& cell, std::int64_t growth) {
    if (growth > 0) {
      post(cell.expansion, growth);
      ++cell.expanded_customers;
    } else {
      post(cell.contraction, -growth);
      ++cell.contracted_customers;
    }
  }

  /// First the customer moves with all it had, then its lanes give to each other: what is moved is no growth.
  template <class Cells>
  void post_change(const Spot& before, const Spot& after, std::size_t p, Cells&& cells) {
    const std::uint32_t from = before.target;
    const std::uint32_t to = after.target;
    const bool same_lane = before.lane == after.lane;
    const std::uint32_t between = before.segment == after.segment ? from
                                  : same_lane                     ? to
                                                                  : table_.target(after.segment, before.lane);
    post_transfer(from, between, before.ticks, p, cells);
    if (same_lane) {
      if (before.ticks != after.ticks && to != SegmentTable::none)
        post_growth(cells(to, p), after.ticks - before.ticks);
    } else {
      const std::int64_t shared = moved(before, after);
      post_transfer(between, to, shared, p, cells);
      if (after.ticks > shared && to != SegmentTable::none) post_growth(cells(to, p), after.ticks - shared);
      if (before.ticks > shared && between != SegmentTable::none)
        post_growth(cells(between, p), shared - before.ticks);
    }
    if (from == to) return;
    if (to != SegmentTable::none) ++cells(to, p).transferred_in_customers;
    if (from != SegmentTable::none) ++cells(from, p).transferred_out_customers;
  }
  /// What stays in a row is no transfer.
  template <class Cells>
  static void post_transfer(std::uint32_t from, std::uint32_t to, std::int64_t ticks, std::size_t p,
                            Cells&& cells) {
    if (from == to || ticks == 0) return;
    if (from != SegmentTable::none) {
      MovementCell& cell = cells(from, p);
      post(cell.transfer_out, ticks);
    }
    if (to != SegmentTable::none) {
      MovementCell& cell = cells(to, p);
      post(cell.transfer_in, ticks);
    }
  }

  template <class Cells>
  void note_presence(Presence& presence, const Spot& before, const Spot& after, std::size_t p,
                     Cells&& cells) {
    if (before.present && !after.present) {
      ++presence.departures;
      if (before.target != SegmentTable::none) ++cells(before.target, p).departures;
    }
    if (!before.present && after.present && presence.entry == 0) {
      presence.entry = after.entry;
      presence.joined = after.target;
    }
    if (before.target == after.target) return;
    const std::int64_t days_left = ends_[p] - after.day;
    if (after.target != SegmentTable::none) cells(after.target, p).customer_days += days_left;
    if (before.target != SegmentTable::none) cells(before.target, p).customer_days -= days_left;
  }

  /// Rates ask for those who were in a segment at opening: what they lose and gain counts there.
  template <class Cells>
  void post_rates(const Spot& opening, const Spot& closing, const Presence& presence, std::size_t p,
                  Cells&& cells) {
    if (!opening.present) {
      if (presence.entry == 0 || presence.joined == SegmentTable::none) return;
      MovementCell& cell = cells(presence.joined, p);
      ++cell.joined_customers;
      cell.departures_of_joined += presence.departures;
      cell.joined_and_left_customers += closing.present ? 0 : 1;
      return;
    }
    // Asked for in any case: what rows there are must not depend on how a customer is folded.
    const std::uint32_t gains = !closing.present || opening.lane == closing.lane
                                    ? opening.target
                                    : table_.target(opening.segment, closing.lane);
    if (opening.target == SegmentTable::none) return;
    MovementCell& cell = cells(opening.target, p);
    cell.departures_of_opening += presence.departures;
    if (!closing.present) {
      post(cell.lost, opening.ticks);
      ++cell.lost_customers;
    } else if (opening.lane == closing.lane) {
      post(opening.ticks > closing.ticks ? cell.lost : cell.gained,
           opening.ticks > closing.ticks ? opening.ticks - closing.ticks : closing.ticks - opening.ticks);
    } else {
      const std::int64_t shared = moved(opening, closing);
      post(cell.lost, opening.ticks - shared);
      if (gains == opening.target) post(cell.gained, closing.ticks - shared);
    }
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const PeriodLookup& period_of_;
  const RateRules& rules_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  const TimelineColumns& timeline_;
  bool dated_;
  std::vector<std::int32_t> ends_;  // of what is known of each period
  std::vector<Spot> spots_;         // of the customer at hand, the first `count_`
  std::size_t count_{0};
  OnlyChanges<true> only_changes_;
  std::size_t only_changes_of_{0};  // so many targets
};

}  // namespace churn::inline v0
