#include <churn/row/step.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;
using support::months_of;

/// The steps as `2024-03-10 churn 50.00 -> 0.00`, one a line.
std::string steps_of(const Book& book, const PeriodGrid& grid, const RateRules& rules = {}) {
  std::string text;
  for_each_step(book, grid, rules, [&](const Step& step) {
    text += Date::from_days(step.day).to_string() + " " + std::string(movement_name(step.movement)) + " " +
            support::shown(step.opening.ticks) + " -> " + support::shown(step.closing.ticks) + "\n";
  });
  return text;
}

Book a_restless_customer() {
  return book_as_of("2024-07-01", {a_customer("ann")
                                       .on("a")
                                       .from("2024-02-10")
                                       .until("2024-02-20")
                                       .at("50.00")
                                       .then_on("b")
                                       .from("2024-02-20")
                                       .until("2024-03-05")
                                       .at("80.00")
                                       .on("c")
                                       .from("2024-03-25")
                                       .until("2024-04-10")
                                       .at("30.00")
                                       .then_on("d")
                                       .from("2024-04-10")
                                       .until("2024-05-01")
                                       .at("20.00")});
}

TEST(Step, every_movement_has_a_name_that_reads_back) {
  for (const Movement movement :
       {Movement::new_, Movement::reactivation, Movement::expansion, Movement::contraction, Movement::churn})
    EXPECT_EQ(parse_movement(movement_name(movement)), movement);
  EXPECT_EQ(movement_name(Movement::none), "none");
  EXPECT_EQ(movement_name(Movement::new_), "new");
  for (const char* name : {"none", "", "New", "churned"})
    EXPECT_EQ(error_of([&] { return parse_movement(name); }), ErrorCode::unknown_name) << name;
}

TEST(Step, a_change_is_classified_by_presence_first_and_then_by_amount) {
  const Balance absent{};
  const Balance paused{0, true};
  const Balance low{10, true};
  const Balance high{20, true};
  EXPECT_EQ(classify(absent, absent, true), Movement::none);
  EXPECT_EQ(classify(absent, low, true), Movement::new_);
  EXPECT_EQ(classify(absent, low, false), Movement::reactivation);
  EXPECT_EQ(classify(absent, paused, true), Movement::new_) << "Whoever is kept by policy is a customer.";
  EXPECT_EQ(classify(low, high, true), Movement::expansion);
  EXPECT_EQ(classify(high, low, true), Movement::contraction);
  EXPECT_EQ(classify(low, paused, true), Movement::contraction) << "A pause that is retained is no churn.";
  EXPECT_EQ(classify(paused, low, true), Movement::expansion);
  EXPECT_EQ(classify(paused, absent, true), Movement::churn);
  EXPECT_EQ(classify(low, absent, true), Movement::churn);
  EXPECT_EQ(classify(low, low, true), Movement::none);
}

TEST(Step, by_period_compares_opening_with_closing) {
  EXPECT_EQ(steps_of(a_restless_customer(), months_of("2024-01-01", "2024-07-01")),
            "2024-02-20 new 0.00 -> 80.00\n"
            "2024-03-25 contraction 80.00 -> 30.00\n"
            "2024-04-10 contraction 30.00 -> 20.00\n"
            "2024-05-01 churn 20.00 -> 0.00\n");
}

TEST(Step, by_day_classifies_every_day) {
  EXPECT_EQ(
      steps_of(a_restless_customer(), months_of("2024-01-01", "2024-07-01"), {.netting = Netting::by_day}),
      "2024-02-10 new 0.00 -> 50.00\n"
      "2024-02-20 expansion 50.00 -> 80.00\n"
      "2024-03-05 churn 80.00 -> 0.00\n"
      "2024-03-25 reactivation 0.00 -> 30.00\n"
      "2024-04-10 contraction 30.00 -> 20.00\n"
      "2024-05-01 churn 20.00 -> 0.00\n");
}

TEST(Step, a_period_that_ends_as_it_began_is_a_step_without_movement) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("a").until("2024-03-10").on("a").from("2024-03-20")});
  EXPECT_EQ(steps_of(book, months_of("2024-03-01", "2024-04-01")), "2024-03-20 none 10.00 -> 10.00\n");
}

