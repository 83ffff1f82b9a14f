#include <churn/survival/proportional_hazards.hpp>

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <churn/core/error.hpp>

#include "survival/cox_likelihood.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool is_ever_at_risk(const SpellColumns& columns, std::size_t i) {
  return enters_after(columns, i) < columns.exit[i] && (columns.weight.empty() || columns.weight[i] > 0);
}

/// By exit: 1 - Kaplan-Meier of all rows, of whatever stratum and weight above 0, just before it.
std::map<std::int32_t, double> share_that_left(const SpellColumns& columns) {
  std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>>
      steps;  // change of who is at risk after, events
  std::int64_t at_risk = 0;
  for (std::size_t i = 0; i < columns.exit.size(); ++i) {
    if (!is_ever_at_risk(columns, i)) continue;
    const std::int32_t entry = enters_after(columns, i);
    if (entry < 0)
      ++at_risk;
    else
      ++steps[entry].first;
    auto& [change, events] = steps[columns.exit[i]];
    --change;
    if (columns.event[i] != 0) ++events;
  }
  std::map<std::int32_t, double> left;
  double survival = 1;
  for (const auto& [time, step] : steps) {
    left[time] = 1 - survival;
    if (step.second > 0) survival *= 1 - static_cast<double>(step.second) / static_cast<double>(at_risk);
    at_risk += step.first;
  }
  return left;
}

/// By exit: its mean place among all exits.
std::map<std::int32_t, double> rank_of_exit(const SpellColumns& columns) {
  std::map<std::int32_t, double> counts;
  for (std::size_t i = 0; i < columns.exit.size(); ++i)
    if (is_ever_at_risk(columns, i)) ++counts[columns.exit[i]];
  double before = 0;
  for (auto& [exit, count] : counts) {
    const double here = count;
    count = before + (here + 1) / 2;
    before += here;
  }
  return counts;
}

/// For each slot, less its mean over departures.
VectorXd tenure_of_slots(const SpellColumns& columns, const RiskSets& sets, TenureTransform transform) {
  std::map<std::int32_t, double> known;
  if (transform == TenureTransform::km) known = share_that_left(columns);
  if (transform == TenureTransform::rank) known = rank_of_exit(columns);
  VectorXd g(at(sets.slots.size()));
  double sum = 0;
  for (std::size_t t = 0; t < sets.slots.size(); ++t) {
    const RiskSets::Slot& slot = sets.slots[t];
    if (transform == TenureTransform::log && slot.time == 0)
      throw Error(ErrorCode::bad_number,
                  "Somebody left at tenure 0, which has no logarithm. Take another transform of tenure.");
    if (transform == TenureTransform::identity)
      g[at(t)] = slot.time;
    else
      g[at(t)] = transform == TenureTransform::log ? std::log(slot.time) : known.at(slot.time);
    sum += static_cast<double>(slot.events) * g[at(t)];
  }
  return g.array() - sum / static_cast<double>(sets.events);
}

struct Score {
  double chi_square;
  VectorXd drift;
};

/// Of c = 0 in some columns with b free in all: the score of c, and its covariance given that of b is 0.
/// Empty where that is not of full rank.
std::optional<Score> score_test(const std::vector<Index>& of, const MatrixXd& now, const MatrixXd& cross,
                                const MatrixXd& late, const VectorXd& score) {
  const Index count = at(of.size());
  MatrixXd both(now.rows(), count);
  MatrixXd own(count, count);
  VectorXd u(count);
  for (Index a = 0; a < count; ++a) {
    const Index i = of[static_cast<std::size_t>(a)];
    both.col(a) = cross.col(i);
    u[a] = score[i];
    for (Index c = 0; c < count; ++c) own(a, c) = late(i, of[static_cast<std::size_t>(c)]);
  }
  const MatrixXd given = own - both.transpose() * Eigen::LDLT<MatrixXd>(now).solve(both);
  VectorXd unit(count);
  for (Index a = 0; a < count; ++a) {
    if (!(given(a, a) > 1e-10 * own(a, a)) || !(own(a, a) > 0)) return std::nullopt;
    unit[a] = 1 / std::sqrt(given(a, a));
  }
  const Eigen::LDLT<MatrixXd> solver{unit.asDiagonal() * given * unit.asDiagonal()};
  if (!(solver.vectorD().minCoeff() > 1e-10)) return std::nullopt;
  const VectorXd scaled = unit.cwiseProduct(u);
  const VectorXd drift = solver.solve(scaled);
  return Score{std::max(0.0, scaled.dot(drift)), unit.cwiseProduct(drift)};
}

