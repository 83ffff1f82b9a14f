// The fold for segments that change, over customers that are in one lane at a time. Private to the library's
// sources.
//
// Most customers hold one phase at a time, and without lanes all are in the one that there is. What such a customer
// is on a day is one place (segment_places.hpp), and its steps are walked as one flat loop, as where segments stay
// (fixed_fold.hpp). What SegmentFold works out of lists for any customer is here a few additions; both say the same
// of each customer that this one takes.
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
#include "cube/segment_places.hpp"
#include "cube/single_lane_steps.hpp"

namespace churn::inline v0 {

/// `Checked` is for books whose sums may not fit 64 bits; for all others the build has proved that what customers gain
/// and lose cannot overflow. What moves between segments is checked in any case.
template <bool Checked>
class SingleLaneFold {
 public:
  /// Everything given outlives the fold.
  SingleLaneFold(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of,
                 const RateRules& rules, const AppliedSegments& applied, SegmentTable& table)
      : book_(book),
        grid_(grid),
        period_of_(period_of),
        applied_(applied),
        table_(table),
        timeline_(book.data().timeline),
        by_day_(rules.netting == Netting::by_day),
        by_closings_(rules.history == History::period_ends),
        dated_(book.data().exchange.dated()),
        has_lanes_(applied.lanes().labels().size() > 1),
        periods_(grid.size()),
        places_(applied, table),
        asked_(book, applied, table, places_) {
    for (std::size_t p = 0; p < periods_; ++p) ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
  }

  /// Whether it takes every customer.
  [[nodiscard]] bool takes_all() const noexcept { return !dated_ && !has_lanes_ && places_.are_columns(); }
  /// False for all where exchange rates are dated, and for a customer that has several phases at once, unless there are
  /// no lanes and what its states say is looked up where it has one.
  [[nodiscard]] bool takes(CustomerIndex customer) const noexcept {
    if (dated_) return false;
    const std::size_t first = timeline_.first_step[static_cast<std::size_t>(customer)];
    return takes_all() || first >= timeline_.state.size() ||
           (timeline_.state[first] & Timeline::of_several) == 0;
  }

  /// Adds what those of customers first to last (exclusive) do that it takes: `cells(target, period)` is the
  /// MovementCell to add to.
  template <class Cells>
  void add(std::size_t first, std::size_t last, Cells&& cells) {
    if (places_.are_columns())
      add_columns(first, last, cells);
    else
      add_asked(first, last, cells);
  }

  /// To be called after the last customer, with the cells of all targets, by target and period.
  void finish(std::vector<MovementCell>& cells) const {
    for (std::size_t i = 0; i < cells.size() && i / periods_ + 1 < rows_; ++i) {
      only_changes_.add_to(cells[i], periods_ + i, ends_[i % periods_], true);
      only_moves_.add_to(cells[i], periods_ + i, ends_[i % periods_]);
    }
  }

 private:
  /// What a customer is from a day on.
  struct Spot {
    std::int32_t day{0};
    bool present{false};
    std::uint8_t entry{0};
    std::uint32_t place{0};  // if present
    std::uint32_t row{0};    // if present; 0: left out by the filter
    std::int64_t ticks{0};
  };
  struct Presence {  // inside a period, besides what is left of it at its end
    std::uint8_t entry{0};
    std::uint32_t joined{0};  // the row where the first entry was
    std::int64_t departures{0};
  };

  template <class Cells>
  void add_columns(std::size_t first, std::size_t last, Cells& cells) {
    const auto takes_it = [this](std::size_t c) {
      return takes(CustomerIndex{static_cast<std::uint32_t>(c)});
    };
    while (first < last) {
      std::size_t end = takes_all() ? last : first;
      while (end < last && takes_it(end)) ++end;
      if (first < end) {
        ColumnSteps steps{book_, places_, first};
        walk(steps, timeline_.first_step[first], timeline_.first_step[end], cells);
      }
      for (first = end; first < last && !takes_it(first);) ++first;
    }
  }
  template <class Cells>
  void add_asked(std::size_t first, std::size_t last, Cells& cells) {
    asked_.clear();
    while (first < last) {
      for (; first < last && !asked_.are_many(); ++first)
        if (const CustomerIndex customer{static_cast<std::uint32_t>(first)}; takes(customer))
          asked_.add(customer);
      walk(asked_, 0, asked_.size(), cells);
      asked_.clear();
    }
  }

