#include <churn/risk/risk_model.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <churn/segment/customer_groups.hpp>
#include <churn/stats/auc.hpp>
#include <churn/stats/logistic.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "risk/some_observations.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using risk_test::add_row;
using risk_test::chance_of;
using risk_test::empty_observations;
using risk_test::observed_cars;
using risk_test::simulated;
using risk_test::simulated_weeks;

double logit(double p) { return std::log(p / (1 - p)); }

/// Newton's method stops with some 1e-6 of a standard error still to go, takes that step, and is then right to the digits
/// that 32 rows leave.
constexpr double of_r = 1e-9;

RiskOptions with_ridge(double ridge, Calibration calibration = Calibration::none) {
  return {.calibration = calibration, .ridges = {ridge}};
}

std::vector<double> weights(const RiskModel& model) {
  std::vector<double> result{model.intercept};
  for (const RiskTerm& term : model.terms) result.push_back(term.weight);
  for (const RiskTerm& term : model.terms) result.push_back(term.missing_weight);
  return result;
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], tolerance) << "number " << i;
}

/// Values and marks of a row, as a caller has them.
struct Row {
  std::vector<double> values{};
  std::unique_ptr<std::uint8_t[]> missing{};
  std::int32_t tenure{0};
  Row(const Observations& observations, Eigen::Index row)
      : missing(std::make_unique<std::uint8_t[]>(observations.columns.size())),
        tenure(observations.tenure[static_cast<std::size_t>(row)]) {
    for (std::size_t k = 0; k < observations.columns.size(); ++k) {
      values.push_back(observations.values(row, static_cast<Eigen::Index>(k)));
      missing[k] = observations.missing(row, static_cast<Eigen::Index>(k));
    }
  }
  [[nodiscard]] RiskScore scored(const RiskModel& model) const {
    return model.score(values, {missing.get(), values.size()}, tenure);
  }
};

double mean(const std::vector<double>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
}

/// Of outcomes on the log-odds of predictions: intercept and slope.
std::array<double, 2> line_of(const std::vector<double>& risks, const Observations& observations) {
  Eigen::MatrixXd x(static_cast<Eigen::Index>(risks.size()), 1);
  for (std::size_t i = 0; i < risks.size(); ++i) x(static_cast<Eigen::Index>(i), 0) = logit(risks[i]);
  const auto fit = logistic_regression(x, {.outcome = observations.departed}, {"log-odds"});
  return {fit.beta[0], fit.beta[1]};
}

// R 4.2.2: z <- scale by mean and population deviation of mpg, drat, wt of mtcars; coef(glm(vs ~ z, family = binomial,
// control = glm.control(epsilon = 1e-15)))
TEST(RiskModel, weights_without_a_ridge_are_those_of_r) {
  const RiskModel model = train_risk_model(observed_cars(), with_ridge(0));
  expect_near(weights(model),
              {-0.15037956085598367, 3.1862608691692436, -0.20393155778466102, 0.44980483571795216, 0, 0, 0},
              of_r);
  EXPECT_EQ(model.calibration, Calibration::none);
  EXPECT_EQ(model.why_flat, "");
}

// R: x <- cbind(1, z); P <- diag(c(0, r, r, r)); a hundred times
//   q <- plogis(x b); b <- b + solve(t(x) %*% (x * q * (1 - q)) + P, t(x) %*% (y - q) - P %*% b)
TEST(RiskModel, weights_with_a_ridge_are_those_of_r) {
  expect_near(
      weights(train_risk_model(observed_cars(), with_ridge(0.5))),
      {-0.24813743418671177, 1.7306744530830109, -0.021353447470452206, -0.28312560734473524, 0, 0, 0}, of_r);
  expect_near(weights(train_risk_model(observed_cars(), with_ridge(32))),
              {-0.26273462108235035, 0.22159006034556561, 0.12417819312063481, -0.16925126735439483, 0, 0, 0},
              of_r);
}

// R: for each of the five folds (customer_group of the names) b <- b + one such step of the rows outside of the fold,
//   e <- x b of the fold; sum(y * e - log1p(exp(e))) is -16.33, -16.84, -18.32 and -20.88 for ridges 0.5, 2, 8 and 32;
//   t <- ifelse(y == 1, 15 / 16, 1 / 20); coef(glm(t ~ e, family = binomial)); (sum(rank(e)[y == 1]) - 105) / (14 * 18)
TEST(RiskModel, platt_and_the_held_out_auc_are_those_of_r) {
  const RiskModel weak = train_risk_model(observed_cars(), with_ridge(0.5, Calibration::platt));
  EXPECT_NEAR(weak.platt_intercept, -0.22951954761579471, of_r);
  EXPECT_NEAR(weak.platt_slope, 0.70386474658610465, of_r);
  EXPECT_NEAR(weak.provenance.held_out_auc.value(), 0.83333333333333337, 1e-15);  // a ratio of counts
  const RiskModel strong = train_risk_model(observed_cars(), with_ridge(8, Calibration::platt));
  EXPECT_NEAR(strong.platt_intercept, -0.097163533364201859, of_r);
  EXPECT_NEAR(strong.platt_slope, 1.2351261696742788, of_r);
  EXPECT_NEAR(strong.provenance.held_out_auc.value(), 0.77380952380952384, 1e-15);
}

