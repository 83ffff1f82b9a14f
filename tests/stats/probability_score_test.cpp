#include <churn/stats/probability_score.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
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

// Means of terms of the size of 1, each good to some 1e-16.
constexpr double tolerance = 1e-12;

TEST(ProbabilityScore, of_four_rows_by_hand) {
  const ProbabilityScore s = probability_score(Chances{0.5, 0.25, 0.75, 0.25}, Outcomes{1, 0, 1, 1});
  EXPECT_EQ(s.rows, 4);
  EXPECT_EQ(s.yes, 3);
  EXPECT_NEAR(s.brier.value(), (0.25 + 0.0625 + 0.0625 + 0.5625) / 4, tolerance);
  EXPECT_NEAR(s.brier_skill.value(), 1 - 0.234375 / 0.1875, tolerance);
  EXPECT_NEAR(s.log_loss.value(), -(std::log(0.5) + 2 * std::log(0.75) + std::log(0.25)) / 4, tolerance);
}

#ifdef CHURN_ORACLES_DIR

TEST(ProbabilityScore, equals_r_for_three_sets_of_predictions) {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";
  const auto answers = stats_test::read_json(folder + "/prediction_quality.json");
  for (const auto& set : stats_test::prediction_sets(folder)) {
    SCOPED_TRACE(set.name);
    const auto& answer = answers.at(set.name);
    const ProbabilityScore s = probability_score(set.p, set.outcome);
    EXPECT_EQ(s.rows, answer.at("n").get<std::int64_t>());
    EXPECT_EQ(s.yes, answer.at("n_pos").get<std::int64_t>());
    EXPECT_NEAR(s.brier.value(), answer.at("brier").get<double>(), tolerance);
    EXPECT_NEAR(s.brier_skill.value(), answer.at("brier_skill_vs_base_rate").get<double>(), tolerance);
    EXPECT_NEAR(s.log_loss.value(), answer.at("log_loss").get<double>(), tolerance);
  }
}

#endif

TEST(ProbabilityScore, the_base_rate_told_to_everybody_has_no_skill) {
  const Outcomes outcome{1, 0, 0, 0};
  EXPECT_NEAR(probability_score(Chances(4, 0.25), outcome).brier_skill.value(), 0, tolerance);
  EXPECT_NEAR(probability_score(Chances(4, 0.1), outcome, 0.1).brier_skill.value(), 0, tolerance);
}

TEST(ProbabilityScore, a_base_rate_from_elsewhere_is_easier_to_beat) {
  // Told to everybody, 0.5 misses by 0.25 and the share of yes by 0.1875.
  const ProbabilityScore s = probability_score(Chances{0.5, 0, 0, 0}, Outcomes{1, 0, 0, 0}, 0.5);
  EXPECT_NEAR(s.brier_skill.value(), 1 - 0.0625 / 0.25, tolerance);
}

TEST(ProbabilityScore, of_nobody_is_none) {
  const ProbabilityScore s = probability_score({}, {}, 0.2);
  EXPECT_EQ(s.rows, 0);
  EXPECT_FALSE(s.brier || s.brier_skill || s.log_loss);
}

TEST(ProbabilityScore, of_one_outcome_has_a_skill_only_against_a_base_rate_that_misses) {
  const Chances p{0.1, 0.2};
  for (const std::uint8_t all : Outcomes{0, 1}) {
    const Outcomes outcome{all, all};
    EXPECT_TRUE(probability_score(p, outcome).brier);
    EXPECT_FALSE(probability_score(p, outcome).brier_skill);
    EXPECT_FALSE(probability_score(p, outcome, all).brier_skill);
  }
  EXPECT_NEAR(probability_score(p, Outcomes{0, 0}, 0.5).brier_skill.value(), 1 - 0.025 / 0.25, tolerance);
}

TEST(ProbabilityScore, certainty_costs_nothing_where_it_is_right_and_much_but_not_all_where_it_is_wrong) {
  const ProbabilityScore right = probability_score(Chances{0, 1}, Outcomes{0, 1});
  EXPECT_EQ(right.brier, 0);
  EXPECT_EQ(right.brier_skill, 1);
  EXPECT_NEAR(right.log_loss.value(), 1e-15, 1e-17);
  const ProbabilityScore wrong = probability_score(Chances{1, 0}, Outcomes{0, 1});
  EXPECT_EQ(wrong.brier, 1);
  // 1 - 1e-15 is no double: the nearest leaves 9.99e-16, whose logarithm is off by 8e-4.
  EXPECT_NEAR(wrong.log_loss.value(), 15 * std::log(10), 1e-3);
}

TEST(ProbabilityScore, all_alike_with_the_share_of_yes_have_its_entropy) {
  const ProbabilityScore s = probability_score(Chances(10, 0.3), Outcomes{1, 1, 1, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_NEAR(s.brier.value(), 0.21, tolerance);
  EXPECT_NEAR(s.log_loss.value(), -(0.3 * std::log(0.3) + 0.7 * std::log(0.7)), tolerance);
}

RC_GTEST_PROP(ProbabilityScore, who_is_told_the_contrary_of_the_contrary_scores_the_same, ()) {
  Chances p;
  Outcomes outcome;
  Chances rest;
  Outcomes turned;
  const auto rows = *between(1, 50);
  for (int i = 0; i < rows; ++i) {
    p.push_back(static_cast<double>(*between(0, 65)) / 64);  // so that 1 - p is exact
    outcome.push_back(static_cast<std::uint8_t>(*between(0, 2)));
    rest.push_back(1 - p.back());
    turned.push_back(outcome.back() == 0 ? 1 : 0);
  }
  const ProbabilityScore a = probability_score(p, outcome);
  const ProbabilityScore b = probability_score(rest, turned);
  RC_ASSERT(std::abs(*a.brier - *b.brier) < tolerance);
  RC_ASSERT(a.brier_skill.has_value() == b.brier_skill.has_value());
  // What 1 - 1e-15 is rounded to takes part where p is 0 or 1.
  RC_ASSERT(std::abs(*a.log_loss - *b.log_loss) < 1e-3);
}

TEST(ProbabilityScore, a_million_rows_are_summed_without_loss) {
  // 0.1 is a little more than a tenth: its square sums to exactly that many times itself.
  const std::size_t rows = 1'000'000;
  const ProbabilityScore s = probability_score(Chances(rows, 0.1), Outcomes(rows, 0));
  EXPECT_DOUBLE_EQ(s.brier.value(), 0.1 * 0.1);
  EXPECT_DOUBLE_EQ(s.log_loss.value(), -std::log1p(-0.1));
}

TEST(ProbabilityScore, refuses_what_is_no_probability) {
  EXPECT_EQ(error_of([] { (void)probability_score(Chances{0.1}, Outcomes{}); }), "out_of_range");
  for (const double bad : {-0.1, 1.1, std::nan("")}) {
    EXPECT_EQ(error_of([&] { (void)probability_score(Chances{bad}, Outcomes{1}); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)probability_score({}, {}, bad); }), "bad_number");
  }
}

}  // namespace
}  // namespace churn
