// PeriodGrid: the contiguous periods that an answer is computed over.
//
//   months(Date::of(2024, 1, 1), Date::of(2025, 1, 1))       twelve calendar months
//   weeks(from, to)   quarters(from, to)   years(from, to)   ISO weeks start on Monday
//   days(from, to)    every_days(30, from, to)    periods_at({d0, d1, d2, …})
//
// A calendar grid covers exactly [from, to): where `from` or `to` lies inside a calendar period, the first
// or last one is cut there and is not *whole* (its cells are reported as incomplete). `every_days` may have
// a shorter last one; given cut points are whole by definition. A grid holds n >= 1 periods and n + 1 cuts.
// Construction throws Error(bad_period) if there is nothing to cover or more than 1,000,000 periods.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <churn/core/period.hpp>

namespace churn::inline v0 {

struct Stored;  // the library's own: reads back what io/result_json.hpp writes

/// How a grid is cut. The first five are the calendar's.
enum class PeriodKind : std::uint8_t {
  day,         ///< each civil day
  week,        ///< ISO: begins on a Monday
  month,       ///< begins on a 1st
  quarter,     ///< begins on 1 January, April, July or October
  year,        ///< begins on 1 January
  every_days,  ///< of so many days each, counted from the grid's own first one
  cuts         ///< between cut points that were given
};

/// `day`, `week`, … as on the command line.
[[nodiscard]] std::string_view period_kind_name(PeriodKind kind) noexcept;

/// One period or more, each beginning where the one before it ends.
class PeriodGrid {
 public:
  /// A calendar grid of one of the first five kinds. Throws Error(bad_period) for the other two.
  PeriodGrid(PeriodKind kind, Date from, Date to);

  /// Periods of n days from `from` on, the last one shorter where `to` cuts it. Throws Error(bad_period) for n
  /// below 1, too.
  [[nodiscard]] static PeriodGrid every_days(std::int32_t n, Date from, Date to);
  /// Periods between cut points, of which each must be later than the one before; two at least.
  [[nodiscard]] static PeriodGrid at(std::vector<Date> cuts);

  /// By which rule it was cut; a trailing window has that of its grid.
  [[nodiscard]] PeriodKind kind() const noexcept { return kind_; }
  /// How many periods, 1 or more.
  [[nodiscard]] std::size_t size() const noexcept { return cuts_.size() - 1; }
  /// The i-th period; throws Error(out_of_range).
  [[nodiscard]] Period operator[](std::size_t i) const;
  /// False where the grid's ends cut a calendar period short.
  [[nodiscard]] bool is_whole(std::size_t i) const noexcept;
  /// The first day of the first period.
  [[nodiscard]] Date from() const noexcept { return cuts_.front(); }
  /// The first day after the last period.
  [[nodiscard]] Date to() const noexcept { return cuts_.back(); }
  /// The first day of each period, then `to()`.
  [[nodiscard]] const std::vector<Date>& cuts() const noexcept { return cuts_; }
  /// The first day of each period.
  [[nodiscard]] std::vector<Date> first_days() const { return {cuts_.begin(), cuts_.end() - 1}; }

  /// The index of the period that holds a day: -1 before the grid, size() after it. O(log n).
  [[nodiscard]] std::ptrdiff_t index_of(Date day) const noexcept;
  /// The index of the period whose first day this is; throws Error(out_of_range) if there is none.
  [[nodiscard]] std::size_t index_starting(Date first) const;
  /// The index of exactly this period; throws Error(out_of_range) if the grid does not hold it.
  [[nodiscard]] std::size_t index_of(const Period& period) const;

  /// The last `days` days of a period, or as many as the calendar has: one period as a grid of its own, which
  /// judges what came before it by this grid's boundaries. Throws Error(bad_period) unless days >= 1,
  /// Error(out_of_range) if there is no such period.
  [[nodiscard]] PeriodGrid trailing(std::size_t period, std::int32_t days) const;

  /// The first boundary after a day, the grid's rule being continued backwards before its first period (given
  /// cut points have no rule: there, the first cut is the first boundary). The grid's own first cut is one
  /// wherever it lies. For a day after the grid, its last cut. Used by History::period_ends, which judges "paid
  /// before" by period ends.
  [[nodiscard]] Date boundary_after(Date day) const;

  friend bool operator==(const PeriodGrid&, const PeriodGrid&) = default;

 private:
  friend struct Stored;
  PeriodGrid() = default;
  PeriodKind kind_{PeriodKind::cuts};
  std::int32_t step_{0};
  std::vector<Date> cuts_;
  std::vector<Date> boundaries_;  // of the grid that a trailing window comes from; else empty
  bool first_is_whole_{true};
  bool last_is_whole_{true};
};

/// The first day of the calendar period of that kind that holds a day.
[[nodiscard]] Date period_start(PeriodKind kind, Date day);
/// The first day of the calendar period after the one that holds a day.
[[nodiscard]] Date next_period_start(PeriodKind kind, Date day);

/// One period a day, of all days from `from` to before `to`.
[[nodiscard]] inline PeriodGrid days(Date from, Date to) { return {PeriodKind::day, from, to}; }
/// ISO weeks from `from` to before `to`, the first and last cut where these lie inside one.
[[nodiscard]] inline PeriodGrid weeks(Date from, Date to) { return {PeriodKind::week, from, to}; }
/// The same in calendar months.
[[nodiscard]] inline PeriodGrid months(Date from, Date to) { return {PeriodKind::month, from, to}; }
/// The same in calendar quarters.
[[nodiscard]] inline PeriodGrid quarters(Date from, Date to) { return {PeriodKind::quarter, from, to}; }
/// The same in calendar years.
[[nodiscard]] inline PeriodGrid years(Date from, Date to) { return {PeriodKind::year, from, to}; }
/// PeriodGrid::every_days.
[[nodiscard]] inline PeriodGrid every_days(std::int32_t n, Date from, Date to) {
  return PeriodGrid::every_days(n, from, to);
}
/// PeriodGrid::at.
[[nodiscard]] inline PeriodGrid periods_at(std::vector<Date> cuts) { return PeriodGrid::at(std::move(cuts)); }

}  // namespace churn::inline v0