TEST(RiskModel, the_ridge_with_the_highest_held_out_likelihood_is_taken_in_whatever_order_they_are_named) {
  RiskOptions options{.ridges = {8, 0.5, 32, 2}};
  EXPECT_EQ(train_risk_model(observed_cars(), options).provenance.ridge, 0.5);
  options.ridges = {32, 8, 32};
  EXPECT_EQ(train_risk_model(observed_cars(), options).provenance.ridge, 8);
}

TEST(RiskModel, of_several_ridges_the_fit_is_that_of_the_one_taken) {
  const RiskModel chosen = train_risk_model(observed_cars(), {.ridges = {0.5, 2, 8, 32}});
  const RiskModel alone = train_risk_model(observed_cars(), with_ridge(0.5, Calibration::platt));
  expect_near(weights(chosen), weights(alone), of_r);
  EXPECT_NEAR(chosen.platt_slope, alone.platt_slope, of_r);
}

// R: isoreg(e, y)$yf for the ridge 8: 0, 0.1818, 0.3333, 0.5, 0.5714, 0.75, 1
TEST(RiskModel, isotonic_steps_are_those_of_r) {
  const RiskModel model = train_risk_model(observed_cars(), with_ridge(8, Calibration::isotonic));
  auto steps = model.isotonic.value;
  steps.erase(
      std::unique(steps.begin(), steps.end(), [](double a, double b) { return std::abs(a - b) < 1e-12; }),
      steps.end());
  expect_near(steps, {0, 2. / 11, 1. / 3, 0.5, 4. / 7, 0.75, 1}, 1e-12);
}

// The regression of stats/ is written apart from the training.
TEST(RiskModel, weights_are_those_of_a_regression_on_the_transformed_columns) {
  const auto observations = simulated(4000, 11);
  const RiskModel model = train_risk_model(observations, with_ridge(20));
  EXPECT_EQ(model.terms[2].transform.shape, Shape::log1p);
  Eigen::MatrixXd x(4000, 6);
  Eigen::VectorXd is_missing(4000);
  for (Eigen::Index i = 0; i < 4000; ++i) {
    for (Eigen::Index k = 0; k < 6; ++k)
      x(i, k) = observations.missing(i, k)
                    ? 0
                    : model.terms[static_cast<std::size_t>(k)].transform(observations.values(i, k));
    is_missing(i) = observations.missing(i, 3) ? 1 : 0;
  }
  // The score equations: what the rows pull at a weight is what the ridge holds.
  Eigen::VectorXd residual(4000);
  const auto risks = model.risks(observations);
  for (std::size_t i = 0; i < risks.size(); ++i)
    residual(static_cast<Eigen::Index>(i)) = observations.departed[i] - risks[i];
  EXPECT_NEAR(residual.sum(), 0, 1e-8);  // sums of 4000 numbers below 10
  for (Eigen::Index k = 0; k < 6; ++k)
    EXPECT_NEAR(x.col(k).dot(residual), 20 * model.terms[static_cast<std::size_t>(k)].weight, 1e-8);
  const double share = is_missing.mean();
  EXPECT_NEAR(is_missing.dot(residual), 20 * share * (1 - share) * model.terms[3].missing_weight, 1e-8);

  Eigen::MatrixXd whole(4000, 5);
  whole << x.col(0), x.col(1), x.col(2), x.col(4), x.col(5);
  Observations five = observations;
  five.columns.erase(five.columns.begin() + 3);
  five.values.resize(4000, 5);
  five.missing.resize(4000, 5);
  for (Eigen::Index k = 0; k < 5; ++k) {
    five.values.col(k) = observations.values.col(k < 3 ? k : k + 1);
    five.missing.col(k).setConstant(false);
  }
  const RiskModel without = train_risk_model(five, with_ridge(20));
  const auto fit = logistic_regression(whole, {.outcome = observations.departed}, {"a", "b", "c", "d", "e"},
                                       {.ridge = 20});
  EXPECT_NEAR(without.intercept, fit.beta[0], 1e-8);
  for (std::size_t k = 0; k < 5; ++k)
    EXPECT_NEAR(without.terms[k].weight, fit.beta[static_cast<Eigen::Index>(k) + 1], 1e-8);
}

TEST(RiskModel, what_was_planted_is_found) {
  const RiskModel model = train_risk_model(simulated(20000, 5));
  // Standard errors are near 0.03.
  EXPECT_NEAR(model.terms[0].weight * model.platt_slope, 0.8, 0.12);
  EXPECT_NEAR(model.terms[1].weight * model.platt_slope, -0.5, 0.12);
  EXPECT_GT(model.terms[2].weight, 0.2);
  EXPECT_NEAR(model.terms[3].missing_weight * model.platt_slope, 0.9, 0.2);
  EXPECT_NEAR(model.terms[4].weight, 0, 0.12);
  EXPECT_EQ(model.terms[4].missing_weight, 0);
}

