#include <churn/risk/risk_backtest.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/segment/customer_groups.hpp>

#include "core/shares.hpp"
#include "core/watch.hpp"
#include "risk/counted.hpp"
#include "risk/measured_quality.hpp"
#include "risk/single_indicator.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::uint32_t disjoint_folds = 5;

void require(bool is_sound, const std::string& sentence) {
  if (!is_sound) throw Error(ErrorCode::bad_number, sentence);
}

void check(const Observations& observations, const RiskBacktestRule& rule) {
  observations.validate();
  if (observations.departed.size() != observations.rows())
    throw Error(ErrorCode::out_of_range, "A backtest needs outcomes.");
  require(rule.cuts >= 1, "A backtest needs at least one cut.");
  require(rule.spacing >= 1, "Cuts of a backtest lie at least a day apart.");
  require(rule.confidence > 0 && rule.confidence < 1, "A confidence is between 0 and 1.");
  constexpr std::uint32_t most_groups = 100'000;
  require(rule.groups >= 2 && rule.groups <= most_groups, "Customers are split into 2 to 100,000 groups.");
  require(rule.save_rate >= 0 && rule.save_rate <= 1, "A save rate is from 0 to 1.");
  constexpr double most = 1e100;  // of which so many can be added up
  require(std::abs(rule.contact_cost) <= most && std::abs(rule.save_value) <= most,
          "Costs are numbers, and not beyond 1e100.");
  const Observations nothing = observations.only({});
  (void)train_risk_model(nothing, rule.model);  // says what is wrong with the options
  if (rule.playbook) (void)playbook_scores(*rule.playbook, nothing);
}

struct Counts {
  std::size_t rows{0};
  std::size_t departures{0};
};

/// A cut and what is known at it, by fold of customers.
struct Origin {
  Date cut;
  std::int64_t until;  ///< in days: test rows are before it, which may be the end of the calendar
  std::vector<Counts> training;
  std::vector<Counts> tested;
  bool enough{false};  ///< to train on, for all folds that are tested
};

/// Rows and folds of a backtest.
class Plan {
 public:
  Plan(const Observations& observations, const RiskBacktestRule& rule)
      : observations_(&observations), is_disjoint_(rule.customers == BacktestCustomers::disjoint) {
    const std::uint32_t folds = is_disjoint_ ? disjoint_folds : 1;
    fold_of_customer_.reserve(observations.customers.size());
    for (const std::string& id : observations.customers)
      fold_of_customer_.push_back(customer_group("backtest " + id, folds));
    const auto [first, last] = std::minmax_element(observations.day.begin(), observations.day.end());
    const std::int64_t end = std::int64_t{last->days()} + 1;
    const auto possible = static_cast<std::size_t>((end - first->days()) / rule.spacing);
    for (std::size_t back = std::min(rule.cuts, possible); back > 0; --back) {
      const std::int64_t cut = end - static_cast<std::int64_t>(back) * rule.spacing;
      if (cut > first->days()) add_origin(cut, cut + rule.spacing, folds);
    }
  }

  [[nodiscard]] const std::vector<Origin>& origins() const noexcept { return origins_; }
  [[nodiscard]] std::uint32_t folds() const noexcept { return is_disjoint_ ? disjoint_folds : 1; }

