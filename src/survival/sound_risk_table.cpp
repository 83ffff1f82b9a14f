#include "survival/sound_risk_table.hpp"

#include <span>
#include <string>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

namespace churn::inline v0 {

namespace {

bool adds_up(const RiskRow& row) {
  // Differences of what is not negative don't run over; sums may.
  return row.events >= 0 && row.censored >= 0 && row.events <= row.at_risk &&
         row.censored <= row.at_risk - row.events;
}

/// How many are at risk at each row: who was left of the row before, or has come since.
class Expected {
 public:
  explicit Expected(const RiskTable& table) : table_(&table) {}

  [[nodiscard]] bool fits(std::size_t i) {
    const RiskRow& row = table_->rows[i];
    if (i > 0 && row.time <= table_->rows[i - 1].time) return false;
    if (table_->late_entry) enter(row.time);
    const bool fits = row.at_risk == at_risk_ || (i == 0 && !table_->late_entry);
    at_risk_ = row.at_risk - row.events - row.censored;
    return fits;
  }

 private:
  void enter(std::int32_t time) {
    for (; entry_ < table_->entries.size(); ++entry_) {
      const DayCount& entry = table_->entries[entry_];
      if (entry.count < 0 || (entry.day > 0 && entry.day >= time)) return;
      at_risk_ = checked_add(at_risk_, entry.count);
    }
  }

  const RiskTable* table_;
  std::size_t entry_{0};
  std::int64_t at_risk_{0};
};

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
  Expected expected{table};
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    if (!adds_up(table.rows[i]) || !expected.fits(i) || !types_add_up(table, i))
      throw Error(ErrorCode::bad_number,
                  "Row " + std::to_string(i) +
                      " of a table of those at risk is out of order, or its counts don't add up.");
}

}  // namespace churn::inline v0
