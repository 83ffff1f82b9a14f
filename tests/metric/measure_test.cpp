#include <churn/metric/measure.hpp>

#include <churn/stats/wilson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;
using support::months_of;

const Period june{day("2024-06-01"), day("2024-07-01")};

Book four_customers(const Conventions& conventions = {}) {
  return book_as_of("2024-07-01",
                    {a_customer("ann").on("pro").at("50.00").with("country", "DE").with("channel", "ads"),
                     a_customer("bob")
                         .on("pro")
                         .at("30.00")
                         .until("2024-06-10")
                         .with("country", "DE")
                         .with("channel", "web"),
                     a_customer("eve")
                         .on("pro")
                         .at("20.00")
                         .until("2024-06-10")
                         .on("pro")
                         .from("2024-06-20")
                         .at("20.00")
                         .with("country", "DE")
                         .with("channel", "ads"),
                     a_customer("joe").on("pro").at("10.00").until("2024-06-10")},
                    conventions);
}

TEST(Measure, a_question_is_put_together_and_its_result_asked_by_metric) {
  const auto table = measure(four_customers())
                         .over(months_of("2024-06-01", "2024-07-01"))
                         .where(attribute("country") == "DE")
                         .by(by::attribute("channel"))
                         .compute(CustomerChurnRate{}, NetMrrChurnRate{});
  EXPECT_EQ(table.at({"ads"}, june).get<CustomerChurnRate>(), (Proportion{0, 2}));
  EXPECT_EQ(table.at({"web"}, june).get<CustomerChurnRate>(), (Proportion{1, 1}));
  EXPECT_EQ(table.at({"web"}, june).get<NetMrrChurnRate>().value(), 1.0);
  EXPECT_TRUE(table.at({"web"}, june).complete());
  EXPECT_EQ(table.at({"web"}, june).cell().lost_customers, 1);
  EXPECT_EQ(table.cube().segment_names(), (std::vector<std::string>{"channel"}));
}

TEST(Measure, the_total_needs_no_label) {
  const auto table =
      measure(four_customers()).over(months_of("2024-06-01", "2024-07-01")).compute(CustomerChurnRate{});
  EXPECT_EQ(table.at(june).get<CustomerChurnRate>(), (Proportion{2, 4}));
}

TEST(Measure, conditions_add_up_and_a_question_is_a_value) {
  const Measure german = measure(four_customers())
                             .over(months_of("2024-06-01", "2024-07-01"))
                             .where(attribute("country") == "DE");
  const Measure ads = german.where(attribute("channel") == "ads");
  const auto base_of = [](const Measure& question) {
    const auto table = question.compute(CustomerChurnRate{});  // a place refers to its table
    return table.at(june).get<CustomerChurnRate>().denominator();
  };
  EXPECT_EQ(base_of(german), 3);
  EXPECT_EQ(base_of(ads), 2);
}

TEST(Measure, rates_compare_opening_with_closing_whatever_the_netting_of_the_book) {
  Conventions daily;
  daily.rate.netting = Netting::by_day;
  const auto table = measure(four_customers(daily))
                         .over(months_of("2024-06-01", "2024-07-01"))
                         .compute_all(StandardMetrics{});
  EXPECT_EQ(table.at(june).get<CustomerChurnRate>(), (Proportion{2, 4}));
  EXPECT_EQ(table.at(june).get<QuickRatio>().value(), 0.0)
      << "Eve's return within the month is no reactivation.";
}

TEST(Measure, the_confidence_of_the_book_is_that_of_its_intervals) {
  Conventions rules;
  rules.rate.confidence = 0.5;
  const auto rows = measure(four_customers(rules))
                        .over(months_of("2024-06-01", "2024-07-01"))
                        .compute(CustomerChurnRate{})
                        .rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows.front().measurement.interval, wilson_interval(2, 4, 0.5));
}

TEST(Measure, a_cell_opens_to_the_customers_behind_it) {
  const auto table = measure(four_customers())
                         .over(months_of("2024-06-01", "2024-07-01"))
                         .where(attribute("country") == "DE")
                         .by(by::attribute("channel"))
                         .compute(CustomerChurnRate{});
  const auto behind = table.explain({"web"}, june);
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_EQ(behind.front().customer, CustomerId{"bob"});
  EXPECT_EQ(behind.front().movement, Movement::churn);
  EXPECT_TRUE(table.explain({"ads"}, june).empty()) << "By period Eve did not move.";
}

