// The fold for segments that stay: one row of cells a customer, and its steps as one flat loop. Private to the
// library's sources.
//
// Most steps are their customer's only one in a period, and such a one tells by its state what it is. What can't be
// guessed from one step to the next is no branch; what is rare is one: steps before the grid, several in a period,
// and returns where History::period_ends has to look back.
#pragma once

#include <churn/core/exact.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cube/only_changes.hpp"

namespace churn::inline v0 {

/// `Checked` is for books whose sums may not fit 64 bits; for all others the build has proved that nothing here can
/// overflow.
template <bool Checked>
class FixedFold {
 public:
  /// Without labels all are in one row. Everything given outlives the fold.
  FixedFold(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of,
            const Labelling& labelling, const std::vector<bool>& keep, const RateRules& rules,
            std::vector<MovementCell>& cells)
      : book_(book),
        grid_(grid),
        timeline_(book.timeline()),
        period_of_(period_of),
        labelling_(labelling),
        keep_(keep),
        by_day_(rules.netting == Netting::by_day),
        by_closings_(rules.history == History::period_ends),
        periods_(grid.size()),
        cells_(cells) {
    only_changes_.resize(cells.size() / periods_ * (periods_ + 2));
    for (std::size_t p = 0; p < periods_; ++p) ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
  }

  /// Counts customers first to last (exclusive).
  void walk(std::size_t first, std::size_t last) {
    if (keep_.empty() && labelling_.code.empty())
      walk_steps<true>(first, last);
    else
      walk_steps<false>(first, last);
  }

  /// To be called after the last customer.
  void finish() {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      only_changes_.add_to(cells_[i], i / periods_ * (periods_ + 2) + i % periods_ + 1, ends_[i % periods_],
                           by_day_);
  }

 private:
  /// `Together`: everyone counts, in one row, so that nothing of a customer is looked up.
  template <bool Together>
  void walk_steps(std::size_t first, std::size_t last) {
    const std::span<const std::int32_t> day = timeline_.day;
    const std::span<const std::int64_t> level = timeline_.level;
    const std::span<const std::uint8_t> state = timeline_.state;
    const std::size_t end = timeline_.first_step[last];
    std::size_t i = timeline_.first_step[first];
    if (i == end) return;
    std::size_t c = first;
    std::size_t row = 0;
    std::int64_t ticks = 0;  // before the step
    std::uint8_t next_state = state[i];
    std::int32_t next_period = period_of_(day[i]);
    const auto look_ahead = [&] {
      next_state = i + 1 < end ? state[i + 1] : Timeline::first_of_customer;
      next_period = i + 1 < end ? period_of_(day[i + 1]) : 0;
    };
    for (; i < end; ++i) {
      const std::uint8_t now = next_state;
      const std::int32_t period = next_period;
      look_ahead();
      const std::int64_t before = (now & Timeline::first_of_customer) != 0 ? 0 : ticks;
      if constexpr (!Together) {
        c += static_cast<std::size_t>(timeline_.first_step[c + 1] <= i);
        while (timeline_.first_step[c + 1] <= i) ++c;  // hardly ever: those without any step
        row = labelling_(c);
      }
      ticks = level[i];
      const bool goes_on = (next_state & Timeline::first_of_customer) == 0;
      if (period < 0) {
        for (; (next_state & Timeline::first_of_customer) == 0 && next_period < 0; look_ahead()) ++i;
        ticks = level[i];
        if ((state[i] & Timeline::present) != 0 && (Together || keeps(c))) opening(row, ticks);
        continue;
      }
      if (goes_on && period == next_period) {
        const bool counts = (Together || keeps(c)) && period < static_cast<std::int32_t>(periods_);
        MovementCell* const cell =
            counts ? &cells_[row * periods_ + static_cast<std::size_t>(period)] : nullptr;
        i = add_several(i, end, before, period, cell);
        ticks = level[i];
        look_ahead();
        continue;
      }
      Movement movement = only_changes_.movement_of(now);
      if (movement == Movement::reactivation && by_closings_ && !by_day_ && !present_at_a_close_before(i))
        movement = Movement::new_;
      // What does not count goes where nobody looks, if there it can do no harm.
      const std::size_t place = Together || keeps(c) ? static_cast<std::size_t>(period + 1) : 0;
      if (Checked && (place == 0 || place > periods_)) continue;
      only_changes_.add(row * (periods_ + 2) + place, movement, ticks - before, day[i]);
    }
  }

