#include "book/past_due.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::mrr_on;

/// An invoice of customer ann, for her subscription ann/1 unless said otherwise.
Invoice invoice(const char* id, const char* issued_on, InvoiceStatus status,
                std::optional<const char*> paid_on = {}, std::optional<const char*> subscription = "ann/1") {
  Invoice made{.id = InvoiceId{id},
               .customer = CustomerId{"ann"},
               .issued_on = day(issued_on),
               .currency = Currency{"USD"},
               .status = status};
  if (paid_on) made.paid_on = day(*paid_on);
  if (subscription) made.subscription = SubscriptionId{*subscription};
  return made;
}

Conventions dropped_after(std::int32_t days) {
  Conventions conventions;
  conventions.book.past_due = PastDuePolicy::dropped_after_days;
  conventions.book.past_due_days = days;
  return conventions;
}
Conventions dropped_when_exhausted() {
  Conventions conventions;
  conventions.book.past_due = PastDuePolicy::dropped_when_exhausted;
  return conventions;
}

/// Ann pays 10.00 a month from January on, for one plan or two.
Book book_with(const std::vector<Invoice>& invoices, const Conventions& conventions, bool two_plans = false,
               const char* as_of = "2024-07-01") {
  auto ann = a_customer("ann").on("pro");
  if (two_plans) ann = ann.on("addon").at("5.00");
  Records records = support::records_of({ann});
  for (const Invoice& one : invoices) records.add(one);
  return Book::build(records, day(as_of), conventions).book;
}

/// The changes of ann's MRR.
std::string life(const Book& book) { return support::life_of(book); }

TEST(PastDue, counts_until_it_is_cancelled_by_default) {
  EXPECT_EQ(life(book_with({invoice("i1", "2024-02-01", InvoiceStatus::open)}, {})), "2024-01-01 10.00");
}

TEST(PastDue, drops_a_subscription_so_many_days_after_the_due_day) {
  // Issued on 1 February, due on 15 February: 30 days later is 16 March.
  Invoice due = invoice("i1", "2024-02-01", InvoiceStatus::open);
  due.due_on = day("2024-02-15");
  EXPECT_EQ(life(book_with({due}, dropped_after(30))), "2024-01-01 10.00, 2024-03-16 absent");
  due.due_on.reset();
  EXPECT_EQ(life(book_with({due}, dropped_after(30))), "2024-01-01 10.00, 2024-03-02 absent")
      << "Without a due day it is due when it is issued.";
  EXPECT_EQ(life(book_with({due}, dropped_after(0))), "2024-01-01 10.00, 2024-02-01 absent");
}

TEST(PastDue, a_subscription_counts_again_from_the_day_of_payment) {
  const auto paid_on = [](const char* on) {
    return life(book_with({invoice("i1", "2024-02-01", InvoiceStatus::paid, on)}, dropped_after(10)));
  };
  EXPECT_EQ(paid_on("2024-02-11"), "2024-01-01 10.00") << "On the very day on which it would have dropped.";
  EXPECT_EQ(paid_on("2024-02-12"), "2024-01-01 10.00, 2024-02-11 absent, 2024-02-12 10.00");
  EXPECT_EQ(paid_on("2024-04-01"), "2024-01-01 10.00, 2024-02-11 absent, 2024-04-01 10.00");
}

TEST(PastDue, what_is_paid_on_or_after_as_of_is_open) {
  const std::vector<Invoice> paid{invoice("i1", "2024-02-01", InvoiceStatus::paid, "2024-07-01")};
  EXPECT_EQ(life(book_with(paid, dropped_after(10))), "2024-01-01 10.00, 2024-02-11 absent");
  EXPECT_EQ(life(book_with(paid, dropped_after(10), false, "2024-07-02")),
            "2024-01-01 10.00, 2024-02-11 absent, 2024-07-01 10.00");
}

TEST(PastDue, a_later_invoice_that_is_paid_ends_the_debt_of_an_earlier_one) {
  EXPECT_EQ(life(book_with({invoice("i1", "2024-02-01", InvoiceStatus::uncollectible),
                            invoice("i2", "2024-03-01", InvoiceStatus::paid, "2024-03-05")},
                           dropped_after(10))),
            "2024-01-01 10.00, 2024-02-11 absent, 2024-03-05 10.00");
  EXPECT_EQ(life(book_with({invoice("i1", "2024-02-01", InvoiceStatus::paid, "2024-02-01"),
                            invoice("i2", "2024-03-01", InvoiceStatus::open)},
                           dropped_after(10))),
            "2024-01-01 10.00, 2024-03-11 absent")
      << "An earlier one does not.";
}

TEST(PastDue, drafts_void_invoices_and_those_over_nothing_are_no_claims) {
  Invoice credit = invoice("i1", "2024-02-01", InvoiceStatus::open);
  credit.lines = {{.plan = "pro", .amount = Money{1000, Currency{"USD"}}},
                  {.plan = "pro", .amount = Money{-1000, Currency{"USD"}}}};
  for (const Invoice& none : {invoice("i1", "2024-02-01", InvoiceStatus::draft),
                              invoice("i1", "2024-02-01", InvoiceStatus::void_), credit})
    EXPECT_EQ(life(book_with({none}, dropped_after(10))), "2024-01-01 10.00");
  credit.lines.pop_back();
  EXPECT_EQ(life(book_with({credit}, dropped_after(10))), "2024-01-01 10.00, 2024-02-11 absent");
}

