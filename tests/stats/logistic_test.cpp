#include <churn/stats/logistic.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

#ifdef CHURN_ORACLES_DIR
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

void expect_close(double value, double expected, double relative, const std::string& what) {
  EXPECT_NEAR(value, expected, relative * std::max(std::abs(expected), 1e-12)) << what;
}

using core_test::between;
using core_test::error_of;
using Eigen::Index;

struct Data {
  Eigen::MatrixXd x{};
  std::vector<std::uint8_t> outcome{};
  std::vector<double> weight{};
  std::vector<double> offset{};
  std::vector<std::uint32_t> cluster{};

  [[nodiscard]] LogisticRows rows() const { return {outcome, weight, offset, cluster}; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (Index j = 0; j < x.cols(); ++j) names.push_back("x" + std::to_string(j + 1));
    return names;
  }
  [[nodiscard]] LogisticFit fit(const LogisticOptions& options = {},
                                const Eigen::VectorXd& start = {}) const {
    return logistic_regression(x, rows(), names(), options, start);
  }
};

/// Rows as (covariates..., outcome).
Data data_of(const std::vector<std::vector<double>>& rows) {
  Data data;
  data.x.resize(static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()) - 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j + 1 < rows[i].size(); ++j)
      data.x(static_cast<Index>(i), static_cast<Index>(j)) = rows[i][j];
    data.outcome.push_back(rows[i].back() > 0 ? 1 : 0);
  }
  return data;
}

/// Fixed numbers, in R:
///   i <- 1:40; x1 <- (i*7) %% 11; x2 <- ((i*i) %% 13)/4 - 1
///   y <- as.integer(((i*5) %% 17 + 2*x1 - 3*x2 + (i %% 3)*4) > 20)
///   w <- 1 + (i %% 4)/2; off <- ((i*3) %% 7)/5 - 0.6; g <- (i*3) %% 10
Data forty() {
  Data data;
  data.x.resize(40, 2);
  for (unsigned i = 1; i <= 40; ++i) {
    const double x1 = (i * 7) % 11;
    const double x2 = ((i * i) % 13) / 4.0 - 1;
    data.x.row(static_cast<Index>(i) - 1) << x1, x2;
    data.outcome.push_back((i * 5) % 17 + 2 * x1 - 3 * x2 + (i % 3) * 4 > 20 ? 1 : 0);
    data.weight.push_back(1 + (i % 4) / 2.0);
    data.offset.push_back(((i * 3) % 7) / 5.0 - 0.6);
    data.cluster.push_back((i * 3) % 10);
  }
  return data;
}

/// R's glm, and steps of Newton's (of scoring under cloglog) from there until nothing moves: in R's matrices, X the
/// model's, V = solve(t(X) %*% (X * information)) and b + V %*% t(X) %*% score. Digits are lost by inverting only.
void expect_estimates(const LogisticFit& fit, const std::vector<double>& values,
                      const std::vector<double>& std_errors) {
  ASSERT_EQ(fit.coefficients.size(), values.size());
  for (std::size_t j = 0; j < values.size(); ++j) {
    expect_close(fit.coefficients[j].value.value(), values[j], 1e-10, fit.coefficients[j].name);
    expect_close(fit.coefficients[j].std_error.value(), std_errors[j], 1e-8, fit.coefficients[j].name);
  }
}

TEST(LogisticRegression, equals_r) {
  Data data = forty();
  data.weight.clear();
  data.offset.clear();
  data.cluster.clear();
  const LogisticFit fit = data.fit();
  // glm(y ~ x1 + x2, binomial)
  expect_estimates(fit, {-2.71218816752294511, 0.69035953134815975, -1.31163539966980980},
                   {1.06337734026101294, 0.22007260463770734, 0.53213774118941060});
  expect_close(fit.deviance, 29.14227937057694, 1e-12, "deviance");
  expect_close(-2 * fit.loglik_null, 55.351732736406397, 1e-12, "null deviance");
}

TEST(LogisticRegression, equals_r_with_weights_and_an_offset) {
  Data data = forty();
  data.cluster.clear();
  const LogisticFit fit = data.fit();
  // glm(y ~ x1 + x2, binomial, weights = w, offset = off)
  expect_estimates(fit, {-2.67745456875566745, 0.66996078229849643, -1.38471045622398536},
                   {0.75091932253303850, 0.15954319024135127, 0.41096897042049452});
  expect_close(fit.deviance, 51.19233382262135, 1e-12, "deviance");
  expect_close(-2 * fit.loglik_null, 94.505027017128995, 1e-12, "null deviance");
}

TEST(LogisticRegression, cloglog_equals_r_with_weights_and_an_offset) {
  Data data = forty();
  data.cluster.clear();
  LogisticOptions options;
  options.link = LogisticLink::cloglog;
  const LogisticFit fit = data.fit(options);
  // glm(y ~ x1 + x2, binomial("cloglog"), weights = w, offset = off)
  expect_estimates(fit, {-2.41054912140405042, 0.45777560760503305, -0.89095172455552696},
                   {0.556994629378143924, 0.096423705555774189, 0.253743402385205263});
  expect_close(fit.deviance, 50.825672785747855, 1e-12, "deviance");
  expect_close(-2 * fit.loglik_null, 95.062428770770765, 1e-12, "null deviance");
}

