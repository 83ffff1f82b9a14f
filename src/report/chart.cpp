#include <churn/report/chart.hpp>

#include <nlohmann/json.hpp>

#include <type_traits>
#include <utility>
#include <variant>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

using ChartJson = nlohmann::ordered_json;

/// A cell as what is drawn: amounts are numbers, days are text that Vega-Lite reads as a day.
ChartJson drawn(const Cell& cell) {
  return std::visit(
      [&](const auto& value) -> ChartJson {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, std::monostate>)
          return nullptr;
        else if constexpr (std::is_same_v<Value, Money>)
          return ChartJson::parse(value.to_string());
        else if constexpr (std::is_same_v<Value, Date>)
          return value.to_string();
        else
          return value;  // a double that is not finite becomes null
      },
      cell);
}

ChartJson values_of(const Table& table) {
  ChartJson values = ChartJson::array();
  for (const auto& row : table.rows) {
    ChartJson object = ChartJson::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i) object[table.columns[i]] = drawn(row[i]);
    values.push_back(std::move(object));
  }
  return values;
}

}  // namespace

std::string to_json(const Chart& chart) {
  const ChartJson view = ChartJson::parse(chart.spec, nullptr, false);
  if (!view.is_object())
    throw Error(ErrorCode::unreadable,
                "the specification of the chart " + chart.name + " is not a JSON object");
  ChartJson whole{{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
                  {"title", {{"text", chart.finding}, {"subtitle", chart.measured}, {"anchor", "start"}}},
                  {"description", chart.finding + " " + chart.measured},
                  {"width", "container"},
                  {"data", {{"values", values_of(chart.data)}}}};
  whole.update(view);
  return whole.dump(-1, ' ', false, ChartJson::error_handler_t::replace);
}

void add_segments(Chart& chart, const Chart& of_segments) {
  if (chart.data.columns != of_segments.data.columns)
    throw Error(ErrorCode::out_of_range, "The charts " + chart.name + " and " + of_segments.name +
                                             " draw different columns, so one can't hold the rows of both.");
  chart.data.rows.insert(chart.data.rows.end(), of_segments.data.rows.begin(), of_segments.data.rows.end());
}

}  // namespace churn::inline v0
