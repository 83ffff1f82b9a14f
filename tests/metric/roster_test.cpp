#include <churn/metric/roster.hpp>

#include <churn/core/exact.hpp>
#include <churn/cube/movement_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;

std::string roster_on(const Book& book, const char* date, const Filter& where = {}) {
  const std::string text = to_csv(roster_table(roster(book, day(date), where)));
  const std::string header = "customer_id,plan,mrr,since\n";
  EXPECT_EQ(text.substr(0, header.size()), header);
  return text.substr(header.size());
}

TEST(Roster, who_pays_for_what_how_much_and_since_when) {
  const Book book = book_as_of("2024-07-01", {a_customer("bob").on("pro").from("2024-02-10").at("50.00"),
                                              a_customer("ann")
                                                  .on("pro")
                                                  .from("2024-01-05")
                                                  .at("1200.00")
                                                  .yearly()
                                                  .on("addon")
                                                  .from("2024-03-01")
                                                  .at("5.00")
                                                  .on("addon")
                                                  .from("2024-03-02")
                                                  .at("5.00"),
                                              a_customer("gone").on("pro").until("2024-05-01"),
                                              a_customer("later").on("pro").from("2024-06-02")});
  EXPECT_EQ(roster_on(book, "2024-06-01"), "ann,addon + pro,110.00,2024-01-05\nbob,pro,50.00,2024-02-10\n");
  EXPECT_EQ(roster_on(book, "2024-04-30"),
            "ann,addon + pro,110.00,2024-01-05\nbob,pro,50.00,2024-02-10\ngone,pro,10.00,2024-01-01\n");
  EXPECT_EQ(roster_on(book, "2023-12-31"), "");
}

TEST(Roster, since_is_the_first_day_of_the_unbroken_stay) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("a")
                                                  .until("2024-02-01")
                                                  .on("b")
                                                  .from("2024-02-01")
                                                  .until("2024-03-01")
                                                  .on("c")
                                                  .from("2024-04-01")});
  EXPECT_EQ(roster_on(book, "2024-02-10"), "ann,b,10.00,2024-01-01\n");
  EXPECT_EQ(roster_on(book, "2024-04-01"), "ann,c,10.00,2024-04-01\n");
}

TEST(Roster, since_looks_behind_the_first_recorded_day) {
  const Book book =
      book_from_until("2024-02-01", "2024-07-01", {a_customer("ann").on("pro").from("2022-05-06")});
  EXPECT_EQ(roster_on(book, "2024-02-01"), "ann,pro,10.00,2022-05-06\n");
}

TEST(Roster, whoever_is_kept_by_a_pause_or_a_free_plan_is_there_at_zero) {
  Conventions rules;
  rules.book.free = FreePolicy::customer;
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("paused").on("pro").paused_from("2024-05-01"), a_customer("free").on("free").at("0")},
      rules);
  EXPECT_EQ(roster_on(book, "2024-06-01"), "free,free,0.00,2024-01-01\npaused,pro,0.00,2024-01-01\n");
}

TEST(Roster, a_carried_gap_shows_the_plan_before_it) {
  Conventions rules;
  rules.book.gap_allowance_days = 10;
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("basic").until("2024-03-01").on("pro").from("2024-03-05").at("20.00")}, rules);
  EXPECT_EQ(roster_on(book, "2024-03-03"), "ann,basic,10.00,2024-01-01\n");
  EXPECT_EQ(roster_on(book, "2024-03-05"), "ann,pro,20.00,2024-01-01\n");
}

TEST(Roster, a_filter_chooses_whom_to_list_and_ticks_are_exact) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").with("country", "DE"), a_customer("bob").on("pro")});
  EXPECT_EQ(roster_on(book, "2024-06-01", attribute("country") == "DE"), "ann,pro,10.00,2024-01-01\n");
  EXPECT_EQ(to_csv(roster_table(roster(book, day("2024-06-01"), attribute("country") != "DE"), true)),
            "customer_id,plan,mrr,since\nbob,pro,4320000,2024-01-01\n");
}

TEST(Roster, a_filter_on_lanes_lists_the_parts_that_it_keeps) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann").on("crm").at("20.00").on("desk").at("30.00"),
                                              a_customer("bob").on("desk").at("5.00")});
  const auto listed = [&](const Filter& where) {
    return to_csv(roster_table(roster(book, support::day("2024-06-01"), where)));
  };
  EXPECT_EQ(listed(by::plan == "crm"), "customer_id,plan,mrr,since\nann,crm,20.00,2024-01-01\n");
  EXPECT_EQ(listed(by::plan == "desk"),
            "customer_id,plan,mrr,since\nann,desk,30.00,2024-01-01\nbob,desk,5.00,2024-01-01\n");
  EXPECT_EQ(listed(by::mrr_band == "0-10"), "customer_id,plan,mrr,since\nbob,desk,5.00,2024-01-01\n");
}

