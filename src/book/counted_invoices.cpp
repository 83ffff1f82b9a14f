#include "book/counted_invoices.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace churn::inline v0 {

namespace {

/// How many letters all ids have in common at their beginning.
std::size_t common_prefix(const Records::Storage& records) {
  if (records.invoices.empty()) return 0;
  const std::string& first = records.invoices.front().invoice.id.text();
  std::size_t length = first.size();
  for (const InvoiceRow& row : records.invoices) {
    const std::string& id = row.invoice.id.text();
    length = std::min(length, id.size());
    length = static_cast<std::size_t>(
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(length), id.begin()).first -
        first.begin());
  }
  return length;
}

/// Most ids differ in the eight letters after what they have in common: as a number these lie beside the row, so that
/// few comparisons have to fetch the ids themselves.
struct Key {
  std::uint64_t letters;
  const InvoiceRow* row;
};

Key key_of(const InvoiceRow& row, std::size_t prefix) {
  const std::string& id = row.invoice.id.text();
  Key key{0, &row};
  for (std::size_t i = 0; i < 8; ++i) {
    const std::size_t at = prefix + i;
    key.letters = key.letters << 8 | (at < id.size() ? static_cast<unsigned char>(id[at]) : 0U);
  }
  return key;
}

std::vector<const InvoiceRow*> rows_by_id(const Records::Storage& records) {
  const std::size_t prefix = common_prefix(records);
  std::vector<Key> keys;
  keys.reserve(records.invoices.size());
  for (const InvoiceRow& row : records.invoices) keys.push_back(key_of(row, prefix));
  const auto comes_before = [](const Key& a, const Key& b) {
    if (a.letters != b.letters) return a.letters < b.letters;
    const int order = a.row->invoice.id.text().compare(b.row->invoice.id.text());
    return order != 0 ? order < 0 : a.row->row < b.row->row;
  };
  if (!std::is_sorted(keys.begin(), keys.end(), comes_before))
    std::sort(keys.begin(), keys.end(), comes_before);
  std::vector<const InvoiceRow*> rows;
  rows.reserve(keys.size());
  for (const Key& key : keys) rows.push_back(key.row);
  return rows;
}

}  // namespace

std::vector<const InvoiceRow*> counted_invoices(const Records::Storage& records, Date as_of,
                                                Rejections& rejections) {
  const std::vector<const InvoiceRow*> rows = rows_by_id(records);
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
