#include <churn/decision/decision_effect.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::day;
using support::error_of;
using ::testing::HasSubstr;

DecisionRows empty_rows(bool with_control = false) {
  return {.effective_on = day("2024-01-01"),
          .announced_on = day("2023-12-01"),
          .from = day("2022-01-01"),
          .until = day("2024-07-01"),
          .has_control = with_control};
}

void add_row(DecisionRows& rows, int month, DecisionPhase phase, bool concerned, int departures,
             double expected) {
  rows.rows.push_back(
      {.month = Date::of(2022 + (month - 1) / 12, static_cast<unsigned>((month - 1) % 12) + 1, 1),
       .phase = phase,
       .concerned = concerned,
       .departures = departures,
       .risk_days = 100,
       .expected = expected});
}

// Months k = 1 to 30, from January 2022 on, with counts made of remainders:
//   first <- seq(as.Date("2022-01-01"), as.Date("2024-06-01"), by = "month")
//   nxt <- seq(as.Date("2022-02-01"), as.Date("2024-07-01"), by = "month")
//   mid <- (as.numeric(first) + as.numeric(nxt)) / 2
//   mk <- function(k, phase, con, dep, ex) data.frame(k, phase, con, dep, ex)
//   a <- 1:23; b <- 24:30; c <- 25:30
//   d <- rbind(mk(a, "before", 1, 8 + (a * 7) %% 5, 10 + (a %% 3)),
//              mk(b, "announced", 1, 2 + (b * 3) %% 4, 3 + 0.5 * (b %% 2)),
//              mk(c, "affected", 1, 15 + (c * 5) %% 7, 3 + 0.25 * c), mk(c, "joined_after", 1, 3 + (c * 2) %% 3, 4))
//   d2 <- rbind(mk(a, "before", 0, 12 + (a * 11) %% 6, 14 + (a %% 4)), mk(b, "announced", 0, 4 + (b * 5) %% 3, 5),
//               mk(c, "affected", 0, 9 + (c * 3) %% 5, 10), mk(c, "joined_after", 0, 2 + (c * 7) %% 4, 3))
//   cols <- function(d) {
//     d$yr <- (mid[d$k] - as.numeric(as.Date("2024-01-01"))) / 365.25
//     ny <- as.numeric(as.Date(paste0(format(first[d$k], "%Y"), "-01-01"))); th <- 2 * pi * (mid[d$k] - ny) / 365.25
//     d$s1 <- sin(th); d$c1 <- cos(th); d$s2 <- sin(2 * th); d$c2 <- cos(2 * th)
//     for (p in c("announced", "affected", "joined_after")) d[[p]] <- as.numeric(d$phase == p); d }
DecisionRows rows_of_remainders(bool with_control = false) {
  DecisionRows rows = empty_rows(with_control);
  for (int k = 1; k <= 23; ++k) add_row(rows, k, DecisionPhase::before, true, 8 + k * 7 % 5, 10 + k % 3);
  for (int k = 24; k <= 30; ++k)
    add_row(rows, k, DecisionPhase::announced, true, 2 + k * 3 % 4, 3 + 0.5 * (k % 2));
  for (int k = 25; k <= 30; ++k)
    add_row(rows, k, DecisionPhase::affected, true, 15 + k * 5 % 7, 3 + 0.25 * k);
  for (int k = 25; k <= 30; ++k) add_row(rows, k, DecisionPhase::joined_after, true, 3 + k * 2 % 3, 4);
  if (!with_control) return rows;
  for (int k = 1; k <= 23; ++k) add_row(rows, k, DecisionPhase::before, false, 12 + k * 11 % 6, 14 + k % 4);
  for (int k = 24; k <= 30; ++k) add_row(rows, k, DecisionPhase::announced, false, 4 + k * 5 % 3, 5);
  for (int k = 25; k <= 30; ++k) add_row(rows, k, DecisionPhase::affected, false, 9 + k * 3 % 5, 10);
  for (int k = 25; k <= 30; ++k) add_row(rows, k, DecisionPhase::joined_after, false, 2 + k * 7 % 4, 3);
  return rows;
}

