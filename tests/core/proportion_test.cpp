#include <churn/core/proportion.hpp>
#include <churn/stats/wilson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <type_traits>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::any_int64;
using core_test::between;
using core_test::error_of;

static_assert(!std::is_convertible_v<Proportion, double>, "a rate is never a bare double");
static_assert(!std::is_default_constructible_v<Proportion>);
static_assert(!core_test::Addable<Proportion, Proportion>, "rates do not add, counts do");
static_assert(Proportion(12, 240).value() == 0.05 && !Proportion(0, 0).value());

RC_GTEST_PROP(Proportion, exists_exactly_if_its_numerator_lies_within_its_base, ()) {
  const auto numerator = *any_int64();
  const auto denominator = *any_int64();
  const bool within = numerator >= 0 && numerator <= denominator;
  RC_ASSERT(error_of([&] { (void)Proportion(numerator, denominator); }) == (within ? "" : "bad_number"));
}

RC_GTEST_PROP(Proportion, and_its_complement_make_up_the_base, ()) {
  const auto base = *between<std::int64_t>(1, 1'000'000);
  const Proportion churned(*between<std::int64_t>(0, base + 1), base);
  const Proportion kept = churned.complement();
  RC_ASSERT(churned.numerator() + kept.numerator() == base);
  RC_ASSERT(kept.denominator() == base);
  RC_ASSERT(kept.complement() == churned);
  RC_ASSERT(*churned.value() >= 0 && *churned.value() <= 1);
  // Two divisions and a sum, each within half a unit in the last place of 1.
  RC_ASSERT(std::abs(*churned.value() + *kept.value() - 1) < 4e-16);
}

RC_GTEST_PROP(Proportion, has_the_wilson_interval_of_its_counts, ()) {
  const auto base = *between<std::int64_t>(1, 100'000);
  const Proportion rate(*between<std::int64_t>(0, base + 1), base);
  RC_ASSERT(rate.interval() == wilson_interval(rate.numerator(), base, 0.95));
  RC_ASSERT(rate.interval(0.8) == wilson_interval(rate.numerator(), base, 0.8));
}

TEST(Proportion, of_nobody_has_no_value_and_no_interval) {
  const Proportion nobody(0, 0);
  EXPECT_FALSE(nobody.value());
  EXPECT_FALSE(nobody.interval());
  EXPECT_EQ(nobody.complement(), nobody);
}

TEST(Proportion, of_no_departures_is_zero_with_an_interval) {
  const Proportion none(0, 200);
  EXPECT_EQ(none.value(), 0.0);
  ASSERT_TRUE(none.interval());
  EXPECT_EQ(none.interval()->low, 0.0);
  EXPECT_GT(none.interval()->high, 0.0);
}

TEST(Proportion, compares_its_counts_and_not_its_value) { EXPECT_NE(Proportion(1, 2), Proportion(2, 4)); }

}  // namespace
}  // namespace churn
