// The cases that every build must get right, in the order of the definitions page. Most stand beside the header that
// decides them; the list says where, and a test holds it to the tests that there are. The rest follows it.
#include <churn/churn.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/build_invoice.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;
using support::life_of;
using support::months_of;

struct Case {
  const char* says;
  std::vector<std::string> tests;
};

const std::vector<Case> cases{
    {"Annual 1200 -> MRR 100; 600 -> 50.",
     {"RunRate.of_1200_a_year_shows_100_a_month_and_of_600_shows_50",
      "Book.prices_become_mrr_as_the_definitions_say"}},
    {"100 x 100/mo + 50 x 600/yr -> 12,500.",
     {"RunRate.of_a_hundred_at_100_a_month_and_fifty_at_600_a_year_shows_12500",
      "Book.a_hundred_at_100_a_month_and_fifty_at_600_a_year_are_12500"}},
    {"Four yearly at 500: new 166.67; two monthly at 30: expansion 60; cancel those: contraction 60; cancel "
     "the "
     "yearly: churn at the end of the paid year; back on three monthly at 50: reactivation 150.",
     {"MovementCube.four_yearly_two_monthly_and_what_becomes_of_them"}},
    {"100 at opening, 10 churn, 10 contraction, 10 expansion: gross 20 %, net 10 %.",
     {"Rates.ten_lost_ten_contracted_and_ten_expanded_of_100_are_20_percent_gross_and_10_net"}},
    {"A 100 -> 0, B 100 -> 200: GRR 50 %, NRR 100 %.",
     {"Rates.retention_is_counted_per_customer_and_never_on_totals"}},
    {"1 % lost each day for 30 days: period rate 26.0 %.",
     {"VendorCases.a_daily_loss_of_1_percent_is_26_percent_of_a_month_and_not_30",
      "Rates.one_percent_lost_each_day_for_30_days_is_26_percent_of_the_period",
      "Measurement.one_percent_lost_each_day_for_a_month_of_30_days_is_26_percent"}},
    {"Three subscriptions of one customer end together: 1 customer churned, 3 subscriptions.",
     {"MovementCube.three_subscriptions_of_one_customer_that_end_together_are_one_churned_customer",
      "SubscriptionCube.three_subscriptions_that_end_together_are_three_lost"}},
    {"12-month coupon expiry is expansion.",
     {"MovementCube.the_expiry_of_a_coupon_of_twelve_months_is_an_expansion"}},
    {"Discount above price floors at 0.",
     {"RunRate.of_a_discount_above_the_price_is_zero",
      "PhaseResolver.a_discount_above_the_price_floors_at_zero"}},
    {"Seat at 10/mo added mid-month and charged 5 prorated: MRR + 10, not + 5.",
     {"MovementCube.a_seat_added_in_the_middle_of_a_month_is_worth_its_whole_month",
      "InvoicePhases.a_seat_added_within_the_month_counts_with_its_price"}},
    {"Yearly plan terminated early and re-subscribed: 100, never 200.",
     {"MovementCube.a_yearly_plan_terminated_early_and_subscribed_again_is_100_and_never_200",
      "VendorCases.a_terminated_annual_plan_that_is_taken_again_is_never_there_twice"}},
    {"Refund of a paid invoice: MRR unchanged.",
     {"VendorCases.a_refund_is_cash_and_leaves_mrr_and_churn_alone",
      "DefinitionsCases.a_refund_leaves_the_mrr_of_a_subscription_alone_also_where_debts_count"}},
    {"10.00 weekly -> 43.33 MRR; 10.00 daily -> 304.17.",
     {"RunRate.of_a_weekly_price_of_ten_shows_43_33_a_month",
      "RunRate.of_a_daily_price_of_ten_shows_304_17_a_month"}},
    {"2-year 2400.00 -> 100.00.", {"RunRate.of_2400_for_two_years_shows_100_a_month"}},
    {"JPY 12000 a year -> 1000.", {"RunRate.of_12000_yen_a_year_shows_1000_a_month"}},
    {"End = start is an empty phase, rejected with a reason.",
     {"PhaseResolver.an_end_on_or_before_the_start_is_rejected"}},
    {"Gap exactly equal to the allowance is no churn; one day more is.",
     {"MovementCube.a_gap_of_exactly_the_allowance_is_no_churn_and_one_day_more_is"}},
    {"Churn of a cancelled subscription counts once.",
     {"MovementCube.a_cancelled_subscription_churns_once_and_when_its_service_ends",
      "VendorCases.what_is_cancelled_twice_leaves_once"}},
    {"Cancel scheduled then undone: no churn.",
     {"MovementCube.a_cancellation_that_was_scheduled_and_undone_is_no_churn",
      "DefinitionsCases.a_cancellation_that_is_undone_is_no_churn_under_any_recognition"}},
    {"Zero departures: rate 0 with an interval, month present.",
     {"Rates.without_departures_the_rate_is_0_with_an_interval",
      "MovementCube.a_month_without_departures_is_there_with_zero_churn"}},
    {"No customers: undefined.", {"Rates.over_nobody_every_rate_is_undefined"}},
    {"A deleted subscription still closes its MRR.",
     {"VendorCases.the_month_after_the_last_subscription_is_there_with_0",
      "DefinitionsCases.a_plan_whose_last_subscription_ended_closes_at_0"}},
    {"Subscription on 29 Feb, on the 31st, across DST.",
     {"MovementCube.subscriptions_on_leap_days_and_month_ends_count_to_the_day",
      "SubscriptionCube.renewals_of_the_31st_come_on_the_last_day_of_shorter_months",
      "Anniversary.of_29_february_comes_back_to_the_29th_in_leap_years",
      "DefinitionsCases.days_of_23_and_of_25_hours_are_days"}},
    {"Backdated change: same result as if it had been known at first.",
     {"MovementCube.a_backdated_change_gives_what_it_would_have_given_if_known_at_first",
      "VendorCases.a_backdated_subscription_enters_the_months_it_was_there"}},
    {"A contract to 2027 in a book of 2025 does not move as_of.",
     {"Book.a_contract_into_the_future_does_not_move_as_of"}}};

