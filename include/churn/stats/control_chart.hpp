// Control charts: which periods differ from noise, and which are only what such counts do.
//
//   chart        value      centre                 sigma of a period          for
//   p (Laney p') x / n      sum x / sum n = p      sqrt(p (1 - p) / n)        shares: customers lost of those present
//   u (Laney u') x / n      sum x / sum n = u      sqrt(u / n)                events per exposure: departures per day
//   individuals  x / n      mean of the values     mean moving range / 1.128  ratios of money
//
// Laney's correction: with z = (value - centre) / sigma of each period, sigma_z = mean of |z_i - z_(i-1)| / 1.128,
// and limits are centre +- 3 sigma_z sigma. It is about 1 where counts vary as chance alone makes them, larger where
// months differ more than that, which is usual for a base of thousands and makes plain p charts cry wolf.
//
// Signals, of the rules of Western Electric the two that need no zones:
//   high, low          the value is beyond a limit
//   run_high, run_low  the value is one of the eighth or a later period in a row on that side of the centre
// A value beyond a limit is no run as well. A value at the centre ends a run; a period without a value neither ends
// nor lengthens it, and no moving range goes across it.
//
// A few counts are not normal: of 0.08 expected, a single one is beyond the upper limit, and none at all is below the
// centre eleven times in twelve. So where fewer than five are expected to leave, or to stay, a value beyond a limit is
// a signal only if the binomial distribution (of u charts Poisson's) has as much or more no more often than a normal
// one is beyond its limit; and where fewer than one is expected, none of them is at the centre as far as runs go.
//
// Limits are cut at 0, and of a p chart at 1. Where no rate ever moves from one period to the next (sigma_z = 0, or
// no two periods side by side), sigma_z says nothing and 1 is taken: the limits are those of the plain chart. Where
// the centre is 0 or 1 every value is at the centre, with the limits; so it is of individuals that never move. A
// sigma_z of fewer than some twenty periods is rough.
//
// Source: D. B. Laney, "Improved control charts for attributes", Quality Engineering 14 (2002) 531-537,
// doi:10.1081/QEN-120003555; Western Electric Co., Statistical Quality Control Handbook (1956). O(n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <churn/stats/interval.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

/// What values are, and by what they vary.
enum class ChartKind : std::uint8_t {
  p,           ///< shares; Laney p'
  u,           ///< events over an exposure; Laney u'
  individuals  ///< ratios of money, say
};
/// What makes a period differ from noise.
enum class Signal : std::uint8_t {
  none,      ///< nothing
  high,      ///< above the upper limit
  low,       ///< below the lower limit
  run_high,  ///< in a row of values above the centre
  run_low    ///< in a row of values below the centre
};

/// `p`, `u`, `individuals`.
[[nodiscard]] std::string_view chart_name(ChartKind kind) noexcept;
/// "" for none, `high`, `low`, `run_high`, `run_low`.
[[nodiscard]] std::string_view signal_name(Signal signal) noexcept;

/// What counts as a signal.
struct ChartRule {
  double sigmas{3};    ///< from the centre to a limit
  std::size_t run{8};  ///< periods in a row on one side that are a signal; 0: runs are none
  bool laney{true};    ///< false: the plain p and u chart
};

/// One period of a chart.
struct ChartPoint {
  std::optional<double> value;     ///< empty where the period has none; then so are the limits
  std::optional<Interval> limits;  ///< centre +- sigmas; of p and u charts cut at 0, of p at 1
  Signal signal{Signal::none};     ///< what makes it differ from noise
};

/// A series with its limits, and the periods that are beyond these.
struct ControlChart {
  ChartKind kind;  ///< what the values are
  double centre;   ///< of p and u sum of numerators / sum of denominators; of individuals the mean value
  double sigma_z;  ///< as used: 1 for a plain chart and where it could not be had
  std::vector<ChartPoint> points;  ///< one a period of the series
};

/// Empty if no period has a value. Throws Error(bad_number) for a period that is no proportion and for sigmas not
/// above 0, Error(overflow) where sums of counts leave 64 bits.
[[nodiscard]] std::optional<ControlChart> p_chart(SeriesView series, ChartRule rule = {});

/// The same for events over an exposure, which may be above 1.
[[nodiscard]] std::optional<ControlChart> u_chart(SeriesView series, ChartRule rule = {});

/// Of values that are no counts; limits are the same for all periods and not cut. Empty unless two periods side by
/// side have a value.
[[nodiscard]] std::optional<ControlChart> individuals_chart(SeriesView series, ChartRule rule = {});

}  // namespace churn::inline v0
