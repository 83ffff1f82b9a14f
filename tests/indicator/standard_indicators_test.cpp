#include <churn/indicator/standard_indicators.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/build_past.hpp"

namespace churn {
namespace {

using support::a_bill;
using support::a_customer;
using support::copies;
using support::CustomerSentences;
using support::day;
using support::did;
using support::error_of;
using support::TestBook;
using support::together;

using Value = std::optional<double>;

const Indicator& named(const std::vector<Indicator>& all, const std::string& name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Indicator& i) { return i.column.name == name; });
  EXPECT_NE(at, all.end()) << name;
  return *at;
}

Value value_of(const Indicator& indicator, const TestBook& book, const std::string& customer,
               std::string_view on) {
  const IndicatorValue value = indicator.prepare ? indicator.prepare(book.reader()) : indicator.value;
  return value(book.past(customer, on));
}
Value value_of(const std::string& name, const TestBook& book, const std::string& customer,
               std::string_view on, const IndicatorOptions& options = {}) {
  return value_of(named(standard_indicators(options), name), book, customer, on);
}

std::string words_of(const std::string& name, double value) {
  return named(standard_indicators(), name).words(value);
}

/// So many of them on a day.
void add(std::vector<Event>& events, int count, const char* customer, const char* on, const char* kind,
         const char* value = "1") {
  for (int i = 0; i < count; ++i)
    events.push_back(did(customer, std::string(on) + "T08:00:00Z", kind, value));
}

constexpr const char* long_ago = "2023-06-01";

// ---- the list

TEST(StandardIndicators, are_these_in_this_order_with_these_directions) {
  std::string all;
  for (const Indicator& i : standard_indicators()) {
    all += i.column.name + (i.column.direction == Direction::lowers ? "- " : " ");
    EXPECT_FALSE(i.about.empty()) << i.column.name;
    EXPECT_TRUE(i.words) << i.column.name;
    EXPECT_TRUE(!i.value != !i.prepare) << i.column.name;
  }
  EXPECT_EQ(all,
            "usage_decline time_decline days_since_last_event late_payments arrears days_overdue "
            "payment_failures downgrades "
            "seat_decline ticket_silence ticket_surge feature_breadth- stage_stall not_activated "
            "segment_risk resemblance "
            "integrations- campaign_engagement- nps- tenure- time_to_renewal- card_expiring ");
}

TEST(StandardIndicators, look_back_over_at_least_a_day) {
  for (const IndicatorOptions& bad :
       {IndicatorOptions{0, 90, 30, 25}, IndicatorOptions{28, 0, 30, 25}, IndicatorOptions{28, 90, 0, 25},
        IndicatorOptions{28, 90, 30, 0}, IndicatorOptions{40000, 90, 30, 25}})
    EXPECT_EQ(error_of([&] { (void)standard_indicators(bad); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([] { (void)event_indicator("x", "login", Direction::lowers, 0); }),
            ErrorCode::bad_number);
}

TEST(StandardIndicators, say_themselves_in_words) {
  EXPECT_EQ(words_of("usage_decline", std::log(2.0)), "use fell by 50 % in 28 days");
  EXPECT_EQ(words_of("usage_decline", -std::log(2.0)), "use rose by 100 % in 28 days");
  EXPECT_EQ(words_of("usage_decline", 0), "use stayed the same over 28 days");
  EXPECT_EQ(words_of("ticket_surge", std::log(2.0)), "tickets rose by 100 % in 28 days");
  EXPECT_EQ(words_of("days_since_last_event", 1), "last used 1 day ago");
  EXPECT_EQ(words_of("late_payments", -2), "2 late payments less than in the 28 days before");
  EXPECT_EQ(words_of("arrears", 1.26), "owes 1.3 months of MRR");
  EXPECT_EQ(words_of("feature_breadth", 0.25), "uses 25 % of the features, in 90 days");
  EXPECT_EQ(words_of("nps", 3), "NPS answer 3.0");
  EXPECT_EQ(words_of("time_to_renewal", 1), "renews in 1 day");
}

// ---- use

TEST(StandardIndicators, usage_declines_by_the_log_of_one_more_than_the_uses) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "login")};
  add(events, 7, "ann", "2024-03-04", "login");  // the 28 days before the last 28 of 29 April
  add(events, 4, "ann", "2024-03-31", "feature_used");
  add(events, 2, "ann", "2024-04-01", "export");         // the last 28
  add(events, 9, "ann", "2024-04-15", "ticket_opened");  // no use
  add(events, 30, "ann", "2024-04-29", "login");         // not known yet
  add(events, 30, "ann", "2024-03-03", "login");         // too long ago
  const TestBook book{{a_customer("ann"), a_customer("bob")}, events};
  EXPECT_DOUBLE_EQ(value_of("usage_decline", book, "ann", "2024-04-29").value(),
                   std::log(12.0) - std::log(3.0));
  EXPECT_EQ(value_of("usage_decline", book, "bob", "2024-04-29"), 0);  // recorded, and none
}

