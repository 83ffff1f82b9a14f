// The forms in which exports write days and points in time. Private to the readers of io/.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <churn/core/time_zone.hpp>

namespace churn::inline v0 {
namespace reading {

enum class DateFormat : std::uint8_t {
  iso,             ///< 2024-05-06, 2024-05-06 07:08:09, 2024-05-06T07:08:09.123Z, …+02:00
  iso_zone,        ///< 2024-05-06 07:08:09 PST: UTC, GMT, or a zone of the United States by its letters
  unix_seconds,    ///< 1714979289
  month_day_year,  ///< 5/6/2024, 05/06/2024 07:08
  day_name_year,   ///< 06-May-2024, 06-May-2024 07:08
};

/// `iso`, `iso_zone`, `unix`, `MM/DD/YYYY`, `DD-Mon-YYYY`.
[[nodiscard]] std::optional<DateFormat> parse_date_format(std::string_view name) noexcept;
[[nodiscard]] std::string_view date_format_name(DateFormat format) noexcept;

/// Where the clock stands that an export was written by.
struct Clock {
  TimeZone zone{};    ///< in which points in time become days
  bool local{false};  ///< a time without an offset is one of that zone; else one of UTC
};

/// A point in time and its day; of a mere day, the point at which it begins.
struct Moment {
  Date day;
  Timestamp at;
};

/// The first of the formats in which the text reads.
[[nodiscard]] std::optional<Moment> parse_moment(std::string_view text, std::span<const DateFormat> formats,
                                                 const Clock& clock);

/// The first second of a day in a zone.
[[nodiscard]] Timestamp start_of_day(Date day, const TimeZone& zone);

}  // namespace reading
}  // namespace churn::inline v0
