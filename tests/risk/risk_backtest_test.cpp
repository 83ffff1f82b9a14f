#include <churn/risk/risk_backtest.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <churn/segment/customer_groups.hpp>
#include <churn/stats/jackknife.hpp>

#include "core/error_of.hpp"
#include "risk/drawn_observations.hpp"

namespace churn {
namespace {

using core_test::error_of;
using risk_test::Drawn;
using risk_test::written;
using testing::HasSubstr;
using testing::StartsWith;

std::uint32_t fold_of(const Observations& observations, std::size_t row) {
  return customer_group("backtest " + observations.customers[observations.customer[row]], 5);
}
bool is_known(const Observations& observations, std::size_t row, Date cut) {
  return observations.day[row].days() + observations.horizon <= cut.days();
}

const MeasuredQuality& measure(const std::vector<MeasuredQuality>& measures, const std::string& name) {
  for (const MeasuredQuality& each : measures)
    if (each.metric == name) return each;
  throw std::runtime_error("There is no measure called " + name);
}
double value(const std::vector<MeasuredQuality>& measures, const std::string& name) {
  return measure(measures, name).value.value();
}

/// All that a backtest found but what it was asked.
std::string found(const RiskBacktest& test) {
  std::string text = backtest_sentence(test);
  for (const Table& table :
       {backtest_table(test), backtest_reliability_table(test), backtest_lift_table(test),
        backtest_costs_table(test), backtest_cuts_table(test)})
    text += "\n" + to_csv(table);
  for (std::size_t i = 0; i < test.row.size(); ++i)
    text += std::to_string(test.row[i]) + " " + shortest(test.risk[i]) + " " + shortest(test.base_rate[i]) +
            " " + shortest(test.single[i]) + "\n";
  return text;
}

Drawn small() { return {.customers = 120, .weeks = 20, .effects = {1, -0.7, 0}, .missing = 0.1, .seed = 4}; }
RiskBacktestRule three_cuts() { return {.cuts = 3, .spacing = 21}; }

TEST(RiskBacktest, cuts_lie_a_spacing_apart_and_the_last_test_rows_end_with_the_last_row) {
  const Observations rows = small().observations();
  const RiskBacktest test = backtest_risk(rows, three_cuts());
  const Date end = *std::max_element(rows.day.begin(), rows.day.end()) + std::chrono::days{1};
  ASSERT_EQ(test.cuts.size(), 3U);
  std::set<std::size_t> tested;
  for (std::size_t i = 0; i < 3; ++i) {
    const Date cut = end - std::chrono::days{21 * (3 - static_cast<int>(i))};
    EXPECT_EQ(test.cuts[i].cut, cut);
    std::size_t count = 0;
    std::size_t departures = 0;
    std::map<std::uint32_t, std::pair<std::size_t, std::size_t>> training;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      const bool is_tested = rows.day[row] >= cut && rows.day[row] < cut + std::chrono::days{21};
      if (is_tested) tested.insert(row);
      count += is_tested ? 1U : 0U;
      departures += is_tested ? rows.departed[row] : 0U;
      for (std::uint32_t fold = 0; fold < 5; ++fold)
        if (is_known(rows, row, cut) && fold_of(rows, row) != fold) {
          ++training[fold].first;
          training[fold].second += rows.departed[row];
        }
    }
    EXPECT_EQ(test.cuts[i].test_rows, count);
    EXPECT_EQ(test.cuts[i].test_departures, departures);
    std::size_t largest = 0;
    for (const auto& [fold, counts] : training) largest = std::max(largest, counts.first);
    EXPECT_EQ(test.cuts[i].training_rows, largest);
  }
  EXPECT_EQ(std::vector<std::size_t>(tested.begin(), tested.end()), test.row);
  for (std::size_t i = 0; i < test.row.size(); ++i) EXPECT_EQ(test.departed[i], rows.departed[test.row[i]]);
}

// What the backtest does, once more and plainly: a model for each cut and fold.
TEST(RiskBacktest, a_risk_is_that_of_a_model_of_the_rows_known_at_the_cut_of_other_customers) {
  const Observations rows = small().observations();
  for (const BacktestCustomers customers : {BacktestCustomers::disjoint, BacktestCustomers::grouped}) {
    RiskBacktestRule rule = three_cuts();
    rule.customers = customers;
    const RiskBacktest test = backtest_risk(rows, rule);
    for (std::size_t i = 0; i < test.row.size(); i += 17) {
      const std::size_t row = test.row[i];
      Date cut = test.cuts[0].cut;
      for (const BacktestCut& each : test.cuts)
        if (each.cut <= rows.day[row]) cut = each.cut;
      std::vector<std::size_t> training;
      for (std::size_t other = 0; other < rows.rows(); ++other)
        if (is_known(rows, other, cut) &&
            (customers == BacktestCustomers::grouped || fold_of(rows, other) != fold_of(rows, row)))
          training.push_back(other);
      const Observations seen = rows.only(training);
      EXPECT_EQ(test.risk[i], train_risk_model(seen).risks(rows.only({row}))[0]);
      EXPECT_EQ(test.base_rate[i],
                (static_cast<double>(seen.departures()) + 0.5) / (static_cast<double>(seen.rows()) + 1));
    }
  }
}

/// Other values and outcomes in all rows but some. Of those a departure that came after the cut is moved.
Observations scrambled(Observations rows, const std::set<std::size_t>& kept, Date cut, unsigned seed) {
  std::mt19937 random{seed};
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const bool is_later =
        rows.departs_in[row] >= 0 && rows.day[row].days() + rows.departs_in[row] >= cut.days();
    if (kept.contains(row)) {
      if (is_later || rows.departs_in[row] < 0)
        rows.departs_in[row] = random() % 2 == 0 ? -1
                                                 : std::max(0, cut.days() - rows.day[row].days()) +
                                                       static_cast<std::int32_t>(random() % 9);
      continue;
    }
    const auto at = static_cast<Eigen::Index>(row);
    for (Eigen::Index column = 0; column < rows.values.cols(); ++column) {
      rows.missing(at, column) = random() % 4 == 0;
      rows.values(at, column) = rows.missing(at, column) ? 0 : static_cast<double>(random() % 1000) / 10 - 50;
    }
    rows.departed[row] = static_cast<std::uint8_t>(random() % 2);
    rows.departs_in[row] = static_cast<std::int32_t>(random() % 200) - 1;
    rows.tenure[row] = static_cast<std::int32_t>(random() % 1000);
    rows.ticks[row] = static_cast<std::int64_t>(random() % 1000);
  }
  return rows;
}

