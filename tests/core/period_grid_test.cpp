#include <churn/core/period_grid.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/error_of.hpp"
#include "core/generators.hpp"

namespace churn {
namespace {

using core_test::any_date_between;
using core_test::between;
using core_test::error_of;

const std::vector<PeriodKind> calendar_kinds{PeriodKind::day, PeriodKind::week, PeriodKind::month,
                                             PeriodKind::quarter, PeriodKind::year};

Date days_after(Date day, std::int32_t n) { return day + std::chrono::days{n}; }

/// Whether a calendar period of that kind starts on a day, by looking at the calendar only.
bool starts_a_period(PeriodKind kind, Date day) {
  switch (kind) {
    case PeriodKind::day: return true;
    case PeriodKind::week: return (day - Date::of(2024, 1, 1)).count() % 7 == 0;  // that was a Monday
    case PeriodKind::month: return day.day() == 1;
    case PeriodKind::quarter: return day.day() == 1 && day.month() % 3 == 1;
    case PeriodKind::year: return day.day() == 1 && day.month() == 1;
    case PeriodKind::every_days:
    case PeriodKind::cuts: break;
  }
  return false;
}

Date any_first_day() { return *any_date_between(Date::of(2019, 6, 1), Date::of(2025, 6, 1)); }

PeriodGrid any_calendar_grid() {
  const PeriodKind kind = *rc::gen::elementOf(calendar_kinds);
  const Date from = any_first_day();
  return {kind, from, days_after(from, *between(1, 1200))};
}

PeriodGrid any_grid() {
  const int choice = *between(0, 7);
  if (choice < 5) return any_calendar_grid();
  const Date from = any_first_day();
  if (choice == 5) return every_days(*between(1, 100), from, days_after(from, *between(1, 1200)));
  std::vector<Date> cuts{from};
  for (int n = *between(1, 10); n > 0; --n) cuts.push_back(days_after(cuts.back(), *between(1, 100)));
  return periods_at(cuts);
}

RC_GTEST_PROP(PeriodGrid, covers_its_span_without_gap_or_overlap, ()) {
  const PeriodGrid grid = any_grid();
  RC_ASSERT(grid.size() >= 1U);
  RC_ASSERT(grid.cuts().size() == grid.size() + 1);
  RC_ASSERT(grid.first_days().size() == grid.size());
  for (std::size_t p = 0; p < grid.size(); ++p) RC_ASSERT(grid.first_days()[p] == grid[p].first());
  RC_ASSERT(grid[0].first() == grid.from());
  RC_ASSERT(grid[grid.size() - 1].last() == grid.to());
  for (std::size_t i = 1; i < grid.size(); ++i) RC_ASSERT(grid[i - 1].last() == grid[i].first());
}

RC_GTEST_PROP(PeriodGrid, covers_exactly_the_days_that_were_asked_for, ()) {
  const PeriodKind kind = *rc::gen::elementOf(calendar_kinds);
  const Date from = any_first_day();
  const Date to = days_after(from, *between(1, 1200));
  const PeriodGrid grid(kind, from, to);
  RC_ASSERT(grid.from() == from);
  RC_ASSERT(grid.to() == to);
  RC_ASSERT(grid.kind() == kind);
}

RC_GTEST_PROP(PeriodGrid, cuts_where_calendar_periods_start_and_nowhere_else, ()) {
  const PeriodGrid grid = any_calendar_grid();
  std::vector<Date> expected{grid.from()};
  for (Date day = days_after(grid.from(), 1); day < grid.to(); day = days_after(day, 1))
    if (starts_a_period(grid.kind(), day)) expected.push_back(day);
  expected.push_back(grid.to());
  RC_ASSERT(grid.cuts() == expected);
}

RC_GTEST_PROP(PeriodGrid, is_whole_where_its_ends_cut_no_calendar_period, ()) {
  const PeriodGrid grid = any_calendar_grid();
  for (std::size_t i = 0; i < grid.size(); ++i)
    RC_ASSERT(grid.is_whole(i) == (starts_a_period(grid.kind(), grid[i].first()) &&
                                   starts_a_period(grid.kind(), grid[i].last())));
}

RC_GTEST_PROP(PeriodGrid, of_n_days_has_n_days_everywhere_but_at_its_end, ()) {
  const Date from = any_first_day();
  const auto n = *between(1, 100);
  const auto length = *between(1, 1200);
  const PeriodGrid grid = every_days(n, from, days_after(from, length));
  RC_ASSERT(grid.size() == static_cast<std::size_t>((length + n - 1) / n));
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    RC_ASSERT(grid[i].length_in_days() == n);
    RC_ASSERT(grid.is_whole(i));
  }
  const std::size_t last = grid.size() - 1;
  RC_ASSERT(grid.is_whole(last) == (grid[last].length_in_days() == n));
  RC_ASSERT(grid.is_whole(last) == (length % n == 0));
}

RC_GTEST_PROP(PeriodGrid, every_day_has_the_one_period_that_contains_it, ()) {
  const PeriodGrid grid = any_grid();
  for (Date day = days_after(grid.from(), -5); day < days_after(grid.to(), 5); day = days_after(day, 1)) {
    std::ptrdiff_t expected = day < grid.from() ? -1 : static_cast<std::ptrdiff_t>(grid.size());
    int holders = 0;
    for (std::size_t i = 0; i < grid.size(); ++i)
      if (grid[i].contains(day)) {
        expected = static_cast<std::ptrdiff_t>(i);
        ++holders;
      }
    RC_ASSERT(grid.index_of(day) == expected);
    RC_ASSERT(holders == (day >= grid.from() && day < grid.to() ? 1 : 0));
  }
}

RC_GTEST_PROP(PeriodGrid, finds_a_period_by_its_first_day_only, ()) {
  const PeriodGrid grid = any_grid();
  for (std::size_t i = 0; i < grid.size(); ++i) RC_ASSERT(grid.index_starting(grid[i].first()) == i);
  const Date day = days_after(grid.from(), *between(-10, 1300));
  const bool starts = day != grid.to() && std::count(grid.cuts().begin(), grid.cuts().end(), day) == 1;
  RC_ASSERT(error_of([&] { (void)grid.index_starting(day); }) == (starts ? "" : "out_of_range"));
}

// Walks day by day to the next boundary, where a boundary is a cut or, before the grid, a day on which the
// grid's rule would have cut.
RC_GTEST_PROP(PeriodGrid, boundary_after_a_day_is_the_first_that_a_walk_meets, ()) {
  const PeriodGrid grid = any_grid();
  const Date day = days_after(grid.from(), *between(-900, 1300));
  const auto step = grid.kind() == PeriodKind::every_days ? grid[0].length_in_days() : 0;
  // A shorter single period does not tell the n that it was made with.
  RC_PRE(grid.kind() != PeriodKind::every_days || grid.is_whole(0));
  const auto is_boundary = [&](Date at) {
    if (std::count(grid.cuts().begin(), grid.cuts().end(), at) == 1) return true;
    if (at >= grid.from()) return false;
    if (grid.kind() == PeriodKind::every_days) return (grid.from() - at).count() % step == 0;
    return starts_a_period(grid.kind(), at);
  };
  Date expected = grid.to();
  if (day < grid.to()) {
    expected = days_after(day, 1);
    while (!is_boundary(expected)) expected = days_after(expected, 1);
  }
  RC_ASSERT(grid.boundary_after(day) == expected);
}

RC_GTEST_PROP(PeriodStart, of_a_day_and_of_its_next_period_enclose_it_and_meet, ()) {
  const PeriodKind kind = *rc::gen::elementOf(calendar_kinds);
  const Date day = *any_date_between(Date::of(1, 1, 1), Date::of(9998, 12, 31));
  const Date start = period_start(kind, day);
  const Date next = next_period_start(kind, day);
  RC_ASSERT(start <= day);
  RC_ASSERT(day < next);
  RC_ASSERT(starts_a_period(kind, start));
  RC_ASSERT(starts_a_period(kind, next));
  RC_ASSERT(period_start(kind, next) == next);
  RC_ASSERT(period_start(kind, days_after(next, -1)) == start);
}

TEST(PeriodGrid, of_a_year_has_twelve_months_four_quarters_and_52_to_54_weeks) {
  const Date from = Date::of(2024, 1, 1);
  const Date to = Date::of(2025, 1, 1);
  EXPECT_EQ(days(from, to).size(), 366U);
  EXPECT_EQ(weeks(from, to).size(), 53U);  // 2024 starts on a Monday and ends on a Tuesday
  EXPECT_EQ(months(from, to).size(), 12U);
  EXPECT_EQ(quarters(from, to).size(), 4U);
  EXPECT_EQ(years(from, to).size(), 1U);
  EXPECT_EQ(every_days(30, from, to).size(), 13U);
  EXPECT_EQ(months(from, to)[1], Period(Date::of(2024, 2, 1), Date::of(2024, 3, 1)));
}

TEST(PeriodGrid, that_covers_nothing_is_refused) {
  const Date day = Date::of(2024, 1, 1);
  const Date before = Date::of(2023, 12, 31);
  for (const PeriodKind kind : calendar_kinds) {
    EXPECT_EQ(error_of([&] { (void)PeriodGrid(kind, day, day); }), "bad_period");
    EXPECT_EQ(error_of([&] { (void)PeriodGrid(kind, day, before); }), "bad_period");
  }
  EXPECT_EQ(error_of([&] { (void)every_days(7, day, day); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)every_days(0, before, day); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)every_days(-1, before, day); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)periods_at({}); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)periods_at({day}); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)periods_at({day, day}); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)periods_at({before, day, before}); }), "bad_period");
}

