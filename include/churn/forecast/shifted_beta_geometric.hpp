// ShiftedBetaGeometric: how a cohort shrinks from renewal to renewal when customers differ, and what that says of
// the renewals to come.
//
//   RenewalCounts counts = RenewalCounts::of_active(std::vector<std::int64_t>{1000, 631, 468, 382, 326, 289, 262, 241});
//   ShiftedBetaGeometricFit fit = fit_shifted_beta_geometric(counts);
//   fit.model->survival(12);                                 // 0.170: the share that is left after 12 renewals
//   fit.survival_interval(12);                               // and how sure that is
//   fit.model->discounted_residual_lifetime(3, 0.1);         // 5.44 payments to come from who has renewed three times
//
// A customer leaves at each renewal with a probability of its own that never changes; over customers it is beta
// distributed with parameters alpha and beta. So r(t) rises with t, not because anybody grows more loyal, but
// because the others leave first:
//
//   churn at opportunity t    1 - r(t) = alpha / (alpha + beta + t - 1)              t = 1, 2, …
//   survival                  S(t) = r(1) x … x r(t) = B(alpha, beta + t) / B(alpha, beta),  S(0) = 1
//   lost at t                 P(t) = S(t - 1) - S(t)
//   mean churn                alpha / (alpha + beta)           of a new cohort
//   polarization              1 / (alpha + beta + 1)           0: all alike; 1: each surely stays or surely leaves
//   expected lifetime         sum of S(t), t >= 0 = (alpha + beta - 1) / (alpha - 1)   in intervals paid; infinite for
//                             alpha <= 1, however soon most have left
//
// In terms of the mean churn m and h = 1 / (alpha + beta), 1 - r(t) = m / (1 + (t - 1) h). That form has no gamma
// function in it, loses no digits for large alpha and beta, and holds the limits, which are models too:
//
//   h = 0          all customers alike: plain geometric, the same churn at each opportunity
//   h = infinity   a share m leaves at the first opportunity and nobody afterwards
//   m = 0, m = 1   nobody leaves; everybody leaves at the first
//
// Fitting is by maximum likelihood on counts (renewal_counts.hpp), over the whole closed range of m and h: for each h
// the likelihood is concave in m, and what is left is a search along h. Data whose likelihood has its maximum at a
// limit (a homogeneous cohort, for which alpha and beta run to infinity in other implementations) get the limit as
// their model, and `outcome` says so. There is no model from less than two opportunities: one gives a mean churn
// and says nothing of how customers differ.
//
// Intervals are by profile likelihood: all values that some m and h give whose log-likelihood is within half a
// chi-square quantile of the best. They hold the limits as well, lie within what is possible and are exact 95 %
// intervals for many customers; where the best is a limit they are a little too wide. They say how well the curve
// is known if the model is true, and nothing of the chance by which single cohorts differ.
//
// Source: P. S. Fader, B. G. S. Hardie, "How to project customer retention", Journal of Interactive Marketing 21
// (2007) 76-90, doi:10.1002/dir.20074; "Customer-base valuation in a contractual setting: the perils of ignoring
// heterogeneity", Marketing Science 29 (2010) 85-93, doi:10.1287/mksc.1080.0482 (discounted lifetimes).
//
// Complexity: a fit some 10^5 divisions for 12 opportunities (about a millisecond), an interval about the same.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>

#include <churn/forecast/renewal_counts.hpp>
#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// A retention curve of two parameters.
class ShiftedBetaGeometric {
 public:
  /// Throws Error(bad_number) unless both are above 0 and finite, and their sum is.
  [[nodiscard]] static ShiftedBetaGeometric of(double alpha, double beta);
  /// By mean churn and h = 1 / (alpha + beta), limits included. Throws Error(bad_number) unless
  /// 0 <= mean_churn <= 1 and heterogeneity >= 0 (infinity is allowed).
  [[nodiscard]] static ShiftedBetaGeometric of_mean(double mean_churn, double heterogeneity);

  /// Empty for a limit, where one of the two is 0 or infinite.
  [[nodiscard]] std::optional<double> alpha() const noexcept;
  /// Empty for a limit, as alpha is.
  [[nodiscard]] std::optional<double> beta() const noexcept;
  /// Of a new cohort, the share that leaves at the first opportunity: alpha / (alpha + beta).
  [[nodiscard]] double mean_churn() const noexcept { return mean_churn_; }
  /// 1 / (alpha + beta); 0 if all customers are alike, infinite if each surely stays or surely leaves.
  [[nodiscard]] double heterogeneity() const noexcept { return heterogeneity_; }
  /// 1 / (alpha + beta + 1): 0 if all customers are alike, 1 if each surely stays or surely leaves.
  [[nodiscard]] double polarization() const noexcept;

