// Interval: the two ends of a confidence interval.
#pragma once

namespace churn::inline v0 {

/// From `low` to `high`; what it is of, and how sure, is told where it stands.
struct Interval {
  double low;   ///< lower end, in the unit of what it is of
  double high;  ///< upper end, in the same unit
  friend constexpr bool operator==(const Interval&, const Interval&) noexcept = default;
};

}  // namespace churn::inline v0
