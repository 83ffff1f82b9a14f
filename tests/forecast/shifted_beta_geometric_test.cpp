#include <churn/forecast/shifted_beta_geometric.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Active = std::vector<std::int64_t>;
using Outcome = ShiftedBetaGeometricOutcome;
constexpr double infinity = std::numeric_limits<double>::infinity();

ShiftedBetaGeometricFit fit_of(const Active& active) {
  return fit_shifted_beta_geometric(RenewalCounts::of_active(active));
}

void expect_sound(const std::optional<Interval>& interval, double value) {
  ASSERT_TRUE(interval);
  EXPECT_LE(0, interval->low);
  EXPECT_LE(interval->low, value);
  EXPECT_LE(value, interval->high);
  EXPECT_LE(interval->high, 1);
}

ShiftedBetaGeometric any_model() {
  const double alpha = std::pow(10, *between<int>(-30, 61) / 10.0);
  const double beta = std::pow(10, *between<int>(-30, 61) / 10.0);
  return ShiftedBetaGeometric::of(alpha, beta);
}

const Active regular{1000, 631, 468, 382, 326, 289, 262, 241};
const Active high_end{1000, 869, 743, 653, 593, 551, 517, 491};

// Fader and Hardie (2007) print three digits of the parameters; four of the projections, which were also found by a
// second implementation. Half a unit of the last digit is all that can be asked for.
TEST(ShiftedBetaGeometric, fits_are_those_that_fader_and_hardie_published) {
  const ShiftedBetaGeometricFit fit = fit_of(regular);
  EXPECT_EQ(fit.outcome, Outcome::fitted);
  EXPECT_NEAR(fit.model->alpha().value(), 0.704, 5e-4);
  EXPECT_NEAR(fit.model->beta().value(), 1.182, 5e-4);
  const ShiftedBetaGeometricFit other = fit_of(high_end);
  EXPECT_NEAR(other.model->alpha().value(), 0.668, 5e-4);
  EXPECT_NEAR(other.model->beta().value(), 3.806, 5e-4);
  EXPECT_NEAR(other.log_likelihood.value(), -1611.15815, 5e-6);
  const std::vector<double> projected{.4604, .4358, .4142, .3951, .3780};
  for (std::int32_t t = 8; t <= 12; ++t)
    EXPECT_NEAR(other.model->survival(t), projected[static_cast<std::size_t>(t - 8)], 5e-5) << t;
}

// Discount 10 %, after 0 to 7 renewals, as published: four decimals.
TEST(ShiftedBetaGeometric, residual_lifetimes_are_the_published_ones) {
  const auto model = ShiftedBetaGeometric::of(0.668, 3.806);
  const std::vector<double> published{5.4149, 5.9018, 6.2943, 6.6203, 6.8971, 7.1360, 7.3451, 7.5299};
  for (std::size_t n = 0; n < published.size(); ++n)
    EXPECT_NEAR(model.discounted_residual_lifetime(static_cast<std::int32_t>(n), 0.1).value(), published[n],
                5e-5);
}

#ifdef CHURN_ORACLES_DIR
nlohmann::json expected() {
  std::ifstream in(std::string(CHURN_ORACLES_DIR) + "/sbg_regular/sbg_expected.json");
  return nlohmann::json::parse(in);
}

