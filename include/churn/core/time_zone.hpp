// TimeZone: turns instants into civil days, by the rules of a POSIX-style zone string as Boost.Date_Time
// reads it: `UTC+00`, `EST-05EDT,M3.2.0,M11.1.0`. The offset is what local time is ahead of UTC (EST-05 is
// five hours behind), which is the reverse of the sign in the POSIX standard itself; so an offset must carry
// its sign and two digits, and POSIX's own "EST5EDT" is refused rather than read the wrong way round.
//
// A value, cheap to copy; the default is UTC. There is no database of zones and no system clock behind it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <churn/core/timestamp.hpp>

namespace churn::inline v0 {

/// The rules by which instants become civil days.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  /// Throws Error(bad_time_zone) unless the text is NAME, a sign and HH[:MM], with NAME,RULE,RULE behind it
  /// if there is a summer time. `UTC`, `UTC0` and the empty text are UTC.
  explicit TimeZone(std::string_view posix);

  /// The civil day of an instant in this zone. Summer time is known from 1400 on; an instant whose local day
  /// would lie outside of years 1 to 9999 gets the calendar's first or last day.
  [[nodiscard]] Date day_of(Timestamp instant) const;
  /// The first instant of a civil day in this zone: its 00:00, the first of two, or where summer time begins
  /// at midnight the moment after the hour that is left out. One that would lie outside of years 1 to 9999
  /// gives the calendar's first or last instant.
  [[nodiscard]] Timestamp start_of(Date day) const;
  /// The text it was made from; `UTC` by default.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Of the texts they were made from: the same rules written otherwise are not equal.
  friend bool operator==(const TimeZone& a, const TimeZone& b) noexcept { return a.name_ == b.name_; }

 private:
  struct Rules;
  std::string name_{"UTC"};
  std::shared_ptr<const Rules> rules_;  // none for UTC
};

}  // namespace churn::inline v0
