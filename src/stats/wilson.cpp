#include <churn/stats/wilson.hpp>

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>

#include "stats/binomial_argument.hpp"

namespace churn::inline v0 {

std::optional<Interval> wilson_interval(std::int64_t successes, std::int64_t trials, double confidence) {
  require_binomial(successes, trials, confidence);
  if (trials == 0) return std::nullopt;

  // The normal quantile of (1 + confidence) / 2 is sqrt(2) x erf^-1(confidence).
  const double z_squared = 2 * std::pow(boost::math::erf_inv(confidence), 2);
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double q = static_cast<double>(trials - successes) / n;
  const double scale = 1 + z_squared / n;
  const double centre = (p + z_squared / (2 * n)) / scale;
  const double half_width = std::sqrt(z_squared) / scale * std::sqrt(p * q / n + z_squared / (4 * n * n));
  // The ends are exactly 0 and 1 where the counts say so; arithmetic would leave 1e-17.
  return Interval{successes == 0 ? 0.0 : std::max(0.0, centre - half_width),
                  successes == trials ? 1.0 : std::min(1.0, centre + half_width)};
}

}  // namespace churn::inline v0