// The rows that a prediction may depend on are those known at its cut, of other customers if these are disjoint, and
// the row that is predicted, without its outcome. All others are changed in every way, and the outcome of the row, too.
RC_GTEST_PROP(RiskBacktest, nothing_after_a_cut_changes_what_was_predicted_at_it, ()) {
  Drawn drawn = small();
  drawn.customers = 20;
  drawn.weeks = 13;
  drawn.log_odds = -2;
  drawn.seed = *rc::gen::inRange(1U, 1000U);
  const Observations rows = drawn.observations();
  RiskBacktestRule rule{.cuts = 2, .spacing = 21};
  rule.model.kind = *rc::gen::element(RiskKind::logistic, RiskKind::hazard);
  rule.customers = *rc::gen::element(BacktestCustomers::disjoint, BacktestCustomers::grouped);
  const RiskBacktest test = backtest_risk(rows, rule);
  RC_PRE(!test.row.empty());
  const std::size_t place = *rc::gen::inRange<std::size_t>(0, test.row.size());
  const std::size_t row = test.row[place];
  Date cut = test.cuts[0].cut;
  for (const BacktestCut& each : test.cuts)
    if (each.cut <= rows.day[row]) cut = each.cut;
  std::set<std::size_t> kept{row};
  for (std::size_t other = 0; other < rows.rows(); ++other)
    if (is_known(rows, other, cut) &&
        (rule.customers == BacktestCustomers::grouped || fold_of(rows, other) != fold_of(rows, row)))
      kept.insert(other);
  Observations changed = scrambled(rows, kept, cut, *rc::gen::arbitrary<unsigned>());
  changed.departed[row] = static_cast<std::uint8_t>(1 - changed.departed[row]);
  const RiskBacktest again = backtest_risk(changed, rule);
  const auto at = std::find(again.row.begin(), again.row.end(), row);
  RC_ASSERT(at != again.row.end());
  const auto there = static_cast<std::size_t>(at - again.row.begin());
  RC_ASSERT(again.risk[there] == test.risk[place]);
  RC_ASSERT(again.single[there] == test.single[place]);
  RC_ASSERT(again.base_rate[there] == test.base_rate[place]);
}

TEST(RiskBacktest, what_was_known_at_a_cut_does_change_it) {
  const Observations rows = small().observations();
  const RiskBacktest test = backtest_risk(rows, three_cuts());
  std::set<std::size_t> later;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    if (!is_known(rows, row, test.cuts[0].cut)) later.insert(row);
  const RiskBacktest again = backtest_risk(scrambled(rows, later, test.cuts[0].cut, 1), three_cuts());
  ASSERT_EQ(again.row, test.row);
  for (std::size_t i = 0; i < test.row.size(); ++i) EXPECT_NE(again.risk[i], test.risk[i]);
}

TEST(RiskBacktest, the_number_of_threads_changes_nothing) {
  const Observations rows = small().observations();
  RiskBacktestRule rule = three_cuts();
  const std::string one = found(backtest_risk(rows, rule));
  for (const unsigned threads : {2U, 7U}) {
    rule.threads = threads;
    EXPECT_EQ(found(backtest_risk(rows, rule)), one) << threads;
  }
}

TEST(RiskBacktest, the_order_of_rows_changes_no_more_than_rounding) {
  const Observations rows = small().observations();
  std::vector<std::size_t> order(rows.rows());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), std::mt19937{9});
  const RiskBacktest one = backtest_risk(rows, three_cuts());
  const RiskBacktest other = backtest_risk(rows.only(order), three_cuts());
  std::map<std::size_t, double> risk;
  for (std::size_t i = 0; i < other.row.size(); ++i) risk[order[other.row[i]]] = other.risk[i];
  ASSERT_EQ(other.row.size(), one.row.size());
  // Fits end when a step gains less than rounding, which leaves coefficients about 1e-8 apart.
  for (std::size_t i = 0; i < one.row.size(); ++i) EXPECT_NEAR(risk.at(one.row[i]), one.risk[i], 1e-7);
  EXPECT_EQ(one.single_names, other.single_names);
}