TEST(RiskModel, fresh_rows_leave_as_often_as_it_says) {
  const auto training = simulated(20000, 1);
  const auto fresh = simulated(40000, 2);
  const auto rate = static_cast<double>(fresh.departures()) / static_cast<double>(fresh.rows());
  for (const Calibration calibration : {Calibration::none, Calibration::platt, Calibration::isotonic}) {
    const RiskModel model = train_risk_model(training, {.calibration = calibration});
    const auto risks = model.risks(fresh);
    // Rates of 20,000 and of 40,000 rows near 0.17 have errors of 0.0027 and 0.0019.
    EXPECT_NEAR(mean(risks), rate, 0.013);
    const auto [intercept, slope] = line_of(risks, fresh);
    EXPECT_NEAR(slope, 1, 0.08);  // errors of 0.02 here and 0.03 in training
    EXPECT_NEAR(intercept, 0, 0.15);
    EXPECT_NEAR(model.provenance.held_out_auc.value(), auc_value(risks, fresh.departed).value(), 0.02);
  }
}

TEST(RiskModel, hazard_ranks_as_logistic_does_and_is_calibrated_at_the_horizon) {
  const auto training = simulated_weeks(2500, 3);
  const auto fresh = simulated_weeks(2500, 4);
  const auto rate = static_cast<double>(fresh.departures()) / static_cast<double>(fresh.rows());
  const auto plain = train_risk_model(training).risks(fresh);
  for (const Calibration calibration : {Calibration::none, Calibration::platt, Calibration::isotonic}) {
    const RiskModel model =
        train_risk_model(training, {.kind = RiskKind::hazard, .calibration = calibration});
    EXPECT_EQ(model.why_flat, "");
    EXPECT_EQ(model.tenure_cuts, (std::vector<std::int32_t>{30, 90, 180, 365, 730}));
    const auto risks = model.risks(fresh);
    // Some 1,500 leave, each within the horizon of about four rows.
    EXPECT_NEAR(mean(risks), rate, 0.1 * rate);
    EXPECT_NEAR(line_of(risks, fresh)[1], 1, 0.12);
    // It knows of tenure, which the other was not told.
    EXPECT_GT(auc_value(risks, fresh.departed).value(), auc_value(plain, fresh.departed).value() - 0.005);
    // Those who are new leave more often: that is in the baseline, of stretches that end at 180 days.
    EXPECT_GT(model.tenure_weights[2], model.tenure_weights[3] + 0.3);
    EXPECT_NEAR(model.terms[1].weight, 0, 0.1);
  }
}

TEST(RiskModel, an_uncalibrated_hazard_is_that_of_a_regression_on_steps) {
  const auto weeks = simulated_weeks(400, 8);
  const RiskModel model =
      train_risk_model(weeks, {.kind = RiskKind::hazard, .calibration = Calibration::none, .ridges = {3}});
  // The score equations of the steps, in every stretch of tenure and of the indicators.
  double all = 0;
  std::array<double, 6> stretch{};
  std::array<double, 2> column{};
  for (std::size_t i = 0; i < weeks.rows(); ++i) {
    const RiskScore score = Row(weeks, static_cast<Eigen::Index>(i)).scored(model);
    const double step =
        chance_of(score.base + score.contributions[0] + score.contributions[1] + score.tenure_part);
    // risk = 1 - (1 - h)^(28 / 7)
    EXPECT_NEAR(score.risk, 1 - std::pow(1 - step, 4), 1e-12);
    const bool left = weeks.departs_in[i] >= 0 && weeks.departs_in[i] < 7;
    const double residual = (left ? 1 : 0) - step;
    all += residual;
    std::size_t s = 0;
    while (s < 5 && weeks.tenure[i] >= model.tenure_cuts[s]) ++s;
    stretch[s] += residual;
    for (std::size_t k = 0; k < 2; ++k)
      column[k] += residual * model.terms[k].transform(
                                  weeks.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)));
  }
  // Sums over some 17,000 rows.
  EXPECT_NEAR(all, 0, 1e-7);
  for (std::size_t s = 0; s < 6; ++s) EXPECT_NEAR(stretch[s], model.tenure_weights[s], 1e-7);
  for (std::size_t k = 0; k < 2; ++k) EXPECT_NEAR(column[k], 3 * model.terms[k].weight, 1e-7);
}

TEST(RiskModel, many_steps_are_survived_one_after_the_other) {
  RiskModel model{.kind = RiskKind::hazard, .horizon = 300, .step = 1, .tenure_weights = {0}};
  for (const double log_odds : {-31.0, -29.9, -12.0, -6.0, -3.0}) {
    model.intercept = log_odds;
    const double expected = -std::expm1(-300 * std::log1p(std::exp(log_odds)));
    const RiskScore score = model.score({}, {});
    EXPECT_NEAR(score.risk, expected, 1e-13 * expected);  // 1 / (1 + exp(25)) has lost some 25 ulp
    EXPECT_NEAR(score.base + score.calibration_part, logit(expected), 1e-12 + 1e-15 / (1 - expected));
  }
  // Rarer than any chance that is said, but for a calibration that brings it back: 0.01 x (-700 + log(300)) = -6.943.
  model.intercept = -700;
  model.calibration = Calibration::platt;
  model.platt_slope = 0.01;
  EXPECT_NEAR(model.score({}, {}).risk, chance_of(0.01 * (-700 + std::log(300))), 1e-17);
  model.calibration = Calibration::none;
  model.intercept = 5;
  EXPECT_LT(model.score({}, {}).risk, 1);
  EXPECT_GT(model.score({}, {}).risk, 1 - 1e-12);
}

