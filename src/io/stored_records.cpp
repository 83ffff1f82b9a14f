#include "io/stored_records.hpp"

#include <optional>
#include <string>

namespace churn::inline v0 {
namespace reading {

namespace {

std::optional<Date> day_of(std::int32_t day) {
  if (day == no_day) return std::nullopt;
  return Date::from_days(day);
}

std::string text_at(const IdTable& texts, std::uint32_t index) {
  return index == no_index ? std::string{} : texts.text(index);
}

}  // namespace

Customer stored_customer(const Records::Storage& storage, std::size_t row) {
  const CustomerTable& table = storage.customers;
  Customer customer{.id = CustomerId{storage.customer_ids.text(table.id[row])},
                    .signed_up_on = day_of(table.signed_up_on[row]),
                    .name = text_at(storage.texts, table.name[row]),
                    .excluded = table.excluded[row] != 0};
  if (table.merged_into[row] != no_index)
    customer.merged_into = CustomerId{storage.customer_ids.text(table.merged_into[row])};
  for (const AttributeColumn& column : table.attributes)
    if (column.value[row] != no_index)
      customer.attributes.emplace(column.name, column.values.text(column.value[row]));
  return customer;
}

Phase stored_phase(const Records::Storage& storage, std::size_t row) {
  const PhaseTable& table = storage.phases;
  return {.plan = storage.plans.text(table.plan[row]),
          .starts_on = Date::from_days(table.starts_on[row]),
          .ends_on = day_of(table.ends_on[row]),
          .price = table.price(row),
          .cycle = table.cycle(row),
          .quantity = table.quantity[row],
          .discount_percent = table.discount_percent[row],
          .discount_amount = table.discount_amount[row],
          .discount_ends_on = day_of(table.discount_ends_on[row]),
          .trial_ends_on = day_of(table.trial_ends_on[row]),
          .cancel_requested_on = day_of(table.cancel_requested_on[row]),
          .end_reason = text_at(storage.texts, table.end_reason[row]),
          .paused_from = day_of(table.paused_from[row]),
          .paused_until = day_of(table.paused_until[row]),
          .term_ends_on = day_of(table.term_ends_on[row])};
}

Event stored_event(const Records::Storage& storage, std::size_t row) {
  const EventTable& table = storage.events;
  return {.customer = CustomerId{storage.customer_ids.text(table.customer[row])},
          .at = Timestamp::from_seconds(table.at[row]),
          .kind = storage.texts.text(table.kind[row]),
          .value = table.value[row],
          .label = text_at(storage.texts, table.label[row])};
}

Event event_in(const EventRecord& record) {
  return {.customer = CustomerId{record.customer},
          .at = record.at,
          .kind = std::string(record.kind),
          .value = record.value,
          .label = std::string(record.label)};
}

Phase phase_in(const PhaseRecord& record) {
  return {.plan = std::string(record.plan),
          .starts_on = record.starts_on,
          .ends_on = record.ends_on,
          .price = record.price,
          .cycle = record.cycle,
          .quantity = record.quantity,
          .discount_percent = record.discount_percent,
          .discount_amount = record.discount_amount,
          .discount_ends_on = record.discount_ends_on,
          .trial_ends_on = record.trial_ends_on,
          .cancel_requested_on = record.cancel_requested_on,
          .end_reason = std::string(record.end_reason),
          .paused_from = record.paused_from,
          .paused_until = record.paused_until,
          .term_ends_on = record.term_ends_on};
}

PhaseRecord record_of(std::string_view subscription, std::string_view customer, const Phase& phase,
                      std::int64_t row) {
  return {.subscription = subscription,
          .customer = customer,
          .plan = phase.plan,
          .starts_on = phase.starts_on,
          .ends_on = phase.ends_on,
          .price = phase.price,
          .cycle = phase.cycle,
          .quantity = phase.quantity,
          .discount_percent = phase.discount_percent,
          .discount_amount = phase.discount_amount,
          .discount_ends_on = phase.discount_ends_on,
          .trial_ends_on = phase.trial_ends_on,
          .cancel_requested_on = phase.cancel_requested_on,
          .end_reason = phase.end_reason,
          .paused_from = phase.paused_from,
          .paused_until = phase.paused_until,
          .term_ends_on = phase.term_ends_on,
          .row = row};
}

}  // namespace reading
}  // namespace churn::inline v0
