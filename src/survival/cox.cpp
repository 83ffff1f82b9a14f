#include <churn/survival/cox.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include <churn/core/error.hpp>

#include "stats/normal_quantile.hpp"
#include "survival/cox_likelihood.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Less information than this part of its size is rounding: who leaves and who stays do not differ.
constexpr double no_contrast = 1e-10;
/// What is left of a column's information, given the ones before it, if it is a combination of them.
constexpr double no_news = 1e-9;
/// A step that is small in standard errors (to start looking at it, and to be at the limit) and wide in b'x,
/// where the likelihood has flattened out, may be one of many without end.
constexpr double level = 1e-2;
constexpr double flat = 1e-5;
constexpr double wide = 0.1;
/// By how much of the widest difference such a direction may miss, and what part of it is no rounding.
constexpr double nearly = 1e-6;
constexpr double takes_part = 1e-3;

void require_options(const SpellColumns& columns, const CoxOptions& options) {
  if (!(options.ridge >= 0 && std::isfinite(options.ridge)))
    throw Error(ErrorCode::bad_number, "A ridge is 0 or more, and finite.");
  if (!(options.confidence > 0 && options.confidence < 1) ||
      !(options.tolerance > 0 && options.tolerance < 1))
    throw Error(ErrorCode::bad_number, "Confidence and tolerance are between 0 and 1.");
  if (options.ties != CoxTies::exact) return;
  const bool weighted = std::any_of(columns.weight.begin(), columns.weight.end(),
                                    [](double weight) { return weight != 0 && weight != 1; });
  if (weighted || options.robust || !columns.cluster.empty())
    throw Error(ErrorCode::unknown_name, "With exact ties there are no weights and no robust errors.");
}

/// A step that ran over, and was cut to one that gains less than this, is not followed by one that gains more.
constexpr double hardly = 1e-6;

/// Newton's method on some columns, with what has been found out on the way.
struct Newton {
  CoxLikelihood likelihood;
  VectorXd penalty;  // of each scaled b
  double unit;       // mean weight of departures, by which errors of no matter how small weights are told
  VectorXd b;
  CoxLikelihood::Derivatives here;
  VectorXd separated;  // a direction, or empty
  std::size_t steps{0};
  bool converged{false};
  bool ran_over{false};  // in the last step, before it was cut

  [[nodiscard]] double height() const { return likelihood.loglik() - 0.5 * b.cwiseAbs2().dot(penalty); }
  [[nodiscard]] MatrixXd curvature() const {
    MatrixXd sum = here.information;
    sum.diagonal() += penalty;
    return sum;
  }
  /// How much of a step is taken: half as much until it goes up, and if nothing does none.
  double step(const VectorXd& whole) {
    const double before = height();
    const VectorXd from = b;
    // Rounding may take the last digits of a sum that is already at its top.
    const double rounding = 1e-13 * (unit + std::abs(before));
    double part = 1;
    ran_over = false;
    for (int halving = 0; halving < 40; ++halving, part /= 2) {
      b = from + part * whole;
      if (!likelihood.set(b)) {
        ran_over = true;
        continue;
      }
      if (height() < before - rounding) continue;
      here = likelihood.derivatives();
      return part;
    }
    b = from;
    likelihood.set(b);
    return 0;
  }
  [[nodiscard]] bool never_falls_along(const VectorXd& direction) const {
    const std::optional<double> worst = likelihood.monotone_along(direction);
    return worst && *worst > -nearly;
  }
  void run(const CoxOptions& options) {
    double last_step = 1;
    // That a step was cut is no sign of that: Newton's method oversteps where the likelihood bends.
    bool is_stuck = options.max_steps == 0;
    while (true) {
      const VectorXd slope = here.score - penalty.cwiseProduct(b);
      const VectorXd whole = Eigen::LDLT<MatrixXd>{curvature()}.solve(slope);
      if (!whole.allFinite()) return;
      const double in_errors = std::sqrt(std::max(0.0, whole.dot(slope) / unit));
      const bool goes_on = penalty.isZero(0) && steps > 0 && (is_stuck || in_errors < level) &&
                           likelihood.spread(whole) > wide;
      if (goes_on && (is_stuck || in_errors < flat) && never_falls_along(whole)) {
        separated = whole;
        converged = true;
        return;
      }
      // As close as rounding lets it come, if steps don't get smaller.
      converged = !goes_on && in_errors < flat && last_step < flat && in_errors > 0.5 * last_step;
      if (converged || is_stuck) return;
      const double before = height();
      const double part = step(whole);
      steps += part > 0 ? 1 : 0;
      converged = !goes_on && in_errors <= options.tolerance;
      if (converged) return;
      is_stuck = part == 0 || steps == options.max_steps || (ran_over && height() - before < hardly * unit);
      last_step = in_errors;
    }
  }
};