TEST(RiskModel, a_model_put_together_wrongly_is_refused) {
  RiskModel model{.kind = RiskKind::hazard};
  EXPECT_EQ(error_of([&] { (void)model.score({}, {}); }), "out_of_range");
  model.kind = RiskKind::logistic;
  model.calibration = Calibration::isotonic;
  EXPECT_EQ(error_of([&] { (void)model.score({}, {}); }), "out_of_range");
}

/// One model of every kind and calibration, of the same rows.
const std::vector<RiskModel>& models() {
  static const std::vector<RiskModel> all = [] {
    const auto observations = simulated(3000, 21);
    std::vector<RiskModel> result;
    for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard})
      for (const Calibration calibration : {Calibration::none, Calibration::platt, Calibration::isotonic})
        result.push_back(train_risk_model(observations, {.kind = kind, .calibration = calibration}));
    return result;
  }();
  return all;
}

RC_GTEST_PROP(RiskModel, parts_add_up_to_the_log_odds_of_the_risk, ()) {
  const RiskModel& model = models()[*between<std::size_t>(0, models().size())];
  std::array<double, 6> values{};
  std::array<std::uint8_t, 6> missing{};
  for (std::size_t k = 0; k < 6; ++k) {
    values[k] = *between(-4000, 4001) / 1000.0;
    missing[k] = *between(0, 4) == 0;
  }
  const RiskScore score = model.score(values, missing, *between(0, 2000));
  double sum = score.base + score.tenure_part + score.calibration_part;
  for (const double part : score.contributions) sum += part;
  // A risk near 0 or 1 has lost digits of its log-odds: an ulp of it is 1e-16 / (risk (1 - risk)) of them.
  RC_ASSERT(std::abs(sum - logit(score.risk)) < 1e-12 + 4e-16 / (score.risk * (1 - score.risk)));
  RC_ASSERT(score.risk > 0);
  RC_ASSERT(score.risk < 1);
  if (model.kind == RiskKind::logistic) {
    RC_ASSERT(score.tenure_part == 0);
    if (model.calibration != Calibration::isotonic) RC_ASSERT(score.calibration_part == 0);
  }
}

TEST(RiskModel, risks_of_rows_are_those_of_their_scores) {
  const auto observations = simulated(300, 22);
  for (const RiskModel& model : models()) {
    EXPECT_EQ(model.why_flat, "");
    const auto risks = model.risks(observations);
    for (Eigen::Index i = 0; i < 300; ++i)
      EXPECT_NEAR(Row(observations, i).scored(model).risk, risks[static_cast<std::size_t>(i)], 1e-15);
  }
}

TEST(RiskModel, columns_are_found_by_their_names) {
  const auto observations = simulated(50, 22);
  Observations turned = observations;
  turned.columns.push_back({"another"});
  std::reverse(turned.columns.begin(), turned.columns.end());
  turned.values = Eigen::MatrixXd::Zero(50, 7);
  turned.missing = MissingMask::Constant(50, 7, false);
  for (Eigen::Index k = 0; k < 6; ++k) {
    turned.values.col(6 - k) = observations.values.col(k);
    turned.missing.col(6 - k) = observations.missing.col(k);
  }
  const RiskModel& model = models()[1];
  EXPECT_EQ(model.risks(turned), model.risks(observations));
  EXPECT_EQ(columns_of(model, turned.columns), (std::vector<std::size_t>{6, 5, 4, 3, 2, 1}));
  turned.columns[3].name = "renamed";
  EXPECT_EQ(error_of([&] { (void)model.risks(turned); }), "unknown_name");
}

TEST(RiskModel, what_is_beyond_the_training_rows_counts_as_the_ends_do) {
  const RiskModel& model = models()[1];
  std::array<double, 6> values{1e300, -1e300, 1e300, 0, 0, 0};
  const std::array<std::uint8_t, 6> missing{};
  const RiskScore far = model.score(values, missing);
  values = {1e9, -1e9, 1e15, 0, 0, 0};
  EXPECT_EQ(model.score(values, missing).risk, far.risk);
  EXPECT_LT(far.risk, 1);
}

TEST(RiskModel, rows_outside_of_the_training_set_change_nothing) {
  auto observations = simulated(1000, 31);
  std::vector<std::size_t> training;
  for (std::size_t row = 0; row < 1000; ++row)
    if (row % 3 != 0) training.push_back(row);
  const RiskOptions options{.calibration = Calibration::isotonic, .group_above = 0.5};
  const RiskModel before = train_risk_model(observations.only(training), options);
  for (Eigen::Index row = 0; row < 1000; row += 3) {
    observations.values.row(row).setConstant(1e6);
    observations.missing.row(row).setConstant(row % 2 == 0);
    observations.departed[static_cast<std::size_t>(row)] ^= 1;
  }
  const RiskModel after = train_risk_model(observations.only(training), options);
  EXPECT_EQ(before.terms, after.terms);
  EXPECT_EQ(before.intercept, after.intercept);
  EXPECT_EQ(before.isotonic.value, after.isotonic.value);
  EXPECT_EQ(before.provenance, after.provenance);
}

