#include <churn/lever/landmark_effect.hpp>

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <churn/core/exact.hpp>
#include <churn/stats/e_value.hpp>
#include <churn/stats/logistic.hpp>
#include <churn/survival/cox.hpp>

#include "stats/normal_quantile.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// A share that left by the end of follow-up from which on odds, hazards and risks are no longer alike.
constexpr double common_outcome = 0.15;
/// Rows of an arm, and as many as it is worth once weighted.
constexpr std::size_t fewest_for_weights = 20;

Index column(std::size_t i) { return static_cast<Index>(i); }

/// Within the horizon.
struct FollowUp {
  std::vector<std::int32_t> exit;  // counted from 1, so that who leaves on the landmark day was at risk of it
  std::vector<std::uint8_t> left;
};

FollowUp follow_up_of(const LandmarkRows& rows) {
  FollowUp follow{std::vector<std::int32_t>(rows.rows()), std::vector<std::uint8_t>(rows.rows())};
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const bool left = rows.departs_in[r] >= 0 && rows.departs_in[r] < rows.horizon;
    follow.left[r] = left ? 1 : 0;
    follow.exit[r] = left ? rows.departs_in[r] + 1 : std::min(rows.known_for[r], rows.horizon);
  }
  return follow;
}

LandmarkHazardRatio ratio_of(const CoxCoefficient& coefficient) {
  return {coefficient.hazard_ratio, coefficient.hazard_ratio_interval, coefficient.p};
}

/// Under the complementary log-log link.
LandmarkHazardRatio ratio_of(const LogisticCoefficient& coefficient) {
  return {coefficient.odds_ratio, coefficient.odds_ratio_interval, coefficient.p};
}

/// Those rows whose horizon is over.
std::vector<std::size_t> followed_rows(const LandmarkRows& rows) {
  std::vector<std::size_t> followed;
  for (std::size_t r = 0; r < rows.rows(); ++r)
    if (rows.known_for[r] >= rows.horizon) followed.push_back(r);
  return followed;
}

class RatiosOfLevels {
 public:
  RatiosOfLevels(const LandmarkRows& rows, const FollowUp& follow, double confidence)
      : rows_(rows), follow_(follow), confidence_(confidence) {}

  /// Of these columns for the levels, beside the first `covariates` columns of the rows.
  [[nodiscard]] std::vector<LandmarkHazardRatio> operator()(const MatrixXd& levels,
                                                            std::size_t covariates) const {
    std::vector<LandmarkHazardRatio> ratios(static_cast<std::size_t>(levels.cols()));
    if (levels.rows() == 0) return ratios;
    MatrixXd x(levels.rows(), levels.cols() + column(covariates));
    x.leftCols(levels.cols()) = levels;
    if (covariates > 0) x.rightCols(column(covariates)) = rows_.covariates.leftCols(column(covariates));
    std::vector<std::string> names;
    for (Index l = 0; l < levels.cols(); ++l) names.push_back("level " + std::to_string(l + 1));
    names.insert(names.end(), rows_.names.begin(),
                 rows_.names.begin() + static_cast<std::ptrdiff_t>(covariates));
    if (rows_.at_horizon)
      at_horizon(x, names, ratios);
    else
      day_by_day(x, names, ratios);
    return ratios;
  }

 private:
  void day_by_day(const MatrixXd& x, const std::vector<std::string>& names,
                  std::vector<LandmarkHazardRatio>& ratios) const {
    const CoxFit fit = cox_regression({.exit = follow_.exit, .event = follow_.left}, x, names,
                                      {.confidence = confidence_, .concordance = false});
    for (std::size_t l = 0; l < ratios.size(); ++l) ratios[l] = ratio_of(fit.coefficients[l]);
  }
  void at_horizon(const MatrixXd& x, const std::vector<std::string>& names,
                  std::vector<LandmarkHazardRatio>& ratios) const {
    const std::vector<std::size_t> followed = followed_rows(rows_);
    if (followed.empty()) return;
    MatrixXd known(column(followed.size()), x.cols());
    std::vector<std::uint8_t> left(followed.size());
    for (std::size_t i = 0; i < followed.size(); ++i) {
      known.row(column(i)) = x.row(column(followed[i]));
      left[i] = follow_.left[followed[i]];
    }
    const LogisticFit fit = logistic_regression(known, {.outcome = left}, names,
                                                {.link = LogisticLink::cloglog, .confidence = confidence_});
    for (std::size_t l = 0; l < ratios.size(); ++l) ratios[l] = ratio_of(fit.coefficients[l + 1]);
  }

  const LandmarkRows& rows_;
  const FollowUp& follow_;
  double confidence_;
};

