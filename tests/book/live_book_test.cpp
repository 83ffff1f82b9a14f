#include <churn/book/live_book.hpp>

#include <churn/cube/live_cube.hpp>
#include <churn/cube/movement_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "book/live_state.hpp"
#include "support/billing_system.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;
using support::error_of;

Subscription subscription(const std::string& id, const std::string& customer, std::string_view from,
                          const std::string& plan = "pro") {
  return {SubscriptionId{id},
          CustomerId{customer},
          {Phase{.plan = plan,
                 .starts_on = day(from),
                 .ends_on = std::nullopt,
                 .price = {Decimal{10}, Currency{"USD"}}}}};
}

/// Customers with a state on a day, by id.
std::vector<std::string> present_on(const Book& book, std::string_view on) {
  std::vector<std::string> ids;
  for (const CustomerIndex customer : book.customers_by_id())
    if (book.balance_on(customer, day(on)).present) ids.push_back(book.customer_id(customer).text());
  return ids;
}
using Ids = std::vector<std::string>;

// ---- Book::apply

/// Rejections but for rows, which are counted in the changes.
std::vector<std::pair<RejectionCode, std::string>> without_rows(const Rejections& rejections) {
  std::vector<std::pair<RejectionCode, std::string>> found;
  for (const Rejection& rejection : rejections.entries())
    if (rejection.code != RejectionCode::duplicate_row) found.emplace_back(rejection.code, rejection.reason);
  std::sort(found.begin(), found.end());
  return found;
}

RC_GTEST_PROP(BookApply, gives_the_book_of_the_changed_records, ()) {
  const support::RandomCase random = support::draw_case();
  const Conventions conventions = support::to_conventions(random.rules);
  support::BillingSystem system{random.book};
  const Date today = Date::from_days(support::first_day + support::draw(0, 200));
  const Date next = today + std::chrono::days{support::draw(0, 100)};
  const Changes changes = support::draw_changes(system, 5);
  RC_LOG() << support::describe(random.book, random.rules);

  const Book before = Book::build(system.records(), today, conventions).book;
  const BuiltBook applied = before.apply(changes, next);
  system.apply(changes);
  const BuiltBook built = Book::build(system.records(), next, conventions);
  RC_ASSERT(applied.book.as_of() == next);
  RC_ASSERT(applied.book.customer_count() == built.book.customer_count());
  RC_ASSERT(applied.book.currencies() == built.book.currencies());
  RC_ASSERT(applied.book.records().phase_count() == system.records().phase_count());
  RC_ASSERT(applied.book.records().invoice_count() == system.invoices.size());
  RC_ASSERT(applied.book.records().event_count() == system.events.size());
  RC_ASSERT(without_rows(applied.rejections) == without_rows(built.rejections));
  for (const CustomerIndex customer : built.book.customers_by_id()) {
    const auto same = applied.book.find(built.book.customer_id(customer));
    RC_ASSERT(same.has_value());
    RC_ASSERT(applied.book.first_present_on(*same) == built.book.first_present_on(customer));
    RC_ASSERT(applied.book.signed_up_on(*same) == built.book.signed_up_on(customer));
    for (Date on = Date::from_days(support::first_day); on < next; on = on + std::chrono::days{1})
      RC_ASSERT(applied.book.balance_on(*same, on) == built.book.balance_on(customer, on));
  }
}

TEST(BookApply, leaves_the_book_that_it_is_asked_of_as_it_was) {
  const Book book = book_as_of("2024-03-01", {a_customer("ann").on("pro")});
  const Book next =
      book.apply({.subscriptions = {subscription("b", "bob", "2024-03-01")}}, day("2024-03-02")).book;
  EXPECT_FALSE(book.find(CustomerId{"bob"}));
  EXPECT_EQ(present_on(next, "2024-03-01"), (Ids{"ann", "bob"}));
}

// ---- What objects say

TEST(LiveBook, a_subscription_takes_the_place_of_all_its_phases) {
  LiveBook live{
      book_as_of("2024-03-01",
                 {a_customer("ann").on("basic", "s").until("2024-02-01").then_on("pro").from("2024-02-01")})};
  live.apply({.subscriptions = {subscription("s", "ann", "2024-02-15")}}, day("2024-03-02"));
  EXPECT_TRUE(present_on(live.book(), "2024-01-15").empty()) << "It was backdated wrongly, and starts later.";
  EXPECT_EQ(present_on(live.book(), "2024-02-15"), Ids{"ann"});
}

TEST(LiveBook, a_subscription_that_moves_leaves_its_customer) {
  LiveBook live{book_as_of("2024-03-01", {a_customer("ann").on("pro", "s")})};
  live.apply({.subscriptions = {subscription("s", "bob", "2024-01-01")}}, day("2024-03-02"));
  EXPECT_EQ(present_on(live.book(), "2024-03-01"), Ids{"bob"});
}

