// The MRR bridge as a table: how MRR and customers went from opening to closing, by segment and period.
#pragma once

#include <churn/core/table.hpp>
#include <churn/cube/movement_cube.hpp>

namespace churn::inline v0 {

/// Columns: the segments' names, then period (its first day), opening, new, reactivation, expansion,
/// transfer_in, fx, contraction, churn, transfer_out, closing (MRR, or ticks if `exact`), opening_customers,
/// new_customers, reactivated_customers, churned_customers, closing_customers, complete,
/// transferred_in_customers, transferred_out_customers. Every segment x every period, in order of label,
/// then period; what the book can't know is empty. Each shown amount is rounded by itself.
[[nodiscard]] Table movements_table(const MovementCube& cube, bool exact = false);

/// True if the identities of movement_cube.hpp hold in every cell: they do, by construction, and anyone may
/// check.
[[nodiscard]] bool closes(const MovementCube& cube) noexcept;

}  // namespace churn::inline v0
