// Table: named columns and typed cells, the form in which every answer can be printed, saved or sent on.
//
// An undefined value is an empty cell: nothing in CSV, null in JSON, never 0 or nan (a double that is not
// finite counts as undefined). Amounts are exact
// decimals of their currency (in JSON a string, because JSON numbers are doubles for most readers); counts
// and ticks are integers; doubles print the shortest text that reads back to the same bits. The same table
// gives the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <churn/core/date.hpp>
#include <churn/core/money.hpp>

namespace churn::inline v0 {

/// std::monostate is an undefined value, shown as an empty cell.
using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string, Date, Money>;

/// An answer as rows of cells, for print, files and other programs.
struct Table {
  std::vector<std::string> columns;     ///< names from left to right; one may come twice
  std::vector<std::vector<Cell>> rows;  ///< each as long as `columns`
  friend bool operator==(const Table&, const Table&) = default;
};

/// One cell as plain text: empty, `1` / `0` for a bool, digits, `YYYY-MM-DD`, `12.50`.
[[nodiscard]] std::string to_text(const Cell& cell);

/// RFC 4180 with a header row and `\n` line ends; a field is quoted only where it must be. O(cells).
[[nodiscard]] std::string to_csv(const Table& table);

/// A JSON array with an object a row, keys in the order of the columns. Where a column's name comes again
/// further right (a segment by an attribute called `size` in a table with a `size` of its own), its key gets
/// `by_` in front, as often as it takes to be no other's, so that nothing is lost.
[[nodiscard]] std::string to_json(const Table& table);

/// The shortest decimal that reads back to the same double.
[[nodiscard]] std::string shortest(double value);

}  // namespace churn::inline v0
