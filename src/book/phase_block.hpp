// PhaseBlock: some phases as a reader has them, a column each, on their way into records. Private to the library's
// sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <churn/book/records.hpp>
#include <churn/core/decimal.hpp>
#include <churn/domain/subscription.hpp>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

struct PhaseBlock {
  /// With room for so many phases, all without what a phase need not have.
  explicit PhaseBlock(std::size_t room)
      : subscription(room),
        customer(room),
        plan(room),
        starts_on(room),
        ends_on(room, no_day),
        amount(room),
        scale(room),
        currency(room),
        interval(room),
        row(room) {}

  std::vector<std::string_view> subscription;
  std::vector<std::string_view> customer;
  std::vector<std::string_view> plan;
  std::vector<std::int32_t> starts_on;
  std::vector<std::int32_t> ends_on;
  std::vector<std::int64_t> amount;
  std::vector<std::uint8_t> scale;
  std::vector<std::uint8_t> currency;
  std::vector<BillingInterval> interval;
  std::vector<std::int64_t> row;
  // Empty, or as long as the others.
  std::vector<std::int32_t> interval_count{};
  std::vector<std::int64_t> quantity{};
  std::vector<Decimal> discount_percent{};
  std::vector<Decimal> discount_amount{};
  std::vector<std::int32_t> discount_ends_on{};
  std::vector<std::int32_t> trial_ends_on{};
  std::vector<std::int32_t> cancel_requested_on{};
  std::vector<std::string_view> end_reason{};
  std::vector<std::int32_t> paused_from{};
  std::vector<std::int32_t> paused_until{};
  std::vector<std::int32_t> term_ends_on{};

  /// Columns that are empty stay so.
  void set(std::size_t i, const PhaseRecord& phase) {
    const auto put = [i](auto& column, const auto& value) {
      if (!column.empty()) column[i] = value;
    };
    put(subscription, phase.subscription);
    put(customer, phase.customer);
    put(plan, phase.plan);
    put(starts_on, phase.starts_on.days());
    put(ends_on, day_or_none(phase.ends_on));
    put(amount, phase.price.amount.coefficient());
    put(scale, static_cast<std::uint8_t>(phase.price.amount.scale()));
    put(currency, phase.price.currency.index());
    put(interval, phase.cycle.interval);
    put(row, phase.row);
    put(interval_count, phase.cycle.count);
    put(quantity, phase.quantity);
    put(discount_percent, phase.discount_percent);
    put(discount_amount, phase.discount_amount);
    put(discount_ends_on, day_or_none(phase.discount_ends_on));
    put(trial_ends_on, day_or_none(phase.trial_ends_on));
    put(cancel_requested_on, day_or_none(phase.cancel_requested_on));
    put(end_reason, phase.end_reason);
    put(paused_from, day_or_none(phase.paused_from));
    put(paused_until, day_or_none(phase.paused_until));
    put(term_ends_on, day_or_none(phase.term_ends_on));
  }

  /// Puts one phase in the place of another.
  void move(std::size_t from, std::size_t to) {
    each_column([from, to](auto& column) {
      if (!column.empty()) column[to] = column[from];
    });
  }

 private:
  template <class Visit>
  void each_column(Visit visit) {
    const auto all = [&](auto&... columns) { (visit(columns), ...); };
    all(subscription, customer, plan, starts_on, ends_on, amount, scale, currency, interval, row,
        interval_count, quantity, discount_percent, discount_amount, discount_ends_on, trial_ends_on,
        cancel_requested_on, end_reason, paused_from, paused_until, term_ends_on);
  }
};

}  // namespace churn::inline v0
