#include "departure/departure_segments.hpp"

#include <algorithm>

namespace churn::inline v0 {

DepartureSegments::DepartureSegments(const Book& book, const Segmenter& by, const Filter& where)
    : names_(by.names()) {
  if (by.factors().empty() && where.keeps_everyone()) return;
  applied_.emplace(book, by, where);
  table_.emplace(*applied_);
  days_.emplace(book, *applied_, *table_);
}

std::span<const DepartureSegments::Part> DepartureSegments::parts_of(CustomerIndex customer, Date last_day,
                                                                     std::int64_t ticks) {
  parts_.clear();
  if (!applied_) {
    parts_.push_back({0, ticks});
    return parts_;
  }
  if (customer_ != customer) {
    states_ = days_->of(customer);
    customer_ = customer;
  }
  const DayState last = state_on(states_, last_day.days());
  if (!last.balance.present) throw_made_up();
  for (const LaneBalance& lane : last.lanes) {
    const std::uint32_t target = table_->target(last.segment, lane.lane);
    if (target == SegmentTable::none) continue;
    const auto same = std::find_if(parts_.begin(), parts_.end(),
                                   [target](const Part& part) { return part.label == target; });
    if (same == parts_.end())
      parts_.push_back({target, lane.ticks});
    else
      same->ticks = checked_add(same->ticks, lane.ticks);
  }
  return parts_;
}

const std::vector<Label>& DepartureSegments::labels() const noexcept {
  static const std::vector<Label> total{Label{}};
  return table_ ? table_->targets() : total;
}

std::int64_t ticks_of(std::span<const DepartureSegments::Part> parts) {
  std::int64_t ticks = 0;
  for (const DepartureSegments::Part& part : parts) ticks = checked_add(ticks, part.ticks);
  return ticks;
}

}  // namespace churn::inline v0