TEST(DefinitionsCases, each_has_a_test) {
  std::set<std::string> names;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t)
      names.insert(std::string(suite.name()) + "." + suite.GetTestInfo(t)->name());
  }
  for (const auto& [says, tests] : cases)
    for (const std::string& test : tests) EXPECT_EQ(names.count(test), 1U) << test << ", of: " << says;
}

// The refund of a payment is a payment of its own kind: it is no attempt that failed, and the invoice stays paid.
TEST(DefinitionsCases, a_refund_leaves_the_mrr_of_a_subscription_alone_also_where_debts_count) {
  Records records = support::records_of({a_customer("ann").on("a", "s1").at("100.00")});
  Invoice refunded = support::an_invoice("i1", "2024-02-01", {});
  refunded.payments = {{Timestamp::parse("2024-02-01T12:00:00Z").value(), PaymentStatus::succeeded},
                       {Timestamp::parse("2024-02-05T12:00:00Z").value(), PaymentStatus::refunded}};
  records.add(refunded);
  for (const PastDuePolicy policy :
       {PastDuePolicy::counted, PastDuePolicy::dropped_after_days, PastDuePolicy::dropped_when_exhausted}) {
    Conventions conventions;
    conventions.book.past_due = policy;
    EXPECT_EQ(life_of(Book::build(records, day("2024-07-01"), conventions).book), "2024-01-01 100.00");
  }
}

// Asked for on 11 February, for 1 April; on 20 March, the customer stays after all. Whoever undoes it in the billing
// system may leave an end that the next phase takes up, or a phase that cuts the cancelled one.
TEST(DefinitionsCases, a_cancellation_that_is_undone_is_no_churn_under_any_recognition) {
  const auto ann = a_customer("ann").on("pro").until("2024-04-01").cancelled_on("2024-02-11");
  for (const char* goes_on_from : {"2024-03-20", "2024-04-01"})
    for (const Conventions& preset : Conventions::presets()) {
      auto undone = ann;
      EXPECT_EQ(life_of(book_as_of("2024-07-01", {undone.then_on("pro").from(goes_on_from)}, preset)),
                "2024-01-01 10.00")
          << preset.name << " " << goes_on_from;
    }
  EXPECT_EQ(life_of(book_as_of("2024-07-01", {ann}, Conventions::stripe())),
            "2024-01-01 10.00, 2024-02-11 absent")
      << "Without it, it is one.";
}

TEST(DefinitionsCases, a_plan_whose_last_subscription_ended_closes_at_0) {
  const Book book = book_as_of(
      "2024-05-01", {a_customer("ann").on("old").until("2024-02-10"), a_customer("bob").on("new")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-05-01"), by::plan);
  const std::size_t old = cube.segment({"old"});
  EXPECT_EQ(support::shown(cube.at(old, 1).churn), "10.00");
  for (std::size_t p = 1; p < 4; ++p) EXPECT_EQ(cube.at(old, p).closing, 0);
}

// New York, 2024: 10 March has 23 hours, 3 November 25. Phases know days only; instants become days.
TEST(DefinitionsCases, days_of_23_and_of_25_hours_are_days) {
  Conventions new_york;
  new_york.book.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"};
  new_york.book.past_due = PastDuePolicy::dropped_when_exhausted;
  const auto dropped = [&](const char* last_attempt) {
    Records records = support::records_of({a_customer("ann").on("a", "s1")});
    Invoice lost = support::an_invoice("i1", "2024-02-01", {}, InvoiceStatus::uncollectible);
    lost.payments = {{Timestamp::parse(last_attempt).value(), PaymentStatus::failed}};
    records.add(lost);
    return life_of(Book::build(records, day("2025-01-01"), new_york).book);
  };
  EXPECT_EQ(dropped("2024-03-10T04:59:59Z"), "2024-01-01 10.00, 2024-03-09 absent");
  EXPECT_EQ(dropped("2024-03-10T05:00:00Z"), "2024-01-01 10.00, 2024-03-10 absent");
  EXPECT_EQ(dropped("2024-03-11T03:59:59Z"), "2024-01-01 10.00, 2024-03-10 absent") << "23 hours later.";
  EXPECT_EQ(dropped("2024-03-11T04:00:00Z"), "2024-01-01 10.00, 2024-03-11 absent");
  EXPECT_EQ(dropped("2024-11-03T04:00:00Z"), "2024-01-01 10.00, 2024-11-03 absent");
  EXPECT_EQ(dropped("2024-11-04T04:59:59Z"), "2024-01-01 10.00, 2024-11-03 absent") << "25 hours later.";
  EXPECT_EQ(dropped("2024-11-04T05:00:00Z"), "2024-01-01 10.00, 2024-11-04 absent");
  const MovementCube cube = MovementCube::fold(
      book_as_of("2025-01-01", {a_customer("ann").on("a")}, new_york), months_of("2024-01-01", "2025-01-01"));
  EXPECT_EQ(cube.at(0, 2).customer_days, 31);
  EXPECT_EQ(cube.at(0, 10).customer_days, 30);
}

}  // namespace
}  // namespace churn
