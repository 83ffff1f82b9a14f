#include <churn/core/price.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <type_traits>

#include "churn/core/run_rate.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

static_assert(std::is_convertible_v<Money, Price>, "nothing is lost");
static_assert(!std::is_convertible_v<Price, Money>, "a price may have more decimals than an amount");
static_assert(!std::is_constructible_v<Price, RunRate> && !std::is_constructible_v<Price, Decimal>);
static_assert(!std::is_default_constructible_v<Price>);
static_assert(!core_test::Addable<Price, Price>, "sums are of run rates");

RC_GTEST_PROP(Price, of_an_amount_is_the_number_that_the_amount_prints, ()) {
  const Money amount(*core_test::between<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000),
                     *core_test::any_currency());
  const Price price = amount;
  RC_ASSERT(price.currency == amount.currency());
  RC_ASSERT(price.amount == Decimal::parse(amount.to_string()));
}

TEST(Price, keeps_more_decimals_than_its_currency_has) {
  const Price a_call(Decimal::parse("0.0045").value(), Currency("USD"));
  EXPECT_EQ(a_call.amount, Decimal(45, 4));
  EXPECT_NE(a_call, Price(Decimal(45, 4), Currency("EUR")));
}

TEST(Price, is_the_same_however_it_was_written) {
  const Currency usd("USD");
  EXPECT_EQ(Price(Money(5000, usd)), Price(50, usd));
  EXPECT_EQ(Price(Money(50, Currency("JPY"))), Price(50, Currency("JPY")));
}

// Price(2.5, usd) would compile by way of Decimal and quietly be 2.
TEST(Price, is_not_made_from_a_double) { EXPECT_FALSE((std::is_constructible_v<Price, double, Currency>)); }

}  // namespace
}  // namespace churn
