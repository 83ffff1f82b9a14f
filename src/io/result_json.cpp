#include <churn/io/result_json.hpp>

#include <array>
#include <cmath>
#include <type_traits>

#include <nlohmann/json.hpp>

#include <churn/io/conventions_json.hpp>
#include <churn/metric/movements.hpp>

#include "core/table_json.hpp"
#include "cube/stored.hpp"
#include "io/result_fields.hpp"

namespace churn::inline v0 {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

using namespace reading;

template <class Enum>
using Name = std::pair<std::string_view, Enum>;

constexpr std::array<Name<Unit>, 4> unit_names{{{"count", Unit::count},
                                                {"run_rate", Unit::run_rate},
                                                {"annual_run_rate", Unit::annual_run_rate},
                                                {"none", Unit::none}}};
constexpr std::array<Name<CohortBy>, 2> cohort_by_names{
    {{"first_paid", CohortBy::first_paid}, {"signed_up", CohortBy::signed_up}}};

template <class Names, class Enum>
std::string name_in(const Names& names, Enum value) {
  for (const auto& [name, known] : names)
    if (known == value) return std::string(name);
  return "unknown";
}

template <class Enum, std::size_t N, class NameOf>
auto names_by(NameOf name_of) {
  std::array<Name<Enum>, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = {name_of(static_cast<Enum>(i)), static_cast<Enum>(i)};
  return names;
}

// The names of the counts of a cell, in the order of MovementCell::fields().
constexpr std::array<const char*, MovementCell::field_count> count_names{"opening",
                                                                         "new",
                                                                         "reactivation",
                                                                         "expansion",
                                                                         "transfer_in",
                                                                         "fx",
                                                                         "contraction",
                                                                         "churn",
                                                                         "transfer_out",
                                                                         "closing",
                                                                         "opening_customers",
                                                                         "new_customers",
                                                                         "reactivated_customers",
                                                                         "expanded_customers",
                                                                         "contracted_customers",
                                                                         "churned_customers",
                                                                         "closing_customers",
                                                                         "transferred_in_customers",
                                                                         "transferred_out_customers",
                                                                         "lost",
                                                                         "gained",
                                                                         "lost_customers",
                                                                         "departures_of_opening",
                                                                         "joined_customers",
                                                                         "joined_and_left_customers",
                                                                         "departures_of_joined",
                                                                         "departures",
                                                                         "customer_days"};

// ---- writing

ordered_json number_or_null(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

ordered_json part_or_null(std::int64_t amount, Unit unit) {
  if (unit == Unit::none) return nullptr;
  return amount;
}

ordered_json code_of(Currency currency) { return std::string(currency.code()); }

ordered_json written(const Table& table) { return tree_of(table); }

ordered_json written(const Rejections& rejections) { return tree_of(rejections.table()); }

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

ordered_json written(const Proportion& share) {
  return {{"numerator", share.numerator()},
          {"denominator", share.denominator()},
          {"value", number_or_null(share.value())}};
}

ordered_json written(const Ratio& ratio) {
  return {{"numerator", ratio.numerator},
          {"denominator", ratio.denominator},
          {"value", number_or_null(ratio.value())}};
}

ordered_json written(const RunRate& rate) {
  return {{"ticks", rate.ticks()}, {"currency", code_of(rate.currency())}, {"mrr", rate.mrr().to_string()}};
}

ordered_json written(const RunRateRatio& ratio) {
  return {{"numerator", written(ratio.numerator)},
          {"denominator", written(ratio.denominator)},
          {"value", number_or_null(ratio.value())}};
}

ordered_json written(const RunRatePerCustomer& share) {
  // Undefined where the amount is beyond what Money holds, too: it is there to be read, not to be read back.
  return {{"total", written(share.total)},
          {"customers", share.customers},
          {"value", number_or_null(to_measurement(share, {}).value)}};
}

ordered_json written(const MonthlyRevenue& revenue) { return {{"run_rate", written(revenue.run_rate)}}; }

ordered_json written(const CustomerRate& rate) {
  return {{"numerator", rate.numerator()},
          {"denominator", rate.denominator()},
          {"value", number_or_null(rate.value())},
          {"is_proportion", rate.is_proportion()},
          {"scale", rate.scale()}};
}

ordered_json written(const AnnualisedRate& rate) {
  return {{"rate", written(rate.rate)}, {"days", rate.days}, {"value", number_or_null(rate.value())}};
}

ordered_json written(const LifetimeValue& worth) {
  return {{"arpa", written(worth.arpa)},
          {"rate", written(worth.rate)},
          {"days", worth.days},
          {"value", number_or_null(worth.value())}};
}

ordered_json written(const ExposureRate& rate) {
  return {{"departures", rate.departures},
          {"customer_days", rate.customer_days},
          {"value", number_or_null(rate.value())}};
}

ordered_json written(const Count& count) { return {{"value", count.value}}; }

ordered_json written(const Explanation& explanation) {
  return {{"customer_id", explanation.customer.text()},
          {"movement", std::string(movement_name(explanation.movement))},
          {"from", written(explanation.from)},
          {"to", written(explanation.to)},
          {"day", explanation.day.to_string()},
          {"amount", written(explanation.amount)},
          {"record", explanation.record}};
}

ordered_json written(const RosterEntry& entry) {
  return {{"customer_id", entry.customer.text()},
          {"plan", entry.plan},
          {"run_rate", written(entry.run_rate)},
          {"since", entry.since.to_string()}};
}

ordered_json written(const ScheduledEnd& end) {
  return {{"customer_id", end.customer.text()},
          {"subscription_id", end.subscription.text()},
          {"plan", end.plan},
          {"run_rate", written(end.run_rate)},
          {"ends_on", end.ends_on.to_string()}};
}

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

ordered_json days_of(const std::vector<Date>& days) {
  ordered_json list = ordered_json::array();
  for (const Date day : days) list.push_back(day.to_string());
  return list;
}

ordered_json written(const PeriodGrid& grid) {
  const Stored::Grid parts = Stored::parts_of(grid);
  ordered_json tree{{"kind", std::string(period_kind_name(parts.kind))},
                    {"from", grid.from().to_string()},
                    {"to", grid.to().to_string()}};
  if (parts.kind == PeriodKind::every_days) tree["days"] = parts.step;
  if (!parts.boundaries.empty())
    tree["window_of"] = days_of(parts.boundaries);
  else if (parts.kind == PeriodKind::cuts)
    tree["cuts"] = days_of(parts.cuts);
  return tree;
}

ordered_json written(const Label& label) {
  ordered_json list = ordered_json::array();
  for (const std::string& part : label) list.push_back(part);
  return list;
}

constexpr std::int64_t format_version = 1;

/// What both kinds of cubes begin with. `status_of` gives the status of a period.
template <class Cube, class StatusOf>
ordered_json begun(const Cube& cube, const char* format, Date as_of, StatusOf status_of) {
  ordered_json tree = ordered_json::object();
  tree["format"] = format;
  tree["version"] = format_version;
  tree["as_of"] = as_of.to_string();
  tree["grid"] = written(cube.grid());
  tree["status"] = ordered_json::array();
  for (std::size_t p = 0; p < cube.grid().size(); ++p) {
    const PeriodStatus status = status_of(p);
    tree["status"].push_back(status.complete ? "complete" : status.observable ? "observable" : "unknown");
  }
  tree["conventions"] = cube.conventions();
  tree["segment_names"] = written(cube.segment_names());
  return tree;
}

ordered_json written(const MovementCube& cube) {
  ordered_json tree =
      begun(cube, "movement_cube", cube.as_of(), [&cube](std::size_t p) { return cube.status(p); });
  tree["trailing_days"] = cube.trailing_days() ? ordered_json(*cube.trailing_days()) : ordered_json(nullptr);
  // One for all to read, where it is one; each segment has its own.
  bool is_one = !cube.segments().empty();
  for (std::size_t s = 1; s < cube.segments().size(); ++s)
    is_one = is_one && cube.currency(s) == cube.currency(0);
  tree["currency"] = is_one ? code_of(cube.currency(0)) : ordered_json(nullptr);
  tree["counts"] = count_names;
  tree["segments"] = ordered_json::array();
  const std::vector<MovementCell>& cells = Stored::cells_of(cube);
  const std::size_t periods = cube.grid().size();
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    ordered_json row = ordered_json::array();
    for (std::size_t p = 0; p < periods; ++p) {
      const MovementCell& cell = cells[s * periods + p];
      ordered_json counts;
      if (cell != MovementCell{})
        for (const auto field : MovementCell::fields()) counts.push_back(cell.*field);
      row.push_back(std::move(counts));
    }
    tree["segments"].push_back({{"label", written(cube.segments()[s])},
                                {"currency", code_of(cube.currency(s))},
                                {"cells", std::move(row)}});
  }
  tree["movements"] = tree_of(movements_table(cube));
  return tree;
}

ordered_json written(const CohortCube& cube) {
  ordered_json tree = begun(cube, "cohort_cube", Stored::as_of(cube),
                            [&cube](std::size_t p) { return Stored::status_of(cube)[p]; });
  tree["cohort_by"] = name_in(cohort_by_names, cube.cohort_by());
  tree["currency"] = code_of(cube.currency());
  tree["counts"] = {"present", "unbroken", "ticks"};
  tree["segments"] = ordered_json::array();
  const std::size_t periods = cube.grid().size();
  for (std::size_t s = 0; s < cube.segments().size(); ++s) {
    ordered_json sizes = ordered_json::array();
    ordered_json cohorts = ordered_json::array();
    for (std::size_t c = 0; c < periods; ++c) {
      sizes.push_back(cube.size(s, c));
      ordered_json ages = ordered_json::array();
      for (std::size_t k = 0; c + k < periods; ++k) {
        const CohortCell& cell = Stored::cell_of(cube, s, c, k);
        ordered_json counts;
        if (cell != CohortCell{}) counts = {cell.present, cell.unbroken, cell.ticks};
        ages.push_back(std::move(counts));
      }
      cohorts.push_back(std::move(ages));
    }
    tree["segments"].push_back(
        {{"label", written(cube.segments()[s])}, {"sizes", std::move(sizes)}, {"cells", std::move(cohorts)}});
  }
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

template <class T>
T read(const json& tree);

template <class T>
T read_at(const ResultFields& fields, std::string_view field) {
  return fields.made(field, [&] { return read<T>(fields.at(field)); });
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
          fields.text("record")};
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

template <>
PeriodGrid read(const json& tree) {
  static const auto kinds =
      names_by<PeriodKind, static_cast<std::size_t>(PeriodKind::cuts) + 1>(period_kind_name);
  const ResultFields fields(tree, "grid");
  const PeriodKind kind = fields.named("kind", kinds);
  const Date from = fields.date("from");
  const Date to = fields.date("to");
  const auto days = [&fields](std::string_view field) {
    std::vector<Date> list;
    for (const json& day : fields.array(field)) list.push_back(fields.date(day, field));
    return list;
  };
  return fields.made("kind", [&] {
    const std::int32_t step = kind == PeriodKind::every_days ? fields.small("days") : 0;
    if (fields.has("window_of")) return Stored::grid_of({kind, step, {from, to}, days("window_of")});
    if (kind == PeriodKind::every_days) return PeriodGrid::every_days(step, from, to);
    if (kind != PeriodKind::cuts) return PeriodGrid{kind, from, to};
    const std::vector<Date> cuts = days("cuts");
    if (cuts.empty() || cuts.front() != from || cuts.back() != to)
      fields.refuse("cuts", "The cut points don't go from the grid's first to its last day.");
    return PeriodGrid::at(cuts);
  });
}

/// What `begun` wrote, and labels and rows of the segments one by one.
template <class Row>
Stored::Frame frame_from(const ResultFields& fields, std::string_view format, Row&& row) {
  if (fields.text("format") != format)
    fields.refuse("format", in_quotes(fields.text("format")) + " is not " + in_quotes(format) + ".");
  if (fields.whole("version") != format_version)
    fields.refuse("version", "This library reads version " + std::to_string(format_version) + ", not " +
                                 std::to_string(fields.whole("version")) + ".");
  Stored::Frame frame{read_at<PeriodGrid>(fields, "grid"), fields.date("as_of"), {}, {}, {}, {}};
  frame.conventions = fields.made("conventions", [&] { return fields.at("conventions").get<Conventions>(); });
  static constexpr std::array<Name<PeriodStatus>, 3> states{
      {{"complete", {true, true}}, {"observable", {true, false}}, {"unknown", {false, false}}}};
  for (const json& status : fields.array("status")) {
    const auto found = std::find_if(states.begin(), states.end(), [&](const auto& known) {
      return known.first == fields.text(status, "status");
    });
    if (found == states.end()) fields.refuse("status", "It must be complete, observable or unknown.");
    frame.status.push_back(found->second);
  }
  frame.segment_names = fields.texts("segment_names");
  for (const json& segment : fields.array("segments")) {
    const ResultFields own(segment, fields.name_of("segments"));
    frame.segments.push_back(own.texts("label"));
    row(own, frame.grid.size());
  }
  return frame;
}

template <class Names>
void require_counts(const ResultFields& fields, const Names& names) {
  const std::vector<std::string> given = fields.texts("counts");
  if (!std::equal(given.begin(), given.end(), names.begin(), names.end()))
    fields.refuse("counts", "These are not the counts that this library keeps.");
}

template <>
MovementCube read(const json& tree) {
  const ResultFields fields(tree, "movement cube");
  std::vector<Currency> currencies;
  std::vector<MovementCell> cells;
  Stored::Frame frame =
      frame_from(fields, "movement_cube", [&](const ResultFields& segment, std::size_t periods) {
        currencies.push_back(segment.currency("currency"));
        const json& row = segment.array("cells");
        if (row.size() != periods) segment.refuse("cells", "There is not a cell a period.");
        for (const json& counts : row) {
          MovementCell& cell = cells.emplace_back();
          if (counts.is_null()) continue;
          if (!counts.is_array() || counts.size() != MovementCell::field_count)
            segment.refuse("cells", "A cell has more or fewer counts than there are.");
          std::size_t i = 0;
          for (const auto field : MovementCell::fields()) cell.*field = segment.whole(counts[i++], "cells");
        }
      });
  require_counts(fields, count_names);
  const bool is_trailing = fields.has("trailing_days");
  return Stored::movement_cube(std::move(frame),
                               is_trailing ? std::optional(fields.small("trailing_days")) : std::nullopt,
                               std::move(currencies), std::move(cells));
}

template <>
CohortCube read(const json& tree) {
  const ResultFields fields(tree, "cohort cube");
  std::vector<std::int64_t> sizes;
  std::vector<CohortCell> cells;
  Stored::Frame frame =
      frame_from(fields, "cohort_cube", [&](const ResultFields& segment, std::size_t periods) {
        for (const json& size : segment.array("sizes")) sizes.push_back(segment.whole(size, "sizes"));
        const json& cohorts = segment.array("cells");
        if (cohorts.size() != periods) segment.refuse("cells", "There is not a row a cohort.");
        for (std::size_t c = 0; c < periods; ++c) {
          if (!cohorts[c].is_array() || cohorts[c].size() != periods - c)
            segment.refuse("cells", "There is not a cell an age.");
          for (const json& counts : cohorts[c]) {
            CohortCell& cell = cells.emplace_back();
            if (counts.is_null()) continue;
            if (!counts.is_array() || counts.size() != 3)
              segment.refuse("cells", "A cell has more or fewer counts than there are.");
            cell = {segment.whole(counts[0], "cells"), segment.whole(counts[1], "cells"),
                    segment.whole(counts[2], "cells")};
          }
        }
      });
  require_counts(fields, std::array<const char*, 3>{"present", "unbroken", "ticks"});
  return Stored::cohort_cube(std::move(frame), fields.named("cohort_by", cohort_by_names),
                             fields.currency("currency"), std::move(sizes), cells);
}

}  // namespace

template <Answer T>
void to_json(ordered_json& tree, const T& answer) {
  tree = written(answer);
}
template <Answer T>
void to_json(json& tree, const T& answer) {
  tree = written(answer);
}
template <Answer T>
T from_json(const json& tree) {
  require_shallow(tree, "answer");
  if constexpr (std::is_same_v<T, Table>)
    return table_from(tree);
  else
    return read<T>(tree);
}
template <Answer T>
T from_json(const ordered_json& tree) {
  require_shallow(tree, "answer");
  if constexpr (std::is_same_v<T, Table>)
    return table_from(tree);
  else
    return read<T>(json(tree));
}

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a list of instantiations
#define CHURN_ANSWER(T)                              \
  template void to_json<T>(ordered_json&, const T&); \
  template void to_json<T>(json&, const T&);         \
  template T from_json<T>(const json&);              \
  template T from_json<T>(const ordered_json&)

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
CHURN_ANSWER(PeriodGrid);
CHURN_ANSWER(MovementCube);
CHURN_ANSWER(CohortCube);
#undef CHURN_ANSWER

void to_json(ordered_json& tree, const Error& error) {
  tree = ordered_json::object();
  tree["code"] = std::string(error_name(error.code()));
  tree["message"] = error.what();
}
void to_json(json& tree, const Error& error) { tree = ordered_json(error); }

}  // namespace churn::inline v0
