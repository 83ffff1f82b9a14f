#include <churn/risk/risk_model.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>
#include <utility>

#include <churn/core/error.hpp>
#include <churn/stats/auc.hpp>
#include <churn/version.hpp>

#include "risk/ridge_logistic.hpp"
#include "risk/risk_design.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::uint32_t most_folds = 100;
/// Log-odds beyond are cut: risks of 0 and 1 are never said.
constexpr double farthest = 30;
/// Log-odds of chances so small that they soon have no digits: steps add up, to the last of them.
constexpr double rarest = -600;
/// The steps of an isotonic curve may be 0 or 1.
constexpr double surest = 1e-6;
/// Of log-likelihood, which differs by 1/2 a standard error: to choose a ridge, and to be at the estimate.
constexpr double near = 1e-4;
constexpr double there = 1e-12;

double log_odds(double risk) { return std::log(risk) - std::log1p(-risk); }

/// Log-odds of leaving within `steps` steps, of those within one.
double over_steps(double eta, double steps) {
  if (eta < rarest) return eta + std::log(steps);
  const double hazard = steps * softplus(eta);  // -log of the chance to stay
  return hazard > farthest ? hazard : std::log(std::expm1(hazard));
}

double steps_of(const RiskModel& model) {
  return static_cast<double>(model.horizon) / static_cast<double>(model.step);
}

double at_horizon(const RiskModel& model, double eta) {
  return model.kind == RiskKind::hazard ? over_steps(eta, steps_of(model)) : eta;
}

/// Log-odds of the risk, of those of the regression.
double calibrated(const RiskModel& model, double eta) {
  double result = at_horizon(model, eta);
  if (model.calibration == Calibration::platt) {
    result = model.platt_intercept + model.platt_slope * result;
  } else if (model.calibration == Calibration::isotonic) {
    const std::optional<double> step = model.isotonic.at(result);
    if (!step)
      throw Error(ErrorCode::out_of_range, "The model is to be calibrated by a curve, and has none.");
    result = log_odds(std::clamp(*step, surest, 1 - surest));
  }
  return std::clamp(result, -farthest, farthest);
}

double tenure_weight(const RiskModel& model, std::int32_t tenure) {
  if (model.kind != RiskKind::hazard) return 0;
  if (model.tenure_weights.size() != model.tenure_cuts.size() + 1)
    throw Error(ErrorCode::out_of_range, "A model of hazard needs a weight for every stretch of tenure.");
  return model.tenure_weights[stretch_of(model.tenure_cuts, tenure)];
}

/// By its name a column is found when rows are scored.
void check_names(const std::vector<IndicatorColumn>& columns) {
  std::vector<std::string_view> names;
  names.reserve(columns.size());
  for (const IndicatorColumn& column : columns) names.push_back(column.name);
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end() || (!names.empty() && names[0].empty()))
    throw Error(ErrorCode::unknown_name, "Each column of a risk model needs a name of its own.");
}

void check_options(const RiskOptions& options, std::int32_t horizon) {
  const auto refuse = [](const char* what) { throw Error(ErrorCode::bad_number, what); };
  const auto is_ridge = [](double ridge) { return ridge >= 0 && std::isfinite(ridge); };
  if (options.ridges.empty() || !std::all_of(options.ridges.begin(), options.ridges.end(), is_ridge))
    refuse("A risk model needs a ridge or several to choose from, each 0 or more.");
  if (options.folds < 2 || options.folds > most_folds) refuse("There are 2 to 100 folds.");
  if (options.group_above && !(*options.group_above > 0 && *options.group_above < 1))
    refuse("The correlation from which on columns are one is between 0 and 1.");
  if (horizon < 1 || options.step < 1) refuse("A horizon and a step are at least a day.");
  if (options.kind == RiskKind::hazard && options.step > horizon)
    refuse("A step of hazard is at most the horizon.");
}

RiskProvenance provenance_of(const Observations& observations) {
  RiskProvenance result{.library = version,
                        .as_of = observations.as_of,
                        .rows = observations.rows(),
                        .departures = observations.departures(),
                        .not_yet_known = observations.not_yet_known};
  if (observations.rows() == 0) return result;
  const auto [first, last] = std::minmax_element(observations.day.begin(), observations.day.end());
  result.first_day = *first;
  result.last_day = *last;
  std::vector<bool> seen(observations.customers.size(), false);
  for (const std::uint32_t customer : observations.customer)
    if (!seen[customer]) {
      seen[customer] = true;
      ++result.customers;
    }
  return result;
}

/// The base rate for everybody.
void make_flat(RiskModel& model, std::string why) {
  const double rate = (static_cast<double>(model.provenance.departures) + 0.5) /
                      (static_cast<double>(model.provenance.rows) + 1);
  model.intercept = log_odds(rate);
  if (model.kind == RiskKind::hazard)  // the step's, of which so many make the base rate
    model.intercept = over_steps(model.intercept, 1 / steps_of(model));
  for (RiskTerm& term : model.terms) term.weight = term.missing_weight = 0;
  std::fill(model.tenure_weights.begin(), model.tenure_weights.end(), 0);
  model.calibration = Calibration::none;
  model.platt_intercept = 0;
  model.platt_slope = 1;
  model.isotonic = {};
  model.provenance.ridge = 0;
  model.why_flat = std::move(why);
}

