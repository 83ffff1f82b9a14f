// PhasesInForce: what is in force of a customer that has several phases at once, step by step of its timeline. Private
// to the library's sources.
#pragma once

#include <churn/segment/situation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "book/timeline_builder.hpp"

namespace churn::inline v0 {

/// A phase, and what it is worth where it is not valued by dated rates.
struct PhaseInForce {
  std::uint32_t row;
  std::int64_t ticks;
};

class PhasesInForce {
 public:
  void clear() noexcept { phases_.clear(); }
  /// What begins and ends with a step, which is the next one of its customer.
  void take(const TimelineColumns& timeline, std::size_t step) {
    for (auto change = timeline.changes.begin() + timeline.phase[step];; ++change) {
      if (change->begins)
        phases_.push_back({change->row, change->ticks});
      else
        phases_.erase(std::find_if(phases_.begin(), phases_.end(), [&](const PhaseInForce& phase) {
          return phase.row == change->row && phase.ticks == change->ticks;
        }));
      if (change->is_last) break;
    }
  }
  [[nodiscard]] std::span<const PhaseInForce> phases() const noexcept { return phases_; }

 private:
  std::vector<PhaseInForce> phases_;
};

/// Puts phases into the order in which a Situation has them.
inline void order_by_start(std::span<PhaseOnDay> phases) {
  if (phases.size() < 2) return;
  std::sort(phases.begin(), phases.end(), [](const PhaseOnDay& a, const PhaseOnDay& b) {
    const Date x = a.phase.starts_on();
    const Date y = b.phase.starts_on();
    return x != y ? x < y : a.phase.subscription() < b.phase.subscription();
  });
}

}  // namespace churn::inline v0
