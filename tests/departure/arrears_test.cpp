#include <churn/departure/arrears.hpp>

#include <churn/io/book_folder.hpp>
#include <churn/io/loaded_book.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "support/build_claim.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::an_invoice_of;
using support::book_with_claims;
using support::Claims;
using support::CustomerSentences;
using support::day;

CustomerSentences ann() { return {a_customer("ann").on("pro")}; }

/// `ann 2 5.00 USD 2024-03-01`: invoices, what is owed, and since when.
std::string in_words(const Arrears& owing) {
  std::string text;
  for (const ArrearsEntry& entry : owing.entries) {
    text += (text.empty() ? "" : "; ") + entry.customer_id.text() + " " + std::to_string(entry.invoices);
    for (const Money& owed : entry.owed)
      text += " " + owed.to_string() + " " + std::string(owed.currency().code());
    text += " " + entry.oldest_due_on.to_string();
  }
  return text;
}

std::string of_ann(std::string_view as_of, const Claims& claims, const ArrearsOptions& options = {}) {
  return in_words(arrears(book_with_claims(as_of, ann(), claims), options));
}

TEST(Arrears, an_invoice_is_overdue_from_the_day_after_it_was_due) {
  const Invoice claim = an_invoice_of("ann").issued("2024-03-01").due("2024-03-15").billed("5.00", "1.00");
  EXPECT_EQ(of_ann("2024-03-15", {claim}), "");
  const Arrears owing = arrears(book_with_claims("2024-03-16", ann(), {claim}));
  EXPECT_EQ(in_words(owing), "ann 1 6.00 USD 2024-03-15");
  EXPECT_EQ(owing.entries.front().days_overdue, 1);
  EXPECT_EQ(of_ann("2024-03-02", {an_invoice_of("ann").issued("2024-03-01").billed("5.00")}),
            "ann 1 5.00 USD 2024-03-01")
      << "Without a due day it was due when it was issued.";
}

TEST(Arrears, what_is_paid_is_not_owed_and_what_is_paid_later_still_is) {
  const Invoice claim = an_invoice_of("ann").billed("5.00").failed("2024-03-01").paid("2024-03-10");
  EXPECT_EQ(of_ann("2024-03-10", {claim}), "ann 1 5.00 USD 2024-03-01");
  EXPECT_EQ(of_ann("2024-03-11", {claim}), "");
  EXPECT_EQ(of_ann("2024-03-11", {an_invoice_of("ann").billed("5.00").marked_paid("2024-03-11")}),
            "ann 1 5.00 USD 2024-03-01");
}

TEST(Arrears, parts_and_refunds_change_what_is_owed) {
  EXPECT_EQ(of_ann("2024-07-01", {an_invoice_of("ann").billed("5.00").succeeded("2024-03-02", "2.00")}),
            "ann 1 3.00 USD 2024-03-01");
  EXPECT_EQ(of_ann("2024-07-01", {an_invoice_of("ann")
                                      .billed("5.00")
                                      .succeeded("2024-03-02", "5.00")
                                      .refunded("2024-03-03", "4.00")}),
            "ann 1 4.00 USD 2024-03-01");
  EXPECT_EQ(of_ann("2024-07-01",
                   {an_invoice_of("ann").billed("5.00").paid("2024-03-02").refunded("2024-03-03", "5.00")}),
            "")
      << "A refund of what is paid is no debt.";
}

TEST(Arrears, nobody_owes_more_than_was_billed_whatever_was_refunded) {
  EXPECT_EQ(of_ann("2024-07-01", {an_invoice_of("ann").billed("5.00").refunded("2024-03-03", "5.00")}),
            "ann 1 5.00 USD 2024-03-01")
      << "What went back is of a payment that is not on record.";
  EXPECT_EQ(of_ann("2024-07-01", {an_invoice_of("ann")
                                      .billed("5.00")
                                      .succeeded("2024-03-02", "5.00")
                                      .refunded("2024-03-03", "9.00")}),
            "ann 1 5.00 USD 2024-03-01");
  EXPECT_EQ(of_ann("2024-07-01", {an_invoice_of("ann")
                                      .billed("5.00")
                                      .succeeded("2024-03-02", "2.00")
                                      .refunded("2024-03-03", "-2.00")}),
            "ann 1 5.00 USD 2024-03-01")
      << "Some write refunds below 0.";
}

TEST(Arrears, drafts_and_void_invoices_are_no_debts_and_those_given_up_can_be_left_out) {
  using S = InvoiceStatus;
  for (const S status : {S::draft, S::void_})
    EXPECT_EQ(of_ann("2024-07-01", {an_invoice_of("ann").billed("5.00").is(status)}), "");
  const Claims claims{an_invoice_of("ann", "a").billed("5.00").is(S::uncollectible),
                      an_invoice_of("ann", "b").billed("7.00").due("2024-04-01")};
  const Arrears owing = arrears(book_with_claims("2024-07-01", ann(), claims));
  EXPECT_EQ(in_words(owing), "ann 2 12.00 USD 2024-03-01");
  EXPECT_EQ(owing.entries.front().uncollectible, 1);
  EXPECT_EQ(of_ann("2024-07-01", claims, {.uncollectible = false}), "ann 1 7.00 USD 2024-04-01");
}

