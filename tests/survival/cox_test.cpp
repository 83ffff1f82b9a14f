#include <churn/survival/cox.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "survival/heart_transplants.hpp"
#include "survival/spell_data.hpp"

#ifdef CHURN_ORACLES_DIR
#include <churn/survival/proportional_hazards.hpp>

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using survival_test::heart;
using survival_test::heart_transplants;
using survival_test::SpellData;

CoxFit fit_of(const SpellData& data, const CoxOptions& options = {}) {
  return cox_regression(data.columns(), data.covariates(), data.names, options);
}

/// Relative, with `tolerance` also for what is below 1e-3 in size.
void expect_close(double value, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(value, expected, tolerance * std::max(std::abs(expected), 1e-3)) << what;
}

/// R's estimates with a relative step of 1e-12 left, printed with 17 digits: see the tolerances of the
/// oracles.
struct OfR {
  std::vector<double> coefficients;
  std::vector<double> std_errors;  ///< from the information
  std::vector<double> robust{};
  double loglik_null;
  double loglik;
  std::optional<double> wald{};
  std::optional<double> score{};
  std::optional<double> concordance{};
  std::optional<double> concordance_error{};
};

void expect_fit(const CoxFit& fit, const OfR& r, const std::string& what = "") {
  ASSERT_EQ(fit.coefficients.size(), r.coefficients.size()) << what;
  for (std::size_t j = 0; j < r.coefficients.size(); ++j) {
    const CoxCoefficient& coefficient = fit.coefficients[j];
    const std::string place = what + " " + coefficient.name;
    ASSERT_TRUE(coefficient.value) << place << ": " << reason(coefficient);
    expect_close(*coefficient.value, r.coefficients[j], 1e-8, place);
    expect_close(*coefficient.std_error, r.std_errors[j], 1e-8, place);
    const auto at = static_cast<Eigen::Index>(j);
    const double decides = r.robust.empty() ? r.std_errors[j] : r.robust[j];
    expect_close(std::sqrt(fit.covariance(at, at)), decides, 1e-8, place);
    ASSERT_EQ(coefficient.robust_std_error.has_value(), !r.robust.empty()) << place;
    if (!r.robust.empty()) {
      expect_close(*coefficient.robust_std_error, r.robust[j], 1e-8, place);
    }
  }
  expect_close(fit.loglik_null, r.loglik_null, 1e-12, what);
  expect_close(fit.loglik, r.loglik, 1e-12, what);
  if (r.wald) expect_close(fit.wald_test->chi_square, *r.wald, 1e-8, what + " Wald");
  if (r.score) expect_close(fit.score_test->chi_square, *r.score, 1e-8, what + " score");
  if (r.concordance) expect_close(*fit.concordance->value, *r.concordance, 1e-12, what);
  if (r.concordance_error) expect_close(*fit.concordance->std_error, *r.concordance_error, 1e-8, what);
}

// --- Cases that can be solved by hand ---

/// R's tests/book1: its likelihood is short enough to solve.
SpellData book_1() {
  return {.exit = {9, 1, 1, 6, 6, 8},
          .event = {1, 1, 0, 1, 1, 0},
          .rows = {{0}, {1}, {1}, {1}, {0}, {0}},
          .names = {"x"}};
}

TEST(CoxRegression, equals_algebra_with_breslows_ties) {
  const CoxFit fit = fit_of(book_1(), {.ties = CoxTies::breslow});
  const double r = (3 + std::sqrt(33.0)) / 2;
  EXPECT_NEAR(*fit.coefficients[0].hazard_ratio, r, 1e-12);
  EXPECT_NEAR(fit.loglik, 2 * std::log(r) - std::log(3 * r + 3) - 2 * std::log(r + 3), 1e-13);
  EXPECT_NEAR(fit.loglik_null, -std::log(6.0) - 2 * std::log(4.0), 1e-13);
  // Information by hand: of x among those at risk, its variance, once at 1 and twice at 6.
  const double information = 3 * r * 3 / std::pow(3 * r + 3, 2) + 2 * 3 * r / std::pow(r + 3, 2);
  EXPECT_NEAR(*fit.coefficients[0].std_error, 1 / std::sqrt(information), 1e-12);
}

TEST(CoxRegression, equals_algebra_with_efrons_ties) {
  const CoxFit fit = fit_of(book_1());
  const double phi = std::acos(45.0 / 23 * std::sqrt(3.0 / 23));
  const double r = 2 * std::sqrt(23.0 / 3) * std::cos(phi / 3);
  EXPECT_NEAR(*fit.coefficients[0].hazard_ratio, r, 1e-12);
  EXPECT_NEAR(fit.loglik, 2 * std::log(r) - std::log(3 * r + 3) - std::log(r + 3) - std::log((r + 5) / 2),
              1e-13);
  EXPECT_NEAR(fit.loglik_null, -std::log(6.0) - std::log(4.0) - std::log(3.0), 1e-13);
}

TEST(CoxRegression, with_exact_ties_the_same_book_is_separated) {
  // One of two of four leave, x = 1 is among them in every likeliest choice.
  const CoxFit fit = fit_of(book_1(), {.ties = CoxTies::exact});
  EXPECT_EQ(fit.coefficients[0].trouble, CoxTrouble::separated);
  EXPECT_EQ(fit.coefficients[0].direction, 1);
  // r / (3 r + 3) at 1 and 3 r / (3 r + 3) at 6, each at its limit.
  EXPECT_NEAR(fit.loglik, -std::log(3.0) - std::log(3.0), 1e-9);
}

SpellData gehan() {
  SpellData data{.names = {"placebo"}};
  const auto add = [&](int time, int relapsed, int placebo) {
    data.exit.push_back(time);
    data.event.push_back(static_cast<std::uint8_t>(relapsed));
    data.rows.push_back({static_cast<double>(placebo)});
  };
  for (const int time : {6, 6, 6, 7, 10, 13, 16, 22, 23}) add(time, 1, 0);
  for (const int time : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) add(time, 0, 0);
  for (const int time : {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23})
    add(time, 1, 1);
  return data;
}

TEST(CoxRegression, of_leukaemia_remissions_with_each_way_of_ties) {
  // Gehan (1965), recomputed by R: printed with eight decimals.
  struct Answer {
    CoxTies ties;
    double value;
    double std_error;
  };
  for (const Answer& of_r : {Answer{CoxTies::efron, 1.57212515, 0.41239672},
                             {CoxTies::breslow, 1.50919141, 0.40956441},
                             {CoxTies::exact, 1.62824395, 0.43313130}}) {
    const CoxFit fit = fit_of(gehan(), {.ties = of_r.ties});
    EXPECT_NEAR(*fit.coefficients[0].value, of_r.value, 5.1e-9);
    EXPECT_NEAR(*fit.coefficients[0].std_error, of_r.std_error, 5.1e-9);
  }
}

// --- Time-varying rows ---

const OfR heart_of_r{
    // coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart), R 4.2.2, survival 3.5-3,
    // with coxph.control(eps = 1e-12, toler.chol = 1e-14, iter.max = 60), as wherever R is cited below
    .coefficients = {0.027166640957676680, -0.146346345674195910, -0.637209889966966814,
                     -0.010250772409082792},
    .std_errors = {0.013714115210318466, 0.070467979518856139, 0.367225996180324532, 0.313754798337491203},
    .loglik_null = -298.12135567298429,
    .loglik = -290.56561621848942,
    .wald = 14.493045206784878,
    .score = 15.034197913041302,
    .concordance = 0.63576012392122150,
    .concordance_error = 0.033079624556999171};

