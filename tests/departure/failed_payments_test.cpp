#include <churn/departure/failed_payments.hpp>

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
using support::error_of;

/// Ann pays 10.00 a month since January 2024.
CustomerSentences ann() { return {a_customer("ann").on("pro", "s1")}; }

FailedPayments of_ann(std::string_view as_of, const Claims& claims, const DunningRule& rule = {}) {
  return failed_payments(book_with_claims(as_of, ann(), claims), rule);
}

/// `ann 2024-03-01 recovered 2024-03-04 at 2`.
std::string in_words(const FailedPayments& failed) {
  std::string text;
  for (const FailedPayment& row : failed.rows) {
    text += (text.empty() ? "" : "; ") + row.invoice.text() + " " + row.first_failed_on.to_string() + " " +
            std::string(dunning_outcome_name(row.outcome));
    if (row.recovered_on) text += " " + row.recovered_on->to_string();
    if (row.recovered_at) text += " at " + std::to_string(*row.recovered_at);
  }
  return text;
}

std::string fate(std::string_view as_of, const Invoice& claim) { return in_words(of_ann(as_of, {claim})); }

TEST(FailedPayments, a_failure_that_an_attempt_made_good_is_recovered_by_that_attempt) {
  const FailedPayments failed = of_ann("2024-07-01", {an_invoice_of("ann")
                                                          .issued("2024-03-01")
                                                          .due("2024-03-15")
                                                          .billed("50.00", "9.50")
                                                          .billed("5.00")
                                                          .failed("2024-03-16", "expired_card")
                                                          .failed("2024-03-19", "insufficient_funds")
                                                          .paid("2024-03-26")});
  ASSERT_EQ(failed.rows.size(), 1U);
  const FailedPayment& row = failed.rows.front();
  EXPECT_EQ(row.customer_id, CustomerId{"ann"});
  EXPECT_EQ(row.source_row, 1);
  EXPECT_EQ(row.amount, (Money{6450, Currency{"USD"}}));
  EXPECT_EQ(row.refunded, std::nullopt);
  EXPECT_EQ(row.issued_on, day("2024-03-01"));
  EXPECT_EQ(row.due_on, day("2024-03-15"));
  EXPECT_EQ(row.first_attempt_on, day("2024-03-16"));
  EXPECT_EQ(row.first_failed_on, day("2024-03-16"));
  ASSERT_EQ(row.attempts.size(), 3U);
  EXPECT_EQ(row.attempts[0].code, "expired_card");
  EXPECT_EQ(row.attempts[0].reason, "card_expired");
  EXPECT_FALSE(row.attempts[0].succeeded);
  EXPECT_TRUE(row.attempts[2].succeeded);
  EXPECT_EQ(row.attempts[2].reason, "");
  EXPECT_EQ(row.reason, "insufficient_funds") << "The last one tells.";
  EXPECT_EQ(row.outcome, DunningOutcome::recovered);
  EXPECT_EQ(row.recovered_on, day("2024-03-26"));
  EXPECT_EQ(row.recovered_at, 3);
  EXPECT_EQ(row.days_to_recovery(), 10);
}

TEST(FailedPayments, what_was_paid_at_once_is_no_row_but_was_attempted) {
  const FailedPayments failed =
      of_ann("2024-07-01", {an_invoice_of("ann").billed("50.00").paid("2024-03-01")});
  EXPECT_TRUE(failed.rows.empty());
  ASSERT_EQ(failed.attempted.size(), 1U);
  EXPECT_FALSE(failed.attempted.front().failed_at_first);
}

TEST(FailedPayments, drafts_void_invoices_and_those_that_add_up_to_nothing_are_no_claims) {
  using S = InvoiceStatus;
  for (const S status : {S::draft, S::void_})
    EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann").billed("5.00").failed("2024-03-01").is(status)), "")
        << invoice_status_name(status);
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann").billed("5.00").billed("-5.00").failed("2024-03-01")), "");
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann").billed("5.00")), "") << "Nobody tried.";
}

TEST(FailedPayments, what_is_unpaid_is_at_risk_while_the_window_runs_and_lost_when_it_is_over) {
  const Invoice open = an_invoice_of("ann").billed("5.00").failed("2024-03-01").failed("2024-03-20");
  EXPECT_EQ(fate("2024-03-02", open), "ann 2024-03-01 at_risk");
  EXPECT_EQ(fate("2024-03-30", open), "ann 2024-03-01 at_risk") << "29 days are known.";
  EXPECT_EQ(fate("2024-03-31", open), "ann 2024-03-01 lost") << "30 days are known.";
  EXPECT_EQ(in_words(of_ann("2024-03-07", {open}, {.window_days = 7})), "ann 2024-03-01 at_risk");
  EXPECT_EQ(in_words(of_ann("2024-03-08", {open}, {.window_days = 7})), "ann 2024-03-01 lost");
}

TEST(FailedPayments, what_was_given_up_is_lost_at_once) {
  EXPECT_EQ(fate("2024-03-02",
                 an_invoice_of("ann").billed("5.00").failed("2024-03-01").is(InvoiceStatus::uncollectible)),
            "ann 2024-03-01 lost");
}

