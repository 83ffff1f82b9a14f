#include <churn/stats/e_value.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

TEST(EValue, of_the_paper_on_bottle_feeding_and_respiratory_deaths) {
  // VanderWeele and Ding (2017): 3.9 (1.8 to 8.7) has an E-value of 7.26, and 3.0 for its lower limit.
  const EValue e = e_value(3.9, Interval{1.8, 8.7});
  EXPECT_NEAR(e.estimate, 7.26, 0.005);
  EXPECT_NEAR(e.limit.value(), 3.0, 0.005);
}

TEST(EValue, of_smoking_and_lung_cancer_as_the_r_package_has_it) {
  // Vignette of EValue: evalues.RR(est = 10.73, lo = 8.02, hi = 14.36), printed with five decimals.
  const EValue e = e_value(10.73, Interval{8.02, 14.36});
  EXPECT_NEAR(e.estimate, 20.94777, 5e-6);
  EXPECT_NEAR(e.limit.value(), 15.52336, 5e-6);
}

TEST(EValue, below_one_it_is_that_of_the_inverse_and_of_the_upper_limit) {
  // VanderWeele and Ding (2017), breast-feeding and leukaemia: 0.80 (0.71 to 0.91). By hand: 1.25 + sqrt(1.25 x 0.25),
  // and of 1 / 0.91 = 1.098901.
  const EValue e = e_value(0.80, Interval{0.71, 0.91});
  EXPECT_NEAR(e.estimate, 1.8090169943749475, 1e-15);
  EXPECT_NEAR(e.limit.value(), 1.428571428571428, 1e-14);  // 1.0989 + 0.3297 = 1.3 / 0.91
  EXPECT_NEAR(e_value(1 / 0.80).estimate, e.estimate, 1e-15);
}

TEST(EValue, is_one_where_the_interval_holds_one) {
  EXPECT_EQ(e_value(1.2, Interval{0.9, 1.6}).limit, 1);
  EXPECT_EQ(e_value(0.8, Interval{0.6, 1.0}).limit, 1);
  EXPECT_EQ(e_value(1.2, Interval{1.0, 1.6}).limit, 1);
  EXPECT_EQ(e_value(1, Interval{1, 1}), (EValue{1, 1}));
  EXPECT_EQ(e_value(1), (EValue{1, {}}));
  EXPECT_FALSE(e_value(2).limit.has_value());
}

TEST(EValue, of_a_hazard_ratio_of_a_common_outcome) {
  // EValue's example evalues.HR(0.56, 0.46, 0.69, rare = FALSE); by the formula in R:
  //   rr <- function(hr) (1 - 0.5^sqrt(hr)) / (1 - 0.5^sqrt(1/hr)); ev <- function(r) 1/r + sqrt(1/r * (1/r - 1))
  //   sprintf("%.16g", c(rr(0.56), ev(rr(0.56)), ev(rr(0.69))))
  EXPECT_NEAR(risk_ratio_of_common_outcome(0.56), 0.6700839516630157, 1e-14);
  const EValue e = e_value_of_hazard_ratio(0.56, OutcomeFrequency::common, Interval{0.46, 0.69});
  EXPECT_NEAR(e.estimate, 2.349531257322429, 1e-13);
  EXPECT_NEAR(e.limit.value(), 1.90800394327444, 1e-13);
  EXPECT_FALSE(e_value_of_hazard_ratio(2, OutcomeFrequency::common).limit.has_value());
}

TEST(EValue, of_a_hazard_ratio_of_a_rare_outcome_is_that_of_a_risk_ratio) {
  EXPECT_EQ(e_value_of_hazard_ratio(3.9, OutcomeFrequency::rare, Interval{1.8, 8.7}),
            e_value(3.9, Interval{1.8, 8.7}));
}

TEST(EValue, keeps_its_digits_next_to_one_and_far_from_it) {
  // Above 1 by d it is 1 + sqrt d + d and so on: of 1e-12 the next term is 5e-19.
  EXPECT_NEAR(e_value(1 + 0x1p-40).estimate - 1, 0x1p-20 + 0x1p-40, 1e-15);
  EXPECT_NEAR(e_value(1 - 0x1p-40).estimate - 1, 0x1p-20 + 0x1p-40, 1e-15);
  EXPECT_NEAR(e_value(1e200).estimate, 2e200, 1e186);
  EXPECT_NEAR(e_value(1e-200).estimate, 2e200, 1e186);
  EXPECT_NEAR(risk_ratio_of_common_outcome(1), 1, 1e-15);
  EXPECT_NEAR(risk_ratio_of_common_outcome(1e100) / (1e50 / std::log(2.0)), 1, 1e-12);
}

