#include "cube/single_lane_steps.hpp"

#include <algorithm>
#include <iterator>

namespace churn::inline v0 {

namespace {

/// When what a step leads to is looked at.
std::int32_t seen_on(const Book& book, std::int32_t day) {
  return day == Timeline::before_records ? book.records_from()->days() : day;
}

/// All bits where a step has the row of one phase. Who comes and who goes can't be guessed, so that what has none gets
/// what the first phase has; nobody looks at it.
std::uint32_t mask_of_one_phase(std::uint8_t state) {
  constexpr std::uint8_t of_one = Timeline::present | Timeline::of_several;
  return 0U - static_cast<std::uint32_t>((state & of_one) == Timeline::present);
}

}  // namespace

void SingleLaneSteps::clear() noexcept {
  size_ = 0;
  starts_.clear();
}

void SingleLaneSteps::make_room(std::size_t steps) {
  if (steps <= place_of_.size()) return;
  const std::size_t room = std::max(steps, 2 * at_once);
  place_of_.resize(room);
  if (places_.are_columns()) return;
  asked_days_.resize(room);
  asked_levels_.resize(room);
  asked_states_.resize(room);
}

CustomerIndex SingleLaneSteps::customer(std::size_t step) const {
  std::size_t customer = 0;
  if (places_.are_columns()) {
    const auto& first = timeline_.first_step;
    const std::size_t at = first[starts_.front().customer] + step;
    customer = static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), at) - first.begin()) - 1;
  } else {
    customer = std::prev(std::upper_bound(starts_.begin(), starts_.end(), step,
                                          [](std::size_t s, const Start& start) { return s < start.step; }))
                   ->customer;
  }
  return CustomerIndex{static_cast<std::uint32_t>(customer)};
}

void SingleLaneSteps::view(std::size_t first, std::size_t last) {
  const std::size_t begin = timeline_.first_step[first];
  size_ = timeline_.first_step[last] - begin;
  if (size_ == 0) return;
  make_room(size_);
  starts_.push_back({0, first});
  days_ = timeline_.day.data() + begin;
  levels_ = timeline_.level.data() + begin;
  states_ = timeline_.state.data() + begin;
  // Copies, which what is written cannot change, so that they need not be read again.
  const std::size_t size = size_;
  const std::uint8_t* const states = states_;
  const std::uint32_t* const first_step = timeline_.first_step.data();
  const std::uint32_t* const phase = timeline_.phase.data() + begin;
  std::uint32_t* const places = place_of_.data();

  several_.clear();
  const std::span<const SegmentPlaces::Digit> parts = places_.phases();
  const SegmentPlaces::Digit customers = places_.customers();
  const SegmentPlaces::Digit first_part = parts.empty() ? SegmentPlaces::Digit{} : parts.front();
  std::size_t c = first - 1;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t state = states[i];
    c += (state & Timeline::first_of_customer) != 0 ? 1 : 0;
    while (first_step[c + 1] <= begin + i) ++c;  // hardly ever: those without any step
    places[i] = customers(c) + first_part(phase[i] & mask_of_one_phase(state));
    constexpr std::uint8_t begins_several = Timeline::of_several | Timeline::first_of_customer;
    if ((state & begins_several) == begins_several) several_.push_back(c);
  }
  for (std::size_t part = 1; part < parts.size(); ++part)
    for (std::size_t i = 0; i < size; ++i) places[i] += parts[part](phase[i] & mask_of_one_phase(states[i]));
  for (const std::size_t customer : several_) read_several(customer, places + (first_step[customer] - begin));
}

/// Puts the places of a customer with several phases where they belong.
void SingleLaneSteps::read_several(std::size_t customer, std::uint32_t* places) {
  in_force_.clear();
  const std::uint32_t first_place = places_.of_customer(customer);
  for (std::size_t i = timeline_.first_step[customer]; i < timeline_.first_step[customer + 1]; ++i) {
    in_force_.take(timeline_, i);
    const std::span<const PhaseInForce> now = in_force_.phases();
    std::uint32_t place = first_place;
    if (now.size() == 1) {
      place += places_.of_phase(now.front().row);
    } else if (!now.empty()) {
      phases_.clear();
      for (const PhaseInForce& phase : now)
        phases_.push_back({PhaseView{book_.data().phases, phase.row}, phase.ticks});
      order_by_start(phases_);
      place += places_.of_several({book_,
                                   CustomerIndex{static_cast<std::uint32_t>(customer)},
                                   Date::from_days(seen_on(book_, timeline_.day[i])),
                                   Date::from_days(timeline_.first_present[customer]),
                                   {timeline_.level[i], true},
                                   phases_});
    }
    *places++ = place;
  }
}

/// Puts the steps of a customer behind those that are there.
void SingleLaneSteps::ask(std::size_t customer) {
  const std::size_t first = timeline_.first_step[customer];
  const std::size_t last = timeline_.first_step[customer + 1];
  if (first == last) return;
  const std::vector<std::int32_t>& cuts = applied_.tenure_cuts();
  make_room(size_ + (last - first) + cuts.size());
  starts_.push_back({size_, customer});
  const CustomerIndex index{static_cast<std::uint32_t>(customer)};
  const std::int32_t first_present = timeline_.first_present[customer];
  const bool are_worked_out = places_.are_worked_out();
  const std::uint32_t of_customer = are_worked_out ? places_.of_customer(customer) : 0;
  auto cut = cuts.begin();
  for (std::size_t i = first; i < last; ++i) {
    const std::int64_t ticks = timeline_.level[i];
    const std::uint8_t state = timeline_.state[i];
    if ((state & Timeline::present) == 0) {
      push(timeline_.day[i], ticks, state, 0);
      continue;
    }
    const std::uint32_t row = timeline_.phase[i];
    const std::uint32_t of_phase = are_worked_out ? of_customer + places_.of_phase(row) : 0;
    const std::int32_t since = seen_on(book_, timeline_.day[i]);
    const PhaseOnDay phase{PhaseView{book_.data().phases, row}, ticks};
    Situation situation{book_,         index,      Date::from_days(since), Date::from_days(first_present),
                        {ticks, true}, {&phase, 1}};
    const auto place = [&] {
      if (are_worked_out) return of_phase + places_.of_asked(situation);
      return places_.of(
          applied_.states().empty() ? table_.segment_of_absent(index) : table_.segment(situation),
          applied_.lane(row));
    };
    push(timeline_.day[i], ticks, state, place());
    const auto day_of_cut = [&] { return std::int64_t{first_present} + *cut; };
    while (cut != cuts.end() && day_of_cut() <= since) ++cut;
    const std::int32_t until = i + 1 < last ? timeline_.day[i + 1] : book_.as_of().days();
    for (; cut != cuts.end() && day_of_cut() < until; ++cut) {
      const auto day = static_cast<std::int32_t>(day_of_cut());
      situation.day = Date::from_days(day);
      push(day, ticks, Timeline::present | Timeline::same_balance, place());
    }
  }
  days_ = asked_days_.data();
  levels_ = asked_levels_.data();
  states_ = asked_states_.data();
}

}  // namespace churn::inline v0
