#include <churn/cube/live_departure_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <churn/cube/live_cube.hpp>

#include "support/billing_system.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::months_of;

// ---- As if everything had been counted again

DepartureRules rules_with_kinds_of_the_host() {
  DepartureRules rules = DepartureRules::standard();
  rules.tables.event_kinds = {{"goodbye_form", "exit_survey"}};
  return rules;
}

struct Question {
  Segmenter by;
  Filter where;
  Netting netting;
};

std::vector<Question> questions() {
  std::vector<Question> all;
  for (const Netting netting : {Netting::by_period, Netting::by_day})
    for (Question question : {Question{{}, {}, netting},
                              {by::attribute("channel"), {}, netting},
                              {{}, by::attribute("channel") == "ads", netting},
                              {by::cohort(), {}, netting},
                              {by::plan, {}, netting},
                              {by::plan * by::attribute("country"), by::plan != "pro", netting},
                              {by::currency * by::interval, {}, netting},
                              {by::primary_plan, {}, netting},
                              {by::tenure_bands({10, 45, 100}), {}, netting},
                              {{}, by::tenure_bands({30}) == "30+ days", netting}})
      all.push_back(std::move(question));
  return all;
}

/// Each costs a fold of everything after every step, so a case asks a few, and many cases all.
std::vector<Question> some_questions() {
  std::vector<Question> all = questions();
  std::vector<Question> some;
  for (int n = 0; n < 3; ++n)
    some.push_back(all[static_cast<std::size_t>(support::draw(0, static_cast<int>(all.size())))]);
  return some;
}

FoldOptions options_of(const Conventions& conventions, const Question& question) {
  RateRules rules = conventions.rate;
  rules.netting = question.netting;
  if (rules.netting == Netting::by_day) rules.history = RateRules{}.history;
  return {.where = question.where, .rules = rules};
}

/// Reasons that are of every type, misspelt, and of none.
std::string draw_reason() {
  return support::one_of<const char*>(
      {"price", "project_finished", "card_expired", "other_payment", "to expensive", "?", "", ""});
}

void draw_reasons(Subscription& subscription) {
  for (Phase& phase : subscription.phases) {
    phase.end_reason = draw_reason();
    if (phase.ends_on && support::one_in(3)) phase.term_ends_on = phase.ends_on;
  }
}

void draw_failures(Invoice& invoice) {
  for (InvoiceLine& line : invoice.lines) {
    if (support::one_in(3)) continue;
    line.period_start = invoice.issued_on;
    line.period_end = invoice.issued_on + std::chrono::days{support::draw(1, 120)};
  }
  for (Payment& payment : invoice.payments)
    payment.failure_code =
        support::one_of<const char*>({"expired_card", "insufficient_funds", "no_such", ""});
}

Event draw_answer(int customers) {
  return {CustomerId{"c" + std::to_string(support::draw(0, customers))},
          Timestamp::from_seconds(support::draw_instant(support::draw_day())),
          support::one_of<const char*>({"exit_survey", "exit_survey", "goodbye_form", "login"}), Decimal{1},
          draw_reason()};
}

Changes draw_changes_and_reasons(const support::BillingSystem& system) {
  constexpr int customers = 5;
  Changes changes = support::draw_changes(system, customers);
  for (Subscription& subscription : changes.subscriptions) draw_reasons(subscription);
  for (Invoice& invoice : changes.invoices) draw_failures(invoice);
  for (int n = support::draw(0, 3); n > 0; --n) changes.events.push_back(draw_answer(customers));
  // What is there already, paid, void or uncollectible now.
  if (support::one_in(2) && !system.invoices.empty()) {
    Invoice known =
        system.invoices[static_cast<std::size_t>(support::draw(0, static_cast<int>(system.invoices.size())))];
    known.status = support::one_of(
        {InvoiceStatus::paid, InvoiceStatus::void_, InvoiceStatus::uncollectible, InvoiceStatus::open});
    draw_failures(known);
    changes.invoices.push_back(std::move(known));
  }
  if (support::one_in(3) && !system.subscriptions.empty()) {
    Subscription known = system.subscriptions[static_cast<std::size_t>(
        support::draw(0, static_cast<int>(system.subscriptions.size())))];
    draw_reasons(known);
    changes.subscriptions.push_back(std::move(known));
  }
  return changes;
}

