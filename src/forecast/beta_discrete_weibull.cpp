#include <churn/forecast/beta_discrete_weibull.hpp>

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <churn/core/error.hpp>

#include "forecast/log_gamma_step.hpp"
#include "forecast/newton.hpp"
#include "forecast/polygamma.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

/// log of B(a, b + y) / B(a, b + x) for x <= y. Of the two ways to group four gamma functions the one with the
/// smaller steps loses fewer digits. Nothing that is rounded makes a share of more than all.
double log_share(double a, double b, double x, double y) {
  const double step = y - x;
  const double share = a < step ? log_gamma_step(b + x, a) - log_gamma_step(b + y, a)
                                : log_gamma_step(b + x, step) - log_gamma_step(a + b + x, step);
  return std::min(0.0, share);
}

/// log B(a, b + t^c) and its derivatives by a, b and c; the terms in a alone cancel in every quotient and are left
/// out.
struct LogBeta {
  Vector3d gradient;
  Matrix3d hessian;
};

LogBeta log_beta(double a, double b, double c, double t) {
  const double power = t == 0 ? 0 : std::pow(t, c);
  const double by_c = t == 0 ? 0 : power * std::log(t);
  const double by_c_c = t == 0 ? 0 : by_c * std::log(t);
  const double psi_sum = digamma(a + b + power);
  const double psi = digamma(b + power) - psi_sum;
  const double psi_1_sum = trigamma(a + b + power);
  const double psi_1 = trigamma(b + power) - psi_1_sum;
  LogBeta result;
  result.gradient << -psi_sum, psi, by_c * psi;
  result.hessian << -psi_1_sum, -psi_1_sum, -psi_1_sum * by_c,  //
      -psi_1_sum, psi_1, psi_1 * by_c,                          //
      -psi_1_sum * by_c, psi_1 * by_c, by_c_c * psi + by_c * by_c * psi_1;
  return result;
}

using Point = LikelihoodPoint<3>;

struct WeibullLikelihood {
  const RenewalCounts& counts;

  /// Beyond, the likelihood no longer changes by what counts can show.
  [[nodiscard]] static bool inside(const Vector3d& logs) {
    return std::abs(logs[0]) < 16 && std::abs(logs[1]) < 16 && logs[2] > -5 && logs[2] < 2.2;
  }

  [[nodiscard]] double value(const Vector3d& logs) const {
    const double a = std::exp(logs[0]);
    const double b = std::exp(logs[1]);
    const double c = std::exp(logs[2]);
    double sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const RenewalCount& count = counts.opportunities()[i];
      if (count.at_risk == 0) continue;
      const auto t = static_cast<double>(i);
      const double log_r = log_share(a, b, i == 0 ? 0 : std::pow(t, c), std::pow(t + 1, c));
      if (count.kept() > 0) sum += static_cast<double>(count.kept()) * log_r;
      if (count.lost > 0) sum += static_cast<double>(count.lost) * std::log(-std::expm1(log_r));
    }
    return sum;
  }

  /// With the derivatives by the logarithms of the parameters.
  [[nodiscard]] Point at(const Vector3d& logs) const {
    const Vector3d x = logs.array().exp();
    Point point{value(logs), Vector3d::Zero(), Matrix3d::Zero()};
    LogBeta before = log_beta(x[0], x[1], x[2], 0);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const RenewalCount& count = counts.opportunities()[i];
      const auto t = static_cast<double>(i);
      const LogBeta after = log_beta(x[0], x[1], x[2], t + 1);
      const Vector3d slope = after.gradient - before.gradient;  // of log r
      const Matrix3d curvature = after.hessian - before.hessian;
      before = after;
      if (count.at_risk == 0) continue;
      const double log_r = log_share(x[0], x[1], i == 0 ? 0 : std::pow(t, x[2]), std::pow(t + 1, x[2]));
      const double churn = -std::expm1(log_r);
      const double odds = std::exp(log_r) / churn;
      const auto lost = static_cast<double>(count.lost);
      const double by_log_r = static_cast<double>(count.kept()) - (lost > 0 ? lost * odds : 0);
      const double again = lost > 0 ? lost * odds / churn : 0;
      point.gradient += by_log_r * slope;
      point.hessian += by_log_r * curvature - again * slope * slope.transpose();
    }
    by_logarithms<3>(point, x);
    return point;
  }
};

/// z such that a normal variate lies within -z and z with that probability.
double normal_width(double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 < confidence < 1.");
  return std::numbers::sqrt2 * boost::math::erf_inv(confidence);
}

/// Of a share S(to) / S(from), by the delta method on its logit.
std::optional<Interval> interval_of(const BetaDiscreteWeibullFit& fit, std::int32_t from, std::int32_t to,
                                    double confidence) {
  const double z = normal_width(confidence);
  if (!fit.model || from == to) return std::nullopt;
  const Vector3d x(fit.model->alpha(), fit.model->beta(), fit.model->shape());
  const Vector3d slope =
      x.cwiseProduct(log_beta(x[0], x[1], x[2], to).gradient - log_beta(x[0], x[1], x[2], from).gradient);
  const double log_share_of_all =
      log_share(x[0], x[1], from == 0 ? 0 : std::pow(from, x[2]), std::pow(to, x[2]));
  const double rest = -std::expm1(log_share_of_all);
  if (!(rest > 0)) return std::nullopt;  // too close to 1 for a double
  const double width = z * std::sqrt(slope.dot(*fit.covariance * slope)) / rest;
  const double logit = log_share_of_all - std::log(rest);
  return Interval{1 / (1 + std::exp(width - logit)), 1 / (1 + std::exp(-width - logit))};
}

