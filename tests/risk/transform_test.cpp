#include <churn/risk/transform.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

Eigen::VectorXd column(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}
Eigen::Array<bool, Eigen::Dynamic, 1> none_missing(std::size_t n) {
  return Eigen::Array<bool, Eigen::Dynamic, 1>::Constant(static_cast<Eigen::Index>(n), false);
}
Transform fit(const std::vector<double>& values) {
  return Transform::fit(column(values), none_missing(values.size()));
}

// A sum of 30 numbers below 121, a root and a division.
constexpr double tolerance = 1e-13;

/// Thirty counts with one giant: R gives it a skew of 5.1895840752317453.
std::vector<double> skewed() {
  return {0, 0, 1, 0, 2, 0, 0, 3, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 120, 0};
}

// R: m <- function(v, k) mean((v - mean(v))^k); mean(w); sqrt(m(w, 2)); (range(w) - mean(w)) / sqrt(m(w, 2))
TEST(Transform, a_column_without_a_tail_is_centred_and_scaled) {
  const Transform t = fit({12, 15, 9, 11, 20, 7});
  EXPECT_EQ(t.shape, Shape::none);
  EXPECT_NEAR(t.mean, 12.333333333333334, tolerance);
  EXPECT_NEAR(t.deviation, 4.2295258468165065, tolerance);
  EXPECT_NEAR(t.lowest, -1.2609766499825612, tolerance);
  EXPECT_NEAR(t.highest, 1.8126539343499315, tolerance);
  EXPECT_EQ(t.known, 6);
  EXPECT_NEAR(t(12.333333333333334), 0, tolerance);
}

// R: mean(log1p(x)); sqrt(m(log1p(x), 2)); (log1p(3) - mean(log1p(x))) / sqrt(m(log1p(x), 2))
TEST(Transform, a_heavy_tail_is_drawn_in_by_log1p) {
  const Transform t = fit(skewed());
  EXPECT_EQ(t.shape, Shape::log1p);
  EXPECT_NEAR(t.mean, 0.34862503419108959, tolerance);
  EXPECT_NEAR(t.deviation, 0.91525030351165892, tolerance);
  EXPECT_NEAR(t(3), 1.133754693057671, tolerance);
}

// R: the same with y[29] <- -120; y[2] <- -4, whose skew is -5.1788723643674777, and asinh.
TEST(Transform, a_heavy_tail_that_goes_below_zero_is_drawn_in_by_asinh) {
  auto values = skewed();
  values[28] = -120;
  values[1] = -4;
  const Transform t = fit(values);
  EXPECT_EQ(t.shape, Shape::asinh);
  EXPECT_NEAR(t.mean, -0.0075176886871264007, tolerance);
  EXPECT_NEAR(t.deviation, 1.2142088094020616, tolerance);
  EXPECT_NEAR(t(-4), -1.7189752227228661, tolerance);
}

TEST(Transform, a_tail_towards_zero_is_left_as_it_is) {
  std::vector<double> values;
  for (const double x : skewed()) values.push_back(120 - x);  // skew -5.2, never below 0
  EXPECT_EQ(fit(values).shape, Shape::none);
}

TEST(Transform, the_skew_from_which_on_a_tail_is_heavy_is_four) {
  // One of n differs: the skew is (n - 2) / root(n - 1): 3.88 of 17, 4.13 of 19.
  const auto one_of = [](std::size_t n) {
    std::vector<double> values(n, 0);
    values[0] = 1;
    return fit(values).shape;
  };
  EXPECT_EQ(one_of(17), Shape::none);
  EXPECT_EQ(one_of(19), Shape::log1p);
}

TEST(Transform, what_is_beyond_the_training_rows_is_cut) {
  const Transform t = fit({12, 15, 9, 11, 20, 7});
  EXPECT_EQ(t(1e9), t.highest);
  EXPECT_EQ(t(20), t.highest);
  EXPECT_EQ(t(-1e9), t.lowest);
  const Transform heavy = fit(skewed());
  EXPECT_EQ(heavy(-7), heavy.lowest);  // log1p(-7) would be none
  EXPECT_EQ(heavy(0), heavy.lowest);
}

