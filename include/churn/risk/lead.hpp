// Does it lead? Which indicators tell early who leaves, by how much, and how early.
//
//   LeadReport report = does_it_lead(at_renewals, weekly);
//   lead_sentence(report);          // "Of 24 indicators 5 lead. First: time_decline ..."
//   lead_table(report);
//
// Asked of the rows at renewals (row/observe.hpp), for each indicator by itself, over the rows that have a value:
//   coverage       rows with a value of all rows
//   AUC            of the raw value: below 0.5 more of it means safer. Its interval is clustered by customer. None where
//                  all values are alike: the 0.5 of that is no finding
//   lift           among the tenth of rows at its risky end (by its direction), how many times as many left; interval by
//                  the jackknife over 50 groups of customers on the log scale. Equal values at the edge of the tenth
//                  count in part (stats/lift.hpp)
//   deciles        departures among tenths of the rows, in order of the value, with the Cochran-Armitage test, which takes
//                  rows for independent. The cuts are quantiles (R's type 7), a tenth is above the cut before it and up
//                  to its own; equal values are never parted, so there may be fewer than ten
//   hazard ratio   of leaving, for one standard deviation more (after log1p or asinh where the values are skewed beyond
//                  4, risk/transform.hpp), by Cox regression over the days from t on, clustered by customer.
//                  Each row is a landmark of its own: at risk from t to the end of the horizon, days counted from 1, so
//                  that who leaves on the very day t was at risk of it. (Over tenure, what rises with it, such as tenure
//                  itself, could not be told from time.)
//                  adjusted: all indicators at once, missing values at their mean, with a column that says so where
//                  between 1 and 99 % are missing (one for each pattern). Only with ten departures a column or more,
//                  below which such coefficients are mostly noise (else `why_not_adjusted`). There is no ridge: of
//                  indicators that say the same the first has the ratio, the others none, where a ridge would share it
//                  out among them
//   lead           how long before leaving it turned, below
//   stability      AUC by stretch of time, and in how many of them it points the same way. Stretches without rows are
//                  left out, the earliest begins with the first row
//   p_adjusted     over all indicators that have a p, Holm's unless told otherwise. `leads`: below 1 - confidence, and in
//                  the direction that was expected
//
// The test is that of the AUC (stats/auc.hpp), by the error that it has if it is 0.5. Of eight indicators that say nothing
// some one passes Holm's correction in 5 to 6 % of simulated data sets, from 6 departures on; where each departure is in
// several rows and only six customers left, it is not well known how much less these say, and it is 12 %.
// Of a sign that few have (a card about to expire, an invoice overdue) the sum of ranks of those who left is no normal one:
// where one would be expected to have it, three happen by chance, and the normal curve takes them for far more than they
// are. Where its skew is beyond 0.2 (for a sign: fewer than 25 expected) p is therefore by the gamma curve of that skew,
// unless that of the normal curve is larger. Without it some one of sixteen such signs of chance passed in a third of
// simulated data sets, with it in fewer than the level.
//
// Lead time is read off the calendar rows of stays that ended, each in the last `look_back` days before that: the row
// with its worst value (of equals the last), if it is beyond what nine tenths of the rows have after which nobody is known
// to have left within `look_back` days, and from there back to the last row on which it was no worse than three quarters of
// them: that day is when it turned. The median over those in whom it turned, with how many they are of all that ended and
// have values. Where it was never better it has not turned. Stays that ended after the last row of all are left out: what came
// before is not all there. Who left twice counts twice. It is as fine as the calendar, and an indicator over a window
// turns within the window. One that does not lead has none.
//
// An association, never called a cause. Undefined is empty and `why_not` says why (nobody left, all alike, no values).
// Another order of rows changes hazard ratios by rounding, and nothing else. O(rows x indicators x log rows), and Cox
// over all.
//
// Source: H. B. Mann, D. R. Whitney (1947), Ann. Math. Statist. 18, 50-60; N. A. Obuchowski (1997), Biometrics 53,
// 567-578; K. Pearson (1895), Phil. Trans. A 186, 343-414 (type III); P. Peduzzi et al. (1995), J. Clin. Epidemiol. 48,
// 1503-1510 (ten departures a column).
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

/// How leads are found.
struct LeadRule {
  double confidence{0.95};                  ///< of all intervals; `leads` takes adjusted p below 1 less this
  Adjustment adjustment{Adjustment::holm};  ///< of p, over all indicators that have one
  std::int32_t look_back{120};              ///< days before leaving in which an indicator may turn
  std::int32_t stretch_days{182};           ///< of stability; the stretches end at the last row
};

