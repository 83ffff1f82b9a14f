// Student's t: quantiles, and p-values also below the smallest double. Private to the library's sources.
#pragma once

#include <boost/math/distributions/students_t.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <churn/stats/p_value.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

/// The t that a variate is within, to either side, with the given probability, in (0, 1).
inline double two_sided_student_quantile(double confidence, double degrees_of_freedom) {
  const boost::math::students_t_distribution<double, MathsPolicy> student{degrees_of_freedom};
  return boost::math::quantile(boost::math::complement(student, (1 - confidence) / 2));
}

/// Two-sided, of a finite t. It is I_x(a, 1/2) of the incomplete beta function, at a = df / 2 and x = df / (df + t^2);
/// where that is below the smallest double x is well below 1, and the series of DLMF 8.17.8 converges.
inline PValue student_p_value(double t, double degrees_of_freedom) {
  const boost::math::students_t_distribution<double, MathsPolicy> student{degrees_of_freedom};
  const double value = 2 * boost::math::cdf(boost::math::complement(student, std::abs(t)));
  if (value > std::numeric_limits<double>::min()) return {value, std::log10(value)};
  const double a = degrees_of_freedom / 2;
  const double ratio = std::abs(t) / std::sqrt(degrees_of_freedom);
  const double log_x = ratio > 1e8 ? -2 * std::log(ratio) : -std::log1p(ratio * ratio);
  const double x = std::exp(log_x);
  double term = 1;
  double series = 1;
  for (int n = 0; n < 10'000'000 && term > 1e-17 * series; ++n) {
    term *= x * (a + 0.5 + n) / (a + 1 + n);
    series += term;
  }
  const double log_beta = std::lgamma(a) + std::lgamma(0.5) - std::lgamma(a + 0.5);
  const double log_p = a * log_x + 0.5 * std::log1p(-x) - std::log(a) - log_beta + std::log(series);
  return {value, log_p / std::numbers::ln10};
}

}  // namespace churn::inline v0
