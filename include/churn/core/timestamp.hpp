// Timestamp: an instant, in whole seconds UTC. It becomes a day through a TimeZone (core/time_zone.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <churn/core/date.hpp>

namespace churn::inline v0 {

/// An instant in whole seconds UTC, in the years 1 to 9999.
class Timestamp {
 public:
  /// Seconds since 1970-01-01T00:00:00Z. Throws Error(bad_date) outside of years 1 to 9999.
  [[nodiscard]] static constexpr Timestamp from_seconds(std::int64_t seconds) {
    if (seconds < std::int64_t{Date::min_days} * 86400 ||
        seconds >= (std::int64_t{Date::max_days} + 1) * 86400)
      throw Error(ErrorCode::bad_date, "An instant lies outside of the years 1 to 9999.");
    return Timestamp{seconds};
  }
  /// Midnight UTC at the start of a day.
  [[nodiscard]] static constexpr Timestamp at_midnight(Date day) {
    return from_seconds(std::int64_t{day.days()} * 86400);
  }

  /// Reads ISO 8601: `2024-05-06`, `2024-05-06T07:08`, `2024-05-06 07:08:09.123`, each of the last two with
  /// nothing (UTC), `Z`, `+02`, `+02:00` or `+0200` behind it. Fractions of a second are dropped, the leap
  /// second 60 counts as the next minute's 0. Anything else is empty.
  [[nodiscard]] static std::optional<Timestamp> parse(std::string_view text) noexcept;

  /// Since 1970-01-01T00:00:00Z, negative before it; leap seconds are not counted.
  [[nodiscard]] constexpr std::int64_t seconds() const noexcept { return seconds_; }
  /// `YYYY-MM-DDTHH:MM:SSZ`.
  [[nodiscard]] std::string to_string() const;
  friend constexpr auto operator<=>(Timestamp, Timestamp) noexcept = default;

 private:
  explicit constexpr Timestamp(std::int64_t seconds) noexcept : seconds_(seconds) {}
  std::int64_t seconds_;
};

}  // namespace churn::inline v0
