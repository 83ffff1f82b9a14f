// Probability scores: how far predicted chances are from what happened.
//
//   ProbabilityScore s = probability_score(risk, left);
//   s.brier_skill      // 0.2: a fifth better than telling everybody the base rate; 0: no better; below 0: worse
//
//   brier        mean of (p - y)^2
//   brier_skill  1 - brier / mean of (b - y)^2, b the base rate: what telling it everybody would get
//   log_loss     - mean of (y log p + (1 - y) log(1 - p)), p kept within [1e-15, 1 - 1e-15]
//
// With the share of yes among these rows for b, what is divided by is b (1 - b). That share is known only afterwards:
// for a forecast of others take the base rate of the rows that it was learned from.
//
// Empty without rows; the skill also where the base rate makes no miss (all rows are yes, or all no). Sums are
// compensated: another order of rows changes no more than the last digits. An outcome of 0 is no, any other yes.
//
// Source: G. W. Brier (1950), Monthly Weather Review 78, 1-3. O(n).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace churn::inline v0 {

/// How far some predicted chances are from what happened; empty without rows.
struct ProbabilityScore {
  std::int64_t rows{0};                 ///< that were scored
  std::int64_t yes{0};                  ///< of these rows
  std::optional<double> brier{};        ///< mean squared miss: 0 is perfect
  std::optional<double> brier_skill{};  ///< 1 - brier / that of the base rate; empty also where that is 0
  std::optional<double> log_loss{};     ///< mean surprise, in nats: 0 is perfect
};

/// `base_rate`: what the skill is against; none: the share of yes among these rows. Throws Error(out_of_range) where
/// lengths differ and Error(bad_number) for a p or base rate outside of [0, 1].
[[nodiscard]] ProbabilityScore probability_score(std::span<const double> p,
                                                 std::span<const std::uint8_t> outcome,
                                                 std::optional<double> base_rate = {});

}  // namespace churn::inline v0
