// Counts of several periods together. Private to the library's sources.
#pragma once

#include <cmath>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>
#include <churn/core/ratio.hpp>

namespace churn::inline v0 {

inline void add(Ratio& sum, const Ratio& counts) {
  sum = {checked_add(sum.numerator, counts.numerator), checked_add(sum.denominator, counts.denominator)};
}

inline void require_proportion(const Ratio& counts) {
  if (counts.numerator < 0 || counts.numerator > counts.denominator)
    throw Error(ErrorCode::bad_number, "Counts of a share need 0 <= numerator <= denominator.");
}

/// Events over an exposure.
inline void require_exposure(const Ratio& counts) {
  if (counts.numerator < 0 || counts.denominator < 0)
    throw Error(ErrorCode::bad_number, "Counts of a rate need a numerator and a denominator of 0 or more.");
}

inline void require_overdispersion(double overdispersion) {
  if (!(overdispersion > 0 && std::isfinite(overdispersion)))
    throw Error(ErrorCode::bad_number, "An overdispersion is a number above 0.");
}

}  // namespace churn::inline v0
