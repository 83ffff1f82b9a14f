#include <churn/metric/trend.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "stats/wording.hpp"

namespace churn::inline v0 {

namespace {

constexpr std::size_t seasons_of_a_seasonal_test = 3;
constexpr std::size_t values_of_a_season = 2;
constexpr std::size_t seasons_of_covariances = 10;
constexpr std::size_t lags = 3;

std::optional<ControlChart> chart_of(SeriesView series, ChartKind kind, const ChartRule& rule) {
  switch (kind) {
    case ChartKind::p: return p_chart(series, rule);
    case ChartKind::u: return u_chart(series, rule);
    case ChartKind::individuals: break;
  }
  return individuals_chart(series, rule);
}

std::optional<MannKendall> test_of(SeriesView series, bool seasonal, const TrendRule& rule) {
  if (!seasonal) {
    auto corrected = autocorrelated_mann_kendall(series, {rule.confidence, lags});
    // Months that take turns, or a season, would make the test surer than independent months are.
    return corrected && corrected->variance_factor > 1 ? corrected : mann_kendall(series);
  }
  const bool many = series.size() / rule.season >= seasons_of_covariances;
  return seasonal_mann_kendall(series, rule.season,
                               many ? SeasonsOfAYear::correlated : SeasonsOfAYear::independent);
}

/// The last period that has a value, against all before it.
std::optional<DetectableChange> against_the_past(SeriesView series, const DetectionRule& rule) {
  Ratio before{0, 0};
  std::optional<Ratio> last;
  for (const auto& period : series) {
    if (!period || period->denominator == 0) continue;
    if (last)
      before = {checked_add(before.numerator, last->numerator),
                checked_add(before.denominator, last->denominator)};
    last = period;
  }
  if (!last) return std::nullopt;
  return detectable_change(before, last->denominator, rule);
}

/// What was counted; of an amount over nothing the amount alone.
Ratio counted(const Measurement& measurement) {
  return {measurement.numerator, measurement.denominator_unit == Unit::none ? 1 : measurement.denominator};
}

ChartKind kind_of(const std::vector<std::optional<Measurement>>& periods) {
  bool share = true;
  for (const auto& period : periods) {
    if (!period) continue;
    if (period->numerator_unit != Unit::count || period->denominator_unit != Unit::count ||
        period->numerator < 0)
      return ChartKind::individuals;
    share = share && (period->interval || period->denominator == 0);
  }
  return share ? ChartKind::p : ChartKind::u;
}

/// What a value is a multiple of its ratio by; the same for all.
double scale_of(const std::vector<std::optional<Measurement>>& periods) {
  std::optional<double> scale;
  for (const auto& period : periods) {
    if (!period || !period->value) continue;
    const auto ratio = counted(*period).value();
    const double multiple = ratio && *ratio != 0 ? *period->value / *ratio : scale.value_or(1);
    const bool zero_for_zero = ratio && (*ratio != 0 || *period->value == 0);
    if (!zero_for_zero || (scale && std::abs(multiple - *scale) > 1e-9 * std::abs(*scale)))
      throw Error(
          ErrorCode::bad_number,
          "The metric is no fixed multiple of one count over another, so a trend of its counts would not "
          "be its own. Look at the metrics that it is made of.");
    if (*ratio != 0) scale = multiple;
  }
  return scale.value_or(1);
}

/// Segment by period.
std::vector<std::vector<std::optional<Measurement>>> known_of_every_segment(
    const MovementCube& cube, const std::vector<MeasuredRow>& rows, std::string_view metric) {
  std::vector<std::vector<std::optional<Measurement>>> periods(
      cube.segments().size(), std::vector<std::optional<Measurement>>(cube.grid().size()));
  bool known = false;
  for (const MeasuredRow& row : rows) {
    if (row.metric != metric) continue;
    known = true;
    if (cube.status(row.period).complete) periods.at(row.segment).at(row.period) = row.measurement;
  }
  if (!known)
    throw Error(ErrorCode::unknown_name, "No row is of a metric called \"" + std::string(metric) + "\".");
  return periods;
}

Cell scaled_cell(const std::optional<double>& value, double scale) {
  return value ? Cell{*value * scale} : Cell{};
}

/// Whether the windows of a trailing cube share a tenth of their days and more. Those of 30 days at the ends of months
/// share two at the end of February, which is as good as none.
bool windows_overlap(const MovementCube& cube) {
  if (!cube.trailing_days()) return false;
  std::int64_t days = 0;
  std::int64_t shared = 0;
  for (std::size_t p = 1; p < cube.grid().size(); ++p) {
    const Date end_before = cube.span(p - 1).last();
    const Period window = cube.span(p);
    days += window.length_in_days();
    if (window.first() < end_before) shared += end_before.days() - window.first().days();
  }
  return 10 * shared >= days && shared > 0;
}

/// Periods that no test finds a slope over.
constexpr std::size_t fewest_periods = 5;

class TrendWords {
 public:
  TrendWords(const Trend& trend, const std::vector<Date>& periods, TrendUnit unit)
      : trend_(trend), periods_(periods), percent_(unit == TrendUnit::percent) {}

