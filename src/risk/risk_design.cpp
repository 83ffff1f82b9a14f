#include "risk/risk_design.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <churn/segment/customer_groups.hpp>

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Of the rows: a column that is missing more rarely, or there more rarely, has nothing to learn a weight from.
constexpr double rarely = 0.01;
/// The ridge of stretches of tenure, whatever that of the indicators is: of stretches without a departure, too, there is
/// an estimate, and those with many are hardly drawn in.
constexpr double ridge_of_tenure = 1;
constexpr Index rows_at_once = 256;

double z_of(const Observations& observations, const RiskTerm& term, Index row, Index column) {
  return observations.missing(row, column) ? 0 : term.transform(observations.values(row, column));
}

/// Correlations of the z of some columns, over all rows; missing is 0, the mean.
MatrixXd correlations(const Observations& observations, const std::vector<RiskTerm>& terms,
                      const std::vector<std::size_t>& which) {
  const auto p = static_cast<Index>(which.size());
  const auto n = static_cast<Index>(observations.rows());
  if (p == 0) return {};
  MatrixXd products = MatrixXd::Zero(p, p);
  MatrixXd z(p, rows_at_once);
  for (Index at = 0; at < n; at += rows_at_once) {
    const Index rows = std::min(rows_at_once, n - at);
    for (Index j = 0; j < p; ++j) {
      const std::size_t k = which[static_cast<std::size_t>(j)];
      for (Index i = 0; i < rows; ++i) z(j, i) = z_of(observations, terms[k], at + i, static_cast<Index>(k));
    }
    products.selfadjointView<Eigen::Lower>().rankUpdate(z.leftCols(rows));
  }
  // z has the mean 0 and some variance, for none of these columns is constant.
  const VectorXd size = products.diagonal().cwiseSqrt();
  MatrixXd result = products.selfadjointView<Eigen::Lower>();
  result.array() /= (size * size.transpose()).array();
  return result;
}

}  // namespace

std::size_t stretch_of(const std::vector<std::int32_t>& cuts, std::int32_t tenure) noexcept {
  return static_cast<std::size_t>(std::upper_bound(cuts.begin(), cuts.end(), tenure) - cuts.begin());
}

RiskDesign::RiskDesign(const Observations& observations, std::uint32_t folds,
                       std::optional<double> group_above, std::vector<std::int32_t> tenure_cuts)
    : tenure_cuts_(std::move(tenure_cuts)) {
  if (!tenure_cuts_.empty()) stretches_ = static_cast<Index>(tenure_cuts_.size()) + 1;
  const auto rows = static_cast<double>(observations.rows());
  for (std::size_t k = 0; k < observations.columns.size(); ++k) {
    const auto column = static_cast<Index>(k);
    terms_.push_back(
        {.column = observations.columns[k],
         .transform = Transform::fit(observations.values.col(column), observations.missing.col(column)),
         .group = static_cast<std::uint32_t>(k)});
  }
  if (group_above) join_alike(observations, *group_above);
  // Groups are numbered in order of their first columns.
  std::vector<std::uint32_t> number(terms_.size(), 0);
  std::uint32_t groups = 0;
  for (std::size_t k = 0; k < terms_.size(); ++k) {
    const std::uint32_t first = terms_[k].group;
    if (first == k) number[k] = groups++;
    terms_[k].group = number[first];
    if (terms_[k].transform.deviation == 0) continue;
    if (first == k)
      columns_.push_back({.terms = {k}});
    else
      std::find_if(columns_.begin(), columns_.end(), [&](const Column& column) {
        return column.terms.front() == first;
      })->terms.push_back(k);
  }
  for (std::size_t k = 0; k < terms_.size(); ++k) {
    const double missing = rows - static_cast<double>(terms_[k].transform.known);
    if (missing >= rarely * rows && missing <= (1 - rarely) * rows && missing > 0)
      columns_.push_back({.terms = {k}, .missing = true});
  }
  order_rows(observations, folds);
  fill(observations);
}

void RiskDesign::order_rows(const Observations& observations, std::uint32_t folds) {
  std::vector<std::uint32_t> fold(observations.customers.size());
  for (std::size_t c = 0; c < fold.size(); ++c) fold[c] = customer_group(observations.customers[c], folds);
  std::vector<Index> end(folds, 0);
  for (const std::uint32_t customer : observations.customer) ++end[fold[customer]];
  std::partial_sum(end.begin(), end.end(), end.begin());
  begins_ = {0};
  for (const Index at : end)
    if (at > begins_.back()) begins_.push_back(at);
  row_.resize(observations.rows());
  for (std::size_t row = observations.rows(); row-- > 0;)
    row_[static_cast<std::size_t>(--end[fold[observations.customer[row]]])] = static_cast<Index>(row);
}

