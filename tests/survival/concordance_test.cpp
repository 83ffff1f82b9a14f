#include <churn/survival/concordance.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "survival/spell_data.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using survival_test::SpellData;

TEST(Concordance, counts_pairs_of_whom_one_is_known_to_leave_first) {
  // 3 leaves first: before 5+ (censored, lower score), 8 (same score) and 9 (higher). 8 leaves before 9.
  const SpellData data{.exit = {3, 5, 8, 9}, .event = {1, 0, 1, 0}};
  const Concordance c = concordance(data.columns(), std::vector<double>{2, 1, 2, 3});
  EXPECT_EQ(c.concordant, 1);
  EXPECT_EQ(c.tied_score, 1);
  EXPECT_EQ(c.discordant, 2);
  EXPECT_EQ(c.value, 1.5 / 4);
}

TEST(Concordance, who_is_censored_on_the_day_stays_longer_and_who_leaves_on_it_is_no_pair) {
  const SpellData data{.exit = {3, 3, 3}, .event = {1, 0, 1}};
  const Concordance c = concordance(data.columns(), std::vector<double>{2, 1, 1});
  EXPECT_EQ(c.concordant, 1);
  EXPECT_EQ(c.tied_score, 1);
  EXPECT_EQ(c.tied_time, 1);
  EXPECT_EQ(c.tied_both, 0);
}

TEST(Concordance, of_scores_in_perfect_order_is_1_and_of_the_reverse_0) {
  const SpellData data{.exit = {1, 5, 6, 11, 34, 45, 46, 50}, .event = {0, 1, 1, 1, 0, 0, 1, 0}};
  EXPECT_EQ(concordance(data.columns(), std::vector<double>{8, 7, 6, 5, 4, 3, 2, 1}).value, 1);
  EXPECT_EQ(concordance(data.columns(), std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}).value, 0);
}

TEST(Concordance, of_nobody_who_can_be_compared_is_undefined) {
  EXPECT_FALSE(concordance({}, {}).value);
  for (const SpellData& data :
       {SpellData{.exit = {3}, .event = {1}}, SpellData{.exit = {3, 4}, .event = {0, 0}},
        SpellData{.exit = {3, 3}, .event = {1, 1}},
        SpellData{.entry = {0, 3}, .exit = {3, 4}, .event = {1, 1}},
        SpellData{.exit = {3, 4}, .event = {1, 1}, .stratum = {1, 2}}}) {
    const Concordance c = concordance(data.columns(), std::vector<double>(data.exit.size(), 1));
    EXPECT_FALSE(c.value);
    EXPECT_FALSE(c.std_error);
  }
}

TEST(Concordance, who_entered_later_leaves_no_trace_of_its_weight) {
  // When the first leaves the others have not entered yet. 0.1 + 0.2 + 0.3 less each of them is 3e-17, no pair.
  const SpellData data{
      .entry = {0, 5, 5, 5}, .exit = {5, 9, 9, 9}, .event = {1, 0, 0, 0}, .weight = {1, 0.1, 0.2, 0.3}};
  for (const std::vector<double>& score :
       {std::vector<double>{1, 2, 2, 2}, {1, 1, 1, 1}, {3, 1, 2, 2}, {2, 1, 1, 3}, {1, 4, 3, 2}}) {
    const Concordance c = concordance(data.columns(), score);
    EXPECT_EQ(c.concordant, 0);
    EXPECT_EQ(c.discordant, 0);
    EXPECT_EQ(c.tied_score, 0);
    EXPECT_FALSE(c.value);
  }
}

TEST(Concordance, a_heavy_row_that_was_not_there_yet_costs_no_digits) {
  // Of the second to leave, on day 9, and the one that stays: the heavy one enters on day 9.
  const SpellData data{.entry = {0, 0, 9}, .exit = {9, 12, 20}, .event = {1, 0, 0}, .weight = {1, 0.1, 1e16}};
  const Concordance c = concordance(data.columns(), std::vector<double>{2, 1, 3});
  EXPECT_EQ(c.concordant, 0.1);
  EXPECT_EQ(c.discordant, 0);
  EXPECT_EQ(c.value, 1);
}

