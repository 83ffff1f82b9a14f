#include <churn/core/date.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <type_traits>

#include "core/error_of.hpp"
#include "core/generators.hpp"
#include "core/operators.hpp"

namespace churn {
namespace {

using core_test::any_date;
using core_test::between;
using core_test::error_of;
using std::chrono::days;

static_assert(sizeof(Date) == 4 && std::is_trivially_copyable_v<Date>, "columns hold millions of them");
static_assert(!std::is_default_constructible_v<Date>, "there is no day that stands for none");
static_assert(!std::is_constructible_v<Date, int>, "a number is not a day without saying which number");
static_assert(!std::is_convertible_v<Date, int>);
static_assert(core_test::Addable<Date, days> && core_test::Subtractable<Date, Date>);
static_assert(!core_test::Addable<Date, Date> && !core_test::Addable<Date, int>);
static_assert(!core_test::Addable<Date, std::chrono::months>, "a month has no length: that is anniversary()");
static_assert(!core_test::Comparable<Date, int>);
static_assert(Date::of(1970, 1, 1).days() == 0 && Date::of(1, 1, 1).days() == Date::min_days &&
              Date::of(9999, 12, 31).days() == Date::max_days);

// Counted on one's fingers, and sharing nothing with <chrono>.
bool is_leap_year(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
unsigned days_in_month(int year, unsigned month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/// H. F. Fliegel and T. C. Van Flandern, CACM 11 (1968) 657: the Julian day number of a civil day.
std::int64_t fliegel_days(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t before_march = (month - 14) / 12;
  const std::int64_t julian_day = 1461 * (year + 4800 + before_march) / 4 +
                                  367 * (month - 2 - 12 * before_march) / 12 -
                                  3 * ((year + 4900 + before_march) / 100) / 4 + day - 32075;
  return julian_day - 2440588;  // that of 1970-01-01
}

TEST(Date, follows_the_calendar_through_all_of_its_3652059_days) {
  std::int64_t day_number = Date::min_days;
  for (int year = 1; year <= 9999; ++year)
    for (unsigned month = 1; month <= 12; ++month)
      for (unsigned day = 1; day <= days_in_month(year, month); ++day, ++day_number) {
        const auto civil = Date::from_days(day_number).civil();
        ASSERT_TRUE(static_cast<int>(civil.year()) == year && static_cast<unsigned>(civil.month()) == month &&
                    static_cast<unsigned>(civil.day()) == day)
            << day_number;
      }
  EXPECT_EQ(day_number, Date::max_days + 1);
}

RC_GTEST_PROP(Date, counts_days_as_fliegel_and_van_flandern_do, ()) {
  const Date day = *any_date();
  RC_ASSERT(day.days() == fliegel_days(day.year(), day.month(), day.day()));
}

RC_GTEST_PROP(Date, survives_the_way_through_its_parts_its_number_and_its_text, ()) {
  const Date day = *any_date();
  RC_ASSERT(Date::of(day.year(), day.month(), day.day()) == day);
  RC_ASSERT(Date::from_days(day.days()) == day);
  RC_ASSERT(Date::parse(day.to_string()) == day);
}

RC_GTEST_PROP(Date, is_ordered_as_its_text_is, ()) {
  const Date a = *any_date();
  const Date b = *any_date();
  RC_ASSERT((a < b) == (a.to_string() < b.to_string()));
  RC_ASSERT((a == b) == (a.to_string() == b.to_string()));
}

RC_GTEST_PROP(Date, text_is_read_exactly_if_the_calendar_has_such_a_day, ()) {
  const int year = *between(0, 10000);
  const auto month = static_cast<unsigned>(*between(0, 20));
  const auto day = static_cast<unsigned>(*between(0, 40));
  const bool exists = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
  const auto padded = [](std::string text, std::size_t width) {
    return text.insert(0, width - text.size(), '0');
  };
  const std::string text = padded(std::to_string(year), 4) + "-" + padded(std::to_string(month), 2) + "-" +
                           padded(std::to_string(day), 2);
  RC_ASSERT(Date::parse(text).has_value() == exists);
  RC_ASSERT(error_of([&] { (void)Date::of(year, month, day); }) == (exists ? "" : "bad_date"));
  if (exists) RC_ASSERT(Date::parse(text)->to_string() == text);
}

TEST(Date, text_in_any_other_form_is_empty) {
  for (const char* text : {"",
                           "2024",
                           "2024-1-1",
                           "24-01-01",
                           "2024/01/01",
                           "2024-01-01 ",
                           " 2024-01-01",
                           "2024-01-01T00:00",
                           "20240101",
                           "01-01-2024",
                           "+024-01-01",
                           "-024-01-01",
                           "2024-01-0a",
                           "2024--1-01",
                           "2024-01-1 ",
                           "02024-01-01",
                           "2024-02-30",
                           "2023-02-29",
                           "1900-02-29",
                           "0000-01-01",
                           "２０２４-01-01"})
    EXPECT_FALSE(Date::parse(text)) << text;
}

TEST(Date, of_parts_that_are_no_day_is_refused) {
  EXPECT_EQ(error_of([] { (void)Date::of(2023, 2, 29); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(2024, 0, 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(2024, 13, 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(0, 1, 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(10000, 1, 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(65536 + 2024, 1, 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(2024, static_cast<unsigned>(-1), 1); }), "bad_date");
}

// <chrono> keeps a month and a day in one byte each: 257 must not come out as 1.
TEST(Date, of_a_month_or_day_beyond_a_byte_is_refused) {
  EXPECT_EQ(error_of([] { (void)Date::of(2024, 256 + 1, 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::of(2024, 1, 256 + 1); }), "bad_date");
}

TEST(Date, outside_of_the_calendar_is_refused) {
  EXPECT_EQ(error_of([] { (void)Date::from_days(Date::min_days - 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::from_days(Date::max_days + 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::from_days(std::numeric_limits<std::int64_t>::max()); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)Date::from_days(std::numeric_limits<std::int64_t>::min()); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)(Date::of(9999, 12, 31) + days{1}); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)(Date::of(1, 1, 1) - days{1}); }), "bad_date");
}

// Passes without a sanitizer even where the sum wraps, since what it wraps to is no day either.
TEST(Date, plus_the_longest_duration_is_refused) {
  EXPECT_EQ(error_of([] { (void)(Date::of(2024, 1, 1) + days::max()); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)(Date::of(2024, 1, 1) - days::min()); }), "bad_date");
}

RC_GTEST_PROP(Date, sums_and_differences_undo_each_other, ()) {
  const Date a = *any_date();
  const Date b = *any_date();
  RC_ASSERT(a + (b - a) == b);
  RC_ASSERT(b - (b - a) == a);
  RC_ASSERT((b - a).count() == b.days() - a.days());
}

// A month is counted as year x 12 + month, and the day is the anchor's, or the month's last: nothing of the
// months between can leave a trace, so the day never drifts.
RC_GTEST_PROP(Anniversary, has_the_anchors_day_or_the_months_last_and_never_drifts, ()) {
  const Date anchor = *any_date();
  const int months = *between(-600, 601);
  const int month_index = anchor.year() * 12 + static_cast<int>(anchor.month()) - 1 + months;
  RC_PRE(month_index >= 12 && month_index < 10000 * 12);
  const int year = month_index / 12;
  const auto month = static_cast<unsigned>(month_index % 12 + 1);
  RC_ASSERT(anniversary(anchor, months) ==
            Date::of(year, month, std::min(anchor.day(), days_in_month(year, month))));
}

RC_GTEST_PROP(Anniversary, comes_later_with_every_month, ()) {
  const Date anchor = *core_test::any_date_between(Date::of(1900, 1, 1), Date::of(2100, 1, 1));
  const int months = *between(-600, 600);
  RC_ASSERT(anniversary(anchor, months) < anniversary(anchor, months + 1));
}

TEST(Anniversary, of_the_31st_renews_on_the_last_day_of_shorter_months_only) {
  const Date anchor = Date::of(2024, 1, 31);
  EXPECT_EQ(anniversary(anchor, 1), Date::of(2024, 2, 29));
  EXPECT_EQ(anniversary(anchor, 2), Date::of(2024, 3, 31));
  EXPECT_EQ(anniversary(anchor, 13), Date::of(2025, 2, 28));
  EXPECT_EQ(anniversary(anchor, 14), Date::of(2025, 3, 31));
}

TEST(Anniversary, of_29_february_comes_back_to_the_29th_in_leap_years) {
  const Date anchor = Date::of(2024, 2, 29);
  EXPECT_EQ(anniversary(anchor, 12), Date::of(2025, 2, 28));
  EXPECT_EQ(anniversary(anchor, 48), Date::of(2028, 2, 29));
  EXPECT_EQ(anniversary(anchor, -12), Date::of(2023, 2, 28));
}

TEST(Anniversary, outside_of_the_calendar_is_refused) {
  EXPECT_EQ(error_of([] { (void)anniversary(Date::of(9999, 12, 1), 1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)anniversary(Date::of(1, 1, 1), -1); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)anniversary(Date::of(2024, 1, 31), 12 * 10000); }), "bad_date");
}

// <chrono> keeps a year in 16 bits: 65536 years on must not come out as the same day.
TEST(Anniversary, does_not_wrap_round_after_65536_years) {
  EXPECT_EQ(error_of([] { (void)anniversary(Date::of(2024, 1, 31), 12 * 65536); }), "bad_date");
  EXPECT_EQ(error_of([] { (void)anniversary(Date::of(2024, 1, 31), -12 * 65536); }), "bad_date");
}

}  // namespace
}  // namespace churn