TEST(FailedPayments, a_payment_after_the_window_is_a_recovery_too_but_not_within_it) {
  const FailedPayments failed = of_ann(
      "2024-07-01", {an_invoice_of("ann", "a").billed("5.00").failed("2024-03-01").paid("2024-03-30"),
                     an_invoice_of("ann", "b").billed("5.00").failed("2024-03-01").paid("2024-03-31")});
  EXPECT_EQ(in_words(failed),
            "a 2024-03-01 recovered 2024-03-30 at 2; b 2024-03-01 recovered 2024-03-31 at 2");
  EXPECT_TRUE(failed.in_window(failed.rows[0]));
  EXPECT_FALSE(failed.in_window(failed.rows[1]));
}

TEST(FailedPayments, what_happens_on_or_after_as_of_is_not_known) {
  const Invoice claim = an_invoice_of("ann").billed("5.00").failed("2024-03-01").paid("2024-03-10");
  EXPECT_EQ(fate("2024-03-01", claim), "");
  EXPECT_EQ(fate("2024-03-10", claim), "ann 2024-03-01 at_risk");
  EXPECT_EQ(fate("2024-03-11", claim), "ann 2024-03-01 recovered 2024-03-10 at 2");
  const Invoice issued_later = an_invoice_of("ann").issued("2024-03-05").billed("5.00").failed("2024-03-01");
  EXPECT_EQ(fate("2024-03-05", issued_later), "") << "The invoice itself is not known.";
}

TEST(FailedPayments, attempts_count_in_order_of_time_whatever_the_order_of_rows) {
  EXPECT_EQ(
      fate("2024-07-01",
           an_invoice_of("ann").billed("5.00").paid("2024-03-09").failed("2024-03-05").failed("2024-03-02")),
      "ann 2024-03-02 recovered 2024-03-09 at 3");
}

TEST(FailedPayments, at_one_instant_the_failure_comes_first) {
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann").billed("5.00").paid("2024-03-01").failed("2024-03-01")),
            "ann 2024-03-01 recovered 2024-03-01 at 2");
}

TEST(FailedPayments, what_was_tried_after_the_invoice_was_met_was_not_needed) {
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann").billed("5.00").paid("2024-03-01").failed("2024-03-02")),
            "");
  EXPECT_EQ(
      fate("2024-07-01", an_invoice_of("ann").billed("5.00").failed("2024-03-05").marked_paid("2024-03-02")),
      "")
      << "Paid by other means before the card was tried.";
  const FailedPayments failed = of_ann("2024-07-01", {an_invoice_of("ann")
                                                          .billed("5.00")
                                                          .failed("2024-03-01")
                                                          .failed("2024-03-09")
                                                          .marked_paid("2024-03-05")});
  ASSERT_EQ(failed.rows.size(), 1U);
  EXPECT_EQ(failed.rows.front().attempts.size(), 1U);
  EXPECT_EQ(in_words(failed), "ann 2024-03-01 recovered 2024-03-05") << "By no attempt.";
}

TEST(FailedPayments, without_a_paid_day_a_paid_invoice_was_not_paid_before_its_last_failure) {
  EXPECT_EQ(fate("2024-07-01",
                 an_invoice_of("ann").billed("5.00").failed("2024-03-01").failed("2024-03-04").marked_paid()),
            "ann 2024-03-01 recovered 2024-03-04");
  EXPECT_EQ(fate("2024-07-01",
                 an_invoice_of("ann").billed("5.00").due("2024-03-20").failed("2024-03-01").marked_paid()),
            "ann 2024-03-01 recovered 2024-03-20");
}

TEST(FailedPayments, an_attempt_that_succeeded_recovers_an_invoice_that_nobody_marked_as_paid) {
  EXPECT_EQ(
      fate("2024-07-01", an_invoice_of("ann").billed("5.00").failed("2024-03-01").succeeded("2024-03-04")),
      "ann 2024-03-01 recovered 2024-03-04 at 2");
  EXPECT_EQ(fate("2024-07-01",
                 an_invoice_of("ann").failed("2024-03-01", "", "5.00").succeeded("2024-03-04", "5.00")),
            "ann 2024-03-01 recovered 2024-03-04 at 2");
}

TEST(FailedPayments, parts_recover_an_open_invoice_only_once_they_reach_what_was_billed) {
  const auto claim = [] { return an_invoice_of("ann").billed("5.00").failed("2024-03-01"); };
  EXPECT_EQ(fate("2024-07-01", claim().succeeded("2024-03-04", "4.99")), "ann 2024-03-01 lost");
  EXPECT_EQ(fate("2024-07-01", claim().succeeded("2024-03-04", "2.00").succeeded("2024-03-08", "3.00")),
            "ann 2024-03-01 recovered 2024-03-08 at 3");
  EXPECT_EQ(fate("2024-07-01", claim().succeeded("2024-03-04", "4.00").marked_paid("2024-03-04")),
            "ann 2024-03-01 recovered 2024-03-04 at 2")
      << "Its status says that nothing is owed: a credit paid for the rest.";
}

