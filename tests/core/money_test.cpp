#include <churn/core/money.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include <limits>
#include <type_traits>

#include "churn/core/id.hpp"
#include "churn/core/run_rate.hpp"
#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::any_currency;
using core_test::any_int64;
using core_test::between;
using core_test::error_of;
using Integer = boost::multiprecision::cpp_int;
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();

static_assert(sizeof(Money) <= 16 && std::is_trivially_copyable_v<Money>);
static_assert(!std::is_default_constructible_v<Money>, "an amount without a currency can't be made");
static_assert(!std::is_constructible_v<Money, std::int64_t>);
static_assert(!std::is_convertible_v<std::int64_t, Money> && !std::is_convertible_v<Money, std::int64_t>);
static_assert(!std::is_convertible_v<Money, double> && !std::is_convertible_v<Money, bool>);
static_assert(core_test::Addable<Money, Money> && core_test::Subtractable<Money, Money>);
static_assert(!core_test::Addable<Money, int> && !core_test::Addable<int, Money>);
static_assert(!core_test::Addable<Money, RunRate> && !core_test::Addable<RunRate, Money>,
              "an amount and an amount a year do not add");
static_assert(!core_test::Comparable<Money, RunRate> && !core_test::Comparable<Money, int>);
static_assert(!std::is_constructible_v<Money, RunRate> && !std::is_constructible_v<RunRate, Money>);
static_assert(!core_test::Addable<Money, double> && !core_test::Multipliable<Money, double>);
static_assert(!core_test::Ordered<Money, Money>, "amounts of two currencies have no order");
static_assert(!core_test::Addable<Money, CustomerId>);

Currency usd() { return Currency("USD"); }

RC_GTEST_PROP(Money, survives_the_way_through_its_text, ()) {
  const auto units = *rc::gen::suchThat(any_int64(), [](std::int64_t value) { return value != lowest; });
  const Money amount(units, *any_currency());
  RC_ASSERT(Money::parse(amount.to_string(), amount.currency()) == amount);
}

TEST(Money, of_the_lowest_64_bit_amount_survives_the_way_through_its_text) {
  const Money amount(lowest, usd());
  EXPECT_EQ(amount.to_string(), "-92233720368547758.08");
  EXPECT_EQ(Money::parse(amount.to_string(), usd()), amount);
}

RC_GTEST_PROP(Money, prints_all_decimals_of_its_currency, ()) {
  const Money amount(*any_int64(), *any_currency());
  const std::string text = amount.to_string();
  const auto point = text.find('.');
  const auto decimals = static_cast<std::size_t>(amount.currency().decimals());
  RC_ASSERT((point == std::string::npos ? 0 : text.size() - point - 1) == decimals);
  RC_ASSERT((text.front() == '-') == (amount.minor_units() < 0));
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));  // Integer reads 0… as octal
  RC_ASSERT(Integer(digits) == abs(Integer{amount.minor_units()}));
}

RC_GTEST_PROP(Money, of_one_currency_adds_as_integers_do, ()) {
  const Currency currency = *any_currency();
  const auto a = *between<std::int64_t>(lowest / 4, highest / 4);
  const auto b = *between<std::int64_t>(lowest / 4, highest / 4);
  const auto c = *between<std::int64_t>(lowest / 4, highest / 4);
  const Money x(a, currency);
  const Money y(b, currency);
  const Money z(c, currency);
  RC_ASSERT(x + y == Money(a + b, currency));
  RC_ASSERT(x + y == y + x);
  RC_ASSERT((x + y) + z == x + (y + z));
  RC_ASSERT((x + y) - y == x);
  RC_ASSERT(x - x == Money(0, currency));
}

RC_GTEST_PROP(Money, of_two_currencies_never_adds_and_never_equals, ()) {
  const Currency one = *any_currency();
  const Currency other = *any_currency();
  RC_PRE(one != other);
  const auto units = *any_int64();
  const Money a(units, one);
  const Money b(units, other);
  RC_ASSERT(error_of([&] { (void)(a + b); }) == "currency_mismatch");
  RC_ASSERT(error_of([&] { (void)(a - b); }) == "currency_mismatch");
  RC_ASSERT(a != b);
}

TEST(Money, beyond_64_bits_throws_instead_of_wrapping) {
  const Money most(highest, usd());
  const Money least(lowest, usd());
  const Money cent(1, usd());
  EXPECT_EQ((Money(highest - 1, usd()) + cent), most);
  EXPECT_EQ(error_of([&] { (void)(most + cent); }), "overflow");
  EXPECT_EQ(error_of([&] { (void)(least - cent); }), "overflow");
  EXPECT_EQ(error_of([&] { (void)(Money(0, usd()) - least); }), "overflow");
  EXPECT_EQ(error_of([&] { (void)most.scaled(2, 1); }), "overflow");
  EXPECT_EQ(error_of([&] { (void)least.scaled(-1, 1); }), "overflow");
}

// Mixed currencies are the caller's mistake whatever the amounts are, so that answer comes first.
TEST(Money, of_two_currencies_is_a_mismatch_even_where_the_sum_would_overflow) {
  EXPECT_EQ(error_of([] { (void)(Money(highest, usd()) + Money(highest, Currency("EUR"))); }),
            "currency_mismatch");
}

