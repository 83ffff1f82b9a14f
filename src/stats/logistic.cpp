#include <churn/stats/logistic.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <churn/core/error.hpp>

#include "stats/logistic_likelihood.hpp"
#include "stats/normal_quantile.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Information = LogisticLikelihood::Information;
using Margins = LogisticLikelihood::Margins;

/// What is left of a column, given the ones before it, if it is a combination of them.
constexpr double no_news = 1e-9;
/// A step in standard errors that is as good as none, if rounding allows no smaller one.
constexpr double flat = 1e-5;
/// A step that moves the linear predictor of some row by more may be one of many without end.
constexpr double wide = 0.1;
/// A start with less than this part of the information that there would be were chances all alike is of no use, and
/// an end with less may be none.
constexpr double flat_start = 1e-3;
constexpr double flat_end = 1e-7;
/// What part of the widest difference is no rounding of a direction.
constexpr double takes_part = 1e-6;
/// Less of a variance by clusters than this part of that by the information is rounding.
constexpr double rounding_of_scores = 1e-13;
/// How far out rows are put that a separated coefficient tells apart: chances of 1e-11 are as good as none.
constexpr double far_out = 25;
constexpr double too_far_out = 1e6;
/// The linear predictor where there is one outcome only: its chance is 1 to the last digit.
constexpr double certain = 40;

Index index(std::size_t i) { return static_cast<Index>(i); }

void require_rows(const Eigen::Ref<const MatrixXd>& x, const LogisticRows& rows,
                  const std::vector<std::string>& names) {
  const auto n = static_cast<std::size_t>(x.rows());
  const auto fits = [&](std::size_t length) { return length == 0 || length == n; };
  if (rows.outcome.size() != n || !fits(rows.weight.size()) || !fits(rows.offset.size()) ||
      !fits(rows.cluster.size()))
    throw Error(ErrorCode::out_of_range, "Covariates, outcomes, weights, offsets and clusters are as many.");
  if (names.size() != static_cast<std::size_t>(x.cols()))
    throw Error(ErrorCode::out_of_range, "Each covariate has a name.");
  if (!x.allFinite()) throw Error(ErrorCode::bad_number, "A covariate is no number.");
  if (std::any_of(rows.outcome.begin(), rows.outcome.end(), [](std::uint8_t y) { return y > 1; }))
    throw Error(ErrorCode::bad_number, "An outcome is 0 or 1.");
  if (!std::all_of(rows.weight.begin(), rows.weight.end(),
                   [](double weight) { return weight >= 0 && std::isfinite(weight); }))
    throw Error(ErrorCode::bad_number, "A weight is 0 or more, and finite.");
  if (!std::all_of(rows.offset.begin(), rows.offset.end(), [](double value) { return std::isfinite(value); }))
    throw Error(ErrorCode::bad_number, "An offset is no number.");
}

void require_options(const LogisticOptions& options) {
  if (!(options.ridge >= 0 && std::isfinite(options.ridge)))
    throw Error(ErrorCode::bad_number, "A ridge is 0 or more, and finite.");
  if (!(options.confidence > 0 && options.confidence < 1) ||
      !(options.tolerance > 0 && options.tolerance < 1))
    throw Error(ErrorCode::bad_number, "Confidence and tolerance are between 0 and 1.");
}

void require_start(const VectorXd& start, Index coefficients) {
  if (start.size() == 0) return;
  if (start.size() != coefficients)
    throw Error(ErrorCode::out_of_range, "A start has a value for the intercept and for each covariate.");
  if (!start.allFinite()) throw Error(ErrorCode::bad_number, "A start is no number.");
}

