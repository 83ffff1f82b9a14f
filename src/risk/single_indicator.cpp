#include "risk/single_indicator.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <churn/risk/transform.hpp>
#include <churn/segment/customer_groups.hpp>
#include <churn/stats/probability_score.hpp>

namespace churn::inline v0 {

namespace {

constexpr std::size_t most_tried = 3;
constexpr std::uint32_t folds = 3;

/// The squared correlation of a column with the outcome; 0 where one of them is constant.
double squared_correlation(const Eigen::VectorXd& x, const Eigen::VectorXd& centred_outcome) {
  const Eigen::VectorXd centred = x.array() - x.mean();
  const double squares = centred.squaredNorm();
  const double outcome_squares = centred_outcome.squaredNorm();
  if (!(squares > 0) || !(outcome_squares > 0)) return 0;
  const double together = centred.dot(centred_outcome);
  return together / squares * (together / outcome_squares);
}

/// By column, the score test of a logistic regression on it alone, over n. Its z is 0 where it is missing and has the
/// mean 0 elsewhere, so what it says and what its absence says are uncorrelated, and add up.
std::vector<double> score_tests(const Observations& training) {
  const auto rows = static_cast<Eigen::Index>(training.rows());
  Eigen::VectorXd outcome(rows);
  for (Eigen::Index row = 0; row < rows; ++row)
    outcome(row) = training.departed[static_cast<std::size_t>(row)];
  outcome.array() -= outcome.mean();
  std::vector<double> tests;
  Eigen::VectorXd z(rows);
  for (Eigen::Index column = 0; column < training.values.cols(); ++column) {
    const auto missing = training.missing.col(column);
    const Transform transform = Transform::fit(training.values.col(column), missing);
    for (Eigen::Index row = 0; row < rows; ++row)
      z(row) = missing(row) ? 0 : transform(training.values(row, column));
    tests.push_back(squared_correlation(z, outcome) +
                    squared_correlation(missing.cast<double>().matrix(), outcome));
  }
  return tests;
}

/// The log loss of rows by a model that did not see their customers.
double held_out_loss(const Observations& rows, const std::vector<std::uint32_t>& fold_of_customer,
                     RiskOptions options) {
  options.calibration = Calibration::none;
  options.ridges = {1};  // so little that it spares none of them what it can't tell
  double loss = 0;
  for (std::uint32_t fold = 0; fold < folds; ++fold) {
    std::vector<std::size_t> seen;
    std::vector<std::size_t> unseen;
    for (std::size_t row = 0; row < rows.rows(); ++row)
      (fold_of_customer[rows.customer[row]] == fold ? unseen : seen).push_back(row);
    if (unseen.empty()) continue;
    const Observations tested = rows.only(unseen);
    const std::vector<double> risks = train_risk_model(rows.only(seen), options).risks(tested);
    loss += *probability_score(risks, tested.departed).log_loss * static_cast<double>(unseen.size());
  }
  return loss;
}

}  // namespace

Observations one_column(const Observations& observations, std::size_t column) {
  const auto at = static_cast<Eigen::Index>(column);
  return {{observations.columns[column]},
          observations.values.col(at),
          observations.missing.col(at),
          observations.customers,
          observations.customer,
          observations.day,
          observations.tenure,
          observations.ticks,
          observations.departed,
          observations.departs_in,
          observations.horizon,
          observations.as_of,
          observations.not_yet_known};
}

RiskOptions options_of_one(RiskOptions options) {
  options.group_above.reset();
  return options;
}

std::optional<std::size_t> best_single_indicator(const Observations& training, const RiskOptions& options) {
  const std::vector<double> tests = score_tests(training);
  std::vector<std::size_t> order(tests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return tests[a] > tests[b]; });
  order.resize(std::min(order.size(), most_tried));
  std::erase_if(order, [&](std::size_t column) { return !(tests[column] > 0); });
  if (order.empty()) return std::nullopt;
  if (order.size() == 1) return order.front();

  std::vector<std::uint32_t> fold_of_customer;
  fold_of_customer.reserve(training.customers.size());
  for (const std::string& id : training.customers)
    fold_of_customer.push_back(customer_group("single " + id, folds));
  std::size_t best = order.front();
  double lowest = std::numeric_limits<double>::infinity();
  for (const std::size_t column : order) {
    const double loss =
        held_out_loss(one_column(training, column), fold_of_customer, options_of_one(options));
    if (loss >= lowest) continue;
    lowest = loss;
    best = column;
  }
  return best;
}

}  // namespace churn::inline v0
