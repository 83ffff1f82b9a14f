#include "segment/customer_days.hpp"

#include <algorithm>
#include <utility>

#include <churn/core/exact.hpp>

namespace churn::inline v0 {

void CustomerDays::resolve(CustomerIndex customer) {
  const Book::Data& data = book_.data();
  const auto c = static_cast<std::size_t>(customer);
  accepted_.clear();
  parts_.clear();
  resolver_.resolve(
      static_cast<std::uint32_t>(customer),
      {data.phase_rows.data() + data.first_phase[c], data.phase_rows.data() + data.first_phase[c + 1]},
      accepted_, parts_, nullptr);
}

void CustomerDays::make_stretches() {
  const std::int32_t as_of = book_.as_of().days();
  changes_.clear();
  stretches_.clear();
  active_.clear();
  in_force_.clear();
  for (std::uint32_t p = 0; p < parts_.size(); ++p) {
    if (parts_[p].from >= as_of) continue;
    changes_.push_back({parts_[p].from, p, true});
    if (parts_[p].until < as_of) changes_.push_back({parts_[p].until, p, false});
  }
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    return a.day != b.day ? a.day < b.day : a.part < b.part;
  });
  for (std::size_t i = 0; i < changes_.size();) {
    const std::int32_t day = changes_[i].day;
    for (; i < changes_.size() && changes_[i].day == day; ++i) {
      if (changes_[i].begins)
        active_.push_back(changes_[i].part);
      else
        active_.erase(std::find(active_.begin(), active_.end(), changes_[i].part));
    }
    Balance balance{0, !active_.empty()};
    for (const std::uint32_t part : active_)
      if (!dated_) balance.ticks = checked_add(balance.ticks, parts_[part].ticks);
    const std::size_t first = in_force_.size();
    for (const std::uint32_t part : active_) in_force_.push_back({parts_[part].row, parts_[part].ticks});
    stretches_.push_back({day, balance, first, in_force_.size()});
  }
}

/// What resolving found when the book was built, with gaps closed and what came before the records as one.
void CustomerDays::read_timeline(CustomerIndex customer) {
  const TimelineColumns& timeline = book_.data().timeline;
  const auto c = static_cast<std::size_t>(customer);
  stretches_.clear();
  in_force_.clear();
  now_in_force_.clear();
  for (std::size_t i = timeline.first_step[c]; i < timeline.first_step[c + 1]; ++i) {
    const Balance balance{timeline.level[i], (timeline.state[i] & Timeline::present) != 0};
    const std::size_t first = in_force_.size();
    if ((timeline.state[i] & Timeline::of_several) == 0) {
      if (balance.present) in_force_.push_back({timeline.phase[i], balance.ticks});
    } else {
      now_in_force_.take(timeline, i);
      const auto phases = now_in_force_.phases();
      in_force_.insert(in_force_.end(), phases.begin(), phases.end());
    }
    stretches_.push_back({timeline.day[i], balance, first, in_force_.size()});
  }
}

/// An absence within the allowance is no state of its own: the one before it lasts.
void CustomerDays::close_gaps() {
  const std::int32_t allowance = book_.conventions().book.gap_allowance_days;
  if (allowance == 0) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    const std::int32_t until = i + 1 < stretches_.size() ? stretches_[i + 1].day : book_.as_of().days();
    if (!stretches_[i].balance.present && until - stretches_[i].day <= allowance) continue;
    stretches_[kept++] = stretches_[i];
  }
  stretches_.resize(kept);
}

void CustomerDays::begin_with_the_records() {
  if (!options_.from_records_from || !book_.records_from()) return;
  const std::int32_t from = book_.records_from()->days();
  const auto after = std::find_if(stretches_.begin(), stretches_.end(),
                                  [from](const Stretch& stretch) { return stretch.day > from; });
  if (after == stretches_.begin()) return;
  (after - 1)->day = Timeline::before_records;
  stretches_.erase(stretches_.begin(), after - 1);
}

