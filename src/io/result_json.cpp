#include <churn/io/result_json.hpp>

#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/table_json.hpp"
#include "io/answer_json.hpp"

namespace churn::inline v0 {
namespace answer_json {

namespace {

constexpr std::array<Name<Unit>, 4> unit_names{{{"count", Unit::count},
                                                {"run_rate", Unit::run_rate},
                                                {"annual_run_rate", Unit::annual_run_rate},
                                                {"none", Unit::none}}};

ordered_json number_or_null(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

ordered_json part_or_null(std::int64_t amount, Unit unit) {
  if (unit == Unit::none) return nullptr;
  return amount;
}

}  // namespace

// ---- writing

template <>
ordered_json written(const Table& table) {
  return tree_of(table);
}

template <>
ordered_json written(const Rejections& rejections) {
  return tree_of(rejections.table());
}

template <>
ordered_json written(const Measurement& measurement) {
  const auto& interval = measurement.interval;
  return {{"numerator", part_or_null(measurement.numerator, measurement.numerator_unit)},
          {"denominator", part_or_null(measurement.denominator, measurement.denominator_unit)},
          {"value", number_or_null(measurement.value)},
          {"ci_low", interval ? number_or_null(interval->low) : ordered_json(nullptr)},
          {"ci_high", interval ? number_or_null(interval->high) : ordered_json(nullptr)},
          {"numerator_unit", name_in(unit_names, measurement.numerator_unit)},
          {"denominator_unit", name_in(unit_names, measurement.denominator_unit)},
          {"currency", measurement.currency ? code_of(*measurement.currency) : ordered_json(nullptr)}};
}

template <>
ordered_json written(const Proportion& share) {
  return {{"numerator", share.numerator()},
          {"denominator", share.denominator()},
          {"value", number_or_null(share.value())}};
}

template <>
ordered_json written(const Ratio& ratio) {
  return {{"numerator", ratio.numerator},
          {"denominator", ratio.denominator},
          {"value", number_or_null(ratio.value())}};
}

template <>
ordered_json written(const RunRate& rate) {
  return {{"ticks", rate.ticks()}, {"currency", code_of(rate.currency())}, {"mrr", rate.mrr().to_string()}};
}

template <>
ordered_json written(const RunRateRatio& ratio) {
  return {{"numerator", written(ratio.numerator)},
          {"denominator", written(ratio.denominator)},
          {"value", number_or_null(ratio.value())}};
}

template <>
ordered_json written(const RunRatePerCustomer& share) {
  // Undefined where the amount is beyond what Money holds, too: it is there to be read, not to be read back.
  return {{"total", written(share.total)},
          {"customers", share.customers},
          {"value", number_or_null(to_measurement(share, {}).value)}};
}

template <>
ordered_json written(const MonthlyRevenue& revenue) {
  return {{"run_rate", written(revenue.run_rate)}};
}

template <>
ordered_json written(const CustomerRate& rate) {
  return {{"numerator", rate.numerator()},
          {"denominator", rate.denominator()},
          {"value", number_or_null(rate.value())},
          {"is_proportion", rate.is_proportion()},
          {"scale", rate.scale()}};
}

template <>
ordered_json written(const AnnualisedRate& rate) {
  return {{"rate", written(rate.rate)}, {"days", rate.days}, {"value", number_or_null(rate.value())}};
}

template <>
ordered_json written(const LifetimeValue& worth) {
  return {{"arpa", written(worth.arpa)},
          {"rate", written(worth.rate)},
          {"days", worth.days},
          {"value", number_or_null(worth.value())}};
}

template <>
ordered_json written(const ExposureRate& rate) {
  return {{"departures", rate.departures},
          {"customer_days", rate.customer_days},
          {"value", number_or_null(rate.value())}};
}

template <>
ordered_json written(const Count& count) {
  return {{"value", count.value}};
}

ordered_json cause_or_null(const std::optional<ExplainedCause>& cause) {
  if (!cause) return nullptr;
  return {{"type", std::string(departure_type_name(cause->type))},
          {"reason", cause->reason},
          {"rule", cause->rule},
          {"evidence", cause->evidence}};
}

template <>
ordered_json written(const Explanation& explanation) {
  return {{"customer_id", explanation.customer.text()},
          {"movement", std::string(movement_name(explanation.movement))},
          {"from", written(explanation.from)},
          {"to", written(explanation.to)},
          {"day", explanation.day.to_string()},
          {"amount", written(explanation.amount)},
          {"record", explanation.record},
          {"cause", cause_or_null(explanation.cause)}};
}

template <>
ordered_json written(const RosterEntry& entry) {
  return {{"customer_id", entry.customer.text()},
          {"plan", entry.plan},
          {"run_rate", written(entry.run_rate)},
          {"since", entry.since.to_string()}};
}

template <>
ordered_json written(const ScheduledEnd& end) {
  return {{"customer_id", end.customer.text()},
          {"subscription_id", end.subscription.text()},
          {"plan", end.plan},
          {"run_rate", written(end.run_rate)},
          {"ends_on", end.ends_on.to_string()}};
}

template <>
ordered_json written(const CohortMatrix& matrix) {
  ordered_json tree = ordered_json::object();
  tree["cohorts"] = ordered_json::array();
  for (const Date cohort : matrix.cohorts) tree["cohorts"].push_back(cohort.to_string());
  tree["sizes"] = ordered_json::array();
  for (Eigen::Index i = 0; i < matrix.sizes.size(); ++i) tree["sizes"].push_back(matrix.sizes(i));
  tree["ages"] = matrix.observed.cols();
  const auto rows_of = [&matrix](auto&& value) {
    ordered_json rows = ordered_json::array();
    for (Eigen::Index i = 0; i < matrix.observed.rows(); ++i) {
      ordered_json row = ordered_json::array();
      for (Eigen::Index k = 0; k < matrix.observed.cols(); ++k)
        row.push_back(matrix.observed(i, k) ? ordered_json(value(i, k)) : ordered_json(nullptr));
      rows.push_back(std::move(row));
    }
    return rows;
  };
  tree["numerator"] = rows_of([&](Eigen::Index i, Eigen::Index k) { return matrix.numerator(i, k); });
  tree["denominator"] = rows_of([&](Eigen::Index i, Eigen::Index k) { return matrix.denominator(i, k); });
  tree["value"] = rows_of([&](Eigen::Index i, Eigen::Index k) { return matrix.value(i, k); });
  return tree;
}

// ---- reading

template <class Json>
Table table_from(const Json& tree) {
  const std::string noun = "table";
  if (!tree.is_array()) fail(noun + ": Something else stands where an array belongs.");
  Table table;
  for (const auto& row : tree) {
    if (!row.is_object()) fail(noun + ": Something else stands where a row, an object, belongs.");
    const bool is_first = table.rows.empty();
    std::vector<Cell> cells;
    for (const auto& item : row.items()) {
      const auto& value = item.value();
      if (is_first) table.columns.push_back(item.key());
      if (cells.size() == table.columns.size() || table.columns[cells.size()] != item.key())
        fail(noun + ", " + item.key() + ": The rows have different fields.");
      if (value.is_null())
        cells.emplace_back();
      else if (value.is_boolean())
        cells.emplace_back(value.template get<bool>());
      else if (value.is_string())
        cells.emplace_back(value.template get<std::string>());
      else if (value.is_number_float())
        cells.emplace_back(value.template get<double>());
      else if (ResultFields::is_whole(value))
        cells.emplace_back(value.template get<std::int64_t>());
      else
        fail(noun + ", " + item.key() + ": It can't be a cell.");
    }
    if (cells.size() != table.columns.size()) fail(noun + ": The rows have different fields.");
    table.rows.push_back(std::move(cells));
  }
  return table;
}

template <>
Rejections read(const json& tree) {
  if (!tree.is_array()) fail("rejections: Something else stands where an array belongs.");
  static const auto codes = names_by<RejectionCode, rejection_code_count>(rejection_name);
  Rejections rejections;
  for (const json& element : tree) {
    const ResultFields fields(element, "rejection");
    rejections.add({fields.named("code", codes), fields.text("source"), fields.whole("row"),
                    fields.text("field"), fields.text("reason")});
  }
  return rejections;
}

template <>
Measurement read(const json& tree) {
  const ResultFields fields(tree, "measurement");
  Measurement measurement;
  measurement.numerator_unit = fields.named("numerator_unit", unit_names);
  measurement.denominator_unit = fields.named("denominator_unit", unit_names);
  if (measurement.numerator_unit != Unit::none) measurement.numerator = fields.whole("numerator");
  if (measurement.denominator_unit != Unit::none) measurement.denominator = fields.whole("denominator");
  if (fields.has("value")) measurement.value = fields.number("value");
  if (fields.has("ci_low") != fields.has("ci_high")) fields.refuse("ci_low", "An interval has two ends.");
  if (fields.has("ci_low"))
    measurement.interval = Interval{fields.number("ci_low"), fields.number("ci_high")};
  if (fields.has("currency")) measurement.currency = fields.currency("currency");
  return measurement;
}

template <>
Proportion read(const json& tree) {
  const ResultFields fields(tree, "proportion");
  return fields.made("numerator", [&] {
    return Proportion{fields.whole("numerator"), fields.whole("denominator")};
  });
}

template <>
Ratio read(const json& tree) {
  const ResultFields fields(tree, "ratio");
  return {fields.whole("numerator"), fields.whole("denominator")};
}

template <>
RunRate read(const json& tree) {
  const ResultFields fields(tree, "run rate");
  return {fields.whole("ticks"), fields.currency("currency")};
}

template <>
RunRateRatio read(const json& tree) {
  const ResultFields fields(tree, "ratio of run rates");
  return {read_at<RunRate>(fields, "numerator"), read_at<RunRate>(fields, "denominator")};
}

template <>
RunRatePerCustomer read(const json& tree) {
  const ResultFields fields(tree, "run rate per customer");
  return {read_at<RunRate>(fields, "total"), fields.whole("customers")};
}

template <>
MonthlyRevenue read(const json& tree) {
  return {read_at<RunRate>(ResultFields(tree, "monthly revenue"), "run_rate")};
}

template <>
CustomerRate read(const json& tree) {
  const ResultFields fields(tree, "customer rate");
  if (!fields.flag("is_proportion"))
    return {Ratio{fields.whole("numerator"), fields.whole("denominator")}, fields.small("scale")};
  if (fields.whole("scale") != 1) fields.refuse("scale", "A proportion has the scale 1.");
  return fields.made("numerator", [&] {
    return Proportion{fields.whole("numerator"), fields.whole("denominator")};
  });
}

template <>
AnnualisedRate read(const json& tree) {
  const ResultFields fields(tree, "annualised rate");
  return {read_at<CustomerRate>(fields, "rate"), fields.small("days")};
}

template <>
LifetimeValue read(const json& tree) {
  const ResultFields fields(tree, "lifetime value");
  return {read_at<RunRatePerCustomer>(fields, "arpa"), read_at<CustomerRate>(fields, "rate"),
          fields.small("days")};
}

template <>
ExposureRate read(const json& tree) {
  const ResultFields fields(tree, "exposure rate");
  return {fields.whole("departures"), fields.whole("customer_days")};
}

template <>
Count read(const json& tree) {
  return {ResultFields(tree, "count").whole("value")};
}

std::optional<ExplainedCause> cause_of(const ResultFields& explanation) {
  if (!explanation.has("cause")) return {};
  const ResultFields fields(explanation.at("cause"), "cause of a churn");
  return ExplainedCause{fields.made("type", [&] { return parse_departure_type(fields.text("type")); }),
                        fields.text("reason"), fields.text("rule"), fields.text("evidence")};
}

template <>
Explanation read(const json& tree) {
  static const auto movements = names_by<Movement, static_cast<std::size_t>(Movement::fx) + 1>(movement_name);
  const ResultFields fields(tree, "explanation");
  return {fields.id<CustomerId>("customer_id"),
          fields.named("movement", movements),
          read_at<RunRate>(fields, "from"),
          read_at<RunRate>(fields, "to"),
          fields.date("day"),
          read_at<RunRate>(fields, "amount"),
          fields.text("record"),
          cause_of(fields)};
}

template <>
RosterEntry read(const json& tree) {
  const ResultFields fields(tree, "roster entry");
  return {fields.id<CustomerId>("customer_id"), fields.text("plan"), read_at<RunRate>(fields, "run_rate"),
          fields.date("since")};
}

template <>
ScheduledEnd read(const json& tree) {
  const ResultFields fields(tree, "scheduled end");
  return {fields.id<CustomerId>("customer_id"), fields.id<SubscriptionId>("subscription_id"),
          fields.text("plan"), read_at<RunRate>(fields, "run_rate"), fields.date("ends_on")};
}

template <>
CohortMatrix read(const json& tree) {
  const ResultFields fields(tree, "cohort matrix");
  CohortMatrix matrix;
  for (const json& day : fields.array("cohorts")) matrix.cohorts.push_back(fields.date(day, "cohorts"));
  const auto height = static_cast<Eigen::Index>(matrix.cohorts.size());
  const std::int64_t width = fields.whole("ages");
  const json& sizes = fields.array("sizes");
  const json& numerators = fields.array("numerator");
  const json& denominators = fields.array("denominator");
  for (const json* rows : {&sizes, &numerators, &denominators})
    if (rows->size() != matrix.cohorts.size()) fields.refuse("cohorts", "Not every cohort has a row.");
  for (const json* rows : {&numerators, &denominators})
    for (const json& row : *rows)
      if (!row.is_array() || width < 0 || row.size() != static_cast<std::size_t>(width))
        fields.refuse("ages", "Not every row has a cell an age.");
  if (matrix.cohorts.empty() && (width < 0 || width > 1'000'000)) fields.refuse("ages", "It is too large.");
  matrix.sizes = decltype(matrix.sizes)::Zero(height);
  matrix.numerator = CohortMatrix::Counts::Zero(height, width);
  matrix.denominator = CohortMatrix::Counts::Zero(height, width);
  matrix.value = Eigen::MatrixXd::Zero(height, width);
  matrix.observed = CohortMatrix::Mask::Constant(height, width, false);
  for (Eigen::Index i = 0; i < height; ++i) {
    const auto row = static_cast<std::size_t>(i);
    matrix.sizes(i) = fields.whole(sizes[row], "sizes");
    for (Eigen::Index k = 0; k < width; ++k) {
      const json& numerator = numerators[row][static_cast<std::size_t>(k)];
      const json& denominator = denominators[row][static_cast<std::size_t>(k)];
      if (numerator.is_null() != denominator.is_null())
        fields.refuse("denominator", "A cell has one part of two.");
      if (numerator.is_null()) continue;
      matrix.numerator(i, k) = fields.whole(numerator, "numerator");
      matrix.denominator(i, k) = fields.whole(denominator, "denominator");
      if (matrix.denominator(i, k) == 0) fields.refuse("denominator", "An observed cell has a base.");
      matrix.value(i, k) = Ratio{matrix.numerator(i, k), matrix.denominator(i, k)}.value().value();
      matrix.observed(i, k) = true;
    }
  }
  return matrix;
}

}  // namespace answer_json

CHURN_ANSWER(Table);
CHURN_ANSWER(Rejections);
CHURN_ANSWER(Measurement);
CHURN_ANSWER(Proportion);
CHURN_ANSWER(Ratio);
CHURN_ANSWER(RunRate);
CHURN_ANSWER(RunRateRatio);
CHURN_ANSWER(RunRatePerCustomer);
CHURN_ANSWER(MonthlyRevenue);
CHURN_ANSWER(CustomerRate);
CHURN_ANSWER(AnnualisedRate);
CHURN_ANSWER(LifetimeValue);
CHURN_ANSWER(ExposureRate);
CHURN_ANSWER(Count);
CHURN_ANSWER(Explanation);
CHURN_ANSWER(RosterEntry);
CHURN_ANSWER(ScheduledEnd);
CHURN_ANSWER(CohortMatrix);

void to_json(nlohmann::ordered_json& tree, const Error& error) {
  tree = nlohmann::ordered_json::object();
  tree["code"] = std::string(error_name(error.code()));
  tree["message"] = error.what();
}
void to_json(nlohmann::json& tree, const Error& error) { tree = nlohmann::ordered_json(error); }

}  // namespace churn::inline v0
