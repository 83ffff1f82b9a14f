// PValue: how often chance alone would do at least this much, also where that is less than a double can hold.
//
//   PValue p = chi_square_p_value(5000, 1);
//   p.value;    // 0: below the smallest double
//   p.log10;    // -1087.7: what it is
//
//   of a normal variate z, two-sided    P(|Z| >= |z|) = erfc(|z| / sqrt 2)
//   of a chi-square variate x           P(X >= x) = Q(df / 2, x / 2), the upper regularised gamma function
//
// A p-value is no measure of size and says nothing of what was not asked: show the effect and its interval, and
// correct what was picked among many (stats/adjusted_p.hpp).
//
// Source: NIST Digital Library of Mathematical Functions, 7.12 (erfc) and 8.9 (the continued fraction of the
// upper gamma function), for the tails that double precision does not reach. Equals R's pnorm and pchisq with
// log.p = TRUE.
#pragma once

namespace churn::inline v0 {

/// How often chance alone would do at least this much.
struct PValue {
  double value;  ///< in [0, 1]
  double log10;  ///< its decimal logarithm, finite also where the value is 0
  friend constexpr bool operator==(const PValue&, const PValue&) noexcept = default;
};

/// Of a p-value that is known as it is: an exact sum, say. A value of 0 has the logarithm of the smallest double,
/// for what is 0 in double precision was something. Throws Error(bad_number) unless it is in [0, 1].
[[nodiscard]] PValue p_value(double value);

/// Two-sided. Throws Error(bad_number) unless z is finite. Constant time.
[[nodiscard]] PValue normal_p_value(double z);

/// Upper tail. Throws Error(bad_number) unless x >= 0 and finite and degrees_of_freedom > 0. Constant time.
[[nodiscard]] PValue chi_square_p_value(double x, double degrees_of_freedom);

}  // namespace churn::inline v0
