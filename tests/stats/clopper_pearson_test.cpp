#include <churn/stats/clopper_pearson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/math/distributions/binomial.hpp>

#include <cmath>
#include <string>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/answers_of_r.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

// R and Boost both find the quantile to about twelve digits by iteration; 1e-9 is far above what they differ
// by and far below what a wrong parameter (a half more or less) would change.
constexpr double tolerance = 1e-9;

RC_GTEST_PROP(ClopperPearson, lies_within_0_and_1_and_holds_the_observed_share, ()) {
  const auto trials = *rc::gen::oneOf(between<std::int64_t>(1, 30), between<std::int64_t>(1, 1'000'000));
  const auto successes = *between<std::int64_t>(0, trials + 1);
  const Interval interval = clopper_pearson_interval(successes, trials).value();
  const double share = static_cast<double>(successes) / static_cast<double>(trials);
  RC_ASSERT(0 <= interval.low && interval.low <= share && share <= interval.high && interval.high <= 1);
  RC_ASSERT((interval.low == 0) == (successes == 0));
  RC_ASSERT((interval.high == 1) == (successes == trials));
}

// What it is: the shares under which a count as extreme is just too rare.
RC_GTEST_PROP(ClopperPearson, ends_are_the_shares_that_an_exact_test_just_does_not_reject, ()) {
  const auto trials = *between<std::int64_t>(2, 2000);
  const auto successes = *between<std::int64_t>(1, trials);
  const double confidence = *rc::gen::element(0.5, 0.9, 0.95, 0.999);
  const Interval interval = clopper_pearson_interval(successes, trials, confidence).value();
  const auto x = static_cast<double>(successes);
  const auto n = static_cast<double>(trials);
  const boost::math::binomial_distribution<> at_low{n, interval.low};
  const boost::math::binomial_distribution<> at_high{n, interval.high};
  RC_ASSERT(std::abs(cdf(complement(at_low, x - 1)) - (1 - confidence) / 2) < tolerance);
  RC_ASSERT(std::abs(cdf(at_high, x) - (1 - confidence) / 2) < tolerance);
}

RC_GTEST_PROP(ClopperPearson, of_failures_is_the_mirror_image, ()) {
  const auto trials = *between<std::int64_t>(1, 1000);
  const auto successes = *between<std::int64_t>(0, trials + 1);
  const Interval one = clopper_pearson_interval(successes, trials).value();
  const Interval other = clopper_pearson_interval(trials - successes, trials).value();
  RC_ASSERT(std::abs(one.low - (1 - other.high)) < tolerance);
  RC_ASSERT(std::abs(one.high - (1 - other.low)) < tolerance);
}

TEST(ClopperPearson, of_no_trials_is_empty) { EXPECT_FALSE(clopper_pearson_interval(0, 0)); }

TEST(ClopperPearson, of_what_can_not_be_counted_is_refused) {
  EXPECT_EQ(error_of([] { (void)clopper_pearson_interval(-1, 10); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)clopper_pearson_interval(11, 10); }), "bad_number");
  for (const double confidence : {0.0, 1.0, -0.95, 95.0, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)clopper_pearson_interval(1, 10, confidence); }), "bad_number")
        << confidence;
}

TEST(ClopperPearson, of_more_trials_than_can_be_inverted_is_an_error_of_our_own) {
  try {
    (void)clopper_pearson_interval(25'652'002'274, 855'066'712'884);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_range);
  }
}

TEST(ClopperPearson, equals_an_answer_of_r) {
  const Interval interval = clopper_pearson_interval(1, 10).value();
  EXPECT_NEAR(interval.low, 0.0025285785444617865, tolerance);
  EXPECT_NEAR(interval.high, 0.44501611702819543, tolerance);
}

#ifdef CHURN_ORACLES_DIR
TEST(ClopperPearson, equals_all_answers_of_r) {
  const auto answers = stats_test::answers_of_r(
      std::string(CHURN_ORACLES_DIR) + "/proportions_small/single_proportion_intervals.csv",
      "clopper_pearson");
  ASSERT_EQ(answers.size(), 14U);
  for (const auto& [successes, trials, low, high] : answers) {
    const Interval interval = clopper_pearson_interval(successes, trials).value();
    EXPECT_NEAR(interval.low, low, tolerance) << successes << '/' << trials;
    EXPECT_NEAR(interval.high, high, tolerance) << successes << '/' << trials;
  }
}
#endif

}  // namespace
}  // namespace churn
