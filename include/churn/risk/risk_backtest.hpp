// RiskBacktest: what a risk model would have been worth, had it been used before.
//
//   RiskBacktest test = backtest_risk(observations, {.cuts = 6});
//   backtest_sentence(test);     // "Over 6 cuts from 2024-01-03 ... the model ranked leavers above stayers 78 % of ..."
//   backtest_table(test);        // auc, brier, brier_skill, ece, lift_top_decile, calibration_slope, ...
//
// Rolling origin: at each cut a model is trained on the rows with t + horizon <= cut, of which the outcome was known then,
// and tested on rows with cut <= t < the next cut. Cuts lie `spacing` days apart, the last so that its test rows end with
// the last row; those that lie before all rows are left out. Of a training row that is all: a departure that came later
// than the cut counts as none yet.
//
//   disjoint  customers are in 5 folds, and those tested, a fold at a time, are in no training row (the default). The
//             folds are those of customer_group("backtest " + id, 5) (segment/customer_groups.hpp), which have nothing to
//             do with the folds that the model itself uses, or else it would miss one of them
//   grouped   a customer's earlier rows may train what its later ones test, as in use
//
// Everything (transforms, ridge, grouping, calibration) is fitted on training rows. A cut at which some fold to be tested
// has no departure to train on, or no stay, is not tested at all.
//
// Two baselines run beside it, fitted on the same training rows:
//   base rate         (departures + 1/2) / (rows + 1) of the training rows. It tells nobody apart: what ranks (AUC, average
//                     precision, lift and precision of the top tenth) and the calibration line are empty. That rates
//                     differ from cut to cut and fold to fold is no ranking; in disjoint folds it would be a wrong one (a
//                     fold with many departures leaves few to the others)
//   single indicator  the best: of each column the score test says how much it alone would tell (n r^2 of its z with the
//                     outcome, and of that it is missing); of the three that tell most, a model of its own (with a ridge
//                     of 1, not calibrated) is tried on three folds of the training customers; the one with the highest
//                     held-out likelihood is trained on all of them as the model is, with its ridges and its calibration.
//                     Chosen anew at each cut and fold
//
// A model that does not beat them says so: `beats_base_rate` if the interval of the Brier skill against the base rates of
// the training rows is above 0, `beats_single` if that of the difference in log loss is. Of models of pure noise at most
// one in forty should beat the base rate by luck, at 95 %. Of 400 drawn books of 120 customers and five columns of noise,
// each tested in four ways (disjoint and grouped, calibrated or not), that came about in 13 of 1600 tests: what is fitted
// to noise is worse than the base rate. The single indicator, noise as well and picked for its luck, was beaten in 57. The
// sentence speaks of it only where the base rate is beaten.
//
//   brier_skill                 among the measures: against the share of departures among the test rows, as everywhere
//   gain_over_base_rate         1 - sum of (risk - y)^2 / sum of (base rate - y)^2: what was to be known at the cut
//   gain_over_single            log loss of the single indicator less that of the model
//
// Intervals are by the delete-a-group jackknife over customers (stats/jackknife.hpp): brier, ece, average_precision and
// precision_top_decile on the scale of log-odds, lift and log loss on that of logarithms, gains and skills as they are.
// Those of the AUC and of the calibration line are clustered by customer. They tell what other test customers would
// change, not what other training customers would, and the sentence says so. For a verdict on calibration they are therefore
// too narrow. The sentence speaks of a fault only where it is outside of the interval and matters:
//
//   too low, too high      0 is outside of the interval of calibration_in_the_large, and the mean risk is off by more than a
//                          tenth of the rate
//   too extreme, timid     1 is outside of the interval of the slope, and the slope is not between 0.8 and 1.25
//   can be taken for ...   neither, and both intervals exclude a factor of two (of the odds; of the slope)
//
// The ECE is above 0 by chance alone, the more so the fewer rows. The test of Hosmer and Lemeshow (with as many degrees of
// freedom as groups, since risks were learned from other rows) takes rows for independent: where customers have several,
// it rejects too often.
//
// Costs: contacting a customer costs `contact_cost`, and of those contacted who would leave a share `save_rate` is saved,
// worth `save_value` each. The curve says what contacting the highest risks would have brought at each depth. A customer
// with several test rows is contacted once in each, and one that left is a departure in each row within the horizon before
// that. So depths can be compared, but where rows lie closer together than the horizon one departure is counted several
// times: sums are not what a month would bring. Amounts are whatever the host counts in.
//
// O(cuts x folds x training), and O(groups x test rows) for intervals. Memory: the training rows once a thread.
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

/// Whether a customer may be in training and in test rows, at one cut.
enum class BacktestCustomers : std::uint8_t {
  disjoint,  ///< no customer that is tested is in a training row
  grouped    ///< a customer's earlier rows may train what its later ones test
};

/// How a model is tested, and what contacting customers costs and brings.
struct RiskBacktestRule {
  std::size_t cuts{6};       ///< days at which models are trained; those before all rows are left out
  std::int32_t spacing{30};  ///< days
  BacktestCustomers customers{BacktestCustomers::disjoint};  ///< whether those who are tested may train
  RiskOptions model{};                                       ///< how each model is trained
  double confidence{0.95};                                   ///< of all intervals
  std::uint32_t groups{50};                                  ///< of customers, for intervals; 2 to 100,000
  double contact_cost{1};              ///< of contacting one customer, in whatever the host counts in
  double save_value{20};               ///< what one saved customer is worth, in the same
  double save_rate{0.3};               ///< share saved of those contacted who would leave, 0 to 1
  std::optional<Playbook> playbook{};  ///< tested on the same rows
  unsigned threads{1};                 ///< 1 to 256; the result is the same
  Progress progress{};                 ///< may end it with Error(cancelled)
};

