// All that Records hold as one text, with the indices of ids and texts, to compare Records that must be the same to
// the last bit.
#pragma once

#include <churn/book/records.hpp>

#include <cstddef>
#include <sstream>
#include <string>

#include "book/records_storage.hpp"

namespace support {

inline std::string contents(const churn::Records& records) {
  using namespace churn;
  const Records::Storage& storage = records.storage();
  std::ostringstream out;
  const auto add = [&out](const auto&... values) {
    ((out << +values << ' '), ...);
    out << '\n';
  };
  const auto add_ids = [&out](const IdTable& table) {
    for (std::uint32_t i = 0; i < table.size(); ++i) out << i << '=' << table.text(i) << '\n';
    out << "--\n";
  };
  add_ids(storage.customer_ids);
  add_ids(storage.subscription_ids);
  add_ids(storage.plans);
  add_ids(storage.texts);
  add_ids(storage.customers.attribute_names);
  const CustomerTable& customers = storage.customers;
  for (std::size_t i = 0; i < customers.size(); ++i) {
    add(customers.source_row(i), customers.id[i], customers.signed_up_on[i], customers.excluded[i],
        customers.merged_into[i], customers.name[i]);
    for (const AttributeColumn& column : customers.attributes)
      if (column.value[i] != no_index) out << "  " << column.name << ' ' << column.value[i] << '\n';
  }
  for (const AttributeColumn& column : customers.attributes) add_ids(column.values);
  const PhaseTable& p = storage.phases;
  for (std::size_t i = 0; i < p.size(); ++i)
    add(p.source_row(i), p.subscription[i], p.customer[i], p.plan[i], p.starts_on[i], p.ends_on[i],
        p.amount[i], p.scale[i], p.currency[i], static_cast<int>(p.interval[i]), p.interval_count[i],
        p.quantity[i], p.discount_percent[i].coefficient(), p.discount_percent[i].scale(),
        p.discount_amount[i].coefficient(), p.discount_amount[i].scale(), p.discount_ends_on[i],
        p.trial_ends_on[i], p.cancel_requested_on[i], p.end_reason[i], p.paused_from[i], p.paused_until[i],
        p.term_ends_on[i]);
  const EventTable& events = storage.events;
  for (std::size_t i = 0; i < events.size(); ++i)
    add(events.row[i], events.customer[i], events.at[i], events.kind[i], events.value.coefficient(i),
        events.value.scale(i), events.label[i]);
  for (const auto& [invoice, row] : storage.invoices) out << row << ' ' << invoice.id.text() << '\n';
  for (const auto& [rate, row] : storage.fx_rates)
    out << row << ' ' << rate.on.to_string() << ' ' << rate.currency.code() << ' ' << rate.rate.to_string()
        << '\n';
  return out.str();
}

}  // namespace support
