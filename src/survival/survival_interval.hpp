// The interval of a share of survivors from the standard error of its logarithm. Private to the library's sources.
#pragma once

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <churn/core/error.hpp>
#include <churn/survival/kaplan_meier.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

/// The normal quantile of (1 + confidence) / 2.
inline double two_sided_quantile(double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "A confidence is between 0 and 1.");
  return std::numbers::sqrt2 * boost::math::erf_inv(confidence, MathsPolicy{});
}

/// `width` is z times the standard error of log S. What exp makes infinite or 0 gives the limit, 0 or 1.
inline std::optional<Interval> survival_interval(SurvivalInterval type, double survival, double width) {
  if (survival <= 0) return std::nullopt;
  const bool is_bounded = type == SurvivalInterval::log || type == SurvivalInterval::plain;
  if (survival >= 1 && !is_bounded) return std::nullopt;
  switch (type) {
    case SurvivalInterval::log_log: {
      const double log_survival = std::log(survival);
      const double factor = std::exp(width / log_survival);  // at most 1
      return Interval{std::exp(log_survival / factor), std::exp(log_survival * factor)};
    }
    case SurvivalInterval::log:
      return Interval{survival * std::exp(-width), std::min(survival * std::exp(width), 1.0)};
    case SurvivalInterval::plain:
      return Interval{std::max(survival - survival * width, 0.0), std::min(survival + survival * width, 1.0)};
    case SurvivalInterval::logit: {
      const double odds = survival / (1 - survival);
      const double factor = std::exp(width / (1 - survival));
      return Interval{1 / (1 + factor / odds), 1 / (1 + 1 / (factor * odds))};
    }
    case SurvivalInterval::arcsine: {
      const double angle = std::asin(std::sqrt(survival));
      const double turn = width / 2 * std::sqrt(survival / (1 - survival));
      const double low = std::sin(std::max(angle - turn, 0.0));
      const double high = std::sin(std::min(angle + turn, std::numbers::pi / 2));
      return Interval{low * low, high * high};
    }
  }
  return std::nullopt;
}

}  // namespace churn::inline v0
