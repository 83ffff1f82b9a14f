// Trend: what one metric does over the periods: does it move, by how much, since when, which periods stand out, and
// what could have happened unseen.
//
//   auto table = measure(book).over(months(from, to)).compute(CustomerChurnRate{});
//   Trend trend = trend_of(known_measurements(table.cube(), table.rows(), "customer_churn_rate"));
//   trend.line->slope;      // per period
//   trend.test->p->value;   // of no rise and no fall
//   trend_sentence(trend);  // "No change was detected over 30 periods: …"
//   trends_of(table.cube(), table.rows(), "customer_churn_rate");   // of every segment
//
// A metric is taken as what it was counted of, numerator over denominator, times one number (30 for exposure rates).
// What it was counted of says how it is treated:
//   counts, with an interval     a share: Laney p' chart, binomial change points
//   counts, without one          events over an exposure, or counts that do not come one by one: Laney u' chart,
//                                Poisson change points. Laney's correction takes the place of a distribution.
//   amounts of money, or negative counts   individuals chart by moving ranges, no change points
// Its slope is Theil and Sen's and its test Mann and Kendall's; within seasons from three whole seasons on (36 months),
// if there are two values a season or more, with the covariances of the months from ten years on. Else the test is
// corrected for autocorrelation of up to three lags where that makes it less sure; correction the other way, which
// seasons bring about, is not taken.
// Seasonal indices begin with two seasons. Change points and what is detectable count on the overdispersion that the
// chart found (the square of its sigma_z, at least 1).
//
// A metric that is no fixed multiple of one count over another (ltv, the annualised rate) has no trend of its own: look
// at those that it is made of.
//
// Trailing windows that are longer than a period share days, and with them departures: neighbours are alike without
// any reason, and test, limits and change points are too sure (`overlapping`). For a trend, take windows no longer
// than the periods.
//
// O(n^2) for n periods in time and memory, of the slopes between all pairs: 5,000 days take some 2 s and 100 MB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/metric/measure.hpp>
#include <churn/stats/change_point.hpp>
#include <churn/stats/control_chart.hpp>
#include <churn/stats/detectable_change.hpp>
#include <churn/stats/mann_kendall.hpp>
#include <churn/stats/seasonality.hpp>
#include <churn/stats/series.hpp>
#include <churn/stats/theil_sen.hpp>

namespace churn::inline v0 {

/// How a trend is looked for.
struct TrendRule {
  std::size_t season{12};   ///< periods of a year; 0: there are no seasons
  double confidence{0.95};  ///< of the slope's interval, change points, and autocorrelations that count
  ChartRule chart{};        ///< limits and runs of the control chart
  DetectionRule
      detection{};  ///< its level also decides what counts as detected; its overdispersion is replaced
};

/// The periods after which seasons come again: 12 months, 4 quarters, 52 weeks, 7 days; 0 for other periods.
[[nodiscard]] std::size_t season_of(PeriodKind kind) noexcept;

/// What one metric of one segment did.
struct Trend {
  Series series;    ///< what was counted
  double scale{1};  ///< a value is scale x numerator / denominator; the members below are without it
  ChartKind kind{ChartKind::individuals};  ///< share, events over an exposure, or amounts
  std::size_t season{12};                  ///< periods of a year; 0: there are no seasons
  bool seasonal{false};                    ///< whether slope and test compare only equal seasons
  double overdispersion{1};           ///< by which counts vary more than chance, as a variance; at least 1
  std::optional<TheilSen> line{};     ///< slope a period; empty: too few values
  std::optional<MannKendall> test{};  ///< of no rise and no fall; empty: too few values
  SeasonalIndices indices{};          ///< empty without seasons; else `gap` says why there are none
  std::optional<SeasonalityTest> seasonality{};  ///< by ranks
  std::optional<ControlChart> chart{};  ///< empty: no period has a value, or for amounts no two side by side
  std::optional<ChangePoints> changes{};  ///< of counts only
  /// The smallest that would hardly have been missed; empty: fewer than three values, or all on one line.
  std::optional<DetectableSlope> detectable_slope{};
  /// Of a share: the last period that has a value against all before it.
  std::optional<DetectableChange> detectable_change{};
  bool slope_detected{false};   ///< p below the level
  bool change_detected{false};  ///< p below the level, a signal, or more than one level
  bool overlapping{false};      ///< of trailing windows that share days; set by trends_of
};

/// Of a series whose kind is known. Throws Error(bad_number) for counts that the kind can't have and for what the
/// statistics refuse.
[[nodiscard]] Trend trend_of(SeriesView series, ChartKind kind, TrendRule rule = {});

/// Of one metric of one segment, in order of the periods, empty where a period is not to count. Throws
/// Error(bad_number) for a metric that is no fixed multiple of one count over another.
[[nodiscard]] Trend trend_of(const std::vector<std::optional<Measurement>>& periods, TrendRule rule = {});

/// The measurements of a metric and segment, one a period of the cube; empty where the period is not complete. Throws
/// Error(unknown_name) if no row is of that metric, Error(out_of_range) for a segment that the cube has not.
[[nodiscard]] std::vector<std::optional<Measurement>> known_measurements(const MovementCube& cube,
                                                                         const std::vector<MeasuredRow>& rows,
                                                                         std::string_view metric,
                                                                         std::size_t segment = 0);

/// One a segment of the cube, in its order, with the seasons of its periods. Throws what the functions above throw.
[[nodiscard]] std::vector<Trend> trends_of(const MovementCube& cube, const std::vector<MeasuredRow>& rows,
                                           std::string_view metric, TrendRule rule = {});

/// Columns: period, value, centre, low, high, signal; a row a period. `periods` are their first days; throws
/// Error(out_of_range) unless there is one for each.
[[nodiscard]] Table trend_table(const Trend& trend, const std::vector<Date>& periods);

/// What a table of trends holds.
enum class TrendColumns : std::uint8_t {
  chart,  ///< those of trend_table
  /// Also seasonal_index (1 is an average season) and level (the rate between two change points), and of the whole
  /// series, the same in every row, slope, slope_low, slope_high, p and finding.
  all,
};

/// The same of every segment, the columns of its label in front.
[[nodiscard]] Table trends_table(const MovementCube& cube, const std::vector<Trend>& trends,
                                 TrendColumns columns = TrendColumns::chart);

/// How numbers are told in a sentence.
enum class TrendUnit : std::uint8_t {
  plain,   ///< as they are
  percent  ///< values in percent, slopes in percentage points
};

/// The finding in a sentence or more, also where it is that there is none: slope and p, change points, periods
/// outside of the noise, else what would have been missed. With the first days of the periods it names them, else
/// it counts them from 1. Shares may be told in percent and slopes in percentage points. Throws
/// Error(out_of_range) for days unless there is one for each.
[[nodiscard]] std::string trend_sentence(const Trend& trend, const std::vector<Date>& periods = {},
                                         TrendUnit unit = TrendUnit::plain);

}  // namespace churn::inline v0
