#include <churn/survival/log_rank.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <churn/survival/cox.hpp>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "support/build_book.hpp"
#include "survival/spell_data.hpp"

#ifdef CHURN_ORACLES_DIR
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/read_csv.hpp"
#endif

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;
using support::a_customer;
using support::book_from_until;

/// Spells and the group of each.
struct Grouped {
  std::vector<std::int32_t> entry{};
  std::vector<std::int32_t> exit{};
  std::vector<std::uint8_t> event{};
  std::vector<std::int32_t> group{};
  std::vector<std::int32_t> stratum{};

  void add(std::int32_t of_group, const std::vector<int>& exits, bool left) {
    for (const int time : exits) {
      exit.push_back(time);
      event.push_back(left ? 1 : 0);
      group.push_back(of_group);
    }
  }
  [[nodiscard]] SpellColumns columns() const {
    return {.entry = entry, .exit = exit, .event = event, .stratum = stratum};
  }
  [[nodiscard]] GroupedRiskTables tables() const { return grouped_risk_tables(columns(), group); }
};

LogRank log_rank_of(const Grouped& data, const LogRankOptions& options = {}) {
  return log_rank_stratified(data.tables().tables, options);
}

std::vector<RiskTable> tables_of(const Grouped& data) { return data.tables().tables.at(0); }

// --- Published values ---

/// Gehan (1965): remissions of leukaemia under 6-MP (0) and placebo (1).
Grouped gehan() {
  Grouped data;
  data.add(0, {6, 6, 6, 7, 10, 13, 16, 22, 23}, true);
  data.add(0, {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}, false);
  data.add(1, {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}, true);
  return data;
}

TEST(LogRank, says_in_a_sentence_whether_groups_differ_or_why_that_is_unknown) {
  EXPECT_EQ(log_rank_sentence(log_rank(tables_of(gehan()))),
            "They differ in how long they stay: log-rank test of 2 groups, chi-square = 16.8 on 1 degree of "
            "freedom, "
            "p < 0.0001.");
  const std::vector<RiskTable> alike(3, tables_of(gehan()).front());
  EXPECT_EQ(log_rank_sentence(log_rank(alike)),
            "How long they stay differs by no more than chance: log-rank test of 3 groups, chi-square = 0 on "
            "2 degrees "
            "of freedom, p = 1.");
  const LogRank nobody = log_rank(std::vector<RiskTable>(2));
  EXPECT_EQ(log_rank_sentence(nobody), reason(nobody));
}

TEST(LogRank, of_leukaemia_remissions_with_each_weight_is_as_published) {
  // Kleinbaum, Klein, Survival Analysis, as printed by Stata and repeated with six decimals in the tests of
  // lifelines; rho by R's survdiff(Surv(t, s) ~ g, rho = 1) and rho = 0.5, printed with 17 digits.
  struct Answer {
    LogRankOptions options;
    double chi_square;
    double tolerance;
  };
  for (const Answer& answer : {Answer{{}, 16.79294098921654, 1e-10},
                               {{LogRankWeights::gehan}, 13.457852, 5e-7},
                               {{LogRankWeights::tarone_ware}, 15.123575, 5e-7},
                               {{LogRankWeights::peto}, 14.084139, 1e-6},  // cut, not rounded
                               {{LogRankWeights::fleming_harrington, 1, 0}, 14.457150818717125, 1e-10},
                               {{LogRankWeights::fleming_harrington, 0.5, 0}, 15.706393353608505, 1e-10},
                               {{LogRankWeights::fleming_harrington, 0, 0}, 16.79294098921654, 1e-10}}) {
    const LogRank result = log_rank(tables_of(gehan()), answer.options);
    ASSERT_TRUE(result.test);
    EXPECT_NEAR(result.test->chi_square, answer.chi_square, answer.tolerance);
    EXPECT_EQ(result.test->degrees_of_freedom, 1);
    EXPECT_EQ(reason(result), "");
  }
  const LogRank result = log_rank(tables_of(gehan()));
  EXPECT_EQ(result.groups[0].spells, 21);
  EXPECT_EQ(result.groups[0].events, 9);
  EXPECT_EQ(result.groups[1].observed, 21);
  EXPECT_NEAR(result.groups[0].expected, 19.250500948031128, 1e-12);
  EXPECT_NEAR(result.groups[1].expected, 10.749499051968868, 1e-12);
  EXPECT_NEAR(result.test->p.value, 4.17e-05, 5e-8);
}

TEST(LogRank, weights_of_late_tenures_equal_the_formula) {
  // A sum over times in R by the formulas of the header, printed with 17 digits.
  const LogRank late = log_rank(tables_of(gehan()), {LogRankWeights::fleming_harrington, 0, 1});
  ASSERT_TRUE(late.test);
  EXPECT_NEAR(late.test->chi_square, 13.048448624020736, 1e-10);
  const LogRank middle = log_rank(tables_of(gehan()), {LogRankWeights::fleming_harrington, 0.5, 0.5});
  EXPECT_NEAR(middle.test->chi_square, 13.780019567498027, 1e-10);
}

TEST(LogRank, of_six_customers_is_as_published) {
  // Tests of lifelines, against R: t 10 20 30 against 10 20 50. R's survdiff, 17 digits.
  Grouped all_leave;
  all_leave.add(0, {10, 20, 30}, true);
  all_leave.add(1, {10, 20, 50}, true);
  const LogRank result = log_rank(tables_of(all_leave));
  EXPECT_NEAR(result.test->chi_square, 0.25423728813559326, 1e-14);
  EXPECT_NEAR(result.test->p.value, 0.61410715005536542, 1e-13);
  Grouped some_leave;
  some_leave.add(0, {10, 30}, true);
  some_leave.add(0, {20}, false);
  some_leave.add(1, {10, 50}, true);
  some_leave.add(1, {20}, false);
  const LogRank censored = log_rank(tables_of(some_leave));
  EXPECT_NEAR(censored.test->chi_square, 0.38461538461538469, 1e-14);
  EXPECT_NEAR(censored.test->p.value, 0.535143, 5e-7);
}

