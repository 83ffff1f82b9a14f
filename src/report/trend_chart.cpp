#include <churn/report/trend_chart.hpp>

#include <algorithm>
#include <string>

#include "report/chart_spec.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* trend_view = R"json({
  "height": 240,
  @SEGMENT@
  "layer": [
    {
      "mark": {"type": "area", "color": "#767676", "opacity": 0.16, "interpolate": "step"},
      "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    },
    {
      "mark": {"type": "line", "color": "#767676", "strokeDash": [5, 4], "strokeWidth": 1.2},
      "encoding": {"y": {"field": "centre", "type": "quantitative"}}
    },
    {
      "mark": {"type": "rule", "color": "#0072b2", "opacity": 0.5, "strokeWidth": 2},
      "encoding": {"y": {"field": "ci_low", "type": "quantitative"}, "y2": {"field": "ci_high"}}
    },
    {
      "mark": {"type": "line", "color": "#0072b2", "strokeWidth": 1.6},
      "encoding": {"y": {"field": "value", "type": "quantitative", "title": "@TITLE@", "axis": {"format": ".1~%"}}}
    },
    {
      "mark": {"type": "point", "filled": true, "opacity": 1},
      "encoding": {
        "y": {"field": "value", "type": "quantitative"},
        "shape": {"condition": {"test": "datum.signal", "value": "diamond"}, "value": "circle"},
        "size": {"condition": {"test": "datum.signal", "value": 130}, "value": 34},
        "color": {"condition": {"test": "datum.signal", "value": "#d55e00"}, "value": "#0072b2"},
        "tooltip": [
          {"field": "period", "title": "from"},
          {"field": "value", "type": "quantitative", "format": ".2%", "title": "@TITLE@"},
          {"field": "ci_low", "type": "quantitative", "format": ".2%", "title": "interval from"},
          {"field": "ci_high", "type": "quantitative", "format": ".2%", "title": "to"},
          {"field": "signal"}
        ]
      }
    }
  ],
  "encoding": {
    "x": {
      "field": "period", "type": "ordinal", "title": null,
      "axis": {"labelExpr": "@LABEL@", "labelOverlap": "greedy", "labelAngle": 0, "labelSeparation": 6, "ticks": false}
    }
  }
})json";

}  // namespace

Chart trend_chart(const MovementCube& cube, const std::vector<MeasuredRow>& rows, std::string_view metric,
                  std::string_view title, TrendRule rule) {
  const std::vector<Trend> trends =
      cube.segments().empty() ? std::vector<Trend>{} : trends_of(cube, rows, metric, rule);
  const std::vector<Date> days = cube.grid().first_days();
  Chart chart{"trend-" + std::string(metric),
              "",
              "",
              {{"segment", "period", "value", "ci_low", "ci_high", "centre", "low", "high", "signal"}, {}},
              chart_spec::cut_by_segment(trend_view, {{"TITLE", std::string(title)},
                                                      {"LABEL", chart_spec::period_label(cube.grid())}})};
  std::replace(chart.name.begin(), chart.name.end(), '_', '-');
  chart.finding = "There is nothing to show.";
  if (!trends.empty())
    chart.finding = std::string(title) + ": " +
                    chart_spec::first_sentence(trend_sentence(trends.front(), days, TrendUnit::percent));
  bool intervals = false;
  for (std::size_t s = 0; s < trends.size(); ++s) {
    const std::string segment = chart_spec::segment_label(cube.segment_names(), cube.segments()[s]);
    const Table of_segment = trend_table(trends[s], days);  // period, value, centre, low, high, signal
    const auto measured = known_measurements(cube, rows, metric, s);
    for (std::size_t p = 0; p < of_segment.rows.size(); ++p) {
      const std::vector<Cell>& row = of_segment.rows[p];
      if (!cube.status(p).complete) continue;
      const bool has_interval = measured[p] && measured[p]->interval;
      intervals = intervals || has_interval;
      chart.data.rows.push_back(
          {segment, row[0], row[1], has_interval ? Cell{measured[p]->interval->low} : Cell{},
           has_interval ? Cell{measured[p]->interval->high} : Cell{}, row[2], row[3], row[4], row[5]});
    }
  }
  chart.measured = std::string(title) + " of each complete period" +
                   (intervals ? ", with its interval (bars)" : "") +
                   "; the band is what noise alone does around the average (dashed), and a diamond is a "
                   "period that differs.";
  return chart;
}

}  // namespace churn::inline v0
