// The day that the renewals of a phase are counted from. Private to the library's sources.
//
// It is the phase's first day that is paid for. A phase that follows another of its subscription on the very day, at the same
// interval, is charged on the same days, and keeps its anchor: more seats in the middle of a month do not move the renewal. It does
// not if one of the two is free, or if nothing of the one before was paid for yet.
#pragma once

#include <algorithm>
#include <cstdint>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

/// Behind the phase's end if its trial takes all of it.
[[nodiscard]] inline std::int32_t first_paid_day(const PhaseTable& phases, std::uint32_t row) {
  const std::int32_t trial_ends_on = phases.trial_ends_on[row];
  return trial_ends_on == no_day ? phases.starts_on[row] : std::max(phases.starts_on[row], trial_ends_on);
}

/// Whether a phase keeps the anchor of the one before it, which ends on `before_ends_on`.
[[nodiscard]] inline bool keeps_billing_anchor(const PhaseTable& phases, std::uint32_t before,
                                               std::int32_t before_ends_on, std::uint32_t row) {
  return phases.subscription[before] == phases.subscription[row] && before_ends_on == phases.starts_on[row] &&
         phases.cycle(before) == phases.cycle(row) &&
         (phases.amount[before] > 0) == (phases.amount[row] > 0) &&
         first_paid_day(phases, before) < before_ends_on;
}

}  // namespace churn::inline v0
