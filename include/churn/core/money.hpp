// Money: an exact amount in one currency, as a 64-bit count of minor units (cents; JPY has none, KWD mils).
//
// No double goes in or comes out. Adding two currencies throws Error(currency_mismatch); a sum beyond 64
// bits throws Error(overflow). `==` never converts. Money is an amount; what a customer pays per year is a
// RunRate (core/run_rate.hpp), and neither converts into the other by itself.
//
//   Money price = Money::parse("49.90", Currency{"USD"}).value();     // 4990 cents
//   (price + price).to_string()                                       // "99.80"
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/currency.hpp>
#include <churn/core/exact.hpp>

namespace churn::inline v0 {

/// An amount in whole minor units of one currency; below 0 for a credit.
class Money {
 public:
  /// Cents, or what the currency counts in: {4990, USD} is 49.90, {4990, JPY} is 4990.
  constexpr Money(std::int64_t minor_units, Currency currency) noexcept
      : minor_units_(minor_units), currency_(currency) {}

  /// No double goes in: 49.9 is not an amount, and not 49 minor units either.
  Money(std::floating_point auto, Currency) = delete;

  /// Reads a decimal in major units, such as `-12.5`. Empty if it is no number, does not fit, or has more
  /// decimals than the currency.
  [[nodiscard]] static std::optional<Money> parse(std::string_view text, Currency currency);

  /// In 10^-decimals of the major unit.
  [[nodiscard]] constexpr std::int64_t minor_units() const noexcept { return minor_units_; }
  /// What the minor units are of.
  [[nodiscard]] constexpr Currency currency() const noexcept { return currency_; }
  /// Major units with all decimals of the currency: `99.80`, `-0.05`, `1000` for JPY.
  [[nodiscard]] std::string to_string() const;

  /// Throws Error(currency_mismatch), or Error(overflow) beyond 64 bits.
  friend Money operator+(Money a, Money b) {
    return {checked_add(a.minor_units_, b.same_currency(a)), a.currency_};
  }
  /// Throws the same.
  friend Money operator-(Money a, Money b) {
    return {checked_subtract(a.minor_units_, b.same_currency(a)), a.currency_};
  }
  friend constexpr bool operator==(Money, Money) noexcept = default;

  /// amount x numerator / denominator, rounded half-even once. Throws Error(overflow), or Error(bad_number)
  /// for a denominator that is not positive.
  [[nodiscard]] Money scaled(std::int64_t numerator, std::int64_t denominator) const;

  /// `parts` amounts that differ by at most one minor unit and add up to this one; the larger come first.
  /// Throws Error(bad_number) for no parts.
  [[nodiscard]] std::vector<Money> allocate(std::size_t parts) const;

 private:
  [[nodiscard]] std::int64_t same_currency(Money other) const {
    if (currency_ != other.currency_) throw_currency_mismatch(other.currency_, currency_);
    return minor_units_;
  }
  [[noreturn]] static void throw_currency_mismatch(Currency a, Currency b);

  std::int64_t minor_units_;
  Currency currency_;
};

/// Minor units as a decimal of major units: 9980, 2 -> "99.80".
[[nodiscard]] std::string format_minor_units(std::int64_t minor_units, int decimals);

}  // namespace churn::inline v0