struct Chosen {
  RidgeLogistic::Fit fit{};
  double ridge{0};
};

/// The ridge whose held-out rows are the likeliest; of equals the strongest.
Chosen choose_ridge(const RidgeLogistic& regression, const RiskDesign& design, std::vector<double> ridges,
                    double share, bool holds_out) {
  std::sort(ridges.begin(), ridges.end(), std::greater<>());
  ridges.erase(std::unique(ridges.begin(), ridges.end()), ridges.end());
  if (!holds_out) ridges.resize(1);
  Chosen best;
  best.fit.b = VectorXd::Zero(design.x().rows());
  best.fit.b(0) = log_odds(share);
  best.ridge = ridges.front();
  std::optional<double> highest;
  VectorXd start = best.fit.b;
  if (ridges.size() > 1)
    for (const double ridge : ridges) {
      RidgeLogistic::Fit fit = regression.fit(design.penalty(ridge), start, near);
      start = fit.b;
      const double loglik = regression.loglik(regression.held_out(fit));
      if (highest && !(loglik > *highest)) continue;
      highest = loglik;
      best = {std::move(fit), ridge};
    }
  best.fit = regression.fit(design.penalty(best.ridge), best.fit.b, there);
  return best;
}

/// Platt's regression of outcomes on log-odds. Its outcomes are not quite 0 and 1, so that there is a slope even where
/// the log-odds tell all of those who left from all who stayed. Gives why it cannot be used; empty if it can.
std::string fit_platt(const VectorXd& held_out, const VectorXd& left, RiskModel& model) {
  const double yes = left.sum();
  const double no = static_cast<double>(left.size()) - yes;
  const VectorXd y = left.array() * ((yes + 1) / (yes + 2)) + (1 - left.array()) / (no + 2);
  MatrixXd x(2, held_out.size());
  x.row(0).setOnes();
  const double mean = held_out.mean();
  const double deviation =
      std::sqrt((held_out.array() - mean).square().sum() / static_cast<double>(held_out.size()));
  if (!(deviation > 0)) return "Predictions for customers that it had not seen were all the same.";
  x.row(1) = (held_out.array() - mean) / deviation;
  const RidgeLogistic regression(x, y, {0, held_out.size()});
  const VectorXd start{{log_odds(y.mean()), 0}};
  const VectorXd b = regression.fit(VectorXd::Zero(2), start, there).b;
  if (!(b(1) > 0))
    return "Nothing was learnt: customers that it had not seen left no more often where it said that they "
           "would.";
  model.platt_slope = b(1) / deviation;
  model.platt_intercept = b(0) - model.platt_slope * mean;
  return {};
}

std::string fit_isotonic(const VectorXd& held_out, const VectorXd& left, RiskModel& model) {
  const auto span_of = [](const VectorXd& v) {
    return std::span<const double>(v.data(), static_cast<std::size_t>(v.size()));
  };
  model.isotonic = isotonic_regression(span_of(held_out), span_of(left));
  if (model.isotonic.value.front() < model.isotonic.value.back()) return {};
  return "Nothing was learnt: customers that it had not seen left no more often where it said that they "
         "would.";
}

std::string calibrate(const VectorXd& held_out, const VectorXd& left, Calibration calibration,
                      RiskModel& model) {
  model.calibration = calibration;
  switch (calibration) {
    case Calibration::platt: return fit_platt(held_out, left, model);
    case Calibration::isotonic: return fit_isotonic(held_out, left, model);
    case Calibration::none: break;
  }
  return {};
}

std::optional<double> auc_of(const VectorXd& score, const VectorXd& left) {
  std::vector<std::uint8_t> outcome;
  outcome.reserve(static_cast<std::size_t>(left.size()));
  for (Index i = 0; i < left.size(); ++i) outcome.push_back(left(i) > 0 ? 1 : 0);
  return auc_value({score.data(), outcome.size()}, outcome);
}

/// Who left, of rows in the order of the design: within the horizon, or within a step.
VectorXd outcomes(const Observations& observations, const RiskDesign& design,
                  std::optional<std::int32_t> step) {
  VectorXd result(static_cast<Index>(design.row().size()));
  for (std::size_t i = 0; i < design.row().size(); ++i) {
    const auto row = static_cast<std::size_t>(design.row()[i]);
    const bool left = step ? observations.departs_in[row] >= 0 && observations.departs_in[row] < *step
                           : observations.departed[row] == 1;
    result(static_cast<Index>(i)) = left ? 1 : 0;
  }
  return result;
}