TEST(Measure, a_table_has_a_row_for_every_segment_period_and_metric) {
  const auto table = measure(four_customers())
                         .over(months_of("2024-06-01", "2024-08-01"))
                         .where(attribute("country") == "DE")
                         .by(by::attribute("channel"))
                         .compute(GrossRevenueRetention{}, AnnualRecurringRevenue{}, CustomerChurnRate{})
                         .table();
  std::string text = to_csv(table);
  // The interval is that of stats/wilson.hpp, and tested there.
  const Interval all = *wilson_interval(0, 2);
  const Interval one = *wilson_interval(1, 1);
  EXPECT_EQ(text,
            "channel,period,metric,numerator,denominator,value,ci_low,ci_high,complete\n"
            "(none),2024-06-01,grr,0.00,0.00,,,,1\n"
            "(none),2024-06-01,arr,0.00,,0,,,1\n"
            "(none),2024-06-01,customer_churn_rate,0,0,,,,1\n"
            "(none),2024-07-01,grr,,,,,,0\n"
            "(none),2024-07-01,arr,,,,,,0\n"
            "(none),2024-07-01,customer_churn_rate,,,,,,0\n"
            "ads,2024-06-01,grr,70.00,70.00,1,,,1\n"
            "ads,2024-06-01,arr,840.00,,840,,,1\n"
            "ads,2024-06-01,customer_churn_rate,0,2,0," +
                shortest(all.low) + "," + shortest(all.high) +
                ",1\n"
                "ads,2024-07-01,grr,,,,,,0\n"
                "ads,2024-07-01,arr,,,,,,0\n"
                "ads,2024-07-01,customer_churn_rate,,,,,,0\n"
                "web,2024-06-01,grr,0.00,30.00,0,,,1\n"
                "web,2024-06-01,arr,0.00,,0,,,1\n"
                "web,2024-06-01,customer_churn_rate,1,1,1," +
                shortest(one.low) + "," + shortest(one.high) +
                ",1\n"
                "web,2024-07-01,grr,,,,,,0\n"
                "web,2024-07-01,arr,,,,,,0\n"
                "web,2024-07-01,customer_churn_rate,,,,,,0\n");
}

TEST(Measure, amounts_are_ticks_if_exact) {
  const auto measured =
      measure(four_customers()).over(months_of("2024-06-01", "2024-07-01")).compute(GrossMrrChurnRate{});
  EXPECT_EQ(to_csv(measured.table(true)),
            "period,metric,numerator,denominator,value,ci_low,ci_high,complete\n"
            "2024-06-01,gross_mrr_churn_rate,17280000,47520000," +
                shortest(40.0 / 110.0) + ",,,1\n");
}

TEST(Measure, the_context_of_a_period_knows_how_many_of_its_days_are_known) {
  const Book book = book_from_until("2024-02-11", "2024-03-11", {a_customer("ann").on("pro")});
  const MovementCube cube = MovementCube::fold(book, months_of("2024-01-01", "2024-05-01"));
  const auto days_of = [&](std::size_t period) {
    return context_of(cube, 0, period, book.records_from()).days;
  };
  EXPECT_EQ(days_of(0), 31) << "Nothing of it is known; it has the days of the calendar.";
  EXPECT_EQ(days_of(1), 19);
  EXPECT_EQ(days_of(2), 10);
  EXPECT_EQ(days_of(3), 30);
  EXPECT_EQ(context_of(cube, 0, 1, {}).period, (Period{day("2024-02-01"), day("2024-03-01")}));
}

TEST(Measure, what_is_not_asked_or_not_there_is_an_error) {
  const Book book = four_customers();
  EXPECT_EQ(error_of([&] { return measure(book).compute(CustomerChurnRate{}); }), ErrorCode::bad_period);
  EXPECT_EQ(error_of([&] {
              return measure(book)
                  .over(months_of("2024-06-01", "2024-07-01"))
                  .by(by::attribute("size"))
                  .compute(CustomerChurnRate{});
            }),
            ErrorCode::unknown_attribute);
  EXPECT_EQ(error_of([&] {
              return measure(book)
                  .over(months_of("2024-06-01", "2024-07-01"))
                  .where(attribute("size") == "x")
                  .compute(CustomerChurnRate{});
            }),
            ErrorCode::unknown_attribute);
  const auto table = measure(book)
                         .over(months_of("2024-06-01", "2024-07-01"))
                         .by(by::attribute("channel"))
                         .compute(CustomerChurnRate{});
  EXPECT_EQ(error_of([&] { return table.at({"mail"}, june); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return table.at({}, june); }), ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] {
              return table.at({"ads"}, Period{day("2024-05-01"), day("2024-06-01")});
            }),
            ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { return table.explain({"mail"}, june); }), ErrorCode::out_of_range);
}

TEST(Measure, a_period_that_is_none_of_the_grid_is_an_error_also_if_it_starts_with_one) {
  const auto table =
      measure(four_customers()).over(months_of("2024-06-01", "2024-07-01")).compute(CustomerChurnRate{});
  EXPECT_EQ(error_of([&] {
              return table.at(Period{day("2024-06-01"), day("2024-09-01")});
            }),
            ErrorCode::out_of_range);
}

TEST(Measure, a_result_outlives_the_book) {
  std::optional<Book> book = four_customers();
  const auto table = measure(*book).over(months_of("2024-06-01", "2024-07-01")).compute(CustomerChurnRate{});
  book.reset();
  EXPECT_EQ(table.at(june).get<CustomerChurnRate>(), (Proportion{2, 4}));
  EXPECT_EQ(table.explain({}, june).size(), 2U);
}

RC_GTEST_PROP(MeasureLaws, any_number_of_threads_gives_the_same_table, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60);
  const Book book = support::build(random.book, random.rules).book;
  const auto text = [&](unsigned threads) {
    return to_csv(
        measure(book).over(grid).by(by::cohort()).threads(threads).compute_all(StandardMetrics{}).table());
  };
  RC_ASSERT(text(1) == text(3));
}

}  // namespace
}  // namespace churn
