#include <churn/lever/landmark_rows.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "support/build_past.hpp"

#include <churn/lever/landmark_effect.hpp>

namespace churn {
namespace {

using support::a_customer;
using support::day;
using support::did;
using support::error_of;
using support::TestBook;
using ::testing::ElementsAre;

Exposure clicked(std::int32_t landmark = 30, std::int32_t horizon = 60) {
  return {.lever = "own",
          .name = "clicked",
          .landmark = landmark,
          .horizon = horizon,
          .level = [](const Past& past) -> std::optional<std::uint32_t> {
            return past.events_of("click").empty() ? 0 : 1;
          }};
}

/// By customer's id, of what there is a row.
std::vector<std::string> ids_of(const TestBook& book, const LandmarkRows& rows) {
  std::vector<std::string> ids;
  for (const CustomerIndex customer : rows.customer) ids.emplace_back(book.book.customer_id(customer).text());
  return ids;
}

// As of 2024-07-01. Landmarks 30 days after the start, of ann on 2024-01-31.
TEST(LandmarkRows, each_customer_is_a_row_or_counted_with_a_reason) {
  const TestBook book{
      {a_customer("ann").on("p").from("2024-01-01"),
       a_customer("bob").on("p").from("2024-01-01").until("2024-03-01"),
       a_customer("cid").on("p").from("2024-01-01").until("2024-01-30"),
       a_customer("dan").on("p").from("2024-06-20"),
       a_customer("eve").on("p").from("2024-01-01").until("2024-01-31"),
       a_customer("fay").on("p").from("2024-06-01")},
      {did("ann", "2024-01-30T23:59:59Z", "click"), did("bob", "2024-01-31T00:00:00Z", "click")}};
  PastReader reader{book.book};
  const LandmarkRows rows = landmark_rows(reader, clicked());
  EXPECT_THAT(ids_of(book, rows), ElementsAre("ann", "bob", "eve", "fay"));  // of fay the landmark is as_of
  EXPECT_THAT(rows.level, ElementsAre(1U, 0U, 0U, 0U));  // bob's click came on the landmark day
  EXPECT_THAT(rows.departs_in, ElementsAre(-1, 30, 0, -1));
  EXPECT_THAT(rows.known_for, ElementsAre(152, 152, 152, 0));
  EXPECT_THAT(rows.day,
              ElementsAre(day("2024-01-31"), day("2024-01-31"), day("2024-01-31"), day("2024-07-01")));
  EXPECT_EQ(rows.left_before, 1U);  // cid
  EXPECT_EQ(rows.too_new, 1U);      // dan
  EXPECT_EQ(rows.before_records + rows.filtered + rows.not_known, 0U);
  rows.validate();
}

TEST(LandmarkRows, who_was_there_when_the_records_began_has_no_age) {
  const TestBook book{
      {a_customer("ann").on("p").from("2023-01-01"), a_customer("bob").on("p").from("2024-02-01")},
      {},
      {},
      "2024-07-01",
      {},
      {},
      "2024-01-01"};
  PastReader reader{book.book};
  const LandmarkRows rows = landmark_rows(reader, clicked());
  EXPECT_THAT(ids_of(book, rows), ElementsAre("bob"));
  EXPECT_EQ(rows.before_records, 1U);
}

TEST(LandmarkRows, only_the_first_stay_counts) {
  const TestBook book{{a_customer("ann")
                           .on("p", "S1")
                           .from("2024-01-01")
                           .until("2024-01-11")
                           .on("p", "S2")
                           .from("2024-03-01")}};
  PastReader reader{book.book};
  const LandmarkRows rows = landmark_rows(reader, clicked());
  EXPECT_EQ(rows.rows(), 0U);
  EXPECT_EQ(rows.left_before, 1U);
}

TEST(LandmarkRows, a_filter_looks_at_the_day_before_and_unknown_exposures_are_counted) {
  const TestBook book{{a_customer("ann").on("basic").from("2024-01-01"),
                       a_customer("bob").on("pro").from("2024-01-01"),
                       a_customer("cid").on("pro").from("2024-01-01")}};
  PastReader reader{book.book};
  Exposure exposure = clicked();
  exposure.level = [](const Past& past) -> std::optional<std::uint32_t> {
    if (past.customer() == past.book().find(CustomerId{"cid"})) return std::nullopt;
    return 1;
  };
  const LandmarkRows rows = landmark_rows(reader, exposure, {.where = by::primary_plan == "pro"});
  EXPECT_THAT(ids_of(book, rows), ElementsAre("bob"));
  EXPECT_EQ(rows.filtered, 1U);
  EXPECT_EQ(rows.not_known, 1U);
}

TEST(LandmarkRows, covariates_are_a_column_for_each_label_but_the_most_frequent_one) {
  support::CustomerSentences customers;
  for (int i = 0; i < 60; ++i)
    customers.push_back(a_customer("c" + std::to_string(100 + i))
                            .on("p")
                            .from("2024-01-01")
                            .at(i % 2 == 0 ? "10.00" : "30.00")
                            .with("area", i < 30   ? "north"
                                          : i < 55 ? "south"
                                          : i < 58 ? "east"
                                                   : "west"));
  const TestBook book{std::move(customers)};
  PastReader reader{book.book};
  const LandmarkRows rows = landmark_rows(reader, clicked(), {.adjust_for = {by::attribute("area")}});
  EXPECT_THAT(rows.names, ElementsAre("log(mrr)", "area=south", "area=(few)"));  // all began on one day
  EXPECT_EQ(rows.covariates.col(1).sum(), 25);
  EXPECT_EQ(rows.covariates.col(2).sum(), 5);
  EXPECT_NEAR(rows.covariates(0, 0), std::log(1001.0), 1e-12);
  Exposure exposure = clicked();
  exposure.same_as = {"area", "mrr"};
  EXPECT_TRUE(landmark_rows(reader, exposure, {.adjust_for = {by::attribute("area")}}).names.empty());
}

TEST(LandmarkRows, an_exposure_that_makes_no_sense_is_refused) {
  const TestBook book{{a_customer("ann").on("p").from("2024-01-01")}};
  PastReader reader{book.book};
  const auto refused = [&](const Exposure& exposure) {
    return error_of([&] { (void)landmark_rows(reader, exposure); });
  };
  EXPECT_EQ(refused(clicked(0)), ErrorCode::bad_number);
  EXPECT_EQ(refused(clicked(30, 0)), ErrorCode::bad_number);
  Exposure no_function = clicked();
  no_function.level = nullptr;
  EXPECT_EQ(refused(no_function), ErrorCode::unknown_name);
  Exposure one_level = clicked();
  one_level.levels = {"with"};
  EXPECT_EQ(refused(one_level), ErrorCode::unknown_name);
  Exposure beyond = clicked();
  beyond.level = [](const Past&) { return 2U; };
  EXPECT_EQ(refused(beyond), ErrorCode::out_of_range);
}

/// Customers click now and then, by chance alone, and leave by chance alone.
TestBook clicks_that_do_nothing(unsigned seed) {
  std::mt19937 random{seed};
  const auto chance = [&] { return static_cast<double>(random()) / 4294967296.0; };
  support::CustomerSentences customers;
  std::vector<Event> events;
  const Date begin = day("2022-01-01");
  for (int i = 0; i < 1000; ++i) {
    const std::string id = "c" + std::to_string(1000 + i);
    const Date from = begin + std::chrono::days{static_cast<int>(chance() * 300)};
    const int stays = static_cast<int>(-std::log(1 - chance()) * 250) + 1;
    auto customer = a_customer(id).on("p").from(from.to_string());
    if (stays < 900) customer.until((from + std::chrono::days{stays}).to_string());
    customers.push_back(customer);
    for (int d = static_cast<int>(-std::log(1 - chance()) * 200); d < stays && d < 800;
         d += 1 + static_cast<int>(-std::log(1 - chance()) * 200))
      events.push_back(did(id, (from + std::chrono::days{d}).to_string() + "T12:00:00Z", "click"));
  }
  return TestBook{std::move(customers), events};
}

// Who never clicked left early; who stays long gets round to a click. So "clicked ever" looks as if it kept customers, and
// does nothing: the time until the click was survived by definition.
TEST(LandmarkRows, immortal_time_fools_a_naive_comparison_and_not_one_by_landmark) {
  const TestBook book = clicks_that_do_nothing(1);
  PastReader reader{book.book};
  LandmarkRows naive{.horizon = 365};
  for (std::uint32_t c = 0; c < book.book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    const Past& past = reader.at(customer, book.book.as_of());
    const PastStay& stay = past.stays().front();
    naive.level.push_back(past.events_of("click").empty() ? 0 : 1);  // ever, whenever
    naive.departs_in.push_back(stay.ends_on ? stay.ends_on->days() - stay.starts_on.days() : -1);
    naive.known_for.push_back(book.book.as_of().days() - stay.starts_on.days());
  }
  const LandmarkEffect fooled = landmark_effect(naive);
  ASSERT_TRUE(fooled.retained.difference);
  EXPECT_GT(fooled.retained.difference->interval.low, 0.2);
  EXPECT_LT(fooled.plain.interval->high, 0.6);
  EXPECT_LT(fooled.p->value, 1e-6);

  const LandmarkEffect honest = landmark_effect(landmark_rows(reader, clicked(90, 365)));
  ASSERT_TRUE(honest.retained.difference);
  EXPECT_LT(honest.retained.difference->interval.low, 0);
  EXPECT_GT(honest.retained.difference->interval.high, 0);
  EXPECT_GT(honest.p->value, 0.05);
}

}  // namespace
}  // namespace churn
