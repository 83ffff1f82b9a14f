#include <churn/metric/explain.hpp>

#include <churn/core/exact.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;
using support::error_of;
using support::months_of;
using support::records_of;

const RateRules by_day{.netting = Netting::by_day};

Records three_customers() {
  Records records =
      records_of({a_customer("eve").on("pro", "S1").until("2024-03-11").at("20.00").with("country", "DE"),
                  a_customer("ann")
                      .on("pro", "S2")
                      .until("2024-03-05")
                      .at("50.00")
                      .then_on("team")
                      .from("2024-03-05")
                      .at("80.00")
                      .with("country", "DE"),
                  a_customer("bob")
                      .on("pro", "S3")
                      .from("2024-03-20")
                      .until("2024-03-25")
                      .on("pro", "S4")
                      .from("2024-03-28")
                      .at("30.00")});
  records.set_source(RecordTable::subscriptions, "subscriptions.csv");
  return records;
}

Book book_of_three() { return Book::build(three_customers(), day("2024-07-01")).book; }

TEST(Explain, a_cell_opens_to_customers_amounts_days_and_records) {
  const auto all = explain(book_of_three(), months_of("2024-02-01", "2024-05-01"), {}, {}, 1);
  EXPECT_EQ(to_csv(explanations_table(all)),
            "customer_id,from_mrr,to_mrr,day,record,amount\n"
            "ann,50.00,80.00,2024-03-05,subscriptions.csv row 2 (S2); subscriptions.csv row 3 (S2),30.00\n"
            "bob,0.00,30.00,2024-03-28,subscriptions.csv row 4 (S3); subscriptions.csv row 5 (S4),30.00\n"
            "eve,20.00,0.00,2024-03-11,subscriptions.csv row 1 (S1),20.00\n");
}

TEST(Explain, one_movement_may_be_asked_for) {
  const auto churned =
      explain(book_of_three(), months_of("2024-02-01", "2024-05-01"), {}, {}, 1, Movement::churn);
  ASSERT_EQ(churned.size(), 1U);
  EXPECT_EQ(churned.front().customer, CustomerId{"eve"});
  EXPECT_EQ(churned.front().movement, Movement::churn);
  EXPECT_EQ(churned.front().day, day("2024-03-11"));
}

TEST(Explain, by_day_every_change_has_its_own_line_and_records) {
  const auto all = explain(book_of_three(), months_of("2024-02-01", "2024-05-01"), {}, {}, 1, {},
                           {.where = {}, .rules = by_day, .threads = 1});
  EXPECT_EQ(to_csv(explanations_table(all)),
            "customer_id,from_mrr,to_mrr,day,record,amount\n"
            "ann,50.00,80.00,2024-03-05,subscriptions.csv row 2 (S2); subscriptions.csv row 3 (S2),30.00\n"
            "bob,0.00,10.00,2024-03-20,subscriptions.csv row 4 (S3),10.00\n"
            "bob,10.00,0.00,2024-03-25,subscriptions.csv row 4 (S3),10.00\n"
            "bob,0.00,30.00,2024-03-28,subscriptions.csv row 5 (S4),30.00\n"
            "eve,20.00,0.00,2024-03-11,subscriptions.csv row 1 (S1),20.00\n");
}

TEST(Explain, a_segment_and_a_filter_choose_whom_to_show) {
  const PeriodGrid grid = months_of("2024-02-01", "2024-05-01");
  const auto german = explain(book_of_three(), grid, by::attribute("country"), {"DE"}, 1);
  EXPECT_EQ(german.size(), 2U);
  const auto others = explain(book_of_three(), grid, {}, {}, 1, {},
                              {.where = attribute("country") != "DE", .rules = {}, .threads = 1});
  ASSERT_EQ(others.size(), 1U);
  EXPECT_EQ(others.front().customer, CustomerId{"bob"});
}

TEST(Explain, amounts_are_ticks_if_exact) {
  const auto churned =
      explain(book_of_three(), months_of("2024-03-01", "2024-04-01"), {}, {}, 0, Movement::churn);
  EXPECT_EQ(to_csv(explanations_table(churned, true)),
            "customer_id,from_mrr,to_mrr,day,record,amount\neve,8640000,0,2024-03-11,subscriptions.csv row 1 "
            "(S1),8640000\n");
}

