#include "report/statistics.hpp"

#include <churn/metric/trend.hpp>

#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

using namespace words;

/// A slope of a share, in percentage points.
std::string points(double slope) { return percent(slope, 2); }

std::string words_of(const std::optional<PValue>& p) {
  if (!p) return undefined;
  if (p->value < 0.001) return "< 0.001";
  return shortest(std::round(p->value * 1000) / 1000);
}

std::string levels_of(const Trend& trend, const std::vector<Date>& days) {
  if (!trend.changes || trend.changes->levels.size() < 2) return undefined;
  const std::vector<Level>& levels = trend.changes->levels;
  std::string text = percent(levels.front().rate);
  for (std::size_t i = 1; i < levels.size(); ++i)
    text += ", " + percent(levels[i].rate) + " from " + days[levels[i].first].to_string();
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
  for (const auto& [title, metric] : {std::pair{"Customer churn", CustomerChurnRate::name},
                                      {"Gross MRR churn", GrossMrrChurnRate::name},
                                      {"Net MRR churn", NetMrrChurnRate::name}}) {
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
         {words_of(trend.test ? trend.test->p : std::nullopt)},
         {unseen ? points(trend.detectable_slope->slope * trend.scale) : undefined},
         {levels_of(trend, days)},
         {signals_of(trend, days)}});
    any = any || trend.change_detected;
  }
  section.columns = {"",
                     period + "s",
                     "slope a " + period,
                     percent(rule.confidence, 0) + " interval",
                     "p",
                     "would be missed below",
                     "level",
                     "outside of noise"};
  section.right_aligned = {false, true, true, true, true, true, false, false};
  section.note =
      std::string(any ? "Something changed" : "No change was detected") + " over the complete " + period +
      "s. A slope is in percentage points; p is how often chance alone makes one as steep. Outside of "
      "noise is what a control chart marks.";
  return section;
}

}  // namespace churn::inline v0
