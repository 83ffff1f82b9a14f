#include <churn/stats/quasi_poisson.hpp>

#include <Eigen/Cholesky>
#include <boost/math/special_functions/log1p.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <churn/core/error.hpp>

#include "stats/compensated_sum.hpp"
#include "stats/maths_policy.hpp"
#include "stats/normal_quantile.hpp"
#include "stats/student_t.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A column that varies by less than this part of its size, or by less at all, is constant but for rounding.
constexpr double same_but_for_rounding = 1e-12;
constexpr double no_range = 1e-100;
constexpr double widest_covariate = 1e100;
/// What is left of a column, given the ones before it, if it is a combination of them.
constexpr double nothing_new = 1e-8;
/// What part of the largest is no rounding: of a combination, of what moves a row, of a row that is moved the right
/// way, and of what is left where a direction is in a cone.
constexpr double part_that_is_rounding = 1e-9;
constexpr double moves_no_row = 1e-9;
constexpr double wrong_way = 1e-7;
constexpr double follows_from = 1e-6;
/// A step in standard errors that is as good as none, if rounding allows no smaller one; and one in logarithms of
/// expected counts that is none.
constexpr double next_to_none = 1e-5;
constexpr double moves_no_count = 1e-13;
/// What is added to counts for a start, so that 0 has a logarithm: as R does.
constexpr double above_nothing = 0.1;
/// Less than this part of the events is no misfit, and less of a variance than this part of one that is no rounding.
constexpr double no_misfit = 1e-20;
constexpr double no_variance = 1e-13;

Index signed_index(std::size_t i) { return static_cast<Index>(i); }

void require_counts(const Eigen::Ref<const MatrixXd>& x, const QuasiPoissonRows& rows,
                    const std::vector<std::string>& names) {
  const auto n = static_cast<std::size_t>(x.rows());
  const auto fits = [&](std::size_t length) { return length == 0 || length == n; };
  if (rows.count.size() != n || !fits(rows.exposure.size()) || !fits(rows.cluster.size()))
    throw Error(ErrorCode::out_of_range, "Covariates, counts, exposures and clusters are as many.");
  if (names.size() != static_cast<std::size_t>(x.cols()))
    throw Error(ErrorCode::out_of_range, "Each covariate has a name.");
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i)
      if (!(std::abs(x(i, j)) <= widest_covariate))
        throw Error(ErrorCode::bad_number, "A covariate is no number, or beyond 1e100.");
  const auto is_size = [](double value) { return value >= 0 && std::isfinite(value); };
  if (!std::all_of(rows.count.begin(), rows.count.end(), is_size))
    throw Error(ErrorCode::bad_number, "A count is 0 or more, and finite.");
  if (!std::all_of(rows.exposure.begin(), rows.exposure.end(), is_size))
    throw Error(ErrorCode::bad_number, "An exposure is 0 or more, and finite.");
  for (std::size_t i = 0; i < rows.exposure.size(); ++i)
    if (rows.exposure[i] == 0 && rows.count[i] > 0)
      throw Error(ErrorCode::bad_number, "Without exposure nothing can be counted.");
}

void require_quasi_poisson_options(const QuasiPoissonOptions& options) {
  if (!(options.confidence > 0 && options.confidence < 1) ||
      !(options.tolerance > 0 && options.tolerance < 1))
    throw Error(ErrorCode::bad_number, "Confidence and tolerance are between 0 and 1.");
}

/// Rows with exposure, whose logarithms are shifted by their mean.
struct ExposedRows {
  std::vector<std::size_t> row{};
  VectorXd count{};
  VectorXd log_exposure{};
  double shift{0};
  double events{0};
};
ExposedRows exposed_rows(const QuasiPoissonRows& rows) {
  ExposedRows exposed;
  for (std::size_t i = 0; i < rows.count.size(); ++i)
    if (rows.exposure.empty() || rows.exposure[i] > 0) exposed.row.push_back(i);
  const Index n = signed_index(exposed.row.size());
  exposed.count.resize(n);
  exposed.log_exposure.resize(n);
  CompensatedSum events;
  CompensatedSum shift;
  for (Index i = 0; i < n; ++i) {
    const std::size_t row = exposed.row[static_cast<std::size_t>(i)];
    exposed.count[i] = rows.count[row];
    exposed.log_exposure[i] = rows.exposure.empty() ? 0 : std::log(rows.exposure[row]);
    events.add(exposed.count[i]);
    shift.add(exposed.log_exposure[i] / static_cast<double>(n));
  }
  exposed.events = events.value();
  if (!std::isfinite(exposed.events))
    throw Error(ErrorCode::bad_number, "The sum of counts is beyond a double.");
  exposed.shift = shift.value();
  exposed.log_exposure.array() -= exposed.shift;
  return exposed;
}

