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
  [[nodiscard]] bool is_default(const T& value) const noexcept { return value == fallback_; }
  /// Up to the last row that was ever set to something else than the default.
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// Sets the rows from `row` on to those of another column, `convert`ed.
  template <class Convert>
  void append(std::size_t row, const OptionalColumn& other, Convert convert) {
    for (std::size_t i = 0; i < other.values_.size(); ++i) set(row + i, convert(other.values_[i]));
  }
  void append(std::size_t row, const OptionalColumn& other) {
    append(row, other, [](const T& value) { return value; });
  }

 private:
  T fallback_;
  PlainColumn<T> values_;
};

/// Row numbers in a source. They mostly count up by one, so only the breaks are kept.
class RowNumbers {
 public:
  /// Rows are given in order of `i`; 0 stands for the ordinal of the row, from 1.
  void set(std::size_t i, std::int64_t row) {
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

 private:
  struct Break {
    std::size_t first;    // index from which on
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
  OptionalColumn<Decimal> discount_percent{Decimal{}};
  OptionalColumn<Decimal> discount_amount{Decimal{}};
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
  OptionalColumn<std::int64_t> coefficient{1};  // of the value's decimal
  OptionalColumn<std::uint8_t> scale{0};        // its decimals
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
  void set_value(std::size_t i, const Decimal& value) {
    coefficient.set(i, value.coefficient());
    scale.set(i, static_cast<std::uint8_t>(value.scale()));
  }
  [[nodiscard]] Decimal value(std::size_t i) const { return {coefficient[i], scale[i]}; }
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