TEST(RiskModel, the_order_of_rows_changes_nothing_beyond_rounding) {
  const auto observations = simulated(1000, 32);
  std::vector<std::size_t> order(1000);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::reverse(order.begin(), order.end());
  std::swap(order[10], order[700]);
  for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard}) {
    const RiskModel a = train_risk_model(observations, {.kind = kind});
    const RiskModel b = train_risk_model(observations.only(order), {.kind = kind});
    expect_near(weights(a), weights(b), 1e-10);
    EXPECT_NEAR(a.platt_slope, b.platt_slope, 1e-9);
    EXPECT_EQ(a.provenance, b.provenance);
  }
}

TEST(RiskModel, rows_that_are_alike_stay_alike_in_another_order) {
  // Whole numbers: many rows are the same, and who of them left must not be told from where they stand.
  auto observations = simulated(999, 34);
  observations.values = observations.values.array().max(-9).min(9).round();
  std::vector<std::size_t> order(999);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::reverse(order.begin(), order.end());
  const RiskOptions options{.calibration = Calibration::isotonic};
  const RiskModel a = train_risk_model(observations, options);
  const RiskModel b = train_risk_model(observations.only(order), options);
  expect_near(a.isotonic.score, b.isotonic.score, 1e-10);
  expect_near(a.isotonic.value, b.isotonic.value, 1e-10);
  EXPECT_EQ(a.provenance.held_out_auc, b.provenance.held_out_auc);
}

TEST(RiskModel, other_names_of_customers_change_nothing_but_the_folds) {
  auto observations = simulated(1000, 33);
  const RiskModel a = train_risk_model(observations, with_ridge(10, Calibration::platt));
  for (std::string& id : observations.customers) id = "other " + id;
  const RiskModel b = train_risk_model(observations, with_ridge(10, Calibration::platt));
  expect_near(weights(a), weights(b), 1e-10);
  EXPECT_NE(a.platt_slope, b.platt_slope);
  EXPECT_NEAR(a.platt_slope, b.platt_slope, 0.3);
}

TEST(RiskModel, no_customer_is_on_both_sides_of_a_fold) {
  // Every customer has a number of its own that tells its outcome: learnt by heart, it says nothing of others.
  auto observations = empty_observations(2000, 1);
  risk_test::Draws draw(9);
  for (std::uint32_t c = 0; c < 100; ++c) {
    observations.customers.push_back(std::to_string(c));
    const double number = draw.normal();
    const bool left = draw.happens(0.3);
    for (int i = 0; i < 20; ++i) {
      observations.values(static_cast<Eigen::Index>(observations.rows()), 0) = number;
      add_row(observations, c, left);
    }
  }
  const RiskModel model = train_risk_model(observations);
  // Of 100 customers in 5 folds, an error of 0.06; rows told apart at random would give the AUC of training.
  EXPECT_NEAR(model.provenance.held_out_auc.value(), 0.5, 0.15);
}

TEST(RiskModel, columns_that_are_nearly_one_share_their_weight_evenly) {
  auto observations = simulated(3000, 41);
  risk_test::Draws draw(42);
  for (Eigen::Index i = 0; i < 3000; ++i)  // correlation 0.99 with c0, in other units
    observations.values(i, 4) = 50 + 10 * (observations.values(i, 0) + 0.1425 * draw.normal());
  const RiskModel apart = train_risk_model(observations, with_ridge(1));
  const RiskModel grouped =
      train_risk_model(observations, {.calibration = Calibration::none, .ridges = {1}, .group_above = 0.9});
  EXPECT_EQ(grouped.terms[0].group, grouped.terms[4].group);
  EXPECT_DOUBLE_EQ(grouped.terms[0].weight, grouped.terms[4].weight);
  EXPECT_NE(apart.terms[0].weight, apart.terms[4].weight);
  EXPECT_NEAR(grouped.terms[0].weight + grouped.terms[4].weight, 0.8, 0.25);
  std::vector<std::uint32_t> groups;
  for (const RiskTerm& term : grouped.terms) groups.push_back(term.group);
  EXPECT_EQ(groups, (std::vector<std::uint32_t>{0, 1, 2, 3, 0, 4}));
  groups.clear();
  for (const RiskTerm& term : apart.terms) groups.push_back(term.group);
  EXPECT_EQ(groups, (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5}));
}

TEST(RiskModel, a_chain_of_alike_columns_is_no_group_unless_its_ends_are_alike) {
  auto observations = empty_observations(2000, 3);
  risk_test::Draws draw(43);
  for (Eigen::Index i = 0; i < 2000; ++i) {
    const double a = draw.normal();
    const double b = draw.normal();
    observations.values(i, 0) = a;
    observations.values(i, 1) = a + 0.6 * b;  // 0.86 with a
    observations.values(i, 2) = a + 1.6 * b;  // 0.53 with a, 0.89 with the one between
    observations.customers.push_back(std::to_string(i));
    add_row(observations, static_cast<std::uint32_t>(i), draw.happens(chance_of(a)));
  }
  const auto groups_above = [&](double limit) {
    std::vector<std::uint32_t> groups;
    for (const RiskTerm& term : train_risk_model(observations, {.group_above = limit}).terms)
      groups.push_back(term.group);
    return groups;
  };
  EXPECT_EQ(groups_above(0.8), (std::vector<std::uint32_t>{0, 1, 1}));
  EXPECT_EQ(groups_above(0.4), (std::vector<std::uint32_t>{0, 0, 0}));
}

