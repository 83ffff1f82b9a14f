// MappedTable: a CSV file of an export as the rows of one of our tables, by the rules of a mapping. Private
// to the readers of io/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <churn/io/csv.hpp>

#include "io/export_files.hpp"
#include "io/fields.hpp"
#include "io/mapped_columns.hpp"

namespace churn::inline v0 {
namespace reading {

/// The texts of one row of a file and of the rows joined to it. ColumnNames must have their places.
struct RowTexts {
  std::span<const std::string_view> fields{};
  std::span<const std::vector<std::string>* const> joined{};  ///< null where nothing is joined

  [[nodiscard]] std::string_view operator[](const ColumnName& column) const {
    if (column.index == ColumnName::absent) return {};
    if (!column.join) return fields[column.index];
    const std::vector<std::string>* row = joined[*column.join];
    return row == nullptr ? std::string_view{} : std::string_view((*row)[column.index]);
  }
};

/// A file that is joined to others by a key: of its rows the columns that are asked for.
class JoinedTable {
 public:
  /// `columns` are the names of the columns that are kept.
  JoinedTable(const JoinRule& rule, std::vector<std::string> columns, const ExportFiles& exports,
              const Clock& clock, Findings& findings);

  /// False if there is no such file, or none with its key.
  [[nodiscard]] bool usable() const noexcept { return usable_; }
  /// Where a column is kept; absent if a file lacks it.
  [[nodiscard]] std::size_t place(const std::string& column) const;
  [[nodiscard]] const std::vector<std::string>* find(const std::string& key) const;

 private:
  struct Row {
    std::vector<std::string> texts;
    std::int64_t number;
    std::optional<Timestamp> at;
  };
  void read(const std::string& text, const std::string& file, JoinRule rule, const Clock& clock,
            Findings& findings);
  void add(std::string key, Row row, bool by_date, const std::string& file, const std::string& column,
           Findings& findings);

  std::vector<std::string> columns_;
  std::vector<bool> there_;
  std::unordered_map<std::string, Row> rows_;
  bool usable_{false};
};

/// What the rows of a file need beside it.
struct MappedContext {
  Clock clock{};
  /// The currency of an invoice, for amounts of its lines and payments.
  std::function<std::optional<Currency>(std::string_view invoice)> currency_of_invoice{};
  std::set<std::string>* attributes{nullptr};  ///< the names of those kept so far
};

/// The names that sentences call columns by: those of the export. A base, so that it is there first.
struct ShownColumns {
  std::vector<Column> shown_;
};

class MappedTable : private ShownColumns, public Fields {
 public:
  MappedTable(std::string_view text, const std::string& file, PartRule part, MappedTableKind table,
              std::span<const JoinedTable> joins, const MappedContext& context, Findings& findings);
  MappedTable(const MappedTable&) = delete;  // the rules point into each other
  MappedTable& operator=(const MappedTable&) = delete;

  /// False, with a rejection of the file as a whole, if columns are missing.
  [[nodiscard]] bool usable() const noexcept { return usable_; }
  /// The next row that is asked for, and in which every required value is there.
  [[nodiscard]] bool next();

  // Of the row, where the part has a history.
  [[nodiscard]] const Moment& as_of() const { return *as_of_; }
  [[nodiscard]] const std::string& then_by() const noexcept { return then_by_; }
  /// Whose version it is.
  [[nodiscard]] const std::string& version_of() const noexcept { return version_of_; }
  /// If not, only whose it is and `as_of` are read.
  [[nodiscard]] bool in_force() const noexcept { return in_force_; }

  /// Of the row, where the table is customers.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& attributes() const noexcept {
    return attributes_;
  }

 private:
  // The header.
  bool open();
  void place(ColumnName& column);
  void place(Conditions& conditions);
  void place(Recipe& recipe);
  void miss(const ColumnName& column);
  [[nodiscard]] bool is_excused(const ColumnName& column) const;
  void add_other_attributes();

  // A row.
  void read_columns();
  void read_history();
  void read_version_of();
  void read_attributes();
  std::string evaluate(std::size_t column);
  std::optional<std::string> chosen(const Recipe& recipe, std::string_view& shown);
  std::string convert(std::size_t column, ValueKind kind, const Recipe& recipe, std::string text);
  std::string amount(std::size_t column, const Recipe& recipe, const std::string& text);
  [[nodiscard]] std::optional<Currency> currency_of_row() const;

  CsvReader csv_;
  PartRule part_;
  std::span<const Column> ours_;
  std::span<const JoinedTable> joins_;
  const MappedContext* context_;
  std::vector<std::string> missing_;
  std::vector<bool> used_;  // columns of the file, by our rules
  bool duplicate_{false};
  bool usable_;

  CsvRow csv_row_{};
  std::vector<const std::vector<std::string>*> joined_;
  RowTexts row_{};
  std::vector<std::string> values_;
  std::optional<Moment> as_of_;
  std::string version_of_;
  std::string then_by_;
  bool in_force_{true};
  std::vector<std::pair<std::string, std::string>> attributes_;
};

[[nodiscard]] bool holds(const Conditions& conditions, const RowTexts& row);

/// Calls `use` with every column of a file, or of one joined to it, that a part names.
template <class Use>
void for_each_column(PartRule& part, Use use) {
  const auto in_conditions = [&](Conditions& conditions) {
    for (Condition& condition : conditions) use(condition.column);
  };
  const auto in_recipe = [&](Recipe& recipe) {
    for (ColumnName& column : recipe.columns) use(column);
    for (ColumnName& column : recipe.minus) use(column);
    in_conditions(recipe.when);
  };
  for (JoinRule& join : part.joins) use(join.on);
  in_conditions(part.where);
  for (Recipes& recipes : part.columns)
    for (Recipe& recipe : recipes) in_recipe(recipe);
  for (AttributeRule& attribute : part.attributes)
    for (Recipe& recipe : attribute.recipes) in_recipe(recipe);
  if (part.history) {
    if (part.history->id) in_recipe(*part.history->id);
    in_recipe(part.history->as_of);
    if (part.history->then_by) use(*part.history->then_by);
    in_conditions(part.history->in_force);
  }
}

}  // namespace reading
}  // namespace churn::inline v0
