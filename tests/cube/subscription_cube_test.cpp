#include <churn/cube/subscription_cube.hpp>

#include <gtest/gtest.h>

#include <churn/churn.hpp>

#include <string>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::error_of;
using support::months_of;

constexpr const char* june = "2024-06-01";
constexpr const char* july = "2024-07-01";

std::string told(const SubscriptionCell& c) {
  return "subscriptions " + std::to_string(c.lost_subscriptions) + "/" +
         std::to_string(c.opening_subscriptions) + ", seats " + std::to_string(c.lost_seats) + "/" +
         std::to_string(c.opening_seats) + ", renewed " + std::to_string(c.renewed) + "/" +
         std::to_string(c.due) + ", converted " + std::to_string(c.trials_converted) + "/" +
         std::to_string(c.trials_ended);
}
std::string told(const Book& book, const char* from = june, const char* until = july) {
  return told(fold_subscriptions(book, months_of(from, until)).at(0, 0));
}
std::string told(const SubscriptionCube& cube, const Label& label) {
  const auto at = cube.find(label);
  return at ? told(cube.at(*at, 0)) : "not there";
}

TEST(SubscriptionCube, three_subscriptions_that_end_together_are_three_lost) {
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("a")
                                          .yearly()
                                          .until("2024-06-10")
                                          .on("b")
                                          .yearly()
                                          .until("2024-06-10")
                                          .on("c")
                                          .yearly()
                                          .until("2024-06-10")});
  EXPECT_EQ(told(book), "subscriptions 3/3, seats 3/3, renewed 0/0, converted 0/0");
  EXPECT_EQ(MovementCube::fold(book, months_of(june, july)).at(0, 0).churned_customers, 1);
}

TEST(SubscriptionCube, a_change_of_plan_loses_no_subscription) {
  const Book book = book_as_of(
      july,
      {a_customer("ann").on("a").yearly().until("2024-06-10").then_on("b").yearly().from("2024-06-10")});
  EXPECT_EQ(told(book), "subscriptions 0/1, seats 0/1, renewed 0/0, converted 0/0");
}

TEST(SubscriptionCube, seats_that_fall_are_lost_and_seats_that_move_are_not) {
  const Book fewer = book_as_of(july, {a_customer("ann")
                                           .on("a")
                                           .yearly()
                                           .times(10)
                                           .until("2024-06-10")
                                           .then_on("a")
                                           .yearly()
                                           .from("2024-06-10")
                                           .times(7)});
  EXPECT_EQ(told(fewer), "subscriptions 0/1, seats 3/10, renewed 0/0, converted 0/0");
  const Book moved = book_as_of(july, {a_customer("ann")
                                           .on("a")
                                           .yearly()
                                           .times(10)
                                           .until("2024-06-10")
                                           .then_on("b")
                                           .yearly()
                                           .from("2024-06-10")
                                           .times(7)});
  const SubscriptionCube cube = fold_subscriptions(moved, months_of(june, july), by::plan);
  EXPECT_EQ(told(cube, {"a"}), "subscriptions 0/1, seats 3/10, renewed 0/0, converted 0/0");
  EXPECT_EQ(told(cube, {"b"}), "subscriptions 0/0, seats 0/0, renewed 0/0, converted 0/0");
}

TEST(SubscriptionCube, seats_of_one_subscription_may_move_to_another_of_the_customer) {
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("a")
                                          .yearly()
                                          .times(4)
                                          .until("2024-06-10")
                                          .on("a")
                                          .yearly()
                                          .times(1)
                                          .until("2024-06-10")
                                          .then_on("a")
                                          .yearly()
                                          .from("2024-06-10")
                                          .times(5)});
  EXPECT_EQ(told(book), "subscriptions 1/2, seats 0/5, renewed 0/0, converted 0/0");
}

TEST(SubscriptionCube, what_is_paid_monthly_is_due_each_month_and_what_is_paid_yearly_each_year) {
  const Book book = book_as_of(july, {a_customer("ann").on("a").from("2024-01-10"),
                                      a_customer("bob").on("a").yearly().from("2023-06-20"),
                                      a_customer("eve").on("a").yearly().from("2023-07-20")});
  EXPECT_EQ(told(book), "subscriptions 0/3, seats 0/3, renewed 2/2, converted 0/0");
}

