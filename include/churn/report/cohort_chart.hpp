// Charts of cohorts: a heat map of who, or what MRR, of a cohort is still there at each age.
//
//   Chart customers = cohort_chart(logo_retention(cube), CohortMeasure::logo);
//   Chart revenue = cohort_chart(revenue_retention(cube), CohortMeasure::revenue);
//
// A row a cohort, a column an age, a cell a share: of the customers who came, or of the MRR at the close of age 0, which may be above 1.
// Compare down a column. Columns: cohort, size, age, value, numerator, denominator; numerators of revenue are ticks. Cells
// that can't be known yet are not drawn. Names: `cohorts-logo`, `cohorts-revenue`. O(cells).
#pragma once

#include <churn/cohort/cohort_matrix.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// `measure` says what the matrix is of, which it does not know itself.
[[nodiscard]] Chart cohort_chart(const CohortMatrix& matrix, CohortMeasure measure);

}  // namespace churn::inline v0
