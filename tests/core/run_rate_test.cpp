#include <churn/core/run_rate.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include <algorithm>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

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
using Every = BillingInterval;
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();

static_assert(std::is_trivially_copyable_v<RunRate> && sizeof(RunRate) <= 16);
static_assert(!std::is_default_constructible_v<RunRate>);
static_assert(core_test::Addable<RunRate, RunRate> && core_test::Subtractable<RunRate, RunRate>);
static_assert(!core_test::Addable<RunRate, Money> && !core_test::Addable<Money, RunRate>);
static_assert(!core_test::Comparable<RunRate, Money> && !core_test::Addable<RunRate, int>);
static_assert(!std::is_convertible_v<RunRate, Money> && !std::is_convertible_v<RunRate, std::int64_t>);
static_assert(!core_test::Ordered<RunRate, RunRate> && !core_test::Multipliable<RunRate, double>);
static_assert(ticks_per_minor_unit_a_month == 4320);

Currency usd() { return Currency("USD"); }
Price dollars(const char* amount) { return {Decimal::parse(amount).value(), usd()}; }
constexpr BillingCycle weekly{Every::week, 1};
constexpr BillingCycle daily{Every::day, 1};
constexpr BillingCycle monthly{Every::month, 1};
constexpr BillingCycle yearly{Every::year, 1};

std::string mrr(const RunRate& rate) { return rate.mrr().to_string(); }

// The worked figures of DEFINITIONS, section 5.
TEST(RunRate, of_1200_a_year_shows_100_a_month_and_of_600_shows_50) {
  EXPECT_EQ(mrr(run_rate(dollars("1200"), 1, yearly)), "100.00");
  EXPECT_EQ(mrr(run_rate(dollars("600"), 1, yearly)), "50.00");
}

TEST(RunRate, of_a_hundred_at_100_a_month_and_fifty_at_600_a_year_shows_12500) {
  RunRate total(0, usd());
  for (int i = 0; i < 100; ++i) total = total + run_rate(dollars("100"), 1, monthly);
  for (int i = 0; i < 50; ++i) total = total + run_rate(dollars("600"), 1, yearly);
  EXPECT_EQ(mrr(total), "12500.00");
  EXPECT_EQ(total, run_rate(dollars("100"), 100) + run_rate(dollars("600"), 50, yearly));
}

TEST(RunRate, of_four_at_500_a_year_shows_166_67_a_month) {
  EXPECT_EQ(mrr(run_rate(dollars("500"), 4, yearly)), "166.67");
  const RunRate one = run_rate(dollars("500"), 1, yearly);
  EXPECT_EQ(mrr(one + one + one + one), "166.67");  // not 4 x 41.67 = 166.68
}

TEST(RunRate, of_a_weekly_price_of_ten_shows_43_33_a_month) {
  EXPECT_EQ(mrr(run_rate(dollars("10.00"), 1, weekly)), "43.33");
}

TEST(RunRate, of_a_daily_price_of_ten_shows_304_17_a_month) {
  EXPECT_EQ(mrr(run_rate(dollars("10.00"), 1, daily)), "304.17");
}

TEST(RunRate, of_2400_for_two_years_shows_100_a_month) {
  EXPECT_EQ(mrr(run_rate(dollars("2400.00"), 1, {Every::year, 2})), "100.00");
  EXPECT_EQ(mrr(run_rate(dollars("2400.00"), 1, {Every::month, 24})), "100.00");
}

TEST(RunRate, of_12000_yen_a_year_shows_1000_a_month) {
  EXPECT_EQ(mrr(run_rate(Price(12000, Currency("JPY")), 1, yearly)), "1000");
}

TEST(RunRate, of_three_customers_at_1000_a_year_shows_250_00_and_not_249_99) {
  const RunRate one = run_rate(dollars("1000.00"), 1, yearly);
  EXPECT_EQ(mrr(one), "83.33");
  EXPECT_EQ(mrr(one + one + one), "250.00");
}

