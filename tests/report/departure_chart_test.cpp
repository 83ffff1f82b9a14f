#include <churn/report/departure_chart.hpp>

#include <gtest/gtest.h>

#include <churn/churn.hpp>

#include "report/chart_support.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;

TEST(DepartureTypesChart, has_all_four_types_of_each_segment) {
  const Book book = support::book_as_of(
      "2024-05-01", {a_customer("stays").on("pro"), a_customer("left").on("pro").until("2024-02-10").at("40"),
                     a_customer("gone").on("basic").until("2024-03-10").at("20")});
  const PeriodGrid grid = support::months_of("2024-01-01", "2024-05-01");
  Chart chart = departure_types_chart(DepartureCube::fold(book, grid));
  add_segments(chart, departure_types_chart(DepartureCube::fold(book, grid, by::plan)));
  support::expect_sound(chart);
  ASSERT_EQ(chart.data.rows.size(), 12U);
  std::int64_t all = 0;
  std::int64_t parts = 0;
  for (const auto& row : chart.data.rows)
    (std::get<std::string>(row[0]) == "all" ? all : parts) +=
        std::get<std::int64_t>(row[support::column_of(chart, "departures")]);
  EXPECT_EQ(all, 2);
  EXPECT_EQ(parts, 2);
}

}  // namespace
}  // namespace churn
