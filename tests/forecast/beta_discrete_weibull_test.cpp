#include <churn/forecast/beta_discrete_weibull.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Active = std::vector<std::int64_t>;
using Outcome = BetaDiscreteWeibullOutcome;

const Active regular{1000, 631, 468, 382, 326, 289, 262, 241};
const Active high_end{1000, 869, 743, 653, 593, 551, 517, 491};

BetaDiscreteWeibullFit fit_of(const Active& active) {
  return fit_beta_discrete_weibull(RenewalCounts::of_active(active));
}

double ten_to(int low, int high) { return std::pow(10, *between<int>(low, high) / 10.0); }

// The likelihood is flat: others' parameters are good to three digits, likelihoods to all that are printed.
TEST(BetaDiscreteWeibull, fits_the_two_cohorts_of_fader_and_hardie_as_others_do) {
  const auto fit = fit_of(regular);
  ASSERT_EQ(fit.outcome, Outcome::fitted);
  EXPECT_NEAR(fit.model->alpha(), .4556, 1e-3);
  EXPECT_NEAR(fit.model->beta(), .7793, 1e-3);
  EXPECT_NEAR(fit.model->shape(), 1.2835, 1e-3);
  EXPECT_NEAR(*fit.log_likelihood, -1679.603, 5e-4);
  const auto other = fit_of(high_end);
  ASSERT_EQ(other.outcome, Outcome::fitted);
  EXPECT_NEAR(other.model->alpha(), .2143, 1e-3);
  EXPECT_NEAR(other.model->beta(), 1.4266, 1e-3);
  EXPECT_NEAR(other.model->shape(), 1.7236, 1e-3);
  EXPECT_NEAR(*other.log_likelihood, -1605.314, 5e-4);
  const std::vector<double> projected{.4678, .4483, .4316, .4169, .4039};
  for (std::int32_t t = 8; t <= 12; ++t)
    EXPECT_NEAR(other.model->survival(t), projected[static_cast<std::size_t>(t - 8)], 1e-4) << t;
}

#ifdef CHURN_ORACLES_DIR
// Answers with 50 digits. The last Newton step leaves an error of some (1e-7)^2; the rounding of the slope, 1e-13
// with 1000 customers, over a least curvature of about 1 is what remains. 1e-9 is what the reference asks for.
TEST(BetaDiscreteWeibull, fits_and_curves_equal_those_found_with_50_digits) {
  std::ifstream in(std::string(CHURN_ORACLES_DIR) + "/sbg_regular/sbg_expected.json");
  const auto answers = nlohmann::json::parse(in);
  const Active survivors{1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173};
  for (const char* name : {"fit_7", "fit_4", "fit_12"}) {
    const auto& answer = answers.at(name).at("bdw");
    const auto periods = answers.at(name).at("fitted_on_periods").get<std::ptrdiff_t>();
    const auto fit = fit_of(Active(survivors.begin(), survivors.begin() + periods + 1));
    ASSERT_EQ(fit.outcome, Outcome::fitted);
    EXPECT_NEAR(fit.model->alpha(), answer.at("alpha").get<double>(), 1e-9);
    EXPECT_NEAR(fit.model->beta(), answer.at("beta").get<double>(), 1e-9);
    EXPECT_NEAR(fit.model->shape(), answer.at("c").get<double>(), 1e-9);
    EXPECT_NEAR(*fit.log_likelihood, 1000 * answer.at("loglik_per_customer").get<double>(), 1e-9);
    std::int32_t t = 0;
    for (const auto& survival : answer.at("survival"))
      EXPECT_NEAR(fit.model->survival(t++), survival.get<double>(), 1e-10);
  }
}
#endif

