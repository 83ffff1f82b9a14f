#include <churn/lever/what_if.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/build_claim.hpp"
#include "support/random_book.hpp"

#include <churn/departure/dunning.hpp>

namespace churn {
namespace {

using support::a_customer;
using support::an_invoice_of;
using support::book_as_of;
using support::book_with_claims;
using support::Claims;
using support::CustomerSentence;
using support::CustomerSentences;
using support::error_of;
using support::months_of;
using ::testing::HasSubstr;

const std::vector<std::string> first_days{"2024-01-01", "2024-02-01", "2024-03-01",
                                          "2024-04-01", "2024-05-01", "2024-06-01"};

/// So many come every month, of whom half leave before each close that follows; every second one because of the card.
CustomerSentences halved(int count, const CustomerSentence& like) {
  CustomerSentences customers;
  for (std::size_t i = 0; i < first_days.size(); ++i) {
    int left = count;
    int number = 0;
    const auto add = [&](int how_many, const std::string& until) {
      for (int j = 0; j < how_many; ++j) {
        CustomerSentence one = like;
        one.called(like.id() + std::to_string(i) + "-" + std::to_string(number++)).from(first_days[i]);
        if (!until.empty()) one.until(until).because(j % 2 == 0 ? "card_expired" : "price");
        customers.push_back(std::move(one));
      }
    };
    for (std::size_t gone = i + 1; gone < first_days.size(); ++gone) {
      add(left / 2, first_days[gone]);
      left -= left / 2;
    }
    add(left, "");
  }
  return customers;
}

/// Nobody leaves.
CustomerSentences kept(int count, const CustomerSentence& like) {
  CustomerSentences customers;
  for (std::size_t i = 0; i < first_days.size(); ++i)
    for (int j = 0; j < count; ++j) {
      CustomerSentence one = like;
      one.called(like.id() + std::to_string(i) + "-" + std::to_string(j)).from(first_days[i]);
      customers.push_back(std::move(one));
    }
  return customers;
}

CustomerSentences sixty_four() { return halved(64, a_customer("m").on("a")); }
PeriodGrid half_a_year() { return months_of("2024-01-01", "2024-07-01"); }

/// Four failed payments of customers who stay, of which one is recovered.
Claims four_failures() {
  Claims claims;
  for (int i = 0; i < 4; ++i) {
    const std::string number = std::to_string(i);
    auto claim =
        an_invoice_of("m0-6" + number.substr(0, 1), "i" + number).issued("2024-03-01").billed("10.00");
    claim.failed("2024-03-01");
    if (i == 0) claim.paid("2024-03-05");
    claims.push_back(claim);
  }
  return claims;
}

WhatIfReport asked(const Book& book, WhatIfChange change, ForecastRule rule = {.horizon = 5}) {
  WhatIfOptions options;
  options.forecast = rule;
  return what_if(book, half_a_year(), {{.change = std::move(change)}}, options);
}
WhatIfScenario answer(const Book& book, WhatIfChange change, ForecastRule rule = {.horizon = 5}) {
  return asked(book, std::move(change), rule).scenarios.at(0);
}

/// What is there of customers of today and of those to come after so many periods, if so much stays in each.
double after(double today, double new_ones, double stays, int periods) {
  double sum = today;
  for (int i = 0; i < periods; ++i) sum = sum * stays + new_ones;
  return sum;
}

// By hand: churn is 1/2 a month, so that annual retention is 2^-12, which becomes (3/4)^12 where churn is 1/4. Today 64 +
// 32 + 16 + 8 + 4 + 2 = 126 are there, and 64 come a month.
TEST(WhatIf, retention_that_rises_keeps_a_part_of_those_who_leave) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const double points = 100 * (std::pow(0.75, 12) - std::pow(0.5, 12));
  const WhatIfScenario scenario = answer(book, RaiseRetention{.points = points});
  ASSERT_EQ(scenario.outcome, WhatIfOutcome::known);
  EXPECT_NEAR(*scenario.factor, 0.5, 1e-12);  // through a root
  EXPECT_NEAR(*scenario.before, std::pow(0.5, 12), 1e-15);
  for (int h = 1; h <= 5; ++h) {
    const WhatIfPeriod& period = scenario.periods[static_cast<std::size_t>(h) - 1];
    const double more = after(126, 64, 0.75, h) - after(126, 64, 0.5, h);
    EXPECT_NEAR(period.customers_difference->value, more, 1e-9 * more);
    EXPECT_NEAR(period.mrr_difference->value, 1000 * more, 1e-6 * more);
    EXPECT_NEAR(period.mrr->value, 1000 * after(126, 64, 0.75, h), 1e-6 * more);
    ASSERT_TRUE(period.mrr->interval);
    EXPECT_LT(period.mrr->interval->low, period.mrr->value);
    EXPECT_GT(period.mrr->interval->high, period.mrr->value);
  }
}

// By hand: every second leaver is involuntary, 1/4 a month. One of four is recovered; if five of eight are, half as many
// are lost: 1/8 a month stays that did not.
TEST(WhatIf, payments_that_are_recovered_keep_involuntary_leavers) {
  const Book book = book_with_claims("2024-07-01", sixty_four(), four_failures());
  const WhatIfScenario scenario = answer(book, RecoverPayments{.share = 0.625});
  ASSERT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
  EXPECT_EQ(*scenario.before, dunning_of(book, half_a_year()).total.recovery_rate().value());
  EXPECT_EQ(*scenario.factor, 0.5);
  for (int h = 1; h <= 5; ++h) {
    const WhatIfPeriod& period = scenario.periods[static_cast<std::size_t>(h) - 1];
    const double more = after(126, 64, 0.625, h) - after(126, 64, 0.5, h);
    EXPECT_NEAR(period.customers_difference->value, more, 1e-9 * more);
    EXPECT_EQ(period.mrr_difference->why_not, NoInterval::too_few_groups) << "Four failures.";
  }
}

// By hand: 64 of 128 pay by the year and stay, 64 by the month, half of whom leave every month. A quarter of 128 moves, at
// a fifth less than 10.00.
TEST(WhatIf, new_customers_who_pay_by_the_year_stay_as_those_do) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : kept(64, a_customer("y").on("a").yearly().at("120.00"))) customers.push_back(one);
  const Book book = book_as_of("2024-07-01", customers);
  const WhatIfScenario scenario = answer(book, AnnualShare{.share = 0.75, .discount = 0.2});
  ASSERT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
  EXPECT_EQ(*scenario.before, 0.5);
  double stayed = 0;
  double left = 0;
  for (std::size_t h = 0; h < 5; ++h) {
    stayed += 32;
    left = left / 2 + 32;
    EXPECT_NEAR(scenario.periods[h].customers_difference->value, stayed - left, 1e-9);
    EXPECT_NEAR(scenario.periods[h].mrr_difference->value, 1000 * (0.8 * stayed - left), 1e-6);
  }
  EXPECT_THAT(scenario.note, HasSubstr("No renewal of customers who pay by the year has been seen"));
  EXPECT_THAT(
      scenario.assumptions.at(0),
      HasSubstr("50 % of new customers pay by the year: 384 of 768 in 6 months to 2024-06-30. It becomes "
                "75 %, which moves 32 of 128 a month."));
  EXPECT_THAT(scenario.assumptions.at(1), HasSubstr("Each of them pays 10.00 USD of MRR"));
}

