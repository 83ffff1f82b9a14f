#include "lever/changed_ladder.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

FlowCell cell_of(std::int64_t customers, std::int64_t lost = 0, std::int64_t involuntary = 0,
                 std::int64_t returned = 0) {
  return {.at_close = {1000 * customers, customers},
          .lost = {1000 * lost, lost},
          .lost_involuntary = {1000 * involuntary, involuntary},
          .returned = {1000 * returned, returned}};
}

// 10 come in each of three periods; 4 of them go before the next, and one of these is back at the one after it.
CohortFlows three_cohorts() {
  CohortFlows flows;
  Date at = support::day("2024-01-01");
  for (int i = 0; i < 3; ++i) {
    const Date next = next_period_start(PeriodKind::month, at);
    flows.periods.emplace_back(at, next);
    at = next;
  }
  flows.cohorts = {
      {cell_of(10, 4, 1), cell_of(6, 0, 0, 1), cell_of(7)}, {cell_of(10, 4, 1), cell_of(6)}, {cell_of(10)}};
  flows.earlier.resize(3);
  flows.returns.resize(3);
  flows.returns[0].all = {1000, 1};
  return flows;
}

ChangedLadder of_three_cohorts(FlowMeasure measure = &FlowAmount::customers, LossKind kind = LossKind::any) {
  return ChangedLadder::fit(three_cohorts(), measure, kind, {.least_cohorts = 1}).value();
}

// By hand: f(0) = 12/20, f(1) = 7/6 of which 1/6 returned; q(0) = 8/20, q(1) = 0; one of the four who left first came back,
// a step later.
TEST(ChangedLadder, knows_what_is_lost_and_what_comes_back) {
  const ChangedLadder ladder = of_three_cohorts();
  ASSERT_EQ(ladder.ages().size(), 3U);
  EXPECT_EQ(ladder.ages()[0].factor, 0.6);
  EXPECT_EQ(ladder.ages()[0].lost, 0.4);
  EXPECT_EQ(ladder.ages()[0].returned, 0.0);
  EXPECT_EQ(ladder.ages()[1].factor, 7.0 / 6);
  EXPECT_EQ(ladder.ages()[1].lost, 0.0);
  EXPECT_EQ(ladder.ages()[1].returned, 1.0 / 6);
  EXPECT_EQ(ladder.back(), (std::vector<double>{0.25}));
  EXPECT_DOUBLE_EQ(ladder.expected_losses(three_cohorts(), 9), 8);
  EXPECT_DOUBLE_EQ(ladder.expected_losses(three_cohorts(), 1), 4);
}

// Of 100 new ones churn halved saves 20, of whom 5 would have come back; of 100 that come a period later as much a period
// later.
TEST(ChangedLadder, adds_who_is_saved_less_who_would_have_come_back) {
  const ChangedLadder ladder = of_three_cohorts();
  const std::vector<double> nobody{0, 0};
  const auto half = ladder.difference(0.5, {{100}, 0}, nobody);
  EXPECT_DOUBLE_EQ(half[0], 20);
  EXPECT_DOUBLE_EQ(half[1], 15);
  EXPECT_DOUBLE_EQ(ladder.difference(2, {{100}, 0}, nobody)[0], -40);
  EXPECT_DOUBLE_EQ(ladder.difference(2, {{100}, 0}, nobody)[1], -30);
  EXPECT_DOUBLE_EQ(ladder.difference(9, {{100}, 0}, nobody)[0], -60) << "Nobody leaves twice.";
  const auto later = ladder.difference(0.5, {}, std::vector<double>{100, 0, 0});
  EXPECT_EQ(later[0], 0.0);
  EXPECT_DOUBLE_EQ(later[1], 20);
  EXPECT_DOUBLE_EQ(later[2], 15);
  EXPECT_EQ(ladder.difference(1, {{3, 5}, 7}, std::vector<double>{1, 2}), (std::vector<double>{0, 0}));
  EXPECT_TRUE(ladder.difference(0.5, {{100}, 0}, {}).empty());
}

