#include <churn/stats/reliability.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <churn/stats/wilson.hpp>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/prediction_sets.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Outcomes = std::vector<std::uint8_t>;
using Chances = std::vector<double>;

// Means of numbers below 1, each good to some 1e-16.
constexpr double tolerance = 1e-12;
// Chi-square divides squares of differences by what may be small.
constexpr double test_tolerance = 1e-9;

TEST(Reliability, of_six_rows_in_bins_of_equal_width) {
  const ReliabilityTable t =
      reliability(Chances{0.1, 0.5, 0.3, 1.0, 0.9, 0.0}, Outcomes{0, 1, 1, 1, 0, 0}, Bins::equal_width, 2);
  ASSERT_EQ(t.bins.size(), 2U);
  EXPECT_EQ(t.bins[0].rows, 3);
  EXPECT_EQ(t.bins[0].yes, 1);
  EXPECT_NEAR(t.bins[0].mean_p.value(), 0.4 / 3, tolerance);
  EXPECT_NEAR(t.bins[0].share.value(), 1.0 / 3, tolerance);
  EXPECT_EQ(t.bins[0].interval, wilson_interval(1, 3));
  EXPECT_EQ(t.bins[1].rows, 3);  // 0.5 is the first of its bin, and 1 the last
  EXPECT_EQ(t.bins[1].yes, 2);
  EXPECT_NEAR(t.bins[1].mean_p.value(), 0.8, tolerance);
  EXPECT_NEAR(t.expected_calibration_error.value(), 0.5 * (0.2 + 0.4 / 3), tolerance);
  EXPECT_NEAR(t.largest_calibration_error.value(), 0.2, tolerance);
}

#ifdef CHURN_ORACLES_DIR

const std::string telecom = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";

void expect_bins(const ReliabilityTable& table, const nlohmann::json& answer) {
  ASSERT_EQ(table.bins.size(), answer.at("n").size());
  for (std::size_t i = 0; i < table.bins.size(); ++i) {
    SCOPED_TRACE(i);
    const ReliabilityBin& bin = table.bins[i];
    EXPECT_EQ(bin.rows, answer.at("n")[i].get<std::int64_t>());
    EXPECT_EQ(bin.mean_p.has_value(), !answer.at("mean_p")[i].is_null());
    EXPECT_EQ(bin.interval, wilson_interval(bin.yes, bin.rows));
    if (!bin.mean_p) continue;
    EXPECT_NEAR(*bin.mean_p, answer.at("mean_p")[i].get<double>(), tolerance);
    EXPECT_NEAR(bin.share.value(), answer.at("mean_y")[i].get<double>(), tolerance);
  }
  EXPECT_NEAR(table.expected_calibration_error.value(), answer.at("ece").get<double>(), tolerance);
  if (!answer.contains("mce")) return;
  EXPECT_NEAR(table.largest_calibration_error.value(), answer.at("mce").get<double>(), tolerance);
}

TEST(Reliability, tables_equal_r_for_three_sets_of_predictions) {
  const auto answers = stats_test::read_json(telecom + "/prediction_quality.json");
  for (const auto& set : stats_test::prediction_sets(telecom)) {
    SCOPED_TRACE(set.name);
    expect_bins(reliability(set.p, set.outcome, Bins::equal_width),
                answers.at(set.name).at("ece_10_equal_width"));
    expect_bins(reliability(set.p, set.outcome), answers.at(set.name).at("ece_10_equal_count"));
  }
}

