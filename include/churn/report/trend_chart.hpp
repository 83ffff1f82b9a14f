// Chart of a trend: a rate over the periods, with its intervals, and which periods differ from noise.
//
//   auto table = measure(book).over(months(from, to)).by(by::plan).compute(CustomerChurnRate{});
//   Chart chart = trend_chart(table.cube(), table.rows(), "customer_churn_rate", "Customer churn");
//
// Points are the values of complete periods, bars their intervals; the band is that of the control chart
// (stats/control_chart.hpp), the dashed line its centre, and a diamond a period beyond the band or at the end of a run.
// Columns: segment, period, value, ci_low, ci_high, centre, low, high, signal; shares of 1. The finding is that of the first segment.
// Its name is `trend-` and the metric's, `_` as `-`. O(periods^2) a segment (metric/trend.hpp).
#pragma once

#include <string_view>
#include <vector>

#include <churn/metric/trend.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// `title` says what the metric is called, such as `Customer churn`. Throws what trends_of throws.
[[nodiscard]] Chart trend_chart(const MovementCube& cube, const std::vector<MeasuredRow>& rows,
                                std::string_view metric, std::string_view title, TrendRule rule = {});

}  // namespace churn::inline v0
