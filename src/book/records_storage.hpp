// The columns behind Records. Private to the library's sources.
#pragma once

#include <churn/book/records.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "book/id_table.hpp"
#include "book/plain_column.hpp"

namespace churn::inline v0 {

/// A column that takes no memory until a value differs from its default.
template <class T>
class OptionalColumn {
 public:
  explicit OptionalColumn(T fallback) : fallback_(fallback) {}
  void set(std::size_t row, T value) {
    if (row < values_.size()) {
      values_.writable()[row] = value;
    } else if (value != fallback_) {
      values_.resize(row, fallback_);
      values_.push_back(value);
    }
  }
  [[nodiscard]] const T& operator[](std::size_t row) const noexcept {
    return row < values_.size() ? values_[row] : fallback_;
  }
  [[nodiscard]] bool empty() const noexcept { return values_.empty(); }
  /// Those of the first rows, up to the last that differs from the default or was set back to it.
  [[nodiscard]] const PlainColumn<T>& values() const noexcept { return values_; }

  /// Shows its column to what keeps it, or fills it again.
  template <class Self, class Visit>
  static void each_column(Self& self, Visit&& visit) {
    visit(self.values_);
  }
  [[nodiscard]] bool is_default(const T& value) const noexcept { return value == fallback_; }
  /// Up to the last row that was ever set to something else than the default.
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// Makes the rows from `row` on those of another column, `convert`ed.
  template <class Convert>
  void append(std::size_t row, const OptionalColumn& other, Convert convert) {
    values_.truncate(row);  // what an interrupted append left behind
    if (other.values_.empty()) return;
    values_.resize(row, fallback_);
    values_.resize(row + other.values_.size());
    std::transform(other.values_.begin(), other.values_.end(), values_.writable().subspan(row).begin(),
                   convert);
  }
  void append(std::size_t row, const OptionalColumn& other) {
    append(row, other, [](const T& value) { return value; });
  }

 private:
  T fallback_;
  PlainColumn<T> values_;
};

/// Decimals where most rows have the same one.
class OptionalDecimals {
 public:
  explicit OptionalDecimals(Decimal fallback)
      : coefficient_(fallback.coefficient()), scale_(static_cast<std::uint8_t>(fallback.scale())) {}
  void set(std::size_t row, const Decimal& value) {
    coefficient_.set(row, value.coefficient());
    scale_.set(row, static_cast<std::uint8_t>(value.scale()));
  }
  [[nodiscard]] Decimal operator[](std::size_t row) const { return {coefficient_[row], scale_[row]}; }
  [[nodiscard]] std::int64_t coefficient(std::size_t row) const noexcept { return coefficient_[row]; }
  [[nodiscard]] std::uint8_t scale(std::size_t row) const noexcept { return scale_[row]; }
  [[nodiscard]] bool empty() const noexcept { return coefficient_.empty() && scale_.empty(); }
  /// As a text: 0.00 is not 0.
  [[nodiscard]] bool is_default(const Decimal& value) const noexcept {
    return coefficient_.is_default(value.coefficient()) &&
           scale_.is_default(static_cast<std::uint8_t>(value.scale()));
  }
  /// Up to the last row that was ever set to something else than the default.
  [[nodiscard]] std::size_t size() const noexcept { return std::max(coefficient_.size(), scale_.size()); }
  /// Sets the rows from `row` on to those of another column.
  void append(std::size_t row, const OptionalDecimals& other) {
    coefficient_.append(row, other.coefficient_);
    scale_.append(row, other.scale_);
  }
  [[nodiscard]] const OptionalColumn<std::int64_t>& coefficients() const noexcept { return coefficient_; }
  [[nodiscard]] const OptionalColumn<std::uint8_t>& scales() const noexcept { return scale_; }

  template <class Self, class Visit>
  static void each_column(Self& self, Visit&& visit) {
    OptionalColumn<std::int64_t>::each_column(self.coefficient_, visit);
    OptionalColumn<std::uint8_t>::each_column(self.scale_, visit);
  }

