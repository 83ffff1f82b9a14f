#include <churn/stats/poisson_interval.hpp>

#include <boost/math/special_functions/gamma.hpp>

#include "stats/binomial_argument.hpp"
#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

std::optional<Interval> poisson_interval(std::int64_t events, std::int64_t exposure, double confidence) {
  if (events < 0 || exposure < 0 || !(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number,
                "An interval needs events and an exposure of 0 or more and 0 < confidence < 1.");
  if (exposure == 0) return std::nullopt;
  const double tail = (1 - confidence) / 2;
  const auto x = static_cast<double>(events);
  const auto e = static_cast<double>(exposure);
  // Half a chi-square variate with 2a degrees of freedom has a gamma distribution of shape a.
  const auto low = [&] { return boost::math::gamma_p_inv(x, tail, maths_policy{}) / e; };
  const auto high = [&] { return boost::math::gamma_q_inv(x + 1, tail, maths_policy{}) / e; };
  return Interval{events == 0 ? 0.0 : quantile(low), quantile(high)};
}

}  // namespace churn::inline v0
