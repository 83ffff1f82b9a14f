#include <churn/report/lead_chart.hpp>

#include <algorithm>
#include <cmath>
#include <string>

#include "report/chart_spec.hpp"
#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* lead_view = R"json({
  "height": 190,
  "layer": [
    {
      "mark": {"type": "bar", "width": {"band": 0.7}, "color": "#0072b2", "opacity": 0.75},
      "encoding": {
        "y": {"field": "rate", "type": "quantitative", "title": "left within @HORIZON@ days", "axis": {"format": ".1~%"}},
        "tooltip": [
          {"field": "lowest", "type": "quantitative", "format": ".4~g", "title": "values from"},
          {"field": "highest", "type": "quantitative", "format": ".4~g", "title": "to"},
          {"field": "departed", "title": "left"}, {"field": "rows", "title": "of"},
          {"field": "rate", "type": "quantitative", "format": ".1%"}
        ]
      }
    },
    {
      "mark": {"type": "rule", "color": "#767676", "strokeWidth": 1.5},
      "encoding": {"y": {"field": "ci_low", "type": "quantitative"}, "y2": {"field": "ci_high"}}
    },
    {
      "mark": {"type": "rule", "color": "#d55e00", "strokeDash": [5, 4]},
      "encoding": {"y": {"field": "average", "type": "quantitative", "aggregate": "min"}, "x": null}
    }
  ],
  "encoding": {
    "x": {"field": "decile", "type": "ordinal", "title": "tenth of the values, lowest to highest", "axis": {"labelAngle": 0, "ticks": false}}
  }
})json";

}  // namespace

Chart lead_chart(const LeadReport& report, const IndicatorLead& lead) {
  Chart chart{
      "lead-" + lead.column.name,
      lead.column.name + (lead.leads ? " leads" : " does not lead"),
      "Of each tenth of its values at renewals, the share that left within " +
          std::to_string(report.horizon) + " days, with intervals; dashed: of all.",
      {{"decile", "lowest", "highest", "departed", "rows", "rate", "ci_low", "ci_high", "average"}, {}},
      chart_spec::filled(lead_view, {{"HORIZON", std::to_string(report.horizon)}})};
  std::replace_if(
      chart.name.begin(), chart.name.end(),
      [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')); }, '-');
  if (lead.lift)
    chart.finding +=
        ": its worst tenth leaves " + shortest(std::round(*lead.lift * 10) / 10) + " times as often as all";
  if (lead.lead_days)
    chart.finding += ", and it turns " + shortest(std::round(*lead.lead_days)) + " days before";
  chart.finding += ".";
  std::int64_t departed = 0;
  std::int64_t rows = 0;
  for (const LeadDecile& decile : lead.deciles) {
    departed += decile.departed.numerator();
    rows += decile.departed.denominator();
  }
  const auto average = Proportion{departed, rows}.value();
  std::int64_t tenth = 0;
  for (const LeadDecile& decile : lead.deciles) {
    const auto rate = decile.departed.value();
    const auto interval = decile.departed.interval(report.rule.confidence);
    chart.data.rows.push_back({++tenth, decile.lowest, decile.highest, decile.departed.numerator(),
                               decile.departed.denominator(), rate ? Cell{*rate} : Cell{},
                               interval ? Cell{interval->low} : Cell{},
                               interval ? Cell{interval->high} : Cell{}, average ? Cell{*average} : Cell{}});
  }
  return chart;
}

}  // namespace churn::inline v0