// The answers were found with 50 digits. Around a maximum the slope is a sum of n terms each good to 1e-16, so the
// parameters are good to about 1e-16 x (terms / curvature), below 1e-12; 1e-10 leaves room, and curves follow.
TEST(ShiftedBetaGeometric, fits_and_projections_equal_those_found_with_50_digits) {
  const nlohmann::json answers = expected();
  const Active survivors{1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173};
  for (const char* name : {"fit_7", "fit_4", "fit_12"}) {
    const auto& answer = answers.at(name);
    const auto periods = answer.at("fitted_on_periods").get<std::ptrdiff_t>();
    const auto fit = fit_of(Active(survivors.begin(), survivors.begin() + periods + 1));
    const ShiftedBetaGeometric model = fit.model.value();
    EXPECT_NEAR(*model.alpha(), answer.at("alpha").get<double>(), 1e-10);
    EXPECT_NEAR(*model.beta(), answer.at("beta").get<double>(), 1e-10);
    EXPECT_NEAR(*fit.log_likelihood, answer.at("loglik_n1000").get<double>(),
                1e-9);  // a sum of 1000 logarithms
    EXPECT_NEAR(model.mean_churn(), answer.at("mean_churn_prob").get<double>(), 1e-10);
    EXPECT_NEAR(model.polarization(), answer.at("polarization_index").get<double>(), 1e-10);
    for (const auto& row : answer.at("projection")) {
      const auto t = row.at("t").get<std::int32_t>();
      EXPECT_NEAR(model.survival(t), row.at("survival").get<double>(), 1e-10);
      if (t == 0) continue;
      EXPECT_NEAR(model.retention(t), row.at("retention_rate").get<double>(), 1e-10);
      EXPECT_NEAR(model.lost_at(t), row.at("churn_pmf").get<double>(), 1e-10);
    }
    for (const auto& of_rate : answer.at("discounted")) {
      const auto rate = of_rate.at("rate").get<double>();
      EXPECT_NEAR(model.discounted_lifetime(rate).value(), of_rate.at("del_sum_S_over_1pd_t").get<double>(),
                  1e-9);
      for (const auto& row : of_rate.at("derl"))  // its n is the number of the next opportunity
        EXPECT_NEAR(model.discounted_residual_lifetime(row.at("n").get<std::int32_t>() - 1, rate).value(),
                    row.at("derl").get<double>(), 1e-9);
    }
    std::int32_t renewals = 0;
    for (const auto& churn : answer.at("posterior_mean_churn_after_t_renewals"))
      EXPECT_NEAR(model.expected_churn(renewals++), churn.get<double>(), 1e-10);
    EXPECT_FALSE(model.expected_lifetime());
  }
}

TEST(ShiftedBetaGeometric, pooled_cohorts_of_different_ages_equal_the_multi_cohort_fit_with_50_digits) {
  const nlohmann::json answer = expected().at("multi_cohort");
  RenewalCounts counts;
  for (const auto& cohort : answer.at("cohort_counts"))
    counts += RenewalCounts::of_active(cohort.get<Active>());
  const auto fit = fit_shifted_beta_geometric(counts);
  // Flatter: the parameters are larger and their errors, too.
  EXPECT_NEAR(*fit.model->alpha(), answer.at("alpha").get<double>(), 1e-8);
  EXPECT_NEAR(*fit.model->beta(), answer.at("beta").get<double>(), 1e-8);
  EXPECT_NEAR(*fit.log_likelihood, answer.at("loglik_total").get<double>(), 1e-8);
}
#endif

// S(t) = B(alpha, beta + t) / B(alpha, beta) by log-gamma, which loses digits with the size of its arguments.
RC_GTEST_PROP(ShiftedBetaGeometric, survival_is_a_quotient_of_beta_functions, ()) {
  const ShiftedBetaGeometric model = any_model();
  const auto t = *between<std::int32_t>(0, 100);
  const double a = *model.alpha();
  const double b = *model.beta();
  const double log_survival =
      std::lgamma(b + t) - std::lgamma(b) - std::lgamma(a + b + t) + std::lgamma(a + b);
  const double size = std::abs(std::lgamma(a + b + t)) + std::abs(std::lgamma(b)) + 100;
  RC_ASSERT(std::abs(model.survival(t) - std::exp(log_survival)) < 1e-14 * size);
}

RC_GTEST_PROP(ShiftedBetaGeometric, losses_and_survivors_make_the_cohort, ()) {
  const ShiftedBetaGeometric model = any_model();
  double left = 1;
  for (std::int32_t t = 1; t <= 40; ++t) {
    left -= model.lost_at(t);
    RC_ASSERT(std::abs(left - model.survival(t)) < 1e-13);
    RC_ASSERT(std::abs(model.retention(t) + model.expected_churn(t - 1) - 1) < 1e-15);
    RC_ASSERT(model.retention(t) <= model.retention(t + 1));
  }
}

