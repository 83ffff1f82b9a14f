#include <churn/decision/decision_mrr.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "decision/decision_books.hpp"
#include "support/build_book.hpp"

#include <churn/segment/customer_groups.hpp>

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::CustomerSentences;
using support::day;
using support::DecisionBook;
using support::error_of;
using support::shown;
using ::testing::HasSubstr;

CustomerSentences some_customers() {
  return {a_customer("ann")
              .on("p")
              .from("2023-06-20")
              .until("2024-04-20")
              .then_on("p")
              .from("2024-04-20")
              .at("12.00"),
          a_customer("bob").on("p").yearly().at("120.00").from("2023-05-10").until("2024-05-10"),
          a_customer("cid")
              .on("p")
              .at("30.00")
              .from("2023-06-15")
              .until("2024-05-15")
              .then_on("p")
              .at("20.00")
              .from("2024-05-15"),
          a_customer("dan").on("p").from("2023-06-10").until("2024-03-10"),
          a_customer("eve").on("p").from("2024-04-05")};
}

// After, 1 April to 31 May: ann (10, then 12), bob (10, gone on 10 May, its first renewal) and cid (30, then 20). Before, 31
// January to 31 March: ann (10), cid (30) and dan (10, gone on its second renewal there).
TEST(DecisionMrr, what_became_of_the_eve_of_a_renewal_is_compared_with_a_window_before) {
  const DecisionMrr mrr =
      decision_mrr(book_as_of("2024-06-01", some_customers()), {.effective_on = day("2024-04-01")});
  EXPECT_EQ(mrr.after.customers, 3);
  EXPECT_EQ(mrr.after.churned, 1);
  EXPECT_EQ(shown(mrr.after.eve), "50.00");
  EXPECT_EQ(shown(mrr.after.churn), "10.00");
  EXPECT_EQ(shown(mrr.after.contraction), "10.00");
  EXPECT_EQ(shown(mrr.after.expansion), "2.00");
  EXPECT_EQ(mrr.mirror.from, day("2024-01-31"));
  EXPECT_EQ(mrr.mirror.until, day("2024-04-01"));
  EXPECT_EQ(mrr.mirror.customers, 3);
  EXPECT_EQ(shown(mrr.mirror.eve), "50.00");
  EXPECT_EQ(shown(mrr.mirror.churn), "10.00");
  EXPECT_DOUBLE_EQ(mrr.gross.value.value(), 0.4 - 0.2);
  EXPECT_DOUBLE_EQ(mrr.net.value.value(), 0.36 - 0.2);
  EXPECT_EQ(mrr.change->mrr().to_string(), "-8.00");
  EXPECT_EQ(mrr.why_not, "");
}

TEST(DecisionMrr, a_control_takes_out_what_came_to_both) {
  CustomerSentences customers = some_customers();
  for (auto& customer : customers) customer.with("arm", "a");
  customers.push_back(
      a_customer("fay").on("p").at("40.00").from("2023-06-03").until("2024-05-03").with("arm", "b"));
  customers.push_back(a_customer("gus").on("p").at("60.00").from("2023-06-03").with("arm", "b"));
  Decision decision{.effective_on = day("2024-04-01"), .where = attribute("arm") == "a"};
  decision.control = attribute("arm") == "b";
  const DecisionMrr mrr = decision_mrr(book_as_of("2024-06-01", customers), decision);
  EXPECT_DOUBLE_EQ(mrr.control_after->gross().value(), 0.4);
  EXPECT_DOUBLE_EQ(mrr.control_mirror->gross().value(), 0);
  EXPECT_NEAR(mrr.gross.value.value(), 0.2 - 0.4, 1e-12);
  EXPECT_EQ(mrr.change->mrr().to_string(), "12.00");  // 0.24 of 50
}

