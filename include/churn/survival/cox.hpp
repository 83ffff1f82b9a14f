// Cox regression: the factor by which a property of a customer raises or lowers its hazard of leaving.
//
//   CoxFit fit = cox_regression({.exit = tenures, .event = departed}, covariates, {"seats", "annual"});
//   fit.coefficients[1].hazard_ratio            // 0.42: who pays by the year leaves 0.42 times as often
//   fit.coefficients[1].hazard_ratio_interval   // and how sure that is
//   predicted_survival(fit, x)                  // how long somebody like x stays
//
//   hazard of leaving at tenure t, of a customer with covariates x:   h(t | x) = h0(t) exp(b'x)
//   partial likelihood:  product over departures i of  exp(b'x_i) / sum over j at risk at t_i of exp(b'x_j)
//
// Nothing is assumed of h0, each stratum has one of its own, and whether the factor is the same at every
// tenure is for proportional_hazards.hpp to ask. A hazard ratio is an association, not an effect. Covariates
// are the columns of an Eigen matrix, a row a spell or part of one (spell_columns.hpp); a factor of k levels
// is k - 1 columns of 0 and 1. They have to be what was known before the row began.
//
// Departures on the same day: `efron` (default) and `breslow` take them for an order that is not known,
// Efron's closer to the truth; `exact` takes days for real (a discrete logit model), needs more time, and
// knows no weights and no robust errors.
//
// Errors: `std_error` from the information; with `robust`, or with clusters, also the sandwich of Lin and
// Wei, which then makes z, p-values, intervals and the Wald test. Take it where rows of a customer are not
// independent or weights are no counts.
//
// Ridge: subtracts ridge / 2 x sum of b^2 from the logarithm of the likelihood, with b per standard deviation
// of its covariate or as given. Then every coefficient has a value, even if separated or collinear; `loglik`
// is without the penalty, and `degrees_of_freedom` the effective ones.
//
// What has no finite estimate has none here. A coefficient has no value and a `trouble` if
//   no_contrast   who leaves and who stays never differ in it, in any risk set (a constant, say), or by less than
//                 1e-100
//   collinear     given the columns before it, it says nothing new: `collinear_with` has them. The others are
//                 those of the model without it
//   separated     the likelihood grows as the coefficient does without end, as for a plan that nobody left:
//                 `direction` is its sign; 0 if it is not itself, but nothing says anything of it at the
//                 limit of those that are. The others are at their limit, or near it where b'x spans hundreds
//                 on the way; tests and concordance hold, but Wald's
//   no_events     nobody left
//   not_converged the steps did not suffice, or numbers ran over. `max_steps` that are few may also take for
//                 separated, and leave short of the limit, what is on its way there
//
// How: customers are assigned to the days with departures on which they are at risk once, then each Newton
// step sums over rows and days: O(n p^2 + d log d p) for d such days, whatever the order of rows. Late
// entries don't subtract from sums, so they cost no digits. `exact` is O(days x at risk x departures of the
// day x p^2). Another order of rows gives the same up to rounding, some 10^-12 of a value.
//
// Source: Cox (1972), J. R. Stat. Soc. B 34; Efron (1977), J. Am. Stat. Assoc. 72; Gail, Lubin, Rubinstein
// (1981), Biometrika 68; Lin, Wei (1989), J. Am. Stat. Assoc. 84; Therneau, Grambsch (2000), Modeling
// Survival Data. Equals R's `coxph`.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/survival/concordance.hpp>
#include <churn/survival/spell_columns.hpp>

