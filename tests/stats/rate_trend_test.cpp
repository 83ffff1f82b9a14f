#include <churn/stats/rate_trend.hpp>

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
using Counts = std::vector<std::int64_t>;
using Scores = std::vector<double>;

// A few sums of products of the size of the counts, and a root.
constexpr double tolerance = 1e-11;

void expect_r(const RateTrend& trend, double chi_square, double p, double sign) {
  ASSERT_TRUE(trend.z);
  EXPECT_NEAR(*trend.z * *trend.z, chi_square, tolerance);
  EXPECT_NEAR(trend.p.value().value, p, tolerance);
  EXPECT_GT(*trend.z * sign, 0);
}

TEST(RateTrend, squared_equals_prop_trend_test_of_r) {
  // R 4.2.2: the smokers of the help page, prop.trend.test(c(83, 90, 129, 70), c(86, 93, 136, 82)), with scores
  // c(0, 0.5, 0.7, 3), and prop.trend.test(c(12, 9, 11, 25, 30), c(100, 90, 110, 120, 95))
  const Counts smokers{83, 90, 129, 70};
  const Counts patients{86, 93, 136, 82};
  expect_r(rate_trend(smokers, patients), 8.2249222851977102, 0.0041318974776415, -1);
  expect_r(rate_trend(smokers, patients, Scores{0, 0.5, 0.7, 3}), 12.202265783238555, 0.000477315081055357,
           -1);
  expect_r(rate_trend(Counts{12, 9, 11, 25, 30}, Counts{100, 90, 110, 120, 95}), 17.022027582440916,
           3.6948677160031078e-05, 1);
}

RC_GTEST_PROP(RateTrend, is_the_textbook_formula_in_any_unit, ()) {
  Counts yes;
  Counts rows;
  Scores scores;
  Scores scaled;
  const auto groups = *between(1, 8);
  for (int i = 0; i < groups; ++i) {
    rows.push_back(*between(0, 50));
    yes.push_back(*between(std::int64_t{0}, rows.back() + 1));
    scores.push_back(*between(-5, 6));
    scaled.push_back(1e12 + 32 * scores.back());  // exact, and far from 0
  }
  double n = 0;
  double y = 0;
  double first = 0;
  double second = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    n += static_cast<double>(rows[i]);
    y += static_cast<double>(yes[i]);
    first += static_cast<double>(rows[i]) * scores[i];
    second += static_cast<double>(rows[i]) * scores[i] * scores[i];
  }
  const RateTrend trend = rate_trend(yes, rows, scores);
  RC_ASSERT(trend.z.has_value() == trend.p.has_value());
  const RateTrend same = rate_trend(yes, rows, scaled);
  RC_ASSERT(same.z.has_value() == trend.z.has_value());
  if (!trend.z) {
    RC_ASSERT((n == 0 || y == 0 || y == n || n * second == first * first));
    return;
  }
  double t = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    t += scores[i] * (static_cast<double>(yes[i]) - static_cast<double>(rows[i]) * y / n);
  const double variance = y / n * (1 - y / n) * (second - first * first / n);
  RC_ASSERT(std::abs(*trend.z - t / std::sqrt(variance)) < tolerance);
  RC_ASSERT(std::abs(*trend.z - *same.z) < tolerance);
}

TEST(RateTrend, groups_of_nobody_keep_their_place) {
  const RateTrend with = rate_trend(Counts{0, 3, 0, 7}, Counts{0, 10, 0, 10});
  const RateTrend without = rate_trend(Counts{3, 7}, Counts{10, 10}, Scores{1, 3});
  EXPECT_NEAR(with.z.value(), without.z.value(), tolerance);
}

TEST(RateTrend, the_same_share_everywhere_shows_no_trend) {
  const RateTrend trend = rate_trend(Counts{1, 2, 3}, Counts{10, 20, 30});
  EXPECT_NEAR(trend.z.value(), 0, tolerance);
  EXPECT_NEAR(trend.p.value().value, 1, tolerance);
}

TEST(RateTrend, where_there_is_nothing_to_compare_nothing_is_said) {
  EXPECT_FALSE(rate_trend({}, {}).z);
  EXPECT_FALSE(rate_trend(Counts{3}, Counts{10}).z);                         // one group
  EXPECT_FALSE(rate_trend(Counts{0, 3, 0}, Counts{0, 10, 0}).z);             // one that has rows
  EXPECT_FALSE(rate_trend(Counts{0, 0}, Counts{10, 10}).p);                  // nobody
  EXPECT_FALSE(rate_trend(Counts{10, 9}, Counts{10, 9}).p);                  // all
  EXPECT_FALSE(rate_trend(Counts{1, 9}, Counts{10, 10}, Scores{.1, .1}).z);  // one score
  EXPECT_FALSE(rate_trend(Counts{0, 1, 1, 2}, Counts{0, 6, 7, 7}, Scores{.7, .1, .1, .1}).z);
}

TEST(RateTrend, scores_as_large_as_doubles_are_scores) {
  const double largest = std::numeric_limits<double>::max();
  const Counts yes{3, 7};
  const Counts rows{10, 10};
  EXPECT_NEAR(rate_trend(yes, rows, Scores{-largest, largest}).z.value(), rate_trend(yes, rows).z.value(),
              tolerance);
}

TEST(RateTrend, refuses_what_is_no_share) {
  EXPECT_EQ(error_of([] { (void)rate_trend(Counts{1}, Counts{1, 2}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)rate_trend(Counts{1}, Counts{1}, Scores{1, 2}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)rate_trend(Counts{2}, Counts{1}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)rate_trend(Counts{-1}, Counts{1}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)rate_trend(Counts{1}, Counts{1}, Scores{std::nan("")}); }), "bad_number");
  const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(error_of([&] { (void)rate_trend(Counts{1, 1}, Counts{largest, 1}); }), "overflow");
}

}  // namespace
}  // namespace churn