TEST(WhatIf, the_baseline_is_the_forecast) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const ForecastRule rule{.horizon = 7, .new_business = NewBusiness{.ticks = 4'320'000, .customers = 3}};
  const WhatIfReport report = asked(book, RaiseRetention{}, rule);
  const MrrForecast forecast = forecast_mrr(book, half_a_year(), rule);
  EXPECT_EQ(forecast_table(report.baseline), forecast_table(forecast));
  EXPECT_EQ(report.scenarios[0].periods.size(), 7U);
  for (std::size_t h = 0; h < 7; ++h) {
    EXPECT_EQ(report.scenarios[0].periods[h].mrr.has_value(), h < 5) << "Five steps say nothing of six.";
    EXPECT_EQ(forecast.periods[h].mrr.has_value(), h < 5);
  }
}

TEST(WhatIf, what_does_not_change_makes_no_difference) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : kept(21, a_customer("y").on("a").yearly().at("120.00"))) customers.push_back(one);
  const Book book = book_with_claims("2024-07-01", customers, four_failures());
  for (const WhatIfChange& change :
       {WhatIfChange{RaiseRetention{.points = 0}}, WhatIfChange{RecoverPayments{.points = 0}},
        WhatIfChange{AnnualShare{.points = 0}}, WhatIfChange{RecoverPayments{.share = 0.25}},
        WhatIfChange{AnnualShare{.share = 21.0 / 85}}}) {
    const WhatIfScenario scenario = answer(book, change);
    ASSERT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
    for (const WhatIfPeriod& period : scenario.periods) {
      EXPECT_EQ(period.mrr_difference->value, 0.0) << scenario.name;
      EXPECT_EQ(period.customers_difference->value, 0.0) << scenario.name;
    }
  }
}

TEST(WhatIf, more_of_a_lever_makes_more_of_a_difference) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : kept(20, a_customer("y").on("a").yearly().at("120.00"))) customers.push_back(one);
  const Book book = book_with_claims("2024-07-01", customers, four_failures());
  const auto rises = [&](const std::vector<WhatIfChange>& changes) {
    double before = -1e300;
    for (const WhatIfChange& change : changes) {
      const WhatIfScenario scenario = answer(book, change);
      EXPECT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
      EXPECT_GT(scenario.periods[4].mrr_difference->value, before) << scenario.name;
      before = scenario.periods[4].mrr_difference->value;
    }
  };
  rises({RaiseRetention{.points = -0.01}, RaiseRetention{.points = 0}, RaiseRetention{.points = 1},
         RaiseRetention{.points = 5}, RaiseRetention{.points = 90}});
  rises({RecoverPayments{.share = 0}, RecoverPayments{.share = 0.25}, RecoverPayments{.share = 0.3},
         RecoverPayments{.share = 1}});
  rises({AnnualShare{.share = 0}, AnnualShare{.share = 0.3}, AnnualShare{.share = 1}});
}

TEST(WhatIf, retention_is_the_churn_rate_of_the_last_year_annualised) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const auto movements = MovementCube::fold(book, half_a_year());
  double opening = 0;
  double lost = 0;
  for (std::size_t t = 1; t < 6; ++t) {
    opening += static_cast<double>(movements.at(0, t).opening_customers);
    lost += static_cast<double>(movements.at(0, t).churned_customers);
  }
  EXPECT_DOUBLE_EQ(*answer(book, RaiseRetention{}).before, std::pow(1 - lost / opening, 12));
}

