#include <churn/report/trend_chart.hpp>

#include <gtest/gtest.h>

#include <churn/metric/rates.hpp>

#include "report/chart_support.hpp"
#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;

TEST(TrendChart, holds_rates_intervals_and_limits_of_each_complete_period_and_segment) {
  support::CustomerSentences customers =
      support::copies(40, a_customer("stays").on("pro").from("2023-01-01"));
  for (int month = 1; month <= 8; ++month)
    for (int i = 0; i < 2; ++i)
      customers.push_back(a_customer("left " + std::to_string(month) + " " + std::to_string(i))
                              .on(i == 0 ? "pro" : "basic")
                              .from("2023-01-01")
                              .until("2024-0" + std::to_string(month) + "-10"));
  const Book book = support::book_as_of("2024-09-10", customers);
  const auto table_by = [&](const Segmenter& segmenter) {
    return measure(book)
        .over(support::months_of("2024-01-01", "2024-10-01"))
        .by(segmenter)
        .compute(CustomerChurnRate{});
  };
  const auto all = table_by({});
  Chart chart = trend_chart(all.cube(), all.rows(), "customer_churn_rate", "Customer churn");
  support::expect_sound(chart);
  EXPECT_EQ(chart.name, "trend-customer-churn-rate");
  EXPECT_EQ(chart.finding.find("Customer churn: It rises by 0.168 points a period"), 0U)
      << "two leave of ever fewer: " << chart.finding;
  ASSERT_EQ(chart.data.rows.size(), 8U) << "September is not over";
  EXPECT_EQ(support::cell_of(chart, 0, "value"), to_text(Cell{2.0 / 56}));
  const Interval january = Proportion{2, 56}.interval(IntervalRule{}).value();
  EXPECT_EQ(support::cell_of(chart, 0, "ci_low"), to_text(Cell{january.low}));
  EXPECT_EQ(support::cell_of(chart, 0, "ci_high"), to_text(Cell{january.high}));
  EXPECT_NE(support::cell_of(chart, 0, "high"), "");
  const auto by_plan = table_by(by::plan);
  add_segments(chart, trend_chart(by_plan.cube(), by_plan.rows(), "customer_churn_rate", "Customer churn"));
  EXPECT_EQ(chart.data.rows.size(), 24U);
  EXPECT_EQ(support::cell_of(chart, 8, "segment"), "plan: basic");
  EXPECT_EQ(support::cell_of(chart, 8, "value"), to_text(Cell{1.0 / 8}));
}

TEST(TrendChart, of_a_book_without_customers_is_empty_and_not_an_error) {
  const Book book = Book::build(Records{}, Date::of(2024, 3, 1)).book;
  const auto table = measure(book)
                         .over(support::months_of("2024-01-01", "2024-03-01"))
                         .by(by::plan)
                         .compute(CustomerChurnRate{});
  const Chart chart = trend_chart(table.cube(), table.rows(), "customer_churn_rate", "Customer churn");
  EXPECT_TRUE(chart.data.rows.empty());
  EXPECT_EQ(chart.finding, "There is nothing to show.");
}

TEST(TrendChart, of_a_rate_without_intervals_has_none_and_does_not_speak_of_them) {
  Conventions conventions;
  conventions.rate.base = ChurnBase::mean;
  const Book book = support::book_as_of(
      "2024-05-01", {a_customer("a").on("pro"), a_customer("b").on("pro").until("2024-03-10")}, conventions);
  const auto table =
      measure(book).over(support::months_of("2024-01-01", "2024-05-01")).compute(CustomerChurnRate{});
  const Chart chart = trend_chart(table.cube(), table.rows(), "customer_churn_rate", "Customer churn");
  for (std::size_t i = 0; i < chart.data.rows.size(); ++i)
    EXPECT_EQ(support::cell_of(chart, i, "ci_low"), "");
  EXPECT_EQ(chart.measured.find("interval"), std::string::npos);
}

}  // namespace
}  // namespace churn
