#include <churn/metric/rates.hpp>

#include <churn/metric/measure.hpp>
#include <churn/stats/clopper_pearson.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
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
using support::CustomerSentences;
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

/// 200 at opening and 50 new. 20 departures: 5 of those who joined, 15 of the 200, of whom 3 returned.
Book worked_case() {
  return book_as_of(
      july, together({copies(185, a_customer("stays").on("a")),
                      copies(12, a_customer("leaves").on("a").until("2024-06-10")),
                      copies(3, a_customer("returns").on("a").until("2024-06-10").on("a").from("2024-06-20")),
                      copies(45, a_customer("joins").on("a").from("2024-06-05")),
                      copies(5, a_customer("tries").on("a").from("2024-06-05").until("2024-06-25"))}));
}

CustomerRate under(Counting joined_and_left, Counting left_and_returned, ChurnBase base) {
  RateRules rules;
  rules.joined_and_left = joined_and_left;
  rules.left_and_returned = left_and_returned;
  rules.base = base;
  return customer_rate(Rates{worked_case(), months_of(june, july)}.cell, rules);
}

TEST(Rates, rule_parts_alone_answer_the_worked_case_with_6_and_7_and_a_half_and_8_and_10_percent) {
  constexpr auto in = Counting::counted;
  constexpr auto out = Counting::excluded;
  EXPECT_EQ(under(out, out, ChurnBase::opening), (Proportion{12, 200})) << "6.0 %";
  EXPECT_EQ(under(out, in, ChurnBase::opening), (CustomerRate{Ratio{15, 200}})) << "7.5 %";
  EXPECT_EQ(under(in, in, ChurnBase::opening_and_joined), (CustomerRate{Ratio{20, 250}})) << "8.0 %";
  EXPECT_EQ(under(in, in, ChurnBase::opening), (CustomerRate{Ratio{20, 200}})) << "10.0 %";
  EXPECT_EQ(under(out, in, ChurnBase::opening).value(), 0.075);
  EXPECT_EQ(under(in, in, ChurnBase::opening_and_joined).value(), 0.08);
  EXPECT_EQ(under(in, in, ChurnBase::opening).value(), 0.1);
}

TEST(Rates, a_rate_has_an_interval_only_where_no_one_is_counted_twice_or_stands_outside_of_the_base) {
  constexpr auto in = Counting::counted;
  constexpr auto out = Counting::excluded;
  EXPECT_TRUE(under(out, out, ChurnBase::opening).interval());
  EXPECT_TRUE(under(in, out, ChurnBase::opening_and_joined).interval());
  EXPECT_EQ(under(in, out, ChurnBase::opening_and_joined), (Proportion{17, 250}));
  EXPECT_FALSE(under(in, out, ChurnBase::opening).interval()) << "Joiners are not in the base.";
  EXPECT_FALSE(under(out, in, ChurnBase::opening).interval()) << "Who returns may leave again.";
  EXPECT_FALSE(under(out, out, ChurnBase::mean).interval());
  EXPECT_FALSE(under(out, out, ChurnBase::exposure).interval());
}

TEST(Rates, the_mean_base_doubles_both_so_that_they_stay_whole) {
  const CustomerRate rate = under(Counting::excluded, Counting::excluded, ChurnBase::mean);
  EXPECT_EQ(rate.numerator(), 24);
  EXPECT_EQ(rate.denominator(), 200 + 233);
}

TEST(Rates, the_exposure_base_is_departures_in_30_days_of_presence) {
  const Rates rates{worked_case(), months_of(june, july)};
  const CustomerRate rate = under(Counting::excluded, Counting::excluded, ChurnBase::exposure);
  EXPECT_EQ(rate.numerator(), 20);
  EXPECT_EQ(rate.denominator(), 185 * 30 + 12 * 9 + 3 * 20 + 45 * 26 + 5 * 20);
  EXPECT_EQ(rate.value(), rates.value<ExposureChurnRate>());
}

TEST(Rates, net_churn_may_be_less_reactivation) {
  Conventions conventions;
  conventions.rate.net_subtracts_reactivation = true;
  const CustomerSentences customers{
      a_customer("stays").on("a").at("100.00"), a_customer("leaves").on("a").at("50.00").until("2024-06-10"),
      a_customer("back").on("a").at("20.00").until("2024-03-01").on("a").at("20.00").from("2024-06-10")};
  const PeriodGrid grid = months_of(june, july);
  const auto net = [&](const Conventions& rules) {
    const auto table = measure(book_as_of(july, customers, rules))
                           .over(grid)
                           .compute(NetMrrChurnRate{}, NetRevenueRetention{});
    return std::pair{table.at(grid[0]).get<NetMrrChurnRate>().value(),
                     table.at(grid[0]).get<NetRevenueRetention>().value()};
  };
  EXPECT_EQ(net({}).first, 50.0 / 150);
  EXPECT_EQ(net(conventions).first, 30.0 / 150);
  EXPECT_EQ(net(conventions).second, net({}).second) << "It knows those at opening only.";
}