BetaDiscreteWeibullOutcome hopeless(const RenewalCounts& counts) {
  using Outcome = BetaDiscreteWeibullOutcome;
  int opportunities = 0;
  for (const RenewalCount& count : counts.opportunities()) opportunities += count.at_risk > 0 ? 1 : 0;
  const Proportion lost = counts.lost_of_all();
  if (opportunities > 0 && lost.numerator() == lost.denominator()) return Outcome::nobody_kept;
  if (opportunities < 3) return Outcome::too_few_opportunities;
  return lost.numerator() == 0 ? Outcome::nobody_lost : Outcome::no_maximum;
}

}  // namespace

BetaDiscreteWeibull BetaDiscreteWeibull::of(double alpha, double beta, double shape) {
  const auto within = [](double x, double low, double high) { return x >= low && x <= high; };
  if (!within(alpha, 1e-12, 1e12) || !within(beta, 1e-12, 1e12) || !within(shape, 1e-3, 10))
    throw Error(ErrorCode::bad_number,
                "Alpha and beta must lie between 1e-12 and 1e12, and shape between 0.001 and 10.");
  return {alpha, beta, shape};
}

double BetaDiscreteWeibull::retention(std::int32_t opportunity) const {
  if (opportunity < 1) throw Error(ErrorCode::out_of_range, "The first renewal opportunity is 1.");
  return conditional_survival(opportunity - 1, 1);
}

double BetaDiscreteWeibull::survival(std::int32_t renewals) const {
  return conditional_survival(0, renewals);
}

double BetaDiscreteWeibull::lost_at(std::int32_t opportunity) const {
  if (opportunity < 1) throw Error(ErrorCode::out_of_range, "The first renewal opportunity is 1.");
  const double from = opportunity == 1 ? 0 : std::pow(opportunity - 1, shape_);
  return survival(opportunity - 1) *
         -std::expm1(log_share(alpha_, beta_, from, std::pow(opportunity, shape_)));
}

double BetaDiscreteWeibull::conditional_survival(std::int32_t renewals, std::int32_t more) const {
  if (renewals < 0 || more < 0)
    throw Error(ErrorCode::out_of_range, "Nobody has renewed less than no times.");
  if (more == 0) return 1;
  const double from = renewals == 0 ? 0 : std::pow(renewals, shape_);
  return std::exp(log_share(alpha_, beta_, from, std::pow(static_cast<double>(renewals) + more, shape_)));
}

BetaDiscreteWeibullFit fit_beta_discrete_weibull(const RenewalCounts& counts) {
  using Outcome = BetaDiscreteWeibullOutcome;
  BetaDiscreteWeibullFit fit{counts, hopeless(counts), std::nullopt, std::nullopt, std::nullopt};
  if (fit.outcome != Outcome::no_maximum) return fit;

  // From the smaller model's maximum, which has shape 1, and from shapes and mixtures on both sides of it.
  const ShiftedBetaGeometricFit smaller = fit_shifted_beta_geometric(counts);
  const double m = std::clamp(smaller.model->mean_churn(), 1e-4, 1 - 1e-4);
  const double h = std::clamp(smaller.model->heterogeneity(), 1e-2, 1e2);
  const WeibullLikelihood likelihood{counts};
  std::optional<LikelihoodMaximum<3>> best;
  for (const double shape : {1.0, 0.5, 2.0})
    for (const double spread : {1.0, 0.1, 10.0})
      keep_better<3>(best, climb<3>(likelihood, Vector3d(std::log(m / (h * spread)),
                                                         std::log((1 - m) / (h * spread)), std::log(shape))));
  // A limit that is more likely than every top: the smaller model is one of the shapes, so its maximum is a bound.
  if (!best || best->point.value < *smaller.log_likelihood - likelihood_rounding(*smaller.log_likelihood))
    return fit;
  const auto covariance = inverse_information<3>(best->point);
  if (!covariance) return fit;
  fit.outcome = Outcome::fitted;
  fit.model =
      BetaDiscreteWeibull::of(std::exp(best->logs[0]), std::exp(best->logs[1]), std::exp(best->logs[2]));
  fit.log_likelihood = best->point.value;
  fit.covariance = covariance;
  return fit;
}

std::optional<Interval> BetaDiscreteWeibullFit::survival_interval(std::int32_t renewals,
                                                                  double confidence) const {
  if (renewals < 0) throw Error(ErrorCode::out_of_range, "Nobody has renewed less than no times.");
  return interval_of(*this, 0, renewals, confidence);
}

std::optional<Interval> BetaDiscreteWeibullFit::retention_interval(std::int32_t opportunity,
                                                                   double confidence) const {
  if (opportunity < 1) throw Error(ErrorCode::out_of_range, "The first renewal opportunity is 1.");
  return interval_of(*this, opportunity - 1, opportunity, confidence);
}

std::optional<RetentionModelTest> likelihood_ratio(const BetaDiscreteWeibullFit& larger,
                                                   const ShiftedBetaGeometricFit& smaller) {
  if (larger.counts != smaller.counts)
    throw Error(ErrorCode::bad_number, "Two models are compared on the same counts.");
  if (!larger.model || smaller.outcome != ShiftedBetaGeometricOutcome::fitted) return std::nullopt;
  const double statistic = std::max(0.0, 2 * (*larger.log_likelihood - *smaller.log_likelihood));
  return RetentionModelTest{statistic, chi_square_p_value(statistic, 1)};
}

}  // namespace churn::inline v0
