// Who is bound for a year or longer. Private to the library's sources.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <churn/core/billing_cycle.hpp>

namespace churn::inline v0 {

/// Whether a cycle is a year or longer.
[[nodiscard]] constexpr bool is_by_the_year(BillingCycle cycle) noexcept {
  constexpr std::array<std::int32_t, 6> a_year{365, 52, 12, 4, 2, 1};  // by BillingInterval
  return cycle.count >= a_year[static_cast<std::size_t>(cycle.interval)];
}

}  // namespace churn::inline v0
