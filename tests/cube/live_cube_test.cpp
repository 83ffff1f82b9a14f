#include <churn/cube/live_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/billing_system.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::day;
using support::months_of;

/// One phase that still runs.
Phase phase(const std::string& plan, Date from, std::int64_t price, const char* currency = "USD") {
  return {.plan = plan,
          .starts_on = from,
          .ends_on = std::nullopt,
          .price = {Decimal{price}, Currency{currency}}};
}

// ---- As if everything had been counted again

struct Question {
  Segmenter by;
  Filter where;
};

std::vector<Question> questions() {
  return {{{}, {}},
          {by::attribute("channel"), {}},
          {{}, by::attribute("channel") == "ads"},
          {by::cohort(), {}},
          {by::plan, {}},
          {by::plan * by::attribute("country"), by::plan != "pro"},
          {by::currency * by::interval, {}},
          {by::primary_plan, {}},
          {by::preferred_phase("earliest plan", by::plan,
                               [](const PhaseOnDay& a, const PhaseOnDay& b) {
                                 return a.phase.starts_on() < b.phase.starts_on();
                               }),
           {}},
          {by::tenure_bands({10, 45, 100}), {}},
          {{}, by::tenure_bands({30}) == "30+ days"}};
}

MovementCube counted(const Book& book, const PeriodGrid& grid, const Question& question) {
  return MovementCube::fold(book, grid, question.by, {.where = question.where});
}

/// In which cells two cubes differ, in words.
std::string difference(const MovementCube& a, const MovementCube& b) {
  std::string text;
  const auto labels = [&](const MovementCube& cube) {
    for (const Label& label : cube.segments()) {
      for (const std::string& part : label) text += part + " ";
      text += std::string(cube.currency(cube.segment(label)).code()) + ", ";
    }
    text += "; ";
  };
  labels(a);
  labels(b);
  if (a.segments() != b.segments()) return text;
  for (std::size_t s = 0; s < a.segments().size(); ++s)
    for (std::size_t p = 0; p < a.grid().size(); ++p) {
      if (!(a.status(p) == b.status(p))) text += "status of " + std::to_string(p) + "; ";
      for (std::size_t f = 0; f < MovementCell::field_count; ++f) {
        const auto field = MovementCell::fields()[f];
        if (a.at(s, p).*field != b.at(s, p).*field)
          text += "segment " + std::to_string(s) + " period " + std::to_string(p) + " field " +
                  std::to_string(f) + ": " + std::to_string(a.at(s, p).*field) + " for " +
                  std::to_string(b.at(s, p).*field) + "; ";
      }
    }
  return text;
}

/// Follows with one cube a question through some steps of changes and days, and compares with a rebuild after each.
void follows(support::RandomCase random, const std::vector<Question>& asked) {
  // Attributes that no customer has can't be asked for; this one has them at any time.
  random.book.customers.push_back(
      {.id = "attributes", .attributes = {{"channel", "none"}, {"country", "XX"}}});
  const Conventions conventions = support::to_conventions(random.rules);
  const auto [grid, reference_grid] = support::draw_grid();
  support::BillingSystem system{random.book};
  Date today = Date::from_days(support::first_day + support::draw(0, 200));
  RC_LOG() << support::describe(random.book, random.rules);

  std::optional<LiveBook> live;
  std::vector<LiveCube> cubes;
  try {
    live.emplace(Book::build(system.records(), today, conventions).book);
    for (const Question& question : asked)
      cubes.emplace_back(*live, grid, question.by, FoldOptions{.where = question.where});
  } catch (const Error&) {
    RC_DISCARD("These can't be counted to begin with.");
  }
  for (int steps = support::draw(1, 6); steps > 0; --steps) {
    const Changes changes = support::one_in(5) ? Changes{} : support::draw_changes(system, 5);
    const Date next = today + std::chrono::days{support::one_in(3) ? 0 : support::draw(0, 40)};
    support::BillingSystem changed = system;
    changed.apply(changes);

    std::vector<MovementCube> expected;
    std::optional<ErrorCode> refused;
    std::optional<Book> rebuilt;
    try {
      rebuilt = Book::build(changed.records(), next, conventions).book;
      for (const Question& question : asked) expected.push_back(counted(*rebuilt, grid, question));
    } catch (const Error& error) {
      refused = error.code();
    }
    std::vector<MovementCube> before;
    for (const LiveCube& cube : cubes) before.push_back(cube.cube());
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
        RC_LOG() << "question " << i << " as of " << next.to_string() << ": "
                 << difference(cubes[i].cube(), expected[i]);
        RC_ASSERT(cubes[i].cube() == expected[i]);
      }
    system = changed;
    today = next;
    if (support::one_in(6)) {
      const Book whole = live->book();
      RC_ASSERT(counted(whole, grid, asked.front()) == expected.front());
      RC_ASSERT(whole.records().event_count() == system.events.size());
    }
  }
}

