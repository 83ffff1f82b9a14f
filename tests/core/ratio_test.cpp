#include <churn/core/ratio.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <type_traits>

#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

static_assert(std::is_aggregate_v<Ratio> && !std::is_convertible_v<Ratio, double>);
static_assert(!core_test::Addable<Ratio, Ratio>);
static_assert(Ratio{3, 4}.value() == 0.75);

RC_GTEST_PROP(Ratio, has_a_finite_value_exactly_if_its_denominator_is_not_zero, ()) {
  const Ratio ratio{*core_test::any_int64(), *core_test::any_int64()};
  RC_ASSERT(ratio.value().has_value() == (ratio.denominator != 0));
  if (ratio.value()) RC_ASSERT(std::isfinite(*ratio.value()));
}

// Integers below 2^53 are exact as doubles, so one correctly rounded division is all that happens.
RC_GTEST_PROP(Ratio, of_whole_multiples_is_that_multiple_exactly, ()) {
  const auto denominator = *core_test::between<std::int64_t>(1, 1'000'000);
  const auto times = *core_test::between<std::int64_t>(-1'000'000, 1'000'000);
  RC_ASSERT((Ratio{times * denominator, denominator}.value() == static_cast<double>(times)));
}

TEST(Ratio, may_be_negative_or_exceed_one) {
  EXPECT_EQ((Ratio{-30, 100}.value()), -0.3);
  EXPECT_EQ((Ratio{150, 100}.value()), 1.5);
}

TEST(Ratio, over_nothing_has_no_value) {
  EXPECT_FALSE((Ratio{0, 0}.value()));
  EXPECT_FALSE((Ratio{5, 0}.value()));
}

}  // namespace
}  // namespace churn
