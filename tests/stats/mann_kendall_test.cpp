#include <churn/stats/mann_kendall.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "core/error_of.hpp"
#include "stats/some_series.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using stats_test::any_series;
using stats_test::nile;
using stats_test::nile_with_gaps;
using stats_test::nottingham;
using stats_test::whole;

// S and n are whole numbers; z and tau come of them in five or six operations on doubles, p of z.
constexpr double tolerance = 1e-13;

// R 4.2.2: S <- sum of sign(outer(y, y, "-")) below the diagonal; t <- table(y);
// V <- (n*(n-1)*(2*n+5) - sum(t*(t-1)*(2*t+5))) / 18; cor(y, 1:n, method = "kendall").
TEST(MannKendall, of_the_nile_is_that_of_r) {
  const auto test = mann_kendall(whole(nile())).value();
  EXPECT_EQ(test.s, -1387);
  EXPECT_NEAR(test.variance, 112728.33333333333, 1e-9);
  EXPECT_NEAR(test.z.value(), -4.1280665228441009, tolerance);
  EXPECT_NEAR(test.p.value().value, 3.6582629216643283e-05, 1e-16);
  EXPECT_NEAR(test.tau.value(), -0.28074133472461299, tolerance);
  EXPECT_FALSE(test.exact);
}

TEST(MannKendall, without_ties_p_is_exact_as_that_of_r) {
  // cor.test(x, seq_along(x), method = "kendall", exact = TRUE)
  const auto few = mann_kendall(Series{Ratio{24, 2}, Ratio{18, 2}, Ratio{28, 2}, Ratio{14, 2}, Ratio{16, 2},
                                       Ratio{10, 2}, Ratio{12, 2}, Ratio{6, 2}, Ratio{9, 2}})
                       .value();
  EXPECT_EQ(few.s, -26);
  EXPECT_TRUE(few.exact);
  EXPECT_NEAR(few.p.value().value, 0.0058862433862433864, 1e-16);
  EXPECT_NEAR(few.tau.value(), -0.72222222222222232, tolerance);
  // The same with x <- unique(Nile)[1:49], the longest series that R does so by itself. A sum of 325 terms.
  std::vector<std::int64_t> unique;
  for (const std::int64_t flow : nile())
    if (std::find(unique.begin(), unique.end(), flow) == unique.end()) unique.push_back(flow);
  unique.resize(49);
  const auto many = mann_kendall(whole(unique)).value();
  EXPECT_EQ(many.s, -528);
  EXPECT_TRUE(many.exact);
  EXPECT_NEAR(many.p.value().value, 2.4791053249424194e-06, 1e-18);
}

TEST(MannKendall, tails_of_small_series_are_those_of_kendalls_table) {
  // P(S >= s) to three digits, here doubled: of 24 orders of four one has S = 6 and four have at least 4; of 120 of five
  // one has 10 and five have at least 8.
  EXPECT_NEAR(mann_kendall(whole({1, 2, 3, 4})).value().p.value().value, 2 * 0.042, 1e-3);
  EXPECT_NEAR(mann_kendall(whole({1, 2, 4, 3})).value().p.value().value, 2 * 0.167, 1e-3);
  EXPECT_NEAR(mann_kendall(whole({1, 2, 3, 4, 5})).value().p.value().value, 2 * 0.0083, 1e-4);
  EXPECT_NEAR(mann_kendall(whole({2, 1, 3, 4, 5})).value().p.value().value, 2 * 0.042, 1e-3);
}

