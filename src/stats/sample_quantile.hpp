// Quantiles of values in order, R's type 7. Private to the library's sources.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>

namespace churn::inline v0 {

/// The quantile part / of of values in rising order, of which there is at least one; 0 <= part <= of.
inline double sample_quantile(std::span<const double> sorted, std::size_t part, std::size_t of) {
  // In whole numbers, so that a quantile that is a value is that value.
  const std::size_t steps = (sorted.size() - 1) * part;
  const std::size_t below = steps / of;
  if (steps % of == 0) return sorted[below];
  return std::lerp(sorted[below], sorted[below + 1],
                   static_cast<double>(steps % of) / static_cast<double>(of));
}

}  // namespace churn::inline v0
