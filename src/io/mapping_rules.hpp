// What a mapping says, as data: io/mapping.hpp describes it, mapping_json.cpp reads it, mapping.cpp carries
// it out. Private to the readers of io/.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/letters.hpp"
#include "io/mapped_dates.hpp"

namespace churn::inline v0 {
namespace reading {

/// A column of the file that is read, or of one that is joined to it.
struct ColumnName {
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);

  std::optional<std::size_t> join{};  ///< which; none: the file itself
  std::string name{};                 ///< as in the header of that file
  std::string shown{};                ///< as in the mapping: `plan:amount`
  std::size_t index{absent};          ///< its place, once a file is open
};

struct Condition {
  ColumnName column;
  std::vector<std::string> values;  ///< in small letters
  bool is{true};                    ///< the value must be among them; else it must not
  bool optional{false};             ///< a column that is not there counts as empty
};
using Conditions = std::vector<Condition>;  ///< all of them must hold

/// Where a value comes from.
struct Recipe {
  std::vector<ColumnName> columns{};            ///< the first that is not empty, or all of them together
  std::optional<std::string> together{};        ///< what stands between them
  std::string fallback{};                       ///< where they are empty, or there are none
  std::map<std::string, std::string> values{};  ///< by what stands in the column, in small letters
  std::optional<std::string> otherwise{};       ///< for what `values` does not know
  bool keep_others{false};                      ///< that stays as it is; else it rejects the row
  std::vector<ColumnName> minus{};              ///< of an amount
  bool minor{false};                            ///< an amount in minor units
  std::vector<DateFormat> dates{};
  int add_days{0};
  bool optional{false};  ///< the columns need not be there
  Conditions when{};
};
using Recipes = std::vector<Recipe>;  ///< the first that gives something; none: there is no value

struct JoinRule {
  std::string alias{};
  std::vector<std::string> files{};
  std::vector<std::string> keys{};  ///< the first that is in the file
  ColumnName on{};
  Conditions where{};
  std::optional<Recipe> latest{};  ///< of several rows of one key the last one by this date
  bool optional{false};
};

struct HistoryRule {
  std::optional<Recipe> id{};  ///< whose versions the rows are; by default our id of the table
  Recipe as_of{};
  std::optional<ColumnName> then_by{};
  Conditions in_force{};
};

struct AttributeRule {
  std::string name;
  Recipes recipes;
};

/// One file, or several of the same form, from which a table is read.
struct PartRule {
  std::string path{};  ///< in the mapping, for sentences
  std::vector<std::string> files{};
  std::vector<std::string> unless{};  ///< the part is left out where one of these is there
  std::vector<JoinRule> joins{};
  Conditions where{};
  std::vector<Recipes> columns{};  ///< by our columns
  bool all_attributes{false};
  std::vector<AttributeRule> attributes{};
  std::optional<HistoryRule> history{};
};

enum class MappedTableKind : std::uint8_t {
  customers,
  subscriptions,
  invoices,
  invoice_lines,
  payments,
  events,
  fx_rates
};
inline constexpr std::size_t mapped_table_count = 7;

struct MappingRules {
  std::string name{};
  std::string source{};
  std::vector<std::string> undocumented{};
  nlohmann::json book = nlohmann::json::object();  ///< settings, as in book.json
  bool local_times{false};
  std::array<std::vector<PartRule>, mapped_table_count> tables{};

  [[nodiscard]] const std::vector<PartRule>& parts(MappedTableKind table) const {
    return tables[static_cast<std::size_t>(table)];
  }
};

}  // namespace reading
}  // namespace churn::inline v0