// --- Properties ---

/// By the definition, of single rows: for each time every row is looked at, and the variance is a full
/// matrix.
struct Slow {
  Eigen::VectorXd observed;
  Eigen::VectorXd expected;
  Eigen::MatrixXd variance;
};

double slow_weight(const LogRankOptions& options, double n, double before, double peto) {
  switch (options.weights) {
    case LogRankWeights::log_rank: return 1;
    case LogRankWeights::gehan: return n;
    case LogRankWeights::tarone_ware: return std::sqrt(n);
    case LogRankWeights::peto: return peto;
    case LogRankWeights::fleming_harrington: break;
  }
  return std::pow(before, options.rho) * std::pow(1 - before, options.gamma);
}

Slow counted_slowly(const Grouped& data, std::int32_t groups, const LogRankOptions& options) {
  Slow slow{Eigen::VectorXd::Zero(groups), Eigen::VectorXd::Zero(groups),
            Eigen::MatrixXd::Zero(groups, groups)};
  const std::set<std::int32_t> strata{data.stratum.begin(), data.stratum.end()};
  const std::set<std::int32_t> times{data.exit.begin(), data.exit.end()};
  for (const std::int32_t stratum : strata) {
    double survival = 1;
    double peto = 1;
    for (const std::int32_t time : times) {
      Eigen::VectorXd at_risk = Eigen::VectorXd::Zero(groups);
      Eigen::VectorXd events = at_risk;
      for (std::size_t i = 0; i < data.exit.size(); ++i) {
        const std::int32_t after = data.entry[i] == 0 ? -1 : data.entry[i];
        if (data.stratum[i] != stratum || after >= time || data.exit[i] < time) continue;
        ++at_risk[data.group[i]];
        if (data.exit[i] == time && data.event[i] != 0) ++events[data.group[i]];
      }
      const double n = at_risk.sum();
      const double d = events.sum();
      if (d == 0) continue;
      peto *= 1 - d / (n + 1);
      const double w = slow_weight(options, n, survival, peto);
      survival *= (n - d) / n;
      slow.observed += w * events;
      slow.expected += w * d / n * at_risk;
      if (n < 2) continue;
      const Eigen::VectorXd share = at_risk / n;
      slow.variance +=
          w * w * d * (n - d) / (n - 1) * (Eigen::MatrixXd(share.asDiagonal()) - share * share.transpose());
    }
  }
  return slow;
}

Grouped any_spells(std::int32_t groups, bool late, int longest = 12) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 60);
  Grouped data;
  for (std::size_t i = 0; i < n; ++i) {
    data.exit.push_back(*between<std::int32_t>(0, longest));
    data.entry.push_back(late ? *between<std::int32_t>(0, data.exit.back() + 1) : 0);
    data.event.push_back(*between<std::uint8_t>(0, 2));
    data.group.push_back(*between<std::int32_t>(0, groups));
    data.stratum.push_back(0);
  }
  // Everybody's numbers are groups, also without spells that count.
  for (std::int32_t g = 0; g < groups; ++g) {
    data.exit.push_back(0);
    data.entry.push_back(0);
    data.event.push_back(0);
    data.group.push_back(g);
    data.stratum.push_back(0);
  }
  return data;
}

LogRankOptions any_options() {
  const auto weights =
      *rc::gen::element(LogRankWeights::log_rank, LogRankWeights::gehan, LogRankWeights::tarone_ware,
                        LogRankWeights::peto, LogRankWeights::fleming_harrington);
  return {weights, *rc::gen::element(0.0, 0.5, 1.0, 2.0), *rc::gen::element(0.0, 0.5, 1.0)};
}

RC_GTEST_PROP(LogRank, is_what_the_definition_gives_of_single_rows_in_strata, ()) {
  const auto groups = *between<std::int32_t>(1, 6);
  Grouped data = any_spells(groups, *rc::gen::arbitrary<bool>());
  for (std::int32_t& stratum : data.stratum) stratum = *between<std::int32_t>(0, 3);
  const LogRankOptions options = any_options();
  const LogRank result = log_rank_of(data, options);
  const Slow slow = counted_slowly(data, groups, options);
  // Sums of at most 72 x 72 rounded terms of up to 72 x 72 in size.
  const double size = 1 + slow.observed.cwiseAbs().maxCoeff() + slow.variance.cwiseAbs().maxCoeff();
  for (std::int32_t g = 0; g < groups; ++g) {
    const LogRankGroup& group = result.groups[static_cast<std::size_t>(g)];
    RC_ASSERT(std::abs(group.observed - slow.observed[g]) < 1e-13 * size);
    RC_ASSERT(std::abs(group.expected - slow.expected[g]) < 1e-13 * size);
    RC_ASSERT(std::abs(group.excess - slow.observed[g] + slow.expected[g]) < 1e-13 * size);
  }
  RC_ASSERT((result.variance - slow.variance).cwiseAbs().maxCoeff() < 1e-13 * size);
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
  solver.setThreshold(1e-9);  // weights of gamma > 0 begin at 0 exactly, others are above 1e-4
  solver.compute(slow.variance);
  RC_ASSERT(result.test.has_value() == (slow.variance.cwiseAbs().maxCoeff() > 0));
  if (!result.test) return;
  RC_ASSERT(result.test->degrees_of_freedom == solver.rank());
  const Eigen::VectorXd excess = slow.observed - slow.expected;
  const double chi_square = excess.dot(solver.solve(excess));
  RC_ASSERT(std::abs(result.test->chi_square - chi_square) < 1e-8 * (1 + chi_square));
}