RC_GTEST_PROP(RandomBooks, a_live_cube_is_at_any_time_what_counting_again_would_give, ()) {
  follows(support::draw_case(), questions());
}

RC_GTEST_PROP(RandomBooks, live_cubes_follow_books_whose_revenue_is_read_from_invoices, ()) {
  support::RandomCase random{support::draw_invoice_book(), support::draw_rules()};
  random.rules.source = support::one_in(3) ? reference::Source::automatic : reference::Source::invoices;
  follows(random, questions());
}

RC_GTEST_PROP(RandomBooks, live_cubes_follow_books_whose_amounts_are_converted, ()) {
  support::RandomCase random = support::draw_case();
  support::draw_exchange(random);
  follows(random, questions());
}

/// Draws what a billing system of some size says from day to day.
class BusyDays {
 public:
  Changes changes(int count, Date today) {
    Changes changes;
    for (int i = 0; i < count; ++i) {
      changes.subscriptions.push_back(subscription(today));
      if (one_in(30)) changes.subscriptions.push_back(changes.subscriptions.front());  // again, and later
      if (one_in(30)) changes.removed_subscriptions.emplace_back("s" + std::to_string(below(ids)));
      if (one_in(100)) changes.removed_customers.push_back(customer_id());
      if (one_in(20)) changes.customers.push_back(customer());
    }
    return changes;
  }

 private:
  static constexpr int ids = 1500;

  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool one_in(int n) { return below(n) == 0; }
  /// Some are numbers, and some come only later.
  CustomerId customer_id() {
    const int number = below(ids);
    return CustomerId{(number % 2 == 0 ? "" : "c") + std::to_string(number)};
  }
  Customer customer() {
    Customer customer{.id = customer_id()};
    customer.attributes["channel"] = one_in(2) ? "ads" : "mail";
    if (one_in(8)) customer.merged_into = customer_id();
    return customer;
  }
  Subscription subscription(Date today) {
    Subscription drawn{SubscriptionId{"s" + std::to_string(below(ids))}, customer_id(), {}};
    Date from = today - std::chrono::days{below(500)};
    for (int phases = one_in(20) ? 0 : 1 + below(5); phases > 0; --phases) {
      Phase one = phase(one_in(3) ? "pro" : "plan " + std::to_string(below(12)), from, 1 + below(100));
      from = from + std::chrono::days{1 + below(120)};
      if (!one_in(3)) one.ends_on = from;
      if (one_in(6)) say_more(one);
      drawn.phases.push_back(one);
    }
    return drawn;
  }
  void say_more(Phase& one) {
    const Date within = one.starts_on + std::chrono::days{1 + below(60)};
    if (one_in(3)) one.quantity = below(5);
    if (one_in(3)) one.discount_percent = Decimal{10};
    if (one_in(3)) one.discount_ends_on = within;
    if (one_in(3)) one.trial_ends_on = within;
    if (one_in(3)) one.paused_from = within;
    if (one_in(3)) one.end_reason = "too expensive";
    if (one_in(3)) one.cycle.count = 1 + below(3);
  }

  std::minstd_rand random_{7};
};

