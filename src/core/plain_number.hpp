// A number as digits. Private to the library's sources.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/words.hpp"

namespace churn::inline v0 {

/// A decimal number without zeros at the end of its decimals.
struct PlainNumber {
  std::uint32_t coefficient{0};
  int scale{-1};  // below 0: none

  explicit operator bool() const noexcept { return scale >= 0; }
};

/// Most numbers are short and plain: up to eight digits, perhaps with a point between them. None for all other texts,
/// which Decimal::parse may know.
[[nodiscard]] inline PlainNumber plain_number(std::string_view text) noexcept {
  if (text.empty() || text.size() > 8) return {};
  // The last character highest, and zeros before the first.
  const std::size_t before = 8 * (8 - text.size());
  std::uint64_t word = word_of(text) << before;
  if (before > 0) word |= eight_of('0') >> (64 - before);
  int scale = 0;
  if (const std::uint64_t points = equal_bytes(word, '.'); points != 0) {
    const int point = std::countr_zero(points) / 8;
    scale = 7 - point;
    if (scale == 0 || text.front() == '.') return {};
    const std::uint64_t ahead = (std::uint64_t{1} << 8 * point) - 1;  // digits before the point close up
    word = (word & ~(ahead << 8 | 0xFF)) | (word & ahead) << 8 | std::uint64_t{'0'};
  }
  word ^= eight_of('0');
  if (!are_digits(word)) return {};
  const int zeros = std::min(scale, std::countl_zero(word) / 8);
  return {number_of(word << 8 * zeros), scale - zeros};
}

}  // namespace churn::inline v0