/// Directions of a sum of squares: those along which it has something, and those along which it has nothing.
struct Directions {
  MatrixXd some;
  MatrixXd none;
};
Directions directions_of(const MatrixXd& squares) {
  // As correlations, so that a column that hardly varies among these rows is not taken for one that does not.
  const VectorXd unit =
      squares.diagonal().unaryExpr([](double v) { return v > 1e-300 ? 1 / std::sqrt(v) : 1.0; });
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver{unit.asDiagonal() * squares * unit.asDiagonal()};
  const Index count = (solver.eigenvalues().array() <= no_news).count();  // smallest first
  if (count == 0) return {MatrixXd::Identity(squares.rows(), squares.cols()), MatrixXd(squares.rows(), 0)};
  const MatrixXd none = unit.asDiagonal() * solver.eigenvectors().leftCols(count);
  const MatrixXd basis = Eigen::HouseholderQR<MatrixXd>{none}.householderQ();
  return {basis.rightCols(basis.cols() - count), basis.leftCols(count)};
}

/// The inverse within a space, of a matrix that has one there.
MatrixXd inverse_within(const MatrixXd& matrix, const MatrixXd& space) {
  const MatrixXd inner = space.transpose() * matrix * space;
  const VectorXd unit = inner.diagonal().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  const MatrixXd scaled = unit.asDiagonal() * inner * unit.asDiagonal();
  const MatrixXd inverse =
      Eigen::LDLT<MatrixXd>(scaled).solve(MatrixXd::Identity(inner.rows(), inner.cols()));
  return space * (unit.asDiagonal() * inverse * unit.asDiagonal()) * space.transpose();
}

/// Directions in which there is less information than a part of what there would be were chances all alike.
MatrixXd flat_directions(const MatrixXd& information, const MatrixXd& alike, const MatrixXd& space,
                         double part) {
  const MatrixXd inner = space.transpose() * information * space;
  const Eigen::GeneralizedSelfAdjointEigenSolver<MatrixXd> solver{inner, space.transpose() * alike * space};
  const Index count = (solver.eigenvalues().array() <= part).count();  // smallest first
  return space * solver.eigenvectors().leftCols(count);
}

/// A direction along which the likelihood never falls, and how far from 0 rows are that it tells apart.
struct Recession {
  VectorXd direction;
  double beyond;
  double widest;
};

/// Newton's method, with what has been found out on the way.
struct Newton {
  LogisticLikelihood& likelihood;
  const LogisticOptions& options;
  double unit;         // mean weight, by which errors of no matter how small weights are told
  double variance;     // of outcomes
  MatrixXd squares{};  // the cross product of rows that are not settled
  VectorXd b{};
  LogisticLikelihood::Sums here{};
  MatrixXd space{};              // within which steps go
  MatrixXd without{};            // and what is not in it
  std::vector<VectorXd> ends{};  // directions without end, as they were found
  std::vector<double> widest{};  // and how far each moves a row
  std::size_t steps{0};
  bool converged{false};

  [[nodiscard]] VectorXd penalty() const {
    VectorXd penalty = VectorXd::Constant(likelihood.size(), options.ridge);
    penalty[0] = 0;
    return penalty;
  }
  [[nodiscard]] MatrixXd curvature() const {
    MatrixXd sum = here.information;
    sum.diagonal() += penalty();
    return sum;
  }
  [[nodiscard]] double height_of(const LogisticLikelihood::Sums& sums, const VectorXd& at) const {
    return sums.loglik - 0.5 * at.cwiseAbs2().dot(penalty());
  }
  void go_to(VectorXd place) {
    b = std::move(place);
    here = likelihood.at(b, Information::observed);
  }

  /// The step is halved until it goes up; false if nothing does.
  bool step(const VectorXd& whole) {
    const double before = height_of(here, b);
    // Rounding may take the last digits of a sum that is already at its top.
    const double rounding = 1e-13 * (unit + std::abs(before));
    double part = 1;
    for (int halving = 0; halving < 40; ++halving, part /= 2) {
      VectorXd there = b + part * whole;
      LogisticLikelihood::Sums sums = likelihood.at(there, Information::observed);
      if (!(height_of(sums, there) >= before - rounding) || !sums.score.allFinite() ||
          !sums.information.allFinite())
        continue;
      b = std::move(there);
      here = std::move(sums);
      return true;
    }
    return false;
  }

