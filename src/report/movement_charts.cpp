#include <churn/report/movement_charts.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "report/chart_spec.hpp"
#include "report/words.hpp"

namespace churn::inline v0 {

namespace {

struct DrawnMovement {
  const char* name;
  const char* colour;
  int sign;
  MovementCell::Field amount;
};

constexpr std::array<DrawnMovement, 8> movements{
    {{"new", "#009e73", 1, &MovementCell::new_},
     {"reactivation", "#7f7f1f", 1, &MovementCell::reactivation},
     {"expansion", "#0072b2", 1, &MovementCell::expansion},
     {"transfer in", "#5f8f9f", 1, &MovementCell::transfer_in},
     {"exchange rates", "#767676", 1, &MovementCell::fx},
     {"contraction", "#b8679a", -1, &MovementCell::contraction},
     {"churn", "#d55e00", -1, &MovementCell::churn},
     {"transfer out", "#8c6d5a", -1, &MovementCell::transfer_out}}};

constexpr const char* movements_view = R"json({
  "height": 260,
  @SEGMENT@
  "layer": [
    {
      "mark": {"type": "bar", "width": {"band": 0.78}},
      "encoding": {
        "y": {"field": "mrr", "type": "quantitative", "title": "MRR gained and lost (@CURRENCY@)", "axis": {"format": "~s"}},
        "color": {
          "field": "movement", "type": "nominal", "title": null,
          "legend": {"orient": "top", "columns": {"expr": "width < 480 ? 3 : 8"}},
          "scale": {
            "domain": @DOMAIN@,
            "range": @RANGE@
          }
        },
        "order": {"field": "place", "type": "quantitative"},
        "tooltip": [
          {"field": "period", "title": "from"}, {"field": "movement"},
          {"field": "mrr", "type": "quantitative", "format": ",.2f", "title": "MRR (@CURRENCY@)"},
          {"field": "closing", "type": "quantitative", "format": ",.2f", "title": "MRR at close"}
        ]
      }
    },
    {"mark": {"type": "rule", "color": "#767676"}, "encoding": {"y": {"datum": 0}, "x": null}}
  ],
  "encoding": {
    "x": {
      "field": "period", "type": "ordinal", "title": null,
      "axis": {"labelExpr": "@LABEL@", "labelOverlap": "greedy", "labelAngle": 0, "labelSeparation": 6, "ticks": false}
    }
  }
})json";

constexpr const char* bridge_view = R"json({
  "height": 260,
  @SEGMENT@
  "layer": [
    {
      "transform": [{"filter": "datum.kind !== 'level'"}],
      "mark": {"type": "bar", "width": {"band": 0.7}},
      "encoding": {"y2": {"field": "to"}}
    },
    {
      "transform": [{"filter": "datum.kind === 'level'"}],
      "mark": {"type": "tick", "thickness": 4, "width": {"band": 0.7}}
    },
    {
      "mark": {"type": "text", "baseline": "bottom", "dy": -5, "fontSize": {"expr": "width < 480 ? 9 : 11"}},
      "encoding": {
        "y": {"field": "top", "type": "quantitative"},
        "text": {
          "condition": {"test": "datum.kind === 'level'", "field": "mrr", "type": "quantitative", "format": ",.3~s"},
          "field": "mrr", "type": "quantitative", "format": "+,.3~s"
        },
        "opacity": {"value": 1}
      }
    }
  ],
  "encoding": {
    "x": {
      "field": "step", "type": "ordinal", "sort": {"field": "place", "op": "min"}, "title": null,
      "axis": {"labelAngle": {"expr": "width < 480 ? -40 : 0"}, "labelAlign": {"expr": "width < 480 ? 'right' : 'center'"}, "ticks": false, "labelOverlap": false}
    },
    "y": {"field": "from", "type": "quantitative", "title": "MRR (@CURRENCY@)", "axis": {"format": "~s"}, "scale": {"zero": false, "nice": true, "padding": 18}},
    "color": {
      "field": "kind", "type": "nominal", "legend": null,
      "scale": {"domain": ["level", "gained", "lost"], "range": ["#0072b2", "#009e73", "#d55e00"]}
    },
    "tooltip": [{"field": "step"}, {"field": "mrr", "type": "quantitative", "format": "+,.2f", "title": "MRR (@CURRENCY@)"}]
  }
})json";

std::vector<std::size_t> complete_periods(const MovementCube& cube) {
  std::vector<std::size_t> periods;
  for (std::size_t p = 0; p < cube.grid().size(); ++p)
    if (cube.status(p).complete) periods.push_back(p);
  return periods;
}

