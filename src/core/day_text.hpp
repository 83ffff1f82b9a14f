// A day as digits. Private to the library's sources.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/words.hpp"

namespace churn::inline v0 {

inline constexpr std::int32_t not_a_day = INT32_MIN;

/// The days since 1970-01-01 of `YYYY-MM-DD`, as Date::parse reads it; not_a_day for anything else.
[[nodiscard]] inline std::int32_t day_of_text(std::string_view text) noexcept {
  if (text.size() != 10) return not_a_day;
  // The year, the month and both hyphens are eight bytes, here with what their characters are above 0 and -.
  constexpr std::uint64_t zeros = 0x2D30302D30303030;
  constexpr std::uint64_t hyphens = 0xFF0000FF00000000;
  const std::uint64_t values = word_at(text.data()) ^ zeros;
  const auto tens = static_cast<unsigned char>(text[8]) - unsigned{'0'};
  const auto ones = static_cast<unsigned char>(text[9]) - unsigned{'0'};
  if (!are_digits(values) || (values & hyphens) != 0 || tens > 9 || ones > 9) return not_a_day;
  const std::uint64_t pairs = values * 10 + (values >> 8);
  const auto pair = [pairs](int byte) { return static_cast<unsigned>(pairs >> 8 * byte & 0xFF); };
  const auto year = static_cast<int>(pair(0) * 100 + pair(2));
  const std::chrono::year_month_day civil{std::chrono::year{year}, std::chrono::month{pair(5)},
                                          std::chrono::day{tens * 10 + ones}};
  if (year < 1 || !civil.ok()) return not_a_day;
  return static_cast<std::int32_t>(std::chrono::sys_days{civil}.time_since_epoch().count());
}

}  // namespace churn::inline v0
