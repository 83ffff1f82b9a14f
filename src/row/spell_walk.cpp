#include "row/spell_walk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace churn::inline v0 {

namespace {

constexpr std::int32_t before_all_days = Date::min_days - 1;

}  // namespace

SpellWalk::SpellWalk(const Book& book, SpellUnit unit, StayFacts facts)
    : data_(book.data()),
      timeline_(book.timeline()),
      phases_(*data_.phases.table),
      resolver_(data_.reading()),
      as_of_(book.as_of().days()),
      records_from_(book.records_from() ? book.records_from()->days() : before_all_days),
      allowance_(book.conventions().book.gap_allowance_days),
      by_subscription_(unit == SpellUnit::first_subscription || unit == SpellUnit::every_subscription),
      first_only_(unit == SpellUnit::first_of_customer || unit == SpellUnit::first_subscription),
      wants_phase_(facts.first_phase || by_subscription_),
      wants_reason_(facts.end_reason && !phases_.end_reason.empty()),
      recognises_requests_(book.conventions().book.recognition == Recognition::cancel_request &&
                           !phases_.cancel_requested_on.empty()),
      may_be_plain_(!recognises_requests_ && data_.debts.empty() && !data_.exchange.on() &&
                    phases_.trial_ends_on.empty() && phases_.paused_from.empty() &&
                    phases_.discount_percent.empty() && phases_.discount_amount.empty() &&
                    phases_.quantity.empty() && phases_.interval_count.empty() &&
                    book.conventions().book.normalisation == Normalisation{}),
      may_be_quick_(first_only_ && !book.records_from() && (allowance_ == 0 || !by_subscription_) &&
                    !(wants_reason_ && recognises_requests_)) {
  if (unit == SpellUnit::first_subscription && as_of_ == data_.as_of.days())
    kept_ = {data_.first_stays.data(), data_.first_stays.size()};
}

void SpellWalk::take_rows(std::size_t customer) {
  rows_ = {data_.phase_rows.data() + data_.first_phase[customer],
           data_.phase_rows.data() + data_.first_phase[customer + 1]};
}

/// The first step at which a customer leaves; `last_step` if it never does. Eight steps at a time: the loop is
/// as long as few customers' lives are, and where one ends is nothing that a processor can foresee.
std::size_t SpellWalk::first_departure(std::size_t step, std::size_t last_step) const noexcept {
  constexpr std::uint64_t leaves = 0x0101010101010101U * Timeline::leaves;
  const std::uint8_t* const state = timeline_.state.data();
  for (; step < last_step; step += 8) {
    std::uint64_t eight = 0;
    if (step + 8 <= timeline_.state.size())
      std::memcpy(&eight, state + step, 8);
    else
      std::memcpy(&eight, state + step, timeline_.state.size() - step);
    if constexpr (std::endian::native == std::endian::little) {
      if ((eight & leaves) != 0)
        return std::min(last_step, step + static_cast<std::size_t>(std::countr_zero(eight & leaves)) / 8);
    } else {
      if ((eight & leaves) != 0)
        return std::min(last_step, step + static_cast<std::size_t>(std::countl_zero(eight & leaves)) / 8);
    }
  }
  return last_step;
}

bool SpellWalk::take_first(std::size_t customer) {
  const std::size_t step = timeline_.first_step[customer];
  const std::size_t last_step = timeline_.first_step[customer + 1];
  has_first_ = step != last_step;
  if (!has_first_) return true;
  if (!wants_phase_ && !wants_reason_ && !by_subscription_) {
    const std::size_t departure = first_departure(step, last_step);
    first_ = {timeline_.day[step], departure == last_step ? no_day : timeline_.day[departure]};
    return true;
  }
  take_rows(customer);
  const std::uint32_t front = rows_.front();
  const std::uint32_t back = rows_.back();
  const bool one_subscription = phases_.subscription[front] == phases_.subscription[back];
  if (by_subscription_ && !one_subscription) return take_first_of_several();
  // Of a customer with one subscription the two have the same spells.
  const std::size_t departure = first_departure(step, last_step);
  first_ = {timeline_.day[step], departure == last_step ? no_day : timeline_.day[departure]};
  if (wants_phase_)
    first_.first_phase =
        one_subscription && (rows_.size() == 1 || phases_.starts_on[rows_[1]] > first_.starts_on)
            ? front
            : phase_on(first_.starts_on, 0, rows_.size());
  if (by_subscription_ && first_.first_phase == no_index) throw_made_up();
  if (wants_reason_ && first_.ends_on != no_day)
    first_.end_reason = one_subscription && phases_.ends_on[back] == first_.ends_on
                            ? phases_.end_reason[back]
                            : reason_on(first_.ends_on, 0, rows_.size());
  return true;
}

