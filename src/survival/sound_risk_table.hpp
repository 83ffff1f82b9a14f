// What a table of those at risk has to be for formulas to hold. Private to the library's sources.
#pragma once

#include <churn/survival/risk_table.hpp>

namespace churn::inline v0 {

/// Throws Error(bad_number) unless rows are in order of time, none loses more than are at risk, who is at risk
/// in a row is who was left of the row before, with late entry who has entered and not left, and types add up
/// to events. O(rows x types + entries).
void require_sound(const RiskTable& table);

}  // namespace churn::inline v0
