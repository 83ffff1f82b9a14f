#include <churn/io/risk_model_json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <set>
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

constexpr int format_version = 1;
/// Products and sums of a few such numbers are finite.
constexpr double largest = 1e100;
constexpr std::int64_t most_days = std::numeric_limits<std::int32_t>::max();
/// Up to here every whole number has a double, and readers agree on it.
constexpr std::int64_t most_rows = 9007199254740992;

template <class Enum>
using Name = std::pair<std::string_view, Enum>;

constexpr std::array<Name<RiskKind>, 2> kinds{
    {{"logistic", RiskKind::logistic}, {"hazard", RiskKind::hazard}}};
constexpr std::array<Name<Calibration>, 3> calibrations{
    {{"none", Calibration::none}, {"platt", Calibration::platt}, {"isotonic", Calibration::isotonic}}};
constexpr std::array<Name<Direction>, 2> directions{
    {{"raises", Direction::raises}, {"lowers", Direction::lowers}}};
constexpr std::array<Name<Shape>, 3> shapes{
    {{"none", Shape::none}, {"log1p", Shape::log1p}, {"asinh", Shape::asinh}}};

[[noreturn]] void fail(const std::string& sentence) { throw Error(ErrorCode::unreadable, sentence); }

/// A value as it stands in the file, for a sentence.
std::string shown(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 60);
}

std::string numbered(const std::string& place, std::size_t number) {
  return place + "[" + std::to_string(number) + "]";
}

/// An object of the document, with all its fields known.
class Fields {
 public:
  Fields(const json& object, std::string place, std::initializer_list<std::string_view> known)
      : object_(&object), place_(std::move(place)) {
    const std::string name = place_.empty() ? "A risk model" : place_;
    if (!object.is_object()) fail(name + " must be a JSON object, not " + shown(object) + ".");
    for (const auto& field : object.items()) {
      if (std::find(known.begin(), known.end(), field.key()) != known.end()) continue;
      std::string list;
      for (const std::string_view one : known) list += (list.empty() ? "" : ", ") + std::string(one);
      fail("\"" + printable(field.key()) + "\" is not a field of " +
           (place_.empty() ? "a risk model" : place_) + ". Known here: " + list + ".");
    }
  }

  [[nodiscard]] std::string name_of(const char* field) const {
    return place_.empty() ? field : place_ + "." + field;
  }
  /// None if it is missing or null.
  [[nodiscard]] const json* find(const char* field) const {
    const auto found = object_->find(field);
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }
  [[nodiscard]] const json& need(const char* field) const {
    const json* const value = find(field);
    if (value == nullptr) fail(name_of(field) + " is missing.");
    return *value;
  }

  [[nodiscard]] std::string text(const char* field) const {
    const json& value = need(field);
    if (!value.is_string()) fail(name_of(field) + " must be a text, not " + shown(value) + ".");
    return value.get<std::string>();
  }
  [[nodiscard]] double number(const char* field) const { return number_of(need(field), name_of(field)); }
  [[nodiscard]] std::int64_t whole(const char* field, std::int64_t most) const {
    return whole_of(need(field), name_of(field), most);
  }
  [[nodiscard]] std::optional<Date> day(const char* field) const {
    if (find(field) == nullptr) return std::nullopt;
    const std::string given = text(field);
    const auto day = Date::parse(given);
    if (!day) fail(name_of(field) + " must be a day such as 2024-05-01, not \"" + printable(given) + "\".");
    return day;
  }
  template <class Enum, std::size_t N>
  [[nodiscard]] Enum one_of(const char* field, const std::array<Name<Enum>, N>& names) const {
    const std::string given = text(field);
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const Name<Enum>& name) { return name.first == given; });
    if (found != names.end()) return found->second;
    std::string list;
    for (const Name<Enum>& name : names) list += (list.empty() ? "" : ", ") + std::string(name.first);
    fail(name_of(field) + " can't be \"" + printable(given) + "\". Known: " + list + ".");
  }
  [[nodiscard]] const json& list(const char* field) const {
    const json& value = need(field);
    if (!value.is_array()) fail(name_of(field) + " must be a list, not " + shown(value) + ".");
    return value;
  }
  [[nodiscard]] std::vector<double> numbers(const char* field) const {
    std::vector<double> result;
    for (const json& value : list(field))
      result.push_back(number_of(value, numbered(name_of(field), result.size())));
    return result;
  }
  [[nodiscard]] std::vector<std::int32_t> days(const char* field) const {
    std::vector<std::int32_t> result;
    for (const json& value : list(field))
      result.push_back(
          static_cast<std::int32_t>(whole_of(value, numbered(name_of(field), result.size()), most_days)));
    return result;
  }

 private:
  static double number_of(const json& value, const std::string& name) {
    if (!value.is_number()) fail(name + " must be a number, not " + shown(value) + ".");
    return value.get<double>();
  }
  static std::int64_t whole_of(const json& value, const std::string& name, std::int64_t most) {
    if (!value.is_number_integer() || value < 0 || value > most)
      fail(name + " must be a whole number, 0 to " + std::to_string(most) + ", not " + shown(value) + ".");
    return value.get<std::int64_t>();
  }

  const json* object_;
  std::string place_;
};