TEST(CoxRegression, of_heart_transplants_that_come_at_a_time) {
  const SpellData data = heart();
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(fit.rows, 172U);
  EXPECT_EQ(fit.events, 75U);
  expect_fit(fit, heart_of_r);
}

TEST(CoxRegression, rows_of_one_patient_are_a_cluster) {
  SpellData data = heart();
  for (const survival_test::HeartRow& row : heart_transplants)
    data.cluster.push_back(static_cast<std::uint64_t>(row.patient) * 1'000'000'007U);
  OfR r = heart_of_r;  // cluster = id
  r.robust = {0.01389189292408086, 0.07307985923936422, 0.35821020238442586, 0.31688234906248969};
  r.wald = 16.832993044311671;
  r.concordance_error = 0.033153739294960918;
  expect_fit(fit_of(data), r);
}

TEST(CoxRegression, exact_ties_with_late_entries) {
  // ties = "exact"
  const OfR r{
      .coefficients = {0.027330437737813264, -0.147194151213954266, -0.638039105508745652,
                       -0.012361634097361270},
      .std_errors = {0.013766197042108897, 0.070710171470265440, 0.367678442402951888, 0.314593334483639298},
      .loglik_null = -287.89404700138044,
      .loglik = -280.31909908570964,
      .wald = 14.525912704797859,
      .score = 15.071296165569793,
      .concordance = 0.63553883602566941,
      .concordance_error = 0.033120859958249052};
  expect_fit(fit_of(heart(), {.ties = CoxTies::exact}), r);
}

// --- Random data ---

SpellData random_data(bool late_entries, bool weights, bool strata) {
  SpellData data{.names = {"a", "b"}};
  const int rows = *between(12, 60);
  const int last = *rc::gen::element(4, 12, 200);
  for (int i = 0; i < rows; ++i) {
    const int exit = *between(1, last + 1);
    data.exit.push_back(exit);
    if (late_entries) data.entry.push_back(*rc::gen::element(0, *between(0, exit)));
    data.event.push_back(static_cast<std::uint8_t>(*between(0, 2)));
    if (weights) data.weight.push_back(*between(1, 9) / 4.0);
    if (strata) data.stratum.push_back(*between(-1, 2));
    data.rows.push_back({static_cast<double>(*between(0, 2)), *between(-20, 21) / 8.0});
  }
  return data;
}

/// Straight from the definition: for each departure, over all rows.
double naive_loglik(const SpellData& data, const std::vector<double>& b, bool efron) {
  const std::size_t n = data.exit.size();
  const auto weight = [&](std::size_t i) { return data.weight.empty() ? 1 : data.weight[i]; };
  const auto stratum = [&](std::size_t i) { return data.stratum.empty() ? 0 : data.stratum[i]; };
  const auto entry = [&](std::size_t i) { return data.entry.empty() ? 0 : data.entry[i]; };
  const auto eta = [&](std::size_t i) { return data.rows[i][0] * b[0] + data.rows[i][1] * b[1]; };
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    if (data.event[i] == 0) continue;
    double risk = 0;
    double leaving = 0;
    double leaving_weight = 0;
    double together = 0;
    double before = 0;  // departures of the day that come first, in the order of rows
    for (std::size_t j = 0; j < n; ++j) {
      if (stratum(j) != stratum(i)) continue;
      if (entry(j) < data.exit[i] && data.exit[j] >= data.exit[i]) risk += weight(j) * std::exp(eta(j));
      if (data.event[j] == 0 || data.exit[j] != data.exit[i]) continue;
      leaving += weight(j) * std::exp(eta(j));
      leaving_weight += weight(j);
      ++together;
      if (j < i) ++before;
    }
    sum += weight(i) * eta(i);
    sum -= leaving_weight / together * std::log(risk - (efron ? before / together : 0) * leaving);
  }
  return sum;
}

bool is_plain(const CoxFit& fit) {
  return std::all_of(fit.coefficients.begin(), fit.coefficients.end(),
                     [](const CoxCoefficient& c) { return c.value.has_value(); });
}

RC_GTEST_PROP(CoxRegression, is_at_the_top_of_the_likelihood_as_it_is_defined, ()) {
  const SpellData data = random_data(*between(0, 2) == 1, *between(0, 2) == 1, *between(0, 2) == 1);
  const bool efron = *between(0, 2) == 1;
  const CoxFit fit = fit_of(data, {.ties = efron ? CoxTies::efron : CoxTies::breslow});
  // A sum of some dozen logarithms, each rounded.
  RC_ASSERT(std::abs(fit.loglik_null - naive_loglik(data, {0, 0}, efron)) <=
            1e-12 * (1 + std::abs(fit.loglik_null)));
  RC_ASSERT(fit.converged);
  if (!is_plain(fit)) return;
  const std::vector<double> top{*fit.coefficients[0].value, *fit.coefficients[1].value};
  RC_ASSERT(std::abs(fit.loglik - naive_loglik(data, top, efron)) <= 1e-11 * (1 + std::abs(fit.loglik)));
  for (const double step : {-0.01, 0.01})
    for (std::size_t j = 0; j < 2; ++j) {
      std::vector<double> aside = top;
      aside[j] += step * *fit.coefficients[j].std_error;
      RC_ASSERT(naive_loglik(data, aside, efron) < fit.loglik);
    }
}

void expect_same(const CoxFit& one, const CoxFit& other, double tolerance) {
  // The end of an endless climb is not reached: what is left of it depends on the last step, which is the square of
  // a hundredth of an error or less.
  const bool is_endless = !is_plain(one);
  RC_ASSERT(std::abs(one.loglik - other.loglik) <=
            (is_endless ? 1e-3 : tolerance) * (1 + std::abs(one.loglik)));
  const double of_error = is_endless ? 1e-3 : 1e-8;
  for (std::size_t j = 0; j < one.coefficients.size(); ++j) {
    const CoxCoefficient& a = one.coefficients[j];
    const CoxCoefficient& b = other.coefficients[j];
    RC_ASSERT(a.trouble == b.trouble);
    if (!a.value) continue;
    // In standard errors, and of the standard errors.
    RC_ASSERT(std::abs(*a.value - *b.value) <= of_error * *a.std_error);
    RC_ASSERT(std::abs(*a.std_error - *b.std_error) <= of_error * *a.std_error);
  }
}

RC_GTEST_PROP(CoxRegression, rows_of_a_customer_may_be_split_anywhere, ()) {
  const SpellData data = random_data(true, true, true);
  SpellData split{.names = data.names};
  for (std::size_t i = 0; i < data.exit.size(); ++i) {
    int from = data.entry[i];
    const auto add = [&](int to, bool is_end) {
      split.entry.push_back(from);
      split.exit.push_back(to);
      split.event.push_back(is_end ? data.event[i] : std::uint8_t{0});
      split.stratum.push_back(data.stratum[i]);
      split.weight.push_back(data.weight[i]);
      split.rows.push_back(data.rows[i]);
      from = to;
    };
    for (int parts = *between(0, 4); parts > 0 && data.exit[i] - from > 1; --parts)
      add(*between(from + 1, data.exit[i]), false);
    add(data.exit[i], true);
  }
  expect_same(fit_of(data, {.concordance = false}), fit_of(split, {.concordance = false}), 1e-11);
}

