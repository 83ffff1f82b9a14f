#include <churn/forecast/mrr_forecast.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <churn/forecast/forecast_backtest.hpp>

#include "forecast/simulated_cohorts.hpp"
#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using forecast_test::Business;
using forecast_test::Dice;
using forecast_test::simulate;
using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::copies;
using support::CustomerSentences;
using support::day;
using support::error_of;
using support::months_of;
using Outcome = ForecastOutcome;

const std::vector<std::string> half_year{"2024-01-01", "2024-02-01", "2024-03-01",
                                         "2024-04-01", "2024-05-01", "2024-06-01"};

/// Ten come every month at 10.00, of whom five leave in the next.
Book half_of_them_stay() {
  CustomerSentences customers;
  for (std::size_t i = 0; i < half_year.size(); ++i) {
    const std::string number = std::to_string(i);
    for (const auto& one : copies(5, a_customer("stays" + number).on("a").from(half_year[i])))
      customers.push_back(one);
    const std::string gone = i + 1 < half_year.size() ? half_year[i + 1] : "2024-07-01";
    for (const auto& one : copies(5, a_customer("leaves" + number).on("a").from(half_year[i]).until(gone)))
      customers.push_back(one);
  }
  return book_as_of("2024-07-01", customers);
}

// 20 come every month at 100.00 EUR, of whom 4 leave a month later. A euro is a dollar, and `late` dollars in the end.
Book book_in_euros(FxPolicy policy, const char* late) {
  support::CustomerSentences customers;
  for (const std::string& from : half_year)
    for (int j = 0; j < 20; ++j) {
      auto one = a_customer(from + "-" + std::to_string(j)).on("a").at("100.00").in("EUR").from(from);
      if (j < 4 && from < "2024-06-01")
        one.until(next_period_start(PeriodKind::month, day(from)).to_string());
      customers.push_back(one);
    }
  Records records = support::records_of(customers);
  records.add(FxRate{day("2023-01-01"), Currency{"EUR"}, Decimal::parse("1").value()});
  records.add(FxRate{day("2024-06-15"), Currency{"EUR"}, Decimal::parse(late).value()});
  Conventions conventions;
  conventions.book.currency = Currency{"USD"};
  conventions.book.fx = policy;
  return Book::build(records, day("2024-07-01"), conventions).book;
}

// Cohorts are at the latest rate, movements at those of their days: what is between them is nobody's MRR.
TEST(MrrForecast, is_at_the_latest_exchange_rate_whether_rates_are_dated_or_not) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  for (const char* late : {"0.80", "1.20"}) {
    const Book dated = book_in_euros(FxPolicy::dated, late);
    const Book constant = book_in_euros(FxPolicy::constant, late);
    EXPECT_EQ(to_csv(forecast_table(forecast_mrr(dated, grid, {.horizon = 3}))),
              to_csv(forecast_table(forecast_mrr(constant, grid, {.horizon = 3}))));
    EXPECT_EQ(to_csv(backtest_table(backtest_forecast(dated, grid))),
              to_csv(backtest_table(backtest_forecast(constant, grid))));
    EXPECT_EQ(support::error_of([&] {
                return forecast_mrr(CohortCube::fold(dated, grid, CohortBy::first_paid),
                                    MovementCube::fold(dated, grid));
              }),
              ErrorCode::mismatched_cubes);
  }
}