TEST(Step, days_outside_of_the_grid_only_make_the_opening) {
  EXPECT_EQ(steps_of(a_restless_customer(), months_of("2024-04-01", "2024-05-01")),
            "2024-04-10 contraction 30.00 -> 20.00\n");
  EXPECT_EQ(steps_of(a_restless_customer(), months_of("2025-01-01", "2025-03-01")), "") << "Beyond as_of.";
  EXPECT_EQ(steps_of(a_restless_customer(), months_of("2023-01-01", "2023-03-01")), "");
}

TEST(Step, judged_by_period_ends_only_earlier_closings_count_as_before) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("a")
                                                  .from("2024-01-10")
                                                  .until("2024-01-20")
                                                  .on("a")
                                                  .from("2024-03-05")
                                                  .until("2024-04-05")
                                                  .on("a")
                                                  .from("2024-05-05")});
  const RateRules rules{.history = History::period_ends};
  EXPECT_EQ(steps_of(book, months_of("2024-02-01", "2024-07-01"), rules),
            "2024-03-05 new 0.00 -> 10.00\n"
            "2024-04-05 churn 10.00 -> 0.00\n"
            "2024-05-05 reactivation 0.00 -> 10.00\n");
  EXPECT_EQ(steps_of(book, months_of("2024-05-01", "2024-07-01"), rules),
            "2024-05-05 reactivation 0.00 -> 10.00\n")
      << "Present at the close of March, before the grid.";
  EXPECT_EQ(steps_of(book, quarters(day("2024-04-01"), day("2024-07-01")), rules),
            "2024-05-05 none 10.00 -> 10.00\n");
}

TEST(Step, days_before_the_records_count_as_before_under_both_histories) {
  const Book book = book_from_until(
      "2024-02-15", "2024-07-01",
      {a_customer("ann").on("a").from("2024-01-10").until("2024-01-20").on("a").from("2024-03-05")});
  for (const History history : {History::any_day, History::period_ends})
    EXPECT_EQ(steps_of(book, months_of("2024-02-01", "2024-04-01"), {.history = history}),
              "2024-03-05 reactivation 0.00 -> 10.00\n");
}

TEST(Step, a_lookup_tells_the_period_of_a_day) {
  const Book book = book_as_of("2024-04-15", {a_customer("ann").on("a")});
  const PeriodLookup period_of{book, months_of("2024-02-01", "2024-04-01")};
  EXPECT_EQ(period_of(Timeline::before_records), -1);
  EXPECT_EQ(period_of(day("2024-01-31").days()), -1);
  EXPECT_EQ(period_of(day("2024-02-01").days()), 0);
  EXPECT_EQ(period_of(day("2024-02-29").days()), 0);
  EXPECT_EQ(period_of(day("2024-03-01").days()), 1);
  EXPECT_EQ(period_of(day("2024-04-01").days()), 2);
  EXPECT_EQ(period_of(day("2024-04-14").days()), 2);
}

RC_GTEST_PROP(StepLaws, steps_of_a_customer_follow_each_other_without_a_break, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  std::optional<Step> last;
  for_each_step(book, grid, book.conventions().rate, [&](const Step& step) {
    RC_ASSERT(grid[step.period].contains(Date::from_days(step.day)));
    RC_ASSERT(step.closing == book.balance_on(step.customer, Date::from_days(step.day)));
    if (last && last->customer == step.customer) {
      RC_ASSERT(last->closing == step.opening);
      RC_ASSERT(last->day < step.day);
    } else {
      RC_ASSERT((!last || last->customer < step.customer));
      RC_ASSERT((step.opening == book.balance_on(step.customer, grid.from() - std::chrono::days{1}) ||
                 book.records_from()));
    }
    last = step;
  });
}

RC_GTEST_PROP(StepLaws, nobody_is_new_twice_without_a_window, ()) {
  support::RandomCase random = support::draw_case();
  random.rules.reactivation_window.reset();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  std::vector<int> entries(book.customer_count());
  for_each_step(book, grid, book.conventions().rate, [&](const Step& step) {
    if (step.movement == Movement::new_) RC_ASSERT(++entries[static_cast<std::size_t>(step.customer)] == 1);
  });
}

}  // namespace
}  // namespace churn