TEST(Arrears, of_several_currencies_each_is_owed_by_itself) {
  const Claims claims{an_invoice_of("ann", "a").billed("5.00"),
                      an_invoice_of("ann", "b").in("EUR").billed("7.00"),
                      an_invoice_of("ann", "c").in("EUR").billed("1.00"), an_invoice_of("ann", "d")};
  const Arrears owing = arrears(book_with_claims("2024-07-01", ann(), claims));
  EXPECT_EQ(in_words(owing), "ann 4 8.00 EUR 5.00 USD 2024-03-01");
  EXPECT_EQ(owing.entries.front().without_amount, 1);
  EXPECT_EQ(to_csv(arrears_table(owing)),
            "customer_id,invoices,uncollectible,without_amount,currency,owed,oldest_due_on,days_overdue,"
            "present,mrr,"
            "mrr_currency,reason,last_failed_on\n"
            "ann,4,0,1,EUR,8.00,2024-03-01,122,1,10.00,USD,,\n"
            "ann,4,0,1,USD,5.00,2024-03-01,122,1,10.00,USD,,\n");
  Conventions dollars;
  dollars.book.currency = Currency{"USD"};
  dollars.book.rates = {{Currency{"EUR"}, Decimal::parse("1.10").value()}};
  EXPECT_EQ(in_words(arrears(book_with_claims("2024-07-01", ann(), claims, dollars))),
            "ann 4 13.80 USD 2024-03-01");
}

TEST(Arrears, an_invoice_of_no_known_amount_is_in_the_table_too) {
  const Arrears owing = arrears(book_with_claims("2024-07-01", ann(), {an_invoice_of("ann")}));
  EXPECT_EQ(to_csv(arrears_table(owing, true)),
            "customer_id,invoices,uncollectible,without_amount,currency,owed,oldest_due_on,days_overdue,"
            "present,mrr,"
            "mrr_currency,reason,last_failed_on\n"
            "ann,1,0,1,,,2024-03-01,122,1,4320000,USD,,\n");
  EXPECT_EQ(arrears_sentence(owing),
            "1 customer owes no known amount; 1 of them is still there, with 10.00 USD of MRR.");
}

TEST(Arrears, the_reason_is_that_of_the_last_failure_with_a_code) {
  const Arrears owing = arrears(book_with_claims(
      "2024-07-01", ann(),
      {an_invoice_of("ann", "b").billed("5.00").failed("2024-03-05", "expired_card").failed("2024-03-09"),
       an_invoice_of("ann", "a").billed("5.00").failed("2024-03-02", "insufficient_funds"),
       an_invoice_of("ann", "c")
           .billed("5.00")
           .failed("2024-06-09", "insufficient_funds")
           .paid("2024-06-10")}));
  EXPECT_EQ(owing.entries.front().reason, "card_expired") << "What is paid says nothing.";
  EXPECT_EQ(owing.entries.front().last_failed_on, day("2024-03-09"));
  EXPECT_EQ(arrears(book_with_claims("2024-07-01", ann(),
                                     {an_invoice_of("ann").billed("5.00").failed("2024-03-05", "huh")}))
                .entries.front()
                .reason,
            "other_payment");
}

TEST(Arrears, come_in_order_of_mrr_then_of_what_is_owed_then_of_id) {
  const CustomerSentences customers{a_customer("gone").on("pro").until("2024-05-01").at("99.00"),
                                    a_customer("b").on("pro"),
                                    a_customer("a").on("pro"),
                                    a_customer("c").on("pro"),
                                    a_customer("big").on("pro").at("50.00"),
                                    a_customer("test").who_is_a_test_account(),
                                    a_customer("a2").merged_into("a")};
  Claims claims;
  for (const char* id : {"gone", "b", "a2", "big", "test"})
    claims.push_back(an_invoice_of(id).billed("5.00"));
  claims.push_back(an_invoice_of("c").billed("6.00"));
  const Arrears owing = arrears(book_with_claims("2024-07-01", customers, claims));
  EXPECT_EQ(
      in_words(owing),
      "big 1 5.00 USD 2024-03-01; c 1 6.00 USD 2024-03-01; a 1 5.00 USD 2024-03-01; b 1 5.00 USD 2024-03-01; "
      "gone 1 5.00 USD 2024-03-01");
  EXPECT_TRUE(owing.entries.front().present);
  EXPECT_FALSE(owing.entries.back().present);
  EXPECT_EQ(arrears_sentence(owing),
            "5 customers owe 26.00 USD; 4 of them are still there, with 80.00 USD of MRR.");
}

