// Charts of movements: what MRR came and went in each period, and how it got from one end to the other.
//
//   Chart chart = mrr_movements_chart(cube);     // bars up and down, a period each, and the closing MRR
//   Chart bridge = mrr_bridge_chart(cube);       // opening, then what each kind of movement added or took, then closing
//
// Both are of the complete periods of a cube (cube/movement_cube.hpp), and of every segment that it has: where it is cut,
// the rows of a segment are labelled `plan: pro` in the column `segment`, those of a cube that is not cut `all`. Charts that are cut several
// ways at once are made by `join`.
//
// Columns of the first: segment, period, movement (new, reactivation, expansion, transfer in, exchange rates, contraction, churn, transfer out), mrr
// (what goes is negative), closing. Movements that are zero in all rows are left out.
// Columns of the second: segment, step (opening, the movements, closing), mrr, from, to: the bar of a step goes from where
// the one before ended.
//
// The finding is of the whole book. O(segments x periods).
#pragma once

#include <churn/cube/movement_cube.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// Throws Error(mixed_currencies) for a cube of several currencies.
[[nodiscard]] Chart mrr_movements_chart(const MovementCube& cube);
[[nodiscard]] Chart mrr_bridge_chart(const MovementCube& cube);

}  // namespace churn::inline v0
