#include <churn/cube/tally.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <churn/churn.hpp>

#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::day;
using support::error_of;
using support::months_of;

using Departures = Tally<std::int64_t>;

Departures departures(const Book& book, const PeriodGrid& grid, const Segmenter& by = {},
                      const FoldOptions& options = {}) {
  return tally_steps<std::int64_t>(book, grid, by, options, [](std::int64_t& count, const Step& step) {
    if (step.movement == Movement::churn) ++count;
  });
}

std::int64_t of(const Departures& tally, const Label& label, std::size_t period) {
  const auto at = tally.find(label);
  return at ? tally.at(*at, period) : -1;
}

Book three_customers() {
  return book_as_of("2024-04-01", {a_customer("ann").on("a").until("2024-02-10").with("country", "DE"),
                                   a_customer("bob")
                                       .on("a")
                                       .until("2024-02-05")
                                       .then_on("b")
                                       .from("2024-02-05")
                                       .until("2024-03-05")
                                       .with("country", "FR"),
                                   a_customer("eve").on("b").from("2024-02-02").with("country", "FR")});
}

TEST(Tally, gathers_a_state_for_every_segment_and_period) {
  const Departures tally =
      departures(three_customers(), months_of("2024-01-01", "2024-04-01"), by::attribute("country"));
  EXPECT_EQ(tally.segment_names(), (std::vector<std::string>{"country"}));
  EXPECT_EQ(tally.segments(), (std::vector<Label>{{"DE"}, {"FR"}}));
  EXPECT_EQ(of(tally, {"DE"}, 1), 1);
  EXPECT_EQ(of(tally, {"FR"}, 1), 0);
  EXPECT_EQ(of(tally, {"FR"}, 2), 1);
}

TEST(Tally, by_lanes_a_step_counts_where_the_customer_was_before_it) {
  const Departures tally = departures(three_customers(), months_of("2024-01-01", "2024-04-01"), by::plan);
  EXPECT_EQ(of(tally, {"a"}, 1), 1) << "Ann leaves a.";
  EXPECT_EQ(of(tally, {"b"}, 2), 1) << "Bob leaves b, wherever he started.";
  EXPECT_EQ(of(tally, {"a"}, 2), 0);
}

TEST(Tally, a_step_from_absence_counts_where_the_customer_appears) {
  const auto tally = tally_steps<std::int64_t>(
      three_customers(), months_of("2024-02-01", "2024-03-01"), by::plan, {},
      [](std::int64_t& count, const Step& step) { count += step.movement == Movement::new_ ? 1 : 0; });
  EXPECT_EQ(of(tally, {"b"}, 0), 1);
}

TEST(Tally, of_several_lanes_the_one_with_the_most_mrr_counts) {
  const Book book = book_as_of(
      "2024-04-01",
      {a_customer("ann").on("a").at("5.00").until("2024-02-10").on("b").at("50.00").until("2024-02-10")});
  const Departures tally = departures(book, months_of("2024-02-01", "2024-03-01"), by::plan);
  EXPECT_EQ(of(tally, {"b"}, 0), 1);
  EXPECT_EQ(of(tally, {"a"}, 0), -1);
}

TEST(Tally, a_filter_keeps_what_matches_in_that_place) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const Departures kept = departures(three_customers(), grid, {}, {by::plan == "b", {}, 1});
  EXPECT_EQ(of(kept, {}, 1), 0);
  EXPECT_EQ(of(kept, {}, 2), 1);
  EXPECT_EQ(of(departures(three_customers(), grid, {}, {attribute("country") == "DE", {}, 1}), {}, 1), 1);
}

TEST(Tally, the_total_of_nothing_is_a_total) {
  const Departures tally = departures(book_as_of("2024-04-01", {}), months_of("2024-01-01", "2024-04-01"), {},
                                      {by::plan == "b", {}, 1});
  EXPECT_EQ(of(tally, {}, 0), 0);
}

TEST(Tally, tallies_of_different_things_do_not_add_up_and_stay_as_they_were) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  Departures tally = departures(three_customers(), grid);
  const auto refuses = [&](const Departures& other) {
    return error_of([&] { tally += other; }) == ErrorCode::mismatched_cubes;
  };
  EXPECT_TRUE(refuses(departures(three_customers(), months_of("2024-01-01", "2024-03-01"))));
  EXPECT_TRUE(refuses(departures(three_customers(), grid, by::plan)));
  EXPECT_TRUE(refuses(departures(book_as_of("2024-05-01", {}), grid)));
  EXPECT_TRUE(refuses(departures(book_as_of("2024-04-01", {a_customer("x").on("a").in("EUR")}), grid)));
  Conventions other;
  other.name = "other";
  EXPECT_TRUE(refuses(departures(book_as_of("2024-04-01", {}, other), grid)));
  EXPECT_EQ(of(tally, {}, 1), 1);
}