RC_GTEST_PROP(CoxRegression, does_not_depend_on_the_order_of_rows, ()) {
  const SpellData data = random_data(true, true, true);
  std::vector<std::size_t> order(data.exit.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*between(std::size_t{0}, i)]);
  SpellData other{.names = data.names};
  for (const std::size_t i : order) {
    other.entry.push_back(data.entry[i]);
    other.exit.push_back(data.exit[i]);
    other.event.push_back(data.event[i]);
    other.stratum.push_back(data.stratum[i]);
    other.weight.push_back(data.weight[i]);
    other.rows.push_back(data.rows[i]);
  }
  expect_same(fit_of(data), fit_of(other), 1e-12);
}

RC_GTEST_PROP(CoxRegression, a_weight_of_2_is_a_row_twice_with_breslows_ties_and_of_0_none, ()) {
  SpellData data = random_data(true, false, true);
  SpellData copied{.names = data.names};
  for (std::size_t i = 0; i < data.exit.size(); ++i) {
    const int times = *between(0, 4);
    data.weight.push_back(times);
    for (int k = 0; k < times; ++k) {
      copied.entry.push_back(data.entry[i]);
      copied.exit.push_back(data.exit[i]);
      copied.event.push_back(data.event[i]);
      copied.stratum.push_back(data.stratum[i]);
      copied.rows.push_back(data.rows[i]);
    }
  }
  expect_same(fit_of(data, {.ties = CoxTies::breslow}), fit_of(copied, {.ties = CoxTies::breslow}), 1e-11);
}

TEST(CoxRegression, late_entries_cost_no_digits_where_few_are_at_risk_before_many) {
  // Three leave among themselves before a million times their hazard enters; alone they give the same.
  SpellData few{
      .entry = {0, 0, 0}, .exit = {1, 2, 3}, .event = {1, 1, 0}, .rows = {{1}, {-1}, {0}}, .names = {"x"}};
  SpellData many = few;
  for (int i = 0; i < 20'000; ++i) {
    many.entry.push_back(5);
    many.exit.push_back(9);
    many.event.push_back(0);
    many.rows.push_back({40});
  }
  const CoxFit alone = fit_of(few);
  const CoxFit among = fit_of(many);
  EXPECT_NEAR(*among.coefficients[0].value, *alone.coefficients[0].value, 1e-12);
  EXPECT_NEAR(*among.coefficients[0].std_error, *alone.coefficients[0].std_error, 1e-12);
}

TEST(CoxRegression, covariates_far_from_0_and_of_any_unit_give_the_same) {
  const SpellData data = heart();
  SpellData far = data;
  for (std::vector<double>& row : far.rows) {
    row[0] = row[0] * 1e12;
    row[1] = row[1] + 2e6;
    row[2] = row[2] * 1e-30;
  }
  const CoxFit one = fit_of(data);
  const CoxFit other = fit_of(far);
  expect_close(*other.coefficients[0].value * 1e12, *one.coefficients[0].value, 1e-9, "age");
  expect_close(*other.coefficients[1].value, *one.coefficients[1].value, 1e-8, "year, rounded to 1e-10");
  expect_close(*other.coefficients[2].value * 1e-30, *one.coefficients[2].value, 1e-9, "surgery");
  EXPECT_FALSE(other.coefficients[2].hazard_ratio_interval) << "exp(1e29)";
}

// --- What has no finite estimate ---

SpellData plain_ten() {
  return {.exit = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100},
          .event = {1, 1, 1, 0, 1, 1, 1, 0, 1, 0},
          .rows = {{1, 3}, {0, 1}, {1, 2}, {0, 5}, {0, 4}, {1, 1}, {1, 0}, {0, 2}, {0, 3}, {1, 2}},
          .names = {"a", "b"}};
}

std::vector<CoxTrouble> troubles(const CoxFit& fit) {
  std::vector<CoxTrouble> result;
  for (const CoxCoefficient& coefficient : fit.coefficients) {
    result.push_back(coefficient.trouble);
    EXPECT_EQ(coefficient.value.has_value(), coefficient.trouble == CoxTrouble::none);
    EXPECT_EQ(coefficient.std_error.has_value(), coefficient.value.has_value());
    EXPECT_EQ(coefficient.p.has_value(), coefficient.value.has_value());
    EXPECT_EQ(reason(coefficient).empty(), coefficient.value.has_value());
  }
  EXPECT_TRUE(fit.covariance.allFinite());
  EXPECT_TRUE(std::isfinite(fit.loglik));
  return result;
}

using Troubles = std::vector<CoxTrouble>;

TEST(CoxRegression, where_nobody_leaves_there_is_nothing_to_say) {
  SpellData data = plain_ten();
  std::fill(data.event.begin(), data.event.end(), std::uint8_t{0});
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::no_events, CoxTrouble::no_events}));
  EXPECT_EQ(fit.rows, 10U);
  EXPECT_FALSE(fit.likelihood_ratio_test);
  EXPECT_FALSE(fit.concordance->value);
  EXPECT_FALSE(predicted_survival(fit, Eigen::VectorXd::Zero(2)));
}

TEST(CoxRegression, of_nobody_and_of_one_customer) {
  const CoxFit nobody = fit_of({.names = {"a"}});
  EXPECT_EQ(troubles(nobody), Troubles{CoxTrouble::no_events});
  for (const CoxTies ties : {CoxTies::efron, CoxTies::breslow, CoxTies::exact}) {
    const CoxFit one = fit_of({.exit = {5}, .event = {1}, .rows = {{3}}, .names = {"a"}}, {.ties = ties});
    EXPECT_EQ(troubles(one), Troubles{CoxTrouble::no_contrast});
    EXPECT_EQ(one.events, 1U);
    EXPECT_EQ(one.loglik, 0);
    EXPECT_FALSE(one.wald_test);
    EXPECT_FALSE(one.concordance->value);
  }
}

TEST(CoxRegression, everybody_leaving_on_day_one_says_nothing) {
  SpellData data = plain_ten();
  std::fill(data.exit.begin(), data.exit.end(), 0);
  std::fill(data.event.begin(), data.event.end(), std::uint8_t{1});
  for (const CoxTies ties : {CoxTies::efron, CoxTies::breslow}) {
    const CoxFit fit = fit_of(data, {.ties = ties});
    EXPECT_EQ(fit.events, 10U);
    EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::none, CoxTrouble::none}));
    EXPECT_NEAR(*fit.coefficients[0].value, 0, 1e-12) << "No order, so no difference: 0, as R has it.";
    EXPECT_FALSE(fit.concordance->value);
  }
  EXPECT_EQ(troubles(fit_of(data, {.ties = CoxTies::exact})),
            (Troubles{CoxTrouble::no_contrast, CoxTrouble::no_contrast}))
      << "All had to leave.";
}

TEST(CoxRegression, without_covariates_it_is_the_hazard_alone) {
  SpellData data = plain_ten();
  data.names.clear();
  const CoxFit fit = fit_of(data, {.ties = CoxTies::breslow});
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.loglik, fit.loglik_null);
  const auto curve = predicted_survival(fit, Eigen::VectorXd{});
  ASSERT_EQ(curve->size(), 7U);
  EXPECT_DOUBLE_EQ((*curve)[1].cumulative_hazard, 1.0 / 10 + 1.0 / 9);
  EXPECT_DOUBLE_EQ((*curve)[1].std_error, std::sqrt(1.0 / 100 + 1.0 / 81));
}