TEST(PeriodGrid, of_a_kind_without_calendar_is_refused) {
  const Date from = Date::of(2024, 1, 1);
  for (const PeriodKind kind : {PeriodKind::every_days, PeriodKind::cuts}) {
    EXPECT_EQ(error_of([&] { (void)PeriodGrid(kind, from, Date::of(2025, 1, 1)); }), "bad_period");
    EXPECT_EQ(error_of([&] { (void)period_start(kind, from); }), "bad_period");
    EXPECT_EQ(error_of([&] { (void)next_period_start(kind, from); }), "bad_period");
  }
}

TEST(PeriodGrid, holds_a_million_periods_and_not_one_more) {
  const Date from = Date::of(1, 1, 1);
  EXPECT_EQ(days(from, days_after(from, 1'000'000)).size(), 1'000'000U);
  EXPECT_EQ(every_days(1, from, days_after(from, 1'000'000)).size(), 1'000'000U);
  EXPECT_EQ(error_of([&] { (void)days(from, days_after(from, 1'000'001)); }), "bad_period");
  EXPECT_EQ(error_of([&] { (void)every_days(1, from, days_after(from, 1'000'001)); }), "bad_period");
}

// Walks day by day, as above, over the boundaries of the grid that the window was taken from.
RC_GTEST_PROP(PeriodGrid, a_trailing_window_has_the_boundaries_of_its_grid_and_its_own_first_day, ()) {
  const PeriodGrid grid = any_grid();
  RC_PRE(grid.kind() != PeriodKind::every_days || grid.is_whole(0));
  const auto step = grid.kind() == PeriodKind::every_days ? grid[0].length_in_days() : 0;
  const PeriodGrid window =
      grid.trailing(static_cast<std::size_t>(*between(0, static_cast<int>(grid.size()))), *between(1, 400));
  const Date day = days_after(window.from(), *between(-900, 0));
  const auto is_boundary = [&](Date at) {
    if (at == window.from() || std::count(grid.cuts().begin(), grid.cuts().end(), at) == 1) return true;
    if (at >= grid.from()) return false;
    if (grid.kind() == PeriodKind::every_days) return (grid.from() - at).count() % step == 0;
    return starts_a_period(grid.kind(), at);
  };
  Date expected = days_after(day, 1);
  while (!is_boundary(expected)) expected = days_after(expected, 1);
  RC_ASSERT(window.boundary_after(day) == expected);
}

