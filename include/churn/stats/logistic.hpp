// Logistic regression: the chance of a yes, given what is known of each row.
//
//   LogisticFit fit = logistic_regression(x, left, {"seats", "usage_decline"});
//   fit.coefficients[2].odds_ratio     // 1.8: one unit more of usage_decline, 1.8 times the odds of leaving
//   fit.probability(row)               // of one more row
//
//   log(p / (1 - p)) = offset + b0 + b'x           logit (default)
//   log(-log(1 - p)) = offset + b0 + b'x           cloglog: exp(b) is a hazard ratio where a row is a step of time
//   log-likelihood:    sum over rows of  weight x (y log p + (1 - y) log(1 - p))
//
// x has a row an observation and a column a covariate; the intercept is added here and is the first coefficient, called
// `(intercept)`. Standard errors come from the information (of cloglog the expected one, as in R); with clusters (rows
// of one customer) from the sandwich over sums of scores by cluster, times G / (G - 1) for G clusters that have a
// weight. With one cluster, or where scores of each add up to nothing, there are no errors.
//
// Ridge: subtracts ridge / 2 x sum of (b x deviation of its covariate)^2, never of the intercept; then every
// coefficient of a covariate that is no constant has a value, even if separated or collinear. The deviation is by
// weight, and that of a population: sum of weight x (x - mean)^2 / sum of weight, and its root. `loglik` is without the
// penalty. Standard errors under a ridge are those of the penalised estimate (the inverse of the penalised information
// times the information times that inverse) and say nothing of its bias.
//
// What has no finite estimate has none here, and a `trouble`:
//   constant       the covariate is the same in all rows
//   collinear      given those before it, it says nothing new; the others are those of the model without it
//   separated      the likelihood grows as it does, without end: a plan that nobody left. `direction` is its sign, or 0
//                  where others have no end and nothing is left that says anything of it
//   one_outcome    all rows are yes, or all are no: nothing can be compared
//   not_converged  the steps did not suffice
// Where something is separated, the likelihood and the coefficients that have a value are those of the limit: of the
// rows that it does not tell apart. Chances of rows that it does are 0 or 1 but for 1e-10 or less, by a coefficient far
// out. Where there is one outcome all chances are that outcome's, and of no rows one half.
//
// Newton steps, halved where the likelihood would fall; a separated combination of columns costs some more passes.
// O(steps x n p^2), one pass over the rows a step and three before; O(n + p^2) of memory beside them. Another order of
// rows gives the same up to rounding.
//
// Source: P. McCullagh, J. A. Nelder, Generalized Linear Models, 2nd ed. (1989); A. Albert, J. A. Anderson (1984),
// Biometrika 71, 1-10 (separation); K.-Y. Liang, S. L. Zeger (1986), Biometrika 73, 13-22 (clusters). Equals R's glm.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// From a chance to what is linear in the covariates.
enum class LogisticLink : std::uint8_t {
  logit,   ///< log-odds
  cloglog  ///< log(-log(1 - p)): hazard ratios, where a row is a step of time
};

/// Columns beside the covariates; an empty one is the usual.
struct LogisticRows {
  std::span<const std::uint8_t> outcome{};   ///< 1: yes
  std::span<const double> weight{};          ///< 1; at least 0 and finite; as good as so many rows
  std::span<const double> offset{};          ///< 0
  std::span<const std::uint32_t> cluster{};  ///< none: errors are by the information
};

/// How the model is fitted.
struct LogisticOptions {
  LogisticLink link{LogisticLink::logit};  ///< odds or hazards
  double ridge{0};                         ///< strength of the penalty; 0: none
  double confidence{0.95};                 ///< of the intervals of odds ratios
  std::size_t max_steps{50};               ///< of Newton's method, at most
  /// A step that moves no coefficient by more than this part of its standard error is the last.
  double tolerance{1e-8};
};

/// Why a coefficient has no value, as said above.
enum class LogisticTrouble : std::uint8_t {
  none,          ///< it has one
  constant,      ///< the covariate is the same in all rows
  collinear,     ///< it says nothing new beside those before it
  separated,     ///< the likelihood grows with it, without end
  one_outcome,   ///< all rows are yes, or all are no
  not_converged  ///< the steps did not suffice
};

/// What the model says of the intercept or of one covariate.
struct LogisticCoefficient {
  std::string name{};                              ///< of the column; `(intercept)` of the first
  LogisticTrouble trouble{LogisticTrouble::none};  ///< why it has no value
  int direction{0};                                ///< of a separated one: 1, -1, or 0 (above)
  std::optional<double> value{};                   ///< b, a unit of the covariate
  std::optional<double> std_error{};               ///< by clusters where they are given
  std::optional<double> z{};                       ///< value / std_error
  std::optional<PValue> p{};           ///< of a coefficient of 0, two-sided, by the normal distribution
  std::optional<double> odds_ratio{};  ///< exp(b); a hazard ratio under cloglog
  std::optional<Interval> odds_ratio_interval{};  ///< by std_error, at the confidence of the options
};

/// A sentence on why a coefficient has no value; empty if it has.
[[nodiscard]] std::string reason(const LogisticCoefficient& coefficient);

/// A fitted model, with what is needed to ask it about other rows.
struct LogisticFit {
  std::vector<LogisticCoefficient> coefficients{};  ///< the intercept, then the columns
  std::size_t rows{0};                              ///< with a weight above 0
  double events{0};                                 ///< sum of the weights of rows that are yes
  double loglik_null{0};                            ///< of the intercept (and offsets) alone
  double loglik{0};                                 ///< at the estimate, without the penalty
  double deviance{0};                               ///< -2 loglik
  std::size_t steps{0};                             ///< of Newton's method that were taken
  bool converged{false};                            ///< whether the steps arrived
  /// As the coefficients; 0 for one without value, but far out for a separated one, and the last step's where
  /// steps did not suffice.
  Eigen::VectorXd beta{};
  Eigen::MatrixXd covariance{};  ///< of beta; 0 where there is no standard error
  LogisticOptions options{};     ///< as they were given

  /// offset + b0 + b'x. Throws Error(out_of_range) unless `x` is as long as the columns, Error(bad_number) unless it
  /// is finite.
  [[nodiscard]] double linear(const Eigen::Ref<const Eigen::VectorXd>& x, double offset = 0) const;
  /// The chance of a yes. Throws what `linear` throws.
  [[nodiscard]] double probability(const Eigen::Ref<const Eigen::VectorXd>& x, double offset = 0) const;
  /// Of many rows at once.
  [[nodiscard]] Eigen::VectorXd probabilities(const Eigen::Ref<const Eigen::MatrixXd>& x) const;
};

/// Throws Error(out_of_range) where lengths differ, Error(bad_number) for a covariate (or its range), weight (or their
/// sum), offset or start that is not finite, an outcome other than 0 and 1, a negative weight or ridge, or a confidence
/// or tolerance out of (0, 1). No rows at all is one_outcome. `start`, as long as the coefficients, is where the steps
/// begin (a fit of nearly the same rows, say); one that is worse than none is not used.
[[nodiscard]] LogisticFit logistic_regression(const Eigen::Ref<const Eigen::MatrixXd>& x,
                                              const LogisticRows& rows, const std::vector<std::string>& names,
                                              const LogisticOptions& options = {},
                                              const Eigen::VectorXd& start = {});

}  // namespace churn::inline v0
