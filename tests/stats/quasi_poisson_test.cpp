#include <churn/stats/quasi_poisson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Eigen::Index;
using Trouble = QuasiPoissonTrouble;

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

struct CountData {
  Eigen::MatrixXd x{};
  std::vector<double> count{};
  std::vector<double> exposure{};
  std::vector<std::uint32_t> cluster{};
  std::vector<std::string> names{};

  [[nodiscard]] QuasiPoissonFit fit(const QuasiPoissonOptions& options = {}) const {
    std::vector<std::string> all = names;
    for (Index j = static_cast<Index>(all.size()); j < x.cols(); ++j)
      all.push_back("x" + std::to_string(j + 1));
    return quasi_poisson_regression(x, {count, exposure, cluster}, all, options);
  }
};

/// Rows as (covariates..., count).
CountData count_data(const std::vector<std::vector<double>>& rows) {
  CountData data;
  data.x.resize(static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()) - 1);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j + 1 < rows[i].size(); ++j)
      data.x(static_cast<Index>(i), static_cast<Index>(j)) = rows[i][j];
    data.count.push_back(rows[i].back());
  }
  return data;
}

Eigen::VectorXd vector_of(const std::vector<double>& values) {
  Eigen::VectorXd result(static_cast<Index>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) result[static_cast<Index>(i)] = values[i];
  return result;
}

void expect_within(double value, double expected, double relative, const std::string& what) {
  EXPECT_NEAR(value, expected, relative * std::abs(expected)) << what;
}

/// R's, of glm(control = glm.control(epsilon = 1e-15, maxit = 100)): both are at the maximum but for rounding, which
/// the decomposition of at most some hundred times its size leaves far below 1e-8.
void expect_as_in_r(const QuasiPoissonFit& fit, const std::vector<double>& values,
                    const std::vector<double>& std_errors, const std::vector<double>& t,
                    const std::vector<double>& p) {
  ASSERT_TRUE(fit.converged);
  ASSERT_EQ(fit.coefficients.size(), values.size());
  for (std::size_t j = 0; j < values.size(); ++j) {
    const QuasiPoissonCoefficient& b = fit.coefficients[j];
    EXPECT_EQ(b.trouble, Trouble::none) << b.name;
    expect_within(b.value.value(), values[j], 1e-8, b.name);
    expect_within(b.std_error.value(), std_errors[j], 1e-8, b.name);
    expect_within(b.t.value(), t[j], 1e-8, b.name);
    // R's errors are by the weights of its last step but one, some 1e-9 off; t^2 times that is what p is off by.
    expect_within(b.p.value().value, p[j], 1e-8 * (1 + t[j] * t[j]), b.name);
    EXPECT_EQ(b.rate_ratio, std::exp(*b.value));
    EXPECT_EQ(fit.beta[static_cast<Index>(j)], *b.value);
    expect_within(fit.covariance(static_cast<Index>(j), static_cast<Index>(j)), std::pow(std_errors[j], 2),
                  1e-8, b.name);
  }
}

/// Fixed numbers, in R:
///   i <- 1:30; x1 <- (i*7) %% 11; x2 <- ((i*i) %% 13)/4 - 1; e <- 50 + (i*37) %% 101; y <- (i*5) %% 17 + (x1 > 5)*6
///   g <- (i*3) %% 10
CountData thirty() {
  CountData data;
  data.x.resize(30, 2);
  for (unsigned i = 1; i <= 30; ++i) {
    const double x1 = (i * 7) % 11;
    data.x.row(static_cast<Index>(i) - 1) << x1, ((i * i) % 13) / 4.0 - 1;
    data.exposure.push_back(50 + (i * 37) % 101);
    data.count.push_back((i * 5) % 17 + (x1 > 5 ? 6 : 0));
    data.cluster.push_back((i * 3) % 10);
  }
  return data;
}

TEST(QuasiPoisson, equals_r) {
  CountData data = thirty();
  data.cluster.clear();
  const QuasiPoissonFit fit = data.fit();
  // m <- glm(y ~ x1 + x2, quasipoisson, offset = log(e))
  expect_as_in_r(fit, {-2.8316265464313393, 0.12707169079614089, -0.059624240697396594},
                 {0.21123859303163581, 0.031660515778575531, 0.090188053740285268},
                 {-13.404873161635125, 4.0135698257363668, -0.66111018283082867},
                 {1.8923085326168792e-13, 0.00042696018956595488, 0.51414390738033999});
  expect_within(fit.dispersion.value(), 2.7921948703495221, 1e-8, "dispersion");
  expect_within(fit.pearson, 75.389261049483835, 1e-8, "Pearson's chi-square");
  expect_within(fit.deviance, 86.106859989797258, 1e-10, "deviance");
  expect_within(fit.null_deviance, 138.19230897047532, 1e-10, "null deviance");
  EXPECT_EQ(fit.degrees_of_freedom, 27U);
  EXPECT_EQ(fit.t_degrees_of_freedom, 27);
  EXPECT_EQ(fit.rows, 30U);
  EXPECT_EQ(fit.without_exposure, 0U);
  EXPECT_EQ(fit.settled, 0U);
  // vcov(m)[1,2]; vcov(m)[2,3]; fitted(m)[c(1,2,30)]
  expect_within(fit.covariance(0, 1), -0.0059397506464669075, 1e-8, "covariance");
  expect_within(fit.covariance(1, 2), 0.00063033356043719878, 1e-8, "covariance");
  expect_within(fit.fitted[0], 13.046261117590467, 1e-8, "fitted");
  expect_within(fit.fitted[1], 10.696002692851806, 1e-8, "fitted");
  expect_within(fit.fitted[29], 10.185717547898308, 1e-8, "fitted");
  // exp(b + c(-1,1) * qt(0.975, 27) * se)
  expect_within(fit.coefficients[1].rate_ratio_interval.value().low, 1.0640790447665025, 1e-8, "low");
  expect_within(fit.coefficients[1].rate_ratio_interval->high, 1.2117113548730472, 1e-8, "high");
  EXPECT_FALSE(fit.coefficients[1].robust_std_error.has_value());
  EXPECT_EQ(reason(fit.coefficients[1]), "");
}

TEST(QuasiPoisson, of_dispersion_one_equals_poisson_regression_in_r) {
  CountData data = thirty();
  data.cluster.clear();
  const QuasiPoissonFit fit = data.fit({.dispersion = CountDispersion::one});
  // mp <- glm(y ~ x1 + x2, poisson, offset = log(e)); exp(coef(mp)[2] + c(-1,1) * qnorm(.975) * sqrt(vcov(mp)[2,2]))
  expect_as_in_r(fit, {-2.8316265464313393, 0.12707169079614089, -0.059624240697396594},
                 {0.12641552241365914, 0.018947203655324072, 0.053972949570544861},
                 {-22.399358024765661, 6.706619779242958, -1.1047059901639296},
                 {3.9929026432487802e-111, 1.9918435998933566e-11, 0.26928700697335994});
  EXPECT_FALSE(fit.t_degrees_of_freedom.has_value());
  EXPECT_EQ(fit.dispersion, 1);
  expect_within(fit.coefficients[1].rate_ratio_interval.value().low, 1.0941040990788791, 1e-8, "low");
  expect_within(fit.coefficients[1].rate_ratio_interval->high, 1.1784588524177357, 1e-8, "high");
}

