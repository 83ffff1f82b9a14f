#include <churn/report/customer_charts.hpp>

#include <string>

#include "report/chart_spec.hpp"
#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

constexpr const char* risk_view = R"json({
  "height": {"step": 24},
  "layer": [
    {
      "mark": {"type": "bar", "height": {"band": 0.65}, "color": "#d55e00"},
      "encoding": {
        "x": {"field": "risk", "type": "quantitative", "title": "risk of leaving within @HORIZON@ days", "axis": {"format": ".0%", "tickCount": 6}, "scale": {"domainMin": 0}},
        "tooltip": [
          {"field": "customer_id", "title": "customer"}, {"field": "risk", "type": "quantitative", "format": ".1%"},
          {"field": "mrr", "type": "quantitative", "format": ",.2f", "title": "MRR"},
          {"field": "expected_loss", "type": "quantitative", "format": ",.2f", "title": "expected loss"}, {"field": "reason"}
        ]
      }
    },
    {
      "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 5, "fontSize": 10},
      "encoding": {"x": {"field": "risk", "type": "quantitative"}, "text": {"field": "mrr", "type": "quantitative", "format": ",.0f"}}
    }
  ],
  "encoding": {"y": {"field": "customer_id", "type": "nominal", "sort": null, "title": null, "axis": {"ticks": false, "labelLimit": 130}}}
})json";

constexpr const char* win_back_view = R"json({
  "height": {"step": 24},
  "mark": {"type": "bar", "height": {"band": 0.65}},
  "encoding": {
    "y": {"field": "customer_id", "type": "nominal", "sort": null, "title": null, "axis": {"ticks": false, "labelLimit": 130}},
    "x": {"field": "mrr", "type": "quantitative", "title": "MRR that left", "axis": {"format": "~s"}},
    "color": {
      "field": "type", "type": "nominal", "title": null, "legend": {"orient": "top"},
      "scale": {"domain": ["voluntary", "satisfied", "involuntary", "unknown"], "range": ["#d55e00", "#009e73", "#0072b2", "#767676"]}
    },
    "tooltip": [
      {"field": "customer_id", "title": "customer"}, {"field": "mrr", "type": "quantitative", "format": ",.2f", "title": "MRR"},
      {"field": "type"}, {"field": "reason"}, {"field": "action", "title": "what to do"}
    ]
  }
})json";

Cell mrr_cell(const std::optional<RunRate>& run_rate) { return run_rate ? Cell{run_rate->mrr()} : Cell{}; }

}  // namespace

Chart risk_chart(const RiskList& list, std::size_t most) {
  Chart chart{"risk",
              chart_spec::first_sentence(risk_list_sentence(list)),
              "The highest risks, calibrated; beside a bar stands the customer's MRR.",
              {{"rank", "customer_id", "risk", "mrr", "expected_loss", "reason"}, {}},
              chart_spec::filled(risk_view, {{"HORIZON", std::to_string(list.horizon)}})};
  for (const RiskListRow& row : list.rows) {
    if (chart.data.rows.size() == most || row.rank == 0 || !list.is_known()) break;
    std::string reason = row.reasons.empty() ? "" : row.reasons.front().words;
    if (row.cancel_requested_on) reason = "asked to leave on " + row.cancel_requested_on->to_string();
    chart.data.rows.push_back({static_cast<std::int64_t>(row.rank), row.customer.text(), row.risk,
                               mrr_cell(row.run_rate), mrr_cell(row.expected), std::move(reason)});
  }
  return chart;
}

Chart win_back_chart(const WinBackList& list, std::size_t most) {
  Chart chart{"win-back",
              chart_spec::first_sentence(win_back_sentence(list)),
              "Who left and is not back, in the order in which to ask, by the type of departure.",
              {{"rank", "customer_id", "mrr", "expected_mrr", "type", "reason", "action"}, {}},
              win_back_view};
  for (const WinBackRow& row : list.rows) {
    if (chart.data.rows.size() == most) break;
    chart.data.rows.push_back({static_cast<std::int64_t>(chart.data.rows.size() + 1), row.customer.text(),
                               row.run_rate.mrr(), mrr_cell(row.expected),
                               std::string(departure_type_name(row.type)), row.reason, row.action});
  }
  return chart;
}

}  // namespace churn::inline v0
