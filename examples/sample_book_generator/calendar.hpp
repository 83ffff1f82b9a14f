// Civil days as whole numbers, and how they are written.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sample_book {

/// Days since 1970-01-01.
using Day = std::int32_t;

inline std::chrono::year_month_day civil(Day day) { return std::chrono::sys_days{std::chrono::days{day}}; }

inline Day to_day(std::chrono::year_month_day date) {
  return static_cast<Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

/// The same day of the month, `count` months on, or the last day of a shorter month. Always called with the
/// anchor of a subscription, so that 31 January is followed by 28 February and then by 31 March again.
inline Day add_months(Day anchor, int count) {
  const auto date = civil(anchor);
  const auto month = date.year() / date.month() + std::chrono::months{count};
  const auto last = (month / std::chrono::last).day();
  return to_day(month / std::min(date.day(), last));
}

/// The first day of the month in which `day` lies.
inline Day month_of(Day day) {
  const auto date = civil(day);
  return to_day(date.year() / date.month() / 1);
}

inline std::string padded(unsigned value, std::size_t width) {
  std::string digits = std::to_string(value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

inline std::string month_text(Day day) {
  const auto date = civil(day);
  return padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + '-' +
         padded(static_cast<unsigned>(date.month()), 2);
}

inline std::string text(Day day) {
  return month_text(day) + '-' + padded(static_cast<unsigned>(civil(day).day()), 2);
}

inline std::string text(std::optional<Day> day) { return day ? text(*day) : std::string{}; }

}  // namespace sample_book