TEST(QuasiPoisson, robust_errors_equal_the_sandwich_in_r) {
  CountData data = thirty();
  // US <- rowsum(X * (y - fitted(mp)), g); V <- vcov(mp) %*% t(US) %*% US %*% vcov(mp) * 10/9; sqrt(diag(V))
  const QuasiPoissonFit clustered = data.fit();
  const std::array<double, 3> by_cluster{0.16387540635670528, 0.028190788519122094, 0.098694455803621392};
  for (std::size_t j = 0; j < 3; ++j)
    expect_within(clustered.coefficients[j].robust_std_error.value(), by_cluster[j], 1e-8, "cluster");
  // t and 2 * pt(-abs(t), 9)
  expect_within(clustered.coefficients[1].t.value(), 4.5075607129593731, 1e-8, "t");
  expect_within(clustered.coefficients[1].p.value().value, 0.0014728606061673716, 1e-7, "p");
  expect_within(clustered.coefficients[1].std_error.value(), 0.031660515778575531, 1e-8, "by dispersion");
  EXPECT_EQ(clustered.t_degrees_of_freedom, 9);

  // U <- X * (y - fitted(mp)); V <- vcov(mp) %*% t(U) %*% U %*% vcov(mp)
  data.cluster.clear();
  const QuasiPoissonFit robust = data.fit({.robust = true});
  const std::array<double, 3> by_row{0.19502053354044463, 0.031725051396978204, 0.089845148417710838};
  for (std::size_t j = 0; j < 3; ++j)
    expect_within(robust.coefficients[j].robust_std_error.value(), by_row[j], 1e-8, "HC0");
  expect_within(robust.covariance(0, 2), -0.0084281734156178203, 1e-8, "covariance");
  // 2 * pt(-abs(t), 27)
  expect_within(robust.coefficients[1].t.value(), 4.0054053564563729, 1e-8, "t");
  expect_within(robust.coefficients[1].p.value().value, 0.00043628531198423197, 1e-7, "p");

  data.cluster.assign(30, 7);
  const QuasiPoissonFit one_cluster = data.fit();
  EXPECT_TRUE(one_cluster.coefficients[1].std_error.has_value());
  EXPECT_FALSE(one_cluster.coefficients[1].robust_std_error.has_value());
  EXPECT_FALSE(one_cluster.coefficients[1].t.has_value());
  EXPECT_EQ(one_cluster.covariance.cwiseAbs().maxCoeff(), 0);
  EXPECT_FALSE(linear_combination(one_cluster, vector_of({0, 1, 1})).value().std_error.has_value());
}

TEST(QuasiPoisson, a_combination_and_a_rate_equal_those_of_r) {
  CountData data = thirty();
  data.cluster.clear();
  const QuasiPoissonFit fit = data.fit();
  // w <- c(0, 3, -2); v <- sum(w * coef(m)); se <- sqrt(drop(t(w) %*% vcov(m) %*% w))
  // v / se; 2 * pt(-abs(v / se), 27); exp(v + c(-1,1) * qt(0.975, 27) * se)
  const QuasiPoissonCombination sum = linear_combination(fit, vector_of({0, 3, -2})).value();
  expect_within(sum.value, 0.50046355378321583, 1e-8, "value");
  expect_within(sum.std_error.value(), 0.18437199288092762, 1e-8, "error");
  expect_within(sum.t.value(), 2.7144228684799683, 1e-8, "t");
  expect_within(sum.p.value().value, 0.011426256981231406, 1e-7, "p");
  expect_within(sum.rate_ratio_interval.value().low, 1.1299388004975079, 1e-8, "low");
  expect_within(sum.rate_ratio_interval->high, 2.407920796677943, 1e-8, "high");
  // predict(m, data.frame(x1 = 4, x2 = 0.5, e = 1), se.fit = TRUE)
  const QuasiPoissonCombination rate = predicted_rate(fit, vector_of({4, 0.5})).value();
  expect_within(rate.value, -2.353151903595474, 1e-8, "rate");
  expect_within(rate.rate_ratio.value(), std::exp(-2.353151903595474), 1e-8, "rate");
  expect_within(rate.std_error.value(), 0.1051532119736803, 1e-8, "error");
  expect_within(rate.rate_ratio_interval.value().low, 0.076619131661315343, 1e-8, "low");
  expect_within(rate.rate_ratio_interval->high, 0.11796169399716291, 1e-8, "high");
  // One coefficient alone is itself.
  const QuasiPoissonCombination alone = linear_combination(fit, vector_of({0, 1, 0})).value();
  EXPECT_EQ(alone.value, fit.coefficients[1].value);
  expect_within(alone.std_error.value(), *fit.coefficients[1].std_error, 1e-12,
                "alone");  // a root of a square
  // Of nothing it is 0 without an error.
  const QuasiPoissonCombination nothing = linear_combination(fit, vector_of({0, 0, 0})).value();
  EXPECT_EQ(nothing.value, 0);
  EXPECT_FALSE(nothing.std_error.has_value());
}

/// Four years of months with a season, and a price change after 30. In R:
///   t <- 0:47; level <- as.integer(t >= 30); slope <- pmax(t - 30, 0); s1 <- sin(2*pi*t/12); c1 <- cos(2*pi*t/12)
///   e <- 1000 + 15*t
///   y <- floor(e * exp(-3.4 - 0.004*t + 0.35*level - 0.01*slope + 0.15*s1 + 0.1*c1) + ((t*t*7) %% 19) - 9)
CountData price_change() {
  CountData data;
  data.count = {27, 37, 40, 37, 45, 29, 28, 22, 32, 38, 41, 39, 33, 40, 40, 52,
                39, 38, 33, 24, 31, 34, 34, 49, 40, 44, 42, 50, 52, 49, 57, 43,
                46, 46, 63, 57, 65, 67, 61, 66, 63, 54, 60, 44, 43, 41, 54, 64};
  data.x.resize(48, 3);
  for (int t = 0; t < 48; ++t) {
    data.exposure.push_back(1000 + 15 * t);
    data.x.row(t) << t, (t >= 30 ? 1 : 0), std::max(t - 30, 0);
  }
  data.names = {"t", "level", "slope"};
  return data;
}

