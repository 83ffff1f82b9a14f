#include "io/phase_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "book/phase_block.hpp"
#include "core/plain_number.hpp"
#include "io/block_reader.hpp"
#include "io/book_rows.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

/// Reads the phases of the rows that a table has fetched, a column at a time.
class PhaseRows : private BlockReader {
 public:
  explicit PhaseRows(TableReader& table) : BlockReader(table), block_(most_rows) {}

  /// Those of the rows that read; of the others it is reported why not.
  void add_to(Records& records) {
    for (const TableReader::Place& place : table_.places()) read_column(place);
    const auto read_odd = [this](std::size_t row) {
      return table_.take(row) ? phase_of(table_) : std::nullopt;
    };
    records.add(block_, close_up(block_, read_odd));
  }

 private:
  static bool read_currency(std::string_view text, std::uint8_t& index) {
    const auto currency = Currency::parse(text);
    if (currency) index = currency->index();
    return currency.has_value();
  }

  static bool read_interval(std::string_view text, BillingInterval& interval) {
    const auto parsed = parse_billing_interval(text);
    if (parsed) interval = *parsed;
    return parsed.has_value();
  }

  template <class Integer>
  static bool read_count(std::string_view text, Integer& count) {
    const auto number = text.empty() ? Decimal{1} : Decimal::parse(text);
    if (!number || number->scale() != 0 || number->coefficient() < std::numeric_limits<Integer>::min() ||
        number->coefficient() > std::numeric_limits<Integer>::max())
      return false;
    count = static_cast<Integer>(number->coefficient());
    return true;
  }

  static bool read_discount(std::string_view text, Decimal& discount) {
    const auto parsed = text.empty() ? Decimal{} : Decimal::parse(text);
    if (parsed) discount = *parsed;
    return parsed.has_value();
  }

  void read_column(const TableReader::Place& place) {
    namespace column = phase_column;
    const auto each = [&](auto& values, auto read) { read_each(place.in_file, values, read); };
    const auto each_new = [&](auto& values, auto read) { read_each_new(place.in_file, values, read); };
    const auto start = [this](std::string_view text, std::int32_t& day) { return read_given_day(text, day); };
    const auto day = [this](std::string_view text, std::int32_t& into) { return read_day(text, into); };
    switch (place.column) {
      case column::subscription_id: return each(block_.subscription, read_id);
      case column::customer_id: return each(block_.customer, read_id);
      case column::plan: return each(block_.plan, read_id);
      case column::starts_on: return each(block_.starts_on, start);
      case column::ends_on: return each(block_.ends_on, day);
      case column::amount: return read_amounts(place.in_file);
      case column::currency: return each_new(block_.currency, read_currency);
      case column::interval: return each_new(block_.interval, read_interval);
      case column::interval_count: return each(block_.interval_count, read_count<std::int32_t>);
      case column::quantity: return each(block_.quantity, read_count<std::int64_t>);
      case column::discount_percent: return each(block_.discount_percent, read_discount);
      case column::discount_amount: return each(block_.discount_amount, read_discount);
      case column::discount_ends_on: return each(block_.discount_ends_on, day);
      case column::trial_ends_on: return each(block_.trial_ends_on, day);
      case column::cancel_requested_on: return each(block_.cancel_requested_on, day);
      case column::end_reason: return each(block_.end_reason, read_text);
      case column::paused_from: return each(block_.paused_from, day);
      case column::paused_until: return each(block_.paused_until, day);
      case column::term_ends_on: return each(block_.term_ends_on, day);
      default: break;
    }
  }

  void read_amounts(std::size_t in_file) {
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      const std::string_view text = table_.cell(row, in_file);
      if (const PlainNumber plain = plain_number(text)) {
        block_.amount[row] = plain.coefficient;
        block_.scale[row] = static_cast<std::uint8_t>(plain.scale);
      } else if (const auto amount = Decimal::parse(text)) {
        block_.amount[row] = amount->coefficient();
        block_.scale[row] = static_cast<std::uint8_t>(amount->scale());
      } else {
        odd_[row] = true;
      }
    }
  }

  PhaseBlock block_;
};

}  // namespace

void read_phases(TableReader& table, Records& records) {
  PhaseRows rows(table);
  if (records.phase_count() == 0) records.reserve_phases(table.rows_left());
  while (table.fetch()) rows.add_to(records);
}

}  // namespace reading
}  // namespace churn::inline v0
