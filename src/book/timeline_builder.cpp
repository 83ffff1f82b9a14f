#include "book/timeline_builder.hpp"

#include <churn/core/exact.hpp>

#include <algorithm>
#include <limits>

namespace churn::inline v0 {

/// Several changes of one day are one change; a day on which nothing changes in sum is no step.
void TimelineBuilder::net_changes(std::span<const Part> parts) {
  changes_.clear();
  states_.clear();
  for (const Part& part : parts) {
    if (part.from >= as_of_) continue;
    changes_.push_back({part.from, 1, part.ticks});
    if (part.until < as_of_) changes_.push_back({part.until, -1, -part.ticks});
  }
  // Within a day what ends comes first, so that no sum on the way is above both the day before and the day.
  const auto in_order = [](const Change& a, const Change& b) {
    return a.day != b.day ? a.day < b.day : a.ticks < b.ticks;
  };
  if (!std::is_sorted(changes_.begin(), changes_.end(), in_order))
    std::sort(changes_.begin(), changes_.end(), in_order);

  std::int64_t ticks = 0;
  std::int32_t parts_present = 0;
  Balance last{};
  for (std::size_t i = 0; i < changes_.size();) {
    const std::int32_t day = changes_[i].day;
    for (; i < changes_.size() && changes_[i].day == day; ++i) {
      ticks = checked_add(ticks, changes_[i].ticks);
      parts_present += changes_[i].present;
    }
    const Balance now{ticks, parts_present > 0};
    if (now != last) states_.push_back({day, now});
    last = now;
  }
}

/// Drops absences within the allowance: the state before them is carried through.
void TimelineBuilder::close_gaps(std::int32_t& pending_since) {
  const std::int32_t allowance = rules_.gap_allowance_days;
  if (allowance == 0) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const State state = states_[i];
    if (!state.balance.present && kept > 0) {  // an absence always follows a presence
      const bool ends = i + 1 < states_.size();
      const std::int32_t back_on = ends ? states_[i + 1].day : as_of_;
      if (back_on - state.day <= allowance) {
        if (!ends) pending_since = std::min(pending_since, state.day);
        continue;
      }
    }
    if (kept > 0 && states_[kept - 1].balance == state.balance) continue;  // back as before the gap
    states_[kept++] = state;
  }
  states_.resize(kept);
}

void TimelineBuilder::push(std::int32_t day, Balance before, Balance after, std::uint8_t entry,
                           TimelineColumns& out) {
  const std::int64_t change =
      after.ticks > before.ticks ? after.ticks - before.ticks : before.ticks - after.ticks;
  out.sums_fit = out.sums_fit && out.sum_of_changes <= std::numeric_limits<std::int64_t>::max() - change;
  if (out.sums_fit) out.sum_of_changes += change;
  const bool leaves = before.present && !after.present;
  out.day.push_back(day);
  out.level.push_back(after.ticks);
  out.state.push_back(static_cast<std::uint8_t>((after.present ? Timeline::present : 0) |
                                                (leaves ? Timeline::leaves : 0) | entry));
}

void TimelineBuilder::append(std::span<const Part> parts, TimelineColumns& out) {
  net_changes(parts);
  close_gaps(out.pending_gap_since);
  out.first_present.push_back(states_.empty() ? no_day : states_.front().day);

  std::size_t next = 0;
  Balance before{};
  if (records_from_ != no_day) {  // what happened up to that day is one opening state
    while (next < states_.size() && states_[next].day <= records_from_) before = states_[next++].balance;
    if (next > 0) push(Timeline::before_records, {}, before, 0, out);
  }
  std::int32_t absent_since = next > 0 && !before.present ? states_[next - 1].day : no_day;
  bool was_present = next > 0;
  for (; next < states_.size(); ++next) {
    const auto& [day, now] = states_[next];
    std::uint8_t entry = 0;
    if (now.present && !before.present) {
      const bool beyond_window = was_present && rules_.reactivation_window_days &&
                                 day - absent_since > *rules_.reactivation_window_days;
      entry = !was_present || beyond_window ? Timeline::enters | Timeline::enters_as_new : Timeline::enters;
    }
    push(day, before, now, entry, out);
    if (!now.present) absent_since = day;
    was_present = true;
    before = now;
  }
  out.first_step.push_back(static_cast<std::uint32_t>(out.day.size()));
}

}  // namespace churn::inline v0