RC_GTEST_PROP(LogRank, of_customers_that_leave_on_days_of_their_own_is_the_score_test_of_cox_regression, ()) {
  const auto n = *between<std::int32_t>(4, 40);
  Grouped data;
  Eigen::MatrixXd member = Eigen::MatrixXd::Zero(n, 2);
  for (std::int32_t i = 0; i < n; ++i) {
    data.exit.push_back(10 * i + 10);
    data.entry.push_back(*between<std::int32_t>(0, 10 * i + 9));
    data.event.push_back(*between<std::uint8_t>(0, 2));
    data.group.push_back(i < 3 ? i : *between<std::int32_t>(0, 3));
    data.stratum.push_back(*between<std::int32_t>(0, 2));
    if (data.group.back() > 0) member(i, data.group.back() - 1) = 1;
  }
  const CoxFit fit = cox_regression(data.columns(), member, {"second", "third"});
  const LogRank result = log_rank_of(data);
  if (!fit.score_test || !result.test) return;
  if (fit.score_test->degrees_of_freedom != static_cast<double>(result.test->degrees_of_freedom)) return;
  RC_ASSERT(std::abs(result.test->chi_square - fit.score_test->chi_square) <
            1e-9 * (1 + result.test->chi_square));
}

RC_GTEST_PROP(LogRank, does_not_depend_on_the_order_of_groups, ()) {
  const Grouped data = any_spells(4, true);
  const LogRankOptions options = any_options();
  const std::vector<RiskTable> tables = tables_of(data);
  const std::vector<std::size_t> order{2, 0, 3, 1};
  std::vector<RiskTable> turned;
  for (const std::size_t g : order) turned.push_back(tables[g]);
  const LogRank one = log_rank(tables, options);
  const LogRank other = log_rank(turned, options);
  RC_ASSERT(one.test.has_value() == other.test.has_value());
  for (std::size_t g = 0; g < order.size(); ++g) {
    RC_ASSERT(one.groups[order[g]].excess == other.groups[g].excess);
    RC_ASSERT(one.groups[order[g]].expected == other.groups[g].expected);
  }
  if (!one.test) return;
  RC_ASSERT(one.test->degrees_of_freedom == other.test->degrees_of_freedom);
  // Sums of some positive terms in another order.
  RC_ASSERT(std::abs(one.test->chi_square - other.test->chi_square) < 1e-12 * (1 + one.test->chi_square));
}

RC_GTEST_PROP(LogRank, of_a_group_in_two_alike_halves_has_the_same_chi_square_and_one_degree_more, ()) {
  const Grouped data = any_spells(3, true);
  const std::vector<RiskTable> tables = tables_of(data);
  RiskTable twice = tables[0];
  for (RiskRow& row : twice.rows) row = {row.time, 2 * row.at_risk, 2 * row.events, 2 * row.censored};
  for (DayCount& entry : twice.entries) entry.count *= 2;
  const LogRank whole = log_rank(std::vector{twice, tables[1], tables[2]});
  const LogRank halves = log_rank(std::vector{tables[0], tables[0], tables[1], tables[2]});
  RC_PRE(whole.test.has_value() && whole.groups[0].compared);
  RC_ASSERT(halves.test->degrees_of_freedom == whole.test->degrees_of_freedom + 1);
  RC_ASSERT(std::abs(halves.test->chi_square - whole.test->chi_square) <
            1e-12 * (1 + whole.test->chi_square));
}

RC_GTEST_PROP(LogRank, of_one_stratum_is_the_test_without_strata_and_nobody_changes_nothing, ()) {
  const Grouped data = any_spells(3, true);
  const LogRankOptions options = any_options();
  std::vector<RiskTable> tables = tables_of(data);
  const LogRank one = log_rank(tables, options);
  const std::vector<std::vector<RiskTable>> strata{tables, std::vector<RiskTable>(3)};
  const LogRank stratified = log_rank_stratified(strata, options);
  RC_ASSERT(one.variance == stratified.variance);
  RC_ASSERT(one.test.has_value() == stratified.test.has_value());
  tables.emplace_back();
  const LogRank with_nobody = log_rank(tables, options);
  RC_ASSERT(!with_nobody.groups[3].compared);
  if (!one.test) return;
  RC_ASSERT(one.test->chi_square == stratified.test->chi_square);
  RC_ASSERT(one.test->chi_square == with_nobody.test->chi_square);
  RC_ASSERT(one.test->degrees_of_freedom == with_nobody.test->degrees_of_freedom);
}

RC_GTEST_PROP(LogRank, of_two_groups_is_a_squared_normal_variate_and_its_trend, ()) {
  const LogRank result = log_rank(tables_of(any_spells(2, true)), any_options());
  if (!result.test) return;
  const double z = result.groups[0].excess / std::sqrt(result.variance(0, 0));
  const double tolerance = 1e-12 * (1 + z * z);
  RC_ASSERT(std::abs(result.test->chi_square - z * z) < tolerance);
  RC_ASSERT(std::abs(result.test->p.value - normal_p_value(z).value) < 1e-12);
  RC_ASSERT(std::abs(result.groups[0].excess + result.groups[1].excess) < 1e-9);
  const auto trend = log_rank_trend(result, std::vector{5.0, 2.0});
  RC_ASSERT(std::abs(trend->z - z) < tolerance);
}