/// One part of the rows with a value, in order of that value: a tenth, but for equal values.
struct LeadDecile {
  double lowest;        ///< value in it
  double highest;       ///< value in it
  double mean;          ///< of the values in it
  Proportion departed;  ///< of its rows those that left within the horizon
};

/// How well an indicator tells leavers from stayers in one stretch of time.
struct LeadStretch {
  Period period;  ///< of observation days; the first begins with the first row
  Auc auc;  ///< of its rows alone; without a value where nobody or everybody left, or all values are alike
};

/// What one indicator tells of who leaves.
struct IndicatorLead {
  IndicatorColumn column;      ///< its name, and the direction that was expected
  Proportion coverage{0, 0};   ///< rows with a value, of all rows at renewals
  std::int64_t departures{0};  ///< among the rows with a value
  Auc auc{};  ///< of the raw value, clustered by customer; without a value where all are alike
  /// At the risky end's tenth: how many times as many left as of all rows with a value.
  std::optional<double> lift{};
  std::optional<Interval> lift_interval{};  ///< by the jackknife over groups of customers
  std::vector<LeadDecile> deciles{};        ///< from the lowest values; fewer where values are alike
  RateTrend trend{};                     ///< Cochran-Armitage, over the deciles; takes rows for independent
  std::optional<double> hazard_ratio{};  ///< of one standard deviation more, by itself
  std::optional<Interval> hazard_ratio_interval{};  ///< clustered by customer
  /// The same beside all other indicators; empty where there is no such model, or no ratio in it.
  std::optional<double> adjusted_hazard_ratio{};
  std::optional<Interval> adjusted_hazard_ratio_interval{};  ///< clustered by customer
  /// Median days before leaving at which it turned; only of one that leads.
  std::optional<double> lead_days{};
  Proportion turned{0, 0};  ///< of the stays that ended and have values in their last days
  /// By stretch of time, the earliest first; those without rows left out.
  std::vector<LeadStretch> stability{};
  Proportion same_way{0, 0};  ///< stretches whose AUC is on the side of the whole, of those that have one
  std::optional<PValue> p_adjusted{};  ///< of `auc`, adjusted over all indicators that have one
  bool leads{false};      ///< adjusted p below 1 - confidence, and the AUC on the side that was expected
  std::string why_not{};  ///< a sentence where there is no AUC, or no test of it; empty else
};

/// All indicators of some observations, and what these hold.
struct LeadReport {
  /// Those that lead first, by p-value, of equals by the distance of the AUC from 0.5, then by name; those without a
  /// test and those without an AUC last.
  std::vector<IndicatorLead> rows{};
  std::size_t observations{0};     ///< at renewals
  std::size_t departures{0};       ///< rows at renewals that left within the horizon
  std::size_t customers{0};        ///< that these rows are of
  std::size_t not_yet_known{0};    ///< rows that were left out, as their horizon was not over at as_of
  std::int32_t horizon{30};        ///< days from a row in which leaving counts
  LeadRule rule{};                 ///< as it was given
  std::string why_not_adjusted{};  ///< a sentence where there is no model of all indicators; empty else
};

/// `calendar` is for lead times alone; without rows there are none. Throws what Observations::validate throws,
/// Error(out_of_range) unless outcomes are there and both have the same columns, and Error(bad_number) for a rule, a
/// horizon or a tenure out of range.
[[nodiscard]] LeadReport does_it_lead(const Observations& at_renewals, const Observations& calendar,
                                      const LeadRule& rule = {});

/// Columns: indicator, coverage, auc, auc_low, auc_high, lift_top_decile, hazard_ratio, ci_low, ci_high, lead_days,
/// p_adjusted; then leads (0/1), direction, rows, departures, lift_low, lift_high, adjusted_hazard_ratio, adjusted_low,
/// adjusted_high, turned, trend_p, same_way (of them), stretches, note. `turned` is a share; the note says why
/// there is no AUC or test, or that it points the other way.
[[nodiscard]] Table lead_table(const LeadReport& report);
/// Columns: indicator, decile, lowest, highest, mean, departed, rows, rate, ci_low, ci_high.
[[nodiscard]] Table lead_deciles_table(const LeadReport& report);
/// Columns: indicator, from, to, rows, departures, auc, auc_low, auc_high.
[[nodiscard]] Table lead_stability_table(const LeadReport& report);
/// The finding in two or three sentences: how many lead and which first, how strongly and how early; or that there is no
/// evidence that any does, and of how many departures.
[[nodiscard]] std::string lead_sentence(const LeadReport& report);

}  // namespace churn::inline v0