TEST(LogisticRegression, clusters_equal_the_sandwich_in_r) {
  Data data = forty();
  LogisticOptions options;
  // U <- rowsum(model.matrix(m) * score, g); V as above
  // sqrt(diag(V %*% t(U) %*% U %*% V * 10 / 9)), of the two fits above and of the first
  expect_estimates(data.fit(), {-2.67745456875566745, 0.66996078229849643, -1.38471045622398536},
                   {0.59887520568147001, 0.14011331396439303, 0.52890567972802804});
  options.link = LogisticLink::cloglog;
  expect_estimates(data.fit(options), {-2.41054912140405042, 0.45777560760503305, -0.89095172455552696},
                   {0.562424821775217132, 0.073196880815325729, 0.254806360821863143});
  data.weight.clear();
  data.offset.clear();
  const LogisticFit fit = data.fit();
  expect_estimates(fit, {-2.71218816752294511, 0.69035953134815975, -1.31163539966980980},
                   {0.61407805770102997, 0.12485155274592408, 0.47980021967393793});
  expect_close(fit.covariance(0, 2), -0.035837295252583612, 1e-8, "covariance");
}

TEST(LogisticRegression, of_one_factor_it_is_the_log_of_the_odds_ratio) {
  // 3 of 10 leave, and 6 of 8.
  Data data = data_of({{0, 1}, {0, 0}, {1, 1}, {1, 0}});
  data.weight = {3, 7, 6, 2};
  const LogisticFit fit = data.fit();
  const LogisticCoefficient& b = fit.coefficients[1];
  // Newton's last step leaves rounding only.
  EXPECT_NEAR(b.value.value(), std::log(3.0 * 7 / 3), 1e-12);
  EXPECT_NEAR(b.odds_ratio.value(), 7, 1e-11);
  const double error = std::sqrt(1.0 / 3 + 1.0 / 7 + 1.0 / 6 + 1.0 / 2);
  EXPECT_NEAR(b.std_error.value(), error, 1e-9);
  EXPECT_NEAR(b.odds_ratio_interval->low, 7 * std::exp(-1.959963984540054 * error), 1e-8);
  EXPECT_NEAR(fit.coefficients[0].value.value(), std::log(3.0 / 7), 1e-12);
  EXPECT_EQ(fit.coefficients[0].name, "(intercept)");
  EXPECT_EQ(fit.rows, 4U);
  EXPECT_EQ(fit.events, 9);
  EXPECT_NEAR(fit.probability(Eigen::VectorXd::Constant(1, 1.0)), 0.75, 1e-12);
  EXPECT_NEAR(fit.loglik, 3 * std::log(0.3) + 7 * std::log(0.7) + 6 * std::log(0.75) + 2 * std::log(0.25),
              1e-12);
}

TEST(LogisticRegression, of_one_factor_cloglog_is_the_log_of_the_hazard_ratio) {
  Data data = data_of({{0, 1}, {0, 0}, {1, 1}, {1, 0}});
  data.weight = {3, 7, 6, 2};
  LogisticOptions options;
  options.link = LogisticLink::cloglog;
  const LogisticFit fit = data.fit(options);
  EXPECT_NEAR(fit.coefficients[1].odds_ratio.value(), std::log(0.25) / std::log(0.7), 1e-11);
  EXPECT_NEAR(fit.probability(Eigen::VectorXd::Constant(1, 1.0)), 0.75, 1e-12);
  EXPECT_NEAR(fit.probability(Eigen::VectorXd::Zero(1)), 0.3, 1e-12);
  // The error of the intercept is that of log(-log(1 - p)): p / n (1 - p) over (log(1 - p))^2.
  EXPECT_NEAR(fit.coefficients[0].std_error.value(), std::sqrt(0.3 / 10 / 0.7) / -std::log(0.7), 1e-9);
}

