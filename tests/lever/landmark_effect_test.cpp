#include <churn/lever/landmark_effect.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Park and Miller's numbers, so that R can draw the same.
class LeverLuck {
 public:
  explicit LeverLuck(std::int64_t seed) : x_(seed) {}
  double operator()() {
    x_ = x_ * 16807 % 2147483647;
    return static_cast<double>(x_) / 2147483647;
  }

 private:
  std::int64_t x_;
};

LandmarkRows drawn_rows(std::size_t n, std::int64_t seed, double effect = -0.5) {
  LeverLuck u{seed};
  LandmarkRows rows{.levels = {"0", "1", "2"}, .names = {"z1", "z2"}};
  rows.covariates.resize(static_cast<Eigen::Index>(n), 2);
  for (std::size_t i = 0; i < n; ++i) {
    const double z1 = u() < 0.4 ? 1 : 0;
    const double z2 = u();
    std::uint32_t level = u() < 0.2 + 0.3 * z1 + 0.2 * z2 ? 1 : 0;
    if (u() < 0.3 && level == 1) level = 2;
    const double hazard = 0.002 * std::exp(effect * level + 0.6 * z1 - 0.3 * z2);
    const auto departs = static_cast<std::int32_t>(std::floor(-std::log(u()) / hazard));
    const auto known = 100 + static_cast<std::int32_t>(std::floor(u() * 900));
    rows.level.push_back(level);
    rows.departs_in.push_back(departs < known ? departs : -1);
    rows.known_for.push_back(known);
    rows.covariates.row(static_cast<Eigen::Index>(i)) << z1, z2;
  }
  return rows;
}

void expect_ratio(const LandmarkHazardRatio& ratio, double value, double low, double high, double p) {
  ASSERT_TRUE(ratio.value && ratio.interval && ratio.p);
  EXPECT_NEAR(*ratio.value, value, 1e-7 * value);
  EXPECT_NEAR(ratio.interval->low, low, 1e-7 * low);
  EXPECT_NEAR(ratio.interval->high, high, 1e-7 * high);
  EXPECT_NEAR(ratio.p->value, p, 1e-5 * p);
}

// R 4.2.2, survival 3.5-3:
//   d$left <- departs >= 0 & departs < 365;  d$exit <- ifelse(d$left, departs + 1, pmin(known, 365))
//   coxph(Surv(exit, left) ~ level); coxph(Surv(exit, left) ~ level + z1 + z2)
//   coxph(Surv(exit, left) ~ factor(level) + z1 + z2)
TEST(LandmarkEffect, hazard_ratios_equal_those_of_coxph) {
  const LandmarkEffect effect = landmark_effect(drawn_rows(400, 20240601));
  EXPECT_EQ(effect.departures, 181U);
  expect_ratio(effect.plain, 0.650339750731552, 0.517364151065494, 0.81749342413954, 0.000227298821035358);
  expect_ratio(effect.adjusted, 0.599845244783887, 0.469766493482765, 0.765942915643564, 4.1668446908756e-05);
  expect_ratio(effect.arms[1].step, 0.505244832549959, 0.345548787034131, 0.738744716800936,
               0.000428088531246305);
  expect_ratio(effect.arms[2].step, 0.417711317708136, 0.248679471510653, 0.701637106921361,
               0.000970079153017118);
  EXPECT_THAT(effect.adjusted_for, ElementsAre("z1", "z2"));
  EXPECT_EQ(effect.p->value, effect.adjusted.p->value);
  EXPECT_TRUE(effect.why_not.empty());
}

TEST(LandmarkEffect, counts_those_whose_horizon_is_over_by_level) {
  const LandmarkEffect effect = landmark_effect(drawn_rows(400, 20240601));
  EXPECT_EQ(effect.arms[0].customers, 240);
  EXPECT_EQ(effect.arms[1].customers, 107);
  EXPECT_EQ(effect.arms[2].customers, 53);
  EXPECT_EQ(effect.arms[0].retained, (Proportion{76, 175}));
  EXPECT_EQ(effect.arms[1].retained, (Proportion{50, 81}));
  EXPECT_EQ(effect.arms[2].retained, (Proportion{28, 42}));
  EXPECT_EQ(effect.retained.one, (Proportion{78, 123}));
  EXPECT_EQ(effect.retained.other, (Proportion{76, 175}));
  EXPECT_NEAR(effect.trend.p->value, 0.000952337342299327, 1e-9);  // prop.trend.test
}

