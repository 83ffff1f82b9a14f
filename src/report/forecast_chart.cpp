#include <churn/report/forecast_chart.hpp>

#include <string>

#include "forecast/rounded_money.hpp"
#include "report/chart_spec.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* forecast_view = R"json({
  "height": 260,
  "layer": [
    {
      "transform": [{"filter": "datum.low !== null"}],
      "mark": {"type": "area", "color": "#0072b2", "opacity": 0.18},
      "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    },
    {
      "mark": {"type": "line", "strokeWidth": 2},
      "encoding": {
        "y": {"field": "mrr", "type": "quantitative", "title": "MRR at close (@CURRENCY@)", "axis": {"format": "~s"}},
        "strokeDash": {"field": "kind", "type": "nominal", "title": null, "scale": {"domain": ["known", "forecast"], "range": [[1, 0], [6, 4]]}, "legend": {"orient": "top"}},
        "color": {"value": "#0072b2"}
      }
    },
    {
      "mark": {"type": "line", "strokeWidth": 1.4, "color": "#767676", "strokeDash": [2, 3]},
      "encoding": {"y": {"field": "existing", "type": "quantitative"}}
    },
    {
      "mark": {"type": "point", "filled": true, "size": 26, "color": "#0072b2", "opacity": 1},
      "encoding": {
        "y": {"field": "mrr", "type": "quantitative"},
        "tooltip": [
          {"field": "period", "title": "from"}, {"field": "mrr", "type": "quantitative", "format": ",.2f", "title": "MRR at close"},
          {"field": "low", "type": "quantitative", "format": ",.2f", "title": "from"}, {"field": "high", "type": "quantitative", "format": ",.2f", "title": "to"}
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

Chart forecast_chart(const MrrForecast& forecast, const MovementCube& known) {
  constexpr std::size_t most_known = 24;
  const Currency currency = forecast.currency;
  Chart chart{"forecast",
              chart_spec::first_sentence(forecast_sentence(forecast)),
              "MRR at close: known, then forecast from what cohorts have done so far, with its interval; "
              "dotted: of it "
              "what today's customers pay.",
              {{"period", "kind", "mrr", "low", "high", "existing"}, {}},
              chart_spec::filled(forecast_view, {{"CURRENCY", std::string(currency.code())},
                                                 {"LABEL", chart_spec::period_label(known.grid())}})};
  std::vector<std::size_t> complete;
  for (std::size_t p = 0; p < known.grid().size(); ++p)
    if (known.status(p).complete) complete.push_back(p);
  const std::size_t first = complete.size() > most_known ? complete.size() - most_known : 0;
  for (std::size_t i = first; i < complete.size(); ++i)
    chart.data.rows.push_back({known.grid()[complete[i]].first(), std::string("known"),
                               RunRate{known.at(0, complete[i]).closing, currency}.mrr(), Cell{}, Cell{},
                               Cell{}});
  if (forecast.outcome != ForecastOutcome::known) return chart;
  if (!chart.data.rows.empty()) {  // the fan opens where what is known ends
    const Cell at = chart.data.rows.back()[2];
    chart.data.rows.push_back({chart.data.rows.back()[0], std::string("forecast"), at, at, at, at});
  }
  for (const ForecastPeriod& period : forecast.periods) {
    if (!period.mrr) break;
    chart.data.rows.push_back(
        {period.period.first(), std::string("forecast"), rounded_money(period.mrr->value, currency),
         rounded_money(period.mrr->interval.low, currency),
         rounded_money(period.mrr->interval.high, currency),
         period.existing ? Cell{rounded_money(period.existing->value, currency)} : Cell{}});
  }
  return chart;
}

}  // namespace churn::inline v0