TEST(StandardIndicators, usage_decline_is_missing_where_recording_or_the_customer_began_later) {
  std::vector<Event> events{did("bob", "2024-01-10T00:00:00Z", "login")};
  const TestBook book{{a_customer("ann").on("pro").from("2023-01-01"), a_customer("bob"),
                       a_customer("cat").on("pro").from("2024-02-01")},
                      events};
  // 56 days before 7 March is 11 January: recording began the day before.
  EXPECT_EQ(value_of("usage_decline", book, "ann", "2024-03-06"), std::nullopt);
  EXPECT_EQ(value_of("usage_decline", book, "ann", "2024-03-07"), 0);
  // 56 days before 28 March is 1 February.
  EXPECT_EQ(value_of("usage_decline", book, "cat", "2024-03-27"), std::nullopt);
  EXPECT_EQ(value_of("usage_decline", book, "cat", "2024-03-28"), 0);
}

TEST(StandardIndicators, windows_end_at_local_midnight) {
  Conventions conventions;
  conventions.book.time_zone = TimeZone{"JST+09"};  // midnight in Tokyo is 15:00 UTC of the day before
  const std::vector<Event> events{
      did("ann", "2023-12-01T00:00:00Z", "login"), did("ann", "2024-04-28T14:59:59Z", "login"),
      did("ann", "2024-04-28T15:00:00Z", "login"), did("ann", "2024-03-31T14:59:59Z", "login"),
      did("ann", "2024-03-31T15:00:00Z", "login")};
  const TestBook book{
      {a_customer("ann").on("pro").from("2023-12-01")}, events, {}, "2024-07-01", conventions};
  // 29 April, Tokyo: the last 28 days are 1 to 28 April, two of the logins; one lies in March.
  EXPECT_DOUBLE_EQ(value_of("usage_decline", book, "ann", "2024-04-29").value(),
                   std::log(2.0) - std::log(3.0));
}

TEST(StandardIndicators, time_declines_by_the_log_of_one_more_than_the_minutes) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "session_minutes")};
  add(events, 2, "ann", "2024-03-10", "session_minutes", "29.5");
  add(events, 1, "ann", "2024-04-10", "session_minutes", "5");
  add(events, 1, "cat", "2024-04-10", "session_minutes", "-5");  // nobody is there for less than no time
  const TestBook book{{a_customer("ann"), a_customer("bob"), a_customer("cat")}, events};
  EXPECT_DOUBLE_EQ(value_of("time_decline", book, "ann", "2024-04-29").value(),
                   std::log(60.0) - std::log(6.0));
  EXPECT_EQ(value_of("time_decline", book, "cat", "2024-04-29"), 0);
}

TEST(StandardIndicators,
     days_since_the_last_event_count_from_coming_or_recording_for_who_never_did_anything) {
  const TestBook book{
      {a_customer("ann").on("pro").from(long_ago), a_customer("new").on("pro").from("2024-03-01"),
       a_customer("user")},
      {did("user", "2024-01-15T00:00:00Z", "session_minutes"), did("user", "2024-03-30T00:00:00Z", "login")}};
  EXPECT_EQ(value_of("days_since_last_event", book, "user", "2024-03-31"), 1);
  EXPECT_EQ(value_of("days_since_last_event", book, "user", "2024-03-30"), 75);
  EXPECT_EQ(value_of("days_since_last_event", book, "ann", "2024-03-31"), 76);
  EXPECT_EQ(value_of("days_since_last_event", book, "new", "2024-03-31"), 30);
  EXPECT_EQ(value_of("days_since_last_event", book, "ann", "2024-01-15"),
            std::nullopt);  // nothing recorded yet
}

TEST(StandardIndicators, mapped_kinds_count_as_what_they_stand_for) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "opened")};
  add(events, 1, "ann", "2024-04-15", "opened");
  const TestBook book{{a_customer("ann"), a_customer("bob")}, events, {}, "2024-07-01", {},
                      {{"opened", "ticket_opened"}}};
  EXPECT_DOUBLE_EQ(value_of("ticket_surge", book, "ann", "2024-04-29").value(), std::log(2.0));
  EXPECT_EQ(value_of("usage_decline", book, "ann", "2024-04-29"), std::nullopt);
}

TEST(StandardIndicators, merged_accounts_are_one_and_test_accounts_nobody) {
  std::vector<Event> events{did("test", "2023-01-01T00:00:00Z", "login"),
                            did("old", "2024-02-01T00:00:00Z", "login")};
  add(events, 1, "old", "2024-03-15", "login");
  add(events, 3, "ann", "2024-03-15", "login");
  const TestBook book{
      {a_customer("ann"), a_customer("old").merged_into("ann"), a_customer("test").who_is_a_test_account()},
      events};
  EXPECT_EQ(value_of("usage_decline", book, "ann", "2024-03-20"), std::nullopt);  // else recorded since 2023
  EXPECT_DOUBLE_EQ(value_of("usage_decline", book, "ann", "2024-04-29").value(), std::log(5.0));
}