/// How far each coefficient is from the maximum: its score less the pull of the ridge.
Eigen::VectorXd pulled_score(const Data& data, const LogisticFit& fit) {
  Eigen::VectorXd score = Eigen::VectorXd::Zero(fit.beta.size());
  double total = 0;
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(data.x.cols());
  for (Index i = 0; i < data.x.rows(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double weight = data.weight.empty() ? 1 : data.weight[at];
    const double offset = data.offset.empty() ? 0 : data.offset[at];
    const double missed = data.outcome[at] - fit.probability(data.x.row(i).transpose(), offset);
    score[0] += weight * missed;
    score.tail(data.x.cols()) += weight * missed * data.x.row(i).transpose();
    mean += weight * data.x.row(i).transpose();
    total += weight;
  }
  mean /= total;
  for (Index j = 0; j < data.x.cols(); ++j) {
    double variance = 0;
    for (Index i = 0; i < data.x.rows(); ++i)
      variance += (data.weight.empty() ? 1 : data.weight[static_cast<std::size_t>(i)]) / total *
                  std::pow(data.x(i, j) - mean[j], 2);
    score[j + 1] -= fit.options.ridge * variance * fit.beta[j + 1];
  }
  return score;
}

TEST(LogisticRegression, a_ridge_pulls_as_the_score_pushes) {
  Data data = forty();
  for (const double ridge : {0.0, 0.5, 20.0}) {
    LogisticOptions options;
    options.ridge = ridge;
    // Scores here are of the order of 100 and are sums of 40 terms.
    EXPECT_LT(pulled_score(data, data.fit(options)).cwiseAbs().maxCoeff(), 1e-10) << ridge;
  }
}

TEST(LogisticRegression, errors_under_a_ridge_are_of_the_penalised_estimate) {
  Data data = forty();
  data.cluster.clear();
  LogisticOptions options;
  options.ridge = 3;
  const LogisticFit fit = data.fit(options);
  Eigen::MatrixXd design(40, 3);
  design << Eigen::VectorXd::Ones(40), data.x;
  Eigen::MatrixXd information = Eigen::MatrixXd::Zero(3, 3);
  double total = 0;
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(2);
  Eigen::VectorXd squares = Eigen::VectorXd::Zero(2);
  for (Index i = 0; i < 40; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double p = fit.probability(data.x.row(i).transpose(), data.offset[at]);
    information += data.weight[at] * p * (1 - p) * design.row(i).transpose() * design.row(i);
    total += data.weight[at];
    sum += data.weight[at] * data.x.row(i).transpose();
    squares += data.weight[at] * data.x.row(i).transpose().cwiseAbs2();
  }
  Eigen::Matrix3d bent = information;
  for (Index j = 0; j < 2; ++j) bent(j + 1, j + 1) += 3 * (squares[j] / total - std::pow(sum[j] / total, 2));
  // The product of three matrices and an inverse, in other units than the library's.
  const Eigen::Matrix3d expected = bent.inverse() * information * bent.inverse();
  EXPECT_LT((fit.covariance - expected).cwiseAbs().maxCoeff(), 1e-9);
}

TEST(LogisticRegression, rows_of_their_own_as_clusters_give_whites_errors) {
  Data data = forty();
  std::iota(data.cluster.begin(), data.cluster.end(), 5U);
  const LogisticFit fit = data.fit();
  data.cluster.clear();
  const LogisticFit plain = data.fit();
  Eigen::Matrix3d squares = Eigen::Matrix3d::Zero();
  for (Index i = 0; i < 40; ++i) {
    const auto at = static_cast<std::size_t>(i);
    Eigen::Vector3d score;
    score << 1, data.x.row(i).transpose();
    score *=
        data.weight[at] * (data.outcome[at] - plain.probability(data.x.row(i).transpose(), data.offset[at]));
    squares += score * score.transpose();
  }
  const Eigen::Matrix3d expected = plain.covariance * squares * plain.covariance * (40.0 / 39);
  EXPECT_LT((fit.covariance - expected).cwiseAbs().maxCoeff(), 1e-10);
  EXPECT_EQ(fit.beta, plain.beta);
}

TEST(LogisticRegression, one_cluster_gives_no_errors) {
  Data data = forty();
  std::fill(data.cluster.begin(), data.cluster.end(), 3U);
  const LogisticFit fit = data.fit();
  for (const LogisticCoefficient& b : fit.coefficients) {
    EXPECT_TRUE(b.value && b.odds_ratio);
    EXPECT_FALSE(b.std_error || b.z || b.p || b.odds_ratio_interval);
  }
  EXPECT_TRUE(fit.covariance.isZero(0));
}

TEST(LogisticRegression, a_cluster_without_weight_is_none) {
  Data data = forty();
  for (std::size_t i = 0; i < 40; ++i)
    if (data.cluster[i] != 3) data.weight[i] = 0;
  for (std::size_t i = 0; i < 40; ++i)
    if (data.cluster[i] == 3) data.outcome[i] = i % 2 == 0;
  EXPECT_FALSE(data.fit().coefficients[0].std_error);
}

TEST(LogisticRegression, one_outcome_says_nothing) {
  for (const LogisticLink link : {LogisticLink::logit, LogisticLink::cloglog})
    for (const bool yes : {false, true}) {
      Data data = data_of({{1, yes ? 1.0 : 0.0}, {2, yes ? 1.0 : 0.0}});
      LogisticOptions options;
      options.link = link;
      options.ridge = 1;
      const LogisticFit fit = data.fit(options);
      EXPECT_TRUE(fit.converged);
      EXPECT_EQ(fit.rows, 2U);
      EXPECT_EQ(fit.loglik, 0);
      EXPECT_EQ(fit.deviance, 0);
      for (const LogisticCoefficient& b : fit.coefficients) {
        EXPECT_EQ(b.trouble, LogisticTrouble::one_outcome);
        EXPECT_FALSE(b.value || b.std_error || b.z || b.p || b.odds_ratio || b.odds_ratio_interval);
        EXPECT_EQ(reason(b), "All rows have the same outcome: nothing can be compared.");
      }
      EXPECT_NEAR(fit.probability(Eigen::VectorXd::Constant(1, 3.0)), yes ? 1 : 0, 1e-17);
    }
}

TEST(LogisticRegression, rows_without_weight_are_not_there) {
  Data data = data_of({{0, 1}, {0, 0}, {1, 1}, {1, 0}, {9, 1}, {-9, 0}});
  data.weight = {3, 7, 6, 2, 0, 0};
  EXPECT_NEAR(data.fit().coefficients[1].odds_ratio.value(), 7, 1e-11);
  EXPECT_EQ(data.fit().rows, 4U);
  data.weight = {0, 7, 0, 2, 0, 0};  // only those that stay have one
  EXPECT_EQ(data.fit().coefficients[1].trouble, LogisticTrouble::one_outcome);
  data.weight = {0, 0, 0, 0, 0, 0};
  const LogisticFit none = data.fit();
  EXPECT_EQ(none.rows, 0U);
  EXPECT_EQ(none.coefficients[0].trouble, LogisticTrouble::one_outcome);
}

TEST(LogisticRegression, of_no_rows) {
  const LogisticFit fit = logistic_regression(Eigen::MatrixXd(0, 1), {}, {"seats"});
  EXPECT_EQ(fit.rows, 0U);
  EXPECT_EQ(fit.events, 0);
  for (const LogisticCoefficient& b : fit.coefficients) EXPECT_EQ(b.trouble, LogisticTrouble::one_outcome);
  EXPECT_TRUE(fit.beta.isZero(0));
}

TEST(LogisticRegression, without_covariates_it_is_the_rate) {
  Data data = forty();
  data.x.resize(40, 0);
  data.weight.clear();
  data.offset.clear();
  data.cluster.clear();
  const LogisticFit fit = data.fit();
  const double p = fit.events / 40;
  EXPECT_NEAR(fit.coefficients[0].value.value(), std::log(p / (1 - p)), 1e-14);
  EXPECT_NEAR(fit.coefficients[0].std_error.value(), 1 / std::sqrt(40 * p * (1 - p)), 1e-14);
  EXPECT_DOUBLE_EQ(fit.loglik, fit.loglik_null);
}

TEST(LogisticRegression, a_constant_is_left_out) {
  Data data = forty();
  const LogisticFit without = data.fit();
  data.x.conservativeResize(40, 3);
  data.x.col(2).setConstant(0.1);
  data.x.col(2).swap(data.x.col(0));
  for (const double ridge : {0.0, 2.0}) {
    LogisticOptions options;
    options.ridge = ridge;
    const LogisticFit fit = data.fit(options);
    EXPECT_EQ(fit.coefficients[1].trouble, LogisticTrouble::constant);
    EXPECT_FALSE(fit.coefficients[1].value);
    EXPECT_EQ(reason(fit.coefficients[1]), "x1 is the same in all rows.");
    EXPECT_TRUE(fit.coefficients[0].value);
    EXPECT_EQ(fit.beta[1], 0);
    EXPECT_TRUE(fit.covariance.col(1).isZero(0));
    if (ridge > 0) continue;
    // Columns in another order add up in another.
    EXPECT_NEAR(fit.beta[3], without.beta[1], 1e-12);
    EXPECT_NEAR(fit.beta[2], without.beta[2], 1e-12);
  }
}

TEST(LogisticRegression, what_follows_from_columns_before_it_is_left_out) {
  Data data = forty();
  const LogisticFit without = data.fit();
  data.x.conservativeResize(40, 4);
  data.x.col(3) = data.x.col(1);
  data.x.col(2) = 3 * data.x.col(0) - 2 * data.x.col(1) + Eigen::VectorXd::Constant(40, 100);
  const LogisticFit fit = data.fit();
  EXPECT_EQ(fit.coefficients[3].trouble, LogisticTrouble::collinear);
  EXPECT_EQ(fit.coefficients[4].trouble, LogisticTrouble::collinear);
  EXPECT_EQ(reason(fit.coefficients[3]), "x3 follows from the columns before it and says nothing new.");
  EXPECT_EQ(fit.beta.head(3), without.beta);  // the same model, reckoned in the same way
  LogisticOptions options;
  options.ridge = 1;
  for (const LogisticCoefficient& b : data.fit(options).coefficients) EXPECT_TRUE(b.value && b.std_error);
}

TEST(LogisticRegression, a_plan_that_nobody_left_is_named_and_the_others_are_those_of_the_rest) {
  Data data = forty();
  data.cluster.clear();
  const LogisticFit rest = data.fit();
  // Ten more rows, of a plan that nobody left.
  Data more = data;
  more.x.conservativeResize(50, 3);
  more.x.col(2).setZero();
  for (Index i = 40; i < 50; ++i) {
    more.x.row(i) << static_cast<double>(i % 7), static_cast<double>(i % 4), 1;
    more.outcome.push_back(0);
    more.weight.push_back(2);
    more.offset.push_back(0.1);
  }
  const LogisticFit fit = more.fit();
  EXPECT_TRUE(fit.converged);
  const LogisticCoefficient& plan = fit.coefficients[3];
  EXPECT_EQ(plan.trouble, LogisticTrouble::separated);
  EXPECT_EQ(plan.direction, -1);
  EXPECT_FALSE(plan.value || plan.std_error || plan.odds_ratio);
  EXPECT_EQ(reason(plan),
            "The likelihood grows without end as the coefficient of x3 falls: with it (others held equal), "
            "outcomes are told apart without exception.");
  // Nothing is left of the ten rows but rounding.
  for (std::size_t j = 0; j < 3; ++j) {
    expect_close(fit.coefficients[j].value.value(), rest.coefficients[j].value.value(), 1e-10, "value");
    expect_close(fit.coefficients[j].std_error.value(), rest.coefficients[j].std_error.value(), 1e-8,
                 "error");
  }
  expect_close(fit.loglik, rest.loglik, 1e-12, "loglik");
  EXPECT_LT(fit.probability(more.x.row(45).transpose()), 1e-8);
  EXPECT_NEAR(fit.probability(more.x.row(5).transpose()), rest.probability(data.x.row(5).transpose()), 1e-10);
  // Coded the other way, the intercept is that of the plan, and has no value either.
  more.x.col(2) = Eigen::VectorXd::Ones(50) - more.x.col(2);
  const LogisticFit other = more.fit();
  EXPECT_EQ(other.coefficients[3].direction, 1);
  EXPECT_EQ(other.coefficients[0].trouble, LogisticTrouble::separated);
  EXPECT_EQ(other.coefficients[0].direction, -1);
  expect_close(other.coefficients[1].value.value(), rest.coefficients[1].value.value(), 1e-10, "value");
}

TEST(LogisticRegression, a_separated_fit_starts_again_from_where_it_was) {
  Data data = forty();
  for (Index i = 0; i < 40; ++i) {
    data.x(i, 1) = i % 5 == 0 ? 1 : 0;
    if (i % 5 == 0) data.outcome[static_cast<std::size_t>(i)] = 1;
  }
  const LogisticFit first = data.fit();
  ASSERT_EQ(first.coefficients[2].trouble, LogisticTrouble::separated);
  EXPECT_EQ(first.coefficients[2].direction, 1);
  const LogisticFit again = data.fit({}, first.beta);
  // It does not drift further out each time; both steps stopped within 1e-8 of an error.
  EXPECT_LT((again.beta - first.beta).cwiseAbs().maxCoeff(), 1e-8);
  EXPECT_EQ(again.steps, 0U);
}

TEST(LogisticRegression, a_fit_of_nearly_the_same_rows_saves_steps) {
  const Data data = forty();
  const LogisticFit fit = data.fit();
  EXPECT_EQ(data.fit({}, fit.beta).steps, 0U);
  Data other = data;
  other.weight[7] += 0.01;
  EXPECT_LE(other.fit({}, fit.beta).steps, 2U);
  // A start of no use is not used.
  EXPECT_EQ(data.fit({}, Eigen::Vector3d(-500, 300, 90)).beta, fit.beta);
}

TEST(LogisticRegression, complete_separation_leaves_no_value_and_a_ridge_gives_one) {
  Data data = data_of({{1, 3, 0}, {2, 1, 0}, {3, 2, 0}, {4, 3, 1}, {5, 1, 1}, {6, 2, 1}});
  const LogisticFit fit = data.fit();
  EXPECT_TRUE(fit.converged);
  for (const LogisticCoefficient& b : fit.coefficients) {
    EXPECT_EQ(b.trouble, LogisticTrouble::separated);
    EXPECT_FALSE(b.value);
  }
  EXPECT_EQ(fit.coefficients[1].direction, 1);
  EXPECT_EQ(fit.coefficients[2].direction, 0);
  EXPECT_EQ(reason(fit.coefficients[2]),
            "Where others are separated, nothing is left that says anything of x2.");
  EXPECT_NEAR(fit.loglik, 0, 1e-9);
  for (Index i = 0; i < 6; ++i)
    EXPECT_NEAR(fit.probability(data.x.row(i).transpose()), data.outcome[static_cast<std::size_t>(i)], 1e-9);
  LogisticOptions options;
  options.ridge = 0.1;
  const LogisticFit bounded = data.fit(options);
  for (const LogisticCoefficient& b : bounded.coefficients) EXPECT_TRUE(b.value && b.std_error);
  EXPECT_LT(pulled_score(data, bounded).cwiseAbs().maxCoeff(), 1e-10);
}

TEST(LogisticRegression, a_combination_may_be_separated_where_no_column_is) {
  // Who has more of x1 than of x2 leaves, who has less stays; of those that have as much some leave. x3 tells
  // something of those.
  Data data = data_of({{1, 0, 2, 1},
                       {2, 1, 1, 1},
                       {3, 1, 4, 1},
                       {0, 1, 3, 0},
                       {1, 3, 2, 0},
                       {2, 3, 2, 0},
                       {1, 1, 1, 0},
                       {2, 2, 2, 1},
                       {3, 3, 3, 0},
                       {1, 1, 4, 0},
                       {2, 2, 5, 1},
                       {3, 3, 1, 0},
                       {2, 2, 2, 0},
                       {1, 1, 3, 1}});
  const LogisticFit fit = data.fit();
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.coefficients[1].trouble, LogisticTrouble::separated);
  EXPECT_EQ(fit.coefficients[1].direction, 1);
  EXPECT_EQ(fit.coefficients[2].trouble, LogisticTrouble::separated);
  EXPECT_EQ(fit.coefficients[2].direction, -1);
  Data level =
      data_of({{1, 1, 0}, {2, 2, 1}, {3, 3, 0}, {1, 4, 0}, {2, 5, 1}, {3, 1, 0}, {2, 2, 0}, {1, 3, 1}});
  const LogisticFit rest = level.fit();
  ASSERT_TRUE(rest.coefficients[2].value);
  expect_close(fit.coefficients[3].value.value(), *rest.coefficients[2].value, 1e-9, "x3");
  expect_close(fit.coefficients[3].std_error.value(), *rest.coefficients[2].std_error, 1e-8, "x3");
  expect_close(fit.coefficients[0].value.value(), *rest.coefficients[0].value, 1e-9, "intercept");
  expect_close(fit.loglik, rest.loglik, 1e-10, "loglik");
}

