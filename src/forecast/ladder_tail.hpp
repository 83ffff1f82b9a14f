// From which age on the steps of cohorts are pooled for the tail of a chain ladder. Private to the library's sources.
#pragma once

#include <algorithm>
#include <cstddef>

namespace churn::inline v0 {

/// Of so many ages, the youngest `own` of which have a factor of their own: at least the last year of ages, so that what
/// comes once a year is in the tail; but none of the younger half.
inline std::size_t first_age_of_tail(std::size_t ages, std::size_t own, std::size_t year) {
  return std::min(own, std::max(ages - std::min(ages, year), ages / 2));
}

}  // namespace churn::inline v0
