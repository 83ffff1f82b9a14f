#include <churn/stats/poisson_interval.hpp>

#include <boost/math/special_functions/gamma.hpp>

#include <cmath>

#include <churn/core/error.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

std::optional<Interval> poisson_interval(std::int64_t events, double exposure, double confidence) {
  if (events < 0 || !(exposure >= 0 && std::isfinite(exposure)) || (exposure == 0 && events > 0) ||
      !(confidence > 0 && confidence < 1))
    throw Error(
        ErrorCode::bad_number,
        "An interval of a rate needs events and an exposure of 0 or more, some exposure where there are "
        "events, and 0 < confidence < 1.");
  if (exposure == 0) return std::nullopt;
  const double tail = (1 - confidence) / 2;
  const auto n = static_cast<double>(events);
  return Interval{events == 0 ? 0.0 : boost::math::gamma_p_inv(n, tail, MathsPolicy{}) / exposure,
                  boost::math::gamma_q_inv(n + 1, tail, MathsPolicy{}) / exposure};
}

}  // namespace churn::inline v0
