// Mann-Kendall: does a rate rise or fall at all, more than chance would order the periods?
//
//   S     sum over pairs i < j of the sign of y_j - y_i: rises less falls
//   tau   S / sqrt((N - ties)(N)), N = n(n-1)/2 pairs: Kendall's tau-b of value and time, in [-1, 1]
//   V     [n(n-1)(2n+5) - sum over groups of t equal values of t(t-1)(2t+5)] / 18
//   z     (S - 1)/sqrt V for S > 0, (S + 1)/sqrt V for S < 0, 0 for S = 0; p is two-sided
//
// Below 50 periods without equal values p is exact: the share of all orders whose |S| is at least as large. That
// can't be had with ties, where p is normal and rough below some 10 periods.
//
// Three kinds, for what months have in common:
//   mann_kendall                  periods that do not depend on each other
//   seasonal_mann_kendall         S is summed within each season (January with January); V is the sum of the
//                                 seasons' variances, or also of their covariances, where the months of a year
//                                 move together. The covariances want ten years to be good. Equal-place periods
//                                 of one year are those between two multiples of `season`.
//   autocorrelated_mann_kendall   V is multiplied by n/n* = 1 + 2/(n(n-1)(n-2)) sum over lags k of
//                                 (n-k)(n-k-1)(n-k-2) r_k, r_k being the autocorrelation at lag k of the ranks of
//                                 the series less its Theil-Sen line, where it is significant,
//                                 |r_k| > z / sqrt n. With gaps r_k is of the pairs that are there.
// A seasonal series has large autocorrelations of both signs, which the last one takes for persistence or its
// opposite: use few lags there (three is usual) or the seasonal one.
//
// p, z and tau are empty where no value differs from another, z and p also where a corrected variance is not
// above 0. "No trend" is not shown by a large p: see detectable_change.hpp.
//
// Source: H. B. Mann, Econometrica 13 (1945) 245-259; R. M. Hirsch, J. R. Slack, R. A. Smith, Water Resources
// Research 18 (1982) 107-121; R. M. Hirsch, J. R. Slack, Water Resources Research 20 (1984) 727-732 (covariances;
// with gaps as in E. J. Dietz, T. J. Killeen, JASA 76 (1981) 169-174); K. H. Hamed, A. R. Rao, Journal of
// Hydrology 204 (1998) 182-196. tau and the exact p equal R's cor.test(method = "kendall"). O(n^2), the
// covariances O(n^2 x season).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include <churn/stats/p_value.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

/// Whether a series rises or falls, and how often chance would do that.
struct MannKendall {
  std::int64_t s;             ///< S, rises less falls
  std::optional<double> tau;  ///< Kendall's tau-b of value and time, -1 to 1; empty where no value differs
  double variance;            ///< of S, ties and corrections counted
  double variance_factor{1};  ///< by which a correction multiplied it
  std::optional<double> z{};  ///< with continuity correction
  std::optional<PValue> p{};  ///< two-sided
  bool exact{false};          ///< whether p is exact
  std::size_t periods{0};     ///< with a value
};

/// Empty if fewer than two periods have a value.
[[nodiscard]] std::optional<MannKendall> mann_kendall(SeriesView series);

/// Whether the seasons of a year may move together.
enum class SeasonsOfAYear : std::uint8_t {
  independent,  ///< variances of the seasons are added
  correlated    ///< their covariances are added, too
};

/// Seasons are places in the series modulo `season`. Empty if no season has two values. Throws Error(bad_number)
/// for a season of 0 periods.
[[nodiscard]] std::optional<MannKendall> seasonal_mann_kendall(
    SeriesView series, std::size_t season = 12, SeasonsOfAYear seasons = SeasonsOfAYear::independent);

/// Which autocorrelations count: those significant at this confidence, up to this lag.
struct AutocorrelationRule {
  double confidence{0.95};  ///< of the autocorrelations; above 0 and below 1
  std::size_t max_lag{(std::numeric_limits<std::size_t>::max)()};  ///< in periods; all there are by default
};

/// p is never exact. Empty if fewer than three periods have a value. Throws Error(bad_number) unless
/// 0 < confidence < 1.
[[nodiscard]] std::optional<MannKendall> autocorrelated_mann_kendall(SeriesView series,
                                                                     AutocorrelationRule rule = {});

}  // namespace churn::inline v0
