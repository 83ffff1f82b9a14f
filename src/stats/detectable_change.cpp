#include <churn/stats/detectable_change.hpp>

#include <cmath>
#include <numbers>

#include <churn/stats/theil_sen.hpp>

#include "stats/normal_quantile.hpp"
#include "stats/observed.hpp"
#include "stats/pooled.hpp"

namespace churn::inline v0 {

namespace {

void require_rule(const DetectionRule& rule) {
  require_share(rule.level, "A level of significance is between 0 and 1.");
  if (!(rule.power > rule.level / 2 && rule.power < 1))
    throw Error(ErrorCode::bad_number,
                "A power is below 1, and above half the level, which chance alone gives.");
  require_overdispersion(rule.overdispersion);
}

/// What is left of a difference after what the test and the power take; a change is detectable from 0 on.
struct Surplus {
  double share;
  double n1;
  double n2;
  double of_level;
  double of_power;
  double overdispersion;
  double operator()(double other) const {
    const double pooled = (n1 * share + n2 * other) / (n1 + n2);
    const double same = overdispersion * pooled * (1 - pooled) * (1 / n1 + 1 / n2);
    const double apart = overdispersion * (share * (1 - share) / n1 + other * (1 - other) / n2);
    return std::abs(other - share) - of_level * std::sqrt(same) - of_power * std::sqrt(apart);
  }
};

/// The share nearest to the base, on the way to `end`, that is detectable.
std::optional<double> nearest(const Surplus& surplus, double end) {
  if (!(surplus(end) >= 0)) return std::nullopt;
  double missed = surplus.share;
  double found = end;
  // Halved until no double lies between.
  while (true) {
    const double middle = missed + (found - missed) / 2;
    if (middle == missed || middle == found) return std::abs(found - surplus.share);
    (surplus(middle) >= 0 ? found : missed) = middle;
  }
}

}  // namespace

std::optional<DetectableChange> detectable_change(const Ratio& base, std::int64_t trials,
                                                  DetectionRule rule) {
  require_rule(rule);
  require_proportion(base);
  if (trials < 0) throw Error(ErrorCode::bad_number, "A comparison needs 0 trials or more.");
  if (base.denominator == 0 || trials == 0) return std::nullopt;
  const Surplus surplus{*base.value(),
                        static_cast<double>(base.denominator),
                        static_cast<double>(trials),
                        upper_normal_quantile(rule.level / 2),
                        upper_normal_quantile(1 - rule.power),
                        rule.overdispersion};
  DetectableChange result{base, trials, std::nullopt, std::nullopt, rule};
  if (base.numerator < base.denominator) result.rise = nearest(surplus, 1);
  if (base.numerator > 0) result.fall = nearest(surplus, 0);
  return result;
}

std::optional<DetectableSlope> detectable_slope(SeriesView series, DetectionRule rule,
                                                double variance_factor) {
  require_rule(rule);
  if (!(variance_factor > 0 && std::isfinite(variance_factor)))
    throw Error(ErrorCode::bad_number, "A factor of variance is a number above 0.");
  const Observed seen = observed_in(series);
  if (seen.size() < 3) return std::nullopt;
  const auto line = theil_sen(series);
  const auto n = static_cast<double>(seen.size());
  double mean = 0;
  for (const std::size_t at : seen.at) mean += static_cast<double>(at) / n;
  double squares = 0;
  double spread = 0;
  double size = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto at = static_cast<double>(seen.at[i]);
    const double rest = seen.value[i] - line->intercept - line->slope * at;
    squares += rest * rest;
    spread += (at - mean) * (at - mean);
    size = std::max(size, std::abs(seen.value[i]));
  }
  const double residual = std::sqrt(squares / (n - 2));
  if (!(residual > size * 1e-12)) return std::nullopt;  // what rounding left of a line
  const double quantiles = upper_normal_quantile(rule.level / 2) + upper_normal_quantile(1 - rule.power);
  const double slope = quantiles * residual * std::sqrt(variance_factor * std::numbers::pi / 3 / spread);
  return DetectableSlope{slope, residual, seen.size(), rule};
}

}  // namespace churn::inline v0