/// A column of ones, and covariates less their first value, in units of what is largest then. So what is 0 or 1 stays
/// exactly so, and dates lose no digits.
struct ShiftedColumns {
  MatrixXd values;
  VectorXd centre;
  VectorXd unit;
};
ShiftedColumns shifted_columns(const Eigen::Ref<const MatrixXd>& x, const ExposedRows& exposed) {
  const Index n = signed_index(exposed.row.size());
  ShiftedColumns columns{MatrixXd::Ones(n, x.cols() + 1), VectorXd::Zero(x.cols() + 1),
                         VectorXd::Ones(x.cols() + 1)};
  for (Index j = 0; j < x.cols(); ++j) {
    const double first = x(signed_index(exposed.row.front()), j);
    double range = 0;
    for (const std::size_t row : exposed.row)
      range = std::max(range, std::abs(x(signed_index(row), j) - first));
    columns.centre[j + 1] = first;
    const bool is_constant = range < no_range || range <= same_but_for_rounding * std::abs(first);
    if (!is_constant) columns.unit[j + 1] = range;
    for (Index i = 0; i < n; ++i) {
      const double value = x(signed_index(exposed.row[static_cast<std::size_t>(i)]), j);
      columns.values(i, j + 1) = is_constant ? 0 : (value - first) / range;
    }
  }
  return columns;
}

/// Columns that are not combinations of those before them, made orthogonal, and what the others are combinations of.
struct Orthogonal {
  MatrixXd q;               // of length 1
  MatrixXd triangle;        // columns kept = q x triangle
  std::vector<Index> kept;  // which they are
  MatrixXd idle;            // a column a combination of columns that is 0 in all rows
};
Orthogonal orthogonal(const MatrixXd& columns) {
  const Index most = std::min(columns.rows(), columns.cols());
  Orthogonal result{MatrixXd(columns.rows(), most), MatrixXd::Zero(most, most), {}, {}};
  std::vector<VectorXd> idle;
  for (Index j = 0; j < columns.cols(); ++j) {
    const Index k = signed_index(result.kept.size());
    VectorXd rest = columns.col(j);
    VectorXd parts = VectorXd::Zero(most);
    const double size = rest.norm();
    double about_mean = size;
    for (int pass = 0; pass < 2; ++pass)  // twice is enough (B. N. Parlett, The Symmetric Eigenvalue Problem)
      for (Index a = 0; a < k; ++a) {
        const double part = result.q.col(a).dot(rest);
        rest -= part * result.q.col(a);
        parts[a] += part;
        if (pass == 0 && a == 0) about_mean = rest.norm();
      }
    const double left = rest.norm();
    if (k < most && left > nothing_new * about_mean && about_mean > same_but_for_rounding * size) {
      result.q.col(k) = rest / left;
      result.triangle.col(k) = parts;
      result.triangle(k, k) = left;
      result.kept.push_back(j);
      continue;
    }
    VectorXd combination = VectorXd::Zero(columns.cols());
    combination[j] = 1;
    if (k > 0) {
      const VectorXd of =
          result.triangle.topLeftCorner(k, k).triangularView<Eigen::Upper>().solve(VectorXd{parts.head(k)});
      for (Index a = 0; a < k; ++a) combination[result.kept[static_cast<std::size_t>(a)]] = -of[a];
    }
    const double rounded_off = part_that_is_rounding * combination.cwiseAbs().maxCoeff();
    for (double& part : combination)
      if (std::abs(part) < rounded_off) part = 0;
    idle.push_back(std::move(combination));
  }
  const Index k = signed_index(result.kept.size());
  result.q.conservativeResize(Eigen::NoChange, k);
  result.triangle.conservativeResize(k, k);
  result.idle.resize(columns.cols(), signed_index(idle.size()));
  for (std::size_t d = 0; d < idle.size(); ++d) result.idle.col(signed_index(d)) = idle[d];
  return result;
}

MatrixXd rows_of(const MatrixXd& matrix, const std::vector<Index>& which) {
  MatrixXd result(signed_index(which.size()), matrix.cols());
  for (std::size_t i = 0; i < which.size(); ++i) result.row(signed_index(i)) = matrix.row(which[i]);
  return result;
}
MatrixXd columns_of(const MatrixXd& matrix, const std::vector<Index>& which) {
  MatrixXd result(matrix.rows(), signed_index(which.size()));
  for (std::size_t j = 0; j < which.size(); ++j) result.col(signed_index(j)) = matrix.col(which[j]);
  return result;
}
VectorXd values_of(const VectorXd& vector, const std::vector<Index>& which) {
  VectorXd result(signed_index(which.size()));
  for (std::size_t i = 0; i < which.size(); ++i) result[signed_index(i)] = vector[which[i]];
  return result;
}

/// Rows of length 1, with weights above 0: what of a cone is taken for a sum.
struct WeightedRows {
  std::vector<Index> row{};
  VectorXd weight{};

