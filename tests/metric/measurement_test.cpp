#include <churn/metric/measurement.hpp>

#include <churn/stats/wilson.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "support/build_book.hpp"

namespace churn {
namespace {

const Currency usd{"USD"};
const Currency jpy{"JPY"};
const Currency kwd{"KWD"};

RunRate dollars_a_month(std::int64_t cents) { return {cents * ticks_per_minor_unit_a_month, usd}; }

TEST(Measurement, a_proportion_carries_counts_a_value_and_an_interval) {
  const Measurement m = to_measurement(Proportion{12, 200}, 0.95);
  EXPECT_EQ(m.numerator, 12);
  EXPECT_EQ(m.denominator, 200);
  EXPECT_EQ(m.numerator_unit, Unit::count);
  EXPECT_EQ(m.value, 0.06);
  ASSERT_TRUE(m.interval);
  EXPECT_EQ(*m.interval, *wilson_interval(12, 200, 0.95));
  EXPECT_LT(m.interval->high, to_measurement(Proportion{12, 200}, 0.99).interval->high);
}

TEST(Measurement, an_empty_base_has_neither_value_nor_interval) {
  for (const Measurement& m :
       {to_measurement(Proportion{0, 0}, 0.95), to_measurement(AnnualisedRate{Proportion{0, 0}, 30}, 0.95),
        to_measurement(Ratio{5, 0}, 0.95),
        to_measurement(RunRateRatio{dollars_a_month(5), dollars_a_month(0)}, 0.95),
        to_measurement(RunRatePerCustomer{dollars_a_month(5), 0}, 0.95),
        to_measurement(ExposureRate{0, 0}, 0.95)}) {
    EXPECT_EQ(m.value, std::nullopt);
    EXPECT_EQ(m.interval, std::nullopt);
    EXPECT_EQ(m.denominator, 0);
  }
}

TEST(Measurement, a_ratio_may_be_negative_or_above_one_and_has_no_interval) {
  const Measurement m = to_measurement(RunRateRatio{dollars_a_month(-500), dollars_a_month(10'000)}, 0.95);
  EXPECT_EQ(m.value, -0.05);
  EXPECT_EQ(m.numerator_unit, Unit::run_rate);
  EXPECT_EQ(m.denominator_unit, Unit::run_rate);
  EXPECT_EQ(m.interval, std::nullopt);
  EXPECT_EQ(to_measurement(Ratio{3, 2}, 0.95).value, 1.5);
}

TEST(Measurement, mrr_a_customer_is_in_major_units_and_exact_as_money) {
  const RunRatePerCustomer arpa{dollars_a_month(10'000), 3};
  EXPECT_EQ(arpa.value()->to_string(), "33.33");
  EXPECT_EQ((RunRatePerCustomer{dollars_a_month(10'001), 2}.value()->to_string()), "50.00")
      << "50.005 goes to the even cent.";
  EXPECT_EQ((RunRatePerCustomer{dollars_a_month(10'003), 2}.value()->to_string()), "50.02");
  EXPECT_DOUBLE_EQ(to_measurement(arpa, 0.95).value.value(), 100.0 / 3);
  EXPECT_EQ(to_measurement(arpa, 0.95).denominator_unit, Unit::count);
}

TEST(Measurement, a_run_rate_is_shown_a_year_and_divides_nothing) {
  const Measurement m = to_measurement(dollars_a_month(10'000), 0.95);
  EXPECT_EQ(m.value, 1200.0);
  EXPECT_EQ(m.numerator_unit, Unit::annual_run_rate);
  EXPECT_EQ(m.denominator_unit, Unit::none);
  EXPECT_EQ(to_measurement(RunRate{12'000 * ticks_per_minor_unit_a_year, jpy}, 0.95).value, 12'000.0)
      << "Yen have no decimals.";
  EXPECT_EQ(to_measurement(RunRate{12'000 * ticks_per_minor_unit_a_year, kwd}, 0.95).value, 12.0)
      << "Dinars have three.";
}

TEST(Measurement, annualising_compounds_and_never_multiplies) {
  const AnnualisedRate monthly{Proportion{2, 100}, 30};
  // The same formula, written with a product of logarithms; both are within a few roundings of the truth.
  EXPECT_NEAR(monthly.value().value(), -std::expm1(365.0 / 30 * std::log1p(-0.02)), 1e-14);
  EXPECT_LT(monthly.value().value(), 0.02 * 365 / 30);
  EXPECT_EQ((AnnualisedRate{Proportion{100, 100}, 30}.value()), 1.0);
  EXPECT_EQ((AnnualisedRate{Proportion{0, 100}, 30}.value()), 0.0);
  EXPECT_EQ((AnnualisedRate{Proportion{7, 100}, 365}.value()), 1 - std::pow(1 - 0.07, 1.0));
  const Interval ends = monthly.interval().value();
  EXPECT_LT(ends.low, monthly.value().value());
  EXPECT_GT(ends.high, monthly.value().value());
  EXPECT_LE(ends.high, 1.0);
}

TEST(Measurement, one_percent_lost_each_day_for_a_month_of_30_days_is_26_percent) {
  const AnnualisedRate daily{Proportion{1, 100}, 1};
  EXPECT_NEAR(1 - std::pow(1 - daily.rate.value().value(), 30), 0.260, 0.0005)
      << "To the digits of the definition.";
}

TEST(Measurement, exposure_is_departures_for_30_days_of_presence) {
  EXPECT_EQ((ExposureRate{3, 900}.value()), 0.1);
  EXPECT_EQ((ExposureRate{0, 900}.value()), 0.0);
  const Measurement m = to_measurement(ExposureRate{3, 900}, 0.95);
  EXPECT_EQ(m.numerator, 3);
  EXPECT_EQ(m.denominator, 900);
  EXPECT_EQ(m.interval, std::nullopt) << "A customer may depart more than once.";
}

TEST(Measurement, cells_show_counts_money_or_ticks) {
  const std::int64_t ticks = 10'000 * ticks_per_minor_unit_a_month;
  EXPECT_EQ(to_text(to_cell(7, Unit::count, usd, false)), "7");
  EXPECT_EQ(to_text(to_cell(ticks, Unit::run_rate, usd, false)), "100.00");
  EXPECT_EQ(to_text(to_cell(ticks, Unit::annual_run_rate, usd, false)), "1200.00");
  EXPECT_EQ(to_text(to_cell(ticks, Unit::run_rate, usd, true)), "43200000");
  EXPECT_EQ(to_text(to_cell(ticks, Unit::annual_run_rate, usd, true)), "43200000");
  EXPECT_EQ(to_text(to_cell(ticks, Unit::none, usd, true)), "");
}

TEST(Measurement, a_count_and_a_monthly_revenue_are_shown_as_what_they_are) {
  const Measurement count = to_measurement(Count{7}, {});
  EXPECT_EQ(count.value, 7.0);
  EXPECT_EQ(count.denominator_unit, Unit::none);
  const Measurement mrr = to_measurement(MonthlyRevenue{dollars_a_month(10'050)}, {});
  EXPECT_EQ(mrr.value, 100.5);
  EXPECT_EQ(mrr.numerator_unit, Unit::run_rate);
}

}  // namespace
}  // namespace churn