std::string shown(const DepartureCube& cube) {
  std::string text = "of " + cube.as_of().to_string() + ":";
  for (const Label& label : cube.segments()) {
    for (const std::string& part : label) text += " " + part;
    text += " " + std::string(cube.currency(cube.segment(label)).code()) + ";";
  }
  for (const DepartureCube::Entry& entry : cube.entries())
    text += " [" + std::to_string(entry.segment) + " " + std::to_string(entry.period) + " " +
            cube.causes()[entry.cause].reason + " " + std::to_string(entry.leavers.customers) + " " +
            std::to_string(entry.leavers.ticks) + "]";
  return text;
}

/// A business at work: its records on a day, and what changes next.
struct Business {
  support::BillingSystem system;
  Conventions conventions;
  PeriodGrid grid;
  Date today;
  Changes (*draw_changes)(const support::BillingSystem& system);
  int most_days_a_step;
};

/// Follows with one cube a question through some steps of changes and days, and compares with a rebuild after each.
void follows(Business business, const std::vector<Question>& asked) {
  auto& [system, conventions, grid, today, draw_changes, most_days_a_step] = business;
  // Attributes that no customer has can't be asked for; this one has them at any time.
  system.customers.push_back(
      {.id = CustomerId{"attributes"}, .attributes = {{"channel", "none"}, {"country", "XX"}}});
  const DepartureRules rules = rules_with_kinds_of_the_host();
  const auto counted = [&, &grid = grid, &conventions = conventions](const Book& book,
                                                                     const Question& question) {
    return DepartureCube::fold(book, grid, question.by, rules, options_of(conventions, question));
  };
  std::optional<LiveBook> live;
  std::optional<LiveCube> movements;
  std::vector<LiveDepartureCube> cubes;
  // Some begin to follow later, when there are several layers.
  const std::size_t from_the_start = support::one_in(2) ? asked.size() : asked.size() / 2;
  const auto follow = [&, &grid = grid, &conventions = conventions](std::size_t i) {
    cubes.emplace_back(*live, grid, asked[i].by, rules, options_of(conventions, asked[i]));
  };
  try {
    live.emplace(Book::build(system.records(), today, conventions).book);
    movements.emplace(*live, grid, by::currency);
    for (std::size_t i = 0; i < from_the_start; ++i) follow(i);
  } catch (const Error&) {
    RC_DISCARD("These can't be counted to begin with.");
  }
  for (int steps = support::draw(1, 7); steps > 0; --steps) {
    const Changes changes = support::one_in(4) ? Changes{} : draw_changes(system);
    const Date next = today + std::chrono::days{support::one_in(3) ? 0 : support::draw(0, most_days_a_step)};
    support::BillingSystem changed = system;
    changed.apply(changes);

    std::vector<DepartureCube> expected;
    std::optional<ErrorCode> refused;
    std::optional<Book> rebuilt;
    try {
      rebuilt = Book::build(changed.records(), next, conventions).book;
      for (std::size_t i = 0; i < cubes.size(); ++i) expected.push_back(counted(*rebuilt, asked[i]));
    } catch (const Error& error) {
      refused = error.code();
    }
    std::vector<DepartureCube> before;
    for (const LiveDepartureCube& cube : cubes) before.push_back(cube.cube());
    try {
      live->apply(changes, next);
      RC_ASSERT(!refused);
    } catch (const Error&) {
      RC_ASSERT(refused.has_value());
      for (std::size_t i = 0; i < cubes.size(); ++i) RC_ASSERT(cubes[i].cube() == before[i]);
      continue;
    }
    for (std::size_t i = 0; i < cubes.size(); ++i)
      if (!(cubes[i].cube() == expected[i])) {
        RC_LOG() << "question " << i << " live " << shown(cubes[i].cube()) << " and counted "
                 << shown(expected[i]);
        RC_ASSERT(cubes[i].cube() == expected[i]);
      }
    RC_ASSERT(movements->cube() == MovementCube::fold(*rebuilt, grid, by::currency));
    system = changed;
    today = next;
    if (support::one_in(6)) {
      const Book whole = live->book();
      RC_ASSERT(counted(whole, asked.front()) == expected.front());
      RC_ASSERT(whole.records().event_count() == system.events.size());
    }
    try {
      if (cubes.size() < asked.size() && support::one_in(2)) {
        follow(cubes.size());
        RC_ASSERT(cubes.back().cube() == counted(*rebuilt, asked[cubes.size() - 1]));
      }
    } catch (const Error&) {  // what can't be counted is not followed
    }
  }
}