TEST(QuasiPoisson, a_segmented_regression_with_waves_for_the_season_equals_r) {
  CountData data = price_change();
  data.x.conservativeResize(Eigen::NoChange, 5);
  for (int t = 0; t < 48; ++t) {
    data.x(t, 3) = std::sin(2 * std::numbers::pi * t / 12);
    data.x(t, 4) = std::cos(2 * std::numbers::pi * t / 12);
  }
  const QuasiPoissonFit fit = data.fit();
  // m <- glm(y ~ t + level + slope + s1 + c1, quasipoisson, offset = log(e))
  expect_as_in_r(fit,
                 {-3.4774805710485794, -0.0012957647150329456, 0.285913822667343, -0.0094662103583552353,
                  0.15083964372797978, 0.098337035063348954},
                 {0.052771046552360666, 0.0029718361688561958, 0.075475831768622506, 0.00633003606123977,
                  0.027738978375326049, 0.027142801941878236},
                 {-65.897510059766233, -0.43601485459128164, 3.7881506697910372, -1.4954433539990339,
                  5.4378226078489016, 3.622950765139179},
                 {4.9851314937005829e-44, 0.66505894533611087, 0.00047740453368511917, 0.14227548218265504,
                  2.5438319270726182e-06, 0.00077937138996583019});
  expect_within(fit.dispersion.value(), 0.77423416137479051, 1e-8, "dispersion");
  expect_within(fit.deviance, 32.235086369287451, 1e-10, "deviance");
  expect_within(fit.null_deviance, 74.64892596653327, 1e-10, "null deviance");
  EXPECT_EQ(fit.degrees_of_freedom, 42U);
  // w <- c(0,0,1,6,0,0): what has become of it six months later
  const QuasiPoissonCombination later = linear_combination(fit, vector_of({0, 0, 1, 6, 0, 0})).value();
  expect_within(later.value, 0.22911656051721158, 1e-8, "value");
  expect_within(later.std_error.value(), 0.074367661718433883, 1e-8, "error");
  expect_within(later.rate_ratio_interval.value().low, 1.0822438699173176, 1e-8, "low");
  expect_within(later.rate_ratio_interval->high, 1.4611102295134903, 1e-8, "high");

  // Counts that are steadier than chance: at least 1, if asked for, with the quantile still that of t.
  const QuasiPoissonFit careful = data.fit({.dispersion = CountDispersion::at_least_one});
  EXPECT_EQ(careful.dispersion, 1);
  EXPECT_EQ(careful.t_degrees_of_freedom, 42);
  expect_within(*careful.coefficients[2].std_error, 0.075475831768622506 / std::sqrt(0.77423416137479051),
                1e-8, "error");
}

TEST(QuasiPoisson, a_segmented_regression_with_a_column_a_month_equals_r) {
  CountData data = price_change();
  data.x.conservativeResize(Eigen::NoChange, 14);
  data.x.rightCols(11).setZero();
  for (int t = 0; t < 48; ++t)
    if (t % 12 > 0) data.x(t, 2 + t % 12) = 1;
  const QuasiPoissonFit fit = data.fit();
  // m <- glm(y ~ t + level + slope + factor(t %% 12), quasipoisson, offset = log(e))
  expect_as_in_r(
      fit,
      {-3.4605727907009798, -0.002400201462119974, 0.32646073218668797, -0.01194327947515952,
       0.12537890193748341, 0.093391535362746927, 0.20196753142115381, 0.16739604781079281,
       0.0051026821596018975, -0.04554899389714686, -0.33814244823550049, -0.20570338784573575,
       -0.16170745944777129, 0.02591848015196075, 0.10985265803710308},
      {0.069012762057549429, 0.0025527555877720436, 0.065994442808365639, 0.0054135257801854447,
       0.079712726096265354, 0.080326799052172271, 0.078445629912915607, 0.079217161695930655,
       0.082487277184724483, 0.081303616349193211, 0.087509594148813763, 0.084504818880406229,
       0.083705580088943007, 0.080311508471207424, 0.079238186082112361},
      {-50.143954357532074, -0.94023943130990717, 4.9467912492975072, -2.2061924077048349, 1.5728843821759293,
       1.162644801793846, 2.5746180079803409, 2.1131285724844631, 0.061860232677759482, -0.5602333074769662,
       -3.864061438343263, -2.4342208003173571, -1.9318599700993153, 0.3227243597504188, 1.3863600805205936},
      {9.9287326240195538e-33, 0.35392674775600064, 2.1575806388362059e-05, 0.034441204928033493,
       0.12528549381217879, 0.25331278480556751, 0.014708438237022715, 0.042237381292329401,
       0.95104729323468362, 0.57910405522245689, 0.00049404948631497591, 0.020499754033075492,
       0.062000833274108109, 0.74893994241201634, 0.17493306398726435});
  expect_within(fit.dispersion.value(), 0.55786332483103318, 1e-8, "dispersion");
}

TEST(QuasiPoisson, a_difference_of_differences_equals_r) {
  // set <- expand.grid(t = 0:11, g = 0:1); after <- as.integer(set$t >= 6); e <- 400 + 30*set$t + 200*set$g
  // y <- floor(e*exp(-3 + .2*set$g + .1*after + .4*after*set$g)) + (set$t*5 + set$g*3) %% 7 - 3
  CountData data;
  data.count = {16, 23, 22, 22, 28, 28, 30, 30, 37, 36, 36, 43,
                36, 36, 43, 42, 42, 42, 80, 81, 82, 90, 91, 92};
  data.x.resize(24, 3);
  for (int i = 0; i < 24; ++i) {
    const int t = i % 12;
    const int group = i / 12;
    const int after = t >= 6 ? 1 : 0;
    data.exposure.push_back(400 + 30 * t + 200 * group);
    data.x.row(i) << group, after, group * after;
  }
  const QuasiPoissonFit fit = data.fit();
  // m <- glm(y ~ set$g * after, quasipoisson, offset = log(e))
  expect_as_in_r(
      fit, {-3.0206003401320043, 0.19892511352207431, 0.10079190994070993, 0.42412914398596763},
      {0.033007853041150191, 0.041447711282619724, 0.042472018824248135, 0.052208821847754154},
      {-91.511566546490798, 4.7994233545409202, 2.3731367787764728, 8.123706472878629},
      {1.0396568368695024e-27, 0.00010915216300491473, 0.027772906076853992, 9.1888467776341293e-08});
  // w <- c(0,0,1,1): what changed for those that the decision was for
  const QuasiPoissonCombination changed = linear_combination(fit, vector_of({0, 0, 1, 1})).value();
  expect_within(changed.value, 0.52492105392667754, 1e-8, "value");
  expect_within(changed.std_error.value(), 0.030362620040491308, 1e-8, "error");
  expect_within(changed.p.value().value, 1.7086775648867687e-13, 1e-7, "p");
}

