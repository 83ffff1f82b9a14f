// Chart of departures by type: who chose to leave, who was done, who did not want to, and of whom it is not known.
//
//   Chart chart = departure_types_chart(cube);                   // departure/causes.hpp
//
// A bar a type: its share of the departures, with the interval, and the MRR that left. Columns: segment, type, departures,
// share, ci_low, ci_high, mrr. The finding is that of causes_sentence. Name `departure-types`. O(segments x types).
#pragma once

#include <churn/cube/departure_cube.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// Throws Error(mixed_currencies) for a cube of several currencies.
[[nodiscard]] Chart departure_types_chart(const DepartureCube& cube);

}  // namespace churn::inline v0
