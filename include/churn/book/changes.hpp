// Changes: what a billing system says now, where it differs from what it said before.
//
//   Changes today;
//   today.subscriptions.push_back(to_subscription(row));   // all phases, as they are known now
//   today.removed_invoices.emplace_back("in_42");
//   live.apply(today, Date::of(2025, 1, 2));               // or book.apply(…)
//
// An object is given whole and takes the place of all that was known under its id, so one that was corrected,
// backdated or moved to another customer is just given again. Events are added; an exchange rate takes the place
// of that of its currency and day. Of several objects of one id the last counts. Removals come first: what is
// removed and given again is there. To remove a customer removes its own row, and every subscription, invoice
// and event of that id; accounts merged into it stay. Removing what is not there changes nothing.
//
// The same changes may come twice, or in any order between ids, which is what webhooks do.
#pragma once

#include <cstddef>
#include <vector>

#include <churn/domain/customer.hpp>
#include <churn/domain/event.hpp>
#include <churn/domain/fx_rate.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/domain/subscription.hpp>

namespace churn::inline v0 {

/// What differs from what was known before, as whole objects.
struct Changes {
  std::vector<Customer> customers{};                    ///< each in place of the row of its id
  std::vector<Subscription> subscriptions{};            ///< each with all of its phases
  std::vector<Invoice> invoices{};                      ///< each with all of its lines and payments
  std::vector<Event> events{};                          ///< added to those known; one that comes twice is two
  std::vector<FxRate> fx_rates{};                       ///< each in place of that of its currency and day
  std::vector<CustomerId> removed_customers{};          ///< with their subscriptions, invoices and events
  std::vector<SubscriptionId> removed_subscriptions{};  ///< with all of their phases
  std::vector<InvoiceId> removed_invoices{};            ///< with all of their lines and payments

  friend bool operator==(const Changes&, const Changes&) = default;
};

}  // namespace churn::inline v0
