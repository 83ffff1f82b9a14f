#include "report/statistics.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <churn/forecast/forecast_backtest.hpp>
#include <churn/forecast/mrr_forecast.hpp>
#include <churn/metric/trend.hpp>
#include <churn/report/forecast_chart.hpp>
#include <churn/report/survival_chart.hpp>
#include <churn/report/trend_chart.hpp>
#include <churn/survival/kaplan_meier.hpp>
#include <churn/survival/log_rank.hpp>

#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

using namespace words;

constexpr std::array<std::pair<const char*, std::string_view>, 3> charted_rates{
    {{"Customer churn", CustomerChurnRate::name},
     {"Gross MRR churn", GrossMrrChurnRate::name},
     {"Net MRR churn", NetMrrChurnRate::name}}};

/// A slope of a share, in percentage points.
std::string points(double slope) { return percent(slope, 2); }

std::string levels_of(const Trend& trend, const std::vector<Date>& days) {
  if (!trend.changes || trend.changes->levels.size() < 2) return undefined;
  const std::vector<Level>& levels = trend.changes->levels;
  std::string text = percent(levels.front().rate * trend.scale);
  for (std::size_t i = 1; i < levels.size(); ++i)
    text += ", " + percent(levels[i].rate * trend.scale) + " from " + days[levels[i].first].to_string();
  return text;
}

std::string signals_of(const Trend& trend, const std::vector<Date>& days) {
  constexpr std::size_t most = 3;
  std::string text;
  std::size_t found = 0;
  for (std::size_t p = 0; trend.chart && p < trend.chart->points.size(); ++p) {
    const Signal signal = trend.chart->points[p].signal;
    if (signal != Signal::high && signal != Signal::low) continue;
    if (++found <= most)
      text += (text.empty() ? "" : ", ") + days[p].to_string() + (signal == Signal::high ? " high" : " low");
  }
  if (text.empty()) return undefined;
  return text + (found > most ? " and " + std::to_string(found - most) + " more" : "");
}

/// `71.2 %` and its interval, or nothing where it is not known so far.
void add_share(std::vector<ReportCell>& row, const SurvivalCurve& curve, std::int32_t day) {
  const auto at = curve.row_at(day);
  row.push_back({at ? percent(at->survival) : undefined});
  row.push_back({at ? range(at->interval) : undefined});
}

/// `120 to 300`, and where the curve ends before an end of the interval, `from 120 on` or `up to 300`.
std::string span_of(const std::optional<double>& low, const std::optional<double>& high) {
  if (low && high) return shortest(*low) + " to " + shortest(*high);
  if (low) return "from " + shortest(*low) + " on";
  return high ? "up to " + shortest(*high) : undefined;
}

std::vector<ReportCell> stays(const std::string& label, const SurvivalCurve& curve) {
  std::vector<ReportCell> row{{label}, {std::to_string(curve.spells)}, {std::to_string(curve.events)}};
  for (const std::int32_t day : {90, 365}) add_share(row, curve, day);
  const SurvivalQuantile median = survival_quantile(curve);
  const auto days = [](const std::optional<double>& time) { return time ? shortest(*time) : undefined; };
  row.push_back({days(median.time)});
  row.push_back({median.time ? span_of(median.low, median.high) : undefined});
  return row;
}

}  // namespace

ReportSection trend_section(const Book& book, const PeriodGrid& whole, std::size_t first, std::size_t end,
                            const ReportOptions& options) {
  const std::string period{period_kind_name(options.period)};
  ReportSection section{"Trend", "", {}, {}, {}};
  if (first == end) {
    section.note = "There is no complete period to show.";
    return section;
  }
  const PeriodGrid grid{options.period, whole[first].first(), whole[end - 1].last()};
  const std::vector<Date> days = grid.first_days();
  const auto table = measure(book)
                         .over(grid)
                         .where(options.where)
                         .threads(options.threads)
                         .compute(CustomerChurnRate{}, GrossMrrChurnRate{}, NetMrrChurnRate{});
  const MovementCube& cube = table.cube();
  const auto rows = table.rows();
  TrendRule rule;
  rule.confidence = book.conventions().rate.confidence;
  bool any = false;
  bool overlapping = false;
  for (const auto& [title, metric] : charted_rates) {
    const Trend trend = trends_of(cube, rows, metric, rule).front();
    const auto& line = trend.line;
    const bool unseen = !trend.slope_detected && trend.detectable_slope;
    section.rows.push_back(
        {{title},
         {std::to_string(periods_with_value(trend.series))},
         {line ? points(line->slope * trend.scale) : undefined},
         {line && line->slope_interval ? points(line->slope_interval->low * trend.scale) + " to " +
                                             points(line->slope_interval->high * trend.scale)
                                       : undefined},
         {p_cell(trend.test ? trend.test->p : std::nullopt)},
         {unseen ? points(trend.detectable_slope->slope * trend.scale) : undefined},
         {levels_of(trend, days)},
         {signals_of(trend, days)}});
    any = any || trend.change_detected;
    overlapping = overlapping || trend.overlapping;
  }
  section.columns = {"",
                     period + "s",
                     "slope a " + period,
                     interval_name(rule.confidence),
                     "p",
                     "would be missed below",
                     "level",
                     "outside of noise"};
  section.right_aligned = {false, true, true, true, true, true, false, false};
  section.note =
      std::string(any ? "Something changed" : "No change was detected") + " over the complete " + period +
      "s. A slope is in percentage points; p is how often chance alone makes one as steep. Outside of "
      "noise is what a control chart marks.";
  if (overlapping) section.note += " The windows overlap, so all of this is less sure than it looks.";
  return section;
}

