#include <churn/metric/rates.hpp>

#include <churn/metric/measure.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::copies;
using support::day;
using support::months_of;
using support::one_period;
using support::together;

/// Every standard metric of a book over one period.
struct Rates {
  MovementCell cell;
  CellContext at;

  Rates(const Book& book, const PeriodGrid& grid, std::size_t period = 0)
      : Rates(MovementCube::fold(book, grid), period) {}
  Rates(const MovementCube& cube, std::size_t period)
      : cell(cube.at(0, period)), at(context_of(cube, 0, period, {})) {}

  template <class M>
  [[nodiscard]] auto get() const {
    return M{}(cell, at);
  }
  template <class M>
  [[nodiscard]] std::optional<double> value() const {
    return to_measurement(get<M>(), 0.95).value;
  }
};

const char* const june = "2024-06-01";
const char* const july = "2024-07-01";

TEST(Rates, ten_lost_ten_contracted_and_ten_expanded_of_100_are_20_percent_gross_and_10_net) {
  const Book book = book_as_of(july, {a_customer("stays").on("a").at("70.00"),
                                      a_customer("leaves").on("a").until("2024-06-10").at("10.00"),
                                      a_customer("shrinks")
                                          .on("a")
                                          .until("2024-06-10")
                                          .at("15.00")
                                          .then_on("b")
                                          .from("2024-06-10")
                                          .at("5.00"),
                                      a_customer("grows")
                                          .on("a")
                                          .until("2024-06-10")
                                          .at("5.00")
                                          .then_on("b")
                                          .from("2024-06-10")
                                          .at("15.00")});
  const Rates rates{book, months_of(june, july)};
  EXPECT_EQ(support::shown(rates.cell.opening), "100.00");
  EXPECT_EQ(rates.value<GrossMrrChurnRate>(), 0.2);
  EXPECT_EQ(rates.value<NetMrrChurnRate>(), 0.1);
  EXPECT_EQ(rates.value<GrossRevenueRetention>(), 0.8);
  EXPECT_EQ(rates.value<NetRevenueRetention>(), 0.9);
  EXPECT_EQ(rates.value<QuickRatio>(), 0.5);
}

TEST(Rates, retention_is_counted_per_customer_and_never_on_totals) {
  const Book book =
      book_as_of(july, {a_customer("A").on("a").at("100.00").until("2024-06-10"), a_customer("B")
                                                                                      .on("a")
                                                                                      .at("100.00")
                                                                                      .until("2024-06-10")
                                                                                      .then_on("b")
                                                                                      .from("2024-06-10")
                                                                                      .at("200.00")});
  const Rates rates{book, months_of(june, july)};
  EXPECT_EQ(rates.value<GrossRevenueRetention>(), 0.5);
  EXPECT_EQ(rates.value<NetRevenueRetention>(), 1.0);
  EXPECT_EQ(rates.value<NetMrrChurnRate>(), 0.0);
  EXPECT_EQ(rates.value<CustomerChurnRate>(), 0.5);
}

TEST(Rates, the_default_rule_answers_the_worked_case_with_6_percent) {
  // 200 at opening and 50 new. 20 departures: 5 of those who joined, 15 of the 200, of whom 3 returned.
  const Book book = book_as_of(
      july, together({copies(185, a_customer("stays").on("a")),
                      copies(12, a_customer("leaves").on("a").until("2024-06-10")),
                      copies(3, a_customer("returns").on("a").until("2024-06-10").on("a").from("2024-06-20")),
                      copies(45, a_customer("joins").on("a").from("2024-06-05")),
                      copies(5, a_customer("tries").on("a").from("2024-06-05").until("2024-06-25"))}));
  const Rates rates{book, months_of(june, july)};
  EXPECT_EQ(rates.get<CustomerChurnRate>(), (Proportion{12, 200}));
  EXPECT_EQ(rates.value<CustomerChurnRate>(), 0.06);
  EXPECT_EQ(rates.cell.departures, 20);
  EXPECT_EQ(rates.cell.closing_customers, 185 + 3 + 45);
  const MovementCell daily =
      MovementCube::fold(book, months_of(june, july), {},
                         {.where = {}, .rules = RateRules{.netting = Netting::by_day}, .threads = 1})
          .at(0, 0);
  EXPECT_EQ(daily.new_customers, 50);
  EXPECT_EQ(daily.churned_customers, 20);
  EXPECT_EQ(daily.reactivated_customers, 3);
  EXPECT_EQ((CustomerChurnRate{}(daily, rates.at)), (Proportion{12, 200}))
      << "Whatever the netting of movements.";
}

