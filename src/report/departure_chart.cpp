#include <churn/report/departure_chart.hpp>

#include <string>

#include <churn/departure/causes.hpp>

#include "report/chart_spec.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* departure_types_view = R"json({
  "height": {"step": 38},
  @SEGMENT@
  "layer": [
    {
      "mark": {"type": "bar", "height": {"band": 0.6}},
      "encoding": {
        "x": {"field": "share", "type": "quantitative", "title": "share of departures", "axis": {"format": ".0%", "tickCount": 6}, "scale": {"domainMin": 0}},
        "color": {
          "field": "type", "type": "nominal", "legend": null,
          "scale": {"domain": ["voluntary", "satisfied", "involuntary", "unknown"], "range": ["#d55e00", "#009e73", "#0072b2", "#767676"]}
        },
        "tooltip": [
          {"field": "type"}, {"field": "departures"}, {"field": "share", "type": "quantitative", "format": ".1%"},
          {"field": "mrr", "type": "quantitative", "format": ",.2f", "title": "MRR (@CURRENCY@)"}
        ]
      }
    },
    {
      "mark": {"type": "rule", "strokeWidth": 1.5, "color": "#767676"},
      "encoding": {"x": {"field": "ci_low", "type": "quantitative"}, "x2": {"field": "ci_high"}}
    },
    {
      "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 6},
      "encoding": {"x": {"field": "ci_high", "type": "quantitative"}, "text": {"field": "departures", "type": "quantitative"}}
    }
  ],
  "encoding": {"y": {"field": "type", "type": "nominal", "sort": null, "title": null, "axis": {"ticks": false}}}
})json";

}  // namespace

Chart departure_types_chart(const DepartureCube& cube) {
  Chart chart{"departure-types",
              chart_spec::first_sentence(causes_sentence(cube)),
              "Departures by type, out of all, with intervals; beside a bar stands how many.",
              {{"segment", "type", "departures", "share", "ci_low", "ci_high", "mrr"}, {}},
              ""};
  std::string currency;
  for (const DepartureShare& share : type_shares(cube)) {
    const Proportion customers = share.customers();
    const auto value = customers.value();
    const auto interval = customers.interval(cube.conventions().rate.interval_rule());
    if (!currency.empty() && currency != share.currency.code())
      throw Error(ErrorCode::mixed_currencies,
                  "The departures are of several currencies; cut or filter by currency.");
    currency = share.currency.code();
    chart.data.rows.push_back(
        {chart_spec::segment_label(cube.segment_names(), share.label), share.name, share.leavers.customers,
         value ? Cell{*value} : Cell{}, interval ? Cell{interval->low} : Cell{},
         interval ? Cell{interval->high} : Cell{}, RunRate{share.leavers.ticks, share.currency}.mrr()});
  }
  chart.spec = chart_spec::cut_by_segment(departure_types_view, {{"CURRENCY", currency}});
  return chart;
}

}  // namespace churn::inline v0
