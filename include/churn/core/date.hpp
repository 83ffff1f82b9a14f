// Date: a civil day, and the arithmetic that billing needs.
//
// A day has no time and no zone; timestamps become days through the book's time zone (core/time_zone.hpp).
// Every span of days in libchurn is half-open: [first, last) holds `first` and not `last`.
//
// Renewal days come from the anchor day, never from repeated "+ 1 month":
//   Date::of(2024, 1, 31) renews on 29 Feb, then on 31 Mar     (anniversary(anchor, 1), (anchor, 2))
//
// Range: 0001-01-01 to 9999-12-31, checked at construction. Size: 4 bytes. The calendar is the standard
// library's <chrono> (proleptic Gregorian), which is constexpr and brings no dependency; a host that holds Boost dates converts them with core/boost_date.hpp.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

/// A civil day of the years 1 to 9999.
class Date {
 public:
  /// The day of a year, month (1-12) and day of month. Throws Error(bad_date) if there is none.
  [[nodiscard]] static constexpr Date of(int year, unsigned month, unsigned day) {
    // <chrono> keeps months and days in a byte and years in two, so these are checked first.
    const bool in_range = year >= 1 && year <= 9999 && month <= 12 && day <= 31;
    const std::chrono::year_month_day civil{std::chrono::year{in_range ? year : 0},
                                            std::chrono::month{in_range ? month : 0},
                                            std::chrono::day{in_range ? day : 0}};
    if (!in_range || !civil.ok()) throw Error(ErrorCode::bad_date, "There is no such day.");
    return Date{std::chrono::sys_days{civil}.time_since_epoch().count()};
  }

  /// The day that lies `days` after 1970-01-01. Throws Error(bad_date) outside of years 1 to 9999.
  [[nodiscard]] static constexpr Date from_days(std::int64_t days) {
    if (days < min_days || days > max_days)
      throw Error(ErrorCode::bad_date, "A date lies outside of the years 1 to 9999.");
    return Date{days};
  }

  /// Reads `YYYY-MM-DD` exactly; anything else is empty.
  [[nodiscard]] static std::optional<Date> parse(std::string_view text) noexcept;

  /// Days since 1970-01-01.
  [[nodiscard]] constexpr std::int32_t days() const noexcept { return days_; }
  /// Year, month and day of month, as the standard library has them.
  [[nodiscard]] constexpr std::chrono::year_month_day civil() const noexcept {
    return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{days_}}};
  }
  /// 1 to 9999.
  [[nodiscard]] constexpr int year() const noexcept { return static_cast<int>(civil().year()); }
  /// 1 to 12.
  [[nodiscard]] constexpr unsigned month() const noexcept { return static_cast<unsigned>(civil().month()); }
  /// Of the month, 1 to 31.
  [[nodiscard]] constexpr unsigned day() const noexcept { return static_cast<unsigned>(civil().day()); }

  /// `YYYY-MM-DD`.
  [[nodiscard]] std::string to_string() const;

  /// So many days later, or earlier for a negative n. Throws Error(bad_date) outside of years 1 to 9999.
  [[nodiscard]] constexpr Date operator+(std::chrono::days n) const { return from_days(days_ + bounded(n)); }
  /// So many days earlier; the same otherwise.
  [[nodiscard]] constexpr Date operator-(std::chrono::days n) const { return from_days(days_ - bounded(n)); }
  /// Days from the other to this one; negative if the other is later.
  [[nodiscard]] constexpr std::chrono::days operator-(Date other) const noexcept {
    return std::chrono::days{days_ - other.days_};
  }
  friend constexpr auto operator<=>(Date, Date) noexcept = default;

  static constexpr std::int32_t min_days = -719162;  ///< 0001-01-01
  static constexpr std::int32_t max_days = 2932896;  ///< 9999-12-31

 private:
  /// A number of days that can be added without overflow; what is longer than the calendar leads out of it.
  static constexpr std::int64_t bounded(std::chrono::days n) noexcept {
    constexpr std::int64_t calendar = std::int64_t{max_days} - min_days + 1;
    return n.count() > calendar ? calendar : n.count() < -calendar ? -calendar : n.count();
  }
  // Years 1 to 9999 fit 32 bits; <chrono> counts days in whatever it likes.
  explicit constexpr Date(std::int64_t days) noexcept : days_(static_cast<std::int32_t>(days)) {}
  std::int32_t days_;
};

/// The day `months` months after the anchor, with the anchor's day of month, or the month's last day where
/// the month is too short. Always computed from the anchor: 31 Jan -> 28/29 Feb -> 31 Mar.
[[nodiscard]] constexpr Date anniversary(Date anchor, int months) {
  const std::int64_t month_count = std::int64_t{anchor.year()} * 12 + anchor.month() - 1 + months;
  if (month_count < 12 || month_count >= 120000)
    throw Error(ErrorCode::bad_date, "A date lies outside of the years 1 to 9999.");
  const int year = static_cast<int>(month_count / 12);
  const auto month = static_cast<unsigned>(month_count % 12) + 1;
  const auto last = std::chrono::year{year} / std::chrono::month{month} / std::chrono::last;
  const auto last_day = static_cast<unsigned>(last.day());
  const unsigned day = anchor.day();
  return Date::of(year, month, day < last_day ? day : last_day);
}

}  // namespace churn::inline v0
