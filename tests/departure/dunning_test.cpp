#include <churn/departure/dunning.hpp>

#include <churn/io/book_folder.hpp>
#include <churn/io/loaded_book.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

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
using support::months_of;
using support::one_period;

/// Three customers, nine invoices, six of which failed.
CustomerSentences three() {
  return {a_customer("ann").on("pro", "A").at("10.00").with("channel", "ads"),
          a_customer("bob").on("pro", "B").at("20.00").with("channel", "web"),
          a_customer("cid").on("team", "C").from("2024-03-01").at("40.00").with("channel", "web")};
}
Claims nine() {
  const auto claim = [](const char* customer, const char* id, const char* on) {
    const std::string name = customer;
    return an_invoice_of(name, id)
        .issued(on)
        .for_subscription(name == "ann"   ? "A"
                          : name == "bob" ? "B"
                                          : "C")
        .billed(name == "ann"   ? "10.00"
                : name == "bob" ? "20.00"
                                : "40.00");
  };
  return {
      claim("ann", "a0", "2024-01-01").paid("2024-01-01"),
      claim("bob", "b0", "2024-01-01").paid("2024-01-01"),
      // A first payment that was recovered after three days.
      claim("cid", "c1", "2024-03-01").failed("2024-03-01", "insufficient_funds").paid("2024-03-04"),
      // The third attempt, after a week.
      claim("ann", "a1", "2024-03-05")
          .failed("2024-03-05", "expired_card")
          .failed("2024-03-08")
          .paid("2024-03-12"),
      claim("ann", "a2", "2024-03-20").failed("2024-03-20", "expired_card").is(InvoiceStatus::uncollectible),
      // After 39 days, which is late.
      claim("bob", "b1", "2024-04-01").failed("2024-04-01").failed("2024-04-05").paid("2024-05-10"),
      claim("cid", "c3", "2024-04-10").paid("2024-04-10"),
      claim("bob", "b2", "2024-06-15").failed("2024-06-15", "insufficient_funds"),
      claim("cid", "c2", "2024-06-20")
          .failed("2024-06-20", "insufficient_funds")
          .paid("2024-06-22")
          .refunded("2024-06-25", "15.00"),
  };
}
Book book_of_nine() { return book_with_claims("2024-07-01", three(), nine()); }

Dunning of_nine(const Segmenter& segmenter = {}, const DunningOptions& options = {}) {
  return dunning_of(book_of_nine(), months_of("2024-01-01", "2024-07-01"), segmenter, options);
}

/// `3 of 70.00, 2 with 50.00`: invoices and their amounts, customers and their MRR.
std::string in_words(const DunningSum& sum) {
  const Currency usd{"USD"};
  return std::to_string(sum.invoices) + " of " + Money{sum.minor_units, usd}.to_string() + ", " +
         std::to_string(sum.customers) + " with " + RunRate{sum.ticks, usd}.mrr().to_string();
}

TEST(Dunning, counts_what_failed_was_recovered_is_lost_and_at_risk) {
  const DunningCell all = of_nine().total;
  EXPECT_EQ(in_words(all.failed), "6 of 140.00, 3 with 70.00");
  EXPECT_EQ(in_words(all.recovered), "4 of 110.00, 1 with 40.00") << "Ann and Bob have something worse.";
  EXPECT_EQ(in_words(all.lost), "1 of 10.00, 1 with 10.00");
  EXPECT_EQ(in_words(all.at_risk), "1 of 20.00, 1 with 20.00");
  EXPECT_EQ(all.recovered_late, 1);
  EXPECT_EQ(all.recovered_late_minor_units, 2000);
  EXPECT_EQ(all.refunded_minor_units, 1500);
  EXPECT_EQ(all.saved_minor_units(), 9500);
  EXPECT_EQ(all.without_amount, 0);
}

TEST(Dunning, recovery_rates_are_of_whole_windows_and_of_recoveries_within_them) {
  // c1, a1, a2 and b1 failed thirty days before as_of; c1 and a1 were recovered in time.
  const DunningCell all = of_nine().total;
  EXPECT_EQ(all.recovery_rate(), Proportion(2, 4));
  EXPECT_EQ(all.recovery_rate_by_amount(), (Ratio{5000, 8000}));
  // prop.test(2, 4, correct = FALSE)$conf.int in R, printed with ten digits.
  EXPECT_NEAR(all.recovery_rate().interval()->low, 0.1500389892, 5e-11);
  EXPECT_NEAR(all.recovery_rate().interval()->high, 0.8499610108, 5e-11);
  DunningOptions weeks;
  weeks.rule.window_days = 7;
  const DunningCell of_a_week = of_nine({}, weeks).total;
  EXPECT_EQ(of_a_week.recovery_rate(), Proportion(2, 6)) << "c1 and c2; a1 came on the eighth day.";
  EXPECT_EQ(of_a_week.recovered_late, 2);
}