// Plain loops over pairs and rows, without sorting where that can be done.
TEST(RiskBacktest, measures_are_what_their_definitions_say) {
  const RiskBacktest test = backtest_risk(small().observations(), three_cuts());
  const std::vector<double>& p = test.risk;
  const std::vector<std::uint8_t>& y = test.departed;
  const std::size_t n = p.size();
  double pairs = 0;
  double won = 0;
  double squares = 0;
  double loss = 0;
  double yes = 0;
  for (std::size_t i = 0; i < n; ++i) {
    squares += (p[i] - y[i]) * (p[i] - y[i]);
    loss -= std::log(y[i] != 0 ? p[i] : 1 - p[i]);
    yes += y[i];
    for (std::size_t j = 0; j < n; ++j) {
      if (y[i] == 0 || y[j] != 0) continue;
      ++pairs;
      won += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
    }
  }
  const auto count = static_cast<double>(n);
  const double rate = yes / count;
  // Sums of some 1000 numbers below 1, in another order.
  constexpr double rounding = 1e-12;
  EXPECT_NEAR(value(test.model, "auc"), won / pairs, rounding);
  EXPECT_NEAR(value(test.model, "brier"), squares / count, rounding);
  EXPECT_NEAR(value(test.model, "brier_skill"), 1 - squares / count / (rate * (1 - rate)), rounding);
  EXPECT_NEAR(value(test.model, "log_loss"), loss / count, rounding);

  std::vector<std::pair<double, std::uint8_t>> order;
  for (std::size_t i = 0; i < n; ++i) order.emplace_back(p[i], y[i]);
  std::stable_sort(order.begin(), order.end(), [](auto a, auto b) { return a.first < b.first; });
  double off = 0;
  for (std::size_t bin = 0; bin < 10; ++bin) {
    double difference = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (10 * i / n == bin) difference += order[i].first - order[i].second;
    off += std::abs(difference) / count;
  }
  EXPECT_NEAR(value(test.model, "ece"), off, rounding);
  std::reverse(order.begin(), order.end());
  double top = 0;
  for (std::size_t i = 0; i < n / 10; ++i) top += order[i].second;
  ASSERT_NE(order[n / 10 - 1].first, order[n / 10].first) << "no equals at the edge";
  EXPECT_NEAR(value(test.model, "precision_top_decile"), top / std::floor(count / 10), rounding);
  EXPECT_NEAR(value(test.model, "lift_top_decile"), top / std::floor(count / 10) / rate, rounding);
  double seen = 0;
  double area = 0;
  for (std::size_t i = 0; i < n; ++i) {
    seen += order[i].second;
    if (order[i].second != 0) area += seen / static_cast<double>(i + 1) / yes;
  }
  EXPECT_NEAR(value(test.model, "average_precision"), area, 1e-6) << "equal risks, if there are any";

  // The calibration line is where the likelihood's derivatives are 0: sums of some 1000 numbers.
  const double slope = value(test.model, "calibration_slope");
  const double intercept = value(test.model, "calibration_intercept");
  const double level = value(test.model, "calibration_in_the_large");
  double by_intercept = 0;
  double by_slope = 0;
  double by_level = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double odds = std::log(p[i] / (1 - p[i]));
    by_intercept += y[i] - 1 / (1 + std::exp(-intercept - slope * odds));
    by_slope += (y[i] - 1 / (1 + std::exp(-intercept - slope * odds))) * odds;
    by_level += y[i] - 1 / (1 + std::exp(-level - odds));
  }
  EXPECT_NEAR(by_intercept, 0, 1e-6);
  EXPECT_NEAR(by_slope, 0, 1e-6);
  EXPECT_NEAR(by_level, 0, 1e-6);

  double without = 0;
  double single_loss = 0;
  for (std::size_t i = 0; i < n; ++i) {
    without += (test.base_rate[i] - y[i]) * (test.base_rate[i] - y[i]);
    single_loss -= std::log(y[i] != 0 ? test.single[i] : 1 - test.single[i]);
  }
  EXPECT_NEAR(test.gain_over_base_rate.value.value(), 1 - squares / without, rounding);
  EXPECT_NEAR(test.gain_over_single.value.value(), (single_loss - loss) / count, rounding);
}

// Each measure once more without each group, from the test rows that are left.
TEST(RiskBacktest, intervals_are_those_of_the_jackknife_over_customers) {
  const Observations rows = small().observations();
  const RiskBacktest test = backtest_risk(rows, three_cuts());
  std::vector<std::optional<double>> skills;
  std::vector<std::optional<double>> losses;
  std::vector<std::optional<double>> lifts;
  std::vector<std::optional<double>> errors;
  std::vector<std::optional<double>> gains;
  for (std::uint32_t group = 0; group < 50; ++group) {
    std::vector<double> p;
    std::vector<std::uint8_t> y;
    double model = 0;
    double base = 0;
    for (std::size_t i = 0; i < test.row.size(); ++i) {
      if (customer_group(rows.customers[rows.customer[test.row[i]]], 50) == group) continue;
      p.push_back(test.risk[i]);
      y.push_back(test.departed[i]);
      model += std::pow(test.risk[i] - y.back(), 2);
      base += std::pow(test.base_rate[i] - y.back(), 2);
    }
    if (p.size() == test.row.size()) continue;  // nobody is in the group
    skills.push_back(probability_score(p, y).brier_skill);
    losses.push_back(probability_score(p, y).log_loss);
    lifts.push_back(lift_at(p, y));
    errors.push_back(reliability(p, y).expected_calibration_error);
    gains.push_back(1 - model / base);
  }
  const auto expect = [](const MeasuredQuality& measured,
                         const std::vector<std::optional<double>>& replicates, Scale scale) {
    const Interval interval = jackknife(measured.value, replicates, scale).interval.value();
    // Differences of replicates are some 1e-3 of sums good to 1e-15.
    EXPECT_NEAR(measured.interval.value().low, interval.low, 1e-9) << measured.metric;
    EXPECT_NEAR(measured.interval.value().high, interval.high, 1e-9) << measured.metric;
  };
  expect(measure(test.model, "brier_skill"), skills, Scale::plain);
  expect(measure(test.model, "log_loss"), losses, Scale::log);
  expect(measure(test.model, "lift_top_decile"), lifts, Scale::log);
  expect(measure(test.model, "ece"), errors, Scale::logit);
  expect(test.gain_over_base_rate, gains, Scale::plain);
}

