#include "survival/cox_likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Beyond this an exponential is shifted, well before it overflows.
constexpr double far = 300;

/// A covariate that differs by less has no square that is a double.
constexpr double too_small = 1e-100;

}  // namespace

void require_covariates(const SpellColumns& columns, const Eigen::Ref<const MatrixXd>& covariates,
                        const std::vector<std::string>& names) {
  if (covariates.rows() != at(columns.exit.size()) || covariates.cols() != at(names.size()))
    throw Error(ErrorCode::out_of_range,
                "Covariates need a row for each row of spells, and a name for each column.");
  for (Index j = 0; j < covariates.cols(); ++j)
    for (Index i = 0; i < covariates.rows(); ++i)
      if (!(std::abs(covariates(i, j)) <= 1e100))
        throw Error(ErrorCode::bad_number, "The covariate " + names[static_cast<std::size_t>(j)] +
                                               " of row " + std::to_string(i) +
                                               " is no number, or beyond 1e100. Leave out rows of which it "
                                               "isn't known.");
}

CoxLikelihood::CoxLikelihood(const RiskSets& sets, const Eigen::Ref<const MatrixXd>& covariates,
                             const std::vector<Index>& columns, CoxTies ties)
    : centre(MatrixXd::Zero(at(sets.strata.size()), at(columns.size()))),
      scale(VectorXd::Ones(at(columns.size()))),
      is_steady(columns.size(), true),
      sets_(sets),
      ties_(ties),
      x_(at(sets.size()), at(columns.size())),
      leaving_(RowMajor::Zero(at(sets.slots.size()), at(columns.size()))) {
  std::vector<std::uint32_t> stratum(sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) stratum[i] = sets.stratum_of(i);
  VectorXd total = VectorXd::Zero(at(sets.strata.size()));
  for (std::size_t i = 0; i < sets.size(); ++i) total[stratum[i]] += sets.weight[i];
  const Index p = at(columns.size());
  const Index s_count = total.size();
  RowMajor low = RowMajor::Constant(s_count, p, infinity);
  RowMajor high = RowMajor::Constant(s_count, p, -infinity);
  RowMajor sum = RowMajor::Zero(s_count, p);
  // In blocks of rows, as columns are read in one order and rows written in another.
  constexpr std::size_t block = 2048;
  for (std::size_t from = 0; from < sets.size(); from += block) {
    const std::size_t to = std::min(sets.size(), from + block);
    for (Index j = 0; j < p; ++j) {
      const auto column = covariates.col(columns[static_cast<std::size_t>(j)]);
      for (std::size_t i = from; i < to; ++i) x_(at(i), j) = column[sets.row[i]];
    }
    for (std::size_t i = from; i < to; ++i) {
      const Index s = stratum[i];
      low.row(s) = low.row(s).cwiseMin(x_.row(at(i)));
      high.row(s) = high.row(s).cwiseMax(x_.row(at(i)));
      sum.row(s) += sets.weight[i] * x_.row(at(i));
    }
  }
  for (Index s = 0; s < s_count; ++s) {
    if (!(total[s] > 0)) continue;
    for (Index j = 0; j < p; ++j) {
      centre(s, j) = low(s, j) == high(s, j) ? low(s, j) : sum(s, j) / total[s];
      if (low(s, j) != high(s, j)) is_steady[static_cast<std::size_t>(j)] = false;
    }
  }
  const RowMajor centres = centre;
  Eigen::RowVectorXd deviation = Eigen::RowVectorXd::Zero(p);
  for (std::size_t i = 0; i < sets.size(); ++i) {
    x_.row(at(i)) -= centres.row(stratum[i]);
    deviation += sets.weight[i] * x_.row(at(i)).cwiseAbs();
  }
  const double all = total.sum();
  for (Index j = 0; j < p; ++j) {
    if (deviation[j] / all > too_small)
      scale[j] = deviation[j] / all;
    else
      is_steady[static_cast<std::size_t>(j)] = true;
  }
  const Eigen::RowVectorXd unit = scale.transpose();
  for (Index i = 0; i < x_.rows(); ++i) x_.row(i) = x_.row(i).cwiseQuotient(unit);
  for (std::size_t i = 0; i < sets.size(); ++i)
    if (sets.event[i] != 0) leaving_.row(sets.last[i]) += sets.weight[i] * x_.row(at(i));
}