RC_GTEST_PROP(LogRank, pairs_are_tests_of_two_and_their_hazard_ratios_turn_over, ()) {
  const Grouped data = any_spells(3, true);
  std::vector<RiskTable> tables = tables_of(data);
  const std::vector<LogRankPair> pairs = log_rank_pairs(tables, {}, Adjustment::bonferroni);
  std::reverse(tables.begin(), tables.end());
  const std::vector<LogRankPair> turned = log_rank_pairs(tables, {}, Adjustment::bonferroni);
  std::reverse(tables.begin(), tables.end());
  RC_ASSERT(pairs.size() == 3U);
  double tested = 0;
  for (const LogRankPair& pair : pairs) tested += pair.test ? 1 : 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const LogRankPair& pair = pairs[i];
    const LogRankPair& back = turned[2 - i];
    RC_ASSERT(2 - pair.second == back.first);
    const LogRank alone = log_rank(std::vector{tables[pair.first], tables[pair.second]});
    RC_ASSERT(alone.test.has_value() == pair.test.has_value());
    RC_ASSERT(alone.trouble == pair.trouble);
    RC_ASSERT(pair.adjusted_p.has_value() == pair.test.has_value());
    if (!pair.test) continue;
    RC_ASSERT(alone.test->chi_square == pair.test->chi_square);
    RC_ASSERT(pair.adjusted_p->value == std::min(1.0, tested * pair.test->p.value));
    RC_ASSERT(std::abs(back.test->chi_square - pair.test->chi_square) < 1e-12 * (1 + pair.test->chi_square));
    RC_ASSERT(pair.hazard_ratio.has_value() == back.hazard_ratio.has_value());
    if (!pair.hazard_ratio) continue;
    RC_ASSERT(std::abs(pair.hazard_ratio->value * back.hazard_ratio->value - 1) < 1e-9);
    RC_ASSERT(std::abs(pair.hazard_ratio->interval.low * back.hazard_ratio->interval.high - 1) < 1e-9);
  }
}

// --- Pairs, hazard ratios and trends ---

TEST(LogRank, hazard_ratio_of_peto_is_the_excess_over_its_variance) {
  const LogRank result = log_rank(tables_of(gehan()));
  const auto ratio = peto_hazard_ratio(result);
  ASSERT_TRUE(ratio);
  // exp((r$obs - r$exp) / diag(r$var)) of R's survdiff, 17 digits.
  EXPECT_NEAR(ratio->value, 0.19431870864219952, 1e-14);
  const double spread = 1.959963984540054 / std::sqrt(6.2569605736754994);
  EXPECT_NEAR(ratio->interval.low, 0.19431870864219952 * std::exp(-spread), 1e-13);
  EXPECT_NEAR(ratio->interval.high, 0.19431870864219952 * std::exp(spread), 1e-13);
  EXPECT_LT(peto_hazard_ratio(result, 0.5)->interval.high, ratio->interval.high);
  EXPECT_FALSE(peto_hazard_ratio(log_rank(tables_of(gehan()), {LogRankWeights::gehan})));
  EXPECT_EQ(error_of([&] { (void)peto_hazard_ratio(LogRank{}); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)peto_hazard_ratio(result, 1); }), "bad_number");
}

TEST(LogRank, refuses_weights_and_scores_that_are_none) {
  const std::vector<RiskTable> tables = tables_of(gehan());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-1.0, nan, infinity}) {
    EXPECT_EQ(error_of([&] {
                (void)log_rank(tables, {LogRankWeights::fleming_harrington, bad, 0});
              }),
              "bad_number");
    EXPECT_EQ(error_of([&] {
                (void)log_rank_pairs(tables, {LogRankWeights::fleming_harrington, 0, bad});
              }),
              "bad_number");
  }
  EXPECT_EQ(error_of([&] { (void)log_rank_pairs(tables, {}, Adjustment::holm, 0); }), "bad_number");
  const LogRank result = log_rank(tables);
  EXPECT_EQ(error_of([&] { (void)log_rank_trend(result, std::vector{1.0}); }), "out_of_range");
  EXPECT_EQ(error_of([&] { (void)log_rank_trend(result, std::vector{1.0, infinity}); }), "bad_number");
  EXPECT_FALSE(log_rank_trend(result, std::vector{3.0, 3.0})) << "scores that don't differ";
  EXPECT_FALSE(log_rank_trend(result, std::vector{0.0, 0.0}));
  EXPECT_NEAR(log_rank_trend(result, std::vector{-1e308, 1e308})->z, std::sqrt(result.test->chi_square),
              1e-12);
}

TEST(LogRank, refuses_strata_of_unlike_groups_and_tables_that_do_not_add_up) {
  const std::vector<std::vector<RiskTable>> strata{std::vector<RiskTable>(2), std::vector<RiskTable>(3)};
  EXPECT_EQ(error_of([&] { (void)log_rank_stratified(strata); }), "out_of_range");
  const auto error = [](std::vector<RiskRow> rows, std::vector<DayCount> entries = {}) {
    RiskTable table;
    table.rows = std::move(rows);
    table.late_entry = !entries.empty();
    table.entries = std::move(entries);
    return error_of([&] { (void)log_rank(std::vector{table, RiskTable{}}); });
  };
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 2, 1, 1}}), "");
  EXPECT_EQ(error({{7, 3, 1, 0}, {5, 2, 1, 0}}), "bad_number") << "out of order";
  EXPECT_EQ(error({{5, 3, 2, 2}}), "bad_number") << "more leave than are there";
  EXPECT_EQ(error({{5, 3, -1, 0}}), "bad_number");
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 3, 1, 0}}), "bad_number") << "somebody comes without late entry";
  EXPECT_EQ(error({{5, 3, 1, 0}, {5, 2, 1, 0}}), "bad_number") << "a time twice";
  EXPECT_EQ(error({{5, 3, 1, -1}, {7, 3, 1, 0}}), "bad_number");
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 3, 1, 0}}, {{0, 2}, {4, 1}, {6, 1}}), "");
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 3, 1, 0}}, {{0, 2}, {4, 1}, {7, 1}}), "bad_number") << "too late";
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 3, 1, 0}}, {{0, 3}, {4, 1}, {6, 1}}), "bad_number") << "too many";
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 1, 1, 0}}, {{0, 2}, {4, 1}}), "bad_number") << "somebody goes unseen";
  EXPECT_EQ(error({{5, 3, 1, 0}, {7, 3, 1, 0}}, {{0, 3}, {3, -1}, {4, 1}, {6, 1}}), "bad_number");
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(error({{5, 3, 1, 0}}, {{0, most}, {4, most}}), "overflow");
  RiskTable huge;
  huge.rows = {{5, most, 1, 0}};
  EXPECT_EQ(error_of([&] { (void)log_rank(std::vector{huge, huge}); }), "overflow");
}

