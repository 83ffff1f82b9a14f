// The renewals of a book's cohorts, one cohort or all of them together: what retention curves are fitted to.
//
//   CohortCube cube = CohortCube::fold(book, months(from, to));       // monthly plans: periods as long as their interval
//   fit_shifted_beta_geometric(pooled_renewals(cube));                // all cohorts pooled
//   fit_shifted_beta_geometric(cohort_renewals(cube, 3));             // the fourth cohort
//
// Opportunity t of a cohort lies between the closes of ages t - 1 and t: at risk is who was present at every close up
// to age t - 1, lost is who of them is absent at that of age t. Who came and left before the close of age 0 had no
// such opportunity, and who came back after an absence has no more of them. Pooled, opportunity t is the sum over all
// cohorts that are old enough to know it.
//
// That is a renewal only if the periods are as long as the billing interval: for yearly plans take years, not months,
// in which eleven of twelve ages offer no choice. Plans of several intervals are kept apart by a filter.
//
// Throws Error(out_of_range) for a segment or cohort that the cube has not. O(cohorts x ages).
#pragma once

#include <cstddef>

#include <churn/cube/cohort_cube.hpp>
#include <churn/forecast/renewal_counts.hpp>

namespace churn::inline v0 {

/// All cohorts of a segment together.
[[nodiscard]] RenewalCounts pooled_renewals(const CohortCube& cube, std::size_t segment = 0);
/// One cohort: that of the `cohort`-th period of the cube's grid.
[[nodiscard]] RenewalCounts cohort_renewals(const CohortCube& cube, std::size_t cohort,
                                            std::size_t segment = 0);

}  // namespace churn::inline v0