  [[nodiscard]] bool is_known(std::size_t row, Date cut) const {
    return std::int64_t{observations_->day[row].days()} + observations_->horizon <= cut.days();
  }
  [[nodiscard]] std::vector<std::size_t> training_rows(const Origin& origin, std::uint32_t fold) const {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < observations_->rows(); ++row)
      if (is_known(row, origin.cut) && !(is_disjoint_ && fold_of(row) == fold)) rows.push_back(row);
    return rows;
  }
  [[nodiscard]] std::vector<std::size_t> tested_rows(const Origin& origin, std::uint32_t fold) const {
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < observations_->rows(); ++row)
      if (is_tested(row, origin) && fold_of(row) == fold) rows.push_back(row);
    return rows;
  }

 private:
  [[nodiscard]] std::uint32_t fold_of(std::size_t row) const {
    return fold_of_customer_[observations_->customer[row]];
  }
  [[nodiscard]] bool is_tested(std::size_t row, const Origin& origin) const {
    const std::int32_t day = observations_->day[row].days();
    return day >= origin.cut.days() && day < origin.until;
  }

  void add_origin(std::int64_t cut, std::int64_t until, std::uint32_t folds) {
    Origin origin{Date::from_days(cut), until, std::vector<Counts>(folds), std::vector<Counts>(folds)};
    std::vector<Counts> known(folds);
    Counts all;
    const auto count = [&](Counts& into, std::size_t row) {
      ++into.rows;
      into.departures += observations_->departed[row];
    };
    for (std::size_t row = 0; row < observations_->rows(); ++row) {
      if (is_known(row, origin.cut)) {
        count(known[fold_of(row)], row);
        count(all, row);
      }
      if (is_tested(row, origin)) count(origin.tested[fold_of(row)], row);
    }
    bool any = false;
    origin.enough = true;
    for (std::uint32_t fold = 0; fold < folds; ++fold) {
      Counts& training = origin.training[fold];
      training = all;
      if (is_disjoint_) training = {all.rows - known[fold].rows, all.departures - known[fold].departures};
      if (origin.tested[fold].rows == 0) continue;
      any = true;
      if (training.departures == 0 || training.departures == training.rows) origin.enough = false;
    }
    origin.enough = origin.enough && any;
    origins_.push_back(std::move(origin));
  }

  const Observations* observations_;
  bool is_disjoint_;
  std::vector<std::uint32_t> fold_of_customer_;
  std::vector<Origin> origins_;
};

/// The training rows as they were at the cut: a departure after it was not known. What today's kinds of models learn from is
/// over by then anyway; no other shall be able to look.
Observations as_known(const Observations& observations, const std::vector<std::size_t>& rows, Date cut) {
  Observations known = observations.only(rows);
  known.as_of = cut;
  known.not_yet_known = 0;
  for (std::size_t row = 0; row < known.departs_in.size(); ++row)
    if (std::int64_t{known.day[row].days()} + known.departs_in[row] >= cut.days()) known.departs_in[row] = -1;
  return known;
}

/// Predictions of one fold at one cut.
struct Task {
  std::size_t origin;
  std::uint32_t fold;
  std::vector<std::size_t> rows{};
  std::vector<double> risk{};
  std::vector<double> single{};
  double base_rate{0};
  std::string single_name{};
};

void predict(Task& task, const Plan& plan, const Observations& observations, const RiskOptions& options) {
  const Origin& origin = plan.origins()[task.origin];
  task.rows = plan.tested_rows(origin, task.fold);
  const Observations training = as_known(observations, plan.training_rows(origin, task.fold), origin.cut);
  const Observations tested = observations.only(task.rows);
  const Counts& counts = origin.training[task.fold];
  task.base_rate = (static_cast<double>(counts.departures) + 0.5) / (static_cast<double>(counts.rows) + 1);
  task.risk = train_risk_model(training, options).risks(tested);
  const std::optional<std::size_t> single = best_single_indicator(training, options);
  if (!single) {
    task.single.assign(task.rows.size(), task.base_rate);
    return;
  }
  task.single_name = observations.columns[*single].name;
  task.single = train_risk_model(one_column(training, *single), options_of_one(options))
                    .risks(one_column(tested, *single));
}

std::vector<Task> predictions_of(const Plan& plan, const Observations& observations,
                                 const RiskBacktestRule& rule, Watch& watch) {
  std::vector<Task> tasks;
  for (std::size_t origin = 0; origin < plan.origins().size(); ++origin)
    for (std::uint32_t fold = 0; fold < plan.folds(); ++fold)
      if (plan.origins()[origin].enough && plan.origins()[origin].tested[fold].rows > 0)
        tasks.push_back({origin, fold});
  do_shares(tasks.size(), rule.threads, [&] {
    return [&](std::size_t task) {
      predict(tasks[task], plan, observations, rule.model);
      watch.add(1);
    };
  });
  return tasks;
}