/// A term, and the numbers of its columns. Without terms each column is one, also if two are called the same.
struct Term {
  std::string name;
  std::vector<Index> columns;
};
std::vector<Term> terms_of(const std::vector<std::string>& names, const ProportionalHazardsOptions& options) {
  std::vector<Term> terms;
  if (options.terms.empty())
    for (std::size_t j = 0; j < names.size(); ++j) terms.push_back({names[j], {at(j)}});
  for (const CoxTerm& asked : options.terms) {
    Term& term = terms.emplace_back(Term{asked.name, {}});
    for (const std::string& name : asked.columns) {
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end())
        throw Error(ErrorCode::unknown_name, "There is no covariate \"" + name + "\".");
      term.columns.push_back(found - names.begin());
    }
  }
  return terms;
}

}  // namespace

ProportionalHazardsCheck proportional_hazards(const SpellColumns& columns,
                                              const Eigen::Ref<const MatrixXd>& covariates, const CoxFit& fit,
                                              const ProportionalHazardsOptions& options) {
  const RiskSets sets{columns};
  std::vector<std::string> names;
  names.reserve(fit.coefficients.size());
  for (const CoxCoefficient& coefficient : fit.coefficients) names.push_back(coefficient.name);
  require_covariates(columns, covariates, names);
  if (sets.rows != fit.rows || sets.events != fit.events)
    throw Error(ErrorCode::out_of_range, "These are not the rows that the regression was made of.");

  std::vector<Index> kept;
  bool is_known = sets.events > 0;
  for (std::size_t j = 0; j < names.size(); ++j) {
    const CoxTrouble trouble = fit.coefficients[j].trouble;
    if (fit.coefficients[j].value) kept.push_back(at(j));
    if (trouble == CoxTrouble::separated || trouble == CoxTrouble::not_converged) is_known = false;
  }
  const std::vector<Term> terms = terms_of(names, options);
  std::vector<std::vector<Index>> places;
  for (const Term& term : terms) {
    places.emplace_back();
    for (const Index column : term.columns) {
      const auto place = std::find(kept.begin(), kept.end(), column);
      if (place != kept.end()) places.back().push_back(place - kept.begin());
    }
  }
  ProportionalHazardsCheck check;
  for (const Term& term : terms) check.terms.emplace_back().name = term.name;
  if (!is_known || kept.empty()) return check;

  const VectorXd g = tenure_of_slots(columns, sets, options.transform);
  CoxLikelihood likelihood{sets, covariates, kept,
                           fit.options.ties == CoxTies::exact ? CoxTies::breslow : fit.options.ties};
  VectorXd b(at(kept.size()));
  for (Index j = 0; j < b.size(); ++j)
    b[j] = *fit.coefficients[static_cast<std::size_t>(kept[static_cast<std::size_t>(j)])].value *
           likelihood.scale[j];
  if (!likelihood.set(b)) return check;
  const MatrixXd now = likelihood.derivatives(VectorXd::Ones(g.size())).information;
  const CoxLikelihood::Derivatives cross = likelihood.derivatives(g);
  const MatrixXd late = likelihood.derivatives(g.cwiseAbs2()).information;
  const auto test = [&](const std::vector<Index>& of) {
    return score_test(of, now, cross.information, late, cross.score);
  };
  const auto told = [](double chi_square, std::size_t count) {
    const auto degrees = static_cast<double>(count);
    return CoxTest{chi_square, degrees, chi_square_p_value(chi_square, degrees)};
  };
  for (std::size_t k = 0; k < places.size(); ++k) {
    const std::optional<Score> score = places[k].empty() ? std::nullopt : test(places[k]);
    if (!score) continue;
    check.terms[k].test = told(score->chi_square, places[k].size());
    if (places[k].size() == 1) check.terms[k].drift = score->drift[0] / likelihood.scale[places[k][0]];
  }
  std::vector<Index> all(kept.size());
  for (std::size_t j = 0; j < all.size(); ++j) all[j] = at(j);
  if (const std::optional<Score> score = test(all)) check.global = told(score->chi_square, all.size());
  return check;
}

}  // namespace churn::inline v0
