#include <churn/indicator/past.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/build_past.hpp"

namespace churn {
namespace {

using support::a_bill;
using support::a_customer;
using support::day;
using support::did;
using support::error_of;
using support::TestBook;

std::vector<std::string> labels_of(const Past& past, std::span<const PastEvent> events) {
  std::vector<std::string> labels;
  for (const PastEvent& event : events) labels.push_back(past.label(event));
  return labels;
}

// ---- what it did

TEST(Past, windows_are_civil_days_that_end_before_the_day_asked_about) {
  const TestBook book{
      {a_customer("ann")},
      {did("ann", "2024-03-01T23:59:59Z", "login"), did("ann", "2024-03-02T00:00:00Z", "login"),
       did("ann", "2024-03-08T23:59:59Z", "login"), did("ann", "2024-03-09T00:00:00Z", "login")}};
  const Past& past = book.past("ann", "2024-03-09");
  EXPECT_EQ(past.count("login", 7), 2);     // 2 to 8 March
  EXPECT_EQ(past.count("login", 1, 7), 1);  // 1 March
  EXPECT_EQ(past.count("login", 7, 1), 2);  // 1 to 7 March
  EXPECT_EQ(past.count("login", 0), 0);
  EXPECT_EQ(past.count("login", 100000), 3);  // also from before the calendar
  EXPECT_EQ(past.events().size(), 3U);
  EXPECT_EQ(past.last_day(), day("2024-03-08"));
}

TEST(Past, days_begin_at_local_midnight) {
  Conventions conventions;
  conventions.book.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"};
  // New York's 10 March 2024 has 23 hours: from 05:00 UTC to the next day's 04:00.
  const TestBook book{{a_customer("ann")},
                      {did("ann", "2024-03-10T04:59:59Z", "login", "1", "9 March"),
                       did("ann", "2024-03-10T05:00:00Z", "login", "1", "10 March"),
                       did("ann", "2024-03-11T03:59:59Z", "login", "1", "10 March"),
                       did("ann", "2024-03-11T04:00:00Z", "login", "1", "11 March")},
                      {},
                      "2024-07-01",
                      conventions};
  const Past& past = book.past("ann", "2024-03-11");
  EXPECT_EQ(labels_of(past, past.events(1)), (std::vector<std::string>{"10 March", "10 March"}));
  EXPECT_EQ(past.events().size(), 3U);
  EXPECT_EQ(past.days_since_use(), 1);
  EXPECT_EQ(book.past("ann", "2024-03-10").days_since_use(), 1);
}

TEST(Past, kinds_are_those_that_they_stand_for) {
  const TestBook book{
      {a_customer("ann")},
      {did("ann", "2024-03-01T00:00:00Z", "click"), did("ann", "2024-03-02T00:00:00Z", "opened"),
       did("ann", "2024-03-03T00:00:00Z", "feature_used")},
      {},
      "2024-07-01",
      {},
      {{"click", "feature_used"}, {"opened", "ticket_opened"}}};
  const Past& past = book.past("ann", "2024-03-10");
  EXPECT_EQ(past.count("feature_used", 28), 2);
  EXPECT_EQ(past.count("click", 28), 0);
  EXPECT_EQ(past.kind("click"), std::nullopt);
  EXPECT_EQ(past.uses(28), 2);  // a ticket is no use
  EXPECT_EQ(past.count("ticket_opened", 28), 1);
}

TEST(Past, what_the_library_does_not_know_is_use_and_what_means_something_else_is_none) {
  std::vector<Event> events;
  for (const char* kind : {"login", "feature_used", "export", "session_minutes", "ticket_opened",
                           "stage_reached", "integration_connected", "integration_removed",
                           "campaign_engaged", "nps", "exit_survey_sent", "exit_survey", "card_added"})
    events.push_back(did("ann", "2024-03-01T00:00:00Z", kind));
  const TestBook book{{a_customer("ann")}, events};
  EXPECT_EQ(book.past("ann", "2024-03-10").uses(28), 3);
}

TEST(Past, the_last_use_may_be_a_session) {
  const TestBook book{
      {a_customer("ann"), a_customer("bob"), a_customer("cat")},
      {did("ann", "2024-03-01T00:00:00Z", "login"),
       did("ann", "2024-03-05T09:00:00Z", "session_minutes", "3"),
       did("bob", "2024-03-05T00:00:00Z", "session_minutes", "3"),
       did("bob", "2024-03-06T00:00:00Z", "login"), did("bob", "2024-03-08T00:00:00Z", "ticket_opened"),
       did("cat", "2024-03-08T00:00:00Z", "nps", "3")}};
  EXPECT_EQ(book.past("ann", "2024-03-10").days_since_use(), 5);
  EXPECT_EQ(book.past("bob", "2024-03-10").days_since_use(), 4);
  EXPECT_EQ(book.past("cat", "2024-03-10").days_since_use(), std::nullopt);
}

TEST(Past, sums_are_of_values_with_their_decimals) {
  const TestBook book{{a_customer("ann")},
                      {did("ann", "2024-03-01T00:00:00Z", "session_minutes", "2.25"),
                       did("ann", "2024-03-02T00:00:00Z", "session_minutes", "-0.5"),
                       did("ann", "2024-03-02T00:00:00Z", "session_minutes", "40")}};
  EXPECT_EQ(book.past("ann", "2024-03-10").sum("session_minutes", 28), 41.75);
  EXPECT_EQ(book.past("ann", "2024-03-10").sum("steps", 28), 0);
}

TEST(Past, events_of_merged_accounts_are_joined_and_those_of_test_accounts_are_none) {
  const TestBook book{
      {a_customer("ann"), a_customer("old").merged_into("ann"), a_customer("test").who_is_a_test_account()},
      {did("old", "2024-03-01T00:00:00Z", "login"), did("ann", "2024-03-02T00:00:00Z", "login"),
       did("test", "2024-01-02T00:00:00Z", "login")}};
  const Past& past = book.past("ann", "2024-03-10");
  EXPECT_EQ(past.count("login", 28), 2);
  EXPECT_EQ(past.recorded_since("login"), day("2024-03-01"));
}

TEST(Past, a_kind_is_recorded_from_the_day_after_the_first_event_of_anybody) {
  const TestBook book{
      {a_customer("ann"), a_customer("bob")},
      {did("bob", "2024-03-01T12:00:00Z", "login"), did("ann", "2024-03-09T00:00:00Z", "export")}};
  const Past& past = book.past("ann", "2024-03-09");
  EXPECT_EQ(past.recorded_since("login"), day("2024-03-01"));
  EXPECT_TRUE(past.recorded("login", 7));   // from 2 March
  EXPECT_FALSE(past.recorded("login", 8));  // of 1 March half may be missing
  EXPECT_TRUE(past.recorded("login", 3, 4));
  EXPECT_FALSE(past.recorded("login", 4, 4));
  EXPECT_TRUE(past.use_recorded(7));
  EXPECT_FALSE(past.use_recorded(8));
  EXPECT_EQ(past.recorded_since("export"), std::nullopt);  // that comes later
  EXPECT_FALSE(past.recorded("nps", 1));
}

TEST(Past, events_of_a_kind_are_in_order_of_time_and_of_the_window_asked_for) {
  const TestBook book{
      {a_customer("ann")},
      {did("ann", "2024-03-05T00:00:00Z", "nps", "3", "late"), did("ann", "2024-03-05T00:00:00Z", "login"),
       did("ann", "2024-03-01T00:00:00Z", "nps", "9", "early"),
       did("ann", "2024-03-20T00:00:00Z", "nps", "1", "later")}};
  const Past& past = book.past("ann", "2024-03-10");
  EXPECT_EQ(labels_of(past, past.events_of("nps")), (std::vector<std::string>{"early", "late"}));
  EXPECT_EQ(labels_of(past, past.events_of("nps", 5)), (std::vector<std::string>{"late"}));
  EXPECT_EQ(labels_of(past, past.events_of("nps", 5, 5)), (std::vector<std::string>{"early"}));
  EXPECT_TRUE(past.events_of("none").empty());
  ASSERT_NE(past.last("nps"), nullptr);
  EXPECT_EQ(past.last("nps")->value, 3);
  EXPECT_EQ(past.last("none"), nullptr);
  EXPECT_EQ(past.label(past.events_of("nps").front()), "early");
}

TEST(Past, labels_are_seen_from_the_day_on_which_anybody_has_them) {
  const TestBook book{{a_customer("ann"), a_customer("bob")},
                      {did("bob", "2024-03-05T00:00:00Z", "feature_used", "1", "chat"),
                       did("ann", "2024-03-07T00:00:00Z", "feature_used", "1", "chat"),
                       did("ann", "2024-03-01T00:00:00Z", "feature_used", "1", "map"),
                       did("ann", "2024-03-01T00:00:00Z", "feature_used")}};
  const auto seen = book.reader().first_seen_labels("feature_used");
  EXPECT_EQ(std::vector<Date>(seen.begin(), seen.end()),
            (std::vector<Date>{day("2024-03-01"), day("2024-03-05")}));
  EXPECT_TRUE(book.reader().first_seen_labels("login").empty());
}

// ---- what it paid

TEST(Past, stays_that_end_later_have_not_ended) {
  const TestBook book{{a_customer("ann")
                           .on("pro")
                           .from("2024-01-01")
                           .until("2024-02-01")
                           .on("pro")
                           .from("2024-03-01")
                           .until("2024-04-01")}};
  const auto text = [&](const char* on) {
    std::string all;
    for (const PastStay& stay : book.past("ann", on).stays())
      all += stay.starts_on.to_string() + "/" + (stay.ends_on ? stay.ends_on->to_string() : "") + " ";
    return all;
  };
  EXPECT_EQ(text("2024-01-01"), "");
  EXPECT_EQ(text("2024-02-01"), "2024-01-01/ ");
  EXPECT_EQ(text("2024-02-02"), "2024-01-01/2024-02-01 ");
  EXPECT_EQ(text("2024-04-01"), "2024-01-01/2024-02-01 2024-03-01/ ");
  EXPECT_EQ(text("2024-07-01"), "2024-01-01/2024-02-01 2024-03-01/2024-04-01 ");
  EXPECT_EQ(book.past("ann", "2024-01-01").tenure(), std::nullopt);
  EXPECT_EQ(book.past("ann", "2024-01-02").tenure(), 1);
  EXPECT_EQ(book.past("ann", "2024-02-01").tenure(), 31);
  EXPECT_EQ(book.past("ann", "2024-02-02").tenure(), std::nullopt);
  EXPECT_EQ(book.past("ann", "2024-03-11").tenure(), 10);
}

TEST(Past, a_stay_that_began_before_the_records_is_as_old_as_its_phases_say) {
  const Book book = support::book_from_until(
      "2024-03-01", "2024-07-01",
      {a_customer("ann").on("pro").from("2024-01-01"),
       a_customer("bob").on("pro").from("2024-01-01").until("2024-02-01"),
       a_customer("cat").on("pro").from("2024-01-01").until("2024-02-01").on("pro").from("2024-04-01")});
  PastReader reader{book};
  const auto at = [&](const char* who, const char* on) -> const Past& {
    return reader.at(book.find(CustomerId{who}).value(), day(on));
  };
  EXPECT_EQ(at("ann", "2024-04-01").tenure(), 91);
  ASSERT_EQ(at("ann", "2024-04-01").stays().size(), 1U);
  EXPECT_EQ(at("ann", "2024-04-01").stays()[0].starts_on, day("2024-01-01"));
  EXPECT_TRUE(at("bob", "2024-04-01").stays().empty());  // what had ended by then was not observed
  ASSERT_EQ(at("cat", "2024-05-01").stays().size(), 1U);
  EXPECT_EQ(at("cat", "2024-05-01").tenure(), 30);
}

TEST(Past, a_customer_is_known_since_the_earlier_of_sign_up_and_first_payment) {
  const TestBook book{{a_customer("early").signed_up("2023-12-01"),
                       a_customer("late").signed_up("2024-02-01"), a_customer("plain"),
                       a_customer("future").signed_up("2024-05-01").on("pro").from("2024-06-01")}};
  EXPECT_EQ(book.past("early", "2024-03-01").known_since(), day("2023-12-01"));
  EXPECT_EQ(book.past("late", "2024-03-01").known_since(), day("2024-01-01"));
  EXPECT_EQ(book.past("plain", "2024-03-01").known_since(), day("2024-01-01"));
  EXPECT_EQ(book.past("plain", "2024-01-01").known_since(), std::nullopt);
  EXPECT_EQ(book.past("future", "2024-05-01").known_since(), std::nullopt);
  EXPECT_EQ(book.past("future", "2024-05-02").known_since(), day("2024-05-01"));
}

TEST(Past, of_a_phase_its_end_and_a_request_to_cancel_are_known_when_they_come) {
  const TestBook book{{a_customer("ann")
                           .on("pro")
                           .cancelled_on("2024-03-10")
                           .until("2024-04-01")
                           .agreed_until("2024-12-31")
                           .times(3)}};
  const PastPhase before = book.past("ann", "2024-03-10").phases()[0];
  EXPECT_EQ(before.cancel_requested_on, std::nullopt);
  EXPECT_EQ(before.term_ends_on, day("2024-12-31"));
  EXPECT_EQ(before.quantity, 3);
  EXPECT_EQ(before.currency, Currency{"USD"});
  EXPECT_EQ(before.ticks, 3 * 10 * 100 * 12 * 360);
  EXPECT_EQ(before.renews_on, day("2024-04-01"));
  EXPECT_EQ(book.past("ann", "2024-03-11").phases()[0].cancel_requested_on, day("2024-03-10"));
  EXPECT_EQ(book.past("ann", "2024-03-11").cancel_requested_on(), day("2024-03-10"));
  EXPECT_EQ(book.past("ann", "2024-04-01").phases().size(), 1U);
  EXPECT_TRUE(book.past("ann", "2024-04-02").phases().empty());
}

TEST(Past, an_end_is_asked_for_once_it_is_of_everything) {
  const TestBook book{
      {a_customer("ann").on("pro").cancelled_on("2024-03-10").on("team").cancelled_on("2024-03-20")}};
  EXPECT_EQ(book.past("ann", "2024-03-15").cancel_requested_on(), std::nullopt);
  EXPECT_EQ(book.past("ann", "2024-03-21").cancel_requested_on(), day("2024-03-20"));
}

TEST(Past, renewals_are_counted_from_the_anchor_which_a_change_without_a_gap_keeps) {
  const TestBook book{
      {a_customer("end").on("pro").from("2024-01-31"),
       a_customer("kept").on("pro").from("2024-01-31").until("2024-02-10").then_on("team").from("2024-02-10"),
       a_customer("gap").on("pro").from("2024-01-31").until("2024-02-10").then_on("team").from("2024-02-11"),
       a_customer("yearly")
           .on("pro")
           .from("2024-01-31")
           .until("2024-02-10")
           .then_on("pro")
           .from("2024-02-10")
           .yearly(),
       a_customer("trial").on("pro").from("2024-01-31").on_trial_until("2024-02-14"),
       a_customer("leap").on("pro").from("2020-02-29").yearly()}};
  const auto renewal = [&](const char* who, const char* on) {
    return book.past(who, on).next_renewal()->to_string();
  };
  EXPECT_EQ(renewal("end", "2024-02-01"), "2024-02-29");
  EXPECT_EQ(renewal("end", "2024-02-29"), "2024-02-29");  // on or after t
  EXPECT_EQ(renewal("end", "2024-03-01"), "2024-03-31");
  EXPECT_EQ(renewal("end", "2024-04-01"), "2024-04-30");
  EXPECT_EQ(renewal("kept", "2024-03-01"), "2024-03-31");
  EXPECT_EQ(renewal("gap", "2024-03-01"), "2024-03-11");
  EXPECT_EQ(renewal("yearly", "2024-03-01"), "2025-02-10");
  EXPECT_EQ(renewal("trial", "2024-02-20"), "2024-03-14");
  EXPECT_EQ(renewal("leap", "2024-02-29"), "2024-02-29");
  EXPECT_EQ(renewal("leap", "2024-03-01"), "2025-02-28");
  EXPECT_TRUE(book.past("trial", "2024-02-14").phases().empty());
}

TEST(Past, phases_are_in_order_of_their_subscriptions_whatever_the_order_of_records) {
  const TestBook book{{a_customer("ann").on("zoo", "s2").times(5).on("ape", "s1").times(7)}};
  const auto phases = book.past("ann", "2024-03-01").phases();
  ASSERT_EQ(phases.size(), 2U);
  EXPECT_EQ(phases[0].quantity, 7);
  EXPECT_EQ(phases[1].quantity, 5);
  EXPECT_EQ(book.past("ann", "2024-03-01").quantity_on(day("2024-02-29")), 12);
}

TEST(Past, contractions_are_days_on_which_a_customer_who_stays_pays_less) {
  const TestBook book{{a_customer("ann")
                           .on("pro")
                           .at("30")
                           .until("2024-02-01")
                           .then_on("pro")
                           .from("2024-02-01")
                           .at("20")
                           .until("2024-03-01")
                           .then_on("pro")
                           .from("2024-03-01")
                           .at("25")
                           .paused_from("2024-03-10")
                           .paused_until("2024-03-20")
                           .until("2024-04-01")
                           .then_on("pro")
                           .from("2024-05-01")
                           .at("5")}};
  EXPECT_EQ(book.past("ann", "2024-02-01").contractions(90), 0);
  EXPECT_EQ(book.past("ann", "2024-02-02").contractions(1), 1);
  EXPECT_EQ(book.past("ann", "2024-02-03").contractions(1), 0);
  EXPECT_EQ(book.past("ann", "2024-03-05").contractions(90), 1);
  EXPECT_EQ(book.past("ann", "2024-04-01").contractions(90), 2);  // a pause that keeps the customer is one
  EXPECT_EQ(book.past("ann", "2024-06-01").contractions(90),
            1);  // who leaves and comes back for less is none; the pause lies in it
  EXPECT_EQ(book.past("ann", "2024-03-05").contractions(90, 40), 0);
}

// ---- what it owed

TEST(Past, invoices_are_as_they_stood_before_the_day) {
  using S = InvoiceStatus;
  const TestBook book{
      {a_customer("ann")},
      {},
      {a_bill("ann", "i1", "2024-02-01", S::paid, "2024-02-15", "2024-03-01"),
       a_bill("ann", "i2", "2024-03-01", S::open), a_bill("ann", "i3", "2024-02-01", S::draft),
       a_bill("ann", "i4", "2024-02-01", S::void_), a_bill("ann", "i5", "2024-02-02", S::uncollectible),
       a_bill("ann", "i6", "2024-02-03", S::paid, "2024-02-20")}};
  const auto text = [&](const char* on) {
    std::string all;
    for (const PastInvoice& i : book.past("ann", on).invoices())
      all += i.invoice->id.text() + (i.paid_on ? " paid" : "") +
             (i.is_overdue_on(day(on)) ? " overdue" : "") + ", ";
    return all;
  };
  EXPECT_EQ(text("2024-02-01"), "");
  EXPECT_EQ(text("2024-02-15"), "i1, i5 overdue, i6, ");
  EXPECT_EQ(text("2024-02-16"), "i1 overdue, i5 overdue, i6, ");
  // Paid, without a day: when it was due.
  EXPECT_EQ(text("2024-02-21"), "i1 overdue, i5 overdue, i6 paid, ");
  EXPECT_EQ(text("2024-03-01"), "i1 overdue, i5 overdue, i6 paid, ");
  EXPECT_EQ(text("2024-03-02"), "i1 paid, i5 overdue, i6 paid, i2 overdue, ");
}

TEST(Past, attempts_that_failed_count_on_their_day_if_the_invoice_was_known) {
  using S = InvoiceStatus;
  Invoice open = a_bill("ann", "i1", "2024-02-10", S::open);
  for (const char* at : {"2024-02-08T10:00:00Z", "2024-02-12T00:00:00Z", "2024-02-15T00:00:00Z"})
    open.payments.push_back({Timestamp::parse(at).value(), PaymentStatus::failed});
  open.payments.push_back({Timestamp::parse("2024-02-13T00:00:00Z").value(), PaymentStatus::succeeded});
  Invoice dead = a_bill("ann", "i2", "2024-02-01", S::void_);
  dead.payments.push_back({Timestamp::parse("2024-02-12T00:00:00Z").value(), PaymentStatus::failed});
  const TestBook book{{a_customer("ann")}, {}, {open, dead}};
  EXPECT_EQ(book.past("ann", "2024-02-10").failed_payments(28), 0);  // nobody knew of the invoice
  EXPECT_EQ(book.past("ann", "2024-02-11").failed_payments(28), 1);
  EXPECT_EQ(book.past("ann", "2024-02-13").failed_payments(28), 2);
  EXPECT_EQ(book.past("ann", "2024-02-16").failed_payments(28), 3);
  EXPECT_EQ(book.past("ann", "2024-02-16").failed_payments(4), 2);
  EXPECT_EQ(book.past("ann", "2024-02-16").failed_payments(4, 4), 1);
}

// ---- errors

TEST(Past, of_the_day_itself_and_later_nothing_is_told) {
  const TestBook book{{a_customer("ann")}};
  const Past& past = book.past("ann", "2024-03-01");
  EXPECT_EQ(error_of([&] { (void)past.balance_on(day("2024-03-01")); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)past.quantity_on(day("2024-03-01")); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)past.events(-1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)past.count("login", 7, -1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)book.past("ann", "2024-07-02"); }), ErrorCode::out_of_range);
  PastReader reader{book.book};
  EXPECT_EQ(error_of([&] { (void)reader.at(CustomerIndex{1}, day("2024-03-01")); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)reader.at(CustomerIndex{0}, Date::from_days(Date::min_days)); }),
            ErrorCode::out_of_range);
}

