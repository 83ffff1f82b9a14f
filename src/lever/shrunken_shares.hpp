// Shares of groups, drawn towards their mean by a beta-binomial of which the groups themselves tell the parameters
// (the formulas are in lever/customer_profile.hpp). Private to the library's sources.
#pragma once

#include <optional>
#include <span>

#include <churn/core/proportion.hpp>
#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// How the shares of groups scatter around their mean.
struct ShareSpread {
  Proportion all{0, 0};
  double groups{0};  ///< that are not empty
  double mean{0};
  double variance_of_mean{0};
  std::optional<double> precision{};  ///< of the beta; empty: they scatter no more than by chance
};

/// Groups without anybody count for nothing. Somebody has to be in some group.
[[nodiscard]] ShareSpread spread_of(std::span<const Proportion> groups);

struct ShrunkenShare {
  double value;
  Interval interval;  ///< credible
};

/// Of a group that is not empty.
[[nodiscard]] ShrunkenShare shrunken_share(const Proportion& group, const ShareSpread& spread,
                                           double confidence);

}  // namespace churn::inline v0
