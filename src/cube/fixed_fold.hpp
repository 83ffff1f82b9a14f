// The fold for segments that stay: one row of cells a customer, and its steps as one flat loop. Private to the
// library's sources.
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
  FixedFold(const Book& book, const PeriodGrid& grid, const Labelling& labelling,
            const std::vector<bool>& keep, bool by_day, std::vector<MovementCell>& cells)
      : labelling_(labelling), keep_(keep), by_day_(by_day), periods_(grid.size()), cells_(cells) {
    only_changes_.resize(cells.size());
    for (std::size_t p = 0; p < periods_; ++p) ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
  }

  /// What walk_steps does, over the steps of these customers as one flat loop.
  void walk(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of, History history,
            std::size_t first, std::size_t last) {
    const Timeline& timeline = book.timeline();
    const std::span<const std::int32_t> day = timeline.day;
    const std::span<const std::uint8_t> state = timeline.state;
    const auto periods = static_cast<std::int32_t>(periods_);
    const std::size_t end = timeline.first_step[last];
    const auto starts = [&](std::size_t i) { return (state[i] & Timeline::first_of_customer) != 0; };
    const auto balance = [&](std::size_t i) {
      return Balance{timeline.level[i], (state[i] & Timeline::present) != 0};
    };
    std::size_t c = first;
    std::size_t i = timeline.first_step[first];
    Balance now{};
    bool seen = false;  // at the close of a period
    std::int32_t next_period = i < end ? period_of(day[i]) : periods;
    for (; i < end; ++i) {
      c += static_cast<std::size_t>(timeline.first_step[c + 1] <= i);
      while (timeline.first_step[c + 1] <= i) ++c;  // hardly ever: those without any step
      const CustomerIndex customer{static_cast<std::uint32_t>(c)};
      const bool is_first = starts(i);
      const Balance before{is_first ? 0 : now.ticks, !is_first && now.present};
      seen = seen && !is_first;
      now = balance(i);
      const std::int32_t period = next_period;
      const bool is_last = i + 1 == end || starts(i + 1);
      next_period = i + 1 < end ? period_of(day[i + 1]) : periods;
      if (period < 0) {
        if (!is_last && next_period < 0) continue;
        if (now.present) opening(customer, now);
        seen = history == History::period_ends && present_at_an_earlier_close(book, grid, customer);
        continue;
      }
      if (period >= periods) {  // so are the customer's later ones
        i = timeline.first_step[c + 1] - 1;
        next_period = i + 1 < end ? period_of(day[i + 1]) : periods;
        continue;
      }
      if (is_last || next_period != period) {
        const bool is_new = (state[i] & Timeline::enters_as_new) != 0 ||
                            (!by_day_ && history == History::period_ends && !seen);
        if (keeps(customer))
          only_changes_.add(index(customer, static_cast<std::size_t>(period)), day[i], before, now, is_new);
        seen = seen || now.present;
        continue;
      }
      i = add_several(timeline, period_of, customer, period, i, end, before,
                      history == History::period_ends && !seen);
      now = balance(i);
      next_period = i + 1 < end ? period_of(day[i + 1]) : periods;
      seen = seen || now.present;
    }
  }

  /// To be called after the last customer.
  void finish() {
    for (std::size_t i = 0; i < cells_.size(); ++i)
      only_changes_.add_to(cells_[i], i, ends_[i % periods_], by_day_);
  }

 private:
  /// The changes of a customer in a period that has several, from step `i` on; gives the last of them.
  std::size_t add_several(const Timeline& timeline, const PeriodLookup& period_of, CustomerIndex customer,
                          std::int32_t period, std::size_t i, std::size_t end, Balance before,
                          bool is_first) {
    Balance now = before;
    std::uint8_t entry = 0;
    std::int32_t last_day = timeline.day[i];
    for (;; ++i) {
      const std::uint8_t state = timeline.state[i];
      if ((state & Timeline::same_balance) == 0) {
        const Balance then = now;
        now = {timeline.level[i], (state & Timeline::present) != 0};
        last_day = timeline.day[i];
        if ((entry & Timeline::enters) == 0) entry = state;
        change(customer, static_cast<std::uint32_t>(period), last_day, then, now, state);
      }
      const bool is_last = i + 1 == end || (timeline.state[i + 1] & Timeline::first_of_customer) != 0;
      if (is_last || period_of(timeline.day[i + 1]) != period) break;
    }
    const bool as_new = (entry & Timeline::enters_as_new) != 0 || is_first;
    step(Step{customer, static_cast<std::uint32_t>(period), last_day, before, now,
              classify(before, now, as_new)});
    return i;
  }
  void opening(CustomerIndex customer, Balance balance) {
    if (!keeps(customer)) return;
    MovementCell& cell = at(customer, 0);
    add(cell.opening, balance.ticks);
    ++cell.opening_customers;
  }

  void change(CustomerIndex customer, std::uint32_t period, std::int32_t day, Balance before, Balance after,
              std::uint8_t state) {
    if (!keeps(customer)) return;
    MovementCell& cell = at(customer, period);
    if (before.present != after.present) {
      const std::int64_t days_left = ends_[period] - day;
      cell.customer_days += after.present ? days_left : -days_left;
      cell.departures += before.present ? 1 : 0;
      departures_ += before.present ? 1 : 0;
    }
    if (by_day_) post(cell, classify(before, after, (state & Timeline::enters_as_new) != 0), before, after);
  }

  void step(const Step& step) {
    if (!keeps(step.customer)) return;
    MovementCell& cell = at(step.customer, step.period);
    if (step.opening.present) {
      cell.departures_of_opening += departures_;
    } else {  // a step from absence holds an entry
      ++cell.joined_customers;
      cell.departures_of_joined += departures_;
      cell.joined_and_left_customers += step.closing.present ? 0 : 1;
    }
    departures_ = 0;
    if (!by_day_) {
      post(cell, step.movement, step.opening, step.closing);
    } else if (step.opening.present) {
      const std::int64_t growth = step.closing.ticks - step.opening.ticks;
      if (growth > 0) add(cell.gained, growth);
      if (growth < 0) add(cell.lost, -growth);
      if (!step.closing.present) ++cell.lost_customers;
    }
  }

  [[nodiscard]] bool keeps(CustomerIndex customer) const {
    return keep_.empty() || keep_[static_cast<std::size_t>(customer)];
  }
  [[nodiscard]] std::size_t index(CustomerIndex customer, std::size_t period) const {
    return labelling_(static_cast<std::size_t>(customer)) * periods_ + period;
  }
  [[nodiscard]] MovementCell& at(CustomerIndex customer, std::size_t period) {
    return cells_[index(customer, period)];
  }
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

  const Labelling& labelling_;
  const std::vector<bool>& keep_;
  bool by_day_;
  std::size_t periods_;
  std::int64_t departures_{0};      // of the customer at hand in the period at hand
  std::vector<std::int32_t> ends_;  // of what is known of each period
  std::vector<MovementCell>& cells_;
  OnlyChanges<Checked> only_changes_;
};

}  // namespace churn::inline v0
