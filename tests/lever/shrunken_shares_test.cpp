#include "lever/shrunken_shares.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/generators.hpp"

namespace churn {
namespace {

// R, with x and n as below:
//   N <- sum(n); m <- sum(x) / N; k <- length(n)
//   chi <- chisq.test(rbind(x, n - x), correct = FALSE)$statistic
//   r <- max(0, (chi - (k - 1)) / (N - sum(n^2) / N - (k - 1))); M <- 1 / r - 1; B <- M / (M + n)   (1 where r is 0)
//   s <- B * m + (1 - B) * x / n; vm <- sum((n / N)^2 * m * (1 - m) * (1 / n + r * (1 - 1 / n)))
//   v <- s * (1 - s) / (M + n + 1) + B^2 * vm + 2 / max(k - 3, 1) * B^2 * (x / n - m)^2; T <- s * (1 - s) / v - 1
//   qbeta(c(.025, .975), s * T, (1 - s) * T)
TEST(ShrunkenShares, equal_the_formula_worked_out_in_r) {
  const std::vector<Proportion> groups{{24, 30}, {38, 40}, {5, 25}, {21, 30}, {1, 4}, {0, 0}, {3, 3}};
  const ShareSpread spread = spread_of(groups);
  EXPECT_EQ(spread.all, Proportion(92, 132));
  ASSERT_TRUE(spread.precision);
  EXPECT_NEAR(*spread.precision, 1.24216814535885,
              1e-12);  // sums of six terms, one of them a small difference
  const auto shrunken = [&](std::size_t group) { return shrunken_share(groups[group], spread, 0.95); };
  EXPECT_NEAR(shrunken(0).value, 0.795903582624757, 1e-13);
  EXPECT_NEAR(shrunken(0).interval.low, 0.639906392801255, 1e-9);  // R and Boost invert to some ten digits
  EXPECT_NEAR(shrunken(0).interval.high, 0.915841923367076, 1e-9);
  EXPECT_NEAR(shrunken(2).value, 0.223523968117458, 1e-13);
  EXPECT_NEAR(shrunken(2).interval.low, 0.0856430162828841, 1e-9);
  EXPECT_NEAR(shrunken(2).interval.high, 0.403840478021002, 1e-9);
  EXPECT_NEAR(shrunken(6).value, 0.911268347551358, 1e-13) << "Three of three are not sure to be kept.";
  EXPECT_NEAR(shrunken(6).interval.low, 0.443170410013758, 1e-9);
}

// chi2 of 6, 7 and 8 of ten is 0.95 on two degrees of freedom.
TEST(ShrunkenShares, without_more_scatter_than_chance_all_have_the_mean) {
  const std::vector<Proportion> groups{{6, 10}, {7, 10}, {8, 10}};
  const ShareSpread spread = spread_of(groups);
  EXPECT_FALSE(spread.precision);
  for (const Proportion& group : groups) EXPECT_EQ(shrunken_share(group, spread, 0.95).value, 0.7);
  const Interval middle = shrunken_share(groups[1], spread, 0.95).interval;
  EXPECT_NEAR(middle.low, 0.524596607246298, 1e-9);  // the same R
  EXPECT_NEAR(middle.high, 0.849305068249197, 1e-9);
  const Interval first = shrunken_share(groups[0], spread, 0.95).interval;
  EXPECT_NEAR(first.low, 0.338052141163545, 1e-9);
  EXPECT_NEAR(first.high, 0.952872129452114, 1e-9);
}

TEST(ShrunkenShares, of_one_group_of_single_customers_and_of_all_or_none) {
  EXPECT_EQ(shrunken_share({3, 4}, spread_of(std::vector<Proportion>{{3, 4}}), 0.95).value, 0.75);
  EXPECT_EQ(shrunken_share({1, 1}, spread_of(std::vector<Proportion>{{1, 1}, {0, 1}}), 0.95).value, 0.5)
      << "Groups of one say nothing of how groups scatter.";
  const ShrunkenShare all = shrunken_share({5, 5}, spread_of(std::vector<Proportion>{{5, 5}, {9, 9}}), 0.95);
  EXPECT_EQ(all.value, 1);
  EXPECT_EQ(all.interval.high, 1);
  EXPECT_NEAR(all.interval.low, 0.8383, 1e-3);  // Jeffreys of 14 of 14
  const ShrunkenShare none = shrunken_share({0, 1}, spread_of(std::vector<Proportion>{{0, 1}}), 0.95);
  EXPECT_EQ(none.value, 0);
  EXPECT_LT(none.interval.high, 1);
}

// Everybody in one, nobody in the other: M would be 0 or below, and a group of 0 of n have no interval.
TEST(ShrunkenShares, groups_as_far_apart_as_can_be_keep_their_shares_all_but_one_customer) {
  const std::vector<Proportion> groups{{100, 100}, {0, 100}};
  const ShareSpread spread = spread_of(groups);
  EXPECT_EQ(spread.precision, 1);
  const ShrunkenShare low = shrunken_share(groups[1], spread, 0.95);
  EXPECT_EQ(low.value, 0.5 / 101);
  EXPECT_GE(low.interval.low, 0);
  EXPECT_LT(low.interval.high, 0.05);
}

RC_GTEST_PROP(ShrunkenSharesProperty,
              lie_between_the_group_and_the_mean_within_an_interval_that_lies_within_0_and_1, ()) {
  std::vector<Proportion> groups;
  const int count = *core_test::between(1, 12);
  for (int i = 0; i < count; ++i) {
    const int n = *core_test::between(1, 200);
    groups.emplace_back(*core_test::between(0, n + 1), n);
  }
  const ShareSpread spread = spread_of(groups);
  RC_ASSERT(spread.precision.value_or(1) >= 1);
  for (const Proportion& group : groups) {
    const ShrunkenShare shrunken = shrunken_share(group, spread, 0.95);
    const double own = *group.value();
    RC_ASSERT(shrunken.value >= std::min(own, spread.mean) - 1e-12);  // one rounding
    RC_ASSERT(shrunken.value <= std::max(own, spread.mean) + 1e-12);
    RC_ASSERT(0 <= shrunken.interval.low && shrunken.interval.low <= shrunken.interval.high);
    RC_ASSERT(shrunken.interval.high <= 1);
  }
}

/// The share of intervals that hold the true share, and how far raw and shrunken shares are off (mean squares).
struct SimulatedShares {
  double covered{0};
  double raw{0};
  double shrunken{0};
};
SimulatedShares simulate_shares(double a, double b, int groups, unsigned seed) {
  std::mt19937 random{seed};
  std::gamma_distribution<double> of_a{a, 1};
  std::gamma_distribution<double> of_b{b, 1};
  std::uniform_int_distribution<int> sizes{20, 120};
  SimulatedShares result;
  constexpr int rounds = 400;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> truth;
    std::vector<Proportion> seen;
    for (int g = 0; g < groups; ++g) {
      const double x = of_a(random);
      truth.push_back(x / (x + of_b(random)));
      const int n = sizes(random);
      seen.emplace_back(std::binomial_distribution<int>{n, truth.back()}(random), n);
    }
    const ShareSpread spread = spread_of(seen);
    for (std::size_t g = 0; g < seen.size(); ++g) {
      const ShrunkenShare shrunken = shrunken_share(seen[g], spread, 0.95);
      if (shrunken.interval.low <= truth[g] && truth[g] <= shrunken.interval.high) ++result.covered;
      result.raw += (*seen[g].value() - truth[g]) * (*seen[g].value() - truth[g]);
      result.shrunken += (shrunken.value - truth[g]) * (shrunken.value - truth[g]);
    }
  }
  const double all = rounds * groups;
  return {result.covered / all, result.raw / all, result.shrunken / all};
}

TEST(ShrunkenShares, are_nearer_to_the_truth_than_the_shares_themselves_and_their_intervals_hold_it) {
  const SimulatedShares many = simulate_shares(14, 6, 12, 5);  // a standard deviation of 10 points
  EXPECT_LT(many.shrunken, 0.85 * many.raw);
  EXPECT_GT(many.covered, 0.92);
  EXPECT_LT(many.covered, 0.97);
  const SimulatedShares few = simulate_shares(14, 6, 4, 6);
  EXPECT_LT(few.shrunken, few.raw);
  EXPECT_GT(few.covered, 0.93);
  const SimulatedShares alike = simulate_shares(14'000'000, 6'000'000, 12, 7);
  EXPECT_LT(alike.shrunken, 0.3 * alike.raw);
  EXPECT_GT(alike.covered, 0.95);
}

}  // namespace
}  // namespace churn
