#include <churn/core/time_zone.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::between;
using core_test::error_of;

Date day_of(const char* zone, const char* instant) {
  return TimeZone(zone).day_of(Timestamp::parse(instant).value());
}

std::int64_t floor_to_day(std::int64_t seconds) {
  std::int64_t day = seconds / 86400;
  if (day * 86400 > seconds) --day;
  return day;
}

/// The day number of the n-th Sunday of a month; 5 is the last.
std::int64_t nth_sunday(int year, unsigned month, int n) {
  Date day = Date::of(year, month, 1);
  while ((day.days() % 7 + 7) % 7 != 3) day = day + std::chrono::days{1};  // 1970-01-04 was a Sunday
  day = day + std::chrono::days{7 * (n - 1)};
  return day.month() == month ? day.days() : day.days() - 7;
}

/// A zone with summer time, as the text that Boost reads and as the plain rule that the text stands for.
struct SummerTimeZone {
  const char* text;
  std::int64_t offset;  // of standard time, in seconds
  unsigned start_month;
  int start_sunday;
  std::int64_t start_hour;  // on the clock of standard time
  unsigned end_month;
  int end_sunday;
  std::int64_t end_hour;  // on the clock of summer time
};

const std::vector<SummerTimeZone> summer_time_zones{
    {"EST-05EDT,M3.2.0,M11.1.0", -5 * 3600, 3, 2, 2, 11, 1, 2},         // New York
    {"CET+01CEST,M3.5.0/2,M10.5.0/3", 3600, 3, 5, 2, 10, 5, 3},         // Berlin
    {"EET+02EEST,M3.5.0/0,M10.5.0/0", 2 * 3600, 3, 5, 0, 10, 5, 0},     // Beirut changes at midnight itself
    {"AEST+10AEDT,M10.1.0/2,M4.1.0/3", 10 * 3600, 10, 1, 2, 4, 1, 3}};  // Sydney, summer over new year

bool is_summer_time(const SummerTimeZone& zone, std::int64_t seconds) {
  const int year = Date::from_days(floor_to_day(seconds + zone.offset)).year();
  const std::int64_t start =
      nth_sunday(year, zone.start_month, zone.start_sunday) * 86400 + zone.start_hour * 3600 - zone.offset;
  const std::int64_t end =
      nth_sunday(year, zone.end_month, zone.end_sunday) * 86400 + zone.end_hour * 3600 - zone.offset - 3600;
  if (start < end) return seconds >= start && seconds < end;
  return seconds >= start || seconds < end;
}

RC_GTEST_PROP(TimeZone, with_summer_time_has_the_days_of_its_rule, ()) {
  const SummerTimeZone zone = *rc::gen::elementOf(summer_time_zones);
  const int year = *between(1970, 2100);
  // Many instants lie within hours of a change of the clock.
  const std::int64_t start = nth_sunday(year, zone.start_month, zone.start_sunday) * 86400 - zone.offset;
  const std::int64_t end = nth_sunday(year, zone.end_month, zone.end_sunday) * 86400 - zone.offset;
  const std::int64_t seconds = *rc::gen::weightedOneOf<std::int64_t>(
      {{2, between(start - 3600, start + 3 * 3600)},
       {4, between(end - 3600, end + 3 * 3600)},
       {1, between(start - 3 * 86400, start + 3 * 86400)},
       {1, between(end - 3 * 86400, end + 3 * 86400)},
       {1, between(std::int64_t{Date::of(year, 1, 1).days()} * 86400,
                   std::int64_t{Date::of(year + 1, 1, 1).days()} * 86400)}});
  const std::int64_t local = seconds + zone.offset + (is_summer_time(zone, seconds) ? 3600 : 0);
  RC_LOG() << zone.text << ' ' << Timestamp::from_seconds(seconds).to_string();
  RC_ASSERT(TimeZone(zone.text).day_of(Timestamp::from_seconds(seconds)) ==
            Date::from_days(floor_to_day(local)));
}

RC_GTEST_PROP(TimeZone, with_a_fixed_offset_is_ahead_of_utc_by_it, ()) {
  const int minutes = *between(-11 * 60, 14 * 60);
  const int size = std::abs(minutes);
  const auto two = [](int value) { return std::string(value < 10 ? "0" : "") + std::to_string(value); };
  const TimeZone zone("XYZ" + std::string(minutes < 0 ? "-" : "+") + two(size / 60) + ":" + two(size % 60));
  const std::int64_t seconds = *between<std::int64_t>(-8'000'000'000, 8'000'000'000);
  RC_ASSERT(zone.day_of(Timestamp::from_seconds(seconds)) ==
            Date::from_days(floor_to_day(seconds + std::int64_t{minutes} * 60)));
}

