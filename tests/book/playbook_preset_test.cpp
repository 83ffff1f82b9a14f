// The mrr_playbook preset against the playbook's own SQL: every customer in every month. Needs CHURN_ORACLES_DIR.
#ifdef CHURN_ORACLES_DIR

#include <churn/churn.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/build_book.hpp"
#include "support/read_csv.hpp"

namespace churn {
namespace {

using support::day;
using support::months_of;
using support::shown;

using Rows = std::vector<std::map<std::string, std::string>>;
/// By customer and month.
using Amounts = std::map<std::pair<std::string, std::string>, std::string>;
using Changes = std::map<std::pair<std::string, std::string>, std::pair<std::string, std::string>>;

Rows rows(const char* file) {
  return support::read_csv(std::string(CHURN_ORACLES_DIR) + "/mrr_playbook/" + file);
}

/// The subscriptions, without the days before a calendar that starts on `first`.
Records playbook_records(Date first = day("2017-01-01")) {
  Records records;
  for (const auto& row : rows("subscription_periods.csv")) {
    const Date starts_on = std::max(day(row.at("start_date")), first);
    const Date ends_on = day(row.at("end_date"));
    if (starts_on < ends_on)
      records.add(PhaseRecord{.subscription = row.at("subscription_id"),
                              .customer = row.at("customer_id"),
                              .plan = row.at("monthly_amount"),
                              .starts_on = starts_on,
                              .ends_on = ends_on,
                              .price = {Decimal::parse(row.at("monthly_amount")).value(), Currency{"USD"}}});
  }
  return records;
}
Book playbook_book(const Records& records) {
  return Book::build(records, day("2020-04-01"), Conventions::mrr_playbook()).book;
}
const PeriodGrid& calendar() {
  static const PeriodGrid months = months_of("2017-09-01", "2020-04-01");
  return months;
}

std::string whole(const std::string& dollars) { return dollars + ".00"; }

/// What every customer who pays pays in each month, by our roster and by the playbook's table.
Amounts mrr_of(const Book& book) {
  Amounts amounts;
  for (std::size_t p = 0; p < calendar().size(); ++p)
    for (const RosterEntry& entry : roster(book, calendar()[p].last() - std::chrono::days{1}))
      amounts[{entry.customer.text(), calendar()[p].first().to_string()}] = shown(entry.run_rate.ticks());
  return amounts;
}
Amounts mrr_of(const Rows& expected) {
  Amounts amounts;
  for (const auto& row : expected)
    if (row.at("is_active") == "true")
      amounts[{row.at("customer_id"), row.at("date_month")}] = whole(row.at("mrr"));
  return amounts;
}

/// The class and size of every change.
Changes changes_of(const Book& book) {
  Changes changes;
  for (std::size_t p = 0; p < calendar().size(); ++p)
    for (const Explanation& e : explain(book, calendar(), {}, {}, p)) {
      const auto at = std::pair{e.customer.text(), calendar()[p].first().to_string()};
      EXPECT_EQ(changes.count(at), 0U) << "One movement a customer and month.";
      changes[at] = {std::string(movement_name(e.movement)), shown(e.amount.ticks())};
    }
  return changes;
}
Changes changes_of(const Rows& expected) {
  const std::map<std::string, std::string> ours{{"new", "new"},
                                                {"reactivation", "reactivation"},
                                                {"upgrade", "expansion"},
                                                {"downgrade", "contraction"},
                                                {"churn", "churn"}};
  Changes changes;
  for (const auto& row : expected)
    if (!row.at("change_category").empty()) {
      const std::string& change = row.at("mrr_change");
      changes[{row.at("customer_id"), row.at("date_month")}] = {
          ours.at(row.at("change_category")), whole(change.front() == '-' ? change.substr(1) : change)};
    }
  return changes;
}

TEST(PlaybookPreset, pays_what_the_playbook_says_for_every_customer_and_month) {
  const Amounts expected = mrr_of(rows("mrr_expected_by_customer_month.csv"));
  EXPECT_EQ(mrr_of(playbook_book(playbook_records())), expected);
  EXPECT_EQ(expected.size(), 417U - 58U - 7U) << "All rows but those of churn and the months after it.";
}

TEST(PlaybookPreset, classifies_every_change_as_the_playbook_does) {
  const Changes expected = changes_of(rows("mrr_expected_by_customer_month.csv"));
  EXPECT_EQ(changes_of(playbook_book(playbook_records())), expected);
  EXPECT_EQ(expected.size(), 55U + 3U + 30U + 27U + 58U);
}

TEST(PlaybookPreset, movements_and_rates_of_every_month_are_those_of_its_table) {
  const Book book = playbook_book(playbook_records());
  const MovementCube cube = MovementCube::fold(book, calendar());
  EXPECT_TRUE(closes(cube));
  const auto rates =
      measure(book)
          .over(calendar())
          .compute(CustomerChurnRate{}, GrossRevenueRetention{}, NetRevenueRetention{}, QuickRatio{});
  std::map<std::pair<std::size_t, std::string>, std::optional<double>> values;
  for (const MeasuredRow& row : rates.rows()) values[{row.period, row.metric}] = row.measurement.value;
  std::map<std::string, std::map<std::string, std::string>> expected;
  for (const auto& row : rows("mrr_movements_by_month.csv")) expected[row.at("date_month")] = row;
  EXPECT_EQ(expected.size(), 29U);
  using C = MovementCell;
  const std::vector<std::pair<const char*, C::Field>> amounts{{"starting_mrr", &C::opening},
                                                              {"new_mrr", &C::new_},
                                                              {"reactivation_mrr", &C::reactivation},
                                                              {"upgrade_mrr", &C::expansion},
                                                              {"downgrade_mrr", &C::contraction},
                                                              {"churn_mrr", &C::churn},
                                                              {"ending_mrr", &C::closing}};
  const std::vector<std::pair<const char*, C::Field>> counts{
      {"starting_customers", &C::opening_customers},
      {"new_customers", &C::new_customers},
      {"reactivation_customers", &C::reactivated_customers},
      {"upgrade_customers", &C::expanded_customers},
      {"downgrade_customers", &C::contracted_customers},
      {"churn_customers", &C::churned_customers},
      {"active_customers", &C::closing_customers}};
  // Its gross_mrr_churn_rate leaves contraction out; ours is what its gross retention lacks of 1.
  const std::vector<std::pair<const char*, const char*>> shares{
      {"customer_churn_rate", "customer_churn_rate"},
      {"gross_revenue_retention", "grr"},
      {"net_revenue_retention_no_reactivation", "nrr"},
      {"quick_ratio", "quick_ratio"}};
  constexpr std::int64_t dollar = 100 * 12 * 360;
  for (std::size_t p = 0; p < calendar().size(); ++p) {
    const std::string month = calendar()[p].first().to_string();
    SCOPED_TRACE(month);
    const auto row = expected.find(month);
    if (row == expected.end()) {  // a month without any row has no customer
      EXPECT_EQ(cube.at(0, p), MovementCell{});
      continue;
    }
    for (const auto& [name, field] : amounts)
      EXPECT_EQ(cube.at(0, p).*field, std::llabs(std::atoll(row->second.at(name).c_str())) * dollar) << name;
    for (const auto& [name, field] : counts)
      EXPECT_EQ(cube.at(0, p).*field, std::atoll(row->second.at(name).c_str())) << name;
    for (const auto& [name, metric] : shares) {
      const std::optional<double> value = values.at({p, metric});
      ASSERT_EQ(value.has_value(), !row->second.at(name).empty()) << name;
      if (value) {
        EXPECT_DOUBLE_EQ(*value, std::strtod(row->second.at(name).c_str(), nullptr)) << name;
      }
    }
  }
}

// As written, the playbook's calendar starts in 2018: customers of 2017 vanish, and who is there in its first month
// is new. A book that only has those days agrees; one that says from when on its records are complete does not
// call that customer new.
TEST(PlaybookPreset, a_calendar_that_starts_late_knows_nobody_from_before) {
  const Rows spine = rows("mrr_playbook_sql_spine2018.csv");
  const Book cut = playbook_book(playbook_records(day("2018-01-01")));
  EXPECT_EQ(mrr_of(cut), mrr_of(spine));
  EXPECT_EQ(changes_of(cut), changes_of(spine));
  EXPECT_EQ(cut.find(CustomerId{"2"}), std::nullopt);
  const std::pair<std::string, std::string> first{"7", "2018-01-01"};
  EXPECT_EQ(changes_of(cut).at(first).first, "new");

  Records records = playbook_records();
  records.set_records_from(day("2018-01-01"));
  const MovementCube cube = MovementCube::fold(playbook_book(records), months_of("2018-01-01", "2018-02-01"));
  EXPECT_EQ(cube.at(0, 0).new_customers, 0);
  EXPECT_EQ(shown(cube.at(0, 0).opening), "55.00");
}

}  // namespace
}  // namespace churn

#endif