  /// The changes of a customer in a period that has several, from step `i` on; gives the last of them. No cell: they
  /// don't count.
  std::size_t add_several(std::size_t i, std::size_t end, std::int64_t ticks, std::int32_t period,
                          MovementCell* cell) {
    const std::uint8_t first = timeline_.state[i];
    const bool was_present = (first & Timeline::leaves) != 0 ||
                             (first & (Timeline::present | Timeline::enters)) == Timeline::present;
    const bool is_first = by_closings_ && !was_present && !present_at_a_close_before(i);
    const Balance before{ticks, was_present};
    Balance now = before;
    std::uint8_t entry = 0;
    std::int64_t departures = 0;
    for (;; ++i) {
      const std::uint8_t state = timeline_.state[i];
      const Balance then = now;
      now = {timeline_.level[i], (state & Timeline::present) != 0};
      if (cell != nullptr && (state & Timeline::same_balance) == 0) {
        if ((entry & Timeline::enters) == 0) entry = state;
        departures += then.present && !now.present ? 1 : 0;
        change(*cell, ends_[static_cast<std::size_t>(period)] - timeline_.day[i], then, now, state);
      }
      const bool is_last = i + 1 == end || (timeline_.state[i + 1] & Timeline::first_of_customer) != 0;
      if (is_last || period_of_(timeline_.day[i + 1]) != period) break;
    }
    if (cell != nullptr)
      step(*cell, before, now, (entry & Timeline::enters_as_new) != 0 || is_first, departures);
    return i;
  }

  void opening(std::size_t row, std::int64_t ticks) {
    MovementCell& cell = cells_[row * periods_];
    add(cell.opening, ticks);
    ++cell.opening_customers;
  }

  void change(MovementCell& cell, std::int32_t days_left, Balance before, Balance after, std::uint8_t state) {
    if (before.present != after.present) {
      cell.customer_days += after.present ? days_left : -days_left;
      cell.departures += before.present ? 1 : 0;
    }
    if (by_day_) post(cell, classify(before, after, (state & Timeline::enters_as_new) != 0), before, after);
  }

  void step(MovementCell& cell, Balance opening, Balance closing, bool is_new, std::int64_t departures) {
    if (opening.present) {
      cell.departures_of_opening += departures;
    } else {  // a step from absence holds an entry
      ++cell.joined_customers;
      cell.departures_of_joined += departures;
      cell.joined_and_left_customers += closing.present ? 0 : 1;
    }
    if (!by_day_) {
      post(cell, classify(opening, closing, is_new), opening, closing);
    } else if (opening.present) {
      const std::int64_t growth = closing.ticks - opening.ticks;
      if (growth > 0) add(cell.gained, growth);
      if (growth < 0) add(cell.lost, -growth);
      if (!closing.present) ++cell.lost_customers;
    }
  }

  /// Whether the customer of a step was present at the end of a period before the step's.
  [[nodiscard]] bool present_at_a_close_before(std::size_t step) const {
    std::int32_t period = period_of_(timeline_.day[step]);
    for (; (timeline_.state[step] & Timeline::first_of_customer) == 0; --step) {
      const std::int32_t period_before = period_of_(timeline_.day[step - 1]);
      if (period_before < 0) return present_at_an_earlier_close(book_, grid_, customer_of(step));
      if (period_before != period && (timeline_.state[step - 1] & Timeline::present) != 0) return true;
      period = period_before;
    }
    return false;
  }
  [[nodiscard]] CustomerIndex customer_of(std::size_t step) const {
    const auto& first = timeline_.first_step;
    const auto after = std::upper_bound(first.begin(), first.end(), step);
    return CustomerIndex{static_cast<std::uint32_t>(after - first.begin() - 1)};
  }

  [[nodiscard]] bool keeps(std::size_t customer) const { return keep_.empty() || keep_[customer]; }
  static void add(std::int64_t& sum, std::int64_t amount) {
    if constexpr (Checked)
      sum = checked_add(sum, amount);
    else
      sum += amount;
  }
  static void post(MovementCell& cell, Movement movement, Balance from, Balance to) {
    switch (movement) {
      case Movement::none:
      case Movement::transfer_in:  // a customer as a whole is nowhere else to come from or to go to
      case Movement::transfer_out:
      case Movement::fx: return;
      case Movement::new_:
        add(cell.new_, to.ticks);
        ++cell.new_customers;
        return;
      case Movement::reactivation:
        add(cell.reactivation, to.ticks);
        ++cell.reactivated_customers;
        return;
      case Movement::expansion:
        add(cell.expansion, to.ticks - from.ticks);
        ++cell.expanded_customers;
        return;
      case Movement::contraction:
        add(cell.contraction, from.ticks - to.ticks);
        ++cell.contracted_customers;
        return;
      case Movement::churn:
        add(cell.churn, from.ticks);
        ++cell.churned_customers;
        return;
    }
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const Timeline& timeline_;
  const PeriodLookup& period_of_;
  const Labelling& labelling_;
  const std::vector<bool>& keep_;
  bool by_day_;
  bool by_closings_;
  std::size_t periods_;
  std::vector<std::int32_t> ends_;  // of what is known of each period
  std::vector<MovementCell>& cells_;
  /// By row, and in it what does not count, the periods, and what is after them.
  OnlyChanges<Checked> only_changes_;
};

}  // namespace churn::inline v0
