#include <churn/row/departure.hpp>

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
using support::a_customer;
using support::an_invoice;
using support::CustomerSentence;
using support::day;

using Lines = std::vector<std::string>;

/// A book of customers with their invoices and events.
struct Case {
  std::vector<CustomerSentence> customers;
  std::vector<Invoice> invoices{};
  std::vector<Event> events{};
  Conventions conventions{};

  [[nodiscard]] Book as_of(std::string_view date) const {
    Records records = support::records_of(customers);
    for (const Invoice& invoice : invoices) records.add(invoice);
    for (const Event& event : events) records.add(event);
    return Book::build(records, day(date), conventions).book;
  }
};

/// `2024-04-01 voluntary competitor by voluntary_end_reason`, and the return.
Lines told(const Book& book, const DepartureRules& rules = DepartureRules::standard()) {
  Lines lines;
  for_each_departure(book, rules, [&](const Departure& departure) {
    std::string line = departure.departed_on.to_string() + " " +
                       std::string(departure_type_name(departure.type)) + " " + std::string(departure.reason);
    if (!departure.rule.empty()) line += " by " + std::string(departure.rule);
    if (departure.returned_on) line += ", back on " + departure.returned_on->to_string();
    lines.push_back(std::move(line));
  });
  return lines;
}

Lines evidence(const Book& book) {
  Lines lines;
  for_each_departure(book, DepartureRules::standard(), [&](const Departure& departure) {
    for (const Evidence& item : departure.evidence)
      lines.push_back(book.records().source(item.table) + " row " + std::to_string(item.row) + ": " +
                      item.says);
  });
  return lines;
}

Event answer(const char* at, const char* reason) {
  return {.customer = CustomerId{"ann"},
          .at = Timestamp::parse(at).value(),
          .kind = "exit_survey",
          .label = reason};
}

Payment failed(const char* at, std::string code = {}) {
  return {
      .at = Timestamp::parse(at).value(), .status = PaymentStatus::failed, .failure_code = std::move(code)};
}
Payment succeeded(const char* at) {
  return {.at = Timestamp::parse(at).value(), .status = PaymentStatus::succeeded};
}

CustomerSentence ann() { return a_customer("ann").on("pro", "s1").from("2024-01-01").until("2024-04-01"); }

/// For March, due on the 15th.
Invoice march(InvoiceStatus status, std::vector<Payment> payments = {}, const char* due = "2024-03-15") {
  Invoice invoice = an_invoice("i3", "2024-03-01",
                               {A::charge("pro", "10.00").from("2024-03-01").until("2024-04-01")}, status);
  invoice.due_on = day(due);
  invoice.payments = std::move(payments);
  return invoice;
}

TEST(Departure, has_the_first_absent_day_the_tenure_and_what_was_paid_on_the_last_present_one) {
  const Book book =
      Case{{ann().then_on("pro").from("2024-02-01").until("2024-04-01").at("30.00")}}.as_of("2024-07-01");
  int count = 0;
  for_each_departure(book, DepartureRules::standard(), [&](const Departure& departure) {
    ++count;
    EXPECT_EQ(departure.stay_starts_on, day("2024-01-01"));
    EXPECT_EQ(departure.departed_on, day("2024-04-01"));
    EXPECT_EQ(departure.tenure, 91);
    EXPECT_EQ(support::shown(departure.ticks), "30.00");
  });
  EXPECT_EQ(count, 1);
}

TEST(Departure, of_which_nothing_is_on_record_is_unknown) {
  EXPECT_EQ(told(Case{{ann()}}.as_of("2024-07-01")), (Lines{"2024-04-01 unknown unknown"}));
}

TEST(Departure, that_lies_at_as_of_has_not_happened) {
  const Case its{{ann().because("competitor")}};
  EXPECT_EQ(told(its.as_of("2024-04-01")), Lines{});
  EXPECT_EQ(told(its.as_of("2024-04-02")),
            (Lines{"2024-04-01 voluntary competitor by voluntary_end_reason"}));
}

TEST(Departure, whose_end_reason_says_so_is_completed_voluntary_or_involuntary) {
  const auto because = [](const char* reason) {
    return told(Case{{ann().because(reason)}}.as_of("2024-07-01"));
  };
  EXPECT_EQ(because("project_finished"),
            (Lines{"2024-04-01 completed project_finished by completed_end_reason"}));
  EXPECT_EQ(because("Too expensive"), (Lines{"2024-04-01 voluntary too_expensive by voluntary_end_reason"}));
  EXPECT_EQ(because("card_expired"), (Lines{"2024-04-01 involuntary card_expired by payment_end_reason"}));
}

