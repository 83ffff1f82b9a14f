#include "stats/logistic_likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Rows a block: with 20 covariates it stays within the nearest caches.
constexpr Index block_rows = 256;

/// Of one row: log of its likelihood, and the first and second derivative by its linear predictor.
struct Term {
  double log;
  double slope;
  double curvature;
};

Term logit_term(bool yes, double eta) {
  // a is at most 1, so that nothing overflows and small chances keep their digits.
  const double a = std::exp(-std::abs(eta));
  const double large = 1 / (1 + a);
  const double small = a * large;
  const bool is_likely = (eta >= 0) == yes;
  const double missed = is_likely ? small : large;
  const double log = -std::log1p(a) - (is_likely ? 0 : std::abs(eta));
  return {log, yes ? missed : -missed, small * large};
}

/// Beyond, exp(-exp(eta)) is 0 and exp(eta) is so large that any step there is taken back.
constexpr double cloglog_ceiling = 300;

Term cloglog_term(bool yes, double eta, LogisticLikelihood::Information kind) {
  using Information = LogisticLikelihood::Information;
  const double hazard = std::exp(std::min(eta, cloglog_ceiling));
  const double grown = std::expm1(hazard);  // infinite for a large hazard, which divides to 0
  const bool is_tiny = hazard < 1e-8;
  const double ratio = is_tiny ? 1 - hazard / 2 : hazard / grown;
  const double expected = std::isinf(grown) ? 0 : hazard * ratio;
  if (!yes) return {-hazard, -hazard, kind == Information::expected ? expected : hazard};
  const double log = is_tiny ? eta - hazard / 2 : std::log(-std::expm1(-hazard));
  const double observed =
      ratio * (hazard < 1e-4 ? hazard / 2 + hazard * hazard / 12 : hazard / -std::expm1(-hazard) - 1);
  return {log, ratio, kind == Information::expected ? expected : observed};
}

}  // namespace

double linear_of_probability(LogisticLink link, double p) {
  return link == LogisticLink::logit ? std::log(p) - std::log1p(-p) : std::log(-std::log1p(-p));
}

double probability_of_linear(LogisticLink link, double linear) {
  if (link == LogisticLink::cloglog) return -std::expm1(-std::exp(linear));
  const double a = std::exp(-std::abs(linear));
  return linear >= 0 ? 1 / (1 + a) : a / (1 + a);
}

LogisticLikelihood::LogisticLikelihood(const Eigen::Ref<const MatrixXd>& x, const LogisticRows& rows,
                                       LogisticLink link)
    : x_(x), rows_(rows), link_(link) {
  const Index n = x.rows();
  if (rows.weight.empty())
    weight_.assign(static_cast<std::size_t>(n), 1.0);
  else
    weight_.assign(rows.weight.begin(), rows.weight.end());
  Index some = -1;
  for (std::size_t i = 0; i < weight_.size(); ++i) {
    if (!(weight_[i] > 0)) continue;
    total_ += weight_[i];
    yes_ += rows.outcome[i] != 0 ? weight_[i] : 0;
    ++positive_;
    some = static_cast<Index>(i);
  }
  if (!std::isfinite(total_)) throw Error(ErrorCode::bad_number, "Weights add up to more than a number.");
  mean_ = VectorXd::Zero(x.cols());
  deviation_ = VectorXd::Zero(x.cols());
  furthest_ = VectorXd::Zero(x.cols());
  if (some < 0) return;
  const Eigen::Map<const Eigen::ArrayXd> weight(weight_.data(), n);
  for (Index j = 0; j < x.cols(); ++j) {
    const auto column = x.col(j).array();
    // Counted from one of the values: a constant is then one to the last digit.
    const double zero = column[some];
    double low = 0;
    double high = 0;
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
      if (!(weight[i] > 0)) continue;
      const double away = column[i] - zero;
      low = std::min(low, away);
      high = std::max(high, away);
      sum += weight[i] / total_ * away;
    }
    const double range = high - low;
    if (!std::isfinite(range)) throw Error(ErrorCode::bad_number, "The range of a covariate is no number.");
    mean_[j] = zero + sum;
    if (!(range > 0)) continue;
    double squares = 0;
    double rest = 0;  // what rounding left of the mean
    for (Index i = 0; i < n; ++i) {
      if (!(weight[i] > 0)) continue;
      const double away = (column[i] - mean_[j]) / range;
      squares += weight[i] / total_ * away * away;
      rest += weight[i] / total_ * away;
    }
    squares -= rest * rest;
    deviation_[j] = squares > 0 ? range * std::sqrt(squares) : 0;
    if (!(deviation_[j] > 0)) continue;
    furthest_[j] = std::max(high - sum, sum - low) / deviation_[j];
    if (!std::isfinite(furthest_[j]) || !std::isfinite(1 / deviation_[j])) deviation_[j] = 0;
  }
}

void LogisticLikelihood::keep(std::vector<Index> columns) { kept_ = std::move(columns); }