// Where segments are alike, as many points of both are as many of the whole.
TEST(WhatIf, differences_of_segments_that_are_alike_add_up) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : halved(64, a_customer("n").on("b").at("20.00"))) customers.push_back(one);
  const Book book = book_as_of("2024-07-01", customers);
  const auto all = answer(book, RaiseRetention{.points = 3});
  const auto a = answer(book, RaiseRetention{.where = by::plan == "a", .points = 3});
  const auto b = answer(book, RaiseRetention{.where = by::plan == "b", .points = 3});
  for (std::size_t h = 0; h < 5; ++h) {
    const double sum = a.periods[h].mrr_difference->value + b.periods[h].mrr_difference->value;
    EXPECT_NEAR(sum, all.periods[h].mrr_difference->value, 1e-9 * sum);
    EXPECT_NEAR(b.periods[h].mrr_difference->value, 2 * a.periods[h].mrr_difference->value, 1e-9 * sum);
  }
  EXPECT_THAT(a.name, "retention of plan = a +3 points");
  EXPECT_THAT(a.assumptions.at(1), HasSubstr("by what they were on their first day"));
}

// By hand: in the first three months of a year half leave, in the others a quarter. Points are of the last year.
TEST(WhatIf, a_forecast_by_all_history_is_given_as_many_points_as_the_last_year) {
  CustomerSentences customers;
  const std::vector<std::string> days{"2022-01-01", "2022-02-01", "2022-03-01", "2022-04-01", "2022-05-01",
                                      "2022-06-01", "2022-07-01", "2022-08-01", "2022-09-01", "2022-10-01",
                                      "2022-11-01", "2022-12-01", "2023-01-01", "2023-02-01", "2023-03-01"};
  for (std::size_t t = 0; t < days.size(); ++t) {
    const auto stay = [&](int count, const std::string& id) {
      for (int j = 0; j < count; ++j)
        customers.push_back(
            a_customer(id + std::to_string(t) + "-" + std::to_string(j)).on("a").from(days[t]));
    };
    stay(16, "s");
    if (t + 1 == days.size()) continue;
    for (int j = 0; j < (t < 3 ? 16 : 4); ++j)
      customers.push_back(a_customer("l" + std::to_string(t) + "-" + std::to_string(j))
                              .on("a")
                              .from(days[t])
                              .until(days[t + 1]));
  }
  const Book book = book_as_of("2023-04-01", customers);
  WhatIfOptions options;
  options.forecast.horizon = 12;
  const auto report = what_if(book, months_of("2022-01-01", "2023-04-01"),
                              {{.change = RaiseRetention{.points = 2}}}, options);
  const WhatIfScenario& scenario = report.scenarios[0];
  const double h = 1 - std::pow(*scenario.before, 1.0 / 12);
  const double h_after = 1 - std::pow(*scenario.after, 1.0 / 12);
  EXPECT_GT(*scenario.factor, h_after / h) << "There was more churn before, of which as much is taken.";
  EXPECT_THAT(scenario.assumptions.at(1), HasSubstr("The forecast goes by all history"));
}

TEST(WhatIf, without_new_business_is_of_todays_customers) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const double points = 100 * (std::pow(0.75, 12) - std::pow(0.5, 12));
  const ForecastRule none{.horizon = 3, .new_business = NewBusiness{}};
  const WhatIfScenario scenario = answer(book, RaiseRetention{.points = points}, none);
  EXPECT_NEAR(scenario.periods[2].customers_difference->value, after(126, 0, 0.75, 3) - after(126, 0, 0.5, 3),
              1e-9);
  const ForecastRule ten{.horizon = 3, .new_business = NewBusiness{.ticks = 43'200'000, .customers = 10}};
  EXPECT_NEAR(answer(book, RaiseRetention{.points = points}, ten).periods[2].mrr_difference->value,
              1000 * (after(126, 10, 0.75, 3) - after(126, 10, 0.5, 3)), 1e-6);
}

// Yearly customers from the beginning, fifteen months: those who come next month come to a renewal in twelve.
TEST(WhatIf, says_whether_a_renewal_is_among_the_periods) {
  CustomerSentences monthly;
  CustomerSentences yearly;
  Date from = support::day("2023-01-01");
  for (int t = 0; t < 15; ++t, from = next_period_start(PeriodKind::month, from))
    for (int j = 0; j < 2; ++j) {
      const std::string number = std::to_string(t) + "-" + std::to_string(j);
      auto month = a_customer("m" + number).on("a").from(from.to_string());
      if (j == 0 && t < 14) month.until((from + std::chrono::days{40}).to_string());
      monthly.push_back(month);
      yearly.push_back(a_customer("y" + number).on("a").yearly().at("120.00").from(from.to_string()));
    }
  const auto scenario_of = [&](std::size_t yearly_from, std::size_t horizon) {
    CustomerSentences customers = monthly;
    customers.insert(customers.end(), yearly.begin() + static_cast<std::ptrdiff_t>(yearly_from),
                     yearly.end());
    WhatIfOptions options;
    options.forecast.horizon = horizon;
    return what_if(book_as_of("2024-04-01", customers), months_of("2023-01-01", "2024-04-01"),
                   {{.change = AnnualShare{}}}, options)
        .scenarios[0];
  };
  EXPECT_THAT(scenario_of(0, 12).note, HasSubstr("Nobody who is moved comes to a renewal within 12 months"));
  EXPECT_TRUE(scenario_of(0, 12).periods[11].mrr);
  EXPECT_EQ(scenario_of(0, 14).note, "");
  EXPECT_TRUE(scenario_of(0, 14).periods[13].mrr);
  EXPECT_EQ(scenario_of(4, 14).note, "") << "Those of March 2023 came to a renewal in March 2024.";
  EXPECT_THAT(scenario_of(6, 14).note, HasSubstr("nothing is said of more than 12 months"));
  const WhatIfScenario young = scenario_of(12, 14);
  EXPECT_THAT(young.note, HasSubstr("nothing is said of more than 12 months"));
  EXPECT_TRUE(young.periods[11].mrr);
  EXPECT_FALSE(young.periods[12].mrr);
}

