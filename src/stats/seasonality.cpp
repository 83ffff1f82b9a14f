#include <churn/stats/seasonality.hpp>

#include <cmath>
#include <numeric>

#include <churn/core/exact.hpp>
#include <churn/stats/theil_sen.hpp>

#include "stats/observed.hpp"
#include "stats/pooled.hpp"

namespace churn::inline v0 {

namespace {

/// The average of a season's length of values around a place; empty where one of them is missing. Of an even number
/// the outer two count half, as one more is needed to have a middle.
std::optional<double> centred_average(const std::vector<std::optional<double>>& values, std::size_t at,
                                      std::size_t season) {
  const std::size_t half = season / 2;
  double sum = 0;
  for (std::size_t i = at - half; i <= at + half; ++i) {
    if (!values[i]) return std::nullopt;
    const bool outer = season % 2 == 0 && (i == at - half || i == at + half);
    sum += outer ? *values[i] / 2 : *values[i];
  }
  return sum / static_cast<double>(season);
}

double average_of(const std::vector<double>& values, SeasonalAverage average) {
  if (average == SeasonalAverage::median) return median(values);
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

SeasonalIndices without(SeasonalGap gap) { return {{}, {}, gap}; }

}  // namespace

SeasonalIndices seasonal_indices(SeriesView series, std::size_t season, SeasonalAverage average) {
  if (season < 2) throw Error(ErrorCode::bad_number, "Seasonal indices need at least two seasons.");
  if (series.size() / 2 < season) return without(SeasonalGap::too_short);
  const auto values = values_of(series);
  std::vector<std::vector<double>> ratios(season);
  for (std::size_t at = season / 2; at + season / 2 < values.size(); ++at) {
    const auto trend = centred_average(values, at, season);
    if (!trend) continue;
    if (!(*trend > 0)) return without(SeasonalGap::not_positive);
    ratios[at % season].push_back(*values[at] / *trend);
  }
  SeasonalIndices result;
  for (const auto& of_season : ratios) {
    if (of_season.empty()) return without(SeasonalGap::missing);
    result.index.push_back(average_of(of_season, average));
    result.ratios.push_back(of_season.size());
  }
  const double mean = average_of(result.index, SeasonalAverage::mean);
  if (!(mean > 0)) return without(SeasonalGap::not_positive);
  for (double& index : result.index) index /= mean;
  return result;
}

std::optional<SeasonalityTest> seasonality_by_counts(SeriesView series, std::size_t season,
                                                     double overdispersion) {
  require_season(season);
  require_overdispersion(overdispersion);
  std::vector<Ratio> by_season(season, Ratio{0, 0});
  Ratio all{0, 0};
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!series[i]) continue;
    require_proportion(*series[i]);
    add(by_season[i % season], *series[i]);
    add(all, *series[i]);
  }
  if (all.numerator == 0 || all.numerator == all.denominator) return std::nullopt;
  const double share = *all.value();
  double statistic = 0;
  double seasons = 0;
  for (const Ratio& counts : by_season) {
    if (counts.denominator == 0) continue;
    const auto base = static_cast<double>(counts.denominator);
    const double surplus = static_cast<double>(counts.numerator) - base * share;
    statistic += surplus * surplus / (base * share * (1 - share));
    ++seasons;
  }
  if (seasons < 2) return std::nullopt;
  statistic /= overdispersion;
  return SeasonalityTest{statistic, seasons - 1, chi_square_p_value(statistic, seasons - 1)};
}

std::optional<SeasonalityTest> seasonality_by_ranks(SeriesView series, std::size_t season) {
  require_season(season);
  const auto line = seasonal_theil_sen(series, season);
  if (!line) return std::nullopt;
  const Observed seen = observed_in(series);
  std::vector<double> rest;
  for (std::size_t i = 0; i < seen.size(); ++i)
    rest.push_back(seen.value[i] - line->slope * static_cast<double>(seen.at[i]));
  const std::vector<double> ranks = mid_ranks(rest);
  std::vector<double> sum(season, 0.0);
  std::vector<double> count(season, 0.0);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    sum[seen.at[i] % season] += ranks[i];
    ++count[seen.at[i] % season];
  }
  const auto n = static_cast<double>(ranks.size());
  double between = 0;
  double seasons = 0;
  for (std::size_t s = 0; s < season; ++s) {
    if (count[s] == 0) continue;
    between += sum[s] * sum[s] / count[s];
    ++seasons;
  }
  double ties = 0;
  for (const std::int64_t size : tie_sizes(rest)) {
    const auto t = static_cast<double>(size);
    ties += t * t * t - t;
  }
  const double untied = 1 - ties / (n * n * n - n);
  if (seasons < 2 || !(untied > 0)) return std::nullopt;
  const double statistic = std::max(0.0, (12 * between / (n * (n + 1)) - 3 * (n + 1)) / untied);
  return SeasonalityTest{statistic, seasons - 1, chi_square_p_value(statistic, seasons - 1)};
}

}  // namespace churn::inline v0