template <class Enum, std::size_t N>
std::string name_of(Enum value, const std::array<Name<Enum>, N>& names) {
  const auto found =
      std::find_if(names.begin(), names.end(), [value](const auto& name) { return name.second == value; });
  return found == names.end() ? "" : std::string(found->first);
}

RiskTerm read_term(const json& object, const std::string& place) {
  const Fields fields(object, place,
                      {"name", "direction", "shape", "mean", "deviation", "lowest", "highest", "known",
                       "weight", "missing_weight", "group"});
  return {.column = {.name = fields.text("name"), .direction = fields.one_of("direction", directions)},
          .transform = {.shape = fields.one_of("shape", shapes),
                        .mean = fields.number("mean"),
                        .deviation = fields.number("deviation"),
                        .lowest = fields.number("lowest"),
                        .highest = fields.number("highest"),
                        .known = fields.whole("known", most_rows)},
          .weight = fields.number("weight"),
          .missing_weight = fields.number("missing_weight"),
          .group = static_cast<std::uint32_t>(fields.whole("group", most_days))};
}

void read_calibration(const json& object, RiskModel& model) {
  const Fields any(object, "calibration", {"kind", "intercept", "slope", "log_odds", "risk"});
  model.calibration = any.one_of("kind", calibrations);
  switch (model.calibration) {
    case Calibration::none: (void)Fields(object, "calibration", {"kind"}); break;
    case Calibration::platt: {
      const Fields fields(object, "calibration", {"kind", "intercept", "slope"});
      model.platt_intercept = fields.number("intercept");
      model.platt_slope = fields.number("slope");
      break;
    }
    case Calibration::isotonic: {
      const Fields fields(object, "calibration", {"kind", "log_odds", "risk"});
      model.isotonic = {.score = fields.numbers("log_odds"), .value = fields.numbers("risk")};
      break;
    }
  }
}

RiskProvenance read_provenance(const json& object) {
  const Fields fields(object, "provenance",
                      {"as_of", "first_day", "last_day", "rows", "customers", "departures", "not_yet_known",
                       "ridge", "held_out_auc"});
  const auto count = [&](const char* field) {
    return static_cast<std::size_t>(fields.whole(field, most_rows));
  };
  RiskProvenance result{.as_of = fields.day("as_of"),
                        .first_day = fields.day("first_day"),
                        .last_day = fields.day("last_day"),
                        .rows = count("rows"),
                        .customers = count("customers"),
                        .departures = count("departures"),
                        .not_yet_known = count("not_yet_known"),
                        .ridge = fields.number("ridge")};
  if (fields.find("held_out_auc") != nullptr) result.held_out_auc = fields.number("held_out_auc");
  return result;
}

// What contradicts itself: a sentence on the first such thing, empty if there is none.

bool is_moderate(double x) { return std::abs(x) <= largest; }  // and not NaN

template <class Numbers>
bool rises(const Numbers& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), [](auto a, auto b) { return !(a < b); }) ==
         numbers.end();
}

std::string problem_of(const RiskTerm& term, const std::string& place) {
  const Transform& transform = term.transform;
  if (term.column.name.empty()) return place + ".name is empty.";
  if (!reading::is_utf8(term.column.name))
    return place + ".name is not UTF-8.";  // it would come back as another
  if (!std::isfinite(transform.mean)) return place + ".mean must be a finite number.";
  if (!(transform.deviation >= 0 && std::isfinite(transform.deviation)))
    return place + ".deviation must be a finite number, 0 or more.";
  if (!is_moderate(transform.lowest) || !is_moderate(transform.highest))
    return place + ".lowest and highest must be finite, and not beyond 1e100.";
  if (transform.lowest > transform.highest) return place + ".lowest is above its highest.";
  if (!is_moderate(term.weight) || !is_moderate(term.missing_weight))
    return place + ".weight and missing_weight must be finite, and not beyond 1e100.";
  if (transform.deviation == 0 && term.weight != 0)
    return place + ".weight is of a column that never varied: its deviation is 0.";
  return {};
}