TEST(CoxRegression, without_covariates_neither_exact_ties_nor_clusters_have_anything_to_do) {
  SpellData data{.exit = {1, 2, 2, 3, 3}, .event = {1, 1, 1, 0, 1}, .rows = {}};
  const CoxFit exact = fit_of(data, {.ties = CoxTies::exact, .ridge = 1});
  EXPECT_TRUE(exact.converged);
  // Of 5 at risk 1 leaves, of 4 two, of 2 one: all choices are alike.
  expect_close(exact.loglik, -std::log(5.0 * 6 * 2), 1e-14, "exact");
  data.cluster = {1, 2, 3, 3, 1};
  const CoxFit robust = fit_of(data, {.robust = true});
  EXPECT_TRUE(robust.converged);
  EXPECT_EQ(robust.concordance->value, 0.5) << "all scores are alike";
  EXPECT_EQ(robust.covariance.size(), 0);
}

TEST(CoxRegression, a_row_whose_exit_is_its_entry_is_never_at_risk) {
  const SpellData data = plain_ten();
  SpellData with = data;
  with.entry.assign(10, 0);
  with.entry.push_back(30);
  with.exit.push_back(30);
  with.event.push_back(1);
  with.rows.push_back({1, 7});
  const CoxFit fit = fit_of(with);
  EXPECT_EQ(fit.never_at_risk, 1U);
  EXPECT_EQ(fit.events, 7U);
  EXPECT_EQ(*fit.coefficients[0].value, *fit_of(data).coefficients[0].value);
}

TEST(CoxRegression, an_entry_at_0_is_at_risk_of_leaving_at_0) {
  SpellData data = plain_ten();
  data.exit[0] = 0;
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(fit.events, 7U);
  data.entry.assign(10, 0);
  EXPECT_EQ(*fit_of(data).coefficients[0].value, *fit.coefficients[0].value);
}

TEST(CoxRegression, a_departure_that_nobody_else_was_at_risk_with_says_nothing) {
  SpellData data = plain_ten();
  data.entry.assign(10, 0);
  const CoxFit without = fit_of(data);
  for (const int at : {200, 300}) {
    data.entry.push_back(at - 50);
    data.exit.push_back(at);
    data.event.push_back(1);
    data.rows.push_back({1, 60});
  }
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(fit.events, without.events + 2);
  EXPECT_NEAR(*fit.coefficients[1].value, *without.coefficients[1].value, 1e-9);
}

TEST(CoxRegression, a_constant_has_no_contrast_and_is_left_out) {
  SpellData data = plain_ten();
  const CoxFit without = fit_of(data);
  data.names = {"a", "constant", "b"};
  for (std::vector<double>& row : data.rows) row.insert(row.begin() + 1, 0.1);
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::none, CoxTrouble::no_contrast, CoxTrouble::none}));
  EXPECT_EQ(*fit.coefficients[2].value, *without.coefficients[1].value);
  EXPECT_EQ(fit.likelihood_ratio_test->degrees_of_freedom, 2);
  EXPECT_EQ(fit.covariance(2, 2), without.covariance(1, 1));
}

TEST(CoxRegression, what_differs_only_between_strata_has_no_contrast) {
  SpellData data = plain_ten();
  data.stratum = {0, 0, 0, 0, 0, 7, 7, 7, 7, 7};
  data.names.emplace_back("c");
  for (std::size_t i = 0; i < 10; ++i) data.rows[i].push_back(data.stratum[i] == 7 ? 0.3 : 0.1);
  EXPECT_EQ(troubles(fit_of(data)), (Troubles{CoxTrouble::none, CoxTrouble::none, CoxTrouble::no_contrast}));
}

TEST(CoxRegression, what_is_the_same_in_every_risk_set_has_no_contrast_though_it_changes) {
  // The month on the calendar of customers that all began on one day.
  SpellData data{.names = {"month"}};
  for (int i = 0; i < 12; ++i)
    for (int month = 0; month <= i; ++month) {
      data.entry.push_back(month * 30);
      data.exit.push_back(month == i ? month * 30 + 20 : (month + 1) * 30);
      data.event.push_back(month == i ? 1 : 0);
      data.rows.push_back({month * 1.1});
    }
  EXPECT_EQ(troubles(fit_of(data)), Troubles{CoxTrouble::no_contrast});
}

TEST(CoxRegression, says_which_columns_a_collinear_one_follows_from) {
  SpellData data = plain_ten();
  const CoxFit without = fit_of(data);
  data.names = {"a", "b", "sum", "c"};
  const std::vector<double> more{5, 1, 4, 1, 2, 3, 0, 2, 2, 1};
  for (std::size_t i = 0; i < 10; ++i) {
    std::vector<double>& row = data.rows[i];
    row.push_back(3 * row[0] - row[1] + 100);
    row.push_back(more[i]);
  }
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit),
            (Troubles{CoxTrouble::none, CoxTrouble::none, CoxTrouble::collinear, CoxTrouble::none}));
  EXPECT_EQ(fit.coefficients[2].collinear_with, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(reason(fit.coefficients[2]), "sum follows from a, b and says nothing new.");
  data.names = {"a", "b"};
  EXPECT_NEAR(*fit_of(data).coefficients[0].value, *without.coefficients[0].value, 1e-12);
}

TEST(CoxRegression, more_columns_than_departures_are_collinear) {
  SpellData data = plain_ten();
  data.names.clear();
  for (std::size_t j = 0; j < 12; ++j) data.names.push_back("x" + std::to_string(j));
  for (std::size_t i = 0; i < 10; ++i) {
    data.rows[i].clear();
    for (std::size_t j = 0; j < 12; ++j)
      data.rows[i].push_back(std::sin(static_cast<double>(1 + i * 31 + j * 17 + i * j * 7)));
  }
  const CoxFit fit = fit_of(data);
  const Troubles found = troubles(fit);
  EXPECT_GE(std::count(found.begin(), found.end(), CoxTrouble::collinear), 12 - 9);
}

TEST(CoxRegression, a_plan_that_nobody_left_is_reported_as_separated) {
  SpellData data = plain_ten();
  data.names.emplace_back("free");
  for (std::size_t i = 0; i < 10; ++i) data.rows[i].push_back(data.event[i] == 0 ? 1 : 0);
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::none, CoxTrouble::none, CoxTrouble::separated}));
  EXPECT_EQ(fit.coefficients[2].direction, -1);
  EXPECT_FALSE(fit.wald_test);
  EXPECT_TRUE(fit.likelihood_ratio_test);
  EXPECT_TRUE(fit.baselines.empty());
  EXPECT_TRUE(fit.concordance->value);

  // At the limit those on it are at risk of nothing: the others are what they are without them.
  SpellData others{.names = {"a", "b"}};
  for (std::size_t i = 0; i < 10; ++i) {
    if (data.event[i] == 0) continue;
    others.exit.push_back(data.exit[i]);
    others.event.push_back(1);
    others.rows.push_back({data.rows[i][0], data.rows[i][1]});
  }
  const CoxFit limit = fit_of(others);
  for (std::size_t j = 0; j < 2; ++j) {
    EXPECT_NEAR(*fit.coefficients[j].value, *limit.coefficients[j].value, 1e-7);
    EXPECT_NEAR(*fit.coefficients[j].std_error, *limit.coefficients[j].std_error, 1e-7);
  }
  EXPECT_NEAR(fit.loglik, limit.loglik, 1e-8);
}

