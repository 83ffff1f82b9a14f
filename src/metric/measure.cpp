#include <churn/metric/measure.hpp>

#include <algorithm>

namespace churn::inline v0 {

CellContext context_of(const MovementCube& cube, std::size_t segment, std::size_t period,
                       std::optional<Date> records_from) {
  const Period span = cube.span(period);
  const Date first = records_from ? std::max(span.first(), *records_from) : span.first();
  const Date last = std::min(span.last(), cube.as_of());
  const std::int32_t days = std::max(0, last.days() - first.days());
  return {span, days > 0 ? days : span.length_in_days(), cube.currency(segment), cube.conventions().rate};
}

Table rates_table(const MovementCube& cube, const std::vector<MeasuredRow>& rows, bool exact) {
  Table table{cube.segment_names(), {}};
  for (const char* name :
       {"period", "metric", "numerator", "denominator", "value", "ci_low", "ci_high", "complete"})
    table.columns.emplace_back(name);
  for (const MeasuredRow& measured : rows) {
    const PeriodStatus status = cube.status(measured.period);
    const Measurement& m = measured.measurement;
    const auto known = [&](Cell value) { return status.observable ? std::move(value) : Cell{}; };
    const auto number = [&](const std::optional<double>& value) { return value ? known(*value) : Cell{}; };
    const Label& label = cube.segments()[measured.segment];
    const Currency currency = cube.currency(measured.segment);
    std::vector<Cell> row(label.begin(), label.end());
    row.emplace_back(cube.grid()[measured.period].first());
    row.emplace_back(measured.metric);
    row.push_back(known(to_cell(m.numerator, m.numerator_unit, currency, exact)));
    row.push_back(known(to_cell(m.denominator, m.denominator_unit, currency, exact)));
    row.push_back(number(m.value));
    row.push_back(m.interval ? known(m.interval->low) : Cell{});
    row.push_back(m.interval ? known(m.interval->high) : Cell{});
    row.emplace_back(status.complete);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace churn::inline v0
