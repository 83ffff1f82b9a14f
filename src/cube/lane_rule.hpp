// How a customer's change is shared out among the lanes it is in. Private to the library's sources.
//
// A customer that goes from one set of lanes to another moves what it can and changes by the rest. G is the
// sum of the lanes' gains, L of their losses; the smaller of the two is transfer. Where G >= L, losing lanes
// transfer all they lose, and of the gains L is received, in shares of the gains (largest remainder; ties go
// to the lane that comes first); the rest is growth. Where G < L it is the mirror image.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace churn::inline v0 {

/// One lane of a customer that stays. `currency` keeps apart what never adds up.
struct LaneChange {
  std::uint32_t lane;
  std::uint8_t currency;
  std::int64_t before;
  std::int64_t after;
  // The answer:
  std::int64_t transferred{0};  ///< of the change; what remains is the lane's own growth or loss

  [[nodiscard]] std::int64_t gain() const noexcept { return after > before ? after - before : 0; }
  [[nodiscard]] std::int64_t loss() const noexcept { return before > after ? before - after : 0; }
};

/// Fills in `transferred`; `changes` are in order of lane. Throws Error(overflow) if a sum of them does not
/// fit 64 bits.
void share_out(std::span<LaneChange> changes);

}  // namespace churn::inline v0
