// Numbers of a projection as amounts that can be shown. Private to the library's sources.
#pragma once

#include <cmath>
#include <cstdint>

#include <churn/core/error.hpp>
#include <churn/core/money.hpp>

namespace churn::inline v0 {

/// Ties to even, whatever the rounding mode of the machine. Throws Error(overflow), also for what is no number.
inline std::int64_t rounded_half_even(double value) {
  if (!(std::abs(value) < 0x1p63))
    throw Error(ErrorCode::overflow, "A value is larger than 64 bits can hold.");
  const double below = std::floor(value);
  const double rest = value - below;
  auto whole = static_cast<std::int64_t>(below);
  if (rest > 0.5 || (rest == 0.5 && whole % 2 != 0)) ++whole;
  return whole;
}

inline Money rounded_money(double minor_units, Currency currency) {
  return {rounded_half_even(minor_units), currency};
}

}  // namespace churn::inline v0