DecisionEffectOptions month_by_month(DecisionTerm trend, DecisionTerm season) {
  return {.trend = trend, .season = season, .fewest_expected = 0};
}

// Figures of R to its 12 digits; both iterate to a relative 1e-8 of the deviance or better.
constexpr double as_r = 1e-7;

void expect_as_r(const DecisionPhaseEffect& effect, double ratio, double low, double high, double p) {
  ASSERT_TRUE(effect.rate_ratio && effect.interval && effect.p) << effect.note;
  EXPECT_NEAR(*effect.rate_ratio, ratio, as_r * ratio);
  EXPECT_NEAR(effect.interval->low, low, as_r * low);
  EXPECT_NEAR(effect.interval->high, high, as_r * high);
  EXPECT_NEAR(effect.p->value, p, 1e-5 * p);
}

// m <- glm(dep ~ announced + affected + joined_after + yr + s1 + c1 + s2 + c2, offset = log(ex),
//          family = quasipoisson, data = cols(d)); exp(coef(m)), exp(coef +- qt(.975, df) * se)
// slope: the same with affected * 12 * yr
TEST(DecisionEffect, it_is_that_of_a_quasi_poisson_regression) {
  const DecisionEffect effect =
      decision_effect(rows_of_remainders(), month_by_month(DecisionTerm::always, DecisionTerm::always));
  expect_as_r(effect.announced, 1.22506853597, 0.892373610392, 1.68179885682, 0.201463814916);
  expect_as_r(effect.affected, 2.07302028705, 1.60036929763, 2.6852634057, 2.12752354673e-06);
  expect_as_r(effect.joined_after, 1.11511012275, 0.804133600493, 1.54634824996, 0.50249925644);
  EXPECT_NEAR(effect.fit.dispersion.value(), 0.296375128294, as_r);
  EXPECT_NEAR(effect.slope.ratio.value(), 0.956436478419, as_r);
  EXPECT_NEAR(effect.slope.interval->low, 0.887151886484, as_r);
  EXPECT_NEAR(effect.slope.p->value, 0.236467606997, 1e-6);
  EXPECT_EQ(effect.pre_trend.note, "There is no control.");
  // 110 departures of 6 months, of which 110 / 2.073 would have come anyway.
  EXPECT_EQ(effect.affected.departures, 110);
  EXPECT_NEAR(effect.affected.expected.value(), 110 / 2.07302028705, 1e-5);
  EXPECT_NEAR(effect.affected.customers_change.value(), 110 - 110 / 2.07302028705, 1e-5);
  EXPECT_NEAR(effect.affected.customers_change_interval->low, 110 - 110 / 1.60036929763, 1e-5);
  EXPECT_NEAR(effect.affected.customers_change_interval->high, 110 - 110 / 2.6852634057, 1e-5);
}

// glm(dep ~ con * (announced + affected + joined_after) + yr, ..., data = cols(rbind(d, d2))); and of the months before
// glm(dep ~ con * yr)
TEST(DecisionEffect, with_a_control_it_is_the_difference_of_differences) {
  const DecisionEffect effect =
      decision_effect(rows_of_remainders(true), month_by_month(DecisionTerm::always, DecisionTerm::never));
  expect_as_r(effect.announced, 1.18045374727, 0.886123155802, 1.57254783414, 0.252843374529);
  expect_as_r(effect.affected, 1.79671719837, 1.49282693831, 2.16246947859, 1.84579409944e-08);
  expect_as_r(effect.joined_after, 0.807693676205, 0.589542471538, 1.10656840868, 0.180641225887);
  EXPECT_NEAR(effect.fit.dispersion.value(), 0.270170784504, as_r);
  EXPECT_NEAR(effect.pre_trend.ratio.value(), 1.02418764886, as_r);
  EXPECT_NEAR(effect.pre_trend.interval->low, 0.871847640307, as_r);
  EXPECT_NEAR(effect.pre_trend.p->value, 0.766035361481, 1e-6);
  EXPECT_EQ(effect.season_note, "No season was asked for.");
}