/// A book with everything that makes books hard.
Business draw_business(const support::RandomCase& random) {
  support::BillingSystem system{random.book};
  for (int n = support::draw(0, 6); n > 0; --n)
    system.invoices.push_back(support::to_invoice(support::draw_claim(5, "i" + std::to_string(n))));
  for (int n = support::draw(0, 6); n > 0; --n) system.events.push_back(draw_answer(5));
  for (Subscription& subscription : system.subscriptions) draw_reasons(subscription);
  for (Invoice& invoice : system.invoices) draw_failures(invoice);
  RC_LOG() << support::describe(random.book, random.rules);
  return {std::move(system),          support::to_conventions(random.rules),
          support::draw_grid().first, Date::from_days(support::first_day + support::draw(0, 200)),
          draw_changes_and_reasons,   40};
}

RC_GTEST_PROP(RandomBooks, a_live_cube_of_departures_is_at_any_time_what_counting_again_would_give, ()) {
  follows(draw_business(support::draw_case()), some_questions());
}

RC_GTEST_PROP(RandomBooks, live_cubes_of_departures_follow_books_whose_revenue_is_read_from_invoices, ()) {
  support::RandomCase random{support::draw_invoice_book(), support::draw_rules()};
  random.rules.source = support::one_in(3) ? reference::Source::automatic : reference::Source::invoices;
  follows(draw_business(random), some_questions());
}

RC_GTEST_PROP(RandomBooks, live_cubes_of_departures_follow_books_whose_amounts_are_converted, ()) {
  support::RandomCase random = support::draw_case();
  support::draw_exchange(random);
  follows(draw_business(random), some_questions());
}

// ---- The same where nearly everyone leaves within a few weeks, and why turns out around that

const Date the_day = day("2024-03-15");
constexpr int leavers = 9;

Date near(int before, int after) { return the_day + std::chrono::days{support::draw(-before, after)}; }
Timestamp moment_near(int before, int after) {
  return Timestamp::from_seconds(support::draw_instant(near(before, after).days()));
}
std::string draw_leaver() { return std::to_string(support::draw(0, leavers)); }

Subscription draw_stays(const std::string& number) {
  Phase phase{.plan = support::one_of<const char*>({"basic", "pro"}),
              .starts_on = near(150, -50),
              .ends_on = near(30, 20),
              .price = {Decimal{support::draw(1, 4)}, Currency{"USD"}}};
  if (support::one_in(8)) phase.ends_on.reset();
  if (support::one_in(5)) phase.cancel_requested_on = near(40, 20);
  if (support::one_in(8)) phase.term_ends_on = phase.ends_on;
  if (support::one_in(5)) phase.end_reason = draw_reason();
  Subscription subscription{SubscriptionId{"s" + number}, CustomerId{"c" + number}, {phase}};
  if (phase.ends_on && support::one_in(3)) {
    phase.starts_on = *phase.ends_on + std::chrono::days{support::draw(1, 20)};
    phase.ends_on = phase.starts_on + std::chrono::days{support::draw(1, 30)};
    phase.cancel_requested_on.reset();
    subscription.phases.push_back(phase);
  }
  return subscription;
}

