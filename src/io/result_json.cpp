#include <churn/io/result_json.hpp>

#include <cmath>

#include <nlohmann/json.hpp>

#include <churn/metric/movements.hpp>

#include "core/table_json.hpp"

namespace churn::inline v0 {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

ordered_json number_or_null(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value;
}

ordered_json part_or_null(std::int64_t amount, Unit unit) {
  if (unit == Unit::none) return nullptr;
  return amount;
}

}  // namespace

void to_json(ordered_json& tree, const Table& table) { tree = tree_of(table); }

void to_json(ordered_json& tree, const Rejections& rejections) { tree = tree_of(rejections.table()); }

void to_json(ordered_json& tree, const MovementCube& cube) {
  tree = ordered_json::object();
  tree["currency"] = std::string(cube.currency().code());
  tree["as_of"] = cube.as_of().to_string();
  tree["conventions"]["name"] = cube.conventions().name;
  tree["conventions"]["version"] = cube.conventions().version;
  tree["movements"] = tree_of(movements_table(cube));
}

void to_json(ordered_json& tree, const Measurement& measurement) {
  tree = ordered_json::object();
  tree["numerator"] = part_or_null(measurement.numerator, measurement.numerator_unit);
  tree["denominator"] = part_or_null(measurement.denominator, measurement.denominator_unit);
  tree["value"] = number_or_null(measurement.value);
  const auto& interval = measurement.interval;
  tree["ci_low"] = interval ? number_or_null(interval->low) : ordered_json(nullptr);
  tree["ci_high"] = interval ? number_or_null(interval->high) : ordered_json(nullptr);
}

void to_json(ordered_json& tree, const Error& error) {
  tree = ordered_json::object();
  tree["code"] = std::string(error_name(error.code()));
  tree["message"] = error.what();
}

void to_json(json& tree, const Table& table) { tree = ordered_json(table); }
void to_json(json& tree, const Rejections& rejections) { tree = ordered_json(rejections); }
void to_json(json& tree, const MovementCube& cube) { tree = ordered_json(cube); }
void to_json(json& tree, const Measurement& measurement) { tree = ordered_json(measurement); }
void to_json(json& tree, const Error& error) { tree = ordered_json(error); }

}  // namespace churn::inline v0
