#include "cube/spell_labels.hpp"

#include <algorithm>

namespace churn::inline v0 {

SpellLabels::SpellLabels(const Book& book, const SpellSegments& segments, bool by_subscription)
    : book_(book), segments_(segments), by_subscription_(by_subscription) {
  if (!segments.changing) return;
  table_.emplace(*segments.changing);
  days_.emplace(book, *segments.changing, *table_, DaysOptions{.from_records_from = false});
}

std::uint32_t SpellLabels::label_of_changing(CustomerIndex customer, const Stay& stay) {
  const AppliedSegments& applied = *segments_.changing;
  if (applied.states().empty() && stay.first_phase != no_index) {  // the only lane on the day
    const std::uint32_t lane = applied.lane(stay.first_phase);
    const std::uint64_t key = std::uint64_t{applied.fixed(customer)} << 32 | lane;
    Known& known = known_[(key ^ key >> 32) % known_.size()];
    if (known.key != key) {
      const Date day = Date::from_days(stay.starts_on);
      known = {key, table_->target(table_->segment({book_, customer, day, day, {}, {}}), lane)};
    }
    return known.label;
  }
  const DayState state = state_on(days_->of(customer), stay.starts_on);
  if (by_subscription_) return table_->target(state.segment, applied.lane(stay.first_phase));
  const auto most = std::max_element(
      state.lanes.begin(), state.lanes.end(),
      [](const LaneBalance& a, const LaneBalance& b) { return a.ticks < b.ticks; });  // the first of equals
  return table_->target(state.segment, most->lane);
}

}  // namespace churn::inline v0