RC_GTEST_PROP(BetaDiscreteWeibull, of_shape_1_is_the_shifted_beta_geometric_model, ()) {
  const double alpha = ten_to(-30, 61);
  const double beta = ten_to(-30, 61);
  const auto model = BetaDiscreteWeibull::of(alpha, beta, 1);
  const auto simple = ShiftedBetaGeometric::of(alpha, beta);
  // A gamma quotient by Stirling's series over a step of t is some t log(1e6) large, and good to 1e-15 of that.
  for (const std::int32_t t : {1, 2, 3, 10, 40}) {
    RC_ASSERT(std::abs(model.survival(t) - simple.survival(t)) < 1e-12);
    RC_ASSERT(std::abs(model.retention(t) - simple.retention(t)) < 1e-12);
    RC_ASSERT(std::abs(model.lost_at(t) - simple.lost_at(t)) < 1e-12);
    RC_ASSERT(std::abs(model.conditional_survival(5, t) - simple.conditional_survival(5, t)) < 1e-12);
  }
}

// S(t) = B(alpha, beta + t^shape) / B(alpha, beta) by log-gamma, which loses digits with the size of its arguments.
RC_GTEST_PROP(BetaDiscreteWeibull, survival_is_a_quotient_of_beta_functions, ()) {
  const double a = ten_to(-20, 41);
  const double b = ten_to(-20, 41);
  const double shape = ten_to(-6, 5);
  const auto t = *between<std::int32_t>(1, 50);
  const double power = std::pow(t, shape);
  const double log_survival =
      std::lgamma(b + power) - std::lgamma(b) - std::lgamma(a + b + power) + std::lgamma(a + b);
  const double size = std::abs(std::lgamma(a + b + power)) + std::abs(std::lgamma(b)) + 100;
  const auto model = BetaDiscreteWeibull::of(a, b, shape);
  RC_ASSERT(std::abs(model.survival(t) - std::exp(log_survival)) < 1e-14 * size);
  RC_ASSERT(std::abs(model.survival(t - 1) * model.retention(t) - model.survival(t)) < 1e-12);
  RC_ASSERT(std::abs(model.survival(t - 1) - model.lost_at(t) - model.survival(t)) < 1e-12);
}

// Counts that are the model's own give its parameters back, at whatever distance from shape 1.
RC_GTEST_PROP(BetaDiscreteWeibull, fits_give_back_the_model_that_made_the_counts, ()) {
  const auto truth = BetaDiscreteWeibull::of(ten_to(-4, 5), ten_to(-2, 7), ten_to(-3, 3));
  Active active;
  for (std::int32_t t = 0; t <= 12; ++t) active.push_back(std::llround(1e12 * truth.survival(t)));
  const auto fit = fit_of(active);
  RC_ASSERT(fit.outcome == Outcome::fitted);
  // Counts are rounded to 1e-12 of the cohort; along the ridge of three parameters that is some 1e-7 of them.
  RC_ASSERT(std::abs(fit.model->alpha() / truth.alpha() - 1) < 1e-4);
  RC_ASSERT(std::abs(fit.model->beta() / truth.beta() - 1) < 1e-4);
  RC_ASSERT(std::abs(fit.model->shape() / truth.shape() - 1) < 1e-4);
}

RC_GTEST_PROP(BetaDiscreteWeibull, is_never_less_likely_than_the_smaller_model, ()) {
  Active active{*between<std::int64_t>(1, 2000)};
  for (auto left = *between<int>(1, 9); left > 0; --left)
    active.push_back(*between<std::int64_t>(active.back() / 2, active.back() + 1));
  const auto fit = fit_of(active);
  RC_ASSERT((fit.outcome == Outcome::fitted) == fit.model.has_value());
  if (!fit.model) return;
  const auto smaller = fit_shifted_beta_geometric(fit.counts);
  RC_ASSERT(*fit.log_likelihood >= *smaller.log_likelihood - 1e-8);
  for (const std::int32_t t : {1, 5, 20}) {
    const Interval interval = fit.survival_interval(t).value();
    RC_ASSERT(0 <= interval.low && interval.low <= fit.model->survival(t));
    RC_ASSERT(fit.model->survival(t) <= interval.high && interval.high <= 1);
  }
}