RC_GTEST_PROP(MannKendall, exact_p_is_the_share_of_orders_with_as_large_an_s, ()) {
  const auto n = *between<std::size_t>(2, 7);
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = n; i > 1; --i) std::swap(order[i - 1], order[*between<std::size_t>(0, i)]);
  const auto s_of = [n](const std::vector<std::int64_t>& values) {
    std::int64_t s = 0;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j) s += values[j] > values[i] ? 1 : -1;
    return s;
  };
  std::vector<std::int64_t> other(n);
  std::iota(other.begin(), other.end(), 0);
  double orders = 0;
  double as_large = 0;
  do {
    ++orders;
    as_large += std::abs(s_of(other)) >= std::abs(s_of(order)) ? 1 : 0;
  } while (std::next_permutation(other.begin(), other.end()));
  const auto test = mann_kendall(whole(order)).value();
  RC_ASSERT(test.s == s_of(order));
  // Twice one tail counts S = 0 twice.
  RC_ASSERT(std::abs(test.p->value - std::min(1.0, as_large / orders)) < tolerance);
}

RC_GTEST_PROP(MannKendall, of_the_reversed_series_has_the_opposite_sign, ()) {
  Series series = any_series(2, 30);
  const auto forth = mann_kendall(series);
  std::reverse(series.begin(), series.end());
  const auto back = mann_kendall(series);
  RC_ASSERT(forth.has_value() == back.has_value());
  if (!forth) return;
  RC_ASSERT(forth->s == -back->s && forth->variance == back->variance && forth->p == back->p);
}

// R 4.2.2: sums over the twelve months of S and V as above; covariances by Hirsch and Slack's formula,
// (K + 4 * sum(R[,g] * R[,h]) - n*(n_g+1)*(n_h+1)) / 3, in a double loop over months.
TEST(MannKendall, the_seasonal_test_of_nottingham_is_that_of_r) {
  const auto test = seasonal_mann_kendall(whole(nottingham())).value();
  EXPECT_EQ(test.s, 224);
  EXPECT_NEAR(test.variance, 11364, 1e-9);
  EXPECT_NEAR(test.z.value(), 2.0918919588776657, tolerance);
  EXPECT_NEAR(test.p.value().value, 0.036448181572619837, tolerance);
  // 2280 pairs, 34 of them tied
  EXPECT_NEAR(test.tau.value(), 224 / std::sqrt(2280.0 * (2280 - 34)), tolerance);
  const auto correlated = seasonal_mann_kendall(whole(nottingham()), 12, SeasonsOfAYear::correlated).value();
  EXPECT_NEAR(correlated.variance, 19663.333333333339, 1e-8);
  EXPECT_NEAR(correlated.z.value(), 1.5902898692104026, tolerance);
  EXPECT_NEAR(correlated.p.value().value, 0.11176948113590542, tolerance);
}

TEST(MannKendall, the_seasonal_test_with_gaps_is_that_of_r) {
  auto numbers = nottingham();
  numbers.resize(96);
  Series series = whole(numbers);
  series[12 + 2] = std::nullopt;
  series[48 + 6] = Ratio{1, 0};
  series.resize(94);  // the last two months are to come
  const auto test = seasonal_mann_kendall(series).value();
  EXPECT_EQ(test.s, -17);
  EXPECT_NEAR(test.variance, 697, 1e-10);
  EXPECT_NEAR(test.z.value(), -0.60604321526285621, tolerance);
  const auto correlated = seasonal_mann_kendall(series, 12, SeasonsOfAYear::correlated).value();
  EXPECT_NEAR(correlated.variance, 1272.3333333333333, 1e-9);
  EXPECT_NEAR(correlated.variance_factor, 1272.3333333333333 / 697, 1e-12);
  EXPECT_NEAR(correlated.p.value().value, 0.65374984930093238, tolerance);
}

TEST(MannKendall, seasons_that_repeat_each_other_count_once) {
  // Three equal months a year: S is three times that of one, its variance nine times, so tau and z + correction
  // are those of one month.
  std::vector<std::int64_t> year{5, 3, 8, 1, 9, 12, 10, 11, 15, 13, 14, 20};
  std::vector<std::int64_t> months;
  for (const std::int64_t value : year) months.insert(months.end(), 3, value);
  const auto one = mann_kendall(whole(year)).value();
  const auto three = seasonal_mann_kendall(whole(months), 3, SeasonsOfAYear::correlated).value();
  EXPECT_EQ(three.s, 3 * one.s);
  EXPECT_NEAR(three.variance, 9 * one.variance, 1e-9);
  EXPECT_NEAR(three.tau.value(), one.tau.value(), tolerance);
}