TEST(Departure, whose_reason_is_misspelt_is_unknown_and_not_voluntary) {
  EXPECT_EQ(told(Case{{ann().because("competiter")}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 unknown unknown"}));
}

TEST(Departure, requested_before_anything_was_overdue_is_voluntary_also_if_the_last_invoice_stays_unpaid) {
  const Case its{{ann().cancelled_on("2024-03-10")}, {march(InvoiceStatus::open)}};
  EXPECT_EQ(told(its.as_of("2024-07-01")), (Lines{"2024-04-01 voluntary unknown by cancel_before_trouble"}));
}

TEST(Departure, requested_on_the_day_of_the_first_failure_or_later_is_involuntary) {
  for (const char* requested_on : {"2024-03-05", "2024-03-20", "2024-04-03"}) {
    const Case its{{ann().cancelled_on(requested_on)},
                   {march(InvoiceStatus::open, {failed("2024-03-05T08:00:00Z", "insufficient_funds")})}};
    EXPECT_EQ(told(its.as_of("2024-07-01")),
              (Lines{"2024-04-01 involuntary insufficient_funds by invoice_overdue"}))
        << requested_on;
  }
}

TEST(Departure, requested_after_a_failure_that_was_made_good_is_voluntary) {
  Invoice paid =
      march(InvoiceStatus::paid, {failed("2024-03-01T08:00:00Z"), succeeded("2024-03-04T08:00:00Z")});
  paid.paid_on = day("2024-03-04");
  const Case its{{ann().cancelled_on("2024-03-20")}, {paid}};
  EXPECT_EQ(told(its.as_of("2024-07-01")), (Lines{"2024-04-01 voluntary unknown by cancel_before_trouble"}));
}

TEST(Departure, with_an_open_invoice_of_thirty_days_net_is_what_the_request_says_before_and_after_it_is_due) {
  Invoice net_30 = march(InvoiceStatus::open, {}, "2024-03-31");
  const Case its{{ann().cancelled_on("2024-03-20")}, {net_30}};
  for (const char* as_of : {"2024-04-02", "2024-07-01"})
    EXPECT_EQ(told(its.as_of(as_of)), (Lines{"2024-04-01 voluntary unknown by cancel_before_trouble"}))
        << as_of;
}

TEST(Departure, whose_invoice_is_not_yet_due_is_unknown_until_it_is_overdue) {
  const Case its{{ann()}, {march(InvoiceStatus::open, {}, "2024-04-10")}};
  EXPECT_EQ(told(its.as_of("2024-04-10")), (Lines{"2024-04-01 unknown unknown"}));
  EXPECT_EQ(told(its.as_of("2024-04-11")),
            (Lines{"2024-04-01 involuntary other_payment by invoice_overdue"}));
}

TEST(Departure,
     is_not_involuntary_for_an_invoice_that_is_older_of_another_subscription_a_draft_void_or_paid) {
  Invoice older =
      an_invoice("i1", "2024-01-01", {A::charge("pro", "10.00").from("2024-01-01").until("2024-02-01")},
                 InvoiceStatus::open);
  Invoice other = march(InvoiceStatus::open);
  other.subscription = SubscriptionId{"s9"};
  for (const Invoice& invoice :
       {older, other, march(InvoiceStatus::draft), march(InvoiceStatus::void_), march(InvoiceStatus::paid)})
    EXPECT_EQ(told(Case{{ann()}, {invoice}}.as_of("2024-07-01")), (Lines{"2024-04-01 unknown unknown"}));
}

// Thirty days were too few for what was issued at the beginning of a month of 31, and for what is billed by the year.
TEST(Departure, with_an_unpaid_invoice_that_says_no_period_is_involuntary_within_a_cycle_of_its_issue) {
  const auto with_line = [](A line, const char* until) {
    const Invoice invoice = an_invoice("i3", "2024-03-01", {std::move(line)}, InvoiceStatus::open);
    return told(Case{{a_customer("ann").on("pro", "s1").from("2024-01-01").until(until)}, {invoice}}.as_of(
        "2025-07-01"));
  };
  EXPECT_EQ(with_line(A::charge("pro", "10.00"), "2024-04-01"),
            (Lines{"2024-04-01 involuntary other_payment by invoice_overdue"}));
  EXPECT_EQ(with_line(A::charge("pro", "10.00"), "2024-04-02"), (Lines{"2024-04-02 unknown unknown"}));
  EXPECT_EQ(with_line(A::charge("pro", "10.00").every(1, BillingInterval::year), "2025-03-01"),
            (Lines{"2025-03-01 involuntary other_payment by invoice_overdue"}));
  EXPECT_EQ(with_line(A::once("set-up", "10.00"), "2024-03-02"), (Lines{"2024-03-02 unknown unknown"}));
}

TEST(Departure, whose_renewal_failed_on_the_day_it_ended_is_involuntary) {
  Invoice renewal =
      an_invoice("i4", "2024-04-01", {A::charge("pro", "10.00").from("2024-04-01").until("2024-05-01")},
                 InvoiceStatus::uncollectible);
  renewal.payments = {failed("2024-04-01T06:00:00Z", "expired_card")};
  EXPECT_EQ(told(Case{{ann()}, {renewal}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 involuntary card_expired by invoice_overdue"}));
}

TEST(Departure,
     whose_last_attempt_failed_within_the_window_is_involuntary_though_no_invoice_is_overdue_at_its_end) {
  Invoice february =
      an_invoice("i2", "2024-02-01", {A::charge("pro", "10.00").from("2024-02-01").until("2024-03-01")},
                 InvoiceStatus::open);
  february.payments = {failed("2024-03-02T06:00:00Z", "lost_card")};
  EXPECT_EQ(told(Case{{ann()}, {february}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 involuntary no_new_card by last_attempt_failed"}));
  february.payments = {failed("2024-03-01T06:00:00Z", "lost_card")};  // 31 days before
  EXPECT_EQ(told(Case{{ann()}, {february}}.as_of("2024-07-01")), (Lines{"2024-04-01 unknown unknown"}));
  february.payments = {failed("2024-03-02T06:00:00Z", "lost_card"), succeeded("2024-03-03T06:00:00Z")};
  EXPECT_EQ(told(Case{{ann()}, {february}}.as_of("2024-07-01")), (Lines{"2024-04-01 unknown unknown"}));
}

TEST(Departure, with_a_code_that_nobody_knows_is_involuntary_for_another_payment_reason) {
  const Case its{{ann()}, {march(InvoiceStatus::open, {failed("2024-03-05T08:00:00Z", "our_bank_17")})}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-01 involuntary other_payment by invoice_overdue"}));
}

TEST(Departure, whose_stated_payment_reason_says_no_more_takes_the_code_of_the_invoice) {
  const Case its{{ann().because("payment_failed")},
                 {march(InvoiceStatus::open, {failed("2024-03-05T08:00:00Z", "expired_card")})}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-01 involuntary card_expired by payment_end_reason"}));
}

TEST(Departure, on_the_agreed_end_without_a_request_is_completed) {
  EXPECT_EQ(told(Case{{ann().agreed_until("2024-04-01")}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 completed term_ended by term_ran_out"}));
  EXPECT_EQ(told(Case{{ann().agreed_until("2024-04-01").cancelled_on("2024-03-01")}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 voluntary unknown by cancel_before_trouble"}));
  EXPECT_EQ(told(Case{{ann().agreed_until("2025-04-01")}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 unknown unknown"}));
}

TEST(Departure, of_a_customer_who_returned_keeps_its_type_whatever_the_return_brings) {
  // The debt is paid on the day of the return: it was not, when the customer was gone.
  Invoice paid_late = march(InvoiceStatus::paid, {failed("2024-03-05T08:00:00Z", "expired_card"),
                                                  succeeded("2024-05-01T08:00:00Z")});
  paid_late.paid_on = day("2024-05-01");
  const Case its{{ann().on("pro", "s2").from("2024-05-01")}, {paid_late}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-01 involuntary card_expired by invoice_overdue, back on 2024-05-01"}));
  EXPECT_EQ(told(its.as_of("2024-05-01")), (Lines{"2024-04-01 involuntary card_expired by invoice_overdue"}));
}

TEST(Departure, is_told_apart_from_the_next_one_of_the_same_customer) {
  const Case its{{ann()
                      .because("project_finished")
                      .on("pro", "s2")
                      .from("2024-05-01")
                      .until("2024-06-01")
                      .because("price")},
                 {},
                 {}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-01 completed project_finished by completed_end_reason, back on 2024-05-01",
                   "2024-06-01 voluntary too_expensive by voluntary_end_reason"}));
}

TEST(Departure, is_what_the_survey_says_where_the_end_reason_says_nothing) {
  const Case its{{ann()}, {}, {answer("2024-04-05T12:00:00Z", "project_finished")}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-01 completed project_finished by completed_survey"}));
  EXPECT_EQ(told(its.as_of("2024-04-05")), (Lines{"2024-04-01 unknown unknown"}));
}

TEST(Departure, takes_answers_of_the_kinds_that_a_host_says_are_some) {
  Event form = answer("2024-04-05T12:00:00Z", "competitor");
  form.kind = "cancel_form";
  const Book book =
      Case{{ann()}, {}, {form, answer("2024-04-06T12:00:00Z", "project_finished")}}.as_of("2024-07-01");
  DepartureRules rules = DepartureRules::standard();
  rules.tables.event_kinds = {{"cancel_form", "exit_survey"}, {"exit_survey", "page_view"}};
  EXPECT_EQ(told(book, rules), (Lines{"2024-04-01 voluntary competitor by voluntary_survey"}));
  EXPECT_EQ(told(book), (Lines{"2024-04-01 completed project_finished by completed_survey"}));
}

TEST(Departure, with_contradictory_answers_is_what_the_latest_known_one_says) {
  const Case its{{ann()},
                 {},
                 {answer("2024-04-02T12:00:00Z", "project_finished"),
                  answer("2024-04-05T12:00:00Z", "competitor"), answer("2024-04-06T12:00:00Z", "it rained")}};
  EXPECT_EQ(told(its.as_of("2024-07-01")), (Lines{"2024-04-01 voluntary competitor by voluntary_survey"}));
}

TEST(Departure, takes_no_answer_from_long_before_or_from_after_the_return) {
  const Case its{{ann().on("pro", "s2").from("2024-05-01")},
                 {},
                 {answer("2024-01-01T12:00:00Z", "competitor"), answer("2024-05-01T12:00:00Z", "price")}};
  EXPECT_EQ(told(its.as_of("2024-07-01")), (Lines{"2024-04-01 unknown unknown, back on 2024-05-01"}));
}

TEST(Departure, whose_reasons_contradict_each_other_is_decided_by_the_order_of_the_rules) {
  const Case its{{ann().because("competitor")}, {}, {answer("2024-04-05T12:00:00Z", "project_finished")}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-01 completed project_finished by completed_survey"}));
  DepartureRules rules = DepartureRules::standard();
  rules.first({"voluntary_end_reason"});
  EXPECT_EQ(told(its.as_of("2024-07-01"), rules),
            (Lines{"2024-04-01 voluntary competitor by voluntary_end_reason"}));
}

TEST(Departure, of_two_subscriptions_goes_by_the_one_that_ended_last) {
  const Case its{
      {ann().because("price").on("pro", "s2").from("2024-02-01").until("2024-05-01").because("competitor")}};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-05-01 voluntary competitor by voluntary_end_reason"}));
}

TEST(Departure, names_the_records_that_decided) {
  const Case its{{ann().because("competitor")}};
  EXPECT_EQ(evidence(its.as_of("2024-07-01")), (Lines{"subscriptions row 1: s1: end_reason competitor"}));
  const Case owed{{ann()}, {march(InvoiceStatus::open, {failed("2024-03-05T08:00:00Z", "expired_card")})}};
  EXPECT_EQ(evidence(owed.as_of("2024-07-01")),
            (Lines{"invoices row 1: i3: due 2024-03-15 and not paid, payment failed (expired_card)"}));
}

TEST(Departure, can_be_decided_by_a_rule_of_the_hosts_own) {
  DepartureRules rules = DepartureRules::standard();
  rules.before("completed_end_reason",
               {"short_stay", [](const DepartureFacts& facts) -> std::optional<Finding> {
                  if (facts.departed_on - facts.stay_starts_on > std::chrono::days{100}) return {};
                  return Finding{DepartureType::completed, "event_over"};
                }});
  EXPECT_EQ(told(Case{{ann().because("competitor")}}.as_of("2024-07-01"), rules),
            (Lines{"2024-04-01 completed event_over by short_stay"}));
}

TEST(Departure, dropped_for_a_debt_is_involuntary_and_knows_the_reason_of_the_later_end) {
  Case its{{a_customer("ann").on("pro", "s1").from("2024-01-01")},
           {march(InvoiceStatus::open, {}, "2024-03-01")}};
  its.conventions.book.past_due = PastDuePolicy::dropped_after_days;
  its.conventions.book.past_due_days = 10;
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-03-11 involuntary other_payment by invoice_overdue"}));
  its.customers = {
      a_customer("ann").on("pro", "s1").from("2024-01-01").until("2024-04-01").because("no_new_card")};
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-03-11 involuntary no_new_card by payment_end_reason"}));
}

TEST(Departure, recognised_at_the_request_is_dated_there) {
  Case its{{ann().cancelled_on("2024-03-10").because("quality")}};
  its.conventions.book.recognition = Recognition::cancel_request;
  EXPECT_EQ(told(its.as_of("2024-07-01")), (Lines{"2024-03-10 voluntary quality by voluntary_end_reason"}));
  EXPECT_EQ(told(its.as_of("2024-03-20")), (Lines{"2024-03-10 voluntary unknown by cancel_before_trouble"}));
}

TEST(Departure, keeps_its_type_when_the_phase_that_was_only_paused_is_left_later) {
  // The pause takes the customer away, the same phase brings it back: its reason and its request are those of June.
  Case its{{a_customer("ann")
                .on("pro", "s1")
                .from("2024-01-01")
                .paused_from("2024-03-01")
                .paused_until("2024-04-01")
                .until("2024-06-01")
                .cancelled_on("2024-05-20")
                .because("competitor")}};
  its.conventions.book.pause = PausePolicy::absent;
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-03-01 unknown unknown, back on 2024-04-01",
                   "2024-06-01 voluntary competitor by voluntary_end_reason"}));
  its.customers.front().because("");
  EXPECT_EQ(told(its.as_of("2024-07-01")), (Lines{"2024-03-01 unknown unknown, back on 2024-04-01",
                                                  "2024-06-01 voluntary unknown by cancel_before_trouble"}));
}

TEST(Departure, of_which_invoices_alone_tell_is_involuntary_if_the_last_one_was_not_paid) {
  // Also of a subscription with two plans at once, which the book keeps as two.
  const A seats = A::charge("seats", "5.00").from("2024-03-01").until("2024-04-01");
  const A pro = A::charge("pro", "10.00").from("2024-03-01").until("2024-04-01");
  for (const std::vector<InvoiceLine>& lines :
       {std::vector<InvoiceLine>{pro}, std::vector<InvoiceLine>{pro, seats}}) {
    Invoice last = an_invoice("i1", "2024-03-01", lines, InvoiceStatus::uncollectible);
    last.payments = {failed("2024-03-01T06:00:00Z", "expired_card")};
    EXPECT_EQ(told(Case{{}, {last}}.as_of("2024-07-01")),
              (Lines{"2024-04-01 involuntary card_expired by invoice_overdue"}))
        << lines.size();
  }
}

TEST(Departure, for_a_debt_is_involuntary_also_if_the_debt_is_for_a_time_before_it) {
  // Sixty days after the invoice of March nothing was billed any more, and nothing else is on record.
  Case its{{a_customer("ann").on("pro", "s1").from("2024-01-01")},
           {march(InvoiceStatus::open, {}, "2024-03-01")}};
  its.conventions.book.past_due = PastDuePolicy::dropped_after_days;
  its.conventions.book.past_due_days = 60;
  EXPECT_EQ(told(its.as_of("2024-07-01")),
            (Lines{"2024-04-30 involuntary other_payment by invoice_overdue"}));
}

TEST(Departure, after_a_failed_payment_whose_invoice_was_paid_in_another_way_is_what_the_request_says) {
  Invoice transferred = march(InvoiceStatus::paid, {failed("2024-03-03T08:00:00Z", "expired_card")});
  transferred.paid_on = day("2024-03-04");
  EXPECT_EQ(told(Case{{ann().cancelled_on("2024-03-20")}, {transferred}}.as_of("2024-07-01")),
            (Lines{"2024-04-01 voluntary unknown by cancel_before_trouble"}));
  EXPECT_EQ(told(Case{{ann()}, {transferred}}.as_of("2024-07-01")), (Lines{"2024-04-01 unknown unknown"}));
}

TEST(Departure, can_be_asked_about_over_all_time_and_with_an_invoice_that_is_due_on_the_last_of_all_days) {
  const Case its{{ann()},
                 {march(InvoiceStatus::open, {failed("2024-03-20T08:00:00Z")}, "9999-12-31")},
                 {answer("2024-01-02T12:00:00Z", "it rained")}};
  DepartureRules rules = DepartureRules::standard();
  rules.tables.survey_days = INT32_MAX;
  rules.tables.dunning_days = INT32_MAX;
  EXPECT_EQ(told(its.as_of("2024-07-01"), rules),
            (Lines{"2024-04-01 involuntary other_payment by last_attempt_failed"}));
}

TEST(DepartureReader, gives_the_facts_to_a_visitor_that_remembers_them) {
  const Book book = Case{{ann()}, {march(InvoiceStatus::open)}}.as_of("2024-07-01");
  struct Counter {
    void operator()(const DepartureFacts& facts) { invoices += facts.invoices.size(); }
    std::size_t invoices{0};
  };
  DepartureReader reader{book};
  Counter counter;
  reader.facts_of(CustomerIndex{0}, counter);
  EXPECT_EQ(counter.invoices, 1U);
}

}  // namespace
}  // namespace churn
