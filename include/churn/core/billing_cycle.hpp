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

/// What cycles are made of, the shortest first. How many are in a year says Normalisation.
enum class BillingInterval : std::uint8_t {
  day,        ///< a civil day
  week,       ///< 7 days
  month,      ///< to the anchor's day of the next month, or that month's last day
  quarter,    ///< 3 months
  half_year,  ///< 6 months
  year        ///< 12 months
};

/// `day`, `week`, `month`, `quarter`, `half_year`, `year`.
[[nodiscard]] std::string_view billing_interval_name(BillingInterval interval) noexcept;
/// The interval of such a name; empty for any other text.
[[nodiscard]] std::optional<BillingInterval> parse_billing_interval(std::string_view name) noexcept;

/// Every `count` intervals: {month, 3} is every three months.
struct BillingCycle {
  BillingInterval interval{BillingInterval::month};  ///< a cycle is `count` of them
  std::int32_t count{1};                             ///< at least 1
  friend constexpr bool operator==(BillingCycle, BillingCycle) noexcept = default;
};

/// The day `n` cycles after the anchor (before it, for a negative n), always computed from the anchor: 31 Jan ->
/// 28/29 Feb -> 31 Mar. Empty beyond the calendar. Precondition: cycle.count >= 1.
[[nodiscard]] std::optional<Date> renewal_day(Date anchor, BillingCycle cycle, std::int64_t n);

/// A fraction of integers, both positive.
struct Fraction {
  std::int64_t numerator{1};    ///< not reduced: 2/4 and 1/2 are not equal
  std::int64_t denominator{1};  ///< above 0
  friend constexpr bool operator==(Fraction, Fraction) noexcept = default;
};

/// How many intervals of each kind a year is taken to have.
struct Normalisation {
  /// Intervals per year, in the order of BillingInterval.
  std::array<Fraction, 6> per_year{Fraction{365, 1}, Fraction{52, 1}, Fraction{12, 1},
                                   Fraction{4, 1},   Fraction{2, 1},  Fraction{1, 1}};
  /// How many of these a year has.
  [[nodiscard]] constexpr Fraction operator[](BillingInterval interval) const noexcept {
    return per_year[static_cast<std::size_t>(interval)];
  }
  friend constexpr bool operator==(const Normalisation&, const Normalisation&) noexcept = default;
};

}  // namespace churn::inline v0
