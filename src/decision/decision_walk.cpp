#include "decision/decision_walk.hpp"

#include <algorithm>
#include <array>

#include <churn/core/error.hpp>

#include "book/billing_anchor.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::int32_t most_days_back = 36525;  // a hundred years

}  // namespace

DecisionDays days_of(const Book& book, const Decision& decision) {
  const std::int32_t as_of = book.as_of().days();
  const Date announced_on = decision.announced_on.value_or(decision.effective_on);
  if (announced_on > decision.effective_on)
    throw Error(ErrorCode::bad_period,
                "A decision is not announced after it takes effect: " + announced_on.to_string() +
                    " is after " + decision.effective_on.to_string() + ".");
  if (decision.until && *decision.until <= decision.effective_on)
    throw Error(ErrorCode::bad_period, "What a decision did from " + decision.effective_on.to_string() +
                                           " on can't be asked until " + decision.until->to_string() + ".");
  if (decision.until && *decision.until > book.as_of())
    throw Error(ErrorCode::out_of_range, "The book is known until " + book.as_of().to_string() + ", not " +
                                             decision.until->to_string() + ".");
  if (decision.from && *decision.from >= announced_on)
    throw Error(ErrorCode::bad_period, "To compare with the time before " + announced_on.to_string() +
                                           " it has to begin earlier than " + decision.from->to_string() +
                                           ".");
  DecisionDays days{0, announced_on.days(), decision.effective_on.days(),
                    decision.until ? decision.until->days() : as_of};
  const std::int32_t earliest = std::max(Date::min_days, days.until - most_days_back);
  if (decision.from) {
    days.from = decision.from->days();
    if (days.from < earliest)
      throw Error(ErrorCode::out_of_range, "A decision is compared over a hundred years at most.");
    return days;
  }
  // What was there when the records begin is no change.
  const std::optional<Date> first = book.records_from() ? book.records_from() : book.first_change_on();
  days.from = std::max(first ? first->days() : days.until, earliest);
  return days;
}

RenewalPlace RenewalPlace::at(const PaidSpan& span, std::int32_t day) {
  constexpr std::array<std::int64_t, 6> longest{1, 7, 31, 92, 184, 366};
  // No cycle has more days, so that this one is not too late.
  const std::int64_t n =
      (std::int64_t{day} - span.anchor) /
      (longest[static_cast<std::size_t>(span.cycle.interval)] * std::max<std::int64_t>(span.cycle.count, 1));
  const Date anchor = Date::from_days(span.anchor);
  RenewalPlace place{n, day_or_none(renewal_day(anchor, span.cycle, n)),
                     day_or_none(renewal_day(anchor, span.cycle, n + 1))};
  place.advance_to(span, day);
  return place;
}

void RenewalPlace::advance_to(const PaidSpan& span, std::int32_t day) {
  while (next <= day) {
    ++n;
    last = next;
    next = day_or_none(renewal_day(Date::from_days(span.anchor), span.cycle, n + 1));
  }
}

PaidSpans::PaidSpans(const Book& book) : data_(book.data()), resolver_(book.data().reading()) {}

std::span<const PaidSpan> PaidSpans::of(CustomerIndex customer) {
  constexpr std::array<std::int64_t, 6> about{1, 7, 30, 91, 182, 365};
  const PhaseTable& table = *data_.phases.table;
  const auto c = static_cast<std::size_t>(customer);
  accepted_.clear();
  parts_.clear();
  anchors_.clear();
  spans_.clear();
  const std::span rows{data_.phase_rows.data() + data_.first_phase[c],
                       data_.phase_rows.data() + data_.first_phase[c + 1]};
  resolver_.resolve(static_cast<std::uint32_t>(customer), rows, accepted_, parts_, nullptr);
  for (std::size_t i = 0; i < accepted_.size(); ++i) {
    const std::uint32_t row = accepted_[i];
    const bool keeps = i > 0 && keeps_billing_anchor(table, accepted_[i - 1], resolver_.ends()[i - 1], row);
    anchors_.push_back({row, keeps ? anchors_.back().day : first_paid_day(table, row)});
  }
  std::sort(anchors_.begin(), anchors_.end(), [](const Anchor& a, const Anchor& b) { return a.row < b.row; });
  for (const Part& part : parts_) {
    if (!part.present || part.ticks <= 0) continue;
    const auto anchor = std::lower_bound(anchors_.begin(), anchors_.end(), part.row,
                                         [](const Anchor& a, std::uint32_t row) { return a.row < row; });
    if (anchor == anchors_.end() || anchor->row != part.row) throw_made_up();
    const BillingCycle cycle = table.cycle(part.row);
    const std::int64_t length = about[static_cast<std::size_t>(cycle.interval)] * cycle.count;
    spans_.push_back({part.from, part.until, std::min(anchor->day, part.from), cycle, length});
  }
  std::sort(spans_.begin(), spans_.end(),
            [](const PaidSpan& a, const PaidSpan& b) { return a.from < b.from; });
  return spans_;
}

