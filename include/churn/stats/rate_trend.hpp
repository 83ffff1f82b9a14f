// The Cochran-Armitage test: does a share rise or fall along ordered groups?
//
//   rate_trend(departed, customers)          // of ten deciles of an indicator
//
// With groups of n_i rows and y_i yes at scores s_i (0, 1, 2, ... unless given), N rows and Y yes in all:
//   T = sum of s_i (y_i - n_i Y / N),   variance = Y / N (1 - Y / N) (sum of n_i s_i^2 - (sum of n_i s_i)^2 / N)
//   z = T / sqrt(variance): above 0 the share rises
// Empty where all are yes or none, only one group has rows, or all that have rows have one score. z is the same for
// scores with another beginning or unit: 0, 1, 2 or 10, 20, 30. It takes rows for independent, and sees what goes one
// way: a share that rises and falls again may show no trend.
//
// Source: P. Armitage (1955), Biometrics 11, 375-386. z squared equals R's prop.trend.test. O(groups).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// Whether a share goes up or down along ordered groups.
struct RateTrend {
  std::optional<double> z{};  ///< above 0 the share rises; empty where it can't be asked
  std::optional<PValue> p{};  ///< two-sided
};

/// Throws Error(out_of_range) where lengths differ, Error(bad_number) unless 0 <= yes <= rows and scores are finite,
/// Error(overflow) for more rows than 64 bits hold.
[[nodiscard]] RateTrend rate_trend(std::span<const std::int64_t> yes, std::span<const std::int64_t> rows,
                                   std::span<const double> scores = {});

}  // namespace churn::inline v0
