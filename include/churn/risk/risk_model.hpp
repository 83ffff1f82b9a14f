// RiskModel: how likely a customer leaves within the horizon, and which indicators say so.
//
//   RiskModel model = train_risk_model(observations);
//   RiskScore score = model.score(values, missing);
//   score.risk;               // 0.21: of customers like this a fifth leave within 30 days. 0 is safe, 1 will leave
//   score.contributions[k];   // what column k adds to the log-odds; with score.base they add up to log(risk / (1 - risk))
//
// The model is a logistic regression (stats/logistic.hpp) with a ridge on transformed columns (risk/transform.hpp):
//   log(p / (1 - p)) = b0 + sum over columns k of  b_k z_k + m_k [k is missing]
// A column that is missing in no training row, or in nearly all or none, has no m_k. Grouped (option): columns whose z
// correlate above a limit enter as one, their mean over its deviation, and share its coefficient evenly.
//
// kind logistic   the outcome within the horizon as it is
//      hazard     discrete time: the outcome within one step of the grid, with tenure as a baseline (piecewise constant at
//                 30, 90, 180, 365, 730 days), and risk = 1 - (1 - h)^(horizon / step), the indicators staying as they are.
//                 Uses rows up to one step before as_of, and each departure once
//
// Ridge: the strength with the highest held-out likelihood over folds of customers, among `ridges`; each fold's fit
// is one Newton step from that of all rows, without the fold's customers.
//
// Calibration, from predictions of models that did not see the customer (the same folds):
//   platt      risk = 1 / (1 + exp(-(a + b x log-odds))): contributions are b times as large, and add up exactly
//   isotonic   risk = the rising step function nearest to the outcomes (stats/isotonic.hpp); what the steps change is
//              `calibration_part` in the score, so that parts still add up
//   none
// Transforms, grouping, ridge and calibration are fitted on the rows given, and on nothing else.
//
// Where nobody left, or everybody, or there are no rows or no columns that vary, the model gives the base rate ((departures
// + 1/2) / (rows + 1)) with no contributions, and `why_flat` says why.
//
// A score is an association, not a cause, and what the business was like when it was trained. Training: O(steps x rows x
// columns^2); a score: O(columns), without allocation but for the result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <churn/core/date.hpp>
#include <churn/risk/transform.hpp>
#include <churn/row/observations.hpp>
#include <churn/stats/isotonic.hpp>

namespace churn::inline v0 {

enum class RiskKind : std::uint8_t { logistic, hazard };
enum class Calibration : std::uint8_t { none, platt, isotonic };

struct RiskOptions {
  RiskKind kind{RiskKind::logistic};
  Calibration calibration{Calibration::platt};
  std::vector<double> ridges{1, 10, 100, 1000};  ///< strengths to choose from; one: no choice
  std::uint32_t folds{5};                        ///< of customers, by the hash of their ids
  std::optional<double> group_above{};  ///< correlation from which on columns are one; none: no grouping
  std::int32_t step{7};                 ///< days from one row of a customer to the next, of hazard
};

/// A column of the model.
struct RiskTerm {
  IndicatorColumn column{};
  Transform transform{};
  double weight{0};          ///< b, on z
  double missing_weight{0};  ///< m; 0: missing says nothing
  std::uint32_t group{0};    ///< of columns that are one
  friend bool operator==(const RiskTerm&, const RiskTerm&) = default;
};

/// Where a model comes from.
struct RiskProvenance {
  std::string library{};  ///< version
  std::optional<Date> as_of{};
  std::optional<Date> first_day{};  ///< of the rows
  std::optional<Date> last_day{};
  std::size_t rows{0};
  std::size_t customers{0};
  std::size_t departures{0};
  std::size_t not_yet_known{0};
  double ridge{0};
  std::optional<double> held_out_auc{};  ///< of the predictions that the calibration was made of
  friend bool operator==(const RiskProvenance&, const RiskProvenance&) = default;
};

struct RiskScore {
  double risk{0};
  double base{0};                       ///< log-odds of a customer who is average in everything
  std::vector<double> contributions{};  ///< by column: log-odds
  double tenure_part{0};                ///< of hazard
  double calibration_part{0};  ///< of isotonic, and of hazard: what turning a step into the horizon changes
};

struct RiskModel {
  RiskKind kind{RiskKind::logistic};
  std::int32_t horizon{30};
  std::int32_t step{7};
  double intercept{0};
  std::vector<RiskTerm> terms{};
  std::vector<std::int32_t> tenure_cuts{};  ///< of hazard
  std::vector<double> tenure_weights{};     ///< one more than cuts
  Calibration calibration{Calibration::none};
  double platt_intercept{0};
  double platt_slope{1};
  IsotonicCurve isotonic{};  ///< of log-odds
  RiskProvenance provenance{};
  std::string why_flat{};  ///< empty: it is not

  /// One customer: a value a term (whatever where `missing`), and for hazard the tenure in days. Throws
  /// Error(out_of_range) where lengths differ and Error(bad_number) for a value that is not finite.
  [[nodiscard]] RiskScore score(std::span<const double> values, std::span<const bool> missing,
                                std::int32_t tenure = 0) const;
  /// The risk alone, of all rows. The columns are found by their names; throws Error(unknown_name) if one is not there.
  [[nodiscard]] std::vector<double> risks(const Observations& observations) const;
};

/// Throws what Observations::check throws, Error(out_of_range) without outcomes, Error(bad_number) for options out of
/// range (a ridge below 0, fewer than two folds, a correlation outside of (0, 1), a step below 1 or above the horizon).
[[nodiscard]] RiskModel train_risk_model(const Observations& observations, const RiskOptions& options = {});

/// For rows that score differently but share columns: where each term of a model stands among these columns. Throws
/// Error(unknown_name).
[[nodiscard]] std::vector<std::size_t> columns_of(const RiskModel& model,
                                                  const std::vector<IndicatorColumn>& columns);

}  // namespace churn::inline v0