TEST(RunRate, of_a_discount_above_the_price_is_zero) {
  EXPECT_EQ(run_rate(dollars("50"), 1, monthly, Decimal(150)).ticks(), 0);
  EXPECT_EQ(run_rate(dollars("50"), 1, monthly, Decimal(100)).ticks(), 0);
  EXPECT_EQ(run_rate(dollars("50"), 1, monthly, Decimal::parse("100.000001").value()).ticks(), 0);
  EXPECT_EQ(run_rate(dollars("50"), 1, monthly, Decimal(highest)).ticks(), 0);
}

TEST(RunRate, of_a_price_below_zero_is_zero) {
  EXPECT_EQ(run_rate(dollars("-50"), 3, monthly).ticks(), 0);
  EXPECT_EQ(run_rate(dollars("-0.0001"), 3, daily, Decimal(10)).ticks(), 0);
}

TEST(RunRate, rounds_once_for_the_phase_and_never_per_unit) {
  // 1000 calls at 0.0045 are 4.50 a month; rounded per unit they would be nothing.
  EXPECT_EQ(mrr(run_rate(dollars("0.0045"), 1000, monthly)), "4.50");
  // 20 % off 9.99: 7.992 a month, 95.904 a year
  EXPECT_EQ(run_rate(dollars("9.99"), 1, monthly, Decimal(20)).ticks(), 3'452'544);
  EXPECT_EQ(run_rate(dollars("9.99"), 1, monthly, Decimal(20)).arr().to_string(), "95.90");
}

TEST(RunRate, shows_a_month_and_a_year_of_the_same_ticks) {
  const RunRate rate(5 * 360, usd());  // 5 cents a year
  EXPECT_EQ(rate.arr(), Money(5, usd()));
  EXPECT_EQ(rate.mrr(), Money(0, usd()));
  EXPECT_EQ(RunRate(2160, usd()).mrr(), Money(0, usd()));  // half a cent: to the even cent
  EXPECT_EQ(RunRate(2161, usd()).mrr(), Money(1, usd()));
  EXPECT_EQ(RunRate(3 * 2160, usd()).mrr(), Money(2, usd()));
  EXPECT_EQ(RunRate(-2161, usd()).mrr(), Money(-1, usd()));
}

