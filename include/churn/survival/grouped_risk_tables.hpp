// GroupedRiskTables: a table of those at risk for each group, in each stratum, as tests between groups take them.
//
//   GroupedRiskTables plans = grouped_risk_tables(table);               // each segment of a LifeTable
//   log_rank(plans.tables[0]);
//   GroupedRiskTables in_years = grouped_risk_tables(columns, plan);    // single rows, in strata
//   log_rank_stratified(in_years.tables);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <churn/cube/life_table.hpp>
#include <churn/survival/risk_table.hpp>
#include <churn/survival/spell_columns.hpp>

namespace churn::inline v0 {

/// Tables of those at risk, by stratum and group.
struct GroupedRiskTables {
  std::vector<std::int32_t> strata{};  ///< their numbers, in order
  std::vector<std::int32_t> groups{};  ///< their numbers, in order
  /// `tables[s][g]` is of group g in stratum s; empty where the stratum has nobody of it.
  std::vector<std::vector<RiskTable>> tables{};

  friend bool operator==(const GroupedRiskTables&, const GroupedRiskTables&) = default;
};

/// One stratum, in which segment g of the table is group g. `events` as in risk_table, whose errors it
/// throws. O(segments x days counted x types).
[[nodiscard]] GroupedRiskTables grouped_risk_tables(const LifeTable& table,
                                                    const std::vector<std::string>& events = {});

/// Of rows with the number of each one's group, in the strata that they say. Throws Error(out_of_range) unless
/// there is a group a row, and what risk_table throws. O(rows log rows + strata x groups).
[[nodiscard]] GroupedRiskTables grouped_risk_tables(const SpellColumns& columns,
                                                    std::span<const std::int32_t> group);

}  // namespace churn::inline v0
