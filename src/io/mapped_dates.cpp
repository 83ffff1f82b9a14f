#include "io/mapped_dates.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "io/letters.hpp"

namespace churn::inline v0 {
namespace reading {

namespace {

constexpr std::array<std::pair<std::string_view, DateFormat>, 5> formats{
    {{"iso", DateFormat::iso},
     {"iso_zone", DateFormat::iso_zone},
     {"unix", DateFormat::unix_seconds},
     {"MM/DD/YYYY", DateFormat::month_day_year},
     {"DD-Mon-YYYY", DateFormat::day_name_year}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> zones{{{"UTC", "Z"},
                                                                               {"GMT", "Z"},
                                                                               {"EST", "-05:00"},
                                                                               {"EDT", "-04:00"},
                                                                               {"CST", "-06:00"},
                                                                               {"CDT", "-05:00"},
                                                                               {"MST", "-07:00"},
                                                                               {"MDT", "-06:00"},
                                                                               {"PST", "-08:00"},
                                                                               {"PDT", "-07:00"}}};

constexpr std::string_view month_names = "janfebmaraprmayjunjulaugsepoctnovdec";

/// Takes the part in front of a separator; the whole text where there is none.
std::string_view take_part(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// One or two digits as two; empty if they are none.
std::string two_digits(std::string_view text) {
  if (text.empty() || text.size() > 2 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return {};
  return text.size() == 1 ? "0" + std::string(text) : std::string(text);
}

/// A text in another order as ISO 8601 has it; what is behind the day stays as it is. Nonsense stays nonsense.
std::string to_iso(std::string_view year, std::string_view month, std::string_view day,
                   std::string_view time) {
  std::string text = std::string(year) + "-" + two_digits(month) + "-" + two_digits(day);
  if (time.empty()) return text;
  const bool one_digit = time.find(':') == 1;
  return text + (one_digit ? " 0" : " ") + std::string(time);
}

std::optional<Moment> parse_iso(std::string_view text, const Clock& clock) {
  const auto read = Timestamp::parse(text);
  if (!read) return std::nullopt;
  const auto written_day = Date::parse(text.substr(0, 10));
  if (text.size() == 10) return Moment{*written_day, start_of_day(*written_day, clock.zone)};
  const bool has_offset = text.back() == 'Z' || text.find_first_of("+-", 11) != std::string_view::npos;
  if (has_offset || !clock.local) return Moment{clock.zone.day_of(*read), *read};
  // The clock of that day, from its first second on. Where the clock is changed on it, hours behind the change
  // are off by as much; the day is right.
  const std::int64_t since = read->seconds() - Timestamp::at_midnight(*written_day).seconds();
  constexpr std::int64_t last_second = (std::int64_t{Date::max_days} + 1) * 86400 - 1;
  const std::int64_t at = start_of_day(*written_day, clock.zone).seconds() + since;
  return Moment{*written_day, Timestamp::from_seconds(std::min(at, last_second))};
}

std::optional<Moment> parse_as(std::string_view text, DateFormat format, const Clock& clock) {
  switch (format) {
    case DateFormat::iso: return parse_iso(text, clock);
    case DateFormat::iso_zone: {
      const std::size_t space = text.rfind(' ');
      if (space == std::string_view::npos) return std::nullopt;
      const std::string_view name = text.substr(space + 1);
      const auto zone =
          std::find_if(zones.begin(), zones.end(), [name](const auto& known) { return known.first == name; });
      if (zone == zones.end()) return std::nullopt;
      return parse_iso(std::string(text.substr(0, space)) + std::string(zone->second), clock);
    }
    case DateFormat::unix_seconds: {
      std::int64_t seconds = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
      if (error != std::errc{} || end != text.data() + text.size() ||
          seconds < std::int64_t{Date::min_days} * 86400 ||
          seconds >= (std::int64_t{Date::max_days} + 1) * 86400)
        return std::nullopt;
      const Timestamp at = Timestamp::from_seconds(seconds);
      return Moment{clock.zone.day_of(at), at};
    }
    case DateFormat::month_day_year: {
      std::string_view rest = text;
      const std::string_view month = take_part(rest, '/');
      const std::string_view day = take_part(rest, '/');
      const std::string_view year = take_part(rest, ' ');
      return parse_iso(to_iso(year, month, day, rest), clock);
    }
    case DateFormat::day_name_year: {
      std::string_view rest = text;
      const std::string_view day = take_part(rest, '-');
      const std::string_view name = take_part(rest, '-');
      const std::string_view year = take_part(rest, ' ');
      const std::size_t found =
          name.size() == 3 ? month_names.find(small_letters(name)) : std::string_view::npos;
      if (found == std::string_view::npos || found % 3 != 0) return std::nullopt;
      return parse_iso(to_iso(year, std::to_string(found / 3 + 1), day, rest), clock);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<DateFormat> parse_date_format(std::string_view name) noexcept {
  for (const auto& [known, format] : formats)
    if (known == name) return format;
  return std::nullopt;
}

std::string_view date_format_name(DateFormat format) noexcept {
  return formats[static_cast<std::size_t>(format)].first;
}

std::optional<Moment> parse_moment(std::string_view text, std::span<const DateFormat> formats_to_try,
                                   const Clock& clock) {
  for (const DateFormat format : formats_to_try)
    if (auto moment = parse_as(text, format, clock)) return moment;
  return std::nullopt;
}

Timestamp start_of_day(Date day, const TimeZone& zone) {
  constexpr std::int64_t calendar_begins = std::int64_t{Date::min_days} * 86400;
  const std::int64_t midnight = Timestamp::at_midnight(day).seconds();
  // Between a second that is of an earlier day, or before the calendar, and one that is not.
  std::int64_t before = std::max(midnight - 86400, calendar_begins - 1);
  std::int64_t from = midnight;
  if (zone.day_of(Timestamp::from_seconds(midnight)) < day) {
    before = midnight;
    from = std::min(midnight + 86400, (std::int64_t{Date::max_days} + 1) * 86400 - 1);
  }
  while (from - before > 1) {
    const std::int64_t middle = before + (from - before) / 2;
    (zone.day_of(Timestamp::from_seconds(middle)) < day ? before : from) = middle;
  }
  return Timestamp::from_seconds(from);
}

}  // namespace reading
}  // namespace churn::inline v0