TEST(WhatIf, what_has_no_answer_says_why) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const auto told = [&](const Book& of, const WhatIfChange& change, WhatIfOutcome outcome) {
    const WhatIfScenario scenario = answer(of, change);
    EXPECT_EQ(scenario.outcome, outcome) << scenario.name;
    EXPECT_EQ(scenario.periods.size(), 5U);
    for (const WhatIfPeriod& period : scenario.periods) EXPECT_FALSE(period.mrr || period.mrr_difference);
    EXPECT_TRUE(scenario.assumptions.empty());
    return scenario.note;
  };
  using enum WhatIfOutcome;
  EXPECT_EQ(told(book, RaiseRetention{.points = 100}, out_of_reach),
            "Annual retention is 0.0244 %: it can rise by 99.9 points and fall by 0.0244 at most.");
  EXPECT_THAT(told(book, RaiseRetention{.points = -1}, out_of_reach), HasSubstr("Annual retention is"));
  EXPECT_THAT(told(book, RaiseRetention{.where = by::plan == "z"}, no_data), HasSubstr("was a customer"));
  EXPECT_THAT(told(book, RecoverPayments{}, no_data), HasSubstr("It takes invoices with their payments"));
  EXPECT_THAT(told(book, AnnualShare{}, no_data), HasSubstr("No customer has paid by the year"));
  const Book stays = book_with_claims("2024-07-01", kept(4, a_customer("m").on("a")),
                                      {an_invoice_of("m0-0").billed("1.00").failed("2024-03-01")});
  EXPECT_THAT(told(stays, RaiseRetention{}, no_data), HasSubstr("has left in the last 5 months"));
  EXPECT_THAT(told(stays, RecoverPayments{}, no_data), HasSubstr("because a payment failed"));
  const Book recovered =
      book_with_claims("2024-07-01", sixty_four(),
                       {an_invoice_of("m0-60").billed("1.00").failed("2024-03-01").paid("2024-03-02")});
  EXPECT_THAT(told(recovered, RecoverPayments{}, out_of_reach), HasSubstr("All failed payments"));
  const Book by_year = book_as_of("2024-07-01", kept(4, a_customer("y").on("a").yearly()));
  EXPECT_THAT(told(by_year, AnnualShare{}, no_data), HasSubstr("nobody can be moved"));
}

TEST(WhatIf, without_a_forecast_there_is_no_answer) {
  const auto none = [](const Book& book, const PeriodGrid& grid) {
    const WhatIfReport report = what_if(book, grid);
    EXPECT_EQ(report.scenarios.size(), 3U);
    for (const WhatIfScenario& scenario : report.scenarios) {
      EXPECT_EQ(scenario.outcome, WhatIfOutcome::no_forecast);
      EXPECT_EQ(scenario.note, forecast_sentence(report.baseline));
    }
    const Table table = what_if_table(report);
    EXPECT_EQ(table.rows.size(), 3U);
    EXPECT_EQ(to_text(table.rows[0][14]), "no_forecast");
    EXPECT_THAT(what_if_sentence(report), HasSubstr("retention +1 point: There is no forecast"));
    EXPECT_TRUE(what_if_assumptions_table(report).rows.empty());
  };
  none(book_as_of("2024-07-01", {}), half_a_year());
  none(book_as_of("2024-02-01", {a_customer("ann").on("a")}), months_of("2024-01-01", "2024-02-01"));
  none(book_as_of("2024-01-15", {a_customer("ann").on("a")}), months_of("2024-01-01", "2024-02-01"));
  EXPECT_EQ(what_if_sentence(what_if(book_as_of("2024-07-01", {}), half_a_year(), {})), "Nothing was asked.");
}

TEST(WhatIf, few_customers_have_no_interval) {
  const Book book = book_as_of("2024-07-01", halved(4, a_customer("m").on("a")));
  WhatIfOptions options;
  options.forecast.horizon = 1;
  options.groups = 10;
  const auto report = what_if(book, half_a_year(), {{.change = RaiseRetention{}}}, options);
  const WhatIfPeriod& period = report.scenarios[0].periods[0];
  ASSERT_TRUE(period.mrr_difference);
  EXPECT_FALSE(period.mrr_difference->interval || period.mrr->interval);
  EXPECT_EQ(period.mrr_difference->why_not, NoInterval::too_few_groups);
  EXPECT_THAT(what_if_sentence(report), HasSubstr("(no interval: too little to say)"));
}

// Of four times as many customers, alike, an interval is about half as wide (the groups are drawn anew).
TEST(WhatIf, intervals_are_narrower_where_there_is_more_to_go_by) {
  const auto width = [](int count) {
    const Book book = book_as_of("2024-07-01", halved(count, a_customer("m").on("a")));
    const WhatIfAmount amount = *answer(book, RaiseRetention{.points = 5}).periods[4].mrr_difference;
    EXPECT_LT(amount.interval->low, amount.value);
    EXPECT_GT(amount.interval->high, amount.value);
    return (amount.interval->high - amount.interval->low) / amount.value;
  };
  const double ratio = width(32) / width(128);
  EXPECT_GT(ratio, 1.5);
  EXPECT_LT(ratio, 2.7);
}