TEST(LiveBook, of_several_objects_of_one_id_the_last_counts) {
  LiveBook live{book_as_of("2024-03-01", {a_customer("ann").on("pro")})};
  live.apply(
      {.subscriptions = {subscription("s", "bob", "2024-01-01"), subscription("s", "cid", "2024-01-01")}},
      day("2024-03-02"));
  EXPECT_EQ(present_on(live.book(), "2024-03-01"), (Ids{"ann", "cid"}));
}

TEST(LiveBook, what_is_removed_and_given_again_is_there) {
  LiveBook live{book_as_of("2024-03-01", {a_customer("ann").on("pro", "s")})};
  live.apply({.subscriptions = {subscription("s", "ann", "2024-02-01")},
              .removed_customers = {CustomerId{"ann"}},
              .removed_subscriptions = {SubscriptionId{"s"}, SubscriptionId{"never there"}}},
             day("2024-03-02"));
  EXPECT_TRUE(present_on(live.book(), "2024-01-15").empty());
  EXPECT_EQ(present_on(live.book(), "2024-03-01"), Ids{"ann"});
}

TEST(LiveBook, accounts_that_are_merged_later_are_one_customer_then) {
  LiveBook live{book_as_of("2024-03-01", {a_customer("ann").on("pro"), a_customer("old").on("pro")})};
  Customer old{.id = CustomerId{"old"}};
  old.merged_into = CustomerId{"ann"};
  live.apply({.customers = {old}}, day("2024-03-02"));
  EXPECT_EQ(present_on(live.book(), "2024-03-01"), Ids{"ann"});
  old.merged_into.reset();
  live.apply({.customers = {old}}, day("2024-03-03"));
  EXPECT_EQ(present_on(live.book(), "2024-03-02"), (Ids{"ann", "old"})) << "And apart again.";
}

TEST(LiveBook, the_same_changes_may_come_twice) {
  LiveBook live{book_as_of("2024-03-01", {a_customer("ann").on("pro")})};
  const Changes changes{.subscriptions = {subscription("s", "bob", "2024-02-01")}};
  live.apply(changes, day("2024-03-02"));
  live.apply(changes, day("2024-03-02"));
  EXPECT_EQ(live.book().records().phase_count(), 2U);
}

