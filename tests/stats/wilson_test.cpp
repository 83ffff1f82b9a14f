#include <churn/stats/wilson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/math/distributions/normal.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/answers_of_r.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

// An interval lies in [0, 1] and takes about a dozen double operations, each good to 1.1e-16 of its result:
// two ways of reckoning it can differ by some 1e-15. 1e-12 is far above that, and far below any error of the
// formula (z = 1.96 instead of 1.959964 shows at 1e-6).
constexpr double tolerance = 1e-12;

struct Count {
  std::int64_t successes;
  std::int64_t trials;
};

Count any_count() {
  const auto trials = *rc::gen::oneOf(between<std::int64_t>(1, 30), between<std::int64_t>(1, 1'000'000));
  return {*rc::gen::oneOf(between<std::int64_t>(0, trials + 1), rc::gen::element<std::int64_t>(0, trials)),
          trials};
}

RC_GTEST_PROP(Wilson, lies_within_0_and_1_and_holds_the_observed_share, ()) {
  const auto [successes, trials] = any_count();
  const Interval interval = wilson_interval(successes, trials).value();
  const double share = static_cast<double>(successes) / static_cast<double>(trials);
  RC_ASSERT(0 <= interval.low && interval.low <= share && share <= interval.high && interval.high <= 1);
  RC_ASSERT((interval.low == 0) == (successes == 0));
  RC_ASSERT((interval.high == 1) == (successes == trials));
}

// Where the interval comes from: its ends are the shares p under which the observed one is z standard errors
// away, (successes / trials - p)^2 = z^2 p (1 - p) / trials. Both sides are below z^2 / 4n, so 1e-12 holds.
RC_GTEST_PROP(Wilson, ends_are_the_shares_that_a_score_test_just_does_not_reject, ()) {
  const auto [successes, trials] = any_count();
  const double confidence = *rc::gen::element(0.5, 0.8, 0.9, 0.95, 0.99, 0.999);
  const Interval interval = wilson_interval(successes, trials, confidence).value();
  const double z = quantile(boost::math::normal{}, (1 + confidence) / 2);
  const auto n = static_cast<double>(trials);
  for (const double p : {interval.low, interval.high}) {
    if ((successes == 0 && p == interval.low) || (successes == trials && p == interval.high)) continue;
    const double distance = static_cast<double>(successes) / n - p;
    RC_ASSERT(std::abs(distance * distance - z * z * p * (1 - p) / n) < tolerance);
  }
}

RC_GTEST_PROP(Wilson, of_failures_mirrors_that_of_successes, ()) {
  const auto [successes, trials] = any_count();
  const Interval there = wilson_interval(successes, trials).value();
  const Interval mirrored = wilson_interval(trials - successes, trials).value();
  RC_ASSERT(std::abs(there.low - (1 - mirrored.high)) < tolerance);
  RC_ASSERT(std::abs(there.high - (1 - mirrored.low)) < tolerance);
}

RC_GTEST_PROP(Wilson, widens_with_confidence_and_narrows_with_evidence, ()) {
  const auto [successes, trials] = any_count();
  const auto width = [](std::int64_t k, std::int64_t n, double confidence) {
    const Interval interval = wilson_interval(k, n, confidence).value();
    return interval.high - interval.low;
  };
  RC_ASSERT(width(successes, trials, 0.8) < width(successes, trials, 0.95));
  RC_ASSERT(width(successes, trials, 0.95) < width(successes, trials, 0.99));
  RC_ASSERT(width(4 * successes, 4 * trials, 0.95) < width(successes, trials, 0.95));
}

RC_GTEST_PROP(Wilson, rises_with_every_success, ()) {
  const auto trials = *between<std::int64_t>(1, 10'000);
  const auto successes = *between<std::int64_t>(0, trials);
  const Interval fewer = wilson_interval(successes, trials).value();
  const Interval more = wilson_interval(successes + 1, trials).value();
  RC_ASSERT(fewer.low < more.low);
  RC_ASSERT(fewer.high < more.high);
}

TEST(Wilson, of_no_trials_is_empty) { EXPECT_FALSE(wilson_interval(0, 0)); }

TEST(Wilson, holds_for_as_many_trials_as_there_can_be) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Interval half = wilson_interval(most / 2, most).value();
  EXPECT_NEAR(half.low, 0.5, 1e-9);  // the interval itself is z / 2 sqrt(n) = 3e-10 wide to each side
  EXPECT_LT(half.low, half.high);
  EXPECT_EQ(wilson_interval(most, most)->high, 1.0);
  EXPECT_EQ(wilson_interval(0, most)->low, 0.0);
}

