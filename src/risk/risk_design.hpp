// RiskDesign: the columns that a risk model's regression has, made of those of the observations. Private to risk/.
//
//   1, then a column a group of terms (the mean of their z, over its deviation in rows where any of them is there; of one
//   alone that is z), a column for each term that is missing now and then (whether it is, over its deviation), and for
//   hazard a column a stretch of tenure (0 or 1).
//
// Its rows are in order of the folds of their customers, and within a fold in the order given.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/risk/risk_model.hpp>

namespace churn::inline v0 {

/// Which stretch of tenure a day is in: how many of the cuts are not above it.
[[nodiscard]] std::size_t stretch_of(const std::vector<std::int32_t>& cuts, std::int32_t tenure) noexcept;

class RiskDesign {
 public:
  /// Fits the transforms. `group_above` as in RiskOptions.
  RiskDesign(const Observations& observations, std::uint32_t folds, std::optional<double> group_above,
             std::vector<std::int32_t> tenure_cuts);

  /// A column a row of the observations, numbered by `row()`.
  [[nodiscard]] const Eigen::MatrixXd& x() const noexcept { return x_; }
  [[nodiscard]] const std::vector<Eigen::Index>& row() const noexcept { return row_; }
  /// Of the folds that have rows, as RidgeLogistic takes it.
  [[nodiscard]] const std::vector<Eigen::Index>& begins() const noexcept { return begins_; }
  /// Whether any indicator varies, or is missing in some rows and not in others.
  [[nodiscard]] bool varies() const noexcept { return x_.rows() > 1 + stretches_; }
  /// The ridge of each coefficient: none of the intercept.
  [[nodiscard]] Eigen::VectorXd penalty(double ridge) const;

  [[nodiscard]] const std::vector<RiskTerm>& terms() const noexcept { return terms_; }
  /// Terms, intercept and tenure weights that the coefficients stand for.
  void write(const Eigen::VectorXd& b, RiskModel& model) const;

 private:
  void order_rows(const Observations& observations, std::uint32_t folds);
  void join_alike(const Observations& observations, double above);
  void fill(const Observations& observations);
  void fill_column(const Observations& observations, Eigen::Index j, Eigen::Index begin, Eigen::Index end);

  struct Column {
    std::vector<std::size_t> terms{};
    bool missing{false};
    double squares{0};
    std::int64_t known{0};  ///< rows in which any of the terms has a value
    double deviation{1};
  };

  std::vector<RiskTerm> terms_;
  std::vector<std::int32_t> tenure_cuts_;
  Eigen::Index stretches_{0};
  std::vector<Eigen::Index> row_;
  std::vector<Eigen::Index> begins_;
  std::vector<Column> columns_;  // groups, then what is missing
  Eigen::MatrixXd x_;
};

}  // namespace churn::inline v0