RC_GTEST_PROP(Money, allocates_all_of_itself_in_parts_that_differ_by_a_minor_unit_at_most, ()) {
  const Money amount(*any_int64(), *any_currency());
  const auto parts = *between<std::size_t>(1, 50);
  const auto allocated = amount.allocate(parts);
  RC_ASSERT(allocated.size() == parts);
  Integer sum = 0;
  for (std::size_t i = 0; i < parts; ++i) {
    RC_ASSERT(allocated[i].currency() == amount.currency());
    if (i > 0) RC_ASSERT(allocated[i].minor_units() <= allocated[i - 1].minor_units());  // the larger first
    sum += allocated[i].minor_units();
  }
  RC_ASSERT(sum == amount.minor_units());
  RC_ASSERT(Integer{allocated.front().minor_units()} - allocated.back().minor_units() <= 1);
}

TEST(Money, allocated_to_three_gives_the_first_the_odd_cent) {
  const std::vector<Money> expected{{3334, usd()}, {3333, usd()}, {3333, usd()}};
  EXPECT_EQ(Money(10000, usd()).allocate(3), expected);
  const std::vector<Money> owed{{-33, usd()}, {-33, usd()}, {-34, usd()}};
  EXPECT_EQ(Money(-100, usd()).allocate(3), owed);
  EXPECT_EQ(error_of([] { (void)Money(100, usd()).allocate(0); }), "bad_number");
}

RC_GTEST_PROP(Money, scales_to_the_nearest_minor_unit_and_the_even_one_of_two, ()) {
  const Money amount(*any_int64(), usd());
  const auto numerator = *any_int64();
  const auto denominator = *rc::gen::suchThat(any_int64(), [](std::int64_t value) { return value > 0; });
  const Integer product = Integer{amount.minor_units()} * numerator;
  // Half a unit beyond the limits still rounds to them, or not: nothing is claimed there.
  RC_PRE(abs(abs(product) - Integer{highest} * denominator) > Integer{2} * denominator);
  if (abs(product) > Integer{highest} * denominator) {
    RC_ASSERT(error_of([&] { (void)amount.scaled(numerator, denominator); }) == "overflow");
    return;
  }
  const Money result = amount.scaled(numerator, denominator);
  const Integer twice_the_error = 2 * abs(product - Integer{result.minor_units()} * denominator);
  RC_ASSERT(result.currency() == amount.currency());
  RC_ASSERT(twice_the_error <= denominator);
  if (twice_the_error == denominator) RC_ASSERT(result.minor_units() % 2 == 0);
}

TEST(Money, scaled_goes_through_128_bits_and_rounds_once) {
  EXPECT_EQ(Money(highest, usd()).scaled(highest, highest), Money(highest, usd()));
  EXPECT_EQ(Money(lowest, usd()).scaled(highest, highest), Money(lowest, usd()));
  EXPECT_EQ(error_of([] { (void)Money(lowest, usd()).scaled(-highest, highest); }), "overflow");  // 2^63
}

TEST(Money, scaled_by_a_denominator_that_is_not_positive_is_refused) {
  EXPECT_EQ(error_of([] { (void)Money(1, usd()).scaled(1, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)Money(1, usd()).scaled(1, -1); }), "bad_number");
}

TEST(Money, reads_major_units_of_its_currency) {
  EXPECT_EQ(Money::parse("49.90", usd()), Money(4990, usd()));
  EXPECT_EQ(Money::parse("49.9", usd()), Money(4990, usd()));
  EXPECT_EQ(Money::parse("-0.05", usd()), Money(-5, usd()));
  EXPECT_EQ(Money::parse("12000", Currency("JPY")), Money(12000, Currency("JPY")));
  EXPECT_EQ(Money::parse("1.234", Currency("KWD")), Money(1234, Currency("KWD")));
  EXPECT_EQ(Money::parse("92233720368547758.07", usd()), Money(highest, usd()));
  EXPECT_EQ(Money(1000, Currency("JPY")).to_string(), "1000");
  EXPECT_EQ(Money(-5, usd()).to_string(), "-0.05");
  EXPECT_EQ(Money(1, Currency("KWD")).to_string(), "0.001");
}

TEST(Money, text_that_is_no_amount_of_its_currency_is_empty) {
  EXPECT_FALSE(Money::parse("49.905", usd()));
  EXPECT_FALSE(Money::parse("0.5", Currency("JPY")));
  EXPECT_FALSE(Money::parse("92233720368547758.08", usd()));
  EXPECT_FALSE(Money::parse("9223372036854775807", usd()));  // fits as a number, not in cents
  for (const char* text : {"", "-", "1,000.00", "$5", "5 USD", "1e3", " 5", "nan"})
    EXPECT_FALSE(Money::parse(text, usd())) << text;
}

// "No double goes in": braces refuse to narrow, but Money(49.9, usd) would compile and quietly be 49 cents.
TEST(Money, is_not_made_from_a_double) {
  EXPECT_FALSE((std::is_constructible_v<Money, double, Currency>));
  EXPECT_FALSE((std::is_constructible_v<Money, float, Currency>));
}

}  // namespace
}  // namespace churn