/// The inverse of the information, and where some direction has no end of what is left of it: directions
/// along which there is hardly more information than along that one (`without`) are left out.
struct Inverse {
  MatrixXd covariance;
  MatrixXd without;  // columns
};
Inverse inverse_of(const Newton& newton) {
  const MatrixXd information = newton.curvature();
  const Index p = information.rows();
  if (newton.separated.size() == 0) {
    const VectorXd unit = information.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
    const MatrixXd scaled = unit.asDiagonal() * information * unit.asDiagonal();
    const MatrixXd inverse = Eigen::LDLT<MatrixXd>(scaled).solve(MatrixXd::Identity(p, p));
    return {unit.asDiagonal() * inverse * unit.asDiagonal(), MatrixXd(p, 0)};
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver{information};
  VectorXd value = solver.eigenvalues();  // smallest first
  const double left = newton.separated.dot(information * newton.separated) / newton.separated.squaredNorm();
  const double least = std::max(1e-7 * value.maxCoeff(), 100 * left);
  const Index count = (value.array() <= least).count();
  for (double& v : value) v = v > least ? 1 / v : 0;
  return {solver.eigenvectors() * value.asDiagonal() * solver.eigenvectors().transpose(),
          solver.eigenvectors().leftCols(count)};
}

/// x'A^-1x if A is of full rank.
std::optional<double> quadratic_form(const MatrixXd& matrix, const VectorXd& x) {
  const VectorXd diagonal = matrix.diagonal();
  if (!(diagonal.minCoeff() > 0) || !matrix.allFinite()) return std::nullopt;
  const VectorXd unit = diagonal.cwiseSqrt().cwiseInverse();
  const Eigen::LDLT<MatrixXd> solver{unit.asDiagonal() * matrix * unit.asDiagonal()};
  if (!(solver.vectorD().minCoeff() > 1e-13)) return std::nullopt;
  const VectorXd scaled = unit.cwiseProduct(x);
  const double value = scaled.dot(solver.solve(scaled));
  if (!(value >= 0 && std::isfinite(value))) return std::nullopt;
  return value;
}

std::optional<CoxTest> test_of(std::optional<double> chi_square, double degrees_of_freedom) {
  if (!chi_square || !(degrees_of_freedom > 0)) return std::nullopt;
  return CoxTest{*chi_square, degrees_of_freedom, chi_square_p_value(*chi_square, degrees_of_freedom)};
}

/// The sandwich, in scaled units: of what each cluster moves the coefficients by. Empty below two clusters.
std::optional<MatrixXd> robust_covariance(const RiskSets& sets, const SpellColumns& columns,
                                          const CoxLikelihood& likelihood, const MatrixXd& covariance) {
  const RowMajor moves = likelihood.score_residuals() * covariance;
  if (columns.cluster.empty()) {
    if (sets.rows - sets.never_at_risk < 2) return std::nullopt;
    return MatrixXd{moves.transpose() * moves};
  }
  std::vector<std::uint32_t> order(sets.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto cluster = [&](std::uint32_t i) { return columns.cluster[sets.row[i]]; };
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return cluster(a) != cluster(b) ? cluster(a) < cluster(b) : sets.row[a] < sets.row[b];
  });
  MatrixXd sum = MatrixXd::Zero(covariance.rows(), covariance.cols());
  std::size_t clusters = 0;
  Eigen::RowVectorXd together(covariance.cols());
  for (std::size_t i = 0; i < order.size(); ++clusters) {
    together.setZero();
    const std::uint64_t id = cluster(order[i]);
    for (; i < order.size() && cluster(order[i]) == id; ++i) together += moves.row(order[i]);
    sum += together.transpose() * together;
  }
  if (clusters < 2) return std::nullopt;
  return sum;
}