/// Where rates change: at each period after the first, and where the last known one ends.
void CustomerDays::find_rates() {
  if (options_.valued_by == nullptr) return;
  const PeriodGrid& grid = *options_.valued_by;
  const std::int32_t end = std::min(grid.to(), book_.as_of()).days();
  rates_.push_back({Date::min_days - 1, grid.from().days() - 1, -1});
  for (std::size_t p = 0; p < grid.size() && grid[p].first().days() < end; ++p) {
    const std::int32_t closes_on = std::min(grid[p].last().days(), end);
    rates_.push_back({closes_on, closes_on - 1, static_cast<std::int32_t>(p)});
  }
}

std::int64_t CustomerDays::worth(const PhaseInForce& phase, const Stretch& stretch) const {
  if (!dated_) return phase.ticks;
  const Currency currency = Currency::from_index(book_.data().phases.table->currency[phase.row]);
  return book_.data().exchange.value_on(phase.ticks, currency, stretch.rate_day);
}

void CustomerDays::value(Stretch& stretch) const {
  for (std::size_t i = stretch.first; i < stretch.last; ++i)
    stretch.balance.ticks = checked_add(stretch.balance.ticks, worth(in_force_[i], stretch));
}

/// Cuts stretches where rates change. What ends before the grid, or begins behind it, is left out.
void CustomerDays::value_by_periods() {
  const std::int32_t opens = options_.valued_by->from().days();
  const std::int32_t ends = rates_.back().day;
  valued_.clear();
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    const std::int32_t until = i + 1 < stretches_.size() ? stretches_[i + 1].day : book_.as_of().days();
    if (until < opens || stretches_[i].day >= ends) continue;
    Stretch stretch = stretches_[i];
    // What was there when the records begin is valued by the period in which they do.
    const std::int32_t since =
        stretch.day == Timeline::before_records ? book_.records_from()->days() : stretch.day;
    auto rate = std::find_if(rates_.rbegin(), rates_.rend(), [&](const RateChange& change) {
                  return change.day <= since;
                }).base();  // the one behind it
    stretch.rate_day = std::prev(rate)->rate_day;
    value(stretch);
    valued_.push_back(stretch);
    if (!stretch.balance.present) continue;
    for (; rate != rates_.end() && rate->day <= until; ++rate) {
      Stretch again = stretches_[i];
      again.day = rate->day;
      again.rate_day = rate->rate_day;
      again.revalues = rate->closes;
      value(again);
      valued_.push_back(again);
    }
  }
  stretches_.swap(valued_);
}

void CustomerDays::value_on_a_day() {
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    const bool is_over = i + 1 < stretches_.size() && stretches_[i + 1].day <= *options_.valued_on;
    stretches_[i].rate_day = *options_.valued_on;
    if (stretches_[i].day <= *options_.valued_on && !is_over)
      value(stretches_[i]);
    else
      stretches_[i].last = stretches_[i].first;  // not asked for, and perhaps without a rate
  }
}

void CustomerDays::make_lanes(const Stretch& stretch) {
  const std::size_t first = lanes_.size();
  for (std::size_t i = stretch.first; i < stretch.last; ++i) {
    const PhaseInForce& phase = in_force_[i];
    const std::uint32_t lane = applied_.lane(phase.row);
    const auto begin = lanes_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto at = std::lower_bound(begin, lanes_.end(), lane,
                                     [](const LaneBalance& a, std::uint32_t b) { return a.lane < b; });
    if (at != lanes_.end() && at->lane == lane)
      at->ticks = checked_add(at->ticks, worth(phase, stretch));
    else
      lanes_.insert(at, {lane, worth(phase, stretch)});
  }
  lane_ranges_.push_back({first, lanes_.size()});
}

