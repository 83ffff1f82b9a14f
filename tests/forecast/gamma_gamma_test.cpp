#include <churn/forecast/gamma_gamma.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "forecast/simulated_cohorts.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using forecast_test::Dice;
using Outcome = GammaGammaOutcome;

/// The parameters of Fader and Hardie for the customers of CDNOW, in cents, as published.
const GammaGamma cdnow = GammaGamma::of(6.25, 3.74, 1544);

// From their spreadsheet with unrounded parameters; with the rounded ones within 0.2 %. The first customers bought
// for 22.35 twice, 11.77 once and 73.74 seven times on average.
TEST(GammaGamma, expects_a_purchase_of_what_was_published) {
  const auto expect = [](std::optional<double> cents, double published) {
    EXPECT_NEAR(cents.value() / 100, published, 2e-3 * published);
  };
  expect(cdnow.expected_value(), 35.17);
  expect(cdnow.expected_value({2, 4470}), 24.65);
  expect(cdnow.expected_value({1, 1177}), 18.91);
  expect(cdnow.expected_value({7, 51618}), 71.46);
}

// R 4.2.2: integrate() over the customer's rate, dgamma(mean, p x, nu x) dgamma(nu, q, gamma), and p / nu with it.
TEST(GammaGamma, is_the_integral_over_what_customers_differ_in) {
  EXPECT_NEAR(cdnow.log_likelihood({1, 1177}), -8.34287986473, 1e-9);
  EXPECT_NEAR(cdnow.log_likelihood({2, 4470}), -8.15648694572, 1e-9);
  EXPECT_NEAR(cdnow.log_likelihood({7, 51618}), -10.6600374967, 1e-9);
  EXPECT_NEAR(cdnow.expected_value({1, 1177}).value(), 1891.685206, 1e-5);
  EXPECT_NEAR(cdnow.expected_value({2, 4470}).value(), 2466.371391, 1e-5);
  EXPECT_NEAR(cdnow.expected_value({7, 51618}).value(), 7146.96709, 1e-4);
}

/// 60 customers drawn in R.
const std::vector<Spender> drawn_in_r{
    {2, 9660},  {2, 4910},  {3, 9500},  {5, 102080}, {2, 1950},  {4, 6030},  {2, 2450},  {2, 10660},
    {2, 2800},  {2, 1740},  {3, 19400}, {4, 5630},   {2, 3200},  {3, 2650},  {2, 4660},  {4, 5970},
    {3, 4100},  {5, 26630}, {3, 2640},  {4, 5070},   {2, 4770},  {4, 6180},  {2, 11020}, {2, 5950},
    {3, 3140},  {2, 4380},  {6, 40020}, {3, 10810},  {1, 1230},  {3, 5360},  {1, 1790},  {1, 400},
    {5, 10030}, {3, 6300},  {4, 11980}, {3, 7450},   {2, 12430}, {3, 26200}, {3, 6570},  {3, 12320},
    {3, 4460},  {2, 4750},  {6, 12750}, {1, 1210},   {4, 8240},  {2, 1490},  {2, 4170},  {2, 4370},
    {1, 2480},  {2, 32930}, {4, 23820}, {2, 3960},   {5, 5920},  {3, 12800}, {1, 6560},  {2, 4980},
    {2, 4950},  {2, 4400},  {1, 4170},  {5, 16840}};

// R 4.2.2: optim and nlm(hessian = TRUE) on the density by lgamma. Its parameters are good to 1e-5 or so along the
// ridge of p and gamma, its likelihood to all digits, its Hessian by differences to three.
TEST(GammaGamma, fits_as_r_does) {
  const GammaGammaFit fit = fit_gamma_gamma(drawn_in_r);
  ASSERT_EQ(fit.outcome, Outcome::fitted);
  EXPECT_EQ(fit.customers, 60);
  EXPECT_NEAR(*fit.log_likelihood, -530.686390715, 1e-8);
  EXPECT_NEAR(fit.model->p() / 5.053085825, 1, 1e-4);
  EXPECT_NEAR(fit.model->q() / 2.855422054, 1, 1e-4);
  EXPECT_NEAR(fit.model->gamma() / 1183.293526315, 1, 1e-4);
  const std::array<double, 3> errors{0.753396, 0.237675, 0.960205};
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(std::sqrt((*fit.covariance)(i, i)) / errors[static_cast<std::size_t>(i)], 1, 1e-2);
}

