#include <churn/core/decimal.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include <limits>
#include <random>
#include <string>
#include <type_traits>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::any_int64;
using core_test::between;
using core_test::error_of;
using Integer = boost::multiprecision::cpp_int;
using Problem = Decimal::Problem;
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();

static_assert(std::is_trivially_copyable_v<Decimal> && sizeof(Decimal) <= 16);
static_assert(Decimal{} == Decimal{0} && Decimal{150, 2} == Decimal{15, 1} && Decimal{0, 5}.scale() == 0);
static_assert(std::is_convertible_v<int, Decimal>, "20 is a Decimal");
static_assert(!core_test::Addable<Decimal, Decimal>,
              "sums are taken of Money and RunRate, where they are checked");
static_assert(!std::is_convertible_v<Decimal, double> && !std::is_convertible_v<Decimal, std::int64_t>);

Decimal any_decimal() {
  const auto coefficient =
      *rc::gen::suchThat(any_int64(), [](std::int64_t value) { return value != lowest; });
  return Decimal{coefficient, *between(0, Decimal::max_scale + 1)};
}

RC_GTEST_PROP(Decimal, survives_the_way_through_its_text, ()) {
  const Decimal number = any_decimal();
  auto problem = Problem::not_a_number;
  RC_ASSERT(Decimal::parse(number.to_string(), &problem) == number);
  RC_ASSERT(problem == Problem::none);
}

RC_GTEST_PROP(Decimal, is_one_value_however_many_zeros_trail, ()) {
  const auto coefficient = *between<std::int64_t>(-1'000'000, 1'000'001);
  const int scale = *between(0, 7);
  Decimal padded{coefficient, scale};
  std::int64_t factor = 1;
  for (int zeros = 0; zeros + scale <= Decimal::max_scale && zeros < 6; ++zeros, factor *= 10)
    RC_ASSERT(Decimal(coefficient * factor, scale + zeros) == padded);
  RC_ASSERT(padded.scale() == 0 || padded.coefficient() % 10 != 0);
}

// Digits are drawn as text and their value is worked out by big integers: digits / 10^decimals.
RC_GTEST_PROP(Decimal, reads_the_value_that_its_digits_spell_or_says_why_not, ()) {
  const auto digits = [](int low, int high) {
    std::string text;
    for (int n = *between(low, high); n > 0; --n)
      text += *rc::gen::weightedElement<char>({{4, '0'}, {1, '1'}, {1, '5'}, {1, '9'}});
    return text;
  };
  const std::string whole = digits(1, 22);
  const std::string fraction = digits(0, 16);
  const std::string sign = *rc::gen::element<std::string>("", "-", "+");
  Problem problem{};
  const auto number = Decimal::parse(sign + whole + (fraction.empty() ? "" : "." + fraction), &problem);

  Integer value = 0;
  for (const char digit : whole + fraction) value = value * 10 + (digit - '0');
  auto scale = static_cast<int>(fraction.size());
  while (scale > 0 && value % 10 == 0) {
    value /= 10;
    --scale;
  }
  if (value > highest || scale > Decimal::max_scale) {
    RC_ASSERT(!number);
    RC_ASSERT(problem == Problem::out_of_range);
    return;
  }
  RC_ASSERT(number.has_value());
  RC_ASSERT(number->scale() == scale);
  RC_ASSERT(number->coefficient() == (sign == "-" ? Integer{-value} : value));
  RC_ASSERT(number->is_negative() == (sign == "-" && value != 0));
}