TEST(Rates, a_trailing_window_holds_what_left_before_the_period) {
  Conventions conventions;
  conventions.rate.trailing_days = 60;
  const PeriodGrid grid = months_of("2024-06-01", "2024-08-01");
  const auto table =
      measure(book_as_of("2024-08-01",
                         {a_customer("ann").on("a").until("2024-06-10"), a_customer("bob").on("a")},
                         conventions))
          .over(grid)
          .compute_all(StandardMetrics{});
  EXPECT_EQ(table.at(grid[1]).get<CustomerChurnRate>(), (Proportion{1, 2}));
  EXPECT_EQ(table.at(grid[1]).get<SubscriptionChurnRate>(), (Proportion{1, 2}));
  EXPECT_EQ(table.at(grid[1]).get<AnnualisedCustomerChurnRate>().days, 60);
  EXPECT_EQ(table.explain({}, grid[1]).size(), 1U);
  EXPECT_EQ(table.rows().size(), 2 * std::tuple_size_v<StandardMetrics>);
}

TEST(Rates, the_rules_choose_the_interval) {
  Conventions conventions;
  conventions.rate.interval = IntervalMethod::clopper_pearson;
  const auto table =
      measure(book_as_of(july, {a_customer("ann").on("a").until("2024-06-10"), a_customer("bob").on("a")},
                         conventions))
          .over(months_of(june, july))
          .compute(CustomerChurnRate{});
  EXPECT_EQ(table.rows().front().measurement.interval, clopper_pearson_interval(1, 2));
}

TEST(Rates, lifetime_value_is_arpa_over_monthly_churn) {
  // 10 a month each; one of four leaves in the 30 days of June.
  const Rates rates{book_as_of(july, together({copies(3, a_customer("stays").on("a")),
                                               copies(1, a_customer("leaves").on("a").until("2024-06-10"))})),
                    months_of(june, july)};
  const double monthly = 1 - std::pow(0.75, 365.0 / 12 / 30);
  // Both sides take a handful of operations, each good to 1.1e-16 of its result.
  EXPECT_NEAR(rates.value<LifetimeValueByRate>().value(), 10 / monthly, 1e-12);
  const Interval ends = to_measurement(rates.get<LifetimeValueByRate>(), 0.95).interval.value();
  EXPECT_LT(ends.low, 10 / monthly);
  EXPECT_GT(ends.high, 10 / monthly);
}

TEST(Rates, without_churn_a_lifetime_value_is_undefined_and_its_lower_end_unbounded) {
  const Rates rates{book_as_of(july, {a_customer("stays").on("a")}), months_of(june, july)};
  EXPECT_EQ(rates.value<LifetimeValueByRate>(), std::nullopt);
  EXPECT_EQ(to_measurement(rates.get<LifetimeValueByRate>(), 0.95).interval, std::nullopt);
}

TEST(Rates, a_ratio_above_1_is_not_annualised) {
  const CellContext at{Period{day(june), day(july)},
                       30,
                       Currency{"USD"},
                       {.joined_and_left = Counting::counted, .left_and_returned = Counting::counted}};
  MovementCell cell;
  cell.opening_customers = 2;
  cell.departures_of_joined = 3;
  cell.joined_and_left_customers = 3;
  cell.closing_customers = 2;
  EXPECT_EQ(CustomerChurnRate{}(cell, at).value(), 1.5);
  EXPECT_EQ(AnnualisedCustomerChurnRate{}(cell, at).value(), std::nullopt);
  EXPECT_EQ(LifetimeValueByRate{}(cell, at).value(), std::nullopt);
}

TEST(Rates, the_default_rule_answers_the_worked_case_with_6_percent) {
  const Book book = worked_case();
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
            "customer_churn_rate gross_mrr_churn_rate net_mrr_churn_rate grr nrr quick_ratio arpa arr ltv "
            "annualised_customer_churn_rate exposure_churn_rate subscription_churn_rate seat_churn_rate "
            "renewal_rate trial_conversion_rate");
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
