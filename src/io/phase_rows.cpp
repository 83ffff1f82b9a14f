#include "io/phase_rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/day_text.hpp"
#include "core/words.hpp"
#include "io/book_rows.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

// Each reads one text into its place in a phase. False if it does not read, or is odd in some other way.

template <std::string_view PhaseRecord::*member>
bool read_name(std::string_view text, PhaseRecord& phase) {
  phase.*member = text;
  return !text.empty();
}

bool read_start(std::string_view text, PhaseRecord& phase) {
  const std::int32_t day = day_of_text(text);
  if (day == not_a_day) return false;
  phase.starts_on = Date::from_days(day);
  return true;
}

template <std::optional<Date> PhaseRecord::*member>
bool read_day(std::string_view text, PhaseRecord& phase) {
  const std::int32_t day = day_of_text(text);
  if (day == not_a_day)
    (phase.*member).reset();
  else
    phase.*member = Date::from_days(day);
  return day != not_a_day || text.empty();
}

bool read_amount(std::string_view text, PhaseRecord& phase) {
  const auto amount = Decimal::parse(text);
  if (amount) phase.price.amount = *amount;
  return amount.has_value();
}

bool read_currency(std::string_view text, PhaseRecord& phase) {
  const auto currency = Currency::parse(text);
  if (currency) phase.price.currency = *currency;
  return currency.has_value();
}

bool read_interval(std::string_view text, PhaseRecord& phase) {
  const auto interval = parse_billing_interval(text);
  if (interval) phase.cycle.interval = *interval;
  return interval.has_value();
}

template <class Integer>
bool read_count(std::string_view text, Integer& count) {
  const auto number = text.empty() ? Decimal{1} : Decimal::parse(text);
  if (!number || number->scale() != 0 || number->coefficient() < std::numeric_limits<Integer>::min() ||
      number->coefficient() > std::numeric_limits<Integer>::max())
    return false;
  count = static_cast<Integer>(number->coefficient());
  return true;
}
bool read_interval_count(std::string_view text, PhaseRecord& phase) {
  return read_count(text, phase.cycle.count);
}
bool read_quantity(std::string_view text, PhaseRecord& phase) { return read_count(text, phase.quantity); }

template <Decimal PhaseRecord::*member>
bool read_discount(std::string_view text, PhaseRecord& phase) {
  const auto discount = text.empty() ? Decimal{} : Decimal::parse(text);
  if (discount) phase.*member = *discount;
  return discount.has_value();
}

bool read_end_reason(std::string_view text, PhaseRecord& phase) {
  phase.end_reason = text;
  return true;
}

/// The phases of the rows that a table has fetched.
class PhaseRows {
 public:
  explicit PhaseRows(TableReader& table)
      : table_(table),
        phases_(CsvReader::most_rows, PhaseRecord{.subscription = {},
                                                  .customer = {},
                                                  .plan = {},
                                                  .starts_on = Date::from_days(0),
                                                  .ends_on = {},
                                                  .price = Price{Decimal{}, Currency::from_index(0)}}) {}

  /// Of the rows that read; of the others it is reported why not.
  std::span<const PhaseRecord> read_rows() {
    odd_.fill(false);
    for (const TableReader::Place& place : table_.places()) read_column(place);
    std::size_t kept = 0;
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      if (odd_[row]) {
        const auto phase = table_.take(row) ? phase_of(table_) : std::nullopt;
        if (phase) phases_[kept++] = *phase;
        continue;
      }
      if (kept != row) phases_[kept] = phases_[row];
      phases_[kept++].row = table_.row_number(row);
    }
    return {phases_.data(), kept};
  }

 private:
  // NOLINTNEXTLINE(readability-convert-member-functions-to-static): lambdas hide that it writes phases_
  void read_column(const TableReader::Place& place) {
    namespace column = phase_column;
    const auto each = [&](auto read) { read_each(place.in_file, read); };
    const auto each_new = [&](auto read, auto copy) { read_each_new(place.in_file, read, copy); };
    switch (place.column) {
      case column::subscription_id: return each(read_name<&PhaseRecord::subscription>);
      case column::customer_id: return each(read_name<&PhaseRecord::customer>);
      case column::plan: return each(read_name<&PhaseRecord::plan>);
      case column::starts_on: return each(read_start);
      case column::ends_on: return each(read_day<&PhaseRecord::ends_on>);
      case column::amount: return each(read_amount);
      case column::currency:
        return each_new(read_currency, [](const PhaseRecord& from, PhaseRecord& to) {
          to.price.currency = from.price.currency;
        });
      case column::interval:
        return each_new(read_interval, [](const PhaseRecord& from, PhaseRecord& to) {
          to.cycle.interval = from.cycle.interval;
        });
      case column::interval_count: return each(read_interval_count);
      case column::quantity: return each(read_quantity);
      case column::discount_percent: return each(read_discount<&PhaseRecord::discount_percent>);
      case column::discount_amount: return each(read_discount<&PhaseRecord::discount_amount>);
      case column::discount_ends_on: return each(read_day<&PhaseRecord::discount_ends_on>);
      case column::trial_ends_on: return each(read_day<&PhaseRecord::trial_ends_on>);
      case column::cancel_requested_on: return each(read_day<&PhaseRecord::cancel_requested_on>);
      case column::end_reason: return each(read_end_reason);
      case column::paused_from: return each(read_day<&PhaseRecord::paused_from>);
      case column::paused_until: return each(read_day<&PhaseRecord::paused_until>);
      case column::term_ends_on: return each(read_day<&PhaseRecord::term_ends_on>);
      default: break;
    }
  }

  template <class Read>
  void read_each(std::size_t in_file, Read read) {
    for (std::size_t row = 0; row < table_.row_count(); ++row)
      if (!read(table_.cell(row, in_file), phases_[row])) odd_[row] = true;
  }

  /// Of a column that mostly says what it said in the row before: then that is copied.
  template <class Read, class Copy>
  void read_each_new(std::size_t in_file, Read read, Copy copy) {
    bool known = false;  // whether the row before reads
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      const std::string_view text = table_.cell(row, in_file);
      if (known && is_same(text, table_.cell(row - 1, in_file))) {
        copy(phases_[row - 1], phases_[row]);
        continue;
      }
      known = read(text, phases_[row]);
      if (!known) odd_[row] = true;
    }
  }

  TableReader& table_;
  std::vector<PhaseRecord> phases_;
  std::array<bool, CsvReader::most_rows> odd_{};  // rows that are left to phase_of
};

}  // namespace

void read_phases(TableReader& table, Records& records) {
  PhaseRows rows(table);
  while (table.fetch()) records.add(rows.read_rows());
}

}  // namespace reading
}  // namespace churn::inline v0