 private:
  OptionalColumn<std::int64_t> coefficient_;
  OptionalColumn<std::uint8_t> scale_;
};

/// Row numbers in a source. They mostly count up by one, so only the breaks are kept.
class RowNumbers {
 public:
  /// Rows are given in order of `i`; 0 stands for the ordinal of the row, from 1.
  void set(std::uint64_t i, std::int64_t row) {
    const std::int64_t offset = row == 0 ? 1 : row - static_cast<std::int64_t>(i);
    if (offset != (breaks_.empty() ? 1 : breaks_.back().offset)) breaks_.push_back({i, offset});
  }
  /// Sets the rows from `i` on to the `count` rows of another source, of which `rows_before` went before.
  void append(std::size_t i, const RowNumbers& other, std::size_t count, std::int64_t rows_before) {
    if (count == 0) return;
    set(i, other[0] + rows_before);
    for (const Break& b : other.breaks_)
      if (b.first < count) set(i + b.first, static_cast<std::int64_t>(b.first) + b.offset + rows_before);
  }
  [[nodiscard]] std::int64_t operator[](std::size_t i) const noexcept {
    const auto after = std::upper_bound(breaks_.begin(), breaks_.end(), i,
                                        [](std::size_t index, const Break& b) { return index < b.first; });
    return static_cast<std::int64_t>(i) + (after == breaks_.begin() ? 1 : std::prev(after)->offset);
  }

  /// Shows its column to what keeps it, or fills it again.
  template <class Self, class Visit>
  static void each_column(Self& self, Visit&& visit) {
    visit(self.breaks_);
  }
  /// Of a column that was filled from outside: whether all of so many rows have a number.
  [[nodiscard]] bool is_sound(std::size_t rows) const noexcept {
    for (std::size_t k = 0; k < breaks_.size(); ++k) {
      const std::uint64_t end = k + 1 < breaks_.size() ? breaks_[k + 1].first : rows;
      if (end > rows || breaks_[k].first >= end ||
          breaks_[k].offset > INT64_MAX - static_cast<std::int64_t>(end))
        return false;
    }
    return true;
  }

 private:
  struct Break {
    std::uint64_t first;  // index from which on
    std::int64_t offset;  // row - index
  };
  PlainColumn<Break> breaks_;
};

inline constexpr std::int32_t no_day = PhaseColumns::no_day;
inline constexpr std::uint32_t no_index = UINT32_MAX;

[[nodiscard]] inline std::int32_t day_or_none(const std::optional<Date>& day) noexcept {
  return day ? day->days() : no_day;
}

struct PhaseTable {
  PlainColumn<std::uint32_t> subscription;
  PlainColumn<std::uint32_t> customer;
  PlainColumn<std::uint32_t> plan;
  PlainColumn<std::int32_t> starts_on;
  PlainColumn<std::int32_t> ends_on;
  PlainColumn<std::int64_t> amount;  // coefficient of the price's decimal
  PlainColumn<std::uint8_t> scale;   // its decimals
  PlainColumn<std::uint8_t> currency;
  PlainColumn<BillingInterval> interval;
  OptionalColumn<std::int32_t> interval_count{1};
  OptionalColumn<std::int64_t> quantity{1};
  OptionalDecimals discount_percent{Decimal{}};
  OptionalDecimals discount_amount{Decimal{}};
  OptionalColumn<std::int32_t> discount_ends_on{no_day};
  OptionalColumn<std::int32_t> trial_ends_on{no_day};
  OptionalColumn<std::int32_t> cancel_requested_on{no_day};
  OptionalColumn<std::uint32_t> end_reason{no_index};
  OptionalColumn<std::int32_t> paused_from{no_day};
  OptionalColumn<std::int32_t> paused_until{no_day};
  OptionalColumn<std::int32_t> term_ends_on{no_day};
  RowNumbers row;

