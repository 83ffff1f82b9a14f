#include <churn/forecast/shifted_beta_geometric.hpp>

#include <cmath>
#include <limits>

#include <churn/core/error.hpp>

#include "forecast/renewal_likelihood.hpp"

namespace churn::inline v0 {

namespace {

constexpr double least_discount = 1e-6;

void require_renewals(std::int32_t renewals) {
  if (renewals < 0) throw Error(ErrorCode::out_of_range, "Nobody has renewed less than no times.");
}

void require_discount(double rate) {
  if (!(rate == 0 || (rate >= least_discount && std::isfinite(rate))))
    throw Error(ErrorCode::bad_number, "A discount rate is 0 or from 0.000001 on.");
}

/// The inverse of the observed information of (log alpha, log beta); empty if it is singular to double precision.
std::optional<Eigen::Matrix2d> covariance_of(const RenewalCounts& counts, double alpha, double beta) {
  // log r(t) = log(beta + t - 1) - log(alpha + beta + t - 1), log(1 - r(t)) = log alpha - log(alpha + beta + t - 1).
  // At the maximum the first derivatives are 0, so those of the logarithms are alpha and beta times the plain ones.
  double alpha_alpha = 0;
  double both = 0;
  double beta_beta = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const RenewalCount& count = counts.opportunities()[i];
    const auto age = static_cast<double>(i);
    const double of_sum = static_cast<double>(count.at_risk) / ((alpha + beta + age) * (alpha + beta + age));
    alpha_alpha += static_cast<double>(count.lost) / (alpha * alpha) - of_sum;
    both -= of_sum;
    beta_beta += static_cast<double>(count.kept()) / ((beta + age) * (beta + age)) - of_sum;
  }
  const double determinant = alpha_alpha * beta_beta - both * both;
  if (!(alpha_alpha > 0 && determinant > 1e-14 * alpha_alpha * beta_beta)) return std::nullopt;
  Eigen::Matrix2d covariance;
  covariance << beta_beta / (alpha * alpha), -both / (alpha * beta), -both / (alpha * beta),
      alpha_alpha / (beta * beta);
  return covariance / determinant;
}

ShiftedBetaGeometricOutcome outcome_of(const RenewalLikelihood& likelihood,
                                       const ShiftedBetaGeometric& model) {
  using Outcome = ShiftedBetaGeometricOutcome;
  if (likelihood.nobody_lost()) return Outcome::nobody_lost;
  if (model.mean_churn() == 1) return Outcome::nobody_kept;
  if (likelihood.nobody_lost_later()) return Outcome::lost_at_first_only;
  return model.alpha() ? Outcome::fitted : Outcome::all_alike;
}

std::optional<Interval> interval_of(const ShiftedBetaGeometricFit& fit, double confidence,
                                    const std::function<double(const ShiftedBetaGeometric&)>& quantity) {
  const double level = profile_level(fit.log_likelihood.value_or(0), confidence);
  if (!fit.model) return std::nullopt;
  return range_of(RenewalLikelihood(fit.counts), *fit.model, level, quantity);
}

}  // namespace

ShiftedBetaGeometric ShiftedBetaGeometric::of(double alpha, double beta) {
  const double sum = alpha + beta;
  if (!(alpha > 0 && beta > 0 && std::isfinite(sum) && std::isfinite(1 / sum)))
    throw Error(ErrorCode::bad_number, "Alpha and beta must be above 0 and finite.");
  return {alpha / sum, 1 / sum};
}

ShiftedBetaGeometric ShiftedBetaGeometric::of_mean(double mean_churn, double heterogeneity) {
  if (!(mean_churn >= 0 && mean_churn <= 1 && heterogeneity >= 0))
    throw Error(ErrorCode::bad_number,
                "A mean churn lies between 0 and 1, and heterogeneity is not below 0.");
  return {mean_churn, heterogeneity};
}

std::optional<double> ShiftedBetaGeometric::alpha() const noexcept {
  const double value = mean_churn_ / heterogeneity_;
  if (heterogeneity_ > 0 && value > 0 && std::isfinite(value) && mean_churn_ < 1) return value;
  return std::nullopt;
}

std::optional<double> ShiftedBetaGeometric::beta() const noexcept {
  if (!alpha()) return std::nullopt;
  return (1 - mean_churn_) / heterogeneity_;
}

double ShiftedBetaGeometric::polarization() const noexcept {
  return RenewalLikelihood::polarization_of(heterogeneity_);
}

double ShiftedBetaGeometric::retention(std::int32_t opportunity) const {
  if (opportunity < 1) throw Error(ErrorCode::out_of_range, "The first renewal opportunity is 1.");
  return stay(mean_churn_, opportunity - 1.0, heterogeneity_);
}

double ShiftedBetaGeometric::survival(std::int32_t renewals) const {
  return conditional_survival(0, renewals);
}

double ShiftedBetaGeometric::lost_at(std::int32_t opportunity) const {
  if (opportunity < 1) throw Error(ErrorCode::out_of_range, "The first renewal opportunity is 1.");
  return survival(opportunity - 1) * expected_churn(opportunity - 1);
}

double ShiftedBetaGeometric::expected_churn(std::int32_t renewals) const {
  require_renewals(renewals);
  return leave(mean_churn_, renewals, heterogeneity_);
}

