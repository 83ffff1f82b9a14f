// Interval: the two ends of a confidence interval.
#pragma once

namespace churn::inline v0 {

struct Interval {
  double low;
  double high;
  friend constexpr bool operator==(const Interval&, const Interval&) noexcept = default;
};

}  // namespace churn::inline v0
