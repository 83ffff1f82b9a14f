#include <churn/stats/change_point.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <churn/stats/poisson_interval.hpp>
#include <churn/stats/wilson.hpp>

#include "stats/observed.hpp"
#include "stats/pooled.hpp"

namespace churn::inline v0 {

namespace {

/// x log(x / n), which is 0 for x = 0.
double x_log_share(double x, double n) { return x == 0 ? 0 : x * std::log(x / n); }

class Costs {
 public:
  Costs(SeriesView series, const ChangeRule& rule) : rule_(rule) {
    Ratio sum{0, 0};
    sums_.push_back(sum);
    for (std::size_t i = 0; i < series.size(); ++i) {
      if (!series[i]) continue;
      rule.model == CountModel::binomial ? require_proportion(*series[i]) : require_exposure(*series[i]);
      if (series[i]->denominator == 0) continue;
      add(sum, *series[i]);
      sums_.push_back(sum);
      at_.push_back(i);
    }
  }

  [[nodiscard]] std::size_t size() const { return at_.size(); }
  [[nodiscard]] std::size_t place(std::size_t i) const { return at_[i]; }
  [[nodiscard]] Ratio counts(std::size_t first, std::size_t end) const {
    return {sums_[end].numerator - sums_[first].numerator, sums_[end].denominator - sums_[first].denominator};
  }

  /// -2 log-likelihood of the periods [first, end) at their pooled rate, by the overdispersion.
  [[nodiscard]] double misfit(std::size_t first, std::size_t end) const {
    const Ratio pooled = counts(first, end);
    const auto x = static_cast<double>(pooled.numerator);
    const auto n = static_cast<double>(pooled.denominator);
    const double rest = rule_.model == CountModel::binomial
                            ? x_log_share(static_cast<double>(pooled.denominator - pooled.numerator), n)
                            : -x;
    return -2 * (x_log_share(x, n) + rest) / rule_.overdispersion;
  }

  /// What a change costs whatever the lengths.
  [[nodiscard]] double penalty() const {
    return (rule_.penalty == ChangePenalty::bic ? 2 : 3) * std::log(static_cast<double>(size()));
  }

  /// Of a level: its misfit and what its length adds.
  [[nodiscard]] double of_level(std::size_t first, std::size_t end) const {
    const double length = static_cast<double>(end - first) / static_cast<double>(size());
    return misfit(first, end) + (rule_.penalty == ChangePenalty::modified_bic ? std::log(length) : 0);
  }

 private:
  const ChangeRule& rule_;
  std::vector<Ratio> sums_;      ///< of the first so many periods with a value
  std::vector<std::size_t> at_;  ///< their places in the series
};

Interval interval_of(const Ratio& counts, const ChangeRule& rule) {
  const bool share = rule.model == CountModel::binomial;
  Interval interval =
      share ? *wilson_interval(counts.numerator, counts.denominator, rule.confidence)
            : *poisson_interval(counts.numerator, static_cast<double>(counts.denominator), rule.confidence);
  const double rate = *counts.value();
  const double wider = std::sqrt(std::max(1.0, rule.overdispersion));
  if (wider == 1) return interval;
  interval.low = std::max(0.0, rate - wider * (rate - interval.low));
  interval.high = rate + wider * (interval.high - rate);
  if (share) interval.high = std::min(1.0, interval.high);
  return interval;
}

}  // namespace

ChangePoints change_points(SeriesView series, ChangeRule rule) {
  require_overdispersion(rule.overdispersion);
  require_share(rule.confidence, "An interval needs 0 < confidence < 1.");
  if (rule.shortest == 0) throw Error(ErrorCode::bad_number, "A level lasts at least one period.");
  const Costs costs{series, rule};
  const std::size_t n = costs.size();
  ChangePoints result{{}, rule.overdispersion, n == 0 ? 0 : costs.penalty(), 0};
  if (n == 0) return result;

  // best[end]: the least cost of the first `end` periods; begin[end]: where their last level begins.
  constexpr double impossible = std::numeric_limits<double>::infinity();
  std::vector<double> best(n + 1, impossible);
  std::vector<std::size_t> begin(n + 1, 0);
  for (std::size_t end = 1; end <= n; ++end) {
    best[end] = end >= rule.shortest || end == n ? costs.of_level(0, end) : impossible;
    for (std::size_t first = rule.shortest; first + rule.shortest <= end; ++first) {
      const double cost = best[first] + result.penalty + costs.of_level(first, end);
      if (cost > best[end] || (cost == best[end] && begin[end] == 0)) continue;
      best[end] = cost;
      begin[end] = first;
    }
  }
  result.cost = best[n];

  std::vector<std::size_t> bounds{n};
  while (bounds.back() != 0) bounds.push_back(begin[bounds.back()]);
  std::reverse(bounds.begin(), bounds.end());
  for (std::size_t k = 0; k + 1 < bounds.size(); ++k) {
    const Ratio counts = costs.counts(bounds[k], bounds[k + 1]);
    const std::size_t end = bounds[k + 1] == n ? series.size() : costs.place(bounds[k + 1]);
    Level level{k == 0 ? 0 : costs.place(bounds[k]),
                end,
                counts.numerator,
                counts.denominator,
                *counts.value(),
                interval_of(counts, rule),
                std::nullopt};
    if (k > 0)
      level.gain =
          std::max(0.0, costs.misfit(bounds[k - 1], bounds[k + 1]) - costs.misfit(bounds[k - 1], bounds[k]) -
                            costs.misfit(bounds[k], bounds[k + 1]));
    result.levels.push_back(level);
  }
  return result;
}

}  // namespace churn::inline v0