/// Which columns have something to say, and what is the matter with the others.
std::vector<Index> useful_columns(const CoxLikelihood& likelihood, const CoxLikelihood::Derivatives& start,
                                  bool may_be_collinear, std::vector<CoxCoefficient>& coefficients) {
  std::vector<Index> useful;
  for (std::size_t j = 0; j < coefficients.size(); ++j) {
    const double information = start.information(at(j), at(j));
    if (likelihood.is_steady[j] || !(information > no_contrast * start.size[at(j)]))
      coefficients[j].trouble = CoxTrouble::no_contrast;
    else
      useful.push_back(at(j));
  }
  if (may_be_collinear) return useful;
  // The triangle of Cholesky, of information as correlations: a column is a row more if something of it is left.
  std::vector<Index> kept;
  MatrixXd triangle = MatrixXd::Zero(at(useful.size()), at(useful.size()));
  for (const Index j : useful) {
    const auto k = static_cast<Index>(kept.size());
    VectorXd rest(k);
    for (Index a = 0; a < k; ++a) {
      const Index i = kept[static_cast<std::size_t>(a)];
      rest[a] =
          start.information(i, j) / std::sqrt(start.information(i, i)) / std::sqrt(start.information(j, j));
    }
    const auto before = triangle.topLeftCorner(k, k).triangularView<Eigen::Lower>();
    if (k > 0) before.solveInPlace(rest);
    const double left = 1 - rest.squaredNorm();
    if (left > no_news) {
      triangle.row(k).head(k) = rest.transpose();
      triangle(k, k) = std::sqrt(left);
      kept.push_back(j);
      continue;
    }
    const VectorXd combination = before.transpose().solve(rest);
    CoxCoefficient& coefficient = coefficients[static_cast<std::size_t>(j)];
    coefficient.trouble = CoxTrouble::collinear;
    for (Index a = 0; a < k; ++a)
      if (std::abs(combination[a]) > 1e-4)
        coefficient.collinear_with.push_back(
            coefficients[static_cast<std::size_t>(kept[static_cast<std::size_t>(a)])].name);
  }
  return kept;
}

VectorXd penalties(const RiskSets& sets, const Eigen::Ref<const MatrixXd>& covariates,
                   const std::vector<Index>& columns, const CoxLikelihood& likelihood,
                   const CoxOptions& options) {
  VectorXd penalty = VectorXd::Zero(at(columns.size()));
  if (options.ridge == 0) return penalty;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    double variance = 1;
    if (options.ridge_per_deviation) {
      const auto column = covariates.col(columns[j]);
      double mean = 0;
      for (const std::uint32_t i : sets.row) mean += column[i] / static_cast<double>(sets.size());
      variance = 0;
      for (const std::uint32_t i : sets.row)
        variance += std::pow(column[i] - mean, 2) / static_cast<double>(sets.size() - 1);
    }
    penalty[at(j)] = options.ridge * variance / std::pow(likelihood.scale[at(j)], 2);
  }
  return penalty;
}

void fill_coefficient(CoxCoefficient& coefficient, double value, double variance,
                      std::optional<double> robust_variance, double quantile) {
  coefficient.value = value;
  coefficient.std_error = std::sqrt(variance);
  if (robust_variance) coefficient.robust_std_error = std::sqrt(*robust_variance);
  const double error = robust_variance ? *coefficient.robust_std_error : *coefficient.std_error;
  const double ratio = std::exp(value);
  if (std::isfinite(ratio) && ratio > 0) coefficient.hazard_ratio = ratio;
  if (!(error > 0)) return;  // residuals of each cluster may add up to 0, which is no certainty
  const double z = value / error;
  if (std::isfinite(z)) {
    coefficient.z = z;
    coefficient.p = normal_p_value(z);
  }
  const Interval interval{std::exp(value - quantile * error), std::exp(value + quantile * error)};
  if (coefficient.hazard_ratio && std::isfinite(interval.high)) coefficient.hazard_ratio_interval = interval;
}