Invoice draw_bill() {
  Invoice invoice{.id = InvoiceId{"i" + std::to_string(support::draw(0, 20))},
                  .customer = CustomerId{"c" + draw_leaver()},
                  .issued_on = near(50, 25),
                  .currency = Currency{"USD"},
                  .status = support::one_of({InvoiceStatus::open, InvoiceStatus::open, InvoiceStatus::paid,
                                             InvoiceStatus::uncollectible, InvoiceStatus::void_})};
  if (support::one_in(2)) invoice.due_on = invoice.issued_on + std::chrono::days{support::draw(0, 30)};
  if (invoice.status == InvoiceStatus::paid && !support::one_in(4))
    invoice.paid_on = invoice.issued_on + std::chrono::days{support::draw(0, 40)};
  if (support::one_in(2))
    invoice.lines.push_back({.amount = Money{500, Currency{"USD"}},
                             .period_start = invoice.issued_on,
                             .period_end = invoice.issued_on + std::chrono::days{31}});
  for (int n = support::draw(0, 3); n > 0; --n)
    invoice.payments.push_back(
        {.at =
             Timestamp::from_seconds(support::draw_instant(invoice.issued_on.days() + support::draw(0, 30))),
         .status = support::one_of({PaymentStatus::failed, PaymentStatus::failed, PaymentStatus::succeeded}),
         .failure_code = support::one_of<const char*>({"expired_card", "insufficient_funds", "", "?"})});
  return invoice;
}

Event draw_farewell() {
  return {CustomerId{"c" + draw_leaver()}, moment_near(40, 30),
          support::one_of<const char*>({"exit_survey", "exit_survey", "goodbye_form", "login"}), Decimal{1},
          draw_reason()};
}

Changes draw_what_turns_out(const support::BillingSystem& system) {
  Changes changes;
  if (support::one_in(2)) changes.events.push_back(draw_farewell());
  if (support::one_in(2)) changes.invoices.push_back(draw_bill());
  if (support::one_in(3)) changes.subscriptions.push_back(draw_stays(draw_leaver()));
  if (support::one_in(4) && !system.invoices.empty())
    changes.removed_invoices.push_back(
        system.invoices[static_cast<std::size_t>(support::draw(0, static_cast<int>(system.invoices.size())))]
            .id);
  if (support::one_in(10)) changes.removed_customers.emplace_back("c" + draw_leaver());
  if (support::one_in(6)) {
    Customer merged{.id = CustomerId{"c" + draw_leaver()}};
    if (support::one_in(2)) merged.merged_into = CustomerId{"c" + draw_leaver()};
    changes.customers.push_back(merged);
  }
  return changes;
}

RC_GTEST_PROP(RandomBooks, live_cubes_of_departures_follow_whatever_turns_out_of_those_who_leave, ()) {
  support::BillingSystem system{reference::Book{}};
  for (int n = 0; n < leavers; ++n) system.subscriptions.push_back(draw_stays(std::to_string(n)));
  for (int n = support::draw(0, 15); n > 0; --n) system.invoices.push_back(draw_bill());
  for (int n = support::draw(0, 10); n > 0; --n) system.events.push_back(draw_farewell());
  Conventions conventions;
  if (support::one_in(4)) conventions.book.recognition = Recognition::cancel_request;
  if (support::one_in(4)) conventions.book.gap_allowance_days = support::draw(1, 15);
  if (support::one_in(4)) conventions.book.past_due = PastDuePolicy::dropped_after_days;
  if (support::one_in(4)) system.records_from = near(100, 20);
  follows({std::move(system), conventions, months_of("2024-02-01", "2024-05-01"), near(20, 20),
           draw_what_turns_out, 6},
          some_questions());
}

// ---- Why somebody left turns out later

/// `2024-03 voluntary too_expensive 1`, in order of period.
std::string told(const LiveDepartureCube& live) {
  const DepartureCube cube = live.cube();
  std::string text;
  for (const DepartureCube::Entry& entry : cube.entries())
    text += (text.empty() ? "" : ", ") + cube.grid()[entry.period].first().to_string().substr(0, 7) + " " +
            std::string(departure_type_name(cube.causes()[entry.cause].type)) + " " +
            cube.causes()[entry.cause].reason + " " + std::to_string(entry.leavers.customers);
  return text;
}

