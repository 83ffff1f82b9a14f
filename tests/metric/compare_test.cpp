#include <churn/metric/compare.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "support/build_book.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::copies;
using support::day;
using support::months_of;
using testing::ElementsAre;

/// DEFINITIONS' worked case: 200 at opening, 50 new, 20 departures, of which 5 joined in the month and 3 of the 200
/// returned in it. A month of 30 days, so that windows of 30 days are the month.
support::CustomerSentences worked_case() {
  return support::together({
      copies(183, a_customer("stays").on("pro").from("2024-01-01")),
      copies(12, a_customer("leaves").on("pro").from("2024-01-01").until("2024-06-10")),
      copies(3, a_customer("returns")
                    .on("pro")
                    .from("2024-01-01")
                    .until("2024-06-10")
                    .on("pro")
                    .from("2024-06-20")),
      copies(2, a_customer("also stays").on("pro").from("2024-01-01")),
      copies(45, a_customer("joins").on("pro").from("2024-06-05")),
      copies(5, a_customer("tries").on("pro").from("2024-06-05").until("2024-06-25")),
  });
}

Measurement of(const Comparison& comparison, const std::string& preset, const std::string& metric) {
  for (const ComparedMetric& row : comparison.rows)
    if (row.conventions.name == preset && row.metric == metric) return row.measurement;
  ADD_FAILURE() << preset << " " << metric;
  return {};
}

std::string share(const Measurement& m) {
  return std::to_string(m.numerator) + "/" + std::to_string(m.denominator);
}

TEST(Compare, one_book_gives_everybodys_number) {
  const Book book = support::book_as_of("2024-07-01", worked_case());
  const Comparison all = compare(book, months_of("2024-06-01", "2024-07-01"), 0);
  const std::map<std::string, std::string> published{{"standard", "12/200"},     // 6.0 %
                                                     {"chartmogul", "12/200"},   // 6.0 %
                                                     {"stripe", "20/250"},       // 8.0 %
                                                     {"baremetrics", "20/200"},  // 10.0 %
                                                     {"profitwell", "15/200"},   // 7.5 %
                                                     {"recurly", "20/200"},      // 10.0 %
                                                     {"maxio", "20/200"},        // 10.0 %
                                                     {"mrr_playbook", "12/200"}, {"fight_churn", "12/200"}};
  for (const auto& [preset, rate] : published)
    EXPECT_EQ(share(of(all, preset, "customer_churn_rate")), rate) << preset;
  EXPECT_EQ(all.rows.size(), Conventions::presets().size() * std::tuple_size_v<StandardMetrics>);
  EXPECT_TRUE(all.complete);
}

TEST(Compare, a_table_has_a_row_for_each_preset_and_metric) {
  const Book book = support::book_as_of("2024-07-01", worked_case());
  const Table table =
      comparison_table(compare(book, months_of("2024-06-01", "2024-07-01"), 0, {Conventions::stripe()}));
  EXPECT_THAT(table.columns, ElementsAre("preset", "metric", "numerator", "denominator", "value"));
  EXPECT_THAT(table.rows.front(),
              ElementsAre(Cell{std::string("stripe")}, Cell{std::string("customer_churn_rate")},
                          Cell{std::int64_t{20}}, Cell{std::int64_t{250}}, Cell{0.08}));
}

TEST(Compare, names_the_customers_that_make_two_presets_differ) {
  const Book book = support::book_as_of("2024-07-01", worked_case());
  const auto differ = [&](const Conventions& a, const Conventions& b) {
    std::map<std::string, int> kinds;  // by what they do
    for (const DifferingCustomer& c :
         who_differs(book, months_of("2024-06-01", "2024-07-01"), 0, a, b, CustomerChurnRate{}))
      ++kinds[c.customer.text().substr(0, c.customer.text().find('-')) + " " + share(c.first) + " v. " +
              share(c.second)];
    return kinds;
  };
  EXPECT_EQ(differ(Conventions::standard(), Conventions::profitwell()),
            (std::map<std::string, int>{{"returns 0/1 v. 1/1", 3}}));
  EXPECT_EQ(differ(Conventions::standard(), Conventions::recurly()),
            (std::map<std::string, int>{{"returns 0/1 v. 1/1", 3}, {"tries 0/0 v. 1/0", 5}}));
  EXPECT_EQ(differ(Conventions::recurly(), Conventions::stripe()),
            (std::map<std::string, int>{{"joins 0/0 v. 0/1", 45}, {"tries 1/0 v. 1/1", 5}}));
  EXPECT_TRUE(differ(Conventions::standard(), Conventions::standard()).empty());
}

