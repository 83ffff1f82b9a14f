#include <churn/forecast/bg_nbd.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "forecast/simulated_cohorts.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using forecast_test::Dice;
using Outcome = BgNbdOutcome;

/// The parameters of Fader, Hardie and Lee for the customers of CDNOW, in weeks, as published.
const BgNbd cdnow = BgNbd::of(.243, 4.414, .793, 2.426);

// From their spreadsheet, which has unrounded parameters: with the rounded ones the sums differ by up to 0.2 %,
// which is what half a unit of the third decimal of a does to them.
TEST(BgNbd, expects_of_new_customers_what_was_published) {
  const std::vector<std::array<double, 2>> published{{.1429, .0078},    {1, .0532},   {3, .1506},
                                                     {31.8571, 1.0405}, {32, 1.0437}, {78, 1.8576}};
  for (const auto& [time, purchases] : published)
    EXPECT_NEAR(cdnow.expected_purchases(time), purchases, 2e-3 * purchases + 5e-5) << time;
}

// Published to three decimals and, by their formula (alpha / (alpha + t))^r, to seven.
TEST(BgNbd, expects_of_a_customer_what_was_published) {
  EXPECT_NEAR(cdnow.expected_purchases({2, 30.43, 38.86}, 39), 1.226, 5e-4);
  EXPECT_NEAR(cdnow.probability_of(0, 39), .5737864, 5e-8);
}

// R 4.2.2: integrate() over the customer's rate and probability of what it does given both, at r .7, alpha 5, a .9,
// b 2.1, to a relative 1e-10: likelihoods, (1 - exp(-lambda p t)) / p and its mean over those still customers.
TEST(BgNbd, is_the_integral_over_what_customers_differ_in) {
  const BgNbd model = BgNbd::of(.7, 5, .9, 2.1);
  EXPECT_NEAR(model.log_likelihood({0, 0, 10}), -0.769028602068, 1e-9);
  EXPECT_NEAR(model.log_likelihood({1, 3, 10}), -3.38050178888, 1e-9);
  EXPECT_NEAR(model.log_likelihood({4, 9.5, 10}), -9.91012960064, 1e-9);
  EXPECT_NEAR(model.log_likelihood({6, 2, 30}), -9.44222174523, 2e-8);  // a steeper integrand
  EXPECT_NEAR(model.expected_purchases(1), 0.133412037534, 1e-9);
  EXPECT_NEAR(model.expected_purchases(10), 0.992757197552, 1e-9);
  EXPECT_NEAR(model.expected_purchases(100), 3.96947221474, 1e-7);
  EXPECT_NEAR(model.expected_purchases({0, 0, 10}, 15), 0.57205079324, 1e-8);
  EXPECT_NEAR(model.expected_purchases({1, 3, 10}, 15), 0.59638965291, 1e-8);
  EXPECT_NEAR(model.expected_purchases({4, 9.5, 10}, 15), 2.9413263224, 1e-8);
  EXPECT_EQ(model.probability_alive({0, 0, 10}), 1.0);
  EXPECT_NEAR(model.probability_alive({1, 3, 10}), 0.44489058557, 1e-8);
  EXPECT_NEAR(model.probability_alive({4, 9.5, 10}), 0.82853270502, 1e-8);
}

/// 400 customers drawn in R over 20 weeks, recency rounded to 4 weeks: repeats, recency and how many.
std::vector<RepeatBuyer> drawn_in_r() {
  const std::vector<std::array<int, 3>> rows{
      {0, 0, 126}, {1, 4, 58},  {1, 8, 25},  {1, 12, 13}, {1, 16, 19}, {1, 20, 12}, {2, 4, 15},
      {2, 8, 14},  {2, 12, 14}, {2, 16, 11}, {2, 20, 3},  {3, 4, 4},   {3, 8, 11},  {3, 12, 6},
      {3, 16, 10}, {3, 20, 4},  {4, 8, 4},   {4, 12, 1},  {4, 16, 12}, {4, 20, 6},  {5, 8, 2},
      {5, 12, 4},  {5, 16, 7},  {5, 20, 3},  {6, 12, 1},  {6, 16, 3},  {7, 12, 1},  {7, 20, 1},
      {8, 12, 1},  {8, 20, 2},  {9, 20, 1},  {10, 20, 1}, {12, 16, 2}, {12, 20, 3}};
  std::vector<RepeatBuyer> buyers;
  for (const auto& [repeats, recency, count] : rows)
    buyers.insert(buyers.end(), static_cast<std::size_t>(count), {repeats, static_cast<double>(recency), 20});
  return buyers;
}