  /// From these weights towards others as far as all are 0 or more, and without those that are 0 then.
  void go_towards(const VectorXd& other) {
    double part = 1;
    Index first = -1;
    for (Index i = 0; i < weight.size(); ++i) {
      if (other[i] > 0) continue;
      const double until = weight[i] > 0 ? weight[i] / (weight[i] - other[i]) : 0;
      if (first < 0 || until < part) first = i;
      part = std::min(part, until);
    }
    weight += part * (other - weight);
    if (first >= 0) weight[first] = 0;
    std::vector<Index> still;
    std::vector<Index> where;
    for (Index i = 0; i < weight.size(); ++i) {
      if (!(weight[i] > 0)) continue;
      still.push_back(row[static_cast<std::size_t>(i)]);
      where.push_back(i);
    }
    row = std::move(still);
    weight = values_of(weight, where);
  }
  /// One more row, and the weights by which their sum is closest to a target; what is left of that.
  VectorXd take(Index another, const MatrixXd& rows, const VectorXd& target) {
    row.push_back(another);
    weight.conservativeResize(weight.size() + 1);
    weight[weight.size() - 1] = 0;
    while (!row.empty()) {
      const MatrixXd spanned = rows_of(rows, row).transpose();
      const VectorXd closest =
          Eigen::LDLT<MatrixXd>{spanned.transpose() * spanned}.solve(spanned.transpose() * target);
      if (closest.minCoeff() > 0) {
        weight = closest;
        return target - spanned * weight;
      }
      go_towards(closest);
    }
    return target;
  }
};

/// What is left of a target, less the sum of rows (of length 1) with weights of 0 or more that is closest to it: Lawson
/// and Hanson's algorithm. Nothing, if it is in the cone of rows; else no row goes along with what is left.
VectorXd left_beside_cone(const MatrixXd& rows, const VectorXd& target) {
  const Index k = target.size();
  WeightedRows taken;
  VectorXd rest = target;
  const double none = 1e-13 * target.norm();
  for (Index round = 0; round < 20 * (k + 5) && signed_index(taken.row.size()) < k; ++round) {
    VectorXd pull = rows * rest;
    for (const Index i : taken.row) pull[i] = 0;
    Index best = 0;
    if (!(pull.maxCoeff(&best) > none)) break;
    VectorXd after = taken.take(best, rows, target);
    if (!(after.norm() < (1 - 1e-14) * rest.norm())) break;  // rounding, which might go round in circles
    rest = std::move(after);
  }
  return rest;
}

/// Which rows have an expected count of 0 in the limit. The likelihood has no end where some combination of columns is
/// 0 in all rows with a count, and nowhere above 0 in the others.
struct Settling {
  std::vector<Index> rest{};  // rows that are not settled
  MatrixXd free{};            // a column a combination that is 0 in all rows with a count
  MatrixXd moves{};           // what those do to rows without one, a row of length 1 each
};
Settling settle(const MatrixXd& columns, const VectorXd& count) {
  Settling result;
  std::vector<Index> some;
  std::vector<Index> none;
  for (Index i = 0; i < count.size(); ++i) (count[i] > 0 ? some : none).push_back(i);
  result.rest.resize(static_cast<std::size_t>(count.size()));
  std::iota(result.rest.begin(), result.rest.end(), Index{0});
  if (none.empty()) return result;
  result.free = orthogonal(rows_of(columns, some)).idle;
  if (result.free.cols() == 0) return result;
  for (Index d = 0; d < result.free.cols(); ++d)
    result.free.col(d) /= result.free.col(d).cwiseAbs().maxCoeff();

  const MatrixXd all_moves = rows_of(columns, none) * result.free;
  std::vector<Index> moved;  // in `none`
  for (Index i = 0; i < all_moves.rows(); ++i)
    if (all_moves.row(i).norm() > moves_no_row) moved.push_back(i);
  if (moved.empty()) return result;
  result.moves = rows_of(all_moves, moved);
  for (Index i = 0; i < result.moves.rows(); ++i) result.moves.row(i).normalize();

  std::vector<char> is_settled(static_cast<std::size_t>(count.size()), 0);
  std::vector<Index> open(moved.size());  // in `moved`
  std::iota(open.begin(), open.end(), Index{0});
  while (!open.empty()) {
    const MatrixXd moves = rows_of(result.moves, open);
    // Either weights above 0 make a sum of rows 0, or a direction has all rows at 0 or more, and some above.
    const VectorXd target = -moves.colwise().mean().transpose();
    const VectorXd direction = -left_beside_cone(moves, target);
    const VectorXd by = moves * direction;
    const double widest = by.maxCoeff();
    if (!(widest > 1e-13) || by.minCoeff() < -wrong_way * widest) break;
    std::vector<Index> still;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (by[signed_index(i)] > wrong_way * widest)
        is_settled[static_cast<std::size_t>(
            none[static_cast<std::size_t>(moved[static_cast<std::size_t>(open[i])])])] = 1;
      else
        still.push_back(open[i]);
    }
    open = std::move(still);
  }
  result.rest.clear();
  for (Index i = 0; i < count.size(); ++i)
    if (is_settled[static_cast<std::size_t>(i)] == 0) result.rest.push_back(i);
  return result;
}

