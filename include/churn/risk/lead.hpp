// Does it lead? Which indicators tell early who leaves, by how much, and how early.
//
//   LeadReport report = does_it_lead(at_renewals, weekly);
//   lead_sentence(report);          // "Of 24 indicators 5 lead. First: time_decline ..."
//   lead_table(report);
//
// Asked of the rows at renewals (row/observe.hpp), for each indicator by itself, over the rows that have a value:
//   coverage       rows with a value of all rows
//   AUC            of the raw value: below 0.5 more of it means safer. Clustered by customer; its p-value is the test
//   lift           among the tenth of rows at its risky end (by its direction), how many times as many left; interval by
//                  the jackknife over customers
//   deciles        departures among tenths of the rows, in order of the value, with the Cochran-Armitage test
//   hazard ratio   of leaving, for one standard deviation more (after log1p or asinh where the values are skewed beyond
//                  4, risk/transform.hpp), by Cox regression over tenure, rows (t, t + horizon], clustered by customer;
//                  adjusted: all indicators at once, missing values at their mean with a column that says so
//   lead           how long before leaving it turned, below
//   stability      AUC by stretch of time, and in how many of them it points the same way
//   p_adjusted     over all indicators asked, Holm's unless told otherwise. `leads`: below 1 - confidence, and in the
//                  direction that was expected
//
// Lead time is read off the calendar rows, of customers who left within the last `look_back` days of them: its worst value in that time,
// if it is beyond what nine tenths of the rows of those who stayed have, and from there back to the last row on which it
// was no worse than three quarters of them: that day is when it turned. The median over those in whom it turned, with
// how many they are of all who left and have values. An indicator that does not lead has none.
//
// An association, never called a cause. Undefined is empty and `why_not` says why (nobody left, all alike, no values).
// O(rows x indicators x log rows), and Cox over all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/period.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/row/observations.hpp>
#include <churn/stats/adjusted_p.hpp>
#include <churn/stats/auc.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/stats/rate_trend.hpp>

namespace churn::inline v0 {

struct LeadRule {
  double confidence{0.95};
  Adjustment adjustment{Adjustment::holm};
  std::int32_t look_back{120};     ///< days before leaving in which an indicator may turn
  std::int32_t stretch_days{182};  ///< of stability; the stretches end at the last row
};

struct LeadDecile {
  double lowest;
  double highest;
  double mean;
  Proportion departed;
};

struct LeadStretch {
  Period period;
  Auc auc;
};

struct IndicatorLead {
  IndicatorColumn column;
  Proportion coverage{0, 0};
  std::int64_t departures{0};  ///< among the rows with a value
  Auc auc{};
  std::optional<double> lift{};
  std::optional<Interval> lift_interval{};
  std::vector<LeadDecile> deciles{};  ///< from the lowest values; fewer where values are alike
  RateTrend trend{};
  std::optional<double> hazard_ratio{};
  std::optional<Interval> hazard_ratio_interval{};
  std::optional<double> adjusted_hazard_ratio{};
  std::optional<Interval> adjusted_hazard_ratio_interval{};
  std::optional<double> lead_days{};
  Proportion turned{0, 0};  ///< of the customers who left and have values in their last days
  std::vector<LeadStretch> stability{};
  Proportion same_way{0, 0};  ///< stretches whose AUC is on the side of the whole, of those that have one
  std::optional<PValue> p_adjusted{};
  bool leads{false};
  std::string why_not{};  ///< a sentence where there is no AUC; empty else
};

struct LeadReport {
  /// Those that lead first, by p-value, of equals by the distance of the AUC from 0.5, then by name; those without an
  /// AUC last.
  std::vector<IndicatorLead> rows{};
  std::size_t observations{0};  ///< at renewals
  std::size_t departures{0};
  std::size_t customers{0};
  std::size_t not_yet_known{0};
  std::int32_t horizon{30};
  LeadRule rule{};
};

/// `calendar` is for lead times alone; without rows there are none. Throws what Observations::check throws,
/// Error(out_of_range) unless outcomes are there and both have the same columns, and Error(bad_number) for a rule out
/// of range.
[[nodiscard]] LeadReport does_it_lead(const Observations& at_renewals, const Observations& calendar,
                                      const LeadRule& rule = {});

/// Columns: indicator, coverage, auc, auc_low, auc_high, lift_top_decile, hazard_ratio, ci_low, ci_high, lead_days,
/// p_adjusted; then leads (0/1), direction, rows, departures, lift_low, lift_high, adjusted_hazard_ratio, adjusted_low,
/// adjusted_high, turned, trend_p, same_way, stretches, note.
[[nodiscard]] Table lead_table(const LeadReport& report);
/// Columns: indicator, decile, lowest, highest, mean, departed, rows, rate, ci_low, ci_high.
[[nodiscard]] Table lead_deciles_table(const LeadReport& report);
/// Columns: indicator, from, to, rows, departures, auc, auc_low, auc_high.
[[nodiscard]] Table lead_stability_table(const LeadReport& report);
/// The finding in two or three sentences: how many lead and which first, how strongly and how early; or that there is no
/// evidence that any does, and of how many departures.
[[nodiscard]] std::string lead_sentence(const LeadReport& report);

}  // namespace churn::inline v0
