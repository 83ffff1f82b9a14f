#include <churn/stats/wilson.hpp>

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>

#include "stats/binomial_argument.hpp"

namespace churn::inline v0 {

namespace {

struct Wilson {
  double n;
  double z_squared;

  // The normal quantile of (1 + confidence) / 2 is sqrt(2) x erf^-1(confidence).
  Wilson(std::int64_t trials, double confidence)
      : n(static_cast<double>(trials)), z_squared(2 * std::pow(boost::math::erf_inv(confidence), 2)) {}

  /// The end of the interval of a share, and of its rest, on one side.
  [[nodiscard]] double end(double p, double q, double side) const {
    const double scale = 1 + z_squared / n;
    const double centre = (p + z_squared / (2 * n)) / scale;
    const double half_width = std::sqrt(z_squared) / scale * std::sqrt(p * q / n + z_squared / (4 * n * n));
    return std::clamp(centre + side * half_width, 0.0, 1.0);
  }
};

std::optional<Interval> interval_of(std::int64_t successes, std::int64_t trials, double confidence,
                                    double correction) {
  require_binomial(successes, trials, confidence);
  if (trials == 0) return std::nullopt;
  const Wilson wilson{trials, confidence};
  const double shift = correction / wilson.n;
  const double p = static_cast<double>(successes) / wilson.n;
  const double q = static_cast<double>(trials - successes) / wilson.n;
  // The ends are exactly 0 and 1 where the counts say so; arithmetic would leave 1e-17.
  return Interval{successes == 0 ? 0.0 : wilson.end(p - shift, q + shift, -1),
                  successes == trials ? 1.0 : wilson.end(p + shift, q - shift, 1)};
}

}  // namespace

std::optional<Interval> wilson_interval(std::int64_t successes, std::int64_t trials, double confidence) {
  return interval_of(successes, trials, confidence, 0);
}

std::optional<Interval> corrected_wilson_interval(std::int64_t successes, std::int64_t trials,
                                                  double confidence) {
  return interval_of(successes, trials, confidence, 0.5);
}

}  // namespace churn::inline v0