TEST(PeriodGrid, that_starts_within_a_month_has_a_boundary_there_for_its_windows_too) {
  const PeriodGrid grid = months(Date::of(2024, 1, 10), Date::of(2024, 3, 1));
  EXPECT_EQ(grid.boundary_after(Date::of(2024, 1, 3)), Date::of(2024, 1, 10));
  EXPECT_EQ(grid.trailing(1, 20).boundary_after(Date::of(2024, 1, 3)), Date::of(2024, 1, 10));
  EXPECT_EQ(grid.trailing(1, 20).boundary_after(Date::of(2024, 1, 10)), Date::of(2024, 2, 1));
  EXPECT_EQ(grid.trailing(1, 20).boundary_after(Date::of(2023, 11, 3)), Date::of(2023, 12, 1));
}

TEST(PeriodGrid, with_a_step_beyond_its_span_is_one_period_that_is_not_whole) {
  const Date from = Date::of(2024, 1, 1);
  const PeriodGrid grid = every_days(INT32_MAX, from, Date::of(2024, 2, 1));
  EXPECT_EQ(grid.size(), 1U);
  EXPECT_FALSE(grid.is_whole(0));
  EXPECT_EQ(grid.boundary_after(Date::of(1, 1, 1)), from);
}

TEST(PeriodGrid, index_beyond_its_size_is_refused) {
  const PeriodGrid grid = months(Date::of(2024, 1, 1), Date::of(2024, 3, 1));
  EXPECT_EQ(error_of([&] { (void)grid[2]; }), "out_of_range");
}