TEST(FailedPayments, a_part_that_did_not_spare_further_attempts_is_not_what_paid_the_invoice) {
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann")
                                   .billed("5.00")
                                   .succeeded("2024-03-01", "2.00")
                                   .failed("2024-03-04")
                                   .marked_paid("2024-03-08")),
            "ann 2024-03-04 recovered 2024-03-08");
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann")
                                   .billed("5.00")
                                   .failed("2024-03-01")
                                   .succeeded("2024-03-04", "4.00")
                                   .marked_paid("2024-03-06")),
            "ann 2024-03-01 recovered 2024-03-04 at 2")
      << "Nobody tried again: that was it.";
}

TEST(FailedPayments, a_refund_opens_what_is_not_marked_as_paid_and_stands_beside_what_is) {
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann")
                                   .billed("5.00")
                                   .failed("2024-03-01")
                                   .succeeded("2024-03-04")
                                   .refunded("2024-03-05")),
            "ann 2024-03-01 lost");
  const FailedPayments failed = of_ann("2024-07-01", {an_invoice_of("ann")
                                                          .billed("5.00")
                                                          .failed("2024-03-01")
                                                          .paid("2024-03-04")
                                                          .refunded("2024-05-05", "2.00")
                                                          .refunded("2024-07-05", "3.00")});
  EXPECT_EQ(in_words(failed), "ann 2024-03-01 recovered 2024-03-04 at 2");
  EXPECT_EQ(failed.rows.front().refunded, (Money{200, Currency{"USD"}})) << "Of July nothing is known.";
}

TEST(FailedPayments, what_was_charged_twice_and_given_back_once_is_no_refund_of_the_amount) {
  const auto refunded = [](const Invoice& claim) {
    return of_ann("2024-07-01", {claim}).rows.at(0).refunded;
  };
  const auto twice = [] {
    return an_invoice_of("ann")
        .billed("5.00")
        .failed("2024-03-01")
        .paid("2024-03-04")
        .succeeded("2024-03-05");
  };
  EXPECT_EQ(refunded(twice().refunded("2024-03-06", "5.00")), std::nullopt);
  EXPECT_EQ(refunded(twice().refunded("2024-03-06", "7.00")), (Money{200, Currency{"USD"}}));
  EXPECT_EQ(refunded(twice().refunded("2024-03-06", "99.00")), (Money{500, Currency{"USD"}}));
}

TEST(FailedPayments, a_refund_that_is_written_below_zero_goes_back_all_the_same) {
  const FailedPayments failed = of_ann("2024-07-01", {an_invoice_of("ann")
                                                          .billed("5.00")
                                                          .failed("2024-03-01")
                                                          .paid("2024-03-04")
                                                          .refunded("2024-03-06", "-2.00")});
  EXPECT_EQ(failed.rows.at(0).refunded, (Money{200, Currency{"USD"}}));
  EXPECT_EQ(fate("2024-07-01",
                 an_invoice_of("ann").billed("5.00").failed("2024-03-01").refunded("2024-03-06", "-5.00")),
            "ann 2024-03-01 lost")
      << "It pays nothing.";
}

TEST(FailedPayments, a_refund_of_what_is_not_on_record_does_not_raise_what_has_to_be_paid) {
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann")
                                   .billed("5.00")
                                   .refunded("2024-02-01", "3.00")
                                   .failed("2024-03-01")
                                   .succeeded("2024-03-04", "5.00")),
            "ann 2024-03-01 recovered 2024-03-04 at 2");
}

TEST(FailedPayments, what_is_charged_again_after_a_refund_was_recovered_at_the_first_time) {
  EXPECT_EQ(fate("2024-07-01", an_invoice_of("ann")
                                   .billed("5.00")
                                   .failed("2024-03-01")
                                   .paid("2024-03-04")
                                   .refunded("2024-03-05")
                                   .succeeded("2024-03-06")),
            "ann 2024-03-01 recovered 2024-03-04 at 2");
}

TEST(FailedPayments, a_refund_is_no_attempt) {
  const FailedPayments failed =
      of_ann("2024-07-01", {an_invoice_of("ann").billed("5.00").refunded("2024-02-01").failed("2024-03-01")});
  ASSERT_EQ(failed.rows.size(), 1U);
  EXPECT_EQ(failed.rows.front().attempts.size(), 1U);
}

TEST(FailedPayments, without_lines_the_amount_is_what_an_attempt_asked_for) {
  const auto amount = [](const Invoice& claim) { return of_ann("2024-07-01", {claim}).rows.at(0).amount; };
  EXPECT_EQ(amount(an_invoice_of("ann").failed("2024-03-01", "", "7.00").succeeded("2024-03-02", "8.00")),
            (Money{700, Currency{"USD"}}));
  EXPECT_EQ(amount(an_invoice_of("ann").failed("2024-03-01").succeeded("2024-03-02", "8.00")),
            (Money{800, Currency{"USD"}}));
  EXPECT_EQ(amount(an_invoice_of("ann").failed("2024-03-01")), std::nullopt);
  EXPECT_EQ(amount(an_invoice_of("ann").failed("2024-03-01", "", "0.00").failed("2024-03-02", "", "8.00")),
            (Money{800, Currency{"USD"}}))
      << "The first only tried the card.";
  EXPECT_EQ(amount(an_invoice_of("ann").failed("2024-03-01", "", "0.00")), std::nullopt) << "It is not 0.";
}

