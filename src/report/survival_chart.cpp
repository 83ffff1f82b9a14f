#include <churn/report/survival_chart.hpp>

#include <algorithm>
#include <cstdint>

#include "report/chart_spec.hpp"

namespace churn::inline v0 {

namespace {

/// Both stand one above the other: their axes begin at the same place.
constexpr const char* survival_view = R"json({
  "height": 260,
  "layer": [
    {
      "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.15},
      "encoding": {"y": {"field": "ci_low", "type": "quantitative"}, "y2": {"field": "ci_high"}}
    },
    {
      "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 1.8},
      "encoding": {
        "y": {"field": "survival", "type": "quantitative", "title": "share that stays longer", "axis": {"format": ".0%", "minExtent": 74, "maxExtent": 74}, "scale": {"domain": [0, 1]}},
        "strokeDash": {"field": "curve", "type": "nominal", "title": null, "sort": null},
        "tooltip": [
          {"field": "curve"}, {"field": "time", "type": "quantitative", "title": "days"},
          {"field": "survival", "type": "quantitative", "format": ".1%"},
          {"field": "at_risk", "type": "quantitative", "title": "customers watched"}
        ]
      }
    }
  ],
  "encoding": {
    "x": {"field": "time", "type": "quantitative", "title": "days since the first paid day", "scale": {"domain": [0, @LAST@], "nice": false}},
    "color": {
      "field": "curve", "type": "nominal", "title": null, "sort": null,
      "scale": {"range": ["#0072b2", "#d55e00", "#009e73", "#b8679a", "#767676", "#7f7f1f"]},
      "legend": {"orient": "top", "columns": {"expr": "width < 480 ? 3 : 6"}}
    }
  }
})json";

constexpr const char* at_risk_view = R"json({
  "height": {"step": 20},
  "mark": {"type": "text", "fontSize": {"expr": "width < 480 ? 10 : 12"}},
  "encoding": {
    "x": {"field": "time", "type": "quantitative", "title": null, "axis": {"labels": false, "ticks": false, "grid": false, "domain": false}, "scale": {"domain": [0, @LAST@], "nice": false}},
    "y": {"field": "curve", "type": "nominal", "sort": null, "title": null, "axis": {"ticks": false, "domain": false, "offset": 24, "minExtent": 50, "maxExtent": 50, "labelLimit": 70}},
    "text": {"field": "at_risk", "type": "quantitative", "format": ",d"},
    "color": {
      "field": "curve", "type": "nominal", "sort": null, "legend": null,
      "scale": {"range": ["#0072b2", "#d55e00", "#009e73", "#b8679a", "#767676", "#7f7f1f"]}
    }
  },
  "config": {"view": {"stroke": null}}
})json";

std::int32_t last_time(const NamedCurves& curves) {
  std::int32_t last = 1;
  for (const auto& [name, curve] : curves)
    if (!curve.rows.empty()) last = std::max(last, curve.rows.back().time);
  return last;
}

std::string view_to(const char* view, std::int32_t last) {
  return chart_spec::filled(view, {{"LAST", std::to_string(last)}});
}

void add_curve(Table& data, const std::string& name, const SurvivalCurve& curve, std::int32_t last) {
  constexpr std::int32_t most_points = 400;
  const auto add = [&](std::int32_t time, const SurvivalRow& row) {
    data.rows.push_back({name, std::int64_t{time}, row.at_risk, row.survival,
                         row.interval ? Cell{row.interval->low} : Cell{},
                         row.interval ? Cell{row.interval->high} : Cell{}});
  };
  if (curve.rows.empty()) return;
  if (curve.rows.front().time > 0) add(0, {0, curve.spells, 0, 0, 1.0});
  const auto stretch = [&](const SurvivalRow& row) {
    return std::int64_t{row.time} * most_points / (std::int64_t{last} + 1);
  };
  for (std::size_t i = 0; i < curve.rows.size(); ++i)
    if (i + 1 == curve.rows.size() || stretch(curve.rows[i]) != stretch(curve.rows[i + 1]))
      add(curve.rows[i].time, curve.rows[i]);
}

std::int64_t at_risk_at(const SurvivalCurve& curve, std::int32_t time) {
  for (const SurvivalRow& row : curve.rows)
    if (row.time >= time) return row.at_risk;
  return 0;
}

}  // namespace

Chart survival_chart(const NamedCurves& curves) {
  const std::int32_t last = last_time(curves);
  Chart chart{"survival",
              curves.empty() ? "No stay has been observed."
                             : chart_spec::first_sentence(survival_sentence(curves.front().second)),
              "Share of first stays that last longer, counted with those that still go on (Kaplan-Meier), "
              "with intervals.",
              {{"curve", "time", "at_risk", "survival", "ci_low", "ci_high"}, {}},
              view_to(survival_view, last)};
  for (const auto& [name, curve] : curves) add_curve(chart.data, name, curve, last);
  return chart;
}

Chart at_risk_chart(const NamedCurves& curves) {
  const std::int32_t last = last_time(curves);
  Chart chart{"survival-at-risk",
              "How many the curves rest on",
              "Customers still watched at a tenure, neither gone nor too new.",
              {{"curve", "time", "at_risk"}, {}},
              view_to(at_risk_view, last)};
  constexpr std::int32_t cuts = 6;
  for (const auto& [name, curve] : curves)
    for (std::int32_t cut = 0; cut <= cuts; ++cut) {
      const auto time = static_cast<std::int32_t>(std::int64_t{last} * cut / cuts);
      chart.data.rows.push_back({name, std::int64_t{time}, at_risk_at(curve, time)});
    }
  return chart;
}

}  // namespace churn::inline v0