  [[nodiscard]] static Recession recession_of(VectorXd direction, const Margins& margins) {
    return {std::move(direction), LogisticLikelihood::nothing * margins.widest, margins.widest};
  }
  /// Whether the likelihood never falls along a step: as it is, or without what it moves rows by that it
  /// hardly moves, for while other coefficients are on their way a step is no such direction to the last
  /// digit.
  [[nodiscard]] std::optional<Recession> recession_along(const VectorXd& whole) const {
    if (likelihood.reach(whole) < wide) return std::nullopt;
    const Margins margins = likelihood.margins(whole);
    if (margins.widest < wide || margins.worst < -0.05 * margins.widest) return std::nullopt;
    if (margins.worst >= -LogisticLikelihood::nothing * margins.widest) return recession_of(whole, margins);
    // Rows that are not moved by it in the end are at most about as far off as the one furthest on the wrong side.
    const double off = std::max(-20 * margins.worst, 1e-6 * margins.widest);
    const MatrixXd free = directions_of(likelihood.cross_product_within(whole, off)).none;
    VectorXd cleaned = free * (free.transpose() * whole);
    if (cleaned.norm() < 1e-3 * whole.norm()) return std::nullopt;
    const Margins again = likelihood.margins(cleaned);
    if (again.worst < -LogisticLikelihood::nothing * again.widest) return std::nullopt;
    return recession_of(std::move(cleaned), again);
  }

  /// The same, of where it has come to if there is next to no information left: a step from there is rounding.
  [[nodiscard]] std::optional<Recession> recession_where_it_is_flat(const VectorXd& whole) const {
    const MatrixXd plain = flat_directions(here.information, variance * squares, space, flat_end);
    if (plain.cols() == 0) return std::nullopt;
    // Directions are of length 1 by the cross product.
    const MatrixXd onto = plain * plain.transpose() * squares;
    for (const VectorXd& candidate :
         {VectorXd{onto * b}, VectorXd{onto * whole}, VectorXd{plain.col(0)}, VectorXd{-plain.col(0)}}) {
      const double widest_there = likelihood.margins(candidate).widest;
      if (!(widest_there > 0) || !std::isfinite(widest_there)) continue;
      if (std::optional<Recession> recession = recession_along(candidate / widest_there)) return recession;
    }
    return std::nullopt;
  }

  /// Rows that a direction tells apart are as likely as can be at its end. What is left is a model of the other
  /// rows, of fewer dimensions.
  void follow(const Recession& recession) {
    likelihood.settle(recession.direction, recession.beyond);
    ends.push_back(recession.direction);
    widest.push_back(recession.widest);
    Directions directions =
        directions_of(likelihood.cross_product_within(recession.direction, recession.beyond));
    space = std::move(directions.some);
    without = std::move(directions.none);
    squares = likelihood.cross_product();
  }
  /// Rows that are told apart are put far out: those of the last direction first, for along it those of earlier
  /// ones may be moved back.
  void go_to_the_ends() {
    for (std::size_t k = ends.size(); k-- > 0;)
      b += std::min(likelihood.still_to_go(b, ends[k], k, far_out), too_far_out / widest[k]) * ends[k];
  }
  void follow_columns() {
    while (space.cols() > 0) {
      std::optional<VectorXd> direction = likelihood.separating_column();
      if (!direction) return;
      const Margins margins = likelihood.margins(*direction);
      follow(recession_of(std::move(*direction), margins));
    }
  }

  [[nodiscard]] bool may_have_no_end() const { return options.ridge == 0; }