/// That of the subscription whose rows start first, as far as its phases touch, if these are plain. The others are
/// not present before they start.
bool SpellWalk::take_first_of_several() {
  if (!may_be_plain_) return false;
  std::size_t first = rows_.size();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i > 0 && !is_last_of_subscription(i - 1)) continue;
    const bool comes_first = first == rows_.size() ||
                             phases_.starts_on[rows_[i]] < phases_.starts_on[rows_[first]] ||
                             (phases_.starts_on[rows_[i]] == phases_.starts_on[rows_[first]] &&
                              data_.phases.subscription(rows_[i]) < data_.phases.subscription(rows_[first]));
    if (comes_first) first = i;
  }
  first_ = {phases_.starts_on[rows_[first]]};
  first_.first_phase = rows_[first];
  has_first_ = first_.starts_on < as_of_;
  for (std::size_t i = first;; ++i) {
    if (!is_plain(rows_[i])) return false;
    const std::int32_t ends_on = phases_.ends_on[rows_[i]];
    if (!is_last_of_subscription(i) && phases_.starts_on[rows_[i + 1]] <= ends_on) continue;
    if (ends_on >= as_of_) return true;
    first_.ends_on = ends_on;
    if (wants_reason_) first_.end_reason = phases_.end_reason[rows_[i]];
    return true;
  }
}

std::span<const Stay> SpellWalk::walk(CustomerIndex customer) {
  take_rows(static_cast<std::size_t>(customer));
  is_resolved_ = false;
  stays_.clear();
  if (rows_.empty() || as_of_ <= records_from_) return stays_;
  if (by_subscription_)
    walk_subscriptions(customer);
  else
    walk_customer(customer);
  std::erase_if(stays_, [this](const Stay& stay) { return stay.ends_on <= records_from_; });
  return stays_;
}

void SpellWalk::resolve(CustomerIndex customer) {
  if (is_resolved_) return;
  accepted_.clear();
  parts_.clear();
  resolver_.resolve(static_cast<std::uint32_t>(customer), rows_, accepted_, parts_, nullptr);
  rows_ = accepted_;
  is_resolved_ = true;
}

void SpellWalk::walk_customer(CustomerIndex customer) {
  const std::size_t first = timeline_.first_step[static_cast<std::size_t>(customer)];
  const std::size_t last = timeline_.first_step[static_cast<std::size_t>(customer) + 1];
  if (first == last) return;
  if (timeline_.day[first] == Timeline::before_records) {
    resolve(customer);
    spans_.clear();
    for (const Part& part : parts_) add_span(part.from, part.until);
    join_spans(allowance_);
  } else {
    walk_timeline(first, last);
  }
  if (first_only_ && stays_.size() > 1) stays_.resize(1);
  complete(customer, 0, 0, rows_.size());
}

void SpellWalk::walk_timeline(std::size_t first_step, std::size_t last_step) {
  for (std::size_t i = first_step; i < last_step; ++i) {
    if ((timeline_.state[i] & Timeline::enters) != 0)
      stays_.push_back({timeline_.day[i]});
    else if ((timeline_.state[i] & Timeline::leaves) != 0) {
      stays_.back().ends_on = timeline_.day[i];
      if (first_only_) return;
    }
  }
}

