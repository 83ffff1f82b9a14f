// A billing system that changes: what it says now, as plain lists, and random changes of it.
//
// `apply` does what changes.hpp says in the plainest way, so that the records of any moment can be built into a book
// by themselves: what a live book is compared with.
#pragma once

#include <churn/churn.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "support/random_book.hpp"

namespace support {

struct BillingSystem {
  std::vector<churn::Customer> customers;
  std::vector<churn::Subscription> subscriptions;  // of one id there may be several, and of several customers
  std::vector<churn::Invoice> invoices;
  std::vector<churn::Event> events;
  std::vector<churn::FxRate> rates;
  std::optional<churn::Date> records_from;

  explicit BillingSystem(const reference::Book& book) : records_from(to_date(book.records_from)) {
    for (const auto& customer : book.customers) customers.push_back(to_customer(customer));
    for (const auto& phase : book.phases) subscriptions.push_back(to_subscription(phase));
    for (const auto& invoice : book.invoices) invoices.push_back(to_invoice(invoice));
    for (const auto& rate : book.fx_rates) rates.push_back(to_rate(rate));
  }

  void apply(const churn::Changes& changes) {
    for (const churn::CustomerId& id : changes.removed_customers) {
      std::erase_if(customers, [&](const auto& customer) { return customer.id == id; });
      std::erase_if(subscriptions, [&](const auto& subscription) { return subscription.customer == id; });
      std::erase_if(invoices, [&](const auto& invoice) { return invoice.customer == id; });
      std::erase_if(events, [&](const auto& event) { return event.customer == id; });
    }
    for (const churn::SubscriptionId& id : changes.removed_subscriptions)
      std::erase_if(subscriptions, [&](const auto& subscription) { return subscription.id == id; });
    for (const churn::InvoiceId& id : changes.removed_invoices)
      std::erase_if(invoices, [&](const auto& invoice) { return invoice.id == id; });
    const auto replace = [](auto& all, const auto& news) {
      for (const auto& one : news) {
        std::erase_if(all, [&](const auto& other) { return other.id == one.id; });
        all.push_back(one);
      }
    };
    replace(customers, changes.customers);
    replace(subscriptions, changes.subscriptions);
    replace(invoices, changes.invoices);
    events.insert(events.end(), changes.events.begin(), changes.events.end());
    for (const churn::FxRate& rate : changes.fx_rates) {
      std::erase_if(rates, [&](const churn::FxRate& other) {
        return other.on == rate.on && other.currency == rate.currency;
      });
      rates.push_back(rate);
    }
  }

  [[nodiscard]] churn::Records records() const {
    churn::Records records;
    for (const auto& customer : customers) records.add(customer);
    for (const auto& subscription : subscriptions) records.add(subscription);
    for (const auto& invoice : invoices) records.add(invoice);
    for (const auto& event : events) records.add(event);
    for (const auto& rate : rates) records.add(rate);
    records.set_records_from(records_from);
    return records;
  }
};

/// Subscriptions and invoices by their ids in the system, customers that are new, corrected, merged or removed.
inline churn::Changes draw_changes(const BillingSystem& system, int customers) {
  churn::Changes changes;
  for (int n = draw(0, 4); n > 0; --n) {
    const reference::Phase first = draw_phase(customers);
    churn::Subscription subscription = to_subscription(first);
    for (int more = draw(0, 3); more > 0; --more)
      subscription.phases.push_back(to_subscription(draw_phase(customers)).phases.front());
    if (one_in(8)) subscription.phases.clear();
    changes.subscriptions.push_back(subscription);
  }
  if (one_in(3))
    for (const auto& customer : draw_customers(customers)) changes.customers.push_back(to_customer(customer));
  if (one_in(3))
    for (int n = draw(1, 3); n > 0; --n)
      changes.invoices.push_back(to_invoice(draw_claim(customers, "i" + std::to_string(draw(0, 4)))));
  if (one_in(4) && !system.subscriptions.empty())
    changes.removed_subscriptions.push_back(
        system.subscriptions[static_cast<std::size_t>(draw(0, static_cast<int>(system.subscriptions.size())))]
            .id);
  if (one_in(4) && !system.invoices.empty())
    changes.removed_invoices.push_back(
        system.invoices[static_cast<std::size_t>(draw(0, static_cast<int>(system.invoices.size())))].id);
  if (one_in(5)) changes.removed_customers.emplace_back("c" + std::to_string(draw(0, customers)));
  if (one_in(5))
    changes.events.push_back({churn::CustomerId{"c" + std::to_string(draw(0, customers + 2))},
                              churn::Timestamp::from_seconds(draw_instant(draw_day())), "login"});
  return changes;
}

}  // namespace support