TEST(LogRank, who_enters_between_two_departures_is_at_risk_from_its_entry_on) {
  Grouped data;
  data.add(0, {5, 9}, true);
  data.add(1, {7, 8}, true);
  data.entry = {0, 0, 0, 4};
  // At 5, when one of the first group leaves, the second has two, and one if the other entered at 5.
  EXPECT_NEAR(log_rank_of(data).groups[0].expected, 2.0 / 4 + 1.0 / 3 + 1.0 / 2 + 1, 1e-15);
  data.entry = {0, 0, 0, 5};
  EXPECT_NEAR(log_rank_of(data).groups[0].expected, 2.0 / 3 + 1.0 / 3 + 1.0 / 2 + 1, 1e-15);
}

// --- Where there is little or nothing to compare ---

void expect_no_test(const LogRank& result, LogRankTrouble trouble) {
  EXPECT_FALSE(result.test);
  EXPECT_EQ(result.trouble, trouble);
  EXPECT_NE(reason(result), "");
  EXPECT_TRUE(result.variance.allFinite());
  for (const LogRankGroup& group : result.groups) {
    EXPECT_FALSE(group.compared);
    EXPECT_EQ(group.excess, 0);
    EXPECT_EQ(group.observed, group.expected);
  }
}

TEST(LogRank, of_no_groups_one_group_and_groups_of_nobody_is_undefined) {
  expect_no_test(log_rank({}), LogRankTrouble::no_events);
  expect_no_test(log_rank_stratified({}), LogRankTrouble::no_events);
  expect_no_test(log_rank(std::vector<RiskTable>(3)), LogRankTrouble::no_events);
  EXPECT_TRUE(log_rank_pairs({}).empty());
  Grouped one;
  one.add(4, {1, 2, 3}, true);
  expect_no_test(log_rank_of(one), LogRankTrouble::never_together);
  EXPECT_TRUE(log_rank_pairs(tables_of(one)).empty());
  Grouped customer;
  customer.add(0, {7}, true);
  std::vector<RiskTable> tables = tables_of(customer);
  tables.emplace_back();
  expect_no_test(log_rank(tables), LogRankTrouble::never_together);
  EXPECT_EQ(log_rank(tables).groups[0].expected, 1);
}

TEST(LogRank, where_nobody_leaves_is_undefined) {
  Grouped data;
  data.add(0, {1, 2, 3}, false);
  data.add(1, {2, 3, 9}, false);
  expect_no_test(log_rank_of(data), LogRankTrouble::no_events);
  const std::vector<LogRankPair> pairs = log_rank_pairs(tables_of(data));
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].trouble, LogRankTrouble::no_events);
  EXPECT_FALSE(pairs[0].adjusted_p || pairs[0].hazard_ratio || pairs[0].test);
  EXPECT_FALSE(log_rank_trend(log_rank_of(data), std::vector{1.0, 2.0}));
  EXPECT_FALSE(peto_hazard_ratio(log_rank_of(data)));
}

TEST(LogRank, where_all_leave_on_one_day_is_undefined_and_where_some_stay_is_a_two_by_two_table) {
  Grouped all;
  all.add(0, {0, 0, 0}, true);
  all.add(1, {0, 0}, true);
  expect_no_test(log_rank_of(all), LogRankTrouble::never_together);
  for (int i = 0; i < 44; ++i) all.add(1, {0}, true);
  expect_no_test(log_rank_of(all), LogRankTrouble::never_together);  // 49 x (1 / 49) is not 1
  Grouped some;
  some.add(0, {3, 3, 3}, true);
  some.add(0, {3}, false);
  some.add(1, {3}, true);
  some.add(1, {3, 3, 3, 3, 3}, false);
  // Mantel's test of 3 of 4 against 1 of 6: Pearson's chi-square, 10 (3 x 5 - 1 x 1)^2 / (4 x 6 x 4 x 6),
  // times 9/10.
  EXPECT_NEAR(log_rank_of(some).test->chi_square, 0.9 * 10 * 196 / 576, 1e-14);
}