  /// From a start, if it is of use: far out there may be no way back. `loglik` is that of the intercept alone.
  void begin(const VectorXd& start, double intercept, double loglik) {
    space = MatrixXd::Identity(likelihood.size(), likelihood.size());
    without = MatrixXd(likelihood.size(), 0);
    if (may_have_no_end()) follow_columns();
    VectorXd from = VectorXd::Zero(likelihood.size());
    from[0] = intercept;
    if (start.size() > 0) {
      if (!ends.empty()) loglik = likelihood.at(from, Information::observed).loglik;  // of the rows left
      go_to(start);
      if (height_of(here, b) >= loglik && here.score.allFinite() && here.information.allFinite() &&
          !is_flatter_than(flat_start))
        return;
    }
    go_to(std::move(from));
  }
  [[nodiscard]] bool is_flatter_than(double part) const {
    return may_have_no_end() && space.cols() > 0 &&
           flat_directions(here.information, variance * squares, space, part).cols() > 0;
  }
  void run() {
    double last_step = 1;
    while (true) {
      if (space.cols() == 0) {
        converged = true;
        return;
      }
      const VectorXd slope = here.score - penalty().cwiseProduct(b);
      const VectorXd whole = inverse_within(curvature(), space) * slope;
      if (!whole.allFinite()) return;
      const double in_errors = std::sqrt(std::max(0.0, whole.dot(slope) / unit));
      if (may_have_no_end()) {
        if (const std::optional<Recession> recession = recession_along(whole)) {
          follow(*recession);
          follow_columns();
          go_to(b);
          last_step = 1;
          continue;
        }
      }
      const bool arrives = in_errors <= options.tolerance ||
                           // as close as rounding lets it come, if steps don't get smaller
                           (in_errors < flat && last_step < flat && in_errors > 0.5 * last_step);
      if (arrives && may_have_no_end()) {
        if (const std::optional<Recession> recession = recession_where_it_is_flat(whole)) {
          follow(*recession);
          follow_columns();
          go_to(b);
          last_step = 1;
          continue;
        }
      }
      if (arrives) {
        // The likelihood there is known without another look.
        b += whole;
        here.loglik += 0.5 * whole.dot(slope);
        converged = true;
        return;
      }
      if (steps == options.max_steps) return;
      last_step = in_errors;
      if (!step(whole)) {
        converged = in_errors < flat;
        return;
      }
      ++steps;
    }
  }
};

/// Which columns have something to say, what is the matter with the others, and the cross product of the former.
std::vector<Index> useful_columns(LogisticLikelihood& likelihood, bool may_be_collinear, MatrixXd& squares,
                                  std::vector<LogisticCoefficient>& coefficients) {
  std::vector<Index> useful;
  for (Index j = 0; j < likelihood.deviation().size(); ++j) {
    if (likelihood.deviation()[j] > 0)
      useful.push_back(j);
    else
      coefficients[static_cast<std::size_t>(j) + 1].trouble = LogisticTrouble::constant;
  }
  likelihood.keep(useful);
  squares = likelihood.cross_product();
  if (may_be_collinear) return useful;
  const MatrixXd correlation = squares / likelihood.total_weight();
  // The triangle of Cholesky: a column is a row more if something of it is left.
  std::vector<Index> kept;
  std::vector<Index> place;
  MatrixXd triangle = MatrixXd::Zero(index(useful.size()), index(useful.size()));
  for (Index a = 0; a < index(useful.size()); ++a) {
    const Index k = index(kept.size());
    VectorXd rest(k);
    for (Index m = 0; m < k; ++m) rest[m] = correlation(place[static_cast<std::size_t>(m)] + 1, a + 1);
    if (k > 0) triangle.topLeftCorner(k, k).triangularView<Eigen::Lower>().solveInPlace(rest);
    const double left = 1 - rest.squaredNorm();
    const Index j = useful[static_cast<std::size_t>(a)];
    if (left > no_news) {
      triangle.row(k).head(k) = rest.transpose();
      triangle(k, k) = std::sqrt(left);
      kept.push_back(j);
      place.push_back(a);
      continue;
    }
    coefficients[static_cast<std::size_t>(j) + 1].trouble = LogisticTrouble::collinear;
  }
  place.insert(place.begin(), -1);
  MatrixXd rest(index(place.size()), index(place.size()));
  for (Index a = 0; a < rest.rows(); ++a)
    for (Index m = 0; m < rest.cols(); ++m)
      rest(a, m) = squares(place[static_cast<std::size_t>(a)] + 1, place[static_cast<std::size_t>(m)] + 1);
  squares = std::move(rest);
  return kept;
}