// By hand: 64 + 96 + 112 + 120 + 124 = 516 at five openings, of whom half left.
TEST(WhatIf, is_tables_and_a_sentence) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const WhatIfReport report = asked(book, RaiseRetention{.points = 5});
  const Table table = what_if_table(report);
  EXPECT_EQ(table.columns, (std::vector<std::string>{
                               "scenario", "period", "baseline_mrr", "mrr", "difference", "ci_low", "ci_high",
                               "baseline_customers", "customers", "customers_difference", "customers_ci_low",
                               "customers_ci_high", "mrr_ci_low", "mrr_ci_high", "outcome", "note"}));
  ASSERT_EQ(table.rows.size(), 5U);
  const auto text = [&](std::size_t column) { return to_text(table.rows[4][column]); };
  EXPECT_EQ(text(0), "retention +5 points");
  EXPECT_EQ(text(1), "2024-11-01");
  EXPECT_EQ(text(2), "1279.38");  // 126 halved five times, and 64 x (2 - 1/16)
  EXPECT_EQ(text(7), "127.9");
  EXPECT_EQ(text(14), "known");
  EXPECT_EQ(text(15), "");
  EXPECT_EQ(what_if_sentence(report),
            "If annual retention were 5.02 % instead of 0.0244 %, MRR in 5 months would "
            "be " +
                text(3) + " USD instead of 1279.38: " + text(4) + " more (95 %: " + text(5) + " to " +
                text(6) + ").");
  const Table assumptions = what_if_assumptions_table(report);
  EXPECT_EQ(assumptions.columns, (std::vector<std::string>{"scenario", "assumption"}));
  EXPECT_THAT(to_text(assumptions.rows.at(0)[1]),
              HasSubstr("Annual retention is 0.0244 %: 258 of 516 who were there at the opening of a month "
                        "were gone at its "
                        "close, in 5 months to 2024-06-30. It becomes 5.02 %, so that where 100 left, "));
  EXPECT_THAT(to_text(assumptions.rows.back()[1]), HasSubstr("Intervals are of the expected difference"));
}

TEST(WhatIf, scenarios_are_named_by_what_changes_unless_they_have_a_name) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("a").with("country", "DE")});
  const auto report =
      what_if(book, half_a_year(),
              {{.name = "plug the hole", .change = RaiseRetention{}},
               {.change = RaiseRetention{.where = attribute("country") == "DE", .points = -2.5}},
               {.change = AnnualShare{.share = 0.7, .discount = 0.15}},
               {.change = RecoverPayments{.share = 0.625}}});
  std::vector<std::string> names;
  for (const WhatIfScenario& scenario : report.scenarios) names.push_back(scenario.name);
  EXPECT_EQ(names, (std::vector<std::string>{"plug the hole", "retention of country = DE -2.5 points",
                                             "annual share 70 % at 15 % less", "recovered payments 62.5 %"}));
}

// Nine of ten failures are recovered; where none were, ten times as many would be lost: 250 of 100, and those who left for
// other reasons on top. Whoever was there is gone after a month, and only those who come remain.
TEST(WhatIf, no_change_makes_fewer_than_nobody) {
  Claims claims;
  for (int i = 0; i < 10; ++i) {
    auto claim = an_invoice_of("m0-6" + std::to_string(i % 4), "i" + std::to_string(i)).billed("10.00");
    claim.failed("2024-03-01");
    if (i > 0) claim.paid("2024-03-05");
    claims.push_back(claim);
  }
  const Book book = book_with_claims("2024-07-01", sixty_four(), claims);
  const WhatIfScenario scenario = answer(book, RecoverPayments{.share = 0});
  ASSERT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
  EXPECT_NEAR(*scenario.factor, 10, 1e-12);
  for (const WhatIfPeriod& period : scenario.periods) {
    EXPECT_NEAR(period.customers->value, 64, 1e-9);
    EXPECT_NEAR(period.mrr->value, 64'000, 1e-6);
  }
  EXPECT_THAT(scenario.assumptions,
              testing::Contains("At some ages more would leave than there are: nobody stays."));
}

// New business is 10 a month by decree, where nobody came in the month that segments' shares are of. What comes is shared
// out as today's customers are then.
TEST(WhatIf, new_business_that_is_stated_changes_too_where_nobody_came_of_late) {
  CustomerSentences customers;
  for (const auto& one : sixty_four())
    if (one.id().rfind("m5-", 0) != 0) customers.push_back(one);
  for (const auto& one : halved(64, a_customer("n").on("b")))
    if (one.id().rfind("n5-", 0) != 0) customers.push_back(one);
  const Book book = book_as_of("2024-07-01", customers);
  const double points = 100 * (std::pow(0.75, 12) - std::pow(0.5, 12));
  const ForecastRule ten{.horizon = 3,
                         .new_business = NewBusiness{.ticks = 43'200'000, .customers = 10},
                         .new_business_periods = 1};
  const double more = after(124, 10, 0.75, 3) - after(124, 10, 0.5, 3);
  const WhatIfPeriod all = answer(book, RaiseRetention{.points = points}, ten).periods[2];
  EXPECT_NEAR(all.customers_difference->value, more, 1e-9);
  EXPECT_NEAR(all.mrr_difference->value, 1000 * more, 1e-6);
  const WhatIfPeriod half =
      answer(book, RaiseRetention{.where = by::plan == "b", .points = points}, ten).periods[2];
  EXPECT_NEAR(half.customers_difference->value, more / 2, 1e-9);
  EXPECT_TRUE(all.mrr_difference->interval);
  const WhatIfScenario moved = answer(book, AnnualShare{}, ten);
  EXPECT_EQ(moved.outcome, WhatIfOutcome::no_data);
  EXPECT_EQ(moved.note, "Nobody new has come in the last 1 month, so nobody can be moved.");
}

// By hand: half of 128 pay 20.00 by the year and stay, and a quarter of 128 move to the month, at which half leave every
// month. They pay what they did; a discount is for those who go to the year.
TEST(WhatIf, new_customers_who_no_longer_pay_by_the_year_pay_what_those_did) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : kept(64, a_customer("y").on("a").yearly().at("240.00"))) customers.push_back(one);
  const Book book = book_as_of("2024-07-01", customers);
  const WhatIfScenario scenario = answer(book, AnnualShare{.share = 0.25, .discount = 0.2});
  ASSERT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
  double stayed = 0;
  double left = 0;
  for (std::size_t h = 0; h < 5; ++h) {
    stayed += 32;
    left = left / 2 + 32;
    EXPECT_NEAR(scenario.periods[h].customers_difference->value, left - stayed, 1e-9);
    EXPECT_NEAR(scenario.periods[h].mrr_difference->value, 2000 * (left - stayed), 1e-6);
  }
  EXPECT_EQ(scenario.premise, "25 % of new customers paid by the year instead of 50 %");
  EXPECT_THAT(scenario.assumptions.at(0), HasSubstr("It becomes 25 %, which moves 32 of 128 a month."));
  EXPECT_EQ(scenario.assumptions.at(1),
            "Each of them pays 20.00 USD of MRR, as new customers do who pay by the year.");
  EXPECT_THAT(scenario.assumptions.at(2), HasSubstr("They stay as those do who don't pay by the year"));
}

