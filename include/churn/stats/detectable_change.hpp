// Detectable change: "no change was found; one of less than x would have been missed". The result that goes with
// every change that was not found, so that silence is not taken for calm.
//
// Of two shares, a base of x1 in n1 and n2 others to compare with, at a two-sided level a and power b: the nearest
// share p2 on either side of p1 = x1 / n1 for which
//   |p2 - p1| = z(a/2) sqrt(f P(1 - P)(1/n1 + 1/n2)) + z(1-b) sqrt(f (p1(1 - p1)/n1 + p2(1 - p2)/n2))
// with P = (n1 p1 + n2 p2) / (n1 + n2), z(q) the normal value exceeded with probability q and f the overdispersion.
// For n1 = n2 and f = 1 it is what R's power.prop.test gives. With a handful of customers no change may be detectable
// downwards, or at all: then it is empty.
//
// Of a slope over the n periods of a series, tested by Mann-Kendall:
//   (z(a/2) + z(1-b)) x s sqrt(c pi / 3) / sqrt(sum (t - mean t)^2)
// s^2 being the squared residuals of the Theil-Sen line / (n - 2), c the factor by which autocorrelation multiplies the
// variance (mann_kendall.hpp) and pi/3 the price of ranks where noise is normal.
//
// Source: J. L. Fleiss, B. Levin, M. C. Paik, Statistical Methods for Rates and Proportions (2003), 4.2, without
// continuity correction, solved for p2. Constant time; of a slope O(n^2 log n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <churn/core/ratio.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

/// How surely a change of interest would be found.
struct DetectionRule {
  double power{0.8};         ///< chance to find a change of that size
  double level{0.05};        ///< two-sided
  double overdispersion{1};  ///< by which variances exceed those of the binomial; of no matter to a slope
};

/// The smallest changes of a share that would have been found.
struct DetectableChange {
  Ratio base;                  ///< what is compared with
  std::int64_t trials;         ///< how many are compared
  std::optional<double> rise;  ///< smallest detectable rise of the share; empty: not even one to 1
  std::optional<double> fall;  ///< smallest detectable fall, as a positive number; empty: not even one to 0
  DetectionRule rule;          ///< as it was given
};

/// Empty if either side has nobody. Throws Error(bad_number) unless 0 <= numerator <= denominator, trials >= 0,
/// 0 < level < 1, level / 2 < power < 1 and overdispersion > 0.
[[nodiscard]] std::optional<DetectableChange> detectable_change(const Ratio& base, std::int64_t trials,
                                                                DetectionRule rule = {});

/// The smallest slope of a series that would have been found.
struct DetectableSlope {
  double slope;         ///< smallest detectable rise or fall per period
  double residual;      ///< s: spread around the Theil-Sen line
  std::size_t periods;  ///< with a value
  DetectionRule rule;   ///< as it was given
};

/// `variance_factor` is c. Empty with fewer than three values, or where all lie on one line. Throws
/// Error(bad_number) as above, and for a factor not above 0.
[[nodiscard]] std::optional<DetectableSlope> detectable_slope(SeriesView series, DetectionRule rule = {},
                                                              double variance_factor = 1);

}  // namespace churn::inline v0
