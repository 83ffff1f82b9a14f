// Chart of levers, as a forest plot: how many more points of customers stayed with each exposure than without, and how
// sure that is.
//
//   Chart chart = lever_chart(levers(book));
//
// Columns: lever (`integrations: connected`), difference, ci_low, ci_high (shares of 1), verdict (keeps, loses, unclear),
// hazard_ratio, p_adjusted, exposed. Those without a difference are left out; the largest first. An association, not
// a cause. Name `levers`. O(exposures log exposures).
#pragma once

#include <churn/lever/levers.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// A point for each exposure that has a difference.
[[nodiscard]] Chart lever_chart(const LeverReport& report);

}  // namespace churn::inline v0
