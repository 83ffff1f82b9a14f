#include "io/stripe_book.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace churn::inline v0 {
namespace stripe {

namespace {

void add_customers(StripeExport& all, const TimeZone& zone, Records& records) {
  std::set<std::string> attributes;
  std::set<std::string> left_out;
  std::int64_t row = 0;
  for (const auto& [id, version] : all.customers) {
    const CustomerFacts& facts = version.facts;
    Customer customer{.id = CustomerId{id}, .name = facts.name};
    if (facts.created) customer.signed_up_on = zone.day_of(*facts.created);
    for (const auto& [name, value] : facts.attributes) {
      const bool is_known = attributes.contains(name);
      if (!is_known && attributes.size() >= max_attributes) {
        if (left_out.insert(name).second)
          all.report(version.origin, RejectionCode::too_many_attributes, "metadata." + printable(name),
                     reading::too_many_attributes());
        continue;
      }
      if (!is_known) attributes.insert(name);
      customer.attributes.emplace(name, value);
    }
    records.add(customer, ++row);
  }
}

/// Items that stand outside of their subscription, for those whose own list is not whole.
void attach_items(StripeExport& all) {
  for (const auto& [id, version] : all.items) {
    const ItemFacts& item = version.facts;
    const auto found = all.subscriptions.find(item.subscription);
    if (found == all.subscriptions.end()) {
      all.report(version.origin, RejectionCode::unknown_subscription, "subscription",
                 name_of("subscription_item", id) + ": Its subscription " +
                     printable(item.subscription.substr(0, 80)) + " is not in the export.");
      continue;
    }
    auto& record = found->second.by_itself;
    if (!record || (record->facts.items && !record->facts.items_go_on))
      continue;  // it is in the list, or was
    if (!record->facts.items) record->facts.items.emplace();
    auto& items = *record->facts.items;
    const bool is_there =
        std::any_of(items.begin(), items.end(), [&](const ItemFacts& other) { return other.id == item.id; });
    if (!is_there) items.push_back(item);
  }
}

void add_subscriptions(StripeExport& all, SubscriptionPhases& phases) {
  attach_items(all);
  std::map<std::string, std::vector<const ScheduleFacts*>> schedules;
  std::map<std::string, Origin> only_scheduled;
  for (const auto& [id, version] : all.schedules) {
    const ScheduleFacts& schedule = version.facts;
    const auto name = name_of("subscription_schedule", id);
    if (schedule.subscription.empty()) {
      if (schedule.status == "not_started") {
        schedules[id].push_back(&schedule);
        only_scheduled.emplace(id, version.origin);
      } else {
        all.leave_out("of type subscription_schedule without subscription");
      }
    } else if (!all.subscriptions.contains(schedule.subscription)) {
      all.report(version.origin, RejectionCode::unknown_subscription, "subscription",
                 name + ": Its subscription " + printable(schedule.subscription.substr(0, 80)) +
                     " is not in the export.");
    } else {
      schedules[schedule.subscription].push_back(&schedule);
    }
  }
  for (auto& [id, of_one] : schedules)
    std::stable_sort(of_one.begin(), of_one.end(), [](const ScheduleFacts* a, const ScheduleFacts* b) {
      return !b->phases.empty() && (a->phases.empty() || a->phases.front().start < b->phases.front().start);
    });
  std::map<std::string, const SubscriptionRecord*> records;
  const SubscriptionRecord none;
  for (const auto& [id, record] : all.subscriptions) records.emplace(id, &record);
  for (const auto& [id, origin] : only_scheduled) records.emplace(id, &none);
  std::int64_t row = 0;
  for (const auto& [id, record] : records) {
    ++row;
    auto history = history_of(*record, schedules[id]);
    const bool is_schedule = record == &none;
    const Origin origin = is_schedule         ? only_scheduled.at(id)
                          : record->by_itself ? record->by_itself->origin
                                              : record->changes.back().origin;
    if (const auto* const problem = std::get_if<Problem>(&history)) {
      all.report(
          origin, problem->code, problem->field,
          name_of(is_schedule ? "subscription_schedule" : "subscription", id) + ": " + problem->reason);
      continue;
    }
    auto& told_history = std::get<SubscriptionHistory>(history);
    told_history.origin = origin;
    phases.add(id, told_history, row);
  }
}

}  // namespace

void add_to_book(StripeExport& all, const std::string& source, const TimeZone& zone, LoadedBook& book) {
  Records& records = book.records;
  records.set_source(RecordTable::customers, source + ":customers");
  records.set_source(RecordTable::subscriptions, source + ":subscriptions");
  records.set_source(RecordTable::invoices, source + ":invoices");
  records.set_source(RecordTable::events, source + ":payment_methods");
  add_customers(all, zone, records);
  const PriceBook prices(all);
  const DiscountBook discounts(all);
  SubscriptionPhases phases(all, prices, discounts, zone, records);
  add_subscriptions(all, phases);
  add_invoices(all, prices, phases.names(), zone, records);
  std::int64_t row = 0;
  for (const auto& [id, card] : all.cards) records.add(card.facts, ++row);
  book.conventions.book.time_zone = zone;
  if (all.latest) book.as_of = zone.day_of(*all.latest) + std::chrono::days{1};
}

}  // namespace stripe
}  // namespace churn::inline v0
