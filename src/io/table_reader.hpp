// TableReader: one CSV file of a book with known columns, its fields as typed values, its bad rows reported.
// Private to the readers of io/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <churn/book/rejections.hpp>
#include <churn/core/error.hpp>
#include <churn/core/timestamp.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/io/csv.hpp>

namespace churn::inline v0 {
namespace reading {

[[noreturn]] inline void fail(const std::string& sentence) { throw Error(ErrorCode::unreadable, sentence); }

/// A text of the file for use in a sentence: in quotes, on one line, cut to about 40 bytes.
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 40;
  const bool cut = text.size() > longest;
  if (cut) {
    std::size_t length = longest;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    text = text.substr(0, length);
  }
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return "\"" + shown + (cut ? "...\"" : "\"");
}

/// `subscriptions.csv, row 7, starts_on: "tomorrow" is not a date. Write YYYY-MM-DD.`
inline std::string sentence_of(const Rejection& rejection) {
  std::string sentence = rejection.source;
  if (rejection.row > 1) sentence += ", row " + std::to_string(rejection.row);
  if (rejection.row > 1 && !rejection.field.empty()) sentence += ", " + rejection.field;
  return sentence + ": " + rejection.reason;
}

/// Where findings go. In strict mode the first rejection is thrown.
class Findings {
 public:
  Findings(Rejections& rejections, bool strict) : rejections_(&rejections), strict_(strict) {}

  [[nodiscard]] Rejections& rejections() noexcept { return *rejections_; }

  void add(Rejection rejection) {
    rejections_->add(std::move(rejection));
    check();
  }
  /// To be called after others added to `rejections()`.
  void check() const {
    if (!strict_ || rejections_->rejected() == 0) return;
    const auto& entries = rejections_->entries();
    fail(sentence_of(*std::find_if(entries.begin(), entries.end(),
                                   [](const Rejection& r) { return !is_notice(r.code); })));
  }

 private:
  Rejections* rejections_;
  bool strict_;
};

/// What a column must have: nothing, to be there, or a value in every row as well.
enum class Need : std::uint8_t { nothing, column, value };

struct Column {
  std::string_view name;
  Need need{Need::nothing};
};

/// A file without which there is no book throws where others are left out.
enum class Importance : std::uint8_t { optional, required };

/// One CSV file with known columns, row by row, its fields as typed values. A field that does not read
/// rejects its row: then `good()` is false, the field and the rest of the row need not be used.
class TableReader {
 public:
  TableReader(std::string_view text, std::string source, std::span<const Column> columns,
              Importance importance, Findings& findings)
      : source_(std::move(source)),
        columns_(columns),
        findings_(&findings),
        csv_(text, source_, findings.rejections()),
        usable_(read_header()) {
    if (usable_) return;
    if (importance == Importance::required) fail(sentence_of(findings_->rejections().entries().back()));
    findings_->check();
  }

  /// The next row in which every required value is there; false at the end.
  [[nodiscard]] bool next() {
    while (usable_ && csv_.next(row_)) {
      findings_->check();
      good_ = true;
      for (const std::size_t column : required_)
        if (text(column).empty())
          reject(RejectionCode::missing_value, column,
                 std::string(columns_[column].name) + " is empty. Every row needs one.");
      if (good_) return true;
    }
    findings_->check();
    return false;
  }

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::int64_t row() const noexcept { return row_.number; }
  [[nodiscard]] bool usable() const noexcept { return usable_; }

  /// Columns that are not known but have a name: the index of the field, and the name.
  [[nodiscard]] const std::vector<std::pair<std::size_t, std::string>>& others() const noexcept {
    return others_;
  }
  [[nodiscard]] std::string_view field(std::size_t index) const { return row_.fields[index]; }
  void report_others() {
    if (!usable_) return;
    for (const auto& [index, name] : others_)
      findings_->add({RejectionCode::unknown_column, source_, csv_.header_row(), name,
                      "The column " + in_quotes(name) + " is not used."});
  }

  /// The text of a known column; empty if the file has no such column.
  [[nodiscard]] std::string_view text(std::size_t column) const {
    const std::size_t position = positions_[column];
    return position == absent ? std::string_view{} : row_.fields[position];
  }