TEST(CoxRegression, complete_separation_is_reported_and_a_ridge_bounds_it) {
  SpellData data{.names = {"x"}};
  for (int i = 0; i < 30; ++i) {
    data.exit.push_back(i + 1);
    data.event.push_back(1);
    data.rows.push_back({-1.0 * i});
  }
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit), Troubles{CoxTrouble::separated});
  EXPECT_EQ(fit.coefficients[0].direction, 1);
  EXPECT_EQ(fit.concordance->value, 1);
  EXPECT_NEAR(fit.loglik, 0, 1e-6);
  const CoxFit ridge = fit_of(data, {.ridge = 0.1});
  EXPECT_EQ(troubles(ridge), Troubles{CoxTrouble::none});
  EXPECT_GT(*ridge.coefficients[0].value, 0);
}

TEST(CoxRegression, a_combination_may_be_separated_where_no_column_is) {
  // Who has more of a than of b leaves first.
  SpellData data{.exit = {1, 2, 3, 4, 5, 6, 7, 8},
                 .event = {1, 1, 1, 1, 1, 1, 1, 1},
                 .rows = {{5, 1}, {1, -2}, {4, 2}, {2, 1}, {0, 1}, {-3, -1}, {3, 6}, {-1, 4}},
                 .names = {"a", "b"}};
  EXPECT_EQ(troubles(fit_of(data)), (Troubles{CoxTrouble::separated, CoxTrouble::separated}));
}

TEST(CoxRegression, a_step_too_far_is_no_end_of_the_likelihood) {
  // On the way one of Newton's steps oversteps and is cut, long before the likelihood flattens out. R does not
  // converge, but comes near the limit:
  //   coxph(Surv(entry, exit, event) ~ a + b + c + strata(stratum), weights = weight,
  //         control = coxph.control(iter.max = 100, eps = 1e-14))$loglik
  SpellData data{.entry = {0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0},
                 .exit = {3, 2, 2, 1, 1, 1, 2, 1, 6, 3, 3, 1},
                 .event = {1, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0},
                 .stratum = {2, 3, 2, 1, 2, 1, 2, 2, 1, 1, 2, 3},
                 .weight = {0.5, 0.5, 2, 0.25, 1, 1, 0.5, 1, 1, 0.5, 3.7, 3.7},
                 .rows = {{0, 0.483, 489.216975867748260},
                          {1, -1.053, 843.423519749194384},
                          {0, 2.859, 641.096834326162934},
                          {1, -1.848, 784.323210362344980},
                          {0, -0.161, 752.688602078706026},
                          {0, 1.217, 263.464415678754449},
                          {0, 0.245, 260.811054846271873},
                          {0, 1.208, 48.051760997623205},
                          {1, 1.387, 159.844952868297696},
                          {0, -3.069, 596.584322629496455},
                          {0, 0.036, 625.981842633336782},
                          {1, 4.039, 963.708005147054791}},
                 .names = {"a", "b", "c"}};
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::separated, CoxTrouble::separated, CoxTrouble::separated}));
  expect_close(fit.loglik_null, -5.188846495428941, 1e-12, "null");
  // It is log(1/2) / 2: a departure of weight 1/2 beside another that no coefficients tell apart. Steps below 1e-5
  // of an error leave 1e-10 of the likelihood, and R as much.
  expect_close(fit.loglik, -0.346573590279974, 1e-9, "limit");
}

TEST(CoxRegression, the_score_test_is_of_the_start_and_holds_where_all_is_separated) {
  // coxph(Surv(exit, event) ~ a + b)$score
  const SpellData data{.exit = {1, 1, 1, 3, 1, 5},
                       .event = {0, 0, 0, 1, 1, 0},
                       .rows = {{1, 0}, {2, 1}, {1, 1}, {1, 1}, {0, 2}, {1, 1}},
                       .names = {"a", "b"}};
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::separated, CoxTrouble::separated}));
  ASSERT_TRUE(fit.score_test);
  expect_close(fit.score_test->chi_square, 4, 1e-12, "score");
  EXPECT_FALSE(fit.wald_test);
}

TEST(CoxRegression, tiny_weights_are_as_good_as_any) {
  SpellData data = plain_ten();
  data.weight = {1, 2, 1, 3, 1, 1, 2, 1, 1, 2};
  const CoxFit fit = fit_of(data);
  for (double& weight : data.weight) weight *= 0x1p-60;
  const CoxFit tiny = fit_of(data);
  // Weights are smaller by a power of 2, which rounds nothing, and steps end when they do.
  for (std::size_t j = 0; j < 2; ++j) {
    expect_close(*tiny.coefficients[j].value, *fit.coefficients[j].value, 1e-12, "value");
    expect_close(*tiny.coefficients[j].std_error, *fit.coefficients[j].std_error * 0x1p30, 1e-12, "error");
  }
}

TEST(CoxRegression, what_differs_by_less_than_doubles_can_square_has_no_contrast) {
  SpellData data = plain_ten();
  const CoxFit without = fit_of(data);
  data.names.emplace_back("hardly");
  for (std::size_t i = 0; i < 10; ++i) data.rows[i].push_back(i % 3 == 0 ? 1e-200 : 0);
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(fit.coefficients[2].trouble, CoxTrouble::no_contrast);
  EXPECT_TRUE(fit.covariance.allFinite());
  EXPECT_EQ(fit.coefficients[0].value, without.coefficients[0].value);
}

TEST(CoxRegression, steps_that_do_not_suffice_leave_no_value) {
  const CoxFit fit = fit_of(plain_ten(), {.max_steps = 1});
  EXPECT_FALSE(fit.converged);
  EXPECT_EQ(troubles(fit), (Troubles{CoxTrouble::not_converged, CoxTrouble::not_converged}));
}

TEST(CoxRegression, a_hazard_that_spans_more_than_doubles_is_no_nan) {
  SpellData data = plain_ten();
  data.names.emplace_back("huge");
  for (std::size_t i = 0; i < 10; ++i) data.rows[i].push_back(i == 4 ? 1e90 : 0);
  const CoxFit fit = fit_of(data);
  (void)troubles(fit);
}

TEST(CoxRegression, robust_errors_of_one_cluster_are_undefined) {
  SpellData data = plain_ten();
  data.cluster.assign(10, 4);
  const CoxFit fit = fit_of(data);
  EXPECT_TRUE(fit.coefficients[0].std_error);
  EXPECT_FALSE(fit.coefficients[0].robust_std_error);
}