// R 4.2.2: r <- acf(rank(y - slope * t), lag.max = n - 1)$acf[-1]; those of |r| <= qnorm(.975) / sqrt(n) set to 0;
// 1 + 2 / (n*(n-1)*(n-2)) * sum((n-i)*(n-i-1)*(n-i-2) * r)
TEST(MannKendall, the_variance_of_the_nile_corrected_for_autocorrelation_is_that_of_r) {
  const auto test = autocorrelated_mann_kendall(whole(nile())).value();
  EXPECT_EQ(test.s, -1387);
  EXPECT_NEAR(test.variance_factor, 2.1428983270987203, 1e-12);
  EXPECT_NEAR(test.variance, 241565.35691662689, 1e-6);
  EXPECT_NEAR(test.z.value(), -2.8199791956451388, 1e-12);
  EXPECT_NEAR(test.p.value().value, 0.0048026763101827385, 1e-14);
  EXPECT_FALSE(test.exact);
  EXPECT_NEAR(autocorrelated_mann_kendall(whole(nile()), {0.95, 3}).value().variance_factor,
              2.5025778323535874, 1e-12);
  // With gaps: rank(na.last = "keep") and acf(na.action = na.pass), n the periods that are there.
  EXPECT_NEAR(autocorrelated_mann_kendall(nile_with_gaps(), {0.5}).value().variance_factor,
              0.86023220263490918, 1e-12);
}

TEST(MannKendall, without_lags_the_correction_changes_nothing) {
  const auto plain = mann_kendall(whole(nile())).value();
  const auto none = autocorrelated_mann_kendall(whole(nile()), {0.95, 0}).value();
  EXPECT_EQ(none.variance_factor, 1);
  EXPECT_EQ(none.z, plain.z);
}

TEST(MannKendall, a_flat_series_has_no_p) {
  for (const auto& test : {mann_kendall(whole({4, 4, 4, 4})), seasonal_mann_kendall(whole({4, 4, 4, 4}), 2),
                           seasonal_mann_kendall(whole({4, 4, 4, 4}), 2, SeasonsOfAYear::correlated),
                           autocorrelated_mann_kendall(whole({4, 4, 4, 4}))}) {
    ASSERT_TRUE(test.has_value());
    EXPECT_EQ(test->s, 0);
    EXPECT_EQ(test->variance, 0);
    EXPECT_EQ(test->tau, std::nullopt);
    EXPECT_EQ(test->z, std::nullopt);
    EXPECT_EQ(test->p, std::nullopt);
  }
}

TEST(MannKendall, of_too_few_periods_is_empty) {
  EXPECT_FALSE(mann_kendall({}).has_value());
  EXPECT_FALSE(mann_kendall(Series{Ratio{1, 2}, Ratio{1, 0}}).has_value());
  EXPECT_EQ(mann_kendall(whole({1, 2})).value().p.value().value, 1);
  EXPECT_FALSE(seasonal_mann_kendall(whole({1, 2, 3, 4}), 4).has_value());
  EXPECT_TRUE(seasonal_mann_kendall(whole({1, 2, 3, 4, 5}), 4).has_value());
  EXPECT_FALSE(autocorrelated_mann_kendall(whole({1, 2})).has_value());
  EXPECT_TRUE(autocorrelated_mann_kendall(whole({1, 2, 4})).value().p.has_value());
}

TEST(MannKendall, refuses_what_is_no_season_and_no_confidence) {
  EXPECT_EQ(error_of([] { (void)seasonal_mann_kendall({}, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)autocorrelated_mann_kendall({}, {1.0}); }), "bad_number");
}

}  // namespace
}  // namespace churn
