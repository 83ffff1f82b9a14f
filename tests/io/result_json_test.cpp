#include <churn/io/result_json.hpp>

#include <gtest/gtest.h>

#include <limits>

#include <nlohmann/json.hpp>

#include <churn/churn.hpp>

#include "support/build_book.hpp"

namespace churn {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using support::a_customer;

TEST(ResultJson, a_table_is_an_array_of_objects) {
  const Table table{{"z", "a"},
                    {{std::int64_t{1}, Money{1250, Currency{"USD"}}}, {{}, Date::of(2024, 1, 1)}}};
  EXPECT_EQ(ordered_json(table).dump(), R"([{"z":1,"a":"12.50"},{"z":null,"a":"2024-01-01"}])");
  EXPECT_EQ(ordered_json(table), ordered_json::parse(to_json(table)));
  EXPECT_EQ(json(table).dump(), R"([{"a":"12.50","z":1},{"a":"2024-01-01","z":null}])");
  EXPECT_EQ(ordered_json(Table{{"a"}, {{std::numeric_limits<double>::infinity()}}}).dump(), R"([{"a":null}])")
      << "null in the tree, not only in its text";
  EXPECT_TRUE(json(Table{{"a"}, {{std::numeric_limits<double>::quiet_NaN()}}})[0]["a"].is_null());
}

TEST(ResultJson, rejections_are_their_table) {
  Rejections rejections;
  rejections.add({RejectionCode::bad_date, "a.csv", 7, "starts_on", "No."});
  EXPECT_EQ(ordered_json(rejections).dump(),
            R"([{"code":"bad_date","source":"a.csv","row":7,"field":"starts_on","reason":"No."}])");
  EXPECT_EQ(json(Rejections{}).dump(), "[]");
}

TEST(ResultJson, a_measurement_is_null_where_it_has_no_part_or_value) {
  EXPECT_EQ(ordered_json(to_measurement(Proportion{1, 4}, 0.95)).dump().substr(0, 56),
            R"({"numerator":1,"denominator":4,"value":0.25,"ci_low":0.0)");
  EXPECT_EQ(ordered_json(to_measurement(Proportion{0, 0}, 0.95)).dump(),
            R"({"numerator":0,"denominator":0,"value":null,"ci_low":null,"ci_high":null})");
  EXPECT_EQ(json(to_measurement(RunRate{4320, Currency{"USD"}}, 0.95))["denominator"], nullptr);
}

TEST(ResultJson, a_cube_names_what_it_was_counted_by) {
  const Book book =
      support::book_as_of("2024-03-01", {a_customer("ann").on("pro").from("2024-01-15").at("50")});
  const ordered_json tree = MovementCube::fold(book, support::months_of("2024-01-01", "2024-03-01"));
  EXPECT_EQ(tree["currency"], "USD");
  EXPECT_EQ(tree["as_of"], "2024-03-01");
  EXPECT_EQ(tree["conventions"].dump(), R"({"name":"standard","version":"1"})");
  EXPECT_EQ(tree["movements"].size(), 2U);
  EXPECT_EQ(tree["movements"][0]["new"], "50.00");
  EXPECT_EQ(json(MovementCube::fold(book, support::months_of("2024-01-01", "2024-03-01"))), json(tree));
}

TEST(ResultJson, an_error_is_its_code_and_sentence) {
  EXPECT_EQ(ordered_json(Error(ErrorCode::bad_date, "There is no such day.")).dump(),
            R"({"code":"bad_date","message":"There is no such day."})");
  EXPECT_EQ(json(Error(ErrorCode::bad_date, "x"))["code"], "bad_date");
}

}  // namespace
}  // namespace churn
