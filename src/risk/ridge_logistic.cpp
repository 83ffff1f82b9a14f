#include "risk/ridge_logistic.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <utility>

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Rows at a time: some 40 columns of them stay in the nearest cache.
constexpr Index block = 128;
constexpr int max_steps = 60;
constexpr int most_halvings = 40;
/// Without a penalty, columns that say the same have no single answer. This part of the information, added for the step
/// alone, has them share it, and slows the others' steps by as little.
constexpr double share_of_step = 1e-10;

VectorXd solved(MatrixXd information, const VectorXd& gradient) {
  const double largest = information.diagonal().maxCoeff();
  information.diagonal().array() += share_of_step * information.diagonal().array() + 1e-14 * largest;
  return information.selfadjointView<Eigen::Lower>().ldlt().solve(gradient);
}

}  // namespace

double softplus(double x) noexcept { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double logistic(double x) noexcept {
  const double e = std::exp(-std::abs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

RidgeLogistic::RidgeLogistic(const MatrixXd& x, const VectorXd& y, std::vector<Index> begins)
    : x_(&x), y_(&y), begins_(std::move(begins)) {}

std::vector<RidgeLogistic::Sums> RidgeLogistic::sums_at(const VectorXd& b) const {
  const Index p = x_->rows();
  std::vector<Sums> result(begins_.size() - 1, {0, VectorXd::Zero(p), MatrixXd::Zero(p, p)});
  VectorXd eta(block);
  VectorXd residual(block);
  VectorXd root_weight(block);
  MatrixXd weighted(p, block);
  for (std::size_t f = 0; f < result.size(); ++f) {
    Sums& sums = result[f];
    for (Index at = begins_[f]; at < begins_[f + 1]; at += block) {
      const Index n = std::min(block, begins_[f + 1] - at);
      const auto rows = x_->middleCols(at, n);
      eta.head(n).noalias() = rows.transpose() * b;
      for (Index i = 0; i < n; ++i) {
        const double y = (*y_)(at + i);
        // One exponential for the chance and the likelihood.
        const double e = std::exp(-std::abs(eta(i)));
        const double chance = (eta(i) >= 0 ? 1 : e) / (1 + e);
        sums.loglik += y * eta(i) - (std::max(eta(i), 0.0) + std::log1p(e));
        residual(i) = y - chance;
        root_weight(i) = std::sqrt(e) / (1 + e);
      }
      sums.gradient.noalias() += rows * residual.head(n);
      weighted.leftCols(n).noalias() = rows * root_weight.head(n).asDiagonal();
      sums.information.selfadjointView<Eigen::Lower>().rankUpdate(weighted.leftCols(n));
    }
  }
  return result;
}

RidgeLogistic::Fit RidgeLogistic::fit(const VectorXd& penalty, const VectorXd& start,
                                      double tolerance) const {
  Fit result{.b = start, .from = start, .penalty = penalty};
  result.folds = sums_at(start);
  const auto height = [&](const std::vector<Sums>& folds, const VectorXd& b) {
    double sum = -0.5 * (penalty.array() * b.array().square()).sum();
    for (const Sums& fold : folds) sum += fold.loglik;
    return sum;
  };
  double here = height(result.folds, start);
  for (int steps = 0; steps < max_steps; ++steps) {
    VectorXd gradient = -(penalty.array() * result.from.array()).matrix();
    MatrixXd information = penalty.asDiagonal();
    for (const Sums& fold : result.folds) {
      gradient += fold.gradient;
      information += fold.information;
    }
    VectorXd step = solved(std::move(information), gradient);
    const double gain = gradient.dot(step) / 2;
    result.b = result.from + step;
    if (!(gain > tolerance)) {
      result.converged = true;
      return result;
    }
    // A whole step may run over where a chance is near 0 or 1; some part of it gains. Near the top what it gains is less
    // than the rounding of the likelihood, and Newton's step is right as it is.
    const double rounding = 1e-12 * std::abs(here);
    bool moved = false;
    for (int halvings = 0; !moved && halvings < most_halvings; ++halvings) {
      std::vector<Sums> there = sums_at(result.b);
      const double reached = height(there, result.b);
      if (reached > here - rounding) {
        result.from = result.b;
        result.folds = std::move(there);
        here = reached;
        moved = true;
      } else {
        step /= 2;
        result.b = result.from + step;
      }
    }
    if (!moved) {
      result.b = result.from;
      return result;
    }
  }
  return result;
}

VectorXd RidgeLogistic::held_out(const Fit& fit) const {
  VectorXd result(x_->cols());
  VectorXd gradient = -(fit.penalty.array() * fit.from.array()).matrix();
  MatrixXd information = fit.penalty.asDiagonal();
  for (const Sums& fold : fit.folds) {
    gradient += fold.gradient;
    information += fold.information;
  }
  for (std::size_t f = 0; f < fit.folds.size(); ++f) {
    const VectorXd b =
        fit.from + solved(information - fit.folds[f].information, gradient - fit.folds[f].gradient);
    // Always summed in the same order, so that rows that are alike are equal wherever they stand: who is above whom must
    // not hang on rounding.
    for (Index i = begins_[f]; i < begins_[f + 1]; ++i) {
      double eta = 0;
      for (Index j = 0; j < b.size(); ++j) eta += (*x_)(j, i) * b(j);
      result(i) = eta;
    }
  }
  return result;
}

double RidgeLogistic::loglik(const VectorXd& eta) const {
  double sum = 0;
  for (Index i = 0; i < eta.size(); ++i) sum += (*y_)(i)*eta(i) - softplus(eta(i));
  return sum;
}

}  // namespace churn::inline v0