std::string problem_of_terms(const RiskModel& model) {
  std::set<std::string_view> names;
  std::uint32_t groups = 0;
  for (std::size_t k = 0; k < model.terms.size(); ++k) {
    const RiskTerm& term = model.terms[k];
    const std::string place = numbered("terms", k);
    if (std::string problem = problem_of(term, place); !problem.empty()) return problem;
    if (!names.insert(term.column.name).second)
      return place + ".name \"" + printable(term.column.name) + "\" is there twice.";
    if (term.group > groups)
      return place + ".group must be at most " + std::to_string(groups) +
             ": groups are numbered as they come.";
    groups = std::max(groups, term.group + 1);
    if (term.transform.known < 0 || static_cast<std::uint64_t>(term.transform.known) > model.provenance.rows)
      return place + ".known must be 0 or more, and not more than the rows that it was trained on.";
  }
  return {};
}

std::string problem_of_tenure(const RiskModel& model) {
  if (model.kind != RiskKind::hazard)
    return model.tenure_cuts.empty() && model.tenure_weights.empty()
               ? ""
               : "tenure is of hazard, and must be null in a model that is none.";
  if (model.step > model.horizon) return "step is longer than the horizon.";
  if (!rises(model.tenure_cuts)) return "tenure.cuts must rise.";
  if (model.tenure_weights.size() != model.tenure_cuts.size() + 1)
    return "tenure.weights must be one more than its cuts.";
  if (!std::all_of(model.tenure_weights.begin(), model.tenure_weights.end(), is_moderate))
    return "tenure.weights must be finite, and not beyond 1e100.";
  return {};
}

std::string problem_of_calibration(const RiskModel& model) {
  if (model.calibration == Calibration::platt) {
    if (!is_moderate(model.platt_intercept))
      return "calibration.intercept must be finite, and not beyond 1e100.";
    if (!(model.platt_slope > 0 && is_moderate(model.platt_slope)))
      return "calibration.slope must be above 0, and not beyond 1e100.";
  }
  if (model.calibration != Calibration::isotonic) return {};
  const auto& [score, value] = model.isotonic;
  if (score.empty() || score.size() != value.size())
    return "calibration.log_odds and risk must be of the same length, at least one.";
  if (!std::all_of(score.begin(), score.end(), is_moderate) || !rises(score))
    return "calibration.log_odds must rise, be finite, and not beyond 1e100.";
  if (!std::all_of(value.begin(), value.end(), [](double v) { return v >= 0 && v <= 1; }))
    return "calibration.risk must be within 0 and 1.";
  if (!std::is_sorted(value.begin(), value.end())) return "calibration.risk must not fall.";
  return {};
}

std::string problem_of_flat(const RiskModel& model) {
  if (model.why_flat.empty()) return {};
  const auto weighs = [](const RiskTerm& term) { return term.weight != 0 || term.missing_weight != 0; };
  if (std::any_of(model.terms.begin(), model.terms.end(), weighs) ||
      std::any_of(model.tenure_weights.begin(), model.tenure_weights.end(),
                  [](double w) { return w != 0; }) ||
      model.calibration != Calibration::none)
    return "why_flat says that the model gives the base rate alone, but it has weights or a calibration.";
  return {};
}

std::string problem_of(const RiskProvenance& from) {
  if (from.departures > from.rows) return "provenance.departures are more than its rows.";
  if (from.customers > from.rows) return "provenance.customers are more than its rows.";
  if (from.first_day.has_value() != from.last_day.has_value() || from.first_day > from.last_day)
    return "provenance.first_day and last_day must both be there, in order, or both not.";
  if (!(from.ridge >= 0 && std::isfinite(from.ridge)))
    return "provenance.ridge must be a finite number, 0 or more.";
  if (from.held_out_auc && !(*from.held_out_auc >= 0 && *from.held_out_auc <= 1))
    return "provenance.held_out_auc must be within 0 and 1.";
  return {};
}

std::string problem_of(const RiskModel& model) {
  if (model.horizon < 1 || model.step < 1) return "horizon and step must be a day or more.";
  if (!is_moderate(model.intercept)) return "intercept must be finite, and not beyond 1e100.";
  for (std::string problem : {problem_of(model.provenance), problem_of_terms(model), problem_of_tenure(model),
                              problem_of_calibration(model), problem_of_flat(model)})
    if (!problem.empty()) return problem;
  return {};
}