// Who has renewed n times is like a new customer of (alpha, beta + n).
RC_GTEST_PROP(ShiftedBetaGeometric, a_renewal_adds_one_to_beta, ()) {
  const ShiftedBetaGeometric model = any_model();
  const auto n = *between<std::int32_t>(0, 30);
  const auto later = ShiftedBetaGeometric::of(*model.alpha(), *model.beta() + n);
  for (std::int32_t t = 0; t < 20; ++t)
    RC_ASSERT(std::abs(model.conditional_survival(n, t) - later.survival(t)) < 1e-9);
  const double left = model.discounted_residual_lifetime(n, 0.05).value();
  RC_ASSERT(std::abs(left - later.discounted_residual_lifetime(0, 0.05).value()) < 1e-9 * (1 + left));
}

TEST(ShiftedBetaGeometric, expected_lifetime_is_finite_only_above_alpha_1_and_then_the_sum_of_the_curve) {
  EXPECT_FALSE(ShiftedBetaGeometric::of(1, 5).expected_lifetime());
  EXPECT_FALSE(ShiftedBetaGeometric::of(0.7, 1.2).discounted_lifetime(0));
  EXPECT_FALSE(ShiftedBetaGeometric::of_mean(0, 0).expected_lifetime());
  // alpha 4, beta 2: (4 + 2 - 1) / (4 - 1), and S(t) falls like t^-4, so what 10 000 terms leave out is 1e-11.
  const auto model = ShiftedBetaGeometric::of(4, 2);
  double sum = 0;
  double survival = 1;
  for (std::int32_t t = 1; t <= 10'000; survival *= model.retention(t++)) sum += survival;
  EXPECT_NEAR(model.expected_lifetime().value(), 5.0 / 3, 1e-14);
  EXPECT_NEAR(sum, 5.0 / 3, 1e-10);
  EXPECT_NEAR(model.discounted_lifetime(0).value(), 5.0 / 3, 1e-14);
  EXPECT_NEAR(model.discounted_lifetime(1e-6).value(), 5.0 / 3,
              1e-5);  // 1e-6 x the mean square of the lifetime
  EXPECT_NEAR(ShiftedBetaGeometric::of_mean(0.25, 0).expected_lifetime().value(), 4, 1e-14);
}

// A homogeneous cohort: half of what is left goes each time. Alpha and beta would run to infinity.
TEST(ShiftedBetaGeometric, of_customers_all_alike_is_geometric) {
  const auto fit = fit_of({1024, 512, 256, 128, 64});
  EXPECT_EQ(fit.outcome, Outcome::all_alike);
  EXPECT_NEAR(fit.model->mean_churn(), 0.5, 1e-14);
  EXPECT_EQ(fit.model->heterogeneity(), 0);
  EXPECT_FALSE(fit.model->alpha());
  EXPECT_FALSE(fit.model->beta());
  EXPECT_FALSE(fit.covariance);
  EXPECT_NEAR(fit.model->survival(10), std::pow(0.5, 10), 1e-15);
  // The log-likelihood of 960 losses and 960 renewals at a half each.
  EXPECT_NEAR(*fit.log_likelihood, -1920 * std::log(2), 1e-9);
  expect_sound(fit.survival_interval(10), fit.model->survival(10));
  // Churn that rises with age is no mixture of constant ones; alike is as near as it gets.
  EXPECT_EQ(fit_of({1000, 900, 700, 400, 100}).outcome, Outcome::all_alike);
}

TEST(ShiftedBetaGeometric, of_a_cohort_that_nobody_left_has_no_churn_and_an_interval) {
  const auto fit = fit_of({50, 50, 50});
  EXPECT_EQ(fit.outcome, Outcome::nobody_lost);
  EXPECT_EQ(fit.model->mean_churn(), 0);
  EXPECT_EQ(fit.model->survival(12), 1);
  EXPECT_EQ(fit.log_likelihood, 0);
  const auto interval = fit.survival_interval(2).value();
  EXPECT_EQ(interval.high, 1);
  // If all are alike, 100 renewals of 100 have a likelihood of r^100, which exp(-1.92) bounds: S(2) = r^2 is
  // exp(-1.92 / 50). No model with differences goes below that.
  EXPECT_NEAR(interval.low, std::exp(-3.841458820694124 / 100), 1e-4);
  EXPECT_NEAR(fit.model->discounted_lifetime(0.1).value(), 11, 1e-12);
}

TEST(ShiftedBetaGeometric, of_a_cohort_that_all_left_at_once_is_0) {
  for (const Active& active : {Active{50, 0, 0}, Active{50, 0}}) {
    const auto fit = fit_of(active);
    EXPECT_EQ(fit.outcome, Outcome::nobody_kept);
    EXPECT_EQ(fit.model->survival(1), 0);
    EXPECT_EQ(fit.model->expected_lifetime(), 1);
    EXPECT_EQ(fit.model->discounted_lifetime(0.1), 1);
    expect_sound(fit.survival_interval(1), 0);
    EXPECT_GT(fit.survival_interval(1)->high, 0.01);
  }
}

TEST(ShiftedBetaGeometric, of_losses_at_the_first_opportunity_only_keeps_all_others) {
  const auto fit = fit_of({100, 60, 60, 60});
  EXPECT_EQ(fit.outcome, Outcome::lost_at_first_only);
  EXPECT_EQ(fit.model->heterogeneity(), infinity);
  EXPECT_EQ(fit.model->polarization(), 1);
  EXPECT_NEAR(fit.model->survival(1000), 0.6, 1e-14);
  EXPECT_FALSE(fit.model->expected_lifetime());
  EXPECT_NEAR(fit.model->discounted_residual_lifetime(1, 0.25).value(), 5, 1e-12);
  expect_sound(fit.survival_interval(3), 0.6);
  expect_sound(fit.retention_interval(3), 1);
  EXPECT_LT(fit.retention_interval(3)->low, 1);
}

TEST(ShiftedBetaGeometric, of_one_opportunity_or_none_is_empty) {
  for (const Active& active : {Active{}, Active{100}, Active{100, 60}, Active{0, 0, 0}}) {
    const auto fit = fit_of(active);
    EXPECT_EQ(fit.outcome, Outcome::too_few_opportunities);
    EXPECT_FALSE(fit.model);
    EXPECT_FALSE(fit.log_likelihood);
    EXPECT_FALSE(fit.survival_interval(3));
  }
}

TEST(ShiftedBetaGeometric, of_late_comers_alone_needs_no_first_opportunity) {
  // Nobody was seen before opportunity 3. The rates there are those of the model that made them.
  const auto truth = ShiftedBetaGeometric::of(2, 6);
  std::vector<RenewalCount> counts(2, RenewalCount{0, 0});
  for (std::int32_t t = 3; t <= 8; ++t)
    counts.push_back({1'000'000'000, std::llround(1e9 * truth.expected_churn(t - 1))});
  const auto fit = fit_shifted_beta_geometric(RenewalCounts(counts));
  EXPECT_NEAR(*fit.model->alpha(), 2,
              1e-4);  // losses are rounded to 1e-9 of the base, and far from where m is
  EXPECT_NEAR(*fit.model->beta(), 6, 1e-3);
}

// Counts that are the model's own, to the last customer of 10^15, give its parameters back.
RC_GTEST_PROP(ShiftedBetaGeometric, fits_give_back_the_model_that_made_the_counts, ()) {
  const double alpha = std::pow(10, *between<int>(-5, 11) / 10.0);
  const double beta = std::pow(10, *between<int>(-5, 16) / 10.0);
  const auto truth = ShiftedBetaGeometric::of(alpha, beta);
  Active active;
  for (std::int32_t t = 0; t <= 10; ++t) active.push_back(std::llround(1e15 * truth.survival(t)));
  const auto fit = fit_of(active);
  RC_ASSERT(fit.outcome == Outcome::fitted);
  // The slope along h is rounded at 1e-16 of its terms; the ridge makes some 1e6 of that at worst.
  RC_ASSERT(std::abs(*fit.model->alpha() / alpha - 1) < 1e-6);
  RC_ASSERT(std::abs(*fit.model->beta() / beta - 1) < 1e-6);
}

// No neighbour, near or far, is more likely.
RC_GTEST_PROP(ShiftedBetaGeometric, no_other_model_is_more_likely, ()) {
  Active active{*between<std::int64_t>(1, 2000)};
  for (auto left = *between<int>(2, 8); left > 0; --left)
    active.push_back(*between<std::int64_t>(0, active.back() + 1));
  const auto fit = fit_of(active);
  if (!fit.model) return;
  const auto likelihood = [&](const ShiftedBetaGeometric& model) {
    double sum = 0;
    for (std::size_t t = 1; t < active.size(); ++t) {
      const auto opportunity = static_cast<std::int32_t>(t);
      const auto lost = static_cast<double>(active[t - 1] - active[t]);
      if (lost > 0) sum += lost * std::log(model.lost_at(opportunity));
    }
    if (active.back() > 0)
      sum += static_cast<double>(active.back()) *
             std::log(model.survival(static_cast<std::int32_t>(active.size() - 1)));
    return sum;
  };
  const double best = likelihood(*fit.model);
  const double slack = 1e-10 * (1 + std::abs(best));
  RC_ASSERT(std::abs(best - *fit.log_likelihood) < slack);
  for (int i = 1; i < 20; ++i)
    for (int j = -8; j <= 8; ++j)
      RC_ASSERT(likelihood(ShiftedBetaGeometric::of_mean(i / 20.0, std::pow(10, j / 2.0))) <= best + slack);
  if (fit.outcome == Outcome::fitted)
    for (const double a : {0.99, 1.0, 1.01})
      for (const double b : {0.99, 1.0, 1.01})
        RC_ASSERT(likelihood(ShiftedBetaGeometric::of(a * *fit.model->alpha(), b * *fit.model->beta())) <=
                  best + slack);
}

RC_GTEST_PROP(ShiftedBetaGeometric, intervals_hold_the_estimate_and_widen_with_confidence, ()) {
  Active active{*between<std::int64_t>(1, 500)};
  for (auto left = *between<int>(2, 6); left > 0; --left)
    active.push_back(*between<std::int64_t>(active.back() / 2, active.back() + 1));
  const auto fit = fit_of(active);
  if (!fit.model) return;
  const auto t = *between<std::int32_t>(1, 15);
  const double value = fit.model->survival(t);
  const Interval narrow = fit.survival_interval(t, 0.5).value();
  const Interval wide = fit.survival_interval(t, 0.99).value();
  RC_ASSERT(0 <= wide.low && wide.low <= narrow.low && narrow.low <= value);
  RC_ASSERT(value <= narrow.high && narrow.high <= wide.high && wide.high <= 1);
}

// R 4.2.2: solve(optimHess(estimate, minus the log-likelihood in (log alpha, log beta) by lbeta)).
TEST(ShiftedBetaGeometric, covariance_is_that_of_r) {
  const auto fit = fit_of(regular);
  ASSERT_TRUE(fit.covariance);
  EXPECT_NEAR((*fit.covariance)(0, 0), 0.0086806689, 2e-6);  // a Hessian by differences
  EXPECT_NEAR((*fit.covariance)(0, 1), 0.0106833213, 2e-6);
  EXPECT_NEAR((*fit.covariance)(1, 1), 0.0166392683, 2e-6);
}

// R 4.2.2: least and greatest S(12) and r(8) along the contour {2 (best - l) = qchisq(.95, 1)} of the likelihood by
// lbeta, walked in polar coordinates (uniroot along a ray, optimize along the angle).
TEST(ShiftedBetaGeometric, profile_intervals_are_those_of_r) {
  const auto fit = fit_of(regular);
  EXPECT_NEAR(fit.survival_interval(12)->low, 0.1449931829, 2e-5);
  EXPECT_NEAR(fit.survival_interval(12)->high, 0.1968994168, 2e-5);
  EXPECT_NEAR(fit.retention_interval(8)->low, 0.9089193558, 2e-5);
  EXPECT_NEAR(fit.retention_interval(8)->high, 0.9310515207, 2e-5);
}

// 400 cohorts of 400 customers drawn from one model: a 95 % interval holds the truth 380 times of 400, give or take
// 2 x 4.4 (two standard errors of the binomial); three are allowed.
TEST(ShiftedBetaGeometric, intervals_cover_the_truth_as_often_as_they_say) {
  std::mt19937_64 random(7);  // its bits are the same everywhere, and so is what is made of them below
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const auto truth = ShiftedBetaGeometric::of(1.2, 3.5);
  int survival = 0;
  int retention = 0;
  for (int i = 0; i < 400; ++i) {
    Active active{400};
    for (std::int32_t t = 1; t <= 6; ++t) {
      std::int64_t kept = 0;
      for (std::int64_t c = 0; c < active.back(); ++c) kept += uniform() < truth.retention(t) ? 1 : 0;
      active.push_back(kept);
    }
    const auto fit = fit_of(active);
    const auto s = fit.survival_interval(12).value();
    const auto r = fit.retention_interval(8).value();
    survival += s.low <= truth.survival(12) && truth.survival(12) <= s.high ? 1 : 0;
    retention += r.low <= truth.retention(8) && truth.retention(8) <= r.high ? 1 : 0;
  }
  EXPECT_NEAR(survival, 380, 13);
  EXPECT_NEAR(retention, 380, 13);
}

TEST(ShiftedBetaGeometric, refuses_what_makes_no_sense) {
  for (const double bad : {0.0, -1.0, infinity, std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)ShiftedBetaGeometric::of(bad, 1); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)ShiftedBetaGeometric::of(1, bad); }), "bad_number");
  }
  EXPECT_EQ(error_of([] { (void)ShiftedBetaGeometric::of_mean(1.1, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)ShiftedBetaGeometric::of_mean(0.5, -1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)ShiftedBetaGeometric::of_mean(0.5, std::nan("")); }), "bad_number");
  const auto model = ShiftedBetaGeometric::of(1, 1);
  EXPECT_EQ(error_of([&] { (void)model.survival(-1); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)model.retention(0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)model.lost_at(0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)model.expected_churn(-1); }), "out_of_range");
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(error_of([&] { (void)model.conditional_survival(most, 1); }), "out_of_range");
  for (const double bad : {-0.1, 1e-9, infinity, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)model.discounted_lifetime(bad); }), "bad_number");
  const auto fit = fit_of(regular);
  for (const double bad : {0.0, 1.0, 95.0, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)fit.survival_interval(3, bad); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)fit.retention_interval(0); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)fit.discounted_residual_lifetime_interval(0, 0); }), "bad_number");
}