TEST(LogisticRegression, a_level_that_nobody_left_as_the_reference_leaves_no_other_level_a_value) {
  // Levels a (the reference), b and c: nobody left a.
  Data data =
      data_of({{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {1, 0, 1}, {1, 0, 0}, {1, 0, 0}, {0, 1, 1}, {0, 1, 0}});
  const LogisticFit fit = data.fit();
  EXPECT_EQ(fit.coefficients[0].direction, -1);
  EXPECT_EQ(fit.coefficients[1].direction, 1);
  EXPECT_EQ(fit.coefficients[2].direction, 1);
  for (const LogisticCoefficient& b : fit.coefficients) EXPECT_EQ(b.trouble, LogisticTrouble::separated);
  Eigen::VectorXd b(2);
  b << 1, 0;
  EXPECT_NEAR(fit.probability(b), 1.0 / 3, 1e-8);
  EXPECT_LT(fit.probability(Eigen::VectorXd::Zero(2)), 1e-8);
  EXPECT_NEAR(fit.loglik, std::log(1.0 / 3) + 2 * std::log(2.0 / 3) + 2 * std::log(0.5), 1e-9);
}

TEST(LogisticRegression, of_fewer_rows_than_columns) {
  Data data = data_of({{1, 5, 2, 8, 0}, {2, 3, 9, 1, 1}, {4, 4, 1, 1, 0}});
  const LogisticFit fit = data.fit();
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.coefficients[1].trouble, LogisticTrouble::separated);
  EXPECT_EQ(fit.coefficients[3].trouble, LogisticTrouble::collinear);
  EXPECT_EQ(fit.coefficients[4].trouble, LogisticTrouble::collinear);
  for (Index i = 0; i < 3; ++i)
    EXPECT_NEAR(fit.probability(data.x.row(i).transpose()), data.outcome[static_cast<std::size_t>(i)], 1e-8);
}

