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

/// Who is retained at an age.
enum class Retention : std::uint8_t {
  returning,  ///< whoever is present at its close, also after an absence
  unbroken    ///< who was present at every close up to it
};

/// Retention of one segment: a row a cohort whose own period is complete, a column an age from 0.
struct CohortMatrix {
  /// Cohorts x ages.
  using Counts = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;
  /// Of the same shape.
  using Mask = Eigen::Array<bool, Eigen::Dynamic, Eigen::Dynamic>;

  std::vector<Date> cohorts;                             ///< first days of the cohorts' periods, one a row
  Eigen::Matrix<std::int64_t, Eigen::Dynamic, 1> sizes;  ///< customers of each cohort
  Counts numerator;                                      ///< customers, or run-rate ticks
  Counts denominator;     ///< the cohort's customers, or its ticks at the close of age 0
  Eigen::MatrixXd value;  ///< numerator / denominator
  Mask observed;          ///< false: not known, or of an empty base; all three are then 0

  /// The average of a column over its observed cells, weighted by the cohorts' sizes; empty if there are
  /// none. Throws Error(out_of_range).
  [[nodiscard]] std::optional<double> average(Eigen::Index age) const;
};

/// Throws Error(out_of_range) for a segment beyond the cube's. O(cohorts x ages).
[[nodiscard]] CohortMatrix logo_retention(const CohortCube& cube, Retention retention = Retention::returning,
                                          std::size_t segment = 0);
/// Of MRR; who is present counts, also after an absence. Throws the same.
[[nodiscard]] CohortMatrix revenue_retention(const CohortCube& cube, std::size_t segment = 0);

/// What a table of cohorts is of.
enum class CohortMeasure : std::uint8_t {
  logo,    ///< customers
  revenue  ///< MRR
};

/// Columns: the segments' names, then cohort, size, age, value, numerator, denominator; a row an observed
/// cell of a cohort that has customers. Amounts are MRR, or ticks if `exact`.
[[nodiscard]] Table cohorts_table(const CohortCube& cube, CohortMeasure measure, Retention retention,
                                  bool exact = false);

}  // namespace churn::inline v0
