// Average precision: the area under the precision-recall curve, for outcomes that are rare.
//
//   average_precision(risk, left);     // 0.47, where 0.15 of all rows are yes: that is what chance would give
//
//   sum over thresholds of (recall at it - recall above it) x precision at it
//
// A threshold is each distinct score, from the highest down: equal scores come in together, so the order of rows changes
// nothing. An outcome of 0 is no, any other yes. Empty without a yes: there is nobody to be found. Equals scikit-learn's
// average_precision_score. O(n log n).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace churn::inline v0 {

/// Throws Error(out_of_range) where lengths differ and Error(bad_number) for a score that is not finite.
[[nodiscard]] std::optional<double> average_precision(std::span<const double> score,
                                                      std::span<const std::uint8_t> outcome);

}  // namespace churn::inline v0
