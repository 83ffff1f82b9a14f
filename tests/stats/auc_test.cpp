#include <churn/stats/auc.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "stats/prediction_sets.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using Outcomes = std::vector<std::uint8_t>;
using Clusters = std::vector<std::uint32_t>;
using Scores = std::vector<double>;

// The value is a quotient of whole numbers; an error adds some thousand squares of at most 1.
constexpr double value_tolerance = 1e-13;
constexpr double error_tolerance = 1e-12;

// Twelve rows with equal scores, of seven customers who are yes, no, and both.
const Scores some_scores{0.9, 0.4, 0.7, 0.7, 0.2, 0.5, 0.3, 0.6, 0.4, 0.1, 0.8, 0.3};
const Outcomes some_outcomes{1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0};
const Clusters some_clusters{1, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 7};

struct Sample {
  Scores score;
  Outcomes outcome;
  Clusters cluster;
};

/// Few different scores and clusters, so that both often meet.
Sample any_sample() {
  Sample sample;
  const auto rows = *between(0, 40);
  for (int i = 0; i < rows; ++i) {
    sample.score.push_back(*between(0, 10));
    sample.outcome.push_back(static_cast<std::uint8_t>(*between(0, 2)));
    sample.cluster.push_back(static_cast<std::uint32_t>(*between(0, 12)));
  }
  return sample;
}

Sample shuffled(const Sample& sample) {
  std::vector<std::size_t> order(sample.score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(*between(0, static_cast<int>(i)))]);
  Sample result;
  for (const std::size_t i : order) {
    result.score.push_back(sample.score[i]);
    result.outcome.push_back(sample.outcome[i]);
    result.cluster.push_back(sample.cluster[i]);
  }
  return result;
}

void expect_same(const Auc& a, const Auc& b) {
  EXPECT_EQ(a.yes, b.yes);
  EXPECT_EQ(a.no, b.no);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.std_error, b.std_error);
  EXPECT_EQ(a.interval, b.interval);
  EXPECT_EQ(a.p, b.p);
}

TEST(Auc, error_interval_and_p_of_a_few_rows_equal_r) {
  // R 4.2.2, of the rows above:
  //   v10 <- sapply(s[y == 1], function(x) mean((s[y == 0] < x) + (s[y == 0] == x) / 2))
  //   v01 <- sapply(s[y == 0], function(x) mean((s[y == 1] > x) + (s[y == 1] == x) / 2))
  //   a <- mean(v10); e <- sqrt(var(v10) / sum(y) + var(v01) / sum(!y)); a + c(-1, 1) * qnorm(.975) * e
  const Auc a = auc(some_scores, some_outcomes);
  EXPECT_EQ(a.yes, 5);
  EXPECT_EQ(a.no, 7);
  EXPECT_NEAR(a.value.value(), 0.77142857142857146, value_tolerance);
  EXPECT_NEAR(a.std_error.value(), 0.14903316528122690, error_tolerance);
  EXPECT_NEAR(a.interval.value().low, 0.479328934975361609, error_tolerance);
  EXPECT_EQ(a.interval.value().high, 1);  // 1.0635, cut
  EXPECT_NEAR(a.p.value().value, 0.068566906550904042, error_tolerance);
}

TEST(Auc, with_clusters_the_error_is_obuchowskis) {
  // R 4.2.2, a, v10 and v01 as above, cl the clusters as a factor, M = sum(y), N = sum(!y), I = nlevels(cl):
  //   A <- tapply(replace(0 * s, y == 1, v10 - a), cl, sum); B <- tapply(replace(0 * s, y == 0, v01 - a), cl, sum)
  //   I1 <- sum(tapply(y, cl, sum) > 0); I0 <- sum(tapply(1 - y, cl, sum) > 0)
  //   S10 <- I1 / ((I1 - 1) * M) * sum(A^2); S01 <- I0 / ((I0 - 1) * N) * sum(B^2); S11 <- I / (I - 1) * sum(A * B)
  //   e <- sqrt(S10 / M + S01 / N + 2 * S11 / (M * N)); 2 * pnorm(-abs(a - .5) / e)
  const Auc a = auc(some_scores, some_outcomes, some_clusters);
  EXPECT_NEAR(a.value.value(), 0.77142857142857146, value_tolerance);
  EXPECT_NEAR(a.std_error.value(), 0.131573208114088680, error_tolerance);
  EXPECT_NEAR(a.interval.value().low, 0.513549822194564465, error_tolerance);
  EXPECT_NEAR(a.p.value().value, 0.039117652076782805, error_tolerance);
}

