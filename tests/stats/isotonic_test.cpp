#include <churn/stats/isotonic.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/prediction_sets.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Numbers = std::vector<double>;

// Means of a few numbers of the size of 1.
constexpr double tolerance = 1e-13;

struct Sample {
  Numbers score{};
  Numbers y{};
  Numbers weight{};
};

Sample any_sample() {
  Sample sample;
  const auto rows = *between(1, 30);
  for (int i = 0; i < rows; ++i) {
    sample.score.push_back(*between(0, 15));
    sample.y.push_back(static_cast<double>(*between(-10, 11)) / 10);
    sample.weight.push_back(static_cast<double>(*between(1, 30)) / 7);
  }
  return sample;
}

/// What pooling must come to: of all runs of scores that end at or after one, the lowest mean, and of all beginnings
/// at or before it the highest of those.
std::map<double, double> max_of_min_means(const Sample& sample) {
  std::map<double, std::pair<double, double>> sums;
  for (std::size_t i = 0; i < sample.score.size(); ++i) {
    sums[sample.score[i]].first += sample.weight[i] * sample.y[i];
    sums[sample.score[i]].second += sample.weight[i];
  }
  std::map<double, double> values;
  for (const auto& [at, own] : sums) {
    double highest = -HUGE_VAL;
    for (const auto& [first, of_first] : sums) {
      if (first > at) break;
      double lowest = HUGE_VAL;
      double sum = 0;
      double weight = 0;
      for (const auto& [last, of_last] : sums) {
        if (last < first) continue;
        sum += of_last.first;
        weight += of_last.second;
        if (last >= at) lowest = std::fmin(lowest, sum / weight);
      }
      highest = std::fmax(highest, lowest);
    }
    values[at] = highest;
  }
  return values;
}

TEST(IsotonicRegression, equals_isoreg_of_r_with_equal_scores_and_the_line_between) {
  // R 4.2.2: r <- isoreg(x, y); x[r$ord]; r$yf; f <- approxfun(x[r$ord], r$yf, rule = 2, ties = "ordered"); f(at)
  const Numbers x{1.5, 2.25, 2.25, 3, 0.5, 4, 4, 5.5, 6, 7, 6.5, 2.25};
  const Numbers y{0.2, 0.9, 0.1, 0.7, -0.3, 0.4, 1.1, 0.8, 2.0, 1.6, 1.9, 0.3};
  const IsotonicCurve curve = isotonic_regression(x, y);
  EXPECT_EQ(curve.score, (Numbers{0.5, 1.5, 2.25, 3, 4, 5.5, 6, 7}));
  const Numbers fitted{-0.3, 0.2, 0.4333333333333334, 0.7, 0.75, 0.8, 1.833333333333333, 1.833333333333333};
  ASSERT_EQ(curve.value.size(), fitted.size());
  for (std::size_t i = 0; i < fitted.size(); ++i) EXPECT_NEAR(curve.value[i], fitted[i], tolerance);
  const Numbers at{-1, 0.5, 1, 1.75, 2, 2.5, 3.5, 5, 5.8, 6.2, 9};
  const Numbers lines{-0.3,
                      -0.3,
                      -0.049999999999999989,
                      0.27777777777777779,
                      0.355555555555555625,
                      0.522222222222222254,
                      0.724999999999999867,
                      0.783333333333333437,
                      1.419999999999999485,
                      1.833333333333333037,
                      1.833333333333333037};
  // R's values carry what its cumulative sums round: some 1e-15.
  for (std::size_t i = 0; i < at.size(); ++i) EXPECT_NEAR(curve.at(at[i]).value(), lines[i], tolerance);
}

TEST(IsotonicRegression, a_curve_holds_the_ends_of_level_stretches) {
  const IsotonicCurve curve = isotonic_regression(Numbers{1, 2, 3, 4}, Numbers{0, 1, 0, 1});
  EXPECT_EQ(curve.score, (Numbers{1, 2, 3, 4}));
  EXPECT_EQ(curve.value, (Numbers{0, 0.5, 0.5, 1}));
  // Neighbours that are equal as they are make one stretch.
  const IsotonicCurve level = isotonic_regression(Numbers{1, 2, 3, 4}, Numbers{0, 0, 0, 1});
  EXPECT_EQ(level.score, (Numbers{1, 3, 4}));
  EXPECT_EQ(level.value, (Numbers{0, 0, 1}));
}