  [[nodiscard]] std::string all() const {
    if (periods_with_value(trend_.series) < fewest_periods)
      return "There are too few periods with a value to tell a trend: it takes " +
             std::to_string(fewest_periods) + "." + levels() + signals();
    return slope() + levels() + signals() +
           (trend_.overlapping ? " The windows overlap, so all of this is less sure than it looks." : "");
  }

 private:
  [[nodiscard]] std::string change(double slope) const {
    return three_digits(slope * trend_.scale * (percent_ ? 100 : 1)) + (percent_ ? " points" : "") +
           " a period";
  }
  [[nodiscard]] std::string level(double rate) const {
    return three_digits(rate * trend_.scale * (percent_ ? 100 : 1)) + (percent_ ? " %" : "");
  }
  [[nodiscard]] std::string name_of(std::size_t period) const {
    return periods_.empty() ? "period " + std::to_string(period + 1) : periods_[period].to_string();
  }

  [[nodiscard]] std::string slope() const {
    const double slope = trend_.line->slope;
    const std::string over = " over " + std::to_string(periods_with_value(trend_.series)) + " periods";
    const std::string p = trend_.test && trend_.test->p ? p_in_words(*trend_.test->p) : "";
    if (trend_.slope_detected && slope == 0)  // as where most days are without a departure
      return "It " + std::string(trend_.test->s < 0 ? "falls" : "rises") + over + " (" + p +
             "), though the slope in the middle of all is 0.";
    if (trend_.slope_detected)
      return "It " + std::string(slope < 0 ? "falls" : "rises") + " by " + change(std::abs(slope)) + over +
             " (" + p + ").";
    std::string text = std::string("No ") + (trend_.change_detected ? "slope" : "change") + " was detected" +
                       over + ": the slope is " + change(slope) + (p.empty() ? "" : " (" + p + ")") + ".";
    if (trend_.detectable_slope)
      text += " A slope of less than " + change(trend_.detectable_slope->slope) + " would have been missed.";
    return text;
  }

  [[nodiscard]] std::string levels() const {
    if (!trend_.changes || trend_.changes->levels.size() < 2) return "";
    const std::vector<Level>& levels = trend_.changes->levels;
    std::string text = " Its level was " + level(levels.front().rate);
    for (std::size_t i = 1; i < levels.size(); ++i)
      text +=
          (i == 1 ? " and became " : ", then ") + level(levels[i].rate) + " with " + name_of(levels[i].first);
    return text + ".";
  }

  [[nodiscard]] std::string signals() const {
    constexpr std::size_t most = 6;
    if (!trend_.chart) return "";
    const auto& points = trend_.chart->points;
    std::string text;
    std::size_t found = 0;
    for (std::size_t p = 0; p < points.size(); ++p) {
      const Signal signal = points[p].signal;
      if (signal == Signal::none) continue;
      const std::size_t first = p;
      if (signal == Signal::run_high || signal == Signal::run_low)  // a run is one finding
        while (p + 1 < points.size() && points[p + 1].signal == signal) ++p;
      if (++found > most) continue;
      text += (text.empty() ? " Outside of the noise: " : ", ") + name_of(first) +
              (p > first ? " to " + name_of(p) : "") + " (" + words(signal) + ")";
    }
    if (text.empty()) return "";
    return text + (found > most ? " and " + std::to_string(found - most) + " more" : "") + ".";
  }