TEST(RiskBacktest, the_area_has_the_interval_that_is_clustered_by_customer) {
  const Observations rows = small().observations();
  const RiskBacktest test = backtest_risk(rows, three_cuts());
  std::vector<std::uint32_t> customer;
  for (const std::size_t row : test.row) customer.push_back(rows.customer[row]);
  EXPECT_EQ(measure(test.model, "auc").interval, auc(test.risk, test.departed, customer).interval);
  EXPECT_EQ(test.customers, std::set<std::uint32_t>(customer.begin(), customer.end()).size());
}

TEST(RiskBacktest, a_model_of_several_causes_beats_both_baselines) {
  const Observations rows =
      Drawn{.customers = 500, .weeks = 30, .effects = {0.9, -0.9, 0.9, 0}, .seed = 4}.observations();
  const RiskBacktest test = backtest_risk(rows, {.cuts = 4});
  EXPECT_TRUE(test.beats_base_rate);
  EXPECT_TRUE(test.beats_single);
  EXPECT_GT(value(test.model, "auc"), value(test.single_indicator, "auc"));
  EXPECT_GT(value(test.model, "lift_top_decile"), 2);
  EXPECT_THAT(backtest_sentence(test), HasSubstr("the model ranked leavers above stayers "));
  EXPECT_THAT(backtest_sentence(test), HasSubstr("Its risks can be taken for what they say"));
  EXPECT_THAT(backtest_sentence(test), HasSubstr(" It beats the base rate (Brier skill "));
  EXPECT_THAT(backtest_sentence(test), HasSubstr(" and the best single indicator, column "));
}

// A slope from some 300 departures of 120 customers has an error of about 0.17 (what training rows there happen to be
// included), the mean of four one of 0.085; that of the level is 0.13, and 0.065. Four of these are allowed.
TEST(RiskBacktest, risks_are_neither_too_extreme_nor_too_timid_on_average) {
  constexpr std::uint32_t books = 4;
  double slope = 0;
  double level = 0;
  for (std::uint32_t seed = 1; seed <= books; ++seed) {
    const RiskBacktest test = backtest_risk(
        Drawn{.customers = 300, .weeks = 26, .effects = {0.9, -0.9}, .seed = seed}.observations(),
        {.cuts = 4});
    slope += value(test.model, "calibration_slope") / books;
    level += value(test.model, "calibration_in_the_large") / books;
    EXPECT_TRUE(test.beats_base_rate);
    EXPECT_LT(value(test.model, "ece"), 0.03);
  }
  EXPECT_NEAR(slope, 1, 0.34);
  EXPECT_NEAR(level, 0, 0.26);
}

TEST(RiskBacktest, where_one_indicator_is_the_cause_the_model_does_not_beat_it) {
  const Observations rows =
      Drawn{.customers = 400, .weeks = 30, .effects = {0, 0, 1.2, 0}, .seed = 6}.observations();
  const RiskBacktest test = backtest_risk(rows, {.cuts = 4});
  EXPECT_TRUE(test.beats_base_rate);
  EXPECT_FALSE(test.beats_single);
  EXPECT_EQ(test.single_names, std::vector<std::string>(4, "column 2"));
  EXPECT_THAT(backtest_sentence(test), HasSubstr(", but not the best single indicator, column 2: "));
}

TEST(RiskBacktest, what_is_missing_can_be_the_best_single_indicator) {
  Observations rows = Drawn{.customers = 400, .weeks = 20, .effects = {0.3, 0}, .seed = 6}.observations();
  std::mt19937 random{1};
  for (Eigen::Index row = 0; row < rows.values.rows(); ++row) {
    const bool leaves = rows.departed[static_cast<std::size_t>(row)] != 0;
    rows.missing(row, 1) = random() % 10 < (leaves ? 8 : 2);
    if (rows.missing(row, 1)) rows.values(row, 1) = 0;
  }
  EXPECT_EQ(backtest_risk(rows, {.cuts = 2}).single_names, std::vector<std::string>(2, "column 1"));
}

// At 95 % the interval is above 0 in at most one of forty data sets by luck. Of 30, more than 4 would have a chance of
// about 0.1 % even at that rate; as fits of noise are worse than the base rate, there should be next to none.
TEST(RiskBacktest, a_model_of_noise_seldom_beats_the_base_rate) {
  int beats = 0;
  int beats_single = 0;
  double skill = 0;
  constexpr std::uint32_t books = 30;
  for (std::uint32_t seed = 1; seed <= books; ++seed) {
    const RiskBacktest test =
        backtest_risk(Drawn{.customers = 80, .weeks = 16, .log_odds = -3, .seed = seed}.observations(),
                      {.cuts = 2, .spacing = 28});
    beats += test.beats_base_rate ? 1 : 0;
    beats_single += test.beats_single ? 1 : 0;
    skill += test.gain_over_base_rate.value.value() / books;
    if (!test.beats_base_rate) {
      EXPECT_THAT(backtest_sentence(test), HasSubstr("It does not beat the base rate (Brier skill "));
    }
  }
  RecordProperty("beats", beats);
  RecordProperty("beats_single", beats_single);
  EXPECT_LE(beats, 4);
  EXPECT_LE(beats_single, 4);
  EXPECT_LT(skill, 0.005);
}

