#include <churn/stats/newcombe.hpp>
#include <churn/stats/wilson.hpp>

#include <cmath>

namespace churn::inline v0 {

std::optional<ProportionDifference> newcombe_difference(std::int64_t first_successes,
                                                        std::int64_t first_trials,
                                                        std::int64_t second_successes,
                                                        std::int64_t second_trials, double confidence) {
  const auto first = wilson_interval(first_successes, first_trials, confidence);
  const auto second = wilson_interval(second_successes, second_trials, confidence);
  if (!first || !second) return std::nullopt;
  const double p1 = static_cast<double>(first_successes) / static_cast<double>(first_trials);
  const double p2 = static_cast<double>(second_successes) / static_cast<double>(second_trials);
  const double difference = p1 - p2;
  return ProportionDifference{difference,
                              {difference - std::hypot(p1 - first->low, second->high - p2),
                               difference + std::hypot(first->high - p1, p2 - second->low)}};
}

}  // namespace churn::inline v0
