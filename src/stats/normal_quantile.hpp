// Quantiles of the normal distribution. Private to the library's sources.
#pragma once

#include <boost/math/special_functions/erf.hpp>

#include <numbers>

#include <churn/core/error.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

/// The z that a normal variate exceeds with the given probability.
inline double upper_normal_quantile(double probability) {
  return std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability, MathsPolicy{});
}

/// The z that a normal variate is within, to either side, with the given probability. Throws Error(bad_number)
/// unless 0 < confidence < 1.
inline double two_sided_quantile(double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "A confidence is between 0 and 1.");
  return std::numbers::sqrt2 * boost::math::erf_inv(confidence, MathsPolicy{});
}

}  // namespace churn::inline v0
