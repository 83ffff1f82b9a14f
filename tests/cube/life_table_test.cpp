#include <churn/cube/life_table.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
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
using support::copies;
using support::day;
using support::error_of;
using support::together;

using Lines = std::vector<std::string>;

std::string joined(const std::string& before, std::span<const DayCount> counts, bool are_days = false) {
  std::string text;
  for (const DayCount& at : counts)
    text += (text.empty() ? before + " " : ", ") +
            (are_days ? Date::from_days(at.day).to_string() : std::to_string(at.day)) + ": " +
            std::to_string(at.count);
  return text;
}

/// What a segment holds: `entries 0: 2`, `departed 31: 1`, `running 2024-01-01: 1`.
Lines told(const LifeTable& table, std::size_t segment = 0) {
  Lines lines{joined("entries", table.entries(segment)), joined("censored", table.censored(segment)),
              joined("running", table.running(segment), true)};
  for (std::size_t k = 0; k < table.exit_types().size(); ++k)
    lines.push_back(joined(table.exit_types()[k], table.exits(segment, k)));
  std::erase(lines, std::string{});
  return lines;
}
Lines told(const LifeTable& table, const Label& label) { return told(table, table.segment(label)); }

/// All segments that hold anything.
std::map<Label, Lines> contents(const LifeTable& table) {
  std::map<Label, Lines> all;
  for (std::size_t s = 0; s < table.segments().size(); ++s)
    if (const Lines lines = told(table, s); !lines.empty()) all[table.segments()[s]] = lines;
  return all;
}

TEST(LifeTable, tells_exits_by_what_the_rules_of_departures_find) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("a").on("pro").until("2024-01-31").because("price"),
                                a_customer("b").on("pro").until("2024-01-31"),
                                a_customer("c").on("pro").until("2024-02-01").because("card_expired"),
                                a_customer("d").on("pro").until("2024-03-01").agreed_until("2024-03-01"),
                                a_customer("e").on("pro")});
  LifeOptions life{.departures = DepartureRules::standard()};
  const LifeTable table = LifeTable::fold(book, {}, life);
  EXPECT_EQ(table.exit_types(), (Lines{"completed", "involuntary", "unknown", "voluntary"}));
  EXPECT_EQ(told(table), (Lines{"entries 0: 5", "running 2024-01-01: 1", "completed 60: 1",
                                "involuntary 31: 1", "unknown 30: 1", "voluntary 30: 1"}));
  EXPECT_EQ(table.rules(), DepartureRules::standard().fingerprint());

  life.exits.type_of = {{"completed", ExitTypes::censored}, {"unknown", "voluntary"}};
  EXPECT_EQ(told(LifeTable::fold(book, {}, life)),
            (Lines{"entries 0: 5", "censored 60: 1", "running 2024-01-01: 1", "involuntary 31: 1",
                   "voluntary 30: 2"}));
}

// A customer of 2,000 stays took six seconds: all of them were asked about for each of them.
TEST(LifeTable, asks_the_rules_about_each_departure_once) {
  int asked = 0;
  DepartureRules rules = DepartureRules::standard();
  rules.before("completed_end_reason", {"asked", [&asked](const DepartureFacts&) -> std::optional<Finding> {
                                          ++asked;
                                          return {};
                                        }});
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann")
                                    .on("pro")
                                    .from("2024-01-01")
                                    .until("2024-01-11")
                                    .on("pro")
                                    .from("2024-02-01")
                                    .until("2024-02-11")
                                    .on("pro")
                                    .from("2024-03-01")
                                    .until("2024-03-11"),
                                a_customer("bob").on("pro").from("2024-01-01").until("2024-02-01")});
  (void)LifeTable::fold(book, {}, {.unit = SpellUnit::every_of_customer, .departures = rules});
  EXPECT_EQ(asked, 4);
}

