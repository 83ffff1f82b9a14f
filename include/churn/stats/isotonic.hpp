// Isotonic regression: the rising step function nearest to what happened.
//
//   IsotonicCurve curve = isotonic_regression(score, left);
//   curve.at(1.7);       // the calibrated chance at that score
//
// Minimises the sum of weight x (y - f(score))^2 over functions f that never fall. Equal scores have one value. Between
// two scores of the sample f is the line from one to the other, beyond them it is level; so it never falls and has no
// jumps that a single customer makes. Pooling adjacent violators. O(n log n); at(): O(log steps).
//
// Source: R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, Statistical Inference under Order Restrictions
// (1972); B. Zadrozny, C. Elkan (2002), KDD, 694-699. Equals R's isoreg and scikit-learn's IsotonicRegression.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace churn::inline v0 {

struct IsotonicCurve {
  std::vector<double> score{};  ///< rising: the ends of each level stretch
  std::vector<double> value{};  ///< not falling
  /// Empty for a curve of no rows.
  [[nodiscard]] std::optional<double> at(double x) const;
};

/// Throws Error(out_of_range) where lengths differ (no weights at all: 1), Error(bad_number) for what is not finite or
/// a weight that is not above 0.
[[nodiscard]] IsotonicCurve isotonic_regression(std::span<const double> score, std::span<const double> y,
                                                std::span<const double> weight = {});

}  // namespace churn::inline v0
