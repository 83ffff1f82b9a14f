#include <churn/stats/agresti_coull.hpp>
#include <churn/stats/wilson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/answers_of_r.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

// A dozen double operations on numbers up to 1: two ways of reckoning differ by some 1e-15.
constexpr double tolerance = 1e-12;

RC_GTEST_PROP(AgrestiCoull, holds_the_interval_of_wilson, ()) {
  const auto trials = *between<std::int64_t>(1, 100'000);
  const auto successes = *between<std::int64_t>(0, trials + 1);
  const Interval mine = agresti_coull_interval(successes, trials).value();
  const Interval wilson = wilson_interval(successes, trials).value();
  RC_ASSERT(mine.low >= 0 && mine.high <= 1);
  RC_ASSERT(mine.low <= wilson.low + tolerance && mine.high >= wilson.high - tolerance);
}

TEST(AgrestiCoull, of_no_trials_is_empty_and_of_what_can_not_be_counted_refused) {
  EXPECT_FALSE(agresti_coull_interval(0, 0));
  EXPECT_EQ(error_of([] { (void)agresti_coull_interval(2, 1); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)agresti_coull_interval(1, 2, 1.0); }), "bad_number");
}

TEST(AgrestiCoull, equals_an_answer_of_r) {
  // R 4.2.2, by the formula: 1 of 10, whose lower end is below 0 and cut.
  const Interval interval = agresti_coull_interval(1, 10).value();
  EXPECT_EQ(interval.low, 0);
  EXPECT_NEAR(interval.high, 0.42596773739483207, tolerance);
}

#ifdef CHURN_ORACLES_DIR
TEST(AgrestiCoull, equals_all_answers_of_r_but_for_what_lies_outside_of_0_and_1) {
  const auto answers = stats_test::answers_of_r(
      std::string(CHURN_ORACLES_DIR) + "/proportions_small/single_proportion_intervals.csv", "agresti_coull");
  ASSERT_EQ(answers.size(), 14U);
  for (const auto& [successes, trials, low, high] : answers) {
    const Interval interval = agresti_coull_interval(successes, trials).value();
    EXPECT_NEAR(interval.low, std::max(0.0, low), tolerance) << successes << '/' << trials;
    EXPECT_NEAR(interval.high, std::min(1.0, high), tolerance) << successes << '/' << trials;
  }
}
#endif

}  // namespace
}  // namespace churn
