// A playbook as JSON, so that a team can keep its thresholds in a file.
//
//   {"rules": [
//     {"name": "licence use",          each once
//      "indicator": "seat_use",        a column of the observations
//      "bands": [                      from the lowest values up
//        {"level": "red", "points": 1},                  `from` may be left out of the first: it has all below the second
//        {"from": 0.5, "level": "yellow", "points": 0.5},
//        {"from": 0.75, "level": "green", "points": 0}],  points: 0 (safe) to 1
//      "weight": 1,                    above 0; 1, if it is left out
//      "tenure_from": 0,               days, inclusive; 0
//      "tenure_until": 180}]}          days, exclusive; none: no end
//
// A field that is null counts as left out. An unknown field is an error, never ignored: a typing error must not change an
// answer in silence. So is a field that comes twice. Whether an indicator exists is found when the playbook is used.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <churn/risk/playbook.hpp>

namespace churn::inline v0 {

/// Throws Error(bad_conventions) for a text that is no JSON object, an unknown field, one that is missing, a value of the
/// wrong kind, and what Playbook::validate refuses. The sentence names the place and what is allowed. O(length).
[[nodiscard]] Playbook playbook_from_json(std::string_view text);

/// The same of a file. Throws Error(unreadable) for one that is not there; sentences begin with its name.
[[nodiscard]] Playbook read_playbook(const std::filesystem::path& file);

/// Indented; `playbook_from_json` reads it back to an equal playbook. The same playbook gives the same bytes. What has its
/// usual value is left out. Throws what Playbook::validate throws, and Error(bad_conventions) for a text that is not UTF-8.
[[nodiscard]] std::string to_json(const Playbook& playbook);

}  // namespace churn::inline v0
