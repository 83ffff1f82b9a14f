#include <churn/survival/kaplan_meier.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;

/// One line a row: `31: 1 of 4, 2 censored, 0.75`.
std::vector<std::string> told(const SurvivalCurve& curve) {
  std::vector<std::string> lines;
  for (const SurvivalRow& row : curve.rows)
    lines.push_back(std::to_string(row.time) + ": " + std::to_string(row.events) + " of " +
                    std::to_string(row.at_risk) + ", " + std::to_string(row.censored) + " censored, " +
                    shortest(row.survival));
  return lines;
}
using Lines = std::vector<std::string>;

support::CustomerSentences four_customers() {
  return {a_customer("a").on("pro").from("2024-01-01").until("2024-01-11").because("price"),
          a_customer("b").on("pro").from("2024-01-01").until("2024-01-21").because("completed"),
          a_customer("c").on("pro").from("2024-01-01").until("2024-01-21").because("price"),
          a_customer("d").on("pro").from("2024-01-01")};
}

TEST(KaplanMeier, multiplies_the_shares_that_stay_and_knows_nothing_behind_the_last_day) {
  const SurvivalCurve curve = kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", four_customers())));
  EXPECT_EQ(told(curve), (Lines{"10: 1 of 4, 0 censored, 0.75", "20: 2 of 3, 0 censored, 0.25",
                                "30: 0 of 1, 1 censored, 0.25"}));
  EXPECT_EQ(curve.at(0), 1);
  EXPECT_EQ(curve.at(9), 1);
  EXPECT_EQ(curve.at(10), 0.75);
  EXPECT_EQ(curve.at(19), 0.75);
  EXPECT_EQ(curve.at(30), 0.25);
  EXPECT_EQ(curve.at(31), std::nullopt);
}

TEST(KaplanMeier, who_is_censored_is_at_risk_on_the_day) {
  const LifeTable table = LifeTable::fold(book_as_of("2024-02-01", four_customers()), {},
                                          {.exits = {{{"completed", ExitTypes::censored}}}});
  EXPECT_EQ(told(kaplan_meier(table)), (Lines{"10: 1 of 4, 0 censored, 0.75", "20: 1 of 3, 1 censored, 0.5",
                                              "30: 0 of 1, 1 censored, 0.5"}));
}

TEST(KaplanMeier, types_that_are_not_asked_for_censor) {
  const LifeTable table = LifeTable::fold(book_as_of("2024-02-01", four_customers()), {},
                                          {.exits = {{{"price", "voluntary"}}, "other"}});
  EXPECT_EQ(
      told(kaplan_meier(table, 0, {"voluntary"})),
      (Lines{"10: 1 of 4, 0 censored, 0.75", "20: 1 of 3, 1 censored, 0.5", "30: 0 of 1, 1 censored, 0.5"}));
  EXPECT_EQ(told(kaplan_meier(table, 0, {"voluntary", "other"})), told(kaplan_meier(table)));
  EXPECT_EQ(error_of([&] { (void)kaplan_meier(table, 0, {"departed"}); }), ErrorCode::unknown_name);
  EXPECT_EQ(error_of([&] { (void)kaplan_meier(table, 1); }), ErrorCode::out_of_range);
}

TEST(KaplanMeier, all_that_left_stays_known_for_ever_and_of_nobody_nothing_is_known) {
  const SurvivalCurve all =
      kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", {four_customers()[0], four_customers()[2]})));
  EXPECT_EQ(all.at(20), 0);
  EXPECT_EQ(all.at(5000), 0);
  EXPECT_EQ(all.died_out_at, std::nullopt);
  const SurvivalCurve none = kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", {})));
  EXPECT_TRUE(none.rows.empty());
  EXPECT_EQ(none.at(0), std::nullopt);
}

TEST(KaplanMeier, who_came_on_the_last_known_day_has_a_row_at_0) {
  const SurvivalCurve curve =
      kaplan_meier(LifeTable::fold(book_as_of("2024-02-01", {a_customer("a").on("pro").from("2024-01-31"),
                                                             a_customer("b").on("pro").from("2024-01-30")})));
  EXPECT_EQ(told(curve), (Lines{"0: 0 of 2, 1 censored, 1", "1: 0 of 1, 1 censored, 1"}));
}

