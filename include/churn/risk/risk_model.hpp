// RiskModel: how likely a customer leaves within the horizon, and which indicators say so.
//
//   RiskModel model = train_risk_model(observations);
//   RiskScore score = model.score(values, missing);
//   score.risk;               // 0.21: of customers like this a fifth leave within 30 days. 0 is safe, 1 will leave
//   score.contributions[k];   // what column k adds to the log-odds; with score.base they add up to log(risk / (1 - risk))
//
// The model is a logistic regression (stats/logistic.hpp) with a ridge on transformed columns (risk/transform.hpp):
//   log(p / (1 - p)) = b0 + sum over columns k of  b_k z_k + m_k [k is missing]
// A column that is missing in fewer than one of a hundred training rows, or there in fewer, has no m_k; one that is
// constant or never there has no b_k. The ridge subtracts ridge / 2 x sum of (b_k^2 + (m_k x deviation of [k is
// missing])^2) from the log-likelihood, nothing for b0. Grouped (option): columns whose z correlate above a limit, each
// with each (complete linkage, the most alike first), enter as one, their mean over its deviation, and share its
// coefficient evenly.
//
// kind logistic   the outcome within the horizon as it is
//      hazard     discrete time: the outcome within one step of the grid, with tenure as a baseline (piecewise constant at
//                 30, 90, 180, 365, 730 days; the stretches have a ridge of 1), and risk = 1 - (1 - h)^(horizon / step),
//                 the indicators staying as they are. With rows a step apart each departure counts once. Calibrated
//                 at the horizon, by outcomes within it
//
// Ridge: the strength with the highest held-out likelihood over folds of customers, among `ridges`, of equals the
// strongest; each fold's fit is one Newton step from that of all rows, without the fold's customers.
//
// Calibration, from predictions of models that did not see the customer (the same folds):
//   platt      risk = 1 / (1 + exp(-(a + b x log-odds))): contributions are b times as large, and add up exactly. The
//              outcomes it is fitted to are (yes + 1) / (yes + 2) and 1 / (no + 2), as Platt has them, so that it is
//              finite even if the predictions are perfect
//   isotonic   risk = the rising function nearest to the outcomes (stats/isotonic.hpp), kept within [1e-6, 1 - 1e-6]; what
//              it changes is `calibration_part` in the score, so that parts still add up
//   none
// Transforms, grouping, ridge and calibration are fitted on the rows given, and on nothing else. If all customers are of
// one fold nobody can be held out: the strongest ridge, and no calibration.
//
// Where nobody left (of hazard: within a step), or everybody, or there are no rows or no columns that vary, or the
// calibration does not rise (customers that it had not seen left no more often where it said so), the model gives the base
// rate ((departures + 1/2) / (rows + 1)) with no contributions, and `why_flat` says why.
//
// A score is an association, not a cause, and what the business was like when it was trained. Training: O(steps x rows x
// columns^2), rows in the order of folds; a score: O(columns), without allocation but for the result. Another order of rows
// gives the same up to rounding.
//
// Source: J. C. Platt (1999), in Advances in Large Margin Classifiers, 61-74; P. D. Allison (1982), Sociological
// Methodology 13, 61-98 (discrete-time hazard); S. le Cessie, J. C. van Houwelingen (1992), Applied Statistics 41, 191-201
// (ridge); D. Pregibon (1981), Annals of Statistics 9, 705-724 (one step).
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

/// Which outcome a model learns.
enum class RiskKind : std::uint8_t {
  logistic,  ///< leaving within the horizon
  hazard     ///< leaving within one step of the grid, from which the horizon is worked out
};
/// How risks are set right, by predictions for customers who were held out.
enum class Calibration : std::uint8_t {
  none,     ///< not at all
  platt,    ///< by a line on the log-odds
  isotonic  ///< by the nearest rising function
};

/// How a model is trained.
struct RiskOptions {
  RiskKind kind{RiskKind::logistic};             ///< which outcome it learns
  Calibration calibration{Calibration::platt};   ///< how risks are set right
  std::vector<double> ridges{1, 10, 100, 1000};  ///< strengths to choose from; one: no choice
  std::uint32_t folds{5};                        ///< of customers, by the hash of their ids; 2 to 100
  std::optional<double> group_above{};  ///< correlation from which on columns are one; none: no grouping
  std::int32_t step{7};                 ///< days from one row of a customer to the next, of hazard
};

