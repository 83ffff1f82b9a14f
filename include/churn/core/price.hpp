// Price: what one unit costs for one interval. Like Money, but with as many decimals as the price list has
// (0.0045 a call): rounding happens once, on the run rate of the whole phase, never per unit.
#pragma once

#include <concepts>

#include <churn/core/currency.hpp>
#include <churn/core/decimal.hpp>
#include <churn/core/money.hpp>

namespace churn::inline v0 {

/// What one unit costs for one cycle, before discount and tax.
struct Price {
  Decimal amount;     ///< major units of the currency
  Currency currency;  ///< that the amount is in

  /// Major units, with as many decimals as the price list has, such as 0.0045.
  Price(Decimal price_amount, Currency price_currency) noexcept
      : amount(price_amount), currency(price_currency) {}
  Price(std::floating_point auto, Currency) = delete;
  /// The same amount: 4990 cents are 49.90.
  Price(Money money)  // NOLINT: every Money is a Price, nothing is lost
      : amount(money.minor_units(), money.currency().decimals()), currency(money.currency()) {}
  friend bool operator==(const Price&, const Price&) noexcept = default;
};

/// What is taken off a price: a percentage of it, then a fixed amount, in major units of its currency, off the
/// whole quantity of one cycle.
struct Discount {
  Decimal percent{};  ///< of the price, not negative: 20 takes off a fifth
  Decimal amount{};   ///< taken off what the percentage leaves; not negative

  /// None.
  Discount() = default;
  /// Both may be given; the percentage is taken off first.
  Discount(Decimal percentage, Decimal fixed_amount = {}) noexcept  // NOLINT: 20 is a discount of 20 percent
      : percent(percentage), amount(fixed_amount) {}
  /// True if neither takes anything off.
  [[nodiscard]] bool is_none() const noexcept { return percent == Decimal{} && amount == Decimal{}; }
  friend bool operator==(const Discount&, const Discount&) noexcept = default;
};

}  // namespace churn::inline v0