  // Opportunities count from 1. A negative number of renewals, or an opportunity below 1, throws
  // Error(out_of_range). Those of survival are O(renewals), all others constant time.

  /// r(t): of those who have come to opportunity t, the share that stays.
  [[nodiscard]] double retention(std::int32_t opportunity) const;
  /// S(t): of a new cohort, the share that renews at least t times.
  [[nodiscard]] double survival(std::int32_t renewals) const;
  /// P(t): of a new cohort, the share that leaves at opportunity t.
  [[nodiscard]] double lost_at(std::int32_t opportunity) const;
  /// The churn probability to expect of a customer who has renewed so often: alpha / (alpha + beta + renewals).
  [[nodiscard]] double expected_churn(std::int32_t renewals) const;
  /// S(renewals + more) / S(renewals): of those who have renewed so often, the share that renews that many times
  /// more.
  [[nodiscard]] double conditional_survival(std::int32_t renewals, std::int32_t more) const;

  /// Billing intervals paid by a new customer, the first included. Empty: infinite, as it is for alpha <= 1.
  [[nodiscard]] std::optional<double> expected_lifetime() const;
  /// The sum of S(t) / (1 + discount_rate)^t, t = 0, 1, …: payments of a new customer, the first not discounted, the
  /// rate a billing interval. Empty if infinite, which it can be only at a rate of 0. Throws Error(bad_number)
  /// unless the rate is 0 or finite and at least 10^-6. O(40 / rate).
  [[nodiscard]] std::optional<double> discounted_lifetime(double discount_rate) const;
  /// The same for the payments yet to come of a customer who has renewed so often and stands before the next
  /// opportunity: the sum over t > renewals of S(t) / S(renewals) / (1 + discount_rate)^(t - renewals - 1).
  [[nodiscard]] std::optional<double> discounted_residual_lifetime(std::int32_t renewals,
                                                                   double discount_rate) const;

  friend bool operator==(const ShiftedBetaGeometric&, const ShiftedBetaGeometric&) noexcept = default;

 private:
  ShiftedBetaGeometric(double mean_churn, double heterogeneity) noexcept
      : mean_churn_(mean_churn), heterogeneity_(heterogeneity) {}
  double mean_churn_;
  double heterogeneity_;
};

/// Whether there is a model, and whether it is a limit.
enum class ShiftedBetaGeometricOutcome : std::uint8_t {
  fitted,                ///< alpha and beta are both above 0 and finite
  all_alike,             ///< the counts show no more difference than chance: the model is plain geometric
  lost_at_first_only,    ///< some left at the first opportunity and nobody afterwards
  nobody_lost,           ///< mean churn is 0
  nobody_kept,           ///< nobody was kept at the first opportunity: mean churn is 1
  too_few_opportunities  ///< less than two with somebody at risk: no model
};

/// A model, the counts that it was fitted to, and how well these tell it.
struct ShiftedBetaGeometricFit {
  RenewalCounts counts;                       ///< that it was fitted to
  ShiftedBetaGeometricOutcome outcome;        ///< whether there is a model, and whether it is a limit
  std::optional<ShiftedBetaGeometric> model;  ///< empty: too few opportunities
  /// Of `model`, without the constant that counts the orders in which customers may leave. Empty as the model is.
  std::optional<double> log_likelihood;
  /// Of (log alpha, log beta): the inverse of the observed information. Only if fitted.
  std::optional<Eigen::Matrix2d> covariance;

  // Profile-likelihood intervals; empty without a model. They throw Error(bad_number) unless
  // 0 < confidence < 1, and what the model's functions throw.
  /// Of survival(renewals).
  [[nodiscard]] std::optional<Interval> survival_interval(std::int32_t renewals,
                                                          double confidence = 0.95) const;
  /// Of retention(opportunity).
  [[nodiscard]] std::optional<Interval> retention_interval(std::int32_t opportunity,
                                                           double confidence = 0.95) const;
  /// Of conditional_survival(renewals, more).
  [[nodiscard]] std::optional<Interval> conditional_survival_interval(std::int32_t renewals,
                                                                      std::int32_t more,
                                                                      double confidence = 0.95) const;
  /// Throws Error(bad_number) unless the rate is at least 10^-6: without a discount there may be no upper end.
  [[nodiscard]] std::optional<Interval> discounted_residual_lifetime_interval(std::int32_t renewals,
                                                                              double discount_rate,
                                                                              double confidence = 0.95) const;
};

/// By maximum likelihood, limits included.
[[nodiscard]] ShiftedBetaGeometricFit fit_shifted_beta_geometric(const RenewalCounts& counts);

}  // namespace churn::inline v0