TEST(Arrears, who_owes_more_comes_first_and_what_is_not_known_is_least) {
  const CustomerSentences customers{a_customer("a").on("pro"), a_customer("b").on("pro"),
                                    a_customer("c").on("pro")};
  const Arrears owing = arrears(book_with_claims(
      "2024-07-01", customers,
      {an_invoice_of("a"), an_invoice_of("b").in("EUR").billed("5.00"),
       an_invoice_of("c", "c1").in("EUR").billed("5.00"), an_invoice_of("c", "c2").billed("7.00")}));
  EXPECT_EQ(in_words(owing), "c 2 5.00 EUR 7.00 USD 2024-03-01; b 1 5.00 EUR 2024-03-01; a 1 2024-03-01");
  EXPECT_EQ(
      arrears_sentence(owing),
      "3 customers owe 10.00 EUR and 7.00 USD, without 1 invoice of no known amount; 3 of them are still "
      "there, with 30.00 USD of MRR.");
}

TEST(Arrears, a_filter_asks_what_customers_were_on_the_last_known_day) {
  const CustomerSentences customers{
      a_customer("ann").on("pro").then_on("team").from("2024-06-30").with("channel", "ads"),
      a_customer("bob").on("pro").with("channel", "web"), a_customer("gone").on("pro").until("2024-05-01")};
  const Book book = book_with_claims(
      "2024-07-01", customers,
      {an_invoice_of("ann").billed("5.00"), an_invoice_of("bob").billed("6.00"), an_invoice_of("gone")});
  const auto kept = [&](const Filter& where) { return in_words(arrears(book, {.where = where})); };
  EXPECT_EQ(kept(attribute("channel") == "ads"), "ann 1 5.00 USD 2024-03-01");
  EXPECT_EQ(kept(by::plan == "pro"), "bob 1 6.00 USD 2024-03-01");
  EXPECT_EQ(kept(by::plan == "team"), "ann 1 5.00 USD 2024-03-01");
  EXPECT_EQ(kept(by::plan == "basic"), "");
}

TEST(Arrears, nobody_owes_anything_in_a_book_without_invoices) {
  const Arrears owing = arrears(book_with_claims("2024-07-01", {}, {}));
  EXPECT_TRUE(owing.entries.empty());
  EXPECT_TRUE(owing.owed().empty());
  EXPECT_EQ(arrears_sentence(owing), "Nobody is in arrears.");
}

TEST(Arrears, of_the_sample_book_are_what_another_program_counts) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  const Arrears owing = arrears(Book::build(loaded.records, day("2025-01-01"), loaded.conventions).book);
  // Counted in Python from customers.csv (without `excluded`; `merged_into` joined), invoices.csv (`open` and
  // `uncollectible`, due before 2025-01-01) and invoice_lines.csv (amount and tax): customers, sum, uncollectible.
  EXPECT_EQ(owing.entries.size(), 88U);
  EXPECT_EQ(owing.owed(), (std::vector<Money>{{5807611, Currency{"USD"}}}));
  std::int64_t uncollectible = 0;
  for (const ArrearsEntry& entry : owing.entries) uncollectible += entry.uncollectible;
  EXPECT_EQ(uncollectible, 58);
  // The same a year earlier: those that were paid on or after 2024-01-01 had not been.
  const Arrears before = arrears(Book::build(loaded.records, day("2024-01-01"), loaded.conventions).book);
  EXPECT_EQ(before.entries.size(), 47U);
  EXPECT_EQ(before.owed(), (std::vector<Money>{{3034821, Currency{"USD"}}}));
}

RC_GTEST_PROP(ArrearsLaws, the_order_of_rows_changes_nothing, ()) {
  using support::draw;
  using support::one_in;
  const CustomerSentences customers{a_customer("a").on("pro"), a_customer("b").on("pro"),
                                    a_customer("c").on("pro").at("20.00")};
  Claims claims;
  const int count = draw(0, 10);
  for (int i = 0; i < count; ++i) {
    auto claim = an_invoice_of(std::string(1, static_cast<char>('a' + draw(0, 3))), "i" + std::to_string(i))
                     .issued((day("2024-01-01") + std::chrono::days{draw(0, 90)}).to_string());
    if (!one_in(4)) claim.in(one_in(3) ? "EUR" : "USD").billed(std::to_string(draw(1, 4)) + ".00");
    if (one_in(2)) claim.failed("2024-03-05", one_in(2) ? "expired_card" : "insufficient_funds");
    if (one_in(3)) claim.succeeded("2024-03-06", "1.00");
    claims.push_back(claim);
  }
  const auto owing = [&](CustomerSentences some) {
    return arrears_table(arrears(book_with_claims("2024-03-20", some, claims)), true);
  };
  const Table before = owing(customers);
  std::reverse(claims.begin(), claims.end());
  RC_ASSERT(owing({customers[2], customers[0], customers[1]}) == before);
}

}  // namespace
}  // namespace churn