TEST(SubscriptionCube, renewals_of_the_31st_come_on_the_last_day_of_shorter_months) {
  const Book book = book_as_of("2024-05-01", {a_customer("ann").on("a").from("2024-01-31")});
  EXPECT_EQ(told(book, "2024-02-29", "2024-03-01"),
            "subscriptions 0/1, seats 0/1, renewed 1/1, converted 0/0");
  EXPECT_EQ(told(book, "2024-03-31", "2024-04-01"),
            "subscriptions 0/1, seats 0/1, renewed 1/1, converted 0/0");
  EXPECT_EQ(told(book, "2024-03-01", "2024-03-31"),
            "subscriptions 0/1, seats 0/1, renewed 0/0, converted 0/0");
}

TEST(SubscriptionCube, who_ends_on_the_day_was_due_and_did_not_renew_and_who_ends_before_was_not_due) {
  const Book book = book_as_of(
      july,
      {a_customer("ends").on("a").from("2024-05-10").until("2024-06-10"),
       a_customer("before").on("a").from("2024-05-10").until("2024-06-09"),
       a_customer("goes on").on("a").from("2024-05-10").until("2024-06-10").then_on("b").from("2024-06-10")});
  EXPECT_EQ(told(book), "subscriptions 2/3, seats 2/3, renewed 1/2, converted 0/0");
}

TEST(SubscriptionCube, a_seat_more_in_the_middle_of_the_year_does_not_move_the_renewal) {
  const auto seat_added_in_june = [](const char* id) {
    return a_customer(id)
        .on("a")
        .yearly()
        .from("2023-01-01")
        .until("2023-06-01")
        .then_on("a")
        .yearly()
        .times(2)
        .from("2023-06-01");
  };
  const Book book =
      book_as_of("2025-01-01", {seat_added_in_june("stays"), seat_added_in_june("ends").until("2024-01-01"),
                                seat_added_in_june("ends later").until("2024-06-01")});
  const auto in_year = [&](const char* from, const char* until) {
    return told(fold_subscriptions(book, support::one_period(from, until)).at(0, 0));
  };
  EXPECT_EQ(in_year("2023-01-01", "2024-01-01"), "subscriptions 0/0, seats 0/0, renewed 0/0, converted 0/0");
  EXPECT_EQ(in_year("2024-01-01", "2024-01-02"), "subscriptions 1/3, seats 2/6, renewed 2/3, converted 0/0");
  EXPECT_EQ(in_year("2024-01-02", "2025-01-01"), "subscriptions 1/2, seats 2/4, renewed 0/0, converted 0/0");
}

TEST(SubscriptionCube, another_interval_a_gap_or_the_end_of_a_free_plan_begin_a_new_anchor) {
  const auto due_on = [](const char* day, const support::CustomerSentence& customer) {
    const Date due = support::day(day);
    const Book book = book_as_of("2025-01-01", {customer});
    return fold_subscriptions(book, periods_at({due, due + std::chrono::days{1}})).at(0, 0).due;
  };
  const auto began = [] { return a_customer("ann").on("a").from("2024-01-10").until("2024-02-20"); };
  EXPECT_EQ(due_on("2024-03-10", began().then_on("b").from("2024-02-20")), 1) << "the 10th, as before";
  EXPECT_EQ(due_on("2024-03-20", began().then_on("b").from("2024-02-20")), 0);
  EXPECT_EQ(due_on("2024-03-21", began().then_on("b").from("2024-02-21")), 1) << "after a gap";
  EXPECT_EQ(due_on("2024-08-20", began().then_on("b").every(6, BillingInterval::month).from("2024-02-20")),
            1);
  const auto free = a_customer("ann").on("a").at("0.00").from("2024-01-10").until("2024-02-20");
  EXPECT_EQ(due_on("2024-03-20", support::CustomerSentence{free}.then_on("b").from("2024-02-20")), 1);
}

TEST(SubscriptionCube, a_trial_that_goes_on_in_another_phase_ends_once) {
  const Book book = book_as_of(july, {a_customer("ann")
                                          .on("basic")
                                          .yearly()
                                          .from("2024-06-01")
                                          .on_trial_until("2024-06-15")
                                          .then_on("pro")
                                          .yearly()
                                          .from("2024-06-08")
                                          .on_trial_until("2024-06-15")});
  EXPECT_EQ(told(book), "subscriptions 0/0, seats 0/0, renewed 0/0, converted 1/1");
  EXPECT_EQ(told(fold_subscriptions(book, months_of(june, july), by::plan), {"pro"}),
            "subscriptions 0/0, seats 0/0, renewed 0/0, converted 1/1");
}

