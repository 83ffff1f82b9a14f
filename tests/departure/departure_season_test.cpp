#include <churn/departure/departure_season.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "departure/departed_book.hpp"

namespace churn {
namespace {

using departure_test::DepartedBook;
using departure_test::rows_under;
using departure_test::sample_book;
using support::a_customer;
using support::day;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A hundred customers stay; one project is over each month, and four each June.
DepartedBook projects(int years) {
  DepartedBook book{};
  for (const auto& customer : support::copies(100, a_customer("stays").on("pro").from("2020-01-01")))
    book.with(customer);
  for (int month = 0; month < 12 * years; ++month) {
    const Date ends = anniversary(day("2020-02-15"), month);
    for (int i = 0; i < (ends.month() == 6 ? 4 : 1); ++i)
      book.with(a_customer("p" + std::to_string(month) + "-" + std::to_string(i))
                    .on("pro")
                    .from("2020-01-01")
                    .until(ends.to_string())
                    .because("project_finished"));
  }
  book.with(a_customer("voter").on("pro").from("2020-01-01").until("2020-12-10").because("competitor"));
  return book;
}

TEST(DepartureSeason, of_three_years_finds_the_month_in_which_projects_end) {
  const DepartureSeason season = departure_season(projects(3).as_of("2023-02-01"), DepartureType::completed);
  ASSERT_EQ(season.months.size(), 37U);
  EXPECT_EQ(season.months.front(), day("2020-01-01"));
  EXPECT_EQ(season.by_month, (std::array<std::int64_t, 12>{3, 3, 3, 3, 3, 12, 3, 3, 3, 3, 3, 3}));
  EXPECT_EQ(season.months_of, (std::array<std::int64_t, 12>{4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}));
  ASSERT_EQ(season.indices.index.size(), 12U);
  // June has four of the fifteen of a year: some 3.2 times the month's share; the base shrinks a little over the
  // year.
  EXPECT_NEAR(season.indices.index[5], 3.2, 0.15);
  // Ranks hardly see one month that differs when the other eleven are all alike.
  EXPECT_THAT(season_sentence(season),
              StartsWith("Over 37 complete months no season of completed departures was detected (p = "));
  EXPECT_THAT(season_sentence(season), HasSubstr("; June was highest, with 3."));
}

TEST(DepartureSeason, is_detected_where_many_months_differ) {
  DepartedBook book{};
  for (const auto& customer : support::copies(50, a_customer("stays").on("pro").from("2020-01-01")))
    book.with(customer);
  for (int month = 0; month < 48; ++month) {
    const Date ends = anniversary(day("2020-02-15"), month);
    const int in_summer = ends.month() >= 5 && ends.month() <= 9 ? 5 + static_cast<int>(ends.month()) : 1;
    for (int i = 0; i < in_summer; ++i)
      book.with(a_customer("s" + std::to_string(month) + "-" + std::to_string(i))
                    .on("pro")
                    .from(anniversary(ends, -1).to_string())
                    .until(ends.to_string())
                    .because("season_over"));
  }
  const DepartureSeason season = departure_season(book.as_of("2024-03-01"), DepartureType::completed);
  EXPECT_LT(season.test.value().p.value, 0.05);
  EXPECT_THAT(season_sentence(season), HasSubstr("completed departures have a season (p"));
}

TEST(DepartureSeason, counts_the_type_that_is_asked_for_over_those_at_the_opening) {
  const Book book = projects(1).as_of("2021-02-01");
  const DepartureSeason voluntary = departure_season(book, DepartureType::voluntary);
  EXPECT_EQ(std::accumulate(voluntary.by_month.begin(), voluntary.by_month.end(), 0), 1);
  EXPECT_EQ(voluntary.series[11], (Ratio{1, 100 + 1 + 2})) << "December 2020: two projects were not over.";
  const DepartureSeason all = departure_season(book, std::nullopt);
  EXPECT_EQ(std::accumulate(all.by_month.begin(), all.by_month.end(), 0), 16);
}

TEST(DepartureSeason, is_not_spoken_of_before_two_years_are_known) {
  const DepartureSeason season = departure_season(projects(1).as_of("2021-02-01"), DepartureType::completed);
  EXPECT_EQ(season.indices.gap, SeasonalGap::too_short);
  EXPECT_EQ(
      season_sentence(season),
      "Whether completed departures have a season is answered from 24 complete months on; there are 13.");
  const DepartureSeason nothing = departure_season(DepartedBook{}.as_of("2024-07-01"), std::nullopt);
  EXPECT_TRUE(nothing.months.empty());
  EXPECT_EQ(nothing.test, std::nullopt);
  EXPECT_EQ(season_sentence(nothing),
            "Whether departures have a season is answered from 24 complete months on; there are 0.");
  EXPECT_EQ(rows_under("month,months,departures,seasonal_index", season_table(nothing)).substr(0, 7),
            "1,0,0,\n");
}

TEST(DepartureSeason, of_a_filter_counts_both_sides_of_the_ratio) {
  DepartedBook book = projects(1);
  book.with(a_customer("de")
                .with("country", "DE")
                .on("pro")
                .from("2020-01-01")
                .until("2020-03-05")
                .because("event_over"));
  book.with(a_customer("de2").with("country", "DE").on("pro").from("2020-01-01"));
  const DepartureSeason season = departure_season(book.as_of("2021-02-01"), DepartureType::completed,
                                                  {.where = attribute("country") == "DE"});
  EXPECT_EQ(season.series[2], (Ratio{1, 2}));
  EXPECT_EQ(season.series[3], (Ratio{0, 1}));
}

TEST(DepartureSeason, of_records_that_begin_within_a_month_begins_with_the_first_whole_one) {
  DepartedBook book = projects(3);
  book.records().set_records_from(day("2020-03-10"));
  const DepartureSeason season = departure_season(book.as_of("2023-02-01"), DepartureType::completed);
  EXPECT_EQ(season.months.front(), day("2020-04-01"));
  EXPECT_EQ(season.by_month, (std::array<std::int64_t, 12>{3, 2, 2, 3, 3, 12, 3, 3, 3, 3, 3, 3}));
  // The indices begin with April's, the table with January's.
  const Table table = season_table(season);
  EXPECT_EQ(table.rows[3][3], Cell{season.indices.index.at(0)});
  EXPECT_EQ(table.rows[5][3], Cell{season.indices.index.at(2)});
  EXPECT_EQ(table.rows[0][3], Cell{season.indices.index.at(9)});
  EXPECT_THAT(season_sentence(season), HasSubstr("June was highest"));
}

// Ends of stays by calendar month, counted from the CSV files by the program of departure_list_test.cpp.
TEST(DepartureSeason, of_the_sample_book_has_the_departures_of_each_calendar_month) {
  const DepartureSeason season = departure_season(sample_book(), std::nullopt);
  EXPECT_EQ(season.by_month, (std::array<std::int64_t, 12>{22, 31, 27, 20, 28, 22, 36, 28, 44, 38, 24, 39}));
  EXPECT_EQ(season.months.size(), 36U);
}

}  // namespace
}  // namespace churn
