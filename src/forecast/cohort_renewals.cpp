#include <churn/forecast/cohort_renewals.hpp>

#include <cstdint>
#include <vector>

namespace churn::inline v0 {

RenewalCounts pooled_renewals(const CohortCube& cube, std::size_t segment) {
  RenewalCounts counts;
  for (std::size_t cohort = 0; cohort < cube.grid().size(); ++cohort)
    counts += cohort_renewals(cube, cohort, segment);
  return counts;
}

RenewalCounts cohort_renewals(const CohortCube& cube, std::size_t cohort, std::size_t segment) {
  (void)cube.size(segment, cohort);  // throws for what is not there
  std::vector<std::int64_t> active;
  for (std::size_t age = 0; cube.observed(cohort, age); ++age)
    active.push_back(cube.at(segment, cohort, age).unbroken);
  return RenewalCounts::of_active(active);
}

}  // namespace churn::inline v0
