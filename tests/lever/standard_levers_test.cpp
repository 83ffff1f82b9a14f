#include <churn/lever/standard_levers.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "support/build_past.hpp"

namespace churn {
namespace {

using support::a_customer;
using support::did;
using support::error_of;
using support::TestBook;
using ::testing::ElementsAre;

const std::optional<std::uint32_t> unknown_level;

/// The level of one exposure of the library, on a day.
std::optional<std::uint32_t> level(const TestBook& book, const std::string& name, const std::string& customer,
                                   std::string_view on, const LeverOptions& options = {}) {
  const std::vector<Exposure> all = standard_levers(book.book, options);
  const auto at = std::find_if(all.begin(), all.end(), [&](const Exposure& e) { return e.name == name; });
  if (at == all.end()) throw Error(ErrorCode::unknown_name, name);
  return at->level(book.past(customer, on));
}

Event use(const std::string& who, const std::string& label) {
  return did(who, "2024-01-01T09:00:00Z", "feature_used", "1", label);
}

TEST(StandardLevers, a_first_deal_is_larger_above_six_fifths_of_what_is_kept) {
  const TestBook book{{a_customer("ann")
                           .on("p", "A")
                           .from("2024-01-01")
                           .until("2024-03-01")
                           .at("120.00")
                           .then_on("p")
                           .from("2024-03-01")
                           .at("100.00"),
                       a_customer("bob")
                           .on("p", "B")
                           .from("2024-01-01")
                           .until("2024-03-01")
                           .at("120.01")
                           .then_on("p")
                           .from("2024-03-01")
                           .at("100.00"),
                       a_customer("cid")
                           .on("p", "C")
                           .from("2024-01-01")
                           .until("2024-03-01")
                           .at("50.00")
                           .then_on("p")
                           .from("2024-03-01")
                           .at("100.00")}};
  EXPECT_EQ(level(book, "started_larger", "ann", "2024-06-29"), 0U);
  EXPECT_EQ(level(book, "started_larger", "bob", "2024-06-29"), 1U);
  EXPECT_EQ(level(book, "started_larger", "bob", "2024-02-01"), 0U);  // before it shrank
  EXPECT_EQ(level(book, "started_larger", "cid", "2024-06-29"), 0U);
}

TEST(StandardLevers, who_pays_most_of_it_for_twelve_months_pays_by_the_year) {
  const TestBook book{
      {a_customer("ann")
           .on("p", "A")
           .from("2024-01-01")
           .at("1200.00")
           .yearly()
           .on("q", "B")
           .from("2024-01-01")
           .at("50.00"),
       a_customer("bob")
           .on("p", "C")
           .from("2024-01-01")
           .at("1200.00")
           .yearly()
           .on("q", "D")
           .from("2024-01-01")
           .at("101.00"),
       a_customer("half")
           .on("p", "E")
           .from("2024-01-01")
           .at("1200.00")
           .yearly()
           .on("q", "F")
           .from("2024-01-01")
           .at("100.00"),
       a_customer("cid").on("p").from("2024-01-01").at("90.00").every(12, BillingInterval::month),
       a_customer("dan").on("p").from("2024-01-01").at("90.00").every(3, BillingInterval::quarter)}};
  EXPECT_EQ(level(book, "by_the_year", "ann", "2024-01-02"), 1U);
  EXPECT_EQ(level(book, "by_the_year", "bob", "2024-01-02"), 0U);
  EXPECT_EQ(level(book, "by_the_year", "half", "2024-01-02"), 0U);  // not most of it
  EXPECT_EQ(level(book, "by_the_year", "cid", "2024-01-02"), 1U);
  EXPECT_EQ(level(book, "by_the_year", "dan", "2024-01-02"), 0U);
}

// The first event of a kind says since when it is recorded: of who came before it nothing is known.
TEST(StandardLevers, events_count_before_the_landmark_and_only_where_they_were_recorded) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-01"), a_customer("bob").on("p").from("2024-02-01"),
       a_customer("cid").on("p").from("2024-02-01"), a_customer("dan").on("p").from("2023-12-31")},
      {did("ann", "2024-01-01T09:00:00Z", "campaign_engaged"),
       did("bob", "2024-03-02T09:00:00Z", "campaign_engaged")}};
  EXPECT_EQ(level(book, "engaged", "ann", "2024-03-31"), 1U);
  EXPECT_EQ(level(book, "engaged", "bob", "2024-05-01"), 1U);
  EXPECT_EQ(level(book, "engaged", "bob", "2024-03-02", {.landmark = 30}), 0U);  // it came on that day
  EXPECT_EQ(level(book, "engaged", "cid", "2024-05-01"), 0U);
  EXPECT_EQ(level(book, "engaged", "dan", "2024-03-30"), unknown_level);
}

TEST(StandardLevers, activation_counts_from_sign_up) {
  const TestBook book{
      {a_customer("ann").signed_up("2024-01-01").on("p").from("2024-01-10"),
       a_customer("bob").signed_up("2024-01-01").on("p").from("2024-01-10"),
       a_customer("cid").on("p").from("2024-01-10"), a_customer("old").on("p").from("2023-01-01")},
      {did("ann", "2024-01-01T09:00:00Z", "stage_reached", "0", "signed_up"),
       did("ann", "2024-01-30T09:00:00Z", "stage_reached", "0", "activated"),
       did("bob", "2024-01-31T09:00:00Z", "stage_reached", "0", "activated")}};
  EXPECT_EQ(level(book, "activated", "ann", "2024-02-09"), 1U);
  EXPECT_EQ(level(book, "activated", "bob", "2024-02-09"), 0U);  // on day 30
  EXPECT_EQ(level(book, "activated", "cid", "2024-02-09"), 0U);
  EXPECT_EQ(level(book, "activated", "old", "2024-02-09"), unknown_level);
}