TEST(RiskBacktest, costs_are_counted_at_each_percent_of_rows) {
  const Observations rows = small().observations();
  RiskBacktestRule rule = three_cuts();
  rule.contact_cost = 2;
  rule.save_value = 50;
  rule.save_rate = 0.25;
  const RiskBacktest test = backtest_risk(rows, rule);
  ASSERT_EQ(test.costs.size(), 100U);
  std::vector<std::size_t> order(test.risk.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return test.risk[a] > test.risk[b]; });
  double best = 0;
  for (std::size_t percent = 1; percent <= 100; ++percent) {
    const CostPoint& point = test.costs[percent - 1];
    const std::size_t contacted = percent * order.size() / 100;
    EXPECT_EQ(point.contacted, contacted);
    EXPECT_DOUBLE_EQ(point.share, static_cast<double>(percent) / 100);
    double departures = 0;
    for (std::size_t i = 0; i < contacted; ++i) departures += test.departed[order[i]];
    EXPECT_DOUBLE_EQ(point.departures, departures) << "no two risks are equal here";
    EXPECT_DOUBLE_EQ(point.saved, departures * 0.25);
    EXPECT_DOUBLE_EQ(point.net, departures * 0.25 * 50 - 2 * static_cast<double>(contacted));
    best = std::max(best, point.net);
  }
  ASSERT_GT(best, 0);
  ASSERT_TRUE(test.best_depth.has_value());
  EXPECT_DOUBLE_EQ(test.best_depth->net, best);
  rule.save_value = 1;
  EXPECT_FALSE(backtest_risk(rows, rule).best_depth.has_value()) << "no depth pays";
}

TEST(RiskBacktest, a_playbook_is_tested_on_the_same_rows) {
  const Observations rows = small().observations();
  RiskBacktestRule rule = three_cuts();
  rule.playbook =
      Playbook{{{.name = "high", .indicator = "column 0", .bands = {{-9, "green", 0}, {1, "red", 1}}}}};
  const RiskBacktest test = backtest_risk(rows, rule);
  ASSERT_TRUE(test.playbook.has_value());
  EXPECT_EQ(to_csv(playbook_table(*test.playbook)),
            to_csv(playbook_table(playbook_worth(*rule.playbook, rows.only(test.row)))));
  EXPECT_EQ(test.playbook->observations, test.row.size());
}

TEST(RiskBacktest, all_kinds_of_models_and_calibration_can_be_tested) {
  const Observations rows =
      Drawn{.customers = 250, .weeks = 24, .effects = {1, -0.7}, .seed = 8}.observations();
  for (const RiskKind kind : {RiskKind::logistic, RiskKind::hazard})
    for (const Calibration calibration : {Calibration::none, Calibration::platt, Calibration::isotonic})
      for (const BacktestCustomers customers : {BacktestCustomers::disjoint, BacktestCustomers::grouped}) {
        if (calibration != Calibration::platt && customers == BacktestCustomers::disjoint) continue;
        RiskBacktestRule rule{.cuts = 3, .customers = customers};
        rule.model.kind = kind;
        rule.model.calibration = calibration;
        const RiskBacktest test = backtest_risk(rows, rule);
        EXPECT_EQ(test.why_not, "");
        EXPECT_GT(value(test.model, "auc"), 0.65);
        EXPECT_TRUE(test.beats_base_rate);
      }
}

// Cuts

TEST(RiskBacktest, cuts_before_all_rows_are_left_out_however_many_are_asked_for) {
  const Observations rows = Drawn{.customers = 40, .weeks = 10, .log_odds = -2, .seed = 3}.observations();
  const RiskBacktest test =
      backtest_risk(rows, {.cuts = std::numeric_limits<std::size_t>::max(), .spacing = 14});
  ASSERT_FALSE(test.cuts.empty());
  EXPECT_GT(test.cuts.front().cut, rows.day.front());
  EXPECT_LE(test.cuts.size(), 5U) << "9 weeks";
  EXPECT_EQ(test.cuts.front().test_rows, 0U) << "nothing was known yet";
  EXPECT_EQ(test.cuts.size(), test.single_names.size());
  const RiskBacktest wide =
      backtest_risk(rows, {.cuts = 3, .spacing = std::numeric_limits<std::int32_t>::max()});
  EXPECT_TRUE(wide.cuts.empty());
  EXPECT_THAT(wide.why_not, StartsWith("At no cut could a model be trained and tested"));
}

TEST(RiskBacktest, rows_at_the_end_of_the_calendar_are_tested) {
  Observations rows = Drawn{.customers = 60, .weeks = 12, .log_odds = -2, .seed = 3}.observations();
  const Date last = *std::max_element(rows.day.begin(), rows.day.end());
  for (Date& day : rows.day) day = Date::of(9999, 12, 31) - (last - day);
  rows.as_of.reset();
  const RiskBacktest test = backtest_risk(rows, {.cuts = 1, .spacing = 7});
  EXPECT_EQ(test.cuts.at(0).cut, Date::of(9999, 12, 25));
  EXPECT_GT(test.cuts.at(0).test_rows, 0U);
}

// Nothing to test

TEST(RiskBacktest, what_was_never_run_has_a_sentence_and_empty_tables) {
  EXPECT_EQ(backtest_sentence({}), "Nothing was tested.");
  for (const Table& table : {backtest_table({}), backtest_reliability_table({}), backtest_lift_table({}),
                             backtest_costs_table({}), backtest_cuts_table({})})
    EXPECT_TRUE(table.rows.empty());
}

