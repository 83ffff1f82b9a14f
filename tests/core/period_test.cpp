#include <churn/core/period.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <type_traits>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::any_date;
using core_test::error_of;

static_assert(sizeof(Period) == 8 && std::is_trivially_copyable_v<Period>);
static_assert(!std::is_default_constructible_v<Period>, "an empty span can't be made");
static_assert(!core_test::Ordered<Period, Period>, "overlapping spans have no order");
static_assert(Period(Date::of(2024, 1, 1), Date::of(2024, 2, 1)).length_in_days() == 31);

RC_GTEST_PROP(Period, exists_exactly_if_it_ends_after_it_starts, ()) {
  const Date first = *any_date();
  const Date last = *rc::gen::oneOf(rc::gen::just(first), any_date());
  RC_ASSERT(error_of([&] { (void)Period(first, last); }) == (first < last ? "" : "bad_period"));
}

RC_GTEST_PROP(Period, holds_its_first_day_and_not_its_last, ()) {
  const Date first = *core_test::any_date_between(Date::of(2000, 1, 1), Date::of(2001, 1, 1));
  const auto length = *core_test::between(1, 400);
  const Period period(first, first + std::chrono::days{length});
  std::int32_t held = 0;
  for (int i = -3; i < length + 3; ++i) {
    const bool inside = period.contains(first + std::chrono::days{i});
    RC_ASSERT(inside == (i >= 0 && i < length));
    held += inside ? 1 : 0;
  }
  RC_ASSERT(held == period.length_in_days());
}

TEST(Period, can_span_the_whole_calendar) {
  EXPECT_EQ(Period(Date::of(1, 1, 1), Date::of(9999, 12, 31)).length_in_days(), 3'652'058);
}

}  // namespace
}  // namespace churn
