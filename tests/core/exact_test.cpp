#include <churn/core/exact.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include <limits>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::any_int64;
using core_test::error_of;
using Integer = boost::multiprecision::cpp_int;
using Limits = std::numeric_limits<std::int64_t>;
constexpr std::int64_t lowest = Limits::min();
constexpr std::int64_t highest = Limits::max();

static_assert(checked_add(highest, lowest) == -1);
static_assert(checked_subtract(lowest, lowest) == 0);
static_assert(checked_multiply(lowest, 1) == lowest);
static_assert(divide_half_even(5, 2) == 2 && divide_half_even(7, 2) == 4);
static_assert(divide_half_even(-5, 2) == -2 && divide_half_even(-7, 2) == -4);

/// A checked operation gives the exact result where 64 bits hold it, and else throws.
template <class Operation>
void expect_exact_or_overflow(const Integer& exact, Operation operation) {
  if (exact >= lowest && exact <= highest)
    RC_ASSERT(Integer{operation()} == exact);
  else
    RC_ASSERT(error_of([&] { (void)operation(); }) == "overflow");
}

RC_GTEST_PROP(Exact, sums_are_exact_or_throw, ()) {
  const auto a = *any_int64();
  const auto b = *any_int64();
  expect_exact_or_overflow(Integer{a} + b, [=] { return checked_add(a, b); });
}

RC_GTEST_PROP(Exact, differences_are_exact_or_throw, ()) {
  const auto a = *any_int64();
  const auto b = *any_int64();
  expect_exact_or_overflow(Integer{a} - b, [=] { return checked_subtract(a, b); });
}

RC_GTEST_PROP(Exact, products_are_exact_or_throw, ()) {
  const auto a = *any_int64();
  const auto b = *any_int64();
  expect_exact_or_overflow(Integer{a} * b, [=] { return checked_multiply(a, b); });
}

TEST(Exact, sums_and_products_reach_the_limits_and_not_beyond) {
  EXPECT_EQ(checked_add(highest - 1, 1), highest);
  EXPECT_EQ(checked_add(lowest + 1, -1), lowest);
  EXPECT_EQ(checked_subtract(-1, highest), lowest);
  EXPECT_EQ(checked_multiply(-(std::int64_t{1} << 62), 2), lowest);
  EXPECT_EQ(error_of([] { (void)checked_add(highest, 1); }), "overflow");
  EXPECT_EQ(error_of([] { (void)checked_add(lowest, -1); }), "overflow");
  EXPECT_EQ(error_of([] { (void)checked_subtract(0, lowest); }), "overflow");
  EXPECT_EQ(error_of([] { (void)checked_multiply(lowest, -1); }), "overflow");
  EXPECT_EQ(error_of([] { (void)checked_multiply(-1, lowest); }), "overflow");
}

// The nearest integer, and of two that are equally near the even one: that is all of the definition, so it is
// checked without a second way to divide.
RC_GTEST_PROP(Exact, half_even_division_gives_the_nearest_integer_and_the_even_one_of_two, ()) {
  const auto numerator = *any_int64();
  const auto denominator = *rc::gen::suchThat(any_int64(), [](std::int64_t value) { return value > 0; });
  const std::int64_t quotient = divide_half_even(numerator, denominator);
  const Integer twice_the_error = 2 * abs(Integer{numerator} - Integer{quotient} * denominator);
  RC_ASSERT(twice_the_error <= denominator);
  if (twice_the_error == denominator) RC_ASSERT(quotient % 2 == 0);
}

// Random numbers rarely tie, so ties are made: (2k + 1) d / 2d lies half-way between k and k + 1.
RC_GTEST_PROP(Exact, half_even_division_sends_every_tie_to_the_even_neighbour, ()) {
  const auto k = *core_test::between<std::int64_t>(-1'000'000, 1'000'000);
  const auto half = *core_test::between<std::int64_t>(1, 1'000'000);
  RC_ASSERT(divide_half_even((2 * k + 1) * half, 2 * half) == (k % 2 == 0 ? k : k + 1));
}

RC_GTEST_PROP(Exact, half_even_division_is_odd, ()) {
  const auto numerator = *rc::gen::suchThat(any_int64(), [](std::int64_t value) { return value != lowest; });
  const auto denominator = *core_test::between<std::int64_t>(1, 10'000);
  RC_ASSERT(divide_half_even(-numerator, denominator) == -divide_half_even(numerator, denominator));
}

TEST(Exact, half_even_division_holds_at_the_limits) {
  EXPECT_EQ(divide_half_even(highest, 1), highest);
  EXPECT_EQ(divide_half_even(lowest, 1), lowest);
  EXPECT_EQ(divide_half_even(highest, highest), 1);
  EXPECT_EQ(divide_half_even(lowest, highest), -1);
  EXPECT_EQ(divide_half_even(highest / 2, highest), 0);      // a hair below a half
  EXPECT_EQ(divide_half_even(highest / 2 + 1, highest), 1);  // a hair above
}

TEST(Exact, a_divisor_that_is_not_positive_is_refused) {
  EXPECT_EQ(error_of([] { (void)divide_half_even(1, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)divide_half_even(lowest, -1); }), "bad_number");
}

}  // namespace
}  // namespace churn