RiskModel model_from_tree(const json& document) {
  // Told first: a document of another kind or time has other fields.
  const auto version = document.is_object() ? document.find("risk_model") : document.end();
  if (!document.is_object() || version == document.end())
    fail("That is no risk model: it has no field risk_model with its version.");
  if (*version != format_version)
    fail("risk_model is " + shown(*version) + ": this library reads version " +
         std::to_string(format_version) + ".");
  const Fields fields(document, "",
                      {"risk_model", "library", "kind", "horizon", "step", "intercept", "terms", "tenure",
                       "calibration", "why_flat", "provenance"});
  RiskModel model{.kind = fields.one_of("kind", kinds),
                  .horizon = static_cast<std::int32_t>(fields.whole("horizon", most_days)),
                  .step = static_cast<std::int32_t>(fields.whole("step", most_days)),
                  .intercept = fields.number("intercept")};
  for (const json& term : fields.list("terms"))
    model.terms.push_back(read_term(term, numbered("terms", model.terms.size())));
  if (const json* tenure = fields.find("tenure")) {
    const Fields inner(*tenure, "tenure", {"cuts", "weights"});
    model.tenure_cuts = inner.days("cuts");
    model.tenure_weights = inner.numbers("weights");
  }
  read_calibration(fields.need("calibration"), model);
  if (fields.find("why_flat") != nullptr) model.why_flat = fields.text("why_flat");
  model.provenance = read_provenance(fields.need("provenance"));
  if (fields.find("library") != nullptr) model.provenance.library = fields.text("library");
  if (const std::string problem = problem_of(model); !problem.empty()) fail(problem);
  return model;
}

ordered_json day_in_json(const std::optional<Date>& day) {
  return day ? ordered_json(day->to_string()) : ordered_json(nullptr);
}

ordered_json tree_of(const RiskTerm& term) {
  return {{"name", term.column.name},
          {"direction", name_of(term.column.direction, directions)},
          {"shape", name_of(term.transform.shape, shapes)},
          {"mean", term.transform.mean},
          {"deviation", term.transform.deviation},
          {"lowest", term.transform.lowest},
          {"highest", term.transform.highest},
          {"known", term.transform.known},
          {"weight", term.weight},
          {"missing_weight", term.missing_weight},
          {"group", term.group}};
}

ordered_json calibration_of(const RiskModel& model) {
  ordered_json tree = {{"kind", name_of(model.calibration, calibrations)}};
  if (model.calibration == Calibration::platt) {
    tree["intercept"] = model.platt_intercept;
    tree["slope"] = model.platt_slope;
  } else if (model.calibration == Calibration::isotonic) {
    tree["log_odds"] = model.isotonic.score;
    tree["risk"] = model.isotonic.value;
  }
  return tree;
}

ordered_json tree_of(const RiskProvenance& from) {
  return {{"as_of", day_in_json(from.as_of)},
          {"first_day", day_in_json(from.first_day)},
          {"last_day", day_in_json(from.last_day)},
          {"rows", from.rows},
          {"customers", from.customers},
          {"departures", from.departures},
          {"not_yet_known", from.not_yet_known},
          {"ridge", from.ridge},
          {"held_out_auc", from.held_out_auc ? ordered_json(*from.held_out_auc) : ordered_json(nullptr)}};
}

ordered_json tree_of(const RiskModel& model) {
  if (const std::string problem = problem_of(model); !problem.empty())
    throw Error(ErrorCode::bad_number, "The model can't be kept: " + problem);
  ordered_json document;
  document["risk_model"] = format_version;
  document["library"] = model.provenance.library;
  document["kind"] = name_of(model.kind, kinds);
  document["horizon"] = model.horizon;
  document["step"] = model.step;
  document["intercept"] = model.intercept;
  document["terms"] = ordered_json::array();
  for (const RiskTerm& term : model.terms) document["terms"].push_back(tree_of(term));
  document["tenure"] = nullptr;
  if (model.kind == RiskKind::hazard)
    document["tenure"] = {{"cuts", model.tenure_cuts}, {"weights", model.tenure_weights}};
  document["calibration"] = calibration_of(model);
  document["why_flat"] = model.why_flat;
  document["provenance"] = tree_of(model.provenance);
  return document;
}

/// Either kind of tree as one that can be walked: through the flat document, which goes no deeper than it says.
template <class Json>
json shallow(const Json& tree) {
  reading::JsonDocument document;
  document.assign(tree);
  if (document.too_deep()) fail("The model is nested too deep.");
  return tree;
}

}  // namespace

std::string to_json(const RiskModel& model) {
  return tree_of(model).dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

RiskModel risk_model_from_json(std::string_view text) { return model_from_tree(reading::parse_tree(text)); }

RiskModel read_risk_model(const std::filesystem::path& file) {
  const std::string text = reading::text_of_file(file, file.string());
  try {
    return risk_model_from_json(text);
  } catch (const Error& error) {
    throw Error(error.code(), file.string() + ": " + error.what());
  }
}

void to_json(json& tree, const RiskModel& model) { tree = tree_of(model); }
void to_json(ordered_json& tree, const RiskModel& model) { tree = tree_of(model); }
void from_json(const json& tree, RiskModel& model) { model = model_from_tree(shallow(tree)); }
void from_json(const ordered_json& tree, RiskModel& model) { model = model_from_tree(shallow(tree)); }

}  // namespace churn::inline v0