TEST(SubscriptionCube, a_gap_that_is_carried_converts_no_trial) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 30;
  const Book book = book_as_of(july,
                               {a_customer("ann")
                                    .on("a")
                                    .yearly()
                                    .until("2024-06-10")
                                    .on("b")
                                    .yearly()
                                    .from("2024-06-01")
                                    .on_trial_until("2024-06-15")
                                    .until("2024-06-15")},
                               conventions);
  EXPECT_EQ(told(book), "subscriptions 1/1, seats 1/1, renewed 0/0, converted 0/1");
}

TEST(SubscriptionCube, a_trial_is_converted_if_the_customer_pays_on_the_day_it_ends) {
  const Book book = book_as_of(
      july,
      {a_customer("pays").on("a").yearly().from("2024-06-01").on_trial_until("2024-06-15"),
       a_customer("leaves").on("a").from("2024-06-01").on_trial_until("2024-06-15").until("2024-06-15"),
       a_customer("leaves early").on("a").from("2024-06-01").on_trial_until("2024-06-15").until("2024-06-05"),
       a_customer("pays early")
           .on("a")
           .from("2024-06-01")
           .on_trial_until("2024-06-15")
           .then_on("b")
           .yearly()
           .from("2024-06-05"),
       a_customer("still tries").on("a").from("2024-06-25").on_trial_until("2024-07-09")});
  EXPECT_EQ(told(book), "subscriptions 0/0, seats 0/0, renewed 0/0, converted 2/4");
}

TEST(SubscriptionCube, a_plan_known_from_its_trials_alone_is_a_segment) {
  const Book book = book_as_of(
      july,
      {a_customer("leaves").on("a").from("2024-06-01").on_trial_until("2024-06-15").until("2024-06-15")});
  const auto table = measure(book)
                         .over(months_of(june, july))
                         .by(by::plan)
                         .compute(TrialConversionRate{}, CustomerChurnRate{});
  EXPECT_EQ(table.at({"a"}, months_of(june, july)[0]).get<TrialConversionRate>(), (Proportion{0, 1}));
  EXPECT_EQ(table.at({"a"}, months_of(june, july)[0]).get<CustomerChurnRate>(), (Proportion{0, 0}));
}

TEST(SubscriptionCube, a_gap_is_carried_for_the_customer_and_not_for_the_subscription) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 30;
  const Book book = book_as_of(july, {a_customer("ann").on("a").yearly().until("2024-06-20")}, conventions);
  EXPECT_EQ(told(book), "subscriptions 1/1, seats 1/1, renewed 0/0, converted 0/0");
  EXPECT_EQ(MovementCube::fold(book, months_of(june, july)).at(0, 0).churned_customers, 0);
}

TEST(SubscriptionCube, what_the_book_can_not_know_is_not_counted) {
  const Book book = book_from_until(
      "2024-06-10", "2024-06-20",
      {a_customer("ann").on("a").from("2024-01-10"), a_customer("bob").on("a").from("2024-01-20"),
       a_customer("eve").on("a").from("2024-01-15")});
  EXPECT_EQ(told(book), "subscriptions 0/3, seats 0/3, renewed 1/1, converted 0/0")
      << "Only the 15th lies between.";
}

TEST(SubscriptionCube, more_seats_than_64_bits_hold_are_an_error) {
  const auto most = std::numeric_limits<std::int64_t>::max();
  const Book book = book_as_of(july, {a_customer("ann").on("a").at("0.00").times(most).on("b").at("1.00"),
                                      a_customer("bob").on("a").at("1.00")});
  EXPECT_EQ(told(book), "subscriptions 0/2, seats 0/2, renewed 2/2, converted 0/0")
      << "What is free does not count.";
  Conventions conventions;
  conventions.book.free = FreePolicy::customer;
  const Book free = book_as_of(
      july, {a_customer("ann").on("a").at("0.00").times(most).on("b").at("0.00").times(2)}, conventions);
  EXPECT_EQ(error_of([&] { return fold_subscriptions(free, months_of(june, july)); }), ErrorCode::overflow);
}

}  // namespace
}  // namespace churn
