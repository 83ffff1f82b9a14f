// A risk model as JSON: trained where the records are, loaded by a service that scores.
//
//   {
//     "risk_model": 1,                        version of the format
//     "library": "0.1.0",                     that trained it
//     "kind": "logistic",                     logistic | hazard
//     "horizon": 30, "step": 7,               days
//     "intercept": -3.1,
//     "terms": [{"name": "usage_decline", "direction": "raises",              raises | lowers
//                "shape": "log1p", "mean": 0.35, "deviation": 0.92,           none | log1p | asinh
//                "lowest": -0.38, "highest": 4.86, "known": 51234,
//                "weight": 0.41, "missing_weight": 0.0, "group": 0}],
//     "tenure": {"cuts": [30, 90], "weights": [0.7, 0.1, -0.8]},              null unless hazard
//     "calibration": {"kind": "platt", "intercept": 0.04, "slope": 1.02},
//                    {"kind": "isotonic", "log_odds": [-4.1, -0.3], "risk": [0.01, 0.4]}, or {"kind": "none"}
//     "why_flat": "",                         why it gives the base rate alone; empty if it does not
//     "provenance": {"as_of": "2024-05-01", "first_day": "2022-01-03", "last_day": "2024-04-01",       or null
//                    "rows": 51234, "customers": 1422, "departures": 3191, "not_yet_known": 5688,
//                    "ridge": 100.0, "held_out_auc": 0.71}                    or null
//   }
//
// Numbers are written with as many digits as bring back the same double: a model that was read gives the scores of the one
// that was written, to the last bit. No field may be missing but library, why_flat and those that are null here. An unknown
// field is an error, never ignored, and so is one that comes twice.
//
// What is damaged or contradicts itself is refused, with a sentence that names the field: a number that is not finite (or a
// weight beyond 1e100, so that no sum of them is), a name that is empty or not UTF-8, two terms of one name, a deviation
// below 0, a lowest above a highest, a group that none before leads to, cuts or log-odds out of order, a curve that falls or
// leaves [0, 1], a slope that is not above 0, a weight of a column that never varied or of a model that is flat, more
// departures than rows.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <churn/risk/risk_model.hpp>

namespace churn::inline v0 {

/// Indented. The same model gives the same bytes. Throws Error(bad_number) for a model that could not be read back.
[[nodiscard]] std::string to_json(const RiskModel& model);

/// Throws Error(unreadable) for a text that is no JSON, another version, and what is refused above. O(length).
[[nodiscard]] RiskModel risk_model_from_json(std::string_view text);

/// The same of a file; sentences begin with its name.
[[nodiscard]] RiskModel read_risk_model(const std::filesystem::path& file);

/// The same for a host that holds JSON trees: `nlohmann::json j = model;`, `j.get<RiskModel>()`. `from_json` throws as
/// risk_model_from_json does, and then leaves its target as it was.
void to_json(nlohmann::json& json, const RiskModel& model);
/// The same, with fields in the order above.
void to_json(nlohmann::ordered_json& json, const RiskModel& model);
/// Throws as risk_model_from_json does, and then leaves `model` as it was.
void from_json(const nlohmann::json& json, RiskModel& model);
/// The same of an ordered tree.
void from_json(const nlohmann::ordered_json& json, RiskModel& model);

}  // namespace churn::inline v0