/// A column of the model.
struct RiskTerm {
  IndicatorColumn column{};  ///< name of the indicator, and the direction that was expected
  Transform transform{};     ///< from its value to z
  double weight{0};          ///< b, on z
  double missing_weight{0};  ///< m; 0: missing says nothing
  std::uint32_t group{0};    ///< of columns that are one
  friend bool operator==(const RiskTerm&, const RiskTerm&) = default;
};

/// Where a model comes from.
struct RiskProvenance {
  std::string library{};                 ///< version
  std::optional<Date> as_of{};           ///< of the book that the rows are of; empty: not known
  std::optional<Date> first_day{};       ///< of the rows
  std::optional<Date> last_day{};        ///< of the rows; both are empty without rows
  std::size_t rows{0};                   ///< that it was trained on
  std::size_t customers{0};              ///< that these rows are of
  std::size_t departures{0};             ///< rows that left within the horizon
  std::size_t not_yet_known{0};          ///< rows that were left out, as their horizon was not over at as_of
  double ridge{0};                       ///< the strength chosen; 0 of a flat model
  std::optional<double> held_out_auc{};  ///< of the predictions that the calibration was made of
  friend bool operator==(const RiskProvenance&, const RiskProvenance&) = default;
};

/// A risk, and what it is made of: all parts add up to its log-odds.
struct RiskScore {
  double risk{0};                       ///< 0: safe, 1: will leave within the horizon
  double base{0};                       ///< log-odds of a customer who is average in everything
  std::vector<double> contributions{};  ///< by column: log-odds
  double tenure_part{0};                ///< of hazard
  /// Of isotonic, and of hazard: what turning a step into the horizon changes. And of log-odds beyond 30, which are cut.
  double calibration_part{0};
};

/// A trained model: plain data, which can be kept as JSON (io/risk_model_json.hpp).
struct RiskModel {
  RiskKind kind{RiskKind::logistic};           ///< which outcome it learned
  std::int32_t horizon{30};                    ///< days within which leaving counts
  std::int32_t step{7};                        ///< days from one row of a customer to the next, of hazard
  double intercept{0};                         ///< b0, before calibration; of hazard for one step
  std::vector<RiskTerm> terms{};               ///< in the order of the columns that it was trained on
  std::vector<std::int32_t> tenure_cuts{};     ///< of hazard
  std::vector<double> tenure_weights{};        ///< of hazard: one more than cuts
  Calibration calibration{Calibration::none};  ///< what is done to the log-odds; none of a flat model
  double platt_intercept{0};                   ///< a; 0 unless platt
  double platt_slope{1};                       ///< b; 1 unless platt
  IsotonicCurve isotonic{};                    ///< of log-odds, for hazard at the horizon
  RiskProvenance provenance{};                 ///< what it was trained on
  std::string why_flat{};                      ///< empty: it is not

  /// One customer: a value a term (whatever where `missing`), and for hazard the tenure in days. Throws
  /// Error(out_of_range) where lengths differ, in the model itself too, and Error(bad_number) for a value that is not
  /// finite.
  [[nodiscard]] RiskScore score(std::span<const double> values, std::span<const std::uint8_t> missing,
                                std::int32_t tenure = 0) const;
  /// The risk alone, of all rows. The columns are found by their names; throws Error(unknown_name) if one is not there.
  [[nodiscard]] std::vector<double> risks(const Observations& observations) const;
};

/// Throws what Observations::validate throws, Error(out_of_range) without outcomes (for hazard, days to leaving, too),
/// Error(unknown_name) for a column without a name or with that of another, Error(bad_number) for a horizon or a step below
/// 1 and for options out of range (no ridge, one below 0, fewer than 2 or more than 100 folds, a correlation outside of
/// (0, 1), for hazard a step above the horizon).
[[nodiscard]] RiskModel train_risk_model(const Observations& observations, const RiskOptions& options = {});

/// For rows that score differently but share columns: where each term of a model stands among these columns. Throws
/// Error(unknown_name).
[[nodiscard]] std::vector<std::size_t> columns_of(const RiskModel& model,
                                                  const std::vector<IndicatorColumn>& columns);

}  // namespace churn::inline v0