TEST(CoxRegression, refuses_what_is_no_data) {
  const auto refused = [](auto change, const CoxOptions& options = {}) {
    SpellData data = plain_ten();
    change(data);
    return error_of([&] { (void)fit_of(data, options); });
  };
  EXPECT_EQ(refused([](SpellData& d) { d.event.pop_back(); }), "out_of_range");
  EXPECT_EQ(refused([](SpellData& d) { d.entry = {1}; }), "out_of_range");
  EXPECT_EQ(refused([](SpellData& d) { d.stratum = {1}; }), "out_of_range");
  EXPECT_EQ(refused([](SpellData& d) { d.weight = {1}; }), "out_of_range");
  EXPECT_EQ(refused([](SpellData& d) { d.cluster = {1}; }), "out_of_range");
  EXPECT_EQ(refused([](SpellData& d) { d.exit[0] = -1; }), "bad_period");
  EXPECT_EQ(refused([](SpellData& d) { d.entry.assign(10, 11); }), "bad_period");
  EXPECT_EQ(refused([](SpellData& d) { d.weight.assign(10, -1); }), "bad_number");
  EXPECT_EQ(refused([](SpellData& d) { d.weight.assign(10, std::nan("")); }), "bad_number");
  EXPECT_EQ(refused([](SpellData& d) { d.weight.assign(10, 1e308); }), "bad_number") << "sums run over";
  EXPECT_EQ(refused([](SpellData& d) { d.weight.assign(10, 1e-310); }), "bad_number");
  EXPECT_EQ(refused([](SpellData& d) { d.rows[2][1] = std::nan(""); }), "bad_number");
  EXPECT_EQ(refused([](SpellData& d) { d.rows[2][1] = std::numeric_limits<double>::infinity(); }),
            "bad_number");
  const auto nothing = [](SpellData&) {};
  EXPECT_EQ(refused(nothing, {.ridge = -1}), "bad_number");
  EXPECT_EQ(refused(nothing, {.confidence = 1}), "bad_number");
  EXPECT_EQ(refused(nothing, {.tolerance = 0}), "bad_number");
  EXPECT_EQ(refused(nothing, {.ties = CoxTies::exact, .robust = true}), "unknown_name");
  EXPECT_EQ(refused([](SpellData& d) { d.weight.assign(10, 2); }, {.ties = CoxTies::exact}), "unknown_name");
  const SpellData data = plain_ten();
  EXPECT_EQ(error_of([&] { (void)cox_regression(data.columns(), data.covariates(), {"a"}); }),
            "out_of_range");
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(error_of([&] { (void)predicted_survival(fit, Eigen::VectorXd::Zero(1)); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)predicted_survival(fit, Eigen::VectorXd::Zero(2), 3); }), "out_of_range");
  EXPECT_EQ(error_of([&] {
              (void)predicted_survival(
                  fit, Eigen::VectorXd::Constant(2, std::numeric_limits<double>::quiet_NaN()));
            }),
            "bad_number");
}

#ifdef CHURN_ORACLES_DIR
// Answers of R on known data. Needs CHURN_ORACLES_DIR.

using Record = std::map<std::string, std::string>;

std::vector<Record> records_of(const std::string& file) {
  return support::read_csv(std::string(CHURN_ORACLES_DIR) + "/" + file);
}

/// Numbers as they are, levels of a factor as column name and level.
std::optional<double> value_of(const Record& record, const std::string& term) {
  static const std::map<std::string, std::pair<std::string, std::string>> switches{
      {"intl", {"International plan", "Yes"}}, {"vmail", {"Voice mail plan", "Yes"}}};
  if (const auto found = switches.find(term); found != switches.end())
    return record.at(found->second.first) == found->second.second ? 1 : 0;
  std::string spaced = term;
  std::replace(spaced.begin(), spaced.end(), '_', ' ');
  for (const std::string& name : {term, spaced})
    if (const auto found = record.find(name); found != record.end())
      return found->second.empty() ? std::nullopt : std::optional{std::stod(found->second)};
  for (const auto& [name, text] : record)
    if (term.starts_with(name) && term != name) return text == term.substr(name.size()) ? 1 : 0;
  throw std::runtime_error("no term " + term);
}

/// What the formula says, less the rows in which a covariate is not known.
SpellData data_of(const std::vector<Record>& records, const std::string& formula,
                  const std::vector<std::string>& terms) {
  SpellData data;
  data.names = terms;
  const std::string left = formula.substr(0, formula.find('~'));
  const bool is_late = left.find("entry") != std::string::npos;
  const std::size_t strata = formula.find("strata(");
  std::map<std::string, std::int32_t> levels;
  for (const Record& record : records) {
    std::vector<double> row;
    for (const std::string& term : terms)
      if (const auto value = value_of(record, term)) row.push_back(*value);
    if (row.size() != terms.size()) continue;
    const auto integer = [&](const std::string& name) { return std::stoi(record.at(name)); };
    int exit = 0;
    bool event = false;
    if (is_late) {
      exit = integer("exit");
      event = integer("cens") == 1;
      if (exit <= integer("entry")) continue;
      data.entry.push_back(integer("entry"));
    } else if (record.contains("etime")) {
      exit = integer("etime");
      event = integer("event") == (formula.find("ev == 1") != std::string::npos ? 1 : 2);
    } else if (record.contains("Account length")) {
      exit = integer("Account length");
      event = record.at("Churn") == "True" || record.at("Churn") == "TRUE";
    } else {
      exit = integer("time");
      event = integer("status") == (left.find("== 2") != std::string::npos ? 2 : 1);
    }
    if (strata != std::string::npos) {
      const std::size_t begin = strata + std::string("strata(").size();
      const std::string& level = record.at(formula.substr(begin, formula.find(')', begin) - begin));
      data.stratum.push_back(
          levels.try_emplace(level, static_cast<std::int32_t>(levels.size())).first->second);
    }
    data.exit.push_back(exit);
    data.event.push_back(event ? 1 : 0);
    data.rows.push_back(row);
  }
  return data;
}

using nlohmann::json;

void expect_tests(const CoxFit& fit, const json& answer, const std::string& what) {
  const auto expect = [&](const std::optional<CoxTest>& test, const json& of_r) {
    ASSERT_TRUE(test) << what;
    // A difference of logarithms of likelihoods, which are good to 1e-12: the tests lose up to three digits.
    expect_close(test->chi_square, of_r.at("test"), 1e-9, what + " test");
    EXPECT_EQ(test->degrees_of_freedom, of_r.at("df").get<double>()) << what;
    // A relative error of 1e-9 in a statistic of 400 is one of 2e-7 in its tail.
    EXPECT_NEAR(test->p.value, of_r.at("pvalue").get<double>(), 1e-6 * of_r.at("pvalue").get<double>())
        << what;
  };
  expect(fit.likelihood_ratio_test, answer.at("lr_test"));
  expect(fit.wald_test, answer.at("wald_test"));
  expect(fit.score_test, answer.at("score_test"));
}

void expect_coefficients(const CoxFit& fit, const json& answer, const std::string& what) {
  for (std::size_t j = 0; j < fit.coefficients.size(); ++j) {
    const CoxCoefficient& c = fit.coefficients[j];
    ASSERT_TRUE(c.value) << what;
    expect_close(*c.value, answer["coef"][j], 1e-8, what + c.name);
    expect_close(*c.std_error, answer["se"][j], 1e-8, what + c.name);
    expect_close(*c.z, answer["z"][j], 1e-8, what + c.name);
    EXPECT_NEAR(c.p->value, answer["p"][j].get<double>(), 1e-6 * answer["p"][j].get<double>()) << what;
    expect_close(*c.hazard_ratio, answer["hazard_ratio"][j], 1e-8, what + c.name);
    expect_close(c.hazard_ratio_interval->low, answer["hr_lower95"][j], 1e-8, what + c.name);
    expect_close(c.hazard_ratio_interval->high, answer["hr_upper95"][j], 1e-8, what + c.name);
    for (std::size_t m = 0; m < fit.coefficients.size(); ++m)
      EXPECT_NEAR(fit.covariance(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(m)),
                  answer["vcov"][j][m].get<double>(), 1e-8 * *c.std_error * *fit.coefficients[m].std_error)
          << what;
  }
}

