#include "cube/single_lane_steps.hpp"

#include <algorithm>

namespace churn::inline v0 {

namespace {

/// When what a step leads to is looked at.
std::int32_t seen_on(const Book& book, std::int32_t day) {
  return day == Timeline::before_records ? book.records_from()->days() : day;
}

}  // namespace

void ColumnSteps::read_several(std::size_t first) {
  const std::size_t last = timeline_.first_step[next_customer_];
  several_from_ = first;
  several_.clear();
  in_force_.clear();
  const std::uint32_t first_place = places_.of_customer(next_customer_ - 1);
  for (std::size_t i = first; i < last; ++i) {
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
                                   customer(),
                                   Date::from_days(seen_on(book_, timeline_.day[i])),
                                   Date::from_days(timeline_.first_present[next_customer_ - 1]),
                                   {timeline_.level[i], true},
                                   phases_});
    }
    several_.push_back(place);
  }
}

void AskedSteps::clear() noexcept {
  customers_.clear();
  size_ = 0;
}

std::uint32_t AskedSteps::place_on(std::int32_t day, std::size_t step, std::uint32_t row,
                                   CustomerIndex customer) {
  const TimelineColumns& timeline = book_.data().timeline;
  if (applied_.states().empty()) return places_.of(table_.segment_of_absent(customer), applied_.lane(row));
  const std::int64_t ticks = timeline.level[step];
  const PhaseOnDay phase{PhaseView{book_.data().phases, row}, ticks};
  const Situation situation{book_,
                            customer,
                            Date::from_days(day),
                            Date::from_days(timeline.first_present[static_cast<std::size_t>(customer)]),
                            {ticks, true},
                            {&phase, 1}};
  return places_.are_worked_out() ? places_.of_customer(static_cast<std::size_t>(customer)) +
                                        places_.of_phase(row) + places_.of_asked(situation)
                                  : places_.of(table_.segment(situation), applied_.lane(row));
}

void AskedSteps::add(CustomerIndex customer) {
  const TimelineColumns& timeline = book_.data().timeline;
  const auto c = static_cast<std::size_t>(customer);
  const std::size_t first = timeline.first_step[c];
  const std::size_t last = timeline.first_step[c + 1];
  if (first == last) return;
  customers_.push_back(customer);
  const std::vector<std::int32_t>& cuts = applied_.tenure_cuts();
  if (const std::size_t most = size_ + (last - first) + cuts.size(); days_.size() < most) {
    const std::size_t room = std::max(most, 2 * at_once);
    days_.resize(room);
    levels_.resize(room);
    states_.resize(room);
    place_of_.resize(room);
  }
  const std::int32_t first_present = timeline.first_present[c];
  auto cut = cuts.begin();
  for (std::size_t i = first; i < last; ++i) {
    const std::int64_t ticks = timeline.level[i];
    const std::uint8_t state = timeline.state[i];
    if ((state & Timeline::present) == 0) {
      push(timeline.day[i], ticks, state, 0);
      continue;
    }
    const std::uint32_t row = timeline.phase[i];
    const std::int32_t since = seen_on(book_, timeline.day[i]);
    push(timeline.day[i], ticks, state, place_on(since, i, row, customer));
    const auto day_of = [&] { return std::int64_t{first_present} + *cut; };
    while (cut != cuts.end() && day_of() <= since) ++cut;
    const std::int32_t until = i + 1 < last ? timeline.day[i + 1] : book_.as_of().days();
    for (; cut != cuts.end() && day_of() < until; ++cut) {
      const auto day = static_cast<std::int32_t>(day_of());
      push(day, ticks, Timeline::present | Timeline::same_balance, place_on(day, i, row, customer));
    }
  }
}

}  // namespace churn::inline v0
