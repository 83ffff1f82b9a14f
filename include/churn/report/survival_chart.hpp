// Chart of survival: the share of customers that stays longer than a tenure, with bands, and how many were watched.
//
//   Chart chart = survival_chart({{"all", kaplan_meier(table)}});
//   Chart plans = survival_chart({{"basic", a}, {"pro", b}});
//   Chart watched = at_risk_chart({{"basic", a}, {"pro", b}});
//
// Columns: curve, time (days), at_risk, survival, ci_low, ci_high; a curve begins at time 0 with a survival of 1, and ends
// with its last row: it is not drawn on. At most 400 points a curve are drawn, the last ones of as many equal stretches.
// The other chart is the table below such a figure: how many were at risk at up to seven tenures.
// Columns: curve, time, at_risk. Names `survival` and `survival-at-risk`. O(rows).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <churn/report/chart.hpp>
#include <churn/survival/kaplan_meier.hpp>

namespace churn::inline v0 {

/// Curves, each with what it is called in the chart.
using NamedCurves = std::vector<std::pair<std::string, SurvivalCurve>>;

/// The finding is that of the first curve.
[[nodiscard]] Chart survival_chart(const NamedCurves& curves);
/// The table below such a figure: how many were at risk, by curve.
[[nodiscard]] Chart at_risk_chart(const NamedCurves& curves);

}  // namespace churn::inline v0
