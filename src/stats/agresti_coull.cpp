#include <churn/stats/agresti_coull.hpp>

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>

#include "stats/binomial_argument.hpp"

namespace churn::inline v0 {

std::optional<Interval> agresti_coull_interval(std::int64_t successes, std::int64_t trials,
                                               double confidence) {
  require_binomial(successes, trials, confidence);
  if (trials == 0) return std::nullopt;
  const double z_squared = 2 * std::pow(boost::math::erf_inv(confidence), 2);
  const double n = static_cast<double>(trials) + z_squared;
  const double share = (static_cast<double>(successes) + z_squared / 2) / n;
  const double rest = (static_cast<double>(trials - successes) + z_squared / 2) / n;
  const double half_width = std::sqrt(z_squared * share * rest / n);
  return Interval{std::max(0.0, share - half_width), std::min(1.0, share + half_width)};
}

}  // namespace churn::inline v0
