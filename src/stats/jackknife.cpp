#include <churn/stats/jackknife.hpp>

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <churn/core/error.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

namespace {

/// Empty where the scale has no such value.
std::optional<double> on_scale(double value, Scale scale) {
  switch (scale) {
    case Scale::plain: break;
    case Scale::log:
      if (!(value > 0)) return std::nullopt;
      return std::log(value);
    case Scale::logit:
      if (!(value > 0 && value < 1)) return std::nullopt;
      return std::log(value) - std::log1p(-value);
  }
  return value;
}

double off_scale(double value, Scale scale) {
  switch (scale) {
    case Scale::plain: break;
    case Scale::log: return std::exp(value);
    case Scale::logit: return 1 / (1 + std::exp(-value));
  }
  return value;
}

/// By how much the estimate moves for a small move on the scale.
double slope_at(double estimate, Scale scale) {
  switch (scale) {
    case Scale::plain: break;
    case Scale::log: return estimate;
    case Scale::logit: return estimate * (1 - estimate);
  }
  return 1;
}

/// What rounding alone may move a value on the scale by: ratios of counts are good to some 1e-15, of themselves on
/// the plain scale and absolutely on the others.
double rounding_of(double value, Scale scale) {
  constexpr double ample = 1e-12;
  const double size = std::abs(value);
  return ample * (scale == Scale::plain ? size : std::max(1.0, size));
}

void require_finite(const std::optional<double>& value) {
  if (value && !std::isfinite(*value))
    throw Error(ErrorCode::bad_number, "An estimate that is no finite number has no interval.");
}

Jackknife none(std::size_t groups, NoInterval reason) {
  return {.std_error = {}, .interval = {}, .groups = groups, .degrees_of_freedom = 0, .why_not = reason};
}

double upper_student_quantile(double degrees_of_freedom, double probability) {
  const boost::math::students_t_distribution<double, MathsPolicy> student{degrees_of_freedom};
  return boost::math::quantile(boost::math::complement(student, probability));
}

}  // namespace

std::string_view no_interval_name(NoInterval reason) noexcept {
  switch (reason) {
    case NoInterval::no_estimate: return "no_estimate";
    case NoInterval::at_a_bound: return "at_a_bound";
    case NoInterval::too_few_groups: return "too_few_groups";
    case NoInterval::undefined_without_a_group: return "undefined_without_a_group";
    case NoInterval::no_spread: return "no_spread";
    case NoInterval::unbounded: return "unbounded";
  }
  return "";
}

Jackknife jackknife(std::optional<double> estimate, std::span<const std::optional<double>> replicates,
                    Scale scale, double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 < confidence < 1.");
  require_finite(estimate);
  for (const std::optional<double>& replicate : replicates) require_finite(replicate);

  const std::size_t groups = replicates.size();
  if (!estimate) return none(groups, NoInterval::no_estimate);
  const std::optional<double> centre = on_scale(*estimate, scale);
  if (!centre) return none(groups, NoInterval::at_a_bound);
  if (groups < 2) return none(groups, NoInterval::too_few_groups);
  std::vector<double> moves;
  moves.reserve(groups);
  double largest = 0;
  for (const std::optional<double>& replicate : replicates) {
    const std::optional<double> without = replicate ? on_scale(*replicate, scale) : std::nullopt;
    if (!without) return none(groups, NoInterval::undefined_without_a_group);
    moves.push_back(*without - *centre);
    largest = std::max(largest, std::abs(moves.back()));
  }
  if (largest <= rounding_of(*centre, scale)) return none(groups, NoInterval::no_spread);

  double squares = 0;  // in units of the largest, so that no power of a small one is lost
  double fourths = 0;
  for (const double move : moves) {
    const double square = (move / largest) * (move / largest);
    squares += square;
    fourths += square * square;
  }
  const auto count = static_cast<double>(groups);
  const double unevenness = fourths / (squares * squares) - 1 / count;
  const double degrees = unevenness * (count - 1) > 2 ? 2 / unevenness : count - 1;
  const double deviation = largest * std::sqrt((count - 1) / count * squares);
  const double half = upper_student_quantile(degrees, (1 - confidence) / 2) * deviation;
  const Interval ends{off_scale(*centre - half, scale), off_scale(*centre + half, scale)};
  if (!std::isfinite(ends.low) || !std::isfinite(ends.high)) return none(groups, NoInterval::unbounded);
  return {.std_error = deviation * slope_at(*estimate, scale),
          .interval = ends,
          .groups = groups,
          .degrees_of_freedom = degrees,
          .why_not = {}};
}

}  // namespace churn::inline v0