// Each replicate from a book without the customers of a group.
TEST(DecisionMrr, its_error_is_that_of_books_without_a_group_of_customers) {
  const Records records = DecisionBook{.customers = 100}.records(3);
  const Decision decision = DecisionBook::decision();
  const Book book = Book::build(records, day("2024-07-01")).book;
  const DecisionMrr mrr = decision_mrr(book, decision);
  std::vector<std::optional<double>> replicates;
  for (std::uint32_t group = 0; group < 50; ++group) {
    Decision rest = decision;
    const std::string label = (group < 10 ? "0" : "") + std::to_string(group);
    rest.where = decision.where && by::customer_group(50) != label;
    const DecisionMrr one = decision_mrr(book, rest);
    if (one.after.customers == mrr.after.customers && one.mirror.customers == mrr.mirror.customers) continue;
    replicates.push_back(one.net.value);
  }
  const Jackknife expected = jackknife(mrr.net.value, replicates);
  ASSERT_TRUE(expected.std_error && mrr.net.error.std_error);
  EXPECT_EQ(mrr.net.error.groups, replicates.size());
  EXPECT_NEAR(*mrr.net.error.std_error, *expected.std_error, 1e-9);
  EXPECT_LE(mrr.change_low->ticks(), mrr.change->ticks());
  EXPECT_LE(mrr.change->ticks(), mrr.change_high->ticks());
}

TEST(DecisionMrr, where_it_can_not_be_told_it_says_why) {
  const auto why_not = [](const CustomerSentences& customers, std::string_view effective) {
    return decision_mrr(book_as_of("2024-06-01", customers), {.effective_on = day(effective)}).why_not;
  };
  EXPECT_THAT(why_not(some_customers(), "2024-06-01"), HasSubstr("the book ends before"));
  EXPECT_THAT(why_not(some_customers(), "2024-05-31"),
              HasSubstr("Nobody has come to an affected renewal yet"));
  EXPECT_THAT(why_not(some_customers(), "2023-06-01"), HasSubstr("Records do not reach back to"));
  EXPECT_THAT(why_not({a_customer("ann").on("p").from("2024-03-20"),
                       a_customer("old").on("p").yearly().from("2023-12-25")},
                      "2024-04-01"),
              HasSubstr("Nobody came to a renewal in the window before"));
  const Book several = book_as_of("2024-06-01", {a_customer("ann").on("p").from("2023-06-20"),
                                                 a_customer("bob").on("p").in("EUR").from("2023-06-20")});
  const DecisionMrr mrr = decision_mrr(several, {.effective_on = day("2024-04-01")});
  EXPECT_THAT(mrr.why_not, HasSubstr("several currencies"));
  EXPECT_EQ(mrr.after.customers, 2);
  EXPECT_FALSE(mrr.net.value || mrr.change || mrr.currency);
  EXPECT_THAT(
      decision_mrr(Book::build({}, day("2024-06-01")).book, {.effective_on = day("2024-04-01")}).why_not,
      HasSubstr("Nobody has come to an affected renewal yet"));
}

TEST(DecisionMrr, its_windows_end_before_their_last_day_and_need_records_of_an_eve) {
  const Book book = book_as_of(
      "2024-06-01", {a_customer("gus").on("p").at("60.00").from("2023-06-03").until("2024-05-03")});
  const auto asked = [&](std::string_view until, std::string_view from = "2023-06-03") {
    Decision decision{.effective_on = day("2024-04-01")};
    decision.from = day(from);
    decision.until = day(until);
    return decision_mrr(book, decision);
  };
  EXPECT_EQ(asked("2024-04-03").after.customers, 0);  // it renews on the 3rd
  EXPECT_EQ(asked("2024-04-04").after.customers, 1);
  EXPECT_EQ(asked("2024-05-03").after.churned, 0);  // and leaves on the 3rd
  EXPECT_EQ(asked("2024-05-04").after.churned, 1);
  EXPECT_EQ(asked("2024-05-01", "2024-03-01").why_not, "");  // the window before begins on 2 March
  EXPECT_THAT(asked("2024-05-01", "2024-03-02").why_not,
              HasSubstr("Records do not reach back to 2024-03-02"));
}

TEST(DecisionMrr, a_confidence_that_is_none_is_refused) {
  const Book book = book_as_of("2024-06-01", some_customers());
  EXPECT_EQ(error_of([&] { (void)decision_mrr(book, {.effective_on = day("2024-04-01")}, 1); }),
            ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] {
              (void)decision_mrr(book, {.effective_on = day("2024-04-01"), .until = day("2024-03-01")});
            }),
            ErrorCode::bad_period);
}

}  // namespace
}  // namespace churn