TEST(IsotonicRegression, what_falls_is_one_level) {
  const IsotonicCurve curve = isotonic_regression(Numbers{3, 1, 2}, Numbers{0, 1, 0.5}, Numbers{1, 2, 1});
  EXPECT_EQ(curve.score, (Numbers{1, 3}));
  EXPECT_EQ(curve.value, (Numbers{0.625, 0.625}));
  EXPECT_EQ(curve.at(2.5), 0.625);
}

TEST(IsotonicRegression, a_weight_of_two_is_two_rows) {
  const Numbers score{1, 2, 3};
  const Numbers y{0.5, 0.25, 0.75};
  const IsotonicCurve weighted = isotonic_regression(score, y, Numbers{1, 2, 1});
  const IsotonicCurve twice = isotonic_regression(Numbers{1, 2, 2, 3}, Numbers{0.5, 0.25, 0.25, 0.75});
  EXPECT_EQ(weighted.score, twice.score);
  EXPECT_EQ(weighted.value, twice.value);
}

#ifdef CHURN_ORACLES_DIR

TEST(IsotonicRegression, predictions_of_a_model_keep_their_sum_and_become_calibrated) {
  const auto set = stats_test::predictions_of(std::string(CHURN_ORACLES_DIR) + "/churn_bigml",
                                              "train80_in_sample", "train80");
  const Numbers y(set.outcome.begin(), set.outcome.end());
  const IsotonicCurve curve = isotonic_regression(set.p, y);
  // R 4.2.2: r <- isoreg(p, y); f <- r$yf; length(unique(signif(f, 10))); sum((y[r$ord] - f)^2); sum(f); f[1334]
  Numbers distinct = curve.value;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  double squares = 0;
  double sum = 0;
  Numbers fitted;
  for (std::size_t i = 0; i < y.size(); ++i) {
    fitted.push_back(curve.at(set.p[i]).value());
    squares += (y[i] - fitted.back()) * (y[i] - fitted.back());
    sum += fitted.back();
  }
  std::sort(fitted.begin(), fitted.end());
  EXPECT_EQ(distinct.size(), 23U);
  EXPECT_NEAR(squares, 255.789515530481338601,
              1e-9);  // 2666 terms; R's cumulative sums are good to some 1e-12
  EXPECT_NEAR(sum, 388, 1e-9);
  EXPECT_NEAR(fitted[1333], 0.055096418732782371, 1e-11);
}

#endif

RC_GTEST_PROP(IsotonicRegression, is_the_highest_of_lowest_means, ()) {
  const Sample sample = any_sample();
  const IsotonicCurve curve = isotonic_regression(sample.score, sample.y, sample.weight);
  for (const auto& [score, value] : max_of_min_means(sample))
    RC_ASSERT(std::abs(*curve.at(score) - value) < tolerance);
}

RC_GTEST_PROP(IsotonicRegression, never_falls_and_keeps_the_sum, ()) {
  const Sample sample = any_sample();
  const IsotonicCurve curve = isotonic_regression(sample.score, sample.y, sample.weight);
  RC_ASSERT(curve.score.size() == curve.value.size());
  for (std::size_t i = 1; i < curve.score.size(); ++i) {
    RC_ASSERT(curve.score[i - 1] < curve.score[i]);
    RC_ASSERT(curve.value[i - 1] <= curve.value[i]);
    // No three scores hold one value: those in between would add nothing.
    if (i > 1) RC_ASSERT(curve.value[i - 2] < curve.value[i]);
  }
  double last = -HUGE_VAL;
  for (double x = -1; x < 16; x += 0.125) {
    RC_ASSERT(*curve.at(x) >= last);
    last = *curve.at(x);
  }
  double difference = 0;
  for (std::size_t i = 0; i < sample.y.size(); ++i)
    difference += sample.weight[i] * (sample.y[i] - *curve.at(sample.score[i]));
  RC_ASSERT(std::abs(difference) < 1e-11);  // 30 rows of weights up to 4
}