TEST(FailedPayments, amounts_of_another_currency_than_the_invoice_are_not_known) {
  Invoice claim = an_invoice_of("ann").failed("2024-03-01");
  claim.payments.front().amount = Money{700, Currency{"EUR"}};
  EXPECT_EQ(of_ann("2024-07-01", {claim}).rows.at(0).amount, std::nullopt);
  claim = an_invoice_of("ann").billed("5.00").failed("2024-03-01");
  claim.lines.front().tax = Money{700, Currency{"EUR"}};
  EXPECT_EQ(of_ann("2024-07-01", {claim}).rows.at(0).amount, std::nullopt);
}

TEST(FailedPayments, a_code_that_nobody_knows_is_another_payment_reason_and_is_listed) {
  const FailedPayments failed = of_ann(
      "2024-07-01",
      {an_invoice_of("ann", "a").billed("5.00").failed("2024-03-01", "our_bank_17").failed("2024-03-02"),
       an_invoice_of("ann", "b").billed("5.00").failed("2024-03-01")});
  EXPECT_EQ(failed.rows.at(0).reason, "other_payment") << "The last one that has a code.";
  EXPECT_EQ(failed.rows.at(1).reason, "") << "Nothing was said.";
  EXPECT_EQ(failed.unknown_codes, (std::map<std::string, std::int64_t>{{"our_bank_17", 1}}));
  DunningRule rule;
  rule.codes.set("our_bank_17", "insufficient_funds");
  EXPECT_EQ(
      of_ann("2024-07-01", {an_invoice_of("ann").billed("5.00").failed("2024-03-01", "our_bank_17")}, rule)
          .rows.at(0)
          .reason,
      "insufficient_funds");
}

/// `a first, b renewal` of all that failed.
std::string kinds(const FailedPayments& failed) {
  std::string text;
  for (const FailedPayment& row : failed.rows)
    text += (text.empty() ? "" : ", ") + row.invoice.text() + (row.is_first_payment ? " first" : " renewal");
  return text;
}

TEST(FailedPayments, the_first_claim_of_a_subscription_that_was_tried_is_its_first_payment) {
  const auto claim = [](const char* id, const char* on) {
    return an_invoice_of("ann", id).issued(on).billed("5.00").failed(on);
  };
  EXPECT_EQ(kinds(of_ann("2024-07-01", {claim("b", "2024-02-01").for_subscription("s1"),
                                        claim("a", "2024-01-01").for_subscription("s1"),
                                        claim("c", "2024-03-01").for_subscription("s2"),
                                        claim("d", "2024-04-01").for_subscription("s2")})),
            "a first, b renewal, c first, d renewal");
  EXPECT_EQ(kinds(of_ann("2024-07-01", {claim("a", "2024-01-01"), claim("b", "2024-02-01")})),
            "a first, b renewal")
      << "Without a subscription it is the customer's.";
  EXPECT_EQ(kinds(of_ann("2024-07-01",
                         {an_invoice_of("ann", "a").issued("2024-01-01").billed("5.00").paid("2024-01-01"),
                          claim("b", "2024-02-01")})),
            "b renewal")
      << "The first was paid at once.";
  EXPECT_EQ(
      kinds(of_ann("2024-07-01",
                   {an_invoice_of("ann", "a").issued("2024-01-01").billed("5.00").marked_paid("2024-01-01"),
                    claim("b", "2024-02-01")})),
      "b renewal")
      << "The first was paid by other means.";
  EXPECT_EQ(kinds(of_ann("2024-07-01", {an_invoice_of("ann", "a").issued("2024-01-01").billed("5.00"),
                                        claim("b", "2024-02-01")})),
            "b first")
      << "Nobody tried the first.";
}

TEST(FailedPayments, an_invoice_for_an_old_and_a_new_subscription_is_a_renewal) {
  Invoice both =
      an_invoice_of("ann", "b").issued("2024-02-01").billed("5.00").billed("6.00").failed("2024-02-01");
  both.lines[0].subscription = SubscriptionId{"s1"};
  both.lines[1].subscription = SubscriptionId{"s2"};
  EXPECT_EQ(kinds(of_ann("2024-07-01", {an_invoice_of("ann", "a")
                                            .issued("2024-01-01")
                                            .for_subscription("s1")
                                            .billed("5.00")
                                            .paid("2024-01-01"),
                                        both})),
            "b renewal");
  EXPECT_EQ(kinds(of_ann("2024-07-01", {both})), "b first");
}

