// How many periods of a grid make a year. Private to the library's sources.
#pragma once

#include <churn/core/period_grid.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace churn::inline v0 {

/// Not a whole number for periods of so many days.
inline double exact_periods_of_a_year(const PeriodGrid& grid) {
  switch (grid.kind()) {
    case PeriodKind::day: return 365;
    case PeriodKind::week: return 52;
    case PeriodKind::quarter: return 4;
    case PeriodKind::year: return 1;
    case PeriodKind::every_days: return 365.0 / grid[0].length_in_days();
    default: return 12;
  }
}

/// At least one.
inline std::size_t periods_of_a_year(const PeriodGrid& grid) {
  return static_cast<std::size_t>(std::max(1L, std::lround(exact_periods_of_a_year(grid))));
}

}  // namespace churn::inline v0