  template <class Steps, class Cells>
  // NOLINTNEXTLINE(readability-function-cognitive-complexity): one flat loop, which is fast because it is one piece
  void walk(Steps& steps, std::size_t i, std::size_t end, Cells& cells) {
    if (i == end) return;
    // Copies, which what is added up cannot change, so that they need not be read again.
    const std::int32_t* const days = steps.days();
    const std::int64_t* const levels = steps.levels();
    const std::uint8_t* const states = steps.states();
    const PeriodLookup& period_of = period_of_;
    const std::size_t periods = periods_;
    const bool asks_for_closings = by_closings_ && !by_day_;
    const std::uint32_t* rows = places_.rows();
    typename Steps::Walk walk{steps};
    std::int64_t ticks = 0;   // before the step
    std::uint32_t place = 0;  // the last one
    std::uint8_t next_state = states[i];
    std::int32_t next_period = period_of(days[i]);
    const auto look_ahead = [&] {
      next_state = i + 1 < end ? states[i + 1] : Timeline::first_of_customer;
      next_period = i + 1 < end ? period_of(days[i + 1]) : 0;
    };
    for (; i < end; ++i) {
      const std::uint8_t state = next_state;
      const std::int32_t period = next_period;
      look_ahead();
      walk.go_to(i, state);
      const auto p = static_cast<std::size_t>(period);
      if (p >= periods) {
        // Only places inside the grid, and those when it opens, are asked for their rows: others make none.
        for (; (next_state & Timeline::first_of_customer) == 0 && (period > 0 || next_period < 0);
             look_ahead())
          ++i;
        ticks = levels[i];
        if (period > 0 || (states[i] & Timeline::present) == 0) continue;
        walk.tell();
        place = steps.place(i, states[i], place);
        add_opening(row(place, cells), ticks, cells);
        continue;
      }
      const std::int64_t before = (state & Timeline::first_of_customer) != 0 ? 0 : ticks;
      const std::uint32_t place_before = place;
      place = walk.place(i, state, place);
      // Sums of bits, where a compiler would make a jump of each condition. Most steps end their customer's period and
      // are no move.
      const bool goes_on = (static_cast<std::uint32_t>(next_state & Timeline::first_of_customer) |
                            static_cast<std::uint32_t>(period ^ next_period)) == 0;
      const bool stays = (state & (Timeline::present | Timeline::enters)) == Timeline::present;
      const bool moves = ((place ^ place_before) & (0U - static_cast<std::uint32_t>(stays))) != 0;
      if (goes_on || (moves && !same_lane(place_before, place))) {
        walk.tell();
        const bool was_present = stays || (state & Timeline::leaves) != 0;
        const Spot opening{0, was_present, 0, place_before, 0, before};
        const std::size_t from = i;
        for (; (next_state & Timeline::first_of_customer) == 0 && next_period == period; look_ahead()) ++i;
        if (by_day_ || !add_as_one(steps, from, i, p, opening, cells))
          add_period(steps, from, i, p, opening, cells);
        ticks = levels[i];
        place = steps.place(i, states[i], place);
        rows = places_.rows();
        continue;
      }
      ticks = levels[i];
      const std::int64_t growth = ticks - before;
      std::uint32_t to = rows[place];
      if (to == SegmentPlaces::not_asked) to = row(place, cells);
      if (moves) {
        add_move(row(place_before, cells), to, before, growth, days[i], p);
        if (growth == 0) continue;
      }
      Movement movement = OnlyChanges<Checked>::movement_of(state);
      if (movement == Movement::reactivation && asks_for_closings) {
        walk.tell();
        if (!present_at_a_close_before(steps, i)) movement = Movement::new_;
      }
      // What the filter leaves out goes where nobody looks, if there it can do no harm.
      if (Checked && to == 0) continue;
      only_changes_.add(to * periods + p, movement, growth, days[i]);
    }
  }

  /// The row of a place, with room for what is counted in it.
  template <class Cells>
  [[nodiscard]] std::uint32_t row(std::uint32_t place, Cells& cells) {
    const std::uint32_t row = places_.row(place);
    if (row >= rows_) {
      if (row > 0) (void)cells(row - 1, 0);  // throws if there are too many
      rows_ = std::max<std::size_t>(row, table_.targets().size()) + 1;
      only_changes_.resize(rows_ * periods_);
      only_moves_.resize(rows_ * periods_);
    }
    return row;
  }

  template <class Cells>
  static void add_opening(std::uint32_t row, std::int64_t ticks, Cells& cells) {
    if (row == 0) return;
    MovementCell& cell = cells(row - 1, 0);
    post(cell.opening, ticks);
    ++cell.opening_customers;
  }

  void add_move(std::uint32_t from, std::uint32_t to, std::int64_t ticks, std::int64_t growth,
                std::int32_t day, std::size_t p) {
    if (from == to) return;  // which a filter alone tells apart
    if (from != 0) only_moves_.leave(from * periods_ + p, ticks, growth, day);
    if (to != 0) only_moves_.enter(to * periods_ + p, ticks, growth, day);
  }

