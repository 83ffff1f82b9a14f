#include <churn/cube/departure_cube.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::months_of;

constexpr auto voluntary = DepartureType::voluntary;
constexpr auto completed = DepartureType::completed;

TEST(DepartureCube, counts_customers_and_run_rate_by_type_and_reason) {
  const Book book = book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").from("2024-01-01").until("2024-03-10").because("price"),
       a_customer("bob")
           .on("pro")
           .from("2024-01-01")
           .until("2024-03-20")
           .at("20.00")
           .because("too expensive"),
       a_customer("cat").on("basic").from("2024-01-01").until("2024-03-20").because("project_finished"),
       a_customer("dan").on("basic").from("2024-01-01")});
  const DepartureCube cube = DepartureCube::fold(book, months_of("2024-01-01", "2024-07-01"));
  EXPECT_EQ(cube.causes(),
            (std::vector<Cause>{{completed, "project_finished"}, {voluntary, "too_expensive"}}));
  EXPECT_EQ(cube.at(0, 2, 1).customers, 2);
  EXPECT_EQ(support::shown(cube.at(0, 2, 1).ticks), "30.00");
  EXPECT_EQ(cube.of_type(0, 2, completed).customers, 1);
  EXPECT_EQ(cube.total(0, 2).customers, 3);
  EXPECT_EQ(cube.total(0, 1), Leavers{});
}

TEST(DepartureCube, takes_the_type_of_the_last_departure_in_a_period_netted_by_period_and_of_each_by_day) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("pro", "s1")
                                                  .from("2024-01-01")
                                                  .until("2024-03-05")
                                                  .because("card_expired")
                                                  .on("pro", "s2")
                                                  .from("2024-03-10")
                                                  .until("2024-03-20")
                                                  .because("price")
                                                  .at("15.00")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const DepartureCube by_period = DepartureCube::fold(book, grid);
  EXPECT_EQ(by_period.causes(), (std::vector<Cause>{{voluntary, "too_expensive"}}));
  EXPECT_EQ(support::shown(by_period.total(0, 2).ticks), "10.00");  // what was there at opening
  RateRules rules = book.conventions().rate;
  rules.netting = Netting::by_day;
  const DepartureCube by_day =
      DepartureCube::fold(book, grid, {}, DepartureRules::standard(), {.rules = rules});
  EXPECT_EQ(by_day.total(0, 2).customers, 2);
  EXPECT_EQ(support::shown(by_day.of_type(0, 2, voluntary).ticks), "15.00");
}

TEST(DepartureCube, by_plan_tells_where_the_leavers_were) {
  const Book book = book_as_of("2024-07-01", {a_customer("ann")
                                                  .on("pro")
                                                  .from("2024-01-01")
                                                  .until("2024-03-10")
                                                  .because("price")
                                                  .on("basic")
                                                  .from("2024-01-01")
                                                  .until("2024-03-10")});
  const DepartureCube cube = DepartureCube::fold(book, months_of("2024-01-01", "2024-07-01"), by::plan);
  for (const char* plan : {"basic", "pro"}) {
    EXPECT_EQ(cube.total(cube.segment({plan}), 2).customers, 1);
    EXPECT_EQ(support::shown(cube.of_type(cube.segment({plan}), 2, voluntary).ticks), "10.00");
  }
}