TEST(LifeTable, knows_types_of_departures_of_customers_only_and_adds_none_that_other_rules_told) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("a").on("pro").until("2024-01-31").because("price")});
  for (const SpellUnit unit : {SpellUnit::first_subscription, SpellUnit::every_subscription})
    EXPECT_EQ(error_of([&] {
                (void)LifeTable::fold(book, {}, {.unit = unit, .departures = DepartureRules::standard()});
              }),
              ErrorCode::unknown_name);
  DepartureRules other = DepartureRules::standard();
  other.remove("term_ran_out");
  LifeTable table = LifeTable::fold(book, {}, {.departures = DepartureRules::standard()});
  const LifeTable before = table;
  EXPECT_EQ(error_of([&] { table += LifeTable::fold(book, {}, {.departures = other}); }),
            ErrorCode::mismatched_cubes);
  EXPECT_EQ(error_of([&] { table += LifeTable::fold(book); }), ErrorCode::mismatched_cubes);
  EXPECT_EQ(table, before);
}

support::CustomerSentences some_customers() {
  return {a_customer("a").on("basic").until("2024-01-31").because("price").with("country", "DE"),
          a_customer("b").on("basic").until("2024-01-31").because("card_expired").with("country", "DE"),
          a_customer("c").on("pro").until("2024-02-10").because("completed").with("country", "FR"),
          a_customer("d").on("pro").until("2024-03-01").then_on("basic").from("2024-03-01"),
          a_customer("e").on("pro").from("2024-06-01").with("country", "FR")};
}
Book some_book() { return book_as_of("2024-07-01", some_customers()); }

TEST(LifeTable, counts_where_spells_enter_and_how_they_leave) {
  const LifeTable table = LifeTable::fold(some_book());
  EXPECT_EQ(told(table),
            (Lines{"entries 0: 5", "running 2024-01-01: 1, 2024-06-01: 1", "departed 30: 2, 40: 1"}));
  EXPECT_EQ(table.segments(), (std::vector<Label>{{}}));
  EXPECT_EQ(table.as_of(), day("2024-07-01"));
}

TEST(LifeTable, tells_exits_apart_as_the_host_says) {
  const LifeOptions life{.exits = {{{"card_expired", "involuntary"},
                                    {"completed", ExitTypes::censored},
                                    {"price", "voluntary"},
                                    {"nobody says this", "never"}},
                                   "unknown"}};
  const LifeTable table = LifeTable::fold(some_book(), {}, life);
  EXPECT_EQ(table.exit_types(), (Lines{"involuntary", "never", "unknown", "voluntary"}));
  EXPECT_EQ(told(table), (Lines{"entries 0: 5", "censored 40: 1", "running 2024-01-01: 1, 2024-06-01: 1",
                                "involuntary 30: 1", "voluntary 30: 1"}));
  const LifeTable rest = LifeTable::fold(some_book(), {}, {.exits = {{{"price", "voluntary"}}, "censored"}});
  EXPECT_EQ(told(rest), (Lines{"entries 0: 5", "censored 30: 1, 40: 1",
                               "running 2024-01-01: 1, 2024-06-01: 1", "voluntary 30: 1"}));
}

TEST(LifeTable, refuses_types_of_exit_without_a_name_and_too_many) {
  const Book book = some_book();
  EXPECT_EQ(error_of([&] {
              (void)LifeTable::fold(book, {}, {.exits = {{{"price", ""}}}});
            }),
            ErrorCode::unknown_name);
  ExitTypes many;
  for (int i = 0; i < 250; ++i) many.type_of["r" + std::to_string(i)] = "t" + std::to_string(i);
  EXPECT_EQ(error_of([&] { (void)LifeTable::fold(book, {}, {.exits = many}); }), ErrorCode::out_of_range);
  many.otherwise = "t0";
  EXPECT_EQ(LifeTable::fold(book, {}, {.exits = many}).exit_types().size(), 250U);
}

TEST(LifeTable, counts_a_spell_in_the_segment_of_its_first_day) {
  const LifeTable table = LifeTable::fold(some_book(), by::plan);
  EXPECT_EQ(told(table, {"basic"}), (Lines{"entries 0: 2", "departed 30: 2"}));
  EXPECT_EQ(told(table, {"pro"}),
            (Lines{"entries 0: 3", "running 2024-01-01: 1, 2024-06-01: 1", "departed 40: 1"}));
  const LifeTable product = LifeTable::fold(some_book(), by::primary_plan * by::attribute("country"));
  EXPECT_EQ(product.segment_names(), (Lines{"primary_plan", "country"}));
  EXPECT_EQ(told(product, {"pro", "(none)"}), (Lines{"entries 0: 1", "running 2024-01-01: 1"}));
  EXPECT_EQ(told(product, {"pro", "FR"}), (Lines{"entries 0: 2", "running 2024-06-01: 1", "departed 40: 1"}));
}

