#include <churn/core/period_grid.hpp>

#include <algorithm>
#include <utility>

namespace churn::inline v0 {

namespace {

constexpr std::size_t max_periods = 1'000'000;

void require_order(Date from, Date to) {
  if (!(from < to)) throw Error(ErrorCode::bad_period, "The last day of a grid must be after its first.");
}

void require_room(std::size_t count) {
  if (count > max_periods) throw Error(ErrorCode::bad_period, "A grid holds at most 1,000,000 periods.");
}

[[noreturn]] void throw_no_calendar() {
  throw Error(ErrorCode::bad_period, "Only day, week, month, quarter and year are calendar periods.");
}

}  // namespace

std::string_view period_kind_name(PeriodKind kind) noexcept {
  switch (kind) {
    case PeriodKind::day: return "day";
    case PeriodKind::week: return "week";
    case PeriodKind::month: return "month";
    case PeriodKind::quarter: return "quarter";
    case PeriodKind::year: return "year";
    case PeriodKind::every_days: return "every_days";
    case PeriodKind::cuts: return "cuts";
  }
  return "unknown";
}

Date period_start(PeriodKind kind, Date day) {
  switch (kind) {
    case PeriodKind::day: return day;
    case PeriodKind::week: {  // 1970-01-01 was a Thursday; ISO weeks start on Monday
      const std::int32_t since_monday = ((day.days() + 3) % 7 + 7) % 7;
      return Date::from_days(std::max(Date::min_days, day.days() - since_monday));
    }
    case PeriodKind::month: return Date::of(day.year(), day.month(), 1);
    case PeriodKind::quarter: return Date::of(day.year(), (day.month() - 1) / 3 * 3 + 1, 1);
    case PeriodKind::year: return Date::of(day.year(), 1, 1);
    case PeriodKind::every_days:
    case PeriodKind::cuts: break;
  }
  throw_no_calendar();
}

namespace {

/// The first day of the next calendar period; one behind the calendar for the last of all.
std::int64_t next_start(PeriodKind kind, Date day) {
  const Date start = period_start(kind, day);
  const auto months_on = [&](int months) -> std::int64_t {
    if (start.year() == 9999 && start.month() + static_cast<unsigned>(months) > 12)
      return std::int64_t{Date::max_days} + 1;
    return anniversary(start, months).days();
  };
  switch (kind) {
    case PeriodKind::day: return std::int64_t{day.days()} + 1;
    case PeriodKind::week: return std::int64_t{day.days()} + 7 - ((day.days() + 3) % 7 + 7) % 7;
    case PeriodKind::month: return months_on(1);
    case PeriodKind::quarter: return months_on(3);
    case PeriodKind::year: return months_on(12);
    case PeriodKind::every_days:
    case PeriodKind::cuts: break;
  }
  throw_no_calendar();
}

}  // namespace

Date next_period_start(PeriodKind kind, Date day) { return Date::from_days(next_start(kind, day)); }

PeriodGrid::PeriodGrid(PeriodKind kind, Date from, Date to)
    : kind_(kind), first_is_whole_(period_start(kind, from) == from) {
  require_order(from, to);
  cuts_.push_back(from);
  for (Date next = from; next < to;) {
    const std::int64_t end = next_start(kind, next);
    last_is_whole_ = end <= to.days();
    next = last_is_whole_ ? Date::from_days(end) : to;
    cuts_.push_back(next);
    require_room(cuts_.size() - 1);
  }
}

PeriodGrid PeriodGrid::every_days(std::int32_t n, Date from, Date to) {
  if (n < 1) throw Error(ErrorCode::bad_period, "A period must have at least one day.");
  require_order(from, to);
  require_room(static_cast<std::size_t>((to.days() - from.days() - 1) / n) + 1);
  PeriodGrid grid;
  grid.kind_ = PeriodKind::every_days;
  grid.step_ = n;
  for (std::int64_t day = from.days(); day < to.days(); day += n) grid.cuts_.push_back(Date::from_days(day));
  grid.last_is_whole_ = (to.days() - from.days()) % n == 0;
  grid.cuts_.push_back(to);
  return grid;
}

PeriodGrid PeriodGrid::at(std::vector<Date> cuts) {
  if (cuts.size() < 2) throw Error(ErrorCode::bad_period, "A grid needs at least two cut points.");
  require_room(cuts.size() - 1);
  for (std::size_t i = 1; i < cuts.size(); ++i) require_order(cuts[i - 1], cuts[i]);
  PeriodGrid grid;
  grid.cuts_ = std::move(cuts);
  return grid;
}

Period PeriodGrid::operator[](std::size_t i) const {
  if (i >= size()) throw Error(ErrorCode::out_of_range, "The grid has fewer periods than that.");
  return {cuts_[i], cuts_[i + 1]};
}

bool PeriodGrid::is_whole(std::size_t i) const noexcept {
  return (i != 0 || first_is_whole_) && (i + 1 != size() || last_is_whole_);
}

std::ptrdiff_t PeriodGrid::index_of(Date day) const noexcept {
  return std::upper_bound(cuts_.begin(), cuts_.end(), day) - cuts_.begin() - 1;
}

std::size_t PeriodGrid::index_starting(Date first) const {
  const auto at = std::lower_bound(cuts_.begin(), cuts_.end() - 1, first);
  if (at == cuts_.end() - 1 || *at != first)
    throw Error(ErrorCode::out_of_range, "No period of the grid starts on " + first.to_string() + ".");
  return static_cast<std::size_t>(at - cuts_.begin());
}

std::size_t PeriodGrid::index_of(const Period& period) const {
  const std::size_t index = index_starting(period.first());
  if (cuts_[index + 1] != period.last())
    throw Error(ErrorCode::out_of_range, "The grid's period from " + period.first().to_string() +
                                             " does not end on " + period.last().to_string() + ".");
  return index;
}

PeriodGrid PeriodGrid::trailing(std::size_t period, std::int32_t days) const {
  if (days < 1) throw Error(ErrorCode::bad_period, "A trailing window needs one day at least.");
  const Date last = (*this)[period].last();
  const std::int64_t first = std::max<std::int64_t>(std::int64_t{last.days()} - days, Date::min_days);
  PeriodGrid window = at({Date::from_days(static_cast<std::int32_t>(first)), last});
  window.kind_ = kind_;
  window.step_ = step_;
  window.boundaries_ = cuts_;
  return window;
}

Date PeriodGrid::boundary_after(Date day) const {
  const std::vector<Date>& known = boundaries_.empty() || day >= cuts_.front() ? cuts_ : boundaries_;
  const Date latest = day >= cuts_.front() ? cuts_.back() : cuts_.front();
  if (day >= known.front()) {
    const auto next = std::upper_bound(known.begin(), known.end(), day);
    return next == known.end() ? latest : std::min(*next, latest);
  }
  switch (kind_) {
    case PeriodKind::cuts: return std::min(known.front(), latest);
    case PeriodKind::every_days: {
      const std::int32_t ahead = known.front().days() - day.days();
      return std::min(known.front() - std::chrono::days{(ahead - 1) / step_ * step_}, latest);
    }
    default: {
      const std::int64_t next = std::min<std::int64_t>(next_start(kind_, day), latest.days());
      return std::min(Date::from_days(next), known.front());
    }
  }
}

}  // namespace churn::inline v0
