#include <churn/stats/calibration_line.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/stats/logistic.hpp>

#include "stats/normal_quantile.hpp"

namespace churn::inline v0 {

namespace {

/// A chance of 0 or 1 has no log-odds: it is kept this far from them.
constexpr double least_chance = 1e-12;

std::optional<Interval> interval_of(const LogisticCoefficient& coefficient, double quantile) {
  if (!coefficient.value || !coefficient.std_error) return std::nullopt;
  const double reach = quantile * *coefficient.std_error;
  return Interval{*coefficient.value - reach, *coefficient.value + reach};
}

}  // namespace

CalibrationLine calibration_line(std::span<const double> p, std::span<const std::uint8_t> outcome,
                                 std::span<const std::uint32_t> cluster, double confidence) {
  if (!std::all_of(p.begin(), p.end(), [](double chance) { return chance >= 0 && chance <= 1; }))
    throw Error(ErrorCode::bad_number, "A chance is between 0 and 1.");
  const double quantile = two_sided_quantile(confidence);
  std::vector<double> log_odds(p.size());
  std::transform(p.begin(), p.end(), log_odds.begin(), [](double chance) {
    const double kept = std::clamp(chance, least_chance, 1 - least_chance);
    return std::log(kept) - std::log1p(-kept);
  });
  const auto rows = static_cast<Eigen::Index>(p.size());
  LogisticRows columns{outcome, {}, {}, cluster};

  CalibrationLine line;
  const LogisticFit both =
      logistic_regression(Eigen::Map<const Eigen::MatrixXd>(log_odds.data(), rows, 1), columns, {"log-odds"});
  const LogisticCoefficient& slope = both.coefficients[1];
  if (slope.value && both.coefficients[0].value) {
    line.slope = slope.value;
    line.slope_interval = interval_of(slope, quantile);
    line.intercept = both.coefficients[0].value;
    line.intercept_interval = interval_of(both.coefficients[0], quantile);
  }
  columns.offset = log_odds;
  const LogisticFit shift = logistic_regression(Eigen::MatrixXd(rows, 0), columns, {});
  line.in_the_large = shift.coefficients[0].value;
  line.in_the_large_interval = interval_of(shift.coefficients[0], quantile);
  return line;
}

}  // namespace churn::inline v0