TEST(LifeTable, of_several_lanes_takes_that_with_the_most_mrr_and_of_subscriptions_each_its_own) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("desk")
                                                  .at("20.00")
                                                  .on("crm")
                                                  .at("30.00")
                                                  .until("2024-02-01")
                                                  .on("chat")
                                                  .from("2024-03-01")
                                                  .at("90.00")});
  EXPECT_EQ(contents(LifeTable::fold(book, by::plan)),
            (std::map<Label, Lines>{{{"crm"}, {"entries 0: 1", "running 2024-01-01: 1"}}}));
  EXPECT_EQ(contents(LifeTable::fold(book, by::plan, {.unit = SpellUnit::every_subscription})),
            (std::map<Label, Lines>{{{"chat"}, {"entries 0: 1", "running 2024-03-01: 1"}},
                                    {{"crm"}, {"entries 0: 1", "departed 31: 1"}},
                                    {{"desk"}, {"entries 0: 1", "running 2024-01-01: 1"}}}));
  EXPECT_EQ(
      contents(LifeTable::fold(book, by::plan * by::primary_plan, {.unit = SpellUnit::every_subscription})),
      (std::map<Label, Lines>{{{"chat", "chat"}, {"entries 0: 1", "running 2024-03-01: 1"}},
                              {{"crm", "crm"}, {"entries 0: 1", "departed 31: 1"}},
                              {{"desk", "crm"}, {"entries 0: 1", "running 2024-01-01: 1"}}}));
}

TEST(LifeTable, takes_the_segment_of_a_later_spell_from_its_own_first_day) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("basic").until("2024-02-01").on("pro").from("2024-03-01").until("2024-04-01")});
  EXPECT_EQ(contents(LifeTable::fold(book, by::plan, {.unit = SpellUnit::every_of_customer})),
            (std::map<Label, Lines>{{{"basic"}, {"entries 0: 1", "departed 31: 1"}},
                                    {{"pro"}, {"entries 0: 1", "departed 31: 1"}}}));
}

TEST(LifeTable, keeps_what_a_condition_says_of_the_first_day) {
  const LifeTable table =
      LifeTable::fold(some_book(), by::attribute("country"), {}, {.where = by::plan == "pro"});
  EXPECT_EQ(contents(table),
            (std::map<Label, Lines>{{{"(none)"}, {"entries 0: 1", "running 2024-01-01: 1"}},
                                    {{"FR"}, {"entries 0: 2", "running 2024-06-01: 1", "departed 40: 1"}}}));
  EXPECT_EQ(table.segments().size(), 3U) << "A row that a condition empties is a row all the same.";
  EXPECT_EQ(told(LifeTable::fold(some_book(), {}, {}, {.where = !Filter{}})), Lines{});
}

TEST(LifeTable, counts_late_entries_at_their_tenure) {
  const Book book = book_from_until(
      "2024-02-01", "2024-07-01",
      {a_customer("old").on("pro").from("2024-01-01").until("2024-03-01"),
       a_customer("older").on("pro").from("2023-12-31"), a_customer("new").on("pro").from("2024-02-01")});
  EXPECT_EQ(told(LifeTable::fold(book)),
            (Lines{"entries 0: 1, 31: 1, 32: 1", "running 2023-12-31: 1, 2024-02-01: 1", "departed 60: 1"}));
}

TEST(LifeTable, counts_tenures_of_any_length) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("a").on("pro").from("1024-01-01").until("2024-01-01"),
                                a_customer("b").on("pro").from("1024-01-01").until("2024-01-01"),
                                a_customer("c").on("pro").from("2001-07-29").until("2024-01-01"),
                                a_customer("d").on("pro").from("2001-07-28").until("2024-01-01")});
  EXPECT_EQ(told(LifeTable::fold(book)), (Lines{"entries 0: 4", "departed 8191: 1, 8192: 1, 365243: 2"}));
}

