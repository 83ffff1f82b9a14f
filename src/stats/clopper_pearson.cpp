#include <churn/stats/clopper_pearson.hpp>

#include <boost/math/special_functions/beta.hpp>

#include "stats/binomial_argument.hpp"

namespace churn::inline v0 {

std::optional<Interval> clopper_pearson_interval(std::int64_t successes, std::int64_t trials,
                                                 double confidence) {
  require_binomial(successes, trials, confidence);
  if (trials == 0) return std::nullopt;
  const double tail = (1 - confidence) / 2;
  const auto x = static_cast<double>(successes);
  const auto rest = static_cast<double>(trials - successes);
  const auto low = [&] { return boost::math::ibeta_inv(x, rest + 1, tail); };
  const auto high = [&] { return boost::math::ibetac_inv(x + 1, rest, tail); };
  return Interval{successes == 0 ? 0.0 : quantile(low), successes == trials ? 1.0 : quantile(high)};
}

}  // namespace churn::inline v0
