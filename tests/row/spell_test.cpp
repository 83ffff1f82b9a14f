#include <churn/row/spell.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;

/// `2024-01-01 to 2024-03-01, 60 days, moved`; what enters late says after which tenure.
std::string told(const Spell& spell) {
  std::string text = spell.starts_on.to_string() + " to ";
  text += spell.ends_on ? spell.ends_on->to_string() : "now";
  text += ", " + std::to_string(spell.tenure) + " days";
  if (spell.entry > 0) text += ", seen after " + std::to_string(spell.entry);
  if (!spell.end_reason.empty()) text += ", " + std::string(spell.end_reason);
  if (spell.first_phase)
    text += ", " + spell.first_phase->subscription().text() + " " + spell.first_phase->plan();
  return text;
}

using Lines = std::vector<std::string>;
Lines told(const Book& book, SpellUnit unit = SpellUnit::first_of_customer) {
  Lines lines;
  for_each_spell(book, unit, [&](const Spell& spell) { lines.push_back(told(spell)); });
  return lines;
}

TEST(Spell, runs_from_the_first_present_day_to_the_first_absent_one) {
  const Book book = book_as_of(
      "2024-07-01", {a_customer("ann").on("pro").from("2024-01-01").until("2024-03-01").because("moved")});
  EXPECT_EQ(told(book), (Lines{"2024-01-01 to 2024-03-01, 60 days, moved"}));
}

TEST(Spell, that_is_running_has_the_tenure_of_the_last_known_day) {
  EXPECT_EQ(told(book_as_of("2024-01-11", {a_customer("ann").on("pro").from("2024-01-01")})),
            (Lines{"2024-01-01 to now, 9 days"}));
  EXPECT_EQ(told(book_as_of("2024-01-02", {a_customer("ann").on("pro").from("2024-01-01")})),
            (Lines{"2024-01-01 to now, 0 days"}));
  EXPECT_EQ(told(book_as_of("2024-01-01", {a_customer("ann").on("pro").from("2024-01-01")})), Lines{});
}

TEST(Spell, that_is_to_end_on_as_of_or_later_is_running_and_its_reason_is_not_known) {
  const auto ann = a_customer("ann").on("pro").from("2024-01-01").until("2024-02-01").because("moved");
  EXPECT_EQ(told(book_as_of("2024-02-01", {ann})), (Lines{"2024-01-01 to now, 30 days"}));
  EXPECT_EQ(told(book_as_of("2024-02-02", {ann})), (Lines{"2024-01-01 to 2024-02-01, 31 days, moved"}));
}

TEST(Spell, of_a_customer_goes_on_while_some_subscription_does) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("basic")
                                                  .from("2024-01-01")
                                                  .until("2024-03-01")
                                                  .because("too small")
                                                  .on("pro")
                                                  .from("2024-02-01")
                                                  .until("2024-04-01")
                                                  .because("too big")
                                                  .on("pro")
                                                  .from("2024-05-01")});
  EXPECT_EQ(told(book), (Lines{"2024-01-01 to 2024-04-01, 91 days, too big"}));
  EXPECT_EQ(told(book, SpellUnit::every_of_customer),
            (Lines{"2024-01-01 to 2024-04-01, 91 days, too big", "2024-05-01 to now, 60 days"}));
  EXPECT_EQ(told(book, SpellUnit::first_subscription),
            (Lines{"2024-01-01 to 2024-03-01, 60 days, too small, ann/1 basic"}));
  EXPECT_EQ(told(book, SpellUnit::every_subscription),
            (Lines{"2024-01-01 to 2024-03-01, 60 days, too small, ann/1 basic",
                   "2024-02-01 to 2024-04-01, 60 days, too big, ann/2 pro",
                   "2024-05-01 to now, 60 days, ann/3 pro"}));
}

