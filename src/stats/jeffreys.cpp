#include <churn/stats/jeffreys.hpp>

#include <boost/math/special_functions/beta.hpp>

#include "stats/binomial_argument.hpp"

namespace churn::inline v0 {

std::optional<Interval> jeffreys_interval(std::int64_t successes, std::int64_t trials, double confidence) {
  require_binomial(successes, trials, confidence);
  if (trials == 0) return std::nullopt;
  const double tail = (1 - confidence) / 2;
  const double x = static_cast<double>(successes) + 0.5;
  const double rest = static_cast<double>(trials - successes) + 0.5;
  const auto low = [&] { return boost::math::ibeta_inv(x, rest, tail); };
  const auto high = [&] { return boost::math::ibetac_inv(x, rest, tail); };
  return Interval{successes == 0 ? 0.0 : quantile(low), successes == trials ? 1.0 : quantile(high)};
}

}  // namespace churn::inline v0
