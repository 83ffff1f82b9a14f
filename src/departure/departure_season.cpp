#include <churn/departure/departure_season.hpp>

#include <algorithm>
#include <cmath>

#include <churn/core/period_grid.hpp>
#include <churn/cube/movement_cube.hpp>

#include "departure/departure_segments.hpp"
#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t season_of_months = 12;

constexpr std::array<const char*, season_of_months> month_names{
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

/// Departures of the type by period of the grid.
std::vector<std::int64_t> count_departures(const Book& book, const PeriodGrid& grid,
                                           std::optional<DepartureType> type,
                                           const DepartureSeasonOptions& options) {
  std::vector<std::int64_t> count(grid.size(), 0);
  DepartureSegments segments{book, {}, options.where};
  for_each_departure(book, options.rules, [&](const Departure& departure) {
    if (type && departure.type != *type) return;
    const std::ptrdiff_t period = grid.index_of(departure.departed_on);
    if (period < 0 || static_cast<std::size_t>(period) >= grid.size()) return;
    if (!segments.parts_of(departure).empty()) ++count[static_cast<std::size_t>(period)];
  });
  return count;
}

std::string name_of(const DepartureSeason& season) {
  return season.type ? std::string(departure_type_name(*season.type)) + " departures" : "departures";
}

/// The index of a calendar month, 0 for January.
std::optional<double> index_of(const DepartureSeason& season, std::size_t month) {
  if (season.indices.index.empty()) return std::nullopt;
  const std::size_t first = season.months.front().month() - 1;
  return season.indices.index[(month + season_of_months - first) % season_of_months];
}

}  // namespace

DepartureSeason departure_season(const Book& book, std::optional<DepartureType> type,
                                 const DepartureSeasonOptions& options) {
  DepartureSeason season;
  season.type = type;
  const auto begins = book.first_change_on();
  const Date until = period_start(PeriodKind::month, book.as_of());
  if (begins && *begins < until) {
    const PeriodGrid grid = months(period_start(PeriodKind::month, *begins), until);
    const MovementCube cube = MovementCube::fold(book, grid, {}, {.where = options.where});
    const std::vector<std::int64_t> departures = count_departures(book, grid, type, options);
    for (std::size_t p = 0; p < grid.size(); ++p) {
      if (!cube.status(p).complete) continue;
      const std::int64_t opening = cube.segments().empty() ? 0 : cube.at(0, p).opening_customers;
      // A gap between complete months keeps its place.
      while (!season.months.empty() &&
             next_period_start(PeriodKind::month, season.months.back()) < grid[p].first()) {
        season.months.push_back(next_period_start(PeriodKind::month, season.months.back()));
        season.series.emplace_back();
      }
      season.months.push_back(grid[p].first());
      season.series.emplace_back(Ratio{departures[p], opening});
      const std::size_t month = grid[p].first().month() - 1;
      season.by_month.at(month) += departures[p];
      ++season.months_of.at(month);
    }
  }
  season.indices = seasonal_indices(season.series, season_of_months);
  season.test = seasonality_by_ranks(season.series, season_of_months);
  return season;
}

Table season_table(const DepartureSeason& season) {
  Table table{{"month", "months", "departures", "seasonal_index"}, {}};
  for (std::size_t month = 0; month < season_of_months; ++month) {
    const auto index = index_of(season, month);
    table.rows.push_back({static_cast<std::int64_t>(month + 1), season.months_of.at(month),
                          season.by_month.at(month), index ? Cell{*index} : Cell{}});
  }
  return table;
}

std::string season_sentence(const DepartureSeason& season) {
  const std::string name = name_of(season);
  const std::string known = std::to_string(season.months.size()) + " complete months";
  switch (season.indices.gap) {
    case SeasonalGap::none: break;
    case SeasonalGap::too_short:
      return "Whether " + name + " have a season is answered from 24 complete months on; there are " +
             std::to_string(season.months.size()) + ".";
    case SeasonalGap::missing:
      return "Whether " + name + " have a season can't be said: too many of the " + known + " have no value.";
    case SeasonalGap::not_positive:
      return "Whether " + name + " have a season can't be said: in some years of the " + known +
             " there are none.";
  }
  std::size_t highest = 0;
  for (std::size_t month = 1; month < season_of_months; ++month)
    if (*index_of(season, month) > *index_of(season, highest)) highest = month;
  const std::string most = std::string(month_names.at(highest)) + " was highest, with " +
                           shortest(std::round(100 * *index_of(season, highest)) / 100) +
                           " times an average month";
  constexpr double level = 0.05;
  if (!season.test || season.test->p.value >= level)
    return "Over " + known + " no season of " + name + " was detected" +
           (season.test ? " (" + p_in_words(season.test->p) + ")" : "") + "; " + most + ".";
  return "Over " + known + " " + name + " have a season (" + p_in_words(season.test->p) + "): " + most + ".";
}

}  // namespace churn::inline v0
