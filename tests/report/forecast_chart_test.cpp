#include <churn/report/forecast_chart.hpp>

#include <gtest/gtest.h>

#include "report/chart_support.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;

Book growing_book() {
  support::CustomerSentences customers;
  for (int month = 0; month < 30; ++month) {
    const std::string first =
        std::to_string(2022 + month / 12) + "-" + std::to_string(101 + month % 12).substr(1);
    for (int i = 0; i < 8; ++i) {
      customers.push_back(a_customer(first + " " + std::to_string(i)).on("pro").from(first + "-03"));
      if (i == 0 && month < 26) customers.back().until("2024-0" + std::to_string(1 + month % 6) + "-20");
    }
  }
  return support::book_as_of("2024-07-01", customers);
}

TEST(ForecastChart, goes_on_from_the_last_known_close_as_a_fan) {
  const Book book = growing_book();
  const PeriodGrid whole{PeriodKind::month, Date::of(2022, 1, 1), Date::of(2024, 7, 1)};
  const MrrForecast forecast = forecast_mrr(book, whole);
  const MovementCube cube = MovementCube::fold(book, whole);
  const Chart chart = forecast_chart(forecast, cube);
  support::expect_sound(chart);
  ASSERT_EQ(chart.data.rows.size(), 24U + 1 + 12) << "two years, their end again, and a year";
  EXPECT_EQ(support::cell_of(chart, 23, "kind"), "known");
  EXPECT_EQ(support::cell_of(chart, 23, "mrr"), forecast.mrr.to_string());
  EXPECT_EQ(support::cell_of(chart, 24, "kind"), "forecast");
  for (const char* edge : {"mrr", "low", "high", "existing"})
    EXPECT_EQ(support::cell_of(chart, 24, edge), forecast.mrr.to_string())
        << "the fan opens where the known ends";
  const Table table = forecast_table(forecast);
  for (std::size_t i = 0; i < 12; ++i)
    for (std::size_t column = 1; column <= 3; ++column)
      EXPECT_EQ(support::cell_of(chart, 25 + i, table.columns[column]), to_text(table.rows[i][column]));
}

TEST(ForecastChart, without_a_forecast_shows_what_is_known) {
  const Book book = support::book_as_of("2024-03-01", {a_customer("a").on("pro")});
  const PeriodGrid whole{PeriodKind::month, Date::of(2024, 1, 1), Date::of(2024, 3, 1)};
  const Chart chart = forecast_chart(forecast_mrr(book, whole), MovementCube::fold(book, whole));
  EXPECT_EQ(chart.data.rows.size(), 2U);
  EXPECT_EQ(chart.finding.find("There is no forecast"), 0U);
}

}  // namespace
}  // namespace churn
