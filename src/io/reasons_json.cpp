#include <churn/io/reasons_json.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <churn/core/printable.hpp>

#include "io/file_text.hpp"
#include "io/json_value.hpp"

namespace churn::inline v0 {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int32_t most_days = 3650;
constexpr std::array<std::string_view, 2> kinds{"exit_survey", "exit_survey_sent"};
constexpr std::array<std::string_view, 2> word_bases{"standard", "none"};

struct Processor {
  std::string_view name;
  const FailureCodes& (*codes)();
};

const FailureCodes& no_codes() {
  static const FailureCodes none;
  return none;
}

/// Of two that fit equally well, the first is written.
constexpr std::array<Processor, 7> processors{{{"standard", &FailureCodes::standard},
                                               {"stripe", &FailureCodes::stripe},
                                               {"braintree", &FailureCodes::braintree},
                                               {"adyen", &FailureCodes::adyen},
                                               {"recurly", &FailureCodes::recurly},
                                               {"chargebee", &FailureCodes::chargebee},
                                               {"none", &no_codes}}};

[[noreturn]] void fail(const std::string& sentence) { throw Error(ErrorCode::bad_conventions, sentence); }

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

template <class Names, class Text>
std::string listed(const Names& names, Text text) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + std::string(text(name));
  return list.empty() ? "none" : list;
}
template <class Names>
std::string listed(const Names& names) {
  return listed(names, [](std::string_view name) { return name; });
}

/// A value as it stands in the file, for a sentence.
std::string shown(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 60);
}

void check_fields(const json& object, const std::string& name,
                  std::initializer_list<std::string_view> known) {
  if (!object.is_object()) fail(name + " must be a JSON object, not " + shown(object) + ".");
  for (const auto& field : object.items())
    if (std::find(known.begin(), known.end(), field.key()) == known.end())
      fail(in_quotes(field.key()) + " is not a field of " + name + ". Known here: " + listed(known) + ".");
}

/// The field's value; none if it is missing or null.
const json* find(const json& object, const char* field) {
  const auto found = object.find(field);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& value, const std::string& name) {
  if (!value.is_string()) fail(name + " must be a text, not " + shown(value) + ".");
  return value.get<std::string>();
}

/// One of the known names, by which it is found.
template <class Names, class Text>
auto one_of(const json& value, const std::string& name, const Names& names, Text text) {
  const std::string given = text_of(value, name);
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& known) { return text(known) == given; });
  if (found == names.end())
    fail(name + " can't be " + in_quotes(given) + ". Known: " + listed(names, text) + ".");
  return *found;
}
template <class Names>
std::string_view one_of(const json& value, const std::string& name, const Names& names) {
  return one_of(value, name, names, [](std::string_view known) { return known; });
}

void read_days(const json& document, const char* field, std::int32_t& into) {
  const json* value = find(document, field);
  if (value == nullptr) return;
  if (!value->is_number_integer() || *value < 0 || *value > most_days)
    fail(std::string(field) + " must be a whole number of days, 0 to " + std::to_string(most_days) +
         ", not " + shown(*value) + ".");
  into = value->get<std::int32_t>();
}

/// Calls read(key, value, name) for the fields of an object of texts, of which no two are one when they are compared.
template <class Read>
void read_texts(const json& object, const std::string& name, Read&& read) {
  if (!object.is_object()) fail(name + " must be a JSON object, not " + shown(object) + ".");
  std::map<std::string, std::string> seen;
  for (const auto& field : object.items()) {
    const std::string path = name + "[" + in_quotes(field.key()) + "]";
    const std::string normalised = StatedReasons::normalised(field.key());
    if (normalised.empty()) fail(path + " has no letter and no digit, so nothing can be told by it.");
    const auto [before, is_new] = seen.emplace(normalised, field.key());
    if (!is_new) fail(path + " is the same text as " + in_quotes(before->second) + ". Keep one of them.");
    read(field.key(), field.value(), path);
  }
}

void read_stated(const json& object, StatedReasons& stated) {
  read_texts(object, "stated", [&](const std::string& text, const json& value, const std::string& path) {
    check_fields(value, path, {"type", "reason"});
    const json* const type = find(value, "type");
    if (type == nullptr)
      fail(path + ".type is missing. Known: " + listed(departure_types, departure_type_name) + ".");
    const json* const reason = find(value, "reason");
    const std::string name =
        reason == nullptr ? std::string(unknown_reason) : text_of(*reason, path + ".reason");
    if (StatedReasons::normalised(name).empty())
      fail(path + ".reason must have a letter or a digit, not be " + in_quotes(name) + ".");
    stated.set(text, one_of(*type, path + ".type", departure_types, departure_type_name), name);
  });
}

void read_codes(const json& object, FailureCodes& codes) {
  read_texts(object, "codes", [&](const std::string& code, const json& value, const std::string& path) {
    codes.set(code, one_of(value, path, payment_reasons));
  });
}

void read_kinds(const json& object, EventKindMap& into) {
  if (!object.is_object()) fail("event_kinds must be a JSON object, not " + shown(object) + ".");
  for (const auto& field : object.items())
    into[field.key()] = one_of(field.value(), "event_kinds[" + in_quotes(field.key()) + "]", kinds);
}