void fill_coefficient(LogisticCoefficient& coefficient, double value, std::optional<double> variance,
                      double quantile) {
  coefficient.value = value;
  const double ratio = std::exp(value);
  if (std::isfinite(ratio) && ratio > 0) coefficient.odds_ratio = ratio;
  if (!variance) return;
  coefficient.std_error = std::sqrt(*variance);
  const double error = *coefficient.std_error;
  const double z = value / error;
  if (std::isfinite(z)) {
    coefficient.z = z;
    coefficient.p = normal_p_value(z);
  }
  const Interval interval{std::exp(value - quantile * error), std::exp(value + quantile * error)};
  if (coefficient.odds_ratio && std::isfinite(interval.high)) coefficient.odds_ratio_interval = interval;
}

/// Of b, by the inverse of the information.
std::optional<MatrixXd> covariance_of(const Newton& newton, const LogisticRows& rows,
                                      const MatrixXd& inverse) {
  if (!rows.cluster.empty()) {
    const LogisticLikelihood::Clusters clusters = newton.likelihood.clusters(newton.b);
    if (clusters.count < 2) return std::nullopt;
    const auto count = static_cast<double>(clusters.count);
    return MatrixXd{inverse * clusters.squares * inverse * (count / (count - 1))};
  }
  if (newton.options.ridge > 0) return MatrixXd{inverse * newton.here.information * inverse};
  return inverse;
}

/// From b to the coefficients in units of x: the first row takes the centres out of the intercept.
MatrixXd units_of(const LogisticLikelihood& likelihood) {
  MatrixXd units = MatrixXd::Zero(likelihood.size(), likelihood.size());
  units(0, 0) = 1;
  for (Index a = 1; a < likelihood.size(); ++a) {
    const Index j = likelihood.kept()[static_cast<std::size_t>(a - 1)];
    units(a, a) = 1 / likelihood.deviation()[j];
    units(0, a) = -likelihood.mean()[j] / likelihood.deviation()[j];
  }
  return units;
}

/// Of a row of units, what part of a direction it takes, and which sign that has.
int part_of(const Eigen::RowVectorXd& units, const VectorXd& direction) {
  const double size = units.cwiseAbs().dot(direction.cwiseAbs());
  const double part = units.dot(direction);
  const double least = takes_part * std::max(size, units.norm() * direction.norm());
  return std::abs(part) > least ? (part > 0 ? 1 : -1) : 0;
}

