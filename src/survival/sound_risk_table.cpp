#include "survival/sound_risk_table.hpp"

#include <span>
#include <string>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

bool adds_up(const RiskRow& row) {
  // Differences of what is not negative don't run over; sums may.
  return row.events >= 0 && row.censored >= 0 && row.events <= row.at_risk &&
         row.censored <= row.at_risk - row.events;
}

bool follows(const RiskTable& table, std::size_t i) {
  if (i == 0) return true;
  const RiskRow& before = table.rows[i - 1];
  const std::int64_t left = before.at_risk - before.events - before.censored;
  const std::int64_t now = table.rows[i].at_risk;
  return before.time < table.rows[i].time && (table.late_entry ? now >= left : now == left);
}

bool types_add_up(const RiskTable& table, std::size_t i) {
  const std::size_t kinds = table.types.size();
  if (kinds == 0) return true;
  std::int64_t rest = table.rows[i].events;
  for (const std::int64_t count : std::span{table.by_type}.subspan(i * kinds, kinds)) {
    if (count < 0 || count > rest) return false;
    rest -= count;
  }
  return rest == 0;
}

}  // namespace

void require_sound(const RiskTable& table) {
  if (table.by_type.size() != table.rows.size() * table.types.size())
    throw Error(ErrorCode::bad_number,
                "A table of those at risk needs as many counts by type as it has rows and types.");
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (!adds_up(table.rows[i]) || !follows(table, i) || !types_add_up(table, i))
      throw Error(ErrorCode::bad_number,
                  "Row " + std::to_string(i) +
                      " of a table of those at risk is out of order, or its counts don't add up.");
}

}  // namespace churn::inline v0