VectorXd CoxLikelihood::along(const VectorXd& d) const {
  // Row by row in one order of additions, so that equal rows are equal to the last bit.
  VectorXd result(x_.rows());
  const Index p = x_.cols();
  for (Index i = 0; i < x_.rows(); ++i) {
    const double* row = x_.data() + i * p;
    double sum = 0;
    for (Index j = 0; j < p; ++j) sum += row[j] * d[j];
    result[i] = sum;
  }
  return result;
}

bool CoxLikelihood::set(const VectorXd& b) {
  eta_ = along(b);
  if (!eta_.allFinite()) return false;
  shift_ = VectorXd::Zero(at(sets_.strata.size()));
  if (eta_.size() > 0 && eta_.cwiseAbs().maxCoeff() > far) {
    shift_.setConstant(-infinity);
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      double& shift = shift_[sets_.stratum_of(i)];
      shift = std::max(shift, eta_[at(i)]);
    }
    for (std::size_t i = 0; i < sets_.size(); ++i) eta_[at(i)] -= shift_[sets_.stratum_of(i)];
  }
  r_.resize(eta_.size());
  for (std::size_t i = 0; i < sets_.size(); ++i) r_[at(i)] = sets_.weight[i] * std::exp(eta_[at(i)]);
  sum_risk();
  return reckon_days();
}

void CoxLikelihood::sum_risk() {
  const Index p = x_.cols();
  const auto add = [&](std::size_t i, double* to) {
    const double r = r_[at(i)];
    const double* row = x_.data() + at(i) * p;
    to[0] += r;
    for (Index j = 0; j < p; ++j) to[j + 1] += r * row[j];
  };
  at_risk_ = sets_.sum_at_risk(p + 1, add);
  departing_ = RowMajor::Zero(at(sets_.slots.size()), p + 1);
  for (std::size_t i = 0; i < sets_.size(); ++i)
    if (sets_.event[i] != 0) add(i, departing_.data() + at(sets_.last[i]) * (p + 1));
}

bool CoxLikelihood::reckon_days() {
  loglik_ = 0;
  for (std::size_t i = 0; i < sets_.size(); ++i)
    if (sets_.event[i] != 0) loglik_ += sets_.weight[i] * eta_[at(i)];
  days_.assign(sets_.slots.size(), Day{0, 0, 0, 0, 0});
  for (std::size_t t = 0; t < days_.size(); ++t) {
    const RiskSets::Slot& slot = sets_.slots[t];
    const double s0 = at_risk_(at(t), 0);
    Day& day = days_[t];
    if (ties_ == CoxTies::efron && slot.events > 1) {
      const auto d = static_cast<double>(slot.events);
      const double mean_weight = slot.event_weight / d;
      for (std::int64_t k = 0; k < slot.events; ++k) {
        const double f = static_cast<double>(k) / d;
        const double denominator = s0 - f * departing_(at(t), 0);
        const double step = mean_weight / denominator;
        loglik_ -= mean_weight * std::log(denominator);
        day.hazard += step;
        day.less += f * step;
        day.square += step / denominator;
        day.square_less += f * step / denominator;
        day.square_less_2 += f * f * step / denominator;
      }
    } else {
      if (ties_ != CoxTies::exact) loglik_ -= slot.event_weight * std::log(s0);
      day.hazard = slot.event_weight / s0;
      day.square = day.hazard / s0;
    }
    if (!std::isfinite(day.square)) return false;
  }
  if (ties_ == CoxTies::exact) {
    exact_score_ = VectorXd::Zero(x_.cols());
    exact_information_ = MatrixXd::Zero(x_.cols(), x_.cols());
    std::vector<std::vector<std::uint32_t>> of_stratum(sets_.strata.size());
    for (std::size_t i = 0; i < sets_.size(); ++i)
      of_stratum[sets_.stratum_of(i)].push_back(static_cast<std::uint32_t>(i));
    std::vector<std::uint32_t> at_risk;
    for (std::size_t t = 0; t < days_.size(); ++t) {
      at_risk.clear();
      for (const std::uint32_t i : of_stratum[sets_.slots[t].stratum])
        if (sets_.first[i] <= t && t <= sets_.last[i]) at_risk.push_back(i);
      if (!reckon_exact(t, at_risk)) return false;
    }
  }
  return std::isfinite(loglik_);
}