TEST(LiveBook, events_are_added_and_go_with_their_customer) {
  LiveBook live{book_as_of("2024-03-01", {a_customer("ann").on("pro")})};
  const Event login{CustomerId{"bob"}, Timestamp::from_seconds(1'709'200'000), "login"};
  live.apply({.events = {login, login}}, day("2024-03-02"));
  EXPECT_EQ(live.book().records().event_count(), 2U);
  EXPECT_TRUE(live.book().find(CustomerId{"bob"})) << "Known by his events alone.";
  live.apply({.events = {login}, .removed_customers = {CustomerId{"bob"}}}, day("2024-03-02"));
  EXPECT_EQ(live.book().records().event_count(), 1U) << "Removals come first.";
}

// ---- The stack

TEST(LiveBook, a_stack_of_changes_stays_low_and_becomes_one_book_at_last) {
  std::vector<support::CustomerSentence> customers;
  for (int i = 0; i < 1000; ++i) customers.push_back(a_customer("c" + std::to_string(i)).on("pro"));
  LiveBook live{book_as_of("2024-03-01", customers)};
  std::size_t highest = 0;
  for (int i = 0; i < 256; ++i) {
    live.apply(
        {.subscriptions = {subscription("new" + std::to_string(i), "new" + std::to_string(i), "2024-02-01")}},
        day("2024-03-01"));
    highest = std::max(highest, live.state()->layers.size());
  }
  EXPECT_LE(highest, 10U) << "One for each power of two, and the base.";
  EXPECT_GT(highest, 2U);
  EXPECT_EQ(present_on(live.book(), "2024-02-29").size(), 1256U);
  EXPECT_EQ(live.state()->layers.size(), 1U);
}

TEST(LiveBook, a_stack_that_is_as_large_as_its_base_becomes_one_book) {
  std::vector<support::CustomerSentence> customers;
  for (int i = 0; i < 2000; ++i) customers.push_back(a_customer("c" + std::to_string(i)).on("pro"));
  LiveBook live{book_as_of("2024-03-01", customers)};
  const auto change = [&](int first, int last) {
    Changes changes;
    for (int i = first; i < last; ++i)
      changes.subscriptions.push_back(
          subscription("new" + std::to_string(i), "c" + std::to_string(i), "2024-02-01"));
    live.apply(changes, day("2024-03-01"));
    return live.state()->layers.size();
  };
  EXPECT_EQ(change(0, 700), 2U);
  EXPECT_EQ(change(700, 1000), 3U) << "What is smaller comes on top.";
  EXPECT_EQ(change(1000, 1500), 1U) << "500 take in 300, both 700, and all of them the 500 that are left.";
  EXPECT_EQ(live.book().records().phase_count(), 3500U);
}

TEST(LiveBook, nothing_is_looked_at_on_a_day_on_which_nothing_happens) {
  LiveBook live{book_as_of("2024-03-01",
                           {a_customer("ann").on("pro").until("2024-03-10"), a_customer("bob").on("pro")})};
  live.apply({}, day("2024-03-10"));
  EXPECT_EQ(live.state()->layers.size(), 1U) << "The 9th is the last day that is known.";
  live.apply({}, day("2024-03-11"));
  EXPECT_EQ(live.state()->layers.size(), 2U);
  EXPECT_EQ(present_on(live.book(), "2024-03-10"), Ids{"bob"});
}

// ---- What changes everyone

TEST(LiveBook, amounts_are_converted_by_the_rate_of_the_day_that_has_come) {
  Records records;
  records.add(subscription("a", "ann", "2024-01-01"));
  records.add(FxRate{day("2024-01-01"), Currency{"USD"}, Decimal{2}});
  Conventions conventions;
  conventions.book.currency = Currency{"EUR"};
  LiveBook live{Book::build(records, day("2024-03-01"), conventions).book};
  const auto ticks = [&] {
    const Book book = live.book();
    return book.balance_on(*book.find(CustomerId{"ann"}), day("2024-02-01")).ticks;
  };
  const std::int64_t before = ticks();
  live.apply({.fx_rates = {{day("2024-03-01"), Currency{"USD"}, Decimal{3}}}}, day("2024-03-01"));
  EXPECT_EQ(ticks(), before) << "The day of the rate is not known yet.";
  live.apply({}, day("2024-03-02"));
  EXPECT_EQ(ticks(), before / 2 * 3);
  live.apply({.fx_rates = {{day("2024-03-01"), Currency{"USD"}, Decimal{4}}}}, day("2024-03-02"));
  EXPECT_EQ(ticks(), before * 2) << "A rate takes the place of that of its day.";
}

TEST(LiveBook, where_subscriptions_come_invoices_are_no_longer_read) {
  Records records;
  Invoice invoice{.id = InvoiceId{"i"},
                  .customer = CustomerId{"ann"},
                  .issued_on = day("2024-01-01"),
                  .currency = Currency{"USD"},
                  .status = InvoiceStatus::paid};
  invoice.lines.push_back({.plan = "pro",
                           .amount = Money::parse("10.00", Currency{"USD"}).value(),
                           .period_start = day("2024-01-01"),
                           .period_end = day("2024-02-01")});
  records.add(invoice);
  LiveBook live{Book::build(records, day("2024-01-10")).book};
  EXPECT_EQ(live.book().revenue_source(), RevenueSource::invoices);
  live.apply({.subscriptions = {subscription("s", "bob", "2024-01-01")}}, day("2024-01-10"));
  EXPECT_EQ(live.book().revenue_source(), RevenueSource::subscriptions);
  EXPECT_EQ(present_on(live.book(), "2024-01-05"), Ids{"bob"});
  live.apply({.removed_subscriptions = {SubscriptionId{"s"}}}, day("2024-01-10"));
  EXPECT_EQ(present_on(live.book(), "2024-01-05"), Ids{"ann"});
}

TEST(LiveBook, invoices_of_two_customers_that_contradict_each_other_still_do_when_one_of_them_changes) {
  Records records;
  for (const char* customer : {"ann", "bob", "cid"})
    records.add(Invoice{.id = InvoiceId{std::string_view{customer} == "cid" ? "another" : "i"},
                        .customer = CustomerId{customer},
                        .issued_on = day("2024-03-01"),
                        .currency = Currency{"USD"},
                        .status = InvoiceStatus::paid,
                        .lines = {{.plan = "pro",
                                   .amount = Money{1000, Currency{"USD"}},
                                   .period_start = day("2024-03-01"),
                                   .period_end = day("2024-04-01")}}});
  const Book book = Book::build(records, day("2024-03-10")).book;
  ASSERT_EQ(present_on(book, "2024-03-05"), std::vector<std::string>{"cid"});
  LiveBook live{book};
  LiveCube cube{live, support::months_of("2024-03-01", "2024-04-01")};
  const Changes renamed{.customers = {{.id = CustomerId{"ann"}, .name = "Ann"}}};
  live.apply(renamed, day("2024-03-11"));
  EXPECT_EQ(cube.cube().at(0, 0).new_customers, 1);
}

}  // namespace
}  // namespace churn