TEST(Compare, differences_add_up_to_the_difference_of_the_totals) {
  const Book book = support::book_as_of("2024-07-01", worked_case());
  const PeriodGrid grid = months_of("2024-06-01", "2024-07-01");
  const Comparison all = compare(book, grid, 0);
  for (const Conventions& a : Conventions::presets())
    for (const Conventions& b : {Conventions::stripe(), Conventions::maxio()}) {
      std::int64_t numerator = 0;
      std::int64_t denominator = 0;
      for (const DifferingCustomer& c : who_differs(book, grid, 0, a, b, NetMrrChurnRate{})) {
        numerator += c.second.numerator - c.first.numerator;
        denominator += c.second.denominator - c.first.denominator;
      }
      const Measurement first = of(all, a.name, "net_mrr_churn_rate");
      const Measurement second = of(all, b.name, "net_mrr_churn_rate");
      EXPECT_EQ(numerator, second.numerator - first.numerator) << a.name << " " << b.name;
      EXPECT_EQ(denominator, second.denominator - first.denominator) << a.name << " " << b.name;
    }
}

TEST(Compare, facts_of_the_book_are_those_of_every_preset) {
  Conventions own;
  own.book.currency = Currency{"USD"};
  own.book.rates = {{Currency{"EUR"}, Decimal{2}}};
  own.book.time_zone = TimeZone{"EST-05EDT,M3.2.0,M11.1.0"};
  const Book book =
      support::book_as_of("2024-07-01", {a_customer("ann").on("pro").at("100.00").in("EUR")}, own);
  const Comparison all = compare(book, months_of("2024-06-01", "2024-07-01"), 0);
  for (const ComparedMetric& row : all.rows) {
    EXPECT_EQ(row.currency, Currency{"USD"});
    EXPECT_EQ(row.conventions.book.time_zone, own.book.time_zone);
  }
  EXPECT_EQ(of(all, "stripe", "arr").numerator, 20000 * 12 * 360) << "100 EUR x 2, a month, in ticks";
}

TEST(Compare, a_filter_is_asked_under_each_preset) {
  const Book book = support::book_as_of(
      "2024-07-01",
      {a_customer("ann").on("pro").until("2024-06-10").with("country", "DE"),
       a_customer("bob").on("pro").with("country", "DE"), a_customer("eve").on("pro").until("2024-06-10")});
  const Comparison all = compare(book, months_of("2024-06-01", "2024-07-01"), 0, Conventions::presets(),
                                 attribute("country") == "DE");
  for (const Conventions& preset : Conventions::presets())
    EXPECT_EQ(share(of(all, preset.name, "customer_churn_rate")), "1/2") << preset.name;
}

TEST(Compare, a_period_that_the_book_does_not_know_is_refused) {
  const Book book = support::book_as_of("2024-07-01", worked_case());
  EXPECT_EQ(support::error_of([&] { (void)compare(book, months_of("2024-08-01", "2024-09-01"), 0); }),
            ErrorCode::out_of_range);
  EXPECT_EQ(support::error_of([&] { (void)compare(book, months_of("2024-06-01", "2024-07-01"), 1); }),
            ErrorCode::out_of_range);
}

TEST(Compare, a_metric_is_found_by_its_name) {
  std::string found;
  with_metric("nrr", [&](const auto& metric) { found = metric.name; });
  EXPECT_EQ(found, "nrr");
  EXPECT_EQ(support::error_of([] { with_metric("churn", [](const auto&) {}); }), ErrorCode::unknown_name);
}

TEST(Compare, the_facade_asks_the_same) {
  const Analyzer analyzer{support::book_as_of("2024-07-01", worked_case())};
  const PeriodGrid june = months_of("2024-06-01", "2024-07-01");
  EXPECT_EQ(share(of(analyzer.compare(june, 0), "stripe", "customer_churn_rate")), "20/250");
  EXPECT_EQ(
      analyzer.who_differs(june, 0, Conventions::standard(), Conventions::profitwell(), CustomerChurnRate{})
          .size(),
      3U);
}

}  // namespace
}  // namespace churn
