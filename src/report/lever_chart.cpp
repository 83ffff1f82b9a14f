#include <churn/report/lever_chart.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "report/chart_spec.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* lever_view = R"json({
  "height": {"step": 26},
  "layer": [
    {"mark": {"type": "rule", "color": "#767676", "strokeDash": [4, 4]}, "encoding": {"x": {"datum": 0}, "y": null}},
    {
      "mark": {"type": "rule", "strokeWidth": 2},
      "encoding": {"x": {"field": "ci_low", "type": "quantitative"}, "x2": {"field": "ci_high"}}
    },
    {
      "mark": {"type": "point", "filled": true, "size": 80, "opacity": 1},
      "encoding": {
        "x": {"field": "difference", "type": "quantitative", "title": "difference of the share that stayed, with less without", "axis": {"format": "+.0%", "tickCount": 8}},
        "shape": {"field": "verdict", "type": "nominal", "title": null, "scale": {"domain": ["keeps", "loses", "unclear"], "range": ["triangle-right", "triangle-left", "circle"]}},
        "tooltip": [
          {"field": "lever"}, {"field": "difference", "type": "quantitative", "format": "+.1%"},
          {"field": "ci_low", "type": "quantitative", "format": "+.1%", "title": "from"},
          {"field": "ci_high", "type": "quantitative", "format": "+.1%", "title": "to"},
          {"field": "hazard_ratio", "type": "quantitative", "format": ".2f", "title": "leaves times as often"},
          {"field": "p_adjusted", "type": "quantitative", "format": ".3f", "title": "p"}, {"field": "verdict"}
        ]
      }
    }
  ],
  "encoding": {
    "y": {"field": "lever", "type": "nominal", "sort": null, "title": null, "axis": {"ticks": false, "labelLimit": {"expr": "width < 480 ? 130 : 320"}}},
    "color": {
      "field": "verdict", "type": "nominal", "title": null, "legend": {"orient": "top"},
      "scale": {"domain": ["keeps", "loses", "unclear"], "range": ["#009e73", "#d55e00", "#767676"]}
    }
  }
})json";

std::string named_levers(const LeverReport& report, LeverVerdict verdict) {
  std::string names;
  for (const LeverRow& row : report.rows)
    if (row.verdict == verdict)
      names += (names.empty() ? "" : ", ") + row.exposure.lever + " (" + row.exposure.name + ")";
  return names;
}

std::string lever_finding(const LeverReport& report) {
  const std::string keeps = named_levers(report, LeverVerdict::keeps);
  const std::string loses = named_levers(report, LeverVerdict::loses);
  if (keeps.empty() && loses.empty()) return "No lever goes with staying or leaving by more than chance.";
  std::string text = keeps.empty() ? "" : "Goes with staying: " + keeps + ".";
  if (!loses.empty()) text += std::string(text.empty() ? "" : " ") + "Goes with leaving: " + loses + ".";
  return text;
}

}  // namespace

Chart lever_chart(const LeverReport& report) {
  Chart chart{
      "levers",
      lever_finding(report),
      "Share of customers that stayed with each, less that without, with intervals. Who has it and who has "
      "not may "
      "differ in more than that: an association, not a cause.",
      {{"lever", "difference", "ci_low", "ci_high", "verdict", "hazard_ratio", "p_adjusted", "exposed"}, {}},
      lever_view};
  std::vector<const LeverRow*> rows;
  for (const LeverRow& row : report.rows)
    if (row.verdict != LeverVerdict::no_data && row.effect.retained.difference) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(), [](const LeverRow* a, const LeverRow* b) {
    return a->effect.retained.difference->difference > b->effect.retained.difference->difference;
  });
  for (const LeverRow* row : rows) {
    const auto& difference = *row->effect.retained.difference;
    const LandmarkHazardRatio& ratio = row->effect.adjusted.value ? row->effect.adjusted : row->effect.plain;
    chart.data.rows.push_back(
        {row->exposure.lever + ": " + row->exposure.name, difference.difference, difference.interval.low,
         difference.interval.high, std::string(lever_verdict_name(row->verdict)),
         ratio.value ? Cell{*ratio.value} : Cell{}, row->p_adjusted ? Cell{row->p_adjusted->value} : Cell{},
         row->effect.retained.one.denominator()});
  }
  return chart;
}

}  // namespace churn::inline v0