TEST(LifeTable, takes_any_number_of_segments) {
  support::CustomerSentences customers;
  for (int i = 0; i < 700; ++i)
    customers.push_back(a_customer("c" + std::to_string(i))
                            .on("pro")
                            .with("number", "n" + std::to_string(i))
                            .from("2024-01-01")
                            .until("2024-02-01"));
  const LifeTable table = LifeTable::fold(book_as_of("2024-07-01", customers), by::attribute("number"));
  for (int i = 0; i < 700; ++i)
    ASSERT_EQ(told(table, {"n" + std::to_string(i)}), (Lines{"entries 0: 1", "departed 31: 1"})) << i;
}

TEST(LifeTable, ages_as_a_book_does_in_which_nothing_happens) {
  const Date later = day("2025-03-01");
  const LifeTable aged = LifeTable::fold(some_book(), by::plan).aged_to(later);
  EXPECT_EQ(aged, LifeTable::fold(book_as_of("2025-03-01", some_customers()), by::plan));
  EXPECT_NE(aged, LifeTable::fold(some_book(), by::plan));
  EXPECT_EQ(error_of([&] { (void)aged.aged_to(day("2025-02-28")); }), ErrorCode::out_of_range);
  EXPECT_EQ(aged.aged_to(later), aged);
}

TEST(LifeTable, keeps_up_with_a_book_by_what_changed) {
  // By the next day c2 has left; c1 was there and stays.
  const auto stays = a_customer("c1").on("pro").from("2024-01-01");
  const auto leaves = a_customer("c2").on("pro").from("2024-01-01").until("2024-06-30");
  LifeTable table = LifeTable::fold(book_as_of("2024-06-30", {stays, leaves}));
  table -= LifeTable::fold(book_as_of("2024-06-30", {leaves}));
  LifeTable next = table.aged_to(day("2024-07-01"));
  next += LifeTable::fold(book_as_of("2024-07-01", {leaves}));
  EXPECT_EQ(next, LifeTable::fold(book_as_of("2024-07-01", {stays, leaves})));
  EXPECT_EQ(told(next), (Lines{"entries 0: 2", "running 2024-01-01: 1", "departed 181: 1"}));
}

TEST(LifeTable, is_not_added_to_one_of_another_kind) {
  const LifeTable table = LifeTable::fold(some_book());
  const auto refuses = [&](const LifeTable& other) {
    LifeTable sum = table;
    const auto code = error_of([&] { sum += other; });
    EXPECT_EQ(sum, table);
    return code == ErrorCode::mismatched_cubes;
  };
  Conventions conventions;
  conventions.book.gap_allowance_days = 3;
  EXPECT_TRUE(refuses(LifeTable::fold(book_as_of("2024-07-02", some_customers()))));
  EXPECT_TRUE(refuses(LifeTable::fold(book_as_of("2024-07-01", some_customers(), conventions))));
  EXPECT_TRUE(refuses(LifeTable::fold(book_from_until("2024-01-01", "2024-07-01", some_customers()))));
  EXPECT_TRUE(refuses(LifeTable::fold(some_book(), {}, {.unit = SpellUnit::every_of_customer})));
  EXPECT_TRUE(refuses(LifeTable::fold(some_book(), {}, {.exits = {{}, "gone"}})));
  EXPECT_TRUE(refuses(LifeTable::fold(some_book(), by::plan)));
}

TEST(LifeTable, stays_as_it_was_where_a_sum_is_beyond_64_bits) {
  LifeTable table = LifeTable::fold(book_as_of("2024-07-01", {a_customer("a").on("pro")}));
  for (int i = 0; i < 62; ++i) table += table;
  const LifeTable before = table;
  EXPECT_EQ(error_of([&] { table += table; }), ErrorCode::overflow);
  EXPECT_EQ(table, before);
  EXPECT_EQ(told(table).front(), "entries 0: 4611686018427387904");
}

