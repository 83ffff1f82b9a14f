// Counts, names and numbers as sentences and tables take them. Private to the library's sources.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

#include "core/cell_of.hpp"

namespace churn::inline v0 {

/// "1 row", "2 rows".
inline std::string counted(std::size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// "a", "a and b", "a, b and c".
inline std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

inline Cell low_of(const std::optional<Interval>& interval) {
  return interval ? Cell{interval->low} : Cell{};
}
inline Cell high_of(const std::optional<Interval>& interval) {
  return interval ? Cell{interval->high} : Cell{};
}

/// A count as a cell.
inline Cell count_of(std::size_t count) { return static_cast<std::int64_t>(count); }

}  // namespace churn::inline v0
