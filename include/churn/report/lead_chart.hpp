// Chart of a leading indicator: of each tenth of its values, the share that left within the horizon.
//
//   for (const IndicatorLead& lead : report.rows) if (lead.leads) charts.push_back(lead_chart(report, lead));
//
// Columns: decile (1: the lowest values), lowest, highest, departed, rows, rate, ci_low, ci_high, average (of all rows with a
// value). Name `lead-` and the indicator's. O(deciles).
#pragma once

#include <churn/report/chart.hpp>
#include <churn/risk/lead.hpp>

namespace churn::inline v0 {

/// `lead` is one of the report's rows.
[[nodiscard]] Chart lead_chart(const LeadReport& report, const IndicatorLead& lead);

}  // namespace churn::inline v0
