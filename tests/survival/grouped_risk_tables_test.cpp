#include <churn/survival/grouped_risk_tables.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "core/generators.hpp"
#include "support/build_book.hpp"
#include "survival/spell_data.hpp"

namespace churn {
namespace {

using core_test::between;
using support::a_customer;
using support::book_as_of;
using support::book_from_until;
using support::error_of;
using survival_test::SpellData;

TEST(GroupedRiskTables, of_a_life_table_are_those_of_its_segments) {
  const Book book =
      book_as_of("2024-02-01", {a_customer("a").on("pro").from("2024-01-01").until("2024-01-11"),
                                a_customer("b").on("basic").from("2024-01-01").until("2024-01-21"),
                                a_customer("c").on("pro").from("2024-01-05")});
  const LifeTable life = LifeTable::fold(book, by::plan);
  const GroupedRiskTables grouped = grouped_risk_tables(life);
  EXPECT_EQ(grouped.strata, (std::vector<std::int32_t>{0}));
  EXPECT_EQ(grouped.groups, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(grouped.tables,
            (std::vector<std::vector<RiskTable>>{{risk_table(life, 0), risk_table(life, 1)}}));
  EXPECT_EQ(error_of([&] { (void)grouped_risk_tables(life, {"moved"}); }), ErrorCode::unknown_name);
}

TEST(GroupedRiskTables, with_late_entry_have_a_row_for_the_departures_of_others) {
  // When the records begin on 2024-02-01, old is 31 and older 62 days old; new leaves at 40, before older comes
  // in at 62 and after old has at 31. The last known day is 2024-03-31.
  const Book book = book_from_until(
      "2024-02-01", "2024-04-01",
      {a_customer("new").on("pro").from("2024-02-01").until("2024-03-12"),
       a_customer("old").on("basic").from("2024-01-01"), a_customer("older").on("basic").from("2023-12-01")});
  const LifeTable life = LifeTable::fold(book, by::plan);
  const GroupedRiskTables grouped = grouped_risk_tables(life);
  EXPECT_EQ(risk_table(life, 0).rows, (std::vector<RiskRow>{{90, 2, 0, 1}, {121, 1, 0, 1}}));
  EXPECT_EQ(grouped.tables[0][0].rows, (std::vector<RiskRow>{{40, 1, 0, 0}, {90, 2, 0, 1}, {121, 1, 0, 1}}));
  EXPECT_EQ(grouped.tables[0][1], risk_table(life, 1));
}

/// By the definition, of single rows.
std::int64_t at_risk_slowly(const SpellData& data, std::int32_t stratum, std::int32_t group,
                            std::int32_t time, const std::vector<std::int32_t>& groups) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < data.exit.size(); ++i)
    if (data.stratum[i] == stratum && groups[i] == group && (data.entry[i] < time || data.entry[i] == 0) &&
        data.exit[i] >= time && (data.entry[i] < data.exit[i] || data.entry[i] == 0))
      count += static_cast<std::int64_t>(data.weight[i]);
  return count;
}

RC_GTEST_PROP(GroupedRiskTables, of_rows_say_who_is_at_risk_whenever_somebody_of_the_stratum_leaves, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  SpellData data;
  std::vector<std::int32_t> group;
  for (std::size_t i = 0; i < n; ++i) {
    data.exit.push_back(*between<std::int32_t>(0, 15));
    data.entry.push_back(*between<std::int32_t>(0, data.exit.back() + 1));
    data.event.push_back(*between<std::uint8_t>(0, 2));
    data.stratum.push_back(*between<std::int32_t>(-1, 2));
    data.weight.push_back(*between<int>(0, 3));
    group.push_back(*between<std::int32_t>(5, 8));
  }
  const GroupedRiskTables grouped = grouped_risk_tables(data.columns(), group);
  for (std::size_t s = 0; s < grouped.strata.size(); ++s) {
    std::set<std::int32_t> times;
    for (std::size_t i = 0; i < n; ++i)
      if (data.stratum[i] == grouped.strata[s] && data.event[i] != 0 && data.weight[i] > 0 &&
          (data.entry[i] < data.exit[i] || data.entry[i] == 0))
        times.insert(data.exit[i]);
    for (std::size_t g = 0; g < grouped.groups.size(); ++g) {
      const RiskTable& table = grouped.tables[s][g];
      std::set<std::int32_t> rows;
      for (const RiskRow& row : table.rows) {
        rows.insert(row.time);
        RC_ASSERT(row.at_risk == at_risk_slowly(data, grouped.strata[s], grouped.groups[g], row.time, group));
      }
      if (!table.late_entry || table.rows.empty()) continue;
      for (const std::int32_t time : times) RC_ASSERT(rows.contains(time) || time > table.rows.back().time);
    }
  }
}

TEST(GroupedRiskTables, need_a_group_for_each_row) {
  const std::array<std::int32_t, 2> exit{5, 9};
  const std::array<std::uint8_t, 2> event{1, 1};
  const std::array<std::int32_t, 1> group{1};
  EXPECT_EQ(error_of([&] { (void)grouped_risk_tables({.exit = exit, .event = event}, group); }),
            ErrorCode::out_of_range);
}

TEST(GroupedRiskTables, of_nothing_are_none) {
  EXPECT_TRUE(grouped_risk_tables(SpellColumns{}, {}).tables.empty());
  const GroupedRiskTables grouped = grouped_risk_tables(LifeTable::fold(book_as_of("2024-02-01", {})));
  for (const RiskTable& table : grouped.tables.at(0)) EXPECT_TRUE(table.rows.empty());
}

}  // namespace
}  // namespace churn