TEST(Dunning, failing_rates_are_of_first_attempts_apart_for_first_payments_and_renewals) {
  const Dunning dunning = of_nine();
  EXPECT_EQ(dunning.total.first_payment_failing_rate(), Proportion(1, 3));
  EXPECT_EQ(dunning.total.renewal_failing_rate(), Proportion(5, 6));
  EXPECT_EQ(dunning.total.failing_rate(), Proportion(6, 9));
  EXPECT_EQ(in_words(dunning.first_payments.failed), "1 of 40.00, 1 with 40.00");
  EXPECT_EQ(dunning.first_payments.recovery_rate(), Proportion(1, 1));
  EXPECT_EQ(dunning.first_payments.failing_rate(), Proportion(1, 3));
  EXPECT_EQ(in_words(dunning.renewals.failed), "5 of 100.00, 3 with 70.00");
  EXPECT_EQ(dunning.renewals.recovery_rate(), Proportion(1, 3));
  EXPECT_EQ(dunning.renewals.failing_rate(), Proportion(5, 6));
}

TEST(Dunning, an_invoice_belongs_to_the_period_of_its_first_failure) {
  const Dunning dunning = of_nine();
  ASSERT_EQ(dunning.segments, std::vector<Label>{Label{}});
  EXPECT_EQ(in_words(dunning.at(0, 2).failed), "3 of 60.00, 2 with 50.00");
  EXPECT_EQ(in_words(dunning.at(0, 2).lost), "1 of 10.00, 1 with 10.00");
  EXPECT_EQ(in_words(dunning.at(0, 3).recovered), "1 of 20.00, 1 with 20.00");
  EXPECT_EQ(in_words(dunning.at(0, 5).failed), "2 of 60.00, 2 with 60.00");
  EXPECT_EQ(dunning.at(0, 0).failing_rate(), Proportion(0, 2));
  EXPECT_EQ(dunning.at(0, 0).recovery_rate().value(), std::nullopt) << "Nothing failed: undefined, not 0.";
  EXPECT_EQ(error_of([&] { return dunning.at(1, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return dunning.at(0, 6); }), ErrorCode::out_of_range);
  EXPECT_EQ(dunning_of(book_of_nine(), months_of("2024-03-02", "2024-04-01")).total.failed.invoices, 2);
}

TEST(Dunning, by_attempt_tells_how_many_got_there_and_how_many_of_these_paid) {
  const Dunning dunning = of_nine();
  ASSERT_EQ(dunning.attempts.size(), 3U);
  EXPECT_EQ(dunning.attempts[0].success_rate(), Proportion(0, 4));
  EXPECT_EQ(dunning.attempts[1].success_rate(), Proportion(1, 3));
  EXPECT_EQ(dunning.attempts[1].succeeded_minor_units, 4000);
  EXPECT_EQ(dunning.attempts[2].success_rate(), Proportion(1, 1)) << "That of b1 was after the window.";
  EXPECT_EQ(dunning.attempts[2].succeeded_minor_units, 1000);
  EXPECT_EQ(dunning.recovered_by(dunning.attempts[1]), Proportion(1, 4));
  EXPECT_EQ(dunning.recovered_by(dunning.attempts[2]), Proportion(2, 4));
  EXPECT_EQ(dunning.recovered_otherwise, 0);
}

TEST(Dunning, what_was_paid_by_other_means_is_recovered_by_no_attempt) {
  const Dunning dunning = dunning_of(
      book_with_claims("2024-07-01", three(),
                       {an_invoice_of("ann").billed("5.00").failed("2024-03-01").marked_paid("2024-03-05")}),
      months_of("2024-01-01", "2024-07-01"));
  EXPECT_EQ(dunning.recovered_otherwise, 1);
  EXPECT_EQ(dunning.recovered_by(dunning.attempts.at(0)), Proportion(0, 1));
  EXPECT_EQ(dunning.total.recovery_rate(), Proportion(1, 1));
}

TEST(Dunning, by_days_tells_how_many_were_recovered_at_most_so_late) {
  const Dunning dunning = of_nine();
  std::string text;
  for (const DunningDay& count : dunning.days)
    text += std::to_string(count.days) + ": " + std::to_string(count.recovered) + "/" +
            std::to_string(count.failed) + " " + std::to_string(count.recovered_minor_units) + "/" +
            std::to_string(count.failed_minor_units) + ", ";
  EXPECT_EQ(text,
            "0: 0/4 0/8000, 1: 0/4 0/8000, 3: 1/4 4000/8000, 7: 2/4 5000/8000, 14: 2/4 5000/8000, "
            "21: 2/4 5000/8000, 30: 2/4 5000/8000, ");
  DunningOptions longer;
  longer.days = {2, 40};
  EXPECT_EQ(of_nine({}, longer).days.back().recovery_rate(), Proportion(3, 4));
  DunningOptions shorter;
  shorter.days = {2, 10};
  EXPECT_EQ(of_nine({}, shorter).days.front().recovery_rate(), Proportion(1, 6))
      << "10 days of June 20 are known.";
  shorter.days = {2, 11};
  EXPECT_EQ(of_nine({}, shorter).days.front().recovery_rate(), Proportion(0, 5)) << "The 11th is not.";
}

TEST(Dunning, reasons_are_those_of_the_last_code_most_invoices_first) {
  const Dunning dunning = of_nine();
  std::string text;
  for (const DunningReason& reason : dunning.reasons)
    text += reason.reason + ": " + in_words(reason.cell.failed) + "; ";
  EXPECT_EQ(text,
            "insufficient_funds: 3 of 100.00, 2 with 60.00; card_expired: 2 of 20.00, 1 with 10.00; "
            ": 1 of 20.00, 1 with 20.00; ");
}

/// `ads 2 of …; web …` of all that failed.
std::string by_segment(const Dunning& dunning) {
  std::string text;
  for (std::size_t s = 0; s < dunning.segments.size(); ++s) {
    for (const std::string& part : dunning.segments[s]) text += part + " ";
    text += in_words(dunning.segment_totals[s].failed) + "; ";
  }
  return text;
}

TEST(Dunning, segments_of_attributes_add_up) {
  const Dunning dunning = of_nine(by::attribute("channel"));
  EXPECT_EQ(dunning.segment_names, std::vector<std::string>{"channel"});
  EXPECT_EQ(by_segment(dunning), "ads 2 of 20.00, 1 with 10.00; web 4 of 120.00, 2 with 60.00; ");
  EXPECT_EQ(dunning.segment_totals[0].failing_rate(), Proportion(2, 3));
  EXPECT_EQ(error_of([] { return of_nine(by::attribute("size")); }), ErrorCode::unknown_attribute);
}

TEST(Dunning, segments_that_change_are_those_of_the_day_whose_mrr_counts) {
  const CustomerSentences customers{
      // Upgraded on the day of the failing renewal: it was basic that failed to go on.
      a_customer("ann").on("basic", "A").until("2024-03-01").then_on("pro").from("2024-03-01").at("30.00"),
      // A first payment of that day.
      a_customer("bob").on("pro", "B").from("2024-03-01").at("20.00"),
      a_customer("gone").on("basic", "G").until("2024-02-01").at("5.00"),
      a_customer("two").on("basic", "T").at("5.00").on("pro", "U").at("15.00")};
  Claims claims;
  for (const char* id : {"ann", "bob", "gone", "two"})
    claims.push_back(an_invoice_of(id).issued("2024-03-01").billed("1.00").failed("2024-03-01"));
  for (const char* id : {"ann", "gone", "two"})
    claims.push_back(
        an_invoice_of(id, std::string(id) + "0").issued("2024-01-01").billed("1.00").paid("2024-01-01"));
  const Book book = book_with_claims("2024-07-01", customers, claims);
  const PeriodGrid march = one_period("2024-03-01", "2024-04-01");
  const std::string expected =
      "(none) 1 of 1.00, 1 with 0.00; basic 1 of 1.00, 1 with 10.00; pro 2 of 2.00, 2 with 40.00; ";
  EXPECT_EQ(by_segment(dunning_of(book, march, by::plan)), expected);
  EXPECT_EQ(by_segment(dunning_of(book, march, by::primary_plan)), expected);
  DunningOptions pro;
  pro.where = by::primary_plan == "pro";
  EXPECT_EQ(in_words(dunning_of(book, march, {}, pro).total.failed), "2 of 2.00, 2 with 40.00");
  EXPECT_EQ(dunning_of(book, march, {}, pro).total.failing_rate(), Proportion(2, 2));
}

TEST(Dunning, a_customer_counts_once_by_the_worst_of_its_invoices) {
  const auto customers = [](const Claims& claims) {
    const DunningCell all =
        dunning_of(book_with_claims("2024-07-01", three(), claims), months_of("2024-01-01", "2024-07-01"))
            .total;
    EXPECT_EQ(all.failed.customers, 1);
    return std::to_string(all.recovered.customers) + std::to_string(all.at_risk.customers) +
           std::to_string(all.lost.customers);
  };
  const Invoice recovered = an_invoice_of("ann", "a").billed("5.00").failed("2024-03-01").paid("2024-03-02");
  const Invoice lost = an_invoice_of("ann", "b").billed("5.00").failed("2024-04-01");
  const Invoice at_risk = an_invoice_of("ann", "c").billed("5.00").failed("2024-06-20");
  EXPECT_EQ(customers({recovered}), "100");
  EXPECT_EQ(customers({recovered, at_risk}), "010");
  EXPECT_EQ(customers({at_risk, recovered, lost}), "001");
}

TEST(Dunning, a_filter_keeps_some_customers) {
  DunningOptions ads;
  ads.where = attribute("channel") == "ads";
  const Dunning dunning = of_nine({}, ads);
  EXPECT_EQ(in_words(dunning.total.failed), "2 of 20.00, 1 with 10.00");
  EXPECT_EQ(dunning.total.failing_rate(), Proportion(2, 3));
}

TEST(Dunning, currencies_never_add) {
  const Book book = book_with_claims(
      "2024-07-01",
      {a_customer("ann").on("pro", "A"), a_customer("bob").on("pro", "B").in("EUR").at("20.00")},
      {an_invoice_of("ann").billed("5.00").failed("2024-03-02"),
       an_invoice_of("bob").in("EUR").billed("7.00").failed("2024-03-02")});
  const PeriodGrid march = one_period("2024-03-01", "2024-04-01");
  EXPECT_EQ(error_of([&] { return dunning_of(book, march); }), ErrorCode::mixed_currencies);
  DunningOptions euros;
  euros.currency = Currency{"EUR"};
  const Dunning dunning = dunning_of(book, march, {}, euros);
  EXPECT_EQ(dunning.currency, Currency{"EUR"});
  EXPECT_EQ(dunning.mrr_currency, Currency{"EUR"});
  EXPECT_EQ(dunning.total.failed, (DunningSum{1, 700, 1, std::int64_t{2000} * ticks_per_minor_unit_a_month}));
  EXPECT_EQ(dunning.total.failing_rate(), Proportion(1, 1));
}

TEST(Dunning, amounts_are_shown_in_the_reporting_currency_where_there_is_one) {
  Conventions dollars;
  dollars.book.currency = Currency{"USD"};
  dollars.book.rates = {{Currency{"EUR"}, Decimal::parse("1.10").value()}};
  const Book book = book_with_claims(
      "2024-07-01",
      {a_customer("ann").on("pro", "A"), a_customer("bob").on("pro", "B").in("EUR").at("20.00")},
      {an_invoice_of("ann").billed("5.00").failed("2024-03-02"), an_invoice_of("bob")
                                                                     .in("EUR")
                                                                     .billed("7.00")
                                                                     .failed("2024-03-02")
                                                                     .paid("2024-03-05")
                                                                     .refunded("2024-03-06", "1.00")},
      dollars);
  const Dunning dunning = dunning_of(book, one_period("2024-03-01", "2024-04-01"));
  EXPECT_EQ(in_words(dunning.total.failed), "2 of 12.70, 2 with 32.00");
  EXPECT_EQ(dunning.total.saved_minor_units(), 660);
}

TEST(Dunning, an_invoice_without_an_amount_counts_and_adds_no_money) {
  const Dunning dunning =
      dunning_of(book_with_claims("2024-07-01", three(), {an_invoice_of("ann").failed("2024-03-02")}),
                 one_period("2024-03-01", "2024-04-01"));
  EXPECT_EQ(in_words(dunning.total.failed), "1 of 0.00, 1 with 10.00");
  EXPECT_EQ(dunning.total.without_amount, 1);
  EXPECT_EQ(dunning.currency, std::nullopt);
  EXPECT_EQ(dunning.total.recovery_rate_by_amount().value(), std::nullopt);
  EXPECT_EQ(
      dunning_sentence(dunning),
      "1 invoice had a failed payment. Of the 1 whose 30 days are over, 0 were recovered in time (0 %, 95 %: "
      "0 % to 79.3 %). No amount is known. Still at risk: 0 invoices.");
}

TEST(Dunning, degenerate_books_have_an_answer) {
  const auto sentence = [](std::string_view as_of, const Claims& claims) {
    return dunning_sentence(
        dunning_of(book_with_claims(as_of, three(), claims), months_of("2024-01-01", "2024-07-01")));
  };
  EXPECT_EQ(sentence("2024-07-01", {}), "No invoice was charged, so none can have failed.");
  EXPECT_EQ(sentence("2024-07-01", {an_invoice_of("ann").billed("5.00").paid("2024-03-01")}),
            "The one charged invoice did not fail.");
  EXPECT_EQ(
      sentence("2024-03-05", {an_invoice_of("ann").billed("5.00").failed("2024-03-01")}),
      "1 invoice had a failed payment. The 30 days in which it may be recovered are over for none of them. "
      "Saved: 0.00 USD, lost: 0.00 USD, still at risk: 5.00 USD (1 invoice, with 10.00 USD of MRR).");
  const Dunning nothing =
      dunning_of(book_with_claims("2024-07-01", {}, {}), months_of("2024-01-01", "2024-07-01"));
  EXPECT_EQ(nothing.total, DunningCell{});
  EXPECT_EQ(nothing.total.recovery_rate().interval(), std::nullopt);
  EXPECT_TRUE(nothing.attempts.empty());
  EXPECT_EQ(dunning_table(nothing).rows.size(), 6U);
  EXPECT_TRUE(dunning_of(book_of_nine(), months_of("2023-01-01", "2023-02-01"), by::attribute("channel"))
                  .segments.empty());
}

TEST(Dunning, periods_that_nobody_knows_are_empty_and_not_zero) {
  const Table table = dunning_table(
      dunning_of(book_with_claims("2024-05-15", three(), nine()), months_of("2024-04-01", "2024-07-01")));
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(table.rows[0][1], Cell{true});
  EXPECT_EQ(table.rows[1][1], Cell{false}) << "Half of May is known.";
  EXPECT_EQ(table.rows[1][2], Cell{std::int64_t{0}});
  EXPECT_EQ(table.rows[2][2], Cell{}) << "Nothing of June is.";
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(Dunning, days_that_do_not_ascend_are_an_error) {
  for (const std::vector<std::int32_t>& days : {std::vector<std::int32_t>{-1}, {3, 3}, {5, 2}}) {
    DunningOptions options;
    options.days = days;
    EXPECT_EQ(error_of([&] { return of_nine({}, options); }), ErrorCode::bad_number);
  }
  DunningOptions none;
  none.days.clear();
  EXPECT_TRUE(of_nine({}, none).days.empty());
  none.rule.window_days = 0;
  EXPECT_EQ(error_of([&] { return of_nine({}, none); }), ErrorCode::bad_number);
}

/// Doubles to four decimals: enough to tell one figure from another, whatever the last bits are.
std::string rounded(Table table, const std::vector<std::size_t>& rows) {
  Table some{table.columns, {}};
  for (const std::size_t row : rows) some.rows.push_back(table.rows.at(row));
  for (auto& row : some.rows)
    for (Cell& cell : row)
      if (const auto* value = std::get_if<double>(&cell)) cell = std::round(*value * 1e4) / 1e4;
  return to_csv(some);
}

TEST(Dunning, tables_say_all_of_it) {
  const Dunning dunning = of_nine(by::attribute("channel"));
  const Table table = dunning_table(dunning);
  ASSERT_EQ(table.rows.size(), 12U);
  const std::string text = rounded(table, {2, 8});
  EXPECT_EQ(
      text,
      "channel,period,complete,failed,recovered,recovered_late,lost,at_risk,failed_amount,recovered_amount,"
      "saved_amount,lost_amount,at_risk_amount,without_amount,failed_customers,failed_mrr,recovered_mrr,"
      "lost_mrr,at_risk_mrr,numerator,denominator,value,ci_low,ci_high,amount_value,first_payments,"
      "first_payments_failed,renewals,renewals_failed,failing_rate,failing_ci_low,failing_ci_high\n"
      "ads,2024-03-01,1,2,1,0,1,0,20.00,10.00,10.00,10.00,0.00,0,1,10.00,0.00,10.00,0.00,1,2,0.5,"
      "0.0945,0.9055,0.5,0,0,2,2,1,0.3424,1\n"
      "web,2024-03-01,1,1,1,0,0,0,40.00,40.00,40.00,0.00,0.00,0,1,40.00,40.00,0.00,0.00,1,1,1,"
      "0.2065,1,1,1,1,0,0,1,0.2065,1\n");
  const Table totals = dunning_totals_table(dunning, true);
  ASSERT_EQ(totals.rows.size(), 3U);
  EXPECT_EQ(to_text(totals.rows[0][0]) + to_text(totals.rows[1][0]) + to_text(totals.rows[2][0]),
            "allfirstrenewal");
  EXPECT_EQ(totals.rows[0][13], Cell{std::int64_t{7000} * ticks_per_minor_unit_a_month});
  EXPECT_EQ(to_text(dunning_reasons_table(dunning).rows.at(2).at(0)), "(none)");
  EXPECT_EQ(
      rounded(dunning_attempts_table(dunning), {2}),
      "attempt,reached,succeeded,value,ci_low,ci_high,succeeded_amount,recovered,denominator,recovered_value,"
      "recovered_ci_low,recovered_ci_high\n"
      "3,1,1,1,0.2065,1,10.00,2,4,0.5,0.15,0.85\n");
  EXPECT_EQ(rounded(dunning_days_table(dunning), {3}),
            "days,numerator,denominator,value,ci_low,ci_high,recovered_amount,failed_amount,amount_value\n"
            "7,2,4,0.5,0.15,0.85,50.00,80.00,0.625\n");
}

TEST(Dunning, the_sentence_tells_how_many_how_sure_and_how_much) {
  EXPECT_EQ(
      dunning_sentence(of_nine()),
      "6 invoices had a failed payment. Of the 4 whose 30 days are over, 2 were recovered in time (50 %, 95 "
      "%: "
      "15 % to 85 %), and 62.5 % of the money. Saved: 95.00 USD, lost: 10.00 USD, still at risk: 20.00 USD "
      "(1 invoice, with 20.00 USD of MRR).");
}

TEST(Dunning, the_sentence_tells_of_windows_of_a_day_and_of_amounts_that_are_not_known) {
  const auto sentence = [](std::string_view as_of) {
    DunningOptions options;
    options.rule.window_days = 1;
    return dunning_sentence(
        dunning_of(book_with_claims(as_of, three(),
                                    {an_invoice_of("ann").failed("2024-03-02"),
                                     an_invoice_of("bob").billed("5.00").failed("2024-03-02")}),
                   one_period("2024-03-01", "2024-04-01"), {}, options));
  };
  EXPECT_EQ(
      sentence("2024-03-03"),
      "2 invoices had a failed payment. Of the 2 whose 1 day is over, 0 were recovered in time (0 %, 95 %: "
      "0 % to 65.8 %), and 0 % of the money. Saved: 0.00 USD, lost: 5.00 USD, still at risk: 0.00 USD (0 "
      "invoices, with 0.00 USD of MRR). The amount of 1 invoice is not known.");
}

// ---- The sample book, counted by a script that shares nothing with the library

TEST(Dunning, of_the_sample_book_is_what_another_program_counts) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  const Book book = Book::build(loaded.records, day("2025-01-01"), loaded.conventions).book;
  const Dunning dunning = dunning_of(book, months_of("2022-01-01", "2025-01-01"), by::attribute("channel"));
  // Counted in Python from customers.csv (without `excluded`), invoices.csv (without `void`), invoice_lines.csv (amount
  // and tax) and payments.csv (without `refunded`): F = the first failed day of an invoice; whole: F + 30 <=
  // 2025-01-01; recovered: a payment succeeded, within 30 days of F for rates; lost: none did, and uncollectible or
  const DunningCell& all = dunning.total;
  EXPECT_EQ(all.failed.invoices, 335);
  EXPECT_EQ(all.failed.minor_units, 13816089);
  EXPECT_EQ(all.recovered.minor_units, 8008478);
  EXPECT_EQ(all.lost.minor_units, 5761553);
  EXPECT_EQ(all.at_risk.minor_units, 46058);
  EXPECT_EQ(all.failed.customers, 259);
  EXPECT_EQ(all.recovered.customers, 171);
  EXPECT_EQ(all.lost.customers, 84);
  EXPECT_EQ(all.at_risk.customers, 4);
  EXPECT_EQ(all.recovery_rate(), Proportion(239, 322));
  EXPECT_EQ(all.recovery_rate_by_amount(), (Ratio{7920758, 13674511}));
  EXPECT_EQ(all.first_payment_failing_rate(), Proportion(23, 998));
  EXPECT_EQ(all.renewal_failing_rate(), Proportion(312, 7718));
  // The channel of an account that was merged is that of the one which it became part of.
  std::map<std::string, Proportion> by_channel;
  for (std::size_t s = 0; s < dunning.segments.size(); ++s)
    by_channel.insert({dunning.segments[s].at(0), dunning.segment_totals[s].recovery_rate()});
  EXPECT_EQ(by_channel.at("outbound"), Proportion(33, 39));
  EXPECT_EQ(by_channel.at("paid_social"), Proportion(34, 55));
  // Attempts of whole windows: 322 got to the first, 322 to the second, 251 to the third, 158 to the fourth.
  ASSERT_EQ(dunning.attempts.size(), 4U);
  EXPECT_EQ(dunning.attempts[0].success_rate(), Proportion(0, 322));
  EXPECT_EQ(dunning.attempts[1].success_rate(), Proportion(71, 322));
  EXPECT_EQ(dunning.attempts[2].success_rate(), Proportion(93, 251));
  EXPECT_EQ(dunning.attempts[3].success_rate(), Proportion(75, 158));
  EXPECT_EQ(dunning.attempts[3].succeeded_minor_units, 2237766);
  EXPECT_EQ(dunning.recovered_by(dunning.attempts[3]), Proportion(239, 322));
  // Days since F: (0, 0) (1, 20) (3, 71) (7, 164) (14, 239) (21, 239) (30, 239) of 322.
  std::vector<std::int64_t> recovered;
  for (const DunningDay& count : dunning.days) recovered.push_back(count.recovered);
  EXPECT_EQ(recovered, (std::vector<std::int64_t>{0, 20, 71, 164, 239, 239, 239}));
  EXPECT_EQ(dunning.days[3].recovered_minor_units, 5682992);
  const Dunning months = dunning_of(book, months_of("2022-01-01", "2025-01-01"));
  EXPECT_EQ(months.at(0, 29).recovery_rate(), Proportion(9, 14)) << "June 2024";
  EXPECT_EQ(months.at(0, 34).recovery_rate(), Proportion(15, 19)) << "November 2024";
  EXPECT_EQ(months.at(0, 35).failed.invoices, 13);
  // prop.test(239, 322, correct = FALSE)$conf.int and prop.test(23, 998, correct = FALSE)$conf.int in R, ten digits.
  EXPECT_NEAR(all.recovery_rate().interval()->low, 0.6918017151, 5e-11);
  EXPECT_NEAR(all.recovery_rate().interval()->high, 0.7869587243, 5e-11);
  EXPECT_NEAR(all.first_payment_failing_rate().interval()->low, 0.0154051832, 5e-11);
  EXPECT_NEAR(all.first_payment_failing_rate().interval()->high, 0.03434466333, 5e-11);
}

TEST(Dunning, of_the_sample_book_a_year_earlier_is_what_was_known_then) {
  const LoadedBook loaded = read_book_folder(CHURN_SOURCE_DIR "/examples/sample_book");
  const Book book = Book::build(loaded.records, day("2024-01-01"), loaded.conventions).book;
  const Dunning dunning = dunning_of(book, months_of("2022-01-01", "2025-01-01"));
  // The same script, with payments before 2024-01-01 only: an invoice that was paid later had not been paid.
  EXPECT_EQ(dunning.total.failing_rate(), Proportion(153, 4225));
  EXPECT_EQ(dunning.total.first_payment_failing_rate(), Proportion(11, 636));
  EXPECT_EQ(dunning.total.recovered.invoices, 106);
  EXPECT_EQ(dunning.total.recovered.minor_units, 3676383);
  EXPECT_EQ(dunning.total.lost.minor_units, 2841101);
  EXPECT_EQ(dunning.total.at_risk.invoices, 3);
  EXPECT_EQ(dunning.total.at_risk.minor_units, 193720);
  EXPECT_EQ(dunning.total.recovery_rate(), Proportion(99, 142));
  EXPECT_EQ(dunning.total.recovery_rate_by_amount(), (Ratio{3485426, 6295727}));
}

// ---- Laws

using support::draw;
using support::one_in;

struct RandomDunning {
  Book book;
  PeriodGrid grid;
};

RandomDunning draw_dunning() {
  support::CustomerSentences customers;
  for (const char* id : {"c0", "c1", "c2", "c3"}) {
    auto customer = a_customer(id).with("half", id[1] < '2' ? "low" : "high").on(one_in(2) ? "basic" : "pro");
    if (one_in(2)) customer.until(one_in(2) ? "2024-03-01" : "2024-04-10");
    customers.push_back(customer);
  }
  Claims claims;
  const int count = draw(0, 20);
  for (int i = 0; i < count; ++i) {
    const Date issued = day("2024-01-01") + std::chrono::days{draw(0, 120)};
    auto claim =
        an_invoice_of("c" + std::to_string(draw(0, 4)), "i" + std::to_string(i)).issued(issued.to_string());
    if (!one_in(5)) claim.billed(std::to_string(draw(1, 50)) + ".50");
    const int attempts = draw(0, 5);
    Date at = issued;
    for (int k = 0; k < attempts; ++k, at = at + std::chrono::days{draw(0, 12)})
      claim.failed(at.to_string(), one_in(2) ? "expired_card" : "");
    if (one_in(2)) claim.paid(at.to_string());
    if (one_in(6)) claim.is(InvoiceStatus::uncollectible);
    if (one_in(6)) claim.refunded((at + std::chrono::days{draw(0, 9)}).to_string(), "1.00");
    claims.push_back(claim);
  }
  const Date as_of = day("2024-01-02") + std::chrono::days{draw(0, 150)};
  return {book_with_claims(as_of.to_string(), customers, claims), months_of("2024-01-01", "2024-07-01")};
}

void check_cell(const DunningCell& cell) {
  using S = DunningSum;
  for (const auto field : {&S::invoices, &S::minor_units, &S::customers, &S::ticks}) {
    const bool adds_up = cell.failed.*field == cell.recovered.*field + cell.lost.*field + cell.at_risk.*field;
    RC_ASSERT(adds_up);
  }
  RC_ASSERT(cell.whole_recovered <= cell.whole);
  RC_ASSERT(cell.whole_recovered <= cell.recovered.invoices - cell.recovered_late);
  RC_ASSERT(cell.saved_minor_units() <= cell.recovered.minor_units);
  RC_ASSERT(cell.failing_rate().numerator() <= cell.failed.invoices);
}

RC_GTEST_PROP(DunningLaws, what_failed_is_recovered_lost_or_at_risk_in_every_cell, ()) {
  const RandomDunning random = draw_dunning();
  const Dunning dunning = dunning_of(random.book, random.grid, by::plan * by::attribute("half"));
  check_cell(dunning.total);
  check_cell(dunning.first_payments);
  check_cell(dunning.renewals);
  for (const DunningCell& cell : dunning.cells) check_cell(cell);
  for (const DunningCell& cell : dunning.segment_totals) check_cell(cell);
  for (const DunningReason& reason : dunning.reasons) {
    RC_ASSERT(reason.cell.failed.invoices > 0);
    RC_ASSERT(reason.cell.failed.invoices ==
              reason.cell.recovered.invoices + reason.cell.lost.invoices + reason.cell.at_risk.invoices);
  }
}

/// What adds up over cells whatever the customers in them are.
std::vector<std::int64_t> sums_of(const std::vector<DunningCell>& cells) {
  std::vector<std::int64_t> sums(17);
  for (const DunningCell& c : cells) {
    const std::vector<std::int64_t> parts{
        c.failed.invoices, c.failed.minor_units,   c.recovered.invoices,    c.recovered.minor_units,
        c.lost.invoices,   c.lost.minor_units,     c.at_risk.invoices,      c.at_risk.minor_units,
        c.recovered_late,  c.refunded_minor_units, c.without_amount,        c.whole,
        c.whole_recovered, c.first_payments,       c.first_payments_failed, c.renewals,
        c.renewals_failed};
    std::transform(sums.begin(), sums.end(), parts.begin(), sums.begin(), std::plus<>{});
  }
  return sums;
}

RC_GTEST_PROP(DunningLaws, segments_periods_and_kinds_add_up_to_the_total, ()) {
  const RandomDunning random = draw_dunning();
  for (const Segmenter& segmenter : {by::attribute("half"), Segmenter{by::plan}, Segmenter{by::tenure}}) {
    const Dunning dunning = dunning_of(random.book, random.grid, segmenter);
    const std::vector<std::int64_t> total = sums_of({dunning.total});
    RC_ASSERT(sums_of(dunning.cells) == total);
    RC_ASSERT(sums_of(dunning.segment_totals) == total);
    RC_ASSERT(sums_of({dunning.first_payments, dunning.renewals}) == total);
    RC_ASSERT(dunning.total == dunning_of(random.book, random.grid).total);
  }
  // Customers are in one segment of an attribute, so that they and their MRR add up, too.
  const Dunning halves = dunning_of(random.book, random.grid, by::attribute("half"));
  std::int64_t customers = 0;
  std::int64_t ticks = 0;
  for (const DunningCell& cell : halves.segment_totals) {
    customers += cell.lost.customers;
    ticks += cell.lost.ticks;
  }
  RC_ASSERT(customers == halves.total.lost.customers);
  RC_ASSERT(ticks == halves.total.lost.ticks);
}

RC_GTEST_PROP(DunningLaws, attempts_and_days_agree_with_the_recovery_rate, ()) {
  const RandomDunning random = draw_dunning();
  DunningOptions options;
  options.days = {0, 5, 29};  // the last day of the window
  const Dunning dunning = dunning_of(random.book, random.grid, {}, options);
  const std::int64_t by_attempts = dunning.attempts.empty() ? 0 : dunning.attempts.back().recovered;
  RC_ASSERT(by_attempts + dunning.recovered_otherwise == dunning.total.whole_recovered);
  RC_ASSERT(dunning.days.back().recovery_rate() == dunning.total.recovery_rate());
  RC_ASSERT(dunning.days.back().recovered_minor_units == dunning.total.whole_recovered_minor_units);
  for (std::size_t k = 1; k < dunning.attempts.size(); ++k)
    RC_ASSERT(dunning.attempts[k].reached <=
              dunning.attempts[k - 1].reached - dunning.attempts[k - 1].succeeded);
}

}  // namespace
}  // namespace churn