TEST(Spell, of_a_customer_carries_gaps_within_the_allowance_and_that_of_a_subscription_none) {
  Conventions conventions;
  conventions.book.gap_allowance_days = 10;
  const auto ann = [](const char* back_on) {
    return a_customer("ann").on("pro").from("2024-01-01").until("2024-02-01").then_on("pro").from(back_on);
  };
  const Book within = book_as_of("2024-03-01", {ann("2024-02-11")}, conventions);
  EXPECT_EQ(told(within), (Lines{"2024-01-01 to now, 59 days"}));
  EXPECT_EQ(told(within, SpellUnit::every_subscription),
            (Lines{"2024-01-01 to 2024-02-01, 31 days, ann/1 pro", "2024-02-11 to now, 18 days, ann/1 pro"}));
  const Book beyond = book_as_of("2024-03-01", {ann("2024-02-12")}, conventions);
  EXPECT_EQ(told(beyond, SpellUnit::every_of_customer),
            (Lines{"2024-01-01 to 2024-02-01, 31 days", "2024-02-12 to now, 17 days"}));
  EXPECT_EQ(told(book_as_of("2024-02-11", {ann("2024-03-01")}, conventions)),
            (Lines{"2024-01-01 to now, 40 days"}))
      << "A gap of ten days may still be one.";
  EXPECT_EQ(told(book_as_of("2024-02-12", {ann("2024-03-01")}, conventions)),
            (Lines{"2024-01-01 to 2024-02-01, 31 days"}));
}

TEST(Spell, is_seen_after_its_tenure_on_the_first_recorded_day) {
  const Book book = book_from_until(
      "2024-02-01", "2024-07-01",
      {a_customer("old").on("pro").from("2024-01-01").until("2024-03-01"),
       a_customer("first day").on("pro").from("2024-02-01"), a_customer("new").on("pro").from("2024-02-02"),
       a_customer("over").on("pro").from("2024-01-01").until("2024-02-01").on("pro").from("2024-03-01")});
  EXPECT_EQ(told(book), (Lines{"2024-01-01 to 2024-03-01, 60 days, seen after 31",
                               "2024-02-01 to now, 150 days", "2024-02-02 to now, 149 days"}))
      << "The first spell of the last one was over before anything was recorded.";
  EXPECT_EQ(told(book, SpellUnit::every_of_customer).back(), "2024-03-01 to now, 121 days");
  EXPECT_EQ(told(book, SpellUnit::first_subscription).size(), 3U);
  EXPECT_EQ(told(book, SpellUnit::every_subscription).size(), 4U);
}

TEST(Spell, ends_for_the_reason_of_the_phase_that_began_last_of_those_that_give_one) {
  const auto ann = [](const char* first, const char* second, const char* third) {
    return book_as_of("2024-07-01", {a_customer("ann")
                                         .on("basic")
                                         .from("2024-01-01")
                                         .until("2024-03-01")
                                         .because(first)
                                         .on("pro")
                                         .from("2024-02-01")
                                         .until("2024-03-01")
                                         .because(second)
                                         .on("team")
                                         .from("2024-02-01")
                                         .until("2024-03-01")
                                         .because(third)});
  };
  EXPECT_EQ(told(ann("a", "b", "")), (Lines{"2024-01-01 to 2024-03-01, 60 days, b"}));
  EXPECT_EQ(told(ann("a", "", "")), (Lines{"2024-01-01 to 2024-03-01, 60 days, a"}));
  EXPECT_EQ(told(ann("a", "c", "b")), (Lines{"2024-01-01 to 2024-03-01, 60 days, b"}));
  EXPECT_EQ(told(ann("a", "b", "c")), (Lines{"2024-01-01 to 2024-03-01, 60 days, b"}));
  EXPECT_EQ(told(ann("", "", "")), (Lines{"2024-01-01 to 2024-03-01, 60 days"}));
}

TEST(Spell, knows_no_reason_of_a_phase_that_another_has_cut_or_that_ended_on_another_day) {
  EXPECT_EQ(told(book_as_of("2024-07-01", {a_customer("ann")
                                               .on("pro")
                                               .from("2024-01-01")
                                               .until("2024-03-01")
                                               .because("moved")
                                               .then_on("pro")
                                               .from("2024-02-01")
                                               .until("2024-03-01")})),
            (Lines{"2024-01-01 to 2024-03-01, 60 days"}));
  EXPECT_EQ(told(book_as_of("2024-07-01", {a_customer("ann")
                                               .on("pro")
                                               .from("2024-01-01")
                                               .until("2024-02-01")
                                               .because("moved")
                                               .then_on("pro")
                                               .from("2024-02-01")
                                               .until("2024-03-01")})),
            (Lines{"2024-01-01 to 2024-03-01, 60 days"}));
}

