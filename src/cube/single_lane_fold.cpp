#include "cube/single_lane_fold.hpp"

#include <churn/core/exact.hpp>

#include <algorithm>

namespace churn::inline v0 {

SingleLaneFold::SingleLaneFold(const Book& book, const PeriodGrid& grid, const PeriodLookup& period_of,
                               const RateRules& rules, const AppliedSegments& applied, SegmentTable& table)
    : book_(book),
      grid_(grid),
      period_of_(period_of),
      rules_(rules),
      applied_(applied),
      table_(table),
      timeline_(book.data().timeline),
      dated_(book.data().exchange.dated()) {
  for (std::size_t p = 0; p < grid.size(); ++p)
    ends_.push_back(std::min(grid[p].last(), book.as_of()).days());
}

std::uint32_t SingleLaneFold::segment_of(CustomerIndex customer, const Spot& spot, std::uint32_t row,
                                         std::int32_t day) const {
  const PhaseOnDay phase{PhaseView{book_.data().phases, row}, spot.ticks};
  return table_.segment({book_,
                         customer,
                         Date::from_days(day),
                         Date::from_days(timeline_.first_present[static_cast<std::size_t>(customer)]),
                         {spot.ticks, true},
                         {&phase, 1}});
}

/// The steps of a customer. Their targets are asked for by those inside the grid alone: only these make rows.
void SingleLaneFold::read(CustomerIndex customer) {
  count_ = 0;
  if (!applied_.states().empty()) {
    read_with_states(customer);
    return;
  }
  const auto c = static_cast<std::size_t>(customer);
  const std::uint32_t segment = table_.segment_of_absent(customer);  // there are no states to be absent from
  for (std::size_t i = timeline_.first_step[c]; i < timeline_.first_step[c + 1]; ++i) {
    Spot spot{timeline_.day[i], (timeline_.state[i] & Timeline::present) != 0, timeline_.state[i]};
    if (spot.present) {
      spot.segment = segment;
      spot.lane = applied_.lane(timeline_.phase[i]);
      spot.ticks = timeline_.level[i];
    }
    push(spot);
  }
}

void SingleLaneFold::read_with_states(CustomerIndex customer) {
  const auto c = static_cast<std::size_t>(customer);
  const std::size_t last = timeline_.first_step[c + 1];
  const std::int32_t first_present = timeline_.first_present[c];
  for (std::size_t i = timeline_.first_step[c]; i < last; ++i) {
    Spot spot{timeline_.day[i], (timeline_.state[i] & Timeline::present) != 0, timeline_.state[i]};
    if (!spot.present) {
      push(spot);
      continue;
    }
    const std::uint32_t row = timeline_.phase[i];
    const std::int32_t since = spot.day == Timeline::before_records ? book_.records_from()->days() : spot.day;
    spot.lane = applied_.lane(row);
    spot.ticks = timeline_.level[i];
    spot.segment = segment_of(customer, spot, row, since);
    push(spot);
    spot.entry = 0;
    const std::int32_t until = i + 1 < last ? timeline_.day[i + 1] : book_.as_of().days();
    for (const std::int32_t cut : applied_.tenure_cuts()) {
      const std::int64_t day = std::int64_t{first_present} + cut;
      if (day <= since || day >= until) continue;
      spot.day = static_cast<std::int32_t>(day);
      spot.segment = segment_of(customer, spot, row, spot.day);
      push(spot);
    }
  }
}

}  // namespace churn::inline v0
