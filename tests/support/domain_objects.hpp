// Objects of the domain of any kind that a book can hold, for properties.
#pragma once

#include <rapidcheck.h>
#include <churn/domain/customer.hpp>
#include <churn/domain/event.hpp>
#include <churn/domain/fx_rate.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/domain/subscription.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/generators.hpp"

namespace domain_objects {

using namespace churn;
using core_test::any_int64;
using core_test::between;

inline bool one_in(int n) { return *between(0, n) == 0; }

/// A text that is not empty, with quotes, commas, line ends and letters of several bytes.
inline std::string any_text() {
  static const std::vector<std::string> parts{"a",  "B7", " ",  "\"",   "\\", ",",   "\n",
                                              "\t", "é",  "漢", "🙂", "/",  "\x01"};
  std::string text;
  for (int n = *between(1, 6); n > 0; --n)
    text += parts[static_cast<std::size_t>(*between(0, static_cast<int>(parts.size())))];
  return text;
}
inline std::string perhaps_text() { return one_in(2) ? "" : any_text(); }
inline Date any_day() { return Date::from_days(*between(Date::min_days, Date::max_days + 1)); }
inline std::optional<Date> perhaps_day() {
  if (one_in(2)) return std::nullopt;
  return any_day();
}
inline Currency any_currency() {
  static const std::vector<Currency> all{Currency{"USD"}, Currency{"JPY"}, Currency{"KWD"}, Currency{"CLF"}};
  return all[static_cast<std::size_t>(*between(0, 4))];
}
inline Decimal any_decimal() {
  const std::int64_t coefficient = *any_int64();
  return {coefficient == std::numeric_limits<std::int64_t>::min() ? 0 : coefficient, *between(0, 13)};
}
inline Timestamp any_instant() {
  return Timestamp::from_seconds(std::int64_t{any_day().days()} * 86400 + *between(0, 86400));
}
inline BillingCycle any_cycle() {
  return {static_cast<BillingInterval>(*between(0, 6)),
          *between(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max())};
}
template <class T>
std::optional<T> perhaps(T value) {
  if (one_in(2)) return std::nullopt;
  return value;
}

/// Counts come back through decimals, which have no -2^63.
inline std::int64_t any_count() { return any_decimal().coefficient(); }

inline Customer any_customer() {
  Customer customer{.id = CustomerId{any_text()},
                    .signed_up_on = perhaps_day(),
                    .name = perhaps_text(),
                    .excluded = one_in(2),
                    .merged_into = perhaps(CustomerId{any_text()})};
  for (int n = *between(0, 4); n > 0; --n) customer.attributes.emplace(any_text(), any_text());
  return customer;
}

inline Phase any_phase() {
  return {.plan = any_text(),
          .starts_on = any_day(),
          .ends_on = perhaps_day(),
          .price = Price{any_decimal(), any_currency()},
          .cycle = any_cycle(),
          .quantity = any_count(),
          .discount_percent = any_decimal(),
          .discount_amount = any_decimal(),
          .discount_ends_on = perhaps_day(),
          .trial_ends_on = perhaps_day(),
          .cancel_requested_on = perhaps_day(),
          .end_reason = perhaps_text(),
          .paused_from = perhaps_day(),
          .paused_until = perhaps_day(),
          .term_ends_on = perhaps_day()};
}

inline Subscription any_subscription() {
  Subscription subscription{SubscriptionId{any_text()}, CustomerId{any_text()}, {}};
  for (int n = *between(0, 4); n > 0; --n) subscription.phases.push_back(any_phase());
  return subscription;
}

/// An amount that decimals hold, or the lowest amount, which only Money does.
inline Money any_amount(Currency currency) {
  const Money amount{*any_int64(), currency};
  return Money::parse(amount.to_string(), currency) == amount ? amount : Money{7, currency};
}

inline InvoiceLine any_line(Currency currency) {
  return {.id = perhaps_text(),
          .subscription = perhaps(SubscriptionId{any_text()}),
          .plan = perhaps_text(),
          .amount = any_amount(currency),
          .tax = perhaps(any_amount(currency)),
          .quantity = perhaps(any_count()),
          .unit_price = perhaps(Price{any_decimal(), currency}),
          .cycle = perhaps(any_cycle()),
          .period_start = perhaps_day(),
          .period_end = perhaps_day(),
          .kind = static_cast<LineKind>(*between(0, 4))};
}

inline Payment any_payment(Currency currency) {
  return {.at = any_instant(),
          .status = static_cast<PaymentStatus>(*between(0, 3)),
          .amount = perhaps(any_amount(currency)),
          .failure_code = perhaps_text()};
}

inline Invoice any_invoice() {
  const Currency currency = any_currency();
  Invoice invoice{.id = InvoiceId{any_text()},
                  .customer = CustomerId{any_text()},
                  .issued_on = any_day(),
                  .due_on = perhaps_day(),
                  .paid_on = perhaps_day(),
                  .currency = currency,
                  .status = static_cast<InvoiceStatus>(*between(0, 5)),
                  .subscription = perhaps(SubscriptionId{any_text()})};
  for (int n = *between(0, 4); n > 0; --n) invoice.lines.push_back(any_line(currency));
  for (int n = *between(0, 3); n > 0; --n) invoice.payments.push_back(any_payment(currency));
  return invoice;
}

inline Event any_event() {
  return {CustomerId{any_text()}, any_instant(), any_text(), any_decimal(), perhaps_text()};
}

inline FxRate any_rate() {
  const Decimal drawn = any_decimal();
  return {any_day(), any_currency(), drawn.coefficient() > 0 ? drawn : Decimal{1}};
}

}  // namespace domain_objects