/// Minus the logarithm of the sum, over all choices of d of those at risk, of the product of their r, and its
/// derivatives: mean and covariance of the sum of x over a choice. Each joins with odds l r on its own, and
/// what is reckoned is conditional on d joining, so that l doesn't matter: it is set such that d are
/// expected, and no number runs over.
bool CoxLikelihood::reckon_exact(std::size_t slot, const std::vector<std::uint32_t>& at_risk) {
  const auto d = static_cast<std::size_t>(sets_.slots[slot].events);
  const Index p = x_.cols();
  if (d == at_risk.size()) {  // there's one choice
    for (const std::uint32_t i : at_risk) loglik_ -= eta_[i];
    exact_score_ -= leaving_.row(at(slot)).transpose();
    return true;
  }
  double low = -far;  // of the logarithm of l
  double high = far;
  double largest = -infinity;
  for (const std::uint32_t i : at_risk) largest = std::max(largest, eta_[i]);
  for (int step = 0; step < 50; ++step) {
    const double middle = (low + high) / 2;
    double expected = 0;
    for (const std::uint32_t i : at_risk) expected += 1 / (1 + std::exp(-(middle + eta_[i] - largest)));
    (expected < static_cast<double>(d) ? low : high) = middle;
  }
  const double log_l = (low + high) / 2;
  const Eigen::RowVectorXd mean =
      at_risk_.row(at(slot)).tail(p) / at_risk_(at(slot), 0);  // subtracted, as all choices are of d
  const Index parts = 1 + p + p * p;
  RowMajor of =
      RowMajor::Zero(at(d) + 1, parts);  // by how many joined: probability, times sum, times sum sum'
  of(0, 0) = 1;
  double log_none = 0;  // that nobody joins
  Eigen::RowVectorXd x(p);
  for (std::size_t n = 0; n < at_risk.size(); ++n) {
    const double logit = log_l + eta_[at_risk[n]] - largest;
    const double joins = 1 / (1 + std::exp(-logit));
    const double stays = 1 / (1 + std::exp(logit));
    log_none += logit > 0 ? -logit - std::log1p(std::exp(-logit)) : -std::log1p(std::exp(logit));
    x = x_.row(at_risk[n]) - mean;
    const std::size_t left = at_risk.size() - n - 1;
    const std::size_t least = d > left ? d - left : 0;  // fewer can't become d any more
    for (std::size_t k = std::min(d, n + 1);; --k) {
      if (k < least) break;
      of.row(at(k)) *= stays;
      if (k == 0) break;
      const double before = of(at(k - 1), 0);
      of(at(k), 0) += joins * before;
      for (Index j = 0; j < p; ++j) {
        const double sum = of(at(k - 1), 1 + j);
        of(at(k), 1 + j) += joins * (sum + x[j] * before);
        for (Index m = 0; m <= j; ++m)
          of(at(k), 1 + p + j * p + m) += joins * (of(at(k - 1), 1 + p + j * p + m) + sum * x[m] +
                                                   x[j] * of(at(k - 1), 1 + m) + x[j] * x[m] * before);
      }
    }
  }
  const double joined = of(at(d), 0);
  if (!(joined > 0)) return false;
  loglik_ -= std::log(joined) - log_none - static_cast<double>(d) * (log_l - largest);
  const Eigen::RowVectorXd sum = of.row(at(d)).segment(1, p) / joined;
  exact_score_ -= (sum + static_cast<double>(d) * mean).transpose();
  for (Index j = 0; j < p; ++j)
    for (Index m = 0; m <= j; ++m)
      exact_information_(j, m) += of(at(d), 1 + p + j * p + m) / joined - sum[j] * sum[m];
  return true;
}