TEST(Transform, a_constant_column_gives_zero_always) {
  const Transform t = fit({0.1, 0.1, 0.1});  // whose mean, summed up, is not 0.1
  EXPECT_EQ(t.deviation, 0);
  EXPECT_EQ(t(0.1), 0);
  EXPECT_EQ(t(17), 0);
  EXPECT_EQ(t.known, 3);
}

TEST(Transform, values_that_are_missing_are_not_looked_at) {
  auto missing = none_missing(4);
  missing(1) = true;
  missing(3) = true;
  const Transform t = Transform::fit(column({1, 1e9, 3, std::nan("")}), missing);
  EXPECT_EQ(t.known, 2);
  EXPECT_EQ(t.mean, 2);
  EXPECT_EQ(t.deviation, 1);
  EXPECT_EQ(t.highest, 1);
}

TEST(Transform, a_column_without_any_value_gives_zero) {
  const Transform empty = fit({});
  EXPECT_EQ(empty, Transform{});
  const Transform all_missing = Transform::fit(column({5, 6}), !none_missing(2));
  EXPECT_EQ(all_missing, Transform{});
  EXPECT_EQ(all_missing(5), 0);
}

TEST(Transform, numbers_near_the_ends_of_a_double_have_a_spread) {
  const Transform large = fit({1e308, 2e307, 5e307});
  EXPECT_TRUE(std::isfinite(large.deviation));
  EXPECT_GT(large(1e308), large(2e307));
  const Transform wide = fit({1.7e308, -1.7e308});
  EXPECT_EQ(wide(1.7e308), 1);
  EXPECT_EQ(wide(-1.7e308), -1);
  EXPECT_TRUE(std::isfinite(fit({0, 5e-324}).highest));
  // The lowest lies further below their mean, 0.85e308, than a double can say.
  const Transform apart = fit({-1.7e308, 1.7e308, 1.7e308, 1.7e308});
  EXPECT_DOUBLE_EQ(apart(-1.7e308), -std::sqrt(3.0));
  EXPECT_DOUBLE_EQ(apart(1.7e308), 1 / std::sqrt(3.0));
}

TEST(Transform, mistakes_are_refused) {
  EXPECT_EQ(error_of([] { (void)Transform::fit(column({1, 2}), none_missing(3)); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)fit({1, std::numeric_limits<double>::infinity()}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)fit({std::nan("")}); }), "bad_number");
}

RC_GTEST_PROP(Transform, scores_of_its_own_rows_have_mean_zero_and_deviation_one, ()) {
  std::vector<double> values;
  const int n = *between(2, 60);
  const bool below = *between(0, 2) == 1;
  for (int i = 0; i < n; ++i) {
    const double x = *between(0, 9) == 0 ? *between(0, 100000) : *between(0, 9);
    values.push_back(below && *between(0, 2) == 1 ? -x : x);
  }
  const Transform t = fit(values);
  double sum = 0;
  double squares = 0;
  for (const double x : values) {
    const double z = t(x);
    RC_ASSERT(z >= t.lowest);
    RC_ASSERT(z <= t.highest);
    sum += z;
    squares += z * z;
  }
  const bool alike = std::all_of(values.begin(), values.end(), [&](double x) { return x == values[0]; });
  // 60 scores, each some 1e-15 of at most 8 away from its number.
  RC_ASSERT(std::abs(sum) < 1e-11);
  RC_ASSERT(std::abs(squares - (alike ? 0 : n)) < 1e-10);
}

RC_GTEST_PROP(Transform, the_order_of_rows_does_not_matter_beyond_rounding, ()) {
  std::vector<double> values;
  const int n = *between(1, 60);
  for (int i = 0; i < n; ++i) values.push_back(*between(0, 9) == 0 ? *between(0, 100000) : *between(0, 9));
  const Transform t = fit(values);
  std::reverse(values.begin(), values.end());
  const Transform reversed = fit(values);
  RC_ASSERT(reversed.known == t.known);
  RC_ASSERT(reversed.shape == t.shape);
  // Sums of 60 numbers below 1e5, in units of the largest.
  RC_ASSERT(std::abs(reversed.mean - t.mean) <= 1e-12 * (1 + std::abs(t.mean)));
  RC_ASSERT(std::abs(reversed.deviation - t.deviation) <= 1e-11 * (1 + t.deviation));
}

}  // namespace
}  // namespace churn