TEST(StandardLevers, integrations_are_those_that_are_still_connected_up_to_three) {
  const auto connect = [](const std::string& who, const std::string& label) {
    return did(who, "2024-01-02T09:00:00Z", "integration_connected", "1", label);
  };
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-02"), a_customer("bob").on("p").from("2024-01-02"),
       a_customer("cid").on("p").from("2024-01-02")},
      {connect("ann", "crm"), connect("ann", "crm"), connect("bob", "crm"), connect("bob", "mail"),
       connect("bob", "chat"), connect("bob", "bank"), connect("cid", "crm"),
       did("cid", "2024-02-02T09:00:00Z", "integration_removed", "1", "crm")}};
  EXPECT_EQ(level(book, "connected", "ann", "2024-04-01"), 1U);
  EXPECT_EQ(level(book, "connected", "bob", "2024-04-01"), 3U);
  EXPECT_EQ(level(book, "connected", "cid", "2024-04-01"), 0U);
}

TEST(StandardLevers, breadth_is_of_products_seats_and_features) {
  const TestBook book{
      {a_customer("ann").on("p", "A").from("2024-01-01").times(5).on("q", "B").from("2024-01-01"),
       a_customer("bob").on("p").from("2024-01-01")},
      {use("ann", "api"), use("ann", "export"), use("ann", "reports"), use("ann", "rules"), use("bob", "api"),
       use("bob", ""), use("bob", "api")}};
  EXPECT_EQ(level(book, "products", "ann", "2024-03-31"), 1U);
  EXPECT_EQ(level(book, "products", "bob", "2024-03-31"), 0U);
  EXPECT_EQ(level(book, "seats", "ann", "2024-03-31"), 2U);
  EXPECT_EQ(level(book, "seats", "bob", "2024-03-31"), 0U);
  EXPECT_EQ(level(book, "features", "ann", "2024-03-31"), 2U);
  EXPECT_EQ(level(book, "features", "bob", "2024-03-31"), 0U);
  EXPECT_EQ(level(book, "export", "ann", "2024-03-31"), 1U);
  EXPECT_EQ(level(book, "export", "bob", "2024-03-31"), 0U);
}

TEST(StandardLevers, the_features_that_most_customers_used_are_asked_about_in_order_of_their_names) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-01"), a_customer("bob").on("p").from("2024-01-01")},
      {use("ann", "rules"), use("bob", "rules"), use("ann", "api"), use("ann", "api"), use("bob", "api"),
       use("ann", "export")}};
  std::vector<std::string> names;
  for (const Exposure& exposure : standard_levers(book.book, {.most_features = 2}))
    if (exposure.lever == "product_health") names.push_back(exposure.name);
  EXPECT_THAT(names, ElementsAre("api", "rules"));
}

TEST(StandardLevers, every_one_has_what_a_table_needs_and_days_below_one_are_refused) {
  const TestBook book{{a_customer("ann").on("p").from("2024-01-01")}};
  for (const Exposure& exposure : standard_levers(book.book)) {
    EXPECT_FALSE(exposure.lever.empty() || exposure.name.empty() || exposure.about.empty() ||
                 exposure.records.empty());
    EXPECT_TRUE(exposure.level);
    EXPECT_GE(exposure.levels.size(), 2U);
  }
  EXPECT_EQ(error_of([&] { (void)standard_levers(book.book, {.landmark = 0}); }), ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { (void)standard_levers(book.book, {.activation_days = 0}); }),
            ErrorCode::bad_number);
  EXPECT_EQ(error_of([&] { (void)standard_levers(book.book, {.horizon = 0}); }), ErrorCode::bad_number);
}

// From any day of four years, which hold a leap day: no thirteenth month, and the year itself.
TEST(StandardLevers, the_horizon_of_annual_plans_holds_as_many_months_by_the_month_as_by_the_year) {
  const TestBook book{{a_customer("ann")}};
  for (const auto& [asked, years] : {std::pair{365, 1}, {391, 1}, {755, 1}, {756, 2}, {1130, 3}}) {
    const std::vector<Exposure> all = standard_levers(book.book, {.horizon = asked});
    const auto annual =
        std::find_if(all.begin(), all.end(), [](const Exposure& e) { return e.lever == "annual_plan"; });
    ASSERT_NE(annual, all.end());
    EXPECT_TRUE(annual->at_horizon);
    for (int d = 0; d < 1461; ++d) {
      const Date starts_on = Date::of(2023, 1, 1) + std::chrono::days{d};
      const Date end = starts_on + std::chrono::days{annual->landmark + annual->horizon};
      EXPECT_LT(*renewal_day(starts_on, {BillingInterval::month, 1}, 12 * years), end);
      EXPECT_LT(*renewal_day(starts_on, {BillingInterval::year, 1}, years), end);
      EXPECT_GE(*renewal_day(starts_on, {BillingInterval::month, 1}, 12 * years + 1), end);
    }
  }
}

}  // namespace
}  // namespace churn