Index LogisticLikelihood::blocks() const { return (x_.rows() + block_rows - 1) / block_rows; }

void LogisticLikelihood::fill(Block& block, Index first, std::span<const std::uint32_t> order) const {
  const Index count = std::min(block_rows, x_.rows() - first);
  block.resize(count, size());
  block.col(0).setOnes();
  for (Index a = 1; a < size(); ++a) {
    const Index j = kept_[static_cast<std::size_t>(a - 1)];
    const double unit = 1 / deviation_[j];
    if (order.empty()) {
      block.col(a).array() = (x_.col(j).segment(first, count).array() - mean_[j]) * unit;
      continue;
    }
    for (Index i = 0; i < count; ++i)
      block(i, a) = (x_(order[static_cast<std::size_t>(first + i)], j) - mean_[j]) * unit;
  }
}

void LogisticLikelihood::linear(VectorXd& eta, const Block& block, Index first, const VectorXd& b,
                                std::span<const std::uint32_t> order) const {
  eta.noalias() = block * b;
  if (rows_.offset.empty()) return;
  for (Index i = 0; i < eta.size(); ++i) {
    const auto place = static_cast<std::size_t>(first + i);
    eta[i] += rows_.offset[order.empty() ? place : order[place]];
  }
}

void LogisticLikelihood::for_each_block(const std::function<void(Block&, Index)>& visit) const {
  Block block;
  for (Index k = 0; k < blocks(); ++k) {
    fill(block, k * block_rows);
    visit(block, k * block_rows);
  }
}

LogisticLikelihood::Sums LogisticLikelihood::at(const VectorXd& b, Information kind) const {
  Sums sums{0, VectorXd::Zero(size()), MatrixXd::Zero(size(), size())};
  VectorXd eta;
  VectorXd slope(block_rows);
  VectorXd root(block_rows);
  for_each_block([&](Block& block, Index first) {
    const Index count = block.rows();
    linear(eta, block, first, b);
    double log = 0;
    for (Index i = 0; i < count; ++i) {
      const auto row = static_cast<std::size_t>(first + i);
      const double weight = weight_[row];
      if (!(weight > 0)) {  // a settled row's term may be no number
        slope[i] = root[i] = 0;
        continue;
      }
      const bool yes = rows_.outcome[row] != 0;
      const Term term =
          link_ == LogisticLink::logit ? logit_term(yes, eta[i]) : cloglog_term(yes, eta[i], kind);
      log += weight * term.log;
      slope[i] = weight * term.slope;
      root[i] = std::sqrt(weight * term.curvature);
    }
    sums.loglik += log;
    sums.score.noalias() += block.transpose() * slope.head(count);
    block.array().colwise() *= root.head(count).array();
    sums.information.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  });
  sums.information.triangularView<Eigen::StrictlyUpper>() = sums.information.transpose();
  return sums;
}

MatrixXd LogisticLikelihood::cross_product() const {
  MatrixXd sum = MatrixXd::Zero(size(), size());
  for_each_block([&](Block& block, Index first) {
    if (!rows_.weight.empty() || calls_ > 0)
      for (Index i = 0; i < block.rows(); ++i)
        block.row(i) *= std::sqrt(weight_[static_cast<std::size_t>(first + i)]);
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  });
  sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
  return sum;
}

MatrixXd LogisticLikelihood::cross_product_within(const VectorXd& direction, double distance) const {
  MatrixXd sum = MatrixXd::Zero(size(), size());
  VectorXd along;
  for_each_block([&](Block& block, Index first) {
    along.noalias() = block * direction;
    for (Index i = 0; i < block.rows(); ++i)
      if (!(weight_[static_cast<std::size_t>(first + i)] > 0) || std::abs(along[i]) > distance)
        block.row(i).setZero();
    sum.selfadjointView<Eigen::Lower>().rankUpdate(block.transpose());
  });
  sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
  return sum;
}

LogisticLikelihood::Margins LogisticLikelihood::margins(const VectorXd& direction) const {
  Margins margins{std::numeric_limits<double>::infinity(), 0};
  VectorXd along;
  for_each_block([&](Block& block, Index first) {
    along.noalias() = block * direction;
    for (Index i = 0; i < along.size(); ++i) {
      const auto row = static_cast<std::size_t>(first + i);
      if (!(weight_[row] > 0)) continue;
      margins.worst = std::min(margins.worst, rows_.outcome[row] != 0 ? along[i] : -along[i]);
      margins.widest = std::max(margins.widest, std::abs(along[i]));
    }
  });
  return margins;
}

double LogisticLikelihood::reach(const VectorXd& direction) const {
  double sum = std::abs(direction[0]);
  for (Index a = 1; a < size(); ++a)
    sum += std::abs(direction[a]) * furthest_[kept_[static_cast<std::size_t>(a - 1)]];
  return sum;
}