/// One phase of one subscription at 10.00 a month.
Subscription one_stay(const std::string& id, const std::string& customer, std::string_view from,
                      std::string_view until = {}, const char* currency = "USD") {
  Phase phase{
      .plan = "pro", .starts_on = day(from), .ends_on = {}, .price = {Decimal{10}, Currency{currency}}};
  if (!until.empty()) phase.ends_on = day(until);
  return {SubscriptionId{id}, CustomerId{customer}, {phase}};
}

PeriodGrid the_months() { return months_of("2024-01-01", "2024-07-01"); }

/// Ann was there from 1 January to 10 March, without a reason.
support::CustomerSentence ann() {
  return a_customer("ann").on("pro", "s").from("2024-01-01").until("2024-03-11");
}

/// That of the last days of Ann's stay.
Invoice last_invoice(InvoiceStatus status = InvoiceStatus::open) {
  return {.id = InvoiceId{"i"},
          .customer = CustomerId{"ann"},
          .issued_on = day("2024-03-01"),
          .due_on = day("2024-03-15"),
          .currency = Currency{"USD"},
          .status = status,
          .subscription = SubscriptionId{"s"},
          .lines = {{.amount = Money{1000, Currency{"USD"}},
                     .period_start = day("2024-03-01"),
                     .period_end = day("2024-04-01")}}};
}

Payment payment(std::string_view on, PaymentStatus status, std::string code = {}) {
  return {.at = Timestamp::from_seconds(std::int64_t{day(on).days()} * 86400 + 3600),
          .status = status,
          .failure_code = std::move(code)};
}

Event answer(std::string_view on, const std::string& reason, const std::string& customer = "ann") {
  return {CustomerId{customer}, payment(on, PaymentStatus::failed).at, "exit_survey", Decimal{1}, reason};
}

Book book_with(std::string_view as_of, const support::CustomerSentences& customers,
               const std::vector<Invoice>& invoices, const std::vector<Event>& events = {}) {
  Records records = support::records_of(customers);
  for (const Invoice& invoice : invoices) records.add(invoice);
  for (const Event& event : events) records.add(event);
  return Book::build(records, day(as_of)).book;
}

TEST(LiveDepartureCube, an_answer_that_comes_after_weeks_says_why) {
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {}), the_months()};
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
  cube.apply({.events = {answer("2024-04-05", "price")}}, day("2024-04-06"));
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
  cube.apply({.events = {answer("2024-04-08", "project_finished")}}, day("2024-04-09"));
  EXPECT_EQ(told(cube), "2024-03 completed project_finished 1") << "The latest answer counts.";
}

TEST(LiveDepartureCube, an_answer_that_the_records_date_ahead_counts_from_its_day_on) {
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {}, {answer("2024-04-05", "price")}), the_months()};
  cube.apply({}, day("2024-04-05"));
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
  cube.apply({}, day("2024-04-06"));
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
}

TEST(LiveDepartureCube, an_answer_is_not_forgotten_when_something_else_of_the_customer_changes) {
  LiveBook live{book_with("2024-03-20", {ann()}, {}, {answer("2024-03-12", "price")})};
  LiveDepartureCube cube{live, the_months()};
  live.apply({.events = {answer("2024-03-11", "support")}}, day("2024-03-21"));
  live.apply({.customers = {{.id = CustomerId{"ann"}, .name = "Ann"}}}, day("2024-03-22"));
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
  static_cast<void>(live.book());
  live.apply({.customers = {{.id = CustomerId{"ann"}, .name = "Anna"}}}, day("2024-03-23"));
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
}

TEST(LiveDepartureCube, an_answer_of_an_account_that_was_merged_is_the_customers_own) {
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {}, {answer("2024-03-12", "price", "anna")}),
                         the_months()};
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
  cube.apply({.customers = {{.id = CustomerId{"anna"}, .merged_into = CustomerId{"ann"}}}},
             day("2024-03-21"));
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
  cube.apply({.events = {answer("2024-03-21", "project_finished", "anna")}}, day("2024-03-22"));
  EXPECT_EQ(told(cube), "2024-03 completed project_finished 1");
}