TEST(Wilson, of_what_can_not_be_counted_is_refused) {
  for (const Count& count : std::vector<Count>{{-1, 10}, {11, 10}, {0, -1}, {1, 0}})
    EXPECT_EQ(error_of([&] { (void)wilson_interval(count.successes, count.trials); }), "bad_number");
  for (const double confidence :
       {0.0, 1.0, -0.95, 95.0, std::nan(""), std::numeric_limits<double>::infinity()})
    EXPECT_EQ(error_of([&] { (void)wilson_interval(1, 10, confidence); }), "bad_number") << confidence;
}

void expect_interval(const Count& count, double low, double high) {
  const auto interval = wilson_interval(count.successes, count.trials);
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, low, tolerance) << count.successes << '/' << count.trials;
  EXPECT_NEAR(interval->high, high, tolerance) << count.successes << '/' << count.trials;
}

// R 4: prop.test(x, n, correct = FALSE)$conf.int
TEST(Wilson, equals_some_answers_of_r) {
  expect_interval({0, 1}, 0, 0.79345068562276255);
  expect_interval({1, 1}, 0.2065493143772375, 1);
  expect_interval({0, 10}, 0, 0.27753279986288915);
  expect_interval({1, 10}, 0.017876213095072892, 0.40415002679523837);
  expect_interval({5, 10}, 0.23659309051256402, 0.76340690948743595);
  expect_interval({3, 7}, 0.1582198552514697, 0.74954163547234265);
}

#ifdef CHURN_ORACLES_DIR
TEST(Wilson, equals_all_answers_of_r) {
  const auto answers = stats_test::answers_of_r(
      std::string(CHURN_ORACLES_DIR) + "/proportions_small/single_proportion_intervals.csv", "wilson");
  ASSERT_EQ(answers.size(), 14U);
  for (const auto& [successes, trials, low, high] : answers) expect_interval({successes, trials}, low, high);
}
#endif

RC_GTEST_PROP(Wilson, with_the_correction_it_holds_the_one_without, ()) {
  const auto [successes, trials] = any_count();
  const Interval plain = wilson_interval(successes, trials).value();
  const Interval corrected = corrected_wilson_interval(successes, trials).value();
  RC_ASSERT(0 <= corrected.low && corrected.low <= plain.low);
  RC_ASSERT(plain.high <= corrected.high && corrected.high <= 1);
}

TEST(Wilson, with_the_correction_equals_an_answer_of_r) {
  const Interval interval = corrected_wilson_interval(1, 10).value();
  EXPECT_NEAR(interval.low, 0.0052423015696777282, tolerance);
  EXPECT_NEAR(interval.high, 0.4588460161566561, tolerance);
  EXPECT_FALSE(corrected_wilson_interval(0, 0));
  EXPECT_EQ(error_of([] { (void)corrected_wilson_interval(11, 10); }), "bad_number");
}

#ifdef CHURN_ORACLES_DIR
TEST(Wilson, with_the_correction_equals_all_answers_of_r_that_are_corrected_wholly) {
  const auto answers = stats_test::answers_of_r(
      std::string(CHURN_ORACLES_DIR) + "/proportions_small/single_proportion_intervals.csv", "wilson_cc");
  int compared = 0;
  for (const auto& [successes, trials, low, high] : answers) {
    if (std::abs(2 * successes - trials) < 1) continue;
    const Interval interval = corrected_wilson_interval(successes, trials).value();
    EXPECT_NEAR(interval.low, low, tolerance) << successes << '/' << trials;
    EXPECT_NEAR(interval.high, high, tolerance) << successes << '/' << trials;
    ++compared;
  }
  EXPECT_GE(compared, 12);
}
#endif

}  // namespace
}  // namespace churn
