// Subscription: a chain of phases, each a span of days at one price.
//
// A phase is in force on day d iff starts_on <= d < ends_on; an empty ends_on is still running. A change of
// plan, price, quantity or discount is a new phase of the same subscription. Where phases of a subscription
// overlap, the later start cuts the earlier. Subscriptions of one customer add up.
//
//   Subscription{.id = SubscriptionId{"s1"}, .customer = CustomerId{"c1"}, .phases = {
//       Phase{.plan = "pro", .starts_on = Date::of(2024, 1, 1), .ends_on = {},
//             .price = Money{4900, Currency{"USD"}}}}}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/billing_cycle.hpp>
#include <churn/core/date.hpp>
#include <churn/core/decimal.hpp>
#include <churn/core/id.hpp>
#include <churn/core/price.hpp>

namespace churn::inline v0 {

/// A span of days of a subscription on the same terms.
struct Phase {
  std::string plan;             ///< its label; any text
  Date starts_on;               ///< the first day in force
  std::optional<Date> ends_on;  ///< the first day not in force; empty: still running
  Price price;                  ///< of one unit for one cycle, before discount, without tax
  BillingCycle cycle{};         ///< what the price is paid for
  std::int64_t quantity{1};     ///< units, such as seats; not negative
  Decimal discount_percent{};   ///< taken off until `discount_ends_on`
  Decimal discount_amount{};    ///< the same for a fixed amount, off the whole quantity for one cycle
  std::optional<Date> discount_ends_on{};     ///< the first day at full price; empty: as long as the phase
  std::optional<Date> trial_ends_on{};        ///< the first paid day; nothing is counted before it
  std::optional<Date> cancel_requested_on{};  ///< when its end was asked for; empty: it was not
  std::string end_reason{};                   ///< in the host's words, known once it has ended; empty: none
  std::optional<Date> paused_from{};          ///< the first day of the pause; empty: none
  std::optional<Date> paused_until{};         ///< the first day after the pause; empty: still paused
  std::optional<Date> term_ends_on{};         ///< an agreed fixed end

  friend bool operator==(const Phase&, const Phase&) = default;
};

/// What one customer pays for over time.
struct Subscription {
  SubscriptionId id;          ///< by which invoices name it
  CustomerId customer;        ///< who pays for it
  std::vector<Phase> phases;  ///< in any order; two that start on one day and differ reject each other

  friend bool operator==(const Subscription&, const Subscription&) = default;
};

}  // namespace churn::inline v0
