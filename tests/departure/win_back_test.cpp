#include <churn/departure/win_back.hpp>

#include <churn/departure/returns.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "departure/departed_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using departure_test::DepartedBook;
using departure_test::rows_under;
using departure_test::sample_book;
using support::a_customer;
using support::day;
using support::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> names(const WinBackList& list) {
  std::vector<std::string> ids;
  for (const WinBackRow& row : list.rows) ids.push_back(row.customer.text());
  return ids;
}
using Names = std::vector<std::string>;

support::CustomerSentence gone(const char* id, const char* on, const char* because,
                               const char* mrr = "10.00") {
  return a_customer(id).on("pro").from("2023-01-01").at(mrr).until(on).because(because);
}

DepartedBook five_gone() {
  return {gone("price", "2024-05-01", "too_expensive", "900.00"),
          gone("card", "2024-05-01", "card_expired", "20.00"),
          gone("card2", "2024-06-01", "card_expired", "30.00"),
          gone("done", "2024-05-01", "project_finished", "500.00"),
          gone("why", "2024-05-01", "", "9000.00"),
          gone("old", "2023-06-30", "card_expired"),
          gone("back", "2024-05-01", "card_expired").on("pro").from("2024-06-01"),
          a_customer("stays").on("pro"),
          gone("test", "2024-05-01", "card_expired").who_is_a_test_account(),
          gone("other", "2024-05-01", "card_expired").merged_into("stays")};
}

TEST(WinBack, goes_by_effort_then_mrr_where_too_little_was_measured) {
  const WinBackList list = win_back(five_gone().as_of("2024-07-01"));
  EXPECT_EQ(list.order, WinBackOrder::by_effort);
  EXPECT_EQ(names(list), (Names{"card2", "card", "done", "price", "why"}));
  EXPECT_EQ(list.why,
            "Ordered by effort, then MRR: return rates within 90 days need 30 departures of each type on the "
            "list, and there are 0 completed, 0 voluntary, 1 involuntary.");
  EXPECT_EQ(
      rows_under("rank,customer_id,mrr,expected_mrr,type,reason,action,recovery_effort,departed_on,days_"
                 "since,return_rate,ci_low,ci_high,rule,evidence",
                 win_back_table(list)),
      "1,card2,30.00,,involuntary,card_expired,remind and update the payment "
      "method,low,2024-06-01,30,,,,payment_end_reason,subscriptions row 3 (card2/1: end_reason "
      "card_expired)\n"
      "2,card,20.00,,involuntary,card_expired,remind and update the payment "
      "method,low,2024-05-01,61,,,,payment_end_reason,subscriptions row 2 (card/1: end_reason "
      "card_expired)\n"
      "3,done,500.00,,completed,project_finished,invite back,low to "
      "medium,2024-05-01,61,,,,completed_end_reason,subscriptions row 4 (done/1: end_reason "
      "project_finished)\n"
      "4,price,900.00,,voluntary,too_expensive,talk,high,2024-05-01,61,,,,voluntary_end_reason,"
      "subscriptions row 1 (price/1: end_reason too_expensive)\n"
      "5,why,9000.00,,unknown,unknown,ask why,not known,2024-05-01,61,,,,,\n");
  EXPECT_EQ(win_back_table(list).rows[4][13], Cell{}) << "no rule, rather than one without a name";
}

TEST(WinBack, looks_back_as_many_days_as_are_asked_for) {
  const Book book = five_gone().as_of("2024-07-01");
  EXPECT_EQ(names(win_back(book, {.within_days = 366})).size(), 5U) << "old left 367 days ago.";
  EXPECT_EQ(names(win_back(book, {.within_days = 367})).size(), 6U);
  EXPECT_EQ(names(win_back(book, {.within_days = 30})), (Names{"card2"}));
  EXPECT_EQ(names(win_back(book, {.within_days = 29})), Names{});
  EXPECT_EQ(win_back_sentence(win_back(book, {.within_days = 1})),
            "Nobody who left within the last 1 day is still away.");
  EXPECT_EQ(
      win_back(DepartedBook{gone("ann", "2024-07-01", "price", "1.00")}.as_of("2024-07-02"),
               {.min_departures = 1, .window = 2})
          .why,
      "Ordered by effort, then MRR: return rates within 2 days need 1 departure of each type on the list, "
      "and there are 0 voluntary.");
}

// Rates by hand: of four cards whose window is over two came back, of two projects one: 20 x 2/4 = 10, 100 x 1/2 =
// 50.
DepartedBook measured() {
  return {gone("card", "2024-01-10", "card_expired", "20.00"),
          gone("card2", "2024-01-10", "card_expired", "30.00").on("pro").from("2024-01-20"),
          gone("card3", "2024-01-10", "card_expired", "30.00").on("pro").from("2024-01-20"),
          gone("card4", "2024-01-10", "card_expired", "99.99"),
          gone("late", "2024-06-10", "card_expired", "0.01"),
          gone("done", "2024-01-10", "project_finished", "100.00"),
          gone("done2", "2024-01-10", "project_finished", "70.00").on("pro").from("2024-01-20")};
}

