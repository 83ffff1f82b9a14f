// TableRows: a table of a database with known columns, its fields as typed values, its bad rows reported: what
// TableReader (io/table_reader.hpp) is for a CSV file. Private to the sources of sql/.
#pragma once

#include <churn/core/time_zone.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/fields.hpp"
#include "io/table_reader.hpp"
#include "sql/row_pages.hpp"
#include "sql/table_shape.hpp"

namespace churn::inline v0 {
namespace database {

/// Texts in the order of their bytes.
using Keys = std::set<std::string, std::less<>>;

/// Only rows with one of some values in a column.
struct Restriction {
  std::string_view column;
  const Keys* keys;
};

class TableRows : public reading::Fields {
 public:
  struct Setting {
    std::size_t page_rows;
    const TimeZone* zone;         ///< in which instants become days
    std::string_view updated_at;  ///< the column that is none of the book's
    std::function<void(std::size_t rows)> fetched;
  };

  /// `columns` begin with the table's key. A table that lacks one that it must have is rejected as a whole, or if it
  /// is required throws.
  TableRows(Session& session, TableShape shape, std::span<const reading::Column> columns,
            reading::Importance importance, Setting setting, reading::Findings& findings);

  [[nodiscard]] bool usable() const noexcept { return usable_; }
  /// Reads only such rows. To be called before the first row is.
  void restrict_to(Restriction restriction) { restriction_ = restriction; }
  [[nodiscard]] bool next();

  /// Columns that are not known: where in a row, and the name.
  [[nodiscard]] const std::vector<std::pair<std::size_t, std::string>>& others() const noexcept {
    return others_;
  }
  /// What the row has in one of these. Stays where it is until the next row.
  [[nodiscard]] std::string_view field(std::size_t place);
  void keep_attributes();
  void report_others();

 private:
  struct Place {
    std::size_t column;
    std::size_t in_row;
    bool required;
    bool is_day;  ///< that may come as an instant
  };
  [[nodiscard]] bool read_shape();
  [[nodiscard]] bool reject_table(const std::string& field, std::string reason);
  [[nodiscard]] bool fetch();
  [[nodiscard]] bool begin_pages();
  [[nodiscard]] std::string condition();
  [[nodiscard]] bool is_asked_for(std::size_t row) const;
  [[nodiscard]] bool take(std::size_t row);
  void make_plain(const Place& place, std::string_view text);
  void check_bytes();
  [[nodiscard]] std::string day_of(std::string_view text) const;

  Session* session_;
  TableShape shape_;
  Setting setting_;
  std::vector<std::string> expressions_;  // of the places in a row
  std::vector<std::string> names_;
  std::vector<Place> places_;
  std::vector<std::pair<std::size_t, std::string>> others_;
  std::optional<Restriction> restriction_;
  Keys::const_iterator next_key_{};
  std::size_t restricted_{0};  // its place in a row
  std::optional<RowPages> pages_;
  bool begun_{false};
  std::size_t next_row_{0};
  std::size_t at_{0};
  std::int64_t number_{0};
  // Texts that differ from what the row holds, by column, and of attributes by place.
  std::vector<std::string> made_;
  std::map<std::size_t, std::string> made_others_;
  bool usable_{false};
};

}  // namespace database
}  // namespace churn::inline v0
