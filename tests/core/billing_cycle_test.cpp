#include <churn/core/billing_cycle.hpp>

#include <gtest/gtest.h>

#include <type_traits>

namespace churn {
namespace {

static_assert(sizeof(BillingInterval) == 1 && std::is_trivially_copyable_v<BillingCycle>);
static_assert(BillingCycle{} == BillingCycle{BillingInterval::month, 1},
              "a price is a month's unless said otherwise");
static_assert(!std::is_convertible_v<BillingInterval, int> && !std::is_convertible_v<int, BillingInterval>);

TEST(BillingInterval, names_are_its_enumerators_and_are_read_back) {
  std::size_t count = 0;
  for (const auto& line : {"day", "week", "month", "quarter", "half_year", "year"}) {
    const auto interval = static_cast<BillingInterval>(count++);
    EXPECT_EQ(billing_interval_name(interval), line);
    EXPECT_EQ(parse_billing_interval(line), interval);
  }
  EXPECT_EQ(count, Normalisation{}.per_year.size());
}

TEST(BillingInterval, of_another_name_is_empty) {
  for (const char* name : {"", "Month", "MONTHLY", "monthly", "months", "month ", "halfyear", "biannual",
                           "annual", "NO_BILLING_PERIOD", "hour"})
    EXPECT_FALSE(parse_billing_interval(name)) << name;
}

TEST(Normalisation, takes_a_year_for_12_months_52_weeks_and_365_days) {
  const Normalisation standard;
  EXPECT_EQ(standard[BillingInterval::day], (Fraction{365, 1}));
  EXPECT_EQ(standard[BillingInterval::week], (Fraction{52, 1}));
  EXPECT_EQ(standard[BillingInterval::month], (Fraction{12, 1}));
  EXPECT_EQ(standard[BillingInterval::quarter], (Fraction{4, 1}));
  EXPECT_EQ(standard[BillingInterval::half_year], (Fraction{2, 1}));
  EXPECT_EQ(standard[BillingInterval::year], (Fraction{1, 1}));
}

TEST(Normalisation, is_data_of_which_one_factor_can_differ) {
  Normalisation house;
  house.per_year[static_cast<std::size_t>(BillingInterval::week)] = {1461, 28};  // 365.25 / 7
  EXPECT_NE(house, Normalisation{});
  EXPECT_EQ(house[BillingInterval::week], (Fraction{1461, 28}));
  EXPECT_EQ(house[BillingInterval::month], (Fraction{12, 1}));
}

}  // namespace
}  // namespace churn
