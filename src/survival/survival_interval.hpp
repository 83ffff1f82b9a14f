// The interval of a share, of those who stay or of those who have left, from the standard error of its
// logarithm. Private to the library's sources.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include <churn/survival/kaplan_meier.hpp>

namespace churn::inline v0 {

/// `width` is z times the standard error of the share's logarithm. What exp makes infinite or 0 gives the limit,
/// 0 or 1.
inline std::optional<Interval> survival_interval(SurvivalInterval type, double share, double width) {
  if (share <= 0) return std::nullopt;
  const bool is_bounded = type == SurvivalInterval::log || type == SurvivalInterval::plain;
  if (share >= 1 && !is_bounded) return std::nullopt;
  switch (type) {
    case SurvivalInterval::log_log: {
      const double log_share = std::log(share);
      const double factor = std::exp(width / log_share);  // at most 1
      return Interval{std::exp(log_share / factor), std::exp(log_share * factor)};
    }
    case SurvivalInterval::log:
      return Interval{share * std::exp(-width), std::min(share * std::exp(width), 1.0)};
    case SurvivalInterval::plain:
      return Interval{std::max(share - share * width, 0.0), std::min(share + share * width, 1.0)};
    case SurvivalInterval::logit: {
      const double odds = share / (1 - share);
      const double factor = std::exp(width / (1 - share));
      return Interval{1 / (1 + factor / odds), 1 / (1 + 1 / (factor * odds))};
    }
    case SurvivalInterval::arcsine: {
      const double angle = std::asin(std::sqrt(share));
      const double turn = width / 2 * std::sqrt(share / (1 - share));
      const double low = std::sin(std::max(angle - turn, 0.0));
      const double high = std::sin(std::min(angle + turn, std::numbers::pi / 2));
      return Interval{low * low, high * high};
    }
  }
  return std::nullopt;
}

}  // namespace churn::inline v0
