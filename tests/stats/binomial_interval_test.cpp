#include <churn/stats/agresti_coull.hpp>
#include <churn/stats/binomial_interval.hpp>
#include <churn/stats/clopper_pearson.hpp>
#include <churn/stats/jeffreys.hpp>
#include <churn/stats/wilson.hpp>

#include <gtest/gtest.h>

namespace churn {
namespace {

TEST(BinomialInterval, is_wilsons_at_95_percent_unless_told_otherwise) {
  EXPECT_EQ(binomial_interval(3, 40), wilson_interval(3, 40, 0.95));
}

TEST(BinomialInterval, a_confidence_alone_is_a_rule) {
  EXPECT_EQ(binomial_interval(3, 40, 0.8), wilson_interval(3, 40, 0.8));
}

TEST(BinomialInterval, the_rule_chooses_the_method) {
  EXPECT_EQ(binomial_interval(3, 40, {0.9, IntervalMethod::jeffreys}), jeffreys_interval(3, 40, 0.9));
  EXPECT_EQ(binomial_interval(3, 40, {0.9, IntervalMethod::clopper_pearson}),
            clopper_pearson_interval(3, 40, 0.9));
  EXPECT_EQ(binomial_interval(3, 40, {0.9, IntervalMethod::wilson_corrected}),
            corrected_wilson_interval(3, 40, 0.9));
  EXPECT_EQ(binomial_interval(3, 40, {0.9, IntervalMethod::agresti_coull}),
            agresti_coull_interval(3, 40, 0.9));
}

TEST(BinomialInterval, the_exact_one_is_the_widest) {
  const auto width = [](IntervalMethod method) {
    const Interval interval = binomial_interval(3, 40, {0.95, method}).value();
    return interval.high - interval.low;
  };
  EXPECT_GT(width(IntervalMethod::clopper_pearson), width(IntervalMethod::wilson));
  EXPECT_GT(width(IntervalMethod::clopper_pearson), width(IntervalMethod::jeffreys));
}

}  // namespace
}  // namespace churn