TEST(Spell, that_ends_at_a_request_has_its_reason_once_the_phase_has_ended) {
  Conventions conventions;
  conventions.book.recognition = Recognition::cancel_request;
  const auto ann = a_customer("ann")
                       .on("pro")
                       .from("2024-01-01")
                       .until("2024-04-01")
                       .cancelled_on("2024-03-01")
                       .because("moved");
  EXPECT_EQ(told(book_as_of("2024-03-15", {ann}, conventions)), (Lines{"2024-01-01 to 2024-03-01, 60 days"}));
  EXPECT_EQ(told(book_as_of("2024-07-01", {ann}, conventions)),
            (Lines{"2024-01-01 to 2024-03-01, 60 days, moved"}));
}

TEST(Spell, of_a_subscription_runs_over_its_phases_where_they_touch) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("basic")
                                                  .from("2024-01-01")
                                                  .until("2024-02-01")
                                                  .then_on("pro")
                                                  .from("2024-02-01")
                                                  .until("2024-03-01")
                                                  .then_on("pro")
                                                  .from("2024-03-02")
                                                  .until("2024-04-01")
                                                  .on("team")
                                                  .from("2024-06-01")});
  EXPECT_EQ(
      told(book, SpellUnit::every_subscription),
      (Lines{"2024-01-01 to 2024-03-01, 60 days, ann/1 basic", "2024-03-02 to 2024-04-01, 30 days, ann/1 pro",
             "2024-06-01 to now, 29 days, ann/2 team"}));
  EXPECT_EQ(told(book, SpellUnit::first_subscription),
            (Lines{"2024-01-01 to 2024-03-01, 60 days, ann/1 basic"}));
}

TEST(Spell, of_the_first_subscription_is_of_the_first_that_is_present_and_of_equals_of_the_first_id) {
  const Book trial = book_as_of("2024-07-01", {a_customer("ann")
                                                   .on("basic")
                                                   .from("2024-01-01")
                                                   .on_trial_until("2024-03-01")
                                                   .on("pro")
                                                   .from("2024-02-01")});
  EXPECT_EQ(told(trial, SpellUnit::first_subscription), (Lines{"2024-02-01 to now, 150 days, ann/2 pro"}));
  const Book equals =
      book_as_of("2024-07-01", {a_customer("ann").on("basic", "s9").on("pro", "s10").on("team", "s11")});
  EXPECT_EQ(told(equals, SpellUnit::first_subscription), (Lines{"2024-01-01 to now, 181 days, s10 pro"}));
}

TEST(Spell, is_as_long_as_the_conventions_say) {
  const auto ann = a_customer("ann").on("pro").paused_from("2024-02-01").paused_until("2024-03-01");
  Conventions absent;
  absent.book.pause = PausePolicy::absent;
  EXPECT_EQ(told(book_as_of("2024-03-11", {ann}), SpellUnit::every_of_customer),
            (Lines{"2024-01-01 to now, 69 days"}));
  EXPECT_EQ(told(book_as_of("2024-03-11", {ann}, absent), SpellUnit::every_of_customer),
            (Lines{"2024-01-01 to 2024-02-01, 31 days", "2024-03-01 to now, 9 days"}));
}

/// A spell in numbers.
struct Days {
  int from;
  std::optional<int> until;
  int entry{0};
  friend bool operator==(const Days&, const Days&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Days& days) {
    return out << days.from << " to " << days.until.value_or(-1) << " seen after " << days.entry;
  }
};

/// Found by asking for every day what the customer is, in a book that knows no first recorded day.
std::vector<Days> walked(const Book& book, CustomerIndex customer) {
  std::vector<Days> spells;
  const auto first = book.first_present_on(customer);
  if (!first) return spells;
  bool was_present = false;
  for (int d = first->days(); d < book.as_of().days(); ++d) {
    const bool is_present = book.balance_on(customer, Date::from_days(d)).present;
    if (is_present && !was_present) spells.push_back({d, {}});
    if (!is_present && was_present) spells.back().until = d;
    was_present = is_present;
  }
  return spells;
}

/// Those that were there when the records began, or came later.
std::vector<Days> observed(std::vector<Days> spells, const reference::Book& book) {
  if (!book.records_from) return spells;
  const int from = *book.records_from;
  std::erase_if(spells, [&](const Days& s) { return from >= book.as_of || (s.until && *s.until <= from); });
  for (Days& spell : spells) spell.entry = std::max(0, from - spell.from);
  return spells;
}

