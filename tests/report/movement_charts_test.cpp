#include <churn/report/movement_charts.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>

#include "report/chart_support.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::cell_of;
using support::cents_of;
using support::column_of;
using support::expect_sound;

/// One comes in January and grows in March, one leaves in February, one comes in February and shrinks in April.
Book moving_book() {
  return book_as_of("2024-05-01",
                    {a_customer("grows")
                         .on("pro")
                         .from("2024-01-05")
                         .until("2024-03-10")
                         .at("100")
                         .then_on("pro")
                         .from("2024-03-10")
                         .at("150"),
                     a_customer("leaves").on("basic").from("2023-12-01").until("2024-02-10").at("40"),
                     a_customer("shrinks")
                         .on("basic")
                         .from("2024-02-05")
                         .until("2024-04-10")
                         .at("30")
                         .then_on("basic")
                         .from("2024-04-10")
                         .at("20")});
}

MovementCube cube_by(const Segmenter& segmenter = {}) {
  return MovementCube::fold(moving_book(), support::months_of("2024-01-01", "2024-05-01"), segmenter);
}

TEST(MrrMovementsChart, has_a_bar_for_what_moved_and_none_for_what_did_not) {
  const Chart chart = mrr_movements_chart(cube_by());
  expect_sound(chart);
  std::string rows;
  for (std::size_t i = 0; i < chart.data.rows.size(); ++i)
    rows += cell_of(chart, i, "period") + " " + cell_of(chart, i, "movement") + " " +
            cell_of(chart, i, "mrr") + " " + cell_of(chart, i, "closing") + "\n";
  EXPECT_EQ(rows,
            "2024-01-01 new 100.00 140.00\n"
            "2024-02-01 new 30.00 130.00\n"
            "2024-02-01 churn -40.00 130.00\n"
            "2024-03-01 expansion 50.00 180.00\n"
            "2024-04-01 contraction -10.00 170.00\n");
  EXPECT_EQ(chart.finding, "MRR rose from 40.00 to 170.00 USD.");
}

TEST(MrrBridgeChart, goes_from_opening_to_closing_step_by_step) {
  const Chart chart = mrr_bridge_chart(cube_by());
  expect_sound(chart);
  std::string steps;
  for (std::size_t i = 0; i < chart.data.rows.size(); ++i)
    steps += cell_of(chart, i, "step") + " " + cell_of(chart, i, "mrr") + ": " + cell_of(chart, i, "from") +
             " to " + cell_of(chart, i, "to") + "\n";
  EXPECT_EQ(steps,
            "opening 40.00: 40.00 to 40.00\n"
            "new 130.00: 40.00 to 170.00\n"
            "expansion 50.00: 170.00 to 220.00\n"
            "contraction -10.00: 220.00 to 210.00\n"
            "churn -40.00: 210.00 to 170.00\n"
            "closing 170.00: 170.00 to 170.00\n");
}

TEST(MovementCharts, of_segments_add_up_to_those_of_the_book) {
  Chart chart = mrr_movements_chart(cube_by());
  add_segments(chart, mrr_movements_chart(cube_by(by::plan)));
  std::map<std::tuple<std::string, std::string>, std::int64_t> all;
  std::map<std::tuple<std::string, std::string>, std::int64_t> parts;
  std::set<std::string> segments;
  for (std::size_t i = 0; i < chart.data.rows.size(); ++i) {
    const std::string segment = cell_of(chart, i, "segment");
    segments.insert(segment);
    (segment == "all" ? all : parts)[{cell_of(chart, i, "period"), cell_of(chart, i, "movement")}] +=
        cents_of(chart.data.rows[i][column_of(chart, "mrr")]);
  }
  EXPECT_EQ(all, parts);
  EXPECT_EQ(segments, (std::set<std::string>{"all", "plan: basic", "plan: pro"}));
}

TEST(MovementCharts, of_no_complete_period_say_so_and_draw_nothing) {
  const Book book = book_as_of("2024-01-10", {a_customer("a").on("pro")});
  const MovementCube cube = MovementCube::fold(book, support::months_of("2024-01-01", "2024-02-01"));
  for (const Chart& chart : {mrr_movements_chart(cube), mrr_bridge_chart(cube)}) {
    EXPECT_EQ(chart.finding, "There is no complete period to show.");
    EXPECT_TRUE(chart.data.rows.empty());
  }
}

}  // namespace
}  // namespace churn
