// Amounts as Stripe counts them: minor units, mostly those of ISO 4217. ISK and UGX have none there, but Stripe
// takes two decimals for them; MGA has two there, and none at Stripe. (HUF and TWD differ in payouts only.)
// Private to the reader of Stripe's exports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <churn/core/currency.hpp>
#include <churn/core/decimal.hpp>
#include <churn/core/money.hpp>

namespace churn::inline v0 {
namespace stripe {

[[nodiscard]] inline int stripe_decimals(Currency currency) noexcept {
  if (currency.code() == "ISK" || currency.code() == "UGX") return 2;
  if (currency.code() == "MGA") return 0;
  return currency.decimals();
}

/// A code in letters of either case.
[[nodiscard]] inline std::optional<Currency> currency_of(std::string_view code) {
  std::string capitals(code);
  for (char& c : capitals)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return Currency::parse(capitals);
}

/// Minor units, of which there may be fractions, in major units. Empty if that has too many digits.
[[nodiscard]] inline std::optional<Decimal> in_major_units(Decimal minor, Currency currency) {
  const int scale = minor.scale() + stripe_decimals(currency);
  if (scale > Decimal::max_scale) return std::nullopt;
  return Decimal{minor.coefficient(), scale};
}

/// Empty if the currency has no such amount, as ISK has none of 150 hundredths.
[[nodiscard]] inline std::optional<Money> money_of(std::int64_t minor, Currency currency) {
  if (stripe_decimals(currency) == currency.decimals()) return Money{minor, currency};
  if (minor == INT64_MIN) return std::nullopt;
  return Money::parse(Decimal{minor, stripe_decimals(currency)}.to_string(), currency);
}

}  // namespace stripe
}  // namespace churn::inline v0