TEST(LiveDepartureCube, answers_go_with_the_customer_who_is_removed) {
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {}, {answer("2024-03-12", "price")}), the_months()};
  const Subscription again = one_stay("s", "ann", "2024-01-01", "2024-03-11");
  cube.apply({.removed_customers = {CustomerId{"ann"}}}, day("2024-03-21"));
  EXPECT_EQ(told(cube), "");
  cube.apply({.subscriptions = {again}}, day("2024-03-22"));
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
}

TEST(LiveDepartureCube, kinds_of_a_host_are_answers_where_its_rules_say_so) {
  LiveBook live{book_with("2024-03-20", {ann()}, {})};
  LiveDepartureCube standard{live, the_months()};
  LiveDepartureCube mapped{live, the_months(), {}, rules_with_kinds_of_the_host()};
  Event goodbye = answer("2024-03-20", "price");
  goodbye.kind = "goodbye_form";
  live.apply({.events = {goodbye}}, day("2024-03-21"));
  EXPECT_EQ(told(standard), "2024-03 unknown unknown 1");
  EXPECT_EQ(told(mapped), "2024-03 voluntary too_expensive 1");
}

TEST(LiveDepartureCube, an_invoice_is_overdue_a_day_after_it_was_due) {
  LiveDepartureCube cube{book_with("2024-03-13", {ann()}, {last_invoice()}), the_months()};
  cube.apply({}, day("2024-03-15"));
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
  cube.apply({}, day("2024-03-16"));
  EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
}

TEST(LiveDepartureCube, an_invoice_that_is_paid_voided_or_corrected_is_no_longer_overdue) {
  Invoice later = last_invoice();
  later.due_on = day("2024-05-01");
  for (const Invoice& corrected :
       {last_invoice(InvoiceStatus::paid), last_invoice(InvoiceStatus::void_), later}) {
    LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {last_invoice()}), the_months()};
    EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
    cube.apply({.invoices = {corrected}}, day("2024-03-20"));
    EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
    cube.apply({.invoices = {last_invoice(InvoiceStatus::uncollectible)}}, day("2024-03-20"));
    EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
    cube.apply({.removed_invoices = {InvoiceId{"i"}}}, day("2024-03-20"));
    EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
  }
}

TEST(LiveDepartureCube, an_invoice_that_will_be_paid_is_overdue_until_that_day) {
  Invoice paid = last_invoice(InvoiceStatus::paid);
  paid.paid_on = day("2024-04-10");
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {paid}), the_months()};
  cube.apply({}, day("2024-04-10"));
  EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
  cube.apply({}, day("2024-04-11"));
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
}

TEST(LiveDepartureCube, an_attempt_to_charge_that_fails_says_what_is_wrong_with_the_card) {
  Invoice invoice = last_invoice();
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {invoice}), the_months()};
  invoice.payments = {payment("2024-03-20", PaymentStatus::failed, "expired_card")};
  cube.apply({.invoices = {invoice}}, day("2024-03-21"));
  EXPECT_EQ(told(cube), "2024-03 involuntary card_expired 1");
  invoice.payments.push_back(payment("2024-03-25", PaymentStatus::failed, "insufficient_funds"));
  cube.apply({.invoices = {invoice}}, day("2024-03-25"));
  EXPECT_EQ(told(cube), "2024-03 involuntary card_expired 1") << "The second is of today, and not known yet.";
  cube.apply({}, day("2024-03-26"));
  EXPECT_EQ(told(cube), "2024-03 involuntary insufficient_funds 1");
}

TEST(LiveDepartureCube, an_end_reason_that_is_corrected_counts_as_it_is_now) {
  Subscription corrected = one_stay("s", "ann", "2024-01-01", "2024-03-11");
  LiveDepartureCube cube{book_with("2024-03-20", {ann().because("price")}, {}), the_months()};
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
  corrected.phases.front().end_reason = "card_expired";
  cube.apply({.subscriptions = {corrected}}, day("2024-03-20"));
  EXPECT_EQ(told(cube), "2024-03 involuntary card_expired 1");
}