TEST(DecisionEffect, that_rates_are_estimates_widens_its_interval) {
  DecisionRows rows = rows_of_remainders();
  const DecisionEffectOptions options = month_by_month(DecisionTerm::always, DecisionTerm::always);
  const DecisionEffect plain = decision_effect(rows, options);
  rows.concerned.rate_variance[2] = 0.05;
  const DecisionEffect wider = decision_effect(rows, options);
  EXPECT_EQ(wider.affected.rate_ratio, plain.affected.rate_ratio);
  const auto width = [](const Interval& interval) { return std::log(interval.high / interval.low); };
  const double error = plain.fit.coefficients[2].std_error.value();
  EXPECT_NEAR(width(*wider.affected.interval) / width(*plain.affected.interval),
              std::sqrt(1 + 0.05 * plain.fit.dispersion.value() / (error * error)), 1e-9);
  EXPECT_EQ(wider.joined_after.interval, plain.joined_after.interval);
}

// Of the first year of a season of one wave a line makes a fall or a rise that never was.
TEST(DecisionEffect, trend_and_season_are_taken_in_where_records_are_long_enough) {
  DecisionRows rows = rows_of_remainders();
  const DecisionEffect shorter = decision_effect(rows);  // 23 months
  EXPECT_FALSE(shorter.trend || shorter.season);
  EXPECT_EQ(shorter.trend_note, "A trend would need 24 months before the announcement.");
  EXPECT_EQ(shorter.season_note, "A season would need 24 months before the announcement.");
  rows.from = day("2021-12-01");
  EXPECT_FALSE(decision_effect(rows).trend);  // nobody concerned was there that early
  rows.rows.push_back({.month = rows.from, .departures = 1, .risk_days = 100, .expected = 1});
  EXPECT_TRUE(decision_effect(rows).trend && decision_effect(rows).season);
  rows.from = day("2021-12-02");
  EXPECT_FALSE(decision_effect(rows).trend || decision_effect(rows).season);  // 729 days
  rows.from = day("2021-12-01");
  for (DecisionRow& row : rows.rows)
    if (row.month > day("2022-02-01") && row.phase == DecisionPhase::before) row.departures = 0;
  EXPECT_EQ(decision_effect(rows).trend_note,
            "A trend would need 50 departures before the announcement: there are 23.");
}

// A trend of exp(t) a year, in which who is affected leaves twice as often: it is found whole only where each row stands in
// the middle of what of its month is in its phase, be the announcement and the decision in the middle of one.
TEST(DecisionEffect, a_month_cut_by_the_announcement_or_the_decision_stands_where_its_part_does) {
  DecisionRows rows{.effective_on = day("2024-06-21"),
                    .announced_on = day("2024-05-13"),
                    .from = day("2022-01-09"),
                    .until = day("2024-08-05"),
                    .has_control = false};
  const auto add = [&](DecisionPhase phase, Date first, Date end, double ratio) {
    const double middle = (first.days() + end.days()) / 2.0 - rows.effective_on.days();
    constexpr double expected = 1e9;
    rows.rows.push_back({.month = Date::of(first.year(), first.month(), 1),
                         .phase = phase,
                         .departures = std::llround(expected * ratio * std::exp(middle / 365.25)),
                         .risk_days = 100,
                         .expected = expected});
  };
  const auto add_months = [&](DecisionPhase phase, Date first, Date end, double ratio) {
    for (Date from = first; from < end;) {
      const Date until = std::min(next_period_start(PeriodKind::month, from), end);
      add(phase, from, until, ratio);
      from = until;
    }
  };
  add_months(DecisionPhase::before, rows.from, rows.announced_on, 1);
  add_months(DecisionPhase::announced, rows.announced_on, rows.until, 1.5);
  add_months(DecisionPhase::affected, rows.effective_on, rows.until, 2);
  add_months(DecisionPhase::joined_after, rows.effective_on, rows.until, 0.5);
  const DecisionEffect effect = decision_effect(
      rows, {.trend = DecisionTerm::always, .season = DecisionTerm::never, .fewest_expected = 0});
  EXPECT_NEAR(*effect.announced.rate_ratio, 1.5, 1e-6);
  EXPECT_NEAR(*effect.affected.rate_ratio, 2, 1e-6);
  EXPECT_NEAR(*effect.joined_after.rate_ratio, 0.5, 1e-6);
  EXPECT_NEAR(*effect.slope.ratio, 1, 1e-6);
  EXPECT_NEAR(effect.fit.deviance, 0, 1);
}