TEST(LogRank, a_group_that_nobody_left_counts_and_one_that_came_too_late_drops_out) {
  Grouped data;
  data.add(0, {1, 2, 3, 4}, true);
  data.add(1, {4, 5, 6}, false);
  const LogRank two = log_rank_of(data);
  ASSERT_TRUE(two.test);
  EXPECT_EQ(two.groups[1].observed, 0);
  EXPECT_GT(two.groups[1].expected, 0);
  EXPECT_TRUE(two.groups[1].compared);
  Grouped late = data;
  late.add(2, {50, 60}, true);
  late.entry = {0, 0, 0, 0, 0, 0, 0, 40, 40};
  const LogRank three = log_rank_of(late);
  EXPECT_FALSE(three.groups[2].compared);
  EXPECT_EQ(three.groups[2].expected, 2);
  EXPECT_EQ(three.test->degrees_of_freedom, 1);
  EXPECT_EQ(three.test->chi_square, two.test->chi_square);
  EXPECT_EQ(log_rank_pairs(tables_of(late))[1].trouble, LogRankTrouble::never_together);
}

TEST(LogRank, of_groups_that_never_overlap_is_undefined_and_of_two_sets_of_groups_is_the_sum_of_both) {
  Grouped apart;
  apart.add(0, {1, 2, 3}, true);
  apart.add(1, {11, 12, 13}, true);
  apart.entry = {0, 0, 0, 10, 10, 10};
  expect_no_test(log_rank_of(apart), LogRankTrouble::never_together);
  Grouped early;
  early.add(0, {1, 2, 3}, true);
  early.add(1, {2, 3, 4}, true);
  Grouped both = early;
  both.add(2, {11, 11, 14}, true);
  both.add(3, {13, 15, 16}, true);
  both.entry = {0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10};
  Grouped late;
  late.add(0, {1, 1, 4}, true);
  late.add(1, {3, 5, 6}, true);
  const LogRank result = log_rank_of(both);
  EXPECT_EQ(result.test->degrees_of_freedom, 2);
  EXPECT_NEAR(result.test->chi_square,
              log_rank_of(early).test->chi_square + log_rank_of(late).test->chi_square, 1e-13);
}

TEST(LogRank, a_spell_whose_entry_is_its_exit_is_not_there) {
  Grouped data;
  data.add(0, {1, 2, 5}, true);
  data.add(1, {2, 3, 4}, true);
  data.entry = {0, 0, 5, 0, 0, 0};
  const LogRank result = log_rank_of(data);
  EXPECT_EQ(result.groups[0].spells, 2);
  EXPECT_EQ(result.groups[0].events, 2);
  EXPECT_NEAR(result.groups[0].expected, 2.0 / 5 + 2.0 / 4, 1e-15);
}

TEST(LogRank, after_the_curve_has_died_out_weights_by_rho_count_nobody) {
  Grouped data;
  data.add(0, {1, 11, 13}, true);
  data.add(1, {12, 14}, true);
  data.entry = {0, 10, 10, 10, 10};
  EXPECT_TRUE(log_rank_of(data).test);
  expect_no_test(log_rank_of(data, {LogRankWeights::fleming_harrington, 1, 0}),
                 LogRankTrouble::never_together);
}

TEST(LogRank, of_very_many_customers_stays_finite) {
  RiskTable many;
  const std::int64_t count = std::int64_t{1} << 60;
  many.rows = {{1, count, count / 2, 0}, {2, count / 2, 5, 0}};
  RiskTable few;
  few.rows = {{1, 10, 9, 0}, {2, 1, 1, 0}};
  for (const LogRankWeights weights :
       {LogRankWeights::log_rank, LogRankWeights::gehan, LogRankWeights::tarone_ware, LogRankWeights::peto}) {
    const LogRank result = log_rank(std::vector{many, few}, {weights});
    ASSERT_TRUE(result.test);
    EXPECT_TRUE(std::isfinite(result.test->chi_square));
    EXPECT_TRUE(std::isfinite(result.test->p.log10));
  }
}

// --- As tables, and of a book ---

TEST(LogRank, tables_say_groups_and_pairs) {
  Grouped data = gehan();
  data.add(2, {40, 50}, false);
  const std::vector<RiskTable> tables = tables_of(data);
  const LogRank result = log_rank(tables);
  const Table groups = log_rank_table(result);
  EXPECT_EQ(groups.columns, (std::vector<std::string>{"group", "spells", "events", "observed", "expected"}));
  ASSERT_EQ(groups.rows.size(), 3U);
  EXPECT_EQ(groups.rows[1], (std::vector<Cell>{std::int64_t{1}, std::int64_t{21}, std::int64_t{21},
                                               result.groups[1].observed, result.groups[1].expected}));
  std::vector<LogRankPair> pairs = log_rank_pairs(tables, {}, Adjustment::holm);
  pairs.push_back({1, 3, LogRankTrouble::never_together});
  const Table told = log_rank_pairs_table(pairs);
  EXPECT_EQ(told.columns, (std::vector<std::string>{"first", "second", "chi_square", "p", "adjusted_p",
                                                    "hazard_ratio", "ci_low", "ci_high"}));
  ASSERT_EQ(told.rows.size(), 4U);
  EXPECT_EQ(
      told.rows[0],
      (std::vector<Cell>{std::int64_t{0}, std::int64_t{1}, pairs[0].test->chi_square, pairs[0].test->p.value,
                         pairs[0].adjusted_p->value, pairs[0].hazard_ratio->value,
                         pairs[0].hazard_ratio->interval.low, pairs[0].hazard_ratio->interval.high}));
  EXPECT_EQ(told.rows[3], (std::vector<Cell>{std::int64_t{1}, std::int64_t{3}, {}, {}, {}, {}, {}, {}}));
}