void expect_concordance(const CoxFit& fit, const json& answer, const std::string& what) {
  expect_close(*fit.concordance->value, answer["concordance"], 1e-12, what);
  expect_close(*fit.concordance->std_error, answer["concordance_se"], 1e-8, what);
  const json& counts = answer["concordance_counts"];
  EXPECT_EQ(fit.concordance->concordant, counts["concordant"].get<double>()) << what;
  EXPECT_EQ(fit.concordance->discordant, counts["discordant"].get<double>()) << what;
  EXPECT_EQ(fit.concordance->tied_score, counts["tied.x"].get<double>()) << what;
  EXPECT_EQ(fit.concordance->tied_time, counts["tied.y"].get<double>()) << what;
  EXPECT_EQ(fit.concordance->tied_both, counts["tied.xy"].get<double>()) << what;
}

/// The terms of R's table: a column by its name, or with its levels behind it.
void expect_proportional(const SpellData& data, const CoxFit& fit, const json& answer,
                         const std::string& what) {
  ProportionalHazardsOptions options;
  for (const std::string name : answer["rows"]) {
    if (name == "GLOBAL") continue;
    CoxTerm& term = options.terms.emplace_back();
    term.name = name;
    const bool is_column = std::find(data.names.begin(), data.names.end(), name) != data.names.end();
    for (const std::string& column : data.names)
      if (is_column ? column == name : column.starts_with(name)) term.columns.push_back(column);
  }
  const ProportionalHazardsCheck check =
      proportional_hazards(data.columns(), data.covariates(), fit, options);
  const auto expect = [&](const std::optional<CoxTest>& test, const std::string& row) {
    ASSERT_TRUE(test) << what;
    // A score at estimates that are good to 1e-8 of their standard error moves by as much.
    expect_close(test->chi_square, answer["chisq"][row], 1e-7, what + row);
    EXPECT_EQ(test->degrees_of_freedom, answer["df"][row].get<double>()) << what << row;
    expect_close(test->p.value, answer["p"][row], 1e-7, what + row);
  };
  for (const ProportionalHazardsTerm& term : check.terms) expect(term.test, term.name);
  expect(check.global, "GLOBAL");
}

void expect_baseline(const CoxFit& fit, const json& answer, const std::string& what) {
  const auto curve =
      predicted_survival(fit, Eigen::VectorXd::Zero(static_cast<Eigen::Index>(fit.coefficients.size())));
  ASSERT_TRUE(curve) << what;
  for (std::size_t i = 0; i < answer["times"].size(); ++i) {
    double hazard = 0;
    for (const CoxCurveRow& row : *curve)
      if (row.time <= answer["times"][i].get<int>()) hazard = row.cumulative_hazard;
    // At 0, which may be many deviations from the data: exp of b x mean, with b good to 1e-8.
    expect_close(hazard, answer["cumhaz"][i], 1e-7, what);
  }
}

void expect_answers(const std::vector<Record>& records, const std::string& file, std::size_t expected) {
  std::ifstream in{std::string(CHURN_ORACLES_DIR) + "/" + file};
  const json answers = json::parse(in);
  ASSERT_EQ(answers.size(), expected);
  for (const json& answer : answers) {
    const std::string formula = answer["formula"];
    const std::string ties = answer["ties"];
    const std::string what = file + " " + formula + " " + ties + " ";
    const SpellData data = data_of(records, formula, answer["terms"]);
    CoxOptions options;
    options.ties = ties == "efron" ? CoxTies::efron : ties == "breslow" ? CoxTies::breslow : CoxTies::exact;
    const CoxFit fit = fit_of(data, options);
    EXPECT_EQ(fit.rows, answer["n"].get<std::size_t>()) << what;
    EXPECT_EQ(fit.events, answer["n_event"].get<std::size_t>()) << what;
    EXPECT_NEAR(fit.loglik_null, answer["loglik_null"].get<double>(), 1e-12 * -fit.loglik_null) << what;
    EXPECT_NEAR(fit.loglik, answer["loglik"].get<double>(), 1e-12 * -fit.loglik) << what;
    expect_coefficients(fit, answer, what);
    expect_tests(fit, answer, what);
    expect_concordance(fit, answer, what);
    expect_proportional(data, fit, answer["ph_test_km_transform"], what);
    if (answer.contains("baseline_cumhaz_at_x0")) expect_baseline(fit, answer["baseline_cumhaz_at_x0"], what);
  }
}

TEST(CoxOracles, of_lung_cancer) {
  expect_answers(records_of("survival_lung/lung.csv"), "survival_lung/cox.json", 8);
}
TEST(CoxOracles, of_leukaemia_also_with_exact_ties) {
  expect_answers(records_of("survival_aml/aml.csv"), "survival_aml/cox.json", 3);
}
TEST(CoxOracles, of_veterans) {
  expect_answers(records_of("survival_veteran/veteran.csv"), "survival_veteran/cox.json", 6);
}
TEST(CoxOracles, of_a_retirement_home_with_late_entries) {
  expect_answers(records_of("survival_channing_left_truncated/channing.csv"),
                 "survival_channing_left_truncated/cox.json", 2);
}
TEST(CoxOracles, of_each_cause_of_two) {
  expect_answers(records_of("survival_mgus2_competing/mgus2_competing.csv"),
                 "survival_mgus2_competing/cause_specific_cox.json", 4);
}
TEST(CoxOracles, of_customers_of_a_telecom) {
  std::vector<Record> records = records_of("churn_bigml/churn_bigml_80.csv");
  const std::vector<Record> others = records_of("churn_bigml/churn_bigml_20.csv");
  records.insert(records.end(), others.begin(), others.end());
  expect_answers(records, "churn_bigml/cox.json", 2);
}

// coxph of survival 3.5-3 on L <- na.omit(lung[, c("inst","time","status","age","sex","ph.ecog")]), of 226
// rows, with w <- (age %% 3) / 2 + 0.5 where weights are said to be.

SpellData lung(bool weighted, bool clustered, bool by_sex) {
  std::vector<Record> records = records_of("survival_lung/lung.csv");
  std::erase_if(records, [](const Record& r) { return r.at("inst").empty() || r.at("ph.ecog").empty(); });
  SpellData data = by_sex ? data_of(records, "Surv(time, status == 2) ~ strata(sex)", {"age", "ph.ecog"})
                          : data_of(records, "Surv(time, status == 2) ~", {"age", "sex", "ph.ecog"});
  for (const Record& record : records) {
    if (weighted) data.weight.push_back(std::stoi(record.at("age")) % 3 / 2.0 + 0.5);
    if (clustered) data.cluster.push_back(std::stoull(record.at("inst")));
  }
  return data;
}

