// Changes that are the only ones of their customer in a period: most are. Private to the library's sources.
//
// Such a change is a day's and the period's at once, so everything that it adds to a MovementCell follows from
// what kind it is, its amount and its day. These are added up by kind, without a branch on it: which kind comes
// next can't be guessed, and guessing wrongly costs more than adding.
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
  void resize(std::size_t cells) { sums_.resize(cells * kinds); }

  /// A change on `day` within the period of a cell.
  void add(std::size_t cell, std::int32_t day, Balance before, Balance after, bool is_new) {
    const std::int64_t growth = after.ticks - before.ticks;  // run rates are not negative
    const std::size_t kind =
        kind_of[static_cast<std::size_t>(before.present) | static_cast<std::size_t>(after.present) << 1U |
                static_cast<std::size_t>(is_new) << 2U | static_cast<std::size_t>(growth > 0) << 3U |
                static_cast<std::size_t>(growth < 0) << 4U];
    Sums& to = sums_[cell * kinds + kind];
    plus(to.amount, growth < 0 ? -growth : growth);
    ++to.count;
    to.days += day;
  }

  /// The same, of a whole customer's change whose movement is known.
  void add(std::size_t cell, Movement movement, std::int64_t growth, std::int32_t day) {
    Sums& to = sums_[cell * kinds + static_cast<std::size_t>(movement)];
    plus(to.amount, growth < 0 ? -growth : growth);
    ++to.count;
    to.days += day;
  }

  /// What a step is that is its customer's only one in a period, but for how History::period_ends sees a return.
  [[nodiscard]] static Movement movement_of(std::uint8_t state) noexcept { return of_state[state]; }

  /// What the changes of a cell mean, added to it. `end` is that of what is known of its period. Under by-period
  /// netting and where nothing is transferred, what is lost and gained is left to the caller.
  void add_to(MovementCell& cell, std::size_t at, std::int32_t end, bool with_rates) const {
    const auto kind = [&](Movement movement) {
      return sums_[at * kinds + static_cast<std::size_t>(movement)];
    };
    const Sums entered = kind(Movement::new_);
    const Sums returned = kind(Movement::reactivation);
    const Sums grown = kind(Movement::expansion);
    const Sums shrunk = kind(Movement::contraction);
    const Sums left = kind(Movement::churn);
    plus(cell.new_, entered.amount);
    plus(cell.reactivation, returned.amount);
    plus(cell.expansion, grown.amount);
    plus(cell.contraction, shrunk.amount);
    plus(cell.churn, left.amount);
    cell.new_customers += entered.count;
    cell.reactivated_customers += returned.count;
    cell.expanded_customers += grown.count;
    cell.contracted_customers += shrunk.count;
    cell.churned_customers += left.count;
    const std::int64_t joined = entered.count + returned.count;
    cell.customer_days += (joined - left.count) * end - (entered.days + returned.days - left.days);
    cell.departures += left.count;
    cell.departures_of_opening += left.count;
    cell.joined_customers += joined;
    if (!with_rates) return;
    plus(cell.gained, grown.amount);
    plus(cell.lost, shrunk.amount);
    plus(cell.lost, left.amount);
    cell.lost_customers += left.count;
  }

 private:
  struct Sums {
    std::int64_t amount{0};
    std::int64_t count{0};
    std::int64_t days{0};  // of the dates
  };
  /// In the order of Movement: none, new, reactivation, expansion, contraction, churn.
  static constexpr std::size_t kinds = 6;
  static constexpr std::array<std::uint8_t, 32> kind_of = [] {
    std::array<std::uint8_t, 32> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Balance before{(i & 16) != 0 ? 1 : 0, (i & 1) != 0};
      const Balance after{(i & 8) != 0 ? 1 : 0, (i & 2) != 0};
      table[i] = static_cast<std::uint8_t>(classify(before, after, (i & 4) != 0));
    }
    return table;
  }();
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

  std::vector<Sums> sums_;  // by cell, then kind
};

}  // namespace churn::inline v0