TEST(Decimal, text_that_is_no_plain_number_is_empty) {
  for (const char* text : {"",    "-",   "+",   ".",    "-.", "1.",  "-1.",   "1..2",  "1.2.3", "--1",
                           "+-1", "1-",  "1e5", "1E5",  " 1", "1 ",  "1,000", "1'000", "1_000", "0x10",
                           "nan", "NaN", "inf", "-inf", "$1", "1\n", "٣",     "1.5f"}) {
    auto problem = Problem::none;
    EXPECT_FALSE(Decimal::parse(text, &problem)) << text;
    EXPECT_EQ(problem, Problem::not_a_number) << text;
  }
  EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

// The header promises "an optional sign, digits, optionally a point and digits".
TEST(Decimal, text_without_a_digit_before_the_point_is_empty) {
  EXPECT_FALSE(Decimal::parse(".5"));
  EXPECT_FALSE(Decimal::parse("-.5"));
}

TEST(Decimal, that_is_not_a_number_is_said_so_even_where_its_digits_would_not_fit) {
  Problem problem{};
  EXPECT_FALSE(Decimal::parse("99999999999999999999x", &problem));
  EXPECT_EQ(problem, Problem::not_a_number);
}

TEST(Decimal, reads_as_far_as_64_bits_and_12_decimals_reach) {
  EXPECT_EQ(Decimal::parse("9223372036854775807"), Decimal(highest));
  EXPECT_EQ(Decimal::parse("-9223372036854775807"), Decimal(-highest));
  EXPECT_EQ(Decimal::parse("0.000000000001"), Decimal(1, 12));
  EXPECT_EQ(Decimal::parse("1.500000000000000000000000000"), Decimal(15, 1));
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "0.0000000000001",
                           "99999999999999999999999999", "922337203685477580.71", "9999999999.9999999999"}) {
    Problem problem{};
    EXPECT_FALSE(Decimal::parse(text, &problem)) << text;
    EXPECT_EQ(problem, Problem::out_of_range) << text;
  }
}

TEST(Decimal, zero_has_no_sign) {
  EXPECT_EQ(Decimal::parse("-0.00"), Decimal{});
  EXPECT_EQ(Decimal{}.to_string(), "0");
  EXPECT_FALSE(Decimal::parse("-0")->is_negative());
}

// Short texts without a sign are read eight characters at once, others one by one.
TEST(Decimal, reads_short_numbers_as_it_reads_the_same_with_zeros_before_them) {
  std::mt19937 random(7);
  for (int round = 0; round < 300000; ++round) {
    std::string text;
    for (std::size_t size = random() % 9; size > 0; --size)
      text += "000123456789..x-"[random() % (round % 4 == 0 ? 16 : 13)];
    const bool begins_with_digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (!begins_with_digit) continue;
    ASSERT_EQ(Decimal::parse(text), Decimal::parse("000000000" + text)) << text;
  }
}

TEST(Decimal, prints_what_people_write) {
  EXPECT_EQ(Decimal(45, 4).to_string(), "0.0045");
  EXPECT_EQ(Decimal(-125, 1).to_string(), "-12.5");
  EXPECT_EQ(Decimal(4900, 2).to_string(), "49");
  EXPECT_EQ(Decimal(-5, 12).to_string(), "-0.000000000005");
}

TEST(Decimal, with_a_scale_outside_of_0_to_12_is_refused) {
  EXPECT_EQ(error_of([] { (void)Decimal(1, -1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)Decimal(1, 13); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)Decimal(10, 13); }), "bad_number");
}

// |coefficient| < 2^63: the lowest 64-bit integer has no counterpart, and could be printed but not read back.
TEST(Decimal, of_the_lowest_integer_is_refused_or_can_be_read_back) {
  std::optional<Decimal> number;
  if (error_of([&] { number = Decimal(lowest); }) == "bad_number") return;
  EXPECT_EQ(Decimal::parse(number.value().to_string()), number);
}

// "No double ever touches an amount": Decimal{12.5} is narrowing, but `discount_percent = 12.5` would
// compile and quietly be 12.
TEST(Decimal, is_not_made_from_a_double) {
  EXPECT_FALSE((std::is_convertible_v<double, Decimal>));
  EXPECT_FALSE((std::is_constructible_v<Decimal, double>));
  EXPECT_FALSE((std::is_constructible_v<Decimal, float, int>));
}

}  // namespace
}  // namespace churn