  /// The changes of a customer in a period, steps first to last (inclusive), netted by period, if they are as good as
  /// one: nothing but what it pays changes more than once, and no lane. Else false.
  template <class Steps, class Cells>
  [[nodiscard]] bool add_as_one(Steps& steps, std::size_t first, std::size_t last, std::size_t p,
                                const Spot& opening, Cells& cells) {
    Spot now = opening;
    std::uint8_t entry = 0;
    int changes = 0;
    for (std::size_t i = first; i <= last; ++i) {
      const std::uint8_t state = steps.states()[i];
      const bool present = (state & Timeline::present) != 0;
      const std::uint32_t place = steps.place(i, state, now.place);
      if (present != now.present || place != now.place) {
        if (++changes > 1) return false;
        now = {steps.days()[i], present, 0, place, 0, 0};
        entry = state;
      }
    }
    const std::int64_t growth = steps.levels()[last] - opening.ticks;
    const bool moves = opening.present && now.present && opening.place != now.place;
    if (moves && !same_lane(opening.place, now.place)) return false;
    const std::uint32_t to = row(now.place, cells);
    if (moves) add_move(row(opening.place, cells), to, opening.ticks, growth, now.day, p);
    if (to == 0) return true;
    const bool as_new = (entry & Timeline::enters_as_new) != 0 ||
                        (by_closings_ && !opening.present && !present_at_a_close_before(steps, first));
    only_changes_.add(to * periods_ + p,
                      classify({opening.ticks, opening.present}, {steps.levels()[last], now.present}, as_new),
                      growth, now.day);
    return true;
  }

  /// The same of any changes.
  template <class Steps, class Cells>
  void add_period(Steps& steps, std::size_t first, std::size_t last, std::size_t p, Spot opening,
                  Cells& cells) {
    if (opening.present) opening.row = row(opening.place, cells);
    const bool is_first = by_closings_ && !opening.present && !present_at_a_close_before(steps, first);
    Presence presence;
    Spot now = opening;
    for (std::size_t i = first; i <= last; ++i) {
      const std::uint8_t state = steps.states()[i];
      const Spot before = now;
      now = {steps.days()[i], (state & Timeline::present) != 0, state, 0, 0, steps.levels()[i]};
      if (now.present) {
        now.place = steps.place(i, state, 0);
        now.row = row(now.place, cells);
      }
      note_presence(presence, before, now, p, cells);
      if (by_day_) post_step(before, now, (state & Timeline::enters_as_new) != 0, p, cells);
    }
    if (!by_day_)
      post_step(opening, now, (presence.entry & Timeline::enters_as_new) != 0 || is_first, p, cells);
    post_rates(opening, now, presence, p, cells);
  }

  /// Whether the customer of a step was present at the end of a period before the step's.
  template <class Steps>
  [[nodiscard]] bool present_at_a_close_before(const Steps& steps, std::size_t step) const {
    std::int32_t period = period_of_(steps.days()[step]);
    for (; (steps.states()[step] & Timeline::first_of_customer) == 0; --step) {
      const std::int32_t period_before = period_of_(steps.days()[step - 1]);
      if (period_before < 0) return present_at_an_earlier_close(book_, grid_, steps.customer());
      if (period_before != period && (steps.states()[step - 1] & Timeline::present) != 0) return true;
      period = period_before;
    }
    return false;
  }

  static void post(std::int64_t& sum, std::int64_t amount) { sum = checked_add(sum, amount); }
  /// What a lane that falls to nothing and one that rises from nothing share.
  [[nodiscard]] std::int64_t moved(const Spot& before, const Spot& after) const {
    return applied_.currency_of_lane(places_.lane(before.place)) ==
                   applied_.currency_of_lane(places_.lane(after.place))
               ? std::min(before.ticks, after.ticks)
               : 0;
  }
  [[nodiscard]] bool same_lane(std::uint32_t place, std::uint32_t other) const {
    return !has_lanes_ || places_.lane(place) == places_.lane(other);
  }
  [[nodiscard]] bool same_segment(const Spot& a, const Spot& b) const {
    return places_.segment(a.place) == places_.segment(b.place);
  }