Days in_numbers(const Spell& spell, const Book& book) {
  const int until = spell.ends_on ? spell.ends_on->days() : book.as_of().days() - 1;
  RC_ASSERT(spell.tenure == until - spell.starts_on.days());
  Days days{spell.starts_on.days(), {}, spell.entry};
  if (spell.ends_on) days.until = spell.ends_on->days();
  return days;
}

Book without_records_from(reference::Book book, const reference::Rules& rules) {
  book.records_from.reset();
  return support::build(book, rules).book;
}

RC_GTEST_PROP(RandomBooks, spells_of_customers_equal_a_walk_over_every_day, ()) {
  support::RandomCase random = support::draw_case();
  if (support::one_in(4)) support::draw_exchange(random);
  random.rules.fx = reference::Fx::constant;
  const Book book = support::build(random.book, random.rules).book;
  const Book all = without_records_from(random.book, random.rules);
  SpellReader every{book, SpellUnit::every_of_customer};
  SpellReader first{book, SpellUnit::first_of_customer};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    std::vector<Days> days;
    for (const Spell& spell : every.of(customer)) days.push_back(in_numbers(spell, book));
    std::vector<Days> expected = walked(all, all.find(book.customer_id(customer)).value());
    RC_ASSERT(days == observed(expected, random.book));
    days.clear();
    for (const Spell& spell : first.of(customer)) days.push_back(in_numbers(spell, book));
    if (expected.size() > 1) expected.resize(1);
    RC_ASSERT(days == observed(expected, random.book));
  }
}

/// Rows of which nothing but their days tells when they are present.
void make_plain(reference::Book& book) {
  for (reference::Phase& phase : book.phases) {
    phase.quantity = phase.interval_count = 1;
    phase.discount_percent = phase.discount_amount = "0";
    phase.discount_ends_on = phase.trial_ends_on = phase.cancel_requested_on = phase.paused_from =
        phase.paused_until = std::nullopt;
  }
}

RC_GTEST_PROP(RandomBooks, spells_of_subscriptions_equal_those_of_customers_that_have_but_one, ()) {
  support::RandomCase random = support::draw_case();
  random.book.customers.clear();
  random.book.invoices.clear();
  random.rules.recognition = reference::Recognition::service_end;  // a request looks at the whole customer
  if (support::one_in(2)) make_plain(random.book);
  const Book book = support::build(random.book, random.rules).book;
  reference::Book apart = random.book;
  for (reference::Phase& phase : apart.phases) phase.customer += "/" + phase.subscription;
  reference::Rules rules = random.rules;
  rules.gap_allowance = 0;
  const Book all = without_records_from(apart, rules);

  using Found = std::vector<std::pair<std::string, Days>>;  // by subscription
  SpellReader every{book, SpellUnit::every_subscription};
  SpellReader first{book, SpellUnit::first_subscription};
  const auto found = [&](SpellReader& reader, CustomerIndex customer) {
    Found spells;
    for (const Spell& spell : reader.of(customer))
      spells.emplace_back(spell.first_phase->subscription().text(), in_numbers(spell, book));
    return spells;
  };
  const auto comes_first = [](const auto& a, const auto& b) {
    return std::pair(a.second.from, a.first) < std::pair(b.second.from, b.first);
  };
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    Found expected;
    Found expected_first;
    for (const std::string subscription : {"s0", "s1", "s2"}) {
      const auto own = all.find(CustomerId{book.customer_id(customer).text() + "/" + subscription});
      if (!own) continue;
      const std::vector<Days> spells = walked(all, *own);
      for (const Days& days : spells) expected_first.emplace_back(subscription, days);
      for (const Days& days : observed(spells, random.book)) expected.emplace_back(subscription, days);
    }
    std::sort(expected.begin(), expected.end(), comes_first);
    std::sort(expected_first.begin(), expected_first.end(), comes_first);
    RC_ASSERT(found(every, customer) == expected);
    if (expected_first.size() > 1) expected_first.resize(1);
    std::erase_if(expected_first,
                  [&](const auto& spell) { return observed({spell.second}, random.book).empty(); });
    for (auto& [subscription, days] : expected_first) days = observed({days}, random.book).front();
    RC_ASSERT(found(first, customer) == expected_first);
  }
}

}  // namespace
}  // namespace churn