CoxLikelihood::Derivatives CoxLikelihood::derivatives() const {
  if (ties_ != CoxTies::exact) return derivatives(VectorXd::Ones(at(days_.size())));
  Derivatives result;
  result.score = exact_score_ + leaving_.colwise().sum().transpose();
  result.information = exact_information_.selfadjointView<Eigen::Lower>();
  result.size = derivatives(VectorXd::Ones(at(days_.size()))).size;
  return result;
}

CoxLikelihood::Derivatives CoxLikelihood::derivatives(const VectorXd& factor) const {
  const Index p = x_.cols();
  const Index m = at(days_.size());
  RowMajor hazard(m, 1);
  VectorXd a(m);
  VectorXd b(m);
  VectorXd c(m);
  Derivatives result{VectorXd::Zero(p), MatrixXd::Zero(p, p), VectorXd::Zero(p)};
  if (p == 0) return result;  // Eigen's products of matrices without columns look at their first element
  const auto s1 = at_risk_.rightCols(p);
  const auto d1 = departing_.rightCols(p);
  for (Index t = 0; t < m; ++t) {
    const Day& day = days_[static_cast<std::size_t>(t)];
    hazard(t, 0) = factor[t] * day.hazard;
    a[t] = factor[t] * day.square;
    b[t] = factor[t] * day.square_less;
    c[t] = factor[t] * day.square_less_2;
    result.score += factor[t] * (leaving_.row(t) - day.hazard * s1.row(t) + day.less * d1.row(t)).transpose();
  }
  VectorXd rate(x_.rows());
  sets_.sum_over_slots(hazard, [&](std::size_t i, const double* head, const double* tail) {
    double sum = (head == nullptr ? 0 : *head) + *tail;
    if (sets_.event[i] != 0) sum -= factor[sets_.last[i]] * days_[sets_.last[i]].less;
    rate[at(i)] = r_[at(i)] * sum;
  });
  MatrixXd information = MatrixXd::Zero(p, p);
  constexpr Index block = 512;
  RowMajor scaled;
  for (Index i = 0; i < x_.rows(); i += block) {
    const Index count = std::min(block, x_.rows() - i);
    const auto rows = x_.middleRows(i, count);
    scaled = rate.segment(i, count).asDiagonal() * rows;
    information.triangularView<Eigen::Lower>() += rows.transpose() * scaled;
  }
  result.size = information.diagonal();
  for (Index t = 0; t < m; t += block) {
    const Index count = std::min(block, m - t);
    const auto s = s1.middleRows(t, count);
    const auto d = d1.middleRows(t, count);
    scaled = a.segment(t, count).asDiagonal() * s;
    scaled -= b.segment(t, count).asDiagonal() * d;
    information.triangularView<Eigen::Lower>() -= s.transpose() * scaled;
    scaled = c.segment(t, count).asDiagonal() * d;
    scaled -= b.segment(t, count).asDiagonal() * s;
    information.triangularView<Eigen::Lower>() -= d.transpose() * scaled;
  }
  result.information = information.selfadjointView<Eigen::Lower>();
  return result;
}

RowMajor CoxLikelihood::score_residuals() const {
  const Index p = x_.cols();
  const Index m = at(days_.size());
  // Of hazard and of hazard x mean of those at risk; means over f of who leaves at a time.
  RowMajor steps(m, p + 1);
  RowMajor mean(m, p);
  RowMajor own(m, p);
  const auto s1 = at_risk_.rightCols(p);
  const auto d1 = departing_.rightCols(p);
  for (Index t = 0; t < m; ++t) {
    const Day& day = days_[static_cast<std::size_t>(t)];
    steps(t, 0) = day.hazard;
    steps.row(t).tail(p) = day.square * s1.row(t) - day.square_less * d1.row(t);
    own.row(t) = day.square_less * s1.row(t) - day.square_less_2 * d1.row(t);
    mean.row(t) = (day.hazard * s1.row(t) - day.less * d1.row(t)) /
                  sets_.slots[static_cast<std::size_t>(t)].event_weight;
  }
  RowMajor residuals(x_.rows(), p);
  Eigen::RowVectorXd sum(p + 1);
  sets_.sum_over_slots(steps, [&](std::size_t i, const double* head, const double* tail) {
    sum = Eigen::Map<const Eigen::RowVectorXd>(tail, p + 1);
    if (head != nullptr) sum += Eigen::Map<const Eigen::RowVectorXd>(head, p + 1);
    const Index t = sets_.last[i];
    auto residual = residuals.row(at(i));
    residual.setZero();
    if (sets_.event[i] != 0) {
      sum[0] -= days_[sets_.last[i]].less;
      sum.tail(p) -= own.row(t);
      residual = sets_.weight[i] * (x_.row(at(i)) - mean.row(t));
    }
    residual -= r_[at(i)] * (sum[0] * x_.row(at(i)) - sum.tail(p));
  });
  return residuals;
}