// Periods of 100 days are 3.65 a year, those of 800 days 0.46: retention is of 365 days all the same.
TEST(WhatIf, retention_is_annual_whatever_the_length_of_periods) {
  for (const std::int32_t length : {100, 800}) {
    CustomerSentences customers;
    const Date from = support::day("2010-01-01");
    const auto on = [&](int period) { return (from + std::chrono::days{period * length}).to_string(); };
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 20; ++j) {
        auto one = a_customer(std::to_string(i) + "-" + std::to_string(j)).on("a").from(on(i));
        if (j < 8 && i < 5) one.until(on(i + 1));
        customers.push_back(one);
      }
    const PeriodGrid grid = PeriodGrid::every_days(length, from, from + std::chrono::days{6 * length});
    const WhatIfReport report =
        what_if(book_as_of(on(6), customers), grid, {{.change = RaiseRetention{.points = 5}}},
                {.forecast = {.horizon = 5}});
    const WhatIfScenario& scenario = report.scenarios[0];
    ASSERT_EQ(scenario.outcome, WhatIfOutcome::known) << scenario.note;
    // At a close 20 are there and 12 more for each period before. A year is four periods of 100 days, or one of 800.
    const double lost = length == 100 ? 32.0 / (32 + 44 + 56 + 68) : 8.0 / 68;
    EXPECT_NEAR(*scenario.before, std::pow(1 - lost, 365.0 / length), 1e-12);
    EXPECT_NEAR(*scenario.after, *scenario.before + 0.05, 1e-12);
    EXPECT_THAT(scenario.assumptions.at(0), HasSubstr(length == 100 ? "in 4 periods to" : "in 1 period to"));
    EXPECT_THAT(scenario.assumptions.at(0), HasSubstr("gone at its close"));
  }
}

TEST(WhatIf, retention_may_rise_to_all_and_have_an_interval) {
  CustomerSentences customers = kept(64, a_customer("s").on("a"));
  for (const auto& one : halved(8, a_customer("m").on("a"))) customers.push_back(one);
  const Book book = book_as_of("2024-07-01", customers);
  const double now = *answer(book, RaiseRetention{}).before;
  const WhatIfScenario all = answer(book, RaiseRetention{.points = 100 * (1 - now)});
  ASSERT_EQ(all.outcome, WhatIfOutcome::known) << all.note;
  EXPECT_NEAR(*all.factor, 0, 1e-12);
  EXPECT_TRUE(all.periods[4].mrr_difference->interval)
      << "Some groups are better than all, and can't rise as far.";
  const WhatIfScenario none = answer(book, RaiseRetention{.points = -100 * now});
  EXPECT_EQ(none.outcome, WhatIfOutcome::known) << none.note;
  const std::string limited =
      "At some ages more would leave than there are: nobody stays, and retention falls by less.";
  EXPECT_THAT(none.assumptions, testing::Contains(limited));
  EXPECT_THAT(all.assumptions, testing::Not(testing::Contains(limited)));
}

// What the sentence says that can be done can be.
TEST(WhatIf, how_far_retention_can_go_is_rounded_down) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const WhatIfScenario more = answer(book, RaiseRetention{.points = 100});
  EXPECT_EQ(more.note,
            "Annual retention is 0.0244 %: it can rise by 99.9 points and fall by 0.0244 at most.");
  EXPECT_EQ(answer(book, RaiseRetention{.points = 99.9}).outcome, WhatIfOutcome::known);
  EXPECT_EQ(answer(book, RaiseRetention{.points = -0.0244}).outcome, WhatIfOutcome::known);
}

TEST(WhatIf, says_that_there_is_no_difference) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const WhatIfReport report = asked(book, RaiseRetention{.points = 0});
  EXPECT_EQ(what_if_sentence(report),
            "If annual retention were 0.0244 % instead of 0.0244 %, MRR in 5 months would be 1279.38 USD "
            "instead of "
            "1279.38: no difference.");
}

