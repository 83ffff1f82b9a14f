#include "book/account_rows.hpp"

namespace churn::inline v0 {

AccountRows::AccountRows(const Records::Storage& records) {
  const std::size_t accounts = records.customer_ids.size();
  phases = {accounts, records.phases.size(), [&](std::size_t i) { return records.phases.customer[i]; }};
  if (records.customers.size() > 0)
    customers = {accounts, records.customers.size(), [&](std::size_t i) { return records.customers.id[i]; }};
  if (records.invoices.empty()) return;
  std::vector<std::uint32_t> account;
  account.reserve(records.invoices.size());
  for (const InvoiceRow& row : records.invoices)
    account.push_back(*records.customer_ids.find(row.invoice.customer.text()));
  invoices = {accounts, account.size(), [&](std::size_t i) { return account[i]; }};
}

}  // namespace churn::inline v0
