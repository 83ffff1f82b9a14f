// The fold for segments that change: what a customer's steps mean for each target it passes through. Private
// to the library's sources.
//
// Where all factors are fixed, a customer has one row of cells and walk_steps is all it takes. Here a
// customer has a state a day and lanes side by side, so its contribution to a period is worked out as a
// short list of targets with a MovementCell each.
#pragma once

#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <span>
#include <vector>

#include "cube/lane_rule.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

/// What a customer adds to one target: over a period, or over a day of it under by-day netting.
struct Contribution {
  std::uint32_t target;
  std::uint32_t period;
  std::int32_t day;  ///< of the last change
  // Of the customer in this target, before and after.
  std::int64_t before{0};
  std::int64_t after{0};
  MovementCell cell{};
};

/// Rows that a customer is in, each once, in order; hardly ever more than a few.
using Targets = boost::container::small_vector<std::uint32_t, 4>;

class SegmentFold {
 public:
  SegmentFold(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of, const RateRules& rules,
              const AppliedSegments& applied, SegmentTable& table)
      : book_(book),
        grid_(grid),
        period_of_(period_of),
        rules_(rules),
        applied_(applied),
        table_(table),
        days_(book, applied, table, {.valued_by = &grid}) {
    for (std::size_t p = 0; p < grid.size(); ++p)
      ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
  }

  /// Calls receive(const Contribution&) for everything that a customer adds. What it is when the grid opens
  /// comes as a contribution to period 0 with `opening` and `opening_customers` alone.
  template <class Receive>
  void of(CustomerIndex customer, Receive&& receive) {
    const std::span<const DayState> days = days_.of(customer);
    std::size_t i = 0;
    DayState now{};
    for (; i < days.size() && days[i].revalues < 0 && is_before_grid(days[i].day); ++i) now = days[i];
    begin(0);
    post_opening(now);
    flush(receive);

    bool seen = rules_.history == History::period_ends && !days.empty() &&
                present_at_an_earlier_close(book_, grid_, customer);
    while (i < days.size()) {
      if (days[i].revalues >= 0) {
        post_revaluation(now, days[i]);
        flush(receive);
        now = days[i++];
        continue;
      }
      const std::int32_t period = period_of_(days[i].day);
      if (period >= static_cast<std::int32_t>(grid_.size())) break;
      const DayState opening = now;
      Presence presence;
      begin(static_cast<std::uint32_t>(period));
      do {
        const DayState before = now;
        now = days[i++];
        note_presence(presence, before, now);
        if (rules_.netting == Netting::by_day) {
          post_step(before, now, (now.entry & Timeline::enters_as_new) != 0);
          day_ = now.day;
          note_balances(before, now);
          flush(receive);
        }
      } while (i < days.size() && days[i].revalues < 0 && period_of_(days[i].day) == period);
      const bool as_new = (presence.entry & Timeline::enters_as_new) != 0 ||
                          (rules_.history == History::period_ends && !seen);
      if (rules_.netting == Netting::by_period) {
        post_step(opening, now, as_new);
        day_ = now.day;
        note_balances(opening, now);
      }
      post_rates(opening, now, presence);
      flush(receive);
      seen = seen || now.balance.present;
    }
  }

 private:
  /// What happens inside a period, besides what is left of it at its end.
  struct Presence {
    std::uint8_t entry{0};  // of the first entry
    std::int64_t departures{0};
    Targets joined{};  // targets on the day of the first entry
  };

  [[nodiscard]] bool is_before_grid(std::int32_t day) const {
    return day == Timeline::before_records || period_of_(day) < 0;
  }
  void begin(std::uint32_t period);
  [[nodiscard]] Contribution& at(std::uint32_t target);
  [[nodiscard]] MovementCell& cell(std::uint32_t target) { return at(target).cell; }
  void post_opening(const DayState& now);
  void post_step(const DayState& before, const DayState& after, bool as_new);
  void post_stay(const DayState& before, const DayState& after);
  void post_move(const DayState& before, std::uint32_t segment);
  void post_transfers(std::uint32_t segment);
  void post_revaluation(const DayState& before, const DayState& after);
  void post_rates(const DayState& opening, const DayState& closing, const Presence& presence);
  void note_presence(Presence& presence, const DayState& before, const DayState& after);
  void note_balances(const DayState& before, const DayState& after);
  void compare_lanes(const DayState& before, const DayState& after);
  /// The targets that a customer is in, each once.
  [[nodiscard]] Targets targets_of(const DayState& state);
  /// Adds `amount` where the filter keeps it.
  void post(std::uint32_t target, MovementCell::Field field, std::int64_t amount);
  void post(std::uint32_t segment, std::uint32_t lane, MovementCell::Field field, std::int64_t amount) {
    post(table_.target(segment, lane), field, amount);
  }
  void post(const Targets& targets, MovementCell::Field field, std::int64_t amount);

  template <class Receive>
  void flush(Receive&& receive) {
    for (Contribution& contribution : contributions_) {
      contribution.day = day_;
      receive(static_cast<const Contribution&>(contribution));
    }
    contributions_.clear();
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const PeriodLookup& period_of_;
  const RateRules& rules_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  CustomerDays days_;
  std::vector<std::int32_t> ends_;  // of what is known of each period
  std::uint32_t period_{0};
  std::int32_t day_{0};
  std::vector<Contribution> contributions_;
  std::vector<LaneChange> changes_;
  struct Transfer {  // between lanes, of one row
    std::uint32_t target;
    std::int64_t in;
    std::int64_t out;
  };
  std::vector<Transfer> transfers_;
};

}  // namespace churn::inline v0
