// Cohorts compared at equal age: are new customers' first months getting worse?
//
//   CohortCube cube = CohortCube::fold(book, months(from, to));
//   CohortContrasts cohorts = cohort_contrasts(cube);
//   cohort_contrast_sentence(cohorts);   // "Of the cohort of 2024-05-01 70 % were there at the close of age 1, 12 …"
//   trend_of(cohort_series(cube, 1), ChartKind::p);       // the same as a series: slope, test, control chart
//
// Two questions at each age k, of the cohorts that have customers and were observed at that age:
//   the newest    who is retained of the newest cohort, or of the newest few together, against all earlier ones
//                 together (stats/contrast.hpp); p is adjusted over the ages. The newest cohort at age 0 is a younger
//                 one than the newest at age 5.
//   the trend     slope, test and control chart over the cohorts, oldest first, of who had left by that age
//                 (metric/trend.hpp); p of the slopes is adjusted over the ages as well.
// The first catches a step at the end, the second a slow slide.
//
// Retained is who is present at the close of age k out of all who came (`returning`) or who was present at every close
// up to it (`unbroken`; then who left by age k stays away in later columns). Cohorts share no one; ages share everyone,
// so their p-values go together, which the adjustments but Hochberg's and Benjamini and Hochberg's allow for, and these
// where dependence is positive, as here.
//
// Thousands of customers a cohort make small differences certain. Where cohorts vary by more than chance
// (overdispersion of the trend), the test against earlier ones is too sure: the control chart is not, and the note
// says so.
//
// That newer cohorts leave sooner is no cause: other channels, plans or seasons may bring them. Fold by those and look
// at one segment at a time.
//
// O(cohorts x ages), and of each age O(cohorts^2 log cohorts) for the slope.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <churn/cohort/cohort_matrix.hpp>
#include <churn/core/table.hpp>
#include <churn/cube/cohort_cube.hpp>
#include <churn/metric/trend.hpp>
#include <churn/stats/contrast.hpp>

namespace churn::inline v0 {

/// What is compared, at which ages, and how.
struct CohortContrastRule {
  Retention retention{Retention::returning};  ///< who counts as retained
  std::size_t newest{1};                      ///< so many cohorts are the newest
  std::size_t ages{6};                        ///< from 0; more ages are more comparisons, so fewer findings
  ContrastRule contrast{};                    ///< test, interval and adjustment
  TrendRule trend{};                          ///< its season is replaced by that of the cube's periods
};

/// Cohorts at one age.
struct CohortAge {
  std::size_t age;                  ///< in periods; 0 is the close of the cohort's own
  std::size_t cohorts;              ///< that have customers and were observed at this age
  std::size_t newest;               ///< of these, in `retained.one`; the others are in `retained.other`
  Date first_of_newest;             ///< first day of the period in which the first of the newest came
  Contrast retained;                ///< the newest against all earlier
  Trend trend;                      ///< of cohort_series: who had left
  std::optional<PValue> trend_p{};  ///< of no slope, adjusted over the ages
};

/// A comparison at each age.
struct CohortContrasts {
  CohortContrastRule rule;      ///< with the interval that was used
  std::vector<CohortAge> ages;  ///< those that some cohort was observed at, youngest first
};

/// Who had left by the close of an age, of the size of each cohort; place i is the cohort of the cube's i-th period.
/// Empty where that was not observed or nobody came; ends with the last cohort that has a value. Throws
/// Error(out_of_range) for a segment beyond the cube's or an age beyond its periods.
[[nodiscard]] Series cohort_series(const CohortCube& cube, std::size_t age,
                                   Retention retention = Retention::returning, std::size_t segment = 0);

/// Throws Error(out_of_range) for a segment beyond the cube's, Error(bad_number) for no ages or no newest cohorts, and
/// what contrast and trend_of throw.
[[nodiscard]] CohortContrasts cohort_contrasts(const CohortCube& cube, const CohortContrastRule& rule = {},
                                               std::size_t segment = 0);

/// Columns: age, cohorts, newest_cohort, numerator, denominator, value, earlier_numerator, earlier_denominator,
/// earlier_value, difference, low, high, p, p_adjusted, test, slope, slope_p, slope_p_adjusted, note. All of retention:
/// a negative difference or slope is a turn for the worse. The slope is a cohort.
[[nodiscard]] Table cohort_contrasts_table(const CohortContrasts& cohorts);

/// The finding in a sentence or two: of the newest cohorts where they keep fewer than earlier ones, else where they
/// keep more, else what would have been missed; and of the trend. At the age that is surest.
[[nodiscard]] std::string cohort_contrast_sentence(const CohortContrasts& cohorts);

}  // namespace churn::inline v0
