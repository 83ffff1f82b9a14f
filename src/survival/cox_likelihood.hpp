// The partial likelihood of Cox regression and its derivatives. Private to the library's sources.
//
// With S0(t), S1(t) the sums of r = weight x exp(b'x) and r x over who is at risk, D0 and D1 those over who
// leaves, d departures of total weight W at t, and f = 0, 1/d, ... (d - 1)/d (Breslow: 0, d times):
//
//   log L        = sum of weight b'x over departures - sum over t, f of W/d log(S0 - f D0)
//   hazard       A(t) = sum over f of W/d / (S0 - f D0); of who leaves at t A - B, B = sum of f W/d / (S0 - f D0)
//   score        = sum of weight x over departures - sum over t of A S1 - B D1
//   information  = sum over rows of r H x x' - sum over t of a S1 S1' - b (S1 D1' + D1 S1') + c D1 D1'
//
// with H the sum of the hazards that the row is at risk of, and a, b, c the sums of W/d / (S0 - f D0)^2 times
// 1, f, f^2. So no sum of squares is kept a day, and a step is one product of matrices.
//
// Covariates are centred in each stratum and scaled, b is by the scaled ones, and r is exp(b'x - shift) with
// a shift for each stratum where it would overflow; all that cancels.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <optional>
#include <vector>

#include <churn/survival/cox.hpp>

#include "survival/risk_sets.hpp"

namespace churn::inline v0 {

/// A place in one of Eigen's columns, which count in signed numbers.
inline Eigen::Index at(std::size_t i) { return static_cast<Eigen::Index>(i); }

/// What is thrown of covariates, by cox.hpp.
void require_covariates(const SpellColumns& columns, const Eigen::Ref<const Eigen::MatrixXd>& covariates,
                        const std::vector<std::string>& names);

class CoxLikelihood {
 public:
  /// Of the given columns of covariates. Keeps no view of them, but of sets.
  CoxLikelihood(const RiskSets& sets, const Eigen::Ref<const Eigen::MatrixXd>& covariates,
                const std::vector<Eigen::Index>& columns, CoxTies ties);

  Eigen::MatrixXd centre;       ///< stratum x column, in the caller's units
  Eigen::VectorXd scale;        ///< one unit here is so many of the caller's
  std::vector<bool> is_steady;  ///< the same for all rows of each stratum

  /// Reckons at b; false if numbers run over. What is below is at the last b that was set.
  bool set(const Eigen::VectorXd& b);

  [[nodiscard]] double loglik() const { return loglik_; }
  struct Derivatives {
    Eigen::VectorXd score;
    Eigen::MatrixXd information;
    Eigen::VectorXd size;  ///< what the information's diagonal would be if nothing were subtracted
  };
  [[nodiscard]] Derivatives derivatives() const;
  /// With each slot's terms times its factor; ties as Breslow's where they are exact.
  [[nodiscard]] Derivatives derivatives(const Eigen::VectorXd& factor) const;
  /// What each row of sets adds to the score, its weight included.
  [[nodiscard]] RowMajor score_residuals() const;
  /// Of the sets' strata; centres of all columns are not known here.
  [[nodiscard]] CoxBaseline baseline(std::size_t stratum) const;
  /// The least of d'x_departing - d'x_at_risk, in parts of the widest difference there is: 0 or more if the
  /// likelihood never falls along d. Empty if there's no difference.
  [[nodiscard]] std::optional<double> monotone_along(const Eigen::VectorXd& d) const;
  /// The widest difference of d'x in a stratum.
  [[nodiscard]] double spread(const Eigen::VectorXd& d) const;
  /// b'x of a row of sets.
  [[nodiscard]] double linear_predictor(std::size_t i) const { return eta_[static_cast<Eigen::Index>(i)]; }

 private:
  [[nodiscard]] Eigen::VectorXd along(const Eigen::VectorXd& d) const;
  void sum_risk();
  bool reckon_days();
  bool reckon_exact(std::size_t slot, const std::vector<std::uint32_t>& at_risk);

  const RiskSets& sets_;
  CoxTies ties_;
  RowMajor x_;        // row of sets x column
  RowMajor leaving_;  // slot x column: sum of weight x over departures
  Eigen::VectorXd eta_;
  Eigen::VectorXd r_;
  Eigen::VectorXd shift_;  // by stratum
  RowMajor at_risk_;       // slot x (S0, S1)
  RowMajor departing_;     // slot x (D0, D1)
  struct Day {
    double hazard;         // A
    double less;           // B
    double square;         // a
    double square_less;    // b
    double square_less_2;  // c
  };
  std::vector<Day> days_;
  double loglik_{0};
  Eigen::VectorXd exact_score_;
  Eigen::MatrixXd exact_information_;
};

}  // namespace churn::inline v0
