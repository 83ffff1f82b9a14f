// Fields: the texts of one row of a table with known columns, as typed values, whatever the row came in: a
// line of CSV or an object of JSON. One place says what a date, an amount or an interval looks like, and what
// is wrong with those that don't. Private to the readers of io/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/core/timestamp.hpp>
#include <churn/domain/invoice.hpp>

#include "io/findings.hpp"

namespace churn::inline v0 {
namespace reading {

/// What a column must have: nothing, to be there, or a value in every row as well.
enum class Need : std::uint8_t { nothing, column, value };

struct Column {
  std::string_view name;
  Need need{Need::nothing};
  bool is_flag{false};  ///< 1 or 0; in JSON also true or false
};

/// A row. A field that does not read rejects it: then `good()` is false, the field and the rest of the row
/// need not be used. An empty text is an absent value.
class Fields {
 public:
  Fields(std::string source, std::span<const Column> columns, Findings& findings)
      : source_(std::move(source)), columns_(columns), findings_(&findings), texts_(columns.size()) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::int64_t row() const noexcept { return row_; }
  [[nodiscard]] std::string_view text(std::size_t column) const { return texts_[column]; }

  // Most tables lack most columns: what is absent is told from the caller's place.

  [[nodiscard]] std::optional<Date> date(std::size_t column) {
    if (text(column).empty()) return std::nullopt;
    return read(column, &Date::parse, RejectionCode::bad_date, " is not a date. Write YYYY-MM-DD.");
  }
  [[nodiscard]] std::optional<Timestamp> timestamp(std::size_t column) {
    return read(column, &Timestamp::parse, RejectionCode::bad_timestamp,
                " is not a point in time. Write YYYY-MM-DDThh:mm:ssZ.");
  }
  [[nodiscard]] std::optional<BillingInterval> interval(std::size_t column) {
    if (text(column) == last_interval_.text) return last_interval_.value;
    return remember(last_interval_, column,
                    read(column, &parse_billing_interval, RejectionCode::unknown_interval,
                         " is not an interval. Write day, week, month, quarter, half_year or year."));
  }
  [[nodiscard]] std::optional<InvoiceStatus> invoice_status(std::size_t column) {
    return read(column, &parse_invoice_status, RejectionCode::unknown_status,
                " is not an invoice's status. Write draft, open, paid, uncollectible or void.");
  }
  [[nodiscard]] std::optional<PaymentStatus> payment_status(std::size_t column) {
    return read(column, &parse_payment_status, RejectionCode::unknown_status,
                " is not a payment's status. Write succeeded, failed or refunded.");
  }
  [[nodiscard]] std::optional<LineKind> line_kind(std::size_t column) {
    return read(column, &parse_line_kind, RejectionCode::unknown_kind,
                " is not a kind of line. Write recurring, proration, usage or one_time.");
  }

  [[nodiscard]] std::optional<Currency> currency(std::size_t column) {
    if (text(column) == last_currency_.text) return last_currency_.value;
    return remember(last_currency_, column,
                    read(column, &Currency::parse, RejectionCode::unknown_currency,
                         " is not a currency. Write an ISO 4217 code such as USD."));
  }

  [[nodiscard]] bool flag(std::size_t column) {
    const std::string_view given = text(column);
    if (!given.empty() && given != "0" && given != "1")
      reject(RejectionCode::bad_flag, column, in_quotes(given) + " is neither 0 nor 1.");
    return given == "1";
  }

  [[nodiscard]] std::optional<Decimal> decimal(std::size_t column) {
    if (text(column).empty()) return std::nullopt;
    return given_decimal(column);
  }

  /// A whole number that `Integer` can hold.
  template <class Integer>
  [[nodiscard]] std::optional<Integer> whole(std::size_t column) {
    if (text(column).empty()) return std::nullopt;
    const auto parsed = given_decimal(column);
    if (!parsed) return std::nullopt;
    if (parsed->scale() != 0) {
      reject(RejectionCode::bad_number, column, in_quotes(text(column)) + " is not a whole number.");
      return std::nullopt;
    }
    if (parsed->coefficient() < std::numeric_limits<Integer>::min() ||
        parsed->coefficient() > std::numeric_limits<Integer>::max()) {
      reject(RejectionCode::out_of_range, column, in_quotes(text(column)) + " is too large.");
      return std::nullopt;
    }
    return static_cast<Integer>(parsed->coefficient());
  }

