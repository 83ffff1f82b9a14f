#include <churn/decision/decision.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decision/decision_books.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;
using support::DecisionBook;
using support::error_of;
using ::testing::HasSubstr;
using ::testing::Not;

const DecisionOptions no_placebos{.most_placebos = 0};

DecisionEffect effect_in(const Book& book, const Decision& decision) {
  return decision_effect(decision_rows(book, decision));
}

Decision decision_on(const Filter& where) {
  Decision decision = DecisionBook::decision();
  decision.where = where;
  return decision;
}

double departures_a_day(const DecisionRows& rows, DecisionPhase phase) {
  double departures = 0;
  double days = 0;
  for (const DecisionRow& row : rows.rows)
    if (row.phase == phase) {
      departures += static_cast<double>(row.departures);
      days += static_cast<double>(row.risk_days);
    }
  return departures / days;
}

// Nothing changed. But who pays by the year enters affected time at the one day of the year on which it can leave, and half a
// year later has not lived through the safe rest of it.
TEST(Decision, that_renewals_cluster_departures_fools_days_at_risk_and_not_this) {
  const Book book = DecisionBook{.customers = 1000, .yearly = 0.7}.built(5);
  const DecisionRows rows = decision_rows(book, decision_on({}));
  const double naive =
      departures_a_day(rows, DecisionPhase::affected) / departures_a_day(rows, DecisionPhase::before);
  EXPECT_GT(naive, 1.4);
  const DecisionEffect effect = decision_effect(rows);
  EXPECT_LT(effect.affected.interval.value().low, 1);
  EXPECT_GT(effect.affected.interval->high, 1);
  EXPECT_LT(effect.affected.rate_ratio.value(), 1.25);
}

TEST(Decision, renewals_lost_twice_as_often_are_found_where_they_are) {
  const Book book = DecisionBook{.customers = 1200, .effect = 2}.built(14);
  const DecisionEffect concerned = effect_in(book, decision_on(attribute("arm") == "a"));
  EXPECT_LT(concerned.affected.p.value().value, 0.01);
  EXPECT_LT(concerned.affected.interval->low, 2);
  EXPECT_GT(concerned.affected.interval->high, 2);
  EXPECT_FALSE(concerned.joined_after.p && concerned.joined_after.p->value < 0.05);
  const DecisionEffect others = effect_in(book, decision_on(attribute("arm") == "b"));
  EXPECT_GT(others.affected.p.value().value, 0.05);
  const DecisionEffect difference = effect_in(book, DecisionBook::decision(true));
  EXPECT_LT(difference.affected.p.value().value, 0.05);
  EXPECT_GT(difference.pre_trend.p.value().value, 0.05);
}

TEST(Decision, what_happened_to_everybody_is_not_the_decision_s) {
  const Book book = DecisionBook{.customers = 1200, .shock = 2}.built(9);
  EXPECT_LT(effect_in(book, DecisionBook::decision()).affected.p.value().value, 0.01);
  const DecisionEffect difference = effect_in(book, DecisionBook::decision(true));
  EXPECT_LT(difference.affected.interval.value().low, 1);
  EXPECT_GT(difference.affected.interval->high, 1);
  EXPECT_GT(difference.affected.p->value, 0.05);
}

TEST(Decision, new_customers_are_told_apart_from_old_ones) {
  const Book book = DecisionBook{.customers = 1500, .effect_on_new = 5, .yearly = 0}.built(2);
  const DecisionEffect effect = effect_in(book, DecisionBook::decision());
  EXPECT_GT(effect.joined_after.rate_ratio.value(), 2);
  EXPECT_LT(effect.joined_after.p.value().value, 0.05);
  EXPECT_GT(effect.affected.p.value().value, 0.05);
}

TEST(Decision, a_report_is_its_parts) {
  const Book book = DecisionBook{.customers = 300, .effect = 3}.built(4);
  const Decision decision = DecisionBook::decision();
  const DecisionReport report = analyse_decision(book, decision, {.confidence = 0.9, .most_placebos = 2});
  DecisionEffectOptions options;
  options.confidence = 0.9;
  EXPECT_EQ(report.effect.affected.interval,
            decision_effect(decision_rows(book, decision), options).affected.interval);
  EXPECT_EQ(report.mrr.net.value, decision_mrr(book, decision, 0.9).net.value);
  EXPECT_EQ(report.placebos.placebos.size(), 2U);

  const Table table = decision_table(report);
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(to_text(table.rows[1][0]), "existing_affected");
  EXPECT_EQ(to_text(table.rows[1][3]), shortest(report.effect.affected.rate_ratio.value()));
  EXPECT_EQ(decision_mrr_table(report).rows.size(), 3U);
  EXPECT_EQ(decision_placebo_table(report).rows.size(), 3U);
  EXPECT_EQ(to_text(decision_placebo_table(report).rows.back()[0]), "2024-01-01");
  EXPECT_EQ(decision_months_table(report).rows.size(), report.rows.rows.size());
  for (const Table& each :
       {table, decision_mrr_table(report), decision_placebo_table(report), decision_months_table(report)})
    for (const auto& row : each.rows) EXPECT_EQ(row.size(), each.columns.size());
  const DecisionReport with_control = analyse_decision(book, DecisionBook::decision(true), no_placebos);
  EXPECT_EQ(decision_mrr_table(with_control).rows.size(), 5U);
}

