// Newcombe's interval of the difference between two proportions: is 6.1 % after 5.4 % anything?
//
//   newcombe_difference(73, 1200, 65, 1190);    // +0.6 points, from -1.3 to +2.5: it may be nothing
//
//   low  = d - sqrt((p1 - l1)^2 + (u2 - p2)^2),   high = d + sqrt((u1 - p1)^2 + (p2 - l2)^2)
//
// with d = p1 - p2 and [l, u] the Wilson interval of each (stats/wilson.hpp). It stays within [-1, 1] and
// keeps its coverage for few trials and for shares of 0 and 1, where the textbook interval does not.
//
// The two groups share no one: for the same customers before and after it is the wrong question.
//
// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics
// in Medicine 17 (1998) 873-890, method 10, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// How far two shares lie apart.
struct ProportionDifference {
  double difference;  ///< first share less second, in [-1, 1]
  Interval interval;  ///< of the difference, within [-1, 1]
  /// Memberwise.
  friend constexpr bool operator==(const ProportionDifference&,
                                   const ProportionDifference&) noexcept = default;
};

/// Empty if either has no trials. Throws Error(bad_number) unless 0 <= successes <= trials in both and
/// 0 < confidence < 1. Constant time.
[[nodiscard]] std::optional<ProportionDifference> newcombe_difference(std::int64_t first_successes,
                                                                      std::int64_t first_trials,
                                                                      std::int64_t second_successes,
                                                                      std::int64_t second_trials,
                                                                      double confidence = 0.95);

}  // namespace churn::inline v0