TEST(Rates, one_percent_lost_each_day_for_30_days_is_26_percent_of_the_period) {
  support::CustomerSentences customers;
  int left = 1000;
  for (int d = 0; d < 30; ++d) {
    const int lost = (left + 50) / 100;  // rounded, so that it stays near one percent
    const std::string leaves_on = (day(june) + std::chrono::days{d}).to_string();
    for (const auto& customer : copies(lost, a_customer("day-" + std::to_string(d)).on("a").until(leaves_on)))
      customers.push_back(customer);
    left -= lost;
  }
  for (const auto& customer : copies(left, a_customer("stays").on("a"))) customers.push_back(customer);
  const Rates rates{book_as_of(july, customers), months_of(june, july)};
  EXPECT_EQ(rates.get<CustomerChurnRate>().denominator(), 1000);
  EXPECT_NEAR(rates.value<CustomerChurnRate>().value(), 0.260, 0.005)
      << "Whole customers leave, so each day is 1 % only to half a customer.";
}

TEST(Rates, without_departures_the_rate_is_0_with_an_interval) {
  const Rates rates{book_as_of(july, copies(20, a_customer("c").on("a"))), months_of(june, july)};
  const Measurement m = to_measurement(rates.get<CustomerChurnRate>(), 0.95);
  EXPECT_EQ(m.value, 0.0);
  ASSERT_TRUE(m.interval);
  EXPECT_EQ(m.interval->low, 0.0);
  EXPECT_GT(m.interval->high, 0.1);
  EXPECT_EQ(rates.value<AnnualisedCustomerChurnRate>(), 0.0);
  EXPECT_EQ(rates.value<QuickRatio>(), std::nullopt) << "Nothing lost: no ratio, and no infinity.";
}

TEST(Rates, over_nobody_every_rate_is_undefined) {
  const Rates rates{book_as_of(july, {}), months_of(june, july)};
  EXPECT_EQ(rates.value<CustomerChurnRate>(), std::nullopt);
  EXPECT_EQ(rates.value<GrossMrrChurnRate>(), std::nullopt);
  EXPECT_EQ(rates.value<NetMrrChurnRate>(), std::nullopt);
  EXPECT_EQ(rates.value<GrossRevenueRetention>(), std::nullopt);
  EXPECT_EQ(rates.value<NetRevenueRetention>(), std::nullopt);
  EXPECT_EQ(rates.value<QuickRatio>(), std::nullopt);
  EXPECT_EQ(rates.value<AverageRevenuePerAccount>(), std::nullopt);
  EXPECT_EQ(rates.value<AnnualisedCustomerChurnRate>(), std::nullopt);
  EXPECT_EQ(rates.value<ExposureChurnRate>(), std::nullopt);
  EXPECT_EQ(rates.value<AnnualRecurringRevenue>(), 0.0) << "A sum of nothing is 0.";
}

TEST(Rates, customers_who_pay_nothing_have_a_churn_rate_but_no_mrr_churn_rate) {
  Conventions rules;
  rules.book.free = FreePolicy::customer;
  const Rates rates{
      book_as_of(july,
                 {a_customer("a").on("free").at("0"), a_customer("b").on("free").at("0").until("2024-06-10")},
                 rules),
      months_of(june, july)};
  EXPECT_EQ(rates.value<CustomerChurnRate>(), 0.5);
  EXPECT_EQ(rates.value<GrossMrrChurnRate>(), std::nullopt);
  EXPECT_EQ(rates.value<AverageRevenuePerAccount>(), 0.0);
}

