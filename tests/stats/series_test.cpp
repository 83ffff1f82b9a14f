#include <churn/stats/series.hpp>

#include <gtest/gtest.h>

namespace churn {
namespace {

TEST(Series, periods_without_a_base_have_no_value_and_keep_their_place) {
  const Series series{Ratio{1, 4}, std::nullopt, Ratio{3, 0}, Ratio{-1, 2}};
  const auto values = values_of(series);
  ASSERT_EQ(values.size(), 4U);
  EXPECT_EQ(values[0], 0.25);
  EXPECT_EQ(values[1], std::nullopt);
  EXPECT_EQ(values[2], std::nullopt);
  EXPECT_EQ(values[3], -0.5);
  EXPECT_EQ(periods_with_value(series), 2U);
  EXPECT_EQ(periods_with_value({}), 0U);
}

}  // namespace
}  // namespace churn