/// Which way a coefficient, by its part in each free combination, goes whichever way the likelihood grows; 0 if that is
/// not said.
int forced_direction(const Settling& settling, const VectorXd& parts) {
  const double size = parts.norm();
  if (!(size > 0)) return 0;
  const bool falls = left_beside_cone(settling.moves, parts).norm() <= follows_from * size;
  const bool grows = left_beside_cone(settling.moves, -parts).norm() <= follows_from * size;
  return falls == grows ? 0 : (grows ? 1 : -1);
}

/// The R of a QR decomposition, by which the cross product is R'R; empty if that is singular.
std::optional<MatrixXd> triangle_of(MatrixXd columns) {
  MatrixXd triangle = MatrixXd::Zero(columns.cols(), columns.cols());
  for (Index j = 0; j < columns.cols(); ++j) {
    triangle(j, j) = columns.col(j).norm();
    if (!(triangle(j, j) > 0) || !std::isfinite(triangle(j, j))) return std::nullopt;
    columns.col(j) /= triangle(j, j);
    for (Index m = j + 1; m < columns.cols(); ++m) {
      triangle(j, m) = columns.col(j).dot(columns.col(m));
      columns.col(m) -= triangle(j, m) * columns.col(j);
    }
  }
  return triangle;
}
VectorXd solve_cross_product(const MatrixXd& triangle, const VectorXd& right) {
  const auto upper = triangle.triangularView<Eigen::Upper>();
  return upper.solve(VectorXd{upper.transpose().solve(right)});
}

/// Where Newton's method is.
struct CountPlace {
  VectorXd b{};
  VectorXd expected{};
  double loglik{0};  // less what does not depend on b
  double size{0};    // of its terms
};

/// Newton's method, of a model whose columns are orthogonal and tell apart no rows that count nothing.
struct CountNewton {
  const MatrixXd& q;
  const VectorXd& count;
  const VectorXd& offset;
  CountPlace here{};
  MatrixXd triangle{};  // R'R is the information
  std::size_t steps{0};
  bool converged{false};

  /// Empty where numbers run over.
  [[nodiscard]] std::optional<CountPlace> at(VectorXd b) const {
    CountPlace place{std::move(b)};
    place.expected = q * place.b + offset;
    CompensatedSum sum;
    CompensatedSum size;
    for (Index i = 0; i < count.size(); ++i) {
      const double linear = place.expected[i];
      place.expected[i] = std::exp(linear);
      sum.add(count[i] * linear);
      sum.add(-place.expected[i]);
      size.add(std::abs(count[i] * linear) + place.expected[i]);
    }
    place.loglik = sum.value();
    place.size = size.value();
    if (!std::isfinite(place.loglik) || !std::isfinite(place.size)) return std::nullopt;
    return place;
  }
  /// One rate for all. The first of the orthogonal columns is constant.
  [[nodiscard]] std::optional<CountPlace> at_one_rate() const {
    const double largest = offset.maxCoeff();
    CompensatedSum exposure;
    for (const double value : offset) exposure.add(std::exp(value - largest));
    VectorXd b = VectorXd::Zero(q.cols());
    b[0] = (std::log(count.sum()) - std::log(exposure.value()) - largest) / q(0, 0);
    return at(std::move(b));
  }
  /// What a linear regression of logarithms says.
  [[nodiscard]] std::optional<CountPlace> by_logarithms() const {
    const VectorXd weight = count.array() + above_nothing;
    const VectorXd logs = weight.array().log() - offset.array();
    const std::optional<MatrixXd> weighted = triangle_of(weight.cwiseSqrt().asDiagonal() * q);
    if (!weighted) return std::nullopt;
    VectorXd b = solve_cross_product(*weighted, q.transpose() * VectorXd{weight.cwiseProduct(logs)});
    return at(std::move(b));
  }
  bool begin() {
    std::optional<CountPlace> place = at_one_rate();
    std::optional<CountPlace> other = by_logarithms();
    if (other && (!place || other->loglik > place->loglik)) place = std::move(other);
    if (place) here = std::move(*place);
    return place.has_value();
  }
  bool look() {
    std::optional<MatrixXd> found = triangle_of(here.expected.cwiseSqrt().asDiagonal() * q);
    if (found) triangle = std::move(*found);
    return found.has_value();
  }
  /// The step is halved until it goes up; false if nothing does.
  bool step(const VectorXd& whole) {
    const double as_high = here.loglik - 1e-14 * here.size;  // rounding may take the last digits
    double part = 1;
    for (int halving = 0; halving < 60; ++halving, part /= 2) {
      std::optional<CountPlace> there = at(here.b + part * whole);
      if (!there || there->loglik < as_high) continue;
      here = std::move(*there);
      return true;
    }
    return false;
  }
  void run(const QuasiPoissonOptions& options) {
    if (!begin()) return;
    double last_step = 1;
    while (look()) {
      const VectorXd score = q.transpose() * (count - here.expected);
      const VectorXd whole = solve_cross_product(triangle, score);
      if (!whole.allFinite()) return;
      const double in_errors = std::sqrt(std::max(0.0, whole.dot(score)));
      const bool arrives =
          in_errors <= options.tolerance || (q * whole).cwiseAbs().maxCoeff() <= moves_no_count ||
          // as close as rounding lets it come, if steps don't get smaller
          (in_errors < next_to_none && last_step < next_to_none && in_errors > 0.5 * last_step);
      if (arrives) {
        std::optional<CountPlace> there = at(here.b + whole);
        if (there) here = std::move(*there);
        converged = there && look();
        return;
      }
      if (steps == options.max_steps) return;
      last_step = in_errors;
      if (!step(whole)) {
        converged = in_errors < next_to_none;
        return;
      }
      ++steps;
    }
  }
};

