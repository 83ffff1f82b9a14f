#include <churn/stats/theil_sen.hpp>

#include <algorithm>
#include <cmath>

#include "stats/normal_quantile.hpp"
#include "stats/observed.hpp"

namespace churn::inline v0 {

namespace {

void add_slopes(const Observed& seen, std::vector<double>& slopes) {
  for (std::size_t i = 0; i < seen.size(); ++i)
    for (std::size_t j = i + 1; j < seen.size(); ++j)
      slopes.push_back((seen.value[j] - seen.value[i]) / distance(seen, i, j));
}

std::optional<TheilSen> from_slopes(const Observed& seen, std::vector<double> slopes, double variance,
                                    double confidence) {
  if (slopes.empty()) return std::nullopt;
  // Of some n^2 / 2 slopes only a few ranks are asked for, which takes a fraction of what sorting does.
  const auto at = [&slopes](std::size_t rank) { return slopes.begin() + static_cast<std::ptrdiff_t>(rank); };
  const std::size_t half = slopes.size() / 2;
  std::nth_element(slopes.begin(), at(half), slopes.end());
  const double upper = slopes[half];
  const double slope =
      slopes.size() % 2 == 1 ? upper : (*std::max_element(slopes.begin(), at(half)) + upper) / 2;
  std::vector<double> levels;
  levels.reserve(seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i)
    levels.push_back(seen.value[i] - slope * static_cast<double>(seen.at[i]));
  TheilSen result{slope, median(std::move(levels)), std::nullopt, seen.size(), slopes.size()};
  const double spread = two_sided_quantile(confidence) * std::sqrt(variance);
  const double rank = std::floor((static_cast<double>(slopes.size()) - spread) / 2);
  if (variance > 0 && rank >= 1) {
    const auto low = static_cast<std::size_t>(rank) - 1;  // below half, as its mirror is not
    const std::size_t high = slopes.size() - 1 - low;
    std::nth_element(slopes.begin(), at(low), at(half));
    std::nth_element(at(half), at(high), slopes.end());
    result.slope_interval = Interval{slopes[low], slopes[high]};
  }
  return result;
}

void require_confidence(double confidence) {
  require_share(confidence, "An interval needs 0 < confidence < 1.");
}

}  // namespace

std::optional<TheilSen> theil_sen(SeriesView series, double confidence) {
  require_confidence(confidence);
  const Observed seen = observed_in(series);
  std::vector<double> slopes;
  add_slopes(seen, slopes);
  return from_slopes(seen, std::move(slopes), kendall_variance(seen.value), confidence);
}

std::optional<TheilSen> seasonal_theil_sen(SeriesView series, std::size_t season, double confidence) {
  require_confidence(confidence);
  require_season(season);
  const Observed seen = observed_in(series);
  std::vector<double> slopes;
  double variance = 0;
  for (std::size_t first = 0; first < season && first < series.size(); ++first) {
    const Observed of_season = season_of(seen, first, season);
    add_slopes(of_season, slopes);
    variance += kendall_variance(of_season.value);
  }
  return from_slopes(seen, std::move(slopes), variance, confidence);
}

}  // namespace churn::inline v0