TEST(FailedPayments, who_paid_before_the_records_begin_renews) {
  const CustomerSentences customers{
      a_customer("old").on("pro", "O").from("2023-05-01"),
      a_customer("new").on("pro", "N").from("2024-02-01"),
      a_customer("trial").on("pro", "T").from("2023-12-20").on_trial_until("2024-01-20")};
  const auto kinds_of = [&](bool named) {
    Claims claims;
    for (const auto& [customer, subscription] :
         {std::pair{"new", "N"}, std::pair{"old", "O"}, std::pair{"trial", "T"}}) {
      auto claim = an_invoice_of(customer).issued("2024-02-01").billed("5.00").failed("2024-02-01");
      if (named) claim.for_subscription(subscription);
      claims.push_back(claim);
    }
    return kinds(failed_payments(book_with_claims("2024-07-01", customers, claims, {}, "2024-01-01")));
  };
  EXPECT_EQ(kinds_of(true), "new first, old renewal, trial first");
  EXPECT_EQ(kinds_of(false), "new first, old renewal, trial first");
}

TEST(FailedPayments, a_plan_that_was_free_before_the_records_begin_was_not_paid_for) {
  const CustomerSentences customers{
      a_customer("ann").on("free", "A").from("2023-05-01").at("0.00").then_on("pro").from("2024-02-01")};
  for (const bool named : {true, false}) {
    auto claim = an_invoice_of("ann").issued("2024-02-01").billed("10.00").failed("2024-02-01");
    if (named) claim.for_subscription("A");
    EXPECT_EQ(kinds(failed_payments(book_with_claims("2024-07-01", customers, {claim}, {}, "2024-01-01"))),
              "ann first");
  }
}

TEST(FailedPayments, a_scope_keeps_some_rows_and_changes_none) {
  const CustomerSentences customers{
      a_customer("ann").on("pro", "A").with("channel", "ads").then_on("team").from("2024-03-01"),
      a_customer("bob").on("team", "B").with("channel", "web")};
  const Book book = book_with_claims(
      "2024-07-01", customers,
      {an_invoice_of("ann", "a1").issued("2024-02-01").billed("5.00").failed("2024-02-01"),
       an_invoice_of("ann", "a2").issued("2024-03-01").billed("5.00").failed("2024-03-01"),
       an_invoice_of("ann", "a3").issued("2024-04-01").billed("5.00").failed("2024-04-01"),
       an_invoice_of("bob", "b1").issued("2024-03-01").billed("5.00").failed("2024-03-01", "huh")});
  const auto kept = [&](const FailedPaymentsScope& scope) { return kinds(failed_payments(book, {}, scope)); };
  const Period march{day("2024-03-01"), day("2024-04-01")};
  EXPECT_EQ(kept({}), "a1 first, a2 renewal, b1 first, a3 renewal");
  EXPECT_EQ(kept({.within = march}), "a2 renewal, b1 first");
  EXPECT_EQ(kept({.where = attribute("channel") == "ads"}), "a1 first, a2 renewal, a3 renewal");
  EXPECT_EQ(kept({.where = by::plan == "pro"}), "a1 first, a2 renewal")
      << "Of a renewal the day before counts: Ann was on pro.";
  EXPECT_EQ(kept({.within = march, .where = by::plan == "team"}), "b1 first");
  const FailedPayments ads = failed_payments(book, {}, {.where = attribute("channel") == "ads"});
  EXPECT_EQ(ads.attempted.size(), 3U);
  EXPECT_TRUE(ads.unknown_codes.empty());
}

TEST(FailedPayments,
     the_mrr_behind_a_renewal_is_that_of_the_day_before_and_behind_a_first_payment_that_of_the_day) {
  const CustomerSentences customers{
      a_customer("ann").on("pro", "A").at("10.00").then_on("team").from("2024-03-01").at("30.00"),
      a_customer("bob").on("pro", "B").from("2024-03-01").at("20.00"),
      a_customer("gone").on("pro", "G").until("2024-03-01").at("40.00")};
  const FailedPayments failed = failed_payments(
      book_with_claims("2024-07-01", customers,
                       {an_invoice_of("ann", "0")
                            .issued("2024-02-01")
                            .for_subscription("A")
                            .billed("10.00")
                            .paid("2024-02-01"),
                        an_invoice_of("ann").for_subscription("A").billed("30.00").failed("2024-03-01"),
                        an_invoice_of("bob").for_subscription("B").billed("20.00").failed("2024-03-01"),
                        an_invoice_of("gone", "1")
                            .issued("2024-02-01")
                            .for_subscription("G")
                            .billed("40.00")
                            .paid("2024-02-01"),
                        an_invoice_of("gone").for_subscription("G").billed("40.00").failed("2024-03-01")}));
  std::map<std::string, std::string> mrr;
  for (const FailedPayment& row : failed.rows)
    mrr[row.invoice.text()] = row.run_rate.value().mrr().to_string();
  EXPECT_EQ(mrr, (std::map<std::string, std::string>{{"ann", "10.00"}, {"bob", "20.00"}, {"gone", "40.00"}}));
}