TEST(RiskBacktest, where_there_is_nothing_to_test_it_says_why) {
  const auto sentence = [](const Observations& rows) {
    const RiskBacktest test = backtest_risk(rows);
    EXPECT_FALSE(test.beats_base_rate);
    EXPECT_FALSE(test.beats_single);
    EXPECT_FALSE(test.best_depth.has_value());
    EXPECT_EQ(test.why_not, backtest_sentence(test));
    for (const Table& table :
         {backtest_table(test), backtest_reliability_table(test), backtest_lift_table(test),
          backtest_costs_table(test), backtest_cuts_table(test)})
      for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
    return backtest_sentence(test);
  };
  EXPECT_EQ(sentence(written({"x"}, {})), "There are no observations to test a model on.");
  EXPECT_EQ(sentence(written({"x"}, {{"a", "2024-01-01", {1}, false}, {"b", "2024-01-01", {1}, false}})),
            "Nobody left in 2 observations, so there is nothing to predict.");
  EXPECT_EQ(sentence(written({"x"}, {{"a", "2024-01-01", {1}, true}})),
            "Everybody left in 1 observation, so there is nothing to predict.");
  EXPECT_EQ(sentence(written({"x"}, {{"a", "2024-01-01", {1}, true}, {"b", "2024-09-01", {1}, false}})),
            "At no cut could a model be trained and tested: that takes customers who left and customers who "
            "stayed, of whom both was known at the cut, and others to test it on.");
  std::vector<risk_test::WrittenRow> rows;
  const std::vector<std::string> days{"2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01",
                                      "2024-05-01", "2024-06-01", "2024-07-01", "2024-08-01"};
  for (std::size_t i = 0; i < days.size(); ++i)
    rows.push_back({"only", days[i].c_str(), {static_cast<double>(i)}, i % 2 == 0});
  EXPECT_THAT(sentence(written({"x"}, rows)), StartsWith("At no cut could a model be trained and tested"));
}

TEST(RiskBacktest, one_customer_can_be_tested_by_its_own_past) {
  std::vector<risk_test::WrittenRow> rows;
  const std::vector<std::string> days{"2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01",
                                      "2024-05-01", "2024-06-01", "2024-07-01", "2024-08-01"};
  for (std::size_t i = 0; i < days.size(); ++i)
    rows.push_back({"only", days[i].c_str(), {static_cast<double>(i)}, i % 2 == 0});
  const RiskBacktest test = backtest_risk(written({"x"}, rows), {.customers = BacktestCustomers::grouped});
  EXPECT_EQ(test.why_not, "");
  EXPECT_EQ(test.customers, 1U);
  EXPECT_FALSE(measure(test.model, "brier").interval.has_value()) << "there is but one group";
  EXPECT_FALSE(test.beats_base_rate);
}

TEST(RiskBacktest, test_rows_of_one_outcome_are_predicted_and_not_compared) {
  Observations rows = small().observations();
  const Date cut = *std::max_element(rows.day.begin(), rows.day.end()) - std::chrono::days{20};
  for (std::size_t row = 0; row < rows.rows(); ++row)
    if (rows.day[row] >= cut) rows.departed[row] = 0;
  const RiskBacktest test = backtest_risk(rows, {.cuts = 1, .spacing = 21});
  EXPECT_THAT(test.why_not, StartsWith("Nobody left in "));
  EXPECT_EQ(backtest_sentence(test), test.why_not);
  EXPECT_FALSE(test.row.empty());
  EXPECT_FALSE(measure(test.model, "auc").value.has_value());
  EXPECT_FALSE(measure(test.model, "brier_skill").value.has_value());
  EXPECT_TRUE(measure(test.model, "brier").value.has_value());
}

// Where nobody left in the test rows, whoever says less is nearer to the truth: that is no finding.
TEST(RiskBacktest, where_nobody_left_no_baseline_is_beaten) {
  Observations rows = small().observations();
  const Date cut = *std::max_element(rows.day.begin(), rows.day.end()) - std::chrono::days{20};
  for (std::size_t row = 0; row < rows.rows(); ++row)
    if (rows.day[row] >= cut) {
      rows.departed[row] = 0;
      // The safest that the model knows.
      rows.values.row(static_cast<Eigen::Index>(row)) << -2, 2, 0;
      rows.missing.row(static_cast<Eigen::Index>(row)).setConstant(false);
    }
  const RiskBacktest test = backtest_risk(rows, {.cuts = 1, .spacing = 21});
  ASSERT_GT(test.gain_over_base_rate.interval.value().low, 0);
  EXPECT_FALSE(test.beats_base_rate);
  EXPECT_FALSE(test.beats_single);
}

// A rate that is the same for all ranks nobody, though rates differ between folds and cuts.
TEST(RiskBacktest, the_base_rate_has_no_measure_of_ranking) {
  const RiskBacktest test = backtest_risk(small().observations(), three_cuts());
  ASSERT_GT(std::set<double>(test.base_rate.begin(), test.base_rate.end()).size(), 1U);
  const std::set<std::string> of_level{"brier", "brier_skill", "ece", "log_loss", "calibration_in_the_large"};
  ASSERT_EQ(test.baseline.size(), test.model.size());
  for (std::size_t i = 0; i < test.baseline.size(); ++i) {
    EXPECT_EQ(test.baseline[i].metric, test.model[i].metric);
    EXPECT_EQ(test.baseline[i].value.has_value(), of_level.contains(test.baseline[i].metric))
        << test.baseline[i].metric;
    EXPECT_EQ(test.baseline[i].interval.has_value(), of_level.contains(test.baseline[i].metric));
  }
  EXPECT_EQ(backtest_table(test).rows[0][4], Cell{});
}

TEST(RiskBacktest, columns_that_say_nothing_give_the_base_rate) {
  for (const bool without : {true, false}) {
    Observations rows = small().observations();
    if (without) {
      rows.columns.clear();
      rows.values.resize(rows.values.rows(), 0);
      rows.missing.resize(rows.missing.rows(), 0);
    } else {
      rows.values.setConstant(3);
      rows.missing.setConstant(false);
    }
    const RiskBacktest test = backtest_risk(rows, three_cuts());
    EXPECT_EQ(test.why_not, "");
    // A chance through log-odds and back is good to about 1e-16.
    for (std::size_t i = 0; i < test.row.size(); ++i) {
      EXPECT_NEAR(test.risk[i], test.base_rate[i], 1e-14);
      EXPECT_NEAR(test.single[i], test.base_rate[i], 1e-14);
    }
    EXPECT_NEAR(test.gain_over_base_rate.value.value(), 0, 1e-14);
    EXPECT_FALSE(test.beats_base_rate);
    EXPECT_FALSE(test.beats_single);
    EXPECT_EQ(test.single_names, std::vector<std::string>(3));
    EXPECT_THAT(backtest_sentence(test), HasSubstr("It does not beat the base rate"));
  }
}

