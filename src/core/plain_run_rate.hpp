// The run rate of nearly every price, in 64 bits. Private to the library's sources.
#pragma once

#include <cstdint>

#include <churn/core/billing_cycle.hpp>
#include <churn/core/exact.hpp>
#include <churn/core/run_rate.hpp>

namespace churn::inline v0 {

/// Up to which amount the next knows a run rate, where it knows one at all.
[[nodiscard]] inline std::int64_t largest_plain_amount(int scale, int decimals) noexcept {
  std::int64_t largest = (std::int64_t{1} << 31) - 1;
  for (int k = scale; k < decimals; ++k) largest /= 10;
  return largest;
}

/// The run rate of `amount` x 10^-scale in a currency of so many decimals, without a discount, in ticks: where it has
/// no more decimals than the currency, and factors so small that nothing can overflow. Below 0 for all others (an
/// optional is slower to give back than to work out). Preconditions: quantity >= 0, cycle_count >= 1.
[[nodiscard]] inline std::int64_t plain_run_rate(std::int64_t amount, int scale, int decimals,
                                                 std::int64_t quantity, std::int32_t cycle_count,
                                                 const Fraction& per_year) {
  constexpr std::int64_t small_amount = std::int64_t{1} << 31;
  constexpr std::int64_t small_factor = 1000;
  constexpr std::int64_t powers_of_ten[] = {1, 10, 100, 1'000, 10'000};
  const int more_decimals = decimals - scale;
  if (more_decimals < 0 || more_decimals > 4 || amount >= small_amount || quantity > small_factor ||
      per_year.numerator > small_factor || per_year.denominator != 1)
    return -1;
  if (amount <= 0) return 0;
  const std::int64_t minor = amount * powers_of_ten[more_decimals];
  if (minor >= small_amount) return -1;
  const std::int64_t ticks = minor * quantity * per_year.numerator * ticks_per_minor_unit_a_year;  // < 2^60
  return cycle_count == 1 ? ticks : divide_half_even(ticks, cycle_count);
}

}  // namespace churn::inline v0