/// count log(count / expected) - (count - expected), with its digits where they are nearly the same.
double deviance_of(double count, double expected) {
  if (count == 0) return expected;
  const double off = (expected - count) / count;
  // Above -1 but for what ran under, which is no step of the likelihood.
  return off > -1 ? -count * boost::math::log1pmx(off, MathsPolicy{})
                  : std::numeric_limits<double>::infinity();
}

double null_deviance_of(const ExposedRows& exposed) {
  const double largest = exposed.log_exposure.maxCoeff();
  const VectorXd exposure = (exposed.log_exposure.array() - largest).exp();
  const double rate = exposed.events / exposure.sum();
  CompensatedSum sum;
  for (Index i = 0; i < exposure.size(); ++i) sum.add(2 * deviance_of(exposed.count[i], rate * exposure[i]));
  return sum.value();
}

/// What t, p and intervals are made by: no degrees of freedom are a normal distribution.
template <class Estimate>
void fill_estimate(Estimate& estimate, double value, std::optional<double> std_error,
                   std::optional<double> degrees_of_freedom, double confidence) {
  estimate.value = value;
  const double ratio = std::exp(value);
  if (std::isfinite(ratio) && ratio > 0) estimate.rate_ratio = ratio;
  if (!std_error) return;
  const double t = value / *std_error;
  if (std::isfinite(t)) {
    estimate.t = t;
    estimate.p = degrees_of_freedom ? student_p_value(t, *degrees_of_freedom) : normal_p_value(t);
  }
  const double quantile = degrees_of_freedom ? two_sided_student_quantile(confidence, *degrees_of_freedom)
                                             : two_sided_quantile(confidence);
  const Interval interval{std::exp(value - quantile * *std_error), std::exp(value + quantile * *std_error)};
  if (estimate.rate_ratio && std::isfinite(interval.high)) estimate.rate_ratio_interval = interval;
}

/// The model while it is made: which columns it has, and how to get from orthogonal ones to coefficients.
struct ColumnsModel {
  ExposedRows exposed;
  ShiftedColumns columns;
  Orthogonal all{};  // of all rows and columns
  Settling settling{};
  Orthogonal remaining{};  // of rows not settled, and columns kept in `all`
  VectorXd count{};        // of rows not settled
  VectorXd offset{};
  std::vector<Index> place{};  // of a column of `remaining`, among coefficients
  MatrixXd units{};            // from b of orthogonal columns to the coefficients at `place`

  /// From combinations of shifted columns to those of coefficients: what centres add up to is the intercept's. What
  /// cancels but for rounding is 0.
  [[nodiscard]] MatrixXd in_units_of_x(const MatrixXd& combinations, const std::vector<Index>& which) const {
    MatrixXd result = MatrixXd::Zero(columns.centre.size(), combinations.cols());
    for (Index d = 0; d < combinations.cols(); ++d) {
      double intercept = 0;
      double size = 0;
      for (std::size_t a = 0; a < which.size(); ++a) {
        const Index j = which[a];
        const double part = combinations(signed_index(a), d) / columns.unit[j];
        const double term = j == 0 ? part : -columns.centre[j] * part;
        intercept += term;
        size += std::abs(term);
        if (j > 0) result(j, d) = part;
      }
      result(0, d) = std::abs(intercept) > part_that_is_rounding * size ? intercept : 0;
    }
    return result;
  }
};

void tell_left_out(QuasiPoissonFit& fit, const ColumnsModel& model) {
  Index next = 0;
  for (Index j = 0; j < model.columns.centre.size(); ++j) {
    if (std::find(model.all.kept.begin(), model.all.kept.end(), j) != model.all.kept.end()) continue;
    QuasiPoissonCoefficient& coefficient = fit.coefficients[static_cast<std::size_t>(j)];
    const VectorXd combination = model.all.idle.col(next++);
    for (Index m = 1; m < combination.size(); ++m)
      if (m != j && std::abs(combination[m]) > follows_from)
        coefficient.collinear_with.push_back(fit.coefficients[static_cast<std::size_t>(m)].name);
    coefficient.trouble =
        coefficient.collinear_with.empty() ? QuasiPoissonTrouble::constant : QuasiPoissonTrouble::collinear;
  }
}

void tell_separated(QuasiPoissonFit& fit, const ColumnsModel& model, const MatrixXd& open) {
  if (open.cols() == 0) return;
  const MatrixXd free = model.in_units_of_x(model.settling.free, model.all.kept);
  for (Index j = 0; j < open.rows(); ++j) {
    if (open.row(j).cwiseAbs().maxCoeff() == 0) continue;
    QuasiPoissonCoefficient& coefficient = fit.coefficients[static_cast<std::size_t>(j)];
    coefficient.trouble = QuasiPoissonTrouble::separated;
    coefficient.direction = forced_direction(model.settling, free.row(j).transpose());
  }
}

