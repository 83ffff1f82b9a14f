// Answers as JSON trees, for a host that puts them into a message of its own:
//
//   nlohmann::ordered_json answer;
//   answer["movements"] = analyzer.mrr_movements(grid);
//   answer["rejections"] = rejections;
//
// What is undefined is null, never 0 or nan. Amounts are exact decimals and so texts; counts are numbers. With
// ordered_json the fields come in the order said here, with json in order of their names.
//
//   Table         an array with an object a row, as `to_json(table)` of core/table.hpp has it
//   Rejections    its table: code, source, row, field, reason
//   MovementCube  {"currency", "as_of", "conventions": {"name", "version"}, "movements": its table}
//   Measurement   {"numerator", "denominator", "value", "ci_low", "ci_high"}; numerator and denominator are
//                 counts or run-rate ticks, null where the measurement has no such part
//   Error         {"code", "message"}
//
// A report has `to_json` of its own (report/report.hpp), conventions have io/conventions_json.hpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <churn/book/rejections.hpp>
#include <churn/core/error.hpp>
#include <churn/core/table.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/metric/measurement.hpp>

namespace churn::inline v0 {

void to_json(nlohmann::ordered_json& json, const Table& table);
void to_json(nlohmann::ordered_json& json, const Rejections& rejections);
void to_json(nlohmann::ordered_json& json, const MovementCube& cube);
void to_json(nlohmann::ordered_json& json, const Measurement& measurement);
void to_json(nlohmann::ordered_json& json, const Error& error);

void to_json(nlohmann::json& json, const Table& table);
void to_json(nlohmann::json& json, const Rejections& rejections);
void to_json(nlohmann::json& json, const MovementCube& cube);
void to_json(nlohmann::json& json, const Measurement& measurement);
void to_json(nlohmann::json& json, const Error& error);

}  // namespace churn::inline v0
