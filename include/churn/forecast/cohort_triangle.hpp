// CohortTriangle: what every cohort amounts to at every close that is known, in customers or in run-rate ticks.
//
//   CohortTriangles now = cohort_triangles(cohorts, movements);      // two cubes of one book and grid
//   now.mrr.cohorts[3][12];       // ticks of the fourth cohort at the close of its age 12
//   now.mrr.earlier[20];          // of all who came before the first cohort, at the close of the 21st period
//   now.mrr.total(20);            // the book's
//   now.mrr.until(18);            // what was known at the close of the 18th period
//
// Row i is the cohort of the i-th complete period; it has one value an age, so the rows get shorter and the last
// ones of all rows are the state of today. `earlier` is what the book has beyond its cohorts: customers who were
// there when the records begin, or came in a period that the grid's ends cut. They have no age, but what they become
// is known.
//
// A total at a close is the same, whatever was still to come: so `until` gives what a book as of then would have
// given, apart from records that were corrected since.
//
// Segments are of what customers keep (attributes, cohorts): a cohort stays in the segment where it began, but MRR by
// plan moves on with the customer.
//
// cohort_triangles throws Error(mismatched_cubes) unless both cubes are of the same grid, the cohorts are those of
// first payment, nothing moves between segments, no cohort has more than the movements have in all, and no dated exchange
// rate has moved amounts (cohorts are at the latest rates); Error(out_of_range) for a segment that one of them has not;
// Error(mixed_currencies) as the cubes do. O(periods^2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <churn/cube/cohort_cube.hpp>
#include <churn/cube/movement_cube.hpp>

namespace churn::inline v0 {

/// One amount of each cohort at each age that is known.
struct CohortTriangle {
  /// Cohort i at the closes of its ages 0, 1, …, size() - 1 - i.
  std::vector<std::vector<std::int64_t>> cohorts;
  /// All who belong to no cohort, at every close.
  std::vector<std::int64_t> earlier;

  /// How many periods are known.
  [[nodiscard]] std::size_t size() const noexcept { return earlier.size(); }
  /// Throws Error(out_of_range) for a period that is not known, Error(overflow).
  [[nodiscard]] std::int64_t total(std::size_t period) const;
  /// The first so many periods. Throws Error(out_of_range) if there are fewer.
  [[nodiscard]] CohortTriangle until(std::size_t periods) const;
  /// Throws Error(bad_number) unless nothing is negative and there is one row a period, each as long as it may be.
  void require_sound() const;
  friend bool operator==(const CohortTriangle&, const CohortTriangle&) = default;
};

/// Run rate and customers of the same cohorts.
struct CohortTriangles {
  std::vector<Period> periods;  ///< complete ones, side by side
  CohortTriangle mrr;           ///< run-rate ticks
  CohortTriangle customers;     ///< how many
};

/// Of the last run of complete periods. Of several segments, the one with this index among the cohorts' and the
/// movements' of the same label.
[[nodiscard]] CohortTriangles cohort_triangles(const CohortCube& cohorts, const MovementCube& movements,
                                               std::size_t segment = 0);

}  // namespace churn::inline v0
