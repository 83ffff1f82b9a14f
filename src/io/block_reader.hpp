// The rows of a table read many at a time, a column after the other. Private to the readers of io/.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "book/records_storage.hpp"
#include "core/day_text.hpp"
#include "core/words.hpp"
#include "io/table_reader.hpp"

namespace churn::inline v0 {
namespace reading {

/// What day_of_text says, faster where days of few months come again and again.
class DayReader {
 public:
  std::int32_t operator()(std::string_view text) {
    if (text.size() != 10) return not_a_day;
    const std::uint64_t month = word_at(text.data());  // with its hyphens
    // Months less than ten years apart have places of their own.
    const auto part = [month](int byte, unsigned bits) { return month >> 8 * byte & bits; };
    Month& known = months_[part(3, 15) | part(6, 15) << 4 | part(5, 1) << 8];
    if (known.text != month && !learn(known, text)) return not_a_day;
    const auto tens = static_cast<unsigned char>(text[8]) - unsigned{'0'};
    const auto ones = static_cast<unsigned char>(text[9]) - unsigned{'0'};
    const unsigned day = tens * 10 + ones - 1;
    return tens <= 9 && ones <= 9 && day < known.days ? known.first + static_cast<std::int32_t>(day)
                                                      : not_a_day;
  }

 private:
  struct Month {
    std::uint64_t text{0};
    std::int32_t first{0};
    std::uint32_t days{0};
  };

  static bool learn(Month& month, std::string_view text) {
    std::array<char, 10> day{};
    std::copy_n(text.begin(), 8, day.begin());
    const auto place = [&](unsigned number) {
      day[8] = static_cast<char>('0' + number / 10);
      day[9] = static_cast<char>('0' + number % 10);
      return day_of_text({day.data(), day.size()});
    };
    const std::int32_t first = place(1);
    if (first == not_a_day) return false;
    std::uint32_t days = 28;
    while (days < 31 && place(days + 1) != not_a_day) ++days;
    month = {word_at(text.data()), first, days};
    return true;
  }

  std::array<Month, 512> months_{};
};

/// Of the rows that a table has fetched, reads columns of texts into columns of values. Rows that hold something that
/// does not read are odd: they are left to whoever reads a row by itself, and says what is wrong with it.
class BlockReader {
 public:
  static constexpr std::size_t most_rows = CsvReader::most_rows;

  explicit BlockReader(TableReader& table) : table_(table) {}

 protected:
  // Each reads one text into its place in a column. False if it does not read, or is odd in some other way.

  static bool read_id(std::string_view text, std::string_view& id) {
    id = text;
    return !text.empty();
  }
  static bool read_text(std::string_view text, std::string_view& into) {
    into = text;
    return true;
  }
  bool read_day(std::string_view text, std::int32_t& day) {
    const std::int32_t read = day_of_(text);
    day = read == not_a_day ? no_day : read;
    return read != not_a_day || text.empty();
  }
  /// Of a day that each row has.
  bool read_given_day(std::string_view text, std::int32_t& day) {
    day = day_of_(text);
    return day != not_a_day;
  }

  template <class Value, class Read>
  void read_each(std::size_t in_file, std::vector<Value>& values, Read read) {
    values.resize(most_rows);  // if it is the first time
    for (std::size_t row = 0; row < table_.row_count(); ++row)
      if (!read(table_.cell(row, in_file), values[row])) odd_[row] = true;
  }
  /// Of a column that mostly says what it said in the row before: then that is copied.
  template <class Value, class Read>
  void read_each_new(std::size_t in_file, std::vector<Value>& values, Read read) {
    values.resize(most_rows);
    bool known = false;  // whether the row before reads
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      const std::string_view text = table_.cell(row, in_file);
      if (known && is_same(text, table_.cell(row - 1, in_file))) {
        values[row] = values[row - 1];
        continue;
      }
      known = read(text, values[row]);
      if (!known) odd_[row] = true;
    }
  }

  /// Closes the rows of a block up, with what `read_odd` says of the odd ones, if it says something. Gives how many
  /// there are then.
  template <class Block, class ReadOdd>
  std::size_t close_up(Block& block, ReadOdd read_odd) {
    std::size_t kept = 0;
    for (std::size_t row = 0; row < table_.row_count(); ++row) {
      if (odd_[row]) {
        if (const auto record = read_odd(row)) block.set(kept++, *record);
        continue;
      }
      block.row[row] = table_.row_number(row);
      if (kept != row) block.move(row, kept);
      ++kept;
    }
    odd_.fill(false);
    return kept;
  }

  TableReader& table_;
  std::array<bool, most_rows> odd_{};  // by row

 private:
  DayReader day_of_;
};

}  // namespace reading
}  // namespace churn::inline v0
