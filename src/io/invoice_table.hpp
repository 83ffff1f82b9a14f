// InvoiceTable: invoices while their lines and payments are joined to them by the invoice's id. Private to
// the readers of io/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "io/book_rows.hpp"

namespace churn::inline v0 {
namespace reading {

/// A `Table` is a file of rows, as TableReader is: Fields with `next()`.
class InvoiceTable {
 public:
  /// `name` is what sentences call the file, or files, of invoices.
  explicit InvoiceTable(std::string name = "invoices.csv") : name_(std::move(name)) {}
  InvoiceTable(const InvoiceTable&) = delete;  // the keys are views of its own ids
  InvoiceTable& operator=(const InvoiceTable&) = delete;

  template <class Table>
  void read_invoices(Table& table) {
    while (table.next())
      if (auto invoice = invoice_of(table)) add(table, std::move(*invoice), table.row());
  }

  /// An invoice that was read from a row of `table`. One that repeats an earlier one is reported and left out.
  void add(Fields& table, Invoice invoice, std::int64_t row) {
    const std::size_t i = add_latest(std::move(invoice), row);
    const auto first = by_id_.find(invoices_[i].id.text());
    repeats_[i] = first->second != i && invoices_[i] == invoices_[first->second];
    if (repeats_[i])
      table.report(RejectionCode::duplicate_row, row, invoice_column::invoice_id,
                   "The row repeats row " + std::to_string(rows_[first->second]) + " and counts once.");
  }

  /// The only invoice of its id, or one of several that differ. Gives its place.
  std::size_t add_latest(Invoice invoice, std::int64_t row) {
    invoices_.push_back(std::move(invoice));  // a deque, so that the keys, views of ids, stay where they are
    rows_.push_back(row);
    repeats_.push_back(false);
    by_id_.try_emplace(invoices_.back().id.text(), invoices_.size() - 1);
    return invoices_.size() - 1;
  }

  template <class Table>
  void read_lines(Table& table) {
    while (table.next()) {
      Invoice* invoice = find(table, line_column::invoice_id);
      if (invoice == nullptr) continue;
      if (auto line = line_of(table, invoice->currency)) invoice->lines.push_back(std::move(*line));
    }
  }

  template <class Table>
  void read_payments(Table& table) {
    while (table.next()) {
      Invoice* invoice = find(table, payment_column::invoice_id);
      if (invoice == nullptr) continue;
      if (auto payment = payment_of(table, invoice->currency))
        invoice->payments.push_back(std::move(*payment));
    }
  }

  /// The currency of an invoice; none if it is not there.
  [[nodiscard]] std::optional<Currency> currency_of(std::string_view id) const {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return std::nullopt;
    return invoices_[found->second].currency;
  }

  /// Without rows, each gets its place among all of them.
  void add_to(Records& records, bool with_rows = true) const {
    for (std::size_t i = 0; i < invoices_.size(); ++i)
      if (!repeats_[i]) records.add(invoices_[i], with_rows ? rows_[i] : 0);
  }

 private:
  /// The invoice that a row belongs to; none, with a rejection, if it is not there.
  Invoice* find(Fields& table, std::size_t column) {
    const std::string_view id = table.text(column);
    const auto found = by_id_.find(id);
    if (found != by_id_.end()) return &invoices_[found->second];
    table.reject(RejectionCode::unknown_invoice, column,
                 name_ + " has no invoice " + in_quotes(id) + ", or its row was rejected.");
    return nullptr;
  }

  std::string name_;
  std::deque<Invoice> invoices_;
  std::vector<std::int64_t> rows_;
  std::vector<bool> repeats_;                                // rows that say the same as an earlier one
  std::unordered_map<std::string_view, std::size_t> by_id_;  // the first row of each id
};

}  // namespace reading
}  // namespace churn::inline v0