std::string finding_of(const MovementCube& cube, const std::vector<std::size_t>& periods) {
  if (periods.empty()) return "There is no complete period to show.";
  std::int64_t opening = 0;
  std::int64_t closing = 0;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    opening = checked_add(opening, cube.at(s, periods.front()).opening);
    closing = checked_add(closing, cube.at(s, periods.back()).closing);
  }
  const Currency currency = cube.currency();
  const std::string code = " " + std::string(currency.code());
  const std::string change = closing > opening ? "rose" : closing < opening ? "fell" : "stayed";
  if (closing == opening) return "MRR " + change + " at " + words::mrr(closing, currency) + code + ".";
  return "MRR " + change + " from " + words::mrr(opening, currency) + " to " + words::mrr(closing, currency) +
         code + ".";
}

std::string span_of_periods(const MovementCube& cube, const std::vector<std::size_t>& periods) {
  if (periods.empty()) return "";
  return cube.grid()[periods.front()].first().to_string() + " to before " +
         cube.grid()[periods.back()].last().to_string();
}

/// Names and colours of the movements that there are, as JSON arrays: a legend of what is not drawn only distracts.
std::string with_legend(std::string view, const std::array<bool, movements.size()>& drawn) {
  std::string domain;
  std::string range;
  for (std::size_t m = 0; m < movements.size(); ++m) {
    if (!drawn[m]) continue;
    domain += std::string(domain.empty() ? "" : ", ") + '"' + movements[m].name + '"';
    range += std::string(range.empty() ? "" : ", ") + '"' + movements[m].colour + '"';
  }
  for (const auto& [place, list] : {std::pair{"@DOMAIN@", &domain}, {"@RANGE@", &range}})
    view.replace(view.find(place), std::string_view(place).size(), "[" + *list + "]");
  return view;
}

std::string view_of(const std::string& text, const MovementCube& cube) {
  return chart_spec::cut_by_segment(text, {{"CURRENCY", std::string(cube.currency().code())},
                                           {"LABEL", chart_spec::period_label(cube.grid())}});
}

}  // namespace

Chart mrr_movements_chart(const MovementCube& cube) {
  const std::vector<std::size_t> periods = complete_periods(cube);
  const Currency currency = cube.currency();
  Chart chart{"mrr-movements",
              finding_of(cube, periods),
              "What came (up) and went (down) in each complete period, in MRR, " +
                  span_of_periods(cube, periods) + ".",
              {{"segment", "period", "movement", "mrr", "closing", "place"}, {}},
              ""};
  std::array<bool, movements.size()> drawn{};
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const std::string segment = chart_spec::segment_label(cube.segment_names(), cube.segments()[s]);
    for (const std::size_t p : periods)
      for (std::size_t m = 0; m < movements.size(); ++m) {
        const MovementCell& cell = cube.at(s, p);
        const std::int64_t ticks = cell.*movements[m].amount;
        if (ticks == 0) continue;
        drawn[m] = true;
        chart.data.rows.push_back({segment, cube.grid()[p].first(), std::string(movements[m].name),
                                   RunRate{movements[m].sign * ticks, currency}.mrr(),
                                   RunRate{cell.closing, currency}.mrr(), static_cast<std::int64_t>(m)});
      }
  }
  chart.spec = view_of(with_legend(movements_view, drawn), cube);
  return chart;
}

Chart mrr_bridge_chart(const MovementCube& cube) {
  const std::vector<std::size_t> periods = complete_periods(cube);
  const Currency currency = cube.currency();
  Chart chart{"mrr-bridge",
              finding_of(cube, periods),
              "How MRR got from the opening of the first period to the closing of the last, " +
                  span_of_periods(cube, periods) + ".",
              {{"segment", "step", "kind", "mrr", "from", "to", "top", "place"}, {}},
              view_of(bridge_view, cube)};
  if (periods.empty()) return chart;
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    const std::string segment = chart_spec::segment_label(cube.segment_names(), cube.segments()[s]);
    int place = 0;
    const auto add = [&](const char* step, const char* kind, std::int64_t ticks, std::int64_t from,
                         std::int64_t to) {
      const auto money = [&](std::int64_t t) { return RunRate{t, currency}.mrr(); };
      chart.data.rows.push_back({segment, std::string(step), std::string(kind), money(ticks), money(from),
                                 money(to), money(std::max(from, to)), static_cast<std::int64_t>(place++)});
    };
    std::int64_t at = cube.at(s, periods.front()).opening;
    add("opening", "level", at, at, at);
    for (const DrawnMovement& movement : movements) {
      std::int64_t sum = 0;
      for (const std::size_t p : periods) sum = checked_add(sum, cube.at(s, p).*movement.amount);
      sum *= movement.sign;
      if (sum == 0) continue;
      add(movement.name, sum > 0 ? "gained" : "lost", sum, at, checked_add(at, sum));
      at = checked_add(at, sum);
    }
    const std::int64_t closing = cube.at(s, periods.back()).closing;
    add("closing", "level", closing, closing, closing);
  }
  return chart;
}

}  // namespace churn::inline v0
