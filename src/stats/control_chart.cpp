#include <churn/stats/control_chart.hpp>

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "stats/maths_policy.hpp"
#include "stats/observed.hpp"
#include "stats/pooled.hpp"

namespace churn::inline v0 {

namespace {

/// Mean range of two normal variates of standard deviation 1, as control charts round it.
constexpr double range_of_two = 1.128;
/// Below this, a sigma_z is what rounding left of 0.
constexpr double no_sigma = 1e-9;

void require_rule(const ChartRule& rule) {
  if (!(rule.sigmas > 0 && std::isfinite(rule.sigmas)))
    throw Error(ErrorCode::bad_number,
                "Limits of a control chart are some sigmas above 0 away from the centre.");
}

/// Mean of |x_i - x_(i-1)| over periods side by side, by range_of_two; empty without such.
std::optional<double> sigma_of_moving_range(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  double count = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (!values[i - 1] || !values[i]) continue;
    sum += std::abs(*values[i] - *values[i - 1]);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count / range_of_two;
}

/// Of 1.35 in a thousand and two-sided twice that, for three sigmas.
double upper_normal_tail(double sigmas) {
  return boost::math::erfc(sigmas / std::numbers::sqrt2, MathsPolicy{}) / 2;
}

/// What a few counts do, whose distribution is no normal one.
struct FewCounts {
  ChartKind kind;
  double centre;
  double rest;  ///< 1 - centre, of shares
  double rare;  ///< chance beyond a limit of a normal variate

  [[nodiscard]] double events(const Ratio& counts) const {
    return centre * static_cast<double>(counts.denominator);
  }
  /// Of a rate there may be any number that did not happen.
  [[nodiscard]] double others(const Ratio& counts) const {
    return kind == ChartKind::p ? rest * static_cast<double>(counts.denominator)
                                : std::numeric_limits<double>::infinity();
  }

  /// Whether a value on this side of the centre is what happens more often than not: none, where fewer than one is
  /// expected.
  [[nodiscard]] bool says_nothing(const Ratio& counts, int side) const {
    return (side < 0 ? events(counts) : others(counts)) < 1;
  }

