#include <churn/forecast/cohort_triangle.hpp>

#include <algorithm>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "forecast/complete_run.hpp"

namespace churn::inline v0 {

namespace {

std::pair<std::size_t, std::size_t> complete_run(const CohortCube& cohorts) {
  return last_complete_run(cohorts.grid().size(), [&](std::size_t t) { return cohorts.observed(t, 0); });
}

}  // namespace

std::int64_t CohortTriangle::total(std::size_t period) const {
  if (period >= size()) throw Error(ErrorCode::out_of_range, "That period is not known.");
  std::int64_t sum = earlier[period];
  for (std::size_t i = 0; i <= period; ++i) sum = checked_add(sum, cohorts[i][period - i]);
  return sum;
}

CohortTriangle CohortTriangle::until(std::size_t periods) const {
  if (periods > size()) throw Error(ErrorCode::out_of_range, "So many periods are not known.");
  const auto prefix = [](const std::vector<std::int64_t>& row, std::size_t length) {
    return std::vector<std::int64_t>(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(length));
  };
  CohortTriangle part{{}, prefix(earlier, periods)};
  for (std::size_t i = 0; i < periods; ++i) part.cohorts.push_back(prefix(cohorts[i], periods - i));
  return part;
}

void CohortTriangle::require_sound() const {
  const auto negative = [](std::int64_t value) { return value < 0; };
  bool sound = cohorts.size() == size() && std::none_of(earlier.begin(), earlier.end(), negative);
  for (std::size_t i = 0; sound && i < size(); ++i)
    sound = cohorts[i].size() == size() - i && std::none_of(cohorts[i].begin(), cohorts[i].end(), negative);
  if (!sound)
    throw Error(ErrorCode::bad_number,
                "A triangle has a row a period, each one shorter than the one before, and nothing negative.");
}

CohortTriangles cohort_triangles(const CohortCube& cohorts, const MovementCube& movements,
                                 std::size_t segment) {
  if (!(cohorts.grid() == movements.grid()) || cohorts.cohort_by() != CohortBy::first_paid ||
      movements.trailing_days())
    throw Error(ErrorCode::mismatched_cubes,
                "Cohorts by first payment and movements of the same periods are needed.");
  if (segment >= cohorts.segments().size())
    throw Error(ErrorCode::out_of_range, "The cohorts have fewer segments than that.");
  const std::size_t own = movements.segment(cohorts.segments()[segment]);
  const auto [first, end] = complete_run(cohorts);
  for (std::size_t t = 0; t < cohorts.grid().size(); ++t)
    if (movements.at(own, t).fx != 0)
      throw Error(ErrorCode::mismatched_cubes,
                  "Movements are valued at dated exchange rates, and cohorts at the latest ones: forecasts "
                  "from cubes "
                  "take constant rates, those from a book any.");
  CohortTriangles result;
  for (std::size_t t = first; t < end; ++t) {
    const MovementCell& cell = movements.at(own, t);
    if (cell.transferred_in_customers != 0 || cell.transferred_out_customers != 0 || cell.transfer_in != 0 ||
        cell.transfer_out != 0)
      throw Error(ErrorCode::mismatched_cubes,
                  "Customers move between these segments, and cohorts stay where they began.");
    result.periods.push_back(cohorts.grid()[t]);
    result.mrr.earlier.push_back(cell.closing);
    result.customers.earlier.push_back(cell.closing_customers);
  }
  for (std::size_t cohort = first; cohort < end; ++cohort) {
    auto& mrr = result.mrr.cohorts.emplace_back();
    auto& customers = result.customers.cohorts.emplace_back();
    for (std::size_t t = cohort; t < end; ++t) {
      const CohortCell& cell = cohorts.at(segment, cohort, t - cohort);
      mrr.push_back(cell.ticks);
      customers.push_back(cell.present);
      result.mrr.earlier[t - first] = checked_subtract(result.mrr.earlier[t - first], cell.ticks);
      result.customers.earlier[t - first] -= cell.present;
    }
  }
  const auto negative = [](std::int64_t value) { return value < 0; };
  if (std::any_of(result.mrr.earlier.begin(), result.mrr.earlier.end(), negative) ||
      std::any_of(result.customers.earlier.begin(), result.customers.earlier.end(), negative))
    throw Error(ErrorCode::mismatched_cubes, "The cohorts have more than all that the movements have.");
  return result;
}

}  // namespace churn::inline v0
