// Step: what a customer was at the opening of a period and at its closing, and what that makes it.
//
//   for_each_step(book, months(from, to), rules, [&](const Step& step) { … });
//
//   new           absent -> present, never present before         (amount: closing)
//   reactivation  absent -> present, present before               (closing)
//   expansion     present, closing above opening                  (the difference)
//   contraction   present, closing below opening                  (the difference)
//   churn         present -> absent                               (opening)
//
// "Before" means a present day before the period's first entry into presence: whoever first pays, leaves and
// returns inside one period is new in it; whoever was present only within one earlier month and returns is a
// reactivation. History::period_ends judges by the closings of earlier periods instead. Under by-day netting
// a step is one day's net change and its opening and closing are those of the day.
//
// Amounts of several currencies are added up as if they were one: where a customer may pay in several, fold a
// MovementCube by::currency instead.
//
// Steps are yielded only where something changed, so work is per change and not per customer and period.
// A customer's steps come in order of time; customers come in the order of the book's columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>

namespace churn::inline v0 {

/// Transfers are between segments that change over time, and fx is what dated exchange rates change; no step of a
/// whole customer is one of them.
enum class Movement : std::uint8_t {
  none,          ///< absent at both ends, or present at the same run rate
  new_,          ///< came, and never was here before
  reactivation,  ///< came back
  expansion,     ///< stayed and pays more
  contraction,   ///< stayed and pays less
  churn,         ///< was there and no longer is
  transfer_in,   ///< came from another state or lane
  transfer_out,  ///< went to another state or lane
  fx             ///< nothing but exchange rates changed
};

/// `new`, `reactivation`, `expansion`, `contraction`, `churn`, `transfer_in`, `transfer_out`, `fx`; `none`.
[[nodiscard]] std::string_view movement_name(Movement movement) noexcept;
/// Throws Error(unknown_name), naming those that exist.
[[nodiscard]] Movement parse_movement(std::string_view name);

/// One customer's change over a period, or over a day under by-day netting.
struct Step {
  CustomerIndex customer;  ///< whose it is
  std::uint32_t period;    ///< index in the grid
  std::int32_t day;        ///< of the last change in the period, since 1970-01-01
  Balance opening;         ///< on the day before the period; by day, on the day before
  Balance closing;         ///< on its last known day; by day, on the day
  Movement movement;       ///< none if the period ends as it began
};

/// Day -> period of one grid, over the days of one book. Before the grid: -1; behind it: its size.
class PeriodLookup {
 public:
  /// O(days from the first of the grid to as_of), which takes 4 bytes a day.
  PeriodLookup(const Book& book, const PeriodGrid& grid);
  /// The index of the period of a day, counted since 1970-01-01. The day must lie before as_of.
  [[nodiscard]] std::int32_t operator()(std::int32_t day) const noexcept {
    return table_[static_cast<std::size_t>((day < day_before_ ? day_before_ : day) - day_before_)];
  }

 private:
  std::int32_t day_before_;          // the last one before the grid
  std::vector<std::int32_t> table_;  // from that day on
};

/// True if the customer was present at the end of a period before the grid, under History::period_ends.
[[nodiscard]] bool present_at_an_earlier_close(const Book& book, const PeriodGrid& grid,
                                               CustomerIndex customer);

/// What a change from `opening` to `closing` is; `enters_as_new` matters only for an entry.
[[nodiscard]] constexpr Movement classify(Balance opening, Balance closing, bool enters_as_new) noexcept {
  if (!opening.present)
    return !closing.present ? Movement::none : enters_as_new ? Movement::new_ : Movement::reactivation;
  if (!closing.present) return Movement::churn;
  if (closing.ticks > opening.ticks) return Movement::expansion;
  return closing.ticks < opening.ticks ? Movement::contraction : Movement::none;
}

/// The fold that everything is counted by. For customers first to last (exclusive), calls
///   visitor.opening(customer, balance)                 once, if present when the grid opens
///   visitor.change(customer, period, day, before, after, state)   for each day of change inside the grid
///   visitor.step(step)                                 for each period with a change, netted by period
template <class Visitor>
void walk_steps(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of, History history,
                std::size_t first, std::size_t last, Visitor& visitor) {
  const Timeline& timeline = book.timeline();
  const auto periods = static_cast<std::int32_t>(grid.size());
  for (std::size_t c = first; c < last; ++c) {
    const CustomerIndex customer{static_cast<std::uint32_t>(c)};
    std::size_t i = timeline.first_step[c];
    const std::size_t end = timeline.first_step[c + 1];
    const auto balance = [&timeline](std::size_t step) {
      return Balance{timeline.level[step], (timeline.state[step] & Timeline::present) != 0};
    };
    Balance now{};
    for (; i < end && period_of(timeline.day[i]) < 0; ++i) now = balance(i);
    if (now.present) visitor.opening(customer, now);
    bool seen = history == History::period_ends && present_at_an_earlier_close(book, grid, customer);

    while (i < end) {
      const std::int32_t period = period_of(timeline.day[i]);
      if (period >= periods) break;
      const Balance opening = now;
      std::uint8_t entry = 0;  // of the first entry in the period
      std::int32_t day = Timeline::before_records;
      do {
        const std::uint8_t state = timeline.state[i];
        if ((state & Timeline::same_balance) == 0) {
          const Balance before = now;
          day = timeline.day[i];
          now = balance(i);
          if (entry == 0 && (state & Timeline::enters) != 0) entry = state;
          visitor.change(customer, static_cast<std::uint32_t>(period), day, before, now, state);
        }
        ++i;
      } while (i < end && period_of(timeline.day[i]) == period);
      if (day == Timeline::before_records) continue;  // none of them changed the balance
      const bool as_new =
          (entry & Timeline::enters_as_new) != 0 || (history == History::period_ends && !seen);
      visitor.step(Step{customer, static_cast<std::uint32_t>(period), day, opening, now,
                        classify(opening, now, as_new)});
      seen = seen || now.present;
    }
  }
}

/// Calls `function(const Step&)` for every step of every customer, under the rules' netting and history.
template <class Function>
void for_each_step(const Book& book, const PeriodGrid& grid, const RateRules& rules, Function&& function) {
  struct Visitor {
    Function& function;
    bool by_day;
    void opening(CustomerIndex, Balance) const noexcept {}
    void change(CustomerIndex customer, std::uint32_t period, std::int32_t day, Balance before, Balance after,
                std::uint8_t state) {
      if (by_day)
        function(Step{customer, period, day, before, after,
                      classify(before, after, (state & Timeline::enters_as_new) != 0)});
    }
    void step(const Step& step) {
      if (!by_day) function(step);
    }
  };
  Visitor visitor{function, rules.netting == Netting::by_day};
  walk_steps(book, grid, PeriodLookup{book, grid}, rules.history, 0, book.customer_count(), visitor);
}

}  // namespace churn::inline v0