  [[nodiscard]] std::size_t size() const noexcept { return starts_on.size(); }
  /// Takes back what an interrupted append left behind the first `rows` rows.
  void truncate(std::size_t rows) noexcept {
    const auto cut = [rows](auto&... columns) { (columns.truncate(rows), ...); };
    cut(subscription, customer, plan, starts_on, ends_on, amount, scale, currency, interval);
  }
  [[nodiscard]] std::int64_t source_row(std::size_t i) const noexcept { return row[i]; }
  [[nodiscard]] Price price(std::size_t i) const {
    return {Decimal{amount[i], scale[i]}, Currency::from_index(currency[i])};
  }
  [[nodiscard]] BillingCycle cycle(std::size_t i) const noexcept { return {interval[i], interval_count[i]}; }
  [[nodiscard]] Discount discount(std::size_t i) const noexcept {
    return {discount_percent[i], discount_amount[i]};
  }
};

struct AttributeColumn {
  std::string name;
  IdTable values{};
  OptionalColumn<std::uint32_t> value{no_index};  // by customer row, up to the last that has one
};

struct CustomerTable {
  PlainColumn<std::uint32_t> id;
  OptionalColumn<std::int32_t> signed_up_on{no_day};
  OptionalColumn<std::uint8_t> excluded{0};
  OptionalColumn<std::uint32_t> merged_into{no_index};
  OptionalColumn<std::uint32_t> name{no_index};
  RowNumbers row;
  IdTable attribute_names;
  std::vector<AttributeColumn> attributes;  // by the indices of their names

  [[nodiscard]] std::size_t size() const noexcept { return id.size(); }
  [[nodiscard]] std::int64_t source_row(std::size_t i) const noexcept { return row[i]; }
};

struct EventTable {
  PlainColumn<std::uint32_t> customer;
  PlainColumn<std::int64_t> at;
  PlainColumn<std::uint32_t> kind;
  OptionalDecimals value{Decimal{1}};
  OptionalColumn<std::uint32_t> label{no_index};
  RowNumbers row;

  [[nodiscard]] std::size_t size() const noexcept { return at.size(); }
  /// Takes back what an interrupted append left behind the first `rows` rows. The optional columns are set
  /// anew by whatever comes next.
  void truncate(std::size_t rows) noexcept {
    customer.truncate(rows);
    kind.truncate(rows);
    at.truncate(rows);
  }
};

struct InvoiceRow {
  Invoice invoice;
  std::int64_t row;
};

struct FxRateRow {
  FxRate rate;
  std::int64_t row;
};

struct Records::Storage {
  std::array<std::string, 5> sources{"customers", "subscriptions", "invoices", "events", "fx_rates"};
  std::optional<Date> records_from;
  std::optional<Currency> rates_currency;
  IdTable customer_ids;
  IdTable subscription_ids;
  IdTable plans;
  IdTable texts;  // names of customers, end reasons, event kinds and labels
  CustomerTable customers;
  PhaseTable phases;
  EventTable events;
  std::vector<InvoiceRow> invoices;
  std::vector<FxRateRow> fx_rates;

  [[nodiscard]] const std::string& source(RecordTable table) const noexcept {
    return sources[static_cast<std::size_t>(table)];
  }

  // What Records::add does.
  void add(const Customer& customer, std::int64_t row);
  void add(const CustomerRecord& customer);
  void add(const Subscription& subscription, std::int64_t row);
  void add(const PhaseRecord& phase);
  void add(std::span<const PhaseRecord> records);
  void add(const Invoice& invoice, std::int64_t row);
  void add(const EventRecord& event);
  void add(const FxRate& rate, std::int64_t row);
  /// The column of an attribute, made if there is none.
  AttributeColumn& attribute(std::string_view name, std::size_t guess = SIZE_MAX);

 private:
  void append_phase(std::uint32_t subscription, std::uint32_t customer, const Phase& phase, std::int64_t row);
};

}  // namespace churn::inline v0
