#include <churn/stats/agresti_coull.hpp>
#include <churn/stats/binomial_interval.hpp>
#include <churn/stats/clopper_pearson.hpp>
#include <churn/stats/jeffreys.hpp>
#include <churn/stats/wilson.hpp>

namespace churn::inline v0 {

std::optional<Interval> binomial_interval(std::int64_t successes, std::int64_t trials, IntervalRule rule) {
  switch (rule.method) {
    case IntervalMethod::jeffreys: return jeffreys_interval(successes, trials, rule.confidence);
    case IntervalMethod::clopper_pearson: return clopper_pearson_interval(successes, trials, rule.confidence);
    case IntervalMethod::wilson_corrected:
      return corrected_wilson_interval(successes, trials, rule.confidence);
    case IntervalMethod::agresti_coull: return agresti_coull_interval(successes, trials, rule.confidence);
    case IntervalMethod::wilson: break;
  }
  return wilson_interval(successes, trials, rule.confidence);
}

}  // namespace churn::inline v0
