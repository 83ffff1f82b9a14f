// departure_season: do departures of a type come with the season? Projects, events and school years end in some
// months more than in others, and those who leave with them are no surprise.
//
//   DepartureSeason season = departure_season(book, DepartureType::completed);
//   season.by_month[11]       // how many left in Decembers
//   season.indices.index      // 1.4: four tenths more than in the year around it
//   season_sentence(season);
//
// The series is departures of the type in a calendar month over customers present at its opening, for the months that
// are complete. A departure is counted on its day, also of who joined in the same month, so it is a ratio. What
// seasonal indices and the test by ranks are is told in stats/seasonality.hpp; indices begin with 24 months, and
// only from then on should a season be spoken of: in a single year a month and what happened in it are one.
//
// `where` keeps departures and those present in the same way: what it looks at on the last present day, and at
// opening.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/row/departure.hpp>
#include <churn/segment/filter.hpp>
#include <churn/stats/seasonality.hpp>

namespace churn::inline v0 {

/// Departures of a type by calendar month, over the months that are complete.
struct DepartureSeason {
  std::optional<DepartureType> type{};       ///< empty: of all types
  std::vector<Date> months{};                ///< the first days of the complete months
  Series series{};                           ///< one a month
  std::array<std::int64_t, 12> by_month{};   ///< departures in complete months, Januaries first
  std::array<std::int64_t, 12> months_of{};  ///< how many Januaries, …, there were
  SeasonalIndices indices{};                 ///< that of the first month's season first
  std::optional<SeasonalityTest> test{};     ///< by ranks
};

/// Whose departures are counted, and by which rules they have a type.
struct DepartureSeasonOptions {
  Filter where{};  ///< about the last present day of those who left; at opening of those present
  DepartureRules rules{DepartureRules::standard()};  ///< that find the types
};

/// Throws what the filter throws, and Error(mixed_currencies). O(changes + invoices log invoices + events).
[[nodiscard]] DepartureSeason departure_season(const Book& book, std::optional<DepartureType> type,
                                               const DepartureSeasonOptions& options = {});

/// A row a calendar month: month (1 to 12), months, departures, seasonal_index.
[[nodiscard]] Table season_table(const DepartureSeason& season);

/// Whether there is a season (p below 0.05), and in which month most leave; or from when on that can be said.
[[nodiscard]] std::string season_sentence(const DepartureSeason& season);

}  // namespace churn::inline v0
