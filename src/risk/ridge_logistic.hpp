// RidgeLogistic: Newton's method for a logistic regression with a penalty, that keeps its sums by fold, so that what a
// fit without one of the folds would be is one step away. Private to risk/.
//
//   penalised log-likelihood: sum over rows of (y eta - log(1 + exp(eta))) - sum over j of penalty_j b_j^2 / 2
//   without fold f:           b + (I - I_f + penalty)^-1 (g - g_f - penalty x b)
//
// Rows are read in blocks, each block of one fold. O(steps x n p^2), p^2 of memory a fold.
//
// Source: D. Pregibon, "Logistic Regression Diagnostics", Annals of Statistics 9 (1981), 705-724 (the step without some
// of the rows).
#pragma once

#include <Eigen/Core>

#include <vector>

namespace churn::inline v0 {

/// log(1 + exp(x)).
[[nodiscard]] double softplus(double x) noexcept;
/// 1 / (1 + exp(-x)).
[[nodiscard]] double logistic(double x) noexcept;

class RidgeLogistic {
 public:
  /// `x` has a column a row of the sample, and outlives this; its first row is all 1. `y` is 0 to 1. Rows of fold f are
  /// those from begins[f] to below begins[f + 1].
  RidgeLogistic(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, std::vector<Eigen::Index> begins);

  struct Sums {
    double loglik{0};
    Eigen::VectorXd gradient{};
    Eigen::MatrixXd information{};  ///< its lower half
  };
  struct Fit {
    Eigen::VectorXd b{};
    Eigen::VectorXd from{};  ///< where the last step began, and the sums are of
    std::vector<Sums> folds{};
    Eigen::VectorXd penalty{};
    bool converged{false};
  };

  /// The last step is the first that promises to gain less than `tolerance` of log-likelihood; it is taken, too.
  [[nodiscard]] Fit fit(const Eigen::VectorXd& penalty, const Eigen::VectorXd& start, double tolerance) const;
  /// eta of every row by the fit without the row's fold.
  [[nodiscard]] Eigen::VectorXd held_out(const Fit& fit) const;
  [[nodiscard]] double loglik(const Eigen::VectorXd& eta) const;

 private:
  [[nodiscard]] std::vector<Sums> sums_at(const Eigen::VectorXd& b) const;

  const Eigen::MatrixXd* x_;
  const Eigen::VectorXd* y_;
  std::vector<Eigen::Index> begins_;
};

}  // namespace churn::inline v0