TEST(QuasiPoisson, of_one_factor_it_is_the_log_of_the_ratio_of_rates) {
  // By hand: rates 6 / 30 and 12 / 20, of two rows each; a ratio of 3. Expected 2, 4 and 6, 6 where 1, 5 and 4, 8 were
  // counted: chi-square 1/2 + 1/4 + 4/6 + 4/6 = 25/12 with 2 degrees of freedom, and 1/6 + 1/12 for the error.
  CountData data = count_data({{0, 1}, {0, 5}, {1, 4}, {1, 8}});
  data.exposure = {10, 20, 10, 10};
  const QuasiPoissonFit fit = data.fit();
  // Rounding only.
  expect_within(fit.coefficients[1].rate_ratio.value(), 3, 1e-12, "ratio");
  expect_within(fit.coefficients[0].rate_ratio.value(), 0.2, 1e-12, "rate");
  expect_within(fit.pearson, 25 / 12.0, 1e-12, "chi-square");
  expect_within(fit.dispersion.value(), 25 / 24.0, 1e-12, "dispersion");
  expect_within(fit.coefficients[1].std_error.value(), std::sqrt(0.25 * 25 / 24), 1e-12, "error");
  EXPECT_EQ(fit.events, 18);
}

TEST(QuasiPoisson, without_covariates_it_is_the_rate_of_all) {
  CountData data = count_data({{3}, {5}, {0}});
  data.exposure = {10, 20, 10};
  const QuasiPoissonFit fit = data.fit();
  ASSERT_EQ(fit.coefficients.size(), 1U);
  expect_within(fit.coefficients[0].rate_ratio.value(), 0.2, 1e-12, "rate");
  // (3 - 2)^2 / 2 + (5 - 4)^2 / 4 + 2 = 2.75, over 2
  expect_within(fit.dispersion.value(), 1.375, 1e-12, "dispersion");
  expect_within(fit.deviance, fit.null_deviance, 1e-12, "deviance");
}

TEST(QuasiPoisson, rows_without_exposure_are_left_out) {
  CountData data = thirty();
  data.cluster.clear();
  const QuasiPoissonFit plain = data.fit();
  data.x.conservativeResize(32, Eigen::NoChange);
  data.x.row(30) << 1e9, -3;
  data.x.row(31) << 0, 1e99;
  data.count.insert(data.count.end(), {0, 0});
  data.exposure.insert(data.exposure.end(), {0, 0});
  const QuasiPoissonFit fit = data.fit();
  EXPECT_EQ(fit.rows, 30U);
  EXPECT_EQ(fit.without_exposure, 2U);
  EXPECT_EQ(fit.beta, plain.beta);
  EXPECT_EQ(fit.covariance, plain.covariance);
  EXPECT_EQ(fit.fitted.head(30), plain.fitted);
  EXPECT_EQ(fit.fitted[31], 0);
}

TEST(QuasiPoisson, a_plan_that_nobody_left_is_separated_and_the_others_are_as_without_it) {
  // x <- c(0,0,0,0,1,1,1,1,2,2,2,2); pl <- rep(c(0,1,2), 4); y <- c(5,3,0, 7,4,0, 2,6,0, 9,1,0); k <- pl != 2
  // m <- glm(y[k] ~ x[k] + (pl[k] == 1), quasipoisson)
  const std::vector<double> y{5, 3, 0, 7, 4, 0, 2, 6, 0, 9, 1, 0};
  CountData data;
  data.x.resize(12, 3);
  for (int i = 0; i < 12; ++i) data.x.row(i) << i / 4, (i % 3 == 1 ? 1 : 0), (i % 3 == 2 ? 1 : 0);
  data.count = y;
  const QuasiPoissonFit fit = data.fit();
  const std::array<double, 3> values{1.7242828000533039, 0.032729611001409212, -0.50451723746585531};
  const std::array<double, 3> errors{0.33755791399841428, 0.26706313941645621, 0.43914505377984053};
  for (std::size_t j = 0; j < 3; ++j) {
    expect_within(fit.coefficients[j].value.value(), values[j], 1e-8, fit.coefficients[j].name);
    expect_within(fit.coefficients[j].std_error.value(), errors[j], 1e-8, fit.coefficients[j].name);
  }
  EXPECT_EQ(fit.coefficients[3].trouble, Trouble::separated);
  EXPECT_EQ(fit.coefficients[3].direction, -1);
  EXPECT_FALSE(fit.coefficients[3].value.has_value());
  EXPECT_FALSE(fit.coefficients[3].rate_ratio_interval.has_value());
  EXPECT_EQ(fit.degrees_of_freedom, 5U);
  EXPECT_EQ(fit.settled, 4U);
  expect_within(fit.dispersion.value(), 1.6414343747241258, 1e-8, "dispersion");
  expect_within(fit.deviance, 9.2777549181208716, 1e-10, "deviance");
  EXPECT_EQ(fit.fitted[2], 0);
  EXPECT_EQ(reason(fit.coefficients[3]),
            "The likelihood grows without end as the coefficient of x3 falls: on one side of it nothing was "
            "counted.");
  EXPECT_FALSE(linear_combination(fit, vector_of({0, 0, 0, 1})).has_value());
  EXPECT_FALSE(predicted_rate(fit, vector_of({0, 0, 1})).has_value());
  expect_within(predicted_rate(fit, vector_of({0, 1, 0})).value().value, values[0] + values[2], 1e-8, "rate");
}

TEST(QuasiPoisson, where_it_is_the_first_plan_that_nobody_left_others_still_compare) {
  const CountData data = count_data({{0, 0, 0}, {0, 0, 0}, {1, 0, 4}, {1, 0, 6}, {0, 1, 9}, {0, 1, 11}});
  const QuasiPoissonFit fit = data.fit();
  EXPECT_EQ(fit.coefficients[0].trouble, Trouble::separated);
  EXPECT_EQ(fit.coefficients[0].direction, -1);
  for (const std::size_t j : {1U, 2U}) {
    EXPECT_EQ(fit.coefficients[j].trouble, Trouble::separated);
    EXPECT_EQ(fit.coefficients[j].direction, 1);
  }
  // 20 / 10, with 1/10 + 1/20 times (1/5 + 1/5 + 1/10 + 1/10) / 2
  const QuasiPoissonCombination second = linear_combination(fit, vector_of({0, -1, 1})).value();
  expect_within(second.rate_ratio.value(), 2, 1e-12, "ratio");
  expect_within(second.std_error.value(), std::sqrt(0.15 * 0.3), 1e-12, "error");
  expect_within(predicted_rate(fit, vector_of({1, 0})).value().rate_ratio.value(), 5, 1e-12, "rate");
}