// Of 100, 30 are lost and 20 come in their place, so that 60 are there: of the 40 who stayed no more than that can go.
TEST(ChangedLadder, no_more_are_lost_than_there_are) {
  const LadderShares shares{.now = 100, .factor = 0.6, .lost = 0.3, .returned = 0.2};
  EXPECT_DOUBLE_EQ(shares.lost_times(2), 0.6);
  EXPECT_DOUBLE_EQ(shares.lost_times(3), 0.7);
  EXPECT_FALSE(shares.is_limited(2));
  EXPECT_TRUE(shares.is_limited(3));
}

TEST(ChangedLadder, of_involuntary_churn_has_that_alone) {
  const ChangedLadder ladder = of_three_cohorts(&FlowAmount::ticks, LossKind::involuntary);
  EXPECT_EQ(ladder.ages()[0].lost, 0.1);
  EXPECT_EQ(ladder.ages()[1].returned, 1.0 / 6) << "Whoever returned, it is part of the factor.";
  EXPECT_EQ(ladder.back(), (std::vector<double>{0}));
  EXPECT_DOUBLE_EQ(ladder.difference(0, {{100}, 0}, std::vector<double>{0, 0})[1], 10);
}

TEST(ChangedLadder, there_is_none_where_there_is_no_ladder) {
  CohortFlows flows = three_cohorts();
  for (auto& row : flows.cohorts)
    for (FlowCell& cell : row) cell = {};
  EXPECT_FALSE(ChangedLadder::fit(flows, &FlowAmount::ticks, LossKind::any, {}));
  EXPECT_FALSE(ChangedLadder::fit({}, &FlowAmount::ticks, LossKind::any, {}));
}

/// But for the rounding of sums beyond 2^53.
bool is_alike(double sum, std::int64_t exact) {
  return std::abs(sum - static_cast<double>(exact)) <= 1e-12 * static_cast<double>(exact);
}

// What holds the pooling to that of fit_chain_ladder.
RC_GTEST_PROP(ChangedLadderLaws, losses_are_shares_of_what_the_factors_are_of, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60U);
  const Book book = support::build(random.book, random.rules).book;
  const CohortFlows flows = cohort_flows(book, grid);
  ChainLadderRule rule{.least_cohorts = 1};
  rule.year = *rc::gen::inRange<std::size_t>(1, 7);
  for (const FlowMeasure measure : {&FlowAmount::ticks, &FlowAmount::customers}) {
    const auto ladder = ChangedLadder::fit(flows, measure, LossKind::any, rule);
    const CohortTriangles triangles = flows.triangles();
    const auto plain = fit_chain_ladder(measure == &FlowAmount::ticks ? triangles.mrr : triangles.customers,
                                        &triangles.customers, rule);
    RC_ASSERT(ladder.has_value() == plain.has_value());
    if (!ladder) continue;
    for (std::size_t k = 0; k < plain->ages.size(); ++k) {
      RC_ASSERT(is_alike(ladder->ages()[k].now, plain->ages[k].now));
      RC_ASSERT(ladder->ages()[k].factor == plain->ages[k].factor);
    }
    RC_ASSERT(is_alike(ladder->ages().back().now, plain->tail.now));
    RC_ASSERT(ladder->ages().back().factor == plain->tail.factor);
    RC_ASSERT(ladder->earlier().factor == plain->earlier.factor);
    for (const double share : ladder->back()) RC_ASSERT(0 <= share && share <= 1);
    const CohortState now = state_of(measure == &FlowAmount::ticks ? triangles.mrr : triangles.customers);
    const std::vector<double> comes(5, 100.0);
    const auto path = ladder->path(now, comes);
    const auto projected = project(*plain, now, 5, Inflow{.mean = 100});
    for (std::size_t h = 0; h < 5; ++h)
      RC_ASSERT(std::abs(path[h] - projected[h].mean) <= 1e-12 * projected[h].mean);  // sums in another order
    RC_ASSERT(ladder->difference(1, now, comes) == std::vector<double>(5, 0.0));
  }
}

}  // namespace
}  // namespace churn