// ---- tickets

TEST(StandardIndicators, tickets_are_silent_if_there_were_some_and_none_since_while_use_falls) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "login"),
                            did("bob", "2023-12-01T00:00:00Z", "ticket_opened")};
  for (const char* who : {"silent", "talks", "steady"}) {
    add(events, 2, who, "2024-03-10", "ticket_opened");
    add(events, 4, who, "2024-03-10", "login");
    add(events, who == std::string("steady") ? 4 : 1, who, "2024-04-10", "login");
  }
  add(events, 1, "talks", "2024-04-10", "ticket_opened");
  add(events, 4, "quiet", "2024-03-10", "login");
  const TestBook book{{a_customer("silent"), a_customer("talks"), a_customer("steady"), a_customer("quiet"),
                       a_customer("bob"), a_customer("new").on("pro").from("2024-04-01")},
                      events};
  EXPECT_EQ(value_of("ticket_silence", book, "silent", "2024-04-29"), 1);
  EXPECT_EQ(value_of("ticket_silence", book, "talks", "2024-04-29"), 0);
  EXPECT_EQ(value_of("ticket_silence", book, "steady", "2024-04-29"), 0);
  EXPECT_EQ(value_of("ticket_silence", book, "quiet", "2024-04-29"), 0);
  EXPECT_EQ(value_of("ticket_silence", book, "new", "2024-04-29"), std::nullopt);
  EXPECT_DOUBLE_EQ(value_of("ticket_surge", book, "silent", "2024-04-29").value(), -std::log(3.0));
  EXPECT_DOUBLE_EQ(value_of("ticket_surge", book, "talks", "2024-04-29").value(), std::log(2.0 / 3.0));
}

TEST(StandardIndicators, silence_says_nothing_where_no_use_is_recorded) {
  const TestBook book{{a_customer("ann")},
                      {did("ann", "2023-12-01T00:00:00Z", "ticket_opened"),
                       did("ann", "2024-03-10T00:00:00Z", "ticket_opened")}};
  EXPECT_EQ(value_of("ticket_silence", book, "ann", "2024-04-29"), std::nullopt);
  EXPECT_NE(value_of("ticket_surge", book, "ann", "2024-04-29"), std::nullopt);
}

// ---- payments

TEST(StandardIndicators, payments_are_late_when_the_due_day_has_passed) {
  using S = InvoiceStatus;
  const TestBook book{
      {a_customer("ann"), a_customer("bob")},
      {},
      {a_bill("ann", "i1", "2024-03-01", S::paid, "2024-03-15", "2024-03-15"),    // in time
       a_bill("ann", "i2", "2024-03-01", S::paid, "2024-03-15", "2024-03-16"),    // late from 16 March
       a_bill("ann", "i3", "2024-04-01", S::open, "2024-04-10"),                  // from 11 April
       a_bill("ann", "i4", "2024-04-01", S::paid, "2024-04-10", "2024-05-20")}};  // from 11 April
  EXPECT_EQ(value_of("late_payments", book, "ann", "2024-04-11"), 1);
  EXPECT_EQ(value_of("late_payments", book, "ann", "2024-04-12"), 3);
  EXPECT_EQ(value_of("late_payments", book, "ann", "2024-04-29"), 1);  // 2, and 1 before
  EXPECT_EQ(value_of("late_payments", book, "bob", "2024-04-29"), std::nullopt);
}

TEST(StandardIndicators, arrears_are_months_of_mrr_that_overdue_invoices_bill) {
  using S = InvoiceStatus;
  Invoice taxed = a_bill("ann", "i1", "2024-03-01", S::open, "2024-03-15", {}, "20.00");
  taxed.lines[0].tax = Money::parse("3.80", Currency{"USD"}).value();
  Invoice unknown = a_bill("cat", "i3", "2024-03-01", S::open);
  unknown.lines.clear();
  Invoice foreign = a_bill("dan", "i4", "2024-03-01", S::open);
  foreign.currency = Currency{"EUR"};
  foreign.lines[0].amount = Money::parse("10.00", Currency{"EUR"}).value();
  const TestBook book{
      {a_customer("ann"), a_customer("bob").on("pro").at("120.00").yearly(), a_customer("cat"),
       a_customer("dan"), a_customer("eve").on("pro").paused_from("2024-03-10")},
      {},
      {taxed, a_bill("ann", "i5", "2024-03-02", S::paid, "2024-03-15", "2024-03-25", "5.00"),
       a_bill("bob", "i2", "2024-03-01", S::paid, "2024-03-15", "2024-04-01", "120.00"), unknown, foreign,
       a_bill("eve", "i6", "2024-03-01", S::open)}};
  EXPECT_EQ(value_of("arrears", book, "ann", "2024-03-15"), 0);
  EXPECT_DOUBLE_EQ(value_of("arrears", book, "ann", "2024-03-16").value(), 2.88);
  EXPECT_DOUBLE_EQ(value_of("arrears", book, "ann", "2024-04-01").value(), 2.38);
  EXPECT_DOUBLE_EQ(value_of("arrears", book, "bob", "2024-04-01").value(), 12);
  EXPECT_EQ(value_of("arrears", book, "bob", "2024-04-02"), 0);
  EXPECT_EQ(value_of("arrears", book, "cat", "2024-04-01"), std::nullopt);
  EXPECT_EQ(value_of("arrears", book, "dan", "2024-04-01"), std::nullopt);  // euros are no months of dollars
  EXPECT_EQ(value_of("arrears", book, "eve", "2024-04-01"), std::nullopt);  // a pause pays nothing
  EXPECT_EQ(value_of("days_overdue", book, "ann", "2024-03-15"), 0);
  EXPECT_EQ(value_of("days_overdue", book, "ann", "2024-03-16"), 1);
  EXPECT_EQ(value_of("days_overdue", book, "cat", "2024-04-01"), 31);  // no due day: that of its issue
}

