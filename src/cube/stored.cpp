#include "cube/stored.hpp"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include <churn/metric/movements.hpp>

namespace churn::inline v0 {

namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw Error(ErrorCode::unreadable, sentence); }

bool rise(const std::vector<Date>& days) {
  return std::adjacent_find(days.begin(), days.end(), [](Date a, Date b) { return a >= b; }) == days.end();
}

void check(const Stored::Frame& frame) {
  if (frame.status.size() != frame.grid.size()) refuse("The cube has a status too many or too few.");
  for (const PeriodStatus status : frame.status)
    if (status.complete && !status.observable)
      refuse("A period of the cube is complete, but not observable.");
  for (const Label& label : frame.segments)
    if (label.size() != frame.segment_names.size())
      refuse("A label of the cube has more or fewer parts than there are segment names.");
  if (std::adjacent_find(frame.segments.begin(), frame.segments.end(),
                         [](const Label& a, const Label& b) { return a >= b; }) != frame.segments.end())
    refuse("The labels of the cube are not in order, or one comes twice.");
}

using Entry = DepartureCube::Entry;

bool is_same_cell(const Entry& a, const Entry& b) { return a.segment == b.segment && a.period == b.period; }

void check(const Stored::Frame& frame, const std::vector<Cause>& causes, const std::vector<Entry>& entries) {
  for (const Cause& cause : causes)
    if (std::find(departure_types.begin(), departure_types.end(), cause.type) == departure_types.end())
      refuse("departure cube, causes: There is no such type.");
  if (std::adjacent_find(causes.begin(), causes.end(),
                         [](const Cause& a, const Cause& b) { return a >= b; }) != causes.end())
    refuse("departure cube, causes: They are not in order, or one comes twice.");
  std::vector<bool> is_used(causes.size());
  Leavers of_cell;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto& [segment, period, cause, leavers] = entries[i];
    if (segment >= frame.segments.size()) refuse("departure cube, entries: A segment is beyond the cube's.");
    if (period >= frame.grid.size()) refuse("departure cube, entries: A period is beyond the cube's.");
    if (cause >= causes.size()) refuse("departure cube, entries: A cause is beyond the cube's.");
    if (!frame.status[period].observable)
      refuse("departure cube, entries: There are departures in a period that is not observable.");
    const bool is_first = i == 0 || !is_same_cell(entries[i - 1], entries[i]);
    if (i > 0 && std::tie(entries[i - 1].segment, entries[i - 1].period, entries[i - 1].cause) >=
                     std::tie(segment, period, cause))
      refuse("departure cube, entries: They are not in order, or one comes twice.");
    if (leavers.customers < 1 || leavers.ticks < 0)
      refuse("departure cube, entries: Nobody left, or less than nothing.");
    if (is_first) of_cell = {};
    if (leavers.customers > Stored::most_of_anything - of_cell.customers ||
        leavers.ticks > std::numeric_limits<std::int64_t>::max() - of_cell.ticks)
      refuse("departure cube, entries: More left than there can be.");
    of_cell = {of_cell.customers + leavers.customers, of_cell.ticks + leavers.ticks};
    is_used[cause] = true;
  }
  if (std::find(is_used.begin(), is_used.end(), false) != is_used.end())
    refuse("departure cube, causes: Nobody left for one of them.");
}

}  // namespace

PeriodGrid Stored::grid_of(const Grid& parts) {
  if (parts.cuts.size() < 2 || !rise(parts.cuts) || !rise(parts.boundaries))
    refuse("The cut points of a grid must rise, and be two at least.");
  if ((parts.kind == PeriodKind::every_days) != (parts.step > 0))
    refuse("A grid of every_days, and no other, has a number of days.");
  const auto made_by_rule = [&parts](const std::vector<Date>& cuts) {
    if (parts.kind == PeriodKind::cuts) return PeriodGrid::at(cuts);
    if (parts.kind == PeriodKind::every_days)
      return PeriodGrid::every_days(parts.step, cuts.front(), cuts.back());
    return PeriodGrid{parts.kind, cuts.front(), cuts.back()};
  };
  if (parts.boundaries.empty()) {
    PeriodGrid grid = made_by_rule(parts.cuts);
    if (grid.cuts_ != parts.cuts) refuse("The cut points of the grid are not those of its kind.");
    return grid;
  }
  const auto last = std::find(parts.boundaries.begin() + 1, parts.boundaries.end(), parts.cuts.back());
  if (parts.cuts.size() != 2 || last == parts.boundaries.end())
    refuse("A trailing window is one period that ends with a period of its grid.");
  PeriodGrid window = PeriodGrid::at(parts.cuts);
  window.kind_ = parts.kind;
  window.step_ = parts.step;
  window.boundaries_ = parts.boundaries;
  return window;
}