TEST(LogisticRegression, steps_that_do_not_suffice_leave_no_value) {
  const Data data = forty();
  LogisticOptions options;
  options.max_steps = 1;
  const LogisticFit fit = data.fit(options);
  EXPECT_FALSE(fit.converged);
  EXPECT_EQ(fit.steps, 1U);
  for (const LogisticCoefficient& b : fit.coefficients) {
    EXPECT_EQ(b.trouble, LogisticTrouble::not_converged);
    EXPECT_FALSE(b.value || b.std_error);
    EXPECT_EQ(reason(b), "The steps towards the maximum of the likelihood did not arrive.");
  }
  EXPECT_FALSE(fit.beta.isZero(0));
  EXPECT_TRUE(fit.covariance.isZero(0));
}

TEST(LogisticRegression, offsets_beyond_what_exponentials_hold_are_no_nan) {
  for (const LogisticLink link : {LogisticLink::logit, LogisticLink::cloglog}) {
    Data data = forty();
    for (double& offset : data.offset) offset += 1000;
    LogisticOptions options;
    options.link = link;
    const LogisticFit fit = data.fit(options);
    EXPECT_TRUE(std::isfinite(fit.loglik) && fit.beta.allFinite() && fit.covariance.allFinite());
    for (std::size_t i = 0; i < data.offset.size(); ++i) data.offset[i] = i % 2 == 0 ? 800.0 : -800.0;
    const LogisticFit torn = data.fit(options);
    EXPECT_TRUE(std::isfinite(torn.loglik) && torn.beta.allFinite() && torn.covariance.allFinite());
  }
}