ColumnsModel model_of(ExposedRows exposed, ShiftedColumns columns) {
  ColumnsModel model{std::move(exposed), std::move(columns)};
  model.all = orthogonal(model.columns.values);
  const MatrixXd kept = columns_of(model.columns.values, model.all.kept);
  model.settling = settle(kept, model.exposed.count);
  if (signed_index(model.settling.rest.size()) < model.exposed.count.size()) {
    model.remaining = orthogonal(rows_of(kept, model.settling.rest));
  } else {
    model.remaining = Orthogonal{model.all.q, model.all.triangle, {}, MatrixXd(kept.cols(), 0)};
    model.remaining.kept.resize(static_cast<std::size_t>(kept.cols()));
    std::iota(model.remaining.kept.begin(), model.remaining.kept.end(), Index{0});
  }
  model.count = values_of(model.exposed.count, model.settling.rest);
  model.offset = values_of(model.exposed.log_exposure, model.settling.rest);
  for (const Index a : model.remaining.kept)
    model.place.push_back(model.all.kept[static_cast<std::size_t>(a)]);
  const Index k = signed_index(model.place.size());
  const MatrixXd inverse =
      model.remaining.triangle.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(k, k));
  model.units = MatrixXd::Zero(k, k);
  for (Index a = 0; a < k; ++a) {
    const Index j = model.place[static_cast<std::size_t>(a)];
    if (a > 0) model.units.row(a) = inverse.row(a) / model.columns.unit[j];
    model.units.row(0) += (a == 0 ? 1.0 : -model.columns.centre[j] / model.columns.unit[j]) * inverse.row(a);
  }
  return model;
}

/// The sum over clusters of squares of their scores, times what there are few of, and how many there are.
struct ScoreSquares {
  MatrixXd squares;
  std::size_t clusters;
};
ScoreSquares score_squares(const ColumnsModel& model, const CountNewton& newton,
                           const QuasiPoissonRows& rows) {
  MatrixXd scores = (newton.count - newton.here.expected).asDiagonal() * newton.q;
  if (rows.cluster.empty()) return {scores.transpose() * scores, static_cast<std::size_t>(scores.rows())};
  std::vector<std::size_t> order(static_cast<std::size_t>(scores.rows()));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto cluster = [&](std::size_t i) {
    return rows.cluster[model.exposed.row[static_cast<std::size_t>(model.settling.rest[i])]];
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cluster(a) < cluster(b); });
  ScoreSquares result{MatrixXd::Zero(scores.cols(), scores.cols()), 0};
  for (std::size_t i = 0; i < order.size(); ++result.clusters) {
    VectorXd together = VectorXd::Zero(scores.cols());
    const std::uint32_t id = cluster(order[i]);
    for (; i < order.size() && cluster(order[i]) == id; ++i)
      together += scores.row(signed_index(order[i])).transpose();
    result.squares += together * together.transpose();
  }
  return result;
}

void measure_fit(QuasiPoissonFit& fit, const ColumnsModel& model, const CountNewton& newton) {
  CompensatedSum deviance;
  CompensatedSum pearson;
  for (Index i = 0; i < newton.here.expected.size(); ++i) {
    const double expected = newton.here.expected[i];
    fit.fitted[signed_index(
        model.exposed.row[static_cast<std::size_t>(model.settling.rest[static_cast<std::size_t>(i)])])] =
        expected;
    deviance.add(2 * deviance_of(newton.count[i], expected));
    if (expected > 0) pearson.add(std::pow((newton.count[i] - expected) / std::sqrt(expected), 2));
  }
  const double none = no_misfit * fit.events;
  fit.deviance = deviance.value() > none ? deviance.value() : 0;
  fit.pearson = pearson.value() > none ? pearson.value() : 0;
  fit.degrees_of_freedom = model.settling.rest.size() - model.place.size();
  if (fit.options.dispersion == CountDispersion::one) {
    fit.dispersion = 1;
  } else if (fit.degrees_of_freedom > 0) {
    fit.dispersion = fit.pearson / static_cast<double>(fit.degrees_of_freedom);
    if (fit.options.dispersion == CountDispersion::at_least_one)
      fit.dispersion = std::max(1.0, *fit.dispersion);
  }
}

bool is_robust_fit(const QuasiPoissonFit& fit, const QuasiPoissonRows& rows) {
  return fit.options.robust || !rows.cluster.empty();
}

