// Seasonality: is a rate higher in some months of the year, and by how much?
//
//   trend     centred moving average over one season (12 months: half of each of the outer two of 13)
//   ratio     value / trend of a period
//   index     average of the ratios of a season (all Januaries), divided by the mean of the indices, so that they
//             average to 1: an index of 1.2 is a month in which the rate is a fifth above the year's
//
// The average is the median, which one wild year can't move, or the mean; with the mean it equals R's
// decompose(type = "multiplicative"). Two whole seasons of periods are needed (24 months); then each season has
// one ratio, and an index is worth as much. There are none where a season has no ratio because of gaps, or where
// the moving average is not above 0 in some period (net revenue churn can be negative): `gap` says which.
//
// Two tests of whether there is any seasonality at all:
//   by counts  chi-square of the counts pooled by season, numerator against the rest of the base,
//              sum of (x_s - n_s p)^2 / (n_s p (1 - p)), p = sum x / sum n, with season - 1 degrees of freedom,
//              divided by the overdispersion (the square of a control chart's sigma_z, say). It takes a trend
//              for seasonality where years are not whole, and asks for proportions.
//   by ranks   Kruskal and Wallis' of the values less their seasonal Theil-Sen line, ties corrected; for any ratio.
//
// Source: M. G. Kendall, A. Stuart, The Advanced Theory of Statistics, vol. 3 (1983) 410-414, for the
// decomposition; W. H. Kruskal, W. A. Wallis, JASA 47 (1952) 583-621. The tests equal R's chisq.test on the pooled
// counts and kruskal.test. O(n x season); by ranks O(n^2 log n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/stats/p_value.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

/// Why there are no seasonal indices.
enum class SeasonalGap : std::uint8_t {
  none,          ///< there are
  too_short,     ///< fewer periods than two seasons
  missing,       ///< some season has no period with a whole season of values around it
  not_positive,  ///< the moving average is not above 0 everywhere
};

/// What an index is, of the ratios of its season.
enum class SeasonalAverage : std::uint8_t {
  median,  ///< which one wild year can't move
  mean     ///< as R's `decompose` has it
};

/// By how much each season is above or below the year.
struct SeasonalIndices {
  std::vector<double> index;           ///< one a season, that of the series' first period first; or empty
  std::vector<std::size_t> ratios;     ///< how many each is an average of
  SeasonalGap gap{SeasonalGap::none};  ///< why there are none
};

/// Throws Error(bad_number) for a season of fewer than 2 periods.
[[nodiscard]] SeasonalIndices seasonal_indices(SeriesView series, std::size_t season = 12,
                                               SeasonalAverage average = SeasonalAverage::median);

/// Whether there are any seasons at all.
struct SeasonalityTest {
  double statistic;           ///< chi-square over the overdispersion, or Kruskal and Wallis' H
  double degrees_of_freedom;  ///< seasons that are compared, less 1
  PValue p;                   ///< upper tail
};

/// Empty unless two seasons or more have a base and the pooled share is above 0 and below 1. Throws
/// Error(bad_number) for a season of 0 periods, an overdispersion not above 0 and a period that is no proportion,
/// Error(overflow) where sums of counts leave 64 bits.
[[nodiscard]] std::optional<SeasonalityTest> seasonality_by_counts(SeriesView series, std::size_t season = 12,
                                                                   double overdispersion = 1);

/// Empty unless two seasons have values, one of them two, and not all are equal. Throws Error(bad_number) for a
/// season of 0 periods.
[[nodiscard]] std::optional<SeasonalityTest> seasonality_by_ranks(SeriesView series, std::size_t season = 12);

}  // namespace churn::inline v0
