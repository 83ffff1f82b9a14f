#include <churn/io/playbook_json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include <churn/core/error.hpp>
#include <churn/core/printable.hpp>

#include "io/file_text.hpp"
#include "io/json_value.hpp"
#include "io/utf8.hpp"

namespace churn::inline v0 {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double lowest = std::numeric_limits<double>::lowest();
constexpr std::int32_t most_days = std::numeric_limits<std::int32_t>::max();

[[noreturn]] void fail(const std::string& sentence) { throw Error(ErrorCode::bad_conventions, sentence); }

/// A value as it stands in the file, for a sentence.
std::string shown(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 60);
}

void check_fields(const json& object, const std::string& place,
                  std::initializer_list<std::string_view> known) {
  if (!object.is_object()) fail(place + " must be a JSON object, not " + shown(object) + ".");
  for (const auto& field : object.items()) {
    if (std::find(known.begin(), known.end(), field.key()) != known.end()) continue;
    std::string list;
    for (const std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
    fail("\"" + printable(field.key()) + "\" is not a field of " + place + ". Known here: " + list + ".");
  }
}

/// The field's value; none if it is missing or null.
const json* find(const json& object, const char* field) {
  const auto found = object.find(field);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const json& need(const json& object, const char* field, const std::string& place) {
  const json* const value = find(object, field);
  if (value == nullptr) fail(place + "." + field + " is missing.");
  return *value;
}

std::string text_in(const json& object, const char* field, const std::string& place) {
  const json& value = need(object, field, place);
  if (!value.is_string()) fail(place + "." + field + " must be a text, not " + shown(value) + ".");
  return value.get<std::string>();
}

double number_of(const json& value, const std::string& place) {
  if (!value.is_number()) fail(place + " must be a number, not " + shown(value) + ".");
  return value.get<double>();
}

std::int32_t days_of(const json& value, const std::string& place) {
  if (!value.is_number_integer() || value < 0 || value > most_days)
    fail(place + " must be a whole number of days, 0 to " + std::to_string(most_days) + ", not " +
         shown(value) + ".");
  return value.get<std::int32_t>();
}

const json& list_in(const json& object, const char* field, const std::string& place) {
  const json& value = need(object, field, place);
  if (!value.is_array()) fail(place + "." + field + " must be a list, not " + shown(value) + ".");
  return value;
}

std::string numbered(const std::string& place, std::size_t number) {
  return place + "[" + std::to_string(number) + "]";
}

PlaybookBand read_band(const json& object, const std::string& place, bool is_first) {
  check_fields(object, place, {"from", "level", "points"});
  const json* const from = find(object, "from");
  if (from == nullptr && !is_first)
    fail(place + ".from is missing. Only that of the first band may be left out.");
  return {from == nullptr ? lowest : number_of(*from, place + ".from"), text_in(object, "level", place),
          number_of(need(object, "points", place), place + ".points")};
}

PlaybookRule read_rule(const json& object, const std::string& place) {
  check_fields(object, place, {"name", "indicator", "bands", "weight", "tenure_from", "tenure_until"});
  PlaybookRule rule{.name = text_in(object, "name", place), .indicator = text_in(object, "indicator", place)};
  for (const json& band : list_in(object, "bands", place))
    rule.bands.push_back(read_band(band, numbered(place + ".bands", rule.bands.size()), rule.bands.empty()));
  if (const json* weight = find(object, "weight")) rule.weight = number_of(*weight, place + ".weight");
  if (const json* days = find(object, "tenure_from"))
    rule.tenure_from = days_of(*days, place + ".tenure_from");
  if (const json* days = find(object, "tenure_until"))
    rule.tenure_until = days_of(*days, place + ".tenure_until");
  return rule;
}

/// Other bytes would come back as another text.
const std::string& kept(const std::string& text) {
  if (!reading::is_utf8(text)) fail("A text of the playbook is not UTF-8, so JSON can't hold it.");
  return text;
}

/// Whole numbers without a point, as people write them.
ordered_json number_in_json(double value) {
  constexpr double exact = 9007199254740992;  // 2^53: above it not every whole number is a double
  if (value == std::floor(value) && std::abs(value) < exact) return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

Playbook playbook_from_json(std::string_view text) {
  try {
    const json document = reading::parse_tree(text);
    check_fields(document, "a playbook", {"rules"});
    Playbook playbook;
    for (const json& rule : list_in(document, "rules", "playbook"))
      playbook.rules.push_back(read_rule(rule, numbered("rules", playbook.rules.size())));
    playbook.validate();
    return playbook;
  } catch (const Error& error) {
    fail(error.what());
  }
}

Playbook read_playbook(const std::filesystem::path& file) {
  const std::string text = reading::text_of_file(file, file.string());
  try {
    return playbook_from_json(text);
  } catch (const Error& error) {
    throw Error(error.code(), file.string() + ": " + error.what());
  }
}

std::string to_json(const Playbook& playbook) {
  playbook.validate();
  ordered_json document = ordered_json::object();
  ordered_json& rules = document["rules"] = ordered_json::array();
  for (const PlaybookRule& rule : playbook.rules) {
    ordered_json entry = {{"name", kept(rule.name)}, {"indicator", kept(rule.indicator)}};
    ordered_json& bands = entry["bands"] = ordered_json::array();
    for (const PlaybookBand& band : rule.bands) {
      ordered_json written = ordered_json::object();
      if (band.from != lowest) written["from"] = number_in_json(band.from);
      written["level"] = kept(band.level);
      written["points"] = number_in_json(band.points);
      bands.push_back(std::move(written));
    }
    if (rule.weight != 1) entry["weight"] = number_in_json(rule.weight);
    if (rule.tenure_from != 0) entry["tenure_from"] = rule.tenure_from;
    if (rule.tenure_until) entry["tenure_until"] = *rule.tenure_until;
    rules.push_back(std::move(entry));
  }
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace churn::inline v0