struct Covariances {
  MatrixXd plain;  // at a dispersion of 1
  std::optional<MatrixXd> robust{};
  std::optional<double> degrees_of_freedom{};
};
Covariances covariances_of(const QuasiPoissonFit& fit, const ColumnsModel& model, const CountNewton& newton,
                           const QuasiPoissonRows& rows) {
  // As roots, so that no digits are lost: inverse x inverse' is the covariance of b.
  const Index k = newton.triangle.cols();
  const MatrixXd inverse = newton.triangle.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(k, k));
  const MatrixXd root = model.units * inverse;
  Covariances result{root * root.transpose()};
  const auto rest = static_cast<double>(fit.degrees_of_freedom);
  if (!is_robust_fit(fit, rows)) {
    if (fit.options.dispersion != CountDispersion::one && fit.dispersion.value_or(0) > 0)
      result.degrees_of_freedom = rest;
    return result;
  }
  const ScoreSquares scores = score_squares(model, newton, rows);
  const bool by_rows = rows.cluster.empty();
  if (by_rows ? fit.degrees_of_freedom == 0 : scores.clusters < 2) return result;
  const auto count = static_cast<double>(scores.clusters);
  const double few = by_rows ? 1 : count / (count - 1);
  result.robust = few * root * (inverse.transpose() * scores.squares * inverse) * root.transpose();
  result.degrees_of_freedom = by_rows ? rest : count - 1;
  return result;
}

void tell_coefficients(QuasiPoissonFit& fit, const ColumnsModel& model, const CountNewton& newton,
                       const QuasiPoissonRows& rows) {
  const Index k = signed_index(model.place.size());
  const VectorXd beta = model.units * newton.here.b;
  for (Index a = 0; a < k; ++a) fit.beta[model.place[static_cast<std::size_t>(a)]] = beta[a];
  fit.beta[0] -= model.exposed.shift;
  if (!newton.converged) {
    for (const Index j : model.place) {
      QuasiPoissonCoefficient& coefficient = fit.coefficients[static_cast<std::size_t>(j)];
      if (coefficient.trouble == QuasiPoissonTrouble::none)
        coefficient.trouble = QuasiPoissonTrouble::not_converged;
    }
    return;
  }

  const Covariances covariances = covariances_of(fit, model, newton, rows);
  const MatrixXd& plain = covariances.plain;
  const std::optional<MatrixXd>& robust = covariances.robust;
  const bool is_robust = is_robust_fit(fit, rows);
  fit.t_degrees_of_freedom = covariances.degrees_of_freedom;

  std::vector<bool> has_error(model.place.size(), false);
  for (Index a = 0; a < k; ++a) {
    const auto at = static_cast<std::size_t>(a);
    QuasiPoissonCoefficient& coefficient = fit.coefficients[static_cast<std::size_t>(model.place[at])];
    std::optional<double> plain_error;
    std::optional<double> robust_error;
    if (fit.dispersion.value_or(0) > 0) plain_error = std::sqrt(*fit.dispersion * plain(a, a));
    // Scores of each cluster may add up to nothing but rounding, which is no certainty.
    if (robust && (*robust)(a, a) > no_variance * plain(a, a)) robust_error = std::sqrt((*robust)(a, a));
    const std::optional<double> error = is_robust ? robust_error : plain_error;
    has_error[at] = error.has_value();
    if (coefficient.trouble != QuasiPoissonTrouble::none) continue;
    coefficient.std_error = plain_error;
    coefficient.robust_std_error = robust_error;
    fill_estimate(coefficient, fit.beta[model.place[at]], error, fit.t_degrees_of_freedom,
                  fit.options.confidence);
  }
  for (Index a = 0; a < k; ++a)
    for (Index m = 0; m < k; ++m)
      if (has_error[static_cast<std::size_t>(a)] && has_error[static_cast<std::size_t>(m)])
        fit.covariance(model.place[static_cast<std::size_t>(a)], model.place[static_cast<std::size_t>(m)]) =
            is_robust ? (*robust)(a, m) : *fit.dispersion * plain(a, m);
}

}  // namespace

std::string reason(const QuasiPoissonCoefficient& coefficient) {
  switch (coefficient.trouble) {
    case QuasiPoissonTrouble::none: return {};
    case QuasiPoissonTrouble::constant: return coefficient.name + " is the same in all rows.";
    case QuasiPoissonTrouble::collinear: {
      std::string others;
      for (const std::string& other : coefficient.collinear_with)
        others += (others.empty() ? "" : ", ") + other;
      return coefficient.name + " follows from " + others + " and says nothing new.";
    }
    case QuasiPoissonTrouble::separated:
      if (coefficient.direction == 0)
        return "Where others are separated, nothing is left that says anything of " + coefficient.name + ".";
      return "The likelihood grows without end as the coefficient of " + coefficient.name +
             (coefficient.direction > 0 ? " grows" : " falls") + ": on one side of it nothing was counted.";
    case QuasiPoissonTrouble::no_events: return "Nothing was counted.";
    case QuasiPoissonTrouble::not_converged:
      return "The steps towards the maximum of the likelihood did not arrive.";
  }
  return {};
}

