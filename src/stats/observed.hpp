// The periods of a series that have a value, and what rank statistics need of them. Private to the library's
// sources.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

struct Observed {
  std::vector<std::size_t> at;  ///< places in the series
  std::vector<double> value;
  [[nodiscard]] std::size_t size() const noexcept { return at.size(); }
};

inline Observed observed_in(SeriesView series) {
  Observed seen;
  for (std::size_t i = 0; i < series.size(); ++i) {
    const auto value = series[i] ? series[i]->value() : std::nullopt;
    if (!value) continue;
    seen.at.push_back(i);
    seen.value.push_back(*value);
  }
  return seen;
}

/// Those of one season: places first, first + season, ….
inline Observed season_of(const Observed& all, std::size_t first, std::size_t season) {
  Observed seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all.at[i] % season != first) continue;
    seen.at.push_back(all.at[i]);
    seen.value.push_back(all.value[i]);
  }
  return seen;
}

inline double distance(const Observed& seen, std::size_t from, std::size_t to) {
  return static_cast<double>(seen.at[to] - seen.at[from]);
}

/// The middle value, or the mean of the two in the middle. Not of nothing.
inline double median(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  const double upper = *middle;
  return (*std::max_element(values.begin(), middle) + upper) / 2;
}

/// Sizes of the groups of equal values, those of one included.
inline std::vector<std::int64_t> tie_sizes(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::vector<std::int64_t> sizes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == 0 || values[i] != values[i - 1]) sizes.push_back(0);
    ++sizes.back();
  }
  return sizes;
}

/// Ranks from 1; equal values share the mean of theirs.
inline std::vector<double> mid_ranks(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> ranks;
  ranks.reserve(values.size());
  for (const double value : values) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
    ranks.push_back(static_cast<double>((low - sorted.begin()) + 1 + (high - sorted.begin())) / 2);
  }
  return ranks;
}

/// Var(S) of Kendall's S over values that could come in any order: [n(n-1)(2n+5) - sum of t(t-1)(2t+5)] / 18.
inline double kendall_variance(const std::vector<double>& values) {
  const auto term = [](double n) { return n * (n - 1) * (2 * n + 5); };
  double variance = term(static_cast<double>(values.size()));
  for (const std::int64_t size : tie_sizes(values)) variance -= term(static_cast<double>(size));
  return variance / 18;
}

inline void require_share(double share, const char* sentence) {
  if (!(share > 0 && share < 1)) throw Error(ErrorCode::bad_number, sentence);
}

inline void require_season(std::size_t season) {
  if (season == 0) throw Error(ErrorCode::bad_number, "A season lasts at least one period.");
}

}  // namespace churn::inline v0