// As in the test of BgNbd: sums of 500, differences of 2e-3, second derivatives of about 50.
TEST(GammaGamma, maximum_and_covariance_agree_with_finite_differences) {
  const GammaGammaFit fit = fit_gamma_gamma(drawn_in_r);
  const Eigen::Vector3d top(std::log(fit.model->p()), std::log(fit.model->q()), std::log(fit.model->gamma()));
  const double h = 2e-3;
  const auto at = [&](int i, double by_i, int j, double by_j) {
    Eigen::Vector3d moved = top;
    moved[i] += by_i;
    moved[j] += by_j;
    const GammaGamma model = GammaGamma::of(std::exp(moved[0]), std::exp(moved[1]), std::exp(moved[2]));
    double sum = 0;
    for (const Spender& spender : drawn_in_r) sum += model.log_likelihood(spender);
    return sum;
  };
  EXPECT_NEAR(at(0, 0, 0, 0), *fit.log_likelihood, 1e-9);
  const Eigen::Matrix3d information = fit.covariance->inverse();
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR((at(i, h, i, 0) - at(i, -h, i, 0)) / (2 * h), 0, 1e-3);
    for (int j = 0; j < 3; ++j) {
      const double bend =
          (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
      EXPECT_NEAR(-bend, information(i, j), 1e-3 * information.diagonal().maxCoeff());
    }
  }
}

// Ten samples of 1000 customers, each parameter within four standard errors.
TEST(GammaGamma, finds_the_parameters_that_made_the_data_within_their_errors) {
  const GammaGamma truth = GammaGamma::of(4, 3.5, 2000);
  const Eigen::Vector3d logs(std::log(4.), std::log(3.5), std::log(2000.));
  Dice dice{8};
  for (int sample = 0; sample < 10; ++sample) {
    std::vector<Spender> spenders;
    for (int i = 0; i < 1000; ++i) {
      const double rate = dice.gamma(truth.q()) / truth.gamma();
      Spender spender{1 + dice.poisson(2), 0};
      for (std::int64_t k = 0; k < spender.purchases; ++k)
        spender.total += std::max<std::int64_t>(1, std::llround(dice.gamma(truth.p()) / rate));
      spenders.push_back(spender);
    }
    const GammaGammaFit fit = fit_gamma_gamma(spenders);
    ASSERT_EQ(fit.outcome, Outcome::fitted);
    const Eigen::Vector3d found(std::log(fit.model->p()), std::log(fit.model->q()),
                                std::log(fit.model->gamma()));
    for (int i = 0; i < 3; ++i)
      EXPECT_LT(std::abs(found[i] - logs[i]) / std::sqrt((*fit.covariance)(i, i)), 4);
  }
}

RC_GTEST_PROP(GammaGammaLaws, an_expected_value_lies_between_that_of_the_customer_and_that_of_all, ()) {
  const auto ten_to = [](int low, int high) { return std::pow(10, *between<int>(low, high) / 10.0); };
  const GammaGamma model = GammaGamma::of(ten_to(-10, 20), 1 + ten_to(-10, 15), ten_to(0, 60));
  const Spender spender{*between<std::int64_t>(1, 1000), *between<std::int64_t>(1, 100'000'000)};
  const double own = static_cast<double>(spender.total) / static_cast<double>(spender.purchases);
  const double all = model.expected_value().value();
  const double expected = model.expected_value(spender).value();
  RC_ASSERT(std::min(own, all) * (1 - 1e-12) <= expected && expected <= std::max(own, all) * (1 + 1e-12));
  RC_ASSERT(std::isfinite(model.log_likelihood(spender)));
}

