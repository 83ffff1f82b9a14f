// The columns of our tables as a mapping sees them. Private to the readers of io/.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "io/book_rows.hpp"
#include "io/mapping_rules.hpp"

namespace churn::inline v0 {
namespace reading {

inline constexpr std::array<std::string_view, mapped_table_count> mapped_table_names{
    "customers", "subscriptions", "invoices", "invoice_lines", "payments", "events", "fx_rates"};

[[nodiscard]] inline std::span<const Column> columns_of(MappedTableKind table) {
  switch (table) {
    case MappedTableKind::customers: return customer_column::all;
    case MappedTableKind::subscriptions: return phase_column::all;
    case MappedTableKind::invoices: return invoice_column::all;
    case MappedTableKind::invoice_lines: return line_column::all;
    case MappedTableKind::payments: return payment_column::all;
    case MappedTableKind::events: return event_column::all;
    case MappedTableKind::fx_rates: break;
  }
  return fx_column::all;
}

/// What the values of a column are, and so what a mapping may do with them.
enum class ValueKind : std::uint8_t { text, day, instant, amount, currency, flag };

[[nodiscard]] inline ValueKind value_kind(const Column& column) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), column.name) != names.end();
  };
  if (column.is_flag) return ValueKind::flag;
  if (column.name.ends_with("_on") ||
      is_one_of({"on", "paused_from", "paused_until", "period_start", "period_end"}))
    return ValueKind::day;
  if (column.name == "at") return ValueKind::instant;
  if (is_one_of({"amount", "tax", "unit_amount", "discount_amount"})) return ValueKind::amount;
  if (column.name == "currency") return ValueKind::currency;
  return ValueKind::text;
}

}  // namespace reading
}  // namespace churn::inline v0