/// A measure with its interval; empty where undefined.
struct MeasuredQuality {
  std::string metric;                  ///< its name, such as `brier_skill`
  std::optional<double> value{};       ///< empty where it is undefined
  std::optional<Interval> interval{};  ///< at the rule's confidence; empty where there is none
};

/// What contacting the highest risks, down to one depth, would have brought.
struct CostPoint {
  std::size_t contacted{0};  ///< test rows, the highest risks first
  double share{0};           ///< of all test rows: 0.01, 0.02, ...
  double departures{0};      ///< rows among them; not whole where equal risks are parted
  double saved{0};           ///< departures x save_rate
  double net{0};             ///< saved x save_value - contacted x contact_cost
};

/// One cut: how much there was to train and to test on, and how well the model did.
struct BacktestCut {
  Date cut;                             ///< trained on what was known then, tested from then to the next cut
  std::size_t training_rows{0};         ///< of the largest training set, of disjoint folds
  std::size_t training_departures{0};   ///< of these rows, within the horizon
  std::size_t test_rows{0};             ///< 0 also where there was not enough to train on
  std::size_t test_departures{0};       ///< of these rows, within the horizon
  std::optional<double> auc{};          ///< of its test rows; empty unless some left and some stayed
  std::optional<double> brier_skill{};  ///< of its test rows, against the share of departures among them
};

/// What the models of all cuts were worth on rows that they had not seen.
struct RiskBacktest {
  // The test rows, in the order of the observations.
  std::vector<std::size_t> row{};        ///< their places in them
  std::vector<double> risk{};            ///< by the model of its cut and fold
  std::vector<double> base_rate{};       ///< of the training rows of that model
  std::vector<double> single{};          ///< risk by the best single indicator
  std::vector<std::uint8_t> departed{};  ///< 1: left within the horizon

  /// auc, brier, brier_skill, ece, lift_top_decile, calibration_slope, calibration_intercept, log_loss, then
  /// average_precision, calibration_in_the_large, precision_top_decile.
  std::vector<MeasuredQuality> model{};
  std::vector<MeasuredQuality> baseline{};          ///< the same of the base rate, which ranks nobody
  std::vector<MeasuredQuality> single_indicator{};  ///< the same of the best single indicator
  std::vector<std::string>
      single_names{};  ///< which it was, by cut (of the first fold); empty: none, or not tested
  MeasuredQuality gain_over_base_rate{};  ///< Brier skill
  MeasuredQuality gain_over_single{};     ///< log loss of the single less that of the model
  bool beats_base_rate{false};            ///< false, as the next, where there is a `why_not`
  bool beats_single{false};               ///< whether the interval of gain_over_single is above 0
  ReliabilityTable reliability{};         ///< of all test rows, in ten bins of equal count
  HosmerLemeshow hosmer_lemeshow{};       ///< of all test rows; takes rows for independent
  LiftTable lift{};                       ///< of all test rows, by tenths
  std::vector<CostPoint> costs{};         ///< at each percent of rows
  std::optional<CostPoint> best_depth{};  ///< with the highest net, if that is above 0
  std::vector<BacktestCut> cuts{};        ///< in order of time, also those at which nothing was tested
  /// What it was worth on the test rows; empty: none was given, or nothing was tested.
  std::optional<PlaybookWorth> playbook{};
  std::size_t customers{0};  ///< in the test rows
  RiskBacktestRule rule{};   ///< without its progress
  std::string why_not{};     ///< a sentence where there was nothing to test or to compare
};

/// Throws what train_risk_model and playbook_worth throw, Error(bad_number) for no cuts, a spacing below 1, a confidence
/// out of (0, 1), groups or a save rate out of their range or costs beyond 1e100, Error(cancelled) where `progress`
/// ends it.
[[nodiscard]] RiskBacktest backtest_risk(const Observations& observations, const RiskBacktestRule& rule = {});

/// Columns: metric, value, ci_low, ci_high, base_rate, single_indicator. The measures, then gain_over_base_rate and
/// gain_over_single.
[[nodiscard]] Table backtest_table(const RiskBacktest& test);
/// Columns: bin, rows, departed, mean_risk, rate, ci_low, ci_high. These intervals take rows for independent.
[[nodiscard]] Table backtest_reliability_table(const RiskBacktest& test);
/// The highest risks first, each part with those above it. Columns: part, rows, departed, lowest_risk, precision, gain, lift.
[[nodiscard]] Table backtest_lift_table(const RiskBacktest& test);
/// Columns: share, contacted, departures, saved, net.
[[nodiscard]] Table backtest_costs_table(const RiskBacktest& test);
/// Columns: cut, training_rows, training_departures, test_rows, test_departures, auc, brier_skill, single_indicator.
[[nodiscard]] Table backtest_cuts_table(const RiskBacktest& test);
/// How good it is, whether it can be believed (calibration), whether it beats the baselines, and what its intervals are of;
/// or why there was nothing to test.
[[nodiscard]] std::string backtest_sentence(const RiskBacktest& test);

}  // namespace churn::inline v0
