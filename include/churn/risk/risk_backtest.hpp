// RiskBacktest: what a risk model would have been worth, had it been used before.
//
//   RiskBacktest test = backtest_risk(observations, {.cuts = 6});
//   backtest_sentence(test);     // "Over 6 months the model ranked leavers above stayers 78 % of the time ..."
//   backtest_table(test);        // auc, brier, brier_skill, ece, lift_top_decile, calibration_slope, ...
//
// Rolling origin: at each cut a model is trained on the rows with t + horizon <= cut, of which the outcome was known then,
// and tested on rows with cut <= t < the next cut. Cuts lie `spacing` days apart, the last so that its test rows end with
// the last row. Customers are *disjoint* (default): those tested, a fold at a time, are in no training row; or *grouped*:
// a customer's earlier rows may train what its later ones test, as in use, and intervals know which rows belong together.
// Everything (transforms, ridge, grouping, calibration) is fitted on training rows.
//
// Two baselines run beside it, fitted on the same training rows and calibrated in the same way: the base rate, and the best
// single indicator (the one with the highest held-out likelihood in a model of its own). A model that does not beat them
// says so: `beats_base_rate` if the interval of the Brier skill against the base rates of the training rows is above 0,
// `beats_single` if that of the difference in log loss is.
//
// Intervals are by the delete-a-group jackknife over customers (stats/jackknife.hpp); that of the AUC is clustered.
//
// Costs: contacting a customer costs `contact_cost`, and of those contacted who would leave a share `save_rate` is saved,
// worth `save_value` each. The curve says what contacting the highest risks would have brought at each depth. Amounts are
// whatever the host counts in.
//
// O(cuts x folds x training).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/date.hpp>
#include <churn/core/progress.hpp>
#include <churn/core/table.hpp>
#include <churn/risk/playbook.hpp>
#include <churn/risk/risk_model.hpp>
#include <churn/row/observations.hpp>
#include <churn/stats/auc.hpp>
#include <churn/stats/calibration_line.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/lift.hpp>
#include <churn/stats/probability_score.hpp>
#include <churn/stats/reliability.hpp>

namespace churn::inline v0 {

enum class BacktestCustomers : std::uint8_t { disjoint, grouped };

struct RiskBacktestRule {
  std::size_t cuts{6};
  std::int32_t spacing{30};  ///< days
  BacktestCustomers customers{BacktestCustomers::disjoint};
  RiskOptions model{};
  double confidence{0.95};
  std::uint32_t groups{50};  ///< of customers, for intervals
  double contact_cost{1};
  double save_value{20};
  double save_rate{0.3};
  std::optional<Playbook> playbook{};  ///< tested on the same rows
  unsigned threads{1};                 ///< 1 to 256; the result is the same
  Progress progress{};
};

/// A measure with its interval; empty where undefined.
struct MeasuredQuality {
  std::string metric;
  std::optional<double> value{};
  std::optional<Interval> interval{};
};

struct CostPoint {
  std::size_t contacted{0};  ///< test rows, the highest risks first
  double share{0};
  double departures{0};  ///< among them
  double saved{0};       ///< departures x save_rate
  double net{0};         ///< saved x save_value - contacted x contact_cost
};

struct BacktestCut {
  Date cut;
  std::size_t training_rows{0};  ///< of the largest training set, of disjoint folds
  std::size_t training_departures{0};
  std::size_t test_rows{0};
  std::size_t test_departures{0};
  std::optional<double> auc{};
  std::optional<double> brier_skill{};
};

struct RiskBacktest {
  // The test rows, in the order of the observations.
  std::vector<std::size_t> row{};  ///< their places in them
  std::vector<double> risk{};
  std::vector<double> base_rate{};
  std::vector<double> single{};  ///< risk by the best single indicator
  std::vector<std::uint8_t> departed{};

  /// auc, brier, brier_skill, ece, lift_top_decile, calibration_slope, calibration_intercept, log_loss, then
  /// average_precision, calibration_in_the_large, precision_top_decile.
  std::vector<MeasuredQuality> model{};
  std::vector<MeasuredQuality> baseline{};          ///< the same of the base rate
  std::vector<MeasuredQuality> single_indicator{};  ///< the same of the best single indicator
  std::vector<std::string> single_names{};          ///< which it was, by cut (of the first fold)
  MeasuredQuality gain_over_base_rate{};            ///< Brier skill
  MeasuredQuality gain_over_single{};               ///< log loss of the single less that of the model
  bool beats_base_rate{false};
  bool beats_single{false};
  ReliabilityTable reliability{};
  HosmerLemeshow hosmer_lemeshow{};
  LiftTable lift{};
  std::vector<CostPoint> costs{};         ///< at each percent of rows
  std::optional<CostPoint> best_depth{};  ///< with the highest net, if that is above 0
  std::vector<BacktestCut> cuts{};
  std::optional<PlaybookWorth> playbook{};
  std::size_t customers{0};  ///< in the test rows
  RiskBacktestRule rule{};
  std::string why_not{};  ///< a sentence where there was nothing to test
};

/// Throws what train_risk_model and playbook_worth throw, Error(bad_number) for no cuts, a spacing below 1, a confidence
/// out of (0, 1), a save rate outside of [0, 1] or costs that are not finite, Error(cancelled) where `progress` ends it.
[[nodiscard]] RiskBacktest backtest_risk(const Observations& observations, const RiskBacktestRule& rule = {});

/// Columns: metric, value, ci_low, ci_high, base_rate, single_indicator.
[[nodiscard]] Table backtest_table(const RiskBacktest& test);
/// Columns: bin, rows, departed, mean_risk, rate, ci_low, ci_high.
[[nodiscard]] Table backtest_reliability_table(const RiskBacktest& test);
/// Columns: part, rows, departed, lowest_risk, precision, gain, lift.
[[nodiscard]] Table backtest_lift_table(const RiskBacktest& test);
/// Columns: share, contacted, departures, saved, net.
[[nodiscard]] Table backtest_costs_table(const RiskBacktest& test);
/// Columns: cut, training_rows, training_departures, test_rows, test_departures, auc, brier_skill, single_indicator.
[[nodiscard]] Table backtest_cuts_table(const RiskBacktest& test);
/// How good it is, whether it can be believed (calibration), and whether it beats the baselines; or why there was nothing
/// to test.
[[nodiscard]] std::string backtest_sentence(const RiskBacktest& test);

}  // namespace churn::inline v0