TEST(CoxOfR, with_weights) {
  OfR r{.coefficients = {0.0056524280232143906, -0.5109009260222192594, 0.4154163199835030906},
        .std_errors = {0.0087074733739256286, 0.1651371957805922164, 0.1141675625370586339},
        .loglik_null = -774.57947043091360,
        .loglik = -762.94373909291983,
        .wald = 22.956445448866333,
        .score = 23.268118288532413,
        .concordance = 0.62140383670632782,
        .concordance_error = 0.028559880961191234};
  expect_fit(fit_of(lung(true, false, false)), r, "weights = w, robust = FALSE");
  r.robust = {0.011068701728785539, 0.182947101825377240, 0.138344141835755136};
  r.wald = 14.309920545661427;
  expect_fit(fit_of(lung(true, false, false), {.robust = true}), r, "weights = w, robust = TRUE");
  expect_fit(fit_of(lung(true, false, false), {.ties = CoxTies::breslow, .robust = true}),
             {.coefficients = {0.0056193123114109383, -0.5100225691443235343, 0.4147184684793724374},
              .std_errors = {0.0087065029664245685, 0.1651432828401880049, 0.1141552752244741759},
              .robust = {0.011046822276056899, 0.182663837356969394, 0.138132017962757814},
              .loglik_null = -774.82310552162312,
              .loglik = -763.22820580953044,
              .wald = 14.289334378837182,
              .score = 23.186717589699505,
              .concordance = 0.62140383670632782,
              .concordance_error = 0.028559880961191234},
             "weights = w, robust = TRUE, ties = \"breslow\"");
}

TEST(CoxOfR, with_clusters_and_strata) {
  expect_fit(fit_of(lung(false, true, false)),
             {.coefficients = {0.01123216425727481, -0.55659341398513240, 0.46921639676610194},
              .std_errors = {0.0092621054059748124, 0.1680710308771826422, 0.1142904021587398400},
              .robust = {0.0068887270563309944, 0.1122866799070335458, 0.1176159532712614947},
              .loglik_null = -739.37498368516458,
              .loglik = -724.11925311848063,
              .wald = 33.861709778103695,
              .score = 30.487481049010942,
              .concordance = 0.63760204081632654,
              .concordance_error = 0.028964173703965947},
             "cluster = inst");
  expect_fit(fit_of(lung(true, true, true)),
             {.coefficients = {0.0062288473859834137, 0.4210675164465068065},
              .std_errors = {0.0087089679602774545, 0.1152668290233158505},
              .robust = {0.007117728815122619, 0.128640130231789412},
              .loglik_null = -664.91879301391259,
              .loglik = -657.47239965533117,
              .wald = 10.82992839650092,
              .score = 15.181375182226077,
              .concordance = 0.59690037405346230,
              .concordance_error = 0.028405690830851548},
             "age + ph.ecog + strata(sex), weights = w, cluster = inst");
}

TEST(CoxOfR, with_a_ridge) {
  // ridge(age, sex, ph.ecog, theta = 5, scale = FALSE): R stops its steps earlier there, by the penalized
  // likelihood.
  const CoxFit as_given = fit_of(lung(false, false, false), {.ridge = 5, .ridge_per_deviation = false});
  const std::vector<double> values{0.011628803276853479, -0.486208109370997787, 0.437823867203521788};
  const std::vector<double> errors{0.0092598897945484326, 0.1557992617225398835, 0.1109103719146966038};
  // ridge(age, sex, ph.ecog, theta = 5)
  const CoxFit scaled = fit_of(lung(false, false, false), {.ridge = 5});
  const std::vector<double> scaled_values{0.01104668261831666, -0.53710155731671583, 0.45409399069059786};
  const std::vector<double> scaled_errors{0.0090937945995477054, 0.1647841989818723818,
                                          0.1124222901498268673};
  for (std::size_t j = 0; j < 3; ++j) {
    expect_close(*as_given.coefficients[j].value, values[j], 1e-7, "as given");
    expect_close(*as_given.coefficients[j].std_error, errors[j], 1e-7, "as given");
    expect_close(*scaled.coefficients[j].value, scaled_values[j], 1e-7, "scaled");
    expect_close(*scaled.coefficients[j].std_error, scaled_errors[j], 1e-7, "scaled");
  }
  expect_close(as_given.loglik, -724.23892462217032, 1e-9, "as given");
  expect_close(as_given.likelihood_ratio_test->degrees_of_freedom, 2.81669866944724, 1e-7, "as given");
  expect_close(scaled.loglik, -724.13477368931376, 1e-9, "scaled");
  expect_close(scaled.likelihood_ratio_test->degrees_of_freedom, 2.9006644799364163, 1e-7, "scaled");
}

TEST(CoxOfR, curves_of_a_customer) {
  // survfit(coxph(... ~ age + sex + ph.ecog, L), data.frame(age = 60, sex = 2, ph.ecog = 1), conf.type =
  // "log-log")
  const CoxFit fit = fit_of(lung(false, false, false));
  const auto curve = predicted_survival(fit, Eigen::Vector3d{60, 2, 1});
  struct Answer {
    int time;
    double survival, cumulative_hazard, low, high, std_error;
  };
  for (const Answer& of_r : {Answer{5, 0.99716708260128450, 0.0028369377037995125, 0.97973014297121863,
                                    0.99960706166822122, 0.0028610626942187209},
                             {11, 0.98864784124952132, 0.0114170863512672270, 0.96905241866017666,
                              0.99586214469880896, 0.0059000679095111853},
                             {100, 0.91086252483035768, 0.0933632988940614333, 0.86565452979001478,
                              0.94136940269165958, 0.0207300770423402801},
                             {883, 0.12032820040742312, 2.1175322661211448683, 0.04621593029044771,
                              0.23259353916041295, 0.4028445475375947438}}) {
    const auto row = std::find_if(curve->rbegin(), curve->rend(),
                                  [&](const CoxCurveRow& r) { return r.time <= of_r.time; });
    expect_close(row->survival, of_r.survival, 1e-8, "survival");
    expect_close(row->cumulative_hazard, of_r.cumulative_hazard, 1e-8, "hazard");
    expect_close(row->std_error, of_r.std_error, 1e-8, "error");
    expect_close(row->interval->low, of_r.low, 1e-8, "low");
    expect_close(row->interval->high, of_r.high, 1e-8, "high");
  }
}

TEST(CoxOfR, curves_of_a_stratum_with_weights) {
  // survfit(coxph(... ~ age + ph.ecog + strata(sex), L, weights = w, robust = FALSE), data.frame(age = 60,
  // ph.ecog = 1, sex = 2)); in the oracle's order of rows the second sex that is met is stratum 1.
  const std::vector<int> times{5, 81, 365, 765};
  struct Answer {
    CoxTies ties;
    std::vector<double> hazard, error;
  };
  for (const Answer& of_r :
       {Answer{CoxTies::breslow,
               {0.015390672154486714, 0.085009841539430295, 0.645188935953146636, 2.497822396251307531},
               {0.012572915413153059, 0.030152099666352017, 0.111015348233945141, 0.617759061721127267}},
        Answer{CoxTies::efron,
               {0.015390472355329265, 0.085008709051424602, 0.645510059738544029, 2.498153117223794073},
               {0.012572756934462149, 0.030151760245868912, 0.111054343591003926, 0.617773302729488716}}}) {
    const CoxFit fit = fit_of(lung(true, false, true), {.ties = of_r.ties});
    const auto curve = predicted_survival(fit, Eigen::Vector2d{60, 1}, 1);
    for (std::size_t i = 0; i < times.size(); ++i) {
      const auto row = std::find_if(curve->rbegin(), curve->rend(),
                                    [&](const CoxCurveRow& r) { return r.time <= times[i]; });
      expect_close(row->cumulative_hazard, of_r.hazard[i], 1e-8, std::to_string(times[i]));
      expect_close(row->std_error, of_r.error[i], 1e-8, std::to_string(times[i]));
    }
  }
}
#endif

}  // namespace
}  // namespace churn
