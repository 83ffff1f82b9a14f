#include <churn/forecast/chain_ladder.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Rows = std::vector<std::vector<std::int64_t>>;

CohortTriangle triangle_of(Rows rows) {
  const std::size_t periods = rows.size();
  return {std::move(rows), std::vector<std::int64_t>(periods, 0)};
}

/// The triangle of Taylor and Ashe (1983) on which Mack shows his method.
const CohortTriangle taylor_ashe =
    triangle_of({{357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463},
                 {352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085},
                 {290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315},
                 {310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268},
                 {443160, 1136350, 2128333, 2897821, 3402672, 3873311},
                 {396132, 1333217, 2180715, 2985752, 3691712},
                 {440832, 1288463, 2419861, 3483130},
                 {359480, 1421128, 2864498},
                 {376686, 1363294},
                 {344014}});

/// As Mack has it: a factor an age, nothing after the last, the last variance from those before, cohorts independent.
ChainLadder by_mack() {
  ChainLadder ladder = fit_chain_ladder(taylor_ashe, nullptr, {.least_cohorts = 1}).value();
  AgeFactor& last = ladder.ages.back();
  const double before = ladder.ages[7].sigma_squared;
  const double before_that = ladder.ages[6].sigma_squared;
  last.sigma_squared = std::min({before * before / before_that, before, before_that});
  last.error_variance = last.sigma_squared / static_cast<double>(last.now);
  ladder.tail = AgeFactor{1, 1, 1, 1, 0, 0};
  ladder.phi = 1;
  return ladder;
}

// Factors as printed in Mack (1993), to three decimals.
TEST(ChainLadder, factors_are_those_that_mack_published) {
  const ChainLadder ladder = by_mack();
  const std::vector<double> published{3.491, 1.747, 1.457, 1.174, 1.104, 1.086, 1.054, 1.077, 1.018};
  ASSERT_EQ(ladder.ages.size(), published.size());
  for (std::size_t k = 0; k < published.size(); ++k)
    EXPECT_NEAR(ladder.ages[k].factor, published[k], 5e-4) << k;
}

// Reserves and standard errors as published, in whole units and, for single cohorts, rounded to 1000.
TEST(ChainLadder, standard_errors_are_those_that_mack_published) {
  const ChainLadder ladder = by_mack();
  double now = 0;
  for (const auto& cohort : taylor_ashe.cohorts) now += static_cast<double>(cohort.back());
  const Projection all = project(ladder, state_of(taylor_ashe), 9).back();
  EXPECT_NEAR(all.mean - now, 18'680'856, 0.5);
  EXPECT_NEAR(std::sqrt(all.variance()), 2'447'095, 0.5);
  const std::vector<double> reserves{95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626};
  const std::vector<double> errors{76, 122, 134, 261, 411, 558, 875, 971, 1363};
  for (std::size_t i = 1; i < 10; ++i) {
    const Projection one = project(ladder, state_of(taylor_ashe, i), 9).back();
    EXPECT_NEAR((one.mean - static_cast<double>(taylor_ashe.cohorts[i].back())) / 1000, reserves[i - 1], 0.5)
        << i;
    EXPECT_NEAR(std::sqrt(one.variance()) / 1000, errors[i - 1], 0.5) << i;
  }
}

// R 4.2.2: lm(next ~ now + 0, weights = 1 / now) of the steps of age 0, age 1 and ages 2 to 4: coef, sigma^2 and
// vcov; phi and projections by loops over cohorts, slopes by central differences of 1e-5, good to 1e-8 or so.
TEST(ChainLadder, factors_are_weighted_regressions_in_r_and_their_error_runs_through_projections) {
  const CohortTriangle triangle = triangle_of({{100, 80, 75, 70, 68, 69},
                                               {120, 90, 88, 80, 75},
                                               {90, 80, 70, 66},
                                               {150, 110, 104},
                                               {130, 101},
                                               {140}});
  const ChainLadder ladder = fit_chain_ladder(triangle, nullptr, {.least_cohorts = 4}).value();
  ASSERT_EQ(ladder.ages.size(), 2U);
  const auto expect = [](const AgeFactor& factor, double f, double sigma_squared, double error_variance) {
    EXPECT_NEAR(factor.factor, f, 1e-12);  // R's printed digits, here and below
    EXPECT_NEAR(factor.sigma_squared, sigma_squared, 1e-12);
    EXPECT_NEAR(factor.error_variance, error_variance, 1e-15);
  };
  expect(ladder.ages[0], 0.781355932203, 0.385480950311, 0.000653357542901);
  expect(ladder.ages[1], 0.936111111111, 0.154924242424, 0.000430345117845);
  expect(ladder.tail, 0.949002217295, 0.100115445291, 0.000221985466278);
  EXPECT_EQ(ladder.tail.cohorts, 6);
  EXPECT_NEAR(ladder.phi, 1.08482045399, 1e-11);
  const auto ahead = project(ladder, state_of(triangle), 3);
  const std::vector<Projection> in_r{{501.9237489613, 109.6221172231, 42.3976444702},
                                     {474.916594757, 158.320182181, 146.663455333},
                                     {450.696901454, 194.163381591, 336.290868233}};
  for (std::size_t h = 0; h < 3; ++h) {
    EXPECT_NEAR(ahead[h].mean, in_r[h].mean, 1e-9);
    EXPECT_NEAR(ahead[h].process_variance, in_r[h].process_variance, 1e-9);
    EXPECT_NEAR(ahead[h].error_variance, in_r[h].error_variance, 1e-6);
  }
}

