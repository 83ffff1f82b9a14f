// Rejections: what was left out of a book or needs a look, and why.
//
// Bad data never throws and never vanishes. Each finding has a stable code, the source and row it stands in,
// the field, and a sentence. A *rejection* is a row, or a part of one, that was left out; a *notice* is a row
// that was kept, or whose content counts once already. Readers (io/) find what can't be read; Book::build
// finds what can't be true. The README lists every code; a test compares that list with this enum.
//
// Rows are counted as a spreadsheet does: the header is row 1. In JSON a row is the place of an element in its
// array, or a line, from 1. Row 0 is the file as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/core/table.hpp>

namespace churn::inline v0 {

/// What is wrong with a row, or worth a look. For programs; the sentence is in Rejection::reason.
enum class RejectionCode : std::uint8_t {
  // Found while reading a file.
  empty_file,            ///< no header row
  missing_column,        ///< a required column is not there: the whole file is left out
  duplicate_column,      ///< two columns of one name: the whole file is left out; in JSON, the object
  wrong_field_count,     ///< a row with more or fewer fields than the header
  unclosed_quote,        ///< a quoted field that never ends
  nul_byte,              ///< a byte 0 inside a row
  invalid_utf8,          ///< bytes that are no UTF-8
  missing_value,         ///< a required field is empty
  bad_date,              ///< not YYYY-MM-DD, or no such day
  bad_timestamp,         ///< not an ISO 8601 instant
  bad_number,            ///< not a decimal or whole number
  out_of_range,          ///< a number that does not fit
  bad_flag,              ///< neither 0 nor 1
  unknown_currency,      ///< not an ISO 4217 code
  unknown_interval,      ///< not day, week, month, quarter, half_year or year
  unknown_status,        ///< not a status of its table
  unknown_kind,          ///< not a kind of invoice line
  unknown_invoice,       ///< a line or payment of an invoice that is not there
  bad_json,              ///< not JSON, or a JSON value of the wrong kind
  unknown_table,         ///< a JSON line whose `type` is no table
  too_many_attributes,   ///< an attribute beyond the 1,000th: it is left out, its customers are kept
  unknown_value,         ///< a value for which a mapping has no word of ours
  no_price,              ///< a subscription's item without a price that is known
  unknown_subscription,  ///< an item of a subscription that is not there
  unknown_column,        ///< notice: a column or field that is not used
  absent_column,         ///< notice: a column or file that a mapping reads where it is there
  unused_object,         ///< notice: an object of a type, or in a state, that is not used
  incomplete_history,    ///< notice: a change whose day, or a part whose content, is not there
  // Found while building a book.
  ends_before_start,      ///< ends_on is not after starts_on
  negative_quantity,      ///< a quantity below 0
  bad_interval_count,     ///< an interval count below 1
  bad_discount,           ///< a discount below 0
  bad_pause,              ///< a pause that ends without or before its start
  run_rate_out_of_range,  ///< price x quantity beyond what can be a price
  conflicting_phases,     ///< phases of one subscription that start on one day and differ
  duplicate_id,           ///< customers or invoices of one id that differ
  merge_cycle,            ///< accounts that are merged into each other in a ring
  currency_not_reported,  ///< a currency other than the reporting one, and no exchange rates
  conflicting_rates,      ///< exchange rates of one currency and day that differ
  no_service_period,      ///< an invoice line that recurs, without period_start and period_end
  no_interval,            ///< a proration of which no line says how often it is charged
  duplicate_row,          ///< notice: an identical row, which counts once
  negative_amount,        ///< notice: a price below 0, which counts as 0
  unknown_customer,       ///< notice: a customer without a row of its own, kept without attributes
  excluded_customer,      ///< notice: a test account, left out of every number
};

/// So many codes there are: all are below this number.
inline constexpr std::size_t rejection_code_count =
    static_cast<std::size_t>(RejectionCode::excluded_customer) + 1;

/// The stable name: `ends_before_start`, ….
[[nodiscard]] std::string_view rejection_name(RejectionCode code) noexcept;
/// True for notices: nothing was left out that should count.
[[nodiscard]] bool is_notice(RejectionCode code) noexcept;

/// One finding: where it is, and what is the matter.
struct Rejection {
  RejectionCode code;  ///< also says whether it is a notice
  std::string source;  ///< file or table, such as `subscriptions.csv`
  std::int64_t row;    ///< 0: the file as a whole
  std::string field;   ///< the column; may be empty
  std::string reason;  ///< a sentence
  friend bool operator==(const Rejection&, const Rejection&) = default;
};

/// Findings in the order in which they were added, or sorted.
class Rejections {
 public:
  /// Behind all others.
  void add(Rejection rejection);
  /// All findings of another list, behind one's own.
  void append(const Rejections& other);
  /// Orders by source, row, code, field and reason, so that the same data gives the same list in any order.
  void sort();

  /// Rejections and notices.
  [[nodiscard]] const std::vector<Rejection>& entries() const& noexcept { return entries_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Rejection> entries() && { return std::move(entries_); }
  /// How many findings have that code. O(entries).
  [[nodiscard]] std::size_t count(RejectionCode code) const noexcept;
  /// How many entries are rejections, not notices.
  [[nodiscard]] std::size_t rejected() const noexcept { return rejected_; }
  /// How many entries are notices.
  [[nodiscard]] std::size_t notices() const noexcept { return entries_.size() - rejected_; }
  /// True if there is neither a rejection nor a notice.
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// Columns code, source, row, field, reason.
  [[nodiscard]] Table table() const;

 private:
  std::vector<Rejection> entries_;
  std::size_t rejected_{0};
};

}  // namespace churn::inline v0
