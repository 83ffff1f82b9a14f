#include <churn/forecast/cohort_triangle.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;
using support::months_of;
using Rows = std::vector<std::vector<std::int64_t>>;

CohortTriangles triangles_of(const Book& book, const PeriodGrid& grid) {
  return cohort_triangles(CohortCube::fold(book, grid), MovementCube::fold(book, grid));
}

std::vector<std::string> shown(const std::vector<std::int64_t>& ticks) {
  std::vector<std::string> text;
  for (const std::int64_t value : ticks) text.push_back(support::shown(value));
  return text;
}

TEST(CohortTriangle, has_a_row_a_cohort_and_what_belongs_to_none) {
  const Book book =
      book_from_until("2024-01-15", "2024-05-10",
                      {a_customer("old").on("a").from("2023-06-01").at("100.00").until("2024-04-02"),
                       a_customer("ann").on("a").from("2024-01-20").at("7.00"),
                       a_customer("bob").on("a").from("2024-02-10").at("20.00").until("2024-03-31"),
                       a_customer("eve").on("a").from("2024-04-30").at("30.00")});
  const CohortTriangles triangles = triangles_of(book, months_of("2024-01-01", "2024-07-01"));
  ASSERT_EQ(triangles.periods.size(), 3U) << "January began before the records, May is not over.";
  EXPECT_EQ(triangles.periods.front().first(), day("2024-02-01"));
  EXPECT_EQ(triangles.customers.cohorts, (Rows{{1, 0, 0}, {0, 0}, {1}}));
  EXPECT_EQ(shown(triangles.mrr.cohorts[0]), (std::vector<std::string>{"20.00", "0.00", "0.00"}));
  EXPECT_EQ(triangles.customers.earlier, (std::vector<std::int64_t>{2, 2, 1}))
      << "old and ann, who has no cohort here.";
  EXPECT_EQ(shown(triangles.mrr.earlier), (std::vector<std::string>{"107.00", "107.00", "7.00"}));
  EXPECT_EQ(triangles.customers.total(0), 3);
  EXPECT_EQ(support::shown(triangles.mrr.total(2)), "37.00");
}

TEST(CohortTriangle, of_nothing_complete_is_empty) {
  const CohortTriangles triangles = triangles_of(book_as_of("2024-01-15", {a_customer("ann").on("a")}),
                                                 months_of("2024-01-01", "2024-03-01"));
  EXPECT_TRUE(triangles.periods.empty());
  EXPECT_EQ(triangles.mrr.size(), 0U);
  EXPECT_EQ(triangles.mrr, CohortTriangle{});
}

TEST(CohortTriangle, of_a_segment_is_that_of_its_label) {
  const Book book = book_as_of("2024-03-01", {a_customer("ann").on("a").with("country", "DE").at("5.00"),
                                              a_customer("bob").on("a").with("country", "FR").at("6.00")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-03-01");
  const auto cohorts = CohortCube::fold(book, grid, CohortBy::first_paid, by::attribute("country"));
  const auto movements = MovementCube::fold(book, grid, by::attribute("country"));
  EXPECT_EQ(support::shown(cohort_triangles(cohorts, movements, 0).mrr.total(1)), "5.00");
  EXPECT_EQ(support::shown(cohort_triangles(cohorts, movements, 1).mrr.total(1)), "6.00");
  EXPECT_EQ(error_of([&] { return cohort_triangles(cohorts, movements, 2); }), ErrorCode::out_of_range);
}

TEST(CohortTriangle, refuses_cubes_that_do_not_belong_together) {
  const Book book = book_as_of("2024-03-01", {a_customer("ann").on("a").signed_up("2024-01-01")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-03-01");
  const auto cohorts = CohortCube::fold(book, grid);
  const auto refused = [&](const CohortCube& c, const MovementCube& m) {
    return error_of([&] { return cohort_triangles(c, m); });
  };
  EXPECT_EQ(refused(cohorts, MovementCube::fold(book, months_of("2024-02-01", "2024-03-01"))),
            ErrorCode::mismatched_cubes);
  EXPECT_EQ(refused(cohorts, MovementCube::fold_trailing(book, grid, 30)), ErrorCode::mismatched_cubes);
  EXPECT_EQ(refused(CohortCube::fold(book, grid, CohortBy::signed_up), MovementCube::fold(book, grid)),
            ErrorCode::mismatched_cubes);
  const Book other = book_as_of("2024-03-01", {});
  EXPECT_EQ(refused(cohorts, MovementCube::fold(other, grid)), ErrorCode::mismatched_cubes);
}

TEST(CohortTriangle, refuses_segments_that_customers_move_between) {
  const Book book =
      book_as_of("2024-04-01", {a_customer("ann").on("basic").then_on("pro").from("2024-02-10").at("80.00"),
                                a_customer("bob").on("basic")});
  const PeriodGrid grid = months_of("2024-01-01", "2024-04-01");
  const auto cohorts = CohortCube::fold(book, grid, CohortBy::first_paid, by::plan);
  const auto movements = MovementCube::fold(book, grid, by::plan);
  for (std::size_t s = 0; s < cohorts.segments().size(); ++s)
    EXPECT_EQ(error_of([&] { return cohort_triangles(cohorts, movements, s); }), ErrorCode::mismatched_cubes);
}

TEST(CohortTriangle, knows_only_its_periods) {
  const CohortTriangle triangle{{{3, 2}, {1}}, {4, 5}};
  EXPECT_EQ(triangle.total(1), 2 + 1 + 5);
  EXPECT_EQ(triangle.until(1), (CohortTriangle{{{3}}, {4}}));
  EXPECT_EQ(triangle.until(0), CohortTriangle{});
  EXPECT_EQ(error_of([&] { return triangle.total(2); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return triangle.until(3); }), ErrorCode::out_of_range);
}

RC_GTEST_PROP(CohortTriangleLaws, totals_are_those_of_the_book, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60U);
  const Book book = support::build(random.book, random.rules).book;
  const CohortTriangles triangles = triangles_of(book, grid);
  const auto movements = MovementCube::fold(book, grid);
  triangles.mrr.require_sound();
  triangles.customers.require_sound();
  for (std::size_t t = 0; t < triangles.periods.size(); ++t) {
    const MovementCell& cell = movements.at(0, grid.index_of(triangles.periods[t]));
    RC_ASSERT(triangles.mrr.total(t) == cell.closing);
    RC_ASSERT(triangles.customers.total(t) == cell.closing_customers);
  }
}

// By the standard rules, under which nothing that happens later changes what is known of a day.
RC_GTEST_PROP(CohortTriangleLaws, the_first_periods_are_what_an_earlier_book_gives, ()) {
  support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60U);
  const CohortTriangles now = triangles_of(support::build(random.book).book, grid);
  if (now.periods.empty()) return;
  const auto known = *rc::gen::inRange<std::size_t>(1, now.periods.size() + 1);
  random.book.as_of = now.periods[known - 1].last().days();
  const CohortTriangles then = triangles_of(support::build(random.book).book, grid);
  RC_ASSERT(then.mrr == now.mrr.until(known));
  RC_ASSERT(then.customers == now.customers.until(known));
}

}  // namespace
}  // namespace churn