/// Puts the predictions of all tasks in the order of the observations.
void collect(const std::vector<Task>& tasks, const Observations& observations, RiskBacktest& test) {
  struct Place {
    const Task* task{nullptr};
    std::size_t at{0};
  };
  std::vector<Place> places(observations.rows());
  for (const Task& task : tasks)
    for (std::size_t i = 0; i < task.rows.size(); ++i) places[task.rows[i]] = {&task, i};
  for (std::size_t row = 0; row < places.size(); ++row) {
    const auto& [task, at] = places[row];
    if (task == nullptr) continue;
    test.row.push_back(row);
    test.risk.push_back(task->risk[at]);
    test.base_rate.push_back(task->base_rate);
    test.single.push_back(task->single[at]);
    test.departed.push_back(observations.departed[row]);
  }
}

void describe_cuts(const Plan& plan, const std::vector<Task>& tasks, const Observations& observations,
                   RiskBacktest& test) {
  test.single_names.resize(plan.origins().size());
  std::vector<bool> is_named(plan.origins().size());
  for (const Task& task : tasks) {
    if (is_named[task.origin]) continue;
    is_named[task.origin] = true;
    test.single_names[task.origin] = task.single_name;
  }
  for (std::size_t i = 0; i < plan.origins().size(); ++i) {
    const Origin& origin = plan.origins()[i];
    const Counts largest =
        *std::max_element(origin.training.begin(), origin.training.end(),
                          [](const Counts& a, const Counts& b) { return a.rows < b.rows; });
    BacktestCut cut{
        .cut = origin.cut, .training_rows = largest.rows, .training_departures = largest.departures};
    std::vector<double> risk;
    std::vector<std::uint8_t> departed;
    for (const Task& task : tasks) {
      if (task.origin != i) continue;
      risk.insert(risk.end(), task.risk.begin(), task.risk.end());
      for (const std::size_t row : task.rows) departed.push_back(observations.departed[row]);
    }
    cut.test_rows = risk.size();
    for (const std::uint8_t outcome : departed) cut.test_departures += outcome;
    cut.auc = auc_value(risk, departed);
    cut.brier_skill = probability_score(risk, departed).brier_skill;
    test.cuts.push_back(cut);
  }
}

TestedRows tested_rows(const RiskBacktest& test, const Observations& observations, std::uint32_t groups) {
  TestedRows rows{test.departed, {}, {}, 0};
  std::map<std::uint32_t, std::uint32_t> number_of_group;
  for (const std::size_t row : test.row) {
    const std::uint32_t customer = observations.customer[row];
    rows.customer.push_back(customer);
    const std::uint32_t group = customer_group(observations.customers[customer], groups);
    rows.group.push_back(
        number_of_group.emplace(group, static_cast<std::uint32_t>(number_of_group.size())).first->second);
  }
  rows.groups = static_cast<std::uint32_t>(number_of_group.size());
  return rows;
}

void count_costs(RiskBacktest& test) {
  constexpr std::size_t percents = 100;
  const LiftTable table = lift_table(test.risk, test.departed, percents);
  for (std::size_t i = 0; i < table.deciles.size(); ++i) {
    const LiftRow& row = table.deciles[i];
    CostPoint point{.contacted = row.rows,
                    .share = static_cast<double>(i + 1) / static_cast<double>(percents),
                    .departures = row.yes,
                    .saved = row.yes * test.rule.save_rate};
    point.net =
        point.saved * test.rule.save_value - static_cast<double>(point.contacted) * test.rule.contact_cost;
    test.costs.push_back(point);
    if (point.net > 0 && (!test.best_depth || point.net > test.best_depth->net)) test.best_depth = point;
  }
}

bool is_above_zero(const MeasuredQuality& gain) {
  constexpr double rounding = 1e-9;  // of sums of equal predictions that came about differently
  return gain.interval && gain.interval->low > rounding;
}

