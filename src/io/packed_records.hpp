// What a book file holds of records and rejections besides columns, as few bytes. Private to the sources of io/.
//
// Numbers, texts and lists are those of PackedWriter. A day is the number of days since 1970-01-01; what may be
// missing stands behind a 1, or is a 0; currencies are their codes, rejections' codes their names, so that neither
// depends on the order in which a version of the library holds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <churn/book/rejections.hpp>

#include "book/records_storage.hpp"
#include "io/packed_bytes.hpp"

namespace churn::inline v0 {

void pack(PackedWriter& out, Date day);
void pack(PackedWriter& out, const std::optional<Date>& day);
void pack(PackedWriter& out, Currency currency);
void pack(PackedWriter& out, const std::optional<Currency>& currency);
void pack(PackedWriter& out, const std::vector<Currency>& currencies);
void pack(PackedWriter& out, const std::vector<std::string>& texts);
void pack(PackedWriter& out, const std::vector<InvoiceRow>& invoices);
void pack(PackedWriter& out, const std::vector<FxRateRow>& rates);
void pack(PackedWriter& out, const Rejections& rejections);

/// Throw churn::Error for what can't be.
[[nodiscard]] Date unpack_day(PackedReader& in);
[[nodiscard]] std::optional<Date> unpack_optional_day(PackedReader& in);
[[nodiscard]] Currency unpack_currency(PackedReader& in);
[[nodiscard]] std::optional<Currency> unpack_optional_currency(PackedReader& in);
[[nodiscard]] std::vector<Currency> unpack_currencies(PackedReader& in);
[[nodiscard]] std::vector<std::string> unpack_texts(PackedReader& in);
[[nodiscard]] std::vector<InvoiceRow> unpack_invoices(PackedReader& in);
[[nodiscard]] std::vector<FxRateRow> unpack_fx_rates(PackedReader& in);
[[nodiscard]] Rejections unpack_rejections(PackedReader& in);

}  // namespace churn::inline v0