Price any_price() {
  const auto coefficient = *rc::gen::oneOf(
      between<std::int64_t>(1, 1000), between<std::int64_t>(1, 10'000'000'000),
      rc::gen::map(between<std::int64_t>(1, 1'000'000), [](std::int64_t n) { return n * 100; }));
  return {Decimal{coefficient, *between(0, Decimal::max_scale + 1)}, *any_currency()};
}

BillingInterval any_interval() { return static_cast<BillingInterval>(*between(0, 6)); }

Normalisation any_normalisation() {
  Normalisation result;
  if (*between(0, 2) == 0) return result;
  for (Fraction& per_year : result.per_year)
    per_year = {*between<std::int64_t>(1, 2000), *between<std::int64_t>(1, 100)};
  return result;
}

// The definition, in big integers: the nearest whole number of ticks, and of two the even one.
RC_GTEST_PROP(RunRate, in_ticks_is_the_definition_rounded_half_even_once, ()) {
  const Price price = any_price();
  const auto quantity = *rc::gen::oneOf(between<std::int64_t>(1, 5), between<std::int64_t>(1, 2'000'000));
  const BillingCycle cycle{any_interval(), *rc::gen::oneOf(between(1, 13), between(1, 5000))};
  const Decimal discount{*between<std::int64_t>(0, 10'000), 2};  // 0 % to 99.99 %
  const Normalisation normalisation = any_normalisation();
  const auto ticks = run_rate_ticks(price, quantity, cycle, discount, normalisation);

  const auto power = [](int exponent) -> Integer {
    return pow(Integer{10}, static_cast<unsigned>(exponent));
  };
  const Fraction per_year = normalisation[cycle.interval];
  const Integer hundred = 100 * power(discount.scale());
  const Integer numerator = Integer{price.amount.coefficient()} * power(price.currency.decimals()) *
                            quantity * per_year.numerator * 360 * (hundred - discount.coefficient());
  const Integer denominator = power(price.amount.scale()) * cycle.count * per_year.denominator * hundred;
  if (numerator > denominator * (Integer{max_phase_ticks} + 1)) {
    RC_ASSERT(!ticks);
    return;
  }
  RC_ASSERT(ticks.has_value());
  const Integer twice_the_error = 2 * abs(numerator - Integer{*ticks} * denominator);
  RC_ASSERT(twice_the_error <= denominator);
  if (twice_the_error == denominator) RC_ASSERT(*ticks % 2 == 0);
}

RC_GTEST_PROP(RunRate, is_exact_for_every_number_of_months_that_divides_4320, ()) {
  const Money amount(*between<std::int64_t>(1, 1'000'000'000), *any_currency());
  const auto quantity = *between<std::int64_t>(1, 1000);
  const auto count = *rc::gen::suchThat(between(1, 4321), [](int n) { return 4320 % n == 0; });
  const auto ticks = run_rate(amount, quantity, {Every::month, count}).ticks();
  RC_ASSERT(Integer{ticks} * count == Integer{amount.minor_units()} * quantity * 4320);
}

RC_GTEST_PROP(RunRate, is_exact_for_every_single_interval, ()) {
  const Money amount(*between<std::int64_t>(1, 1'000'000'000), *any_currency());
  const BillingInterval interval = any_interval();
  const auto ticks = run_rate(amount, 1, {interval, 1}).ticks();
  RC_ASSERT(ticks == amount.minor_units() * Normalisation{}[interval].numerator * 360);
}

RC_GTEST_PROP(RunRate, is_the_same_for_a_cycle_said_in_other_words, ()) {
  const Price price = any_price();
  const Decimal discount{*between<std::int64_t>(0, 10'000), 2};
  const auto count = *between(1, 37);
  const auto ticks = [&](BillingInterval interval, std::int32_t n) {
    return run_rate_ticks(price, 3, {interval, n}, discount);
  };
  RC_ASSERT(ticks(Every::year, count) == ticks(Every::month, 12 * count));
  RC_ASSERT(ticks(Every::half_year, count) == ticks(Every::month, 6 * count));
  RC_ASSERT(ticks(Every::quarter, count) == ticks(Every::month, 3 * count));
  RC_ASSERT(ticks(Every::year, count) == ticks(Every::week, 52 * count));
  RC_ASSERT(ticks(Every::year, count) == ticks(Every::day, 365 * count));
}

RC_GTEST_PROP(RunRate, grows_with_quantity_and_falls_with_discount, ()) {
  const Price price(Decimal{*between<std::int64_t>(1, 1'000'000), 2}, usd());
  const BillingCycle cycle{any_interval(), *between(1, 13)};
  const auto quantity = *between<std::int64_t>(0, 2000);
  const auto discount = *between<std::int64_t>(0, 12'000);
  const auto ticks = [&](std::int64_t n, std::int64_t off) {
    return run_rate(price, n, cycle, Decimal{off, 2}).ticks();
  };
  RC_ASSERT(ticks(quantity, discount) >= 0);
  RC_ASSERT(ticks(quantity, discount) <= ticks(quantity + 1, discount));
  RC_ASSERT(ticks(quantity, discount) >= ticks(quantity, discount + 1));
}

RC_GTEST_PROP(RunRate, of_no_discount_is_that_of_a_discount_of_zero_by_the_long_way, ()) {
  // A discount of 10^-12 % takes the arbitrary-precision path. It takes off less than half of a tick from
  // the 10^6 x 100 x 365 x 360 ticks that there can be here, so the result rounds to the same whole tick.
  const Money amount(*between<std::int64_t>(1, 1'000'000), usd());
  const auto quantity = *between<std::int64_t>(1, 100);
  const BillingCycle cycle{any_interval(), 1};
  RC_ASSERT(run_rate_ticks(amount, quantity, cycle) ==
            run_rate_ticks(amount, quantity, cycle, Decimal(1, 12)));
}

TEST(RunRate, of_nothing_is_zero) {
  EXPECT_EQ(run_rate(dollars("10"), 0).ticks(), 0);
  EXPECT_EQ(run_rate(dollars("0"), 10).ticks(), 0);
  EXPECT_EQ(run_rate(dollars("0"), highest, daily, Decimal(10)).ticks(), 0);
}

TEST(RunRate, of_one_phase_reaches_2_to_the_56_and_not_beyond) {
  const BillingCycle cycle{Every::month, 4320};  // one tick a minor unit
  const Money most(max_phase_ticks, usd());
  EXPECT_EQ(run_rate_ticks(most, 1, cycle), max_phase_ticks);
  EXPECT_EQ(run_rate_ticks(most + Money(1, usd()), 1, cycle), std::nullopt);
  EXPECT_EQ(error_of([&] { (void)run_rate(most + Money(1, usd()), 1, cycle); }), "overflow");
  EXPECT_EQ(run_rate_ticks(Price(Decimal(highest), Currency("CLF")), highest, daily), std::nullopt);
  // What is beyond before the discount may be within after it.
  EXPECT_EQ(run_rate_ticks(Money(2 * max_phase_ticks, usd()), 1, cycle, Decimal(50)), max_phase_ticks);
}

TEST(RunRate, limit_is_the_same_on_the_short_way) {
  // Amounts below 2^31 of few units are reckoned in 64 bits: 2^30 x 1000 x 365 x 360 ticks is beyond 2^56.
  EXPECT_EQ(run_rate_ticks(Money(std::int64_t{1} << 30, usd()), 1000, daily), std::nullopt);
}

TEST(RunRate, of_what_can_not_be_a_price_is_refused) {
  EXPECT_EQ(error_of([] { (void)run_rate(dollars("10"), -1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)run_rate(dollars("10"), 1, {Every::month, 0}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)run_rate(dollars("10"), 1, {Every::month, -3}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)run_rate(dollars("10"), 1, monthly, Decimal(-1)); }), "bad_number");
}

RC_GTEST_PROP(RunRate, of_one_currency_adds_exactly_or_throws, ()) {
  const auto a = *any_int64();
  const auto b = *any_int64();
  const RunRate x(a, usd());
  const RunRate y(b, usd());
  const auto check = [&](const Integer& exact, auto operation) {
    if (exact < lowest || exact > highest)
      RC_ASSERT(error_of([&] { (void)operation(); }) == "overflow");
    else
      RC_ASSERT(operation() == RunRate(static_cast<std::int64_t>(exact), usd()));
  };
  check(Integer{a} + b, [&] { return x + y; });
  check(Integer{a} - b, [&] { return x - y; });
}

TEST(RunRate, of_two_currencies_never_adds) {
  const RunRate dollar_rate(1, usd());
  const RunRate euro_rate(1, Currency("EUR"));
  EXPECT_EQ(error_of([&] { (void)(dollar_rate + euro_rate); }), "currency_mismatch");
  EXPECT_EQ(error_of([&] { (void)(dollar_rate - euro_rate); }), "currency_mismatch");
  EXPECT_NE(dollar_rate, euro_rate);
}

TEST(RunRate, follows_the_normalisation_that_it_is_given) {
  Normalisation four_weeks_a_month;
  four_weeks_a_month.per_year[static_cast<std::size_t>(Every::week)] = {48, 1};
  EXPECT_EQ(mrr(run_rate(dollars("10"), 1, weekly, {}, four_weeks_a_month)), "40.00");
  Normalisation astronomical;
  astronomical.per_year[static_cast<std::size_t>(Every::week)] = {1461, 28};
  EXPECT_EQ(mrr(run_rate(dollars("10"), 1, weekly, {}, astronomical)), "43.48");
}

TEST(RunRate, is_not_made_from_a_double) {
  EXPECT_FALSE((std::is_constructible_v<RunRate, double, Currency>));
}

// Kill Bill's analytics plugin (Apache-2.0, commit de3f6c6, TestBusinessSubscription) publishes pairs of
// price and MRR, each MRR rounded half-up to 4 decimals. Our ticks are exact there, so the same rounding of
// the rational number ticks / 4320 / 100 has to give the same text, without any tolerance.
std::string rounded_half_up_to_4_decimals(const RunRate& rate) {
  const Integer numerator = Integer{rate.ticks()} * 10'000;
  const Integer denominator = Integer{ticks_per_minor_unit_a_month} * 100;
  return format_minor_units(static_cast<std::int64_t>((2 * numerator + denominator) / (2 * denominator)), 4);
}

struct PublishedMrr {
  std::string billing_period;
  std::string price;
  std::string mrr;
};

/// Kill Bill's names. NO_BILLING_PERIOD is not among them: what is never billed again is a one-off charge,
/// which is no MRR here, so it has no interval at all.
const std::map<std::string, BillingInterval> kill_bill_periods{{"MONTHLY", Every::month},
                                                               {"ANNUAL", Every::year}};

void expect_published(const PublishedMrr& published) {
  const RunRate rate =
      run_rate(dollars(published.price.c_str()), 1, {kill_bill_periods.at(published.billing_period), 1});
  EXPECT_EQ(rounded_half_up_to_4_decimals(rate), published.mrr)
      << published.billing_period << ' ' << published.price;
}

TEST(RunRate, equals_some_of_kill_bills_published_figures) {
  for (const PublishedMrr& published : std::vector<PublishedMrr>{{"MONTHLY", "2.9500", "2.9500"},
                                                                 {"MONTHLY", "549.0000", "549.0000"},
                                                                 {"ANNUAL", "18.2900", "1.5242"},
                                                                 {"ANNUAL", "19.9500", "1.6625"},
                                                                 {"ANNUAL", "29.9500", "2.4958"},
                                                                 {"ANNUAL", "59.0000", "4.9167"},
                                                                 {"ANNUAL", "599.9500", "49.9958"},
                                                                 {"ANNUAL", "5499.0000", "458.2500"}})
    expect_published(published);
  EXPECT_FALSE(parse_billing_interval("NO_BILLING_PERIOD"));
}

#ifdef CHURN_ORACLES_DIR
TEST(RunRate, equals_all_of_kill_bills_published_figures) {
  std::ifstream in(std::string(CHURN_ORACLES_DIR) +
                   "/mrr_published_fixtures/killbill_mrr_by_billing_period.csv");
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  ASSERT_EQ(line, "billing_period,price,expected_mrr_4dp");
  int rows = 0;
  int without_interval = 0;
  while (std::getline(in, line)) {
    const auto first = line.find(',');
    const auto second = line.find(',', first + 1);
    const PublishedMrr published{line.substr(0, first), line.substr(first + 1, second - first - 1),
                                 line.substr(second + 1)};
    ++rows;
    if (published.billing_period == "NO_BILLING_PERIOD") {
      EXPECT_FALSE(parse_billing_interval(published.billing_period));
      EXPECT_EQ(published.mrr, "0.0000");
      ++without_interval;
    } else {
      expect_published(published);
    }
  }
  EXPECT_EQ(rows, 63);
  EXPECT_EQ(without_interval, 4);
}
#endif

}  // namespace
}  // namespace churn