TEST(RiskModel, opposite_columns_are_no_group) {
  auto observations = simulated(500, 44);
  observations.values.col(1) = -observations.values.col(0);
  const RiskModel model = train_risk_model(observations, {.group_above = 0.9});
  EXPECT_NE(model.terms[0].group, model.terms[1].group);
}

TEST(RiskModel, collinear_columns_share_a_weight_even_without_a_ridge) {
  auto observations = simulated(3000, 45);
  const double alone = train_risk_model(observations, with_ridge(0)).terms[0].weight;
  observations.values.col(4) = 3 * observations.values.col(0).array() + 7;
  const RiskModel model = train_risk_model(observations, with_ridge(0));
  EXPECT_NEAR(model.terms[0].weight, model.terms[4].weight, 1e-3);
  EXPECT_NEAR(model.terms[0].weight + model.terms[4].weight, alone, 0.02);  // c4 was noise
}

TEST(RiskModel, missing_has_a_weight_only_where_it_is_neither_rare_nor_the_rule) {
  auto observations = simulated(1000, 51);
  const auto miss = [&](Eigen::Index column, Eigen::Index rows) {
    for (Eigen::Index i = 0; i < 1000; ++i) observations.missing(i, column) = i < rows;
  };
  miss(0, 9);
  miss(1, 10);
  miss(3, 990);
  miss(4, 991);
  miss(5, 1000);
  const RiskModel model = train_risk_model(observations);
  EXPECT_EQ(model.terms[0].missing_weight, 0);
  EXPECT_NE(model.terms[1].missing_weight, 0);
  EXPECT_EQ(model.terms[2].missing_weight, 0);
  EXPECT_NE(model.terms[3].missing_weight, 0);
  EXPECT_EQ(model.terms[4].missing_weight, 0);
  EXPECT_EQ(model.terms[5].missing_weight, 0);
  EXPECT_EQ(model.terms[5].weight, 0);
  EXPECT_EQ(model.terms[5].transform.known, 0);
}

TEST(RiskModel, a_constant_column_has_no_weight_and_takes_none_from_others) {
  auto observations = simulated(1000, 52);
  const RiskModel before = train_risk_model(observations);
  observations.columns.insert(observations.columns.begin(), {"constant"});
  Eigen::MatrixXd values(1000, 7);
  values << Eigen::VectorXd::Constant(1000, 3.3), observations.values;
  MissingMask missing = MissingMask::Constant(1000, 7, false);
  missing.rightCols(6) = observations.missing;
  observations.values = values;
  observations.missing = missing;
  const RiskModel after = train_risk_model(observations);
  EXPECT_EQ(after.terms[0].weight, 0);
  EXPECT_EQ(after.terms[0].missing_weight, 0);
  EXPECT_EQ(after.intercept, before.intercept);
  EXPECT_EQ(after.terms[1].weight, before.terms[0].weight);
}

TEST(RiskModel, separated_rows_have_a_finite_model) {
  auto observations = empty_observations(400, 1);
  for (std::uint32_t i = 0; i < 400; ++i) {
    observations.values(i, 0) = i < 40 ? 10 + i : -static_cast<double>(i);
    observations.customers.push_back(std::to_string(i));
    add_row(observations, i, i < 40, i < 40 ? 3 : -1);
  }
  for (const double ridge : {0.0, 1.0})
    for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard})
      for (const Calibration calibration : {Calibration::none, Calibration::platt, Calibration::isotonic}) {
        const RiskModel model =
            train_risk_model(observations, {.kind = kind, .calibration = calibration, .ridges = {ridge}});
        EXPECT_EQ(model.why_flat, "");
        EXPECT_EQ(model.provenance.held_out_auc, 1);
        EXPECT_TRUE(std::isfinite(model.platt_slope));
        const auto risks = model.risks(observations);
        for (std::size_t i = 0; i < risks.size(); ++i) {
          EXPECT_GT(risks[i], 0);
          EXPECT_LT(risks[i], 1);
          if (calibration == Calibration::platt) {
            EXPECT_EQ(risks[i] > 0.5, i < 40);
          }
          if (calibration == Calibration::isotonic) {
            // Its steps are 0 and 1; what is said is a little short of them. Sums of parts lose their last digits.
            EXPECT_NEAR(risks[i], i < 40 ? 1 - 1e-6 : 1e-6, 1e-15);
          }
        }
      }
}

void expect_flat(const RiskModel& model, double rate, const std::string& why) {
  EXPECT_NE(model.why_flat.find(why), std::string::npos) << model.why_flat;
  std::vector<double> values(model.terms.size(), 3);
  const auto missing = std::make_unique<std::uint8_t[]>(values.size());
  for (const bool is_missing : {false, true}) {
    for (std::size_t k = 0; k < values.size(); ++k) missing[k] = is_missing;
    const RiskScore score = model.score(values, {missing.get(), values.size()}, 50);
    EXPECT_NEAR(score.risk, rate, 1e-14);
    for (const double part : score.contributions) EXPECT_EQ(part, 0);
    EXPECT_EQ(score.tenure_part, 0);
    if (model.kind == RiskKind::logistic) {
      EXPECT_EQ(score.calibration_part, 0);
    }
  }
}