std::int32_t first_renewal_of(std::span<const PaidSpan> spans, std::int32_t starts_on, std::int32_t ends_on,
                              std::int32_t from) {
  std::int32_t first = no_day;
  bool pays = false;
  for (const PaidSpan& span : spans) {
    if (span.from >= ends_on || span.until <= starts_on) continue;
    pays = true;
    const std::int32_t earliest = std::max({from, span.from, starts_on});
    const std::int32_t latest = std::min(span.until, ends_on);
    if (earliest > latest) continue;
    const RenewalPlace place = RenewalPlace::at(span, earliest);
    const std::int32_t day = place.last == earliest ? earliest : place.next;
    if (day <= latest) first = std::min(first, day);
  }
  return pays ? first : from;
}

KeptDays::KeptDays(const Book& book, const Filter& where) {
  if (where.changes())
    changing_.emplace(book, where);
  else
    keep_ = where(book);
}

void KeptDays::load(CustomerIndex customer) {
  changes_.clear();
  if (!changing_) {
    kept_ = keep_[static_cast<std::size_t>(customer)];
    return;
  }
  SegmentTable& table = changing_->table;
  const std::uint32_t absent = table.segment_of_absent(customer);
  kept_ = table.target(absent, SegmentTable::no_lane) != SegmentTable::none;
  for (const DayState& state : changing_->days.of(customer)) {
    std::uint32_t lane = SegmentTable::no_lane;
    if (state.balance.present && !state.lanes.empty())
      lane = std::max_element(state.lanes.begin(), state.lanes.end(),
                              [](const LaneBalance& a, const LaneBalance& b) { return a.ticks < b.ticks; })
                 ->lane;  // the first of equals
    const std::uint32_t segment = state.balance.present ? state.segment : absent;
    const bool kept = table.target(segment, lane) != SegmentTable::none;
    if (kept != (changes_.empty() ? kept_ : changes_.back().kept)) changes_.push_back({state.day, kept});
  }
}

bool KeptDays::on(std::int32_t day) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), day,
                                      [](std::int32_t d, const Change& change) { return d < change.day; });
  return after == changes_.begin() ? kept_ : std::prev(after)->kept;
}

std::int32_t KeptDays::next_change(std::int32_t day) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), day,
                                      [](std::int32_t d, const Change& change) { return d < change.day; });
  return after == changes_.end() ? no_day : after->day;
}

DecisionSides::DecisionSides(const Book& book, const Decision& decision) : concerned_(book, decision.where) {
  if (decision.control) control_.emplace(book, *decision.control);
}

void DecisionSides::load(CustomerIndex customer) {
  concerned_.load(customer);
  if (control_) control_->load(customer);
}

DecisionSideOf DecisionSides::on(std::int32_t day) const {
  const bool concerned = concerned_.on(day);
  const bool control = control_ && control_->on(day);
  if (concerned) return control ? DecisionSideOf::both : DecisionSideOf::concerned;
  return control ? DecisionSideOf::control : DecisionSideOf::none;
}

std::int32_t DecisionSides::next_change(std::int32_t day) const {
  const std::int32_t next = concerned_.next_change(day);
  return control_ ? std::min(next, control_->next_change(day)) : next;
}

}  // namespace churn::inline v0