TEST(PeriodGrid, covers_the_first_days_of_the_calendar) {
  const PeriodGrid grid = months(Date::of(1, 1, 1), Date::of(1, 3, 1));
  EXPECT_EQ(grid.size(), 2U);
  EXPECT_TRUE(grid.is_whole(0));
  EXPECT_EQ(weeks(Date::of(1, 1, 1), Date::of(1, 1, 15)).size(), 2U);  // 0001-01-01 was a Monday
}

// Only a period that would run past the end of the calendar needs cutting there.
TEST(PeriodGrid, cuts_the_last_year_of_the_calendar_as_any_other) {
  const PeriodGrid half_a_year = months(Date::of(9999, 1, 1), Date::of(9999, 7, 1));
  EXPECT_EQ(half_a_year.size(), 6U);
  EXPECT_TRUE(half_a_year.is_whole(half_a_year.size() - 1));
  EXPECT_EQ(days(Date::of(9999, 12, 1), Date::of(9999, 12, 31)).size(), 30U);
  EXPECT_EQ(months(Date::of(9999, 11, 1), Date::of(9999, 12, 31)).size(), 2U);
}

TEST(PeriodGrid, that_ends_with_the_calendar_is_not_whole_there) {
  const PeriodGrid grid = years(Date::of(9998, 1, 1), Date::of(9999, 12, 31));
  EXPECT_EQ(grid.size(), 2U);
  EXPECT_TRUE(grid.is_whole(0));
  EXPECT_FALSE(grid.is_whole(1));
}

TEST(PeriodGrid, boundary_before_a_grid_in_the_last_month_of_the_calendar_is_its_first_day) {
  const PeriodGrid grid = periods_at({Date::of(9999, 12, 20), Date::of(9999, 12, 31)});
  EXPECT_EQ(grid.boundary_after(Date::of(9999, 12, 10)), grid.from());
  const PeriodGrid monthly = months(Date::of(9999, 12, 20), Date::of(9999, 12, 31));
  EXPECT_EQ(error_of([&] { (void)monthly.boundary_after(Date::of(9999, 12, 10)); }), "");
}

TEST(PeriodKind, has_the_names_of_the_command_line) {
  EXPECT_EQ(period_kind_name(PeriodKind::day), "day");
  EXPECT_EQ(period_kind_name(PeriodKind::week), "week");
  EXPECT_EQ(period_kind_name(PeriodKind::month), "month");
  EXPECT_EQ(period_kind_name(PeriodKind::quarter), "quarter");
  EXPECT_EQ(period_kind_name(PeriodKind::year), "year");
  EXPECT_EQ(period_kind_name(PeriodKind::every_days), "every_days");
  EXPECT_EQ(period_kind_name(PeriodKind::cuts), "cuts");
}

}  // namespace
}  // namespace churn
