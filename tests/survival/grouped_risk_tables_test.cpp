#include <churn/survival/grouped_risk_tables.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <map>
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

RC_GTEST_PROP(GroupedRiskTables, of_rows_are_the_tables_of_the_rows_of_each_group_and_stratum, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  const bool late = *rc::gen::arbitrary<bool>();
  const bool weighted = *rc::gen::arbitrary<bool>();
  SpellData data;
  std::vector<std::int32_t> group;
  std::map<std::int32_t, std::map<std::int32_t, SpellData>> parts;
  std::set<std::int32_t> groups;
  for (std::size_t i = 0; i < n; ++i) {
    data.exit.push_back(*between<std::int32_t>(0, 15));
    data.event.push_back(*between<std::uint8_t>(0, 2));
    data.stratum.push_back(*between<std::int32_t>(-1, 2));
    if (late) data.entry.push_back(*between<std::int32_t>(0, data.exit.back() + 1));
    if (weighted) data.weight.push_back(*between<int>(0, 3));
    group.push_back(*between<std::int32_t>(5, 8));
    groups.insert(group.back());
    SpellData& part = parts[data.stratum.back()][group.back()];
    part.exit.push_back(data.exit.back());
    part.event.push_back(data.event.back());
    if (late) part.entry.push_back(data.entry.back());
    if (weighted) part.weight.push_back(data.weight.back());
  }
  GroupedRiskTables expected;
  expected.groups.assign(groups.begin(), groups.end());
  for (auto& [stratum, of_group] : parts) {
    expected.strata.push_back(stratum);
    expected.tables.emplace_back();
    for (const std::int32_t g : groups) expected.tables.back().push_back(risk_table(of_group[g].columns()));
  }
  RC_ASSERT(grouped_risk_tables(data.columns(), group) == expected);
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

TEST(GroupedRiskTables, who_came_on_the_last_known_day_is_in_none) {
  const Book book = book_from_until(
      "2024-02-01", "2024-02-02",
      {a_customer("old").on("pro").from("2024-01-01"), a_customer("new").on("basic").from("2024-02-01")});
  const GroupedRiskTables grouped = grouped_risk_tables(LifeTable::fold(book, by::plan));
  ASSERT_EQ(grouped.tables[0].size(), 2U);
  EXPECT_EQ(grouped.tables[0][0].rows, (std::vector<RiskRow>{{0, 1, 0, 1}}));
  EXPECT_TRUE(grouped.tables[0][1].rows.empty());
}

}  // namespace
}  // namespace churn
