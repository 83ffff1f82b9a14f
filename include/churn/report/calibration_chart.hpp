// Chart of calibration: of those who were told 20 %, how many left?
//
//   Chart chart = calibration_chart(backtest_risk(observations));
//
// A point a tenth of the test rows: the mean risk that was told, and the share that left, with its interval; on the line
// both are the same. Columns: bin, rows, departed, mean_risk, rate, ci_low, ci_high. The
// finding is that of backtest_sentence. Name `calibration`. O(bins).
#pragma once

#include <churn/report/chart.hpp>
#include <churn/risk/risk_backtest.hpp>

namespace churn::inline v0 {

/// Draws `test.reliability`, a row of data a bin.
[[nodiscard]] Chart calibration_chart(const RiskBacktest& test);

}  // namespace churn::inline v0
