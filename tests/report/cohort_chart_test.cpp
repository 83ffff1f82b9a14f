#include <churn/report/cohort_chart.hpp>

#include <gtest/gtest.h>

#include "report/chart_support.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;

/// Ten come in January of whom four leave in March, ten in February, ten in March of whom one leaves in April.
CohortCube three_cohorts() {
  support::CustomerSentences customers;
  const auto come = [&](const char* from, int stay, int leave, const char* until) {
    for (int i = 0; i < stay; ++i)
      customers.push_back(a_customer(std::string(from) + " " + std::to_string(i)).on("pro").from(from));
    for (int i = 0; i < leave; ++i)
      customers.push_back(
          a_customer(std::string(from) + " left " + std::to_string(i)).on("pro").from(from).until(until));
  };
  come("2024-01-01", 6, 4, "2024-03-10");
  come("2024-02-01", 10, 0, "");
  come("2024-03-01", 9, 1, "2024-04-10");
  return CohortCube::fold(support::book_as_of("2024-05-01", customers),
                          support::months_of("2024-01-01", "2024-05-01"));
}

TEST(CohortChart, has_a_cell_for_each_age_that_is_known_and_compares_cohorts_at_the_same_age) {
  const Chart chart = cohort_chart(logo_retention(three_cohorts()), CohortMeasure::logo);
  support::expect_sound(chart);
  EXPECT_EQ(chart.name, "cohorts-logo");
  ASSERT_EQ(chart.data.rows.size(), 9U) << "4 ages of the first, 3 and 2 of the others";
  EXPECT_EQ(support::cell_of(chart, 2, "value"), "0.6");
  EXPECT_EQ(
      chart.finding,
      "After 1 period the cohort of 2024-01-01 had kept 100 % of its customers, that of 2024-03-01 90 %.");
}

TEST(CohortChart, of_revenue_may_be_above_one_and_is_named_apart) {
  const Chart chart = cohort_chart(revenue_retention(three_cohorts()), CohortMeasure::revenue);
  support::expect_sound(chart);
  EXPECT_EQ(chart.name, "cohorts-revenue");
  EXPECT_NE(chart.finding.find("of its MRR"), std::string::npos);
}

TEST(CohortChart, of_few_customers_compares_none) {
  const Book book = support::book_as_of("2024-03-01", {a_customer("a").on("pro")});
  const CohortCube cube = CohortCube::fold(book, support::months_of("2024-01-01", "2024-03-01"));
  EXPECT_EQ(cohort_chart(logo_retention(cube), CohortMeasure::logo).finding,
            "There are too few cohorts of ten customers or more to compare.");
}

}  // namespace
}  // namespace churn