TEST(RiskModel, where_nobody_left_or_everybody_the_base_rate_is_all_there_is) {
  auto observations = simulated(99, 61);
  for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard}) {
    std::fill(observations.departed.begin(), observations.departed.end(), std::uint8_t{0});
    std::fill(observations.departs_in.begin(), observations.departs_in.end(), -1);
    expect_flat(train_risk_model(observations, {.kind = kind}), 0.005, "Nobody left");
    std::fill(observations.departed.begin(), observations.departed.end(), std::uint8_t{1});
    std::fill(observations.departs_in.begin(), observations.departs_in.end(), 3);
    expect_flat(train_risk_model(observations, {.kind = kind}), 0.995, "Everybody left");
  }
  // Within a month some did, within the first week of it nobody.
  observations.departed[5] = 0;
  std::fill(observations.departs_in.begin(), observations.departs_in.end(), 20);
  expect_flat(train_risk_model(observations, {.kind = RiskKind::hazard}), 0.985, "one step");
}

TEST(RiskModel, without_rows_there_is_a_rate_of_a_half) {
  const auto observations = empty_observations(0, 2);
  for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard}) {
    const RiskModel model = train_risk_model(observations, {.kind = kind, .group_above = 0.9});
    expect_flat(model, 0.5, "no rows");
    EXPECT_EQ(model.terms.size(), 2U);
    EXPECT_FALSE(model.provenance.first_day.has_value());
    EXPECT_TRUE(model.risks(observations).empty());
  }
}

TEST(RiskModel, without_columns_that_vary_there_is_the_base_rate) {
  auto observations = simulated(99, 62);
  const auto left = static_cast<double>(observations.departures());
  observations.values.setConstant(2);
  observations.missing.setConstant(false);
  expect_flat(train_risk_model(observations), (left + 0.5) / 100, "varies");
  observations.missing.setConstant(true);
  expect_flat(train_risk_model(observations, {.kind = RiskKind::hazard}), (left + 0.5) / 100, "varies");
  Observations none = observations;
  none.columns.clear();
  none.values.resize(99, 0);
  none.missing.resize(99, 0);
  expect_flat(train_risk_model(none), (left + 0.5) / 100, "varies");
}

TEST(RiskModel, that_a_constant_column_is_missing_can_still_say_something) {
  auto observations = empty_observations(1000, 1);
  risk_test::Draws draw(63);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    observations.missing(i, 0) = i % 3 == 0;
    observations.customers.push_back(std::to_string(i));
    add_row(observations, i, draw.happens(i % 3 == 0 ? 0.5 : 0.1));
  }
  const RiskModel model = train_risk_model(observations, with_ridge(0));
  EXPECT_EQ(model.why_flat, "");
  EXPECT_EQ(model.terms[0].weight, 0);
  // Of a two by two table the maximum likelihood is the log odds ratio.
  double yes = 0, no = 0, other_yes = 0, other_no = 0;
  for (std::size_t i = 0; i < 1000; ++i)
    ++(i % 3 == 0 ? (observations.departed[i] == 1 ? yes : no)
                  : (observations.departed[i] == 1 ? other_yes : other_no));
  EXPECT_NEAR(model.terms[0].missing_weight, std::log(yes / no * other_no / other_yes), 1e-8);
}

TEST(RiskModel, what_tells_nothing_of_customers_not_seen_is_flat) {
  // Who leaves is as alike within folds as it can be: each of two folds has learnt the opposite of the other.
  auto observations = empty_observations(200, 1);
  for (std::uint32_t i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    observations.customers.push_back(id);
    const bool high = i % 2 == 0;
    observations.values(i, 0) = high ? 1 : -1;
    // In fold 0 the high ones leave, in fold 1 the low ones.
    const bool left = (customer_group(id, 2) == 0) == high;
    add_row(observations, i, left);
  }
  const auto left = static_cast<double>(observations.departures());
  for (const Calibration calibration : {Calibration::platt, Calibration::isotonic}) {
    const RiskModel model = train_risk_model(observations, {.calibration = calibration, .folds = 2});
    expect_flat(model, (left + 0.5) / 201, "Nothing was learnt");
    EXPECT_LT(model.provenance.held_out_auc.value(), 0.2);
  }
}

TEST(RiskModel, a_single_customer_can_not_be_held_out) {
  auto observations = simulated(500, 64);
  observations.customers = {"one"};
  std::fill(observations.customer.begin(), observations.customer.end(), 0U);
  const RiskModel model = train_risk_model(observations);
  EXPECT_EQ(model.why_flat, "");
  EXPECT_EQ(model.calibration, Calibration::none);
  EXPECT_EQ(model.provenance.ridge, 1000);
  EXPECT_FALSE(model.provenance.held_out_auc.has_value());
}

TEST(RiskModel, it_says_where_it_comes_from) {
  auto observations = simulated(1000, 65);
  observations.as_of = Date::of(2024, 5, 1);
  observations.not_yet_known = 77;
  observations.customers.emplace_back("has no row");
  const RiskProvenance from = train_risk_model(observations, with_ridge(10)).provenance;
  EXPECT_EQ(from.rows, 1000U);
  EXPECT_EQ(from.customers, 200U);
  EXPECT_EQ(from.departures, observations.departures());
  EXPECT_EQ(from.not_yet_known, 77U);
  EXPECT_EQ(from.as_of, Date::of(2024, 5, 1));
  EXPECT_EQ(from.first_day, Date::from_days(19000));
  EXPECT_EQ(from.last_day, Date::from_days(19028));
  EXPECT_EQ(from.ridge, 10);
  EXPECT_FALSE(from.library.empty());
}