TEST(LiveCube, hundreds_of_changes_at_once_are_counted_as_everyone_would_be_again) {
  const PeriodGrid grid = months_of("2023-01-01", "2024-06-01");
  const std::vector<Question> asked{{}, {by::plan, {}}, {by::attribute("channel"), {}}};
  BusyDays days;
  support::BillingSystem system{reference::Book{}};
  Date today = day("2024-03-01");
  Changes first = days.changes(2500, today);
  Customer named{.id = CustomerId{"named"}};
  named.attributes["channel"] = "ads";
  first.customers.push_back(named);
  system.apply(first);
  LiveBook live{Book::build(system.records(), today).book};
  std::vector<LiveCube> cubes;
  for (const Question& question : asked) cubes.emplace_back(live, grid, question.by);
  for (const int count : {300, 20, 400, 1, 90, 600}) {
    const Changes changes = days.changes(count, today);
    today = today + std::chrono::days{count % 7};
    system.apply(changes);
    live.apply(changes, today);
    const Book rebuilt = Book::build(system.records(), today).book;
    for (std::size_t i = 0; i < asked.size(); ++i)
      ASSERT_TRUE(cubes[i].cube() == counted(rebuilt, grid, asked[i]))
          << count << " changes, question " << i << ": "
          << difference(cubes[i].cube(), counted(rebuilt, grid, asked[i]));
  }
  EXPECT_EQ(live.book().records().phase_count(), system.records().phase_count());
}

// ---- What passes by time alone

MovementCell last_cell(const LiveCube& cube) {
  const MovementCube now = cube.cube();
  return now.at(0, now.grid().size() - 1);
}

TEST(LiveCube, a_scheduled_end_becomes_churn_when_its_day_is_over) {
  const Book book = support::book_as_of(
      "2024-03-10",
      {support::a_customer("ann").on("pro").from("2024-01-01").until("2024-03-20").at("50.00")});
  LiveCube cube{book, months_of("2024-03-01", "2024-04-01")};
  cube.apply({}, day("2024-03-20"));
  EXPECT_EQ(last_cell(cube).churned_customers, 0) << "19 March is the last day that is known.";
  cube.apply({}, day("2024-03-21"));
  EXPECT_EQ(last_cell(cube).churned_customers, 1);
  EXPECT_EQ(last_cell(cube).customer_days, 19);
}

TEST(LiveCube, days_that_pass_without_changes_are_days_of_those_who_are_there) {
  const Book book = support::book_as_of("2024-03-10", {support::a_customer("ann").on("pro").at("50.00")});
  LiveCube cube{book, months_of("2024-03-01", "2024-05-01")};
  cube.apply({}, day("2024-04-11"));
  const MovementCube now = cube.cube();
  EXPECT_EQ(now.at(0, 0).customer_days, 31);
  EXPECT_EQ(now.at(0, 1).customer_days, 10);
  EXPECT_TRUE(now.status(0).complete);
  EXPECT_FALSE(now.status(1).complete);
}

TEST(LiveCube, a_band_of_tenure_is_left_on_its_day) {
  const Book book = support::book_as_of(
      "2024-03-10", {support::a_customer("ann").on("pro").from("2024-02-15").at("50.00")});
  LiveCube cube{book, months_of("2024-03-01", "2024-04-01"), by::tenure_bands({30})};
  cube.apply({}, day("2024-03-16"));
  EXPECT_EQ(cube.cube().segments().size(), 1U) << "15 March was her 29th day after the first.";
  cube.apply({}, day("2024-03-17"));
  const MovementCube now = cube.cube();
  EXPECT_EQ(now.at(now.segment({"30+ days"}), 0).transferred_in_customers, 1);
}

TEST(LiveCube, a_gap_beyond_its_allowance_was_churn_on_its_first_day) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 5;
  Records records;
  records.add(Subscription{SubscriptionId{"s"},
                           CustomerId{"ann"},
                           {Phase{.plan = "pro",
                                  .starts_on = day("2024-01-01"),
                                  .ends_on = day("2024-03-30"),
                                  .price = {Decimal{50}, Currency{"USD"}}}}});
  LiveCube cube{Book::build(records, day("2024-04-02"), conventions).book,
                months_of("2024-03-01", "2024-04-01")};
  EXPECT_FALSE(cube.cube().status(0).complete) << "She may come back within the allowance.";
  cube.apply({}, day("2024-04-04"));
  EXPECT_EQ(last_cell(cube).churned_customers, 0);
  cube.apply({}, day("2024-04-05"));
  EXPECT_EQ(last_cell(cube).churned_customers, 1);
  EXPECT_TRUE(cube.cube().status(0).complete);
}