/// Base rates are the same for all that are tested together. How they rank customers of different cuts and folds is chance,
/// and in disjoint folds the wrong way round.
void leave_out_ranking(std::vector<MeasuredQuality>& measures) {
  for (MeasuredQuality& measure : measures) {
    if (measure.metric != "brier" && measure.metric != "brier_skill" && measure.metric != "ece" &&
        measure.metric != "log_loss" && measure.metric != "calibration_in_the_large")
      measure = {.metric = std::move(measure.metric)};
  }
}

void measure(const Observations& observations, RiskBacktest& test) {
  const RiskBacktestRule& rule = test.rule;
  const TestedRows rows = tested_rows(test, observations, rule.groups);
  test.customers = std::set<std::uint32_t>(rows.customer.begin(), rows.customer.end()).size();
  test.model = measured_quality(test.risk, rows, rule.confidence, rule.threads);
  test.baseline = measured_quality(test.base_rate, rows, rule.confidence, rule.threads);
  leave_out_ranking(test.baseline);
  test.single_indicator = measured_quality(test.single, rows, rule.confidence, rule.threads);
  test.gain_over_base_rate = skill_over(test.risk, test.base_rate, rows, rule.confidence);
  test.gain_over_single = log_loss_gain(test.risk, test.single, rows, rule.confidence);
  const bool can_be_compared = test.why_not.empty();
  test.beats_base_rate = can_be_compared && is_above_zero(test.gain_over_base_rate);
  test.beats_single = can_be_compared && is_above_zero(test.gain_over_single);
  test.reliability = churn::reliability(test.risk, test.departed, Bins::equal_count, 10, rule.confidence);
  constexpr std::size_t none_spent = 0;  // risks were learned from other rows
  test.hosmer_lemeshow = churn::hosmer_lemeshow(test.risk, test.departed, 10, none_spent);
  test.lift = lift_table(test.risk, test.departed);
  count_costs(test);
  if (rule.playbook)
    test.playbook = playbook_worth(*rule.playbook, observations.only(test.row), rule.confidence);
}

std::string why_nothing_to_train_on(const Observations& observations) {
  if (observations.rows() == 0) return "There are no observations to test a model on.";
  const std::string rows = counted(observations.rows(), "observation", "observations");
  if (observations.departures() == 0) return "Nobody left in " + rows + ", so there is nothing to predict.";
  if (observations.departures() == observations.rows())
    return "Everybody left in " + rows + ", so there is nothing to predict.";
  return "";
}

std::string why_nothing_to_compare(const RiskBacktest& test, const RiskBacktestRule& rule) {
  if (test.row.empty())
    return "At no cut could a model be trained and tested: that takes customers who left and customers who "
           "stayed, of whom both was known at the cut" +
           std::string(rule.customers == BacktestCustomers::disjoint ? ", and others to test it on." : ".");
  const auto left = static_cast<std::size_t>(std::count(test.departed.begin(), test.departed.end(), 1));
  if (left > 0 && left < test.row.size()) return "";
  return (left == 0 ? "Nobody left in " : "Everybody left in ") +
         counted(test.row.size(), "test row", "test rows") + ", so there is nothing to compare.";
}

}  // namespace

RiskBacktest backtest_risk(const Observations& observations, const RiskBacktestRule& rule) {
  check(observations, rule);
  RiskBacktest test;
  test.rule = rule;
  test.rule.progress = {};
  test.why_not = why_nothing_to_train_on(observations);
  if (!test.why_not.empty()) return test;

  const Plan plan{observations, rule};
  std::size_t tasks = 0;
  for (const Origin& origin : plan.origins())
    if (origin.enough)
      tasks += static_cast<std::size_t>(std::count_if(origin.tested.begin(), origin.tested.end(),
                                                      [](const Counts& fold) { return fold.rows > 0; }));
  Watch watch{rule.progress, tasks + 1};
  const std::vector<Task> predictions = predictions_of(plan, observations, rule, watch);
  collect(predictions, observations, test);
  describe_cuts(plan, predictions, observations, test);
  test.why_not = why_nothing_to_compare(test, rule);
  if (!test.row.empty()) measure(observations, test);
  watch.add(1);
  return test;
}

}  // namespace churn::inline v0
