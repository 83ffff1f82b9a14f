#include <churn/stats/newcombe.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <string>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

// Two Wilson intervals and a square root of numbers up to 1: some 1e-15.
constexpr double tolerance = 1e-12;

TEST(Newcombe, equals_the_table_of_its_paper_to_the_four_decimals_printed) {
  struct Case {
    std::int64_t x1, n1, x2, n2;
    double low, high;
  };
  for (const Case& c : {Case{56, 70, 48, 80, 0.0524, 0.3339},
                        {9, 10, 3, 10, 0.1705, 0.8090},
                        {6, 7, 2, 7, 0.0582, 0.8062},
                        {5, 56, 0, 29, -0.0381, 0.1926},
                        {0, 10, 0, 20, -0.1611, 0.2775},
                        {0, 10, 0, 10, -0.2775, 0.2775},
                        {10, 10, 0, 20, 0.6791, 1.0},
                        {10, 10, 0, 10, 0.6075, 1.0}}) {
    const ProportionDifference result = newcombe_difference(c.x1, c.n1, c.x2, c.n2).value();
    EXPECT_NEAR(result.interval.low, c.low, 0.5e-4) << c.x1 << '/' << c.n1;
    EXPECT_NEAR(result.interval.high, c.high, 0.5e-4) << c.x1 << '/' << c.n1;
  }
}

RC_GTEST_PROP(Newcombe, turned_round_is_its_mirror_image_within_minus_1_and_1, ()) {
  const auto n1 = *between<std::int64_t>(1, 5000);
  const auto n2 = *between<std::int64_t>(1, 5000);
  const auto x1 = *between<std::int64_t>(0, n1 + 1);
  const auto x2 = *between<std::int64_t>(0, n2 + 1);
  const ProportionDifference one = newcombe_difference(x1, n1, x2, n2).value();
  const ProportionDifference other = newcombe_difference(x2, n2, x1, n1).value();
  RC_ASSERT(std::abs(one.difference + other.difference) < tolerance);
  RC_ASSERT(std::abs(one.interval.low + other.interval.high) < tolerance);
  RC_ASSERT(one.interval.low <= one.difference && one.difference <= one.interval.high);
  RC_ASSERT(-1 - tolerance <= one.interval.low && one.interval.high <= 1 + tolerance);
}

TEST(Newcombe, against_nobody_is_empty_and_what_can_not_be_counted_is_refused) {
  EXPECT_FALSE(newcombe_difference(0, 0, 1, 2));
  EXPECT_FALSE(newcombe_difference(1, 2, 0, 0));
  EXPECT_EQ(error_of([] { (void)newcombe_difference(3, 2, 1, 2); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)newcombe_difference(1, 2, -1, 2); }), "bad_number");
}

#ifdef CHURN_ORACLES_DIR
TEST(Newcombe, equals_all_answers_of_r) {
  const std::string folder = CHURN_ORACLES_DIR;
  for (const auto& file :
       {"/proportions_small/newcombe_1998_cases.csv", "/churn_bigml/segment_pairwise.csv"}) {
    const auto rows = support::read_csv(folder + file);
    ASSERT_GE(rows.size(), 6U);
    for (const auto& row : rows) {
      const auto count = [&](const char* name) { return std::stoll(row.at(name)); };
      const ProportionDifference result =
          newcombe_difference(count("x1"), count("n1"), count("x2"), count("n2")).value();
      EXPECT_NEAR(result.difference, std::stod(row.at("diff")), tolerance);
      EXPECT_NEAR(result.interval.low, std::stod(row.at("newcombe_lower")), tolerance);
      EXPECT_NEAR(result.interval.high, std::stod(row.at("newcombe_upper")), tolerance);
    }
  }
}
#endif

}  // namespace
}  // namespace churn
