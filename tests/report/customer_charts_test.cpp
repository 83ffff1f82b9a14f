#include <churn/report/customer_charts.hpp>

#include <gtest/gtest.h>

#include "report/chart_support.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

RiskListRow scored(const std::string& customer, double risk, std::size_t rank) {
  RiskListRow row{CustomerId{customer}, risk, rank};
  row.run_rate = RunRate{0, Currency::parse("USD").value()};
  return row;
}

TEST(RiskChart, has_the_first_of_those_who_are_present) {
  RiskList list{.as_of = Date::of(2024, 5, 1)};
  list.rows = {scored("a", 0.4, 1), scored("<b>", 0.3, 2), scored("c", 0.2, 3), scored("left", 0.9, 0)};
  list.rows[0].cancel_requested_on = Date::of(2024, 4, 3);
  list.rows[1].reasons = {{"logins", 0.0, 1.2, "use fell by 60 %"}};
  Chart chart = risk_chart(list, 2);
  support::expect_sound(chart);
  ASSERT_EQ(chart.data.rows.size(), 2U);
  EXPECT_EQ(support::cell_of(chart, 0, "reason"), "asked to leave on 2024-04-03");
  EXPECT_EQ(support::cell_of(chart, 1, "customer_id"), "<b>");
  EXPECT_EQ(support::cell_of(chart, 1, "reason"), "use fell by 60 %");
  EXPECT_EQ(risk_chart(list).data.rows.size(), 3U) << "who has left has no rank";
}

TEST(RiskChart, of_a_model_that_knows_nothing_is_empty) {
  RiskList list{.as_of = Date::of(2024, 5, 1), .why_flat = "Nobody has left."};
  list.rows = {scored("a", 0.5, 1)};
  EXPECT_TRUE(risk_chart(list).data.rows.empty());
}

TEST(WinBackChart, is_in_the_order_in_which_to_ask) {
  using support::a_customer;
  const Book book =
      support::book_as_of("2024-05-01", {a_customer("small").on("pro").until("2024-03-10").at("20"),
                                         a_customer("stays").on("pro"),
                                         a_customer("large").on("pro").until("2024-02-10").at("90")});
  const WinBackList list = win_back(book);
  const Chart chart = win_back_chart(list);
  support::expect_sound(chart);
  ASSERT_EQ(chart.data.rows.size(), 2U);
  EXPECT_EQ(support::cell_of(chart, 0, "customer_id"), "large");
  EXPECT_EQ(support::cell_of(chart, 0, "mrr"), "90.00");
  EXPECT_EQ(support::cell_of(chart, 1, "action"), list.rows[1].action);
  EXPECT_EQ(win_back_chart(list, 1).data.rows.size(), 1U);
}

}  // namespace
}  // namespace churn
