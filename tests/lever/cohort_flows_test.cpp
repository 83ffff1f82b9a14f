#include <churn/lever/cohort_flows.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/build_book.hpp"
#include "support/random_book.hpp"

#include <churn/cube/departure_cube.hpp>

namespace churn {
namespace {

using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::day;
using support::error_of;
using support::months_of;

std::string in_text(const FlowAmount& amount) {
  return std::to_string(amount.customers) + " of " + support::shown(amount.ticks);
}

// ann goes because her card does, and is back for more; bob stays; cid is gone at the close of his first month, so that he
// is not lost from one close to the next; dan leaves and returns between two closes; old has no cohort.
Book five_customers() {
  return book_from_until(
      "2024-01-01", "2024-06-01",
      {a_customer("ann")
           .on("a", "s1")
           .from("2024-01-10")
           .until("2024-02-05")
           .because("card_expired")
           .on("a", "s2")
           .from("2024-04-10")
           .at("30.00"),
       a_customer("bob").on("a").from("2024-01-05").at("20.00"),
       a_customer("cid")
           .on("a", "s3")
           .from("2024-01-10")
           .until("2024-01-20")
           .on("a", "s4")
           .from("2024-03-10"),
       a_customer("dan")
           .on("a", "s5")
           .from("2024-03-01")
           .until("2024-04-10")
           .on("a", "s6")
           .from("2024-04-20"),
       a_customer("old").on("a").from("2023-06-01").until("2024-03-10").because("competitor").at("7.00")});
}

TEST(CohortFlows, says_what_was_lost_from_one_close_to_the_next_and_what_of_it_came_back) {
  const CohortFlows flows = cohort_flows(five_customers(), months_of("2024-01-01", "2024-07-01"));
  ASSERT_EQ(flows.size(), 5U) << "June is not over.";
  const auto& january = flows.cohorts[0];
  EXPECT_EQ(in_text(january[0].at_close), "2 of 30.00");
  EXPECT_EQ(in_text(january[0].lost), "1 of 10.00");
  EXPECT_EQ(in_text(january[0].lost_involuntary), "1 of 10.00");
  EXPECT_EQ(in_text(january[1].at_close), "1 of 20.00");
  EXPECT_EQ(january[1].returned.customers, 0) << "cid came back, but was never lost at a close.";
  EXPECT_EQ(in_text(january[2].at_close), "2 of 30.00");
  EXPECT_EQ(in_text(january[2].returned), "1 of 30.00");
  EXPECT_EQ(in_text(flows.returns[1].all), "1 of 30.00") << "Lost in February, back in April.";
  EXPECT_EQ(flows.returns[1].involuntary, flows.returns[1].all);
  EXPECT_EQ(flows.returns[0], FlowReturns{});
  EXPECT_EQ(in_text(january[4].at_close), "3 of 60.00");
  EXPECT_EQ(flows.cohorts[2][0].lost.customers, 0) << "dan was there at both closes.";
  EXPECT_EQ(in_text(flows.earlier[1].lost), "1 of 7.00");
  EXPECT_EQ(flows.earlier[1].lost_involuntary.customers, 0);
  EXPECT_EQ(flows.earlier[2], FlowCell{});
  EXPECT_EQ(in_text(flows.total(1).at_close), "2 of 27.00");
  EXPECT_EQ(error_of([&] { return flows.total(5); }), ErrorCode::out_of_range);
}

TEST(CohortFlows, by_part_add_up_and_leave_out_who_has_none) {
  const Book book = five_customers();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  std::vector<std::uint32_t> part(book.customer_count(), 0);
  part[static_cast<std::size_t>(book.find(CustomerId{"ann"}).value())] = 1;
  const auto parts = cohort_flows(book, grid, part, 3);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(in_text(parts[1].cohorts[0][0].lost), "1 of 10.00");
  EXPECT_EQ(parts[0].cohorts[0][0].lost.customers, 0);
  CohortFlows sum = parts[0];
  sum += parts[1];
  EXPECT_EQ(sum, cohort_flows(book, grid));
  sum -= parts[1];
  sum += parts[2];
  EXPECT_EQ(sum, parts[0]);
  part[static_cast<std::size_t>(book.find(CustomerId{"ann"}).value())] = no_flow_part;
  EXPECT_EQ(cohort_flows(book, grid, part, 1).front(), parts[0]);
}

TEST(CohortFlows, of_nobody_and_of_no_complete_period_are_empty) {
  EXPECT_EQ(cohort_flows(book_as_of("2024-03-01", {}), months_of("2024-01-01", "2024-03-01")).size(), 2U);
  const CohortFlows none = cohort_flows(book_as_of("2024-01-15", {a_customer("ann").on("a")}),
                                        months_of("2024-01-01", "2024-03-01"));
  EXPECT_EQ(none, CohortFlows{});
  EXPECT_TRUE(none.triangles().periods.empty());
}

TEST(CohortFlows, refuses_what_makes_no_sense) {
  const Book book = five_customers();
  const PeriodGrid grid = months_of("2024-01-01", "2024-07-01");
  const auto refused = [&](const std::vector<std::uint32_t>& part, std::uint32_t parts) {
    return error_of([&] { return cohort_flows(book, grid, part, parts); });
  };
  EXPECT_EQ(refused({0, 0}, 1), ErrorCode::bad_number);
  EXPECT_EQ(refused({0, 1, 2, 0, 0}, 2), ErrorCode::out_of_range);
  EXPECT_EQ(refused({0, 0, 0, 0, 0}, 2'000'000), ErrorCode::out_of_range);
  CohortFlows flows = cohort_flows(book, grid);
  EXPECT_EQ(error_of([&] { flows += CohortFlows{}; }), ErrorCode::mismatched_cubes);
  EXPECT_EQ(flows, cohort_flows(book, grid));
  const Book mixed =
      book_as_of("2024-03-01", {a_customer("ann").on("a"), a_customer("bob").on("a").in("EUR")});
  EXPECT_EQ(error_of([&] { return cohort_flows(mixed, grid); }), ErrorCode::mixed_currencies);
  FlowAmount large{INT64_MAX, 1};
  EXPECT_EQ(error_of([&] { large += large; }), ErrorCode::overflow);
  EXPECT_EQ(large, (FlowAmount{INT64_MAX, 1}));
}

/// The same once more, customer by customer and close by close, from balances and departures.
std::map<std::string, std::vector<std::int64_t>> plain_flows(const Book& book,
                                                             const std::vector<Period>& periods) {
  std::map<std::string, std::vector<std::int64_t>> cells;
  const auto add = [&](const std::string& key, Balance balance) {
    auto& cell = cells[key];
    cell.resize(2);
    cell[0] += balance.ticks;
    ++cell[1];
  };
  DepartureReader reader{book};
  for (std::uint32_t c = 0; c < book.customer_count(); ++c) {
    const CustomerIndex customer{c};
    std::size_t cohort = periods.size();  // earlier
    const auto first = book.first_present_on(customer);
    for (std::size_t t = 0; t < periods.size(); ++t)
      if (first && *first >= periods[t].first() && *first < periods[t].last() &&
          !(book.records_from() && *first <= *book.records_from()))
        cohort = t;
    std::optional<DepartureType> gone;
    std::size_t since = 0;
    for (std::size_t t = 0; t < periods.size(); ++t) {
      const std::string at = (cohort == periods.size() ? "-" : std::to_string(cohort)) + "@";
      const Balance now = book.balance_on(customer, periods[t].last() - std::chrono::days{1});
      if (now.present) add(at + std::to_string(t), now);
      if (t == 0) continue;
      const Balance before = book.balance_on(customer, periods[t].first() - std::chrono::days{1});
      const std::string from = at + std::to_string(t - 1);
      if (before.present && !now.present) {
        for (const Departure& departure : reader.of(customer))
          if (periods[t].first() <= departure.departed_on && departure.departed_on < periods[t].last())
            gone = departure.type;
        since = t;
        add(from + " lost", before);
        if (gone == DepartureType::involuntary) add(from + " lost involuntary", before);
      } else if (!before.present && now.present && gone) {
        add(from + " returned", now);
        add("returned after " + std::to_string(t - since), now);
        if (gone == DepartureType::involuntary)
          add("returned after " + std::to_string(t - since) + " involuntary", now);
        gone.reset();
      }
    }
  }
  return cells;
}

std::map<std::string, std::vector<std::int64_t>> listed_flows(const CohortFlows& flows) {
  std::map<std::string, std::vector<std::int64_t>> cells;
  const auto add = [&](const std::string& at, const FlowCell& cell) {
    const auto put = [&](const std::string& key, const FlowAmount& amount) {
      if (amount.customers != 0) cells[at + key] = {amount.ticks, amount.customers};
    };
    put("", cell.at_close);
    put(" lost", cell.lost);
    put(" lost involuntary", cell.lost_involuntary);
    put(" returned", cell.returned);
  };
  for (std::size_t l = 0; l < flows.returns.size(); ++l) {
    const auto put = [&](const std::string& key, const FlowAmount& amount) {
      if (amount.customers != 0)
        cells["returned after " + std::to_string(l + 1) + key] = {amount.ticks, amount.customers};
    };
    put("", flows.returns[l].all);
    put(" involuntary", flows.returns[l].involuntary);
  }
  for (std::size_t t = 0; t < flows.size(); ++t) add("-@" + std::to_string(t), flows.earlier[t]);
  for (std::size_t i = 0; i < flows.size(); ++i)
    for (std::size_t k = 0; k < flows.cohorts[i].size(); ++k)
      add(std::to_string(i) + "@" + std::to_string(i + k), flows.cohorts[i][k]);
  return cells;
}

RC_GTEST_PROP(CohortFlowsLaws, are_those_of_a_plain_count_of_any_book, ()) {
  support::RandomCase random = support::draw_case();
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60U);
  const Book book = support::build(random.book, random.rules).book;
  const CohortFlows flows = cohort_flows(book, grid);
  RC_ASSERT(listed_flows(flows) == plain_flows(book, flows.periods));
}

RC_GTEST_PROP(CohortFlowsLaws, agree_with_triangles_movements_and_departures, ()) {
  support::RandomCase random = support::draw_case();
  random.rules.netting = reference::Netting::by_period;
  const PeriodGrid grid = support::draw_grid().first;
  RC_PRE(grid.size() <= 60U);
  const Book book = support::build(random.book, random.rules).book;
  const CohortFlows flows = cohort_flows(book, grid);
  const auto movements = MovementCube::fold(book, grid);
  const auto departures = DepartureCube::fold(book, grid);
  const CohortTriangles triangles = cohort_triangles(CohortCube::fold(book, grid), movements);
  RC_ASSERT(flows.triangles().mrr == triangles.mrr);
  RC_ASSERT(flows.triangles().customers == triangles.customers);
  RC_ASSERT(flows.periods == triangles.periods);
  for (std::size_t t = 0; t + 1 < flows.size(); ++t) {
    const std::size_t next = grid.index_of(flows.periods[t + 1]);
    const FlowCell cell = flows.total(t);
    RC_ASSERT(cell.lost.customers == movements.at(0, next).churned_customers);
    RC_ASSERT(cell.lost.ticks == movements.at(0, next).churn);
    const Leavers passive = departures.of_type(0, next, DepartureType::involuntary);
    RC_ASSERT(cell.lost_involuntary.customers == passive.customers);
    RC_ASSERT(cell.lost_involuntary.ticks == passive.ticks);
    RC_ASSERT(cell.returned.customers <=
              movements.at(0, next).reactivated_customers + movements.at(0, next).new_customers);
  }
}

}  // namespace
}  // namespace churn