RC_GTEST_PROP(TimeZone, by_default_is_utc_in_which_the_day_is_the_instants_own, ()) {
  const Date day = *core_test::any_date();
  const auto second = *between<std::int64_t>(0, 86400);
  RC_ASSERT(TimeZone{}.day_of(Timestamp::from_seconds(Timestamp::at_midnight(day).seconds() + second)) ==
            day);
}

RC_GTEST_PROP(TimeZone, starts_a_day_at_the_first_instant_that_its_clock_shows_it, ()) {
  const SummerTimeZone zone = *rc::gen::elementOf(summer_time_zones);
  const int year = *between(1970, 2100);
  const std::int64_t change = *rc::gen::element(nth_sunday(year, zone.start_month, zone.start_sunday),
                                                nth_sunday(year, zone.end_month, zone.end_sunday));
  const std::int64_t day = change + *rc::gen::weightedElement<int>({{3, 0}, {2, 1}, {1, -1}, {1, 40}});
  // Some hours before the day begins anywhere near, second by second where the clock shows full quarters.
  std::int64_t first = day * 86400 - zone.offset - 3 * 3600;
  const auto shows_an_earlier_day = [&](std::int64_t seconds) {
    return floor_to_day(seconds + zone.offset + (is_summer_time(zone, seconds) ? 3600 : 0)) < day;
  };
  while (shows_an_earlier_day(first)) first += 900;
  RC_ASSERT(TimeZone(zone.text).start_of(Date::from_days(day)) == Timestamp::from_seconds(first));
}

TEST(TimeZone, starts_the_day_at_midnight_of_utc_by_default) {
  EXPECT_EQ(TimeZone{}.start_of(Date::of(2024, 2, 29)), Timestamp::at_midnight(Date::of(2024, 2, 29)));
}

TEST(TimeZone, in_which_midnight_is_left_out_starts_the_day_after_the_hour) {
  const TimeZone beirut("EET+02EEST,M3.5.0/0,M10.5.0/0");
  EXPECT_EQ(beirut.start_of(Date::of(2024, 3, 30)).to_string(), "2024-03-29T22:00:00Z");
  EXPECT_EQ(beirut.start_of(Date::of(2024, 3, 31)).to_string(), "2024-03-30T22:00:00Z");  // shown as 01:00
  EXPECT_EQ(beirut.start_of(Date::of(2024, 4, 1)).to_string(), "2024-03-31T21:00:00Z");
}

TEST(TimeZone, in_which_the_hour_before_midnight_comes_twice_starts_the_day_after_both) {
  const TimeZone beirut("EET+02EEST,M3.5.0/0,M10.5.0/0");
  EXPECT_EQ(beirut.start_of(Date::of(2024, 10, 27)).to_string(), "2024-10-26T22:00:00Z");
}

// On the Azores the clocks go from 01:00 back to 00:00.
TEST(TimeZone, in_which_midnight_comes_twice_starts_the_day_at_the_first) {
  const TimeZone azores("AZO-01AZOS,M3.5.0/0,M10.5.0/1");
  EXPECT_EQ(azores.start_of(Date::of(2024, 10, 27)).to_string(), "2024-10-27T00:00:00Z");
  EXPECT_EQ(azores.start_of(Date::of(2024, 10, 28)).to_string(), "2024-10-28T01:00:00Z");
}

TEST(TimeZone, starts_the_ends_of_the_calendar_within_it) {
  EXPECT_EQ(TimeZone("XYZ+14:00").start_of(Date::from_days(Date::min_days)),
            Timestamp::at_midnight(Date::from_days(Date::min_days)));
  EXPECT_EQ(TimeZone("XYZ-11:00").start_of(Date::from_days(Date::max_days)).to_string(),
            "9999-12-31T11:00:00Z");
}

TEST(TimeZone, of_utc_has_three_spellings_and_one_name) {
  for (const char* text : {"", "UTC", "UTC0"}) {
    EXPECT_EQ(TimeZone(text), TimeZone{}) << text;
    EXPECT_EQ(TimeZone(text).name(), "UTC") << text;
  }
  EXPECT_EQ(TimeZone("EST-05").name(), "EST-05");
  EXPECT_NE(TimeZone("EST-05"), TimeZone{});
}

