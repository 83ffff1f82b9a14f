#include "io/customer_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "book/customer_block.hpp"
#include "io/block_reader.hpp"
#include "io/book_rows.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

/// Reads the customers of the rows that a table has fetched, a column at a time.
class CustomerRows : private BlockReader {
 public:
  explicit CustomerRows(TableReader& table) : BlockReader(table), block_(most_rows) {
    for (const auto& [index, name] : table.others()) {
      block_.attributes.push_back({name, {}});
      attributes_.emplace_back(name, "");
    }
  }

  /// Those of the rows that read; of the others it is reported why not.
  void add_to(Records& records) {
    for (const TableReader::Place& place : table_.places()) read_column(place);
    for (std::size_t k = 0; k < block_.attributes.size(); ++k)
      read_each(table_.others()[k].first, block_.attributes[k].value, read_text);
    records.add(block_, close_up(block_, [this](std::size_t row) { return read_odd(row); }));
  }

 private:
  std::optional<CustomerRecord> read_odd(std::size_t row) {
    auto customer = table_.take(row) ? customer_record_of(table_) : std::nullopt;
    if (!customer) return customer;
    for (std::size_t k = 0; k < attributes_.size(); ++k)
      attributes_[k].second = table_.field(table_.others()[k].first);
    customer->attributes = attributes_;
    return customer;
  }

  static bool read_flag(std::string_view text, std::uint8_t& flag) {
    flag = text == "1" ? 1 : 0;
    return text.empty() || text == "0" || text == "1";
  }

  void read_column(const TableReader::Place& place) {
    const auto each = [&](auto& values, auto read) { read_each(place.in_file, values, read); };
    const auto day = [this](std::string_view text, std::int32_t& into) { return read_day(text, into); };
    switch (place.column) {
      case customer_column::customer_id: return each(block_.id, read_id);
      case customer_column::signed_up_on: return each(block_.signed_up_on, day);
      case customer_column::name: return each(block_.name, read_text);
      case customer_column::excluded: return each(block_.excluded, read_flag);
      case customer_column::merged_into: return each(block_.merged_into, read_text);
      default: break;
    }
  }

  CustomerBlock block_;
  std::vector<std::pair<std::string_view, std::string_view>> attributes_;  // of an odd row
};

}  // namespace

void read_customers(TableReader& table, Records& records) {
  CustomerRows rows(table);
  if (records.customer_count() == 0) records.reserve_customers(table.rows_left());
  while (table.fetch()) rows.add_to(records);
}

}  // namespace reading
}  // namespace churn::inline v0