TEST(RiskBacktest, an_indicator_that_is_missing_everywhere_does_no_harm) {
  Observations rows = small().observations();
  const double before = value(backtest_risk(rows, three_cuts()).model, "auc");
  rows.missing.col(2).setConstant(true);  // noise
  rows.values.col(2).setZero();
  const RiskBacktest test = backtest_risk(rows, three_cuts());
  EXPECT_EQ(test.why_not, "");
  EXPECT_NEAR(value(test.model, "auc"), before, 0.02);
}

TEST(RiskBacktest, outcomes_that_one_indicator_tells_without_fail_are_predicted) {
  Observations rows = Drawn{.customers = 200, .weeks = 20, .log_odds = -3, .seed = 3}.observations();
  for (Eigen::Index row = 0; row < rows.values.rows(); ++row)
    rows.values(row, 0) = rows.departed[static_cast<std::size_t>(row)] != 0 ? 5 : -5;
  const RiskBacktest test = backtest_risk(rows, three_cuts());
  EXPECT_EQ(value(test.model, "auc"), 1);
  EXPECT_TRUE(test.beats_base_rate);
  EXPECT_EQ(test.single_names, std::vector<std::string>(3, "column 0"));
  EXPECT_FALSE(backtest_sentence(test).empty());
}

// What is asked

