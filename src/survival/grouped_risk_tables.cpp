#include <churn/survival/grouped_risk_tables.hpp>

#include <algorithm>

#include <churn/core/error.hpp>

#include "survival/risk_sets.hpp"

namespace churn::inline v0 {

namespace {

/// Late entries of a table, in order of their day; at risk is who entered before.
using Entries = std::vector<DayCount>;

/// The times at which somebody leaves in any table.
std::vector<std::int32_t> departure_times(const std::vector<RiskTable>& tables) {
  std::vector<std::int32_t> times;
  for (const RiskTable& table : tables)
    for (const RiskRow& row : table.rows)
      if (row.events > 0) times.push_back(row.time);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

void add_rows(RiskTable& table, const Entries& entries, const std::vector<std::int32_t>& times) {
  if (!table.late_entry) return;
  const std::size_t kinds = table.types.size();
  RiskTable full = table;
  full.rows.clear();
  full.by_type.clear();
  std::int64_t at_risk = table.spells;
  for (const DayCount& entry : entries) at_risk -= entry.count;
  auto entry = entries.begin();
  auto time = times.begin();
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const RiskRow& row = table.rows[i];
    for (; time != times.end() && *time < row.time; ++time) {
      for (; entry != entries.end() && entry->day < *time; ++entry) at_risk += entry->count;
      full.rows.push_back({*time, at_risk, 0, 0});
      full.by_type.insert(full.by_type.end(), kinds, 0);
    }
    if (time != times.end() && *time == row.time) ++time;
    for (; entry != entries.end() && entry->day < row.time; ++entry) at_risk += entry->count;
    full.rows.push_back(row);
    const auto by_type = table.by_type.begin() + static_cast<std::ptrdiff_t>(i * kinds);
    full.by_type.insert(full.by_type.end(), by_type, by_type + static_cast<std::ptrdiff_t>(kinds));
    at_risk -= row.events + row.censored;
  }
  table = std::move(full);
}

void align(std::vector<RiskTable>& tables, const std::vector<Entries>& entries) {
  if (std::none_of(tables.begin(), tables.end(), [](const RiskTable& table) { return table.late_entry; }))
    return;
  const std::vector<std::int32_t> times = departure_times(tables);
  for (std::size_t g = 0; g < tables.size(); ++g) add_rows(tables[g], entries[g], times);
}

/// Rows of one group in one stratum.
struct Part {
  std::vector<std::int32_t> entry;
  std::vector<std::int32_t> exit;
  std::vector<std::uint8_t> event;
  std::vector<double> weight;

  [[nodiscard]] SpellColumns columns() const { return {entry, exit, event, {}, weight, {}}; }
  [[nodiscard]] Entries late_entries() const {
    Entries entries;
    for (std::size_t i = 0; i < entry.size(); ++i)
      if (entry[i] > 0 && entry[i] < exit[i])
        entries.push_back({entry[i], weight.empty() ? 1 : static_cast<std::int64_t>(weight[i])});
    std::sort(entries.begin(), entries.end(),
              [](const DayCount& a, const DayCount& b) { return a.day < b.day; });
    return entries;
  }
};

}  // namespace

GroupedRiskTables grouped_risk_tables(const LifeTable& life, const std::vector<std::string>& events) {
  GroupedRiskTables grouped{.strata = {0}, .groups = {}, .tables = {{}}};
  // Who entered on the last known day has not been seen for any time.
  const bool just_begun = life.records_from() && life.records_from()->days() == life.as_of().days() - 1;
  std::vector<Entries> entries;
  for (std::size_t s = 0; s < life.segments().size(); ++s) {
    grouped.groups.push_back(static_cast<std::int32_t>(s));
    grouped.tables[0].push_back(risk_table(life, s, events));
    Entries& late = entries.emplace_back();
    for (const DayCount& entry : life.entries(s))
      if (entry.day > 0 && !just_begun) late.push_back(entry);
  }
  align(grouped.tables[0], entries);
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
  for (std::size_t s = 0; s < strata.names.size(); ++s) {
    std::vector<Entries> entries;
    for (std::size_t g = 0; g < count; ++g) {
      const Part& part = parts[s * count + g];
      grouped.tables[s].push_back(risk_table(part.columns()));
      entries.push_back(part.late_entries());
    }
    align(grouped.tables[s], entries);
  }
  return grouped;
}

}  // namespace churn::inline v0
