#include "book/phase_writer.hpp"

#include "core/words.hpp"

namespace churn::inline v0 {

namespace {

/// Whether more is said of a phase than of every one.
bool says_more(const Phase& phase) {
  const auto is_zero = [](const Decimal& value) { return value.coefficient() == 0 && value.scale() == 0; };
  return phase.cycle.count != 1 || phase.quantity != 1 || !is_zero(phase.discount_percent) ||
         !is_zero(phase.discount_amount) || phase.discount_ends_on || phase.trial_ends_on ||
         phase.cancel_requested_on || !phase.end_reason.empty() || phase.paused_from || phase.paused_until ||
         phase.term_ends_on;
}

}  // namespace

PhaseWriter::PhaseWriter(Records::Storage& to, std::size_t rows)
    : to_(to),
      subscription_(resized(to.phases.subscription, rows)),
      customer_(resized(to.phases.customer, rows)),
      plan_(resized(to.phases.plan, rows)),
      starts_on_(resized(to.phases.starts_on, rows)),
      ends_on_(resized(to.phases.ends_on, rows)),
      amount_(resized(to.phases.amount, rows)),
      scale_(resized(to.phases.scale, rows)),
      currency_(resized(to.phases.currency, rows)),
      interval_(resized(to.phases.interval, rows)) {}

/// There are few plans: most are told without asking for a hash.
std::uint32_t PhaseWriter::plan(std::string_view text) {
  for (std::size_t i = 0; i < plan_count_; ++i)
    if (is_same(plans_[i].text, text)) return plans_[i].index;
  const std::uint32_t index = to_.plans.intern(text);
  if (plan_count_ < plans_.size()) plans_[plan_count_++] = {text, index};
  return index;
}

void PhaseWriter::write_more(const Phase& phase) {
  PhaseTable& to = to_.phases;
  put(to.interval_count, phase.cycle.count);
  put(to.quantity, phase.quantity);
  put(to.discount_percent, phase.discount_percent);
  put(to.discount_amount, phase.discount_amount);
  put(to.discount_ends_on, day_or_none(phase.discount_ends_on));
  put(to.trial_ends_on, day_or_none(phase.trial_ends_on));
  put(to.cancel_requested_on, day_or_none(phase.cancel_requested_on));
  if (!phase.end_reason.empty()) put(to.end_reason, to_.texts.intern(phase.end_reason));
  put(to.paused_from, day_or_none(phase.paused_from));
  put(to.paused_until, day_or_none(phase.paused_until));
  put(to.term_ends_on, day_or_none(phase.term_ends_on));
}

void PhaseWriter::write(const Phase& phase, std::uint32_t subscription, std::uint32_t customer,
                        std::int64_t source_row) {
  subscription_[row_] = subscription;
  customer_[row_] = customer;
  plan_[row_] = plan(phase.plan);
  starts_on_[row_] = phase.starts_on.days();
  ends_on_[row_] = day_or_none(phase.ends_on);
  amount_[row_] = phase.price.amount.coefficient();
  scale_[row_] = static_cast<std::uint8_t>(phase.price.amount.scale());
  currency_[row_] = phase.price.currency.index();
  interval_[row_] = phase.cycle.interval;
  if (says_more(phase)) write_more(phase);
  to_.phases.row.set(row_, source_row);
  ++row_;
}

void PhaseWriter::copy_plain(const PhaseTable& from, std::uint32_t row, std::uint32_t subscription,
                             std::uint32_t customer, std::uint32_t plan) {
  subscription_[row_] = subscription;
  customer_[row_] = customer;
  plan_[row_] = plan;
  starts_on_[row_] = from.starts_on[row];
  ends_on_[row_] = from.ends_on[row];
  amount_[row_] = from.amount[row];
  scale_[row_] = from.scale[row];
  currency_[row_] = from.currency[row];
  interval_[row_] = from.interval[row];
  to_.phases.row.set(row_, from.source_row(row));
  ++row_;
}

void PhaseWriter::copy(const PhaseTable& from, std::uint32_t row, std::uint32_t subscription,
                       std::uint32_t customer, std::uint32_t plan, std::uint32_t end_reason) {
  PhaseTable& to = to_.phases;
  put(to.interval_count, from.interval_count[row]);
  put(to.quantity, from.quantity[row]);
  put(to.discount_percent, from.discount_percent[row]);
  put(to.discount_amount, from.discount_amount[row]);
  put(to.discount_ends_on, from.discount_ends_on[row]);
  put(to.trial_ends_on, from.trial_ends_on[row]);
  put(to.cancel_requested_on, from.cancel_requested_on[row]);
  put(to.end_reason, end_reason);
  put(to.paused_from, from.paused_from[row]);
  put(to.paused_until, from.paused_until[row]);
  put(to.term_ends_on, from.term_ends_on[row]);
  copy_plain(from, row, subscription, customer, plan);
}

}  // namespace churn::inline v0
