#include "book/counted_invoices.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace churn::inline v0 {

std::vector<const InvoiceRow*> counted_invoices(const Records::Storage& records, Date as_of,
                                                Rejections& rejections) {
  std::vector<const InvoiceRow*> rows;
  rows.reserve(records.invoices.size());
  for (const InvoiceRow& row : records.invoices) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [](const InvoiceRow* a, const InvoiceRow* b) {
    return std::pair(a->invoice.id, a->row) < std::pair(b->invoice.id, b->row);
  });
  std::vector<const InvoiceRow*> counted;
  for (std::size_t i = 0; i < rows.size();) {
    const Invoice& first = rows[i]->invoice;
    std::size_t end = i + 1;
    bool differ = false;
    for (; end < rows.size() && rows[end]->invoice.id == first.id; ++end)
      differ = differ || !(rows[end]->invoice == first);
    for (std::size_t j = differ ? i : i + 1; j < end; ++j)
      rejections.add({differ ? RejectionCode::duplicate_id : RejectionCode::duplicate_row,
                      records.source(RecordTable::invoices), rows[j]->row, "invoice_id",
                      differ ? "Invoice " + first.id.text() + " has rows that differ; none of them counts."
                             : "The row repeats row " + std::to_string(rows[i]->row) + " and counts once."});
    const bool says_something = first.status != InvoiceStatus::draft && first.status != InvoiceStatus::void_;
    if (!differ && says_something && first.issued_on < as_of) counted.push_back(rows[i]);
    i = end;
  }
  return counted;
}

}  // namespace churn::inline v0
