#include <churn/stats/detectable_change.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <random>

#include <churn/stats/mann_kendall.hpp>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using stats_test::nile;
using stats_test::whole;

// R finds these roots to some 1e-10 whatever the tolerance it is given; ours are the nearest double.
constexpr double tolerance = 1e-9;

TEST(DetectableChange, of_two_groups_of_one_size_is_that_of_r) {
  // R 4.2.2: power.prop.test(n, p1 = , power = , sig.level = , tol = 1e-14)$p2 - p1
  EXPECT_NEAR(detectable_change({50, 1000}, 1000).value().rise.value(), 0.030976863623491752, tolerance);
  EXPECT_NEAR(detectable_change({10, 200}, 200, {0.9, 0.01}).value().rise.value(), 0.11993425336408599,
              tolerance);
  EXPECT_NEAR(detectable_change({20, 40}, 40).value().rise.value(), 0.29490693360028175, tolerance);
  // uniroot() of the same formula below p1
  EXPECT_NEAR(detectable_change({50, 1000}, 1000).value().fall.value(), 0.023948744692338562, tolerance);
}

TEST(DetectableChange, of_two_groups_of_different_size_is_that_of_the_formula_in_r) {
  // uniroot() of pnorm((d - qnorm(a/2, lower=F)*sqrt(P*(1-P)*(1/n1+1/n2))) / sqrt(p1*(1-p1)/n1 + p2*(1-p2)/n2)) - .8
  const auto change = detectable_change({200, 5000}, 300).value();
  EXPECT_NEAR(change.rise.value(), 0.036512328610627871, tolerance);
  EXPECT_NEAR(change.fall.value(), 0.02814291312878836, tolerance);
}

RC_GTEST_PROP(DetectableChange, nothing_nearer_is_detectable, ()) {
  const auto n1 = *between<std::int64_t>(1, 5000);
  const auto n2 = *between<std::int64_t>(1, 5000);
  const auto x1 = *between<std::int64_t>(0, n1 + 1);
  const double overdispersion = *rc::gen::element(1.0, 2.5);
  const auto change = detectable_change({x1, n1}, n2, {0.8, 0.05, overdispersion}).value();
  const double p1 = static_cast<double>(x1) / static_cast<double>(n1);
  // z of 0.05 two-sided and of 0.8, as tables have them
  const auto surplus = [&](double p2) {
    const auto a = static_cast<double>(n1);
    const auto b = static_cast<double>(n2);
    const double pooled = (a * p1 + b * p2) / (a + b);
    return std::abs(p2 - p1) -
           1.959963984540054 * std::sqrt(overdispersion * pooled * (1 - pooled) * (1 / a + 1 / b)) -
           0.8416212335729143 * std::sqrt(overdispersion * (p1 * (1 - p1) / a + p2 * (1 - p2) / b));
  };
  for (int step = 1; step < 200; ++step) {
    const double part = step / 200.0;
    const double up = change.rise.value_or(1 - p1);
    const double down = change.fall.value_or(p1);
    if (up > 0) RC_ASSERT(surplus(p1 + part * up) < 1e-12);
    if (down > 0) RC_ASSERT(surplus(p1 - part * down) < 1e-12);
  }
  if (change.rise) RC_ASSERT(std::abs(surplus(p1 + *change.rise)) < 1e-9 || *change.rise + p1 == 1);
  if (change.fall) RC_ASSERT(std::abs(surplus(p1 - *change.fall)) < 1e-9 || *change.fall == p1);
}

TEST(DetectableChange, of_a_few_customers_may_be_none) {
  const auto few = detectable_change({1, 20}, 20).value();
  EXPECT_FALSE(few.fall.has_value());  // 1 of 20 can't be told from 0 of 20
  EXPECT_TRUE(few.rise.has_value());
  EXPECT_FALSE(detectable_change({1, 2}, 2).value().rise.has_value());
  const auto none = detectable_change({0, 500}, 500).value();
  EXPECT_FALSE(none.fall.has_value());
  EXPECT_GT(none.rise.value(), 0);
  EXPECT_FALSE(detectable_change({500, 500}, 500).value().rise.has_value());
  EXPECT_FALSE(detectable_change({0, 0}, 500).has_value());
  EXPECT_FALSE(detectable_change({5, 50}, 0).has_value());
}

TEST(DetectableChange, of_a_slope_is_that_of_the_formula_in_r) {
  // R 4.2.2: r <- y - median(y + 2.6*t) + 2.6*t; s <- sqrt(sum(r^2)/98);
  // (qnorm(.975) + qnorm(.8)) * s * sqrt(2*pi/3 / sum((t - mean(t))^2)), t <- 0:99. Sums of a hundred squares.
  const auto slope = detectable_slope(whole(nile()), {}, 2).value();
  EXPECT_NEAR(slope.residual, 152.27206451825975, 1e-10);
  EXPECT_NEAR(slope.slope, 2.1387780528790401, 1e-11);
  EXPECT_EQ(slope.periods, 100U);
}

TEST(DetectableChange, a_slope_of_that_size_is_found_as_often_as_the_power_says) {
  // Noise of standard deviation 1000 over 36 periods, and the slope that the formula gives for it. 2000 series: the
  // share found has a standard error of 0.009; 0.05 leaves room for the formula, which is of many periods.
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 1000);
  const double spread = 36.0 * (36.0 * 36.0 - 1) / 12;
  const double slope =
      (1.959963984540054 + 0.8416212335729143) * 1000 * std::sqrt(3.141592653589793 / 3 / spread);
  int found = 0;
  double told = 0;
  for (int run = 0; run < 2000; ++run) {
    std::vector<std::int64_t> numbers;
    for (int i = 0; i < 36; ++i) numbers.push_back(std::llround(noise(random) + slope * i));
    found += mann_kendall(whole(numbers)).value().p.value().value < 0.05 ? 1 : 0;
    told += detectable_slope(whole(numbers)).value().slope / 2000;
  }
  EXPECT_NEAR(found / 2000.0, 0.8, 0.05);
  EXPECT_NEAR(told / slope, 1, 0.05);
}

TEST(DetectableChange, of_a_slope_needs_some_noise) {
  EXPECT_FALSE(detectable_slope(whole({1, 5})).has_value());
  EXPECT_FALSE(detectable_slope(whole({1, 2, 3, 4, 5})).has_value());
  EXPECT_FALSE(detectable_slope(whole({4, 4, 4, 4})).has_value());
  EXPECT_FALSE(detectable_slope({}).has_value());
}

TEST(DetectableChange, refuses_what_is_no_rule_and_no_count) {
  EXPECT_EQ(error_of([] { (void)detectable_change({3, 2}, 5); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)detectable_change({1, 2}, -5); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)detectable_change({1, 2}, 5, {1, 0.05}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)detectable_change({1, 2}, 5, {0.02, 0.05}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)detectable_change({1, 2}, 5, {0.8, 0}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)detectable_change({1, 2}, 5, {0.8, 0.05, 0}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)detectable_slope({}, {}, 0); }), "bad_number");
}

}  // namespace
}  // namespace churn
