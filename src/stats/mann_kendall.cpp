#include <churn/stats/mann_kendall.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <churn/stats/theil_sen.hpp>

#include "stats/normal_quantile.hpp"
#include "stats/observed.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t exact_below = 50;

int sign(double value) { return (value > 0 ? 1 : 0) - (value < 0 ? 1 : 0); }

std::int64_t kendall_s(const Observed& seen) {
  std::int64_t s = 0;
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (std::size_t j = i + 1; j < seen.size(); ++j) s += sign(seen.value[j] - seen.value[i]);
  return s;
}

double pairs_of(double n) { return n * (n - 1) / 2; }

/// Pairs of equal values.
double tied_pairs(const Observed& seen) {
  double tied = 0;
  for (const std::int64_t size : tie_sizes(seen.value)) tied += pairs_of(static_cast<double>(size));
  return tied;
}

std::optional<double> tau_of(std::int64_t s, double pairs, double tied) {
  if (!(pairs > tied)) return std::nullopt;
  return static_cast<double>(s) / std::sqrt((pairs - tied) * pairs);
}

/// P(|S| >= s) over all orders of n values, from the shares of orders with each number of inversions: the k-th
/// value stands before 0, 1, … k - 1 of those that are there, with equal chance.
double exact_p(std::size_t n, std::int64_t s) {
  const std::size_t pairs = n * (n - 1) / 2;
  std::vector<double> share(pairs + 1, 0.0);
  share[0] = 1;
  std::size_t most = 0;
  for (std::size_t k = 2; k <= n; ++k) {
    std::vector<double> next(pairs + 1, 0.0);
    for (std::size_t inversions = 0; inversions <= most; ++inversions)
      for (std::size_t more = 0; more < k; ++more)
        next[inversions + more] += share[inversions] / static_cast<double>(k);
    most += k - 1;
    share = std::move(next);
  }
  const auto fewest = (pairs - static_cast<std::size_t>(std::abs(s))) / 2;
  double tail = 0;
  for (std::size_t inversions = 0; inversions <= fewest; ++inversions) tail += share[inversions];
  return std::min(1.0, 2 * tail);
}

/// z and the p-value that goes with it, where the variance allows.
void test(MannKendall& result) {
  if (!(result.variance > 0)) return;
  result.z = static_cast<double>(result.s - sign(static_cast<double>(result.s))) / std::sqrt(result.variance);
  result.p = normal_p_value(*result.z);
}

/// The seasons side by side. A missing value is neither above nor below another.
struct Year {
  std::vector<std::optional<double>> value;  ///< one a season
};

std::vector<Year> years_of(SeriesView series, std::size_t season) {
  std::vector<Year> years((series.size() + season - 1) / season);
  for (Year& year : years) year.value.resize(season);
  const auto values = values_of(series);
  for (std::size_t i = 0; i < values.size(); ++i) years[i / season].value[i % season] = values[i];
  return years;
}

int sign_between(const std::vector<Year>& years, std::size_t from, std::size_t to, std::size_t season) {
  const auto& a = years[from].value[season];
  const auto& b = years[to].value[season];
  return a && b ? sign(*b - *a) : 0;
}

/// Ranks within a season; a missing value gets the middle one.
std::vector<double> ranks_of(const std::vector<Year>& years, std::size_t season) {
  double known = 0;
  for (const Year& year : years) known += year.value[season] ? 1 : 0;
  std::vector<double> ranks(years.size());
  for (std::size_t i = 0; i < years.size(); ++i) {
    double above = 0;
    for (std::size_t j = 0; j < years.size(); ++j) above += sign_between(years, j, i, season);
    ranks[i] = (known + 1 + above) / 2;
  }
  return ranks;
}

/// Twice the sum of the covariances of S between seasons.
double covariances(const std::vector<Year>& years, std::size_t season) {
  std::vector<std::vector<double>> ranks(season);
  std::vector<double> known(season, 0.0);
  for (std::size_t g = 0; g < season; ++g) {
    ranks[g] = ranks_of(years, g);
    for (const Year& year : years) known[g] += year.value[g] ? 1 : 0;
  }
  // The sum over pairs of seasons of sign x sign is the square of the sum, less the squares.
  double sum = 0;
  for (std::size_t i = 0; i < years.size(); ++i)
    for (std::size_t j = i + 1; j < years.size(); ++j) {
      std::int64_t signs = 0;
      std::int64_t squares = 0;
      for (std::size_t g = 0; g < season; ++g) {
        const std::int64_t one = sign_between(years, i, j, g);
        signs += one;
        squares += one * one;
      }
      sum += static_cast<double>(signs * signs - squares);
    }
  for (std::size_t i = 0; i < years.size(); ++i) {
    double total = 0;
    double squares = 0;
    for (std::size_t g = 0; g < season; ++g) {
      total += ranks[g][i];
      squares += ranks[g][i] * ranks[g][i];
    }
    sum += 4 * (total * total - squares);
  }
  double total = 0;
  double squares = 0;
  for (std::size_t g = 0; g < season; ++g) {
    total += known[g] + 1;
    squares += (known[g] + 1) * (known[g] + 1);
  }
  sum -= static_cast<double>(years.size()) * (total * total - squares);
  return sum / 3;
}

