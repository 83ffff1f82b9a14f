// Theil-Sen: by how much a rate moves per period, whatever single months do.
//
//   slope      median over all pairs i < j of (y_j - y_i) / (j - i)
//   intercept  median of y_i - slope x i, the level at the first period of the series (i = 0)
//   interval   Sen's: with N pairs, V the variance of Kendall's S (ties counted) and z the normal quantile of
//              (1 + confidence) / 2, the slopes of rank k and N + 1 - k, k = floor((N - z sqrt V) / 2)
//
// y is the value of a period, as a share, so a slope of 0.001 is a tenth of a percentage point a period. Nearly
// 30 % of the periods may be wild without moving the slope far. The ranks of the interval are rounded outwards.
// The interval is empty where there are too few periods for the confidence (k < 1; at 95 %, fewer than 6) or
// where no value differs from another, which says nothing about how much they might. Autocorrelated periods make
// it too narrow: see mann_kendall.hpp.
//
// The seasonal slope compares only Januaries with Januaries, and so on: slopes within each season are pooled, V is
// the sum of the seasons' variances.
//
// Source: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968) 1379-1389;
// R. M. Hirsch, J. R. Slack, R. A. Smith, Water Resources Research 18 (1982) 107-121, for the seasonal one.
// O(n^2 log n) and n^2 / 2 doubles: made for hundreds of periods, not for hundreds of thousands.
#pragma once

#include <cstddef>
#include <optional>

#include <churn/stats/interval.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

/// The line that a series follows, by medians.
struct TheilSen {
  double slope;                            ///< per period
  double intercept;                        ///< at the first period of the series
  std::optional<Interval> slope_interval;  ///< see the head of this file
  std::size_t periods;                     ///< with a value
  std::size_t pairs;                       ///< of periods that were compared
};

/// Empty if fewer than two periods have a value. Throws Error(bad_number) unless 0 < confidence < 1.
[[nodiscard]] std::optional<TheilSen> theil_sen(SeriesView series, double confidence = 0.95);

/// Seasons are places in the series modulo `season`. Empty if no season has two values. Throws Error(bad_number)
/// as above, and for a season of 0 periods.
[[nodiscard]] std::optional<TheilSen> seasonal_theil_sen(SeriesView series, std::size_t season = 12,
                                                         double confidence = 0.95);

}  // namespace churn::inline v0
