#include <churn/forecast/horizon_value.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Active = std::vector<std::int64_t>;
using Outcome = HorizonValueOutcome;

const Currency usd{"USD"};
const RenewalCounts regular = RenewalCounts::of_active(Active{1000, 631, 468, 382, 326, 289, 262, 241});

// By hand: 100.00 a customer; of ten customers 8, 4, 4 stay. 100 x (1 + 0.8 + 0.4 + 0.4) = 260.00.
TEST(HorizonValue, of_an_observed_curve_is_its_sum) {
  const RenewalCounts counts = RenewalCounts::of_active(Active{10, 8, 4, 4});
  const AverageRevenue revenue{Money{50'000, usd}, 5};
  const auto value = horizon_value(counts, revenue, {.horizon = 4});
  EXPECT_EQ(value.outcome, Outcome::known);
  EXPECT_EQ(value.value, Money(26'000, usd));
  EXPECT_EQ(value.churn, Proportion(6, 22));
  EXPECT_EQ(value.naive, Money(36'667, usd));  // 100.00 x 22 / 6
  // 10 % expansion, 21 % discount: each payment 1 / 1.1 of the one before: 100 + 80 / 1.1 + 40 / 1.21 + 40 / 1.331.
  const auto other = horizon_value(counts, revenue, {.horizon = 4, .growth = 0.1, .discount_rate = 0.21});
  EXPECT_NEAR(other.minor_units.value(), 23'583.77, 0.005);
  EXPECT_EQ(other.value, Money(23'584, usd));
  EXPECT_EQ(horizon_value(counts, revenue, {.horizon = 1}).value, Money(10'000, usd));
}

TEST(HorizonValue, of_an_observed_curve_is_never_extended) {
  const AverageRevenue revenue{Money{50'000, usd}, 5};
  const auto value = horizon_value(RenewalCounts::of_active(Active{10, 8, 4, 4}), revenue, {.horizon = 5});
  EXPECT_EQ(value.outcome, Outcome::beyond_observed);
  EXPECT_FALSE(value.value || value.minor_units || value.interval);
  EXPECT_TRUE(value.naive);
  // Where all have left there is nothing more to know.
  EXPECT_EQ(horizon_value(RenewalCounts::of_active(Active{10, 5, 0}), revenue, {.horizon = 50}).value,
            Money(15'000, usd));
}

// The sum of the 25 terms of the fitted curve, found with 50 digits (sbg_expected.json, fit_7), in units of 10000.
TEST(HorizonValue, of_a_fitted_curve_is_the_sum_found_with_50_digits) {
  const AverageRevenue revenue{Money{10'000, usd}, 1};
  const auto value = horizon_value(fit_shifted_beta_geometric(regular), revenue, {.horizon = 25});
  EXPECT_NEAR(*value.minor_units / 10'000, 6.144874587156687, 1e-10);  // as the survival it sums
  EXPECT_EQ(value.value, Money(61'449, usd));
  EXPECT_EQ(value.extrapolated, 17) << "The first payment and seven renewals were seen.";
  ASSERT_TRUE(value.interval);
  EXPECT_LT(value.interval->low, *value.minor_units);
  EXPECT_GT(value.interval->high, *value.minor_units);
}

// With a discount the far future weighs nothing: a horizon of 2000 at 5 % leaves out 1.05^-2000 = 1e-42.
TEST(HorizonValue, of_a_long_horizon_is_the_discounted_expected_lifetime) {
  const auto fit = fit_shifted_beta_geometric(regular);
  const auto value = horizon_value(fit, {Money{100, usd}, 1}, {.horizon = 2000, .discount_rate = 0.05});
  EXPECT_NEAR(*value.minor_units, 100 * fit.model->discounted_lifetime(0.05).value(), 1e-9);
}

// All alike, no horizon to speak of: only then is the shortcut right.
TEST(HorizonValue, of_customers_all_alike_is_the_naive_one) {
  const RenewalCounts counts = RenewalCounts::of_active(Active{1024, 512, 256, 128, 64});
  const auto value =
      horizon_value(fit_shifted_beta_geometric(counts), {Money{10'000, usd}, 1}, {.horizon = 200});
  EXPECT_EQ(value.value, Money(20'000, usd));
  EXPECT_EQ(value.naive, Money(20'000, usd));
}

RC_GTEST_PROP(HorizonValue, of_a_model_is_the_sum_of_its_survival, ()) {
  const HorizonValueTerms terms{.horizon = *between<std::int32_t>(1, 60),
                                .growth = *between<int>(-20, 21) / 100.0,
                                .discount_rate = *between<int>(0, 21) / 100.0};
  const AverageRevenue revenue{Money{*between<std::int64_t>(1, 1'000'000'000), usd},
                               *between<std::int64_t>(1, 1000)};
  const auto first = fit_shifted_beta_geometric(regular);
  const auto second = fit_beta_discrete_weibull(regular);
  double by_first = 0;
  double by_second = 0;
  for (std::int32_t t = 0; t < terms.horizon; ++t) {
    const double weight = std::pow((1 + terms.growth) / (1 + terms.discount_rate), t);
    by_first += first.model->survival(t) * weight;
    by_second += second.model->survival(t) * weight;
  }
  const double average =
      static_cast<double>(revenue.total.minor_units()) / static_cast<double>(revenue.customers);
  const auto value = horizon_value(first, revenue, terms);
  // Sums of at most 60 positive terms, each a product of as many factors: 1e-12 is 60 x 60 roundings.
  RC_ASSERT(std::abs(*value.minor_units / (average * by_first) - 1) < 1e-12);
  RC_ASSERT(std::abs(*horizon_value(second, revenue, terms).minor_units / (average * by_second) - 1) < 1e-12);
  RC_ASSERT(std::abs(static_cast<double>(value.value->minor_units()) - *value.minor_units) <= 0.5);
  RC_ASSERT(value.interval->low <= *value.minor_units && *value.minor_units <= value.interval->high);
}

// By hand: 10.00 in the first month, then x 0.5, x 0.8, x 0.8: 10 + 5 + 4 + 3.2. Of three cohorts seen over four
// periods.
TEST(HorizonValue, of_a_ladder_holds_what_customers_add_and_drop) {
  const ChainLadder ladder{
      {{100, 50, 3, 0.5, 0, 0.0004}}, {100, 80, 3, 0.8, 0, 0.0009}, {100, 80, 3, 0.8, 0, 0}, 2, 3};
  const RenewalCounts counts = RenewalCounts::of_active(Active{10, 5, 5});
  const AverageRevenue revenue{Money{4'000, usd}, 4};
  const auto value = horizon_value(ladder, counts, revenue, {.horizon = 4});
  EXPECT_EQ(value.value, Money(2'220, usd));
  EXPECT_EQ(value.naive, Money(3'000, usd));  // 10.00 x 15 / 5
  EXPECT_EQ(value.extrapolated, 0);
  EXPECT_EQ(horizon_value(ladder, counts, revenue, {.horizon = 5}).extrapolated, 1);
  // Slopes: by f(0) 1 + 0.8 + 0.64, by the tail 0.5 + 0.8; variance 2 x (2.44^2 x 0.0004 + 1.3^2 x 0.0009) =
  // 0.00780488.
  const double log_variance = std::log(1 + 0.00780488 / (2.22 * 2.22));
  const double centre = 2220 * std::exp(-log_variance / 2);
  EXPECT_NEAR(value.interval->low, centre * std::exp(-1.959963985 * std::sqrt(log_variance)),
              1e-5);  // z to 1e-9
  EXPECT_NEAR(value.interval->high, centre * std::exp(1.959963985 * std::sqrt(log_variance)), 1e-5);
  // 10 % discount on each.
  EXPECT_NEAR(*horizon_value(ladder, counts, revenue, {.horizon = 3, .discount_rate = 0.1}).minor_units,
              1000 * (1 + 0.5 / 1.1 + 0.4 / 1.21), 1e-9);
  // Slopes with w = 1 / 1.1: by f(0) w (1 + 0.8 w), by the tail 0.5 w^2.
  const double w = 1 / 1.1;
  const double sum = 1 + 0.5 * w + 0.4 * w * w;
  const double variance =
      2 * (std::pow(w + 0.8 * w * w, 2) * 0.0004 + std::pow(0.5 * w * w, 2) * 0.0009) / (sum * sum);
  EXPECT_NEAR(
      horizon_value(ladder, counts, revenue, {.horizon = 3, .discount_rate = 0.1}).interval->high,
      1000 * sum * std::exp(-std::log1p(variance) / 2 + 1.959963985 * std::sqrt(std::log1p(variance))), 1e-5);
  EXPECT_EQ(horizon_value(ladder, counts, {Money{0, usd}, 0}, {.horizon = 3}).outcome, Outcome::no_customers);
  EXPECT_EQ(error_of([&] { (void)horizon_value(ladder, counts, revenue, {.horizon = 3}, 0); }), "bad_number");
}

// Where nobody changes what they pay, a ladder of one cohort with an age each is its observed curve.
TEST(HorizonValue, of_a_ladder_of_one_cohort_is_that_of_its_observed_curve) {
  CohortTriangle customers;
  const Active active{1000, 631, 468, 382};
  customers.cohorts = {active, {0, 0, 0}, {0, 0}, {0}};
  customers.earlier = {0, 0, 0, 0};
  const ChainLadder ladder = fit_chain_ladder(customers, nullptr, {.least_cohorts = 1}).value();
  const RenewalCounts counts = RenewalCounts::of_active(active);
  const AverageRevenue revenue{Money{1'000'000, usd}, 1};
  const auto of_ladder =
      horizon_value(ladder, counts, revenue, {.horizon = 4, .growth = 0.02, .discount_rate = 0.01});
  const auto of_curve = horizon_value(counts, revenue, {.horizon = 4, .growth = 0.02, .discount_rate = 0.01});
  EXPECT_NEAR(*of_ladder.minor_units, *of_curve.minor_units, 1e-6);
  EXPECT_EQ(of_ladder.naive, of_curve.naive);
}

TEST(HorizonValue, rounds_ties_to_even_and_keeps_the_order_of_its_interval_for_credits) {
  const RenewalCounts counts = RenewalCounts::of_active(Active{2, 1, 1});
  EXPECT_EQ(horizon_value(counts, {Money{1, usd}, 1}, {.horizon = 2}).value, Money(2, usd));    // 1.5
  EXPECT_EQ(horizon_value(counts, {Money{5, usd}, 3}, {.horizon = 2}).value, Money(2, usd));    // 2.5
  EXPECT_EQ(horizon_value(counts, {Money{-1, usd}, 1}, {.horizon = 2}).value, Money(-2, usd));  // -1.5
  const auto credit =
      horizon_value(fit_shifted_beta_geometric(regular), {Money{-100, usd}, 1}, {.horizon = 5});
  EXPECT_LT(credit.interval->low, credit.interval->high);
}

TEST(HorizonValue, without_customers_curve_or_churn_is_empty_and_says_why) {
  const auto fit = fit_shifted_beta_geometric(regular);
  const auto nobody = horizon_value(fit, {Money{0, usd}, 0}, {.horizon = 12});
  EXPECT_EQ(nobody.outcome, Outcome::no_customers);
  EXPECT_FALSE(nobody.value || nobody.naive || nobody.interval);

  const RenewalCounts few = RenewalCounts::of_active(Active{10, 5});
  const auto no_model =
      horizon_value(fit_shifted_beta_geometric(few), {Money{1000, usd}, 1}, {.horizon = 12});
  EXPECT_EQ(no_model.outcome, Outcome::no_curve);
  EXPECT_FALSE(no_model.value);
  EXPECT_EQ(no_model.naive, Money(2000, usd));
  EXPECT_EQ(horizon_value(fit_beta_discrete_weibull(few), {Money{1, usd}, 1}, {.horizon = 2}).outcome,
            Outcome::no_curve);
  EXPECT_EQ(horizon_value(RenewalCounts{}, {Money{1, usd}, 1}, {.horizon = 2}).outcome, Outcome::no_curve);

  const RenewalCounts loyal = RenewalCounts::of_active(Active{10, 10, 10});
  const auto endless =
      horizon_value(fit_shifted_beta_geometric(loyal), {Money{1000, usd}, 1}, {.horizon = 12});
  EXPECT_EQ(endless.value, Money(12'000, usd));
  EXPECT_FALSE(endless.naive);
}

/// In each of ten months two come and pay 10.00; one of them is gone by the close of the next.
Book half_leave_after_a_month() {
  support::CustomerSentences customers;
  for (int month = 1; month <= 10; ++month) {
    const std::string number = std::to_string(100 + month).substr(1);
    const std::string next = std::to_string(101 + month).substr(1);
    customers.push_back(
        support::a_customer("stays " + number).on("pro").from("2024-" + number + "-05").at("10"));
    customers.push_back(support::a_customer("leaves " + number)
                            .on("pro")
                            .from("2024-" + number + "-05")
                            .until("2024-" + next + "-05")
                            .at("10"));
  }
  return support::book_as_of("2024-11-01", customers);
}

TEST(HorizonValue, of_a_book_is_what_its_new_customers_pay_month_by_month) {
  const Book book = half_leave_after_a_month();
  const PeriodGrid grid = months(Date::of(2024, 1, 1), Date::of(2024, 11, 1));
  // 10.00 at once, and from the next month on half of it.
  EXPECT_EQ(horizon_value(book, grid, {.horizon = 1}).value, Money(1000, usd));
  EXPECT_EQ(horizon_value(book, grid, {.horizon = 4}).value, Money(2500, usd));
  EXPECT_EQ(horizon_value(book, grid, {.horizon = 3, .discount_rate = 0.25}).value, Money(1720, usd))
      << "1000 + 500 / 1.25 + 500 / 1.5625";
  const HorizonValue value = horizon_value(book, grid, {.horizon = 4});
  EXPECT_EQ(value.revenue.customers, 20);
  EXPECT_EQ(value.revenue.total, Money(20'000, usd));
  EXPECT_EQ(value.churn, (Proportion{9, 54}))
      << "of 18 that came to the second month 9 left, and of 36 later none";
  EXPECT_EQ(error_of([&] {
              (void)horizon_value(book, quarters(Date::of(2024, 1, 1), Date::of(2024, 10, 1)),
                                  {.horizon = 4});
            }),
            "bad_period");
}

TEST(HorizonValue, of_a_book_that_knows_no_second_month_is_unknown) {
  const Book book =
      support::book_as_of("2024-02-01", {support::a_customer("a").on("pro").from("2024-01-05").at("10")});
  const HorizonValue value =
      horizon_value(book, months(Date::of(2024, 1, 1), Date::of(2024, 2, 1)), {.horizon = 2});
  EXPECT_EQ(value.outcome, Outcome::no_curve);
  EXPECT_FALSE(value.value);
}

TEST(HorizonValue, refuses_what_makes_no_sense) {
  const auto fit = fit_shifted_beta_geometric(regular);
  const AverageRevenue revenue{Money{100, usd}, 1};
  const double nan = std::nan("");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, revenue, {.horizon = 0}); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, revenue, {.horizon = 1, .growth = -1}); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, revenue, {.horizon = 1, .growth = nan}); }),
            "bad_number");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, revenue, {.horizon = 1, .discount_rate = -1}); }),
            "bad_number");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, revenue, {.horizon = 1}, 1.0); }), "bad_number");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, {Money{100, usd}, -1}, {.horizon = 1}); }), "bad_number");
  const AverageRevenue most{Money{std::numeric_limits<std::int64_t>::max(), usd}, 1};
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, most, {.horizon = 2}); }), "overflow");
  EXPECT_EQ(error_of([&] { (void)horizon_value(fit, revenue, {.horizon = 2000, .growth = 1}); }), "overflow");
}

}  // namespace
}  // namespace churn