/// n/n* of Hamed and Rao.
double variance_factor(const Observed& seen, double slope, AutocorrelationRule rule) {
  Observed rest = seen;
  for (std::size_t i = 0; i < rest.size(); ++i) rest.value[i] -= slope * static_cast<double>(rest.at[i]);
  const std::vector<double> ranks = mid_ranks(rest.value);
  const auto n = static_cast<double>(ranks.size());
  const double mean = (n + 1) / 2;
  std::vector<std::optional<double>> deviation(seen.at.back() - seen.at.front() + 1);
  double variance = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    deviation[seen.at[i] - seen.at.front()] = ranks[i] - mean;
    variance += (ranks[i] - mean) * (ranks[i] - mean) / n;
  }
  if (!(variance > 0)) return 1;
  const double significant = two_sided_quantile(rule.confidence) / std::sqrt(n);
  double sum = 0;
  for (std::size_t lag = 1; lag <= rule.max_lag && lag + 2 < ranks.size(); ++lag) {
    double products = 0;
    double count = 0;
    for (std::size_t i = 0; i + lag < deviation.size(); ++i) {
      if (!deviation[i] || !deviation[i + lag]) continue;
      products += *deviation[i] * *deviation[i + lag];
      ++count;
    }
    const auto k = static_cast<double>(lag);
    const double correlation = products / (count + k) / variance;
    if (std::abs(correlation) > significant) sum += (n - k) * (n - k - 1) * (n - k - 2) * correlation;
  }
  return 1 + 2 * sum / (n * (n - 1) * (n - 2));
}

}  // namespace

std::optional<MannKendall> mann_kendall(SeriesView series) {
  const Observed seen = observed_in(series);
  if (seen.size() < 2) return std::nullopt;
  const double tied = tied_pairs(seen);
  MannKendall result{kendall_s(seen), std::nullopt, kendall_variance(seen.value)};
  result.tau = tau_of(result.s, pairs_of(static_cast<double>(seen.size())), tied);
  result.periods = seen.size();
  test(result);
  if (tied == 0 && seen.size() < exact_below) {
    result.p = p_value(exact_p(seen.size(), result.s));
    result.exact = true;
  }
  return result;
}

std::optional<MannKendall> seasonal_mann_kendall(SeriesView series, std::size_t season,
                                                 SeasonsOfAYear seasons) {
  require_season(season);
  const Observed seen = observed_in(series);
  MannKendall result{0, std::nullopt, 0};
  result.periods = seen.size();
  double pairs = 0;
  double tied = 0;
  for (std::size_t first = 0; first < season && first < series.size(); ++first) {
    const Observed of_season = season_of(seen, first, season);
    result.s += kendall_s(of_season);
    result.variance += kendall_variance(of_season.value);
    pairs += pairs_of(static_cast<double>(of_season.size()));
    tied += tied_pairs(of_season);
  }
  if (pairs == 0) return std::nullopt;
  result.tau = tau_of(result.s, pairs, tied);
  if (seasons == SeasonsOfAYear::correlated && result.variance > 0) {
    const double with_covariances = result.variance + covariances(years_of(series, season), season);
    result.variance_factor = with_covariances / result.variance;
    result.variance = with_covariances;
  }
  test(result);
  return result;
}

std::optional<MannKendall> autocorrelated_mann_kendall(SeriesView series, AutocorrelationRule rule) {
  require_share(rule.confidence, "A significance needs 0 < confidence < 1.");
  const Observed seen = observed_in(series);
  if (seen.size() < 3) return std::nullopt;
  MannKendall result{kendall_s(seen), std::nullopt, kendall_variance(seen.value)};
  result.tau = tau_of(result.s, pairs_of(static_cast<double>(seen.size())), tied_pairs(seen));
  result.periods = seen.size();
  result.variance_factor = variance_factor(seen, theil_sen(series)->slope, rule);
  result.variance *= result.variance_factor;
  test(result);
  return result;
}

}  // namespace churn::inline v0