TEST(QuasiPoisson, a_direction_that_nothing_says_is_zero) {
  // Nobody left the first plan, nor the second: which of the two has the lower rate is not known.
  const CountData data = count_data({{0, 0, 0}, {0, 0, 0}, {1, 0, 0}, {1, 0, 0}, {0, 1, 9}, {0, 1, 11}});
  const QuasiPoissonFit fit = data.fit();
  EXPECT_EQ(fit.coefficients[0].direction, -1);
  EXPECT_EQ(fit.coefficients[1].trouble, Trouble::separated);
  EXPECT_EQ(fit.coefficients[1].direction, 0);
  EXPECT_EQ(fit.coefficients[2].direction, 1);
  EXPECT_EQ(reason(fit.coefficients[1]),
            "Where others are separated, nothing is left that says anything of x1.");
  EXPECT_EQ(fit.settled, 4U);
  EXPECT_EQ(fit.degrees_of_freedom, 1U);
}

TEST(QuasiPoisson, a_slope_that_only_rows_without_counts_tell_is_separated) {
  // Whatever is counted is so at x = 1, and below it there is nothing: the rate there falls without end.
  const QuasiPoissonFit below = count_data({{0, 0}, {0.5, 0}, {1, 3}, {1, 5}}).fit();
  EXPECT_EQ(below.coefficients[1].trouble, Trouble::separated);
  EXPECT_EQ(below.coefficients[1].direction, 1);
  EXPECT_EQ(below.coefficients[0].direction, -1);
  // With rows on both sides it would raise the one by lowering the other: there is an end.
  const QuasiPoissonFit both = count_data({{0, 0}, {0.5, 0}, {1, 3}, {1, 5}, {2, 0}}).fit();
  EXPECT_EQ(both.coefficients[1].trouble, Trouble::none);
  EXPECT_TRUE(both.converged);
}

TEST(QuasiPoisson, what_others_say_already_is_left_out_and_says_which) {
  CountData data = thirty();
  data.cluster.clear();
  const QuasiPoissonFit plain = data.fit();
  data.x.conservativeResize(Eigen::NoChange, 5);
  data.x.col(2) = 3 * data.x.col(0).array() - 2 * data.x.col(1).array() + 7;
  data.x.col(3).setConstant(1e6);
  data.x.col(4) = data.x.col(1) / 1e8;
  const QuasiPoissonFit fit = data.fit();
  EXPECT_EQ(fit.coefficients[3].trouble, Trouble::collinear);
  EXPECT_EQ(fit.coefficients[3].collinear_with, (std::vector<std::string>{"x1", "x2"}));
  EXPECT_EQ(reason(fit.coefficients[3]), "x3 follows from x1, x2 and says nothing new.");
  EXPECT_EQ(fit.coefficients[4].trouble, Trouble::constant);
  EXPECT_EQ(reason(fit.coefficients[4]), "x4 is the same in all rows.");
  EXPECT_EQ(fit.coefficients[5].trouble, Trouble::collinear);
  EXPECT_EQ(fit.coefficients[5].collinear_with, std::vector<std::string>{"x2"});
  EXPECT_EQ(fit.degrees_of_freedom, 27U);
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_EQ(fit.coefficients[j].value, plain.coefficients[j].value);
    EXPECT_EQ(fit.coefficients[j].std_error, plain.coefficients[j].std_error);
  }
  EXPECT_EQ(fit.beta[3], 0);

  // A rate is known where the columns left out are what they follow from, and only there.
  const double x3 = 3 * 4 - 2 * 0.5 + 7;
  const auto rate = predicted_rate(fit, vector_of({4, 0.5, x3, 1e6, 0.5e-8}));
  EXPECT_EQ(rate.value().value, predicted_rate(plain, vector_of({4, 0.5})).value().value);
  EXPECT_FALSE(predicted_rate(fit, vector_of({4, 0.5, x3 + 1, 1e6, 0.5e-8})).has_value());
  EXPECT_FALSE(predicted_rate(fit, vector_of({4, 0.5, x3, 1e6 + 10, 0.5e-8})).has_value());
  EXPECT_FALSE(linear_combination(fit, vector_of({0, 0, 0, 1, 0, 0})).has_value());
  EXPECT_FALSE(linear_combination(fit, vector_of({0, 0, 0, 0, 1, 0})).has_value());
  EXPECT_TRUE(linear_combination(fit, vector_of({0, 1, 0, 0, 0, 0})).has_value());
}

TEST(QuasiPoisson, dummies_of_all_levels_leave_out_the_last) {
  const QuasiPoissonFit fit =
      count_data({{1, 0, 0, 2}, {1, 0, 0, 3}, {0, 1, 0, 4}, {0, 1, 0, 8}, {0, 0, 1, 5}, {0, 0, 1, 6}}).fit();
  EXPECT_EQ(fit.coefficients[3].trouble, Trouble::collinear);
  EXPECT_EQ(fit.coefficients[3].collinear_with, (std::vector<std::string>{"x1", "x2"}));
  expect_within(fit.coefficients[0].rate_ratio.value(), 5.5, 1e-12, "rate of the last");
}

TEST(QuasiPoisson, of_one_row_it_is_that_row) {
  const QuasiPoissonFit fit = count_data({{2, 3}}).fit();
  EXPECT_TRUE(fit.converged);
  expect_within(fit.coefficients[0].rate_ratio.value(), 3, 1e-12, "rate");
  EXPECT_FALSE(fit.coefficients[0].std_error.has_value());
  EXPECT_FALSE(fit.coefficients[0].p.has_value());
  EXPECT_EQ(fit.coefficients[1].trouble, Trouble::constant);
  EXPECT_EQ(fit.degrees_of_freedom, 0U);
  EXPECT_FALSE(fit.dispersion.has_value());
  EXPECT_FALSE(fit.t_degrees_of_freedom.has_value());
  EXPECT_EQ(fit.deviance, 0);
  EXPECT_EQ(fit.pearson, 0);
  // Of a Poisson variable its error is known: 1 / 3 is the variance of the logarithm.
  const QuasiPoissonFit poisson = count_data({{2, 3}}).fit({.dispersion = CountDispersion::one});
  expect_within(poisson.coefficients[0].std_error.value(), std::sqrt(1 / 3.0), 1e-12, "error");
  EXPECT_FALSE(count_data({{2, 3}}).fit({.robust = true}).coefficients[0].robust_std_error.has_value());
}

TEST(QuasiPoisson, as_many_coefficients_as_rows_leave_no_error) {
  const QuasiPoissonFit fit = count_data({{0, 3}, {1, 6}}).fit();
  expect_within(fit.coefficients[1].rate_ratio.value(), 2, 1e-12, "ratio");
  EXPECT_FALSE(fit.coefficients[1].std_error.has_value());
  EXPECT_FALSE(fit.dispersion.has_value());
  EXPECT_FALSE(
      count_data({{0, 3}, {1, 6}}).fit({.dispersion = CountDispersion::at_least_one}).dispersion.has_value());
  // More columns than rows: the rest follows from the first.
  const QuasiPoissonFit wide = count_data({{0, 1, 3}, {1, 5, 6}}).fit();
  EXPECT_EQ(wide.coefficients[2].trouble, Trouble::collinear);
}