MovementCube Stored::movement_cube(Frame frame, std::optional<std::int32_t> trailing_days,
                                   std::vector<Currency> currencies, std::vector<MovementCell> cells) {
  check(frame);
  if (trailing_days && *trailing_days < 1) refuse("A trailing window of the cube has no days.");
  if (currencies.size() != frame.segments.size() || cells.size() != frame.segments.size() * frame.grid.size())
    refuse("The cube has more or fewer cells than segments and periods.");
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (!frame.status[i % frame.grid.size()].observable && cells[i] != MovementCell{})
      refuse("The cube has counts in a period that is not observable.");
  MovementCube cube{std::move(frame.grid), frame.as_of, std::move(frame.conventions)};
  cube.trailing_days_ = trailing_days;
  cube.status_ = std::move(frame.status);
  cube.segment_names_ = std::move(frame.segment_names);
  cube.segments_ = std::move(frame.segments);
  cube.currencies_ = std::move(currencies);
  cube.cells_ = std::move(cells);
  if (!closes(cube))
    refuse("The movements of a cell of the cube do not lead from its opening to its closing.");
  return cube;
}

CohortCube Stored::cohort_cube(Frame frame, CohortBy cohort_by, Currency currency,
                               std::vector<std::int64_t> sizes, const std::vector<CohortCell>& cells) {
  check(frame);
  const std::size_t periods = frame.grid.size();
  const std::size_t segments = frame.segments.size();
  if (sizes.size() != segments * periods || cells.size() != segments * (periods * (periods + 1) / 2))
    refuse("The cube has more or fewer cells than segments, cohorts and ages.");
  CohortCube cube{std::move(frame.grid), cohort_by, currency, frame.as_of, std::move(frame.conventions)};
  cube.status_ = std::move(frame.status);
  cube.segment_names_ = std::move(frame.segment_names);
  cube.segments_ = std::move(frame.segments);
  cube.sizes_ = std::move(sizes);
  cube.cells_.resize(segments * periods * periods);
  auto next = cells.begin();
  for (std::size_t s = 0; s < segments; ++s)
    for (std::size_t c = 0; c < periods; ++c) {
      CohortCell cell;
      for (std::size_t k = 0; k < periods; ++k) {
        if (c + k < periods) cell = *next++;
        cube.cells_[cube.index(s, c, k)] = cell;
      }
    }
  return cube;
}

SubscriptionCube Stored::subscription_cube(Frame frame, std::vector<Currency> currencies,
                                           std::vector<SubscriptionCell> cells) {
  check(frame);
  if (cells.size() != frame.segments.size() * frame.grid.size())
    refuse("The cube has more or fewer cells than segments and periods.");
  if (std::adjacent_find(currencies.begin(), currencies.end(),
                         [](Currency a, Currency b) { return a.code() >= b.code(); }) != currencies.end())
    refuse("The currencies of the cube are not in order, or one comes twice.");
  // Of trailing windows, one may be known of a period that is not.
  SubscriptionCube cube{std::move(frame.grid), frame.as_of, std::move(frame.conventions)};
  cube.currencies_ = std::move(currencies);
  cube.status_ = std::move(frame.status);
  cube.segment_names_ = std::move(frame.segment_names);
  cube.segments_ = std::move(frame.segments);
  cube.states_ = std::move(cells);
  return cube;
}

DepartureCube Stored::departure_cube(Frame frame, std::uint64_t rules, std::vector<Currency> currencies,
                                     std::vector<Cause> causes, std::vector<DepartureCube::Entry> entries) {
  check(frame);
  if (currencies.size() != frame.segments.size())
    refuse("departure cube, segments: There is not a currency for each.");
  check(frame, causes, entries);
  DepartureCube cube{std::move(frame.grid), frame.as_of, std::move(frame.conventions), rules};
  cube.status_ = std::move(frame.status);
  cube.segment_names_ = std::move(frame.segment_names);
  cube.segments_ = std::move(frame.segments);
  cube.currencies_ = std::move(currencies);
  cube.causes_ = std::move(causes);
  cube.entries_ = std::move(entries);
  return cube;
}

}  // namespace churn::inline v0