TEST(FailedPayments, who_pays_in_several_currencies_has_no_mrr_in_one) {
  const Book book = book_with_claims("2024-07-01",
                                     {a_customer("ann").on("pro").at("10.00").on("pro").in("EUR").at("20.00"),
                                      a_customer("bob").on("pro").in("EUR")},
                                     {an_invoice_of("ann").billed("5.00").failed("2024-03-01"),
                                      an_invoice_of("bob").in("EUR").billed("5.00").failed("2024-03-01")});
  const FailedPayments failed = failed_payments(book);
  EXPECT_EQ(failed.rows.at(0).run_rate, std::nullopt);
  EXPECT_EQ(failed.rows.at(1).run_rate.value().mrr(), (Money{1000, Currency{"EUR"}}));
}

TEST(FailedPayments, accounts_that_were_merged_are_one_and_test_accounts_are_none) {
  const CustomerSentences customers{a_customer("ann").on("pro", "s1"), a_customer("ann2").merged_into("ann"),
                                    a_customer("test").on("pro").who_is_a_test_account()};
  const FailedPayments failed = failed_payments(
      book_with_claims("2024-07-01", customers,
                       {an_invoice_of("ann2").billed("5.00").failed("2024-03-01"),
                        an_invoice_of("ann").issued("2024-04-01").billed("5.00").failed("2024-04-01"),
                        an_invoice_of("test").billed("5.00").failed("2024-03-01")}));
  EXPECT_EQ(kinds(failed), "ann2 first, ann renewal");
  EXPECT_EQ(failed.rows.at(0).customer_id, CustomerId{"ann"});
  EXPECT_EQ(failed.rows.at(0).run_rate.value().mrr().to_string(), "10.00");
  EXPECT_EQ(failed.attempted.size(), 2U);
}

TEST(FailedPayments, rows_of_one_id_count_once_and_not_at_all_where_they_contradict_each_other) {
  const Invoice claim = an_invoice_of("ann").billed("5.00").failed("2024-03-01");
  EXPECT_EQ(of_ann("2024-07-01", {claim, claim}).rows.size(), 1U);
  EXPECT_EQ(
      of_ann("2024-07-01", {claim, an_invoice_of("ann").billed("6.00").failed("2024-03-01")}).rows.size(),
      0U);
}

TEST(FailedPayments, days_are_those_of_the_books_time_zone) {
  Conventions five_behind;
  five_behind.book.time_zone = TimeZone{"EST-05"};
  const auto fate_there = [&](std::string_view as_of, const Invoice& claim) {
    return in_words(failed_payments(book_with_claims(as_of, ann(), {claim}, five_behind)));
  };
  const Invoice claim = an_invoice_of("ann")
                            .billed("5.00")
                            .issued("2024-02-29")
                            .failed("2024-03-01T04:59:59Z")
                            .succeeded("2024-03-04T05:00:00Z");
  EXPECT_EQ(fate_there("2024-07-01", claim), "ann 2024-02-29 recovered 2024-03-04 at 2");
  EXPECT_EQ(fate_there("2024-03-01", claim), "ann 2024-02-29 at_risk");
  EXPECT_EQ(fate("2024-07-01", claim), "ann 2024-03-01 recovered 2024-03-04 at 2") << "In UTC it was March.";
}

TEST(FailedPayments, a_book_without_invoices_has_none) {
  const FailedPayments failed = of_ann("2024-07-01", {});
  EXPECT_TRUE(failed.rows.empty());
  EXPECT_TRUE(failed.attempted.empty());
  EXPECT_EQ(failed_payments_table(failed).rows.size(), 0U);
}