TEST(LogRank, of_a_book_with_records_from_a_day_on_is_that_of_its_spells) {
  const Book book = book_from_until("2024-02-01", "2024-05-01",
                                    {a_customer("a").on("pro").from("2023-12-01").until("2024-02-20"),
                                     a_customer("b").on("pro").from("2024-01-01").until("2024-03-10"),
                                     a_customer("c").on("pro").from("2024-02-01"),
                                     a_customer("d").on("basic").from("2024-01-15").until("2024-03-01"),
                                     a_customer("e").on("basic").from("2024-02-10").until("2024-03-28"),
                                     a_customer("f").on("basic").from("2023-11-01")});
  const GroupedRiskTables plans = grouped_risk_tables(LifeTable::fold(book, by::plan));
  Grouped data;  // basic is the first segment
  data.entry = {17, 0, 92, 62, 31, 0};
  data.exit = {46, 47, 181, 81, 69, 89};
  data.event = {1, 1, 0, 1, 1, 0};
  data.group = {0, 0, 0, 1, 1, 1};
  const LogRank of_book = log_rank(plans.tables[0]);
  const LogRank of_rows = log_rank_of(data);
  ASSERT_TRUE(of_book.test && of_rows.test);
  EXPECT_EQ(of_book.test->chi_square, of_rows.test->chi_square);
  EXPECT_EQ(of_book.variance, of_rows.variance);
  EXPECT_EQ(of_book.groups[0].expected, of_rows.groups[0].expected);
}

#ifdef CHURN_ORACLES_DIR
// --- R's `survdiff` on known data ---

const std::string oracles = CHURN_ORACLES_DIR;
using Rows = std::vector<std::map<std::string, std::string>>;

/// `group` and `stratum` are columns; groups are in the order of `levels`, or of the text. Rows without are
/// left out.
Grouped spells_of(const Rows& rows, const std::string& time, const std::string& status,
                  const std::set<std::string>& left, const std::string& group,
                  std::vector<std::string> levels = {}, const std::string& stratum = "") {
  if (levels.empty()) {
    std::set<std::string> found;
    for (const auto& row : rows)
      if (!row.at(group).empty()) found.insert(row.at(group));
    levels.assign(found.begin(), found.end());
  }
  std::map<std::string, std::int32_t> strata;
  Grouped data;
  for (const auto& row : rows) {
    const auto level = std::find(levels.begin(), levels.end(), row.at(group));
    if (level == levels.end() || (!stratum.empty() && row.at(stratum).empty())) continue;
    data.exit.push_back(std::stoi(row.at(time)));
    data.event.push_back(left.contains(row.at(status)) ? 1 : 0);
    data.group.push_back(static_cast<std::int32_t>(level - levels.begin()));
    if (!stratum.empty())
      data.stratum.push_back(
          strata.emplace(row.at(stratum), static_cast<std::int32_t>(strata.size())).first->second);
  }
  return data;
}

/// The tolerance of the oracles for chi-square is 1e-10, relative; what it is made of is as good.
void expect_answer(const Grouped& data, const std::string& folder, std::size_t place) {
  std::ifstream file(oracles + "/" + folder + "/logrank.json");
  const nlohmann::json answer = nlohmann::json::parse(file).at(place);
  const double rho = answer.at("rho");
  const LogRank result = log_rank_of(
      data, rho == 0 ? LogRankOptions{} : LogRankOptions{LogRankWeights::fleming_harrington, rho, 0});
  const std::string what = folder + " " + std::string(answer.at("formula"));
  ASSERT_TRUE(result.test) << what;
  ASSERT_EQ(result.groups.size(), answer.at("n").size()) << what;
  for (std::size_t g = 0; g < result.groups.size(); ++g) {
    EXPECT_EQ(result.groups[g].spells, answer.at("n")[g]) << what;
    EXPECT_NEAR(result.groups[g].observed, answer.at("observed")[g], 1e-10) << what;
    EXPECT_NEAR(result.groups[g].expected, answer.at("expected")[g], 1e-10) << what;
    for (std::size_t h = 0; h < result.groups.size(); ++h)
      EXPECT_NEAR(result.variance(static_cast<Eigen::Index>(g), static_cast<Eigen::Index>(h)),
                  answer.at("variance")[g][h], 1e-10)
          << what;
  }
  const double chi_square = answer.at("chisq");
  EXPECT_NEAR(result.test->chi_square, chi_square, 1e-10 * chi_square) << what;
  EXPECT_EQ(result.test->degrees_of_freedom, answer.at("df")) << what;
  EXPECT_NEAR(result.test->p.log10, answer.at("log10_p"), 1e-9) << what;
}

TEST(LogRank, equals_r_on_lung_cancer) {
  const Rows lung = support::read_csv(oracles + "/survival_lung/lung.csv");
  const Grouped by_sex = spells_of(lung, "time", "status", {"2"}, "sex");
  expect_answer(by_sex, "survival_lung", 0);
  expect_answer(by_sex, "survival_lung", 1);
  const Grouped by_ecog = spells_of(lung, "time", "status", {"2"}, "ph.ecog");
  expect_answer(by_ecog, "survival_lung", 2);
  const Grouped in_strata = spells_of(lung, "time", "status", {"2"}, "sex", {}, "ph.ecog");
  expect_answer(in_strata, "survival_lung", 3);
  // R: survdiff(Surv(time, status == 2) ~ sex + strata(ph.ecog), lung, rho = 1)$chisq
  EXPECT_NEAR(log_rank_of(in_strata, {LogRankWeights::fleming_harrington, 1, 0}).test->chi_square,
              13.857772753375185, 1e-9);
  // R, with s = 0:3 and r = survdiff(… ~ ph.ecog): sum(s * (r$obs - r$exp)) / sqrt(t(s) %*% r$var %*% s)
  EXPECT_NEAR(log_rank_trend(log_rank_of(by_ecog), std::vector{0.0, 1.0, 2.0, 3.0})->z, 4.2278979129737611,
              1e-11);
}