TEST(LogisticRegression, an_offset_for_all_moves_the_intercept_only) {
  const Data data = forty();
  const LogisticFit before = data.fit();
  Data moved = data;
  for (double& offset : moved.offset) offset += 30;
  const LogisticFit after = moved.fit();
  EXPECT_NEAR(after.beta[0], before.beta[0] - 30, 1e-10);
  EXPECT_NEAR(after.beta[1], before.beta[1], 1e-10);
  expect_close(after.loglik_null, before.loglik_null, 1e-12, "null");
}

TEST(LogisticRegression, tiny_weights_are_as_good_as_any) {
  Data data = forty();
  const LogisticFit before = data.fit();
  for (double& weight : data.weight) weight *= 0x1p-60;
  const LogisticFit after = data.fit();
  EXPECT_LT((after.beta - before.beta).cwiseAbs().maxCoeff(), 1e-12);
  // Clusters are what errors come from here, and have no size.
  EXPECT_LT((after.covariance - before.covariance).cwiseAbs().maxCoeff(), 1e-12);
  data.cluster.clear();
  EXPECT_TRUE(data.fit().converged);
}

TEST(LogisticRegression, chances_of_many_rows_are_those_of_each) {
  const Data data = forty();
  const LogisticFit fit = data.fit();
  const Eigen::VectorXd p = fit.probabilities(data.x);
  for (Index i = 0; i < 40; ++i) {
    EXPECT_NEAR(p[i], fit.probability(data.x.row(i).transpose()), 1e-15);
    EXPECT_NEAR(fit.linear(data.x.row(i).transpose(), 2),
                2 + fit.beta[0] + fit.beta[1] * data.x(i, 0) + fit.beta[2] * data.x(i, 1), 1e-14);
  }
  EXPECT_EQ(error_of([&] { (void)fit.probability(Eigen::VectorXd::Zero(3)); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)fit.probabilities(Eigen::MatrixXd::Zero(2, 1)); }), "out_of_range");
  const Eigen::VectorXd nan = Eigen::VectorXd::Constant(2, std::nan(""));
  EXPECT_EQ(error_of([&] { (void)fit.linear(nan); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)fit.probabilities(nan.transpose()); }), "bad_number");
}

TEST(LogisticRegression, refuses_what_is_no_data) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto error_with = [](const auto& change) {
    Data data = forty();
    LogisticOptions options;
    Eigen::VectorXd start = Eigen::VectorXd::Zero(3);
    change(data, options, start);
    return error_of([&] { (void)data.fit(options, start); });
  };
  using Start = Eigen::VectorXd;
  EXPECT_EQ(error_with([](Data&, LogisticOptions&, Start&) {}), "");
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) { d.outcome.pop_back(); }), "out_of_range");
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) { d.weight.pop_back(); }), "out_of_range");
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) { d.offset.pop_back(); }), "out_of_range");
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) { d.cluster.pop_back(); }), "out_of_range");
  EXPECT_EQ(error_with([](Data&, LogisticOptions&, Start& s) { s.resize(2); }), "out_of_range");
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) { d.outcome[3] = 2; }), "bad_number");
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) { d.weight[3] = -1; }), "bad_number");
  for (const double wrong : {nan, infinity, -infinity}) {
    EXPECT_EQ(error_with([&](Data& d, LogisticOptions&, Start&) { d.x(3, 1) = wrong; }), "bad_number");
    EXPECT_EQ(error_with([&](Data& d, LogisticOptions&, Start&) { d.weight[3] = wrong; }), "bad_number");
    EXPECT_EQ(error_with([&](Data& d, LogisticOptions&, Start&) { d.offset[3] = wrong; }), "bad_number");
    EXPECT_EQ(error_with([&](Data&, LogisticOptions&, Start& s) { s[1] = wrong; }), "bad_number");
    EXPECT_EQ(error_with([&](Data&, LogisticOptions& o, Start&) { o.ridge = wrong; }), "bad_number");
  }
  for (const double wrong : {0.0, 1.0, nan}) {
    EXPECT_EQ(error_with([&](Data&, LogisticOptions& o, Start&) { o.confidence = wrong; }), "bad_number");
    EXPECT_EQ(error_with([&](Data&, LogisticOptions& o, Start&) { o.tolerance = wrong; }), "bad_number");
  }
  EXPECT_EQ(error_with([](Data& d, LogisticOptions&, Start&) {
              d.x(0, 0) = 1e308;
              d.x(1, 0) = -1e308;
            }),
            "bad_number");
  EXPECT_EQ(error_of([] { (void)logistic_regression(Eigen::MatrixXd(0, 2), {}, {"one"}); }), "out_of_range");
}