TEST(WinBack, goes_by_mrr_times_the_measured_rate_where_enough_was) {
  const WinBackList list = win_back(measured().as_of("2024-07-01"), {.min_departures = 2});
  EXPECT_EQ(list.order, WinBackOrder::by_return_rate);
  EXPECT_EQ(list.rate_of(DepartureType::involuntary), Proportion(2, 4));
  EXPECT_EQ(list.rate_of(DepartureType::completed), Proportion(1, 2));
  EXPECT_EQ(list.rate_of(DepartureType::voluntary), Proportion(0, 0))
      << "Nobody of that type is on the list.";
  EXPECT_EQ(names(list), (Names{"done", "card4", "card", "late"}));
  EXPECT_EQ(list.rows[0].expected.value().mrr().to_string(), "50.00");
  EXPECT_EQ(list.rows[1].expected.value().ticks(), 9999 * 4320 / 2) << "Exact, where a cent can't be halved.";
  const Table table = win_back_table(list);
  EXPECT_EQ(table.rows[2][10], Cell{0.5});
  EXPECT_EQ(table.rows[2][11], Cell{Proportion(2, 4).interval().value().low});
  EXPECT_EQ(win_back_table(list, true).rows[2][3], Cell{std::int64_t{1000 * 4320}});
  EXPECT_EQ(
      win_back_sentence(list),
      "4 customers with 220.00 USD of MRR left within the last 365 days and are still away; at the shares "
      "seen so far 110.00 USD would come back. First: done (100.00 USD, completed): invite back. Ordered "
      "by MRR times the share of departures of the type that came back within 90 days, each measured of "
      "2 or more. What was seen in the past is not what asking them would do.");
}

TEST(WinBack, one_type_that_was_measured_too_little_decides_for_the_order_of_effort) {
  const WinBackList list = win_back(measured().as_of("2024-07-01"), {.min_departures = 3});
  EXPECT_EQ(list.order, WinBackOrder::by_effort);
  EXPECT_THAT(list.why, HasSubstr("and there are 2 completed."));
  EXPECT_EQ(list.rows.front().expected, std::nullopt);
  EXPECT_EQ(names(list), (Names{"card4", "card", "late", "done"}));
  // A filter on the list does not change what was measured.
  const WinBackList cards =
      win_back(measured().as_of("2024-07-01"), {.where = by::primary_plan == "pro", .min_departures = 2});
  EXPECT_EQ(cards.rate_of(DepartureType::involuntary), Proportion(2, 4));
}

TEST(WinBack, puts_unknown_types_last_where_only_of_these_too_little_was_measured) {
  DepartedBook book = measured();
  book.with(gone("why", "2024-05-01", "", "9000.00"));
  const WinBackList list = win_back(book.as_of("2024-07-01"), {.min_departures = 2});
  EXPECT_EQ(list.order, WinBackOrder::by_return_rate);
  EXPECT_EQ(names(list), (Names{"done", "card4", "card", "late", "why"}));
  EXPECT_EQ(list.rows.back().expected, std::nullopt);
  EXPECT_EQ(win_back_table(list).rows.back()[10], Cell{});
  const WinBackList alone = win_back(
      DepartedBook{gone("why", "2024-05-01", "", "9000.00")}.as_of("2024-07-01"), {.min_departures = 2});
  EXPECT_EQ(alone.order, WinBackOrder::by_effort);
  EXPECT_THAT(alone.why, HasSubstr("and there are 0 unknown."));
}

TEST(WinBack, equals_come_by_mrr_then_the_latest_then_by_id) {
  const DepartedBook none_back{
      gone("b", "2024-01-10", "card_expired"), gone("a", "2024-01-10", "card_expired"),
      gone("c", "2024-01-11", "card_expired"), gone("rich", "2024-01-09", "card_expired", "20.00")};
  const WinBackList list = win_back(none_back.as_of("2024-07-01"), {.min_departures = 4});
  EXPECT_EQ(list.order, WinBackOrder::by_return_rate);
  EXPECT_EQ(list.rows.front().expected.value().ticks(), 0) << "None of four is back: a rate of 0.";
  EXPECT_EQ(names(list), (Names{"rich", "c", "a", "b"}));
}

TEST(WinBack, keeps_the_part_of_a_lane_and_the_whole_of_an_attribute) {
  const DepartedBook both{a_customer("ann")
                              .with("country", "DE")
                              .on("pro")
                              .at("5.00")
                              .until("2024-05-01")
                              .on("addon")
                              .at("7.00")
                              .until("2024-05-01")};
  const Book book = both.as_of("2024-07-01");
  const auto at_stake = [&](const Filter& where) {
    return win_back(book, {.where = where}).rows.at(0).run_rate.mrr().to_string();
  };
  EXPECT_EQ(at_stake({}), "12.00");
  EXPECT_EQ(at_stake(by::plan == "addon"), "7.00");
  EXPECT_EQ(at_stake(attribute("country") == "DE"), "12.00");
}

