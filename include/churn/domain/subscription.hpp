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

struct Phase {
  std::string plan;
  Date starts_on;
  std::optional<Date> ends_on;  ///< the first day not in force; empty: still running
  Price price;                  ///< of one unit for one cycle, before discount, without tax
  BillingCycle cycle{};
  std::int64_t quantity{1};
  Decimal discount_percent{};  ///< taken off until `discount_ends_on`
  Decimal discount_amount{};   ///< the same for a fixed amount, off the whole quantity for one cycle
  std::optional<Date> discount_ends_on{};  ///< the first day at full price; empty: as long as the phase
  std::optional<Date> trial_ends_on{};     ///< the first paid day; nothing is counted before it
  std::optional<Date> cancel_requested_on{};
  std::string end_reason{};
  std::optional<Date> paused_from{};
  std::optional<Date> paused_until{};  ///< the first day after the pause; empty: still paused
  std::optional<Date> term_ends_on{};  ///< an agreed fixed end

  friend bool operator==(const Phase&, const Phase&) = default;
};

struct Subscription {
  SubscriptionId id;
  CustomerId customer;
  std::vector<Phase> phases;

  friend bool operator==(const Subscription&, const Subscription&) = default;
};

}  // namespace churn::inline v0
