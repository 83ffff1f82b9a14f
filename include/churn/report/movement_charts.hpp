// Charts of movements: what MRR came and went in each period, and how it got from one end to the other.
//
//   Chart chart = mrr_movements_chart(cube);     // bars up and down, a period each, and the closing MRR
//   Chart bridge = mrr_bridge_chart(cube);       // opening, then what each kind of movement added or took, then closing
//
// Both are of the complete periods of a cube (cube/movement_cube.hpp), and of every segment that it has: where it is cut,
// the rows of a segment are labelled `plan: pro` in the column `segment`, those of a cube that is not cut `all`.
// `add_segments` (chart.hpp) puts charts of several cuts into one.
//
// Columns of the first: segment, period, movement (new, reactivation, expansion, transfer in, exchange rates, contraction,
// churn, transfer out), mrr (what goes is negative), closing, place (the order of movements). A movement of nothing has no row.
// Columns of the second: segment, step (opening, the movements, closing), kind (level, gained, lost), mrr, from, to, top, place: the
// bar of a step begins where the one before ended. opening + movements = closing, exactly.
//
// The finding is of the whole cube. Names: `mrr-movements`, `mrr-bridge`. O(segments x periods).
#pragma once

#include <churn/cube/movement_cube.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// Throws Error(mixed_currencies) for a cube of several currencies.
[[nodiscard]] Chart mrr_movements_chart(const MovementCube& cube);
/// Throws Error(mixed_currencies) for a cube of several currencies.
[[nodiscard]] Chart mrr_bridge_chart(const MovementCube& cube);

}  // namespace churn::inline v0
