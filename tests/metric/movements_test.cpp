#include <churn/metric/movements.hpp>

#include <gtest/gtest.h>

#include <string>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::months_of;

const std::string columns =
    "period,opening,new,reactivation,expansion,transfer_in,fx,contraction,churn,transfer_out,closing,opening_"
    "customers,"
    "new_customers,reactivated_customers,churned_customers,closing_customers,complete,transferred_in_"
    "customers,"
    "transferred_out_customers\n";

Book two_customers() {
  return book_as_of("2024-03-15", {a_customer("ann")
                                       .on("basic")
                                       .at("50.00")
                                       .until("2024-02-10")
                                       .then_on("pro")
                                       .from("2024-02-10")
                                       .at("80.00")
                                       .with("country", "FR"),
                                   a_customer("bob")
                                       .on("pro")
                                       .from("2024-01-20")
                                       .until("2024-02-20")
                                       .at("500.00")
                                       .yearly()
                                       .with("country", "DE")});
}

TEST(MovementsTable, shows_the_bridge_and_leaves_empty_what_can_not_be_known) {
  const MovementCube cube = MovementCube::fold(two_customers(), months_of("2024-01-01", "2024-05-01"));
  EXPECT_EQ(to_csv(movements_table(cube)),
            columns +
                "2024-01-01,0.00,91.67,0.00,0.00,0.00,0.00,0.00,0.00,0.00,91.67,0,2,0,0,2,1,0,0\n"
                "2024-02-01,91.67,0.00,0.00,30.00,0.00,0.00,0.00,41.67,0.00,80.00,2,0,0,1,1,1,0,0\n"
                "2024-03-01,80.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,80.00,1,0,0,0,1,0,0,0\n"
                "2024-04-01,,,,,,,,,,,,,,,,0,,\n");
}

TEST(MovementsTable, shows_ticks_if_exact) {
  const MovementCube cube = MovementCube::fold(two_customers(), months_of("2024-02-01", "2024-03-01"));
  EXPECT_EQ(to_csv(movements_table(cube, true)),
            columns + "2024-02-01,39600000,0,0,12960000,0,0,0,18000000,0,34560000,2,0,0,1,1,1,0,0\n");
}

TEST(MovementsTable, lists_every_segment_and_period_in_order_of_label_then_period) {
  const MovementCube cube = MovementCube::fold(two_customers(), months_of("2024-01-01", "2024-03-01"),
                                               by::attribute("country") * by::cohort());
  EXPECT_EQ(
      to_csv(movements_table(cube)),
      "country,cohort," + columns +
          "DE,2024-01-01,2024-01-01,0.00,41.67,0.00,0.00,0.00,0.00,0.00,0.00,0.00,41.67,0,1,0,0,1,1,0,0\n"
          "DE,2024-01-01,2024-02-01,41.67,0.00,0.00,0.00,0.00,0.00,0.00,41.67,0.00,0.00,1,0,0,1,0,1,0,0\n"
          "FR,2024-01-01,2024-01-01,0.00,50.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,50.00,0,1,0,0,1,1,0,0\n"
          "FR,2024-01-01,2024-02-01,50.00,0.00,0.00,30.00,0.00,0.00,0.00,0.00,0.00,80.00,1,0,0,0,1,1,0,0\n");
}

TEST(MovementsTable, amounts_have_the_decimals_of_their_currency) {
  const MovementCube cube = MovementCube::fold(
      book_as_of("2024-02-01", {a_customer("ann").on("pro").at("12000").in("JPY").yearly()}),
      months_of("2024-01-01", "2024-02-01"));
  EXPECT_EQ(to_csv(movements_table(cube)),
            columns + "2024-01-01,0,1000,0,0,0,0,0,0,0,1000,0,1,0,0,1,1,0,0\n");
}

TEST(MovementsTable, the_bridge_closes_in_every_cell) {
  EXPECT_TRUE(closes(
      MovementCube::fold(two_customers(), months_of("2024-01-01", "2024-05-01"), by::attribute("country"))));
  EXPECT_TRUE(
      closes(MovementCube::fold(book_as_of("2024-02-01", {}), months_of("2024-01-01", "2024-05-01"))));
}

}  // namespace
}  // namespace churn