/// Complete linkage: two groups become one while every column of one correlates above the limit with every column of the
/// other, those first whose least correlation is the highest.
void RiskDesign::join_alike(const Observations& observations, double above) {
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < terms_.size(); ++k)
    if (terms_[k].transform.deviation > 0) which.push_back(k);
  MatrixXd least = correlations(observations, terms_, which);
  std::vector<Index> groups(which.size());
  std::iota(groups.begin(), groups.end(), Index{0});
  for (;;) {
    double highest = above;
    std::size_t to = 0;
    std::size_t from = 0;
    for (std::size_t j = 1; j < groups.size(); ++j)
      for (std::size_t i = 0; i < j; ++i)
        if (least(groups[i], groups[j]) > highest) {
          highest = least(groups[i], groups[j]);
          to = i;
          from = j;
        }
    if (from == 0) break;
    const Index kept = groups[to];
    const Index gone = groups[from];
    for (const Index other : groups)
      least(kept, other) = least(other, kept) = std::min(least(kept, other), least(gone, other));
    const std::size_t kept_term = which[static_cast<std::size_t>(kept)];
    const std::size_t gone_term = which[static_cast<std::size_t>(gone)];
    for (RiskTerm& term : terms_)
      if (term.group == gone_term) term.group = static_cast<std::uint32_t>(kept_term);
    groups.erase(groups.begin() + static_cast<std::ptrdiff_t>(from));
  }
}

void RiskDesign::fill(const Observations& observations) {
  const auto n = static_cast<Index>(row_.size());
  const auto columns = static_cast<Index>(columns_.size());
  x_ = MatrixXd::Zero(1 + columns + stretches_, n);
  x_.row(0).setOnes();
  // In blocks of rows: what is written column by column is a row of x.
  for (Index at = 0; at < n; at += rows_at_once) {
    const Index end = std::min(n, at + rows_at_once);
    for (Index j = 0; j < columns; ++j) fill_column(observations, j, at, end);
    if (stretches_ > 0)
      for (Index i = at; i < end; ++i) {
        const std::int32_t tenure =
            observations.tenure[static_cast<std::size_t>(row_[static_cast<std::size_t>(i)])];
        x_(1 + columns + static_cast<Index>(stretch_of(tenure_cuts_, tenure)), i) = 1;
      }
  }
  VectorXd deviation(columns);
  for (Index j = 0; j < columns; ++j) {
    Column& column = columns_[static_cast<std::size_t>(j)];
    const double part = column.squares / static_cast<double>(column.missing ? n : column.known);
    deviation(j) = column.deviation = std::sqrt(column.missing ? part * (1 - part) : part);
  }
  for (Index i = 0; i < n; ++i) x_.col(i).segment(1, columns).array() /= deviation.array();
}

void RiskDesign::fill_column(const Observations& observations, Index j, Index begin, Index end) {
  Column& column = columns_[static_cast<std::size_t>(j)];
  for (Index i = begin; i < end; ++i) {
    const Index row = row_[static_cast<std::size_t>(i)];
    double value = 0;
    bool known = false;
    for (const std::size_t k : column.terms) {
      const auto from = static_cast<Index>(k);
      const bool missing = observations.missing(row, from);
      known = known || !missing;
      value += column.missing ? static_cast<double>(missing) : z_of(observations, terms_[k], row, from);
    }
    x_(1 + j, i) = value;
    column.squares += value * value;
    column.known += known ? 1 : 0;
  }
}

VectorXd RiskDesign::penalty(double ridge) const {
  VectorXd result = VectorXd::Constant(x_.rows(), ridge);
  result(0) = 0;
  result.tail(stretches_).setConstant(ridge_of_tenure);
  return result;
}

void RiskDesign::write(const VectorXd& b, RiskModel& model) const {
  model.intercept = b(0);
  model.terms = terms_;
  for (std::size_t j = 0; j < columns_.size(); ++j) {
    const double weight = b(static_cast<Index>(j) + 1) / columns_[j].deviation;
    for (const std::size_t k : columns_[j].terms)
      (columns_[j].missing ? model.terms[k].missing_weight : model.terms[k].weight) = weight;
  }
  model.tenure_cuts = tenure_cuts_;
  model.tenure_weights.assign(b.data() + b.size() - stretches_, b.data() + b.size());
}

}  // namespace churn::inline v0