TEST(HosmerLemeshow, equals_r_for_three_sets_of_predictions) {
  const auto answers = stats_test::read_json(telecom + "/prediction_quality.json");
  for (const auto& set : stats_test::prediction_sets(telecom)) {
    SCOPED_TRACE(set.name);
    const auto& answer = answers.at(set.name).at("hosmer_lemeshow_10");
    const HosmerLemeshow test = hosmer_lemeshow(set.p, set.outcome);
    EXPECT_EQ(test.rows, answer.at("n").get<std::vector<std::int64_t>>());
    EXPECT_EQ(test.observed, answer.at("observed").get<std::vector<std::int64_t>>());
    const auto expected = answer.at("expected").get<std::vector<double>>();
    ASSERT_EQ(test.expected.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(test.expected[i], expected[i], test_tolerance);
    EXPECT_NEAR(test.chi_square.value(), answer.at("chisq").get<double>(), test_tolerance);
    EXPECT_EQ(test.degrees_of_freedom, answer.at("df").get<double>());
    EXPECT_NEAR(test.p.value().value, answer.at("p").get<double>(), test_tolerance);
  }
}

#endif

struct Sample {
  Chances p{};
  Outcomes outcome{};
};

Sample any_sample() {
  Sample sample;
  const auto rows = *between(0, 60);
  for (int i = 0; i < rows; ++i) {
    sample.p.push_back(static_cast<double>(*between(0, 21)) / 20);
    sample.outcome.push_back(static_cast<std::uint8_t>(*between(0, 2)));
  }
  return sample;
}

RC_GTEST_PROP(Reliability, bins_hold_all_rows_where_they_belong, ()) {
  const Sample sample = any_sample();
  const auto bins = static_cast<std::size_t>(*between(1, 15));
  const std::size_t n = sample.p.size();
  for (const Bins kind : {Bins::equal_width, Bins::equal_count}) {
    const ReliabilityTable table = reliability(sample.p, sample.outcome, kind, bins);
    RC_ASSERT(table.bins.size() == bins);
    std::vector<std::int64_t> rows(bins, 0);
    for (std::size_t i = 0; i < n; ++i) {
      auto bin = i * bins / n;
      if (kind == Bins::equal_width)
        bin = static_cast<std::size_t>(
            std::fmin(std::floor(static_cast<double>(bins) * sample.p[i]), static_cast<double>(bins - 1)));
      ++rows[bin];
    }
    std::int64_t yes = 0;
    for (std::size_t i = 0; i < bins; ++i) {
      RC_ASSERT(table.bins[i].rows == rows[i]);
      yes += table.bins[i].yes;
    }
    std::int64_t all_yes = 0;
    for (const std::uint8_t outcome : sample.outcome) all_yes += outcome;
    RC_ASSERT(yes == all_yes);
    RC_ASSERT(table.expected_calibration_error.has_value() == (n > 0));
    if (n > 0) RC_ASSERT(*table.expected_calibration_error <= *table.largest_calibration_error + tolerance);
  }
}

RC_GTEST_PROP(Reliability, of_one_bin_is_the_difference_of_means, ()) {
  const Sample sample = any_sample();
  RC_PRE(!sample.p.empty());
  double difference = 0;
  for (std::size_t i = 0; i < sample.p.size(); ++i) difference += sample.p[i] - sample.outcome[i];
  difference = std::abs(difference) / static_cast<double>(sample.p.size());
  for (const Bins kind : {Bins::equal_width, Bins::equal_count}) {
    const ReliabilityTable table = reliability(sample.p, sample.outcome, kind, 1);
    RC_ASSERT(std::abs(*table.expected_calibration_error - difference) < tolerance);
    RC_ASSERT(std::abs(*table.expected_calibration_error - *table.largest_calibration_error) < tolerance);
  }
}

RC_GTEST_PROP(Reliability, the_order_of_rows_changes_no_bit_of_what_is_not_parted, ()) {
  const Sample sample = any_sample();
  const Chances turned_p(sample.p.rbegin(), sample.p.rend());
  const Outcomes turned(sample.outcome.rbegin(), sample.outcome.rend());
  const ReliabilityTable a = reliability(sample.p, sample.outcome, Bins::equal_width);
  const ReliabilityTable b = reliability(turned_p, turned, Bins::equal_width);
  for (std::size_t i = 0; i < a.bins.size(); ++i) {
    RC_ASSERT(a.bins[i].mean_p == b.bins[i].mean_p);
    RC_ASSERT(a.bins[i].yes == b.bins[i].yes);
  }
  RC_ASSERT(a.expected_calibration_error == b.expected_calibration_error);
  const HosmerLemeshow c = hosmer_lemeshow(sample.p, sample.outcome);
  const HosmerLemeshow d = hosmer_lemeshow(turned_p, turned);
  RC_ASSERT(c.rows == d.rows);
  RC_ASSERT(c.observed == d.observed);
  RC_ASSERT(c.expected == d.expected);
  RC_ASSERT(c.chi_square == d.chi_square);
}

TEST(Reliability, parts_equal_p_by_the_order_of_rows) {
  const ReliabilityTable t = reliability(Chances(4, 0.5), Outcomes{1, 1, 0, 0}, Bins::equal_count, 2);
  EXPECT_EQ(t.bins[0].yes, 2);
  EXPECT_EQ(t.bins[1].yes, 0);
  EXPECT_NEAR(t.expected_calibration_error.value(), 0.5, tolerance);
}

TEST(Reliability, of_nobody_has_bins_without_a_share) {
  for (const Bins kind : {Bins::equal_width, Bins::equal_count}) {
    const ReliabilityTable t = reliability({}, {}, kind, 3);
    EXPECT_EQ(t.kind, kind);
    ASSERT_EQ(t.bins.size(), 3U);
    EXPECT_FALSE(t.bins[1].mean_p || t.bins[1].share || t.bins[1].interval);
    EXPECT_FALSE(t.expected_calibration_error || t.largest_calibration_error);
  }
}

TEST(Reliability, where_nobody_left_every_p_is_too_high) {
  const ReliabilityTable t = reliability(Chances{0.1, 0.2, 0.3, 0.4}, Outcomes(4, 0), Bins::equal_count, 2);
  EXPECT_EQ(t.bins[1].share, 0);
  EXPECT_EQ(t.bins[1].interval, wilson_interval(0, 2));
  EXPECT_NEAR(t.expected_calibration_error.value(), 0.25, tolerance);
  EXPECT_NEAR(t.largest_calibration_error.value(), 0.35, tolerance);
}

TEST(Reliability, certain_and_right_is_calibrated) {
  const ReliabilityTable t = reliability(Chances{0, 1, 0, 1}, Outcomes{0, 1, 0, 1}, Bins::equal_width);
  EXPECT_EQ(t.bins.front().rows, 2);
  EXPECT_EQ(t.bins.back().rows, 2);
  EXPECT_EQ(t.expected_calibration_error, 0);
  EXPECT_EQ(t.largest_calibration_error, 0);
}

TEST(Reliability, refuses_what_is_no_probability) {
  EXPECT_EQ(error_of([] { (void)reliability(Chances{0.1}, Outcomes{}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)reliability({}, {}, Bins::equal_width, 0); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)reliability({}, {}, Bins::equal_width, 5, 1.0); }), "bad_number");
  EXPECT_EQ(error_of([] { (void)hosmer_lemeshow(Chances{0.1}, Outcomes{}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)hosmer_lemeshow({}, {}, 0); }), "out_of_range");
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)reliability(Chances{bad}, Outcomes{1}); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)hosmer_lemeshow(Chances{bad}, Outcomes{1}); }), "bad_number");
  }
}