void fill(LogisticFit& fit, const LogisticRows& rows, const Newton& newton) {
  const LogisticLikelihood& likelihood = newton.likelihood;
  const MatrixXd units = units_of(likelihood);
  const VectorXd beta = units * newton.b;
  std::vector<std::size_t> place{0};
  for (const Index j : likelihood.kept()) place.push_back(static_cast<std::size_t>(j) + 1);
  for (std::size_t a = 0; a < place.size(); ++a) fit.beta[index(place[a])] = beta[index(a)];
  if (!newton.converged) {
    for (const std::size_t a : place) fit.coefficients[a].trouble = LogisticTrouble::not_converged;
    return;
  }

  const MatrixXd inverse = inverse_within(newton.curvature(), newton.space);
  const std::optional<MatrixXd> in_deviations = covariance_of(newton, rows, inverse);
  const MatrixXd covariance = in_deviations ? MatrixXd{units * *in_deviations * units.transpose()}
                                            : MatrixXd{MatrixXd::Zero(likelihood.size(), likelihood.size())};
  const double quantile = two_sided_quantile(fit.options.confidence);
  std::vector<bool> has_error_of(place.size(), false);
  for (std::size_t a = 0; a < place.size(); ++a) {
    LogisticCoefficient& coefficient = fit.coefficients[place[a]];
    const Eigen::RowVectorXd unit = units.row(index(a));
    bool is_open = false;
    for (Index d = 0; d < newton.without.cols(); ++d) is_open |= part_of(unit, newton.without.col(d)) != 0;
    for (const VectorXd& end : newton.ends)
      if (coefficient.direction == 0) coefficient.direction = part_of(unit, end);
    if (is_open || coefficient.direction != 0) {
      coefficient.trouble = LogisticTrouble::separated;
      continue;
    }
    const double plain = unit.dot(inverse * unit.transpose());
    const double variance = covariance(index(a), index(a));
    if (!(plain > 0 && std::isfinite(plain)) || !std::isfinite(variance)) {
      coefficient.trouble = LogisticTrouble::not_converged;
      continue;
    }
    // Scores of each cluster may add up to nothing but rounding, which is no certainty.
    const bool has_error = in_deviations && variance > rounding_of_scores * plain;
    has_error_of[a] = has_error;
    fill_coefficient(coefficient, beta[index(a)], has_error ? std::optional{variance} : std::nullopt,
                     quantile);
  }
  for (std::size_t a = 0; a < place.size(); ++a)
    for (std::size_t m = 0; m < place.size(); ++m)
      if (has_error_of[a] && has_error_of[m])
        fit.covariance(index(place[a]), index(place[m])) = covariance(index(a), index(m));
}

/// The log-likelihood of the intercept alone, and where it is.
std::pair<double, double> null_model(LogisticLikelihood& likelihood, const LogisticRows& rows,
                                     const LogisticOptions& options) {
  const double all = likelihood.total_weight();
  const double yes = likelihood.yes_weight();
  const double b = linear_of_probability(options.link, yes / all);
  if (rows.offset.empty()) return {yes * std::log(yes / all) + (all - yes) * std::log1p(-yes / all), b};
  likelihood.keep({});
  LogisticOptions plain = options;
  plain.ridge = 0;
  plain.max_steps = 200;
  Newton newton{likelihood, plain, all / static_cast<double>(likelihood.rows()), yes / all * (1 - yes / all),
                MatrixXd::Constant(1, 1, all)};
  double mean = 0;
  for (std::size_t i = 0; i < rows.offset.size(); ++i)
    mean += (rows.weight.empty() ? 1 : rows.weight[i]) / all * rows.offset[i];
  newton.begin({}, b - mean, 0);
  newton.run();
  return {newton.here.loglik, newton.b[0]};
}

/// In units of the likelihood: centred and scaled.
VectorXd scaled_start(const VectorXd& start, const LogisticLikelihood& likelihood) {
  if (start.size() == 0) return {};
  VectorXd b(likelihood.size());
  b[0] = start[0];
  for (Index a = 1; a < likelihood.size(); ++a) {
    const Index j = likelihood.kept()[static_cast<std::size_t>(a - 1)];
    b[0] += likelihood.mean()[j] * start[j + 1];
    b[a] = likelihood.deviation()[j] * start[j + 1];
  }
  return b.allFinite() ? b : VectorXd{};
}

void only_one_outcome(LogisticFit& fit) {
  for (LogisticCoefficient& coefficient : fit.coefficients)
    coefficient.trouble = LogisticTrouble::one_outcome;
  if (fit.rows > 0) fit.beta[0] = fit.events > 0 ? certain : -certain;
  fit.converged = true;
}

}  // namespace

