#include "book/plain_timelines.hpp"

#include <algorithm>

#include "core/plain_run_rate.hpp"

namespace churn::inline v0 {

PlainTimelines::PlainTimelines(const Reading& reading, std::optional<Date> records_from)
    : phases_(*reading.phases.table),
      rules_(reading.rules),
      as_of_(reading.as_of),
      any_(!records_from && !reading.exchange.on() && reading.debts.empty() &&
           (rules_.recognition == Recognition::service_end || phases_.cancel_requested_on.empty())),
      only_prices_(phases_.trial_ends_on.empty() && phases_.discount_percent.empty() &&
                   phases_.discount_amount.empty() && phases_.paused_from.empty() &&
                   phases_.paused_until.empty()) {
  decimals_.fill(not_met);
}

int PlainTimelines::decimals_of(std::uint8_t index) {
  int& decimals = decimals_[index];
  if (decimals == not_met) {
    const Currency currency = Currency::from_index(index);
    decimals = rules_.currency && currency != *rules_.currency ? not_reported : currency.decimals();
  }
  return decimals;
}

bool PlainTimelines::has_only_a_price(std::uint32_t row) const noexcept {
  return phases_.trial_ends_on[row] == no_day && phases_.discount_percent.coefficient(row) == 0 &&
         phases_.discount_amount.coefficient(row) == 0 && phases_.paused_from[row] == no_day &&
         phases_.paused_until[row] == no_day;
}

/// False for a phase that is not plain, or that is not to count.
bool PlainTimelines::read(std::uint32_t row, Seen& seen) {
  seen = {phases_.subscription[row], phases_.starts_on[row], phases_.ends_on[row], row, 0};
  const int decimals = decimals_of(phases_.currency[row]);
  const std::int64_t quantity = phases_.quantity[row];
  const std::int32_t interval_count = phases_.interval_count[row];
  if (seen.until <= seen.from || decimals < 0 || quantity < 0 || interval_count < 1 ||
      !(only_prices_ || has_only_a_price(row)))
    return false;
  seen.ticks = plain_run_rate(phases_.amount[row], phases_.scale[row], decimals, quantity, interval_count,
                              rules_.normalisation[phases_.interval[row]]);
  return seen.ticks > 0 && seen.ticks <= max_phase_ticks;
}

/// All phases, in the order of their subscriptions and starts.
bool PlainTimelines::read(std::span<const std::uint32_t> rows) {
  seen_.resize(rows.size());
  const auto before = [](const Seen& a, const Seen& b) {
    return a.subscription != b.subscription ? a.subscription < b.subscription : a.from < b.from;
  };
  bool in_order = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!read(rows[i], seen_[i])) return false;
    in_order = in_order && (i == 0 || before(seen_[i - 1], seen_[i]));
  }
  if (!in_order) std::sort(seen_.begin(), seen_.end(), before);
  return true;
}

/// The later start cuts the earlier phase of the same subscription. False for two of one start: the same row again, or
/// another that contradicts it.
bool PlainTimelines::cut_by_the_next() noexcept {
  for (std::size_t i = 1; i < seen_.size(); ++i) {
    Seen& phase = seen_[i - 1];
    if (phase.subscription != seen_[i].subscription) continue;
    if (phase.from == seen_[i].from) return false;
    phase.until = std::min(phase.until, seen_[i].from);
  }
  return true;
}

bool PlainTimelines::follow_each_other() const noexcept {
  for (std::size_t i = 1; i < seen_.size(); ++i)
    if (seen_[i].from < seen_[i - 1].until) return false;
  return true;
}

bool PlainTimelines::append(std::span<std::uint32_t> rows, TimelineColumns& out) {
  first_stay_ = {};
  if (!any_ || !read(rows) || !cut_by_the_next()) return false;
  find_first_stay();
  if (follow_each_other()) {
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = seen_[i].row;
  } else {  // at times of several subscriptions, or they are not in the order of their starts
    std::vector<Seen> by_start = seen_;
    std::sort(by_start.begin(), by_start.end(), [](const Seen& a, const Seen& b) { return a.from < b.from; });
    seen_.swap(by_start);
    if (!follow_each_other()) return false;
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = by_start[i].row;
  }
  write(out);
  return true;
}

/// A subscription is there for as long as its phases touch. Of two that begin on one day, ids would have to be compared:
/// that is left to whoever asks.
void PlainTimelines::find_first_stay() noexcept {
  std::size_t first = 0;
  bool is_first = !seen_.empty();
  for (std::size_t i = 1; i < seen_.size(); ++i) {
    if (seen_[i].subscription == seen_[i - 1].subscription || seen_[i].from > seen_[first].from) continue;
    is_first = seen_[i].from < seen_[first].from;
    first = i;
  }
  if (!is_first || seen_[first].from >= as_of_) return;
  std::size_t last = first;
  while (last + 1 < seen_.size() && seen_[last + 1].subscription == seen_[first].subscription &&
         seen_[last + 1].from == seen_[last].until)
    ++last;
  first_stay_.starts_on = seen_[first].from;
  first_stay_.first_phase = seen_[first].row;
  if (seen_[last].until >= as_of_) return;
  first_stay_.ends_on = seen_[last].until;
  first_stay_.end_reason = phases_.end_reason[seen_[last].row];
}

/// What TimelineBuilder makes of parts that follow each other.
void PlainTimelines::write(TimelineColumns& out) {
  const std::size_t most = 2 * seen_.size();  // each phase begins, and may end before the next one
  const std::size_t before = out.day.size();
  Steps steps{out.day.extend(most).data(), out.level.extend(most).data(), out.state.extend(most).data(),
              out.phase.extend(most).data()};
  const std::int32_t allowance = rules_.gap_allowance_days;
  std::int64_t level = 0;
  std::int32_t until = no_day;  // of the phase before
  paid_in_ = Book::Data::never_paid;
  for (const Seen& phase : seen_) {
    if (phase.from >= as_of_) break;
    unsigned entry = Timeline::enters | Timeline::enters_as_new;
    if (steps.count > 0) {
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
    until = phase.until;
    const std::uint8_t currency = phases_.currency[phase.row];
    has_currency_[currency] = true;
    paid_in_ =
        paid_in_ == Book::Data::never_paid || paid_in_ == currency ? currency : Book::Data::paid_in_several;
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