void fill(CoxFit& fit, const RiskSets& sets, const SpellColumns& columns,
          const Eigen::Ref<const MatrixXd>& covariates, const std::vector<Index>& kept, Newton& newton,
          const CoxLikelihood::Derivatives& first) {
  const Index p = newton.b.size();
  const CoxOptions& options = fit.options;
  const Inverse inverse = inverse_of(newton);
  const MatrixXd& covariance = inverse.covariance;
  std::optional<MatrixXd> robust;
  if (options.robust || !columns.cluster.empty())
    robust = robust_covariance(sets, columns, newton.likelihood, covariance);
  const MatrixXd& decides = robust ? *robust : covariance;

  const bool is_separated = newton.separated.size() > 0;
  const double widest = is_separated ? newton.separated.cwiseAbs().maxCoeff() : 0;
  const double quantile = two_sided_quantile(options.confidence);
  for (Index j = 0; j < p; ++j) {
    CoxCoefficient& coefficient =
        fit.coefficients[static_cast<std::size_t>(kept[static_cast<std::size_t>(j)])];
    const bool takes = is_separated && std::abs(newton.separated[j]) > takes_part * widest;
    if (takes || (is_separated && inverse.without.row(j).cwiseAbs().maxCoeff() > takes_part)) {
      coefficient.trouble = CoxTrouble::separated;
      if (takes) coefficient.direction = newton.separated[j] > 0 ? 1 : -1;
      continue;
    }
    if (!(covariance(j, j) > 0 && std::isfinite(covariance(j, j)))) {
      coefficient.trouble = CoxTrouble::not_converged;
      continue;
    }
    const double unit = newton.likelihood.scale[j];
    fill_coefficient(coefficient, newton.b[j] / unit, covariance(j, j) / (unit * unit),
                     robust ? std::optional{(*robust)(j, j) / (unit * unit)} : std::nullopt, quantile);
    for (Index m = 0; m < p; ++m)
      fit.covariance(kept[static_cast<std::size_t>(j)], kept[static_cast<std::size_t>(m)]) =
          decides(j, m) / unit / newton.likelihood.scale[m];
  }
  for (const Index j : kept) {
    if (fit.coefficients[static_cast<std::size_t>(j)].trouble == CoxTrouble::none) continue;
    fit.covariance.row(j).setZero();
    fit.covariance.col(j).setZero();
  }

  if (p > 0) {
    const double degrees =
        options.ridge > 0 ? (newton.here.information * covariance).trace() : static_cast<double>(p);
    fit.likelihood_ratio_test = test_of(std::max(0.0, 2 * (fit.loglik - fit.loglik_null)), degrees);
    if (options.ridge == 0) {
      fit.score_test = test_of(quadratic_form(first.information, first.score), degrees);
      if (!is_separated) fit.wald_test = test_of(quadratic_form(decides, newton.b), degrees);
    }
  }
  if (is_separated) return;
  for (std::size_t s = 0; s < sets.strata.size(); ++s) {
    CoxBaseline baseline = newton.likelihood.baseline(s);
    baseline.centre = VectorXd::Zero(covariates.cols());
    MatrixXd lean = MatrixXd::Zero(baseline.lean.rows(), covariates.cols());
    for (Index j = 0; j < p; ++j) {
      const Index column = kept[static_cast<std::size_t>(j)];
      baseline.centre[column] = newton.likelihood.centre(at(s), j);
      lean.col(column) = baseline.lean.col(j) * newton.likelihood.scale[j];
    }
    baseline.lean = std::move(lean);
    fit.baselines.push_back(std::move(baseline));
  }
}

/// Of b'x as it was reckoned. Rows that are at risk on no day with departures make no pairs.
Concordance concordance_of(const RiskSets& sets, const SpellColumns& columns,
                           const CoxLikelihood& likelihood) {
  std::vector<double> score(columns.exit.size(), 0);
  for (std::size_t i = 0; i < sets.size(); ++i) score[sets.row[i]] = likelihood.linear_predictor(i);
  return concordance(columns, score);
}

}  // namespace

std::string reason(const CoxCoefficient& coefficient) {
  switch (coefficient.trouble) {
    case CoxTrouble::none: return {};
    case CoxTrouble::no_contrast:
      return coefficient.name + " is the same for who leaves and who stays whenever somebody leaves.";
    case CoxTrouble::collinear: {
      std::string others;
      for (const std::string& other : coefficient.collinear_with)
        others += (others.empty() ? "" : ", ") + other;
      return coefficient.name + " follows from " + others + " and says nothing new.";
    }
    case CoxTrouble::separated:
      if (coefficient.direction == 0)
        return "Where others are separated, nothing is left that says anything of " + coefficient.name + ".";
      return "The larger " + coefficient.name + " is" +
             (coefficient.direction > 0 ? ", the sooner" : ", the later") +
             " a customer leaves, without exception (others held equal): the data set its hazard ratio no " +
             (coefficient.direction > 0 ? "upper" : "lower") + " bound.";
    case CoxTrouble::no_events: return "Nobody left.";
    case CoxTrouble::not_converged: return "The steps towards the maximum of the likelihood did not arrive.";
  }
  return {};
}