  [[nodiscard]] std::optional<Date> date(std::size_t column) {
    return read(column, &Date::parse, RejectionCode::bad_date, " is not a date. Write YYYY-MM-DD.");
  }
  [[nodiscard]] std::optional<Timestamp> timestamp(std::size_t column) {
    return read(column, &Timestamp::parse, RejectionCode::bad_timestamp,
                " is not a point in time. Write YYYY-MM-DDThh:mm:ssZ.");
  }
  [[nodiscard]] std::optional<BillingInterval> interval(std::size_t column) {
    return read(column, &parse_billing_interval, RejectionCode::unknown_interval,
                " is not an interval. Write day, week, month, quarter, half_year or year.");
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

  /// Files mostly hold one currency, so the last one is remembered.
  [[nodiscard]] std::optional<Currency> currency(std::size_t column) {
    const std::string_view given = text(column);
    if (last_currency_ && given == last_currency_->code()) return last_currency_;
    const auto parsed = read(column, &Currency::parse, RejectionCode::unknown_currency,
                             " is not a currency. Write an ISO 4217 code such as USD.");
    if (parsed) last_currency_ = parsed;
    return parsed;
  }

  [[nodiscard]] bool flag(std::size_t column) {
    const std::string_view given = text(column);
    if (!given.empty() && given != "0" && given != "1")
      reject(RejectionCode::bad_flag, column, in_quotes(given) + " is neither 0 nor 1.");
    return given == "1";
  }

  [[nodiscard]] std::optional<Decimal> decimal(std::size_t column) {
    const std::string_view given = text(column);
    if (given.empty()) return std::nullopt;
    Decimal::Problem problem{};
    const auto parsed = Decimal::parse(given, &problem);
    if (problem == Decimal::Problem::out_of_range)
      reject(RejectionCode::out_of_range, column, in_quotes(given) + " has more digits than can be kept.");
    else if (!parsed)
      reject(RejectionCode::bad_number, column,
             in_quotes(given) + " is not a number. Write one such as 1234.50.");
    return parsed;
  }

  /// A whole number that `Integer` can hold.
  template <class Integer>
  [[nodiscard]] std::optional<Integer> whole(std::size_t column) {
    const auto parsed = decimal(column);
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
    const auto parsed = decimal(column);
    if (!parsed) return std::nullopt;
    if (parsed->scale() > currency.decimals()) {
      reject(RejectionCode::bad_number, column,
             in_quotes(text(column)) + " has more decimals than " + std::string(currency.code()) + ".");
      return std::nullopt;
    }
    const auto amount = Money::parse(text(column), currency);
    if (!amount) reject(RejectionCode::out_of_range, column, in_quotes(text(column)) + " is too large.");
    return amount;
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
    if (!good_) return;
    good_ = false;
    findings_->add({code, source_, row_.number, std::string(columns_[column].name), std::move(reason)});
  }

 private:
  static constexpr std::size_t absent = std::numeric_limits<std::size_t>::max();

  template <class Parse>
  auto read(std::size_t column, Parse parse, RejectionCode code, std::string_view complaint)
      -> decltype(parse(std::string_view{})) {
    const std::string_view given = text(column);
    if (given.empty()) return std::nullopt;
    auto parsed = parse(given);
    if (!parsed) reject(code, column, in_quotes(given).append(complaint));
    return parsed;
  }

  /// False, with a rejection of the file as a whole, if the header can't be used.
  bool read_header() {
    const std::vector<std::string>& header = csv_.header();
    if (header.empty()) return false;  // the reader said why
    positions_.assign(columns_.size(), absent);
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < header.size(); ++i) {
      if (header[i].empty()) continue;
      if (!seen.insert(header[i]).second)
        return reject_file(RejectionCode::duplicate_column, header[i],
                           "The column " + in_quotes(header[i]) + " is there twice.");
      const auto known = std::find_if(columns_.begin(), columns_.end(),
                                      [&](const Column& column) { return column.name == header[i]; });
      if (known == columns_.end())
        others_.emplace_back(i, header[i]);
      else
        positions_[static_cast<std::size_t>(known - columns_.begin())] = i;
    }
    return check_required();
  }

  bool check_required() {
    std::vector<std::string> missing;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      if (columns_[column].need == Need::nothing) continue;
      if (positions_[column] == absent) missing.emplace_back(columns_[column].name);
      if (columns_[column].need == Need::value) required_.push_back(column);
    }
    if (missing.empty()) return true;
    std::string list;
    for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + in_quotes(name);
    std::string reason =
        missing.size() == 1 ? "The column " + list + " is missing." : "The columns " + list + " are missing.";
    const std::string& first = csv_.header().front();
    if (csv_.header().size() == 1 && first.find_first_of(";\t") != std::string::npos)
      reason += " Columns must be separated by commas.";
    return reject_file(RejectionCode::missing_column, missing.front(), std::move(reason));
  }

  /// Strict mode is left to the constructor, which knows whether the file is required.
  bool reject_file(RejectionCode code, const std::string& field, std::string reason) {
    findings_->rejections().add({code, source_, 0, field, std::move(reason)});
    return false;
  }

  std::string source_;
  std::span<const Column> columns_;
  Findings* findings_;
  CsvReader csv_;
  std::vector<std::size_t> positions_;  // of each known column in the file
  std::vector<std::size_t> required_;
  std::vector<std::pair<std::size_t, std::string>> others_;
  CsvRow row_{};
  bool good_{true};
  std::optional<Currency> last_currency_{};
  bool usable_;  // last: reading the header fills the others
};

}  // namespace reading
}  // namespace churn::inline v0
