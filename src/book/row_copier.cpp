#include "book/row_copier.hpp"

namespace churn::inline v0 {

namespace {

/// Whether nothing but what every phase has is said of any.
bool are_plain(const PhaseTable& phases) {
  return phases.interval_count.empty() && phases.quantity.empty() && phases.discount_percent.empty() &&
         phases.discount_amount.empty() && phases.discount_ends_on.empty() && phases.trial_ends_on.empty() &&
         phases.cancel_requested_on.empty() && phases.end_reason.empty() && phases.paused_from.empty() &&
         phases.paused_until.empty() && phases.term_ends_on.empty();
}

}  // namespace

RowCopier::RowCopier(const Records::Storage& from, Records::Storage& to)
    : from_(from), to_(to), are_plain_(are_plain(from.phases)), plan_(from.plans.size(), no_index) {}

std::uint32_t RowCopier::text(std::uint32_t index) {
  return index == no_index ? no_index : to_.texts.intern(from_.texts, index);
}

void RowCopier::customer(std::uint32_t row) {
  const CustomerTable& from = from_.customers;
  CustomerTable& to = to_.customers;
  const std::size_t i = to.size();
  const std::uint32_t merged_into = from.merged_into[row];
  to.signed_up_on.set(i, from.signed_up_on[row]);
  to.excluded.set(i, from.excluded[row]);
  const std::uint32_t id = to_.customer_ids.intern(from_.customer_ids, from.id[row]);
  to.merged_into.set(
      i, merged_into == no_index ? no_index : to_.customer_ids.intern(from_.customer_ids, merged_into));
  to.name.set(i, text(from.name[row]));
  to.row.set(i, from.source_row(row));
  for (const AttributeColumn& column : from.attributes) {
    const std::uint32_t value = column.value[row];
    if (value == no_index) continue;
    AttributeColumn& other = to_.attribute(column.name);
    other.value.set(i, other.values.intern(column.values, value));
  }
  to.id.push_back(id);
}

void RowCopier::phase(std::uint32_t row, std::uint32_t subscription, std::uint32_t customer,
                      PhaseWriter& writer) {
  const PhaseTable& from = from_.phases;
  std::uint32_t& plan = plan_[from.plan[row]];
  if (plan == no_index) plan = to_.plans.intern(from_.plans, from.plan[row]);
  if (are_plain_)
    writer.copy_plain(from, row, subscription, customer, plan);
  else
    writer.copy(from, row, subscription, customer, plan, text(from.end_reason[row]));
}

void RowCopier::invoice(std::uint32_t row) {
  const InvoiceRow& from = from_.invoices[row];
  to_.add(from.invoice, from.row);
}

void RowCopier::event(std::uint32_t row) {
  const EventTable& from = from_.events;
  EventTable& to = to_.events;
  const std::size_t i = to.size();
  to.customer.push_back(to_.customer_ids.intern(from_.customer_ids, from.customer[row]));
  to.kind.push_back(to_.texts.intern(from_.texts, from.kind[row]));
  to.value.set(i, from.value[row]);
  to.label.set(i, text(from.label[row]));
  to.row.set(i, from.row[row]);
  to.at.push_back(from.at[row]);
}

void copy_frame(const Records::Storage& from, Records::Storage& to) {
  to.sources = from.sources;
  to.records_from = from.records_from;
  to.rates_currency = from.rates_currency;
  for (const AttributeColumn& column : from.customers.attributes) to.attribute(column.name);
}

}  // namespace churn::inline v0