TEST(BetaDiscreteWeibull, is_compared_with_the_smaller_model_by_likelihood_ratio) {
  const RenewalCounts counts = RenewalCounts::of_active(high_end);
  const auto test = likelihood_ratio(fit_beta_discrete_weibull(counts), fit_shifted_beta_geometric(counts));
  ASSERT_TRUE(test);
  EXPECT_NEAR(test->statistic, 2 * (1611.15815 - 1605.314), 2e-3);  // the published likelihoods
  EXPECT_NEAR(test->p.value, chi_square_p_value(test->statistic, 1).value, 1e-15);
  EXPECT_EQ(error_of([&] { (void)likelihood_ratio(fit_of(regular), fit_shifted_beta_geometric(counts)); }),
            "bad_number");
  // At the limit of the smaller model there is no such test.
  const RenewalCounts alike = RenewalCounts::of_active(Active{1024, 512, 256, 128, 64});
  EXPECT_FALSE(likelihood_ratio(fit_beta_discrete_weibull(alike), fit_shifted_beta_geometric(alike)));
}

// R 4.2.2: optim by BFGS and optimHess on minus the log-likelihood by lbeta, slopes of qlogis(S) by differences.
TEST(BetaDiscreteWeibull, intervals_are_those_of_the_delta_method_in_r) {
  const auto fit = fit_of(high_end);
  EXPECT_NEAR(fit.survival_interval(12)->low, 0.367850408, 1e-5);  // a Hessian by differences
  EXPECT_NEAR(fit.survival_interval(12)->high, 0.441078360, 1e-5);
  EXPECT_NEAR(fit.retention_interval(8)->low, 0.944188965, 1e-5);
  EXPECT_NEAR(fit.retention_interval(8)->high, 0.961081407, 1e-5);
}

TEST(BetaDiscreteWeibull, of_what_has_no_maximum_is_empty_and_says_why) {
  const auto outcome = [](const Active& active) {
    const auto fit = fit_of(active);
    EXPECT_FALSE(fit.model || fit.log_likelihood || fit.covariance || fit.survival_interval(3));
    return fit.outcome;
  };
  EXPECT_EQ(outcome({}), Outcome::too_few_opportunities);
  EXPECT_EQ(outcome({100, 60, 50}), Outcome::too_few_opportunities);
  EXPECT_EQ(outcome({100, 100, 100, 100}), Outcome::nobody_lost);
  EXPECT_EQ(outcome({100, 0, 0, 0}), Outcome::nobody_kept);
  EXPECT_EQ(outcome({100, 60, 60, 60}), Outcome::no_maximum);  // shape runs to 0
  EXPECT_EQ(outcome({1024, 512, 256, 128, 64}),
            Outcome::no_maximum);  // all alike: alpha, beta run to infinity
}

TEST(BetaDiscreteWeibull, refuses_what_makes_no_sense) {
  for (const double bad : {0.0, -1.0, 1e13, std::numeric_limits<double>::infinity(), std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)BetaDiscreteWeibull::of(bad, 1, 1); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)BetaDiscreteWeibull::of(1, bad, 1); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)BetaDiscreteWeibull::of(1, 1, bad); }), "bad_number");
  }
  const auto model = BetaDiscreteWeibull::of(1, 1, 1);
  EXPECT_EQ(error_of([&] { (void)model.survival(-1); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)model.retention(0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)model.lost_at(0); }), "out_of_range");
  const auto fit = fit_of(regular);
  EXPECT_FALSE(fit.survival_interval(0));
  EXPECT_EQ(error_of([&] { (void)fit.survival_interval(-1); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)fit.retention_interval(0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)fit.survival_interval(3, 1); }), "bad_number");
}

}  // namespace
}  // namespace churn
