#include <churn/cohort/cohort_matrix.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::copies;
using support::day;
using support::error_of;
using support::months_of;
using support::together;

/// Ten came in January, of whom four left in February and one of these returned in March; five came in
/// February, one of whom was gone by its close. Known up to the end of March.
CohortCube two_cohorts() {
  return CohortCube::fold(
      book_as_of(
          "2024-04-01",
          together(
              {copies(6, a_customer("stays").on("a")),
               copies(3, a_customer("leaves").on("a").until("2024-02-10")),
               {a_customer("returns").on("a").until("2024-02-10").on("a").from("2024-03-10").at("30.00")},
               copies(4, a_customer("second").on("a").from("2024-02-05")),
               {a_customer("tries").on("a").from("2024-02-05").until("2024-02-20")}})),
      months_of("2024-01-01", "2024-05-01"));
}

TEST(CohortMatrix, logo_retention_divides_by_all_who_came) {
  const CohortMatrix m = logo_retention(two_cohorts());
  ASSERT_EQ(m.cohorts, (std::vector<Date>{day("2024-01-01"), day("2024-02-01"), day("2024-03-01")}))
      << "April is not over.";
  ASSERT_EQ(m.value.rows(), 3);
  ASSERT_EQ(m.value.cols(), 4);
  EXPECT_EQ(m.sizes(0), 10);
  EXPECT_EQ(m.sizes(1), 5) << "Also who is gone by its close.";
  EXPECT_EQ(m.value(0, 0), 1.0);
  EXPECT_EQ(m.value(0, 1), 0.6);
  EXPECT_EQ(m.value(0, 2), 0.7) << "Who came back is present again.";
  EXPECT_EQ(m.value(1, 0), 0.8);
  EXPECT_EQ(m.numerator(0, 2), 7);
  EXPECT_EQ(m.denominator(0, 2), 10);
}

TEST(CohortMatrix, unbroken_retention_leaves_out_who_came_back) {
  const CohortMatrix m = logo_retention(two_cohorts(), Retention::unbroken);
  EXPECT_EQ(m.value(0, 1), 0.6);
  EXPECT_EQ(m.value(0, 2), 0.6);
}

TEST(CohortMatrix, revenue_retention_divides_by_the_mrr_of_age_0) {
  const CohortMatrix m = revenue_retention(two_cohorts());
  EXPECT_EQ(m.value(0, 0), 1.0);
  EXPECT_EQ(m.value(0, 1), 0.6);
  EXPECT_EQ(m.value(0, 2), 0.9);
  EXPECT_EQ(m.value(1, 1), 1.0) << "Who had left by the close of age 0 never was in it.";
  EXPECT_EQ(support::shown(m.denominator(0, 2)), "100.00");
}

TEST(CohortMatrix, what_can_not_be_known_and_empty_cohorts_are_masked) {
  const CohortMatrix m = logo_retention(two_cohorts());
  EXPECT_TRUE(m.observed(0, 2));
  EXPECT_FALSE(m.observed(0, 3)) << "April.";
  EXPECT_TRUE(m.observed(1, 1));
  EXPECT_FALSE(m.observed(1, 2));
  EXPECT_FALSE(m.observed(2, 0)) << "Nobody came in March.";
  EXPECT_EQ(m.value(2, 0), 0.0);
  EXPECT_EQ(m.sizes(2), 0);
}

TEST(CohortMatrix, an_average_is_weighted_by_size_over_observed_cells) {
  const CohortMatrix m = logo_retention(two_cohorts());
  EXPECT_DOUBLE_EQ(m.average(0).value(), (10 * 1.0 + 5 * 0.8) / 15);
  EXPECT_DOUBLE_EQ(m.average(1).value(), (10 * 0.6 + 5 * 0.8) / 15);
  EXPECT_DOUBLE_EQ(m.average(2).value(), 0.7) << "The younger cohort is not that old yet.";
  EXPECT_EQ(m.average(3), std::nullopt);
}

TEST(CohortMatrix, a_cohort_without_mrr_at_its_first_close_has_no_revenue_retention) {
  const CohortCube cube = CohortCube::fold(
      book_as_of("2024-04-01", {a_customer("ann").on("a").until("2024-01-20").on("a").from("2024-02-10")}),
      months_of("2024-01-01", "2024-04-01"));
  EXPECT_FALSE(revenue_retention(cube).observed(0, 1));
  EXPECT_TRUE(logo_retention(cube).observed(0, 1));
  EXPECT_EQ(to_csv(cohorts_table(cube, CohortMeasure::revenue, Retention::returning)),
            "cohort,size,age,value,numerator,denominator\n"
            "2024-01-01,1,0,,0.00,0.00\n"
            "2024-01-01,1,1,,10.00,0.00\n"
            "2024-01-01,1,2,,10.00,0.00\n");
}

