// The triangles of a book's customers at one exchange rate. Private to the library's sources.
#pragma once

#include <churn/book/book.hpp>
#include <churn/cube/cohort_cube.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/forecast/cohort_triangle.hpp>
#include <churn/lever/cohort_flows.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "forecast/kept_filter.hpp"

namespace churn::inline v0 {

/// Throws Error(mismatched_cubes) for a filter by what customers may change. Where conventions have dated exchange rates
/// a MovementCube is valued at these, and cohorts are not: then both come from the flows of the cohorts.
inline CohortTriangles book_triangles(const Book& book, const PeriodGrid& grid, const FoldOptions& options) {
  require_kept(options.where);
  if (book.conventions().book.fx != FxPolicy::dated)
    return cohort_triangles(CohortCube::fold(book, grid, CohortBy::first_paid, {}, options),
                            MovementCube::fold(book, grid, {}, options));
  const std::vector<bool> kept = options.where(book);
  std::vector<std::uint32_t> part_of(kept.size(), no_flow_part);
  for (std::size_t c = 0; c < kept.size(); ++c)
    if (kept[c]) part_of[c] = 0;
  return cohort_flows(book, grid, part_of, 1, {.progress = options.progress}).front().triangles();
}

}  // namespace churn::inline v0
