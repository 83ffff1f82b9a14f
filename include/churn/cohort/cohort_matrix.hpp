// CohortMatrix: retention by cohort (rows) and age (columns), as Eigen matrices with labels, sizes and mask.
//
//   logo retention     present at the close of age k / all who came in the cohort's period
//                      returning: whoever came back counts (default); unbroken: present at every close
//   revenue retention  MRR at the close of age k / MRR at the close of age 0
//
// Row i is the cohort that starts on cohorts[i]; column k is age k in periods. Cells that can't be known yet,
// and those over an empty base, are masked: `observed` is false and the value 0 means nothing. Comparing
// cohorts is done down a column, at equal age.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/cube/cohort_cube.hpp>

namespace churn::inline v0 {

enum class Retention : std::uint8_t { returning, unbroken };

struct CohortMatrix {
  using Counts = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;
  using Mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

  std::vector<Date> cohorts;                             ///< first days of the cohorts' periods, one a row
  Eigen::Matrix<std::int64_t, Eigen::Dynamic, 1> sizes;  ///< customers of each cohort
  Counts numerator;                                      ///< customers, or run-rate ticks
  Counts denominator;
  Eigen::MatrixXd value;  ///< numerator / denominator
  Mask observed;

  /// The average of a column over its observed cells, weighted by the cohorts' sizes; empty if there are
  /// none. Throws Error(out_of_range).
  [[nodiscard]] std::optional<double> average(Eigen::Index age) const;
};

/// Throws Error(out_of_range) for a segment beyond the cube's. O(cohorts x ages).
[[nodiscard]] CohortMatrix logo_retention(const CohortCube& cube, Retention retention = Retention::returning,
                                          std::size_t segment = 0);
[[nodiscard]] CohortMatrix revenue_retention(const CohortCube& cube, std::size_t segment = 0);

enum class CohortMeasure : std::uint8_t { logo, revenue };

/// Columns: the segments' names, then cohort, size, age, value, numerator, denominator; a row an observed
/// cell of a cohort that has customers. Amounts are MRR, or ticks if `exact`.
[[nodiscard]] Table cohorts_table(const CohortCube& cube, CohortMeasure measure, Retention retention,
                                  bool exact = false);

}  // namespace churn::inline v0