TEST(Roster, of_several_currencies_one_can_be_listed) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("a").at("20.00").on("b").in("EUR").at("30.00")});
  EXPECT_EQ(error_of([&] { return roster(book, support::day("2024-06-01")); }), ErrorCode::mixed_currencies);
  const auto euros = roster(book, support::day("2024-06-01"), by::currency == "EUR");
  ASSERT_EQ(euros.size(), 1U);
  EXPECT_EQ(euros.front().run_rate.mrr(), (Money{3000, Currency{"EUR"}}));
}

TEST(ScheduledEnds, a_filter_keeps_those_of_its_lanes) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("crm").until("2024-08-01").on("desk").until("2024-08-01")});
  ASSERT_EQ(scheduled_ends(book, by::plan == "crm").size(), 1U);
  EXPECT_EQ(scheduled_ends(book, by::plan == "crm").front().plan, "crm");
  EXPECT_EQ(scheduled_ends(book).size(), 2U);
}

TEST(Roster, days_that_are_not_known_are_errors) {
  const Book book = book_from_until("2024-02-01", "2024-07-01", {a_customer("ann").on("pro")});
  EXPECT_EQ(error_of([&] { return roster(book, day("2024-07-01")); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return roster(book, day("2024-01-31")); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return roster(book, day("2024-06-30")); }), std::nullopt);
  EXPECT_EQ(error_of([&] { return roster(book, day("2024-06-30"), attribute("size") == "x"); }),
            ErrorCode::unknown_attribute);
}

// ---- Scheduled ends

std::string ends_of(const Book& book) {
  std::string text;
  for (const ScheduledEnd& end : scheduled_ends(book))
    text += end.ends_on.to_string() + " " + end.customer.text() + " " + end.subscription.text() + " " +
            end.plan + " " + end.run_rate.mrr().to_string() + "\n";
  return text;
}

TEST(ScheduledEnds, are_recorded_already_and_lie_at_or_after_as_of) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("late").on("pro", "L").until("2025-01-01").at("50.00"),
       a_customer("today").on("pro", "T").until("2024-07-01"),
       a_customer("gone").on("pro").until("2024-06-30"), a_customer("stays").on("pro"),
       a_customer("not yet").on("pro").from("2024-07-01").until("2024-09-01"),
       a_customer("also").on("pro", "B").until("2025-01-01").on("pro", "A").until("2025-01-01").at("1.00")});
  EXPECT_EQ(ends_of(book),
            "2024-07-01 today T pro 10.00\n"
            "2025-01-01 also A pro 1.00\n"
            "2025-01-01 also B pro 10.00\n"
            "2025-01-01 late L pro 50.00\n");
}

TEST(ScheduledEnds, a_phase_that_another_follows_does_not_end_its_subscription) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("renewed").on("pro").until("2024-08-01").then_on("team").from("2024-08-01"),
                     a_customer("changed").on("pro").then_on("team").from("2024-03-01").until("2024-08-01")});
  EXPECT_EQ(ends_of(book), "2024-08-01 changed changed/1 team 10.00\n");
}

TEST(ScheduledEnds, show_what_is_paid_on_the_last_known_day) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("coupon")
                         .on("pro", "C")
                         .until("2024-12-01")
                         .less_percent("50")
                         .discounted_until("2024-07-01"),
                     a_customer("paused").on("pro", "P").until("2024-12-01").paused_from("2024-05-01")});
  EXPECT_EQ(ends_of(book), "2024-12-01 coupon C pro 5.00\n2024-12-01 paused P pro 0.00\n");
}

TEST(ScheduledEnds, of_several_currencies_stay_in_their_own) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro").until("2024-12-01"),
                                a_customer("bob").on("pro").in("JPY").at("1000").until("2024-12-01")});
  EXPECT_EQ(ends_of(book), "2024-12-01 ann ann/1 pro 10.00\n2024-12-01 bob bob/1 pro 1000\n");
}

// ---- Laws

RC_GTEST_PROP(RosterLaws, the_roster_of_its_last_known_day_adds_up_to_the_closing_of_a_period, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  const PeriodGrid grid = support::draw_grid().first;
  const auto p = static_cast<std::size_t>(support::draw(0, static_cast<int>(grid.size())));
  const MovementCube cube = MovementCube::fold(book, grid);
  if (!cube.status(p).observable) return;
  const Date last = std::min(grid[p].last(), book.as_of()) - std::chrono::days{1};
  std::int64_t ticks = 0;
  const auto entries = roster(book, last);
  for (const RosterEntry& entry : entries) {
    ticks = checked_add(ticks, entry.run_rate.ticks());
    RC_ASSERT(!entry.plan.empty());
    RC_ASSERT(entry.since <= last);
  }
  RC_ASSERT(ticks == cube.at(0, p).closing);
  RC_ASSERT(static_cast<std::int64_t>(entries.size()) == cube.at(0, p).closing_customers);
  RC_ASSERT(std::is_sorted(entries.begin(), entries.end(),
                           [](const auto& a, const auto& b) { return a.customer < b.customer; }));
}

}  // namespace
}  // namespace churn