QuasiPoissonFit quasi_poisson_regression(const Eigen::Ref<const MatrixXd>& x, const QuasiPoissonRows& rows,
                                         const std::vector<std::string>& names,
                                         const QuasiPoissonOptions& options) {
  require_counts(x, rows, names);
  require_quasi_poisson_options(options);

  ExposedRows exposed = exposed_rows(rows);
  QuasiPoissonFit fit;
  fit.options = options;
  fit.rows = exposed.row.size();
  fit.without_exposure = rows.count.size() - fit.rows;
  fit.events = exposed.events;
  fit.fitted = VectorXd::Zero(x.rows());
  fit.beta = VectorXd::Zero(x.cols() + 1);
  fit.covariance = MatrixXd::Zero(x.cols() + 1, x.cols() + 1);
  fit.coefficients.resize(names.size() + 1);
  fit.coefficients[0].name = "(intercept)";
  for (std::size_t j = 0; j < names.size(); ++j) fit.coefficients[j + 1].name = names[j];
  if (!(fit.events > 0)) {
    for (QuasiPoissonCoefficient& coefficient : fit.coefficients)
      coefficient.trouble = QuasiPoissonTrouble::no_events;
    fit.settled = fit.rows;
    fit.undetermined = MatrixXd::Identity(x.cols() + 1, x.cols() + 1);
    fit.converged = true;
    return fit;
  }

  ShiftedColumns columns = shifted_columns(x, exposed);
  const ColumnsModel model = model_of(std::move(exposed), std::move(columns));
  std::vector<Index> every(names.size() + 1);
  std::iota(every.begin(), every.end(), Index{0});
  const MatrixXd left_out = model.in_units_of_x(model.all.idle, every);
  const MatrixXd open = model.in_units_of_x(model.remaining.idle, model.all.kept);
  fit.undetermined.resize(x.cols() + 1, left_out.cols() + open.cols());
  fit.undetermined << left_out, open;
  tell_left_out(fit, model);
  tell_separated(fit, model, open);
  fit.settled = fit.rows - model.settling.rest.size();
  fit.null_deviance = null_deviance_of(model.exposed);

  CountNewton newton{model.remaining.q, model.count, model.offset};
  newton.run(options);
  fit.steps = newton.steps;
  fit.converged = newton.converged;
  if (newton.here.b.size() == 0) {
    newton.here.b = VectorXd::Zero(model.remaining.q.cols());
    newton.here.expected = VectorXd::Zero(model.count.size());
  }
  measure_fit(fit, model, newton);
  tell_coefficients(fit, model, newton, rows);
  return fit;
}

std::optional<QuasiPoissonCombination> linear_combination(const QuasiPoissonFit& fit,
                                                          const Eigen::Ref<const VectorXd>& weights) {
  if (weights.size() != fit.beta.size())
    throw Error(ErrorCode::out_of_range,
                "A combination needs a weight for the intercept and each covariate.");
  if (!weights.allFinite()) throw Error(ErrorCode::bad_number, "A weight is no number.");
  if (!fit.converged || !(fit.events > 0)) return std::nullopt;

  const auto is_left_out = [&](std::size_t j) {
    return fit.coefficients[j].trouble == QuasiPoissonTrouble::constant ||
           fit.coefficients[j].trouble == QuasiPoissonTrouble::collinear;
  };
  Index d = 0;
  const auto is_open = [&](Index direction) {
    const VectorXd terms = fit.undetermined.col(direction).cwiseProduct(weights);
    return std::abs(terms.sum()) > follows_from * terms.cwiseAbs().sum();
  };
  for (std::size_t j = 0; j < fit.coefficients.size(); ++j) {
    if (!is_left_out(j)) continue;
    if (weights[signed_index(j)] != 0 && is_open(d)) return std::nullopt;
    ++d;
  }
  for (; d < fit.undetermined.cols(); ++d)
    if (is_open(d)) return std::nullopt;

  const double value = weights.dot(fit.beta);
  if (!std::isfinite(value)) return std::nullopt;
  CompensatedSum variance;
  CompensatedSum size;
  for (Index i = 0; i < weights.size(); ++i)
    for (Index j = 0; j < weights.size(); ++j) {
      const double term = weights[i] * fit.covariance(i, j) * weights[j];
      variance.add(term);
      size.add(std::abs(term));
    }
  QuasiPoissonCombination result{value};
  // One that takes a coefficient without an error has none.
  bool has_error = variance.value() > 10 * no_variance * size.value() && std::isfinite(variance.value());
  for (Index i = 0; i < weights.size(); ++i)
    if (weights[i] != 0 && !is_left_out(static_cast<std::size_t>(i)) && fit.beta[i] != 0)
      has_error = has_error && fit.covariance(i, i) > 0;
  if (has_error) result.std_error = std::sqrt(variance.value());
  fill_estimate(result, value, result.std_error, fit.t_degrees_of_freedom, fit.options.confidence);
  return result;
}

std::optional<QuasiPoissonCombination> predicted_rate(const QuasiPoissonFit& fit,
                                                      const Eigen::Ref<const VectorXd>& x) {
  if (x.size() + 1 != fit.beta.size())
    throw Error(ErrorCode::out_of_range, "A rate needs a value for each covariate.");
  VectorXd weights(x.size() + 1);
  weights << 1, x;
  return linear_combination(fit, weights);
}

}  // namespace churn::inline v0