/// What is left of a column of numbers once columns have explained what they can of it.
VectorXd residual_of(const VectorXd& values, const MatrixXd& columns) {
  if (columns.cols() == 0) return values;
  const VectorXd fitted =
      Eigen::LDLT<MatrixXd>(columns.transpose() * columns).solve(columns.transpose() * values);
  return fitted.allFinite() ? VectorXd(values - columns * fitted) : values;
}

/// How many rows of equal weight would know as much: (sum of w)^2 / sum of w^2.
double effective_rows(const VectorXd& weight, const std::vector<std::uint8_t>& with, std::uint8_t arm) {
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (with[i] != arm) continue;
    const double w = weight[column(i)];
    sum += w;
    squares += w * w;
  }
  return sum * sum / squares;
}

class WeightedDifference {
 public:
  WeightedDifference(const LandmarkRows& rows, const FollowUp& follow, std::size_t covariates)
      : rows_(rows), follow_(follow), covariates_(covariates), followed_(followed_rows(rows)) {}

  void into(LandmarkEffect& effect, double confidence) const;

 private:
  [[nodiscard]] LogisticFit propensity(const MatrixXd& x, const std::vector<std::uint8_t>& with) const {
    std::vector<std::string> names(rows_.names.begin(),
                                   rows_.names.begin() + static_cast<std::ptrdiff_t>(covariates_));
    return logistic_regression(x, {.outcome = with}, names);
  }
  const LandmarkRows& rows_;
  const FollowUp& follow_;
  std::size_t covariates_;
  std::vector<std::size_t> followed_;
};

void WeightedDifference::into(LandmarkEffect& effect, double confidence) const {
  const std::size_t n = followed_.size();
  const auto all = static_cast<double>(n);
  MatrixXd x(column(n), column(covariates_));
  std::vector<std::uint8_t> with(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (covariates_ > 0)
      x.row(column(i)) = rows_.covariates.row(column(followed_[i])).head(column(covariates_));
    with[i] = rows_.level[followed_[i]] > 0 ? 1 : 0;
  }
  const auto exposed = static_cast<std::size_t>(std::count(with.begin(), with.end(), std::uint8_t{1}));
  if (covariates_ == 0 || exposed < fewest_for_weights || n - exposed < fewest_for_weights) {
    effect.why_not_weighted =
        covariates_ == 0 ? "There is nothing to weight by." : "Weights need 20 customers with and without.";
    return;
  }
  const LogisticFit fit = propensity(x, with);
  const VectorXd chance = fit.probabilities(x);
  const auto is_separated = [](const LogisticCoefficient& c) {
    return c.trouble == LogisticTrouble::separated;
  };
  bool comparable = fit.converged && chance.allFinite() &&
                    std::none_of(fit.coefficients.begin(), fit.coefficients.end(), is_separated);
  VectorXd weight(column(n));
  for (std::size_t i = 0; i < n && comparable; ++i) {
    const double was = with[i] == 1 ? chance[column(i)] : 1 - chance[column(i)];
    comparable = was > 0;
    weight[column(i)] = 1 / was;
  }
  if (!comparable || !(effective_rows(weight, with, 1) >= fewest_for_weights) ||
      !(effective_rows(weight, with, 0) >= fewest_for_weights)) {
    effect.why_not_weighted =
        "By what is recorded of customers, those with and those without are hardly comparable.";
    return;
  }
  double weight_with = 0;
  double weight_without = 0;
  double stayed_with = 0;
  double stayed_without = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Index at = column(i);
    const double stayed = follow_.left[followed_[i]] == 0 ? 1 : 0;
    (with[i] == 1 ? weight_with : weight_without) += weight[at];
    (with[i] == 1 ? stayed_with : stayed_without) += weight[at] * stayed;
  }
  const double share_with = stayed_with / weight_with;
  const double share_without = stayed_without / weight_without;
  // Influence of each row on the difference, less what the estimate of the weights takes back of it.
  VectorXd influence(column(n));
  MatrixXd scores(column(n), column(covariates_) + 1);
  for (std::size_t i = 0; i < n; ++i) {
    const Index at = column(i);
    const double stayed = follow_.left[followed_[i]] == 0 ? 1 : 0;
    influence[at] = with[i] == 1 ? all * weight[at] * (stayed - share_with) / weight_with
                                 : -all * weight[at] * (stayed - share_without) / weight_without;
    const double apart = (with[i] == 1 ? 1 : 0) - chance[at];
    scores(at, 0) = apart;
    scores.row(at).tail(column(covariates_)) = apart * x.row(at);
  }
  const double error = std::sqrt(residual_of(influence, scores).squaredNorm()) / all;
  const double difference = share_with - share_without;
  const double wide = two_sided_quantile(confidence) * error;
  effect.weighted = difference;
  effect.weighted_interval = Interval{std::max(-1.0, difference - wide), std::min(1.0, difference + wide)};
}