void SpellWalk::walk_subscriptions(CustomerIndex customer) {
  // Of a customer with one subscription the two have the same spells, but for gaps that are carried.
  if (allowance_ == 0 && phases_.subscription[rows_.front()] == phases_.subscription[rows_.back()])
    return walk_customer(customer);
  const bool plain = may_be_plain_ && std::all_of(rows_.begin(), rows_.end(),
                                                  [this](std::uint32_t row) { return is_plain(row); });
  if (!plain) resolve(customer);
  std::span<const Part> parts = parts_;
  for (std::size_t first = 0, last = 0; first < rows_.size(); first = last) {
    last = first + 1;
    while (last < rows_.size() && !is_last_of_subscription(last - 1)) ++last;
    const std::uint32_t subscription = phases_.subscription[rows_[first]];
    spans_.clear();
    if (plain) {
      for (std::size_t i = first; i < last; ++i) {
        const std::int32_t ends_on = phases_.ends_on[rows_[i]];
        add_span(phases_.starts_on[rows_[i]],
                 i + 1 < last ? std::min(ends_on, phases_.starts_on[rows_[i + 1]]) : ends_on);
      }
    } else {
      std::size_t own = 0;
      for (; own < parts.size() && phases_.subscription[parts[own].row] == subscription; ++own)
        add_span(parts[own].from, parts[own].until);
      parts = parts.subspan(own);
    }
    const std::size_t first_stay = stays_.size();
    join_spans(0);
    complete(customer, first_stay, first, last);
  }
  const auto comes_before = [this](const Stay& a, const Stay& b) {
    return a.starts_on != b.starts_on
               ? a.starts_on < b.starts_on
               : data_.phases.subscription(a.first_phase) < data_.phases.subscription(b.first_phase);
  };
  std::sort(stays_.begin(), stays_.end(), comes_before);
  if (first_only_ && stays_.size() > 1) stays_.resize(1);
}

void SpellWalk::add_span(std::int32_t from, std::int32_t until) {
  if (from < as_of_) spans_.push_back({from, std::min(until, as_of_)});
}

void SpellWalk::join_spans(std::int32_t allowance) {
  const auto in_order = [](Span a, Span b) { return a.from < b.from; };
  if (!std::is_sorted(spans_.begin(), spans_.end(), in_order))
    std::sort(spans_.begin(), spans_.end(), in_order);
  for (std::size_t i = 0; i < spans_.size();) {
    const std::int32_t from = spans_[i].from;
    std::int32_t until = spans_[i].until;
    for (++i; i < spans_.size() && spans_[i].from - until <= allowance; ++i)
      until = std::max(until, spans_[i].until);
    stays_.push_back({from, as_of_ - until <= allowance ? no_day : until});
  }
}

void SpellWalk::complete(CustomerIndex customer, std::size_t first_stay, std::size_t first_row,
                         std::size_t last_row) {
  if (wants_reason_ && recognises_requests_) resolve(customer);
  for (std::size_t i = first_stay; i < stays_.size(); ++i) {
    Stay& stay = stays_[i];
    if (wants_phase_) stay.first_phase = phase_on(stay.starts_on, first_row, last_row);
    if (by_subscription_ && stay.first_phase == no_index) throw_made_up();
    if (wants_reason_ && stay.ends_on != no_day)
      stay.end_reason = reason_on(stay.ends_on, first_row, last_row);
  }
}

/// Of each subscription the last to start is in force, unless it has ended.
std::uint32_t SpellWalk::phase_on(std::int32_t day, std::size_t first_row, std::size_t last_row) const {
  std::uint32_t found = no_index;
  for (std::size_t i = first_row; i < last_row; ++i) {
    if (phases_.starts_on[rows_[i]] > day || phases_.ends_on[rows_[i]] <= day) continue;
    if (i + 1 < last_row && !is_last_of_subscription(i) && phases_.starts_on[rows_[i + 1]] <= day) continue;
    if (found != no_index) return no_index;
    found = rows_[i];
  }
  return found;
}

std::uint32_t SpellWalk::reason_on(std::int32_t day, std::size_t first_row, std::size_t last_row) const {
  std::uint32_t found = no_index;
  std::int32_t began_on = 0;
  for (std::size_t i = first_row; i < last_row; ++i) {
    const std::uint32_t row = rows_[i];
    if (phases_.ends_on[row] >= as_of_) continue;  // its reason is not known yet
    std::int32_t ends_on = phases_.ends_on[row];
    if (recognises_requests_)
      ends_on = resolver_.ends()[i];
    else if (!is_last_of_subscription(i))
      ends_on = std::min(ends_on, phases_.starts_on[rows_[i + 1]]);
    const std::uint32_t reason = phases_.end_reason[row];
    if (ends_on != day || reason == no_index) continue;
    const IdTable& texts = data_.records->texts;
    if (found == no_index || phases_.starts_on[row] > began_on ||
        (phases_.starts_on[row] == began_on && reason != found && texts.text(reason) < texts.text(found))) {
      found = reason;
      began_on = phases_.starts_on[row];
    }
  }
  return found;
}

}  // namespace churn::inline v0
