// What a backtest found, as tables and in words.
#include <churn/risk/risk_backtest.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "risk/counted.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

/// The measure of that name; none where nothing was measured.
const MeasuredQuality* find(const std::vector<MeasuredQuality>& measures, const std::string& name) {
  const auto found = std::find_if(measures.begin(), measures.end(),
                                  [&](const MeasuredQuality& measure) { return measure.metric == name; });
  return found == measures.end() ? nullptr : &*found;
}

/// "(95 %: 74 to 82)", of a share in percent.
std::string points_between(const std::optional<Interval>& interval, double confidence) {
  if (!interval) return "";
  return " (" + confidence_in_words(confidence) + ": " + in_points(interval->low) + " to " +
         in_points(interval->high) + ")";
}

/// Test rows after which the customer left within the horizon. One that left may have several.
std::size_t departures_of(const RiskBacktest& test) {
  return static_cast<std::size_t>(std::count(test.departed.begin(), test.departed.end(), std::uint8_t{1}));
}

std::string ranking(const RiskBacktest& test) {
  std::size_t used = 0;
  std::optional<Date> first;
  for (const BacktestCut& cut : test.cuts) {
    if (cut.test_rows == 0) continue;
    ++used;
    if (!first) first = cut.cut;
  }
  const std::size_t departures = departures_of(test);
  const MeasuredQuality& auc = *find(test.model, "auc");
  return (used == 1 ? "At one cut, " + first->to_string()
                    : "Over " + std::to_string(used) + " cuts from " + first->to_string() + " on") +
         " (" + counted(test.row.size(), "row", "rows") + " of " +
         counted(test.customers, "customer", "customers") + "; " + counted(departures, "row", "rows") +
         " came before a departure), the model ranked leavers above stayers " + in_points(*auc.value) +
         " % of the time" + points_between(auc.interval, test.rule.confidence) + ".";
}

std::string number_between(const MeasuredQuality& measure, double confidence) {
  return three_digits(*measure.value) + "; " + confidence_in_words(confidence) + ": " +
         three_digits(measure.interval->low) + " to " + three_digits(measure.interval->high);
}

// Intervals hold for other customers to be tested, not for other training rows, and so are too narrow for a verdict on how
// such models are calibrated. So a fault is one only if it is also large enough to matter.
constexpr double level_that_matters = 0.1;    // mean risk less the rate, as a part of the rate
constexpr double slope_that_matters = 1.25;   // or one over that
constexpr double too_wide_for_a_verdict = 2;  // a factor, of the slope or of the odds

bool lies_outside(const std::optional<Interval>& interval, double value) {
  return interval && (interval->low > value || interval->high < value);
}

/// "Its risks were too low on the whole (3 % on average, and 4.1 % left)."; empty if they were not.
std::string fault_of_level(const RiskBacktest& test) {
  if (!lies_outside(find(test.model, "calibration_in_the_large")->interval, 0)) return "";
  const auto rows = static_cast<double>(test.risk.size());
  const double mean = std::accumulate(test.risk.begin(), test.risk.end(), 0.0) / rows;
  const double rate = static_cast<double>(departures_of(test)) / rows;
  if (std::abs(mean - rate) <= level_that_matters * rate) return "";
  return std::string(" Its risks were too ") + (mean < rate ? "low" : "high") + " on the whole (" +
         in_points(mean) + " % on average, and " + in_points(rate) + " % left).";
}

std::string fault_of_slope(const MeasuredQuality& slope, double confidence) {
  if (!lies_outside(slope.interval, 1)) return "";
  if (*slope.value > 1 / slope_that_matters && *slope.value < slope_that_matters) return "";
  return std::string(" Its risks were ") + (*slope.value < 1 ? "too extreme" : "too timid") +
         " (calibration slope " + number_between(slope, confidence) + ").";
}

bool is_told(const Interval& slope, const Interval& level) {
  const double most = std::log(too_wide_for_a_verdict);
  return slope.low > 1 / too_wide_for_a_verdict && slope.high < too_wide_for_a_verdict && level.low > -most &&
         level.high < most;
}

/// Whether risks can be taken for what they say.
std::string calibration_in_words(const RiskBacktest& test) {
  const double confidence = test.rule.confidence;
  const MeasuredQuality& slope = *find(test.model, "calibration_slope");
  const std::optional<Interval> level = find(test.model, "calibration_in_the_large")->interval;
  const std::string off = " Tenth by tenth of the rows they were " +
                          in_points(find(test.model, "ece")->value.value_or(0)) +
                          " points off on average, with what chance adds.";
  const std::string faults = fault_of_level(test) + fault_of_slope(slope, confidence);
  if (!faults.empty()) return faults + off;
  if (!slope.interval || !level)
    return " Whether its risks can be taken for what they say can't be told." + off;
  const std::string evidence = " (calibration slope " + number_between(slope, confidence) + ").";
  if (is_told(*slope.interval, *level)) return " Its risks can be taken for what they say" + evidence + off;
  return " Nothing speaks against taking its risks for what they say, but there is too little to tell" +
         evidence + off;
}

