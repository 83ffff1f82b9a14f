#include <churn/report/calibration_chart.hpp>

#include "report/chart_spec.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* calibration_view = R"json({
  "height": 280,
  "layer": [
    {
      "mark": {"type": "line", "color": "#767676", "strokeDash": [5, 4]},
      "encoding": {"x": {"field": "mean_risk", "type": "quantitative"}, "y": {"field": "mean_risk", "type": "quantitative"}}
    },
    {
      "mark": {"type": "rule", "color": "#0072b2", "opacity": 0.6, "strokeWidth": 2},
      "encoding": {"y": {"field": "ci_low", "type": "quantitative"}, "y2": {"field": "ci_high"}}
    },
    {
      "mark": {"type": "point", "filled": true, "size": 60, "color": "#0072b2", "opacity": 1},
      "encoding": {
        "y": {"field": "rate", "type": "quantitative", "title": "left", "axis": {"format": ".1~%", "tickCount": 6}},
        "tooltip": [
          {"field": "mean_risk", "type": "quantitative", "format": ".1%", "title": "were told"},
          {"field": "rate", "type": "quantitative", "format": ".1%", "title": "left"},
          {"field": "departed", "title": "customers who left"}, {"field": "rows", "title": "of"}
        ]
      }
    }
  ],
  "encoding": {"x": {"field": "mean_risk", "type": "quantitative", "title": "mean risk that was told", "axis": {"format": ".1~%", "tickCount": 6}}}
})json";

}  // namespace

Chart calibration_chart(const RiskBacktest& test) {
  return {"calibration", chart_spec::first_sentence(backtest_sentence(test)),
          "Of customers whom the model had not seen, in tenths by risk: the risk that was told and the share "
          "that left, with "
          "intervals. On the dashed line both are the same.",
          backtest_reliability_table(test), calibration_view};
}

}  // namespace churn::inline v0