TEST(Decision, a_sentence_says_what_it_did_and_what_speaks_against_it) {
  const DecisionReport report = analyse_decision(DecisionBook{.customers = 800, .effect = 3}.built(4),
                                                 DecisionBook::decision(), {.most_placebos = 4});
  const std::string sentence = decision_sentence(report);
  EXPECT_THAT(sentence, HasSubstr("Existing customers, from their first affected renewal on: "));
  EXPECT_THAT(sentence, HasSubstr(std::to_string(report.effect.affected.departures) +
                                  " left, where without the price change "));
  EXPECT_THAT(sentence, HasSubstr(" customers lost by it ("));
  EXPECT_THAT(sentence, HasSubstr("Customers who joined after it"));
  EXPECT_THAT(sentence, HasSubstr(" MRR changed by -"));
  EXPECT_THAT(sentence, HasSubstr("Of 4 earlier days without a decision none shows as much."));
  EXPECT_THAT(sentence, HasSubstr("A control would take that out."));
  const std::string with_control = decision_sentence(
      analyse_decision(DecisionBook{.customers = 800}.built(4), DecisionBook::decision(true), no_placebos));
  EXPECT_THAT(with_control, HasSubstr("What came at that date to those concerned alone is in it, too."));
  EXPECT_THAT(with_control, Not(HasSubstr("do anyway")));
}

TEST(Decision, that_trend_and_season_are_in_it_is_said_where_nothing_takes_them_out) {
  const auto said = [](std::string_view from, bool with_control) {
    Decision decision = DecisionBook::decision(with_control);
    decision.from = day(from);
    return decision_sentence(
        analyse_decision(DecisionBook{.customers = 800}.built(4), decision, no_placebos));
  };
  EXPECT_THAT(said("2023-01-01", false), HasSubstr(" What trend and season do anyway is in it, too."));
  EXPECT_THAT(said("2022-01-01", false), Not(HasSubstr("anyway")));
  EXPECT_THAT(said("2023-01-01", true), Not(HasSubstr("anyway")));  // it came to both
}

TEST(Decision, what_can_not_be_said_is_said_with_what_to_do) {
  const Book book = DecisionBook{.customers = 100}.built(4);
  const auto said = [&](Decision decision) {
    return decision_sentence(analyse_decision(book, decision, no_placebos));
  };
  EXPECT_EQ(said({.effective_on = day("2024-09-01")}),
            "What the decision did can't be said. The decision lies ahead: ask again after 2024-09-01.");
  EXPECT_EQ(said({.effective_on = day("2021-01-01"), .name = "the release"}),
            "What the release did can't be said. Of the time before 2021-01-01 nothing is recorded to "
            "compare with.");
  EXPECT_THAT(said({.effective_on = day("2024-09-01"), .announced_on = day("2024-06-15")}),
              HasSubstr("Nobody has come to an affected renewal before 2024-07-01. Of "));
  EXPECT_EQ(decision_sentence(analyse_decision(Book::build({}, day("2024-05-01")).book,
                                               {.effective_on = day("2024-03-01")})),
            "What the decision did can't be said. Nobody whom the decision concerns was there.");
}

TEST(Decision, several_currencies_have_departures_and_no_money) {
  std::vector<support::CustomerSentence> customers;
  for (int i = 0; i < 60; ++i)
    customers.push_back(a_customer("c" + std::to_string(i))
                            .on("p")
                            .in(i % 2 == 0 ? "USD" : "EUR")
                            .from((day("2023-01-05") + std::chrono::days{i}).to_string())
                            .until((day("2023-01-05") + std::chrono::days{i * 9 + 40}).to_string()));
  const DecisionReport report =
      analyse_decision(book_as_of("2024-06-01", customers), {.effective_on = day("2023-10-01")}, no_placebos);
  EXPECT_TRUE(report.effect.affected.rate_ratio);
  EXPECT_THAT(decision_sentence(report),
              HasSubstr("MRR can't be compared: The book has amounts in several currencies"));
  EXPECT_EQ(to_text(decision_mrr_table(report).rows[0][6]), "");
}

TEST(Decision, a_confidence_that_is_none_is_refused) {
  const Book book = DecisionBook{.customers = 20}.built(4);
  EXPECT_EQ(error_of([&] { (void)analyse_decision(book, DecisionBook::decision(), {.confidence = 0}); }),
            ErrorCode::bad_number);
}

}  // namespace
}  // namespace churn
