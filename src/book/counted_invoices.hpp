// Which invoices say something of a book. Private to the library's sources.
//
// Rows of one id are the same invoice several times, which counts once, or contradict each other, and then none
// of them counts. Drafts and void invoices say nothing, and what was issued on or after as_of is not known yet.
#pragma once

#include <churn/book/rejections.hpp>

#include <optional>
#include <vector>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

/// In order of id. Those that repeat or contradict others are reported in any case.
[[nodiscard]] std::vector<const InvoiceRow*> counted_invoices(const Records::Storage& records, Date as_of,
                                                              Rejections& rejections);

}  // namespace churn::inline v0
