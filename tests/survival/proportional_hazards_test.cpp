#include <churn/survival/proportional_hazards.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "survival/heart_transplants.hpp"
#include "survival/spell_data.hpp"

namespace churn {
namespace {

using core_test::error_of;
using survival_test::heart;
using survival_test::SpellData;

// Scores of R's oracles, with every kind of model, are in cox_test.cpp.

CoxFit fit_of(const SpellData& data, const CoxOptions& options = {}) {
  return cox_regression(data.columns(), data.covariates(), data.names, options);
}

ProportionalHazardsCheck check_of(const SpellData& data, const CoxFit& fit,
                                  const ProportionalHazardsOptions& options = {}) {
  return proportional_hazards(data.columns(), data.covariates(), fit, options);
}

TEST(ProportionalHazards, of_heart_transplants_by_each_transform_of_time) {
  // cox.zph(coxph(Surv(start, stop, event) ~ age + year + surgery + transplant, heart), transform), R 4.2.2,
  // survival 3.5-3. Half days instead of days are the same by each of the four, less their mean.
  struct Answer {
    TenureTransform transform;
    std::vector<double> chi_square;
  };
  const SpellData data = heart();
  const CoxFit fit = fit_of(data);
  for (const Answer& of_r : {Answer{TenureTransform::km,
                                    {0.86687471091540824, 1.71641442920760690, 0.09739505911615419,
                                     0.20293438815305823, 3.47310229884558241}},
                             {TenureTransform::identity,
                              {1.75729093008010606, 1.51220047556383475, 1.37611056122271913,
                               0.12202930161996779, 4.68794841096184012}},
                             {TenureTransform::rank,
                              {0.8307160961266273347, 1.0518677933579436701, 0.0038478590656182291,
                               0.2524384836314537139, 2.6843268107265054745}},
                             {TenureTransform::log,
                              {0.4365690328893257477, 1.0578983579954495120, 0.0099433792266384116,
                               0.1266544431442585550, 2.1162989485941716694}}}) {
    const ProportionalHazardsCheck check = check_of(data, fit, {.transform = of_r.transform});
    // Scores at estimates that differ from R's by 1e-9 of their errors.
    for (std::size_t j = 0; j < 4; ++j)
      EXPECT_NEAR(check.terms[j].test->chi_square, of_r.chi_square[j], 1e-7 * (1e-2 + of_r.chi_square[j]));
    EXPECT_NEAR(check.global->chi_square, of_r.chi_square[4], 1e-7 * of_r.chi_square[4]);
    EXPECT_EQ(check.global->degrees_of_freedom, 4);
  }
}

TEST(ProportionalHazards, drift_is_the_first_step_of_a_regression_with_the_product) {
  // With few departures and a drift near 0, the step of Newton's method from the fit is nearly the estimate.
  // Rows split at each departure carry age x tenure.
  SpellData data{.names = {"x"}};
  for (int i = 0; i < 400; ++i) {
    data.exit.push_back(1 + i * 37 % 101);
    data.event.push_back(i % 3 == 0 ? 0 : 1);
    data.rows.push_back({std::sin(1.7 * i)});
  }
  const ProportionalHazardsCheck check =
      check_of(data, fit_of(data), {.transform = TenureTransform::identity});
  SpellData split{.names = {"x", "x by tenure"}};
  for (std::size_t i = 0; i < data.exit.size(); ++i)
    for (int day = 1; day <= data.exit[i]; ++day) {
      split.entry.push_back(day - 1);
      split.exit.push_back(day);
      split.event.push_back(day == data.exit[i] ? data.event[i] : std::uint8_t{0});
      split.rows.push_back({data.rows[i][0], data.rows[i][0] * day});
    }
  const CoxFit whole = fit_of(split);
  const CoxCoefficient& drift = whole.coefficients[1];
  // The next step is smaller by the order of the drift itself in standard errors times skewness over root n.
  EXPECT_NEAR(*check.terms[0].drift, *drift.value, 0.02 * *drift.std_error);
  EXPECT_NEAR(check.terms[0].test->chi_square, *drift.z * *drift.z, 0.05);
}

TEST(ProportionalHazards, an_effect_that_turns_is_found) {
  // Who pays by the year leaves at the end of it, others in the first months.
  SpellData data{.names = {"annual"}};
  for (int i = 0; i < 100; ++i) {
    data.exit.push_back(i % 2 == 0 ? 360 + i : 1 + 7 * i);
    data.event.push_back(1);
    data.rows.push_back({i % 2 == 0 ? 1.0 : 0.0});
  }
  const ProportionalHazardsCheck check = check_of(data, fit_of(data));
  EXPECT_LT(check.terms[0].test->p.value, 1e-4);
  EXPECT_GT(*check.terms[0].drift, 0) << "It leaves less at first and more later.";
}

TEST(ProportionalHazards, a_term_of_several_columns_is_tested_as_one) {
  const SpellData data = heart();
  const CoxFit fit = fit_of(data);
  const ProportionalHazardsCheck check =
      check_of(data, fit, {.terms = {{"all", {"age", "year", "surgery", "transplant"}}}});
  ASSERT_EQ(check.terms.size(), 1U);
  EXPECT_EQ(check.terms[0].test->chi_square, check.global->chi_square);
  EXPECT_EQ(check.terms[0].test->degrees_of_freedom, 4);
  EXPECT_FALSE(check.terms[0].drift);
}

TEST(ProportionalHazards, is_undefined_where_nothing_can_be_said) {
  const SpellData one_day{
      .exit = {5, 5, 5, 9}, .event = {1, 1, 0, 0}, .rows = {{1}, {2}, {0}, {3}}, .names = {"x"}};
  const ProportionalHazardsCheck of_one_day = check_of(one_day, fit_of(one_day));
  EXPECT_FALSE(of_one_day.terms[0].test) << "All left at one time, so nothing changes with it.";
  EXPECT_FALSE(of_one_day.global);

  const SpellData nobody{.exit = {5, 9}, .event = {0, 0}, .rows = {{1}, {2}}, .names = {"x"}};
  EXPECT_FALSE(check_of(nobody, fit_of(nobody)).global);

  const SpellData separated{
      .exit = {1, 2, 3, 4}, .event = {1, 1, 1, 1}, .rows = {{4}, {3}, {2}, {1}}, .names = {"x"}};
  EXPECT_FALSE(check_of(separated, fit_of(separated)).global);

  SpellData constant = heart();
  const ProportionalHazardsCheck without = check_of(constant, fit_of(constant));
  constant.names.emplace_back("constant");
  for (std::vector<double>& row : constant.rows) row.push_back(3);
  const ProportionalHazardsCheck with = check_of(constant, fit_of(constant));
  EXPECT_FALSE(with.terms[4].test);
  EXPECT_EQ(with.global->chi_square, without.global->chi_square);
}

TEST(ProportionalHazards, rows_that_weigh_nothing_or_are_never_at_risk_change_nothing) {
  SpellData data = heart();
  data.weight.assign(data.exit.size(), 1);
  SpellData more = data;
  for (int i = 0; i < 40; ++i) {  // leave early, and would make up most of Kaplan-Meier and of the ranks
    const bool weighs = i % 2 == 0;
    more.entry.push_back(weighs ? 3 : 0);
    more.exit.push_back(3);
    more.event.push_back(1);
    more.weight.push_back(weighs ? 1 : 0);
    more.rows.push_back(more.rows.front());
  }
  const CoxFit fit = fit_of(data);
  CoxFit same = fit_of(more);
  for (const TenureTransform transform :
       {TenureTransform::km, TenureTransform::identity, TenureTransform::rank, TenureTransform::log}) {
    const ProportionalHazardsCheck expected = check_of(data, fit, {.transform = transform});
    const ProportionalHazardsCheck check = check_of(more, same, {.transform = transform});
    for (std::size_t j = 0; j < 4; ++j)
      EXPECT_EQ(check.terms[j].test->chi_square, expected.terms[j].test->chi_square);
    EXPECT_EQ(check.global->chi_square, expected.global->chi_square);
  }
}

TEST(ProportionalHazards, columns_that_are_called_the_same_are_each_a_term) {
  SpellData data = heart();
  const ProportionalHazardsCheck expected = check_of(data, fit_of(data));
  data.names[1] = data.names[0];
  const ProportionalHazardsCheck check = check_of(data, fit_of(data));
  for (std::size_t j = 0; j < 4; ++j)
    EXPECT_EQ(check.terms[j].test->chi_square, expected.terms[j].test->chi_square);
}

TEST(ProportionalHazards, refuses_other_rows_names_it_does_not_know_and_logarithms_of_0) {
  SpellData data = heart();
  const CoxFit fit = fit_of(data);
  EXPECT_EQ(error_of([&] { (void)check_of(data, fit, {.terms = {{"plan", {"plan"}}}}); }), "unknown_name");
  data.event[0] = 0;
  EXPECT_EQ(error_of([&] { (void)check_of(data, fit); }), "out_of_range");
  SpellData at_0{.exit = {0, 2, 3, 4}, .event = {1, 1, 1, 1}, .rows = {{4}, {3}, {5}, {1}}, .names = {"x"}};
  EXPECT_EQ(error_of([&] { (void)check_of(at_0, fit_of(at_0), {.transform = TenureTransform::log}); }),
            "bad_number");
}

}  // namespace
}  // namespace churn