TEST(HosmerLemeshow, groups_of_a_few_rows_with_equals_are_those_of_r) {
  // R 4.2.2: p <- c(.1,.1,.1,.2,.3,.3,.4,.5,.5,.9); y <- c(0,1,0,0,0,1,0,1,0,1)
  //   g <- cut(p, unique(quantile(p, seq(0, 1, .2))), include.lowest = TRUE); table(g); tapply(y, g, sum)
  //   e <- tapply(p, g, sum); n <- table(g); o <- tapply(y, g, sum); sum((o - e)^2 / (e * (1 - e / n)))
  const HosmerLemeshow test = hosmer_lemeshow(Chances{.1, .1, .1, .2, .3, .3, .4, .5, .5, .9},
                                              Outcomes{0, 1, 0, 0, 0, 1, 0, 1, 0, 1}, 5);
  EXPECT_EQ(test.rows, (std::vector<std::int64_t>{4, 2, 3, 1}));
  EXPECT_EQ(test.observed, (std::vector<std::int64_t>{1, 1, 1, 1}));
  EXPECT_NEAR(test.chi_square.value(), 1.2777777777777777, test_tolerance);
  EXPECT_NEAR(test.p.value().value, 0.5278786301239432, test_tolerance);
}

TEST(HosmerLemeshow, of_rows_that_p_was_not_learned_from_each_group_is_free) {
  // The four groups of above: pchisq(1.2777777777777777, 4, lower.tail = FALSE)
  const HosmerLemeshow test = hosmer_lemeshow(Chances{.1, .1, .1, .2, .3, .3, .4, .5, .5, .9},
                                              Outcomes{0, 1, 0, 0, 0, 1, 0, 1, 0, 1}, 5, 0);
  EXPECT_EQ(test.degrees_of_freedom, 4);
  EXPECT_NEAR(test.p.value().value, 0.86513442159201781, test_tolerance);
  EXPECT_FALSE(hosmer_lemeshow({}, {}, 10, 0).p);
  EXPECT_FALSE(hosmer_lemeshow(Chances{.1, .9}, Outcomes{0, 1}, 2, 7).p) << "more spent than there is";
}