namespace churn::inline v0 {

/// How departures on the same day are taken.
enum class CoxTies : std::uint8_t {
  efron,    ///< as one after the other, in an order that is not known
  breslow,  ///< the same, less close to the truth
  exact     ///< as simultaneous: days are real
};

/// How the model is fitted.
struct CoxOptions {
  CoxTies ties{CoxTies::efron};    ///< how departures on the same day are taken
  double ridge{0};                 ///< strength of the penalty; 0: none
  bool ridge_per_deviation{true};  ///< the penalty is on b x standard deviation of its covariate; else on b
  bool robust{false};              ///< also without clusters
  double confidence{0.95};         ///< of the intervals of hazard ratios
  std::size_t max_steps{60};       ///< of Newton's method, at most
  /// A step that moves no combination of coefficients by more than this part of its standard error is the
  /// last; what is left then is about its square.
  double tolerance{1e-7};
  bool concordance{true};  ///< which on many rows takes longer than all the rest
};

/// Why a coefficient has no value, as said above.
enum class CoxTrouble : std::uint8_t {
  none,          ///< it has one
  no_contrast,   ///< who leaves and who stays never differ in it
  collinear,     ///< it says nothing new beside those before it
  separated,     ///< the likelihood grows with it, without end
  no_events,     ///< nobody left
  not_converged  ///< the steps did not suffice, or numbers ran over
};

/// What the model says of one column.
struct CoxCoefficient {
  std::string name{};                         ///< of the column
  CoxTrouble trouble{CoxTrouble::none};       ///< why it has no value
  std::vector<std::string> collinear_with{};  ///< columns before it from which it follows
  int direction{0};                           ///< of a separated one: 1, -1, or 0 (above)
  std::optional<double> value{};              ///< b, a unit of the covariate
  std::optional<double> std_error{};          ///< from the information
  std::optional<double> robust_std_error{};   ///< if asked for, or of clusters; of two or more clusters
  std::optional<double> z{};  ///< by the robust error where there is one; if that is 0, empty as all below
  std::optional<PValue> p{};  ///< of a coefficient of 0, two-sided, by the normal distribution
  std::optional<double> hazard_ratio{};  ///< exp(b); empty also beyond the range of doubles
  /// By the same error as z; empty where z is, and beyond doubles.
  std::optional<Interval> hazard_ratio_interval{};
};

/// A sentence on why a coefficient has no value; empty if it has.
[[nodiscard]] std::string reason(const CoxCoefficient& coefficient);

/// A test of some coefficients at once.
struct CoxTest {
  double chi_square;  ///< the statistic
  /// Coefficients that are tested; of a fit's tests under a ridge the effective ones.
  double degrees_of_freedom;
  PValue p;  ///< upper tail
};

/// The hazard of a stratum at its days with departures.
struct CoxBaseline {
  std::int32_t stratum{0};                  ///< its number, as the rows have it
  Eigen::VectorXd centre{};                 ///< the covariates it is for: means of the stratum
  std::vector<std::int32_t> time{};         ///< tenures in days, in order
  std::vector<std::int64_t> at_risk{};      ///< rows
  std::vector<std::int64_t> events{};       ///< departures of the day, in rows
  std::vector<double> cumulative_hazard{};  ///< after the departures of the day
  std::vector<double> variance{};           ///< of that, if coefficients were known
  Eigen::MatrixXd lean{};  ///< for each day, sum up to it of hazard x (mean at risk - centre)
};

/// A fitted model.
struct CoxFit {
  std::vector<CoxCoefficient> coefficients{};  ///< in the order of the columns
  std::size_t rows{0};                         ///< with a weight above 0
  std::size_t never_at_risk{0};                ///< of those, rows whose exit is their entry
  std::size_t events{0};                       ///< rows that left while at risk
  double loglik_null{0};                       ///< all coefficients 0
  double loglik{0};                            ///< at the estimate, without the penalty
  std::size_t steps{0};                        ///< of Newton's method that were taken
  bool converged{false};                       ///< whether the steps arrived
  /// All coefficients 0? Empty without a coefficient that has a value; the last two also under a ridge, and
  /// Wald's where a coefficient is separated.
  std::optional<CoxTest> likelihood_ratio_test{};
  /// From the coefficients and their covariance.
  std::optional<CoxTest> wald_test{};
  /// From the slope of the likelihood where all are 0.
  std::optional<CoxTest> score_test{};
  /// By which errors are made: the robust one if there is one. 0 in rows and columns of coefficients without
  /// value.
  Eigen::MatrixXd covariance{};
  std::optional<Concordance> concordance{};  ///< of b'x; empty if not asked for or not converged
  /// By stratum, in order of its number. None where a coefficient is separated or not converged, or nobody left.
  std::vector<CoxBaseline> baselines{};
  CoxOptions options{};  ///< as they were given
};

/// Throws what SpellColumns say, Error(out_of_range) unless there is a row of covariates for each row and a
/// name for each column, Error(bad_number) for a covariate that is not finite or beyond 1e100 in size, a
/// ridge that is negative or not finite, a confidence or tolerance out of (0, 1), and Error(unknown_name) for
/// weights or robust errors (also by clusters) with exact ties.
[[nodiscard]] CoxFit cox_regression(const SpellColumns& columns,
                                    const Eigen::Ref<const Eigen::MatrixXd>& covariates,
                                    const std::vector<std::string>& names, const CoxOptions& options = {});

/// One day of a predicted curve.
struct CoxCurveRow {
  std::int32_t time;                 ///< tenure in days
  std::int64_t at_risk;              ///< rows of the stratum
  std::int64_t events;               ///< departures of the day, in rows of the stratum
  double cumulative_hazard;          ///< of a customer like that, after the day's departures
  double std_error;                  ///< of that: of the hazard's steps and of the coefficients
  double survival;                   ///< exp(-cumulative hazard)
  std::optional<Interval> interval;  ///< log-log, of the survival; empty where that is 0 or 1
};

/// How long a customer with covariates x stays (of all columns, those without a coefficient count nothing),
/// at the days with departures of its stratum; at x = 0 the baseline hazard. Empty if there are no baselines,
/// or if the hazard at x is beyond the range of doubles. Throws Error(out_of_range) unless x is as long as
/// the coefficients and the stratum is one, Error(bad_number) if x is not finite. O(days x p^2).
[[nodiscard]] std::optional<std::vector<CoxCurveRow>> predicted_survival(
    const CoxFit& fit, const Eigen::Ref<const Eigen::VectorXd>& x, std::int32_t stratum = 0);

}  // namespace churn::inline v0