TEST(LifeTable, counts_customers_of_any_currencies_where_no_amounts_are_looked_at) {
  const Book book = book_as_of("2024-07-01", {a_customer("a").on("pro").in("EUR").with("country", "DE"),
                                              a_customer("b").on("pro").in("USD").with("country", "DE")});
  EXPECT_EQ(told(LifeTable::fold(book, by::attribute("country")), {"DE"}),
            (Lines{"entries 0: 2", "running 2024-01-01: 2"}));
  EXPECT_EQ(error_of([&] { (void)LifeTable::fold(book, by::plan); }), ErrorCode::mixed_currencies);
  EXPECT_EQ(told(LifeTable::fold(book, by::plan * by::currency), {"pro", "EUR"}),
            (Lines{"entries 0: 1", "running 2024-01-01: 1"}));
}

TEST(LifeTable, knows_its_segments_and_columns) {
  const LifeTable table = LifeTable::fold(some_book(), by::plan);
  EXPECT_EQ(error_of([&] { (void)table.segment({"gold"}); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)table.entries(2); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)table.exits(0, 1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)table.exits(0, SIZE_MAX); }), ErrorCode::out_of_range);
}

TEST(LifeTable, is_one_call_of_the_facade) {
  const Analyzer analyzer{some_book()};
  EXPECT_EQ(analyzer.life_table(by::plan), LifeTable::fold(some_book(), by::plan));
}

Segmenter draw_segmenter() {
  switch (support::draw(0, 6)) {
    case 0: return {};
    case 1: return by::attribute("channel");
    case 2: return by::plan;
    case 3: return by::primary_plan * by::attribute("channel");
    case 4: return by::plan * by::interval;
    default: return by::mrr_band;
  }
}
Filter draw_filter() {
  switch (support::draw(0, 4)) {
    case 0: return by::plan != "pro";
    case 1: return attribute("channel") == "ads" || by::primary_plan == "basic";
    default: return {};
  }
}
SpellUnit draw_unit() {
  return support::one_of({SpellUnit::first_of_customer, SpellUnit::every_of_customer,
                          SpellUnit::first_subscription, SpellUnit::every_subscription});
}

/// Someone with each attribute, so that the segments can be asked for.
void add_witness(reference::Book& book) {
  book.customers.push_back({.id = "witness", .attributes = {{"channel", "ads"}}});
}

/// Records with reasons: `price` and `card` in turn.
Records with_reasons(const reference::Book& book, const std::function<bool(const std::string&)>& is_in) {
  Records records;
  for (const auto& customer : book.customers)
    if (is_in(customer.id)) records.add(support::to_customer(customer));
  std::size_t number = 0;
  for (const auto& phase : book.phases) {
    Subscription subscription = support::to_subscription(phase);
    subscription.phases.front().end_reason = std::array{"price", "card", ""}[number++ % 3];
    if (is_in(phase.customer)) records.add(subscription);
  }
  for (const auto& invoice : book.invoices)
    if (is_in(invoice.customer)) records.add(support::to_invoice(invoice));
  records.set_records_from(support::to_date(book.records_from));
  return records;
}

RC_GTEST_PROP(RandomBooks, life_tables_of_halves_add_up_to_the_whole_for_any_number_of_threads, ()) {
  support::RandomCase random = support::draw_case();
  for (reference::Customer& customer : random.book.customers) customer.merged_into.reset();
  add_witness(random.book);
  const Segmenter segmenter = draw_segmenter();
  const LifeOptions life{draw_unit(), {{{"card", "involuntary"}}, "voluntary"}};
  FoldOptions options{.where = draw_filter()};
  RC_LOG() << support::describe(random.book, random.rules);
  Conventions conventions = support::to_conventions(random.rules);
  conventions.book.source = RevenueSource::subscriptions;  // also where a half has invoices only
  const auto fold = [&](const std::function<bool(const std::string&)>& is_in) {
    const Book book =
        Book::build(with_reasons(random.book, is_in), Date::from_days(random.book.as_of), conventions).book;
    return LifeTable::fold(book, segmenter, life, options);
  };
  const auto is_first = [](const std::string& id) { return id.back() % 2 == 0 || id == "witness"; };
  const LifeTable whole = fold([](const std::string&) { return true; });
  const LifeTable first = fold(is_first);
  const LifeTable second = fold([&](const std::string& id) { return !is_first(id) || id == "witness"; });
  LifeTable sum = first;
  sum += second;
  LifeTable turned = second;
  turned += first;
  RC_ASSERT(sum == turned);
  RC_ASSERT(contents(sum) == contents(whole));
  sum -= second;
  RC_ASSERT(contents(sum) == contents(first));
  for (const unsigned threads : {2U, 3U, 9U}) {
    options.threads = threads;
    RC_ASSERT(fold([](const std::string&) { return true; }) == whole);
  }
}