TEST(LiveDepartureCube, an_end_reason_is_known_when_its_phase_has_ended) {
  Conventions conventions;
  conventions.book.recognition = Recognition::cancel_request;
  const Book book =
      Book::build(support::records_of({ann().cancelled_on("2024-02-20").because("project_finished")}),
                  day("2024-02-25"), conventions)
          .book;
  LiveDepartureCube cube{book, the_months()};
  EXPECT_EQ(told(cube), "2024-02 voluntary unknown 1") << "She asked to leave, and it counts from then on.";
  cube.apply({}, day("2024-03-11"));
  EXPECT_EQ(told(cube), "2024-02 voluntary unknown 1");
  cube.apply({}, day("2024-03-12"));
  EXPECT_EQ(told(cube), "2024-02 completed project_finished 1");
}

TEST(LiveDepartureCube, what_comes_after_a_return_says_nothing_of_the_departure_before) {
  const auto back = ann().on("pro", "again").from("2024-04-02");
  LiveDepartureCube cube{book_with("2024-03-20", {back}, {last_invoice()}), the_months()};
  EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
  cube.apply({.events = {answer("2024-04-02", "price")}}, day("2024-04-10"));
  EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
  Invoice paid = last_invoice(InvoiceStatus::paid);
  paid.paid_on = day("2024-04-05");
  cube.apply({.invoices = {paid}}, day("2024-04-11"));
  EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1") << "It was open when she came back.";
  cube.apply({.events = {answer("2024-04-01", "price")}}, day("2024-04-12"));
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
}

TEST(LiveDepartureCube, a_return_that_is_backdated_takes_away_what_was_thought_to_explain) {
  LiveDepartureCube cube{book_with("2024-04-10", {ann()}, {}, {answer("2024-04-05", "price")}), the_months()};
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
  cube.apply({.subscriptions = {one_stay("t", "ann", "2024-04-02")}}, day("2024-04-10"));
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1");
}

TEST(LiveDepartureCube, a_cube_that_begins_late_knows_what_came_before) {
  LiveBook live{book_with("2024-03-20", {ann()}, {})};
  live.apply({.events = {answer("2024-03-20", "price")}}, day("2024-03-21"));
  live.apply({.customers = {{.id = CustomerId{"bob"}}}}, day("2024-03-22"));
  LiveDepartureCube cube{live, the_months()};
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 1");
}

TEST(LiveDepartureCube, the_segments_of_those_who_stay_are_there_too) {
  LiveDepartureCube cube{book_with("2024-03-20", {ann(), a_customer("bob").on("basic")}, {}), the_months(),
                         by::plan};
  EXPECT_EQ(cube.cube().segments(), (std::vector<Label>{{"basic"}, {"pro"}}));
  EXPECT_EQ(cube.cube().total(cube.cube().segment({"basic"}), 2), Leavers{});
  EXPECT_EQ(support::shown(cube.cube().total(cube.cube().segment({"pro"}), 2).ticks), "10.00");
}

TEST(LiveDepartureCube, asks_again_only_of_those_to_whom_something_has_happened) {
  int asked = 0;
  DepartureRules rules;
  rules.append({"counts", [&asked](const DepartureFacts&) -> std::optional<Finding> {
                  ++asked;
                  return {};
                }});
  support::CustomerSentences all =
      support::copies(20, a_customer("gone").on("pro").from("2024-01-01").until("2024-02-11"));
  all.push_back(ann());
  LiveDepartureCube cube{book_with("2024-03-20", all, {}), the_months(), {}, rules};
  EXPECT_EQ(asked, 21);
  asked = 0;
  Event login = answer("2024-03-20", "");
  login.kind = "login";
  cube.apply({.events = {login}}, day("2024-04-20"));
  EXPECT_EQ(asked, 0) << "Nobody is asked about for logging in, or because a month is over.";
  cube.apply({.events = {answer("2024-03-20", "price")}}, day("2024-04-20"));
  EXPECT_EQ(asked, 2) << "As she was, and as she is.";
}