// R: glm(left ~ level, binomial("cloglog"), subset = known >= 365); then + z1 + z2; then factor(level) + z1 + z2
TEST(LandmarkEffect, at_the_horizon_ratios_equal_those_of_glm_of_those_whose_horizon_is_over) {
  LandmarkRows rows = drawn_rows(400, 20240601);
  rows.at_horizon = true;
  const LandmarkEffect effect = landmark_effect(rows);
  expect_ratio(effect.plain, 0.657695086829431, 0.508826495422095, 0.850118520028604, 0.00137386441578496);
  expect_ratio(effect.adjusted, 0.618584544495655, 0.469259768427948, 0.815426474702465,
               0.000655631085671192);
  expect_ratio(effect.arms[1].step, 0.519753798129806, 0.335844219585129, 0.804372964954022,
               0.0033142938483474);
  expect_ratio(effect.arms[2].step, 0.442191446340283, 0.246732183164414, 0.792491975342409,
               0.00612054651713582);
  EXPECT_EQ(effect.p->value, effect.adjusted.p->value);
}

// 181 left within their horizon, 144 of them known for all of it: the latter are what a regression at the horizon has.
TEST(LandmarkEffect, at_the_horizon_columns_are_as_many_as_departures_of_a_whole_horizon_allow) {
  LandmarkRows rows = drawn_rows(400, 20240601);
  EXPECT_THAT(landmark_effect(rows, {.departures_a_column = 60}).adjusted_for, ElementsAre("z1", "z2"));
  rows.at_horizon = true;
  EXPECT_THAT(landmark_effect(rows, {.departures_a_column = 60}).adjusted_for, ElementsAre("z1"));
}

// Of 600 who pay by the month 25 leave each month, of 400 who pay by the year 200 at its end: half of each. For eleven months
// only the former can leave, and a regression over days takes that for loyalty, with certainty.
TEST(LandmarkEffect, who_is_bound_for_a_year_is_not_taken_for_loyal_at_its_end) {
  LandmarkRows rows{.horizon = 391};
  for (int i = 0; i < 1000; ++i) {
    const bool by_the_year = i >= 600;
    rows.level.push_back(by_the_year ? 1 : 0);
    rows.departs_in.push_back(i % 2 == 1 ? -1 : by_the_year ? 364 : 30 * (1 + i / 2 % 12));
    rows.known_for.push_back(391);  // just over
  }
  const LandmarkEffect by_day = landmark_effect(rows);
  EXPECT_LT(*by_day.plain.value, 0.8);
  EXPECT_LT(by_day.p->value, 0.001);
  rows.at_horizon = true;
  const LandmarkEffect at_horizon = landmark_effect(rows);
  EXPECT_NEAR(*at_horizon.plain.value, 1, 1e-9);
  EXPECT_GT(at_horizon.p->value, 0.99);
  EXPECT_NEAR(at_horizon.retained.difference->difference, 0, 1e-12);
}

TEST(LandmarkEffect, the_last_day_of_the_horizon_counts_and_the_day_after_it_does_not) {
  const LandmarkRows rows{
      .horizon = 60, .level = {0, 0, 1, 1}, .departs_in = {59, 60, -1, 10}, .known_for = {100, 100, 60, 59}};
  const LandmarkEffect effect = landmark_effect(rows);
  EXPECT_EQ(effect.retained.other, (Proportion{1, 2}));  // who left on day 60 was kept for 60 days
  EXPECT_EQ(effect.retained.one, (Proportion{1, 1}));    // of the last one the horizon is not over
  EXPECT_EQ(effect.departures, 2U);
}

// R: g <- glm(with ~ z1 + z2, binomial); w1 <- z / e; w0 <- (1 - z) / (1 - e); means of y by these weights; the error from
// the influence of rows on their difference, less its regression on the scores (z - e) (1, z1, z2).
TEST(LandmarkEffect, the_weighted_difference_equals_that_of_glm_and_its_influence) {
  const LandmarkEffect effect = landmark_effect(drawn_rows(400, 20240601));
  ASSERT_TRUE(effect.weighted && effect.weighted_interval);
  EXPECT_NEAR(*effect.weighted, 0.254250856552398, 1e-9);
  EXPECT_NEAR(effect.weighted_interval->low, 0.137769223689956, 1e-8);
  EXPECT_NEAR(effect.weighted_interval->high, 0.370732489414841, 1e-8);
}

TEST(LandmarkEffect, more_columns_than_ten_departures_each_are_left_out) {
  LandmarkRows rows = drawn_rows(60, 7);
  const std::size_t departures = landmark_effect(rows).departures;
  ASSERT_LT(departures, 40U);
  rows.covariates.conservativeResize(60, 4);
  rows.covariates.col(2) = rows.covariates.col(1).array().square();
  rows.covariates.col(3) = rows.covariates.col(1).array().cube();
  rows.names = {"z1", "z2", "z3", "z4"};
  const LandmarkEffect effect = landmark_effect(rows);
  EXPECT_EQ(effect.adjusted_for.size(), departures / 10 - 1);
  EXPECT_EQ(effect.left_out.size(), 4 - effect.adjusted_for.size());
}