TEST(WinBack, of_nobody_says_so_and_refuses_days_below_one) {
  const Book book = DepartedBook{a_customer("stays").on("pro")}.as_of("2024-07-01");
  EXPECT_TRUE(win_back(book).rows.empty());
  EXPECT_EQ(win_back(book).why, "Nobody is on the list.");
  EXPECT_TRUE(win_back(DepartedBook{}.as_of("2024-07-01")).rows.empty());
  for (const WinBackOptions& options :
       {WinBackOptions{.within_days = 0}, WinBackOptions{.min_departures = 0}, WinBackOptions{.window = 0}})
    EXPECT_EQ(error_of([&] { (void)win_back(book, options); }), ErrorCode::out_of_range);
}

TEST(WinBack, who_left_several_times_is_there_once_for_the_last_time) {
  const DepartedBook twice{gone("ann", "2024-02-01", "card_expired")
                               .on("basic")
                               .at("44.00")
                               .from("2024-03-01")
                               .until("2024-05-01")
                               .because("competitor")};
  const WinBackList list = win_back(twice.as_of("2024-07-01"));
  ASSERT_EQ(names(list), (Names{"ann"}));
  EXPECT_EQ(list.rows[0].type, DepartureType::voluntary);
  EXPECT_EQ(list.rows[0].run_rate.mrr().to_string(), "44.00");
}

// Who is on the list is who was present once and is not on the last known day; the order is one of all of them.
RC_GTEST_PROP(WinBack, holds_everyone_who_is_away_once_in_order, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  const std::int64_t enough = support::draw(1, 3);
  const WinBackList list = win_back(book, {.within_days = 10'000, .min_departures = enough});
  std::set<std::string> on_the_list;
  for (const WinBackRow& row : list.rows) {
    RC_ASSERT(on_the_list.insert(row.customer.text()).second);
    RC_ASSERT(row.run_rate.ticks() ==
              book.balance_on(*book.find(row.customer), row.departed_on - std::chrono::days{1}).ticks);
  }
  for_each_spell(book, SpellUnit::every_of_customer, [&](const Spell& spell) {
    const bool present = book.balance_on(spell.customer, book.as_of() - std::chrono::days{1}).present;
    RC_ASSERT(on_the_list.contains(book.customer_id(spell.customer).text()) == !present);
  });
  for (std::size_t i = 1; i < list.rows.size(); ++i) {
    const WinBackRow& a = list.rows[i - 1];
    const WinBackRow& b = list.rows[i];
    RC_ASSERT(a.expected.has_value() || !b.expected.has_value());
    if (list.order == WinBackOrder::by_effort)
      RC_ASSERT(!a.expected && a.effort <= b.effort);
    else
      RC_ASSERT(a.expected.has_value() == (list.rate_of(a.type).denominator() >= enough));
    if (b.expected) RC_ASSERT(a.expected->ticks() >= b.expected->ticks());
  }
  bool any = false;
  bool all_known = true;
  for (const WinBackRow& row : list.rows) {
    const bool measured = list.rate_of(row.type).denominator() >= enough;
    any = any || measured;
    all_known = all_known && (measured || row.type == DepartureType::unknown);
  }
  RC_ASSERT((any && all_known) == (list.order == WinBackOrder::by_return_rate));
}

// Who was away at the end of 2024, counted from the CSV files by the program of departure_list_test.cpp: 304, of whom
// 158 left on 2024-01-02 or later, 365 days before 2025-01-01.
TEST(WinBack, of_the_sample_book_holds_those_who_are_away_and_measures_each_type) {
  EXPECT_EQ(win_back(sample_book(), {.within_days = 10'000}).rows.size(), 304U);
  const WinBackList list = win_back(sample_book());
  EXPECT_EQ(list.rows.size(), 158U);
  const Returns measured = returns(sample_book());
  for (const TypeReturns& type : list.rates)
    EXPECT_EQ(type.rate, measured.at(std::string(departure_type_name(type.type))).rate.within_window);
  EXPECT_EQ(list.order, WinBackOrder::by_return_rate);
  EXPECT_EQ(list.rows.front().type, DepartureType::involuntary) << "They come back most often.";
  // 28 departures of unknown cause are too few for 30.
  EXPECT_EQ(list.rows.back().type, DepartureType::unknown);
  EXPECT_THAT(list.why, HasSubstr("; those of unknown type, with 28 measured, come last."));
  const WinBackList more = win_back(sample_book(), {.min_departures = 60});
  EXPECT_EQ(more.order, WinBackOrder::by_effort);
  EXPECT_THAT(more.why, HasSubstr("and there are 52 completed."));
}

}  // namespace
}  // namespace churn