#ifdef CHURN_ORACLES_DIR

const std::string telecom = std::string(CHURN_ORACLES_DIR) + "/churn_bigml";

TEST(Auc, equals_r_for_three_sets_of_predictions) {
  const auto answers = stats_test::read_json(telecom + "/prediction_quality.json");
  for (const auto& set : stats_test::prediction_sets(telecom)) {
    SCOPED_TRACE(set.name);
    const auto& answer = answers.at(set.name);
    const Auc a = auc(set.p, set.outcome);
    EXPECT_EQ(a.yes, answer.at("n_pos").get<std::int64_t>());
    EXPECT_EQ(a.yes + a.no, answer.at("n").get<std::int64_t>());
    EXPECT_NEAR(a.value.value(), answer.at("auc").get<double>(), value_tolerance);
    EXPECT_NEAR(a.std_error.value(), answer.at("auc_se_delong").get<double>(), error_tolerance);
    EXPECT_NEAR(a.interval.value().low, answer.at("auc_delong_lower").get<double>(), error_tolerance);
    EXPECT_NEAR(a.interval.value().high, answer.at("auc_delong_upper").get<double>(), error_tolerance);
    EXPECT_NEAR(a.value.value(), answer.at("proc_auc").get<double>(), value_tolerance);
    EXPECT_EQ(auc_value(set.p, set.outcome), a.value);
  }
}

TEST(Auc, equals_r_for_raw_indicators) {
  auto rows = support::read_csv(telecom + "/churn_bigml_80.csv");
  for (auto& row : support::read_csv(telecom + "/churn_bigml_20.csv")) rows.push_back(row);
  std::size_t compared = 0;
  for (auto& answer : support::read_csv(telecom + "/indicator_screen.csv")) {
    std::string column = answer["variable"];
    SCOPED_TRACE(column);
    std::replace(column.begin(), column.end(), '_', ' ');
    Scores score;
    Outcomes outcome;
    for (auto& row : rows) {
      score.push_back(std::stod(row.at(column)));
      outcome.push_back(row["Churn"] == "True" || row["Churn"] == "TRUE" ? 1 : 0);
    }
    const Auc a = auc(score, outcome);
    EXPECT_NEAR(a.value.value(), std::stod(answer["auc"]), value_tolerance);
    EXPECT_NEAR(a.std_error.value(), std::stod(answer["auc_se_delong"]), error_tolerance);
    // Mann and Whitney's U is the value before it is divided by the pairs.
    EXPECT_NEAR(a.value.value() * static_cast<double>(a.yes) * static_cast<double>(a.no),
                std::stod(answer["mann_whitney_u"]), 1e-6);
    ++compared;
  }
  EXPECT_EQ(compared, 11U);
}

#endif

RC_GTEST_PROP(Auc, counts_pairs, ()) {
  const Sample sample = any_sample();
  double pairs = 0;
  double right = 0;
  for (std::size_t i = 0; i < sample.score.size(); ++i)
    for (std::size_t j = 0; j < sample.score.size(); ++j) {
      if (sample.outcome[i] == 0 || sample.outcome[j] != 0) continue;
      pairs += 1;
      right += sample.score[i] > sample.score[j] ? 1 : sample.score[i] == sample.score[j] ? 0.5 : 0;
    }
  const auto value = auc_value(sample.score, sample.outcome);
  RC_ASSERT(value.has_value() == (pairs > 0));
  if (value) RC_ASSERT(*value == right / pairs);
  RC_ASSERT(auc(sample.score, sample.outcome, sample.cluster).value == value);
}