  [[nodiscard]] std::optional<Money> money(std::size_t column, Currency currency) {
    if (text(column).empty()) return std::nullopt;
    const auto amount = Money::parse(text(column), currency);
    if (amount) return amount;
    const auto parsed = decimal(column);  // which says what is wrong with it as a number
    if (parsed && parsed->scale() > currency.decimals())
      reject(RejectionCode::bad_number, column,
             in_quotes(text(column)) + " has more decimals than " + std::string(currency.code()) + ".");
    else if (parsed)
      reject(RejectionCode::out_of_range, column, in_quotes(text(column)) + " is too large.");
    return std::nullopt;
  }

  /// An interval with its count, which is 1 if it is not given. None without an interval.
  [[nodiscard]] std::optional<BillingCycle> cycle(std::size_t interval_column, std::size_t count_column) {
    const auto each = interval(interval_column);
    const auto count = whole<std::int32_t>(count_column);
    if (!each) return std::nullopt;
    return BillingCycle{*each, count.value_or(1)};
  }

  /// A finding about an earlier row, which stays as it is.
  void report(RejectionCode code, std::int64_t row, std::size_t column, std::string reason) {
    findings_->add({code, source_, row, std::string(columns_[column].name), std::move(reason)});
  }

  /// Rejects the row, unless that is done already.
  void reject(RejectionCode code, std::size_t column, std::string reason) {
    reject(code, columns_[column].name, std::move(reason));
  }
  void reject(RejectionCode code, std::string_view field, std::string reason) {
    if (!good_) return;
    good_ = false;
    findings_->add({code, source_, row_, path_ + std::string(field), std::move(reason)});
  }

 protected:
  void begin(std::int64_t row) noexcept {
    row_ = row;
    good_ = true;
  }

  /// Rejects the row if a value is missing that every row needs.
  void check_required() {
    for (std::size_t column = 0; column < columns_.size(); ++column)
      if (columns_[column].need == Need::value && texts_[column].empty())
        reject(RejectionCode::missing_value, column,
               std::string(columns_[column].name) + " is empty. Every row needs one.");
  }

  std::string source_;
  std::span<const Column> columns_;
  Findings* findings_;
  std::vector<std::string_view> texts_;  // by column
  std::string path_;                     // before the names of fields: `phases[2].`

 private:
  /// A file mostly says the same as a row before, so what the last text meant is remembered.
  template <class Value>
  struct Remembered {
    std::string text{};
    std::optional<Value> value{};
  };
  template <class Value>
  std::optional<Value> remember(Remembered<Value>& last, std::size_t column, std::optional<Value> value) {
    if (!value) return value;
    last.text = text(column);
    last.value = value;
    return value;
  }

  std::optional<Decimal> given_decimal(std::size_t column) {
    const std::string_view given = text(column);
    Decimal::Problem problem{};
    const auto parsed = Decimal::parse(given, &problem);
    if (problem == Decimal::Problem::out_of_range)
      reject(RejectionCode::out_of_range, column, in_quotes(given) + " has more digits than can be kept.");
    else if (!parsed)
      reject(RejectionCode::bad_number, column,
             in_quotes(given) + " is not a number. Write one such as 1234.50.");
    return parsed;
  }

  template <class Parse>
  auto read(std::size_t column, Parse parse, RejectionCode code, std::string_view complaint)
      -> decltype(parse(std::string_view{})) {
    const std::string_view given = text(column);
    if (given.empty()) return std::nullopt;
    auto parsed = parse(given);
    if (!parsed) reject(code, column, in_quotes(given).append(complaint));
    return parsed;
  }

  std::int64_t row_{0};
  bool good_{true};
  Remembered<Currency> last_currency_;
  Remembered<BillingInterval> last_interval_;
};

}  // namespace reading
}  // namespace churn::inline v0