  /// Whether so many events, or so few, are as rare as a limit promises.
  [[nodiscard]] bool is_rare(const Ratio& counts, int side) const {
    constexpr double few = 5;
    if (events(counts) >= few && others(counts) >= few) return true;
    const auto x = static_cast<double>(counts.numerator);
    const auto n = static_cast<double>(counts.denominator);
    if (kind == ChartKind::u) {
      if (side > 0) return x > 0 && boost::math::gamma_p(x, events(counts), MathsPolicy{}) <= rare;
      return boost::math::gamma_q(x + 1, events(counts), MathsPolicy{}) <= rare;
    }
    if (side > 0) return x > 0 && boost::math::ibeta(x, n - x + 1, centre, MathsPolicy{}) <= rare;
    return x < n && boost::math::ibetac(x + 1, n - x, centre, MathsPolicy{}) <= rare;
  }
};

/// Marks values beyond their limits, and runs. A value less than `margin` from the centre is at it. `series` and `few`
/// are there for counts.
void mark(ControlChart& chart, std::size_t run, double margin, SeriesView series = {},
          const FewCounts* few = nullptr) {
  std::size_t length = 0;
  int side = 0;
  for (std::size_t i = 0; i < chart.points.size(); ++i) {
    ChartPoint& point = chart.points[i];
    if (!point.value) continue;
    const double off = *point.value - chart.centre;
    int now = (off > margin ? 1 : 0) - (off < -margin ? 1 : 0);
    if (few != nullptr && few->says_nothing(*series[i], now)) now = 0;
    length = now != 0 && now == side ? length + 1 : 1;
    side = now;
    if (side == 0) continue;
    const bool beyond = side > 0 ? *point.value > point.limits->high : *point.value < point.limits->low;
    if (beyond && (few == nullptr || few->is_rare(*series[i], side)))
      point.signal = side > 0 ? Signal::high : Signal::low;
    else if (run > 0 && length >= run)
      point.signal = side > 0 ? Signal::run_high : Signal::run_low;
  }
}

/// p and u charts differ in the variance of a period and in whether 1 is a limit.
std::optional<ControlChart> chart_of_counts(SeriesView series, const ChartRule& rule, ChartKind kind) {
  require_rule(rule);
  Ratio all{0, 0};
  for (const auto& period : series) {
    if (!period) continue;
    kind == ChartKind::p ? require_proportion(*period) : require_exposure(*period);
    if (period->denominator != 0) add(all, *period);
  }
  if (all.denominator == 0) return std::nullopt;
  ControlChart chart{kind, *all.value(), 1, std::vector<ChartPoint>(series.size())};
  const bool share = kind == ChartKind::p;
  const double rest =
      share ? static_cast<double>(all.denominator - all.numerator) / static_cast<double>(all.denominator) : 1;
  std::vector<double> sigma(series.size(), 0.0);
  std::vector<std::optional<double>> z(series.size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    chart.points[i].value = series[i] ? series[i]->value() : std::nullopt;
    if (!chart.points[i].value) continue;
    sigma[i] = std::sqrt(chart.centre * rest / static_cast<double>(series[i]->denominator));
    if (sigma[i] > 0) z[i] = (*chart.points[i].value - chart.centre) / sigma[i];
  }
  const auto sigma_z = rule.laney ? sigma_of_moving_range(z) : std::nullopt;
  if (sigma_z && *sigma_z > no_sigma) chart.sigma_z = *sigma_z;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!chart.points[i].value) continue;
    const double width = rule.sigmas * chart.sigma_z * sigma[i];
    const double high = chart.centre + width;
    chart.points[i].limits =
        Interval{std::max(0.0, chart.centre - width), share ? std::min(1.0, high) : high};
  }
  const FewCounts few{kind, chart.centre, rest, upper_normal_tail(rule.sigmas)};
  mark(chart, rule.run, chart.centre * 1e-12, series, &few);
  return chart;
}

}  // namespace

std::string_view chart_name(ChartKind kind) noexcept {
  switch (kind) {
    case ChartKind::p: return "p";
    case ChartKind::u: return "u";
    case ChartKind::individuals: break;
  }
  return "individuals";
}

std::string_view signal_name(Signal signal) noexcept {
  switch (signal) {
    case Signal::high: return "high";
    case Signal::low: return "low";
    case Signal::run_high: return "run_high";
    case Signal::run_low: return "run_low";
    case Signal::none: break;
  }
  return "";
}

std::optional<ControlChart> p_chart(SeriesView series, ChartRule rule) {
  return chart_of_counts(series, rule, ChartKind::p);
}

std::optional<ControlChart> u_chart(SeriesView series, ChartRule rule) {
  return chart_of_counts(series, rule, ChartKind::u);
}

std::optional<ControlChart> individuals_chart(SeriesView series, ChartRule rule) {
  require_rule(rule);
  const auto values = values_of(series);
  const auto sigma = sigma_of_moving_range(values);
  if (!sigma) return std::nullopt;
  double sum = 0;
  double count = 0;
  double largest = 0;
  for (const auto& value : values) {
    if (!value) continue;
    sum += *value;
    ++count;
    largest = std::max(largest, std::abs(*value));
  }
  ControlChart chart{ChartKind::individuals, sum / count, 1, std::vector<ChartPoint>(series.size())};
  for (std::size_t i = 0; i < values.size(); ++i) {
    chart.points[i].value = values[i];
    if (values[i])
      chart.points[i].limits =
          Interval{chart.centre - rule.sigmas * *sigma, chart.centre + rule.sigmas * *sigma};
  }
  mark(chart, rule.run, largest * 1e-12);
  return chart;
}

}  // namespace churn::inline v0