// R 4.2.2: optim and nlm(hessian = TRUE) on the same likelihood by lgamma and lbeta. Its parameters are good to 1e-5
// or so along the ridge of a and b, its likelihood to all digits, its Hessian by differences to three.
TEST(BgNbd, fits_as_r_does) {
  const BgNbdFit fit = fit_bg_nbd(drawn_in_r());
  ASSERT_EQ(fit.outcome, Outcome::fitted);
  EXPECT_EQ(fit.customers, 400);
  EXPECT_NEAR(*fit.log_likelihood, -2196.17505152, 1e-7);
  EXPECT_NEAR(fit.model->r() / 0.9305629145, 1, 1e-4);
  EXPECT_NEAR(fit.model->alpha() / 8.2205505248, 1, 1e-4);
  EXPECT_NEAR(fit.model->a() / 1.3683465575, 1, 1e-4);
  EXPECT_NEAR(fit.model->b() / 5.2674340972, 1, 1e-4);
  const std::array<double, 4> errors{0.128793, 0.163901, 0.767210, 0.884599};
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(std::sqrt((*fit.covariance)(i, i)) / errors[static_cast<std::size_t>(i)], 1, 1e-2);
}

double likelihood_at(const std::vector<RepeatBuyer>& buyers, const Eigen::Vector4d& logs) {
  const BgNbd model = BgNbd::of(std::exp(logs[0]), std::exp(logs[1]), std::exp(logs[2]), std::exp(logs[3]));
  double sum = 0;
  for (const RepeatBuyer& buyer : buyers) sum += model.log_likelihood(buyer);
  return sum;
}

// The derivatives by which it was found, against differences of the likelihood itself: at the top the first are 0 and
// the second those whose inverse is the covariance. Differences of 2e-3 of sums of 2000, good to 1e-12 of that, have
// errors of some 1e-3 of a second derivative of about 50.
TEST(BgNbd, maximum_and_covariance_agree_with_finite_differences) {
  const std::vector<RepeatBuyer> buyers = drawn_in_r();
  const BgNbdFit fit = fit_bg_nbd(buyers);
  const Eigen::Vector4d top(std::log(fit.model->r()), std::log(fit.model->alpha()), std::log(fit.model->a()),
                            std::log(fit.model->b()));
  EXPECT_NEAR(likelihood_at(buyers, top), *fit.log_likelihood, 1e-9);
  const double h = 2e-3;
  const auto at = [&](int i, double by_i, int j, double by_j) {
    Eigen::Vector4d moved = top;
    moved[i] += by_i;
    moved[j] += by_j;
    return likelihood_at(buyers, moved);
  };
  const Eigen::Matrix4d information = fit.covariance->inverse();
  for (int i = 0; i < 4; ++i) {
    EXPECT_NEAR((at(i, h, i, 0) - at(i, -h, i, 0)) / (2 * h), 0, 1e-3);  // the third derivative times h^2
    for (int j = 0; j < 4; ++j) {
      const double bend =
          (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4 * h * h);
      EXPECT_NEAR(-bend, information(i, j), 1e-3 * information.diagonal().maxCoeff());
    }
  }
}

/// Customers of the model itself, who came at some time within two years.
std::vector<RepeatBuyer> simulate(const BgNbd& model, std::size_t customers, Dice& dice) {
  std::vector<RepeatBuyer> buyers;
  for (std::size_t i = 0; i < customers; ++i) {
    const double age = 20 + 60 * dice.uniform();
    const double rate = dice.gamma(model.r()) / model.alpha();
    const double ceases = dice.beta(model.a(), model.b());
    RepeatBuyer buyer{0, 0, age};
    for (double t = -std::log(dice.uniform()) / rate; t < age; t -= std::log(dice.uniform()) / rate) {
      ++buyer.repeats;
      buyer.recency = t;
      if (dice.uniform() < ceases) break;
    }
    buyers.push_back(buyer);
  }
  return buyers;
}

