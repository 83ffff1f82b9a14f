#include <churn/stats/jackknife.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "core/error_of.hpp"

namespace churn {
namespace {

using core_test::error_of;
using Replicates = std::vector<std::optional<double>>;

// Sums of a few squares and a quantile of Student's t: both are good to some 1e-14, and printed values to 1e-16.
constexpr double tolerance = 1e-12;

struct Expected {
  double std_error, low, high, degrees_of_freedom;
};
void expect_like(const Jackknife& jackknife, const Expected& expected) {
  ASSERT_TRUE(jackknife.interval.has_value());
  EXPECT_FALSE(jackknife.why_not.has_value());
  EXPECT_NEAR(jackknife.std_error.value(), expected.std_error, tolerance);
  EXPECT_NEAR(jackknife.interval->low, expected.low, tolerance);
  EXPECT_NEAR(jackknife.interval->high, expected.high, tolerance);
  EXPECT_NEAR(jackknife.degrees_of_freedom, expected.degrees_of_freedom, 1e-11);
}

// Efron's law schools, B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans (1982): r = 0.776 of LSAT and
// GPA, and a jackknife standard error of 0.142. R 4.2.2: r <- sapply(1:15, function(i) cor(lsat[-i], gpa[-i])).
constexpr double law_schools = 0.77637449128940705;
Replicates law_schools_without_one() {
  return {0.89294714566676314, 0.76370684340942130, 0.75499836753560901, 0.77609676665137606,
          0.73131966574578600, 0.77996866647699115, 0.78453597565726874, 0.73616182518142603,
          0.75173907951007524, 0.77612309927185608, 0.81810070810147284, 0.78571844320792739,
          0.74035089460061432, 0.76704134075535502, 0.77987252287711384};
}

// R: D <- f(r) - f(e); v <- (G-1)/G * sum(D^2); df <- min(G-1, 2 / (sum(D^4) / sum(D^2)^2 - 1/G));
// g(f(e) + c(-1, 1) * qt((1 + conf) / 2, df) * sqrt(v)), f and g being identity, log and exp, qlogis and plogis.
TEST(Jackknife, the_law_schools_have_the_intervals_of_r_on_every_scale) {
  const Replicates without_one = law_schools_without_one();
  expect_like(jackknife(law_schools, without_one),
              {0.14252912005008969, 0.42370363036044345, 1.12904535221837055, 5.73685754491366406});
  expect_like(jackknife(law_schools, without_one, Scale::log),
              {0.13728351998292646, 0.50797492060701899, 1.18658879852691079, 6.53729428244399724});
  expect_like(jackknife(law_schools, without_one, Scale::logit, 0.9),
              {0.17006344459765127, 0.29986927039982486, 0.96568465868448783, 3.97111563472090445});
  EXPECT_EQ(jackknife(law_schools, without_one).groups, 15U);
}

TEST(Jackknife, the_standard_error_of_the_law_schools_is_the_published_one) {
  EXPECT_NEAR(jackknife(law_schools, law_schools_without_one()).std_error.value(), 0.1425, 0.00005);
}

/// A ratio of sums without one group after another.
struct Groups {
  std::vector<double> y;
  std::vector<double> x;
  [[nodiscard]] double estimate() const {
    return std::accumulate(y.begin(), y.end(), 0.0) / std::accumulate(x.begin(), x.end(), 0.0);
  }
  [[nodiscard]] Replicates replicates() const {
    Replicates all;
    for (std::size_t g = 0; g < y.size(); ++g)
      all.emplace_back((std::accumulate(y.begin(), y.end(), 0.0) - y[g]) /
                       (std::accumulate(x.begin(), x.end(), 0.0) - x[g]));
    return all;
  }
};

// R as above, of y <- c(rep(10, 18), 400, 12) and o <- c(rep(100, 18), 1000, 90).
TEST(Jackknife, a_group_that_outweighs_the_others_leaves_few_degrees_of_freedom) {
  Groups groups{std::vector<double>(20, 10.0), std::vector<double>(20, 100.0)};
  groups.y[18] = 400, groups.x[18] = 1000, groups.y[19] = 12, groups.x[19] = 90;
  const Jackknife lost = jackknife(groups.estimate(), groups.replicates(), Scale::logit);
  expect_like(lost, {0.131652673060051906, 0.010081103018427693, 0.866964807619939437, 2.168863244247781097});
}

TEST(Jackknife, a_share_and_what_it_lacks_to_1_have_mirrored_intervals) {
  for (const Scale scale : {Scale::plain, Scale::logit}) {
    Replicates kept = law_schools_without_one();
    for (auto& replicate : kept) replicate = 1 - *replicate;
    const Jackknife a = jackknife(law_schools, law_schools_without_one(), scale);
    const Jackknife b = jackknife(1 - law_schools, kept, scale);
    EXPECT_NEAR(b.interval.value().low, 1 - a.interval.value().high, tolerance);
    EXPECT_NEAR(b.interval.value().high, 1 - a.interval.value().low, tolerance);
    EXPECT_NEAR(b.std_error.value(), a.std_error.value(), tolerance);
  }
}

// With one observation a group the jackknife of a mean is the textbook's.
RC_GTEST_PROP(Jackknife, of_a_mean_it_is_s_over_the_root_of_n, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 40);
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(*rc::gen::inRange(-1000, 1000));
  const auto count = static_cast<double>(n);
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  Replicates without;
  for (const double value : values) {
    squares += (value - mean) * (value - mean);
    without.emplace_back((mean * count - value) / (count - 1));
  }
  RC_PRE(squares > 0);
  const double expected = std::sqrt(squares / (count - 1) / count);
  const Jackknife result = jackknife(mean, without);
  RC_ASSERT(result.std_error.has_value());
  // A replicate near 1000 is good to 1e-13, and differs from the mean by 1/n of what the value does, or more.
  RC_ASSERT(std::abs(*result.std_error - expected) <= 1e-9 * expected + 1e-11);
  RC_ASSERT(result.degrees_of_freedom >= 1 && result.degrees_of_freedom <= count - 1);
  RC_ASSERT(result.interval->low < mean && mean < result.interval->high);
}

// Of groups with the same base x, leaving one out moves the ratio by (y_g - R x) / (X - x) exactly, so the variance is
// G / (G - 1) times the linearised one, sum of (y_g - R x_g)^2 / X^2.
TEST(Jackknife, the_variance_of_a_ratio_over_equal_bases_is_the_linearised_one) {
  Groups groups;
  for (int g = 0; g < 40; ++g) {
    groups.y.push_back(static_cast<double>((g * 37) % 11));
    groups.x.push_back(25);
  }
  const double ratio = groups.estimate();
  double squares = 0;
  for (const double y : groups.y) squares += (y - ratio * 25) * (y - ratio * 25);
  const double linearised = std::sqrt(squares) / (40 * 25);
  EXPECT_NEAR(jackknife(ratio, groups.replicates()).std_error.value(), linearised * std::sqrt(40.0 / 39.0),
              tolerance);
}

TEST(Jackknife, an_interval_stays_where_its_scale_ends) {
  const Replicates wild{0.001, 0.2, 0.9, 0.5, 0.03};
  const Interval share = jackknife(0.3, wild, Scale::logit).interval.value();
  EXPECT_GT(share.low, 0);
  EXPECT_LT(share.high, 1);
  EXPECT_GT(jackknife(0.3, wild, Scale::log).interval.value().low, 0);
  EXPECT_LT(jackknife(0.3, wild).interval.value().low, 0);
}

TEST(Jackknife, more_confidence_makes_a_wider_interval) {
  const auto width = [](double confidence) {
    const auto ends = jackknife(law_schools, law_schools_without_one(), Scale::plain, confidence).interval;
    return ends.value().high - ends.value().low;
  };
  EXPECT_LT(width(0.5), width(0.9));
  EXPECT_LT(width(0.9), width(0.99));
}

TEST(Jackknife, where_there_is_nothing_to_say_it_says_why) {
  const auto reason = [](std::optional<double> estimate, const Replicates& replicates,
                         Scale scale = Scale::plain) {
    const Jackknife none = jackknife(estimate, replicates, scale);
    EXPECT_FALSE(none.interval.has_value());
    EXPECT_FALSE(none.std_error.has_value());
    EXPECT_EQ(none.groups, replicates.size());
    EXPECT_EQ(none.degrees_of_freedom, 0);
    return std::string(no_interval_name(none.why_not.value()));
  };
  EXPECT_EQ(reason(std::nullopt, {0.1, 0.2}), "no_estimate");
  EXPECT_EQ(reason(0.0, {0.0, 0.0}, Scale::log), "at_a_bound");
  EXPECT_EQ(reason(-0.1, {0.1, 0.2}, Scale::log), "at_a_bound");
  EXPECT_EQ(reason(0.0, {0.0, 0.0}, Scale::logit), "at_a_bound");
  EXPECT_EQ(reason(1.0, {0.9, 0.9}, Scale::logit), "at_a_bound");
  EXPECT_EQ(reason(0.1, {}), "too_few_groups");
  EXPECT_EQ(reason(0.1, {0.2}), "too_few_groups");
  EXPECT_EQ(reason(0.1, {0.1, std::nullopt}), "undefined_without_a_group");
  EXPECT_EQ(reason(0.1, {0.1, 0.0}, Scale::log), "undefined_without_a_group");
  EXPECT_EQ(reason(0.1, {0.1, 1.0}, Scale::logit), "undefined_without_a_group");
  EXPECT_EQ(reason(0.1, {0.1, 0.1, 0.1}), "no_spread");
  EXPECT_EQ(reason(0.0, {0.0, 0.0, 0.0}), "no_spread");
  EXPECT_EQ(reason(10.0, {1e200, 1e-200}, Scale::log), "unbounded");
}

TEST(Jackknife, rounding_is_no_spread) {
  const double next = std::nextafter(29.9, 30.0);
  EXPECT_EQ(jackknife(29.9, Replicates{29.9, next, next}).why_not, NoInterval::no_spread);
  EXPECT_EQ(jackknife(29.9, Replicates{29.9, next, next}, Scale::log).why_not, NoInterval::no_spread);
  const double after_one = std::nextafter(1.0, 2.0);  // whose logarithm is 2e-16, and that of 1 is 0
  EXPECT_EQ(jackknife(1, Replicates{1, after_one, after_one}, Scale::log).why_not, NoInterval::no_spread);
  EXPECT_TRUE(jackknife(29.9, Replicates{29.9, 29.9 + 1e-9}).interval.has_value());
}

TEST(Jackknife, small_moves_are_as_good_as_large_ones) {
  // Fourth powers of 1e-90 are below the smallest double.
  Replicates tiny;
  for (const auto& replicate : law_schools_without_one()) tiny.emplace_back(*replicate * 1e-90);
  const Jackknife large = jackknife(law_schools, law_schools_without_one());
  EXPECT_NEAR(jackknife(law_schools * 1e-90, tiny).degrees_of_freedom, large.degrees_of_freedom, 1e-9);
}

TEST(Jackknife, refuses_what_is_no_confidence_and_no_number) {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  for (const double confidence : {0.0, 1.0, std::nan("")})
    EXPECT_EQ(error_of([&] {
                (void)jackknife(0.1, Replicates{0.1, 0.2}, Scale::plain, confidence);
              }),
              "bad_number");
  EXPECT_EQ(error_of([&] { (void)jackknife(infinite, Replicates{0.1, 0.2}); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)jackknife(0.1, Replicates{0.1, std::nan("")}); }), "bad_number");
}

}  // namespace
}  // namespace churn
