// Date: a civil day, and the arithmetic that billing needs.
//
// A day has no time and no zone; timestamps become days through the book's time zone (core/time_zone.hpp).
// Every span of days in libchurn is half-open: [first, last) holds `first` and not `last`.
//
// Renewal days come from the anchor day, never from repeated "+ 1 month":
//   Date::of(2024, 1, 31) renews on 29 Feb, then on 31 Mar     (anniversary(anchor, 1), (anchor, 2))
//
// Range: 0001-01-01 to 9999-12-31, checked at construction. Size: 4 bytes. The calendar is the standard
// library's <chrono> (proleptic Gregorian), which is constexpr and costs a third of Boost.Date_Time to
// include; a host that holds Boost dates converts them with core/boost_date.hpp.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

class Date {
 public:
  /// The day of a year, month (1-12) and day of month. Throws Error(bad_date) if there is none.
  [[nodiscard]] static constexpr Date of(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day civil{std::chrono::year{year}, std::chrono::month{month},
                                            std::chrono::day{day}};
    if (year < 1 || year > 9999 || !civil.ok()) throw Error(ErrorCode::bad_date, "There is no such day.");
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
  [[nodiscard]] constexpr std::chrono::year_month_day civil() const noexcept {
    return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{days_}}};
  }
  [[nodiscard]] constexpr int year() const noexcept { return static_cast<int>(civil().year()); }
  [[nodiscard]] constexpr unsigned month() const noexcept { return static_cast<unsigned>(civil().month()); }
  [[nodiscard]] constexpr unsigned day() const noexcept { return static_cast<unsigned>(civil().day()); }

  /// `YYYY-MM-DD`.
  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] constexpr Date operator+(std::chrono::days n) const { return from_days(days_ + n.count()); }
  [[nodiscard]] constexpr Date operator-(std::chrono::days n) const { return from_days(days_ - n.count()); }
  [[nodiscard]] constexpr std::chrono::days operator-(Date other) const noexcept {
    return std::chrono::days{days_ - other.days_};
  }
  friend constexpr auto operator<=>(Date, Date) noexcept = default;

  static constexpr std::int32_t min_days = -719162;  // 0001-01-01
  static constexpr std::int32_t max_days = 2932896;  // 9999-12-31

 private:
  // Years 1 to 9999 fit 32 bits; <chrono> counts days in whatever it likes.
  explicit constexpr Date(std::int64_t days) noexcept : days_(static_cast<std::int32_t>(days)) {}
  std::int32_t days_;
};

/// The day `months` months after the anchor, with the anchor's day of month, or the month's last day where
/// the month is too short. Always computed from the anchor: 31 Jan -> 28/29 Feb -> 31 Mar.
[[nodiscard]] constexpr Date anniversary(Date anchor, int months) {
  const auto civil = anchor.civil();
  const auto month = civil.year() / civil.month() + std::chrono::months{months};
  const auto last = month / std::chrono::last;
  const unsigned last_day = static_cast<unsigned>(last.day());
  const unsigned day = static_cast<unsigned>(civil.day());
  return Date::of(static_cast<int>(month.year()), static_cast<unsigned>(month.month()),
                  day < last_day ? day : last_day);
}

}  // namespace churn::inline v0