// Ten samples of 2000, each parameter within four standard errors, and half of all 40 within one at least (of 27 to
// be expected, with a standard deviation of 3 if they were independent, which within a sample they are not).
TEST(BgNbd, finds_the_parameters_that_made_the_data_within_their_errors) {
  const BgNbd truth = BgNbd::of(.6, 8, .8, 2.5);
  const Eigen::Vector4d logs(std::log(.6), std::log(8.), std::log(.8), std::log(2.5));
  Dice dice{5};
  int within_one = 0;
  for (int sample = 0; sample < 10; ++sample) {
    const BgNbdFit fit = fit_bg_nbd(simulate(truth, 2000, dice));
    ASSERT_EQ(fit.outcome, Outcome::fitted);
    const Eigen::Vector4d found(std::log(fit.model->r()), std::log(fit.model->alpha()),
                                std::log(fit.model->a()), std::log(fit.model->b()));
    for (int i = 0; i < 4; ++i) {
      const double off = std::abs(found[i] - logs[i]) / std::sqrt((*fit.covariance)(i, i));
      EXPECT_LT(off, 4);
      within_one += off < 1 ? 1 : 0;
    }
  }
  EXPECT_GE(within_one, 20);
}

double ten_to(int low, int high) { return std::pow(10, *between<int>(low, high) / 10.0); }

RC_GTEST_PROP(BgNbdLaws, probabilities_add_up_to_one_and_their_mean_is_expected, ()) {
  const BgNbd model = BgNbd::of(ten_to(-7, 8), ten_to(-5, 10), ten_to(-5, 8), ten_to(-5, 8));
  const double time = model.alpha() * ten_to(-10, 4);
  double sum = 0;
  double mean = 0;
  // z <= 2 / 3 has (2 / 3)^300 = 1e-53 of it left.
  for (std::int64_t x = 0; x < 300; ++x) {
    const double p = model.probability_of(x, time);
    RC_ASSERT(p >= 0);
    sum += p;
    mean += static_cast<double>(x) * p;
  }
  RC_ASSERT(std::abs(sum - 1) < 1e-11);
  // 1 - P(N < x) is good to 1e-15 or so, times x and summed up.
  RC_ASSERT(std::abs(mean - model.expected_purchases(time)) < 1e-8);
}

RC_GTEST_PROP(BgNbdLaws, expected_purchases_rise_with_time_and_stay_below_those_of_who_never_ceases, ()) {
  const BgNbd model = BgNbd::of(ten_to(-7, 15), ten_to(-10, 20), ten_to(-20, 15), ten_to(-10, 15));
  double before = 0;
  for (const double share : {0.01, 0.1, 1.0, 10.0, 100.0}) {
    const double time = share * model.alpha();
    const double now = model.expected_purchases(time);
    RC_ASSERT(std::isfinite(now));
    RC_ASSERT(now >= before * (1 - 1e-12));            // it may have come to its limit, but for rounding
    RC_ASSERT(now <= model.r() * share * (1 + 1e-9));  // r t / alpha
    before = now;
  }
  const auto repeats = *between<std::int64_t>(1, 200);
  const RepeatBuyer buyer{repeats, model.alpha(), 3 * model.alpha()};
  const double alive = model.probability_alive(buyer);
  RC_ASSERT(0 <= alive && alive <= 1);
  RC_ASSERT(alive <= model.probability_alive({repeats, 2 * model.alpha(), 3 * model.alpha()}));
  RC_ASSERT(std::isfinite(model.log_likelihood(buyer)));
}

RC_GTEST_PROP(BgNbdLaws, a_fit_is_more_likely_than_any_other_model_or_says_that_there_is_none, ()) {
  std::vector<RepeatBuyer> buyers;
  for (auto left = *between<int>(0, 40); left > 0; --left) {
    const auto repeats = *between<std::int64_t>(0, 6);
    const auto age = *between<int>(1, 30);
    buyers.push_back({repeats, repeats == 0 ? 0.0 : *between<int>(1, age + 1), static_cast<double>(age)});
  }
  const BgNbdFit fit = fit_bg_nbd(buyers);
  RC_ASSERT((fit.outcome == Outcome::fitted) == fit.model.has_value());
  if (!fit.model) return;
  RC_ASSERT(fit.covariance->allFinite() && (fit.covariance->diagonal().array() > 0).all());
  for (int i = 0; i < 20; ++i) {
    const Eigen::Vector4d logs =
        Eigen::Vector4d(ten_to(-20, 21), ten_to(-10, 31), ten_to(-20, 21), ten_to(-20, 21)).array().log();
    RC_ASSERT(likelihood_at(buyers, logs) <= *fit.log_likelihood + 1e-7);
  }
}