TEST(ShiftedBetaGeometric, holds_for_limits_and_enormous_parameters_without_a_nan) {
  for (const double churn : {0.0, 1e-300, 0.5, 1.0})
    for (const double h : {0.0, 1e-300, 1.0, 1e300, 1e308, infinity}) {
      const auto model = ShiftedBetaGeometric::of_mean(churn, h);
      for (const std::int32_t t : {1, 2, 1000}) {
        EXPECT_TRUE(model.retention(t) >= 0 && model.retention(t) <= 1);
        EXPECT_TRUE(model.survival(t) >= 0 && model.survival(t) <= 1);
        EXPECT_TRUE(std::isfinite(*model.discounted_residual_lifetime(t - 1, 0.1)));
      }
      if (const auto lifetime = model.expected_lifetime()) {
        EXPECT_TRUE(std::isfinite(*lifetime) && *lifetime >= 1);
      }
    }
}

TEST(ShiftedBetaGeometric, fits_as_many_customers_as_there_can_be) {
  constexpr std::int64_t n = std::int64_t{1} << 60;
  const auto fit = fit_of({n, n / 2, n / 3, n / 4});  // 1 / (t + 1): alpha = beta = 1
  EXPECT_NEAR(*fit.model->alpha(), 1, 1e-12);
  EXPECT_NEAR(*fit.model->beta(), 1, 1e-12);
}

}  // namespace
}  // namespace churn