std::string reason(const LogisticCoefficient& coefficient) {
  switch (coefficient.trouble) {
    case LogisticTrouble::none: return {};
    case LogisticTrouble::constant: return coefficient.name + " is the same in all rows.";
    case LogisticTrouble::collinear:
      return coefficient.name + " follows from the columns before it and says nothing new.";
    case LogisticTrouble::separated:
      if (coefficient.direction == 0)
        return "Where others are separated, nothing is left that says anything of " + coefficient.name + ".";
      return "The likelihood grows without end as the coefficient of " + coefficient.name +
             (coefficient.direction > 0 ? " grows" : " falls") +
             ": with it (others held equal), outcomes are told apart without exception.";
    case LogisticTrouble::one_outcome: return "All rows have the same outcome: nothing can be compared.";
    case LogisticTrouble::not_converged:
      return "The steps towards the maximum of the likelihood did not arrive.";
  }
  return {};
}

double LogisticFit::linear(const Eigen::Ref<const VectorXd>& x, double offset) const {
  if (x.size() + 1 != beta.size())
    throw Error(ErrorCode::out_of_range, "A chance needs a value for each covariate.");
  if (!x.allFinite() || !std::isfinite(offset))
    throw Error(ErrorCode::bad_number, "A covariate or an offset is no number.");
  return offset + beta[0] + beta.tail(x.size()).dot(x);
}

double LogisticFit::probability(const Eigen::Ref<const VectorXd>& x, double offset) const {
  return probability_of_linear(options.link, linear(x, offset));
}

VectorXd LogisticFit::probabilities(const Eigen::Ref<const MatrixXd>& x) const {
  if (x.cols() + 1 != beta.size())
    throw Error(ErrorCode::out_of_range, "A chance needs a value for each covariate.");
  if (!x.allFinite()) throw Error(ErrorCode::bad_number, "A covariate is no number.");
  VectorXd p = VectorXd::Constant(x.rows(), beta[0]);
  p.noalias() += x * beta.tail(x.cols());
  for (double& value : p) value = probability_of_linear(options.link, value);
  return p;
}

LogisticFit logistic_regression(const Eigen::Ref<const MatrixXd>& x, const LogisticRows& rows,
                                const std::vector<std::string>& names, const LogisticOptions& options,
                                const VectorXd& start) {
  require_rows(x, rows, names);
  require_options(options);
  require_start(start, x.cols() + 1);

  LogisticLikelihood likelihood{x, rows, options.link};
  LogisticFit fit;
  fit.options = options;
  fit.rows = likelihood.rows();
  fit.events = likelihood.yes_weight();
  fit.beta = VectorXd::Zero(x.cols() + 1);
  fit.covariance = MatrixXd::Zero(x.cols() + 1, x.cols() + 1);
  fit.coefficients.resize(names.size() + 1);
  fit.coefficients[0].name = "(intercept)";
  for (std::size_t j = 0; j < names.size(); ++j) fit.coefficients[j + 1].name = names[j];
  if (!(likelihood.yes_weight() > 0) || !(likelihood.yes_weight() < likelihood.total_weight())) {
    only_one_outcome(fit);
    return fit;
  }

  const double unit = likelihood.total_weight() / static_cast<double>(fit.rows);
  const double rate = likelihood.yes_weight() / likelihood.total_weight();
  const double variance = rate * (1 - rate);
  double intercept = 0;
  std::tie(fit.loglik_null, intercept) = null_model(likelihood, rows, options);
  MatrixXd squares;
  likelihood.keep(useful_columns(likelihood, options.ridge > 0, squares, fit.coefficients));
  Newton newton{likelihood, options, unit, variance, std::move(squares)};
  newton.begin(scaled_start(start, likelihood), intercept, fit.loglik_null);
  newton.run();
  newton.go_to_the_ends();
  fit.steps = newton.steps;
  fit.converged = newton.converged;
  fit.loglik = newton.here.loglik;
  fit.deviance = -2 * fit.loglik;
  // Standard errors of cloglog are by the expected information, as those of others are.
  if (newton.converged && options.link == LogisticLink::cloglog)
    newton.here = likelihood.at(newton.b, Information::expected);
  fill(fit, rows, newton);
  return fit;
}

}  // namespace churn::inline v0
