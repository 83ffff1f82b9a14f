#include <churn/report/sparkline.hpp>

#include <churn/report/display_width.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace {

using churn::Sparkline;
using churn::sparkline;
using churn::SparklineSigns;
using Values = std::vector<std::optional<double>>;

TEST(Sparkline, goes_from_the_lowest_to_the_highest_in_eight_heights) {
  const Sparkline spark = sparkline(Values{1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(spark.line, "▁▂▃▄▅▆▇█");
  EXPECT_EQ(spark.low, 1.0);
  EXPECT_EQ(spark.high, 8.0);
  EXPECT_EQ(sparkline(Values{8, 1, 8}).line, "█▁█");
}

TEST(Sparkline, of_the_heading_is_what_it_says) {
  EXPECT_EQ(sparkline(Values{0.02, 0.04, std::nullopt, 0.033}).line, "▁█·▆");
}

TEST(Sparkline, leaves_a_gap_where_nothing_is_defined) {
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(sparkline(Values{std::nullopt, std::nan(""), infinite, -infinite}).line, "····");
  EXPECT_EQ(sparkline(Values{std::nullopt}).low, std::nullopt);
  EXPECT_EQ(sparkline(Values{}).line, "");
  const Sparkline spark = sparkline(Values{0, std::nan(""), 1});
  EXPECT_EQ(spark.line, "▁·█");
  EXPECT_EQ(spark.high, 1.0);
}

TEST(Sparkline, of_equal_values_stands_at_half_height) {
  EXPECT_EQ(sparkline(Values{5, 5, 5}).line, "▄▄▄");
  EXPECT_EQ(sparkline(Values{0}).line, "▄");
}

TEST(Sparkline, has_ascii_signs_where_asked_for) {
  EXPECT_EQ(sparkline(Values{1, 2, 3, 4, 5, 6, 7, 8, std::nullopt}, SparklineSigns::ascii).line, "_.-:=+*# ");
}

TEST(Sparkline, draws_the_largest_and_the_smallest_numbers) {
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(sparkline(Values{-most, 0, most}).line, "▁▅█");
  EXPECT_EQ(sparkline(Values{0, std::numeric_limits<double>::denorm_min()}).line.size(), 6U);
}

RC_GTEST_PROP(Sparkline, has_a_sign_for_each_value, (const std::vector<double>& numbers)) {
  const Values values(numbers.begin(), numbers.end());
  RC_ASSERT(churn::display_width(sparkline(values).line) == values.size());
  RC_ASSERT(sparkline(values, SparklineSigns::ascii).line.size() == values.size());
}

}  // namespace