TEST(StandardIndicators, payments_that_failed_are_counted_in_the_window) {
  Invoice invoice = a_bill("ann", "i1", "2024-03-01", InvoiceStatus::open);
  for (const char* at : {"2024-03-31T12:00:00Z", "2024-04-01T00:00:00Z", "2024-04-28T23:00:00Z"})
    invoice.payments.push_back({Timestamp::parse(at).value(), PaymentStatus::failed});
  const TestBook book{{a_customer("ann"), a_customer("bob")}, {}, {invoice}};
  EXPECT_EQ(value_of("payment_failures", book, "ann", "2024-04-29"), 2);
  EXPECT_EQ(value_of("payment_failures", book, "bob", "2024-04-29"), std::nullopt);
}

// Somebody was lost to a failed payment, came back, and was called the riskiest of all for months: the old debt stayed.
TEST(StandardIndicators, of_who_came_back_only_what_fell_due_since_is_owed) {
  Invoice old = a_bill("ann", "i1", "2024-03-01", InvoiceStatus::open, "2024-03-05");
  old.payments.push_back({Timestamp::parse("2024-03-05T12:00:00Z").value(), PaymentStatus::failed});
  const TestBook book{
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-03-20").then_on("pro").from("2024-04-10")},
      {},
      {old, a_bill("ann", "i2", "2024-04-12", InvoiceStatus::open, "2024-04-15")}};
  EXPECT_GT(value_of("arrears", book, "ann", "2024-03-19").value(), 0);
  EXPECT_EQ(value_of("days_overdue", book, "ann", "2024-03-19"), 14);
  EXPECT_EQ(value_of("payment_failures", book, "ann", "2024-03-19"), 1);
  for (const char* name : {"arrears", "days_overdue", "late_payments", "payment_failures"})
    EXPECT_EQ(value_of(name, book, "ann", "2024-04-11"), std::nullopt) << name;  // no invoice yet
  EXPECT_EQ(value_of("days_overdue", book, "ann", "2024-04-20"), 5);
  EXPECT_EQ(value_of("late_payments", book, "ann", "2024-04-20"), 1);
  EXPECT_EQ(value_of("payment_failures", book, "ann", "2024-04-20"), 0);
}

TEST(StandardIndicators, windows_do_not_reach_back_over_an_absence) {
  const TestBook book{
      {a_customer("ann").on("pro").from("2023-01-01").until("2024-01-01").then_on("pro").from("2024-03-01"),
       a_customer("bob")},
      {did("bob", "2022-06-01T00:00:00Z", "login"), did("ann", "2024-03-10T09:00:00Z", "login")}};
  EXPECT_TRUE(value_of("usage_decline", book, "ann", "2023-12-01"));
  EXPECT_EQ(value_of("usage_decline", book, "ann", "2024-04-25"), std::nullopt);  // 55 days of this stay
  EXPECT_TRUE(value_of("usage_decline", book, "ann", "2024-04-26"));
}

// ---- what is bought

TEST(StandardIndicators, downgrades_are_counted_over_the_long_window) {
  const TestBook book{{a_customer("ann")
                           .on("pro")
                           .at("30")
                           .until("2024-02-01")
                           .then_on("pro")
                           .from("2024-02-01")
                           .at("20")
                           .until("2024-03-01")
                           .then_on("basic")
                           .from("2024-03-01")
                           .at("10")}};
  EXPECT_EQ(value_of("downgrades", book, "ann", "2024-03-02"), 2);
  EXPECT_EQ(value_of("downgrades", book, "ann", "2024-05-01"), 2);  // 1 February to 30 April
  EXPECT_EQ(value_of("downgrades", book, "ann", "2024-05-02"), 1);
  EXPECT_EQ(value_of("downgrades", book, "ann", "2024-01-02"), 0);
}