TEST(KaplanMeier, who_enters_late_is_at_risk_after_its_entry_and_not_before) {
  // On the first recorded day, 2024-02-01, old is 31 days old and older 62.
  const Book book = book_from_until("2024-02-01", "2024-05-01",
                                    {a_customer("older").on("pro").from("2023-12-01").until("2024-02-02"),
                                     a_customer("old").on("pro").from("2024-01-01").until("2024-02-03"),
                                     a_customer("new").on("pro").from("2024-02-01").until("2024-03-03"),
                                     a_customer("also new").on("pro").from("2024-02-01")});
  EXPECT_EQ(told(kaplan_meier(LifeTable::fold(book))),
            (Lines{"31: 1 of 2, 0 censored, 0.5", "33: 1 of 2, 0 censored, 0.25",
                   "63: 1 of 2, 0 censored, 0.125", "89: 0 of 1, 1 censored, 0.125"}))
      << "At 31 days old has been seen, but is at risk from the next day on only.";
}

TEST(KaplanMeier, says_where_all_at_risk_have_left_though_others_enter_later) {
  const Book book = book_from_until("2024-02-01", "2024-05-01",
                                    {a_customer("old").on("pro").from("2023-02-01"),
                                     a_customer("young").on("pro").from("2024-01-31").until("2024-02-10")});
  const SurvivalCurve curve = kaplan_meier(LifeTable::fold(book));
  EXPECT_EQ(curve.died_out_at, 10);
  EXPECT_EQ(told(curve), (Lines{"10: 1 of 1, 0 censored, 0", "454: 0 of 1, 1 censored, 0"}));
}

TEST(KaplanMeier, who_has_not_been_seen_for_any_time_is_not_counted) {
  const Book book = book_from_until(
      "2024-02-01", "2024-02-02",
      {a_customer("old").on("pro").from("2024-01-01"), a_customer("new").on("pro").from("2024-02-01")});
  const LifeTable table = LifeTable::fold(book);
  EXPECT_EQ(told(kaplan_meier(table)), (Lines{"0: 0 of 1, 1 censored, 1"}));
  EXPECT_EQ(told(kaplan_meier(table.aged_to(day("2024-02-03")))),
            (Lines{"1: 0 of 1, 1 censored, 1", "32: 0 of 1, 1 censored, 1"}));
}

TEST(KaplanMeier, of_less_than_nothing_is_an_error) {
  const Book few = book_as_of("2024-02-01", {four_customers()[3]});
  const Book many = book_as_of("2024-02-01", four_customers());
  LifeTable table = LifeTable::fold(few);
  table -= LifeTable::fold(many);
  EXPECT_EQ(error_of([&] { (void)kaplan_meier(table); }), ErrorCode::out_of_range);
}

/// Counted for each time by looking at every spell.
std::vector<SurvivalRow> naive_curve(const Book& book, SpellUnit unit) {
  struct One {
    int entry, exit;
    bool event;
  };
  std::vector<One> spells;
  for_each_spell(book, unit, [&](const Spell& spell) {
    const One one{spell.entry, spell.tenure, spell.ends_on.has_value()};
    if (one.entry == 0 || one.exit > one.entry) spells.push_back(one);
  });
  std::set<int> times;
  for (const One& one : spells) times.insert(one.exit);
  std::vector<SurvivalRow> rows;
  for (const int time : times) {
    SurvivalRow row{time, 0, 0, 0, 1};
    for (const One& one : spells) {
      row.at_risk += (one.entry < time || one.entry == 0) && one.exit >= time ? 1 : 0;
      row.events += one.event && one.exit == time ? 1 : 0;
      row.censored += !one.event && one.exit == time ? 1 : 0;
    }
    row.survival = (rows.empty() ? 1 : rows.back().survival) *
                   (static_cast<double>(row.at_risk - row.events) / static_cast<double>(row.at_risk));
    rows.push_back(row);
  }
  return rows;
}

