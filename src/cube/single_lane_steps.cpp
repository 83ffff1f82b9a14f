#include "cube/single_lane_steps.hpp"

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

void AskedSteps::read(const Book& book, const AppliedSegments& applied, SegmentTable& table,
                      SegmentPlaces& places, CustomerIndex customer) {
  customer_ = customer;
  days_.clear();
  levels_.clear();
  states_.clear();
  places_.clear();
  const TimelineColumns& timeline = book.data().timeline;
  const auto c = static_cast<std::size_t>(customer);
  const std::size_t last = timeline.first_step[c + 1];
  const std::int32_t first_present = timeline.first_present[c];
  const bool has_states = !applied.states().empty();
  for (std::size_t i = timeline.first_step[c]; i < last; ++i) {
    const std::int64_t ticks = timeline.level[i];
    if ((timeline.state[i] & Timeline::present) == 0) {
      push(timeline.day[i], ticks, timeline.state[i], 0);
      continue;
    }
    const std::uint32_t row = timeline.phase[i];
    const std::uint32_t lane = applied.lane(row);
    const auto ask = [&](std::int32_t day) {
      if (!has_states) return places.of(table.segment_of_absent(customer), lane);
      const PhaseOnDay phase{PhaseView{book.data().phases, row}, ticks};
      return places.of(table.segment({book,
                                      customer,
                                      Date::from_days(day),
                                      Date::from_days(first_present),
                                      {ticks, true},
                                      {&phase, 1}}),
                       lane);
    };
    const std::int32_t since = seen_on(book, timeline.day[i]);
    push(timeline.day[i], ticks, timeline.state[i], ask(since));
    const std::int32_t until = i + 1 < last ? timeline.day[i + 1] : book.as_of().days();
    for (const std::int32_t cut : applied.tenure_cuts()) {
      const std::int64_t day = std::int64_t{first_present} + cut;
      if (day <= since || day >= until) continue;
      const auto on = static_cast<std::int32_t>(day);
      push(on, ticks, Timeline::present | Timeline::same_balance, ask(on));
    }
  }
}

}  // namespace churn::inline v0