std::vector<Chart> trend_charts(const Book& book, const PeriodGrid& shown, const std::vector<Segmenter>& cuts,
                                const ReportOptions& options) {
  TrendRule rule;
  rule.confidence = book.conventions().rate.confidence;
  const PeriodGrid grid{options.period, shown.from(), shown.to()};  // whose seasons are known
  std::vector<Chart> charts;
  const auto add = [&](const Segmenter& cut) {
    const auto table = measure(book)
                           .over(grid)
                           .by(cut)
                           .where(options.where)
                           .threads(options.threads)
                           .compute(CustomerChurnRate{}, GrossMrrChurnRate{}, NetMrrChurnRate{});
    std::size_t i = 0;
    for (const auto& [title, metric] : charted_rates) {
      Chart chart = trend_chart(table.cube(), table.rows(), metric, title, rule);
      if (i < charts.size())
        add_segments(charts[i], chart);
      else
        charts.push_back(std::move(chart));
      ++i;
    }
  };
  add({});
  for (const Segmenter& cut : cuts) add(cut);
  return charts;
}

ReportSection survival_section(const Book& book, const ReportOptions& options) {
  constexpr std::size_t most_plans = 20;
  constexpr std::size_t most_curves = 6;
  const SurvivalOptions curve_options{SurvivalInterval::log_log, book.conventions().rate.confidence};
  FoldOptions fold_options;
  fold_options.where = options.where;
  fold_options.threads = options.threads;
  const std::string confidence = interval_name(curve_options.confidence);
  ReportSection section{
      "How long customers stay",
      "The share of first stays that last longer, counted with those that still go on "
      "(Kaplan-Meier), and the day by which half have left. A plan is that of the first day.",
      {"first plan", "stays", "ended", "90 days", confidence, "a year", confidence, "half left by day",
       confidence},
      {},
      {false, true, true, true, true, true, true, true, true}};
  NamedCurves curves{
      {"all", kaplan_meier(LifeTable::fold(book, {}, {}, fold_options), 0, {}, curve_options)}};
  section.rows.push_back(stays("all", curves.front().second));
  if (section.rows.front()[1].text == "0") {
    section.note = "No stay has been observed.";
    section.columns.clear();
    section.right_aligned.clear();
    section.rows.clear();
    return section;
  }
  const LifeTable by_plan = LifeTable::fold(book, by::primary_plan, {}, fold_options);
  if (by_plan.segments().size() < 2 || by_plan.segments().size() > most_plans) {
    section.charts = {survival_chart(curves), at_risk_chart(curves)};
    return section;
  }
  const GroupedRiskTables plans = grouped_risk_tables(by_plan);
  for (std::size_t s = 0; s < by_plan.segments().size(); ++s) {
    curves.emplace_back(by_plan.segments()[s].front(), kaplan_meier(plans.tables.front()[s], curve_options));
    section.rows.push_back(stays(curves.back().first, curves.back().second));
  }
  if (curves.size() > most_curves) curves.resize(1);  // more lines than one can tell apart
  section.charts = {survival_chart(curves), at_risk_chart(curves)};
  section.note += " " + log_rank_sentence(log_rank(plans.tables.front()));
  return section;
}

ReportSection forecast_section(const Book& book, const PeriodGrid& whole, const MovementCube& known,
                               const ReportOptions& options) {
  const std::string period{period_kind_name(options.period)};
  ReportSection section{"Forecast", "", {}, {}, {}};
  if (options.where.changes()) {
    section.note = "A part of what customers pay has no forecast: they may move in and out of it.";
    return section;
  }
  FoldOptions fold_options;
  fold_options.where = options.where;
  fold_options.threads = options.threads;
  ForecastRule rule;
  rule.confidence = book.conventions().rate.confidence;
  const MrrForecast forecast = forecast_mrr(book, whole, rule, fold_options);
  section.note = forecast_sentence(forecast);
  if (forecast.outcome != ForecastOutcome::known) return section;
  section.note += " " + backtest_sentence(backtest_forecast(book, whole, rule, {}, fold_options));
  const auto amount = [&](double minor_units) {
    return grouped(Money{static_cast<std::int64_t>(std::llround(minor_units)), forecast.currency});
  };
  for (const ForecastPeriod& at : forecast.periods) {
    if (!at.mrr) break;
    section.rows.push_back({{at.period.first().to_string()},
                            {amount(at.mrr->value)},
                            {amount(at.mrr->interval.low) + " to " + amount(at.mrr->interval.high)},
                            {at.existing ? amount(at.existing->value) : undefined},
                            {at.customers ? std::to_string(std::llround(at.customers->value)) : undefined}});
  }
  if (section.rows.empty()) return section;
  section.columns = {period + " from", "MRR at close", percent(rule.confidence, 0) + " interval",
                     "of today's customers", "customers"};
  section.right_aligned = {false, true, true, true, true};
  section.charts = {forecast_chart(forecast, known)};
  return section;
}

}  // namespace churn::inline v0