/// Any data of few values, so that separation, constants and combinations are frequent.
Data any_data() {
  Data data;
  const int rows = *between(1, 30);
  const int columns = *between(1, 4);
  data.x.resize(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < columns; ++j) data.x(i, j) = *between(-2, 3);
    data.outcome.push_back(*between(0, 2) == 1);
    data.weight.push_back(*between(0, 4));
    data.offset.push_back(*between(-2, 3) / 2.0);
    data.cluster.push_back(*between(0U, 4U));
  }
  return data;
}

/// The same to what rounding leaves of digits: also which coefficients have no value, and why.
void same(const LogisticFit& one, const LogisticFit& other, double tolerance) {
  for (std::size_t j = 0; j < one.coefficients.size(); ++j) {
    const LogisticCoefficient& a = one.coefficients[j];
    const LogisticCoefficient& b = other.coefficients[j];
    RC_ASSERT(a.trouble == b.trouble);
    RC_ASSERT(a.value.has_value() == b.value.has_value());
    RC_ASSERT(a.std_error.has_value() == b.std_error.has_value());
    if (a.value) RC_ASSERT(std::abs(*a.value - *b.value) <= tolerance * (1 + std::abs(*a.value)));
    if (a.std_error)
      RC_ASSERT(std::abs(*a.std_error - *b.std_error) <= tolerance * (1 + std::abs(*a.std_error)));
  }
  RC_ASSERT(std::abs(one.loglik - other.loglik) <= tolerance * (1 + std::abs(one.loglik)));
}

LogisticOptions any_options() {
  LogisticOptions options;
  options.link = *between(0, 2) == 0 ? LogisticLink::logit : LogisticLink::cloglog;
  options.ridge = *between(0, 2);
  return options;
}

// Steps end within 1e-8 of a standard error, which is at most some tens here.
RC_GTEST_PROP(LogisticProperty, another_order_of_rows_gives_the_same, ()) {
  const Data data = any_data();
  const LogisticOptions options = any_options();
  Data turned = data;
  turned.x = data.x.colwise().reverse();
  std::reverse(turned.outcome.begin(), turned.outcome.end());
  std::reverse(turned.weight.begin(), turned.weight.end());
  std::reverse(turned.offset.begin(), turned.offset.end());
  std::reverse(turned.cluster.begin(), turned.cluster.end());
  same(data.fit(options), turned.fit(options), 1e-6);
}

RC_GTEST_PROP(LogisticProperty, a_weight_is_as_many_rows, ()) {
  const Data data = any_data();
  const LogisticOptions options = any_options();
  Data repeated;
  std::vector<Index> from;
  for (Index i = 0; i < data.x.rows(); ++i)
    for (int k = 0; k < data.weight[static_cast<std::size_t>(i)]; ++k) from.push_back(i);
  repeated.x.resize(static_cast<Index>(from.size()), data.x.cols());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto at = static_cast<std::size_t>(from[i]);
    repeated.x.row(static_cast<Index>(i)) = data.x.row(from[i]);
    repeated.outcome.push_back(data.outcome[at]);
    repeated.offset.push_back(data.offset[at]);
    repeated.cluster.push_back(data.cluster[at]);
  }
  same(data.fit(options), repeated.fit(options), 1e-6);
}

RC_GTEST_PROP(LogisticProperty, columns_in_other_units_give_the_same_chances, ()) {
  const Data data = any_data();
  const LogisticOptions options = any_options();
  Data other = data;
  other.x.array() = 1000 * data.x.array() + 1e6;
  const LogisticFit before = data.fit(options);
  const LogisticFit after = other.fit(options);
  // The intercept is at 0, which is far away now.
  for (std::size_t j = 1; j < before.coefficients.size(); ++j) {
    RC_ASSERT(before.coefficients[j].trouble == after.coefficients[j].trouble);
    RC_ASSERT(before.coefficients[j].direction == after.coefficients[j].direction);
    if (const auto value = before.coefficients[j].value)
      RC_ASSERT(std::abs(*value - 1000 * *after.coefficients[j].value) <= 1e-6 * (1 + std::abs(*value)));
  }
  for (Index i = 0; i < data.x.rows(); ++i)
    RC_ASSERT(std::abs(before.probability(data.x.row(i).transpose()) -
                       after.probability(other.x.row(i).transpose())) < 1e-6);
}

RC_GTEST_PROP(LogisticProperty, from_any_start_it_arrives_at_the_same, ()) {
  const Data data = any_data();
  const LogisticOptions options = any_options();
  const LogisticFit fit = data.fit(options);
  RC_ASSERT(fit.converged);
  Eigen::VectorXd start(data.x.cols() + 1);
  for (double& value : start) value = *between(-30, 31) / 10.0;
  same(fit, data.fit(options, start), 1e-6);
  const LogisticFit again = data.fit(options, fit.beta);
  same(fit, again, 1e-6);
}