RC_GTEST_PROP(Auc, order_of_rows_and_names_of_clusters_change_no_bit, ()) {
  const Sample sample = any_sample();
  Sample other = shuffled(sample);
  expect_same(auc(other.score, other.outcome), auc(sample.score, sample.outcome));
  const auto largest = std::numeric_limits<std::uint32_t>::max();
  for (std::uint32_t& cluster : other.cluster) cluster = largest - 1000 * cluster;
  expect_same(auc(other.score, other.outcome, other.cluster),
              auc(sample.score, sample.outcome, sample.cluster));
}

RC_GTEST_PROP(Auc, a_cluster_a_row_is_as_good_as_none, ()) {
  Sample sample = any_sample();
  std::iota(sample.cluster.begin(), sample.cluster.end(), 7U);
  const Auc with = auc(sample.score, sample.outcome, sample.cluster);
  const Auc without = auc(sample.score, sample.outcome);
  RC_ASSERT(with.std_error.has_value() == without.std_error.has_value());
  if (with.std_error) RC_ASSERT(std::abs(*with.std_error - *without.std_error) < error_tolerance);
}

RC_GTEST_PROP(Auc, rows_that_come_twice_within_their_cluster_tell_nothing_new, ()) {
  Sample sample = any_sample();
  const Auc once = auc(sample.score, sample.outcome, sample.cluster);
  Sample twice = sample;
  twice.score.insert(twice.score.end(), sample.score.begin(), sample.score.end());
  twice.outcome.insert(twice.outcome.end(), sample.outcome.begin(), sample.outcome.end());
  twice.cluster.insert(twice.cluster.end(), sample.cluster.begin(), sample.cluster.end());
  const Auc doubled = auc(twice.score, twice.outcome, twice.cluster);
  RC_ASSERT(doubled.value == once.value);
  RC_ASSERT(doubled.std_error.has_value() == once.std_error.has_value());
  if (once.std_error) RC_ASSERT(std::abs(*doubled.std_error - *once.std_error) < error_tolerance);
  // While rows taken for independent seem to know more than they do.
  const Auc alone = auc(sample.score, sample.outcome);
  const Auc taken = auc(twice.score, twice.outcome);
  if (alone.std_error && *alone.std_error > 0) RC_ASSERT(*taken.std_error < *alone.std_error);
}

RC_GTEST_PROP(Auc, scores_turned_around_give_the_rest, ()) {
  const Sample sample = any_sample();
  Scores turned = sample.score;
  for (double& score : turned) score = -score;
  const Auc a = auc(sample.score, sample.outcome, sample.cluster);
  const Auc b = auc(turned, sample.outcome, sample.cluster);
  RC_ASSERT(a.value.has_value() == b.value.has_value());
  if (a.value) RC_ASSERT(std::abs(*a.value + *b.value - 1) < value_tolerance);
  RC_ASSERT(a.std_error.has_value() == b.std_error.has_value());
  if (a.std_error) RC_ASSERT(std::abs(*a.std_error - *b.std_error) < error_tolerance);
}

TEST(Auc, of_nobody_or_one_outcome_there_is_none) {
  EXPECT_FALSE(auc({}, {}).value);
  for (const std::uint8_t all : Outcomes{0, 1}) {
    const Auc a = auc(Scores{1, 2, 3}, Outcomes(3, all), Clusters{1, 2, 3});
    EXPECT_EQ(a.yes, all * 3);
    EXPECT_EQ(a.no, 3 - all * 3);
    EXPECT_FALSE(a.value || a.std_error || a.interval || a.p);
  }
}

TEST(Auc, where_all_scores_are_equal_it_is_a_coin_without_an_interval) {
  for (const Clusters& clusters : {Clusters{}, Clusters{1, 1, 2, 3}}) {
    const Auc a = auc(Scores(4, 0.1), Outcomes{1, 0, 1, 0}, clusters);
    EXPECT_EQ(a.value, 0.5);
    EXPECT_EQ(a.std_error, 0);
    EXPECT_FALSE(a.interval || a.p);
  }
}