TEST(Explain, the_end_of_a_trial_discount_or_pause_names_the_record_it_stands_in) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("trial").on("pro", "T").on_trial_until("2024-03-10"),
                     a_customer("coupon").on("pro", "C").less_percent("10").discounted_until("2024-03-10"),
                     a_customer("pause").on("pro", "P").paused_from("2024-03-10")});
  const auto all = explain(book, months_of("2024-03-01", "2024-04-01"), {}, {}, 0);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].record, "subscriptions row 2 (C)");
  EXPECT_EQ(all[1].record, "subscriptions row 3 (P)");
  EXPECT_EQ(all[2].record, "subscriptions row 1 (T)");
}

TEST(Explain, a_period_that_can_not_be_known_has_nothing_to_show) {
  EXPECT_TRUE(explain(book_of_three(), months_of("2024-07-01", "2024-09-01"), {}, {}, 1).empty());
}

TEST(Explain, segments_periods_and_attributes_that_are_not_there_are_errors) {
  const Book book = book_of_three();
  const PeriodGrid grid = months_of("2024-02-01", "2024-05-01");
  EXPECT_EQ(error_of([&] { return explain(book, grid, by::attribute("country"), {"FR"}, 1); }),
            ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return explain(book, grid, {}, {"DE"}, 1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return explain(book, grid, {}, {}, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return explain(book, grid, by::attribute("size"), {"DE"}, 1); }),
            ErrorCode::unknown_attribute);
}

std::int64_t amount_of(const Explanation& e) {
  switch (e.movement) {
    case Movement::new_:
    case Movement::reactivation: return e.to.ticks();
    case Movement::expansion: return e.to.ticks() - e.from.ticks();
    case Movement::contraction: return e.from.ticks() - e.to.ticks();
    case Movement::churn: return e.from.ticks();
    case Movement::none:
    case Movement::transfer_in:
    case Movement::transfer_out:
    case Movement::fx: break;
  }
  return 0;
}

RC_GTEST_PROP(ExplainLaws, the_amounts_of_each_movement_add_up_to_its_cell, ()) {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}}});
  const Book book = support::build(random.book, random.rules).book;
  const PeriodGrid grid = support::draw_grid().first;
  const auto period = static_cast<std::size_t>(support::draw(0, static_cast<int>(grid.size())));
  using C = MovementCell;
  const std::vector<std::tuple<Movement, C::Field, C::Field>> movements{
      {Movement::new_, &C::new_, &C::new_customers},
      {Movement::reactivation, &C::reactivation, &C::reactivated_customers},
      {Movement::expansion, &C::expansion, &C::expanded_customers},
      {Movement::contraction, &C::contraction, &C::contracted_customers},
      {Movement::churn, &C::churn, &C::churned_customers}};
  for (const Netting netting : {Netting::by_period, Netting::by_day}) {
    RateRules rules = book.conventions().rate;
    rules.netting = netting;
    const FoldOptions options{.where = {}, .rules = rules, .threads = 1};
    for (const Segmenter& segmenter : {Segmenter{}, by::attribute("channel")}) {
      const MovementCube cube = MovementCube::fold(book, grid, segmenter, options);
      for (std::size_t s = 0; s < cube.segments().size(); ++s)
        for (const auto& [movement, amount, count] : movements) {
          const auto explanations =
              explain(book, grid, segmenter, cube.segments()[s], period, movement, options);
          std::int64_t sum = 0;
          for (const Explanation& e : explanations) {
            RC_ASSERT(e.movement == movement);
            RC_ASSERT(grid[period].contains(e.day));
            RC_ASSERT(!e.record.empty());
            sum = checked_add(sum, amount_of(e));
          }
          RC_ASSERT(sum == (cube.at(s, period).*amount));
          RC_ASSERT(static_cast<std::int64_t>(explanations.size()) == (cube.at(s, period).*count));
        }
    }
  }
}

// By days a customer may churn often in one period, and the rules were asked about all of it each time.
TEST(Explain, asks_the_rules_about_each_departure_once) {
  int asked = 0;
  DepartureRules rules = DepartureRules::standard();
  rules.before("completed_end_reason", {"asked", [&asked](const DepartureFacts&) -> std::optional<Finding> {
                                          ++asked;
                                          return {};
                                        }});
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("pro")
                                                  .from("2024-01-01")
                                                  .until("2024-01-11")
                                                  .because("price")
                                                  .on("pro")
                                                  .from("2024-01-15")
                                                  .until("2024-01-21")
                                                  .because("competitor")});
  const auto churned = explain(book, months_of("2024-01-01", "2024-02-01"), {}, {}, 0, Movement::churn,
                               {.rules = by_day}, rules);
  ASSERT_EQ(churned.size(), 2U);
  EXPECT_EQ(churned[0].cause.value().reason, "too_expensive");
  EXPECT_EQ(churned[1].cause.value().reason, "competitor");
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace churn
