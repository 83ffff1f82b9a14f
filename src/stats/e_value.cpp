#include <churn/stats/e_value.hpp>

#include <cmath>
#include <numbers>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

void require_ratio(double ratio) {
  if (!(ratio > 0) || !std::isfinite(ratio) || !std::isfinite(1 / ratio))
    throw Error(ErrorCode::bad_number, "A ratio is above 0 and finite, and so is its inverse.");
}

void require_held(double ratio, const std::optional<Interval>& interval) {
  require_ratio(ratio);
  if (!interval) return;
  require_ratio(interval->low);
  require_ratio(interval->high);
  if (!(interval->low <= ratio && ratio <= interval->high))
    throw Error(ErrorCode::bad_number, "An interval of a ratio holds it.");
}

/// Roots one by one, so that no product runs over; what is above 1 of an inverse as a quotient, so that it keeps its
/// digits.
double e_value_of(double ratio) {
  const double above = ratio >= 1 ? ratio : 1 / ratio;
  const double excess = ratio >= 1 ? ratio - 1 : (1 - ratio) / ratio;
  return above + std::sqrt(above) * std::sqrt(excess);
}

double limit_of(double ratio, const Interval& interval) {
  if (interval.low <= 1 && interval.high >= 1) return 1;
  return e_value_of(ratio > 1 ? interval.low : interval.high);
}

}  // namespace

EValue e_value(double risk_ratio, const std::optional<Interval>& interval) {
  require_held(risk_ratio, interval);
  EValue result{e_value_of(risk_ratio), {}};
  if (interval) result.limit = limit_of(risk_ratio, *interval);
  if (!std::isfinite(result.estimate) || (result.limit && !std::isfinite(*result.limit)))
    throw Error(ErrorCode::bad_number, "A ratio is so far from 1 that its E-value is beyond a double.");
  return result;
}

double risk_ratio_of_common_outcome(double hazard_ratio) {
  require_ratio(hazard_ratio);
  const double root = std::sqrt(hazard_ratio);
  return std::expm1(-std::numbers::ln2 * root) / std::expm1(-std::numbers::ln2 / root);
}

EValue e_value_of_hazard_ratio(double hazard_ratio, OutcomeFrequency outcome,
                               const std::optional<Interval>& interval) {
  if (outcome == OutcomeFrequency::rare) return e_value(hazard_ratio, interval);
  require_held(hazard_ratio, interval);
  std::optional<Interval> of_risk;
  if (interval)
    of_risk =
        Interval{risk_ratio_of_common_outcome(interval->low), risk_ratio_of_common_outcome(interval->high)};
  return e_value(risk_ratio_of_common_outcome(hazard_ratio), of_risk);
}

}  // namespace churn::inline v0
