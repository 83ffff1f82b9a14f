#include <churn/survival/grouped_risk_tables.hpp>

#include <string>

#include <churn/core/error.hpp>

#include "survival/risk_sets.hpp"

namespace churn::inline v0 {

namespace {

/// Rows of one group in one stratum.
struct Part {
  std::vector<std::int32_t> entry;
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> event;
  std::vector<double> weight;

  [[nodiscard]] SpellColumns columns() const { return {entry, exit, event, {}, weight, {}}; }
};

}  // namespace

GroupedRiskTables grouped_risk_tables(const LifeTable& life, const std::vector<std::string>& events) {
  GroupedRiskTables grouped{.strata = {0}, .groups = {}, .tables = {{}}};
  for (std::size_t s = 0; s < life.segments().size(); ++s) {
    grouped.groups.push_back(static_cast<std::int32_t>(s));
    grouped.tables[0].push_back(risk_table(life, s, events));
  }
  return grouped;
}

GroupedRiskTables grouped_risk_tables(const SpellColumns& columns, std::span<const std::int32_t> group) {
  require_spell_columns(columns);
  if (group.size() != columns.exit.size())
    throw Error(ErrorCode::out_of_range, "There are " + std::to_string(columns.exit.size()) +
                                             " rows of spells and groups of " + std::to_string(group.size()) +
                                             ".");
  const Strata strata = number_strata(columns);
  SpellColumns by_group = columns;
  by_group.stratum = group;
  const Strata groups = number_strata(by_group);
  const std::size_t count = groups.names.size();
  std::vector<Part> parts(strata.names.size() * count);
  for (std::size_t i = 0; i < group.size(); ++i) {
    Part& part = parts[strata.of_row[i] * count + groups.of_row[i]];
    part.exit.push_back(columns.exit[i]);
    part.event.push_back(columns.event[i]);
    if (!columns.entry.empty()) part.entry.push_back(columns.entry[i]);
    if (!columns.weight.empty()) part.weight.push_back(columns.weight[i]);
  }
  GroupedRiskTables grouped{strata.names, groups.names,
                            std::vector<std::vector<RiskTable>>(strata.names.size())};
  for (std::size_t s = 0; s < strata.names.size(); ++s)
    for (std::size_t g = 0; g < count; ++g)
      grouped.tables[s].push_back(risk_table(parts[s * count + g].columns()));
  return grouped;
}

}  // namespace churn::inline v0