// Chances that are right, of rows that they were not learned from: at 5 % one in twenty is rejected. Of 400, 35 or more
// would have a chance of 0.1 % at that rate; with two degrees of freedom less it is about one in ten.
TEST(HosmerLemeshow, chances_that_are_right_are_seldom_rejected_on_other_rows) {
  std::mt19937 random{5};
  int rejected = 0;
  int as_if_learned = 0;
  for (int set = 0; set < 400; ++set) {
    Chances p;
    Outcomes y;
    for (int row = 0; row < 300; ++row) {
      p.push_back(0.1 + 0.8 * (static_cast<double>(random() % 1000) / 1000));
      y.push_back(static_cast<double>(random() % 10'000) / 10'000 < p.back() ? 1 : 0);
    }
    rejected += hosmer_lemeshow(p, y, 10, 0).p.value().value < 0.05 ? 1 : 0;
    as_if_learned += hosmer_lemeshow(p, y, 10, 2).p.value().value < 0.05 ? 1 : 0;
  }
  EXPECT_LT(rejected, 35);
  EXPECT_GT(as_if_learned, rejected);
}

TEST(HosmerLemeshow, of_all_alike_or_nobody_has_no_answer) {
  EXPECT_TRUE(hosmer_lemeshow({}, {}).rows.empty());
  EXPECT_FALSE(hosmer_lemeshow({}, {}).chi_square);
  const HosmerLemeshow alike = hosmer_lemeshow(Chances(5, 0.5), Outcomes{1, 0, 1, 0, 1});
  EXPECT_EQ(alike.rows, std::vector<std::int64_t>{5});
  EXPECT_EQ(alike.observed, std::vector<std::int64_t>{3});
  EXPECT_FALSE(alike.chi_square || alike.p);
  const HosmerLemeshow two = hosmer_lemeshow(Chances{0.2, 0.2, 0.7, 0.7}, Outcomes{0, 1, 1, 0}, 2);
  EXPECT_FALSE(two.chi_square || two.p);
  EXPECT_EQ(two.degrees_of_freedom, 0);
}

TEST(HosmerLemeshow, a_group_that_expects_nobody_or_all_has_no_answer) {
  const Outcomes outcome{0, 0, 1, 0, 1, 1};
  EXPECT_TRUE(hosmer_lemeshow(Chances{.1, .1, .5, .5, .8, .8}, outcome, 3).chi_square);
  EXPECT_FALSE(hosmer_lemeshow(Chances{0, 0, .5, .5, .8, .8}, outcome, 3).chi_square);
  EXPECT_FALSE(hosmer_lemeshow(Chances{.1, .1, .5, .5, 1, 1}, outcome, 3).chi_square);
}

TEST(HosmerLemeshow, more_groups_than_rows_are_one_a_row) {
  const HosmerLemeshow test = hosmer_lemeshow(Chances{0.1, 0.2, 0.3, 0.4}, Outcomes{0, 1, 0, 1}, 100);
  EXPECT_EQ(test.rows, (std::vector<std::int64_t>{1, 1, 1, 1}));
  EXPECT_EQ(test.degrees_of_freedom, 2);
}

}  // namespace
}  // namespace churn
