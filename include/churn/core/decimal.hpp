// Decimal: an exact decimal number, coefficient x 10^-scale. Prices, percentages and rates are read into it,
// so that no double ever touches an amount.
//
// Range: |coefficient| < 2^63 and 0 <= scale <= 12. Trailing zeros are dropped, so 1.50 == 1.5.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

/// coefficient x 10^-scale, exactly, with at most 12 decimals.
class Decimal {
 public:
  static constexpr int max_scale = 12;  ///< decimals that a number may have

  /// Zero.
  constexpr Decimal() noexcept = default;
  /// coefficient x 10^-scale; throws Error(bad_number) for a scale outside of 0 to 12, or a coefficient of
  /// -2^63, whose magnitude has no counterpart.
  constexpr Decimal(std::int64_t coefficient, int scale = 0)
      : coefficient_(coefficient) {  // NOLINT: 20 is a Decimal
    if (scale < 0 || scale > max_scale)
      throw Error(ErrorCode::bad_number, "A decimal number has 0 to 12 decimals.");
    if (coefficient == INT64_MIN)
      throw Error(ErrorCode::bad_number, "A decimal number is larger than 64 bits can hold.");
    while (scale > 0 && coefficient_ % 10 == 0) {
      coefficient_ /= 10;
      --scale;
    }
    scale_ = static_cast<std::uint8_t>(scale);
  }

  /// 12.5 is no exact decimal to a computer: write Decimal{125, 1}, or parse a text.
  Decimal(std::floating_point auto, int = 0) = delete;

  /// Why `parse` gave nothing: not a number at all, or one that does not fit.
  enum class Problem : std::uint8_t {
    none,          ///< it gave a number
    not_a_number,  ///< no such text as `parse` reads
    out_of_range   ///< more than 12 decimals, or digits that do not fit 63 bits
  };

  /// Reads `-12.345`: an optional sign, digits, optionally a point and digits. No exponent, no spaces, no
  /// thousands separator. `problem`, if given, says why the result is empty.
  [[nodiscard]] static std::optional<Decimal> parse(std::string_view text,
                                                    Problem* problem = nullptr) noexcept;

  /// The digits and sign without the point: 15 of 1.50.
  [[nodiscard]] constexpr std::int64_t coefficient() const noexcept { return coefficient_; }
  /// Decimals, without zeros at their end: 1 of 1.50.
  [[nodiscard]] constexpr int scale() const noexcept { return scale_; }
  /// Below 0; there is no negative zero.
  [[nodiscard]] constexpr bool is_negative() const noexcept { return coefficient_ < 0; }
  /// `-12.345`, `1.5`, `0`: what `parse` reads back as the same number.
  [[nodiscard]] std::string to_string() const;
  friend constexpr bool operator==(Decimal, Decimal) noexcept = default;

 private:
  std::int64_t coefficient_{0};
  std::uint8_t scale_{0};
};

}  // namespace churn::inline v0