TEST(TimeZone, moves_the_evening_of_new_york_to_its_own_day) {
  EXPECT_EQ(day_of("EST-05EDT,M3.2.0,M11.1.0", "2024-03-10T04:59:59Z"), Date::of(2024, 3, 9));
  EXPECT_EQ(day_of("EST-05EDT,M3.2.0,M11.1.0", "2024-03-10T05:00:00Z"), Date::of(2024, 3, 10));
  EXPECT_EQ(day_of("EST-05EDT,M3.2.0,M11.1.0", "2024-03-11T03:59:59Z"), Date::of(2024, 3, 10));  // now UTC-4
  EXPECT_EQ(day_of("EST-05EDT,M3.2.0,M11.1.0", "2024-03-11T04:00:00Z"), Date::of(2024, 3, 11));
  EXPECT_EQ(day_of("IST+05:30", "2024-07-15T18:30Z"), Date::of(2024, 7, 16));
}

// In Beirut, midnight of the last Sunday in October becomes 23:00 of Saturday again: that hour passes twice,
// and the second time is still Saturday.
TEST(TimeZone, that_sets_its_clock_back_at_midnight_has_the_hour_before_it_twice) {
  const char* beirut = "EET+02EEST,M3.5.0/0,M10.5.0/0";
  EXPECT_EQ(day_of(beirut, "2024-10-26T20:59:59Z"), Date::of(2024, 10, 26));  // 23:59:59, summer time
  EXPECT_EQ(day_of(beirut, "2024-10-26T21:00:00Z"), Date::of(2024, 10, 26));  // 23:00:00, standard time
  EXPECT_EQ(day_of(beirut, "2024-10-26T21:59:59Z"), Date::of(2024, 10, 26));
  EXPECT_EQ(day_of(beirut, "2024-10-26T22:00:00Z"), Date::of(2024, 10, 27));
}

TEST(TimeZone, is_a_value_whose_copy_outlives_it) {
  TimeZone copy;
  {
    const TimeZone original("EST-05");
    copy = original;
  }
  EXPECT_EQ(copy.day_of(Timestamp::parse("2024-01-01T04:00Z").value()), Date::of(2023, 12, 31));
}

TEST(TimeZone, that_is_no_zone_string_is_refused) {
  for (const char* text : {"EST",
                           "Mars",
                           "EST5EDT",
                           "EST5EDT,M3.2.0,M11.1.0",
                           "Europe/Berlin",
                           "UTC+",
                           "UTC+2",
                           "UTC+x2",
                           "+02",
                           "-05:00",
                           "X+02",
                           "UTC 0",
                           "utc",
                           "UTC+99",
                           "UTC+15",
                           "UTC-13",
                           "IST+0530",
                           "EST-05EDT",
                           "EST-05EDT,M3.2.0",
                           "EST-05EDT,M13.2.0,M11.1.0",
                           "EST-05EDT,M3.2.9,M11.1.0",
                           "EST-05 or so",
                           " UTC",
                           "GMT+1"})
    EXPECT_EQ(error_of([text] { (void)TimeZone(text); }), "bad_time_zone") << text;
}

TEST(TimeZone, with_something_behind_its_rules_is_refused) {
  EXPECT_EQ(error_of([] { (void)TimeZone("EST-05,junk"); }), "bad_time_zone");
  EXPECT_EQ(error_of([] { (void)TimeZone("EST-05EDT,M3.2.0,M11.1.0,junk"); }), "bad_time_zone");
  EXPECT_EQ(error_of([] { (void)TimeZone("UTC+05:"); }), "bad_time_zone");
}

TEST(TimeZone, of_more_than_59_minutes_past_an_hour_is_refused) {
  EXPECT_EQ(error_of([] { (void)TimeZone("EST-05:99"); }), "bad_time_zone");
}

// An event may carry any instant of the calendar, so its last and first hours must not let a stranger out.
TEST(TimeZone, at_the_ends_of_the_calendar_throws_nothing_but_an_error_of_its_own) {
  const auto refused = [](const char* zone, const char* instant) {
    return error_of([&] { (void)day_of(zone, instant); }).find("not a churn::Error") != std::string::npos;
  };
  EXPECT_FALSE(refused("UTC+02", "9999-12-31T23:30Z"));
  EXPECT_FALSE(refused("UTC-02", "0001-01-01T00:30Z"));
  EXPECT_FALSE(refused("UTC-02", "1400-01-01T00:30Z"));
  EXPECT_FALSE(refused("EST-05EDT,M3.2.0,M11.1.0", "9999-12-31T23:30Z"));
}

}  // namespace
}  // namespace churn