TEST(DecisionEffect, a_trend_needs_ten_departures_a_column) {
  DecisionRows rows = empty_rows();
  rows.from = rows.rows.emplace_back(DecisionRow{.month = day("2021-06-01"), .expected = 1}).month;
  for (int k = 1; k <= 22; ++k) add_row(rows, k, DecisionPhase::before, true, k <= 6 ? 3 : 2, 2);
  for (int k = 25; k <= 30; ++k) add_row(rows, k, DecisionPhase::affected, true, 2, 2);
  EXPECT_TRUE(decision_effect(rows).trend);  // 50
  EXPECT_FALSE(decision_effect(rows).season);
  rows.rows[1].departures = 2;
  EXPECT_FALSE(decision_effect(rows).trend);
}

TEST(DecisionEffect, where_nobody_is_left_to_ask_it_does_not_speak_of_the_future) {
  DecisionRows rows = empty_rows();
  for (int k = 1; k <= 23; ++k) add_row(rows, k, DecisionPhase::before, true, k % 4, 2);
  EXPECT_EQ(decision_effect(rows).why_not,
            "Nobody whom the decision concerns was still there on 2023-12-01, or has come since.");
  rows.rows.clear();
  add_row(rows, 26, DecisionPhase::affected, true, 3, 2);
  EXPECT_EQ(
      decision_effect(rows).why_not,
      "Nobody whom the decision concerns was there before 2023-12-01, so that there is nothing to compare "
      "with.");
}

// Twelve months of 1 expected each are four rows of 3; of the last five, one of 3 and one of 2, the 2 go with the 3.
TEST(DecisionEffect, months_that_expect_little_are_taken_together) {
  DecisionRows rows = empty_rows();
  for (int k = 1; k <= 12; ++k) add_row(rows, k, DecisionPhase::before, true, k % 2, 1);
  for (int k = 26; k <= 30; ++k) add_row(rows, k, DecisionPhase::affected, true, 1, 1);
  const DecisionEffect effect =
      decision_effect(rows, {.trend = DecisionTerm::never, .season = DecisionTerm::never});
  EXPECT_EQ(effect.fit.rows, 5U);
  EXPECT_NEAR(effect.affected.rate_ratio.value(), 1 / 0.5, 1e-9);
}