TEST(FailedPayments, a_window_without_a_day_is_an_error) {
  EXPECT_EQ(error_of([] { return of_ann("2024-07-01", {}, {.window_days = 0}); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([] { return of_ann("2024-07-01", {}, {.window_days = INT32_MAX}); }), std::nullopt);
}

TEST(FailedPayments, a_table_says_all_of_it) {
  const FailedPayments failed =
      of_ann("2024-07-01",
             {an_invoice_of("ann", "a")
                  .for_subscription("s1")
                  .billed("5.00")
                  .failed("2024-03-01", "expired_card")
                  .paid("2024-03-04"),
              an_invoice_of("ann", "b").for_subscription("s1").issued("2024-06-20").failed("2024-06-21")});
  EXPECT_EQ(
      to_csv(failed_payments_table(failed)),
      "customer_id,invoice_id,row,currency,amount,issued_on,due_on,first_failed_on,attempts,reason,payment,"
      "outcome,recovered_on,recovered_at,days,refunded,mrr,mrr_currency\n"
      "ann,a,1,USD,5.00,2024-03-01,2024-03-01,2024-03-01,2,card_expired,first,recovered,2024-03-04,2,3,,"
      "10.00,USD\n"
      "ann,b,2,USD,,2024-06-20,2024-06-20,2024-06-21,1,,renewal,at_risk,,,,,10.00,USD\n");
}

// ---- The sample book, counted by a script that shares nothing with the library

TEST(FailedPayments, of_the_sample_book_are_those_that_another_program_counts) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  const FailedPayments failed =
      failed_payments(Book::build(loaded.records, day("2025-01-01"), loaded.conventions).book);
  // Counted in Python from customers.csv (without `excluded`), invoices.csv (without `void`) and payments.csv (without
  // `refunded`), by invoice: len of all, of those with a failed payment, of those with one that succeeded as well.
  EXPECT_EQ(failed.attempted.size(), 8716U);
  EXPECT_EQ(failed.rows.size(), 335U);
  std::map<std::string, int> count;
  std::map<std::string, std::int64_t> cents;
  for (const FailedPayment& row : failed.rows) {
    for (const std::string& name : {std::string(dunning_outcome_name(row.outcome)), row.reason,
                                    std::string(row.is_first_payment ? "first" : "renewal")}) {
      ++count[name];
      cents[name] += row.amount.value().minor_units();
    }
    EXPECT_EQ(row.recovered_on.has_value(), row.recovered_at.has_value());
  }
  EXPECT_EQ(count["recovered"], 247);
  EXPECT_EQ(cents["recovered"], 8008478);
  EXPECT_EQ(count["lost"], 84);
  EXPECT_EQ(cents["lost"], 5761553);
  EXPECT_EQ(count["at_risk"], 4);
  EXPECT_EQ(cents["at_risk"], 46058);
  EXPECT_EQ(count["insufficient_funds"], 107);  // of the last code of each invoice
  EXPECT_EQ(count["card_expired"], 18);
  EXPECT_EQ(count["first"], 23);
  EXPECT_EQ(std::count_if(failed.attempted.begin(), failed.attempted.end(),
                          [](const AttemptedClaim& claim) { return claim.is_first_payment; }),
            998);
  EXPECT_TRUE(failed.unknown_codes.empty());
}

// ---- Random invoices, judged by a second opinion

using support::draw;
using support::one_in;

Invoice draw_invoice(int i) {
  using S = InvoiceStatus;
  static const Currency usd{"USD"};
  const Date start = day("2024-01-01");
  Invoice invoice{.id = InvoiceId{"i" + std::to_string(i)},
                  .customer = CustomerId{"c" + std::to_string(draw(0, 4))},
                  .issued_on = start + std::chrono::days{draw(0, 60)},
                  .currency = usd,
                  .status = std::vector{S::paid, S::paid, S::open, S::uncollectible, S::draft,
                                        S::void_}[static_cast<std::size_t>(draw(0, 6))]};
  if (one_in(2)) invoice.due_on = invoice.issued_on + std::chrono::days{draw(0, 20)};
  if (one_in(2)) invoice.paid_on = invoice.issued_on + std::chrono::days{draw(0, 60)};
  if (one_in(2)) invoice.subscription = SubscriptionId{"s" + std::to_string(draw(0, 4))};
  const int lines = draw(0, 3);
  for (int k = 0; k < lines; ++k) invoice.lines.push_back({.amount = Money{draw(-1, 4), usd}});
  std::set<int> hours;  // each once, so that order is never open
  const int payments = draw(0, 6);
  for (int k = 0; k < payments; ++k) hours.insert(draw(0, 24 * 60));
  for (const int hour : hours) {
    Payment payment{Timestamp::from_seconds(std::int64_t{invoice.issued_on.days()} * 86400 + hour * 3600),
                    static_cast<PaymentStatus>(one_in(2) ? 1 : draw(0, 3))};
    if (!one_in(3)) payment.amount = Money{draw(1, 6), usd};
    invoice.payments.push_back(payment);
  }
  return invoice;
}

/// What the second opinion says of one invoice, as text; empty: not a failed payment.
std::string judged(const Invoice& invoice, int as_of, int window) {
  const auto day_of = [](const Payment& p) { return static_cast<int>(p.at.seconds() / 86400); };
  if (invoice.status == InvoiceStatus::draft || invoice.status == InvoiceStatus::void_) return "";
  if (invoice.issued_on.days() >= as_of) return "";
  long billed = -1;
  if (!invoice.lines.empty()) {
    billed = 0;
    for (const auto& line : invoice.lines) billed += line.amount.minor_units();
    if (billed <= 0) return "";
  }
  std::vector<Payment> known;
  for (const Payment& p : invoice.payments)
    if (day_of(p) < as_of) known.push_back(p);
  for (const auto status : {PaymentStatus::failed, PaymentStatus::succeeded})
    for (const Payment& p : known)
      if (billed < 0 && p.status == status && p.amount) billed = p.amount->minor_units();
  const int due = (invoice.due_on ? *invoice.due_on : invoice.issued_on).days();
  const int paid_day = invoice.paid_on ? invoice.paid_on->days() : due;
  const bool is_paid = invoice.status == InvoiceStatus::paid && paid_day < as_of;

  // Money in hand after the first k payments, refunds being ignored where the invoice stays paid.
  const auto in_hand = [&](std::size_t k) {
    long sum = 0;
    bool any = false;
    for (std::size_t i = 0; i < k; ++i) {
      const long amount = known[i].amount && billed >= 0 ? known[i].amount->minor_units() : billed;
      if (known[i].status == PaymentStatus::succeeded) sum += amount, any = true;
      if (known[i].status == PaymentStatus::refunded && !is_paid) sum -= std::min(amount, sum), any = false;
    }
    return billed >= 0 ? sum >= billed : any;
  };
  std::optional<std::size_t> by;
  for (std::size_t k = known.size(); k-- > 0;) {  // from the end: as long as there was enough from there on
    if (!in_hand(k + 1)) break;
    if (known[k].status == PaymentStatus::succeeded && !in_hand(k)) by = k;
  }
  if (!by && is_paid)
    for (std::size_t k = 0; k < known.size(); ++k)
      if (known[k].status == PaymentStatus::succeeded) by = k;
  if (by && is_paid && !in_hand(*by + 1) && invoice.paid_on && day_of(known[*by]) < paid_day)
    for (std::size_t k = *by + 1; k < known.size(); ++k)
      if (known[k].status == PaymentStatus::failed) {
        by.reset();
        break;
      }
  std::vector<Payment> tried;
  for (std::size_t k = 0; k < known.size(); ++k) {
    if (known[k].status == PaymentStatus::refunded) continue;
    if (by && k > *by) continue;
    if (!by && is_paid && invoice.paid_on && day_of(known[k]) > paid_day) continue;
    tried.push_back(known[k]);
  }
  const auto first = std::find_if(tried.begin(), tried.end(),
                                  [](const Payment& p) { return p.status == PaymentStatus::failed; });
  if (first == tried.end()) return "";
  const int failed_on = day_of(*first);
  std::string text =
      invoice.id.text() + " F" + std::to_string(failed_on) + " of " + std::to_string(tried.size());
  if (by || is_paid) {
    int on = by ? day_of(known[*by]) : paid_day;
    if (!by && !invoice.paid_on) on = std::max(on, day_of(tried.back()));
    text += " recovered " + std::to_string(on) + (by ? " at " + std::to_string(tried.size()) : "");
  } else {
    // Day after day: somebody gives up at once, or the last day of the window passes.
    bool lost = invoice.status == InvoiceStatus::uncollectible;
    int passed = 0;
    for (int d = failed_on; d < as_of; ++d) lost = lost || ++passed == window;
    text += lost ? " lost" : " at_risk";
  }
  return text + " " + std::to_string(billed);
}

std::string told(const FailedPayment& row) {
  std::string text = row.invoice.text() + " F" + std::to_string(row.first_failed_on.days()) + " of " +
                     std::to_string(row.attempts.size()) + " " +
                     std::string(dunning_outcome_name(row.outcome));
  if (row.recovered_on) text += " " + std::to_string(row.recovered_on->days());
  if (row.recovered_at) text += " at " + std::to_string(*row.recovered_at);
  return text + " " + std::to_string(row.amount ? row.amount->minor_units() : -1);
}

RC_GTEST_PROP(FailedPaymentsLaws, a_second_opinion_agrees_on_random_invoices, ()) {
  const int count = draw(1, 12);
  Claims claims;
  for (int i = 0; i < count; ++i) claims.push_back(draw_invoice(i));
  const Date as_of = day("2024-01-01") + std::chrono::days{draw(1, 130)};
  const int window = draw(1, 40);
  const Book book = book_with_claims(as_of.to_string(), ann(), claims);
  std::set<std::string> expected;
  for (const Invoice& claim : claims)
    if (const std::string text = judged(claim, as_of.days(), window); !text.empty()) expected.insert(text);
  std::set<std::string> found;
  for (const FailedPayment& row : failed_payments(book, {.window_days = window}).rows)
    found.insert(told(row));
  RC_ASSERT(found == expected);
}

RC_GTEST_PROP(FailedPaymentsLaws, neither_the_order_of_rows_nor_what_is_paid_later_changes_anything, ()) {
  const int count = draw(1, 12);
  Claims claims;
  for (int i = 0; i < count; ++i) claims.push_back(draw_invoice(i));
  const Date as_of = day("2024-01-01") + std::chrono::days{draw(1, 130)};
  const auto rows = [&](const Claims& some) {
    FailedPayments failed = failed_payments(book_with_claims(as_of.to_string(), ann(), some));
    for (FailedPayment& row : failed.rows) row.customer = CustomerIndex{0}, row.source_row = 0;
    for (AttemptedClaim& claim : failed.attempted) claim.customer = CustomerIndex{0};
    return failed;
  };
  const FailedPayments before = rows(claims);
  for (Invoice& claim : claims) {
    if (one_in(2))
      claim.payments.push_back({Timestamp::at_midnight(as_of + std::chrono::days{draw(0, 40)}),
                                one_in(2) ? PaymentStatus::succeeded : PaymentStatus::failed,
                                Money{3, claim.currency}});
    if (claim.status == InvoiceStatus::open && one_in(2)) {
      claim.status = InvoiceStatus::paid;
      claim.paid_on = as_of + std::chrono::days{draw(0, 40)};
    }
    std::reverse(claim.payments.begin(), claim.payments.end());
  }
  std::reverse(claims.begin(), claims.end());
  const FailedPayments after = rows(claims);
  RC_ASSERT(after.rows == before.rows);
  RC_ASSERT(after.attempted == before.attempted);
}

}  // namespace
}  // namespace churn
