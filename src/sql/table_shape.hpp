// TableShape: which columns a table or view of a database has, and how each is asked for as a text that our readers
// read: exact, and the same whatever the locale. Private to the sources of sql/.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/session.hpp"

namespace churn::inline v0 {
namespace database {

/// What a column holds, as far as its text depends on it.
enum class ColumnKind : std::uint8_t {
  other,  ///< what casts to the text that we read: texts, whole numbers, numeric, uuid, …
  text,   ///< of the kinds that compare as bytes do
  boolean,
  real,   ///< 4 or 8 bytes, binary
  money,  ///< PostgreSQL's, whose text depends on the locale
  date,
  instant,  ///< timestamp, with or without a zone
  any,      ///< SQLite: each row may hold something else
};

struct ShapeColumn {
  std::string name;        ///< as the database has it
  std::string known_name;  ///< by which it is compared with ours
  ColumnKind kind;
  std::string type;  ///< as the database names it; empty if it does not
};

struct TableShape {
  std::string name;    ///< ours, such as `customers`
  std::string quoted;  ///< in a query
  std::vector<ShapeColumn> columns;

  [[nodiscard]] const ShapeColumn* find(std::string_view known_name) const;
};

/// None if there is no table or view of that name that can be seen.
[[nodiscard]] std::optional<TableShape> shape_of(Session& session, const std::string& schema,
                                                 const std::string& table);

/// The expression that gives a column as a text. A `flag` is 1 or 0, any other boolean `true` or `false`.
[[nodiscard]] std::string text_of_column(const Session& session, const ShapeColumn& column, bool flag);

/// What text_of_column gave, where SQLite marked a binary number: as a plain decimal. Others as they are.
[[nodiscard]] bool is_marked_real(std::string_view text) noexcept;
[[nodiscard]] std::string plain_real(std::string_view text);

/// Whether a column of ours is a day, so that an instant in it counts as one.
[[nodiscard]] bool is_day_column(std::string_view known_name) noexcept;

/// Instants as texts of one length each, by which they compare: for watermarks.
[[nodiscard]] std::string comparable_instant(const Session& session, const ShapeColumn& column);
[[nodiscard]] std::string comparable_now(const Session& session);

}  // namespace database
}  // namespace churn::inline v0