TEST(EValue, of_what_is_no_ratio_is_an_error) {
  for (const double ratio : {0.0, -1.0, infinite, no_number, 1e-320}) {
    EXPECT_EQ(error_of([&] { (void)e_value(ratio); }), "bad_number") << ratio;
    EXPECT_EQ(error_of([&] { (void)risk_ratio_of_common_outcome(ratio); }), "bad_number") << ratio;
    for (const OutcomeFrequency outcome : {OutcomeFrequency::rare, OutcomeFrequency::common}) {
      EXPECT_EQ(error_of([&] { (void)e_value_of_hazard_ratio(ratio, outcome); }), "bad_number") << ratio;
      EXPECT_EQ(error_of([&] {
                  (void)e_value_of_hazard_ratio(2, outcome, Interval{ratio, 3});
                }),
                "bad_number")
          << ratio;
      EXPECT_EQ(error_of([&] {
                  (void)e_value_of_hazard_ratio(2, outcome, Interval{1, ratio});
                }),
                "bad_number")
          << ratio;
    }
  }
  EXPECT_EQ(error_of([] { (void)e_value(std::numeric_limits<double>::max()); }), "bad_number");
}

TEST(EValue, of_an_interval_that_does_not_hold_the_ratio_is_an_error) {
  EXPECT_EQ(error_of([] { (void)e_value(2, Interval{2.1, 3}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)e_value(2, Interval{1, 1.9}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)e_value(2, Interval{3, 1}); }), "bad_number");
  EXPECT_EQ(error_of([] {
              (void)e_value_of_hazard_ratio(2, OutcomeFrequency::common, Interval{2.1, 3});
            }),
            "bad_number");
}

RC_GTEST_PROP(EValueProperty, a_confounder_as_strong_can_just_explain_the_ratio_away, ()) {
  // The bounding factor of Ding and VanderWeele, Epidemiology 27 (2016) 368-377: a b / (a + b - 1).
  const double ratio = std::exp(*between<int>(-4000, 4001) / 1000.0);
  const double e = e_value(ratio).estimate;
  const double bias = e * e / (2 * e - 1);
  // A few roundings: the square and the quotient, and what the root had.
  RC_ASSERT(std::abs(bias - std::fmax(ratio, 1 / ratio)) < 1e-13 * bias);
  RC_ASSERT(e >= 1);
}

RC_GTEST_PROP(EValueProperty, of_a_limit_it_is_no_more_than_that_of_the_estimate, ()) {
  const double ratio = std::exp(*between<int>(-3000, 3001) / 1000.0);
  // Steps of half a thousandth, so that no end is 1 but for rounding.
  const Interval interval{ratio * std::exp(-(*between<int>(0, 2000) + 0.5) / 1000.0),
                          ratio * std::exp((*between<int>(0, 2000) + 0.5) / 1000.0)};
  for (const OutcomeFrequency outcome : {OutcomeFrequency::rare, OutcomeFrequency::common}) {
    const EValue e = e_value_of_hazard_ratio(ratio, outcome, interval);
    RC_ASSERT(e.limit.value() <= e.estimate);
    RC_ASSERT(e.limit.value() >= 1);
    RC_ASSERT((*e.limit == 1) == (interval.low <= 1 && interval.high >= 1));
  }
}

RC_GTEST_PROP(EValueProperty, a_common_outcome_draws_a_hazard_ratio_towards_one_and_inverts_with_it, ()) {
  const double ratio = std::exp(*between<int>(-4000, 4001) / 1000.0);
  const double risk = risk_ratio_of_common_outcome(ratio);
  RC_ASSERT(std::abs(std::log(risk)) <= std::abs(std::log(ratio)));
  RC_ASSERT(std::abs(risk * risk_ratio_of_common_outcome(1 / ratio) - 1) < 1e-13);
}

}  // namespace
}  // namespace churn