TEST(WhatIf, speaks_of_fewer_and_of_more_who_leave) {
  CustomerSentences customers = sixty_four();
  for (int j = 0; j < 4; ++j)
    customers.push_back(a_customer("back" + std::to_string(j))
                            .on("a")
                            .until("2024-02-15")
                            .on("a", "b" + std::to_string(j))
                            .from("2024-03-20"));
  const Book book = book_as_of("2024-07-01", customers);
  const auto said = [&](double points) {
    const WhatIfReport report = asked(book, RaiseRetention{.points = points});
    return to_csv(what_if_assumptions_table(report)) + what_if_sentence(report);
  };
  EXPECT_THAT(said(1), HasSubstr("Whoever is saved goes on like the others"));
  EXPECT_THAT(said(1), HasSubstr("and are not saved twice"));
  EXPECT_THAT(said(1), HasSubstr(" more ("));
  EXPECT_THAT(said(-0.01), HasSubstr("Whoever leaves besides would have gone on"));
  EXPECT_THAT(said(-0.01), HasSubstr("and as many of these will"));
  EXPECT_THAT(said(-0.01), HasSubstr(" less ("));
}

TEST(WhatIf, shares_that_differ_do_not_read_alike) {
  CustomerSentences customers = kept(64, a_customer("s").on("a"));
  for (const auto& one : halved(8, a_customer("m").on("a"))) customers.push_back(one);
  const Book book = book_as_of("2024-07-01", customers);
  EXPECT_EQ(asked(book, RaiseRetention{.points = 0.001}).scenarios[0].premise,
            "annual retention were 69.176 % instead of 69.175 %");
  EXPECT_EQ(asked(book, RaiseRetention{.points = 0}).scenarios[0].premise,
            "annual retention were 69.2 % instead of 69.2 %");
}

// 2, 4, … 12 came, half of them by the month at 10.00: by the line 14 come next, of whom 7 move for half of that.
TEST(WhatIf, new_business_goes_on_along_the_line_of_the_forecast) {
  CustomerSentences customers;
  for (std::size_t t = 0; t < first_days.size(); ++t)
    for (std::size_t j = 0; j <= t; ++j) {
      const std::string number = std::to_string(t) + "-" + std::to_string(j);
      customers.push_back(a_customer("m" + number).on("a").from(first_days[t]));
      customers.push_back(a_customer("y" + number).on("a").yearly().at("120.00").from(first_days[t]));
    }
  const WhatIfScenario scenario =
      answer(book_as_of("2024-07-01", customers), AnnualShare{.share = 1, .discount = 0.5},
             {.horizon = 2, .trend = NewBusinessTrend::line});
  EXPECT_NEAR(scenario.periods[0].mrr_difference->value, -3500, 1e-9);
  EXPECT_NEAR(scenario.periods[1].mrr_difference->value, -3500 - 4000, 1e-9);
}

// 384 came who pay by the month: a count like that is good to 1 / sqrt(384) = 5 %, an interval of 95 % to 10 %.
TEST(WhatIf, intervals_hold_how_many_may_come) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : kept(64, a_customer("y").on("a").yearly().at("120.00"))) customers.push_back(one);
  const WhatIfAmount first =
      *answer(book_as_of("2024-07-01", customers), AnnualShare{.share = 1, .discount = 0.5})
           .periods[0]
           .mrr_difference;
  EXPECT_NEAR(first.value, 64 * -500, 1e-6);
  const double width = (first.interval->high - first.interval->low) / 2 / 32'000;
  EXPECT_GT(width, 0.08);
  EXPECT_LT(width, 0.13);
}

TEST(WhatIf, payments_whose_window_is_not_over_do_not_count) {
  Claims claims = four_failures();
  auto late = an_invoice_of("m0-60", "late").billed("10.00");
  late.failed("2024-06-20");
  claims.push_back(late);
  EXPECT_EQ(answer(book_with_claims("2024-07-01", sixty_four(), claims), RecoverPayments{}).before, 0.25);
}

TEST(WhatIf, a_note_stands_in_every_row_of_its_scenario) {
  CustomerSentences customers = sixty_four();
  for (const auto& one : kept(64, a_customer("y").on("a").yearly().at("120.00"))) customers.push_back(one);
  const WhatIfReport report = asked(book_as_of("2024-07-01", customers), AnnualShare{});
  const Table table = what_if_table(report);
  ASSERT_EQ(table.rows.size(), 5U);
  for (const auto& row : table.rows) {
    EXPECT_EQ(to_text(row[14]), "known");
    EXPECT_THAT(to_text(row[15]), HasSubstr("No renewal of customers who pay by the year has been seen"));
  }
}

TEST(WhatIf, scenarios_of_one_name_are_refused) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const auto refused = [&](const std::vector<WhatIf>& scenarios) {
    return error_of([&] { return what_if(book, half_a_year(), scenarios); });
  };
  EXPECT_EQ(refused({{.name = "a", .change = RaiseRetention{}}, {.name = "a", .change = RecoverPayments{}}}),
            ErrorCode::unknown_name);
  EXPECT_EQ(refused({{.change = RaiseRetention{}}, {.change = RaiseRetention{}}}), ErrorCode::unknown_name);
  EXPECT_EQ(refused({{.change = RaiseRetention{}}, {.name = "again", .change = RaiseRetention{}}}),
            std::nullopt);
}