TEST(PastDue, an_invoice_is_about_the_subscriptions_that_it_names_or_all) {
  const auto open = [](std::optional<const char*> subscription) {
    return invoice("i1", "2024-02-01", InvoiceStatus::open, {}, subscription);
  };
  EXPECT_EQ(life(book_with({open("ann/1")}, dropped_after(10), true)), "2024-01-01 15.00, 2024-02-11 5.00");
  EXPECT_EQ(life(book_with({open("ann/2")}, dropped_after(10), true)), "2024-01-01 15.00, 2024-02-11 10.00");
  EXPECT_EQ(life(book_with({open("other")}, dropped_after(10), true)), "2024-01-01 15.00");
  EXPECT_EQ(life(book_with({open({})}, dropped_after(10), true)), "2024-01-01 15.00, 2024-02-11 absent");
  Invoice by_line = open({});
  by_line.lines = {
      {.subscription = SubscriptionId{"ann/2"}, .plan = "addon", .amount = Money{500, Currency{"USD"}}}};
  EXPECT_EQ(life(book_with({by_line}, dropped_after(10), true)), "2024-01-01 15.00, 2024-02-11 10.00");
  // A payment that names no subscription is one for each of them.
  EXPECT_EQ(
      life(book_with({open("ann/1"), invoice("i2", "2024-03-01", InvoiceStatus::paid, "2024-03-01", {})},
                     dropped_after(10), true)),
      "2024-01-01 15.00, 2024-02-11 5.00, 2024-03-01 15.00");
}

TEST(PastDue, collecting_is_given_up_on_the_day_of_the_last_attempt) {
  Invoice lost = invoice("i1", "2024-02-01", InvoiceStatus::uncollectible);
  EXPECT_EQ(life(book_with({lost}, dropped_when_exhausted())), "2024-01-01 10.00, 2024-02-01 absent")
      << "Without any attempt, when it was due.";
  for (const char* at : {"2024-02-02T10:00:00Z", "2024-02-20T10:00:00Z", "2024-02-09T10:00:00Z"})
    lost.payments.push_back({Timestamp::parse(at).value(), PaymentStatus::failed});
  EXPECT_EQ(life(book_with({lost}, dropped_when_exhausted())), "2024-01-01 10.00, 2024-02-20 absent");
  lost.status = InvoiceStatus::open;
  EXPECT_EQ(life(book_with({lost}, dropped_when_exhausted())), "2024-01-01 10.00") << "They still try.";
}

TEST(PastDue, attempts_become_days_through_the_zone_of_the_book) {
  Invoice lost = invoice("i1", "2024-02-01", InvoiceStatus::uncollectible);
  lost.payments.push_back({Timestamp::parse("2024-02-20T02:00:00Z").value(), PaymentStatus::failed});
  Conventions new_york = dropped_when_exhausted();
  new_york.book.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"};
  EXPECT_EQ(life(book_with({lost}, new_york)), "2024-01-01 10.00, 2024-02-19 absent");
}

TEST(PastDue, invoices_of_one_id_count_once_or_not_at_all) {
  const Invoice open = invoice("i1", "2024-02-01", InvoiceStatus::open);
  EXPECT_EQ(life(book_with({open, open}, dropped_after(10))), "2024-01-01 10.00, 2024-02-11 absent");
  EXPECT_EQ(life(book_with({open, invoice("i1", "2024-02-01", InvoiceStatus::paid, "2024-02-02")},
                           dropped_after(10))),
            "2024-01-01 10.00")
      << "They contradict each other.";
}

TEST(PastDue, the_debts_of_merged_accounts_are_those_of_one_customer) {
  Records records =
      support::records_of({a_customer("ann").on("pro", "s1"), a_customer("old ann").merged_into("ann")});
  Invoice open = invoice("i1", "2024-02-01", InvoiceStatus::open, {}, "s1");
  open.customer = CustomerId{"old ann"};
  records.add(open);
  const Book book = Book::build(records, day("2024-07-01"), dropped_after(10)).book;
  EXPECT_EQ(mrr_on(book, "ann", "2024-02-10"), "10.00");
  EXPECT_EQ(mrr_on(book, "ann", "2024-02-11"), "absent");
}

TEST(PastDue, a_debt_is_a_departure_and_its_payment_a_return) {
  const Book book =
      book_with({invoice("i1", "2024-02-01", InvoiceStatus::paid, "2024-04-10")}, dropped_after(10));
  const MovementCube cube = MovementCube::fold(book, support::months_of("2024-01-01", "2024-05-01"));
  EXPECT_EQ(cube.at(0, 1).churned_customers, 1);
  EXPECT_EQ(cube.at(0, 3).reactivated_customers, 1);
  EXPECT_TRUE(closes(cube));
}

}  // namespace
}  // namespace churn