  static const char* words(Signal signal) {
    switch (signal) {
      case Signal::high: return "high";
      case Signal::low: return "low";
      case Signal::run_high: return "in a run above the centre";
      default: return "in a run below the centre";
    }
  }

  const Trend& trend_;
  const std::vector<Date>& periods_;
  bool percent_;
};

}  // namespace

Trend trend_of(SeriesView series, ChartKind kind, TrendRule rule) {
  Trend trend;
  trend.series.assign(series.begin(), series.end());
  trend.kind = kind;
  trend.season = rule.season;
  if (rule.season == 1) throw Error(ErrorCode::bad_number, "A year has at least two seasons.");
  // A segment that was there for a few weeks of four years has no two values of one season: then all are compared.
  trend.seasonal = rule.season > 0 && series.size() / rule.season >= seasons_of_a_seasonal_test &&
                   periods_with_value(series) / rule.season >= values_of_a_season;
  trend.chart = chart_of(series, kind, rule.chart);
  if (trend.chart) trend.overdispersion = std::max(1.0, trend.chart->sigma_z * trend.chart->sigma_z);
  rule.detection.overdispersion = trend.overdispersion;
  trend.line = trend.seasonal ? seasonal_theil_sen(series, rule.season, rule.confidence)
                              : theil_sen(series, rule.confidence);
  trend.test = test_of(series, trend.seasonal, rule);
  if (rule.season > 0) {
    trend.indices = seasonal_indices(series, rule.season);
    trend.seasonality = seasonality_by_ranks(series, rule.season);
  }
  if (kind != ChartKind::individuals) {
    ChangeRule changes;
    changes.model = kind == ChartKind::p ? CountModel::binomial : CountModel::poisson;
    changes.overdispersion = trend.overdispersion;
    changes.confidence = rule.confidence;
    trend.changes = change_points(series, changes);
  }
  trend.detectable_slope =
      detectable_slope(series, rule.detection, trend.test ? std::max(1.0, trend.test->variance_factor) : 1);
  if (kind == ChartKind::p) trend.detectable_change = against_the_past(series, rule.detection);

  trend.slope_detected = trend.test && trend.test->p && trend.test->p->value < rule.detection.level;
  const bool steps = trend.changes && trend.changes->levels.size() > 1;
  const bool signals =
      trend.chart && std::any_of(trend.chart->points.begin(), trend.chart->points.end(),
                                 [](const ChartPoint& point) { return point.signal != Signal::none; });
  trend.change_detected = trend.slope_detected || steps || signals;
  return trend;
}

Trend trend_of(const std::vector<std::optional<Measurement>>& periods, TrendRule rule) {
  const double scale = scale_of(periods);
  Series series;
  for (const auto& period : periods) {
    if (period && period->value)
      series.emplace_back(counted(*period));
    else
      series.emplace_back(std::nullopt);
  }
  Trend trend = trend_of(series, kind_of(periods), rule);
  trend.scale = scale;
  return trend;
}

std::size_t season_of(PeriodKind kind) noexcept {
  switch (kind) {
    case PeriodKind::day: return 7;
    case PeriodKind::week: return 52;
    case PeriodKind::month: return 12;
    case PeriodKind::quarter: return 4;
    default: return 0;
  }
}

std::vector<std::optional<Measurement>> known_measurements(const MovementCube& cube,
                                                           const std::vector<MeasuredRow>& rows,
                                                           std::string_view metric, std::size_t segment) {
  if (segment >= cube.segments().size())
    throw Error(ErrorCode::out_of_range, "The cube has no segment of that number.");
  return std::move(known_of_every_segment(cube, rows, metric)[segment]);
}

std::vector<Trend> trends_of(const MovementCube& cube, const std::vector<MeasuredRow>& rows,
                             std::string_view metric, TrendRule rule) {
  rule.season = season_of(cube.grid().kind());
  const auto periods = known_of_every_segment(cube, rows, metric);
  std::vector<Trend> trends;
  trends.reserve(periods.size());
  const bool overlapping = windows_overlap(cube);
  for (const auto& segment : periods) trends.emplace_back(trend_of(segment, rule)).overlapping = overlapping;
  return trends;
}

Table trend_table(const Trend& trend, const std::vector<Date>& periods) {
  if (periods.size() != trend.series.size())
    throw Error(ErrorCode::out_of_range, "A table of a trend needs the first day of each of its periods.");
  Table table{{"period", "value", "centre", "low", "high", "signal"}, {}};
  const auto values = values_of(trend.series);
  for (std::size_t i = 0; i < periods.size(); ++i) {
    std::vector<Cell> row{periods[i], scaled_cell(values[i], trend.scale), {}, {}, {}, {}};
    if (trend.chart) {
      const ChartPoint& point = trend.chart->points[i];
      row[2] = trend.chart->centre * trend.scale;
      if (point.limits) {
        row[3] = point.limits->low * trend.scale;
        row[4] = point.limits->high * trend.scale;
      }
      if (point.signal != Signal::none) row[5] = std::string(signal_name(point.signal));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

namespace {

/// The rate between the change points around a period.
Cell level_at(const Trend& trend, std::size_t period) {
  if (!trend.changes) return {};
  for (const Level& level : trend.changes->levels)
    if (level.first <= period && period < level.end) return level.rate * trend.scale;
  return {};
}

/// What is behind the columns of the chart, of one period.
void add_findings(std::vector<Cell>& row, const Trend& trend, std::size_t period,
                  const std::string& sentence) {
  row.push_back(trend.indices.index.empty() ? Cell{} : trend.indices.index[period % trend.season]);
  row.push_back(level_at(trend, period));
  const auto interval = trend.line ? trend.line->slope_interval : std::nullopt;
  row.push_back(trend.line ? trend.line->slope * trend.scale : Cell{});
  row.push_back(interval ? interval->low * trend.scale : Cell{});
  row.push_back(interval ? interval->high * trend.scale : Cell{});
  row.push_back(trend.test && trend.test->p ? trend.test->p->value : Cell{});
  row.emplace_back(sentence);
}

}  // namespace

Table trends_table(const MovementCube& cube, const std::vector<Trend>& trends, TrendColumns columns) {
  if (trends.size() != cube.segments().size())
    throw Error(ErrorCode::out_of_range, "A table of trends needs one for each segment of the cube.");
  const std::vector<Date> days = cube.grid().first_days();
  Table table{cube.segment_names(), {}};
  for (const char* name : {"period", "value", "centre", "low", "high", "signal"})
    table.columns.emplace_back(name);
  if (columns == TrendColumns::all)
    for (const char* name : {"seasonal_index", "level", "slope", "slope_low", "slope_high", "p", "finding"})
      table.columns.emplace_back(name);
  for (std::size_t s = 0; s < trends.size(); ++s) {
    const Label& label = cube.segments()[s];
    Table of_segment = trend_table(trends[s], days);
    const std::string sentence = trend_sentence(trends[s], days);
    for (std::size_t p = 0; p < of_segment.rows.size(); ++p) {
      std::vector<Cell>& cells = of_segment.rows[p];
      cells.insert(cells.begin(), label.begin(), label.end());
      if (columns == TrendColumns::all) add_findings(cells, trends[s], p, sentence);
      table.rows.push_back(std::move(cells));
    }
  }
  return table;
}

std::string trend_sentence(const Trend& trend, const std::vector<Date>& periods, TrendUnit unit) {
  if (!periods.empty() && periods.size() != trend.series.size())
    throw Error(ErrorCode::out_of_range, "A trend's sentence needs the first day of each of its periods.");
  return TrendWords{trend, periods, unit}.all();
}

}  // namespace churn::inline v0