void set_e_values(LandmarkEffect& effect) {
  const LandmarkHazardRatio& ratio = effect.adjusted.value ? effect.adjusted : effect.plain;
  constexpr double beyond = 1e100;
  if (!ratio.value || !ratio.interval || !(ratio.interval->low > 1 / beyond) ||
      !(ratio.interval->high < beyond))
    return;
  const auto shares = {effect.retained.one.value(), effect.retained.other.value()};
  const bool common = std::any_of(shares.begin(), shares.end(),
                                  [](const auto& kept) { return kept && 1 - *kept > common_outcome; });
  const EValue value = e_value_of_hazard_ratio(
      *ratio.value, common ? OutcomeFrequency::common : OutcomeFrequency::rare, ratio.interval);
  effect.e_value = value.estimate;
  effect.e_value_of_limit = value.limit;
}

std::string why_no_effect(const LandmarkEffect& effect, const LandmarkRows& rows) {
  if (rows.rows() == 0) return "No customer was there at the landmark whose exposure is known.";
  if (effect.arms[0].customers == 0) return "Every customer was exposed: there is nobody to compare with.";
  if (effect.arms[0].customers == static_cast<std::int64_t>(rows.rows()))
    return "No customer was exposed: there is nobody to compare.";
  if (effect.departures == 0) return "Nobody left within the horizon.";
  return "Those with and without can't be told apart by who left.";
}

}  // namespace

LandmarkEffect landmark_effect(const LandmarkRows& rows, const LandmarkEffectRule& rule) {
  rows.validate();
  const IntervalRule interval = rule.contrast.interval.value_or(IntervalRule{});
  const double confidence = interval.confidence;
  LandmarkEffect effect;
  for (const std::string& level : rows.levels) effect.arms.push_back({.level = level});
  const FollowUp follow = follow_up_of(rows);
  std::vector<std::int64_t> left(rows.levels.size(), 0);
  std::vector<std::int64_t> followed(rows.levels.size(), 0);
  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const std::size_t level = rows.level[r];
    LandmarkArm& arm = effect.arms[level];
    ++arm.customers;
    if (!rows.ticks.empty()) arm.ticks = checked_add(arm.ticks, rows.ticks[r]);
    effect.departures += follow.left[r];
    if (rows.known_for[r] < rows.horizon) continue;
    ++followed[level];
    left[level] += follow.left[r];
  }
  for (std::size_t l = 0; l < effect.arms.size(); ++l) {
    effect.arms[l].retained = Proportion{followed[l] - left[l], followed[l]};
    effect.arms[l].interval = effect.arms[l].retained.interval(interval);
  }
  const auto with = [](const std::vector<std::int64_t>& counts) {
    return std::accumulate(counts.begin() + 1, counts.end(), std::int64_t{0});
  };
  effect.retained =
      contrast({with(followed) - with(left), with(followed)}, effect.arms[0].retained, rule.contrast);
  if (rows.levels.size() > 2) effect.trend = rate_trend(left, followed);

  const RatiosOfLevels ratios_of{rows, follow, confidence};
  MatrixXd score(column(rows.rows()), 1);
  for (std::size_t r = 0; r < rows.rows(); ++r) score(column(r), 0) = rows.level[r];
  effect.plain = ratios_of(score, 0)[0];
  std::size_t covariates = rows.names.size();
  if (rule.departures_a_column > 0) {
    const auto known = static_cast<std::size_t>(std::accumulate(left.begin(), left.end(), std::int64_t{0}));
    const std::size_t room =
        (rows.at_horizon ? known : effect.departures) / static_cast<std::size_t>(rule.departures_a_column);
    covariates = std::min(covariates, room > 0 ? room - 1 : 0);
  }
  const auto last = rows.names.begin() + static_cast<std::ptrdiff_t>(covariates);
  effect.adjusted_for.assign(rows.names.begin(), last);
  effect.left_out.assign(last, rows.names.end());
  if (covariates > 0) effect.adjusted = ratios_of(score, covariates)[0];
  if (rows.rows() > 0) {
    MatrixXd steps = MatrixXd::Zero(column(rows.rows()), column(rows.levels.size() - 1));
    for (std::size_t r = 0; r < rows.rows(); ++r)
      if (rows.level[r] > 0) steps(column(r), column(rows.level[r]) - 1) = 1;
    const std::vector<LandmarkHazardRatio> ratios = ratios_of(steps, covariates);
    for (std::size_t l = 0; l < ratios.size(); ++l) effect.arms[l + 1].step = ratios[l];
  }
  if (rule.weighted) WeightedDifference{rows, follow, covariates}.into(effect, confidence);
  effect.p = effect.adjusted.p ? effect.adjusted.p : effect.plain.p ? effect.plain.p : effect.retained.p;
  set_e_values(effect);
  if (!effect.p) effect.why_not = why_no_effect(effect, rows);
  return effect;
}

}  // namespace churn::inline v0
