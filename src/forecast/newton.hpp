// Newton's method for the maximum of a log-likelihood in the logarithms of its parameters, for likelihoods that are
// not concave everywhere and may rise on towards a limit. Private to the library's sources.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <cmath>
#include <optional>

namespace churn::inline v0 {

/// A log-likelihood and its derivatives.
template <int N>
struct LikelihoodPoint {
  double value;
  Eigen::Matrix<double, N, 1> gradient;
  Eigen::Matrix<double, N, N> hessian;
};

template <int N>
struct LikelihoodMaximum {
  Eigen::Matrix<double, N, 1> logs;
  LikelihoodPoint<N> point;
};

/// From derivatives by the parameters x to those by their logarithms.
template <int N>
void by_logarithms(LikelihoodPoint<N>& point, const Eigen::Matrix<double, N, 1>& x) {
  const Eigen::Matrix<double, N, N> plain = point.hessian;
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j)
      point.hessian(i, j) = x[i] * x[j] * plain(i, j) + (i == j ? x[i] * point.gradient[i] : 0);
  point.gradient = x.cwiseProduct(point.gradient);
}

/// What a sum of that size is certainly good to.
inline double likelihood_rounding(double value) { return 1e-8 + 1e-12 * std::abs(value); }

/// Climbs `likelihood`, which has value(logs), at(logs) and inside(logs), the range beyond which parameters are on
/// their way to a limit. The curvature is bent downwards where it is not; each step climbs. Empty if it leaves for a
/// limit or ends where the likelihood is flat.
template <int N, class Likelihood>
std::optional<LikelihoodMaximum<N>> climb(const Likelihood& likelihood, Eigen::Matrix<double, N, 1> logs) {
  using Vector = Eigen::Matrix<double, N, 1>;
  using Matrix = Eigen::Matrix<double, N, N>;
  LikelihoodPoint<N> point = likelihood.at(logs);
  for (int i = 0; i < 500; ++i) {
    if (!std::isfinite(point.value) || !point.gradient.allFinite() || !point.hessian.allFinite())
      return std::nullopt;
    const Eigen::SelfAdjointEigenSolver<Matrix> solver(-point.hessian);
    const double least = 1e-9 * solver.eigenvalues().cwiseAbs().maxCoeff();
    if (!(least > 0)) return std::nullopt;
    const Vector bent = solver.eigenvalues().cwiseAbs().cwiseMax(least);
    Vector step =
        solver.eigenvectors() * (solver.eigenvectors().transpose() * point.gradient).cwiseQuotient(bent);
    const double size = step.cwiseAbs().maxCoeff();
    if (size > 1) step /= size;
    const bool concave = solver.eigenvalues().minCoeff() > least;
    if (concave && size < 1e-7) {
      // Close enough for the full step, after which the error is the square of this one.
      logs += step;
      return LikelihoodMaximum<N>{logs, likelihood.at(logs)};
    }
    // A gain below the rounding of the likelihood can't be seen in it: there the derivatives alone are trusted.
    if (concave && point.gradient.dot(step) < likelihood_rounding(point.value)) {
      logs += step;
      if (!likelihood.inside(logs)) return std::nullopt;
      point = likelihood.at(logs);
      continue;
    }
    double share = 1;
    double next = likelihood.value(logs + step);
    while (!(next > point.value) && share > 1e-6) {
      share /= 2;
      next = likelihood.value(logs + share * step);
    }
    if (!(next > point.value)) return std::nullopt;
    logs += share * step;
    if (!likelihood.inside(logs)) return std::nullopt;
    point = likelihood.at(logs);
  }
  return std::nullopt;
}

/// The better of two tops. The first of equal ones stays, so that the answer does not hang on the last digits of two
/// ways to one top.
template <int N>
void keep_better(std::optional<LikelihoodMaximum<N>>& best, std::optional<LikelihoodMaximum<N>> other) {
  if (other && (!best || other->point.value > best->point.value + likelihood_rounding(best->point.value)))
    best = std::move(other);
}

/// The inverse of the observed information; empty where it is singular.
template <int N>
std::optional<Eigen::Matrix<double, N, N>> inverse_information(const LikelihoodPoint<N>& point) {
  using Matrix = Eigen::Matrix<double, N, N>;
  const Eigen::LLT<Matrix> information(-point.hessian);
  if (information.info() != Eigen::Success) return std::nullopt;
  Matrix inverse = information.solve(Matrix::Identity());
  if (!inverse.allFinite()) return std::nullopt;
  return inverse;
}

}  // namespace churn::inline v0