TEST(CohortMatrix, a_table_has_a_row_for_every_observed_cell_of_cohorts_with_customers) {
  EXPECT_EQ(to_csv(cohorts_table(two_cohorts(), CohortMeasure::logo, Retention::returning)),
            "cohort,size,age,value,numerator,denominator\n"
            "2024-01-01,10,0,1,10,10\n"
            "2024-01-01,10,1,0.6,6,10\n"
            "2024-01-01,10,2,0.7,7,10\n"
            "2024-02-01,5,0,0.8,4,5\n"
            "2024-02-01,5,1,0.8,4,5\n");
  EXPECT_EQ(to_csv(cohorts_table(two_cohorts(), CohortMeasure::revenue, Retention::returning, true)),
            "cohort,size,age,value,numerator,denominator\n"
            "2024-01-01,10,0,1,43200000,43200000\n"
            "2024-01-01,10,1,0.6,25920000,43200000\n"
            "2024-01-01,10,2,0.9,38880000,43200000\n"
            "2024-02-01,5,0,1,17280000,17280000\n"
            "2024-02-01,5,1,1,17280000,17280000\n");
}

TEST(CohortMatrix, segments_have_a_matrix_and_rows_each) {
  const CohortCube cube =
      CohortCube::fold(book_as_of("2024-02-01", {a_customer("ann").on("a").with("country", "DE"),
                                                 a_customer("bob").on("a").until("2024-01-20")}),
                       months_of("2024-01-01", "2024-02-01"), CohortBy::first_paid, by::attribute("country"));
  EXPECT_EQ(logo_retention(cube, Retention::returning, 0).value(0, 0), 0.0);
  EXPECT_EQ(logo_retention(cube, Retention::returning, 1).value(0, 0), 1.0);
  EXPECT_EQ(to_csv(cohorts_table(cube, CohortMeasure::logo, Retention::unbroken)),
            "country,cohort,size,age,value,numerator,denominator\n"
            "(none),2024-01-01,1,0,0,0,1\n"
            "DE,2024-01-01,1,0,1,1,1\n");
  EXPECT_EQ(error_of([&] { return logo_retention(cube, Retention::returning, 2); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return revenue_retention(cube, 2); }), ErrorCode::out_of_range);
}

TEST(CohortMatrix, a_grid_of_which_nothing_is_complete_gives_an_empty_matrix) {
  const CohortMatrix m = logo_retention(CohortCube::fold(
      book_as_of("2024-01-15", {a_customer("ann").on("a")}), months_of("2024-01-01", "2024-03-01")));
  EXPECT_TRUE(m.cohorts.empty());
  EXPECT_EQ(m.value.rows(), 0);
  EXPECT_EQ(m.value.cols(), 2);
  EXPECT_EQ(m.average(1), std::nullopt);
}

CohortCube draw_cube() {
  const support::RandomCase random = support::draw_case();
  const CohortBy cohort_by = support::one_in(2) ? CohortBy::signed_up : CohortBy::first_paid;
  const Book book = support::build(random.book, random.rules).book;
  while (true) {
    const PeriodGrid grid = support::draw_grid().first;
    if (grid.size() <= 60) return CohortCube::fold(book, grid, cohort_by);
  }
}

RC_GTEST_PROP(CohortMatrixLaws, logo_retention_lies_between_unbroken_and_one, ()) {
  const CohortCube cube = draw_cube();
  const CohortMatrix returning = logo_retention(cube);
  const CohortMatrix unbroken = logo_retention(cube, Retention::unbroken);
  RC_ASSERT((returning.observed == unbroken.observed).all());
  for (Eigen::Index i = 0; i < returning.value.rows(); ++i)
    for (Eigen::Index k = 0; k < returning.value.cols(); ++k) {
      RC_ASSERT(0 <= unbroken.value(i, k));
      RC_ASSERT(unbroken.value(i, k) <= returning.value(i, k));
      RC_ASSERT(returning.value(i, k) <= 1);
      if (!returning.observed(i, k)) RC_ASSERT(returning.value(i, k) == 0);
    }
}

RC_GTEST_PROP(CohortMatrixLaws, the_average_of_a_column_lies_between_its_least_and_greatest, ()) {
  const CohortCube cube = draw_cube();
  for (const CohortMatrix& m : {logo_retention(cube), revenue_retention(cube)})
    for (Eigen::Index k = 0; k < m.value.cols(); ++k) {
      std::vector<double> column;
      for (Eigen::Index i = 0; i < m.value.rows(); ++i)
        if (m.observed(i, k)) column.push_back(m.value(i, k));
      const auto average = m.average(k);
      RC_ASSERT(average.has_value() == !column.empty());
      if (!average) continue;
      const auto [least, greatest] = std::minmax_element(column.begin(), column.end());
      // At most 60 products and sums, each rounded once.
      RC_ASSERT(*average >= *least * (1 - 1e-13));
      RC_ASSERT(*average <= *greatest * (1 + 1e-13));
    }
}

RC_GTEST_PROP(CohortMatrixLaws, revenue_retention_starts_at_one, ()) {
  const CohortMatrix m = revenue_retention(draw_cube());
  for (Eigen::Index i = 0; i < m.value.rows(); ++i)
    if (m.observed(i, 0)) RC_ASSERT(m.value(i, 0) == 1.0);
}

}  // namespace
}  // namespace churn