TEST(StandardIndicators, seats_fall_by_the_log_of_what_there_were) {
  const TestBook book{
      {a_customer("ann").on("pro").times(10).until("2024-04-01").then_on("pro").from("2024-04-01").times(5),
       a_customer("new").on("pro").from("2024-04-01").times(5),
       a_customer("trial")
           .on("pro")
           .times(2)
           .on("team")
           .from("2024-04-01")
           .on_trial_until("2024-06-01")
           .times(50)}};
  // The last known day is 28 April, 28 days before it is 31 March.
  EXPECT_DOUBLE_EQ(value_of("seat_decline", book, "ann", "2024-04-29").value(), std::log(2.0));
  EXPECT_EQ(value_of("seat_decline", book, "ann", "2024-04-30"), 0);
  EXPECT_EQ(value_of("seat_decline", book, "new", "2024-04-29"), std::nullopt);
  EXPECT_EQ(value_of("seat_decline", book, "new", "2024-04-30"), 0);
  EXPECT_EQ(value_of("seat_decline", book, "trial", "2024-05-01"), 0);  // seats on trial are none yet
}

TEST(StandardIndicators, tenure_is_of_the_stay_and_older_than_the_records) {
  const TestBook book{
      {a_customer("ann").on("pro").from("2023-12-01").until("2024-01-01").on("pro").from("2024-02-01"),
       a_customer("old").on("pro").from("2023-01-01")},
      {},
      {},
      "2024-07-01",
      {},
      {},
      "2024-03-01"};
  EXPECT_EQ(value_of("tenure", book, "old", "2024-04-01"), 456);
  const TestBook whole{
      {a_customer("ann").on("pro").from("2023-12-01").until("2024-01-01").on("pro").from("2024-02-01")}};
  EXPECT_EQ(value_of("tenure", whole, "ann", "2024-03-01"), 29);
  EXPECT_EQ(value_of("tenure", whole, "ann", "2024-01-15"), std::nullopt);
}

TEST(StandardIndicators, the_next_renewal_is_that_of_what_is_paid_for) {
  const TestBook book{
      {a_customer("month").on("pro").from("2024-01-31"),
       a_customer("year").on("pro").from("2024-01-31").yearly(),
       a_customer("both").on("pro").from("2024-01-31").yearly().on("add-on").from("2024-02-10"),
       a_customer("free").on("pro").from("2024-01-31").yearly().on("free").from("2024-02-10").at("0"),
       a_customer("pause").on("pro").from("2024-01-31").paused_from("2024-03-01"),
       a_customer("quarter").on("pro").from("2023-11-30").every(1, BillingInterval::quarter)}};
  EXPECT_EQ(value_of("time_to_renewal", book, "month", "2024-02-20"), 9);  // 29 February
  EXPECT_EQ(value_of("time_to_renewal", book, "month", "2024-02-29"), 0);
  EXPECT_EQ(value_of("time_to_renewal", book, "month", "2024-03-01"), 30);  // 31 March, not the 29th
  EXPECT_EQ(value_of("time_to_renewal", book, "year", "2024-03-01"), 336);
  EXPECT_EQ(value_of("time_to_renewal", book, "both", "2024-03-01"), 9);
  EXPECT_EQ(value_of("time_to_renewal", book, "free", "2024-03-01"), 336);
  EXPECT_EQ(value_of("time_to_renewal", book, "pause", "2024-03-10"), std::nullopt);
  EXPECT_EQ(value_of("time_to_renewal", book, "quarter", "2024-02-20"), 9);   // 29 February
  EXPECT_EQ(value_of("time_to_renewal", book, "quarter", "2024-03-01"), 90);  // 30 May
}

// ---- the product

TEST(StandardIndicators, breadth_is_the_share_of_the_features_that_the_book_has_seen) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "feature_used", "1", "a"),
                            did("bob", "2024-03-01T00:00:00Z", "feature_used", "1", "b"),
                            did("bob", "2024-04-20T00:00:00Z", "feature_used", "1", "c"),
                            did("bob", "2024-04-29T00:00:00Z", "feature_used", "1", "d"),
                            did("ann", "2024-04-01T00:00:00Z", "feature_used", "1", "a"),
                            did("ann", "2024-04-02T00:00:00Z", "feature_used", "1", "a"),
                            did("ann", "2024-04-03T00:00:00Z", "feature_used"),
                            did("ann", "2024-04-29T00:00:00Z", "feature_used", "1", "b")};
  const TestBook book{{a_customer("ann"), a_customer("bob"), a_customer("new").on("pro").from("2024-04-01")},
                      events};
  EXPECT_DOUBLE_EQ(value_of("feature_breadth", book, "ann", "2024-04-20").value(), 1.0 / 2);
  EXPECT_DOUBLE_EQ(value_of("feature_breadth", book, "ann", "2024-04-29").value(), 1.0 / 3);
  EXPECT_EQ(value_of("feature_breadth", book, "ann", "2024-03-01"), std::nullopt);  // a customer for 60 days
  EXPECT_EQ(value_of("feature_breadth", book, "new", "2024-04-29"), std::nullopt);
  EXPECT_EQ(value_of("feature_breadth", book, "bob", "2024-04-29"), 2.0 / 3);  // a was used too long ago
}

