// The likelihood of a logistic regression, in blocks of rows. Private to the library's sources.
//
// Columns are centred and scaled to a deviation of 1 (by weight), with a column of ones before them: b here is in those
// units, and b[0] belongs to the ones.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <churn/stats/logistic.hpp>

namespace churn::inline v0 {

/// log(p / (1 - p)) and its like.
[[nodiscard]] double linear_of_probability(LogisticLink link, double p);
[[nodiscard]] double probability_of_linear(LogisticLink link, double linear);

class LogisticLikelihood {
 public:
  /// How far a direction moves rows towards their outcomes: (2y - 1) x z'd.
  struct Margins {
    double worst;   ///< the least of all
    double widest;  ///< the largest in size
  };
  static constexpr double nothing = 1e-9;

  struct Sums {
    double loglik{0};
    Eigen::VectorXd score{};
    Eigen::MatrixXd information{};
  };
  enum class Information : std::uint8_t { observed, expected };

  LogisticLikelihood(const Eigen::Ref<const Eigen::MatrixXd>& x, const LogisticRows& rows, LogisticLink link);

  /// Of each column, by weight, among all rows.
  [[nodiscard]] const Eigen::VectorXd& mean() const { return mean_; }
  [[nodiscard]] const Eigen::VectorXd& deviation() const { return deviation_; }  // 0: constant
  [[nodiscard]] double total_weight() const { return total_; }
  [[nodiscard]] double yes_weight() const { return yes_; }
  [[nodiscard]] std::size_t rows() const { return positive_; }

  /// From here on it is a model of these columns.
  void keep(std::vector<Eigen::Index> columns);
  [[nodiscard]] const std::vector<Eigen::Index>& kept() const { return kept_; }
  [[nodiscard]] Eigen::Index size() const { return static_cast<Eigen::Index>(kept_.size()) + 1; }

  [[nodiscard]] Sums at(const Eigen::VectorXd& b, Information kind) const;
  /// The sum of weight x z z'.
  [[nodiscard]] Eigen::MatrixXd cross_product() const;
  /// The sum of z z' of rows that are not settled and lie within that distance of 0 along a direction.
  [[nodiscard]] Eigen::MatrixXd cross_product_within(const Eigen::VectorXd& direction, double distance) const;
  [[nodiscard]] Margins margins(const Eigen::VectorXd& direction) const;
  /// A bound of |z'd|.
  [[nodiscard]] double reach(const Eigen::VectorXd& direction) const;
  /// The direction of a single column (and the intercept) along which no row is on the wrong side.
  [[nodiscard]] std::optional<Eigen::VectorXd> separating_column() const;
  /// Rows further out than that along a direction count no more: their likelihood is 1.
  void settle(const Eigen::VectorXd& direction, double beyond);
  /// How far b is to go along the direction of a call of `settle` (0: the first) for all that it settled to be at
  /// least `out` on their side.
  [[nodiscard]] double still_to_go(const Eigen::VectorXd& b, const Eigen::VectorXd& direction,
                                   std::size_t call, double out) const;
  /// The sum of squares of sums of scores by cluster, and how many clusters there are.
  struct Clusters {
    Eigen::MatrixXd squares{};
    std::size_t count{0};
  };
  [[nodiscard]] Clusters clusters(const Eigen::VectorXd& b) const;

 private:
  using Block = Eigen::MatrixXd;
  [[nodiscard]] Eigen::Index blocks() const;
  /// Rows first, first + 1, ... of the table, or those that `order` has there.
  void fill(Block& block, Eigen::Index first, std::span<const std::uint32_t> order = {}) const;
  void linear(Eigen::VectorXd& eta, const Block& block, Eigen::Index first, const Eigen::VectorXd& b,
              std::span<const std::uint32_t> order = {}) const;
  void for_each_block(const std::function<void(Block&, Eigen::Index)>& visit) const;

  Eigen::Ref<const Eigen::MatrixXd> x_;
  const LogisticRows& rows_;
  LogisticLink link_;
  std::vector<double> weight_;               // 0 where settled
  std::vector<std::uint32_t> settled_by_{};  // the number of a call, from 1; empty before the first
  std::uint32_t calls_{0};
  double total_{0};
  double yes_{0};
  std::size_t positive_{0};
  Eigen::VectorXd mean_{};
  Eigen::VectorXd deviation_{};
  Eigen::VectorXd furthest_{};  // of a column from its mean, in deviations
  std::vector<Eigen::Index> kept_{};
};

}  // namespace churn::inline v0