CoxFit cox_regression(const SpellColumns& columns, const Eigen::Ref<const MatrixXd>& covariates,
                      const std::vector<std::string>& names, const CoxOptions& options) {
  const RiskSets sets{columns};
  require_covariates(columns, covariates, names);
  require_options(columns, options);

  CoxFit fit;
  fit.options = options;
  fit.rows = sets.rows;
  fit.never_at_risk = sets.never_at_risk;
  fit.events = sets.events;
  fit.covariance = MatrixXd::Zero(covariates.cols(), covariates.cols());
  for (const std::string& name : names) fit.coefficients.emplace_back().name = name;
  if (sets.events == 0) {
    for (CoxCoefficient& coefficient : fit.coefficients) coefficient.trouble = CoxTrouble::no_events;
    fit.converged = true;
    if (options.concordance) fit.concordance = Concordance{0, 0, 0, 0, 0, {}, {}};
    return fit;
  }

  std::vector<Index> kept(names.size());
  std::iota(kept.begin(), kept.end(), Index{0});
  double unit = 0;
  for (const RiskSets::Slot& slot : sets.slots) unit += slot.event_weight / static_cast<double>(sets.events);
  const auto begin = [&] {
    Newton newton{CoxLikelihood{sets, covariates, kept, options.ties},
                  {},
                  unit,
                  VectorXd::Zero(at(kept.size())),
                  {},
                  {}};
    newton.penalty = penalties(sets, covariates, kept, newton.likelihood, options);
    newton.likelihood.set(newton.b);
    newton.here = newton.likelihood.derivatives();
    return newton;
  };
  std::optional<Newton> started{begin()};
  std::vector<Index> useful =
      useful_columns(started->likelihood, started->here, options.ridge > 0, fit.coefficients);
  if (useful.size() < kept.size()) {
    kept = std::move(useful);
    started.emplace(begin());
  }
  Newton& newton = *started;
  fit.loglik_null = newton.likelihood.loglik();
  const CoxLikelihood::Derivatives first = newton.here;
  newton.run(options);
  fit.steps = newton.steps;
  fit.converged = newton.converged;
  fit.loglik = newton.likelihood.loglik();
  if (!newton.converged) {
    for (const Index j : kept)
      fit.coefficients[static_cast<std::size_t>(j)].trouble = CoxTrouble::not_converged;
    return fit;
  }
  fill(fit, sets, columns, covariates, kept, newton, first);
  if (options.concordance) fit.concordance = concordance_of(sets, columns, newton.likelihood);
  return fit;
}

std::optional<std::vector<CoxCurveRow>> predicted_survival(const CoxFit& fit,
                                                           const Eigen::Ref<const VectorXd>& x,
                                                           std::int32_t stratum) {
  if (x.size() != at(fit.coefficients.size()))
    throw Error(ErrorCode::out_of_range, "A curve needs a value for each covariate.");
  if (!x.allFinite()) throw Error(ErrorCode::bad_number, "A covariate is no number.");
  if (fit.baselines.empty()) return std::nullopt;
  const auto found = std::find_if(fit.baselines.begin(), fit.baselines.end(),
                                  [&](const CoxBaseline& baseline) { return baseline.stratum == stratum; });
  if (found == fit.baselines.end())
    throw Error(ErrorCode::out_of_range, "There is no stratum " + std::to_string(stratum) + ".");
  VectorXd away = x - found->centre;
  double log_ratio = 0;
  for (std::size_t j = 0; j < fit.coefficients.size(); ++j) {
    if (!fit.coefficients[j].value) away[at(j)] = 0;
    log_ratio += away[at(j)] * fit.coefficients[j].value.value_or(0);
  }
  const double ratio = std::exp(log_ratio);
  const double quantile = two_sided_quantile(fit.options.confidence);
  std::vector<CoxCurveRow> rows;
  for (std::size_t t = 0; t < found->time.size(); ++t) {
    const double at_centre = found->cumulative_hazard[t];
    const double hazard = ratio * at_centre;
    double variance = found->variance[t];
    if (away.size() > 0) {
      const VectorXd lean = at_centre * away - found->lean.row(at(t)).transpose();
      variance += lean.dot(fit.covariance * lean);
    }
    const double error = ratio * std::sqrt(std::max(0.0, variance));
    if (!std::isfinite(hazard) || !std::isfinite(error)) return std::nullopt;
    CoxCurveRow row{
        found->time[t], found->at_risk[t], found->events[t], hazard, error, std::exp(-hazard), {}};
    // log(-log S) is log of the cumulative hazard, with a standard error of error / hazard.
    const double factor = std::exp(quantile * error / hazard);
    if (row.survival > 0 && row.survival < 1 && std::isfinite(factor))
      row.interval = Interval{std::exp(-hazard * factor), std::exp(-hazard / factor)};
    rows.push_back(row);
  }
  return rows;
}

}  // namespace churn::inline v0
