#include <churn/forecast/gamma_gamma.hpp>

#include <boost/math/special_functions/gamma.hpp>

#include <array>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "forecast/log_gamma_step.hpp"
#include "forecast/newton.hpp"
#include "forecast/polygamma.hpp"
#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

void require_spender(const Spender& spender) {
  if (spender.purchases < 1 || spender.total < 1)
    throw Error(ErrorCode::bad_number, "A spender has bought once or more, for more than nothing.");
}

/// Of the mean purchase; the sum is x times it.
double log_likelihood_of(double p, double q, double gamma, double x, double sum) {
  return log_gamma_step(p * x, q) - boost::math::lgamma(q, MathsPolicy{}) - q * std::log1p(sum / gamma) -
         p * x * std::log1p(gamma / sum) - std::log(sum / x);
}

/// Rows alike, and how many.
struct SpendRow {
  double x;
  double sum;
  double count;
};

/// The sum over customers, amounts in units of the mean of all.
struct SpendLikelihood {
  const std::vector<SpendRow>& rows;

  /// Beyond, the likelihood no longer changes by what customers can show.
  [[nodiscard]] static bool inside(const Vector3d& logs) { return (logs.array().abs() < 14).all(); }

  [[nodiscard]] double value(const Vector3d& logs) const {
    const Vector3d at = logs.array().exp();
    double sum = 0;
    for (const SpendRow& row : rows)
      sum += row.count * log_likelihood_of(at[0], at[1], at[2], row.x, row.sum);
    return sum;
  }

  [[nodiscard]] LikelihoodPoint<3> at(const Vector3d& logs) const {
    const Vector3d parameters = logs.array().exp();
    const double p = parameters[0];
    const double q = parameters[1];
    const double gamma = parameters[2];
    LikelihoodPoint<3> point{value(logs), Vector3d::Zero(), Matrix3d::Zero()};
    double last_x = -1;
    Vector3d of_x = Vector3d::Zero();
    Matrix3d of_x_twice = Matrix3d::Zero();
    for (const SpendRow& row : rows) {
      const double x = row.x;
      if (x != last_x) {  // rows are in order of x: gamma functions are the expensive part
        last_x = x;
        const double psi = digamma(p * x + q);
        const double psi_1 = trigamma(p * x + q);
        of_x << x * (psi - digamma(p * x)), psi - digamma(q), q / gamma;
        of_x_twice << x * x * (psi_1 - trigamma(p * x)), x * psi_1, 0,  //
            x * psi_1, psi_1 - trigamma(q), 1 / gamma,                  //
            0, 1 / gamma, -q / (gamma * gamma);
      }
      const double all = gamma + row.sum;
      const double n = p * x + q;
      const Vector3d slope(-x * std::log1p(gamma / row.sum), -std::log1p(row.sum / gamma), -n / all);
      Matrix3d bend = Matrix3d::Zero();
      bend(0, 2) = bend(2, 0) = -x / all;
      bend(1, 2) = bend(2, 1) = -1 / all;
      bend(2, 2) = n / (all * all);
      point.gradient += row.count * (of_x + slope);
      point.hessian += row.count * (of_x_twice + bend);
    }
    by_logarithms<3>(point, parameters);
    return point;
  }
};

std::optional<double> value_of(const GammaGamma& value, const std::optional<Spender>& spent) {
  return spent ? value.expected_value(*spent) : value.expected_value();
}

}  // namespace

GammaGamma GammaGamma::of(double p, double q, double gamma) {
  const auto within = [](double x, double high) { return x >= 1e-9 && x <= high; };
  if (!within(p, 1e9) || !within(q, 1e9) || !within(gamma, 1e30))
    throw Error(ErrorCode::bad_number, "p and q must lie between 1e-9 and 1e9, gamma between 1e-9 and 1e30.");
  return {p, q, gamma};
}

double GammaGamma::log_likelihood(const Spender& spender) const {
  require_spender(spender);
  return log_likelihood_of(p_, q_, gamma_, static_cast<double>(spender.purchases),
                           static_cast<double>(spender.total));
}

std::optional<double> GammaGamma::expected_value() const {
  if (!(q_ > 1)) return std::nullopt;
  return p_ * gamma_ / (q_ - 1);
}

std::optional<double> GammaGamma::expected_value(const Spender& spender) const {
  require_spender(spender);
  const double weight = p_ * static_cast<double>(spender.purchases) + q_ - 1;
  if (!(weight > 0)) return std::nullopt;
  return p_ * (gamma_ + static_cast<double>(spender.total)) / weight;
}

GammaGammaFit fit_gamma_gamma(std::span<const Spender> spenders) {
  GammaGammaFit fit{.outcome = GammaGammaOutcome::too_few_customers,
                    .customers = static_cast<std::int64_t>(spenders.size()),
                    .purchases = 0};
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counts;
  std::int64_t total = 0;
  for (const Spender& spender : spenders) {
    require_spender(spender);
    ++counts[{spender.purchases, spender.total}];
    fit.purchases = checked_add(fit.purchases, spender.purchases);
    total = checked_add(total, spender.total);
  }
  if (fit.customers < 3) return fit;
  const double unit = static_cast<double>(total) / static_cast<double>(fit.purchases);
  std::vector<SpendRow> rows;
  rows.reserve(counts.size());
  for (const auto& [key, count] : counts)
    rows.push_back(
        {static_cast<double>(key.first), static_cast<double>(key.second) / unit, static_cast<double>(count)});
  fit.outcome = GammaGammaOutcome::no_maximum;
  const SpendLikelihood likelihood{rows};
  std::optional<LikelihoodMaximum<3>> best;
  for (const auto& [p, q] : {std::array{1.0, 2.0}, std::array{5.0, 4.0}, std::array{1.0, 10.0},
                             std::array{30.0, 2.0}, std::array{30.0, 30.0}})
    keep_better<3>(best, climb<3>(likelihood, Vector3d(std::log(p), std::log(q), std::log((q - 1) / p))));
  if (!best) return fit;
  auto covariance = inverse_information<3>(best->point);
  if (!covariance) return fit;
  const Vector3d at = best->logs.array().exp();
  fit.outcome = GammaGammaOutcome::fitted;
  fit.model = GammaGamma::of(at[0], at[1], at[2] * unit);
  // In minor units: each customer's density is that much smaller.
  fit.log_likelihood = best->point.value - static_cast<double>(fit.customers) * std::log(unit);
  fit.covariance = *covariance;
  return fit;
}

std::optional<double> expected_spending(const BgNbd& purchases, const GammaGamma& value,
                                        const RepeatBuyer& buyer, const std::optional<Spender>& spent,
                                        double time) {
  const double count = purchases.expected_purchases(buyer, time);
  const auto each = value_of(value, spent);
  if (!each) return std::nullopt;
  return count * *each;
}

std::optional<double> discounted_spending(const BgNbd& purchases, const GammaGamma& value,
                                          const RepeatBuyer& buyer, const std::optional<Spender>& spent,
                                          std::int32_t units, double discount_rate) {
  if (units < 1 || !(discount_rate > -1 && std::isfinite(discount_rate)))
    throw Error(ErrorCode::bad_number,
                "A value is of one unit of time or more, at a discount rate above -1.");
  const auto each = value_of(value, spent);
  if (!each) return std::nullopt;
  double before = 0;
  double sum = 0;
  for (std::int32_t k = 1; k <= units; ++k) {
    const double until = purchases.expected_purchases(buyer, k);
    sum += (until - before) * *each / std::pow(1 + discount_rate, k);
    before = until;
  }
  return sum;
}

}  // namespace churn::inline v0