// Weeks or days, and in whatever order.
TEST(BgNbd, does_not_depend_on_the_unit_of_time_or_the_order_of_rows) {
  const std::vector<RepeatBuyer> buyers = drawn_in_r();
  std::vector<RepeatBuyer> in_days;
  for (const RepeatBuyer& buyer : buyers)
    in_days.push_back({buyer.repeats, 7 * buyer.recency, 7 * buyer.age});
  std::reverse(in_days.begin(), in_days.end());
  const BgNbdFit weeks = fit_bg_nbd(buyers);
  const BgNbdFit days = fit_bg_nbd(in_days);
  EXPECT_NEAR(days.model->alpha() / 7, weeks.model->alpha(), 1e-9);
  EXPECT_NEAR(days.model->a(), weeks.model->a(), 1e-9);
  EXPECT_NEAR(*days.log_likelihood, *weeks.log_likelihood - static_cast<double>(weeks.repeats) * std::log(7),
              1e-8);
  std::vector<RepeatBuyer> other = buyers;
  std::reverse(other.begin(), other.end());
  EXPECT_EQ(fit_bg_nbd(other).model, weeks.model) << "To the last bit.";
}

TEST(BgNbd, of_what_has_no_maximum_is_empty_and_says_why) {
  const auto outcome = [](const std::vector<RepeatBuyer>& buyers) {
    const BgNbdFit fit = fit_bg_nbd(buyers);
    EXPECT_FALSE(fit.model || fit.log_likelihood || fit.covariance);
    return fit.outcome;
  };
  EXPECT_EQ(outcome({}), Outcome::nobody_returned);
  EXPECT_EQ(outcome({{0, 0, 10}, {0, 0, 20}}), Outcome::nobody_returned);
  EXPECT_EQ(outcome({{0, 0, 0}}), Outcome::nobody_returned);
  EXPECT_EQ(outcome({{3, 9, 10}}), Outcome::no_maximum);
  // All alike, and buying up to the end.
  EXPECT_EQ(outcome(std::vector<RepeatBuyer>(50, {9, 9.5, 10})), Outcome::no_maximum);
  // All cease after one repeat.
  EXPECT_EQ(outcome(std::vector<RepeatBuyer>(50, {1, 1, 100})), Outcome::no_maximum);
}

TEST(BgNbd, is_finite_for_large_counts_and_long_times) {
  const RepeatBuyer busy{100'000, 999, 1000};
  EXPECT_TRUE(std::isfinite(cdnow.log_likelihood(busy)));
  EXPECT_GT(cdnow.probability_alive(busy), 0);
  EXPECT_TRUE(std::isfinite(cdnow.expected_purchases(busy, 10)));
  EXPECT_EQ(cdnow.probability_alive({100'000, 1, 1000}), 0.0);
  EXPECT_GT(cdnow.expected_purchases(4e5), cdnow.expected_purchases(1e5));
  EXPECT_EQ(cdnow.expected_purchases(0), 0.0);
  EXPECT_EQ(cdnow.probability_of(0, 0), 1.0);
  EXPECT_EQ(cdnow.probability_of(3, 0), 0.0);
}

TEST(BgNbd, refuses_what_makes_no_sense) {
  for (const double bad : {0.0, -1.0, 1e10, std::numeric_limits<double>::infinity(), std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)BgNbd::of(bad, 1, 1, 1); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)BgNbd::of(1, 1, 1, bad); }), "bad_number");
  }
  EXPECT_EQ(error_of([] { (void)cdnow.expected_purchases(-1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)cdnow.expected_purchases(std::nan("")); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)cdnow.expected_purchases(1e6); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)cdnow.probability_of(-1, 1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)cdnow.probability_alive({1, 0, 1}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)fit_bg_nbd(std::vector<RepeatBuyer>{{1, 2, 1}}); }), "bad_number");
}

}  // namespace
}  // namespace churn
