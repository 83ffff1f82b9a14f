// Chart of a forecast: MRR as it was, and as it is expected to be, as a fan.
//
//   Chart chart = forecast_chart(forecast, movement_cube);
//
// Columns: period, kind (known, forecast), mrr, low, high, existing (what of it today's customers pay). The known ones are
// closings of the cube's complete periods, at most 24; the forecast begins at the last of them. Name `forecast`. O(periods).
#pragma once

#include <churn/cube/movement_cube.hpp>
#include <churn/forecast/mrr_forecast.hpp>
#include <churn/report/chart.hpp>

namespace churn::inline v0 {

/// The cube is of the whole of what is forecast, uncut. Throws Error(mixed_currencies) for one of several currencies.
[[nodiscard]] Chart forecast_chart(const MrrForecast& forecast, const MovementCube& known);

}  // namespace churn::inline v0