double ShiftedBetaGeometric::conditional_survival(std::int32_t renewals, std::int32_t more) const {
  require_renewals(renewals);
  require_renewals(more);
  if (renewals > std::numeric_limits<std::int32_t>::max() - more)
    throw Error(ErrorCode::out_of_range, "Nobody renews that often.");
  double product = 1;
  for (std::int32_t t = renewals + 1; t <= renewals + more && product > 0; ++t) product *= retention(t);
  return product;
}

std::optional<double> ShiftedBetaGeometric::expected_lifetime() const {
  // (alpha + beta - 1) / (alpha - 1) in terms of m and h, which also holds where all are alike.
  if (mean_churn_ == 1) return 1;
  if (!(mean_churn_ > heterogeneity_)) return std::nullopt;
  return (1 - heterogeneity_) / (mean_churn_ - heterogeneity_);
}

std::optional<double> ShiftedBetaGeometric::discounted_lifetime(double discount_rate) const {
  require_discount(discount_rate);
  const auto rest = discounted_residual_lifetime(0, discount_rate);
  if (!rest) return std::nullopt;
  return 1 + *rest / (1 + discount_rate);
}

std::optional<double> ShiftedBetaGeometric::discounted_residual_lifetime(std::int32_t renewals,
                                                                         double discount_rate) const {
  require_renewals(renewals);
  require_discount(discount_rate);
  if (discount_rate == 0) {
    // Who has renewed n times is a new customer of (alpha, beta + n), for whom m is the churn to expect, and h is
    // 1 / (alpha + beta + n).
    const double churn = leave(mean_churn_, renewals, heterogeneity_);
    if (stay(mean_churn_, renewals, heterogeneity_) == 0) return 0;
    const double h = std::isinf(heterogeneity_)
                         ? (renewals == 0 ? std::numeric_limits<double>::infinity() : 1.0 / renewals)
                         : heterogeneity_ / (1 + renewals * heterogeneity_);
    if (!(churn > h)) return std::nullopt;
    return (1 - h) / (churn - h) - 1;
  }
  // The series itself: all its terms are positive and each is at most 1 / (1 + rate) times the one before, so what
  // is left after a term is at most that term / rate. Its rounding is carried along (Kahan's sum).
  const double factor = 1 / (1 + discount_rate);
  double term = stay(mean_churn_, renewals, heterogeneity_);
  double sum = 0;
  double carried = 0;
  for (double age = renewals + 1.0; term > 0; ++age) {
    const double part = term - carried;
    const double next = sum + part;
    carried = (next - sum) - part;
    sum = next;
    if (term <= 1e-16 * discount_rate * sum) break;
    term *= factor * stay(mean_churn_, age, heterogeneity_);
  }
  return sum;
}

ShiftedBetaGeometricFit fit_shifted_beta_geometric(const RenewalCounts& counts) {
  ShiftedBetaGeometricFit fit{counts, ShiftedBetaGeometricOutcome::too_few_opportunities, std::nullopt,
                              std::nullopt, std::nullopt};
  const RenewalLikelihood likelihood(counts);
  // Where nobody was kept at the first, that is all there is to know.
  if (likelihood.opportunities() < 2 && !likelihood.nobody_kept_first()) return fit;
  const double h = likelihood.best_heterogeneity();
  fit.model = ShiftedBetaGeometric::of_mean(likelihood.best_mean(h), h);
  fit.log_likelihood = likelihood.value(fit.model->mean_churn(), h);
  fit.outcome = outcome_of(likelihood, *fit.model);
  if (fit.outcome == ShiftedBetaGeometricOutcome::fitted)
    fit.covariance = covariance_of(counts, *fit.model->alpha(), *fit.model->beta());
  return fit;
}

std::optional<Interval> ShiftedBetaGeometricFit::survival_interval(std::int32_t renewals,
                                                                   double confidence) const {
  require_renewals(renewals);
  return interval_of(*this, confidence, [=](const ShiftedBetaGeometric& m) { return m.survival(renewals); });
}

std::optional<Interval> ShiftedBetaGeometricFit::retention_interval(std::int32_t opportunity,
                                                                    double confidence) const {
  if (opportunity < 1) throw Error(ErrorCode::out_of_range, "The first renewal opportunity is 1.");
  return interval_of(*this, confidence,
                     [=](const ShiftedBetaGeometric& m) { return m.retention(opportunity); });
}

std::optional<Interval> ShiftedBetaGeometricFit::conditional_survival_interval(std::int32_t renewals,
                                                                               std::int32_t more,
                                                                               double confidence) const {
  require_renewals(renewals);
  require_renewals(more);
  return interval_of(*this, confidence,
                     [=](const ShiftedBetaGeometric& m) { return m.conditional_survival(renewals, more); });
}

std::optional<Interval> ShiftedBetaGeometricFit::discounted_residual_lifetime_interval(
    std::int32_t renewals, double discount_rate, double confidence) const {
  require_renewals(renewals);
  require_discount(discount_rate);
  if (discount_rate == 0)
    throw Error(ErrorCode::bad_number, "An interval of a lifetime needs a discount rate.");
  return interval_of(*this, confidence, [=](const ShiftedBetaGeometric& m) {
    return m.discounted_residual_lifetime(renewals, discount_rate).value();
  });
}

}  // namespace churn::inline v0