TEST(LandmarkEffect, e_values_are_those_of_the_adjusted_ratio_and_its_limit_nearer_to_one) {
  const LandmarkEffect effect = landmark_effect(drawn_rows(400, 20240601));
  // More than 15 % left: RR = (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)), E = 1 / RR + sqrt(1 / RR (1 / RR - 1)).
  const auto by_hand = [](double hr) {
    const double rr = (1 - std::pow(0.5, std::sqrt(hr))) / (1 - std::pow(0.5, std::sqrt(1 / hr)));
    return 1 / rr + std::sqrt(1 / rr * (1 / rr - 1));
  };
  EXPECT_NEAR(*effect.e_value, by_hand(*effect.adjusted.value), 1e-9);
  EXPECT_NEAR(*effect.e_value_of_limit, by_hand(effect.adjusted.interval->high), 1e-9);
}

TEST(LandmarkEffect, intervals_hold_no_effect_about_as_often_as_they_say) {
  std::size_t plain = 0;
  std::size_t adjusted = 0;
  std::size_t weighted = 0;
  constexpr std::size_t books = 200;
  for (std::size_t i = 0; i < books; ++i) {
    LandmarkRows rows = drawn_rows(300, static_cast<std::int64_t>(1000 + 17 * i), 0);
    const LandmarkEffect effect = landmark_effect(rows);
    plain += effect.plain.interval->low > 1 || effect.plain.interval->high < 1 ? 1U : 0U;
    adjusted += effect.adjusted.interval->low > 1 || effect.adjusted.interval->high < 1 ? 1U : 0U;
    weighted += effect.weighted_interval->low > 0 || effect.weighted_interval->high < 0 ? 1U : 0U;
  }
  // Of 200 at 5 %, more than 18 happen in one of a hundred. Exposure goes with z1, which makes leave: plain is fooled.
  EXPECT_LE(adjusted, 18U);
  EXPECT_LE(weighted, 18U);
  EXPECT_GT(plain, adjusted);
}

TEST(LandmarkEffect, an_arm_without_customers_is_said_and_not_computed) {
  LandmarkRows rows = drawn_rows(50, 3);
  for (std::uint32_t& level : rows.level) level = 1;
  const LandmarkEffect everyone = landmark_effect(rows);
  EXPECT_FALSE(everyone.p || everyone.retained.difference || everyone.adjusted.value || everyone.weighted);
  EXPECT_THAT(everyone.why_not, HasSubstr("Every customer was exposed"));
  for (std::uint32_t& level : rows.level) level = 0;
  const LandmarkEffect nobody = landmark_effect(rows);
  EXPECT_FALSE(nobody.p || nobody.retained.difference);
  EXPECT_THAT(nobody.why_not, HasSubstr("No customer was exposed"));
}

TEST(LandmarkEffect, without_departures_or_rows_there_is_no_effect_and_a_reason) {
  LandmarkRows rows = drawn_rows(50, 3);
  for (std::int32_t& departs : rows.departs_in) departs = -1;
  const LandmarkEffect stayed = landmark_effect(rows);
  EXPECT_FALSE(stayed.plain.value || stayed.e_value);
  EXPECT_EQ(stayed.retained.difference->difference, 0);
  EXPECT_THAT(stayed.why_not, HasSubstr("Nobody left"));
  const LandmarkEffect empty = landmark_effect(LandmarkRows{});
  EXPECT_FALSE(empty.p || empty.retained.difference || empty.weighted);
  EXPECT_THAT(empty.why_not, HasSubstr("No customer was there"));
}

TEST(LandmarkEffect, arms_that_covariates_tell_apart_for_certain_are_not_weighted) {
  LandmarkRows rows = drawn_rows(400, 11);
  for (std::size_t r = 0; r < rows.rows(); ++r)
    rows.level[r] = rows.covariates(static_cast<Eigen::Index>(r), 0) > 0 ? 1 : 0;
  const LandmarkEffect effect = landmark_effect(rows);
  EXPECT_FALSE(effect.weighted);
  EXPECT_THAT(effect.why_not_weighted, HasSubstr("hardly comparable"));
}

TEST(LandmarkEffect, rows_that_do_not_fit_together_are_refused) {
  using support::error_of;
  const auto refused = [](const std::function<void(LandmarkRows&)>& change) {
    LandmarkRows rows = drawn_rows(10, 3);
    change(rows);
    return error_of([&] { (void)landmark_effect(rows); });
  };
  EXPECT_EQ(refused([](LandmarkRows& rows) { rows.level[3] = 3; }), ErrorCode::out_of_range);
  EXPECT_EQ(refused([](LandmarkRows& rows) { rows.level.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(refused([](LandmarkRows& rows) { rows.names.pop_back(); }), ErrorCode::out_of_range);
  EXPECT_EQ(refused([](LandmarkRows& rows) { rows.horizon = 0; }), ErrorCode::bad_number);
  EXPECT_EQ(refused([](LandmarkRows& rows) { rows.departs_in[0] = rows.known_for[0]; }),
            ErrorCode::bad_number);
  EXPECT_EQ(refused([](LandmarkRows& rows) { rows.covariates(0, 0) = std::nan(""); }), ErrorCode::bad_number);
}

}  // namespace
}  // namespace churn