TEST(QuasiPoisson, counts_that_are_just_as_expected_are_no_certainty) {
  const CountData data = count_data({{0, 3}, {0, 3}, {1, 6}, {1, 6}});
  const QuasiPoissonFit fit = data.fit();
  EXPECT_EQ(fit.dispersion, 0);
  EXPECT_FALSE(fit.coefficients[1].std_error.has_value());
  EXPECT_FALSE(fit.coefficients[1].rate_ratio_interval.has_value());
  expect_within(fit.coefficients[1].rate_ratio.value(), 2, 1e-12, "ratio");
  EXPECT_FALSE(data.fit({.robust = true}).coefficients[1].robust_std_error.has_value());
  expect_within(data.fit({.dispersion = CountDispersion::at_least_one}).coefficients[1].std_error.value(),
                std::sqrt(1 / 6.0 + 1 / 12.0), 1e-12, "error");
}

TEST(QuasiPoisson, where_nothing_was_counted_there_is_nothing) {
  for (const CountData& data : {count_data({{0, 0}, {1, 0}, {1, 0}}), count_data({{0, 0}})}) {
    const QuasiPoissonFit fit = data.fit();
    EXPECT_TRUE(fit.converged);
    for (const QuasiPoissonCoefficient& b : fit.coefficients) {
      EXPECT_EQ(b.trouble, Trouble::no_events);
      EXPECT_FALSE(b.value.has_value());
      EXPECT_EQ(reason(b), "Nothing was counted.");
    }
    EXPECT_EQ(fit.fitted.cwiseAbs().maxCoeff(), 0);
    EXPECT_EQ(fit.deviance, 0);
    EXPECT_FALSE(fit.dispersion.has_value());
    EXPECT_FALSE(linear_combination(fit, vector_of({1, 0})).has_value());
  }
  CountData unexposed = count_data({{0, 0}, {1, 0}});
  unexposed.exposure = {0, 0};
  EXPECT_EQ(unexposed.fit().without_exposure, 2U);
  EXPECT_EQ(unexposed.fit().coefficients[1].trouble, Trouble::no_events);
  const QuasiPoissonFit empty = quasi_poisson_regression(Eigen::MatrixXd(0, 1), {}, {"x"});
  EXPECT_EQ(empty.rows, 0U);
  EXPECT_EQ(empty.coefficients[0].trouble, Trouble::no_events);
}

TEST(QuasiPoisson, exposures_of_any_size_move_the_intercept_only) {
  CountData data = thirty();
  data.cluster.clear();
  const QuasiPoissonFit plain = data.fit();
  for (const double unit : {1e-250, 1e-6, 1e15, 1e300}) {
    CountData other = data;
    for (double& exposure : other.exposure) exposure *= unit;
    const QuasiPoissonFit fit = other.fit();
    // The logarithm of the unit has an error of its rounding: 690 x 1e-16.
    EXPECT_NEAR(fit.coefficients[0].value.value(), *plain.coefficients[0].value - std::log(unit), 1e-12);
    expect_within(fit.coefficients[0].std_error.value(), *plain.coefficients[0].std_error, 1e-10, "error");
    for (const std::size_t j : {1U, 2U}) {
      expect_within(fit.coefficients[j].value.value(), *plain.coefficients[j].value, 1e-10, "value");
      expect_within(fit.coefficients[j].std_error.value(), *plain.coefficients[j].std_error, 1e-10, "error");
    }
  }
}

TEST(QuasiPoisson, exposures_and_counts_of_very_different_size_arrive) {
  // Rates by hand: 1e-3 and 5e-12, and what is huge decides.
  CountData data = count_data({{0, 1000}, {0, 1}, {1, 5}, {1, 0}});
  data.exposure = {1e6, 1e3, 1e12, 1e-3};
  const QuasiPoissonFit fit = data.fit();
  EXPECT_TRUE(fit.converged);
  expect_within(fit.coefficients[0].rate_ratio.value(), 1001 / 1.001e6, 1e-11, "rate");
  expect_within(fit.coefficients[1].rate_ratio.value(), 5e-12 / 1e-3, 1e-11, "ratio");

  CountData huge = count_data({{0, 1e15}, {0, 3e15}, {1, 9e15}, {1, 1e15}, {2, 4e15}});
  const QuasiPoissonFit of_huge = huge.fit();
  EXPECT_TRUE(of_huge.converged);
  // As of counts a 1e15th of that: dispersion is 1e15 times as large, and the errors are the same.
  const QuasiPoissonFit of_small = count_data({{0, 1}, {0, 3}, {1, 9}, {1, 1}, {2, 4}}).fit();
  for (const std::size_t j : {0U, 1U})
    expect_within(of_huge.coefficients[j].std_error.value(), *of_small.coefficients[j].std_error, 1e-10,
                  "error");
  expect_within(of_huge.coefficients[1].value.value(), *of_small.coefficients[1].value, 1e-10, "value");
}

TEST(QuasiPoisson, a_rate_that_spans_many_powers_is_found) {
  // Twenty powers of e, from 1 to 4.8e8: to start from one rate for all would be hopeless.
  CountData data;
  data.x.resize(21, 1);
  for (int i = 0; i <= 20; ++i) {
    data.x(i, 0) = i;
    data.count.push_back(std::floor(std::exp(i)));
  }
  const QuasiPoissonFit fit = data.fit();
  EXPECT_TRUE(fit.converged);
  EXPECT_LT(fit.steps, 20U);
  EXPECT_NEAR(fit.coefficients[1].value.value(), 1, 1e-6);  // counts of 1e8 are floored by less than 1
}

TEST(QuasiPoisson, dates_lose_no_digits) {
  // Seconds since 1970 and months: the same but for the unit and the intercept.
  CountData months = price_change();
  months.x.conservativeResize(Eigen::NoChange, 1);
  months.names = {"t"};
  CountData seconds = months;
  seconds.x.array() = 1.6e9 + seconds.x.array() * 2629746;
  const QuasiPoissonFit a = months.fit();
  const QuasiPoissonFit b = seconds.fit();
  // Rounding of the seconds themselves: 2e-7 of 1e8.
  expect_within(*b.coefficients[1].value * 2629746, *a.coefficients[1].value, 1e-9, "slope");
  expect_within(b.coefficients[1].t.value(), a.coefficients[1].t.value(), 1e-9, "t");
  expect_within(b.dispersion.value(), a.dispersion.value(), 1e-9, "dispersion");
}