TEST(LogRank, equals_r_on_leukaemia_and_its_ties) {
  const Grouped by_x =
      spells_of(support::read_csv(oracles + "/survival_aml/aml.csv"), "time", "status", {"1"}, "x");
  expect_answer(by_x, "survival_aml", 0);
  expect_answer(by_x, "survival_aml", 1);
}

TEST(LogRank, equals_r_on_veterans) {
  const Rows veteran = support::read_csv(oracles + "/survival_veteran/veteran.csv");
  const std::vector<std::string> types{"squamous", "smallcell", "adeno", "large"};
  expect_answer(spells_of(veteran, "time", "status", {"1"}, "trt"), "survival_veteran", 0);
  const Grouped by_type = spells_of(veteran, "time", "status", {"1"}, "celltype", types);
  expect_answer(by_type, "survival_veteran", 1);
  expect_answer(by_type, "survival_veteran", 2);
  expect_answer(spells_of(veteran, "time", "status", {"1"}, "trt", {}, "celltype"), "survival_veteran", 3);
  // A sum over times in R by the formulas of the header, printed with 17 digits; rho = 2 by survdiff.
  const auto chi_square = [&](const LogRankOptions& options) {
    return log_rank_of(by_type, options).test->chi_square;
  };
  EXPECT_NEAR(chi_square({LogRankWeights::gehan}), 19.433126358002781, 1e-9);
  EXPECT_NEAR(chi_square({LogRankWeights::tarone_ware}), 22.572842508066554, 1e-9);
  EXPECT_NEAR(chi_square({LogRankWeights::peto}), 19.613516771278547, 1e-9);
  EXPECT_NEAR(chi_square({LogRankWeights::fleming_harrington, 0.5, 2}), 24.301423307505047, 1e-9);
  EXPECT_NEAR(chi_square({LogRankWeights::fleming_harrington, 2, 0}), 14.568961746071134, 1e-9);
  // R: survdiff of each two cell types alone; exp((obs - exp) / diag(var)); p.adjust(p, "holm").
  struct Pair {
    double chi_square;
    double p;
    double holm;
    double hazard_ratio;
  };
  const std::vector<Pair> of_r{
      {11.573673919989016, 0.00066892122504147032, 0.0026756849002, 0.42903500461036226},
      {12.04548364108013, 0.00051918014928395797, 0.0025959007464, 0.32573377073727583},
      {0.8225939786561558, 0.36442283748410292, 0.7288456749682, 0.77458296252820824},
      {0.096843191971004633, 0.75565132868712115, 0.7556513286871, 0.92373942046436175},
      {9.370904148183774, 0.0022045675189617852, 0.0066137025569, 2.1480510630972658},
      {17.669321529323053, 2.628316878476322e-05, 0.0001576990127, 4.2214114899798556}};
  const std::vector<LogRankPair> pairs = log_rank_pairs(tables_of(by_type));
  ASSERT_EQ(pairs.size(), of_r.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_NEAR(pairs[i].test->chi_square, of_r[i].chi_square, 1e-10 * of_r[i].chi_square);
    EXPECT_NEAR(pairs[i].test->p.value, of_r[i].p, 1e-9 * of_r[i].p);
    EXPECT_NEAR(pairs[i].adjusted_p->value, of_r[i].holm, 5.1e-13);  // thirteen decimals
    EXPECT_NEAR(pairs[i].hazard_ratio->value, of_r[i].hazard_ratio, 1e-11);
  }
}

TEST(LogRank, equals_r_on_telecom_customers) {
  Rows rows = support::read_csv(oracles + "/churn_bigml/churn_bigml_80.csv");
  const Rows rest = support::read_csv(oracles + "/churn_bigml/churn_bigml_20.csv");
  rows.insert(rows.end(), rest.begin(), rest.end());
  const std::set<std::string> left{"TRUE", "True"};
  expect_answer(spells_of(rows, "Account length", "Churn", left, "International plan"), "churn_bigml", 0);
  expect_answer(spells_of(rows, "Account length", "Churn", left, "Area code"), "churn_bigml", 1);
  expect_answer(spells_of(rows, "Account length", "Churn", left, "International plan", {}, "Area code"),
                "churn_bigml", 2);
}

TEST(LogRank, with_late_entry_equals_the_counting_process) {
  // R's survdiff takes no entries: a sum over times in R by the formulas of the header, printed with 17
  // digits.
  Grouped by_sex;
  for (const auto& row : support::read_csv(oracles + "/survival_channing_left_truncated/channing.csv")) {
    if (std::stoi(row.at("exit")) < std::stoi(row.at("entry"))) continue;
    by_sex.entry.push_back(std::stoi(row.at("entry")));
    by_sex.exit.push_back(std::stoi(row.at("exit")));
    by_sex.event.push_back(row.at("cens") == "1" ? 1 : 0);
    by_sex.group.push_back(row.at("sex") == "Male" ? 1 : 0);
  }
  const LogRank result = log_rank_of(by_sex);
  EXPECT_EQ(result.groups[0].events, 129);
  EXPECT_EQ(result.groups[1].events, 46);
  EXPECT_NEAR(result.groups[0].expected, 138.89785397597728, 1e-10);
  EXPECT_NEAR(result.variance(0, 0), 28.054433022953695, 1e-11);
  EXPECT_NEAR(result.test->chi_square, 3.4920510868857537, 1e-10);
  EXPECT_NEAR(log_rank_of(by_sex, {LogRankWeights::gehan}).test->chi_square, 2.7397509931108432, 1e-10);
  EXPECT_NEAR(log_rank_of(by_sex, {LogRankWeights::peto}).test->chi_square, 5.2634169121577195, 1e-10);
}
#endif

}  // namespace
}  // namespace churn
