#include "book/timeline_builder.hpp"

#include <churn/core/exact.hpp>

#include <algorithm>

namespace churn::inline v0 {

bool TimelineBuilder::is_one_after_the_other(std::span<const Part> parts) {
  for (std::size_t i = 1; i < parts.size(); ++i)
    if (parts[i].from < parts[i - 1].until) return false;
  return true;
}

/// Parts in order of time, of which none overlaps another.
void TimelineBuilder::take_one_by_one(std::span<const Part> parts) {
  std::int32_t until = as_of_;  // of the part before
  for (const Part& part : parts) {
    if (part.from >= as_of_) break;
    if (until < part.from) states_.push_back({until, {}, no_index, 0});
    const Balance now{part.ticks, true};
    if (states_.empty() || states_.back().balance != now || states_.back().row != part.row)
      states_.push_back({part.from, now, part.row, 0});
    until = part.until;
  }
  if (until < as_of_) states_.push_back({until, {}, no_index, 0});
}

/// Takes out what ends and begins on the same day as the same phase at the same worth: it goes on.
void TimelineBuilder::drop_what_goes_on() {
  std::size_t kept = 0;
  for (std::size_t first = 0; first < changes_.size();) {
    std::size_t begins = first;  // the first of the day that begins
    while (begins < changes_.size() && changes_[begins].day == changes_[first].day &&
           !changes_[begins].of.begins)
      ++begins;
    std::size_t last = begins;
    while (last < changes_.size() && changes_[last].day == changes_[first].day) ++last;
    for (std::size_t end = first, begin = begins; end < begins && begin < last;) {
      PhaseChange& a = changes_[end].of;
      PhaseChange& b = changes_[begin].of;
      if (a.row == b.row && a.ticks == b.ticks) a.is_last = b.is_last = true;  // a mark, for now
      if (a.row <= b.row) ++end;
      if (b.row <= a.row) ++begin;
    }
    for (; first < last; ++first)
      if (!changes_[first].of.is_last) changes_[kept++] = changes_[first];
  }
  changes_.resize(kept);
}

/// Several changes of one day are one change. Of those that leave the sum as it was, the phases are new.
void TimelineBuilder::take_side_by_side(std::span<const Part> parts) {
  changes_.clear();
  for (const Part& part : parts) {
    if (part.from >= as_of_) continue;
    changes_.push_back({part.from, {part.ticks, part.row, true, false}});
    if (part.until < as_of_) changes_.push_back({part.until, {part.ticks, part.row, false, false}});
  }
  // Within a day what ends comes first, so that no sum on the way is above both the day before and the day.
  std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    if (a.day != b.day) return a.day < b.day;
    return a.of.begins != b.of.begins ? b.of.begins : a.of.row < b.of.row;
  });
  drop_what_goes_on();
  std::int64_t ticks = 0;
  std::int64_t in_force = 0;
  for (std::size_t i = 0; i < changes_.size();) {
    const std::int32_t day = changes_[i].day;
    for (; i < changes_.size() && changes_[i].day == day; ++i) {
      const PhaseChange& change = changes_[i].of;
      ticks = change.begins ? checked_add(ticks, change.ticks) : ticks - change.ticks;
      in_force += change.begins ? 1 : -1;
    }
    states_.push_back({day, {ticks, in_force > 0}, no_index, i});
  }
}

/// Drops absences within the allowance: the state before them is carried through.
void TimelineBuilder::close_gaps(TimelineColumns& out) {
  const std::int32_t allowance = rules_.gap_allowance_days;
  if (allowance == 0) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const State state = states_[i];
    if (!state.balance.present && kept > 0) {  // an absence always follows a presence
      const bool ends = i + 1 < states_.size();
      const std::int32_t back_on = ends ? states_[i + 1].day : as_of_;
      if (back_on - state.day <= allowance) {
        if (!ends)
          out.pending_gaps.push_back({static_cast<std::uint32_t>(out.first_present.size()), state.day});
        continue;
      }
    }
    if (kept > 0 && !has_several_ && states_[kept - 1].balance == state.balance &&
        states_[kept - 1].row == state.row)
      continue;  // back as before the gap
    states_[kept++] = state;
  }
  states_.resize(kept);
}

void TimelineBuilder::push(std::int32_t day, const State& before, const State& after, std::uint8_t entry,
                           TimelineColumns& out) const {
  const std::int64_t ticks = after.balance.ticks;
  const std::int64_t change =
      ticks > before.balance.ticks ? ticks - before.balance.ticks : before.balance.ticks - ticks;
  out.add_change(change);
  const bool leaves = before.balance.present && !after.balance.present;
  const bool same = before.balance == after.balance && day != Timeline::before_records;
  out.day.push_back(day);
  out.level.push_back(ticks);
  out.state.push_back(static_cast<std::uint8_t>(
      (after.balance.present ? Timeline::present : 0) | (leaves ? Timeline::leaves : 0) |
      (same ? Timeline::same_balance : 0) | (has_several_ ? Timeline::of_several : 0) |
      (out.day.size() == out.first_step.back() + 1 ? Timeline::first_of_customer : 0) |
      (ticks > before.balance.ticks ? Timeline::grows : 0) | entry));
  if (!has_several_) {
    out.phase.push_back(after.row);
    return;
  }
  out.phase.push_back(static_cast<std::uint32_t>(out.changes.size()));
  for (std::size_t i = before.last_change; i < after.last_change; ++i) {
    PhaseChange phase = changes_[i].of;
    phase.is_last = i + 1 == after.last_change;
    out.changes.push_back(phase);
  }
}

void TimelineBuilder::append(std::span<const Part> parts, TimelineColumns& out) {
  states_.clear();
  has_several_ = false;
  if (is_one_after_the_other(parts)) {
    take_one_by_one(parts);
  } else {
    parts_.assign(parts.begin(), parts.end());
    std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) { return a.from < b.from; });
    has_several_ = !is_one_after_the_other(parts_);
    if (has_several_)
      take_side_by_side(parts);
    else
      take_one_by_one(parts_);
  }
  close_gaps(out);
  out.first_present.push_back(states_.empty() ? no_day : states_.front().day);

  std::size_t next = 0;
  State before{0, {}, no_index, 0};
  if (records_from_ != no_day) {  // what happened up to that day is one opening state
    while (next < states_.size() && states_[next].day <= records_from_) before = states_[next++];
    if (next > 0) push(Timeline::before_records, {0, {}, no_index, 0}, before, 0, out);
  }
  std::int32_t absent_since = next > 0 && !before.balance.present ? states_[next - 1].day : no_day;
  bool was_present = next > 0;
  for (; next < states_.size(); ++next) {
    const State& now = states_[next];
    std::uint8_t entry = 0;
    if (now.balance.present && !before.balance.present) {
      const bool beyond_window = was_present && rules_.reactivation_window_days &&
                                 now.day - absent_since > *rules_.reactivation_window_days;
      entry = !was_present || beyond_window ? Timeline::enters | Timeline::enters_as_new : Timeline::enters;
    }
    push(now.day, before, now, entry, out);
    if (!now.balance.present) absent_since = now.day;
    was_present = true;
    before = now;
  }
  out.first_step.push_back(static_cast<std::uint32_t>(out.day.size()));
}

}  // namespace churn::inline v0
