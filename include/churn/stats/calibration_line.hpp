// The calibration line: whether predicted chances are too bold, too timid, too high or too low.
//
//   CalibrationLine line = calibration_line(risk, left, customer);
//   line.slope          // 1: right. 0.8: predictions are too extreme; 1.2: too timid
//   line.in_the_large   // 0: right on average, on the scale of log-odds. 0.3: too many left for what was told
//
//   logit P(y) = intercept + slope x logit(p)      slope and intercept together
//   logit P(y) = in_the_large + logit(p)           slope held at 1
//
// p is kept within [1e-12, 1 - 1e-12]. Without two outcomes all is empty; slope and intercept are, too, where p is all
// alike or ranks outcomes without a fault (a slope has no end then), and in_the_large where nearly all p are 0 or 1 and
// some of them wrong (steps do not arrive from so far). Errors by clusters where they are given, and no intervals if there
// is one cluster only. Source: D. R. Cox (1958), Biometrika 45, 562-565. O(n).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Slope and intercept of predictions against outcomes; empty where undefined (above).
struct CalibrationLine {
  std::optional<double> slope{};                 ///< 1: right; below: too extreme; above: too timid
  std::optional<Interval> slope_interval{};      ///< by clusters where these were given
  std::optional<double> intercept{};             ///< with that slope, in log-odds
  std::optional<Interval> intercept_interval{};  ///< by clusters where these were given
  /// Intercept with the slope held at 1; 0: right on average, above 0: too low.
  std::optional<double> in_the_large{};
  std::optional<Interval> in_the_large_interval{};  ///< by clusters where these were given
};

/// Throws Error(out_of_range) where lengths differ, Error(bad_number) for a p outside of [0, 1], an
/// outcome other than 0 and 1, or a confidence out of (0, 1).
[[nodiscard]] CalibrationLine calibration_line(std::span<const double> p,
                                               std::span<const std::uint8_t> outcome,
                                               std::span<const std::uint32_t> cluster = {},
                                               double confidence = 0.95);

}  // namespace churn::inline v0