/// The single indicator that was chosen at most cuts; of equals the latest.
std::string usual_single(const RiskBacktest& test) {
  std::map<std::string, std::size_t> times;
  std::string usual;
  for (const std::string& name : test.single_names) {
    if (name.empty()) continue;
    ++times[name];
    if (usual.empty() || times[name] >= times[usual]) usual = name;
  }
  return usual;
}

std::string against_baselines(const RiskBacktest& test) {
  const MeasuredQuality& skill = test.gain_over_base_rate;
  const std::string evidence =
      "(Brier skill " + in_points(*skill.value) + " %" +
      (skill.interval ? "; " + confidence_in_words(test.rule.confidence) + ": " +
                            in_points(skill.interval->low) + " to " + in_points(skill.interval->high)
                      : std::string()) +
      ")";
  const std::string single = usual_single(test);
  if (!test.beats_base_rate)
    return " It does not beat the base rate " + evidence + ": to give everybody the same risk " +
           (skill.interval && skill.interval->high < 0 ? "would have been better." : "may be as good.");
  const std::string text = " It beats the base rate " + evidence;
  if (single.empty()) return text + "; there was no single indicator to compare it with.";
  if (test.beats_single) return text + " and the best single indicator, " + single + ".";
  return text + ", but not the best single indicator, " + single + ": to look at that alone may be as good.";
}

}  // namespace

Table backtest_table(const RiskBacktest& test) {
  Table table{{"metric", "value", "ci_low", "ci_high", "base_rate", "single_indicator"}, {}};
  if (test.model.empty()) return table;
  for (std::size_t i = 0; i < test.model.size(); ++i) {
    const MeasuredQuality& measure = test.model[i];
    table.rows.push_back({measure.metric, cell_of(measure.value), low_of(measure.interval),
                          high_of(measure.interval), cell_of(test.baseline[i].value),
                          cell_of(test.single_indicator[i].value)});
  }
  for (const MeasuredQuality* gain : {&test.gain_over_base_rate, &test.gain_over_single})
    table.rows.push_back({gain->metric, cell_of(gain->value), low_of(gain->interval), high_of(gain->interval),
                          Cell{}, Cell{}});
  return table;
}

Table backtest_reliability_table(const RiskBacktest& test) {
  Table table{{"bin", "rows", "departed", "mean_risk", "rate", "ci_low", "ci_high"}, {}};
  for (const ReliabilityBin& bin : test.reliability.bins)
    table.rows.push_back({count_of(table.rows.size() + 1), bin.rows, bin.yes, cell_of(bin.mean_p),
                          cell_of(bin.share), low_of(bin.interval), high_of(bin.interval)});
  return table;
}

Table backtest_lift_table(const RiskBacktest& test) {
  Table table{{"part", "rows", "departed", "lowest_risk", "precision", "gain", "lift"}, {}};
  for (const LiftRow& row : test.lift.deciles)
    table.rows.push_back({count_of(table.rows.size() + 1), count_of(row.rows), row.yes,
                          cell_of(row.lowest_score), cell_of(row.precision), cell_of(row.gain),
                          cell_of(row.lift)});
  return table;
}

Table backtest_costs_table(const RiskBacktest& test) {
  Table table{{"share", "contacted", "departures", "saved", "net"}, {}};
  for (const CostPoint& point : test.costs)
    table.rows.push_back({point.share, count_of(point.contacted), point.departures, point.saved, point.net});
  return table;
}

Table backtest_cuts_table(const RiskBacktest& test) {
  Table table{{"cut", "training_rows", "training_departures", "test_rows", "test_departures", "auc",
               "brier_skill", "single_indicator"},
              {}};
  for (std::size_t i = 0; i < test.cuts.size(); ++i) {
    const BacktestCut& cut = test.cuts[i];
    const std::string& single = test.single_names[i];
    table.rows.push_back({cut.cut, count_of(cut.training_rows), count_of(cut.training_departures),
                          count_of(cut.test_rows), count_of(cut.test_departures), cell_of(cut.auc),
                          cell_of(cut.brier_skill), single.empty() ? Cell{} : Cell{single}});
  }
  return table;
}

std::string backtest_sentence(const RiskBacktest& test) {
  if (!test.why_not.empty()) return test.why_not;
  if (test.model.empty()) return "Nothing was tested.";
  return ranking(test) + calibration_in_words(test) + against_baselines(test) +
         " Intervals tell what testing other customers would change, not what learning from others would.";
}

}  // namespace churn::inline v0