TEST(LiveDepartureCube, many_customers_are_counted_by_several_threads_alike) {
  const Book book =
      book_with("2024-03-20",
                support::together(
                    {support::copies(6'000, a_customer("a").on("pro").until("2024-03-11").because("price")),
                     support::copies(6'000, a_customer("b").on("basic").until("2024-02-11"))}),
                {});
  const LiveDepartureCube cube{book, the_months(), by::plan, DepartureRules::standard(), {.threads = 3}};
  EXPECT_EQ(told(cube), "2024-02 unknown unknown 6000, 2024-03 voluntary too_expensive 6000");
  EXPECT_EQ(cube.cube(), DepartureCube::fold(book, the_months(), by::plan));
}

// ---- Errors

TEST(LiveDepartureCube, what_cannot_be_counted_leaves_everything_as_it_was) {
  LiveBook live{book_with("2024-03-20", {ann()}, {})};
  LiveCube movements{live, the_months()};
  LiveDepartureCube cube{live, the_months()};
  const DepartureCube before = cube.cube();
  const Subscription in_euro = one_stay("e", "bob", "2024-03-01", {}, "EUR");
  EXPECT_EQ(support::error_of([&] {
              live.apply({.subscriptions = {in_euro}, .events = {answer("2024-03-20", "price")}},
                         day("2024-03-21"));
            }),
            ErrorCode::mixed_currencies);
  EXPECT_EQ(cube.cube(), before);
  live.apply({}, day("2024-03-22"));
  EXPECT_EQ(told(cube), "2024-03 unknown unknown 1") << "The answer was refused along with the rest.";
}

TEST(LiveDepartureCube, a_rule_that_throws_leaves_everything_as_it_was) {
  bool fails = false;
  DepartureRules rules = DepartureRules::standard();
  rules.append({"fails", [&fails](const DepartureFacts&) -> std::optional<Finding> {
                  if (fails) throw std::runtime_error{"the rule failed"};
                  return {};
                }});
  LiveBook live{book_with("2024-03-20", {ann()}, {})};
  LiveCube movements{live, the_months()};
  LiveDepartureCube cube{live, the_months(), {}, rules};
  const MovementCube moved = movements.cube();
  const DepartureCube before = cube.cube();
  fails = true;
  const Changes changes{.invoices = {last_invoice()}};
  EXPECT_THROW(live.apply(changes, day("2024-03-21")), std::runtime_error);
  EXPECT_EQ(cube.cube(), before);
  EXPECT_EQ(movements.cube(), moved);
  EXPECT_EQ(live.as_of(), day("2024-03-20"));
  fails = false;
  live.apply(changes, day("2024-03-21"));
  EXPECT_EQ(told(cube), "2024-03 involuntary other_payment 1");
}

TEST(LiveDepartureCube, a_day_that_is_known_already_is_refused) {
  LiveDepartureCube cube{book_with("2024-03-20", {ann()}, {}), the_months()};
  EXPECT_EQ(support::error_of([&] { cube.apply({}, day("2024-03-19")); }), ErrorCode::out_of_range);
}

// ---- Readers beside a writer

TEST(LiveDepartureCube, threads_read_whole_states_while_another_applies) {
  LiveBook live{
      book_with("2024-03-20", support::copies(60, a_customer("c").on("pro").until("2024-03-11")), {})};
  LiveDepartureCube cube{live, the_months(), by::plan};
  std::vector<std::thread> readers;
  std::atomic<bool> done{false};
  std::atomic<int> broken{0};
  for (int r = 0; r < 2; ++r)
    readers.emplace_back([&] {
      while (!done) {
        // Each step brings the answers of two customers, so that anything between two steps would be odd.
        const DepartureCube seen = cube.cube();
        if (seen.total(0, 2).customers != 60 ||
            seen.of_type(0, 2, DepartureType::voluntary).customers % 2 != 0)
          ++broken;
      }
    });
  for (int i = 1; i <= 60; i += 2)
    live.apply({.events = {answer("2024-03-20", "price", "c-" + std::to_string(i)),
                           answer("2024-03-20", "price", "c-" + std::to_string(i + 1))}},
               day("2024-03-21"));
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(told(cube), "2024-03 voluntary too_expensive 60");
}

}  // namespace
}  // namespace churn
