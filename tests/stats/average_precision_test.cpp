#include <churn/stats/average_precision.hpp>

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
using Scores = std::vector<double>;

// A sum of some hundred quotients below 1.
constexpr double tolerance = 1e-13;

TEST(AveragePrecision, equals_the_example_of_scikit_learn) {
  // Of its page of average_precision_score: 0.83, that is 1/2 x 1 + 1/2 x 2/3.
  EXPECT_NEAR(average_precision(Scores{0.1, 0.4, 0.35, 0.8}, Outcomes{0, 0, 1, 1}).value(), 5.0 / 6,
              tolerance);
}

#ifdef CHURN_ORACLES_DIR

TEST(AveragePrecision, equals_r_for_three_sets_of_predictions) {
  const std::string folder = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";
  const auto answers = stats_test::read_json(folder + "/prediction_quality.json");
  for (const auto& set : stats_test::prediction_sets(folder)) {
    SCOPED_TRACE(set.name);
    EXPECT_NEAR(average_precision(set.p, set.outcome).value(),
                answers.at(set.name).at("average_precision").get<double>(), tolerance);
  }
}

#endif

RC_GTEST_PROP(AveragePrecision, is_the_mean_precision_at_the_score_of_each_yes, ()) {
  Scores score;
  Outcomes outcome;
  const auto n = *between(0, 50);
  for (int i = 0; i < n; ++i) {
    score.push_back(*between(0, 10));
    outcome.push_back(static_cast<std::uint8_t>(*between(0, 2)));
  }
  double sum = 0;
  double all = 0;
  for (std::size_t i = 0; i < score.size(); ++i) {
    if (outcome[i] == 0) continue;
    double rows = 0;
    double yes = 0;
    for (std::size_t j = 0; j < score.size(); ++j) {
      if (score[j] < score[i]) continue;
      rows += 1;
      yes += outcome[j];
    }
    sum += yes / rows;
    all += 1;
  }
  const auto result = average_precision(score, outcome);
  RC_ASSERT(result.has_value() == (all > 0));
  if (result) RC_ASSERT(std::abs(*result - sum / all) < tolerance);
  // The order of rows changes no bit.
  RC_ASSERT(average_precision(Scores(score.rbegin(), score.rend()),
                              Outcomes(outcome.rbegin(), outcome.rend())) == result);
}

TEST(AveragePrecision, of_all_alike_is_the_share_of_yes) {
  EXPECT_EQ(average_precision(Scores(4, 0.7), Outcomes{0, 1, 0, 0}), 0.25);
}

TEST(AveragePrecision, of_those_who_are_all_yes_is_1_and_of_none_there_is_none) {
  EXPECT_EQ(average_precision(Scores{1, 2, 2}, Outcomes{1, 1, 1}), 1);
  EXPECT_EQ(average_precision(Scores{1, 2, 2}, Outcomes{0, 0, 0}), std::nullopt);
  EXPECT_EQ(average_precision({}, {}), std::nullopt);
}

TEST(AveragePrecision, refuses_what_it_cannot_rank) {
  EXPECT_EQ(error_of([] { (void)average_precision(Scores{1}, Outcomes{}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)average_precision(Scores{std::nan("")}, Outcomes{1}); }), "bad_number");
}

}  // namespace
}  // namespace churn