RC_GTEST_PROP(LogisticProperty, where_each_row_has_both_outcomes_nothing_is_separated, ()) {
  Data data = any_data();
  const Index n = data.x.rows();
  Data both = data;
  both.x.resize(2 * n, data.x.cols());
  both.x << data.x, data.x;
  both.weight.clear();
  both.offset.insert(both.offset.end(), data.offset.begin(), data.offset.end());
  both.cluster.clear();
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i)
    both.outcome.push_back(static_cast<std::uint8_t>(1 - data.outcome[i]));
  // A weight of 1e-6 is enough.
  both.weight.assign(static_cast<std::size_t>(n), 1.0);
  both.weight.resize(static_cast<std::size_t>(2 * n), *rc::gen::element(1.0, 0.01, 1e-6));
  const LogisticFit fit = both.fit();
  RC_ASSERT(fit.converged);
  for (const LogisticCoefficient& b : fit.coefficients)
    RC_ASSERT(b.trouble == LogisticTrouble::none || b.trouble == LogisticTrouble::constant ||
              b.trouble == LogisticTrouble::collinear);
}

RC_GTEST_PROP(LogisticProperty, what_is_told_apart_by_a_combination_is_separated, ()) {
  Data data = any_data();
  const int columns = static_cast<int>(data.x.cols());
  RC_PRE(columns > 0);
  data.offset.clear();
  data.weight.clear();
  data.cluster.clear();
  Eigen::VectorXd direction(columns);
  for (double& value : direction) value = *between(-2, 3);
  const double level = *between(-3, 4);
  bool is_moved = false;
  for (Index i = 0; i < data.x.rows(); ++i) {
    const double along = data.x.row(i).dot(direction) - level;
    if (along != 0) data.outcome[static_cast<std::size_t>(i)] = along > 0;
    is_moved = is_moved || along != 0;
  }
  RC_PRE(is_moved);
  LogisticOptions options;
  options.link = *between(0, 2) == 0 ? LogisticLink::logit : LogisticLink::cloglog;
  const LogisticFit fit = data.fit(options);
  RC_ASSERT(fit.converged);
  RC_PRE(fit.coefficients[0].trouble != LogisticTrouble::one_outcome);
  bool is_separated = false;
  for (const LogisticCoefficient& b : fit.coefficients)
    is_separated = is_separated || b.trouble == LogisticTrouble::separated;
  RC_ASSERT(is_separated);
  // Rows off the level are as good as certain.
  for (Index i = 0; i < data.x.rows(); ++i) {
    const double along = data.x.row(i).dot(direction) - level;
    const double p = fit.probability(data.x.row(i).transpose());
    if (along != 0) RC_ASSERT(std::abs(p - (along > 0 ? 1 : 0)) < 1e-4);
  }
}

#ifdef CHURN_ORACLES_DIR
/// Customers of a telecom, by the names of the oracle's terms.
struct Telecom {
  Eigen::MatrixXd x;
  std::vector<std::uint8_t> outcome;
  std::vector<std::string> names;
};

Telecom telecom(const std::vector<std::string>& terms) {
  const auto rows = support::read_csv(std::string(CHURN_ORACLES_DIR) + "/churn_bigml/churn_bigml_80.csv");
  Telecom data;
  data.names.assign(terms.begin() + 1, terms.end());
  data.x.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(data.names.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    data.outcome.push_back(rows[i].at("Churn") == "TRUE" ? 1 : 0);
    for (std::size_t j = 0; j < data.names.size(); ++j) {
      std::string column = data.names[j];
      std::replace(column.begin(), column.end(), '_', ' ');
      double value = 0;
      if (column == "intl")
        value = rows[i].at("International plan") == "Yes" ? 1 : 0;
      else if (column == "vmail")
        value = rows[i].at("Voice mail plan") == "Yes" ? 1 : 0;
      else
        value = std::stod(rows[i].at(column));
      data.x(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
    }
  }
  return data;
}

void expect_as_in_r(const std::string& model, LogisticLink link) {
  std::ifstream file(std::string(CHURN_ORACLES_DIR) + "/churn_bigml/logistic.json");
  const nlohmann::json answer = nlohmann::json::parse(file).at(model);
  const Telecom data = telecom(answer.at("terms").get<std::vector<std::string>>());
  LogisticOptions options;
  options.link = link;
  const LogisticFit fit = logistic_regression(data.x, {data.outcome}, data.names, options);
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.rows, answer.at("n").get<std::size_t>());
  // The tolerances that the oracle names: what R's own steps leave.
  for (std::size_t j = 0; j < fit.coefficients.size(); ++j) {
    const LogisticCoefficient& coefficient = fit.coefficients[j];
    expect_close(coefficient.value.value(), answer.at("coef").at(j), 1e-8, coefficient.name);
    expect_close(coefficient.std_error.value(), answer.at("se").at(j), 1e-8, coefficient.name);
    expect_close(coefficient.z.value(), answer.at("z").at(j), 1e-8, coefficient.name);
    // d log p is about z dz, which magnifies the last digits of z.
    expect_close(coefficient.p.value().value, answer.at("p").at(j), 1e-6, coefficient.name);
    for (std::size_t k = 0; k < fit.coefficients.size(); ++k)
      EXPECT_NEAR(fit.covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k)),
                  answer.at("vcov").at(j).at(k).get<double>(),
                  1e-8 * *coefficient.std_error * fit.coefficients[k].std_error.value())
          << coefficient.name;
  }
  expect_close(fit.deviance, answer.at("deviance"), 1e-11, "deviance");
  expect_close(fit.loglik, answer.at("loglik"), 1e-11, "loglik");
  expect_close(-2 * fit.loglik_null, answer.at("null_deviance"), 1e-11, "null deviance");
}

TEST(LogisticOracles, of_customers_of_a_telecom) {
  expect_as_in_r("model_full", LogisticLink::logit);
  expect_as_in_r("model_small", LogisticLink::logit);
}
TEST(LogisticOracles, of_hazards_of_customers_of_a_telecom) {
  expect_as_in_r("model_full_cloglog", LogisticLink::cloglog);
}
#endif

}  // namespace
}  // namespace churn