RC_GTEST_PROP(IsotonicRegression, the_order_of_rows_changes_no_bit, ()) {
  const Sample sample = any_sample();
  const auto turned = [](const Numbers& numbers) { return Numbers(numbers.rbegin(), numbers.rend()); };
  const IsotonicCurve a = isotonic_regression(sample.score, sample.y, sample.weight);
  const IsotonicCurve b = isotonic_regression(turned(sample.score), turned(sample.y), turned(sample.weight));
  RC_ASSERT(a.score == b.score);
  RC_ASSERT(a.value == b.value);
}

TEST(IsotonicRegression, of_no_rows_has_no_value) {
  const IsotonicCurve curve = isotonic_regression({}, {});
  EXPECT_TRUE(curve.score.empty());
  EXPECT_EQ(curve.at(1), std::nullopt);
}

TEST(IsotonicRegression, of_one_score_is_level) {
  const IsotonicCurve curve = isotonic_regression(Numbers{2, 2, 2, 2}, Numbers{0, 1, 0, 0});
  EXPECT_EQ(curve.score, Numbers{2});
  for (const double x : {-HUGE_VAL, 1.0, 2.0, 3.0, HUGE_VAL}) EXPECT_EQ(curve.at(x), 0.25);
}

TEST(IsotonicRegression, of_one_outcome_is_level) {
  const IsotonicCurve curve = isotonic_regression(Numbers{1, 2, 3}, Numbers{1, 1, 1});
  EXPECT_EQ(curve.score, (Numbers{1, 3}));
  EXPECT_EQ(curve.value, (Numbers{1, 1}));
}

TEST(IsotonicRegression, scores_as_far_apart_as_doubles_can_be_have_a_line_between) {
  const double largest = std::numeric_limits<double>::max();
  const IsotonicCurve curve = isotonic_regression(Numbers{-largest, largest}, Numbers{0, 1});
  EXPECT_EQ(curve.at(0), 0.5);
}

TEST(IsotonicRegression, scores_as_close_as_doubles_can_be_have_values) {
  const double least = std::numeric_limits<double>::denorm_min();
  const IsotonicCurve curve =
      isotonic_regression(Numbers{0, least, 3 * least, 5 * least}, Numbers{0, 1, 2, 4});
  EXPECT_EQ(curve.at(0), 0);
  EXPECT_EQ(curve.at(least), 1);
  EXPECT_EQ(curve.at(2 * least), 1.5);
  EXPECT_EQ(curve.at(4 * least), 3);
}

TEST(IsotonicRegression, refuses_what_is_no_row) {
  const double largest = std::numeric_limits<double>::max();
  EXPECT_EQ(error_of([] { (void)isotonic_regression(Numbers{1}, {}); }), "out_of_range");
  EXPECT_EQ(error_of([] {
              (void)isotonic_regression(Numbers{1, 2}, Numbers{1, 2}, Numbers{1});
            }),
            "out_of_range");
  for (const double bad : {std::nan(""), HUGE_VAL}) {
    EXPECT_EQ(error_of([&] { (void)isotonic_regression(Numbers{bad}, Numbers{1}); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)isotonic_regression(Numbers{1}, Numbers{bad}); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)isotonic_regression(Numbers{1}, Numbers{1}, Numbers{bad}); }),
              "bad_number");
  }
  for (const double weight : {0.0, -1.0})
    EXPECT_EQ(error_of([&] { (void)isotonic_regression(Numbers{1}, Numbers{1}, Numbers{weight}); }),
              "bad_number");
  EXPECT_EQ(error_of([&] {
              (void)isotonic_regression(Numbers{1, 1}, Numbers{largest, largest});
            }),
            "bad_number");
  EXPECT_EQ(error_of([&] {
              (void)isotonic_regression(Numbers{1, 1}, Numbers{0, 0}, Numbers{largest, largest});
            }),
            "bad_number");
  EXPECT_EQ(error_of([] { (void)isotonic_regression(Numbers{1}, Numbers{1}).at(std::nan("")); }),
            "bad_number");
  EXPECT_EQ(error_of([] { (void)IsotonicCurve{{1, 2}, {1}}.at(1.5); }), "out_of_range");
}

}  // namespace
}  // namespace churn