TEST(QuasiPoisson, steps_that_do_not_suffice_are_told) {
  CountData data = thirty();
  const QuasiPoissonFit fit = data.fit({.max_steps = 0});
  EXPECT_FALSE(fit.converged);
  for (const QuasiPoissonCoefficient& b : fit.coefficients) {
    EXPECT_EQ(b.trouble, Trouble::not_converged);
    EXPECT_FALSE(b.value.has_value());
  }
  EXPECT_EQ(reason(fit.coefficients[0]), "The steps towards the maximum of the likelihood did not arrive.");
  EXPECT_FALSE(linear_combination(fit, vector_of({0, 1, 0})).has_value());
}

TEST(QuasiPoisson, a_p_below_the_smallest_double_has_a_logarithm) {
  // 2000 rows of counts around 1e8 and 2e8, that differ by 1 in 1e4.
  CountData data;
  data.x.resize(2000, 1);
  for (int i = 0; i < 2000; ++i) {
    data.x(i, 0) = i % 2;
    data.count.push_back((i % 2 + 1) * 1e8 + (i % 7) * 1e4);
  }
  const QuasiPoissonFit fit = data.fit();
  const QuasiPoissonCoefficient& b = fit.coefficients[1];
  EXPECT_EQ(b.p.value().value, 0);
  // i <- 0:1999; x <- i %% 2; y <- (x + 1)*1e8 + (i %% 7)*1e4; m <- glm(y ~ x, quasipoisson)
  // t <- summary(m)$coefficients[2,3]; (pt(-abs(t), 1998, log.p = TRUE) + log(2))/log(10)
  expect_within(b.t.value(), 103301.65973820703, 1e-8, "t");
  EXPECT_NEAR(b.p->log10, -6722.6399888987353, 1e-5);  // 1998 / log(10) times what t is off by
}

TEST(QuasiPoisson, of_what_is_no_number_is_an_error) {
  const CountData good = thirty();
  for (const double bad : {-1.0, infinite, no_number}) {
    CountData data = good;
    data.count[3] = bad;
    EXPECT_EQ(error_of([&] { (void)data.fit(); }), "bad_number") << bad;
    data = good;
    data.exposure[3] = bad;
    EXPECT_EQ(error_of([&] { (void)data.fit(); }), "bad_number") << bad;
  }
  for (const double bad : {1e101, -infinite, no_number}) {
    CountData data = good;
    data.x(4, 1) = bad;
    EXPECT_EQ(error_of([&] { (void)data.fit(); }), "bad_number") << bad;
  }
  for (const double bad : {0.0, 1.0, -1.0, no_number}) {
    EXPECT_EQ(error_of([&] { (void)good.fit({.confidence = bad}); }), "bad_number") << bad;
    EXPECT_EQ(error_of([&] { (void)good.fit({.tolerance = bad}); }), "bad_number") << bad;
  }
  CountData counted = good;
  counted.exposure[0] = 0;
  EXPECT_EQ(error_of([&] { (void)counted.fit(); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)count_data({{0, 1e308}, {1, 1e308}}).fit(); }), "bad_number");
}

TEST(QuasiPoisson, of_columns_of_different_length_is_an_error) {
  CountData data = thirty();
  data.count.pop_back();
  EXPECT_EQ(error_of([&] { (void)data.fit(); }), "out_of_range");
  data = thirty();
  data.exposure.pop_back();
  EXPECT_EQ(error_of([&] { (void)data.fit(); }), "out_of_range");
  data = thirty();
  data.cluster.pop_back();
  EXPECT_EQ(error_of([&] { (void)data.fit(); }), "out_of_range");
  data = thirty();
  EXPECT_EQ(error_of([&] { (void)quasi_poisson_regression(data.x, {data.count}, {"one"}); }), "out_of_range");
  const QuasiPoissonFit fit = data.fit();
  EXPECT_EQ(error_of([&] { (void)linear_combination(fit, vector_of({1, 2})); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)predicted_rate(fit, vector_of({1, 2, 3})); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)linear_combination(fit, vector_of({1, 2, infinite})); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)predicted_rate(fit, vector_of({no_number, 2})); }), "bad_number");
}

/// Small whole covariates, exposures and counts, many of them 0.
CountData any_counts(Index columns, int most) {
  CountData data;
  const Index n = *between<Index>(columns + 2, 20);
  data.x.resize(n, columns);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < columns; ++j) data.x(i, j) = *between<int>(0, 3);
    data.count.push_back(std::max(0, *between<int>(-1, most)));
    data.exposure.push_back(*between<int>(1, 9));
  }
  return data;
}

RC_GTEST_PROP(QuasiPoissonProperty, expected_counts_add_up_to_those_counted_for_each_column, ()) {
  // Where the likelihood is at its maximum, or its limit, the sums of x (count - expected) are 0.
  const CountData data = any_counts(3, *between<int>(1, 6));
  const QuasiPoissonFit fit = data.fit();
  RC_ASSERT(fit.converged);
  if (!(fit.events > 0)) return;
  const Eigen::VectorXd off = vector_of(data.count) - fit.fitted;
  // A last step of 1e-8 errors leaves about its square of them.
  RC_ASSERT(std::abs(off.sum()) < 1e-9 * fit.events);
  RC_ASSERT((data.x.transpose() * off).cwiseAbs().maxCoeff() < 1e-9 * fit.events);
  for (Index i = 0; i < off.size(); ++i)
    RC_ASSERT(fit.fitted[i] > 0 || data.count[static_cast<std::size_t>(i)] == 0);
}

