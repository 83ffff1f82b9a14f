// Changes that are the only ones of their customer in a period: most are. Private to the library's sources.
//
// Such a change is a day's and the period's at once, so everything that it adds to a MovementCell follows from
// what kind it is, its amount and its day. These are added up by kind, without a branch on it: which kind comes
// next can't be guessed, and guessing wrongly costs more than adding. A cell is kept small, so that those of some
// thousand rows and periods stay in a processor's near memory.
#pragma once

#include <churn/core/exact.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace churn::inline v0 {

/// `Checked` where sums may not fit 64 bits.
template <bool Checked>
class OnlyChanges {
 public:
  /// Room for so many cells; what is there stays.
  void resize(std::size_t cells) {
    days_.resize(cells);
    sums_.resize(cells);
  }

  /// A change on `day` within the period of a cell, by so many ticks.
  void add(std::size_t cell, Movement movement, std::int64_t growth, std::int32_t day) {
    if (movement == Movement::none) return;  // hardly ever
    const auto kind = static_cast<std::size_t>(movement) - 1;
    Sums& to = sums_[cell];
    plus(to.amount[kind], growth < 0 ? -growth : growth);
    ++to.count[kind];
    days_[cell] += std::int64_t{day} * comes[kind];
  }

  /// Customer days of others than those changes: they need not wait for the memory of a MovementCell.
  void add_days(std::size_t cell, std::int64_t days) { days_[cell] -= days; }

  /// What a step is that is its customer's only one in a period, but for how History::period_ends sees a return.
  [[nodiscard]] static Movement movement_of(std::uint8_t state) noexcept { return of_state[state]; }

  /// What the changes of a cell mean, added to it. `end` is that of what is known of its period. Under by-period
  /// netting and where nothing is transferred, what is lost and gained is left to the caller.
  void add_to(MovementCell& cell, std::size_t at, std::int32_t end, bool with_rates) const {
    const Sums& sums = sums_[at];
    const auto amount = [&](Movement movement) {
      return sums.amount[static_cast<std::size_t>(movement) - 1];
    };
    const auto count = [&](Movement movement) {
      return std::int64_t{sums.count[static_cast<std::size_t>(movement) - 1]};
    };
    const std::int64_t grown = amount(Movement::expansion);
    const std::int64_t shrunk = amount(Movement::contraction);
    const std::int64_t left = count(Movement::churn);
    const std::int64_t joined = count(Movement::new_) + count(Movement::reactivation);
    plus(cell.new_, amount(Movement::new_));
    plus(cell.reactivation, amount(Movement::reactivation));
    plus(cell.expansion, grown);
    plus(cell.contraction, shrunk);
    plus(cell.churn, amount(Movement::churn));
    cell.new_customers += count(Movement::new_);
    cell.reactivated_customers += count(Movement::reactivation);
    cell.expanded_customers += count(Movement::expansion);
    cell.contracted_customers += count(Movement::contraction);
    cell.churned_customers += left;
    cell.customer_days += (joined - left) * end - days_[at];
    cell.departures += left;
    cell.departures_of_opening += left;
    cell.joined_customers += joined;
    if (!with_rates) return;
    plus(cell.gained, grown);
    plus(cell.lost, shrunk);
    plus(cell.lost, amount(Movement::churn));
    cell.lost_customers += left;
  }

 private:
  /// In the order of Movement: none, new, reactivation, expansion, contraction, churn.
  static constexpr std::array<std::int8_t, 5> comes{1, 1, 0, 0, -1};
  /// What one change touches lies together, where a processor reads 64 bytes at a time.
  struct alignas(64) Sums {  // of all kinds but none
    std::array<std::int64_t, 5> amount{};
    std::array<std::uint32_t, 5> count{};  // of steps, of which a book has no more
  };
  static constexpr std::array<Movement, 256> of_state = [] {
    std::array<Movement, 256> table{};
    for (std::size_t state = 0; state < table.size(); ++state) {
      const auto says = [state](std::uint8_t bit) { return (state & bit) != 0; };
      const bool grows = says(Timeline::grows);
      const Balance after{grows ? 2 : says(Timeline::same_balance) ? 1 : 0, says(Timeline::present)};
      const Balance before{1, says(Timeline::leaves) || (after.present && !says(Timeline::enters))};
      table[state] = classify(before, after, says(Timeline::enters_as_new));
    }
    return table;
  }();
  static void plus(std::int64_t& sum, std::int64_t amount) {
    if constexpr (Checked)
      sum = checked_add(sum, amount);
    else
      sum += amount;
  }

  std::vector<Sums> sums_;          // by cell
  std::vector<std::int64_t> days_;  // of the dates of those who come, less those of who goes
};

/// Changes that are the only ones of their customer in a period and move it from one row to another with all that it
/// had. What it pays more or less in the row that it comes to is to be added to OnlyChanges.
template <bool Checked>
class OnlyMoves {
 public:
  /// Room for so many cells; what is there stays.
  void resize(std::size_t cells) { sums_.resize(cells); }

  /// A customer that has `ticks`, and is to pay `growth` more, leaves the row of a cell ...
  void leave(std::size_t cell, std::int64_t ticks, std::int64_t growth, std::int32_t day) {
    Sums& from = sums_[cell];
    from.out = checked_add(from.out, ticks);
    plus(growth > 0 ? from.gained : from.lost, growth > 0 ? growth : -growth);
    from.days -= day;
    ++from.left;
  }
  /// ... and comes to that of another.
  void enter(std::size_t cell, std::int64_t ticks, std::int64_t growth, std::int32_t day) {
    Sums& to = sums_[cell];
    to.in = checked_add(to.in, ticks);
    plus(growth > 0 ? to.gained : to.lost, growth > 0 ? -growth : growth);
    to.days += day;
    ++to.entered;
  }

  /// What the moves of a cell mean, added to it after OnlyChanges.
  void add_to(MovementCell& cell, std::size_t at, std::int32_t end) const {
    const Sums& sums = sums_[at];
    cell.transfer_in = checked_add(cell.transfer_in, sums.in);
    cell.transfer_out = checked_add(cell.transfer_out, sums.out);
    plus(cell.gained, sums.gained);
    plus(cell.lost, sums.lost);
    cell.transferred_in_customers += sums.entered;
    cell.transferred_out_customers += sums.left;
    cell.customer_days += (std::int64_t{sums.entered} - sums.left) * end - sums.days;
  }

 private:
  struct Sums {
    std::int64_t in{0};
    std::int64_t out{0};
    // Rates count in the row of the opening what a customer gains and loses, so what OnlyChanges counts in that of the
    // closing is taken away there.
    std::int64_t gained{0};
    std::int64_t lost{0};
    std::int64_t days{0};  // of the dates of those who come, less those of who goes
    std::uint32_t entered{0};
    std::uint32_t left{0};
  };
  static void plus(std::int64_t& sum, std::int64_t amount) {
    if constexpr (Checked)
      sum = checked_add(sum, amount);
    else
      sum += amount;
  }

  std::vector<Sums> sums_;  // by cell
};

}  // namespace churn::inline v0