TEST(Rates, arpa_and_arr_are_taken_at_the_close) {
  const Rates rates{
      book_as_of(july, {a_customer("a").on("a").at("100.00"), a_customer("b").on("b").at("600.00").yearly()}),
      months_of(june, july)};
  EXPECT_EQ(rates.get<AverageRevenuePerAccount>().value()->to_string(), "75.00");
  EXPECT_EQ(rates.get<AnnualRecurringRevenue>().arr().to_string(), "1800.00");
}

TEST(Rates, an_incomplete_period_is_annualised_by_the_days_that_are_known) {
  const Book book = book_as_of("2024-06-11", together({copies(9, a_customer("stays").on("a")),
                                                       {a_customer("leaves").on("a").until("2024-06-05")}}));
  const Rates rates{book, months_of(june, july)};
  EXPECT_EQ(rates.at.days, 10);
  EXPECT_EQ(rates.get<AnnualisedCustomerChurnRate>().days, 10);
}

TEST(Rates, exposure_counts_every_day_and_every_departure) {
  const Rates rates{book_as_of(july, {a_customer("a").on("a"), a_customer("b")
                                                                   .on("a")
                                                                   .from("2024-06-11")
                                                                   .until("2024-06-16")
                                                                   .on("a")
                                                                   .from("2024-06-21")
                                                                   .until("2024-06-26")}),
                    months_of(june, july)};
  EXPECT_EQ(rates.cell.departures, 2);
  EXPECT_EQ(rates.cell.customer_days, 30 + 5 + 5);
  EXPECT_EQ(rates.value<ExposureChurnRate>(), 30.0 * 2 / 40);
}

struct ExpansionRate {
  static constexpr std::string_view name = "expansion_rate";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.gained, at.currency}, {cell.opening, at.currency}};
  }
  bool operator==(const ExpansionRate&) const = default;
};

TEST(Rates, a_host_writes_its_own_in_a_few_lines) {
  static_assert(Metric<ExpansionRate>);
  static_assert(!Metric<int>);
  const Book book = book_as_of(
      july,
      {a_customer("a").on("a").at("10.00").until("2024-06-10").then_on("b").from("2024-06-10").at("15.00")});
  const auto table = measure(book).over(months_of(june, july)).compute(ExpansionRate{});
  EXPECT_EQ(table.at(Period{day(june), day(july)}).get<ExpansionRate>().value(), 0.5);
  EXPECT_EQ(table.rows().front().metric, "expansion_rate");
}

TEST(Rates, the_standard_metrics_have_the_names_of_the_interchange_page) {
  std::string names;
  std::apply(
      [&](const auto&... metric) { ((names += (names.empty() ? "" : " ") + std::string(metric.name)), ...); },
      StandardMetrics{});
  EXPECT_EQ(names,
            "customer_churn_rate gross_mrr_churn_rate net_mrr_churn_rate grr nrr quick_ratio arpa arr "
            "annualised_customer_churn_rate exposure_churn_rate");
}

RC_GTEST_PROP(RateLaws, gross_and_grr_and_net_and_nrr_are_each_others_rest, ()) {
  const support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  const MovementCube cube = MovementCube::fold(support::build(random.book, random.rules).book, grid);
  for (std::size_t p = 0; p < grid.size(); ++p) {
    const Rates rates{cube, p};
    const std::int64_t opening = rates.cell.opening;
    const auto gross = rates.get<GrossMrrChurnRate>().numerator.ticks();
    RC_ASSERT(0 <= gross);
    RC_ASSERT(gross <= opening);
    RC_ASSERT(rates.get<GrossRevenueRetention>().numerator.ticks() == opening - gross);
    RC_ASSERT(rates.get<NetRevenueRetention>().numerator.ticks() ==
              opening - rates.get<NetMrrChurnRate>().numerator.ticks());
    RC_ASSERT(rates.get<NetMrrChurnRate>().numerator.ticks() <= gross);
    RC_ASSERT(rates.value<GrossMrrChurnRate>().has_value() == (opening > 0));
    const Measurement churn = to_measurement(rates.get<CustomerChurnRate>(), 0.95);
    RC_ASSERT(churn.interval.has_value() == churn.value.has_value());
    if (churn.value) RC_ASSERT(churn.interval->low <= *churn.value && *churn.value <= churn.interval->high);
  }
}

}  // namespace
}  // namespace churn
