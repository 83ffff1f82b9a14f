// Isotonic regression: the rising step function nearest to what happened.
//
//   IsotonicCurve curve = isotonic_regression(score, left);
//   curve.at(1.7);       // the calibrated chance at that score
//
// Minimises the sum of weight x (y - f(score))^2 over functions f that never fall. Equal scores have one value. Between
// two scores of the sample f is the line from one to the other, beyond them it is level; so it never falls and has no
// jumps that a single customer makes. Pooling adjacent violators. O(n log n); at(): O(log stretches).
//
// A curve holds the first and the last score of each stretch that is level (once, where that is a single score) and its
// value: those in between add nothing to the line. Scores 1, 2, 3, 4 with y 0, 1, 0, 1 have the stretches 1, 2 to 3, and
// 4: score {1, 2, 3, 4}, value {0, 1/2, 1/2, 1}. The order of rows changes nothing, to the last bit.
//
// On the rows that it was learned from it looks better than it is, and its ends are the mean of few rows, often 0 or 1:
// learn it from other rows than those the scores were learned from, and judge it on others still.
//
// Source: R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, Statistical Inference under Order Restrictions
// (1972); B. Zadrozny, C. Elkan (2002), KDD, 694-699. Equals R's isoreg and scikit-learn's IsotonicRegression.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace churn::inline v0 {

/// A function that never falls: linear between its scores, level beyond them.
struct IsotonicCurve {
  std::vector<double> score{};  ///< rising: the ends of each level stretch
  std::vector<double> value{};  ///< not falling; one a score
  /// Empty for a curve of no rows. Throws Error(bad_number) for what is no number (an infinite x is beyond all scores)
  /// and Error(out_of_range) where a curve put together by hand has not as many values as scores.
  [[nodiscard]] std::optional<double> at(double x) const;
};

/// Throws Error(out_of_range) where lengths differ (no weights at all: 1), Error(bad_number) for what is not finite, a
/// weight that is not above 0, or sums beyond double precision.
[[nodiscard]] IsotonicCurve isotonic_regression(std::span<const double> score, std::span<const double> y,
                                                std::span<const double> weight = {});

}  // namespace churn::inline v0
