// BetaDiscreteWeibull: the shifted beta-geometric model whose customers' churn may itself change with time.
//
//   BetaDiscreteWeibullFit fit = fit_beta_discrete_weibull(counts);
//   fit.model->survival(12);
//   likelihood_ratio(fit, fit_shifted_beta_geometric(counts))->p;    // does the third parameter earn its keep?
//
//   S(t) = B(alpha, beta + t^shape) / B(alpha, beta),     r(t) = S(t) / S(t - 1),     t = 1, 2, … opportunities
//
// Each customer leaves by a discrete Weibull law, S(t) = (1 - theta)^(t^shape), theta is beta distributed. With
// shape 1 it is the shifted beta-geometric model (shifted_beta_geometric.hpp); above 1 a customer's own churn rises
// with time, below 1 it falls. It follows a curve whose first renewals are unlike the rest, and with three
// parameters it takes many customers and renewals to tell them apart: the likelihood is often flat. Prefer the
// smaller model unless the likelihood ratio says otherwise.
//
// Fitted by maximum likelihood on counts, with Newton's method in the logarithms of the parameters and exact
// derivatives. There is no model, and `outcome` says why, from less than three opportunities, where nobody or
// everybody left, and where the likelihood has no maximum but rises on as a parameter runs to 0 or infinity.
//
// Intervals are by the delta method on the logit, so they lie within 0 and 1. They say how well the curve is known
// if the model is true.
//
// Source: P. S. Fader, B. G. S. Hardie, Y. Liu, J. Davin, T. Steenburgh, "How to project customer retention
// revisited: the role of duration dependence", Journal of Interactive Marketing 43 (2018) 1-16,
// doi:10.1016/j.intmar.2018.01.002.
//
// Complexity: a fit takes some 100 x opportunities evaluations of the gamma function and its derivatives.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>

#include <churn/forecast/renewal_counts.hpp>
#include <churn/forecast/shifted_beta_geometric.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// A retention curve of three parameters.
class BetaDiscreteWeibull {
 public:
  /// Throws Error(bad_number) unless alpha and beta lie within 10^-12 and 10^12 and shape within 10^-3 and 10.
  [[nodiscard]] static BetaDiscreteWeibull of(double alpha, double beta, double shape);

  /// The first parameter of the beta distribution of theta.
  [[nodiscard]] double alpha() const noexcept { return alpha_; }
  /// The second parameter of the beta distribution of theta.
  [[nodiscard]] double beta() const noexcept { return beta_; }
  /// Above 1 a customer's own churn rises with time, below 1 it falls.
  [[nodiscard]] double shape() const noexcept { return shape_; }

  // Constant time. A negative number of renewals, or an opportunity below 1, throws Error(out_of_range).

  /// r(t): of those who have come to opportunity t, the share that stays.
  [[nodiscard]] double retention(std::int32_t opportunity) const;
  /// S(t): of a new cohort, the share that renews at least t times.
  [[nodiscard]] double survival(std::int32_t renewals) const;
  /// P(t): of a new cohort, the share that leaves at opportunity t.
  [[nodiscard]] double lost_at(std::int32_t opportunity) const;
  /// S(renewals + more) / S(renewals).
  [[nodiscard]] double conditional_survival(std::int32_t renewals, std::int32_t more) const;

  friend bool operator==(const BetaDiscreteWeibull&, const BetaDiscreteWeibull&) noexcept = default;

 private:
  BetaDiscreteWeibull(double alpha, double beta, double shape) noexcept
      : alpha_(alpha), beta_(beta), shape_(shape) {}
  double alpha_;
  double beta_;
  double shape_;
};

/// Whether there is a model, and why not.
enum class BetaDiscreteWeibullOutcome : std::uint8_t {
  fitted,                ///< where the likelihood is greatest
  no_maximum,            ///< the likelihood rises on as a parameter runs to 0 or infinity
  nobody_lost,           ///< nothing to fit a shape to
  nobody_kept,           ///< as above
  too_few_opportunities  ///< less than three with somebody at risk
};

/// A model, the counts that it was fitted to, and how well these tell it.
struct BetaDiscreteWeibullFit {
  RenewalCounts counts;                      ///< that it was fitted to
  BetaDiscreteWeibullOutcome outcome;        ///< whether there is a model
  std::optional<BetaDiscreteWeibull> model;  ///< only if fitted, as are the others
  std::optional<double> log_likelihood;      ///< on the scale of ShiftedBetaGeometricFit's
  /// Of (log alpha, log beta, log shape): the inverse of the observed information.
  std::optional<Eigen::Matrix3d> covariance;

  /// Delta-method intervals; empty without a model, and for survival(0). Throw Error(bad_number) unless
  /// 0 < confidence < 1, Error(out_of_range) as the model's functions do.
  [[nodiscard]] std::optional<Interval> survival_interval(std::int32_t renewals,
                                                          double confidence = 0.95) const;
  /// The same of retention(opportunity).
  [[nodiscard]] std::optional<Interval> retention_interval(std::int32_t opportunity,
                                                           double confidence = 0.95) const;
};

/// By maximum likelihood. Where there is no model, `outcome` says why.
[[nodiscard]] BetaDiscreteWeibullFit fit_beta_discrete_weibull(const RenewalCounts& counts);

/// How much better the larger model fits.
struct RetentionModelTest {
  double
      statistic;  ///< twice the difference of the log-likelihoods; chi-square with 1 degree of freedom if shape is 1
  PValue p;  ///< that the smaller model does as well
};

/// Empty if one of the two has no model, or the smaller is not `fitted`: at a limit the statistic has another
/// distribution. Throws Error(bad_number) if they were fitted to different counts.
[[nodiscard]] std::optional<RetentionModelTest> likelihood_ratio(const BetaDiscreteWeibullFit& larger,
                                                                 const ShiftedBetaGeometricFit& smaller);

}  // namespace churn::inline v0