TEST(Past, a_book_without_anything_has_readers) {
  const Book empty = support::book_as_of("2024-01-01", {});
  PastReader reader{empty};
  EXPECT_TRUE(reader.kinds().empty());
  EXPECT_EQ(error_of([&] { (void)reader.at(CustomerIndex{0}, day("2024-01-01")); }), ErrorCode::out_of_range);
}

TEST(PastReader, of_a_small_book_knows_since_when_the_whole_one_recorded) {
  const TestBook whole{{a_customer("ann"), a_customer("bob")}, {did("bob", "2024-01-05T00:00:00Z", "login")}};
  const TestBook small{
      {a_customer("ann")},
      {did("ann", "2024-03-05T00:00:00Z", "login"), did("ann", "2024-02-05T00:00:00Z", "export")}};
  PastReader reader{small.book, PastReader{whole.book}};
  const Past& past = reader.at(small.book.find(CustomerId{"ann"}).value(), day("2024-03-10"));
  EXPECT_EQ(past.recorded_since("login"), day("2024-01-05"));
  EXPECT_EQ(past.recorded_since("export"), day("2024-02-05"));
  EXPECT_EQ(past.use_recorded_since(), day("2024-01-05"));
  EXPECT_EQ(past.count("login", 28), 1);
}

TEST(PastReader, copies_read_by_themselves) {
  const TestBook book{{a_customer("ann"), a_customer("bob").on("pro").from("2024-02-01")},
                      {did("ann", "2024-02-05T00:00:00Z", "login")}};
  PastReader first{book.book};
  PastReader second{first};
  const Past& ann = first.at(book.book.find(CustomerId{"ann"}).value(), day("2024-03-01"));
  const Past& bob = second.at(book.book.find(CustomerId{"bob"}).value(), day("2024-02-11"));
  EXPECT_EQ(ann.tenure(), 60);
  EXPECT_EQ(bob.tenure(), 10);
  EXPECT_EQ(ann.count("login", 28), 1);
}

}  // namespace
}  // namespace churn
