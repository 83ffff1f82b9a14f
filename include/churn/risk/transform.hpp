// Transform: how a column of indicators enters a model: heavy tails drawn in, centred, in units of its spread.
//
//   Transform t = Transform::fit(column, missing);   // from training rows alone
//   t(value);                                        // z
//
//   shape   log1p     log(1 + x), for a column that is never below 0 and has a skew above 4 (what is below 0 later: as 0)
//           asinh     log(x + sqrt(x^2 + 1)), for one with a skew beyond 4 in size that goes below 0
//           none      x
//   z = (shape(x) - mean) / deviation
//
// Skew is the third central moment over the 3/2 power of the second; deviation the root of the second, of the shaped
// values that are there. A column that is constant, or has no value at all, has the deviation 0 and gives z = 0. Scores
// beyond what training rows had are cut to their lowest and highest z: nothing is known beyond. A missing value is
// z = 0, the mean; that it is missing is told by a column of its own (risk/risk_model.hpp).
//
// Source: C. Gold, Fighting Churn with Data (2020), chapter 7 (skew, shapes, scores).
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include <churn/row/observations.hpp>

namespace churn::inline v0 {

/// What draws in heavy tails.
enum class Shape : std::uint8_t {
  none,   ///< x
  log1p,  ///< log(1 + x), what is below 0 as 0
  asinh   ///< log(x + sqrt(x^2 + 1))
};

/// From the values of one column to z, as learned from training rows.
struct Transform {
  Shape shape{Shape::none};  ///< taken before the rest
  double mean{0};            ///< of the shaped training values that are there
  double deviation{0};       ///< of the same, by their number; 0: they never vary, and z is 0
  double lowest{0};          ///< z
  double highest{0};         ///< z
  std::int64_t known{0};     ///< training values that are there

  /// z of a finite value.
  [[nodiscard]] double operator()(double x) const noexcept;
  /// Values that are missing are not looked at. Throws Error(out_of_range) where lengths differ and Error(bad_number)
  /// for a value that is there and not finite. O(n).
  [[nodiscard]] static Transform fit(const Eigen::Ref<const Eigen::VectorXd>& x,
                                     const Eigen::Ref<const Eigen::Array<bool, Eigen::Dynamic, 1>>& missing);
  friend bool operator==(const Transform&, const Transform&) = default;
};

}  // namespace churn::inline v0
