#include <churn/core/timestamp.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::any_date;
using core_test::between;
using core_test::error_of;

constexpr std::int64_t first_second = std::int64_t{Date::min_days} * 86400;
constexpr std::int64_t end_of_time = (std::int64_t{Date::max_days} + 1) * 86400;

static_assert(sizeof(Timestamp) == 8 && std::is_trivially_copyable_v<Timestamp>);
static_assert(!std::is_default_constructible_v<Timestamp> &&
              !std::is_constructible_v<Timestamp, std::int64_t>);
static_assert(!std::is_convertible_v<Date, Timestamp> && !std::is_convertible_v<Timestamp, Date>,
              "an instant becomes a day through a time zone only");
static_assert(!core_test::Comparable<Timestamp, Date> && !core_test::Addable<Timestamp, int>);
static_assert(Timestamp::at_midnight(Date::of(1970, 1, 2)).seconds() == 86400);

std::string two(int value) {
  return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

rc::Gen<std::int64_t> any_seconds() {
  return rc::gen::oneOf(between<std::int64_t>(first_second, end_of_time),
                        between<std::int64_t>(-4'000'000'000, 4'000'000'000),
                        rc::gen::elementOf(std::vector<std::int64_t>{first_second, -86401, -86400, -1, 0,
                                                                     86399, 86400, end_of_time - 1}));
}

RC_GTEST_PROP(Timestamp, survives_the_way_through_its_text, ()) {
  const Timestamp instant = Timestamp::from_seconds(*any_seconds());
  RC_ASSERT(Timestamp::parse(instant.to_string()) == instant);
}

RC_GTEST_PROP(Timestamp, is_ordered_as_its_text_is, ()) {
  const Timestamp a = Timestamp::from_seconds(*any_seconds());
  const Timestamp b = Timestamp::from_seconds(*any_seconds());
  RC_ASSERT((a < b) == (a.to_string() < b.to_string()));
}

// Whatever the form, the instant is that of the written clock less the written offset.
RC_GTEST_PROP(Timestamp, is_the_written_clock_less_the_written_offset_in_every_form, ()) {
  const Date day = *core_test::any_date_between(Date::of(1900, 1, 1), Date::of(2100, 1, 1));
  const int hour = *between(0, 24);
  const int minute = *between(0, 60);
  const int second = *between(0, 61);  // 60 is a leap second
  const bool with_seconds = *rc::gen::arbitrary<bool>();
  std::string text =
      day.to_string() + *rc::gen::element<std::string>("T", " ") + two(hour) + ":" + two(minute);
  if (with_seconds)
    text += ":" + two(second) + *rc::gen::element<std::string>("", ".1", ".999", ".123456789");

  const int sign = *rc::gen::element(-1, 1);
  const int offset_hours = *between(0, 24);
  const int offset_minutes = *between(0, 60);
  const std::string signed_hours = (sign < 0 ? "-" : "+") + two(offset_hours);
  int offset = 0;
  switch (*between(0, 5)) {
    case 0: break;
    case 1: text += "Z"; break;
    case 2:
      text += signed_hours;
      offset = sign * offset_hours * 3600;
      break;
    case 3:
      text += signed_hours + ":" + two(offset_minutes);
      offset = sign * (offset_hours * 3600 + offset_minutes * 60);
      break;
    default:
      text += signed_hours + two(offset_minutes);
      offset = sign * (offset_hours * 3600 + offset_minutes * 60);
      break;
  }
  const std::int64_t expected =
      std::int64_t{day.days()} * 86400 + hour * 3600 + minute * 60 + (with_seconds ? second : 0) - offset;
  RC_LOG() << text;
  RC_ASSERT(Timestamp::parse(text) == Timestamp::from_seconds(expected));
}

RC_GTEST_PROP(Timestamp, of_a_day_alone_is_its_midnight, ()) {
  const Date day = *any_date();
  RC_ASSERT(Timestamp::parse(day.to_string()) == Timestamp::at_midnight(day));
  RC_ASSERT(Timestamp::at_midnight(day).to_string() == day.to_string() + "T00:00:00Z");
}

TEST(Timestamp, drops_fractions_and_carries_the_leap_second_on) {
  EXPECT_EQ(Timestamp::parse("2024-05-06T07:08:09.999999"), Timestamp::parse("2024-05-06T07:08:09"));
  EXPECT_EQ(Timestamp::parse("2016-12-31T23:59:60Z"), Timestamp::parse("2017-01-01T00:00:00Z"));
}

TEST(Timestamp, text_in_any_other_form_is_empty) {
  for (const char* text : {"",
                           "2024",
                           "2024-05",
                           "2024-05-06T",
                           "2024-05-06T07",
                           "2024-05-06T7:08",
                           "2024-05-06T07:8",
                           "2024-05-06T0708",
                           "2024-05-06T07:08:9",
                           "2024-05-06T07:08:09.",
                           "2024-05-06T07:08:09,5",
                           "2024-05-06T24:00",
                           "2024-05-06T23:60",
                           "2024-05-06T23:59:61",
                           "2024-02-30T00:00",
                           "2024-05-06X07:08",
                           "2024-05-06T07:08+2",
                           "2024-05-06T07:08+24",
                           "2024-05-06T07:08+02:",
                           "2024-05-06T07:08+02:60",
                           "2024-05-06T07:08+02:0",
                           "2024-05-06T07:08+02:00:00",
                           "2024-05-06T07:08ZZ",
                           "2024-05-06T07:08EST",
                           "2024-05-06Z",
                           "2024-05-06+02:00",
                           "1714979289",
                           " 2024-05-06T07:08",
                           "2024-05-06T07:08:09.1.2",
                           "2024-05-06T-1:08",
                           "2024-05-06T07:08Z+02"})
    EXPECT_FALSE(Timestamp::parse(text)) << text;
}

// "Nothing (UTC), Z, +02, +02:00 or +0200 behind it. Anything else is empty."
TEST(Timestamp, text_with_a_space_at_its_end_is_empty) {
  EXPECT_FALSE(Timestamp::parse("2024-05-06T07:08 "));
  EXPECT_FALSE(Timestamp::parse("2024-05-06 07:08:09 "));
}

TEST(Timestamp, outside_of_the_calendar_is_refused) {
  EXPECT_EQ(error_of([] { (void)Timestamp::from_seconds(first_second - 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Timestamp::from_seconds(end_of_time); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Timestamp::from_seconds(first_second); }), "");
  EXPECT_EQ(error_of([] { (void)Timestamp::from_seconds(end_of_time - 1); }), "");
  EXPECT_FALSE(Timestamp::parse("0001-01-01T00:00+01:00"));
  EXPECT_FALSE(Timestamp::parse("9999-12-31T23:59:60Z"));
  EXPECT_FALSE(Timestamp::parse("9999-12-31T23:30-01:00"));
}

}  // namespace
}  // namespace churn
