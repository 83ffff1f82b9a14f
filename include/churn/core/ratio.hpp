// Ratio: one exact integer over another, where the numerator need not lie within the denominator: money
// over money (in run-rate ticks), departures over customer-days. It may be negative (negative churn) or
// exceed 1, and has no binomial interval. A denominator of 0 has no value: empty, never infinity.
#pragma once

#include <cstdint>
#include <optional>

namespace churn::inline v0 {

/// Two integers whose quotient need not be a share.
struct Ratio {
  std::int64_t numerator;    ///< may be negative, or above the denominator
  std::int64_t denominator;  ///< 0: there is no value
  /// The quotient; empty for a denominator of 0.
  [[nodiscard]] constexpr std::optional<double> value() const noexcept {
    if (denominator == 0) return std::nullopt;
    return static_cast<double>(numerator) / static_cast<double>(denominator);
  }
  friend constexpr bool operator==(const Ratio&, const Ratio&) noexcept = default;
};

}  // namespace churn::inline v0