CoxBaseline CoxLikelihood::baseline(std::size_t stratum) const {
  const RiskSets::Stratum& of = sets_.strata[stratum];
  const Index p = x_.cols();
  CoxBaseline result;
  result.stratum = of.name;
  result.lean = MatrixXd::Zero(at(of.end - of.begin), p);
  // Shifted exponentials have been smaller by exp(shift), and hazards larger.
  const double unit = std::exp(-shift_[at(stratum)]);
  double hazard = 0;
  double variance = 0;
  Eigen::RowVectorXd lean = Eigen::RowVectorXd::Zero(p);
  for (std::size_t t = of.begin; t < of.end; ++t) {
    const Day& day = days_[t];
    hazard += unit * day.hazard;
    variance += unit * unit * day.square;
    lean +=
        unit * (day.square * at_risk_.row(at(t)).tail(p) - day.square_less * departing_.row(at(t)).tail(p));
    result.time.push_back(sets_.slots[t].time);
    result.at_risk.push_back(sets_.slots[t].at_risk);
    result.events.push_back(sets_.slots[t].events);
    result.cumulative_hazard.push_back(hazard);
    result.variance.push_back(variance);
    if (p > 0) result.lean.row(at(t - of.begin)) = lean;
  }
  return result;
}

double CoxLikelihood::spread(const VectorXd& d) const {
  const VectorXd value = along(d);
  VectorXd low = VectorXd::Constant(at(sets_.strata.size()), infinity);
  VectorXd high = VectorXd::Constant(at(sets_.strata.size()), -infinity);
  double widest = 0;
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    const Index s = sets_.stratum_of(i);
    low[s] = std::min(low[s], value[at(i)]);
    high[s] = std::max(high[s], value[at(i)]);
    widest = std::max(widest, high[s] - low[s]);
  }
  return widest;
}

std::optional<double> CoxLikelihood::monotone_along(const VectorXd& d) const {
  const double widest = spread(d);
  if (!(widest > 0)) return std::nullopt;
  const VectorXd value = along(d);
  std::vector<double> lowest(days_.size(), infinity);
  for (std::size_t i = 0; i < sets_.size(); ++i)
    if (sets_.event[i] != 0) lowest[sets_.last[i]] = std::min(lowest[sets_.last[i]], value[at(i)]);
  // Whether a row at risk is above the lowest departure of one of its days: the least of those is what
  // counts. By doubling: least[k][t] is that of the 2^k days from t on, and two of them cover any days.
  std::vector<std::vector<double>> least{lowest};
  for (std::size_t width = 1; 2 * width <= days_.size(); width *= 2) {
    const std::vector<double>& half = least.back();
    std::vector<double> both(days_.size() - 2 * width + 1);
    for (std::size_t t = 0; t < both.size(); ++t) both[t] = std::min(half[t], half[t + width]);
    least.push_back(std::move(both));
  }
  double worst = infinity;
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    // Of the departures of a day all have to be as high, but where they are a choice (exact) who stays has to
    // be lower.
    const bool spared = ties_ == CoxTies::exact && sets_.event[i] != 0;
    const std::size_t end = sets_.last[i] + (spared ? std::size_t{0} : std::size_t{1});
    const std::size_t count = end - sets_.first[i];
    if (count == 0) continue;
    std::size_t k = 0;
    while ((std::size_t{2} << k) <= count) ++k;
    const std::size_t width = std::size_t{1} << k;
    const double reach = std::min(least[k][sets_.first[i]], least[k][end - width]);
    worst = std::min(worst, reach - value[at(i)]);
  }
  return worst / widest;
}

}  // namespace churn::inline v0