  template <class Cells>
  void post_step(const Spot& before, const Spot& after, bool as_new, std::size_t p, Cells& cells) {
    if (!before.present) {
      if (!after.present || after.row == 0) return;
      MovementCell& cell = cells(after.row - 1, p);
      post(as_new ? cell.new_ : cell.reactivation, after.ticks);
      ++(as_new ? cell.new_customers : cell.reactivated_customers);
    } else if (!after.present) {
      if (before.row == 0) return;
      MovementCell& cell = cells(before.row - 1, p);
      post(cell.churn, before.ticks);
      ++cell.churned_customers;
    } else if (before.place == after.place) {
      if (before.ticks != after.ticks && after.row != 0)
        post_growth(cells(after.row - 1, p), after.ticks - before.ticks);
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
  void post_change(const Spot& before, const Spot& after, std::size_t p, Cells& cells) {
    const std::uint32_t from = before.row;
    const std::uint32_t to = after.row;
    const bool stays_in_lane = same_lane(before.place, after.place);
    const std::uint32_t between = same_segment(before, after) ? from
                                  : stays_in_lane
                                      ? to
                                      : row(places_.with_lane_of(after.place, before.place), cells);
    post_transfer(from, between, before.ticks, p, cells);
    if (stays_in_lane) {
      if (before.ticks != after.ticks && to != 0) post_growth(cells(to - 1, p), after.ticks - before.ticks);
    } else {
      const std::int64_t shared = moved(before, after);
      post_transfer(between, to, shared, p, cells);
      if (after.ticks > shared && to != 0) post_growth(cells(to - 1, p), after.ticks - shared);
      if (before.ticks > shared && between != 0) post_growth(cells(between - 1, p), shared - before.ticks);
    }
    if (from == to) return;
    if (to != 0) ++cells(to - 1, p).transferred_in_customers;
    if (from != 0) ++cells(from - 1, p).transferred_out_customers;
  }
  /// What stays in a row is no transfer.
  template <class Cells>
  static void post_transfer(std::uint32_t from, std::uint32_t to, std::int64_t ticks, std::size_t p,
                            Cells& cells) {
    if (from == to || ticks == 0) return;
    if (from != 0) {
      MovementCell& cell = cells(from - 1, p);
      post(cell.transfer_out, ticks);
    }
    if (to != 0) {
      MovementCell& cell = cells(to - 1, p);
      post(cell.transfer_in, ticks);
    }
  }

  template <class Cells>
  void note_presence(Presence& presence, const Spot& before, const Spot& after, std::size_t p, Cells& cells) {
    if (before.present && !after.present) {
      ++presence.departures;
      if (before.row != 0) ++cells(before.row - 1, p).departures;
    }
    if (!before.present && after.present && presence.entry == 0) {
      presence.entry = after.entry & static_cast<std::uint8_t>(Timeline::enters | Timeline::enters_as_new);
      presence.joined = after.row;
    }
    if (before.row == after.row) return;
    const std::int64_t days_left = ends_[p] - after.day;
    if (after.row != 0) cells(after.row - 1, p).customer_days += days_left;
    if (before.row != 0) cells(before.row - 1, p).customer_days -= days_left;
  }

  /// Rates ask for those who were in a segment at opening: what they lose and gain counts there.
  template <class Cells>
  void post_rates(const Spot& opening, const Spot& closing, const Presence& presence, std::size_t p,
                  Cells& cells) {
    if (!opening.present) {
      if (presence.entry == 0 || presence.joined == 0) return;
      MovementCell& cell = cells(presence.joined - 1, p);
      ++cell.joined_customers;
      cell.departures_of_joined += presence.departures;
      cell.joined_and_left_customers += closing.present ? 0 : 1;
      return;
    }
    const bool stays_in_lane = !closing.present || same_lane(opening.place, closing.place);
    // Asked for in any case: what rows there are must not depend on how a customer is folded.
    const std::uint32_t gains =
        stays_in_lane ? opening.row : row(places_.with_lane_of(opening.place, closing.place), cells);
    if (opening.row == 0) return;
    MovementCell& cell = cells(opening.row - 1, p);
    cell.departures_of_opening += presence.departures;
    if (!closing.present) {
      post(cell.lost, opening.ticks);
      ++cell.lost_customers;
    } else if (stays_in_lane) {
      post(opening.ticks > closing.ticks ? cell.lost : cell.gained,
           opening.ticks > closing.ticks ? opening.ticks - closing.ticks : closing.ticks - opening.ticks);
    } else {
      const std::int64_t shared = moved(opening, closing);
      post(cell.lost, opening.ticks - shared);
      if (gains == opening.row) post(cell.gained, closing.ticks - shared);
    }
  }

  const Book& book_;
  const PeriodGrid& grid_;
  const PeriodLookup& period_of_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  const TimelineColumns& timeline_;
  bool by_day_;
  bool by_closings_;
  bool dated_;
  bool has_lanes_;
  std::size_t periods_;
  SegmentPlaces places_;
  AskedSteps asked_;
  std::vector<std::int32_t> ends_;     // of what is known of each period
  OnlyChanges<Checked> only_changes_;  // by row and period
  OnlyMoves<Checked> only_moves_;
  std::size_t rows_{0};  // that it has room for
};

}  // namespace churn::inline v0
