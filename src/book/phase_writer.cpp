#include "book/phase_writer.hpp"

#include "core/words.hpp"

namespace churn::inline v0 {

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

/// Phases that follow each other mostly are of one plan.
std::uint32_t PhaseWriter::plan(std::string_view text) {
  if (last_plan_index_ == no_index || !is_same(text, last_plan_)) {
    last_plan_index_ = to_.plans.intern(text);
    last_plan_ = text;
  }
  return last_plan_index_;
}

void PhaseWriter::write(const Phase& phase, std::uint32_t subscription, std::uint32_t customer,
                        std::int64_t source_row) {
  PhaseTable& to = to_.phases;
  subscription_[row_] = subscription;
  customer_[row_] = customer;
  plan_[row_] = plan(phase.plan);
  starts_on_[row_] = phase.starts_on.days();
  ends_on_[row_] = day_or_none(phase.ends_on);
  amount_[row_] = phase.price.amount.coefficient();
  scale_[row_] = static_cast<std::uint8_t>(phase.price.amount.scale());
  currency_[row_] = phase.price.currency.index();
  interval_[row_] = phase.cycle.interval;
  put(to.interval_count, phase.cycle.count);
  put(to.quantity, phase.quantity);
  put(to.discount_percent, phase.discount_percent);
  put(to.discount_amount, phase.discount_amount);
  put(to.discount_ends_on, day_or_none(phase.discount_ends_on));
  put(to.trial_ends_on, day_or_none(phase.trial_ends_on));
  put(to.cancel_requested_on, day_or_none(phase.cancel_requested_on));
  if (!phase.end_reason.empty()) to.end_reason.set(row_, to_.texts.intern(phase.end_reason));
  put(to.paused_from, day_or_none(phase.paused_from));
  put(to.paused_until, day_or_none(phase.paused_until));
  put(to.term_ends_on, day_or_none(phase.term_ends_on));
  to.row.set(row_, source_row);
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
