// Currency: an ISO 4217 code and its number of decimals (USD 2, JPY 0, KWD 3).
//
// A run-time value of one byte, because data decides it. Only codes of the standard can be made; lower case
// and unknown codes are errors, not guesses.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

/// A currency that a customer can be billed in: a code of ISO 4217's active list that has a minor unit.
class Currency {
 public:
  /// Throws Error(bad_currency) for anything but an ISO 4217 code in capitals.
  explicit Currency(std::string_view code);
  /// Empty for anything but such a code.
  [[nodiscard]] static std::optional<Currency> parse(std::string_view code) noexcept;

  /// Three capitals, such as `USD`; valid as long as the process.
  [[nodiscard]] std::string_view code() const noexcept;
  /// Decimals of the minor unit, 0 to 4.
  [[nodiscard]] int decimals() const noexcept;
  /// A small number that stands for the currency in columns; `from_index` is its inverse.
  [[nodiscard]] std::uint8_t index() const noexcept { return index_; }
  /// Throws Error(bad_currency) if no currency has that index.
  [[nodiscard]] static Currency from_index(std::uint8_t index);

  friend bool operator==(Currency, Currency) noexcept = default;

 private:
  struct Index {
    std::uint8_t value;
  };
  explicit constexpr Currency(Index index) noexcept : index_(index.value) {}
  std::uint8_t index_;
};

}  // namespace churn::inline v0
