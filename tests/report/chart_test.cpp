#include <churn/report/chart.hpp>

#include <gtest/gtest.h>

#include <limits>

#include <nlohmann/json.hpp>

#include <churn/core/error.hpp>

#include "report/chart_support.hpp"

namespace churn {
namespace {

Chart a_chart() {
  return {"names",
          "Two of three left.",
          "Of whom we know.",
          {{"customer", "on", "mrr", "left", "share", "note"},
           {{std::string("a"), Date::of(2024, 2, 29), Money{-1'234'50, Currency::parse("EUR").value()}, true,
             0.25, Cell{}},
            {std::string("</script>\xff"), Date::of(2024, 3, 1), Money{5, Currency::parse("EUR").value()},
             false, std::numeric_limits<double>::quiet_NaN(), Cell{}}}},
          R"({"mark": "bar", "height": 100, "encoding": {"x": {"field": "mrr", "type": "quantitative"}}})"};
}

TEST(Chart, becomes_a_whole_specification_whose_data_are_the_cells_of_its_table) {
  const auto json = nlohmann::json::parse(to_json(a_chart()));
  EXPECT_EQ(json["$schema"], "https://vega.github.io/schema/vega-lite/v6.json");
  EXPECT_EQ(json["title"]["text"], "Two of three left.");
  EXPECT_EQ(json["title"]["subtitle"], "Of whom we know.");
  EXPECT_EQ(json["mark"], "bar");
  EXPECT_EQ(json["width"], "container");
  const auto& first = json["data"]["values"][0];
  EXPECT_EQ(first["customer"], "a");
  EXPECT_EQ(first["on"], "2024-02-29");
  EXPECT_EQ(first["mrr"], -1234.5);
  EXPECT_EQ(first["left"], true);
  EXPECT_EQ(first["share"], 0.25);
  EXPECT_TRUE(first["note"].is_null());
  EXPECT_TRUE(json["data"]["values"][1]["share"].is_null()) << "never NaN, which is not JSON";
}

TEST(Chart, text_that_is_not_utf_8_is_replaced_and_the_same_chart_gives_the_same_bytes) {
  EXPECT_NE(to_json(a_chart()).find("\xEF\xBF\xBD"), std::string::npos);
  EXPECT_EQ(to_json(a_chart()), to_json(a_chart()));
}

TEST(Chart, whose_view_is_no_json_object_is_refused_by_name) {
  for (const char* view : {"", "[1]", "{\"mark\":"}) {
    Chart chart = a_chart();
    chart.spec = view;
    try {
      (void)to_json(chart);
      FAIL() << view;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::unreadable);
      EXPECT_NE(std::string(error.what()).find("names"), std::string::npos);
    }
  }
}

TEST(Chart, takes_the_segments_of_another_of_the_same_columns_only) {
  Chart chart = a_chart();
  add_segments(chart, a_chart());
  EXPECT_EQ(chart.data.rows.size(), 4U);
  Chart other = a_chart();
  other.data.columns[0] = "account";
  EXPECT_THROW(add_segments(chart, other), Error);
  EXPECT_EQ(chart.data.rows.size(), 4U);
}

}  // namespace
}  // namespace churn