TEST(Tally, parts_with_nothing_paid_or_kept_apart_by_currency_add_up) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const auto left_in = [&](const char* currency, const Segmenter& by) {
    return departures(book_as_of("2024-04-01", {a_customer("x").on("a").in(currency).until("2024-02-10")}),
                      grid, by);
  };
  Departures tally = departures(book_as_of("2024-04-01", {}), grid);
  tally += left_in("EUR", {});
  EXPECT_EQ(of(tally, {}, 1), 1);
  EXPECT_EQ(error_of([&] { tally += left_in("USD", {}); }), ErrorCode::mismatched_cubes);
  Departures each = left_in("EUR", by::currency);
  each += left_in("USD", by::currency);
  each += left_in("EUR", by::currency);
  EXPECT_EQ(of(each, {"EUR"}, 1), 2);
  EXPECT_EQ(of(each, {"USD"}, 1), 1);
}

TEST(Tally, a_period_that_only_one_of_two_tallies_can_know_keeps_them_apart) {
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  Departures tally = departures(book_as_of("2024-04-01", {}), grid);
  const Departures later = departures(support::book_from_until("2024-02-01", "2024-04-01", {}), grid);
  EXPECT_EQ(error_of([&] { tally += later; }), ErrorCode::mismatched_cubes);
}

TEST(Tally, steps_have_amounts_of_one_currency) {
  // Found by a review: dollars and yen of one customer made one amount, counted as yen or as dollars.
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const Book two = book_as_of("2024-04-01", {a_customer("ann").on("a").in("EUR").until("2024-02-10"),
                                             a_customer("bob").on("a").in("USD").until("2024-03-10")});
  EXPECT_EQ(error_of([&] { return departures(two, grid); }), ErrorCode::mixed_currencies);
  const Departures tally = departures(two, grid, by::currency);
  EXPECT_EQ(of(tally, {"EUR"}, 1), 1);
  EXPECT_EQ(of(tally, {"USD"}, 2), 1);
  const Book one_in_both =
      book_as_of("2024-04-01", {a_customer("ann").on("a").in("EUR").until("2024-02-10").on("a").in("USD")});
  EXPECT_EQ(error_of([&] { return departures(one_in_both, grid, by::currency); }),
            ErrorCode::mixed_currencies);
}

TEST(Tally, places_beyond_it_are_errors) {
  const Departures tally = departures(three_customers(), months_of("2024-01-01", "2024-04-01"));
  EXPECT_EQ(error_of([&] { return tally.at(1, 0); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return tally.at(0, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(tally.find({"x"}), std::nullopt);
}

RC_GTEST_PROP(TallyLaws, departures_counted_by_the_step_are_those_of_the_movement_cube, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  for (const Segmenter& by : {Segmenter{}, by::cohort()}) {
    const Departures tally = departures(book, grid, by);
    const MovementCube cube = MovementCube::fold(book, grid, by);
    for (std::size_t s = 0; s < cube.segments().size(); ++s)
      for (std::size_t p = 0; p < grid.size(); ++p)
        RC_ASSERT(of(tally, cube.segments()[s], p) == cube.at(s, p).churned_customers);
  }
}

RC_GTEST_PROP(TallyLaws, by_any_segment_each_departure_is_counted_once, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  const Book book = support::build(random.book, random.rules).book;
  const MovementCube total = MovementCube::fold(book, grid);
  for (const Segmenter& by : std::vector<Segmenter>{by::plan, by::tenure, by::primary_plan * by::interval}) {
    const Departures tally = departures(book, grid, by);
    for (std::size_t p = 0; p < grid.size(); ++p) {
      std::int64_t sum = 0;
      for (std::size_t s = 0; s < tally.segments().size(); ++s) sum += tally.at(s, p);
      RC_ASSERT(sum == total.at(0, p).churned_customers);
    }
  }
}

RC_GTEST_PROP(TallyLaws, tallies_of_two_halves_add_up_to_the_whole, ()) {
  support::RandomCase random = support::draw_case();
  for (auto& customer : random.book.customers) customer.merged_into.reset();
  reference::Book halves[2] = {random.book, random.book};
  for (int half = 0; half < 2; ++half)
    std::erase_if(halves[half].phases, [half](const reference::Phase& phase) {
      return (phase.customer.back() - '0') % 2 != half;
    });
  random.rules.gap_allowance = 0;  // a pending gap of one half leaves its mark on that half alone
  const PeriodGrid grid = support::draw_grid().first;
  Departures sum = departures(support::build(halves[0], random.rules).book, grid, by::primary_plan);
  sum += departures(support::build(halves[1], random.rules).book, grid, by::primary_plan);
  const Departures whole = departures(support::build(random.book, random.rules).book, grid, by::primary_plan);
  RC_ASSERT(sum.segments() == whole.segments());
  for (std::size_t s = 0; s < sum.segments().size(); ++s)
    for (std::size_t p = 0; p < grid.size(); ++p) RC_ASSERT(sum.at(s, p) == whole.at(s, p));
}

}  // namespace
}  // namespace churn
