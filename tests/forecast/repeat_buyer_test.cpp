#include <churn/forecast/repeat_buyer.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string_view>
#include <vector>

#include "core/error_of.hpp"

namespace churn {
namespace {

using core_test::error_of;

Date day(std::string_view text) { return Date::parse(text).value(); }

TEST(RepeatBuyer, is_made_of_days_of_purchase_in_any_order) {
  const std::vector<Date> days{day("2024-01-29"), day("2024-01-01"), day("2024-01-15"), day("2024-01-15"),
                               day("2024-03-01")};
  // As of 1 March the last known day is 29 February, 59 days after the first purchase.
  EXPECT_EQ(repeat_buyer(days, day("2024-03-01")), (RepeatBuyer{2, 4, 59.0 / 7}));
  EXPECT_EQ(repeat_buyer(days, day("2024-03-02"), 1), (RepeatBuyer{3, 60, 60}));
  EXPECT_EQ(repeat_buyer(days, day("2024-01-02"), 1), (RepeatBuyer{0, 0, 0}));
}

TEST(RepeatBuyer, refuses_what_makes_no_sense) {
  const std::vector<Date> days{day("2024-01-29")};
  EXPECT_EQ(error_of([&] { (void)repeat_buyer(days, day("2024-01-29")); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)repeat_buyer({}, day("2024-01-29")); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)repeat_buyer(days, day("2024-02-01"), 0); }), "bad_number");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_of([] { require_sound({1, 2, 3}); }), "");
  for (const RepeatBuyer& bad : {RepeatBuyer{-1, 0, 1}, RepeatBuyer{1, 3, 2}, RepeatBuyer{0, 1, 2},
                                 RepeatBuyer{1, 0, 2}, RepeatBuyer{1, -1, 2}, RepeatBuyer{1, 1, infinity},
                                 RepeatBuyer{1, std::numeric_limits<double>::quiet_NaN(), 2}})
    EXPECT_EQ(error_of([&] { require_sound(bad); }), "bad_number");
}

}  // namespace
}  // namespace churn