TEST(DepartureCube, refuses_to_add_what_was_decided_by_other_rules_or_of_other_periods) {
  const Book book =
      book_as_of("2024-07-01", {a_customer("ann").on("pro").from("2024-01-01").until("2024-03-10")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  DepartureCube cube = DepartureCube::fold(book, grid);
  const DepartureCube before = cube;
  DepartureRules rules = DepartureRules::standard();
  rules.remove("term_ran_out");
  EXPECT_EQ(support::error_of([&] { cube += DepartureCube::fold(book, grid, {}, rules); }),
            ErrorCode::mismatched_cubes);
  EXPECT_EQ(
      support::error_of([&] { cube += DepartureCube::fold(book, months_of("2024-02-01", "2024-07-01")); }),
      ErrorCode::mismatched_cubes);
  EXPECT_EQ(cube, before);
}

TEST(DepartureCube, has_no_segment_period_or_cause_beyond_its_own) {
  const DepartureCube cube = DepartureCube::fold(book_as_of("2024-07-01", {a_customer("ann").on("pro")}),
                                                 months_of("2024-01-01", "2024-07-01"));
  EXPECT_EQ(support::error_of([&] { (void)cube.total(1, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(support::error_of([&] { (void)cube.total(0, 6); }), ErrorCode::out_of_range);
  EXPECT_EQ(support::error_of([&] { (void)cube.at(0, 0, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(support::error_of([&] { (void)cube.segment({"pro"}); }), ErrorCode::out_of_range);
}

// ---- laws

/// Reasons and answers for a random book, so that there is something to decide by.
void draw_reasons(Records& records, const Book& book) {
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerId id = book.customer_id(CustomerIndex{c});
    for (int i = support::draw(0, 3); i > 0; --i)
      records.add(
          Event{.customer = id,
                .at = Timestamp::from_seconds(support::draw_instant(support::draw_day())),
                .kind = "exit_survey",
                .label = support::one_of<const char*>({"price", "project_finished", "card_expired", "?"})});
  }
}

struct Drawn {
  Book book;
  PeriodGrid grid;
};

Drawn draw_book_with_reasons(const support::RandomCase& random) {
  const Book plain = support::build(random.book, random.rules).book;
  Records records = plain.records();
  draw_reasons(records, plain);
  return {Book::build(records, plain.as_of(), plain.conventions()).book, support::draw_grid().first};
}

const std::vector<Segmenter> segmenters() {
  return {Segmenter{},
          by::attribute("channel"),
          by::plan,
          by::primary_plan,
          by::preferred_phase("dearest", by::interval,
                              [](const PhaseOnDay& a, const PhaseOnDay& b) { return a.ticks > b.ticks; }),
          by::plan * by::attribute("channel")};
}

void equals_the_movements(const Drawn& drawn, const Filter& where) {
  for (const Netting netting : {Netting::by_period, Netting::by_day}) {
    RateRules rules = drawn.book.conventions().rate;
    rules.netting = netting;
    const FoldOptions options{.where = where, .rules = rules, .threads = 1};
    for (const Segmenter& by : segmenters()) {
      const Segmenter segmenter = by * by::currency;
      const MovementCube movements = MovementCube::fold(drawn.book, drawn.grid, segmenter, options);
      const DepartureCube departures =
          DepartureCube::fold(drawn.book, drawn.grid, segmenter, DepartureRules::standard(), options);
      RC_ASSERT(departures.segments() == movements.segments());
      for (std::size_t s = 0; s < movements.segments().size(); ++s)
        for (std::size_t p = 0; p < drawn.grid.size(); ++p) {
          RC_ASSERT(departures.total(s, p).customers == movements.at(s, p).churned_customers);
          RC_ASSERT(departures.total(s, p).ticks == movements.at(s, p).churn);
          Leavers by_type;
          for (const DepartureType type : departure_types) {
            by_type.customers += departures.of_type(s, p, type).customers;
            by_type.ticks += departures.of_type(s, p, type).ticks;
          }
          RC_ASSERT(by_type == departures.total(s, p));
        }
    }
  }
}

RC_GTEST_PROP(RandomBooks, departures_by_cause_add_up_to_the_churn_of_every_cell, ()) {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}}});
  equals_the_movements(draw_book_with_reasons(random), {});
}

RC_GTEST_PROP(RandomBooks, departures_by_cause_add_up_to_the_churn_under_a_condition_and_with_exchange_rates,
              ()) {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}}});
  support::draw_exchange(random);
  try {
    equals_the_movements(draw_book_with_reasons(random),
                         support::one_in(2) ? by::plan == "pro" : attribute("channel") == "ads");
  } catch (const Error& error) {
    RC_ASSERT(error.code() == ErrorCode::missing_rate);
  }
}

RC_GTEST_PROP(RandomBooks, cubes_of_departures_add_up_over_customers_for_any_number_of_threads, ()) {
  support::RandomCase random = support::draw_case();
  random.book.customers.push_back({.id = "known", .attributes = {{"channel", "ads"}}});
  const Drawn drawn = draw_book_with_reasons(random);
  const Segmenter by = support::one_in(2) ? by::plan * by::currency : by::attribute("channel") * by::currency;
  const DepartureRules rules = DepartureRules::standard();
  const DepartureCube whole = DepartureCube::fold(drawn.book, drawn.grid, by, rules);
  RC_ASSERT(DepartureCube::fold(drawn.book, drawn.grid, by, rules, {.threads = 3}) == whole);
  DepartureCube ads =
      DepartureCube::fold(drawn.book, drawn.grid, by, rules, {.where = attribute("channel") == "ads"});
  const DepartureCube others =
      DepartureCube::fold(drawn.book, drawn.grid, by, rules, {.where = attribute("channel") != "ads"});
  DepartureCube sum = ads;
  sum += others;
  for (std::size_t s = 0; s < whole.segments().size(); ++s)
    for (std::size_t p = 0; p < drawn.grid.size(); ++p)
      for (std::size_t c = 0; c < whole.causes().size(); ++c) {
        RC_ASSERT(sum.causes() == whole.causes());
        RC_ASSERT(sum.at(sum.segment(whole.segments()[s]), p, c) == whole.at(s, p, c));
      }
  sum -= others;
  RC_ASSERT(sum.causes() == ads.causes());
  for (const DepartureCube::Entry& entry : ads.entries())
    RC_ASSERT(sum.at(sum.segment(ads.segments()[entry.segment]), entry.period, entry.cause) == entry.leavers);
}

}  // namespace
}  // namespace churn
