#include <churn/book/rejections.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace churn::inline v0 {

namespace {

constexpr std::array<std::string_view, rejection_code_count> names{"empty_file",
                                                                   "missing_column",
                                                                   "duplicate_column",
                                                                   "wrong_field_count",
                                                                   "unclosed_quote",
                                                                   "nul_byte",
                                                                   "invalid_utf8",
                                                                   "missing_value",
                                                                   "bad_date",
                                                                   "bad_timestamp",
                                                                   "bad_number",
                                                                   "out_of_range",
                                                                   "bad_flag",
                                                                   "unknown_currency",
                                                                   "unknown_interval",
                                                                   "unknown_status",
                                                                   "unknown_kind",
                                                                   "unknown_invoice",
                                                                   "bad_json",
                                                                   "unknown_table",
                                                                   "too_many_attributes",
                                                                   "unknown_value",
                                                                   "no_price",
                                                                   "unknown_subscription",
                                                                   "unknown_column",
                                                                   "absent_column",
                                                                   "unused_object",
                                                                   "incomplete_history",
                                                                   "ends_before_start",
                                                                   "negative_quantity",
                                                                   "bad_interval_count",
                                                                   "bad_discount",
                                                                   "bad_pause",
                                                                   "run_rate_out_of_range",
                                                                   "conflicting_phases",
                                                                   "duplicate_id",
                                                                   "merge_cycle",
                                                                   "currency_not_reported",
                                                                   "conflicting_rates",
                                                                   "no_service_period",
                                                                   "no_interval",
                                                                   "duplicate_row",
                                                                   "negative_amount",
                                                                   "unknown_customer",
                                                                   "excluded_customer"};

}  // namespace

std::string_view rejection_name(RejectionCode code) noexcept { return names[static_cast<std::size_t>(code)]; }

bool is_notice(RejectionCode code) noexcept {
  const bool found_reading =
      code >= RejectionCode::unknown_column && code <= RejectionCode::incomplete_history;
  return found_reading || code >= RejectionCode::duplicate_row;
}

void Rejections::add(Rejection rejection) {
  const bool notice = is_notice(rejection.code);
  entries_.push_back(std::move(rejection));
  if (!notice) ++rejected_;
}

void Rejections::append(const Rejections& other) {
  const std::size_t count = other.entries_.size();  // fixed first: `other` may be this list
  entries_.reserve(entries_.size() + count);
  for (std::size_t i = 0; i < count; ++i) entries_.push_back(other.entries_[i]);
  rejected_ += other.rejected_;
}

void Rejections::sort() {
  std::stable_sort(entries_.begin(), entries_.end(), [](const Rejection& a, const Rejection& b) {
    return std::tie(a.source, a.row, a.code, a.field, a.reason) <
           std::tie(b.source, b.row, b.code, b.field, b.reason);
  });
}

std::size_t Rejections::count(RejectionCode code) const noexcept {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [code](const Rejection& r) { return r.code == code; }));
}

Table Rejections::table() const {
  Table table{{"code", "source", "row", "field", "reason"}, {}};
  for (const Rejection& r : entries_)
    table.rows.push_back({std::string(rejection_name(r.code)), r.source, r.row, r.field, r.reason});
  return table;
}

}  // namespace churn::inline v0