TEST(Auc, scores_without_a_miss_have_no_interval) {
  for (const Clusters& clusters : {Clusters{}, Clusters{1, 2, 1, 2, 3}}) {
    const Auc a = auc(Scores{1, 2, 3, 4, 5}, Outcomes{0, 0, 1, 1, 1}, clusters);
    EXPECT_EQ(a.value, 1);
    EXPECT_EQ(a.std_error, 0);
    EXPECT_FALSE(a.interval || a.p);
  }
}

TEST(Auc, what_makes_up_for_each_other_within_clusters_leaves_no_error) {
  // Each customer has a yes and a no of the same score: as much as the one is above the mean, the other is below.
  for (std::uint32_t customers = 2; customers < 40; ++customers) {
    Scores score;
    Outcomes outcome;
    Clusters cluster;
    for (std::uint32_t customer = 0; customer < customers; ++customer)
      for (const std::uint8_t yes : Outcomes{1, 0}) {
        score.push_back(customer);
        outcome.push_back(yes);
        cluster.push_back(customer);
      }
    const Auc a = auc(score, outcome, cluster);
    EXPECT_EQ(a.value, 0.5);
    EXPECT_EQ(a.std_error, 0);
    EXPECT_FALSE(a.interval || a.p);
  }
}

TEST(Auc, one_yes_or_one_cluster_has_a_value_without_an_error) {
  EXPECT_EQ(auc(Scores{1, 2, 3}, Outcomes{0, 1, 0}).value, 0.5);
  EXPECT_FALSE(auc(Scores{1, 2, 3}, Outcomes{0, 1, 0}).std_error);
  const Auc one = auc(Scores{1, 2, 3, 2}, Outcomes{0, 1, 0, 1}, Clusters{4, 4, 4, 4});
  EXPECT_EQ(one.value, 0.5);
  EXPECT_FALSE(one.std_error || one.interval || one.p);
  // Two yes of one cluster are one.
  EXPECT_FALSE(auc(Scores{1, 2, 3, 2}, Outcomes{0, 1, 0, 1}, Clusters{1, 2, 3, 2}).std_error);
}

TEST(Auc, the_confidence_widens_the_interval) {
  const Auc narrow = auc(some_scores, some_outcomes, {}, 0.5);
  // qnorm(.75) = 0.67448975019608171
  EXPECT_NEAR(narrow.interval->low, 0.77142857142857146 - 0.67448975019608171 * 0.14903316528122690,
              error_tolerance);
  EXPECT_NEAR(narrow.interval->high, 0.77142857142857146 + 0.67448975019608171 * 0.14903316528122690,
              error_tolerance);
}

TEST(Auc, the_interval_ends_where_an_auc_can) {
  Outcomes turned = some_outcomes;
  for (std::uint8_t& outcome : turned) outcome = outcome == 0 ? 1 : 0;
  EXPECT_EQ(auc(some_scores, some_outcomes).interval.value().high, 1);
  EXPECT_EQ(auc(some_scores, turned).interval.value().low, 0);
}

TEST(Auc, refuses_what_it_cannot_rank) {
  EXPECT_EQ(error_of([] { (void)auc(Scores{1}, Outcomes{}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)auc(Scores{1, 2}, Outcomes{1, 0}, Clusters{1}); }), "out_of_range");
  EXPECT_EQ(error_of([] { (void)auc_value(Scores{1}, Outcomes{}); }), "out_of_range");
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_EQ(error_of([&] { (void)auc(Scores{1, bad}, Outcomes{1, 0}); }), "bad_number");
    EXPECT_EQ(error_of([&] { (void)auc_value(Scores{1, bad}, Outcomes{1, 0}); }), "bad_number");
  }
  for (const double confidence : {0.0, 1.0, std::nan("")})
    EXPECT_EQ(error_of([&] { (void)auc({}, {}, {}, confidence); }), "bad_number");
}

}  // namespace
}  // namespace churn
