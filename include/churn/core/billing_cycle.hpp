// BillingCycle: how often a price is charged, "every 3 months" being {month, 3}; and Normalisation, the
// number of such intervals that a year is taken to have.
//
// Normalisation factors are data, because tools disagree on them: a week is 52 a year here, 48 elsewhere
// (4 a month), 365.25/7 in a third place. They are exact fractions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <churn/core/date.hpp>

namespace churn::inline v0 {

enum class BillingInterval : std::uint8_t { day, week, month, quarter, half_year, year };

/// `day`, `week`, `month`, `quarter`, `half_year`, `year`.
[[nodiscard]] std::string_view billing_interval_name(BillingInterval interval) noexcept;
[[nodiscard]] std::optional<BillingInterval> parse_billing_interval(std::string_view name) noexcept;

struct BillingCycle {
  BillingInterval interval{BillingInterval::month};
  std::int32_t count{1};  ///< at least 1
  friend constexpr bool operator==(BillingCycle, BillingCycle) noexcept = default;
};

/// The day `n` cycles after the anchor (before it, for a negative n), always computed from the anchor: 31 Jan ->
/// 28/29 Feb -> 31 Mar. Empty beyond the calendar. Precondition: cycle.count >= 1.
[[nodiscard]] std::optional<Date> renewal_day(Date anchor, BillingCycle cycle, std::int64_t n);

/// A fraction of integers, both positive.
struct Fraction {
  std::int64_t numerator{1};
  std::int64_t denominator{1};
  friend constexpr bool operator==(Fraction, Fraction) noexcept = default;
};

struct Normalisation {
  /// Intervals per year, in the order of BillingInterval.
  std::array<Fraction, 6> per_year{Fraction{365, 1}, Fraction{52, 1}, Fraction{12, 1},
                                   Fraction{4, 1},   Fraction{2, 1},  Fraction{1, 1}};
  [[nodiscard]] constexpr Fraction operator[](BillingInterval interval) const noexcept {
    return per_year[static_cast<std::size_t>(interval)];
  }
  friend constexpr bool operator==(const Normalisation&, const Normalisation&) noexcept = default;
};

}  // namespace churn::inline v0
