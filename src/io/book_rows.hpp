// The tables of a book: their columns, and how one row of each becomes an object of the domain. The same for
// every form in which a book comes. Private to the readers of io/.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <churn/book/records.hpp>

#include "io/fields.hpp"

namespace churn::inline v0 {
namespace reading {

// clang-format off
// The columns of each file. The constants of a file name the places in its array.

namespace customer_column {
enum : std::size_t { customer_id, signed_up_on, name, excluded, merged_into, count };
constexpr std::array<Column, count> all{
    {{"customer_id", Need::value}, {"signed_up_on"}, {"name"}, {"excluded", Need::nothing, true}, {"merged_into"}}};
}  // namespace customer_column

namespace phase_column {
enum : std::size_t {
  subscription_id, customer_id, plan, starts_on, ends_on, amount, currency, interval, interval_count,
  quantity, discount_percent, discount_amount, discount_ends_on, trial_ends_on, cancel_requested_on, end_reason,
  paused_from, paused_until, term_ends_on, count
};
constexpr std::array<Column, count> all{{{"subscription_id", Need::value},
                                         {"customer_id", Need::value},
                                         {"plan", Need::value},
                                         {"starts_on", Need::value},
                                         {"ends_on", Need::column},
                                         {"amount", Need::value},
                                         {"currency", Need::value},
                                         {"interval", Need::value},
                                         {"interval_count"},
                                         {"quantity"},
                                         {"discount_percent"},
                                         {"discount_amount"},
                                         {"discount_ends_on"},
                                         {"trial_ends_on"},
                                         {"cancel_requested_on"},
                                         {"end_reason"},
                                         {"paused_from"},
                                         {"paused_until"},
                                         {"term_ends_on"}}};
}  // namespace phase_column

namespace invoice_column {
enum : std::size_t {
  invoice_id, customer_id, issued_on, due_on, paid_on, currency, status, subscription_id, count
};
constexpr std::array<Column, count> all{{{"invoice_id", Need::value},
                                         {"customer_id", Need::value},
                                         {"issued_on", Need::value},
                                         {"due_on"},
                                         {"paid_on"},
                                         {"currency", Need::value},
                                         {"status", Need::value},
                                         {"subscription_id"}}};
}  // namespace invoice_column

namespace line_column {
enum : std::size_t {
  invoice_id, line_id, subscription_id, plan, amount, tax, quantity, unit_amount, interval, interval_count,
  period_start, period_end, kind, count
};
constexpr std::array<Column, count> all{{{"invoice_id", Need::value},
                                         {"line_id"},
                                         {"subscription_id"},
                                         {"plan"},
                                         {"amount", Need::value},
                                         {"tax"},
                                         {"quantity"},
                                         {"unit_amount"},
                                         {"interval"},
                                         {"interval_count"},
                                         {"period_start"},
                                         {"period_end"},
                                         {"kind"}}};
}  // namespace line_column

namespace payment_column {
enum : std::size_t { invoice_id, at, status, amount, failure_code, count };
constexpr std::array<Column, count> all{{{"invoice_id", Need::value},
                                         {"at", Need::value},
                                         {"status", Need::value},
                                         {"amount"},
                                         {"failure_code"}}};
}  // namespace payment_column

namespace event_column {
enum : std::size_t { customer_id, at, kind, value, label, count };
constexpr std::array<Column, count> all{
    {{"customer_id", Need::value}, {"at", Need::value}, {"kind", Need::value}, {"value"}, {"label"}}};
}  // namespace event_column

namespace fx_column {
enum : std::size_t { on, currency, rate, count };
constexpr std::array<Column, count> all{
    {{"on", Need::value}, {"currency", Need::value}, {"rate", Need::value}}};
}  // namespace fx_column
// clang-format on

// Each gives nothing for a row that does not read; then the row is rejected.

/// Without its attributes, which are the columns that are not known. The texts of a record are views of the row's.
[[nodiscard]] std::optional<CustomerRecord> customer_record_of(Fields& fields);
[[nodiscard]] std::optional<Customer> customer_of(Fields& fields);
/// Its texts are views of the row's.
[[nodiscard]] std::optional<PhaseRecord> phase_of(Fields& fields);
/// Without its lines and payments.
[[nodiscard]] std::optional<Invoice> invoice_of(Fields& fields);
[[nodiscard]] std::optional<InvoiceLine> line_of(Fields& fields, Currency of_the_invoice);
[[nodiscard]] std::optional<Payment> payment_of(Fields& fields, Currency of_the_invoice);
/// Its texts are views of the row's.
[[nodiscard]] std::optional<EventRecord> event_of(Fields& fields);
[[nodiscard]] std::optional<FxRate> fx_rate_of(Fields& fields);

}  // namespace reading
}  // namespace churn::inline v0
