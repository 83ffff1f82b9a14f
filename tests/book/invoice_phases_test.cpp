#include "book/invoice_phases.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/build_invoice.hpp"

namespace churn {
namespace {

using support::A;
using support::day;
using support::months_of;

const Currency usd{"USD"};

Invoice invoice(const char* id, const char* issued_on, std::vector<InvoiceLine> lines,
                InvoiceStatus status = InvoiceStatus::paid) {
  return {.id = InvoiceId{id},
          .customer = CustomerId{"ann"},
          .issued_on = day(issued_on),
          .paid_on = day(issued_on),
          .currency = usd,
          .status = status,
          .subscription = SubscriptionId{"s1"},
          .lines = std::move(lines)};
}

BuiltBook build(const std::vector<Invoice>& invoices, const Conventions& conventions = {},
                const char* as_of = "2024-12-01") {
  Records records;
  for (const Invoice& one : invoices) records.add(one);
  return Book::build(records, day(as_of), conventions);
}

/// The changes of ann's MRR.
std::string life(const Book& book) { return support::life_of(book); }
std::string life(const std::vector<Invoice>& invoices, const Conventions& conventions = {},
                 const char* as_of = "2024-12-01") {
  return life(build(invoices, conventions, as_of).book);
}

Conventions dropped_after(std::int32_t days) {
  Conventions conventions;
  conventions.book.past_due = PastDuePolicy::dropped_after_days;
  conventions.book.past_due_days = days;
  return conventions;
}

// ---- Worth

TEST(InvoicePhases, a_line_is_worth_its_price_on_the_days_it_is_for) {
  EXPECT_EQ(
      life({invoice("i1", "2024-01-15", {A::charge("pro", "50.00").from("2024-01-15").until("2024-02-15")}),
            invoice("i2", "2024-02-15", {A::charge("pro", "50.00").from("2024-02-15").until("2024-03-15")})}),
      "2024-01-15 50.00, 2024-03-15 absent");
}

TEST(InvoicePhases, an_annual_line_covers_its_year) {
  EXPECT_EQ(life({invoice("i1", "2024-01-10",
                          {A::charge("gold", "1200.00").from("2024-01-10").until("2025-01-10")})},
                 {}, "2025-06-01"),
            "2024-01-10 100.00, 2025-01-10 absent");
}

TEST(InvoicePhases, cycles_are_read_from_periods_by_the_anchor_rule) {
  const auto mrr = [](const char* from, const char* until) {
    return life({invoice("i1", from, {A::charge("pro", "84.00").from(from).until(until)})}, {}, "2024-02-01");
  };
  EXPECT_EQ(mrr("2024-01-31", "2024-02-29"), "2024-01-31 84.00") << "a month";
  EXPECT_EQ(mrr("2024-01-01", "2024-04-01"), "2024-01-01 28.00") << "a quarter";
  EXPECT_EQ(mrr("2024-01-01", "2024-07-01"), "2024-01-01 14.00") << "half a year";
  EXPECT_EQ(mrr("2024-01-01", "2026-01-01"), "2024-01-01 3.50") << "two years";
  EXPECT_EQ(mrr("2024-01-01", "2024-01-15"), "2024-01-01 182.00, 2024-01-15 absent")
      << "two weeks: 84 x 26 / 12";
  EXPECT_EQ(mrr("2024-01-01", "2024-01-11"), "2024-01-01 255.50, 2024-01-11 absent")
      << "ten days: 84 x 36.5 / 12";
}

TEST(InvoicePhases, months_of_what_began_on_the_31st_are_months_in_february_too) {
  // A line from 29 February to 31 March had been 31 days, worth 19.62 a month.
  EXPECT_EQ(
      life({invoice("i1", "2024-01-31", {A::charge("pro", "20.00").from("2024-01-31").until("2024-02-29")}),
            invoice("i2", "2024-02-29", {A::charge("pro", "20.00").from("2024-02-29").until("2024-03-31")}),
            invoice("i3", "2024-03-31", {A::charge("pro", "20.00").from("2024-03-31").until("2024-04-30")}),
            invoice("i4", "2024-04-30",
                    {A::charge("pro", "20.00").monthly().from("2024-04-30").until("2024-05-31")})}),
      "2024-01-31 20.00, 2024-05-31 absent");
}

TEST(InvoicePhases, several_cycles_in_one_line_are_worth_one_each) {
  EXPECT_EQ(life({invoice("i1", "2024-01-01",
                          {A::charge("pro", "150.00").monthly().from("2024-01-01").until("2024-04-01")})}),
            "2024-01-01 50.00, 2024-04-01 absent");
}

TEST(InvoicePhases, a_part_of_a_cycle_is_scaled_to_the_whole) {
  // A first charge up to the first of the month: 25.00 for 16 of the 31 days of March.
  EXPECT_EQ(
      life({invoice("i1", "2024-03-16",
                    {A::charge("pro", "25.00").monthly().from("2024-03-16").until("2024-04-01")}),
            invoice("i2", "2024-04-01", {A::charge("pro", "50.00").from("2024-04-01").until("2024-05-01")})}),
      "2024-03-16 48.44, 2024-04-01 50.00, 2024-05-01 absent");
}

TEST(InvoicePhases, price_times_quantity_goes_before_what_was_charged) {
  EXPECT_EQ(
      life({invoice(
          "i1", "2024-03-16",
          {A::charge("pro", "25.00").of(1, "50.00").monthly().from("2024-03-16").until("2024-04-01")})}),
      "2024-03-16 50.00, 2024-04-01 absent");
}

TEST(InvoicePhases, what_a_whole_cycle_costs_less_than_its_price_is_a_discount) {
  const std::vector<Invoice> invoices{invoice(
      "i1", "2024-01-01", {A::charge("pro", "90.00").of(2, "50.00").from("2024-01-01").until("2024-02-01")})};
  EXPECT_EQ(life(invoices), "2024-01-01 90.00, 2024-02-01 absent");
  Conventions none;
  none.book.discounts = DiscountPolicy::none;
  EXPECT_EQ(life(invoices, none), "2024-01-01 100.00, 2024-02-01 absent");
}

// ---- Several lines

TEST(InvoicePhases, a_seat_added_within_the_month_counts_with_its_price) {
  const auto added = [](InvoiceLine seat) {
    return life({invoice("i1", "2024-06-01",
                         {A::charge("pro", "10.00").of(1, "10.00").from("2024-06-01").until("2024-07-01")}),
                 invoice("i2", "2024-06-16", {std::move(seat)}),
                 invoice("i3", "2024-07-01",
                         {A::charge("pro", "20.00").of(2, "10.00").from("2024-07-01").until("2024-08-01")})});
  };
  EXPECT_EQ(added(A::proration("pro", "5.00").from("2024-06-16").until("2024-07-01")),
            "2024-06-01 10.00, 2024-06-16 20.00, 2024-08-01 absent")
      << "5.00 for 15 of 30 days: + 10.00, not + 5.00";
  EXPECT_EQ(added(A::proration("pro", "5.00").of(1, "10.00").from("2024-06-16").until("2024-07-01")),
            "2024-06-01 10.00, 2024-06-16 20.00, 2024-08-01 absent");
}

TEST(InvoicePhases, a_change_of_plan_is_a_credit_and_a_charge_from_its_day_on) {
  const auto changed = [](InvoiceLine credit) {
    return build(
               {invoice("i1", "2024-03-01",
                        {A::charge("basic", "50.00").of(1, "50.00").from("2024-03-01").until("2024-04-01")}),
                invoice("i2", "2024-03-16",
                        {std::move(credit),
                         A::proration("pro", "41.29").of(1, "80.00").from("2024-03-16").until("2024-04-01")}),
                invoice("i3", "2024-04-01",
                        {A::charge("pro", "80.00").of(1, "80.00").from("2024-04-01").until("2024-05-01")})})
        .book;
  };
  const Book with_price =
      changed(A::proration("basic", "-25.81").of(1, "50.00").from("2024-03-16").until("2024-04-01"));
  EXPECT_EQ(life(with_price), "2024-03-01 50.00, 2024-03-16 80.00, 2024-05-01 absent");
  EXPECT_EQ(life(changed(A::proration("basic", "-25.81").from("2024-03-16").until("2024-04-01"))),
            "2024-03-01 50.00, 2024-03-16 80.00, 2024-05-01 absent")
      << "Without a price it is for all that was there.";
  // One subscription throughout: by plan 50 moves, 30 is growth.
  const MovementCube cube = MovementCube::fold(with_price, months_of("2024-03-01", "2024-05-01"), by::plan);
  EXPECT_EQ(cube.at(cube.segment({"pro"}), 0).closing_customers, 1);
  const SubscriptionCube subscriptions =
      fold_subscriptions(with_price, months_of("2024-04-01", "2024-05-01"), {}, {});
  EXPECT_EQ(subscriptions.at(0, 0).opening_subscriptions, 1);
}

TEST(InvoicePhases, seats_taken_away_are_a_credit_of_so_many) {
  EXPECT_EQ(
      life({invoice("i1", "2024-06-01",
                    {A::charge("pro", "30.00").of(3, "10.00").from("2024-06-01").until("2024-07-01")}),
            invoice("i2", "2024-06-16",
                    {A::proration("pro", "-5.00").of(1, "10.00").from("2024-06-16").until("2024-07-01")})}),
      "2024-06-01 30.00, 2024-06-16 20.00, 2024-07-01 absent");
}

TEST(InvoicePhases, a_discount_and_a_credit_that_leave_nothing_end_the_subscription_and_its_days_of_grace) {
  // 30.00 less 29.00 of discount, and a seat of 10.00 taken back: it had counted as 20.00 less 29.00, a free
  // customer, and had come back for 1.00 once the credit's days were over.
  const std::vector<Invoice> invoices{
      invoice("i1", "2024-01-20",
              {A::charge("pro", "1.00").of(3, "10.00").from("2024-01-20").until("2024-02-20")}),
      invoice("i2", "2024-02-10",
              {A::proration("pro", "-0.50").of(1, "10.00").from("2024-02-10").until("2024-02-20")})};
  Conventions grace;
  grace.book.past_due = PastDuePolicy::dropped_after_days;
  grace.book.past_due_days = 14;
  EXPECT_EQ(life(invoices, grace), "2024-01-20 1.00, 2024-02-10 absent");
  grace.book.discounts = DiscountPolicy::none;
  EXPECT_EQ(life(invoices, grace), "2024-01-20 30.00, 2024-02-10 20.00, 2024-02-20 30.00, 2024-03-05 absent")
      << "Without discounts 20.00 are left, which wait for a renewal; the credit was for its own days.";
}

TEST(InvoicePhases, two_invoices_for_one_period_do_not_double) {
  const InvoiceLine line = A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01");
  EXPECT_EQ(life({invoice("i1", "2024-01-01", {line}), invoice("i2", "2024-01-03", {line})}),
            "2024-01-01 50.00, 2024-02-01 absent");
  EXPECT_EQ(
      life({invoice("i1", "2024-01-01", {line}, InvoiceStatus::void_),
            invoice("i2", "2024-01-03", {A::charge("pro", "40.00").from("2024-01-01").until("2024-02-01")})}),
      "2024-01-01 40.00, 2024-02-01 absent")
      << "The first was void.";
}

TEST(InvoicePhases, tiers_of_one_invoice_add_up_and_the_same_line_twice_counts_once) {
  const InvoiceLine first = A::charge("api", "30.00").from("2024-01-01").until("2024-02-01");
  const InvoiceLine second = A::charge("api", "12.00").from("2024-01-01").until("2024-02-01");
  EXPECT_EQ(life({invoice("i1", "2024-01-01", {first, second})}), "2024-01-01 42.00, 2024-02-01 absent");
  const auto [book, rejections] = build({invoice("i1", "2024-01-01", {first, first})});
  EXPECT_EQ(life(book), "2024-01-01 30.00, 2024-02-01 absent");
  EXPECT_EQ(rejections.count(RejectionCode::duplicate_row), 1U);
}

TEST(InvoicePhases, plans_that_are_paid_at_once_add_up_as_subscriptions_of_their_own) {
  const Book book = build({invoice("i1", "2024-01-01",
                                   {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01"),
                                    A::charge("addon", "7.00").from("2024-01-01").until("2024-02-01")})})
                        .book;
  EXPECT_EQ(life(book), "2024-01-01 57.00, 2024-02-01 absent");
  std::vector<std::string> ids;
  for (const Explanation& e :
       explain(book, months_of("2024-02-01", "2024-03-01"), {}, {}, 0, Movement::churn, {}))
    ids.push_back(e.record);
  EXPECT_EQ(ids, std::vector<std::string>{"invoices row 1 (s1/pro); invoices row 1 (s1/addon)"});
}

// ---- Renewals

TEST(InvoicePhases, a_renewal_that_is_late_by_less_than_a_cycle_is_bridged) {
  const auto renewed_on = [](const char* from, const char* until, const Conventions& conventions = {}) {
    return life(
        {invoice("i1", "2024-01-01", {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01")}),
         invoice("i2", from, {A::charge("pro", "50.00").from(from).until(until)})},
        conventions);
  };
  EXPECT_EQ(renewed_on("2024-02-05", "2024-03-05"), "2024-01-01 50.00, 2024-03-05 absent");
  EXPECT_EQ(renewed_on("2024-02-29", "2024-03-29"), "2024-01-01 50.00, 2024-03-29 absent");
  EXPECT_EQ(renewed_on("2024-03-01", "2024-04-01"),
            "2024-01-01 50.00, 2024-02-01 absent, 2024-03-01 50.00, 2024-04-01 absent")
      << "A whole cycle without service is a return.";
  EXPECT_EQ(renewed_on("2024-02-05", "2024-03-05", dropped_after(2)),
            "2024-01-01 50.00, 2024-02-03 absent, 2024-02-05 50.00, 2024-03-07 absent");
  EXPECT_EQ(renewed_on("2024-04-01", "2024-05-01", dropped_after(90)), "2024-01-01 50.00, 2024-07-30 absent");
}

TEST(InvoicePhases, a_missing_renewal_ends_with_the_service_or_with_the_days_of_grace) {
  const std::vector<Invoice> last{
      invoice("i1", "2024-01-01", {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01")})};
  EXPECT_EQ(life(last), "2024-01-01 50.00, 2024-02-01 absent");
  EXPECT_EQ(life(last, dropped_after(30)), "2024-01-01 50.00, 2024-03-02 absent");
  EXPECT_EQ(life(last, dropped_after(30), "2024-02-10"), "2024-01-01 50.00") << "Not known yet.";
}

TEST(InvoicePhases, what_a_credit_has_ended_is_not_waited_for) {
  const auto ended = [](InvoiceLine credit) {
    return life(
        {invoice("i1", "2024-01-01",
                 {A::charge("gold", "1200.00").of(1, "1200.00").from("2024-01-01").until("2025-01-01")}),
         invoice("i2", "2024-03-01", {std::move(credit)})},
        dropped_after(30), "2025-06-01");
  };
  EXPECT_EQ(ended(A::proration("gold", "-1003.28").from("2024-03-01").until("2025-01-01")),
            "2024-01-01 100.00, 2024-03-01 absent");
  EXPECT_EQ(ended(A::proration("gold", "-1003.28").of(1, "1200.00").from("2024-03-01").until("2025-01-01")),
            "2024-01-01 100.00, 2024-03-01 absent");
}

TEST(InvoicePhases, another_plan_at_the_end_is_the_renewal) {
  EXPECT_EQ(
      life({invoice("i1", "2024-01-01", {A::charge("basic", "50.00").from("2024-01-01").until("2024-02-01")}),
            invoice("i2", "2024-02-01", {A::charge("pro", "80.00").from("2024-02-01").until("2024-03-01")})},
           dropped_after(10)),
      "2024-01-01 50.00, 2024-02-01 80.00, 2024-03-11 absent");
}

TEST(InvoicePhases, an_invoice_that_is_overdue_drops_its_subscription) {
  Invoice open =
      invoice("i2", "2024-02-01", {A::charge("pro", "50.00").from("2024-02-01").until("2024-03-01")},
              InvoiceStatus::open);
  open.paid_on.reset();
  const std::vector<Invoice> invoices{
      invoice("i1", "2024-01-01", {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01")}), open};
  EXPECT_EQ(life(invoices), "2024-01-01 50.00, 2024-03-01 absent");
  EXPECT_EQ(life(invoices, dropped_after(10)), "2024-01-01 50.00, 2024-02-11 absent");
}

TEST(InvoicePhases, what_is_paid_up_to_as_of_or_beyond_is_no_scheduled_end) {
  const Book book =
      build({invoice("i1", "2024-11-15", {A::charge("pro", "50.00").from("2024-11-15").until("2024-12-15")})})
          .book;
  EXPECT_TRUE(scheduled_ends(book).empty());
}

// ---- What is left out

TEST(InvoicePhases, credit_notes_one_time_lines_and_drafts_leave_mrr_alone) {
  const auto [book, rejections] =
      build({invoice("i1", "2024-01-01",
                     {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01"),
                      A::once("set-up", "500.00")}),
             invoice("i2", "2024-01-20", {A::charge("pro", "-50.00").from("2024-01-01").until("2024-02-01")}),
             invoice("i3", "2024-02-01", {A::charge("pro", "50.00").from("2024-02-01").until("2024-03-01")},
                     InvoiceStatus::draft)});
  EXPECT_EQ(life(book), "2024-01-01 50.00, 2024-02-01 absent");
  EXPECT_EQ(rejections.count(RejectionCode::negative_amount), 1U);
  EXPECT_EQ(rejections.rejected(), 0U);
}

TEST(InvoicePhases, usage_counts_where_the_conventions_say_so) {
  const std::vector<Invoice> invoices{
      invoice("i1", "2024-01-01", {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01")}),
      invoice("i2", "2024-02-01",
              {A::charge("pro", "50.00").from("2024-02-01").until("2024-03-01"),
               A::usage("pro", "8.00").from("2024-01-01").until("2024-02-01")})};
  EXPECT_EQ(life(invoices), "2024-01-01 50.00, 2024-03-01 absent");
  Conventions counted;
  counted.book.usage = UsagePolicy::counted;
  EXPECT_EQ(life(invoices, counted), "2024-01-01 58.00, 2024-02-01 50.00, 2024-03-01 absent");
}

TEST(InvoicePhases, lines_that_cannot_be_used_are_rejected_with_a_reason) {
  const auto code = [](InvoiceLine line) {
    const auto [book, rejections] = build({invoice("i1", "2024-01-01", {std::move(line)})});
    EXPECT_EQ(book.timeline().day.size(), 0U);
    return rejections.entries().empty() ? "" : std::string(rejection_name(rejections.entries()[0].code));
  };
  EXPECT_EQ(code(A::charge("pro", "50.00")), "no_service_period");
  EXPECT_EQ(code(A::charge("pro", "50.00").from("2024-01-01")), "no_service_period");
  EXPECT_EQ(code(A::charge("pro", "50.00").from("2024-01-01").until("2024-01-01")), "ends_before_start");
  EXPECT_EQ(code(A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01").of(-1, "50.00")),
            "negative_quantity");
  EXPECT_EQ(
      code(A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01").every(0, BillingInterval::month)),
      "bad_interval_count");
  EXPECT_EQ(code(A::proration("pro", "5.00").from("2024-01-16").until("2024-02-01")), "no_interval");
}

TEST(InvoicePhases, a_book_of_both_sources_says_which_it_used) {
  Records records = support::records_of({support::a_customer("ann").on("pro").at("10.00")});
  records.add(
      invoice("i1", "2024-01-01", {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01")}));
  const auto mrr = [&](RevenueSource source) {
    Conventions conventions;
    conventions.book.source = source;
    const Book book = Book::build(records, day("2024-01-20"), conventions).book;
    return support::mrr_on(book, "ann", "2024-01-10") +
           (book.revenue_source() == RevenueSource::invoices ? " by invoices" : " by subscriptions");
  };
  EXPECT_EQ(mrr(RevenueSource::automatic), "10.00 by subscriptions");
  EXPECT_EQ(mrr(RevenueSource::subscriptions), "10.00 by subscriptions");
  EXPECT_EQ(mrr(RevenueSource::invoices), "50.00 by invoices");
}

TEST(InvoicePhases, lines_without_a_subscription_are_of_one_called_like_the_customer) {
  Invoice first =
      invoice("i1", "2024-01-01", {A::charge("gold", "1200.00").from("2024-01-01").until("2025-01-01")});
  Invoice second =
      invoice("i2", "2024-06-01", {A::charge("gold", "1200.00").from("2024-06-01").until("2025-06-01")});
  first.subscription.reset();
  second.subscription.reset();
  EXPECT_EQ(life({first, second}), "2024-01-01 100.00") << "Subscribed anew: 100, never 200.";
}

TEST(InvoicePhases, the_order_of_invoices_changes_nothing) {
  std::vector<Invoice> invoices{
      invoice("i1", "2024-01-01", {A::charge("pro", "50.00").from("2024-01-01").until("2024-02-01")}),
      invoice("i2", "2024-02-01", {A::charge("pro", "55.00").from("2024-02-01").until("2024-03-01")}),
      invoice("i3", "2024-02-10", {A::proration("pro", "10.00").from("2024-02-10").until("2024-03-01")})};
  const std::string in_order = life(invoices);
  std::reverse(invoices.begin(), invoices.end());
  EXPECT_EQ(life(invoices), in_order);
}

}  // namespace
}  // namespace churn
