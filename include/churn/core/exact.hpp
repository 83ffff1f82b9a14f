// Exact integer arithmetic: sums that throw instead of wrapping, and division that says how it rounds.
//
// Every amount in libchurn is a 64-bit integer. These four functions are the only way in which amounts are
// added, multiplied or divided, so no total is ever silently wrong.
#pragma once

#include <cstdint>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

/// a + b; throws Error(overflow) instead of wrapping.
[[nodiscard]] constexpr std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  // Without a branch on the signs, which nobody can predict: a sum that wraps differs in sign from both of its parts.
  const auto sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  if (((a ^ sum) & (b ^ sum)) < 0) throw Error(ErrorCode::overflow, "A sum is larger than 64 bits can hold.");
  return sum;
}

/// a - b; throws Error(overflow) instead of wrapping.
[[nodiscard]] constexpr std::int64_t checked_subtract(std::int64_t a, std::int64_t b) {
  const auto difference =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  if (((a ^ b) & (a ^ difference)) < 0)
    throw Error(ErrorCode::overflow, "A difference is larger than 64 bits can hold.");
  return difference;
}

/// a * b; throws Error(overflow) instead of wrapping.
[[nodiscard]] constexpr std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  const bool fits = a == 0 || b == 0 ||
                    (a > 0 ? (b > 0 ? a <= INT64_MAX / b : b >= INT64_MIN / a)
                           : (b > 0 ? a >= INT64_MIN / b : b >= INT64_MAX / a));
  if (!fits) throw Error(ErrorCode::overflow, "A product is larger than 64 bits can hold.");
  return a * b;
}

/// numerator / denominator rounded to the nearest integer, ties to the even one ("banker's rounding", which
/// has no drift over many roundings). The denominator must be positive.
[[nodiscard]] constexpr std::int64_t divide_half_even(std::int64_t numerator, std::int64_t denominator) {
  if (denominator <= 0) throw Error(ErrorCode::bad_number, "A divisor must be positive.");
  std::int64_t quotient = numerator / denominator;
  std::int64_t remainder = numerator % denominator;
  if (remainder < 0) {  // floor division: 0 <= remainder < denominator
    remainder += denominator;
    --quotient;
  }
  const std::int64_t rest = denominator - remainder;
  if (remainder > rest || (remainder == rest && quotient % 2 != 0)) ++quotient;
  return quotient;
}

}  // namespace churn::inline v0