TEST(DecisionEffect, what_can_not_be_said_is_said_to_be_so) {
  DecisionRows rows = empty_rows();
  EXPECT_EQ(decision_effect(rows).why_not, "Nobody whom the decision concerns was there.");
  add_row(rows, 26, DecisionPhase::affected, true, 3, 2);
  rows.from = rows.announced_on;
  EXPECT_THAT(decision_effect(rows).why_not, HasSubstr("Of the time before 2023-12-01 nothing is recorded"));
  rows = empty_rows();
  for (int k = 1; k <= 23; ++k) add_row(rows, k, DecisionPhase::before, true, k % 4, 2);
  rows.until = rows.announced_on;
  EXPECT_THAT(decision_effect(rows).affected.note, HasSubstr("The decision lies ahead"));
  rows.until = day("2024-07-01");
  add_row(rows, 25, DecisionPhase::announced, true, 0, 4);
  rows.concerned.waiting = 3;
  rows.concerned.next_renewal_on = day("2024-08-05");
  const DecisionEffect waiting = decision_effect(rows);
  EXPECT_EQ(waiting.why_not, "");
  EXPECT_EQ(waiting.affected.note,
            "Nobody has come to an affected renewal before 2024-07-01. Of 3 customers who wait for one the "
            "first comes to "
            "it on 2024-08-05.");
  EXPECT_EQ(waiting.announced.note, "Nobody left, where rates before the decision expect 4 departures.");
  EXPECT_EQ(waiting.joined_after.note, "Nobody has joined since 2024-01-01.");
  EXPECT_FALSE(waiting.announced.rate_ratio || waiting.slope.ratio);
  for (DecisionRow& row : rows.rows) row.expected.reset();
  EXPECT_THAT(decision_effect(rows).why_not, HasSubstr("so that there is no rate to compare with"));
}

TEST(DecisionEffect, a_phase_that_the_control_has_not_has_nothing_to_be_compared_with) {
  DecisionRows rows = rows_of_remainders(true);
  std::erase_if(rows.rows, [](const DecisionRow& row) {
    return !row.concerned && row.phase == DecisionPhase::joined_after;
  });
  const DecisionEffect effect = decision_effect(rows);
  EXPECT_TRUE(effect.affected.interval);
  EXPECT_FALSE(effect.joined_after.rate_ratio);
  EXPECT_THAT(effect.joined_after.note, HasSubstr("No customer of the control was in this phase"));
  std::erase_if(rows.rows, [](const DecisionRow& row) { return !row.concerned; });
  EXPECT_THAT(decision_effect(rows).why_not, HasSubstr("No customer of the control"));
}

TEST(DecisionEffect, two_rows_have_a_ratio_and_no_interval) {
  DecisionRows rows = empty_rows();
  add_row(rows, 1, DecisionPhase::before, true, 10, 10);
  add_row(rows, 26, DecisionPhase::affected, true, 12, 6);
  const DecisionEffect effect = decision_effect(rows);
  EXPECT_NEAR(effect.affected.rate_ratio.value(), 2, 1e-9);
  EXPECT_FALSE(effect.affected.interval || effect.affected.p);
  EXPECT_EQ(effect.affected.note, "There are too few months with departures to say how sure that is.");
}

TEST(DecisionEffect, the_order_of_rows_does_not_matter) {
  DecisionRows rows = rows_of_remainders(true);
  const DecisionEffect one = decision_effect(rows);
  std::reverse(rows.rows.begin(), rows.rows.end());
  EXPECT_EQ(decision_effect(rows).affected.rate_ratio, one.affected.rate_ratio);
}

TEST(DecisionEffect, numbers_that_are_none_are_refused) {
  const auto refused = [](auto&& change, DecisionEffectOptions options = {}) {
    DecisionRows rows = rows_of_remainders();
    change(rows.rows.front());
    return error_of([&] { (void)decision_effect(rows, options); });
  };
  const auto nothing = [](DecisionRow&) {};
  EXPECT_EQ(refused(nothing), std::nullopt);
  EXPECT_EQ(refused([](DecisionRow& row) { row.departures = -1; }), ErrorCode::bad_number);
  EXPECT_EQ(refused([](DecisionRow& row) { row.expected = std::numeric_limits<double>::infinity(); }),
            ErrorCode::bad_number);
  EXPECT_EQ(refused([](DecisionRow& row) { row.expected = -1; }), ErrorCode::bad_number);
  EXPECT_EQ(refused(nothing, {.fewest_expected = -1}), ErrorCode::bad_number);
  EXPECT_EQ(refused(nothing, {.confidence = 1}), ErrorCode::bad_number);
}

}  // namespace
}  // namespace churn