TEST(StandardIndicators, who_is_stuck_in_onboarding_counts_days_from_the_last_stage) {
  const TestBook book{
      {a_customer("stuck"), a_customer("done"), a_customer("none").on("pro").from("2024-03-01"),
       a_customer("early").on("pro").from(long_ago)},
      {did("stuck", "2024-01-05T00:00:00Z", "stage_reached", "1", "signed"),
       did("stuck", "2024-01-20T00:00:00Z", "stage_reached", "1", "invited"),
       did("done", "2024-01-10T00:00:00Z", "stage_reached", "1", "activated"),
       did("done", "2024-01-20T00:00:00Z", "stage_reached", "1", "more")}};
  EXPECT_EQ(value_of("stage_stall", book, "stuck", "2024-01-20"), 15);
  EXPECT_EQ(value_of("stage_stall", book, "stuck", "2024-02-20"), 31);
  EXPECT_EQ(value_of("stage_stall", book, "done", "2024-02-20"), 0);
  EXPECT_EQ(value_of("stage_stall", book, "none", "2024-03-11"), 10);
  EXPECT_EQ(value_of("stage_stall", book, "early", "2024-03-11"),
            std::nullopt);  // came when nobody noted stages
}

TEST(StandardIndicators, activation_within_the_first_days_is_judged_when_they_are_over) {
  const TestBook book{
      {a_customer("pioneer"), a_customer("in").on("pro").from("2024-02-01"),
       a_customer("out").on("pro").from("2024-02-01"), a_customer("never").on("pro").from("2024-02-01"),
       a_customer("early").on("pro").from(long_ago)},
      {did("pioneer", "2024-01-05T00:00:00Z", "stage_reached", "1", "activated"),
       did("in", "2024-03-01T23:00:00Z", "stage_reached", "1", "activated"),     // the 30th day
       did("out", "2024-03-02T00:00:00Z", "stage_reached", "1", "activated")}};  // the 31st
  EXPECT_EQ(value_of("not_activated", book, "in", "2024-03-01"), std::nullopt);
  EXPECT_EQ(value_of("not_activated", book, "in", "2024-03-02"), 0);
  for (const char* on : {"2024-03-02", "2024-03-03", "2024-06-01"}) {  // what was said stays
    EXPECT_EQ(value_of("not_activated", book, "out", on), 1) << on;
    EXPECT_EQ(value_of("not_activated", book, "never", on), 1) << on;
  }
  EXPECT_EQ(value_of("not_activated", book, "pioneer", "2024-06-01"), 0);
  EXPECT_EQ(value_of("not_activated", book, "early", "2024-06-01"), std::nullopt);
}

TEST(StandardIndicators, integrations_are_those_connected_and_not_removed) {
  const TestBook book{{a_customer("ann"), a_customer("bob")},
                      {did("ann", "2024-02-01T00:00:00Z", "integration_connected", "1", "crm"),
                       did("ann", "2024-02-02T00:00:00Z", "integration_connected", "1", "chat"),
                       did("ann", "2024-02-03T00:00:00Z", "integration_connected", "1", "crm"),
                       did("ann", "2024-02-04T00:00:00Z", "integration_removed", "1", "mail"),
                       did("ann", "2024-03-01T00:00:00Z", "integration_removed", "1", "crm"),
                       did("ann", "2024-04-01T00:00:00Z", "integration_connected", "1", "crm"),
                       did("ann", "2024-05-01T00:00:00Z", "integration_connected", "1", "mail"),
                       did("ann", "2024-05-01T00:00:00Z", "integration_removed", "1", "mail")}};
  EXPECT_EQ(value_of("integrations", book, "ann", "2024-02-01"), std::nullopt);
  EXPECT_EQ(value_of("integrations", book, "ann", "2024-02-02"), 1);
  EXPECT_EQ(value_of("integrations", book, "ann", "2024-03-01"), 2);
  EXPECT_EQ(value_of("integrations", book, "ann", "2024-03-02"), 1);
  EXPECT_EQ(value_of("integrations", book, "ann", "2024-04-02"), 2);
  EXPECT_EQ(value_of("integrations", book, "ann", "2024-05-02"), 2);
  EXPECT_EQ(value_of("integrations", book, "bob", "2024-03-01"), 0);
}