TEST(Concordance, one_cluster_has_a_value_but_no_error) {
  SpellData data{.exit = {3, 5, 8, 9}, .event = {1, 0, 1, 0}, .cluster = {7, 7, 7, 7}};
  const std::vector<double> score{2, 1, 2, 3};
  EXPECT_TRUE(concordance(data.columns(), score).value);
  EXPECT_FALSE(concordance(data.columns(), score).std_error);
  data.cluster[3] = 8;
  EXPECT_TRUE(concordance(data.columns(), score).std_error);
  data.weight = {1, 1, 1, 0};
  EXPECT_FALSE(concordance(data.columns(), score).std_error) << "who weighs nothing is no cluster";
}

TEST(Concordance, refuses_scores_that_are_none) {
  const SpellData data{.exit = {3, 4}, .event = {1, 1}};
  EXPECT_EQ(error_of([&] { (void)concordance(data.columns(), std::vector<double>{1}); }), "out_of_range");
  EXPECT_EQ(
      error_of([&] {
        (void)concordance(data.columns(), std::vector<double>{1, std::numeric_limits<double>::quiet_NaN()});
      }),
      "bad_number");
}

/// Looks at every pair; weights of rows may be changed for the jackknife.
Concordance naive(const SpellData& data, const std::vector<double>& score,
                  const std::vector<double>& weight) {
  Concordance c{0, 0, 0, 0, 0, {}, {}};
  for (std::size_t i = 0; i < score.size(); ++i)
    for (std::size_t j = 0; j < score.size(); ++j) {
      if (i == j || data.event[i] == 0 || data.stratum[i] != data.stratum[j]) continue;
      const double pair = weight[i] * weight[j];
      const int time = data.exit[i];
      if (data.exit[j] == time && data.event[j] != 0) {
        if (i < j) (score[i] == score[j] ? c.tied_both : c.tied_time) += pair;
      } else if (data.entry[j] < time && data.exit[j] >= time) {
        double& sum = score[i] > score[j] ? c.concordant : score[i] < score[j] ? c.discordant : c.tied_score;
        sum += pair;
      }
    }
  const double pairs = c.concordant + c.discordant + c.tied_score;
  if (pairs > 0) c.value = (c.concordant + c.tied_score / 2) / pairs;
  return c;
}

RC_GTEST_PROP(Concordance, equals_a_look_at_every_pair_and_its_error_the_slope_by_weights, ()) {
  SpellData data;
  std::vector<double> score;
  const int rows = *between(1, 30);
  for (int i = 0; i < rows; ++i) {
    data.exit.push_back(*between(1, 15));
    data.entry.push_back(*rc::gen::element(0, *between(0, data.exit.back())));
    data.event.push_back(static_cast<std::uint8_t>(*between(0, 2)));
    data.stratum.push_back(*between(0, 2));
    data.weight.push_back(*between(0, 9) / 4.0);
    data.cluster.push_back(static_cast<std::uint64_t>(*between(0, 9)));
    score.push_back(*between(0, 6));
  }
  const Concordance c = concordance(data.columns(), score);
  const Concordance expected = naive(data, score, data.weight);
  // Sixteenths, of which doubles hold many.
  RC_ASSERT(c.concordant == expected.concordant);
  RC_ASSERT(c.discordant == expected.discordant);
  RC_ASSERT(c.tied_score == expected.tied_score);
  RC_ASSERT(c.tied_time == expected.tied_time);
  RC_ASSERT(c.tied_both == expected.tied_both);
  RC_ASSERT(c.value == expected.value);
  if (!c.value) return;
  std::map<std::uint64_t, double> moves;
  for (std::size_t i = 0; i < score.size(); ++i) {
    std::vector<double> more = data.weight;
    std::vector<double> less = data.weight;
    more[i] += 1e-5;
    less[i] -= 1e-5;
    moves[data.cluster[i]] +=
        data.weight[i] * (*naive(data, score, more).value - *naive(data, score, less).value) / 2e-5;
  }
  double variance = 0;
  for (const auto& [cluster, move] : moves) variance += move * move;
  // A difference over 2e-5 of values rounded at 1e-16 is good to 1e-11; its curve adds its square.
  RC_ASSERT(std::abs(*c.std_error - std::sqrt(variance)) <= 1e-6);
}

}  // namespace
}  // namespace churn
