// ChangedLadder: a chain ladder (forecast/chain_ladder.hpp), and what becomes of cohorts where churn is m times what it
// was. Private to the library's sources.
//
// Of what there is of age k at a close, f(k) is there at the next one, of which r(k) had been lost and returns; q(k) is
// lost. They are pooled over ages exactly as f is. Of what is lost, back(l) returns l steps after. With C(t) what there
// is where nothing changes, D(t) the difference that m makes, and
// q' = min(1, m q, q + f - r), which leaves nothing below 0:
//
//   C(t + 1) = f C(t)
//   D(t + 1) = (f - r) D(t) + (q - q') (C(t) + D(t)) - sum over l of back(l) saved(t - l)
//   saved(t) = q C(t) - q' (C(t) + D(t))
//
// for whoever is saved can't come back.
#pragma once

#include <churn/forecast/chain_ladder.hpp>
#include <churn/lever/cohort_flows.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace churn::inline v0 {

enum class LossKind : std::uint8_t { any, involuntary };
/// &FlowAmount::ticks or &FlowAmount::customers.
using FlowMeasure = std::int64_t FlowAmount::*;

/// Shares of what there was at a close.
struct LadderShares {
  double now{0};       ///< of what: AgeFactor::now
  double factor{0};    ///< f
  double lost{0};      ///< q
  double returned{0};  ///< r

  /// q'
  [[nodiscard]] double lost_times(double m) const noexcept {
    return std::min({1.0, m * lost, lost + factor - returned});
  }
  [[nodiscard]] bool is_limited(double m) const noexcept {
    constexpr double rounding = 1e-9;
    return m * lost > lost_times(m) + rounding;
  }
};

class ChangedLadder {
 public:
  /// Empty where there is no ladder.
  [[nodiscard]] static std::optional<ChangedLadder> fit(const CohortFlows& flows, FlowMeasure measure,
                                                        LossKind kind, const ChainLadderRule& rule);

  [[nodiscard]] const ChainLadder& ladder() const noexcept { return ladder_; }
  /// By ChainLadder::index_of, the tail last.
  [[nodiscard]] const std::vector<LadderShares>& ages() const noexcept { return ages_; }
  [[nodiscard]] const LadderShares& earlier() const noexcept { return earlier_; }
  /// back(1), back(2), …
  [[nodiscard]] const std::vector<double>& back() const noexcept { return back_; }
  /// How many customers are lost of those at the openings of the last `steps` steps, by these shares.
  [[nodiscard]] double expected_losses(const CohortFlows& flows, std::size_t steps) const;
  /// What there is one, two, … periods on, where so much comes in each.
  [[nodiscard]] std::vector<double> path(const CohortState& now, std::span<const double> entering) const;
  /// What churn times m adds to it; exactly 0 for 1. O((ages + periods) x periods^2).
  [[nodiscard]] std::vector<double> difference(double m, const CohortState& now,
                                               std::span<const double> entering) const;

 private:
  ChangedLadder(ChainLadder ladder) : ladder_(std::move(ladder)) {}
  [[nodiscard]] const LadderShares& at(std::size_t age) const noexcept {
    return ages_[ladder_.index_of(age)];
  }
  ChainLadder ladder_;
  std::vector<LadderShares> ages_;
  LadderShares earlier_{};
  std::vector<double> back_;
};

}  // namespace churn::inline v0
