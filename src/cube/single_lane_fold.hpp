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
#include <array>
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
        steps_(book, applied, table, places_) {
    for (std::size_t p = 0; p < periods_; ++p) ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
    const bool asks_for_closings = by_closings_ && !by_day_;
    for (unsigned state = 0; state < can_be_.size(); ++state) {
      const bool stays = (state & (Timeline::present | Timeline::enters)) == Timeline::present;
      const bool comes_back = (state & (Timeline::enters | Timeline::enters_as_new)) == Timeline::enters;
      can_be_[state] = static_cast<std::uint8_t>(((state & Timeline::first_of_customer) != 0 ? 0 : goes_on) |
                                                 (stays ? has_moved : 0) |
                                                 (comes_back && asks_for_closings ? returns : 0));
    }
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
    const auto takes_it = [this](std::size_t c) {
      return takes(CustomerIndex{static_cast<std::uint32_t>(c)});
    };
    while (first < last) {
      first = takes_all() ? steps_.read(first, last, [](std::size_t) { return true; })
                          : steps_.read(first, last, takes_it);
      if (steps_.size() == 0) continue;
      look();
      walk(cells);
    }
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

  /// What is to be known of a step before it is counted. Most steps are of none of these: they are the only one of their
  /// customer in a period of the grid, and no move.
  enum About : std::uint8_t {
    goes_on = 1,    // the customer has another one in the period
    has_moved = 2,  // from one place to another
    outside = 4,    // the grid
    returns = 8     // and is new all the same, if no close of a period has seen the customer
  };

  /// Looks at all steps in a loop that has nothing to guess, for walk(), which then has little.
  void look() {
    const std::size_t size = steps_.size();
    if (about_.size() <= size) {
      period_of_step_.resize(size);
      about_.resize(size + 1);
    }
    const std::int32_t* const days = steps_.days();
    const std::uint8_t* const states = steps_.states();
    std::uint32_t* const place_of = steps_.places();
    std::int32_t* const period_of_step = period_of_step_.data();
    std::uint8_t* const about = about_.data();
    const PeriodLookup& period_of = period_of_;
    const std::uint8_t* const can_be_of = can_be_.data();
    const auto periods = static_cast<std::uint32_t>(periods_);
    std::int32_t period_before = -1;
    std::uint32_t place_before = 0;
    std::uint32_t about_before = 0;
    for (std::size_t i = 0; i < size; ++i) {
      // Sums of bits, where a compiler would make a jump of each condition.
      const std::uint8_t state = states[i];
      const std::uint32_t can_be = can_be_of[state];
      const std::int32_t period = period_of(days[i]);
      period_of_step[i] = period;
      const auto is_outside = static_cast<std::uint32_t>(static_cast<std::uint32_t>(period) >= periods);
      // Absence is where the customer was.
      const std::uint32_t is_present = 0U - (state & std::uint32_t{Timeline::present});
      const std::uint32_t place = place_before ^ ((place_before ^ place_of[i]) & is_present);
      place_of[i] = place;
      about[i] = static_cast<std::uint8_t>(
          about_before | (can_be & goes_on & static_cast<std::uint32_t>(period == period_before)));
      const auto is_elsewhere = static_cast<std::uint32_t>(place != place_before);
      about_before = (can_be & (returns | has_moved * is_elsewhere)) | outside * is_outside;
      period_before = period;
      place_before = place;
    }
    about[size] = static_cast<std::uint8_t>(about_before);
  }

  template <class Cells>
  // NOLINTNEXTLINE(readability-function-cognitive-complexity): one flat loop, which is fast because it is one piece
  void walk(Cells& cells) {
    const std::size_t end = steps_.size();
    // Copies, which what is added up cannot change, so that they need not be read again.
    const std::int32_t* const days = steps_.days();
    const std::int64_t* const levels = steps_.levels();
    const std::uint8_t* const states = steps_.states();
    const std::uint32_t* const place_of = steps_.places();
    const std::int32_t* const period_of_step = period_of_step_.data();
    const std::uint8_t* const about = about_.data() + 1;
    const std::size_t periods = periods_;
    const std::uint32_t* rows = places_.rows();
    std::int64_t ticks = 0;  // before the step
    for (std::size_t i = 0; i < end; ++i) {
      const std::uint8_t state = states[i];
      const std::int64_t before = (state & Timeline::first_of_customer) != 0 ? 0 : ticks;
      const auto p = static_cast<std::size_t>(period_of_step[i]);
      ticks = levels[i];
      const std::int64_t growth = ticks - before;
      Movement movement = OnlyChanges<Checked>::movement_of(state);
      if (about[i] != 0) {
        if ((about[i] & outside) != 0) {
          // Only places inside the grid, and those when it opens, are asked for their rows: others make none.
          const bool is_behind = period_of_step[i] > 0;
          while (i + 1 < end && (states[i + 1] & Timeline::first_of_customer) == 0 &&
                 (is_behind || period_of_step[i + 1] < 0))
            ++i;
          ticks = levels[i];
          if (!is_behind && (states[i] & Timeline::present) != 0)
            add_opening(row(place_of[i], cells), ticks, cells);
          continue;
        }
        const bool is_move = (about[i] & has_moved) != 0;
        if ((about[i] & goes_on) != 0 || (is_move && !same_lane(place_of[i - 1], place_of[i]))) {
          const bool was_present = (state & Timeline::leaves) != 0 ||
                                   (state & (Timeline::present | Timeline::enters)) == Timeline::present;
          const Spot opening{0, was_present, 0, i > 0 ? place_of[i - 1] : 0, 0, before};
          const std::size_t from = i;
          while ((about[i] & goes_on) != 0) ++i;
          if (by_day_ || !add_as_one(from, i, p, opening, cells)) add_period(from, i, p, opening, cells);
          ticks = levels[i];
          rows = places_.rows();
          continue;
        }
        if (is_move) {
          add_move(row(place_of[i - 1], cells), row(place_of[i], cells), before, growth, days[i], p);
          if (growth == 0) continue;
        } else if (!present_at_a_close_before(i)) {
          movement = Movement::new_;
        }
      }
      std::uint32_t to = rows[place_of[i]];
      if (to == SegmentPlaces::not_asked) to = row(place_of[i], cells);
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
  /// one: it comes or goes once, or stays and goes from place to place, and changes no lane. Else false.
  template <class Cells>
  [[nodiscard]] bool add_as_one(std::size_t first, std::size_t last, std::size_t p, const Spot& opening,
                                Cells& cells) {
    Spot now = opening;
    std::uint8_t entry = 0;
    int changes = 0;
    bool stays = opening.present;
    for (std::size_t i = first; i <= last; ++i) {
      const std::uint8_t state = steps_.states()[i];
      const bool present = (state & Timeline::present) != 0;
      const std::uint32_t place = steps_.places()[i];
      if (present != now.present || place != now.place) {
        stays = stays && present;
        if (++changes > 1 && !stays) return false;
        if (stays && !same_lane(now.place, place)) return false;
        now = {steps_.days()[i], present, 0, place, 0, 0};
        entry = state;
      }
    }
    if (changes > 1) {
      add_days_on_the_way(first, last, p, opening.place, cells);
      now.day = ends_[p];  // of which no more days are left
    }
    const std::int64_t growth = steps_.levels()[last] - opening.ticks;
    const std::uint32_t to = row(now.place, cells);
    if (stays && opening.place != now.place)
      add_move(row(opening.place, cells), to, opening.ticks, growth, now.day, p);
    if (to == 0) return true;
    const bool as_new = (entry & Timeline::enters_as_new) != 0 ||
                        (by_closings_ && !opening.present && !present_at_a_close_before(first));
    only_changes_.add(
        to * periods_ + p,
        classify({opening.ticks, opening.present}, {steps_.levels()[last], now.present}, as_new), growth,
        now.day);
    return true;
  }
  /// The days of whoever goes from place to place: what is left of the period from each on, less that from the next.
  template <class Cells>
  void add_days_on_the_way(std::size_t first, std::size_t last, std::size_t p, std::uint32_t place,
                           Cells& cells) {
    for (std::size_t i = first; i <= last; ++i) {
      const std::uint32_t next = steps_.places()[i];
      if (next == place) continue;
      const std::int64_t days_left = ends_[p] - steps_.days()[i];
      only_changes_.add_days(row(place, cells) * periods_ + p, -days_left);
      only_changes_.add_days(row(next, cells) * periods_ + p, days_left);
      place = next;
    }
  }

  /// The same of any changes.
  template <class Cells>
  void add_period(std::size_t first, std::size_t last, std::size_t p, Spot opening, Cells& cells) {
    if (opening.present) opening.row = row(opening.place, cells);
    const bool is_first = by_closings_ && !opening.present && !present_at_a_close_before(first);
    Presence presence;
    Spot now = opening;
    for (std::size_t i = first; i <= last; ++i) {
      const std::uint8_t state = steps_.states()[i];
      const Spot before = now;
      now = {steps_.days()[i], (state & Timeline::present) != 0, state, 0, 0, steps_.levels()[i]};
      if (now.present) {
        now.place = steps_.places()[i];
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
  [[nodiscard]] bool present_at_a_close_before(std::size_t step) const {
    std::int32_t period = period_of_(steps_.days()[step]);
    for (; (steps_.states()[step] & Timeline::first_of_customer) == 0; --step) {
      const std::int32_t period_before = period_of_(steps_.days()[step - 1]);
      if (period_before < 0) return present_at_an_earlier_close(book_, grid_, steps_.customer(step));
      if (period_before != period && (steps_.states()[step - 1] & Timeline::present) != 0) return true;
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
    if (after.row != 0) only_changes_.add_days(after.row * periods_ + p, days_left);
    if (before.row != 0) only_changes_.add_days(before.row * periods_ + p, -days_left);
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
  SingleLaneSteps steps_;
  std::vector<std::int32_t> period_of_step_;  // of steps_, with room for more
  std::vector<std::uint8_t> about_;           // the same, behind one of nothing
  std::array<std::uint8_t, 256> can_be_{};    // by state; `goes_on` is of the step before
  std::vector<std::int32_t> ends_;            // of what is known of each period
  OnlyChanges<Checked> only_changes_;         // by row and period
  OnlyMoves<Checked> only_moves_;
  std::size_t rows_{0};  // that it has room for
};

}  // namespace churn::inline v0
