#include <churn/stats/poisson_interval.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/math/distributions/poisson.hpp>

#include <cmath>
#include <limits>
#include <string>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

// What it is: the rates under which a count as extreme is just too rare.
RC_GTEST_PROP(PoissonInterval, ends_are_the_rates_that_an_exact_test_just_does_not_reject, ()) {
  const auto events = *between<std::int64_t>(1, 3000);
  const double confidence = *rc::gen::element(0.5, 0.9, 0.95, 0.999);
  const double exposure = *rc::gen::element(0.25, 1.0, 30'000.0);
  const Interval interval = poisson_interval(events, exposure, confidence).value();
  const boost::math::poisson_distribution<> at_low{interval.low * exposure};
  const boost::math::poisson_distribution<> at_high{interval.high * exposure};
  // Quantiles are good to some 1e-12 of themselves, which moves a tail by less than 1e-9 at 3,000 events.
  RC_ASSERT(std::abs(cdf(complement(at_low, static_cast<double>(events - 1))) - (1 - confidence) / 2) < 1e-9);
  RC_ASSERT(std::abs(cdf(at_high, static_cast<double>(events)) - (1 - confidence) / 2) < 1e-9);
}

TEST(PoissonInterval, of_no_events_begins_at_0_and_ends_at_3_by_exposure) {
  const Interval interval = poisson_interval(0, 100).value();
  EXPECT_EQ(interval.low, 0);
  EXPECT_NEAR(interval.high, -std::log(0.025) / 100, 1e-15);
}

TEST(PoissonInterval, of_no_exposure_is_empty_and_of_what_can_not_be_counted_refused) {
  EXPECT_FALSE(poisson_interval(0, 0));
  EXPECT_EQ(error_of([] { (void)poisson_interval(1, 0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)poisson_interval(-1, 10); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)poisson_interval(1, -10); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)poisson_interval(1, std::numeric_limits<double>::infinity()); }),
            "bad_number");
  EXPECT_EQ(error_of([] { (void)poisson_interval(1, 10, 95); }), "bad_number");
}

#ifdef CHURN_ORACLES_DIR
TEST(PoissonInterval, equals_all_answers_of_r) {
  const auto rows =
      support::read_csv(std::string(CHURN_ORACLES_DIR) + "/proportions_small/poisson_rate_intervals.csv");
  ASSERT_EQ(rows.size(), 5U);
  for (const auto& row : rows) {
    const Interval interval =
        poisson_interval(std::stoll(row.at("events")), std::stod(row.at("exposure"))).value();
    EXPECT_NEAR(interval.low, std::stod(row.at("exact_lower")), 1e-12);
    EXPECT_NEAR(interval.high, std::stod(row.at("exact_upper")), 1e-12);
  }
}
#endif

}  // namespace
}  // namespace churn
