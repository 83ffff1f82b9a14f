#include <churn/forecast/cohort_renewals.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <vector>

#include <churn/forecast/horizon_value.hpp>
#include <churn/forecast/shifted_beta_geometric.hpp>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::copies;
using support::error_of;
using support::months_of;
using support::together;
using Counts = std::vector<RenewalCount>;

/// Ten came in January: three left in February, one of whom came back in March, and one in April. Five came in
/// February, one of whom was gone before its close. Known up to the end of April.
CohortCube two_cohorts() {
  return CohortCube::fold(
      book_as_of("2024-05-01",
                 together({copies(6, a_customer("stays").on("a")),
                           copies(2, a_customer("leaves").on("a").until("2024-02-10")),
                           {a_customer("returns").on("a").until("2024-02-10").on("a").from("2024-03-10")},
                           {a_customer("late").on("a").until("2024-04-30")},
                           copies(4, a_customer("second").on("a").from("2024-02-05")),
                           {a_customer("tries").on("a").from("2024-02-05").until("2024-02-20")}})),
      months_of("2024-01-01", "2024-06-01"));
}

TEST(CohortRenewals, lie_between_the_closes_of_two_ages) {
  const CohortCube cube = two_cohorts();
  EXPECT_EQ(cohort_renewals(cube, 0).opportunities(), (Counts{{10, 3}, {7, 0}, {7, 1}}));
  EXPECT_EQ(cohort_renewals(cube, 1).opportunities(), (Counts{{4, 0}, {4, 0}}))
      << "Who tried was gone before it could renew.";
  EXPECT_EQ(pooled_renewals(cube).opportunities(), (Counts{{14, 3}, {11, 0}, {7, 1}}));
}

TEST(CohortRenewals, of_cohorts_without_customers_or_not_known_yet_are_none) {
  const CohortCube cube = two_cohorts();
  EXPECT_EQ(cohort_renewals(cube, 2).opportunities(), (Counts{{0, 0}})) << "Nobody came in March.";
  EXPECT_EQ(cohort_renewals(cube, 3).size(), 0U) << "April has no later close.";
  EXPECT_EQ(cohort_renewals(cube, 4).size(), 0U) << "May is not over.";
  EXPECT_EQ(error_of([&] { return cohort_renewals(cube, 5); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return cohort_renewals(cube, 0, 1); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return pooled_renewals(cube, 1); }), ErrorCode::out_of_range);
}

// The way from a book to a lifetime value. Of 1000, 631, 468 and 382 are left at yearly renewals, as in the cohort of
// Fader and Hardie; three renewals are fitted.
TEST(CohortRenewals, of_a_book_of_yearly_plans_lead_to_its_curve_and_value) {
  const auto leaving = [](int count, const char* id, const char* until) {
    return copies(count, a_customer(id).on("a").from("2020-01-01").until(until).yearly().at("120.00"));
  };
  const Book book = book_as_of(
      "2024-01-01",
      together({leaving(369, "first", "2021-01-01"), leaving(163, "second", "2022-01-01"),
                leaving(86, "third", "2023-01-01"),
                copies(382, a_customer("stays").on("a").from("2020-01-01").yearly().at("120.00"))}));
  const CohortCube cube =
      CohortCube::fold(book, years(support::day("2020-01-01"), support::day("2024-01-01")));
  const RenewalCounts counts = pooled_renewals(cube);
  EXPECT_EQ(counts, RenewalCounts::of_active(std::vector<std::int64_t>{1000, 631, 468, 382}));
  const auto value = horizon_value(fit_shifted_beta_geometric(counts),
                                   {Money{12'000'000, Currency{"USD"}}, 1000}, {.horizon = 4});
  // Three renewals of which the model gives those seen to 0.01 or so: 120 x (1 + .631 + .468 + .382) = 297.72.
  EXPECT_NEAR(value.minor_units.value(), 29'772, 60);
  EXPECT_EQ(value.naive, Money(40'757, Currency{"USD"}));  // 120.00 x 2099 / 618 = 407.5728
}

RC_GTEST_PROP(CohortRenewalsLaws, cohorts_add_up_to_the_pooled_counts, ()) {
  const support::RandomCase random = support::draw_case();
  const Book book = support::build(random.book, random.rules).book;
  PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60);
  const CohortCube cube = CohortCube::fold(book, grid);
  RenewalCounts sum;
  for (std::size_t cohort = 0; cohort < grid.size(); ++cohort) {
    const RenewalCounts own = cohort_renewals(cube, cohort);
    for (std::size_t t = 2; t <= own.size(); ++t) RC_ASSERT(own.at(t).at_risk == own.at(t - 1).kept());
    sum += own;
  }
  RC_ASSERT(sum == pooled_renewals(cube));
}

}  // namespace
}  // namespace churn
