#include <churn/stats/p_value.hpp>

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <churn/core/error.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

namespace {

constexpr double smallest = std::numeric_limits<double>::min();

/// log of the upper regularised gamma function by its continued fraction (DLMF 8.9.2, evaluated as Lentz does),
/// which converges fast for x > a + 1.
double log_upper_gamma(double a, double x) {
  constexpr double tiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / tiny;
  double d = 1 / b;
  double fraction = d;
  for (int i = 1; i < 10'000; ++i) {
    const double term = -i * (i - a);
    b += 2;
    d = term * d + b;
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    c = b + term / c;
    if (std::abs(c) < tiny) c = tiny;
    fraction *= d * c;
    if (std::abs(d * c - 1) < std::numeric_limits<double>::epsilon()) break;
  }
  return a * std::log(x) - x - std::lgamma(a) + std::log(fraction);
}

}  // namespace

PValue p_value(double value) {
  if (!(value >= 0 && value <= 1)) throw Error(ErrorCode::bad_number, "A p-value is between 0 and 1.");
  return {value, std::log10(std::max(value, smallest))};
}

PValue chi_square_p_value(double x, double degrees_of_freedom) {
  if (!(x >= 0 && std::isfinite(x)) || !(degrees_of_freedom > 0 && std::isfinite(degrees_of_freedom)))
    throw Error(ErrorCode::bad_number,
                "The tail of a chi-square distribution needs a statistic of 0 or more and degrees of freedom "
                "above 0.");
  const double value = boost::math::gamma_q(degrees_of_freedom / 2, x / 2, MathsPolicy{});
  if (value > smallest) return {value, std::log10(value)};
  return {value, log_upper_gamma(degrees_of_freedom / 2, x / 2) / std::numbers::ln10};
}

PValue normal_p_value(double z) {
  if (!std::isfinite(z))
    throw Error(ErrorCode::bad_number, "The tail of a normal distribution needs a number.");
  const double value = boost::math::erfc(std::abs(z) / std::numbers::sqrt2, MathsPolicy{});
  if (value > smallest) return {value, std::log10(value)};
  return {value, log_upper_gamma(0.5, z * z / 2) / std::numbers::ln10};
}

}  // namespace churn::inline v0