/// `day` is when the state begins, `seen_on` the day on which it is looked at.
void CustomerDays::push(CustomerIndex customer, const Stretch& stretch, std::int32_t day,
                        std::int32_t seen_on) {
  DayState state{day, stretch.balance, 0, SegmentTable::none, {}, stretch.revalues};
  if (stretch.revalues >= 0) {
    state.segment = days_.back().segment;  // where it was; whether its label changes is asked next
  } else if (stretch.balance.present) {
    if (!applied_.states().empty()) {
      phases_.clear();
      for (std::size_t i = stretch.first; i < stretch.last; ++i) {
        const PhaseInForce& phase = in_force_[i];
        phases_.push_back({PhaseView{book_.data().phases, phase.row}, worth(phase, stretch)});
      }
      order_by_start(phases_);
    }
    state.segment = table_.segment({book_, customer, Date::from_days(seen_on),
                                    Date::from_days(first_present_), stretch.balance, phases_});
  }
  days_.push_back(state);
}

std::span<const DayState> CustomerDays::of(CustomerIndex customer) {
  if (resolves_) {
    resolve(customer);
    make_stretches();
    close_gaps();
    begin_with_the_records();
  } else {
    read_timeline(customer);
  }
  if (dated_ && options_.valued_by != nullptr) value_by_periods();
  if (dated_ && options_.valued_on) value_on_a_day();
  days_.clear();
  lanes_.clear();
  lane_ranges_.clear();
  // Steps in a file that somebody made up may not know the days that its phases tell.
  first_present_ = book_.first_present_on(customer).value_or(book_.as_of()).days();

  const Timeline& timeline = book_.timeline();
  std::size_t step = timeline.first_step[static_cast<std::size_t>(customer)];
  const std::size_t last_step = timeline.first_step[static_cast<std::size_t>(customer) + 1];
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    const Stretch& stretch = stretches_[i];
    const bool before_records = stretch.day == Timeline::before_records;
    const std::int32_t since = before_records ? book_.records_from()->days() : stretch.day;
    make_lanes(stretch);
    push(customer, stretch, stretch.day, since);
    Stretch changing = stretch;  // later days of a stretch that begins with new rates may be changes
    changing.revalues = -1;
    const bool is_followed = i + 1 < stretches_.size() && stretches_[i + 1].day == stretch.day;
    if (stretch.revalues >= 0) {
      if (is_followed || stretch.day >= rates_.back().day) continue;
      lane_ranges_.push_back(lane_ranges_.back());
      push(customer, changing, stretch.day, stretch.day);
      if (days_.back().segment == days_[days_.size() - 2].segment) {
        days_.pop_back();
        lane_ranges_.pop_back();
      }
    }
    // Whether an entry is new has been decided when the book was built.
    while (step < last_step && timeline.day[step] < stretch.day) ++step;
    if (step < last_step && timeline.day[step] == stretch.day)
      days_.back().entry =
          timeline.state[step] & static_cast<std::uint8_t>(Timeline::enters | Timeline::enters_as_new);
    if (!stretch.balance.present || applied_.tenure_cuts().empty()) continue;
    const std::int32_t until = i + 1 < stretches_.size() ? stretches_[i + 1].day : book_.as_of().days();
    for (const std::int32_t cut : applied_.tenure_cuts()) {
      const std::int64_t day = std::int64_t{first_present_} + cut;
      if (day <= since || day >= until) continue;
      lane_ranges_.push_back(lane_ranges_.back());
      push(customer, changing, static_cast<std::int32_t>(day), static_cast<std::int32_t>(day));
    }
  }
  for (std::size_t i = 0; i < days_.size(); ++i)
    days_[i].lanes =
        std::span(lanes_).subspan(lane_ranges_[i].first, lane_ranges_[i].last - lane_ranges_[i].first);
  return days_;
}

DayState state_on(std::span<const DayState> days, std::int32_t day) {
  const auto after = std::upper_bound(days.begin(), days.end(), day,
                                      [](std::int32_t d, const DayState& state) { return d < state.day; });
  return after == days.begin() ? DayState{day, {}, 0, SegmentTable::none, {}} : *std::prev(after);
}

}  // namespace churn::inline v0