RC_GTEST_PROP(GammaGammaLaws, a_fit_is_more_likely_than_any_other_model_or_says_that_there_is_none, ()) {
  std::vector<Spender> spenders;
  for (auto left = *between<int>(0, 40); left > 0; --left)
    spenders.push_back({*between<std::int64_t>(1, 8), *between<std::int64_t>(1, 100'000)});
  const GammaGammaFit fit = fit_gamma_gamma(spenders);
  RC_ASSERT((fit.outcome == Outcome::fitted) == fit.model.has_value());
  if (!fit.model) return;
  RC_ASSERT(fit.covariance->allFinite() && (fit.covariance->diagonal().array() > 0).all());
  for (int i = 0; i < 20; ++i) {
    const auto ten_to = [](int low, int high) { return std::pow(10, *between<int>(low, high) / 10.0); };
    const GammaGamma other = GammaGamma::of(ten_to(-20, 31), ten_to(-20, 31), ten_to(0, 71));
    double sum = 0;
    for (const Spender& spender : spenders) sum += other.log_likelihood(spender);
    RC_ASSERT(sum <= *fit.log_likelihood + 1e-7);
  }
}

TEST(GammaGamma, does_not_depend_on_the_currency_or_the_order_of_rows) {
  std::vector<Spender> other = drawn_in_r;
  std::reverse(other.begin(), other.end());
  const GammaGammaFit fit = fit_gamma_gamma(drawn_in_r);
  EXPECT_EQ(fit_gamma_gamma(other).model, fit.model) << "To the last bit.";
  for (Spender& spender : other) spender.total *= 1000;
  const GammaGammaFit in_mils = fit_gamma_gamma(other);
  EXPECT_NEAR(in_mils.model->p(), fit.model->p(), 1e-8);
  EXPECT_NEAR(in_mils.model->gamma() / 1000, fit.model->gamma(), 1e-5);
  EXPECT_NEAR(*in_mils.log_likelihood, *fit.log_likelihood - 60 * std::log(1000), 1e-8);
}

// By hand: purchases to come times 24.66 each; discounted by the week at 0 it is the same.
TEST(GammaGamma, times_purchases_to_come_is_what_a_customer_will_spend) {
  const BgNbd purchases = BgNbd::of(.243, 4.414, .793, 2.426);
  const RepeatBuyer buyer{2, 30.43, 38.86};
  const Spender spent{2, 4470};
  const double spending = expected_spending(purchases, cdnow, buyer, spent, 39).value();
  EXPECT_NEAR(spending, 1.226 * 2466.37, 2);  // 1.226 is good to 5e-4
  EXPECT_NEAR(discounted_spending(purchases, cdnow, buyer, spent, 39, 0).value(), spending, 1e-9);
  EXPECT_LT(discounted_spending(purchases, cdnow, buyer, spent, 39, 0.01).value(), spending / 1.1);
  EXPECT_NEAR(discounted_spending(purchases, cdnow, buyer, spent, 1, 0.01).value(),
              expected_spending(purchases, cdnow, buyer, spent, 1).value() / 1.01, 1e-9);
  // Who has bought once is expected to spend what all do.
  const RepeatBuyer once{0, 0, 38.86};
  EXPECT_DOUBLE_EQ(expected_spending(purchases, cdnow, once, std::nullopt, 10).value(),
                   purchases.expected_purchases(once, 10) * cdnow.expected_value().value());
  const GammaGamma heavy = GammaGamma::of(1, 0.9, 100);
  EXPECT_FALSE(expected_spending(purchases, heavy, once, std::nullopt, 10));
  EXPECT_FALSE(discounted_spending(purchases, heavy, once, std::nullopt, 10, 0));
  EXPECT_TRUE(expected_spending(purchases, heavy, buyer, spent, 10));
  EXPECT_FALSE(GammaGamma::of(0.05, 0.9, 100).expected_value({1, 100}));
}

TEST(GammaGamma, of_what_has_no_maximum_is_empty_and_says_why) {
  const auto outcome = [](const std::vector<Spender>& spenders) {
    const GammaGammaFit fit = fit_gamma_gamma(spenders);
    EXPECT_FALSE(fit.model || fit.log_likelihood || fit.covariance);
    return fit.outcome;
  };
  EXPECT_EQ(outcome({}), Outcome::too_few_customers);
  EXPECT_EQ(outcome({{1, 100}, {2, 300}}), Outcome::too_few_customers);
  EXPECT_EQ(outcome(std::vector<Spender>(20, {3, 3000})), Outcome::no_maximum) << "All spend the same.";
  EXPECT_EQ(outcome({{1, 100}, {1, 100}, {1, 100}, {1, 100}}), Outcome::no_maximum);
}

TEST(GammaGamma, refuses_what_makes_no_sense) {
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(), std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)GammaGamma::of(bad, 1, 1); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)GammaGamma::of(1, 1, bad); }), "bad_number");
  }
  for (const Spender bad : {Spender{0, 100}, Spender{1, 0}, Spender{-1, 100}, Spender{1, -5}}) {
    EXPECT_EQ(error_of([&] { (void)cdnow.expected_value(bad); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)fit_gamma_gamma(std::vector<Spender>{bad}); }), "bad_number");
  }
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(error_of([&] { (void)fit_gamma_gamma(std::vector<Spender>{{1, most}, {1, most}}); }), "overflow");
  const BgNbd purchases = BgNbd::of(1, 1, 1, 1);
  EXPECT_EQ(error_of([&] {
              (void)discounted_spending(purchases, cdnow, {0, 0, 1}, {}, 0, 0);
            }),
            "bad_number");
  EXPECT_EQ(error_of([&] {
              (void)discounted_spending(purchases, cdnow, {0, 0, 1}, {}, 1, -1);
            }),
            "bad_number");
}

}  // namespace
}  // namespace churn