TEST(StandardIndicators, campaigns_are_counted_over_the_long_window) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "campaign_engaged")};
  add(events, 2, "ann", "2024-01-30", "campaign_engaged");
  add(events, 1, "ann", "2024-01-31", "campaign_engaged");
  const TestBook book{{a_customer("ann"), a_customer("bob"), a_customer("new").on("pro").from("2024-02-02")},
                      events};
  EXPECT_EQ(value_of("campaign_engagement", book, "ann", "2024-04-29"), 3);  // 30 January to 28 April
  EXPECT_EQ(value_of("campaign_engagement", book, "ann", "2024-04-30"), 1);
  EXPECT_EQ(value_of("campaign_engagement", book, "new", "2024-04-30"), std::nullopt);
}

TEST(StandardIndicators, the_last_nps_answer_counts_for_a_year) {
  const TestBook book{
      {a_customer("ann").on("pro").from("2022-01-01")},
      {did("ann", "2023-03-01T00:00:00Z", "nps", "9"), did("ann", "2023-03-02T00:00:00Z", "nps", "3")}};
  EXPECT_EQ(value_of("nps", book, "ann", "2023-03-01"), std::nullopt);
  EXPECT_EQ(value_of("nps", book, "ann", "2023-03-02"), 9);
  EXPECT_EQ(value_of("nps", book, "ann", "2024-03-01"), 3);  // 365 days
  EXPECT_EQ(value_of("nps", book, "ann", "2024-03-02"), std::nullopt);
}

TEST(StandardIndicators, a_card_expires_after_the_last_day_of_its_month) {
  const TestBook book{{a_customer("ann"), a_customer("odd"), a_customer("none")},
                      {did("ann", "2024-01-01T00:00:00Z", "card_added", "1", "2024-03"),
                       did("ann", "2024-05-01T00:00:00Z", "card_added", "1", "2027-01"),
                       did("odd", "2024-01-01T00:00:00Z", "card_added", "1", "03/24")}};
  EXPECT_EQ(value_of("card_expiring", book, "ann", "2024-03-01"), 0);  // 31 March is 30 days on
  EXPECT_EQ(value_of("card_expiring", book, "ann", "2024-03-02"), 1);
  EXPECT_EQ(value_of("card_expiring", book, "ann", "2024-05-01"), 1);
  EXPECT_EQ(value_of("card_expiring", book, "ann", "2024-05-02"), 0);
  EXPECT_EQ(value_of("card_expiring", book, "odd", "2024-03-02"), std::nullopt);
  EXPECT_EQ(value_of("card_expiring", book, "none", "2024-03-02"), std::nullopt);
}

// ---- others

TEST(StandardIndicators, segments_leave_as_those_of_each_label_did_in_the_year_before) {
  // On 10 April, 100 days after all came: 100 ads customers of whom 10 left on 1 March (60 days), 100 web customers.
  const TestBook book{
      together({copies(90, a_customer("a").with("channel", "ads")),
                copies(10, a_customer("left").with("channel", "ads").on("pro").until("2024-03-01")),
                copies(100, a_customer("w").with("channel", "web"))})};
  // Of the others of w-1: 10 departures in 90 x 100 + 10 x 60 + 99 x 100 days; in web none in 99 x 100.
  const double rate = 10 / 19500.0;
  EXPECT_NEAR(value_of("segment_risk", book, "w-1", "2024-04-10").value(), 30 * rate * 5 / (9900 * rate + 5),
              1e-12);
  const double own_rate = 10 / 19500.0;  // of the others of a-1: 89 x 100 + 10 x 60 + 100 x 100
  EXPECT_NEAR(value_of("segment_risk", book, "a-1", "2024-04-10").value(),
              30 * own_rate * 15 / (9500 * own_rate + 5), 1e-12);
  EXPECT_EQ(value_of("segment_risk", book, "a-1", "2024-03-01"), std::nullopt);  // nobody had left
  // A year after, it is forgotten.
  EXPECT_EQ(value_of("segment_risk", book, "a-1", "2024-03-02").has_value(), true);
}

TEST(StandardIndicators, an_attribute_counts_while_it_tells_at_most_fifty_groups_apart) {
  CustomerSentences all;
  for (int i = 0; i < 60; ++i)
    all.push_back(a_customer("c" + std::to_string(i))
                      .with("city", std::to_string(i))
                      .on("pro")
                      .from(i < 50 ? "2024-01-01" : "2024-04-01"));
  for (const char* id : {"x", "y", "z"})
    all.push_back(a_customer(id).with("city", "7").on("pro").until("2024-02-01"));
  const TestBook book{all};
  const auto of = [&](const char* who, const char* on) {
    return value_of("segment_risk", book, who, on).value();
  };
  EXPECT_GT(of("c7", "2024-04-01"), of("c8", "2024-04-01"));
  EXPECT_EQ(of("c7", "2024-04-02"), of("c8", "2024-04-02"));  // fifty more cities were seen on 1 April
}

