// Conversions between Date and Boost.Date_Time's gregorian::date, for hosts that hold Boost dates. Opt-in:
// churn.hpp does not include it.
#pragma once

#include <boost/date_time/gregorian/gregorian_types.hpp>

#include <churn/core/date.hpp>

namespace churn::inline v0 {

/// Throws Error(bad_date) for not_a_date_time and the infinities.
[[nodiscard]] inline Date to_date(const boost::gregorian::date& day) {
  if (day.is_special()) throw Error(ErrorCode::bad_date, "A special Boost date is no day.");
  const auto ymd = day.year_month_day();
  return Date::of(ymd.year, ymd.month.as_number(), ymd.day.as_number());
}

/// Boost knows the years 1400 to 9999 and throws for others.
[[nodiscard]] inline boost::gregorian::date to_boost_date(Date day) {
  return {static_cast<unsigned short>(day.year()), static_cast<unsigned short>(day.month()),
          static_cast<unsigned short>(day.day())};
}

}  // namespace churn::inline v0