RC_GTEST_PROP(RandomBooks, kaplan_meier_equals_a_product_over_single_spells, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  const auto unit = support::one_of({SpellUnit::first_of_customer, SpellUnit::every_of_customer,
                                     SpellUnit::first_subscription, SpellUnit::every_subscription});
  const std::vector<SurvivalRow> expected = naive_curve(book, unit);
  const SurvivalCurve curve = kaplan_meier(LifeTable::fold(book, {}, {.unit = unit}));
  RC_ASSERT(curve.rows.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT(curve.rows[i].time == expected[i].time);
    RC_ASSERT(curve.rows[i].at_risk == expected[i].at_risk);
    RC_ASSERT(curve.rows[i].events == expected[i].events);
    RC_ASSERT(curve.rows[i].censored == expected[i].censored);
    // A few dozen factors, each rounded once or twice in another way.
    RC_ASSERT(std::abs(curve.rows[i].survival - expected[i].survival) <= 1e-14);
  }
}

#ifdef CHURN_ORACLES_DIR
// R's `survfit` on known data: subjects as customers, their times as tenures. Needs CHURN_ORACLES_DIR.

using Rows = std::vector<std::map<std::string, std::string>>;

Rows rows_of(const std::string& file) {
  Rows plain;
  for (const auto& row : support::read_csv(std::string(CHURN_ORACLES_DIR) + "/" + file)) {
    auto& fields = plain.emplace_back();
    for (const auto& [name, value] : row) {
      std::string key = name;
      std::string text = value;
      std::erase(key, '"');
      std::erase(text, '"');
      fields[key] = text;
    }
  }
  return plain;
}

const Date known_until = Date::of(2020, 1, 1);

/// Everybody leaves on, or is still there on, the last known day.
Book book_of(const Rows& rows, const std::string& time, const std::string& status, int censored,
             const std::string& group) {
  Records records;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const CustomerId id{i + 1};
    Customer customer{.id = id};
    if (!group.empty()) customer.attributes = {{group, rows[i].at(group)}};
    records.add(customer);
    Phase phase{.plan = "p",
                .starts_on = Date::from_days(known_until.days() - std::stoi(rows[i].at(time))),
                .ends_on = {},
                .price = {Decimal{1}, Currency{"USD"}}};
    phase.end_reason = rows[i].at(status);
    if (std::stoi(phase.end_reason) != censored) phase.ends_on = known_until;
    records.add(Subscription{SubscriptionId{i + 1}, id, {phase}});
  }
  return Book::build(records, Date::from_days(known_until.days() + 1)).book;
}

/// `answers` has the columns of R's tables; all of a stratum are compared.
void expect_answers(const SurvivalCurve& curve, const Rows& answers, const std::string& stratum) {
  std::size_t i = 0;
  for (const auto& answer : answers) {
    if (answer.at("stratum") != stratum) continue;
    ASSERT_LT(i, curve.rows.size()) << stratum;
    const SurvivalRow& row = curve.rows[i++];
    EXPECT_EQ(std::to_string(row.time), answer.at("time")) << stratum;
    EXPECT_EQ(std::to_string(row.at_risk), answer.at("n_risk")) << stratum << " " << row.time;
    EXPECT_EQ(std::to_string(row.events), answer.at("n_event")) << stratum << " " << row.time;
    EXPECT_EQ(std::to_string(row.censored), answer.at("n_censor")) << stratum << " " << row.time;
    const double expected = std::stod(answer.at("surv"));  // of some hundred rounded factors
    EXPECT_NEAR(row.survival, expected, 1e-12 * expected) << stratum << " " << row.time;
  }
  EXPECT_EQ(i, curve.rows.size()) << stratum;
  EXPECT_GT(i, 0U) << stratum;
}

TEST(KaplanMeier, equals_r_on_lung_cancer) {
  const Rows lung = rows_of("survival_lung/lung.csv");
  expect_answers(kaplan_meier(LifeTable::fold(book_of(lung, "time", "status", 1, ""))),
                 rows_of("survival_lung/km_all.csv"), "all");
  const LifeTable by_sex =
      LifeTable::fold(book_of(lung, "time", "status", 1, "sex"), by::attribute("sex"), {}, {.threads = 2});
  for (const std::string sex : {"1", "2"})
    expect_answers(kaplan_meier(by_sex, by_sex.segment({sex})), rows_of("survival_lung/km_by_sex.csv"),
                   "sex=" + sex);
}