std::optional<VectorXd> LogisticLikelihood::separating_column() const {
  struct Span {
    double low{std::numeric_limits<double>::infinity()};
    double high{-std::numeric_limits<double>::infinity()};
    void add(double value) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  };
  std::size_t yes = 0;
  std::size_t no = 0;
  for (std::size_t i = 0; i < weight_.size() && (yes == 0 || no == 0); ++i)
    if (weight_[i] > 0) ++(rows_.outcome[i] != 0 ? yes : no);
  if (yes == 0 && no == 0) return std::nullopt;
  VectorXd direction = VectorXd::Zero(size());
  if (yes == 0 || no == 0) {
    direction[0] = yes > 0 ? 1 : -1;
    return direction;
  }
  for (Index a = 1; a < size(); ++a) {
    const Index j = kept_[static_cast<std::size_t>(a - 1)];
    const auto column = x_.col(j);
    Span of_yes;
    Span of_no;
    // Most columns overlap within their first rows.
    const auto overlap = [&] { return of_yes.low < of_no.high && of_no.low < of_yes.high; };
    for (std::size_t i = 0; i < weight_.size() && !overlap(); ++i)
      if (weight_[i] > 0) (rows_.outcome[i] != 0 ? of_yes : of_no).add(column[static_cast<Index>(i)]);
    if (overlap() ||
        !(std::min(of_yes.low, of_no.low) < std::max(of_yes.high, of_no.high)))  // or the same in all rows
      continue;
    const bool rises = of_yes.low >= of_no.high;
    const double between =
        rises ? of_no.high + (of_yes.low - of_no.high) / 2 : of_yes.high + (of_no.low - of_yes.high) / 2;
    direction[a] = rises ? 1 : -1;
    direction[0] = -direction[a] * ((between - mean_[j]) * (1 / deviation_[j]));
    return direction;
  }
  return std::nullopt;
}

void LogisticLikelihood::settle(const VectorXd& direction, double beyond) {
  settled_by_.resize(weight_.size());
  ++calls_;
  VectorXd along;
  for_each_block([&](Block& block, Index first) {
    along.noalias() = block * direction;
    for (Index i = 0; i < along.size(); ++i) {
      const auto row = static_cast<std::size_t>(first + i);
      if (!(weight_[row] > 0) || !(std::abs(along[i]) > beyond)) continue;
      weight_[row] = 0;
      settled_by_[row] = calls_;
    }
  });
}

double LogisticLikelihood::still_to_go(const VectorXd& b, const VectorXd& direction, std::size_t call,
                                       double out) const {
  double far = 0;
  VectorXd along;
  VectorXd eta;
  for_each_block([&](Block& block, Index first) {
    along.noalias() = block * direction;
    linear(eta, block, first, b);
    for (Index i = 0; i < along.size(); ++i) {
      const auto row = static_cast<std::size_t>(first + i);
      if (settled_by_[row] != call + 1) continue;
      const double towards = rows_.outcome[row] != 0 ? eta[i] : -eta[i];
      far = std::max(far, (out - towards) / std::abs(along[i]));
    }
  });
  return far;
}

LogisticLikelihood::Clusters LogisticLikelihood::clusters(const VectorXd& b) const {
  // Rows of a cluster are often together already; where not, they are visited in its order.
  std::vector<std::uint32_t> order(weight_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t i, std::uint32_t k) { return rows_.cluster[i] < rows_.cluster[k]; });
  Clusters clusters{MatrixXd::Zero(size(), size()), 0};
  Block sums = Block::Zero(block_rows, size());
  Index filled = 0;
  const auto empty = [&] {
    clusters.squares.selfadjointView<Eigen::Lower>().rankUpdate(sums.topRows(filled).transpose());
    sums.setZero();
    filled = 0;
  };
  Block block;
  VectorXd eta;
  std::optional<std::uint32_t> last;
  for (Index k = 0; k < blocks(); ++k) {
    const Index first = k * block_rows;
    fill(block, first, order);
    linear(eta, block, first, b, order);
    for (Index i = 0; i < block.rows(); ++i) {
      const std::size_t row = order[static_cast<std::size_t>(first + i)];
      const double weight = weight_[row];
      // A cluster all of whose rows are settled is one, too.
      if (!rows_.weight.empty() && !(rows_.weight[row] > 0)) continue;
      if (last != rows_.cluster[row]) {
        if (filled == block_rows) empty();
        last = rows_.cluster[row];
        ++clusters.count;
        ++filled;
      }
      if (!(weight > 0)) continue;
      const bool yes = rows_.outcome[row] != 0;
      const Term term = link_ == LogisticLink::logit ? logit_term(yes, eta[i])
                                                     : cloglog_term(yes, eta[i], Information::expected);
      sums.row(filled - 1) += weight * term.slope * block.row(i);
    }
  }
  empty();
  clusters.squares.triangularView<Eigen::StrictlyUpper>() = clusters.squares.transpose();
  return clusters;
}

}  // namespace churn::inline v0