// By hand: 90 of 100 stay, then 45 of 50 (another cohort): q = 15.5 / 151 customers; each pays 20.
TEST(ChainLadder, variances_are_at_least_what_the_chance_to_leave_gives) {
  const CohortTriangle customers = triangle_of({{100, 90}, {50}});
  const CohortTriangle amounts = triangle_of({{2000, 1800}, {1000}});
  const ChainLadder ladder = fit_chain_ladder(amounts, &customers).value();
  const double q = 10.5 / 101;
  EXPECT_DOUBLE_EQ(ladder.tail.sigma_squared, 20 * q * (1 - q));
  EXPECT_DOUBLE_EQ(ladder.tail.factor, 0.9);
  // Nobody left of 100: q = 0.5 / 101, and no certainty.
  const CohortTriangle loyal = triangle_of({{100, 100}, {50}});
  EXPECT_DOUBLE_EQ(fit_chain_ladder(loyal, &loyal)->tail.sigma_squared, 0.5 / 101 * (1 - 0.5 / 101));
  EXPECT_EQ(fit_chain_ladder(loyal)->tail.sigma_squared, 0.0) << "Amounts alone do not tell.";
}

// Two cohorts that move together: deviations of a period add up instead of cancelling.
TEST(ChainLadder, what_all_cohorts_have_in_common_widens_phi) {
  Rows rows;
  const std::vector<std::int64_t> season{100, 80, 100, 60, 100, 80, 100, 60, 100, 80};  // of who stays
  for (std::size_t i = 0; i < 10; ++i) {
    std::vector<std::int64_t> row{100'000};
    for (std::size_t t = i; t + 1 < 10; ++t) row.push_back(row.back() * season[t] / 100);
    rows.push_back(row);
  }
  const ChainLadder ladder = fit_chain_ladder(triangle_of(rows)).value();
  EXPECT_GT(ladder.phi, 3);
  // The variance of all is phi times what it would be without.
  ChainLadder plain = ladder;
  plain.phi = 1;
  const auto with = project(ladder, state_of(triangle_of(rows)), 2);
  const auto without = project(plain, state_of(triangle_of(rows)), 2);
  EXPECT_NEAR(with[1].variance() / without[1].variance(), ladder.phi, 1e-12);
}

// By hand: factors 1/2 then 1/4 of the tail, 100 in each period with a variance of 9 and an error of 4.
TEST(ChainLadder, what_comes_in_develops_like_other_cohorts) {
  const AgeFactor half{2, 1, 1, 0.5, 0, 0};
  const AgeFactor quarter{4, 1, 1, 0.25, 0, 0};
  const ChainLadder ladder{{half}, quarter, quarter, 1, 5};
  const auto ahead =
      project(ladder, CohortState{{}, 16}, 3, {.mean = 100, .variance = 9, .error_variance = 4});
  EXPECT_DOUBLE_EQ(ahead[0].mean, 4 + 100);
  EXPECT_DOUBLE_EQ(ahead[1].mean, 1 + 100 + 50);
  EXPECT_DOUBLE_EQ(ahead[2].mean, 0.25 + 100 + 50 + 12.5);
  EXPECT_DOUBLE_EQ(ahead[1].process_variance, 9 + 9 * 0.25);
  EXPECT_DOUBLE_EQ(ahead[1].error_variance, 4 * 1.5 * 1.5);
  // Along a line: 100, 90, 80 and never below 0.
  const auto falling = project(ladder, {}, 12, {.mean = 100, .slope = -10});
  EXPECT_DOUBLE_EQ(falling[1].mean, 90 + 50);
  EXPECT_DOUBLE_EQ(falling[2].mean, 80 + 45 + 12.5);
  EXPECT_GE(falling[11].mean, 0);
}

/// A sound triangle of 2 to 12 periods, some cohorts empty.
CohortTriangle draw_triangle() {
  const auto periods = *between<std::size_t>(2, 13);
  CohortTriangle triangle;
  for (std::size_t i = 0; i < periods; ++i) {
    const bool empty = *between<int>(0, 5) == 0;
    auto& row = triangle.cohorts.emplace_back();
    for (std::size_t k = 0; k < periods - i; ++k)
      row.push_back(empty ? 0 : *between<std::int64_t>(0, std::int64_t{1} << 40));
    triangle.earlier.push_back(*between<std::int64_t>(0, 1000));
  }
  return triangle;
}

RC_GTEST_PROP(ChainLadderLaws, cohorts_and_earlier_customers_add_up_to_all, ()) {
  const CohortTriangle triangle = draw_triangle();
  const auto ladder = fit_chain_ladder(triangle);
  if (!ladder) return;
  const auto all = project(*ladder, state_of(triangle), 6);
  std::vector<double> mean(6);
  std::vector<double> chance(6);
  const auto add = [&](const CohortState& state) {
    const auto one = project(*ladder, state, 6);
    for (std::size_t h = 0; h < 6; ++h) {
      RC_ASSERT(std::isfinite(one[h].mean) && std::isfinite(one[h].variance()));
      RC_ASSERT(one[h].mean >= 0 && one[h].process_variance >= 0 && one[h].error_variance >= 0);
      mean[h] += one[h].mean;
      chance[h] += one[h].process_variance;
    }
  };
  for (std::size_t i = 0; i < triangle.size(); ++i) add(state_of(triangle, i));
  add({{}, state_of(triangle).earlier});
  for (std::size_t h = 0; h < 6; ++h) {
    // The same 13 terms in another order, each some six products.
    RC_ASSERT(std::abs(mean[h] - all[h].mean) <= 1e-12 * all[h].mean);
    RC_ASSERT(std::abs(chance[h] - all[h].process_variance) <= 1e-12 * all[h].process_variance);
  }
}

RC_GTEST_PROP(ChainLadderLaws, twice_the_amounts_are_twice_the_mean_and_four_times_the_variance, ()) {
  const CohortTriangle triangle = draw_triangle();
  CohortTriangle twice = triangle;
  for (auto& row : twice.cohorts)
    for (auto& value : row) value *= 2;
  for (auto& value : twice.earlier) value *= 2;
  const auto first = fit_chain_ladder(triangle);
  const auto second = fit_chain_ladder(twice);
  RC_ASSERT(first.has_value() == second.has_value());
  if (!first) return;
  const auto once = project(*first, state_of(triangle), 4);
  const auto doubled = project(*second, state_of(twice), 4);
  for (std::size_t h = 0; h < 4; ++h) {
    // A factor of 2 changes no digit but the exponent.
    RC_ASSERT(doubled[h].mean == 2 * once[h].mean);
    RC_ASSERT(doubled[h].variance() == 4 * once[h].variance());
  }
}

TEST(ChainLadder, of_nobody_who_leaves_keeps_what_there_is) {
  const CohortTriangle triangle = triangle_of({{10, 10, 10, 10}, {20, 20, 20}, {0, 0}, {5}});
  const ChainLadder ladder = fit_chain_ladder(triangle, &triangle).value();
  EXPECT_EQ(ladder.tail.factor, 1.0);
  const auto ahead = project(ladder, state_of(triangle), 5);
  EXPECT_EQ(ahead[4].mean, 35.0);
  EXPECT_GT(ahead[4].variance(), ahead[0].variance());
}

TEST(ChainLadder, of_everybody_who_leaves_keeps_nothing) {
  const CohortTriangle triangle = triangle_of({{10, 0, 0, 0}, {20, 0, 0}, {10, 0}, {30}});
  const ChainLadder ladder = fit_chain_ladder(triangle, &triangle).value();
  const auto ahead = project(ladder, state_of(triangle), 2);
  EXPECT_EQ(ahead[0].mean, 0.0);
  EXPECT_GT(ahead[0].variance(), 0.0) << "That all 40 left does not make it certain for the next.";
}

TEST(ChainLadder, takes_what_all_do_where_an_age_was_never_seen) {
  // The tail is of ages 1 and older, where nothing was left; then one comes back.
  const CohortTriangle triangle{{{10, 0, 0}, {10, 0}, {10}}, {8, 4, 2}};
  const ChainLadder ladder = fit_chain_ladder(triangle, nullptr, {.least_cohorts = 1}).value();
  ASSERT_EQ(ladder.ages.size(), 1U);
  EXPECT_DOUBLE_EQ(ladder.tail.factor, 6.0 / 32);
  EXPECT_DOUBLE_EQ(ladder.earlier.factor, 0.5);
}

// Plans of four periods that a third gives up at each renewal, and one more period in which nothing is due.
TEST(ChainLadder, of_two_years_repeats_the_last_one) {
  Rows rows;
  const std::size_t periods = 14;
  for (std::size_t i = 0; i < periods; ++i) {
    std::vector<std::int64_t> row{8100};
    for (std::size_t k = 1; k < periods - i; ++k) row.push_back(k % 4 == 0 ? row.back() * 2 / 3 : row.back());
    rows.push_back(row);
  }
  const CohortTriangle triangle = triangle_of(rows);
  const ChainLadder ladder = fit_chain_ladder(triangle, nullptr, {.least_cohorts = 5, .year = 4}).value();
  ASSERT_EQ(ladder.ages.size(), 9U) << "Five cohorts have come from age 8 to 9.";
  EXPECT_EQ(ladder.cycle, 4U);
  EXPECT_EQ(ladder.index_of(8), 8U);
  EXPECT_EQ(ladder.index_of(9), 5U);
  EXPECT_EQ(ladder.index_of(12), 8U);
  EXPECT_EQ(ladder.index_of(15), 7U);
  EXPECT_NEAR(ladder.at(15).factor, 2.0 / 3, 1e-12);
  EXPECT_EQ(ladder.at(14).factor, 1.0);
  // So the oldest cohort loses a third at its fourth renewal, at age 16, and not before.
  const auto oldest = project(ladder, state_of(triangle, 0), 3);
  EXPECT_NEAR(oldest[1].mean, 2400, 1e-9);
  EXPECT_NEAR(oldest[2].mean, 1600, 1e-9);
  // One year of ages of their own is not enough: they are too young to tell of old ones.
  const ChainLadder shorter = fit_chain_ladder(triangle, nullptr, {.least_cohorts = 7, .year = 4}).value();
  EXPECT_EQ(shorter.cycle, 0U);
  EXPECT_EQ(shorter.index_of(100), shorter.ages.size());
  // The tail holds ages 7 to 12 (own ones end there), of which one of four is a renewal.
  EXPECT_LT(shorter.tail.factor, 1);
  EXPECT_GT(shorter.tail.factor, 2.0 / 3);
}

TEST(ChainLadder, needs_two_periods_and_something_before_the_last) {
  EXPECT_FALSE(fit_chain_ladder({}));
  EXPECT_FALSE(fit_chain_ladder(triangle_of({{5}})));
  EXPECT_FALSE(fit_chain_ladder(triangle_of({{0, 0}, {5}})));
  EXPECT_TRUE(fit_chain_ladder(triangle_of({{5, 4}, {5}})));
  EXPECT_TRUE(project(*fit_chain_ladder(triangle_of({{5, 4}, {5}})), {}, 0).empty());
}

TEST(ChainLadder, refuses_what_is_no_triangle) {
  const CohortTriangle good = triangle_of({{5, 4}, {5}});
  EXPECT_EQ(error_of([] { (void)fit_chain_ladder(triangle_of({{5, 4}, {5, 3}})); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)fit_chain_ladder(triangle_of({{5, -4}, {5}})); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)fit_chain_ladder({{{5}}, {1, 2}}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)fit_chain_ladder({{{5}}, {-1}}); }), "bad_number");
  const CohortTriangle longer = triangle_of({{5, 4, 4}, {5, 4}, {5}});
  EXPECT_EQ(error_of([&] { (void)fit_chain_ladder(good, &longer); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)fit_chain_ladder(good, nullptr, {.least_cohorts = 0}); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)state_of(good, 2); }), "out_of_range");
}

}  // namespace
}  // namespace churn