RC_GTEST_PROP(QuasiPoissonProperty, what_is_separated_is_what_a_search_of_all_directions_finds, ()) {
  // With covariates of 0, 1 and 2 whatever bounds the cone of directions has whole parts of at most 4 (the vector
  // product of two rows): the search is complete.
  const CountData data = any_counts(2, *between<int>(1, 3));
  const QuasiPoissonFit fit = data.fit();
  for (const QuasiPoissonCoefficient& b : fit.coefficients)
    if (b.trouble == Trouble::constant || b.trouble == Trouble::collinear || b.trouble == Trouble::no_events)
      return;
  const Index n = data.x.rows();
  std::vector<std::array<int, 3>> directions;
  std::vector<bool> settled(data.count.size(), false);
  const auto along = [&](const std::array<int, 3>& d, Index i) {
    return d[0] + d[1] * data.x(i, 0) + d[2] * data.x(i, 1);
  };
  const auto for_each = [](auto&& call) {
    for (int a = -4; a <= 4; ++a)
      for (int b = -4; b <= 4; ++b)
        for (int c = -4; c <= 4; ++c) call(std::array<int, 3>{a, b, c});
  };
  for_each([&](const std::array<int, 3>& d) {
    bool some = false;
    for (Index i = 0; i < n; ++i) {
      const double move = along(d, i);
      if (move > 0 || (move < 0 && data.count[static_cast<std::size_t>(i)] > 0)) return;
      some |= move < 0;
    }
    if (!some) return;
    directions.push_back(d);
    for (Index i = 0; i < n; ++i)
      if (along(d, i) < 0) settled[static_cast<std::size_t>(i)] = true;
  });
  std::array<bool, 3> is_open{};
  for_each([&](const std::array<int, 3>& d) {
    for (Index i = 0; i < n; ++i)
      if (!settled[static_cast<std::size_t>(i)] && along(d, i) != 0) return;
    for (std::size_t j = 0; j < 3; ++j) is_open[j] = is_open[j] || d[j] != 0;
  });
  RC_ASSERT(fit.settled == static_cast<std::size_t>(std::count(settled.begin(), settled.end(), true)));
  for (Index i = 0; i < n; ++i) RC_ASSERT((fit.fitted[i] == 0) == settled[static_cast<std::size_t>(i)]);
  for (std::size_t j = 0; j < 3; ++j) {
    RC_ASSERT((fit.coefficients[j].trouble == Trouble::separated) == is_open[j]);
    const bool grows =
        std::any_of(directions.begin(), directions.end(), [&](const auto& d) { return d[j] > 0; });
    const bool falls =
        std::any_of(directions.begin(), directions.end(), [&](const auto& d) { return d[j] < 0; });
    RC_ASSERT(fit.coefficients[j].direction == (grows == falls ? 0 : grows ? 1 : -1));
  }
  RC_TAG(directions.empty() ? "has an end" : "separated");
}

void assert_same(const QuasiPoissonCoefficient& a, const QuasiPoissonCoefficient& b, double unit) {
  RC_ASSERT(a.trouble == b.trouble);
  RC_ASSERT(a.direction == b.direction);
  RC_ASSERT(a.value.has_value() == b.value.has_value());
  RC_ASSERT(a.std_error.has_value() == b.std_error.has_value());
  // Of the size of the error, beside which no digit means anything.
  if (a.value)
    RC_ASSERT(std::abs(*a.value - *b.value * unit) <
              1e-7 * (a.std_error.value_or(0) + std::abs(*a.value) + 1e-3));
  if (a.std_error) RC_ASSERT(std::abs(*a.std_error - *b.std_error * unit) < 1e-6 * *a.std_error);
}

RC_GTEST_PROP(QuasiPoissonProperty, units_of_covariates_and_exposure_change_nothing_else, ()) {
  const CountData data = any_counts(3, 6);
  CountData other = data;
  Eigen::VectorXd unit = Eigen::VectorXd::Ones(4);
  for (Index j = 0; j < 3; ++j) {
    unit[j + 1] = std::pow(10, *between<int>(-8, 9)) * (*between<int>(0, 2) == 0 ? 1 : -1);
    other.x.col(j) = (other.x.col(j).array() + *between<int>(-50, 50)) * unit[j + 1];
  }
  const double per = std::pow(10, *between<int>(-8, 9));
  for (double& exposure : other.exposure) exposure *= per;
  const QuasiPoissonFit a = data.fit();
  const QuasiPoissonFit b = other.fit();
  RC_ASSERT(a.degrees_of_freedom == b.degrees_of_freedom);
  RC_ASSERT(a.settled == b.settled);
  RC_ASSERT(std::abs(a.deviance - b.deviance) < 1e-9 * (1 + a.deviance));
  RC_ASSERT(std::abs(a.pearson - b.pearson) < 1e-9 * (1 + a.pearson));
  RC_ASSERT((a.fitted - b.fitted).cwiseAbs().maxCoeff() < 1e-8 * (1 + a.events));
  for (std::size_t j = 1; j < 4; ++j) {
    // A negative unit turns directions round.
    QuasiPoissonCoefficient turned = b.coefficients[j];
    const double size = std::abs(unit[static_cast<Index>(j)]);
    if (unit[static_cast<Index>(j)] < 0) {
      turned.direction = -turned.direction;
      if (turned.value) turned.value = -*turned.value;
    }
    assert_same(a.coefficients[j], turned, size);
  }
}

RC_GTEST_PROP(QuasiPoissonProperty, another_order_of_rows_gives_the_same, ()) {
  CountData data = any_counts(3, 6);
  for (std::size_t i = 0; i < data.count.size(); ++i) data.cluster.push_back(*between<std::uint32_t>(0, 4));
  if (*between<int>(0, 2) == 0) data.cluster.clear();
  std::vector<std::size_t> order(data.count.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[*between<std::size_t>(0, i + 1)]);
  CountData other = data;
  for (std::size_t i = 0; i < order.size(); ++i) {
    other.x.row(static_cast<Index>(i)) = data.x.row(static_cast<Index>(order[i]));
    other.count[i] = data.count[order[i]];
    other.exposure[i] = data.exposure[order[i]];
    if (!data.cluster.empty()) other.cluster[i] = data.cluster[order[i]];
  }
  const QuasiPoissonFit a = data.fit();
  const QuasiPoissonFit b = other.fit();
  RC_ASSERT(a.degrees_of_freedom == b.degrees_of_freedom);
  RC_ASSERT(a.t_degrees_of_freedom == b.t_degrees_of_freedom);
  for (std::size_t j = 0; j < 4; ++j) {
    assert_same(a.coefficients[j], b.coefficients[j], 1);
    const std::optional<double>& robust = a.coefficients[j].robust_std_error;
    RC_ASSERT(robust.has_value() == b.coefficients[j].robust_std_error.has_value());
    if (robust) RC_ASSERT(std::abs(*robust - *b.coefficients[j].robust_std_error) < 1e-6 * *robust);
  }
  for (std::size_t i = 0; i < order.size(); ++i)
    RC_ASSERT(std::abs(b.fitted[static_cast<Index>(i)] - a.fitted[static_cast<Index>(order[i])]) <
              1e-8 * (1 + a.events));
}

RC_GTEST_PROP(QuasiPoissonProperty, rows_in_two_parts_of_one_exposure_estimate_the_same, ()) {
  // Counts and exposures of rows that are alike may be added up: of estimates, not of dispersion.
  const CountData data = any_counts(2, 6);
  CountData halves = data;
  const Index n = data.x.rows();
  halves.x.conservativeResize(2 * n, Eigen::NoChange);
  halves.x.bottomRows(n) = data.x;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const double part = std::floor(data.count[i] / 2);
    halves.count[i] -= part;
    halves.count.push_back(part);
    halves.exposure[i] -= 0.25;
    halves.exposure.push_back(0.25);
  }
  const QuasiPoissonFit a = data.fit({.dispersion = CountDispersion::one});
  const QuasiPoissonFit b = halves.fit({.dispersion = CountDispersion::one});
  for (std::size_t j = 0; j < 3; ++j) assert_same(a.coefficients[j], b.coefficients[j], 1);
}

}  // namespace
}  // namespace churn