RC_GTEST_PROP(RiskModel, whatever_the_rows_are_there_are_risks, ()) {
  // Few rows of few customers, with columns that are constant, twins, of giants, of one value, missing, or separating.
  const int rows = *between(0, 25);
  const Eigen::Index columns = *between(0, 5);
  auto observations = empty_observations(rows, columns);
  for (std::uint32_t c = 0; c < 8; ++c) observations.customers.push_back(std::to_string(c));
  observations.horizon = 14;
  const int often = *between(1, 6);
  for (int i = 0; i < rows; ++i) {
    const bool left = *between(0, often) == 0;
    add_row(observations, *between(0U, 8U), left, left ? *between(0, 14) : -1, *between(0, 1000));
  }
  for (Eigen::Index k = 0; k < columns; ++k) {
    const int kind = *between(0, 6);
    for (Eigen::Index i = 0; i < rows; ++i) {
      const double any = *between(-3, 4);
      const std::array<double, 6> choices{any,
                                          7,
                                          any * 5.6e307,
                                          i == 1 ? 1.0 : 0.0,
                                          k > 0 ? observations.values(i, k - 1) : any,
                                          observations.departed[static_cast<std::size_t>(i)] * 2.0};
      observations.values(i, k) = choices[static_cast<std::size_t>(kind)];
      observations.missing(i, k) = *between(0, 4) == 0;
    }
  }
  const RiskOptions options{.kind = *between(0, 2) == 0 ? RiskKind::logistic : RiskKind::hazard,
                            .calibration = static_cast<Calibration>(*between(0, 3)),
                            .ridges = {*between(0, 2) == 0 ? 0.0 : 1e-3, 10},
                            .group_above = *between(0, 2) == 0 ? std::nullopt : std::optional(0.9)};
  const RiskModel model = train_risk_model(observations, options);
  for (const double risk : model.risks(observations)) {
    RC_ASSERT(risk > 0);
    RC_ASSERT(risk < 1);
  }
  for (const double weight : weights(model)) RC_ASSERT(std::isfinite(weight));
}

TEST(RiskModel, mistakes_are_refused) {
  const auto observations = simulated(100, 66);
  const auto refused = [&](const RiskOptions& options) {
    return error_of([&] { (void)train_risk_model(observations, options); });
  };
  EXPECT_EQ(refused({.ridges = {}}), "bad_number");
  EXPECT_EQ(refused({.ridges = {1, -1}}), "bad_number");
  EXPECT_EQ(refused({.ridges = {std::numeric_limits<double>::infinity()}}), "bad_number");
  EXPECT_EQ(refused({.folds = 1}), "bad_number");
  EXPECT_EQ(refused({.folds = 101}), "bad_number");
  EXPECT_EQ(refused({.group_above = 1}), "bad_number");
  EXPECT_EQ(refused({.group_above = 0}), "bad_number");
  EXPECT_EQ(refused({.kind = RiskKind::hazard, .step = 0}), "bad_number");
  EXPECT_EQ(refused({.kind = RiskKind::hazard, .step = 31}), "bad_number");
  EXPECT_EQ(refused({.kind = RiskKind::hazard, .step = 30}), "");
  EXPECT_EQ(refused({.step = 31}), "");  // of hazard alone
  EXPECT_EQ(refused({.step = 0}), "bad_number") << "it would not be read back from JSON";
  Observations at_once = observations;
  at_once.horizon = 0;
  EXPECT_EQ(error_of([&] { (void)train_risk_model(at_once); }), "bad_number");

  Observations twice = observations;
  twice.columns[2].name = twice.columns[4].name;
  EXPECT_EQ(error_of([&] { (void)train_risk_model(twice); }), "unknown_name");
  twice.columns[2].name = "";
  EXPECT_EQ(error_of([&] { (void)train_risk_model(twice); }), "unknown_name");

  Observations without = observations;
  without.departs_in.clear();
  EXPECT_EQ(error_of([&] { (void)train_risk_model(without); }), "");
  EXPECT_EQ(error_of([&] { (void)train_risk_model(without, {.kind = RiskKind::hazard}); }), "out_of_range");
  without.departed.clear();
  EXPECT_EQ(error_of([&] { (void)train_risk_model(without); }), "out_of_range");
  EXPECT_EQ(models()[0].risks(without).size(), 100U);  // scoring needs no outcomes

  const RiskModel& model = models()[0];
  const std::array<double, 6> values{0, 0, 0, 0, std::nan(""), 0};
  std::array<std::uint8_t, 6> missing{};
  EXPECT_EQ(error_of([&] { (void)model.score(values, missing); }), "bad_number");
  missing[4] = true;
  EXPECT_EQ(error_of([&] { (void)model.score(values, missing); }), "");
  EXPECT_EQ(error_of([&] { (void)model.score(std::span(values).first(5), missing); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)model.score(values, std::span<const std::uint8_t>(missing).first(5)); }),
            "out_of_range");
}

}  // namespace
}  // namespace churn