TEST(RiskBacktest, what_is_asked_is_checked) {
  const Observations rows = small().observations();
  const auto error = [&](auto&& change) {
    RiskBacktestRule rule = three_cuts();
    change(rule);
    return error_of([&] { (void)backtest_risk(rows, rule); });
  };
  using Rule = RiskBacktestRule;
  EXPECT_EQ(error([](Rule& rule) { rule.cuts = 0; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.spacing = 0; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.confidence = 1; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.confidence = std::nan(""); }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.groups = 1; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.groups = 100'001; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.save_rate = 1.1; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.contact_cost = std::nan(""); }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.save_value = HUGE_VAL; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.save_value = 1e308; }), "bad_number") << "their sum would be none";
  EXPECT_EQ(error([](Rule& rule) { rule.model.ridges = {-1}; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) { rule.model.folds = 1; }), "bad_number");
  EXPECT_EQ(error([](Rule& rule) {
              rule.playbook = Playbook{{{.name = "a", .indicator = "gone", .bands = {{0, "red", 1}}}}};
            }),
            "unknown_name");
  EXPECT_EQ(error([](Rule& rule) { rule.playbook = Playbook{{{.name = "a", .indicator = "column 0"}}}; }),
            "bad_number");
  Observations without = rows;
  without.departed.clear();
  without.departs_in.clear();
  EXPECT_EQ(error_of([&] { (void)backtest_risk(without); }), "out_of_range");
  Observations broken = rows;
  broken.tenure.pop_back();
  EXPECT_EQ(error_of([&] { (void)backtest_risk(broken); }), "out_of_range");
  Observations at_once = rows;
  at_once.horizon = 0;
  EXPECT_EQ(error_of([&] { (void)backtest_risk(at_once); }), "bad_number");
}

TEST(RiskBacktest, progress_rises_to_1_and_can_end_the_work) {
  const Observations rows = small().observations();
  RiskBacktestRule rule = three_cuts();
  std::vector<double> heard;
  rule.progress = [&](double done) {
    heard.push_back(done);
    return true;
  };
  (void)backtest_risk(rows, rule);
  ASSERT_FALSE(heard.empty());
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
  EXPECT_EQ(heard.back(), 1);
  rule.progress = [](double) { return false; };
  for (const unsigned threads : {1U, 3U}) {
    rule.threads = threads;
    EXPECT_EQ(error_of([&] { (void)backtest_risk(rows, rule); }), "cancelled");
  }
}

// Tables

TEST(RiskBacktest, tables_have_the_columns_that_are_promised) {
  const RiskBacktest test = backtest_risk(small().observations(), three_cuts());
  const Table all = backtest_table(test);
  EXPECT_EQ(all.columns, (std::vector<std::string>{"metric", "value", "ci_low", "ci_high", "base_rate",
                                                   "single_indicator"}));
  std::vector<std::string> metrics;
  for (const auto& row : all.rows) {
    metrics.push_back(to_text(row[0]));
    EXPECT_NE(to_text(row[1]), "") << metrics.back();
    EXPECT_NE(to_text(row[2]), "") << metrics.back();
  }
  EXPECT_EQ(metrics, (std::vector<std::string>{
                         "auc", "brier", "brier_skill", "ece", "lift_top_decile", "calibration_slope",
                         "calibration_intercept", "log_loss", "average_precision", "calibration_in_the_large",
                         "precision_top_decile", "gain_over_base_rate", "gain_over_single"}));
  const Table reliability = backtest_reliability_table(test);
  EXPECT_EQ(reliability.columns,
            (std::vector<std::string>{"bin", "rows", "departed", "mean_risk", "rate", "ci_low", "ci_high"}));
  ASSERT_EQ(reliability.rows.size(), 10U);
  std::int64_t rows = 0;
  for (const auto& row : reliability.rows) rows += std::get<std::int64_t>(row[1]);
  EXPECT_EQ(rows, static_cast<std::int64_t>(test.row.size()));
  const Table lift = backtest_lift_table(test);
  EXPECT_EQ(lift.columns, (std::vector<std::string>{"part", "rows", "departed", "lowest_risk", "precision",
                                                    "gain", "lift"}));
  ASSERT_EQ(lift.rows.size(), 10U);
  EXPECT_EQ(to_text(lift.rows[9][5]), "1") << "all rows hold all departures";
  EXPECT_EQ(lift.rows[0][6], Cell{value(test.model, "lift_top_decile")});
  const Table costs = backtest_costs_table(test);
  EXPECT_EQ(costs.columns, (std::vector<std::string>{"share", "contacted", "departures", "saved", "net"}));
  EXPECT_EQ(costs.rows.size(), 100U);
  const Table cuts = backtest_cuts_table(test);
  EXPECT_EQ(cuts.columns,
            (std::vector<std::string>{"cut", "training_rows", "training_departures", "test_rows",
                                      "test_departures", "auc", "brier_skill", "single_indicator"}));
  ASSERT_EQ(cuts.rows.size(), 3U);
  EXPECT_EQ(to_text(cuts.rows[0][0]), test.cuts[0].cut.to_string());
}

TEST(RiskBacktest, risks_that_cannot_be_taken_for_what_they_say_are_called_so) {
  // Departures become twice as many after the cut, which no model knows.
  Observations rows = Drawn{.customers = 300, .weeks = 20, .effects = {1}, .seed = 7}.observations();
  const Date cut = *std::max_element(rows.day.begin(), rows.day.end()) - std::chrono::days{20};
  std::mt19937 random{1};
  for (std::size_t row = 0; row < rows.rows(); ++row)
    if (rows.day[row] >= cut && random() % 4 == 0) rows.departed[row] = 1;
  const RiskBacktest test = backtest_risk(rows, {.cuts = 1, .spacing = 21});
  EXPECT_GT(measure(test.model, "calibration_in_the_large").interval.value().low, 0);
  EXPECT_THAT(backtest_sentence(test), HasSubstr(" Its risks were too low on the whole ("));
  EXPECT_THAT(backtest_sentence(test), StartsWith("At one cut, "));
}

/// A backtest as it is after the work, with the calibration that is given.
RiskBacktest with_calibration(RiskBacktest test, double risk, Interval level, double slope, Interval slopes) {
  std::fill(test.risk.begin(), test.risk.end(), risk);
  for (MeasuredQuality& each : test.model) {
    if (each.metric == "calibration_in_the_large") each.interval = level;
    if (each.metric == "calibration_slope") {
      each.value = slope;
      each.interval = slopes;
    }
  }
  return test;
}

TEST(RiskBacktest, a_fault_of_calibration_is_one_if_it_is_no_chance_and_large_enough) {
  const RiskBacktest test = backtest_risk(small().observations(), three_cuts());
  const auto left = static_cast<double>(std::count(test.departed.begin(), test.departed.end(), 1));
  const double rate = left / static_cast<double>(test.departed.size());
  const auto sentence = [&](double risk, Interval level, double slope, Interval slopes) {
    return backtest_sentence(with_calibration(test, risk, level, slope, slopes));
  };
  const Interval sure{0.01, 0.2};
  const Interval unsure{-0.2, 0.2};
  const Interval around{0.9, 1.1};
  const char* const fine =
      "Its risks can be taken for what they say (calibration slope 1; 95 %: 0.9 to 1.1).";
  EXPECT_THAT(sentence(rate, unsure, 1, around), HasSubstr(fine));
  EXPECT_THAT(sentence(0.91 * rate, sure, 1, around), HasSubstr(fine)) << "less than a tenth";
  EXPECT_THAT(sentence(0.89 * rate, unsure, 1, around), HasSubstr(fine)) << "may be chance";
  EXPECT_THAT(sentence(0.89 * rate, sure, 1, around), HasSubstr(" Its risks were too low on the whole ("));
  EXPECT_THAT(sentence(1.11 * rate, {-0.2, -0.01}, 1, around),
              HasSubstr(" Its risks were too high on the whole ("));
  EXPECT_THAT(sentence(rate, unsure, 0.85, {0.75, 0.95}), HasSubstr("can be taken for what they say"));
  EXPECT_THAT(sentence(rate, unsure, 0.79, {0.7, 0.9}),
              HasSubstr(" Its risks were too extreme (calibration slope 0.79; 95 %: 0.7 to 0.9)."));
  EXPECT_THAT(sentence(rate, unsure, 1.3, {1.1, 1.5}), HasSubstr(" Its risks were too timid ("));
  EXPECT_THAT(sentence(rate, unsure, 0.7, {0.3, 1.1}),
              HasSubstr(" Nothing speaks against taking its risks for what they say, but there is too little "
                        "to tell (calibration slope 0.7; 95 %: 0.3 to 1.1)."));
  EXPECT_THAT(sentence(rate, {-0.8, 0.8}, 1, around), HasSubstr("too little to tell"));
  EXPECT_THAT(sentence(rate, unsure, 1, around),
              HasSubstr("Intervals tell what testing other customers would change"));
}

TEST(RiskBacktest, the_sentence_counts_rows_before_a_departure_as_rows) {
  const RiskBacktest test = backtest_risk(small().observations(), three_cuts());
  const auto left = std::count(test.departed.begin(), test.departed.end(), 1);
  EXPECT_THAT(backtest_sentence(test),
              HasSubstr(std::to_string(test.row.size()) + " rows of " + std::to_string(test.customers) +
                        " customers; " + std::to_string(left) + " rows came before a departure)"));
}

}  // namespace
}  // namespace churn