// By hand: f(0) = 25 / 50, later ages lose nobody. 5 x 50.00 + 100.00 at the end of June; then 250 + 50 + 100, …
TEST(MrrForecast, adds_what_is_left_of_every_cohort_and_new_business) {
  const MrrForecast forecast =
      forecast_mrr(half_of_them_stay(), months_of("2024-01-01", "2024-07-01"), {.horizon = 3});
  ASSERT_EQ(forecast.outcome, Outcome::known);
  EXPECT_EQ(forecast.mrr, Money(35'000, Currency{"USD"}));
  EXPECT_EQ(forecast.customers, 35);
  EXPECT_EQ(forecast.steps, 5U);
  EXPECT_EQ(forecast.mrr_ladder->ages.at(0).factor, 0.5);
  EXPECT_EQ(forecast.mrr_ladder->tail.factor, 1.0);
  ASSERT_EQ(forecast.periods.size(), 3U);
  for (std::size_t h = 0; h < 3; ++h) {
    const ForecastPeriod& period = forecast.periods[h];
    EXPECT_DOUBLE_EQ(period.mrr->value, 40'000 + 5'000 * static_cast<double>(h));
    EXPECT_DOUBLE_EQ(period.existing->value, 30'000);
    EXPECT_DOUBLE_EQ(period.customers->value, 40 + 5 * static_cast<double>(h));
    EXPECT_LT(period.mrr->interval.low, period.mrr->value);
    EXPECT_GT(period.mrr->interval.high, period.mrr->value);
  }
  EXPECT_EQ(forecast.periods[2].period, Period(day("2024-09-01"), day("2024-10-01")));
  ASSERT_EQ(forecast.cohorts.size(), 6U);
  EXPECT_EQ(forecast.cohorts[5].cohort.first(), day("2024-06-01"));
  EXPECT_DOUBLE_EQ(forecast.cohorts[5].mrr.at(1)->value, 5'000);
}

// Log-normal ends by hand from the mean and variance of the projection; t of 4 degrees of freedom at 97.5 % is
// 2.776445 (R: qt(0.975, 4)).
TEST(MrrForecast, intervals_are_those_of_a_log_normal_with_a_quantile_of_student) {
  const Book book = half_of_them_stay();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const MrrForecast forecast = forecast_mrr(book, grid, {.horizon = 4});
  const auto triangles = cohort_triangles(CohortCube::fold(book, grid), MovementCube::fold(book, grid));
  const Projection projection =
      project(*forecast.mrr_ladder, state_of(triangles.mrr), 4, forecast.new_mrr)[3];
  const double log_variance = std::log(1 + projection.variance() / (projection.mean * projection.mean));
  const double centre = std::log(projection.mean / 4320) - log_variance / 2;
  const ForecastAmount& amount = *forecast.periods[3].mrr;
  // The quantile has seven digits, and multiplies a width of some 0.1.
  EXPECT_NEAR(std::log(amount.interval.low), centre - 2.776445 * std::sqrt(log_variance), 1e-7);
  EXPECT_NEAR(std::log(amount.interval.high), centre + 2.776445 * std::sqrt(log_variance), 1e-7);
}

TEST(MrrForecast, is_a_table_and_a_sentence) {
  const MrrForecast forecast =
      forecast_mrr(half_of_them_stay(), months_of("2024-01-01", "2024-07-01"), {.horizon = 6});
  const Table table = forecast_table(forecast);
  EXPECT_EQ(table.columns, (std::vector<std::string>{"period", "mrr", "low", "high", "customers"}));
  ASSERT_EQ(table.rows.size(), 6U);
  const auto text = [&](std::size_t row, std::size_t column) { return to_text(table.rows[row][column]); };
  EXPECT_EQ(text(0, 0), "2024-07-01");
  EXPECT_EQ(text(0, 1), "400.00");
  EXPECT_EQ(text(0, 4), "40");
  EXPECT_EQ(text(4, 0), "2024-11-01");
  EXPECT_EQ(text(4, 1), "600.00");
  for (std::size_t column = 1; column < 5; ++column)
    EXPECT_EQ(text(5, column), "") << "Five steps say nothing of six.";
  EXPECT_EQ(forecast.periods[5].outcome, ForecastPeriodOutcome::beyond_history);
  EXPECT_EQ(
      forecast_sentence(forecast),
      "MRR is expected to go from 350.00 to 600.00 USD in the period from 2024-11-01 (95 % interval " +
          text(4, 2) + " to " + text(4, 3) +
          "), of which 300.00 are paid by today's customers. It is assumed that new customers bring 100.00 a "
          "period, the mean of the last 6 periods. Nothing is said of later periods: history goes back no "
          "further than that.");
}

TEST(MrrForecast, takes_new_business_as_it_is_told_to) {
  const Book book = half_of_them_stay();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const MrrForecast none = forecast_mrr(book, grid, {.horizon = 2, .new_business = NewBusiness{}});
  EXPECT_DOUBLE_EQ(none.periods[1].mrr->value, 30'000);
  EXPECT_EQ(none.periods[1].mrr->interval, none.periods[1].existing->interval);
  EXPECT_NE(forecast_sentence(none).find("It is assumed that nobody new comes."), std::string::npos);
  const MrrForecast stated = forecast_mrr(
      book, grid, {.horizon = 2, .new_business = NewBusiness{.ticks = 20'000 * 4320, .customers = 10}});
  EXPECT_DOUBLE_EQ(stated.periods[1].mrr->value, 30'000 + 20'000 + 10'000);
  EXPECT_DOUBLE_EQ(stated.periods[1].customers->value, 30 + 10 + 5);
  EXPECT_NE(forecast_sentence(stated).find("that new customers bring 200.00 a period."), std::string::npos);
  EXPECT_EQ(forecast_mrr(book, grid, {.new_business_periods = 2}).new_mrr.mean, 100.0 * 100 * 4320);
}

/// Nobody leaves; so many come in each of eight months.
CohortTriangles loyal(const std::vector<std::int64_t>& arrivals) {
  CohortTriangles triangles;
  Date first = day("2024-01-01");
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    const Date next = next_period_start(PeriodKind::month, first);
    triangles.periods.emplace_back(first, next);
    first = next;
    triangles.customers.cohorts.emplace_back(arrivals.size() - i, arrivals[i]);
    triangles.mrr.cohorts.emplace_back(arrivals.size() - i, arrivals[i] * 1000 * 4320);
    triangles.customers.earlier.push_back(0);
    triangles.mrr.earlier.push_back(0);
  }
  return triangles;
}

MrrForecast forecast_of(const CohortTriangles& triangles, const ForecastRule& rule = {}) {
  return forecast_mrr(triangles, months_of("2024-01-01", "2025-01-01"), Currency{"USD"}, rule);
}

// 1, 2, …, 8 came, so 9 and 10 will along the line, which has no error; the mean is 4.5.
TEST(MrrForecast, follows_a_line_of_new_business_only_if_asked_but_says_that_there_is_one) {
  const CohortTriangles rising = loyal({1, 2, 3, 4, 5, 6, 7, 8});
  const MrrForecast line = forecast_of(rising, {.trend = NewBusinessTrend::line});
  EXPECT_NEAR(line.periods[1].customers->value, 36 + 9 + 10, 1e-9);
  EXPECT_NE(
      forecast_sentence(line).find("along the line of the last 8 periods, from 90.00 on by 10.00 a period."),
      std::string::npos);
  const MrrForecast level = forecast_of(rising);
  EXPECT_NEAR(level.periods[1].customers->value, 36 + 2 * 4.5, 1e-9);
  EXPECT_NE(forecast_sentence(level).find(
                "But that has been rising by 10.00 a period, which the forecast does not"),
            std::string::npos);
  EXPECT_NE(forecast_sentence(forecast_of(loyal({8, 7, 6, 5, 4, 3, 2, 1}))).find("falling by 10.00"),
            std::string::npos);
  EXPECT_FALSE(forecast_of(loyal({5, 4, 6, 5, 4, 6, 5, 5})).new_mrr_slope);
  // Down to nothing, not below.
  const MrrForecast down = forecast_of(loyal({8, 7, 6, 5, 4, 3, 2, 1}), {.trend = NewBusinessTrend::line});
  EXPECT_NEAR(down.periods[6].customers->value, 36, 1e-9);
}

// By hand: a mean of 5, four deviations of 1 over seven; the mean of eight has an eighth of that.
TEST(MrrForecast, knows_how_new_business_has_varied) {
  const MrrForecast forecast = forecast_of(loyal({5, 4, 6, 5, 4, 6, 5, 5}));
  EXPECT_DOUBLE_EQ(forecast.new_customers.mean, 5);
  EXPECT_DOUBLE_EQ(forecast.new_customers.variance, 4.0 / 7);
  EXPECT_DOUBLE_EQ(forecast.new_customers.error_variance, 4.0 / 56);
  EXPECT_EQ(forecast.new_customers.slope_error_variance, 0.0);
  // A slope of 8 / 42, which is 1.04 of its standard errors, is not clear; nor is a line through three points.
  EXPECT_FALSE(forecast_of(loyal({4, 6, 5, 6, 5, 7, 4, 7})).new_mrr_slope);
  EXPECT_FALSE(forecast_of(loyal({1, 2, 3, 4, 5, 6, 7, 8}), {.new_business_periods = 3}).new_mrr_slope);
  EXPECT_TRUE(forecast_of(loyal({1, 2, 3, 4, 5, 6, 7, 8}), {.new_business_periods = 4}).new_mrr_slope);
}

TEST(MrrForecast, of_nobody_who_leaves_is_not_certain) {
  const MrrForecast forecast = forecast_of(loyal({5, 5, 5, 5, 5, 5}), {.horizon = 5});
  const ForecastAmount& amount = *forecast.periods[0].mrr;
  EXPECT_DOUBLE_EQ(amount.value, 35'000);
  EXPECT_LT(amount.interval.low, 35'000);
  EXPECT_GT(amount.interval.low, 28'000) << "Nobody of 75 has left so far.";
  EXPECT_LT(forecast.periods[4].mrr->interval.low / forecast.periods[4].mrr->value,
            amount.interval.low / amount.value);
}

TEST(MrrForecast, of_everybody_who_leaves_is_new_business) {
  CohortTriangles triangles = loyal({5, 5, 5, 5, 5, 5});
  for (auto* triangle : {&triangles.mrr, &triangles.customers})
    for (auto& row : triangle->cohorts)
      for (std::size_t k = 1; k < row.size(); ++k) row[k] = 0;
  const MrrForecast forecast = forecast_of(triangles, {.horizon = 2});
  EXPECT_DOUBLE_EQ(forecast.periods[1].mrr->value, 5'000);
  EXPECT_EQ(forecast.periods[1].existing->value, 0.0);
  EXPECT_EQ(forecast.periods[1].existing->interval.low, 0.0);
  EXPECT_GT(forecast.periods[0].existing->interval.high, 0.0) << "One of five may stay for once.";
  const MrrForecast nothing = forecast_of(triangles, {.horizon = 2, .new_business = NewBusiness{}});
  EXPECT_EQ(nothing.periods[0].mrr->value, 0.0);
  EXPECT_EQ(to_text(forecast_table(nothing).rows[0][1]), "0.00");
}

// One leaves a month: 10, 9, 8, 7, 6, 5. By hand: factor 35 / 40, and 10 in six periods is a mean of 1.666….
TEST(MrrForecast, of_one_cohort_counts_the_periods_in_which_nobody_came) {
  CustomerSentences customers = copies(5, a_customer("stays").on("a"));
  for (std::size_t i = 1; i < half_year.size(); ++i)
    customers.push_back(a_customer("leaves" + std::to_string(i)).on("a").until(half_year[i]));
  const MrrForecast forecast = forecast_mrr(book_as_of("2024-07-01", customers),
                                            months_of("2024-01-01", "2024-07-01"), {.horizon = 1});
  EXPECT_DOUBLE_EQ(forecast.mrr_ladder->tail.factor, 0.875);
  EXPECT_NEAR(forecast.periods[0].existing->value, 4'375, 1e-9);
  EXPECT_NEAR(forecast.new_customers.mean, 10.0 / 6, 1e-12);
  ASSERT_EQ(forecast.cohorts.size(), 1U);
}

TEST(MrrForecast, of_customers_who_came_before_the_records_goes_by_what_they_did_since) {
  CustomerSentences customers = copies(4, a_customer("old").on("a").from("2023-01-01"));
  for (std::size_t i = 1; i < half_year.size(); ++i)
    customers.push_back(
        a_customer("leaver" + std::to_string(i)).on("a").from("2023-01-01").until(half_year[i]));
  const Book book = book_from_until("2024-01-01", "2024-07-01", customers);
  const MrrForecast forecast = forecast_mrr(book, months_of("2024-01-01", "2024-07-01"), {.horizon = 1});
  ASSERT_EQ(forecast.outcome, Outcome::known);
  EXPECT_DOUBLE_EQ(forecast.periods[0].customers->value, 4 * 30.0 / 35) << "9, 8, 7, 6, 5, 4 and nobody new.";
  EXPECT_TRUE(forecast.cohorts.empty());
}

TEST(MrrForecast, is_empty_and_says_why_where_there_is_too_little_to_go_by) {
  const MrrForecast few = forecast_of(loyal({5, 5, 5, 5}));
  EXPECT_EQ(few.outcome, Outcome::too_few_periods);
  EXPECT_EQ(few.periods.size(), 12U);
  EXPECT_FALSE(few.periods[0].mrr || few.periods[0].customers || few.mrr_ladder);
  EXPECT_EQ(forecast_sentence(few),
            "There is no forecast: it takes 5 complete periods side by side, and there are 4.");
  EXPECT_EQ(to_csv(forecast_table(few)).substr(0, 55),
            "period,mrr,low,high,customers\n2024-05-01,,,,\n2024-06-01");

  const MrrForecast one = forecast_of(loyal({5}));
  EXPECT_EQ(one.steps, 0U);
  EXPECT_EQ(one.customers, 5);
  const MrrForecast none = forecast_mrr(book_as_of("2024-01-15", {a_customer("ann").on("a")}),
                                        months_of("2024-01-01", "2024-02-01"));
  EXPECT_EQ(none.outcome, Outcome::too_few_periods);
  EXPECT_FALSE(none.last_period);
  EXPECT_TRUE(forecast_table(none).rows.empty());

  const MrrForecast nobody = forecast_of(loyal({0, 0, 0, 0, 0, 5}));
  EXPECT_EQ(nobody.outcome, Outcome::nobody_paid);
  EXPECT_FALSE(nobody.periods[0].mrr);
  EXPECT_EQ(forecast_sentence(nobody), "There is no forecast: nobody has paid at any close but the last.");
  EXPECT_EQ(forecast_of(loyal({0, 0, 0, 0, 0, 0})).outcome, Outcome::nobody_paid);
}

// One customer whose price went up a thousandfold, and nobody else.
TEST(MrrForecast, says_nothing_where_the_chance_is_larger_than_the_forecast) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("a").at("1.00").then_on("b").from("2024-06-03").at("1000.00"),
                     a_customer("bob").on("a").from("2024-01-02").at("0.50")});
  const MrrForecast forecast = forecast_mrr(book, months_of("2024-01-01", "2024-07-01"), {.horizon = 4});
  ASSERT_EQ(forecast.outcome, Outcome::known);
  EXPECT_EQ(forecast.periods[3].outcome, ForecastPeriodOutcome::too_uncertain);
  EXPECT_FALSE(forecast.periods[3].mrr || forecast.periods[3].existing || forecast.periods[3].customers);
  EXPECT_EQ(to_text(forecast_table(forecast).rows[3][1]), "");
  EXPECT_EQ(forecast_sentence(forecast),
            "There is no forecast: what was seen varies so much that MRR may be anything.");
}

TEST(MrrForecast, goes_on_by_the_rule_of_the_grid) {
  const Book book = book_as_of("2024-01-01", copies(5, a_customer("ann").on("a").from("2022-01-01")));
  const auto first_days = [&](const PeriodGrid& grid) {
    std::string days;
    for (const auto& period : forecast_mrr(book, grid, {.horizon = 2}).periods)
      days += period.period.first().to_string() + " to " + period.period.last().to_string() + ", ";
    return days;
  };
  const Date from = day("2022-01-01");
  const Date to = day("2024-01-01");
  EXPECT_EQ(first_days(quarters(from, to)), "2024-01-01 to 2024-04-01, 2024-04-01 to 2024-07-01, ");
  EXPECT_EQ(first_days(weeks(from, to)), "2024-01-01 to 2024-01-08, 2024-01-08 to 2024-01-15, ");
  EXPECT_EQ(first_days(every_days(73, from, to)), "2024-01-01 to 2024-03-14, 2024-03-14 to 2024-05-26, ");
  EXPECT_EQ(error_of([&] {
              return first_days(periods_at({from, day("2023-01-01"), to}));
            }),
            ErrorCode::bad_period);
}

TEST(MrrForecast, is_of_customers_picked_by_what_they_keep) {
  const Book book = half_of_them_stay();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  FoldOptions by_plan;
  by_plan.where = by::plan == "a";
  EXPECT_EQ(error_of([&] { return forecast_mrr(book, grid, {}, by_plan); }), ErrorCode::mismatched_cubes);
  EXPECT_EQ(error_of([&] { return backtest_forecast(book, grid, {}, {}, by_plan); }),
            ErrorCode::mismatched_cubes);
}

TEST(MrrForecast, takes_a_year_to_be_what_the_grid_has_of_it) {
  // 60 customers, one more a month for five years, nobody leaves: 60 months, 20 quarters, 5 years.
  CustomerSentences customers;
  for (Date from = day("2019-01-01"); from < day("2024-01-01");
       from = next_period_start(PeriodKind::month, from))
    customers.push_back(a_customer(from.to_string()).on("a").from(from.to_string()));
  const Book book = book_as_of("2024-01-01", customers);
  const auto cycle = [&](PeriodKind kind) {
    return forecast_mrr(book, PeriodGrid{kind, day("2019-01-01"), day("2024-01-01")}).mrr_ladder->cycle;
  };
  EXPECT_EQ(cycle(PeriodKind::month), 12U);
  EXPECT_EQ(cycle(PeriodKind::quarter), 4U);
  EXPECT_EQ(cycle(PeriodKind::year), 0U);
}

TEST(MrrForecast, refuses_what_makes_no_sense) {
  const CohortTriangles triangles = loyal({5, 5, 5, 5, 5, 5});
  const auto refused = [&](const ForecastRule& rule) {
    return error_of([&] { return forecast_of(triangles, rule); });
  };
  EXPECT_EQ(refused({.horizon = 0}), ErrorCode::bad_number);
  EXPECT_EQ(refused({.horizon = 1201}), ErrorCode::bad_number);
  EXPECT_EQ(refused({.new_business = NewBusiness{.ticks = -1}}), ErrorCode::bad_number);
  EXPECT_EQ(refused({.new_business_periods = 0}), ErrorCode::bad_number);
  EXPECT_EQ(refused({.confidence = 1}), ErrorCode::bad_number);
  EXPECT_EQ(refused({.ladder = {.least_cohorts = 0}}), ErrorCode::bad_number);
  CohortTriangles uneven = triangles;
  uneven.customers = uneven.customers.until(5);
  EXPECT_EQ(error_of([&] { return forecast_of(uneven); }), ErrorCode::bad_number);
}

/// How many intervals hold what comes, of so many businesses, so many periods ahead.
double coverage(const Business& business, std::size_t ahead, int businesses, ForecastRule rule = {}) {
  Dice dice{20'240'701};
  int covered = 0;
  Business longer = business;
  longer.periods += ahead;
  rule.horizon = ahead;
  for (int i = 0; i < businesses; ++i) {
    const CohortTriangles all = simulate(longer, dice);
    const CohortTriangles known = forecast_test::until(all, business.periods);
    const MrrForecast forecast = forecast_mrr(known, forecast_test::grid_of(known), Currency{"USD"}, rule);
    const Interval interval = forecast.periods.back().mrr.value().interval;
    const double came = static_cast<double>(all.mrr.total(all.periods.size() - 1)) / 4320;
    covered += interval.low <= came && came <= interval.high ? 1 : 0;
  }
  return static_cast<double>(covered) / businesses;
}

// Of 200 businesses 95 % are 190 +- 3.1. Within three standard errors, and two more percent above, as intervals that
// are somewhat too wide do no harm.
TEST(MrrForecast, intervals_hold_what_comes_as_often_as_they_should) {
  for (const std::size_t ahead : {std::size_t{1}, std::size_t{12}}) {
    EXPECT_GE(coverage({.periods = 24}, ahead, 200), 0.905) << ahead;
    EXPECT_LE(coverage({.periods = 24}, ahead, 200), 0.99) << ahead;
    EXPECT_GE(coverage({.periods = 24, .shock = 0.4}, ahead, 200), 0.905) << "shaken by crises, " << ahead;
    EXPECT_GE(coverage({.periods = 24, .growth = 0.03}, ahead, 200, {.trend = NewBusinessTrend::line}), 0.88)
        << "new business grows by a power, the line lags behind " << ahead;
  }
  EXPECT_GE(coverage({.periods = 9, .customers = 10}, 6, 200), 0.905) << "few of everything";
}

// What the header says of the mean where new business grows.
TEST(MrrForecast, misses_growth_that_it_was_not_told_to_follow) {
  EXPECT_LT(coverage({.periods = 36, .growth = 0.03}, 12, 100), 0.2);
}

RC_GTEST_PROP(MrrForecastLaws, of_any_book_is_finite_and_in_order, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60U && grid.kind() != PeriodKind::cuts);
  const Book book = support::build(random.book, random.rules).book;
  const MrrForecast forecast = forecast_mrr(book, grid, {.horizon = 7});
  RC_ASSERT(forecast.periods.size() == (forecast.last_period ? 7U : 0U));
  for (const ForecastPeriod& period : forecast.periods) {
    RC_ASSERT((forecast.outcome == Outcome::known) == (period.outcome != ForecastPeriodOutcome::no_forecast));
    RC_ASSERT((period.outcome == ForecastPeriodOutcome::known) == period.mrr.has_value());
    RC_ASSERT(period.mrr || (!period.existing && !period.customers));
    for (const auto& amount : {period.mrr, period.existing, period.customers}) {
      if (!amount) continue;
      RC_ASSERT(0 <= amount->interval.low && amount->interval.low <= amount->value);
      RC_ASSERT(std::isfinite(amount->interval.high) && amount->interval.low <= amount->interval.high);
    }
    if (period.existing) RC_ASSERT(period.existing->value <= period.mrr->value * (1 + 1e-12));
  }
  (void)to_csv(forecast_table(forecast));
  RC_ASSERT(!forecast_sentence(forecast).empty());
}

}  // namespace
}  // namespace churn
