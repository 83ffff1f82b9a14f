#include "book/plain_timelines.hpp"

#include <algorithm>

namespace churn::inline v0 {

namespace {

/// The later start cuts the earlier phase of the same subscription. False for two of one start: the same row again, or
/// another that contradicts it.
bool cut_by_the_next(std::span<PlainPhase> phases) noexcept {
  for (std::size_t i = 1; i < phases.size(); ++i) {
    PlainPhase& phase = phases[i - 1];
    if (phase.subscription != phases[i].subscription) continue;
    if (phase.from == phases[i].from) return false;
    phase.until = std::min(phase.until, phases[i].from);
  }
  return true;
}

bool follow_each_other(std::span<const PlainPhase> phases) noexcept {
  for (std::size_t i = 1; i < phases.size(); ++i)
    if (phases[i].from < phases[i - 1].until) return false;
  return true;
}

/// Where a phase ends that is followed by another.
std::int32_t end_before(const PlainPhase& phase, const PlainPhase& next) noexcept {
  return phase.subscription == next.subscription ? std::min(phase.until, next.from) : phase.until;
}

}  // namespace

bool PlainTimelines::append(std::span<PlainPhase> phases, TimelineColumns& out) {
  first_stay_ = {};
  bool plain = true;
  bool in_order = true;          // of subscriptions and starts, which is that of time
  std::size_t touching = 0;      // the last phase of the first stay
  std::int32_t stays_until = 0;  // and its end
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const PlainPhase& phase = phases[i];
    plain &= phase.is_plain();
    std::int32_t until = phase.until;
    bool goes_on = false;
    if (i + 1 < phases.size()) {
      const PlainPhase& next = phases[i + 1];
      until = end_before(phase, next);
      in_order &= phase.subscription <= next.subscription && phase.from < next.from && until <= next.from;
      goes_on = phase.subscription == next.subscription && until == next.from;
    }
    stays_until = touching == i ? until : stays_until;
    touching += touching == i && goes_on ? 1 : 0;
  }
  if (!plain) return false;
  if (!in_order) return append_sorted(phases, out);
  if (!phases.empty()) note_first_stay(phases.front(), stays_until, phases[touching].row);
  write(phases, out);
  return true;
}

/// The same of plain phases in any order.
bool PlainTimelines::append_sorted(std::span<PlainPhase> phases, TimelineColumns& out) {
  std::sort(phases.begin(), phases.end(), [](const PlainPhase& a, const PlainPhase& b) {
    return a.subscription != b.subscription ? a.subscription < b.subscription : a.from < b.from;
  });
  if (!cut_by_the_next(phases)) return false;
  find_first_stay(phases);
  if (follow_each_other(phases)) {
    write(phases, out);
    return true;
  }
  // At times of several subscriptions, or they are not in the order of their starts.
  by_start_.assign(phases.begin(), phases.end());
  std::sort(by_start_.begin(), by_start_.end(),
            [](const PlainPhase& a, const PlainPhase& b) { return a.from < b.from; });
  if (follow_each_other(by_start_))
    write(by_start_, out);
  else
    append_side_by_side(phases, out);
  return true;
}

/// Of which several are in force at once.
void PlainTimelines::append_side_by_side(std::span<const PlainPhase> phases, TimelineColumns& out) {
  parts_.clear();
  for (const PlainPhase& phase : phases)
    parts_.push_back({phase.from, phase.until, phase.ticks, true, phase.row});
  any_timelines_.append(parts_, out);
  paid_in_ = Book::Data::never_paid;
  for (const PlainPhase& phase : phases)
    if (phase.from < as_of_) note_currency(phase.currency);
}

void PlainTimelines::note_first_stay(const PlainPhase& first, std::int32_t until,
                                     std::uint32_t last_row) noexcept {
  if (first.from >= as_of_) return;
  first_stay_.starts_on = first.from;
  first_stay_.first_phase = first.row;
  if (until >= as_of_) return;
  first_stay_.ends_on = until;
  first_stay_.end_reason = end_reasons_[last_row];
}

/// A subscription is there for as long as its phases touch. Of two that begin on one day, ids would have to be compared:
/// that is left to whoever asks.
void PlainTimelines::find_first_stay(std::span<const PlainPhase> phases) noexcept {
  std::size_t first = 0;
  bool is_first = true;
  for (std::size_t i = 1; i < phases.size(); ++i) {
    if (phases[i].subscription == phases[i - 1].subscription || phases[i].from > phases[first].from) continue;
    is_first = phases[i].from < phases[first].from;
    first = i;
  }
  if (!is_first) return;
  std::size_t last = first;
  while (last + 1 < phases.size() && phases[last + 1].subscription == phases[first].subscription &&
         phases[last + 1].from == phases[last].until)
    ++last;
  note_first_stay(phases[first], phases[last].until, phases[last].row);
}

void PlainTimelines::note_currency(std::uint8_t currency) noexcept {
  if (currency == paid_in_) return;
  has_currency_[currency] = true;
  paid_in_ = paid_in_ == Book::Data::never_paid ? currency : Book::Data::paid_in_several;
}

/// What TimelineBuilder makes of parts that follow each other.
void PlainTimelines::write(std::span<const PlainPhase> phases, TimelineColumns& out) {
  const std::size_t most = 2 * phases.size();  // each phase begins, and may end before the next one
  const std::size_t before = out.day.size();
  Steps steps{out.day.extend(most).data(), out.level.extend(most).data(), out.state.extend(most).data(),
              out.phase.extend(most).data()};
  const std::int32_t allowance = rules_.gap_allowance_days;
  std::int64_t level = 0;
  std::int32_t until = no_day;  // of the phase before
  paid_in_ = Book::Data::never_paid;
  for (std::size_t i = 0; i < phases.size() && phases[i].from < as_of_; ++i) {
    const PlainPhase& phase = phases[i];
    unsigned entry = Timeline::enters | Timeline::enters_as_new;
    if (i > 0) {
      entry = 0;
      if (phase.from - until > allowance) {  // the customer left
        steps.push(until, 0, Timeline::leaves, no_index);
        out.add_change(level);
        level = 0;
        const bool is_new =
            rules_.reactivation_window_days && phase.from - until > *rules_.reactivation_window_days;
        entry = is_new ? Timeline::enters | Timeline::enters_as_new : Timeline::enters;
      }
    }
    steps.push(phase.from, phase.ticks,
               Timeline::present | entry | (phase.ticks > level ? Timeline::grows : 0U) |
                   (phase.ticks == level ? Timeline::same_balance : 0U),
               phase.row);
    out.add_change(phase.ticks > level ? phase.ticks - level : level - phase.ticks);
    level = phase.ticks;
    until = i + 1 < phases.size() ? end_before(phase, phases[i + 1]) : phase.until;
    note_currency(phase.currency);
  }
  if (steps.count > 0 && until < as_of_) {
    if (as_of_ - until > allowance) {
      steps.push(until, 0, Timeline::leaves, no_index);
      out.add_change(level);
    } else {
      out.pending_gaps.push_back({static_cast<std::uint32_t>(out.first_present.size()), until});
    }
  }
  const std::size_t size = before + steps.count;
  out.day.truncate(size);
  out.level.truncate(size);
  out.state.truncate(size);
  out.phase.truncate(size);
  out.first_present.push_back(steps.count > 0 ? out.day[before] : no_day);
  out.first_step.push_back(static_cast<std::uint32_t>(size));
}

}  // namespace churn::inline v0
