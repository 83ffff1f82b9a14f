#include <churn/core/date.hpp>

#include <cstdint>

#include "core/day_text.hpp"

namespace churn::inline v0 {

std::optional<Date> Date::parse(std::string_view text) noexcept {
  const std::int32_t day = day_of_text(text);
  if (day == not_a_day) return std::nullopt;
  return Date{std::int64_t{day}};
}

std::string Date::to_string() const {
  const auto civil_day = civil();
  const auto year = static_cast<unsigned>(static_cast<int>(civil_day.year()));
  const auto month = static_cast<unsigned>(civil_day.month());
  const auto day = static_cast<unsigned>(civil_day.day());
  const auto digit = [](unsigned value) { return static_cast<char>('0' + value % 10); };
  return {digit(year / 1000),
          digit(year / 100),
          digit(year / 10),
          digit(year),
          '-',
          digit(month / 10),
          digit(month),
          '-',
          digit(day / 10),
          digit(day)};
}

}  // namespace churn::inline v0