/// Why there is nothing to be learnt of these rows; empty if there is.
std::string nothing_to_learn(const RiskDesign& design, const VectorXd& y, bool step) {
  if (y.size() == 0) return "There are no rows to learn from.";
  const std::string within = step ? "one step" : "the horizon";
  if (y.sum() == 0) return "Nobody left within " + within + ".";
  if (y.sum() == static_cast<double>(y.size())) return "Everybody left within " + within + ".";
  if (!design.varies()) return "No indicator varies.";
  return {};
}

}  // namespace

RiskModel train_risk_model(const Observations& observations, const RiskOptions& options) {
  observations.validate();
  check_names(observations.columns);
  check_options(options, observations.horizon);
  const bool hazard = options.kind == RiskKind::hazard;
  if (observations.departed.size() != observations.rows() ||
      (hazard && observations.departs_in.size() != observations.rows()))
    throw Error(ErrorCode::out_of_range, "A risk model learns from rows whose outcomes are there.");

  const RiskDesign design(
      observations, options.folds, options.group_above,
      hazard ? std::vector<std::int32_t>{30, 90, 180, 365, 730} : std::vector<std::int32_t>{});
  RiskModel model{.kind = options.kind,
                  .horizon = observations.horizon,
                  .step = options.step,
                  .provenance = provenance_of(observations)};
  design.write(VectorXd::Zero(design.x().rows()), model);
  const VectorXd left = outcomes(observations, design, {});
  const VectorXd y = hazard ? outcomes(observations, design, options.step) : left;
  if (std::string why = nothing_to_learn(design, y, hazard); !why.empty()) {
    make_flat(model, std::move(why));
    return model;
  }

  const RidgeLogistic regression(design.x(), y, design.begins());
  const bool holds_out = design.begins().size() > 2;
  const Chosen chosen = choose_ridge(regression, design, options.ridges, y.mean(), holds_out);
  design.write(chosen.fit.b, model);
  model.provenance.ridge = chosen.ridge;
  if (!holds_out) return model;

  VectorXd held_out = regression.held_out(chosen.fit);
  for (double& eta : held_out) eta = at_horizon(model, eta);
  model.provenance.held_out_auc = auc_of(held_out, left);
  if (std::string why = calibrate(held_out, left, options.calibration, model); !why.empty())
    make_flat(model, std::move(why));
  return model;
}

RiskScore RiskModel::score(std::span<const double> values, std::span<const std::uint8_t> missing_values,
                           std::int32_t tenure) const {
  if (values.size() != terms.size() || missing_values.size() != terms.size())
    throw Error(ErrorCode::out_of_range,
                "A score needs a value, and whether it is missing, for each of the " +
                    std::to_string(terms.size()) + " columns of the model.");
  RiskScore result{.base = intercept, .contributions = std::vector<double>(terms.size())};
  double eta = intercept;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (missing_values[k] == 0 && !std::isfinite(values[k]))
      throw Error(ErrorCode::bad_number, "The value of " + terms[k].column.name + " is not finite.");
    result.contributions[k] =
        missing_values[k] != 0 ? terms[k].missing_weight : terms[k].weight * terms[k].transform(values[k]);
    eta += result.contributions[k];
  }
  result.tenure_part = tenure_weight(*this, tenure);
  eta += result.tenure_part;
  const double total = calibrated(*this, eta);
  result.risk = logistic(total);
  if (calibration == Calibration::platt) {
    result.base = platt_intercept + platt_slope * result.base;
    for (double& part : result.contributions) part *= platt_slope;
    result.tenure_part *= platt_slope;
    eta = platt_intercept + platt_slope * eta;
  }
  result.calibration_part = total - eta;
  return result;
}

std::vector<double> RiskModel::risks(const Observations& observations) const {
  observations.validate();
  const std::vector<std::size_t> places = columns_of(*this, observations.columns);
  std::vector<double> result(observations.rows(), intercept);
  for (std::size_t k = 0; k < terms.size(); ++k) {
    const auto values = observations.values.col(static_cast<Index>(places[k]));
    const auto missing = observations.missing.col(static_cast<Index>(places[k]));
    for (std::size_t row = 0; row < result.size(); ++row) {
      const auto i = static_cast<Index>(row);
      result[row] += missing(i) ? terms[k].missing_weight : terms[k].weight * terms[k].transform(values(i));
    }
  }
  for (std::size_t row = 0; row < result.size(); ++row)
    result[row] = logistic(calibrated(*this, result[row] + tenure_weight(*this, observations.tenure[row])));
  return result;
}

std::vector<std::size_t> columns_of(const RiskModel& model, const std::vector<IndicatorColumn>& columns) {
  std::vector<std::size_t> result;
  result.reserve(model.terms.size());
  for (const RiskTerm& term : model.terms) {
    const auto at = std::find_if(columns.begin(), columns.end(), [&](const IndicatorColumn& column) {
      return column.name == term.column.name;
    });
    if (at == columns.end())
      throw Error(ErrorCode::unknown_name,
                  "The model needs the indicator " + term.column.name + ", which is not among the columns.");
    result.push_back(static_cast<std::size_t>(at - columns.begin()));
  }
  return result;
}

}  // namespace churn::inline v0
