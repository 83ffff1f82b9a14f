#include <churn/stats/poisson_interval.hpp>

#include <gtest/gtest.h>

#include <cmath>

#include "core/error_of.hpp"

namespace churn {
namespace {

using core_test::error_of;

TEST(PoissonInterval, is_that_of_r) {
  // R 4.2.2: poisson.test(x, T)$conf.int. R's quantiles are good to some 1e-13 of themselves.
  const auto none = poisson_interval(0, 100).value();
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.036888794541139351, 1e-14);
  const auto one = poisson_interval(1, 100).value();
  EXPECT_NEAR(one.low, 0.00025317807984289896, 1e-16);
  EXPECT_NEAR(one.high, 0.05571643390938899, 1e-14);
  const auto many = poisson_interval(1869, 227990).value();
  EXPECT_NEAR(many.low, 0.0078302472159643057, 1e-15);
  EXPECT_NEAR(many.high, 0.0085780027031457321, 1e-15);
}

TEST(PoissonInterval, is_empty_without_exposure_and_refuses_negative_counts) {
  EXPECT_FALSE(poisson_interval(0, 0).has_value());
  EXPECT_EQ(error_of([] { (void)poisson_interval(-1, 5); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)poisson_interval(1, -5); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)poisson_interval(1, 5, 1); }), "bad_number");
}

}  // namespace
}  // namespace churn