/// Names of rules that there are, each once.
std::vector<std::string> read_rules(const json& list, const std::string& name, const DepartureRules& rules) {
  if (!list.is_array()) fail(name + " must be a list of the names of rules, not " + shown(list) + ".");
  std::vector<std::string> names;
  for (const json& element : list) {
    names.push_back(
        one_of(element, name, rules.all(), [](const DepartureRule& rule) { return rule.name; }).name);
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      fail(name + " has the rule " + in_quotes(names.back()) + " twice.");
  }
  return names;
}

DepartureRules rules_from_tree(const json& document, DepartureRules rules) {
  check_fields(document, "rules for departures",
               {"stated", "stated_from", "codes", "processor", "event_kinds", "dunning_days", "survey_days",
                "order", "without"});
  ReasonTables& tables = rules.tables;
  if (const json* from = find(document, "stated_from"))
    tables.stated =
        one_of(*from, "stated_from", word_bases) == "none" ? StatedReasons{} : StatedReasons::standard();
  if (const json* from = find(document, "processor"))
    tables.codes =
        one_of(*from, "processor", processors, [](const Processor& known) { return known.name; }).codes();
  if (const json* stated = find(document, "stated")) read_stated(*stated, tables.stated);
  if (const json* codes = find(document, "codes")) read_codes(*codes, tables.codes);
  if (const json* mapped = find(document, "event_kinds")) read_kinds(*mapped, tables.event_kinds);
  read_days(document, "dunning_days", tables.dunning_days);
  read_days(document, "survey_days", tables.survey_days);
  const json* const order = find(document, "order");
  if (order != nullptr) rules.first(read_rules(*order, "order", rules));
  if (const json* without = find(document, "without"))
    for (const std::string& name : read_rules(*without, "without", rules)) {
      if (order != nullptr && std::find(order->begin(), order->end(), name) != order->end())
        fail("order and without both have the rule " + in_quotes(name) + ". Keep it in one of them.");
      rules.remove(name);
    }
  return rules;
}

/// Whether all that a table knows is in another, if with other meanings.
template <class Map>
bool is_covered(const Map& table, const Map& by) {
  return std::all_of(table.begin(), table.end(), [&](const auto& entry) { return by.contains(entry.first); });
}

/// What has to be set onto a table to make it another.
template <class Map, class Set>
void each_difference(const Map& from, const Map& to, Set&& set) {
  for (const auto& [key, value] : to) {
    const auto before = from.find(key);
    if (before == from.end() || !(before->second == value)) set(key, value);
  }
}

void write_stated(ordered_json& document, const StatedReasons& stated) {
  const StatedReasons& standard = StatedReasons::standard();
  const bool onto_standard = is_covered(standard.all(), stated.all());
  if (!onto_standard) document["stated_from"] = "none";
  const StatedReasons none;
  each_difference(
      (onto_standard ? standard : none).all(), stated.all(),
      [&](const std::string& text, const StatedReason& meaning) {
        document["stated"][text] = {{"type", departure_type_name(meaning.type)}, {"reason", meaning.reason}};
      });
}

void write_codes(ordered_json& document, const FailureCodes& codes) {
  const Processor* nearest = nullptr;
  std::size_t fewest = 0;
  for (const Processor& processor : processors) {
    const auto& known = processor.codes().all();
    if (!is_covered(known, codes.all())) continue;
    std::size_t different = 0;
    each_difference(known, codes.all(), [&](const auto&, const auto&) { ++different; });
    if (nearest != nullptr && different >= fewest) continue;
    nearest = &processor;
    fewest = different;
  }
  if (nearest != processors.data()) document["processor"] = nearest->name;
  each_difference(
      nearest->codes().all(), codes.all(),
      [&](const std::string& code, const std::string& reason) { document["codes"][code] = reason; });
}

void write_rules(ordered_json& document, const std::vector<DepartureRule>& rules) {
  const std::vector<DepartureRule> standard = DepartureRules::standard().all();
  const auto has = [](const std::vector<DepartureRule>& some, const std::string& name) {
    return std::any_of(some.begin(), some.end(),
                       [&](const DepartureRule& rule) { return rule.name == name; });
  };
  std::vector<std::string> names;
  names.reserve(rules.size());
  for (const DepartureRule& rule : rules) names.push_back(rule.name);
  std::vector<std::string> kept;
  for (const DepartureRule& rule : standard) {
    if (has(rules, rule.name))
      kept.push_back(rule.name);
    else
      document["without"].push_back(rule.name);
  }
  if (names != kept) document["order"] = names;
}

}  // namespace

DepartureRules departure_rules_from_json(std::string_view text, const DepartureRules& base) {
  json document;
  try {
    document = reading::parse_tree(text);
  } catch (const Error& error) {
    fail(error.what());
  }
  return rules_from_tree(document, base);
}

DepartureRules read_departure_rules(const std::filesystem::path& file, const DepartureRules& base) {
  const std::string text = reading::text_of_file(file, file.string());
  try {
    return departure_rules_from_json(text, base);
  } catch (const Error& error) {
    throw Error(error.code(), file.string() + ": " + error.what());
  }
}

std::string to_json(const DepartureRules& rules) {
  const ReasonTables standard;
  ordered_json document = ordered_json::object();
  write_stated(document, rules.tables.stated);
  write_codes(document, rules.tables.codes);
  if (!rules.tables.event_kinds.empty()) document["event_kinds"] = rules.tables.event_kinds;
  if (rules.tables.dunning_days != standard.dunning_days)
    document["dunning_days"] = rules.tables.dunning_days;
  if (rules.tables.survey_days != standard.survey_days) document["survey_days"] = rules.tables.survey_days;
  write_rules(document, rules.all());
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace churn::inline v0