TEST(StandardIndicators, segment_risk_of_one_segmenter_bears_its_names) {
  const Indicator risk = segment_risk(by::plan * by::attribute("channel"));
  EXPECT_EQ(risk.column.name, "segment_risk:plan*channel");
  const TestBook book{together({copies(20, a_customer("a").on("pro")),
                                copies(10, a_customer("b").on("basic").until("2024-03-01")),
                                copies(20, a_customer("c").on("basic"))})};
  EXPECT_GT(value_of(segment_risk(by::plan), book, "c-1", "2024-04-10").value(),
            value_of(segment_risk(by::plan), book, "a-1", "2024-04-10").value());
}

TEST(StandardIndicators, resemblance_asks_those_who_were_most_alike_at_the_same_age) {
  // All came with the year. Ten who used nothing left on 10 February (day 40), ten who used much stayed; the one in
  // question came in June, when it was known how all had fared, and is asked about on its 28th day.
  std::vector<Event> events;
  CustomerSentences all = together(
      {copies(10, a_customer("gone").on("pro").until("2024-02-10")), copies(10, a_customer("busy"))});
  for (int i = 1; i <= 10; ++i) add(events, 40, ("busy-" + std::to_string(i)).c_str(), "2024-01-20", "login");
  all.push_back(a_customer("idle").on("pro").from("2024-06-01"));
  all.push_back(a_customer("keen").on("pro").from("2024-06-01"));
  add(events, 38, "keen", "2024-06-10", "login");
  const TestBook book{all, events, {}, "2024-08-01"};
  const IndicatorOptions ten{28, 90, 30, 10};
  EXPECT_EQ(value_of("resemblance", book, "idle", "2024-06-29", ten), 1);
  EXPECT_EQ(value_of("resemblance", book, "keen", "2024-06-29", ten), 0);
  EXPECT_EQ(value_of("resemblance", book, "idle", "2024-06-28", ten),
            std::nullopt);  // of the first days nobody knows anything
  EXPECT_EQ(value_of("resemblance", book, "idle", "2024-06-29", {28, 90, 30, 11}),
            std::nullopt);  // twice as many are not there
  // Day 28 of who came with the year was 29 January; how the 28 days after it went is known before 26 February.
  EXPECT_EQ(value_of("resemblance", book, "busy-1", "2024-01-29", {28, 90, 30, 1}), std::nullopt);
}

TEST(StandardIndicators, who_is_asked_of_many_does_not_depend_on_who_comes_later) {
  // More than the 2,000 who are asked, each of a price of its own; a third of them leave.
  CustomerSentences some;
  const auto pays = [](const std::string& id, int cents) {
    return a_customer(id).on("pro").at(Money{cents, Currency{"USD"}}.to_string());
  };
  for (int i = 0; i < 2100; ++i) {
    auto customer = pays("c" + std::to_string(i), 1000 + i);
    if (customer_group("c" + std::to_string(i), 3) == 0) customer.until("2024-02-15");
    some.push_back(customer);
  }
  const std::vector<std::string> asking{"ann", "bob", "cat", "dan", "eve"};
  for (std::size_t i = 0; i < asking.size(); ++i)
    some.push_back(pays(asking[i], 1200 + 400 * static_cast<int>(i)).from("2024-04-01"));
  const TestBook before{some};
  for (int i = 0; i < 900; ++i) some.push_back(pays("d" + std::to_string(i), 5000).from("2024-05-20"));
  const TestBook after{some};
  const Indicator indicator = named(standard_indicators(), "resemblance");
  const IndicatorValue told_before = indicator.prepare(before.reader());
  const IndicatorValue told_after = indicator.prepare(after.reader());
  for (const std::string& id : asking)
    for (const char* on : {"2024-05-01", "2024-05-20"}) {
      const Value value = told_before(before.past(id, on));
      ASSERT_TRUE(value.has_value()) << id << on;
      EXPECT_EQ(value, told_after(after.past(id, on))) << id << on;
    }
}

TEST(StandardIndicators, counts_of_a_hosts_own_events_are_indicators) {
  std::vector<Event> events{did("bob", "2023-12-01T00:00:00Z", "export")};
  add(events, 3, "ann", "2024-04-10", "export", "2.5");
  const TestBook book{{a_customer("ann"), a_customer("bob"), a_customer("new").on("pro").from("2024-04-20")},
                      events};
  const Indicator count = event_indicator("exports", "export", Direction::lowers);
  const Indicator sum = event_indicator("exported", "export", Direction::lowers, 7, true);
  EXPECT_EQ(value_of(count, book, "ann", "2024-04-29"), 3);
  EXPECT_EQ(value_of(sum, book, "ann", "2024-04-15"), 7.5);
  EXPECT_EQ(value_of(sum, book, "ann", "2024-04-29"), 0);
  EXPECT_EQ(value_of(count, book, "new", "2024-04-29"), std::nullopt);
  EXPECT_EQ(value_of(event_indicator("x", "unheard", Direction::lowers), book, "ann", "2024-04-29"),
            std::nullopt);
  EXPECT_EQ(sum.words(7.5), "7.5 export in 7 days");
}

}  // namespace
}  // namespace churn
