// RunRate: recurring revenue per year, as an exact count of ticks. One tick is 1/360 of a minor unit a year.
//
//   ticks = half_even((amount x quantity x (100 - discount percent) / 100 - discount amount)
//                     x intervals_per_year x 360 / interval_count)
//
// computed once for a phase of a subscription, never per unit, and floored at 0. MRR is run rate / 12 and
// ARR is the run rate; both are rounded half-even only when shown, each by itself. Without a discount, every
// year, half-year, quarter, month, week (x 52), day (x 365) and N-month interval with N | 4320 is exact, so
// three customers at 1000.00 a year show 250.00 of MRR together, not 249.99.
//
// A run rate is a rate and Money is an amount: they do not mix. Sums throw Error(overflow) and
// Error(currency_mismatch).
//
// Source: DEFINITIONS of the project, "Money and recurring revenue"; checked against Kill Bill's published
// price -> MRR pairs.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include <churn/core/billing_cycle.hpp>
#include <churn/core/money.hpp>
#include <churn/core/price.hpp>

namespace churn::inline v0 {

inline constexpr std::int64_t ticks_per_minor_unit_a_year = 360;  ///< of an ARR of one minor unit
/// Of an MRR of one minor unit.
inline constexpr std::int64_t ticks_per_minor_unit_a_month = 12 * ticks_per_minor_unit_a_year;

/// Recurring revenue a year, in ticks of one currency; a difference of two may be negative.
class RunRate {
 public:
  /// Ticks, not minor units: an MRR of 1.00 USD is 432,000 of them.
  constexpr RunRate(std::int64_t ticks, Currency currency) noexcept : ticks_(ticks), currency_(currency) {}
  RunRate(std::floating_point auto, Currency) = delete;

  /// In 1/360 of a minor unit a year.
  [[nodiscard]] constexpr std::int64_t ticks() const noexcept { return ticks_; }
  /// What the minor units are of.
  [[nodiscard]] constexpr Currency currency() const noexcept { return currency_; }

  /// Revenue per month: ticks / 4320 minor units, rounded half-even.
  [[nodiscard]] Money mrr() const {
    return {divide_half_even(ticks_, ticks_per_minor_unit_a_month), currency_};
  }
  /// Revenue per year: ticks / 360 minor units, rounded half-even.
  [[nodiscard]] Money arr() const {
    return {divide_half_even(ticks_, ticks_per_minor_unit_a_year), currency_};
  }

  /// Throws Error(currency_mismatch), or Error(overflow) beyond 64 bits.
  friend RunRate operator+(RunRate a, RunRate b) {
    return {checked_add(a.ticks_, b.in(a.currency_)), a.currency_};
  }
  /// Throws the same.
  friend RunRate operator-(RunRate a, RunRate b) {
    return {checked_subtract(a.ticks_, b.in(a.currency_)), a.currency_};
  }
  friend constexpr bool operator==(RunRate, RunRate) noexcept = default;

 private:
  [[nodiscard]] std::int64_t in(Currency currency) const {
    if (currency_ != currency) throw_currency_mismatch(currency, currency_);
    return ticks_;
  }
  [[noreturn]] static void throw_currency_mismatch(Currency a, Currency b);

  std::int64_t ticks_;
  Currency currency_;
};

/// The run rate of a price, in ticks (see above). A discount above the price gives 0. Empty if the result is
/// beyond `max_phase_ticks`. Preconditions: quantity >= 0, cycle.count >= 1, a discount that is not negative,
/// positive normalisation factors.
[[nodiscard]] std::optional<std::int64_t> run_rate_ticks(const Price& price, std::int64_t quantity,
                                                         BillingCycle cycle, const Discount& discount = {},
                                                         const Normalisation& normalisation = {});

/// The largest run rate of one phase, 2^56 ticks: two million million dollars a year. A larger one is a
/// mistake in the data, and the phase is rejected.
inline constexpr std::int64_t max_phase_ticks = std::int64_t{1} << 56;

/// The run rate of a price (see run_rate_ticks). Throws Error(overflow), or Error(bad_number) if a
/// precondition does not hold or a normalisation factor is not positive.
[[nodiscard]] RunRate run_rate(const Price& price, std::int64_t quantity = 1, BillingCycle cycle = {},
                               const Discount& discount = {}, const Normalisation& normalisation = {});

}  // namespace churn::inline v0