// ---- Errors

TEST(LiveCube, what_cannot_be_counted_leaves_everything_as_it_was) {
  const Book book = support::book_as_of("2024-03-10", {support::a_customer("ann").on("pro").at("50.00")});
  LiveBook live{book};
  LiveCube total{live, months_of("2024-01-01", "2024-04-01")};
  LiveCube by_currency{live, months_of("2024-01-01", "2024-04-01"), by::currency};
  const MovementCube before = by_currency.cube();
  const Subscription in_euro{
      SubscriptionId{"e"}, CustomerId{"bob"}, {phase("pro", day("2024-03-01"), 50, "EUR")}};
  EXPECT_EQ(support::error_of([&] { live.apply({.subscriptions = {in_euro}}, day("2024-03-12")); }),
            ErrorCode::mixed_currencies)
      << "The total of two currencies is none.";
  EXPECT_EQ(live.as_of(), day("2024-03-10"));
  EXPECT_EQ(by_currency.cube(), before);
  EXPECT_FALSE(live.book().find(CustomerId{"bob"}));
}

TEST(LiveCube, a_day_that_is_known_already_is_refused) {
  LiveBook live{support::book_as_of("2024-03-10", {support::a_customer("ann").on("pro")})};
  EXPECT_EQ(support::error_of([&] { live.apply({}, day("2024-03-09")); }), ErrorCode::out_of_range);
}

TEST(LiveCube, what_is_rejected_is_named_by_its_place_in_the_changes) {
  LiveBook live{support::book_as_of("2024-03-10", {support::a_customer("ann").on("pro")})};
  Phase one = phase("pro", day("2024-03-01"), 50);
  Changes changes{.subscriptions = {{SubscriptionId{"good"}, CustomerId{"bob"}, {one}}}};
  one.ends_on = day("2024-02-01");
  changes.subscriptions.push_back({SubscriptionId{"bad"}, CustomerId{"cid"}, {one}});
  const Rejections rejections = live.apply(changes, day("2024-03-11"));
  ASSERT_EQ(rejections.rejected(), 1U);
  const auto bad = std::find_if(rejections.entries().begin(), rejections.entries().end(),
                                [](const Rejection& r) { return !is_notice(r.code); });
  EXPECT_EQ(bad->code, RejectionCode::ends_before_start);
  EXPECT_EQ(bad->row, 2);
  EXPECT_TRUE(live.book().find(CustomerId{"bob"}));
}

// ---- Readers beside a writer

TEST(LiveCube, threads_read_whole_states_while_another_applies) {
  const Book book = support::book_as_of("2024-01-10", {support::a_customer("ann").on("pro").at("10.00")});
  LiveBook live{book};
  LiveCube cube{live, months_of("2024-01-01", "2025-01-01"), by::plan};
  std::vector<std::thread> readers;
  std::atomic<bool> done{false};
  std::atomic<int> broken{0};
  for (int r = 0; r < 2; ++r)
    readers.emplace_back([&] {
      while (!done) {
        const MovementCube seen = cube.cube();
        // Each step brings two customers of each plan, so that anything between two steps would be odd.
        for (std::size_t s = 0; s < seen.segments().size(); ++s)
          for (std::size_t p = 0; p < seen.grid().size(); ++p)
            if (seen.segments()[s] == Label{"team"} && seen.at(s, p).closing_customers % 2 != 0) ++broken;
      }
    });
  for (int i = 0; i < 100; ++i) {
    Changes changes;
    for (const char* which : {"a", "b"})
      changes.subscriptions.push_back({SubscriptionId{which + std::to_string(i)},
                                       CustomerId{which + std::to_string(i)},
                                       {phase("team", day("2024-01-10") + std::chrono::days{i}, 10)}});
    live.apply(changes, day("2024-01-11") + std::chrono::days{i});
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken, 0);
  const MovementCube now = cube.cube();
  EXPECT_EQ(now.at(now.segment({"team"}), 3).closing_customers, 200);
}

}  // namespace
}  // namespace churn