TEST(KaplanMeier, equals_r_on_leukaemia_and_its_ties) {
  const LifeTable table =
      LifeTable::fold(book_of(rows_of("survival_aml/aml.csv"), "time", "status", 0, "x"), by::attribute("x"));
  for (const std::string x : {"Maintained", "Nonmaintained"})
    expect_answers(kaplan_meier(table, table.segment({x})), rows_of("survival_aml/km_by_x.csv"), "x=" + x);
}

TEST(KaplanMeier, equals_r_on_four_groups_of_veterans) {
  const LifeTable table =
      LifeTable::fold(book_of(rows_of("survival_veteran/veteran.csv"), "time", "status", 0, "celltype"),
                      by::attribute("celltype"));
  ASSERT_EQ(table.segments().size(), 4U);
  for (const std::string type : {"squamous", "smallcell", "adeno", "large"})
    expect_answers(kaplan_meier(table, table.segment({type})), rows_of("survival_veteran/km_by_celltype.csv"),
                   "celltype=" + type);
}

TEST(KaplanMeier, equals_r_with_late_entry) {
  // Months as days. Records begin when everybody is as old as it was at entry.
  Records records;
  const Date records_from = Date::of(2010, 1, 1);
  int number = 0;
  for (const auto& row : rows_of("survival_channing_left_truncated/channing.csv")) {
    const int entry = std::stoi(row.at("entry"));
    const int exit = std::stoi(row.at("exit"));
    if (exit <= entry) continue;  // R leaves them out
    const CustomerId id{++number};
    records.add(Customer{.id = id, .attributes = {{"sex", row.at("sex")}}});
    Phase phase{.plan = "p",
                .starts_on = Date::from_days(records_from.days() - entry),
                .ends_on = Date::from_days(records_from.days() - entry + exit),
                .price = {Decimal{1}, Currency{"USD"}}};
    phase.end_reason = row.at("cens") == "1" ? "died" : "left the study";
    records.add(Subscription{SubscriptionId{number}, id, {phase}});
  }
  records.set_records_from(records_from);
  const LifeTable table =
      LifeTable::fold(Book::build(records, Date::of(2020, 1, 1)).book, by::attribute("sex"),
                      {.exits = {{{"left the study", ExitTypes::censored}}}});
  const Rows answers = rows_of("survival_channing_left_truncated/km_by_sex.csv");
  expect_answers(kaplan_meier(table, table.segment({"Female"})), answers, "sex=Female");
  expect_answers(kaplan_meier(table, table.segment({"Male"})), answers, "sex=Male");
  EXPECT_EQ(kaplan_meier(table, table.segment({"Male"})).died_out_at, 781);
  EXPECT_EQ(kaplan_meier(table, table.segment({"Female"})).died_out_at, std::nullopt);
}

TEST(KaplanMeier, of_competing_types_equals_r_event_free) {
  const LifeTable table = LifeTable::fold(
      book_of(rows_of("survival_mgus2_competing/mgus2_competing.csv"), "etime", "event", 0, ""), {},
      {.exits = {{{"1", "progression"}, {"2", "death"}}}});
  const SurvivalCurve all = kaplan_meier(table, 0, {"progression", "death"});
  const SurvivalCurve progression = kaplan_meier(table, 0, {"progression"});
  const Rows answers = rows_of("survival_mgus2_competing/aalen_johansen_all.csv");
  ASSERT_EQ(all.rows.size(), answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(std::to_string(all.rows[i].time), answers[i].at("time"));
    EXPECT_EQ(std::to_string(all.rows[i].at_risk), answers[i].at("n_risk"));
    EXPECT_EQ(std::to_string(progression.rows[i].events), answers[i].at("n_event_1"));
    EXPECT_EQ(std::to_string(all.rows[i].events - progression.rows[i].events), answers[i].at("n_event_2"));
    const double expected = std::stod(answers[i].at("p_event_free"));  // of some hundred rounded factors
    EXPECT_NEAR(all.rows[i].survival, expected, 1e-12 * expected);
  }
}
#endif

}  // namespace
}  // namespace churn