/// 20 come every month at 100.00 EUR, of whom 4 leave a month later. The euro is worth a dollar, and in the end `late`.
Book of_euros(FxPolicy policy, const char* late) {
  CustomerSentences customers;
  for (std::size_t t = 0; t < first_days.size(); ++t)
    for (int j = 0; j < 20; ++j) {
      auto one = a_customer(std::to_string(t) + "-" + std::to_string(j));
      one.on("a").at("100.00").in("EUR").from(first_days[t]);
      if (j < 4 && t + 1 < first_days.size()) one.until(first_days[t + 1]);
      customers.push_back(one);
    }
  Records records = support::records_of(customers);
  records.add(FxRate{support::day("2023-01-01"), Currency{"EUR"}, Decimal::parse("1").value()});
  records.add(FxRate{support::day("2024-06-15"), Currency{"EUR"}, Decimal::parse(late).value()});
  Conventions conventions;
  conventions.book.currency = Currency{"USD"};
  conventions.book.fx = policy;
  return Book::build(records, support::day("2024-07-01"), conventions).book;
}

TEST(WhatIf, is_at_the_latest_exchange_rate_whether_rates_are_dated_or_not) {
  for (const char* late : {"0.80", "1.20"}) {
    const auto told = [&](FxPolicy policy) {
      return to_csv(what_if_table(asked(of_euros(policy, late), RaiseRetention{.points = 5})));
    };
    EXPECT_EQ(told(FxPolicy::dated), told(FxPolicy::constant));
  }
  const WhatIfReport report = asked(of_euros(FxPolicy::dated, "0.80"), RaiseRetention{.points = 5});
  EXPECT_EQ(report.baseline.mrr, Money(800'000, Currency{"USD"}));
}

TEST(WhatIf, refuses_what_makes_no_sense) {
  const Book book = book_as_of("2024-07-01", sixty_four());
  const auto refused = [&](const WhatIfChange& change, std::uint32_t groups = 50) {
    WhatIfOptions options;
    options.groups = groups;
    return error_of([&] { return what_if(book, half_a_year(), {{.change = change}}, options); });
  };
  EXPECT_EQ(refused(RaiseRetention{.points = NAN}), ErrorCode::bad_number);
  EXPECT_EQ(refused(RecoverPayments{.share = 1.1}), ErrorCode::bad_number);
  EXPECT_EQ(refused(RecoverPayments{.points = INFINITY}), ErrorCode::bad_number);
  EXPECT_EQ(refused(AnnualShare{.share = -0.1}), ErrorCode::bad_number);
  EXPECT_EQ(refused(AnnualShare{.discount = 1}), ErrorCode::bad_number);
  EXPECT_EQ(refused(AnnualShare{}, 9), ErrorCode::bad_number);
  EXPECT_EQ(refused(AnnualShare{}, 1001), ErrorCode::bad_number);
  const Book mixed =
      book_as_of("2024-07-01", {a_customer("ann").on("a"), a_customer("bob").on("a").in("EUR")});
  EXPECT_EQ(error_of([&] { return what_if(mixed, half_a_year()); }), ErrorCode::mixed_currencies);
  EXPECT_EQ(error_of([&] {
              return what_if(book, half_a_year(), standard_what_ifs(), {.forecast = {.horizon = 0}});
            }),
            ErrorCode::bad_number);
}

RC_GTEST_PROP(WhatIfLaws, of_any_book_is_finite_and_adds_up, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 24U && grid.kind() != PeriodKind::cuts);
  const Book book = support::build(random.book, random.rules).book;
  WhatIfOptions options;
  options.forecast.horizon = 7;
  options.groups = 10;
  std::vector<WhatIf> scenarios = standard_what_ifs();
  scenarios.push_back({.change = RaiseRetention{.where = by::plan == "pro", .points = -3}});
  scenarios.push_back({.change = AnnualShare{.share = 0.5, .discount = 0.2}});
  const WhatIfReport report = what_if(book, grid, scenarios, options);
  const MrrForecast forecast = forecast_mrr(book, grid, options.forecast);
  for (std::size_t h = 0; h < forecast.periods.size(); ++h) {
    const auto& own = report.baseline.periods.at(h).mrr;
    RC_ASSERT(own.has_value() == forecast.periods[h].mrr.has_value());
    if (own) RC_ASSERT(own->value == forecast.periods[h].mrr->value);
  }
  for (const WhatIfScenario& scenario : report.scenarios) {
    RC_ASSERT(scenario.periods.size() == report.baseline.periods.size());
    RC_ASSERT((scenario.outcome == WhatIfOutcome::known) == !scenario.assumptions.empty());
    RC_ASSERT(scenario.outcome == WhatIfOutcome::known || !scenario.note.empty());
    for (std::size_t h = 0; h < scenario.periods.size(); ++h) {
      const WhatIfPeriod& period = scenario.periods[h];
      RC_ASSERT(period.mrr.has_value() == period.mrr_difference.has_value());
      if (!period.mrr) continue;
      RC_ASSERT(std::isfinite(period.mrr->value));
      RC_ASSERT(period.customers_difference || !report.baseline.periods[h].customers);
      RC_ASSERT(period.mrr->value == report.baseline.periods[h].mrr->value + period.mrr_difference->value);
      RC_ASSERT(period.mrr_difference->interval.has_value() != period.mrr_difference->why_not.has_value());
    }
  }
  const auto shown = error_of([&] {
    (void)to_csv(what_if_table(report));
    RC_ASSERT(!what_if_sentence(report).empty());
  });
  RC_ASSERT(shown.value_or(ErrorCode::overflow) == ErrorCode::overflow);
}

}  // namespace
}  // namespace churn