RC_GTEST_PROP(RandomBooks, life_tables_count_each_spell_once_where_its_first_day_is, ()) {
  support::RandomCase random = support::draw_case();
  add_witness(random.book);
  const Segmenter segmenter = draw_segmenter();
  const Filter where = draw_filter();
  RC_LOG() << support::describe(random.book, random.rules);
  const Book book = Book::build(with_reasons(random.book, [](const std::string&) { return true; }),
                                Date::from_days(random.book.as_of), support::to_conventions(random.rules))
                        .book;
  // Of first spells the labels of first days are those that segmenters give a customer.
  const Labelling labelling = segmenter(book);
  const std::vector<bool> keep = where(book);
  std::map<Label, std::map<std::string, std::map<std::int32_t, std::int64_t>>> counted;
  for_each_spell(book, SpellUnit::first_of_customer, [&](const Spell& spell) {
    const auto c = static_cast<std::size_t>(spell.customer);
    if (!keep[c]) return;
    auto& columns = counted[labelling.labels[labelling(c)]];
    ++columns["entries"][spell.entry];
    if (spell.ends_on)
      ++columns[spell.end_reason == "card" ? "involuntary" : "voluntary"][spell.tenure];
    else
      ++columns["running"][spell.starts_on.days()];
  });
  const LifeTable table =
      LifeTable::fold(book, segmenter, {.exits = {{{"card", "involuntary"}}, "voluntary"}}, {.where = where});
  decltype(counted) found;
  const auto note = [&](const Label& label, const std::string& column, std::span<const DayCount> counts) {
    for (const DayCount& at : counts) found[label][column][at.day] += at.count;
  };
  for (std::size_t s = 0; s < table.segments().size(); ++s) {
    note(table.segments()[s], "entries", table.entries(s));
    note(table.segments()[s], "censored", table.censored(s));
    note(table.segments()[s], "running", table.running(s));
    for (std::size_t k = 0; k < table.exit_types().size(); ++k)
      note(table.segments()[s], table.exit_types()[k], table.exits(s, k));
  }
  RC_ASSERT(found == counted);
}

/// The plan of the first phase, read off the records by hand.
RC_GTEST_PROP(RandomBooks, life_tables_of_subscriptions_by_plan_go_by_their_first_phases, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  std::map<Label, std::int64_t> expected;
  for_each_spell(book, SpellUnit::every_subscription, [&](const Spell& spell) {
    std::string plan;
    int began_on = INT32_MIN;
    for (const reference::Phase& phase : random.book.phases)
      if (phase.subscription == spell.first_phase->subscription().text() &&
          phase.starts_on <= spell.starts_on.days() && phase.starts_on > began_on &&
          phase.ends_on.value_or(INT32_MAX) > spell.starts_on.days() &&
          phase.plan == spell.first_phase->plan())
        plan = phase.plan, began_on = phase.starts_on;
    RC_ASSERT(!plan.empty());
    ++expected[{plan}];
  });
  const LifeTable table = LifeTable::fold(book, by::plan, {.unit = SpellUnit::every_subscription});
  std::map<Label, std::int64_t> found;
  for (std::size_t s = 0; s < table.segments().size(); ++s)
    for (const DayCount& at : table.entries(s)) found[table.segments()[s]] += at.count;
  RC_ASSERT(found == expected);
}

}  // namespace
}  // namespace churn
