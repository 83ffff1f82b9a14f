#include <churn/io/conventions_json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include <churn/core/printable.hpp>

#include "io/json_value.hpp"

namespace churn::inline v0 {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

template <class Enum>
using Name = std::pair<std::string_view, Enum>;

constexpr std::array<Name<PausePolicy>, 3> pause_names{{{"retained", PausePolicy::retained},
                                                        {"absent", PausePolicy::absent},
                                                        {"counted", PausePolicy::counted}}};
constexpr std::array<Name<FreePolicy>, 2> free_names{
    {{"absent", FreePolicy::absent}, {"customer", FreePolicy::customer}}};
constexpr std::array<Name<RevenueSource>, 3> source_names{{{"automatic", RevenueSource::automatic},
                                                           {"subscriptions", RevenueSource::subscriptions},
                                                           {"invoices", RevenueSource::invoices}}};
constexpr std::array<Name<Recognition>, 2> recognition_names{
    {{"service_end", Recognition::service_end}, {"cancel_request", Recognition::cancel_request}}};
constexpr std::array<Name<PastDuePolicy>, 3> past_due_names{
    {{"counted", PastDuePolicy::counted},
     {"dropped_after_days", PastDuePolicy::dropped_after_days},
     {"dropped_when_exhausted", PastDuePolicy::dropped_when_exhausted}}};
constexpr std::array<Name<DiscountPolicy>, 4> discount_names{{{"all", DiscountPolicy::all},
                                                              {"recurring", DiscountPolicy::recurring},
                                                              {"forever", DiscountPolicy::forever},
                                                              {"none", DiscountPolicy::none}}};
constexpr std::array<Name<UsagePolicy>, 2> usage_names{
    {{"excluded", UsagePolicy::excluded}, {"counted", UsagePolicy::counted}}};
constexpr std::array<Name<FxPolicy>, 2> fx_names{
    {{"constant", FxPolicy::constant}, {"dated", FxPolicy::dated}}};
constexpr std::array<Name<Netting>, 2> netting_names{
    {{"by_period", Netting::by_period}, {"by_day", Netting::by_day}}};
constexpr std::array<Name<History>, 2> history_names{
    {{"any_day", History::any_day}, {"period_ends", History::period_ends}}};

constexpr std::array<Name<Counting>, 2> counting_names{
    {{"excluded", Counting::excluded}, {"counted", Counting::counted}}};
constexpr std::array<Name<ChurnBase>, 4> base_names{{{"opening", ChurnBase::opening},
                                                     {"opening_and_joined", ChurnBase::opening_and_joined},
                                                     {"mean", ChurnBase::mean},
                                                     {"exposure", ChurnBase::exposure}}};
constexpr std::array<Name<IntervalMethod>, 5> interval_names{
    {{"wilson", IntervalMethod::wilson},
     {"jeffreys", IntervalMethod::jeffreys},
     {"clopper_pearson", IntervalMethod::clopper_pearson},
     {"wilson_corrected", IntervalMethod::wilson_corrected},
     {"agresti_coull", IntervalMethod::agresti_coull}}};

constexpr std::array intervals{BillingInterval::day,     BillingInterval::week,      BillingInterval::month,
                               BillingInterval::quarter, BillingInterval::half_year, BillingInterval::year};

[[noreturn]] void fail(const std::string& sentence) { throw Error(ErrorCode::bad_conventions, sentence); }

std::string in_quotes(std::string_view text) { return "\"" + printable(text) + "\""; }

template <class Names, class Text>
std::string listed(const Names& names, Text text) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + std::string(text(name));
  return list;
}

/// A value as it stands in the file, for a sentence.
std::string shown(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 60);
}

/// One object of the file. Its path, such as `book`, is what sentences call it.
class Fields {
 public:
  Fields(const json& object, std::string path, std::initializer_list<std::string_view> known)
      : object_(&object), path_(std::move(path)) {
    if (!object.is_object()) fail((path_.empty() ? "Conventions" : path_) + " must be a JSON object.");
    for (const auto& field : object.items())
      if (std::find(known.begin(), known.end(), field.key()) == known.end())
        fail(in_quotes(name_of(field.key())) + " is not a field of conventions. Known here: " +
             listed(known, [](std::string_view name) { return name; }) + ".");
  }

  [[nodiscard]] std::string name_of(std::string_view field) const {
    return path_.empty() ? std::string(field) : path_ + "." + std::string(field);
  }

  /// The field's value; none if it is missing or null.
  [[nodiscard]] const json* find(std::string_view field) const {
    const auto found = object_->find(std::string(field));
    return found == object_->end() || found->is_null() ? nullptr : &*found;
  }

  [[nodiscard]] std::optional<std::string> text(std::string_view field) const {
    const json* value = find(field);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) fail(name_of(field) + " must be a text, not " + shown(*value) + ".");
    return value->get<std::string>();
  }

  [[nodiscard]] std::optional<std::int32_t> days(std::string_view field) const {
    const json* value = find(field);
    if (value == nullptr) return std::nullopt;
    // A tree that a host made may hold a small count as signed.
    const bool fits = value->is_number_integer() && *value >= 0 && *value <= INT32_MAX;
    if (!fits)
      fail(name_of(field) + " must be a whole number of days, 0 or more, not " + shown(*value) + ".");
    return static_cast<std::int32_t>(value->get<std::uint64_t>());
  }

  void read(std::string_view field, bool& into) const {
    const json* value = find(field);
    if (value == nullptr) return;
    if (!value->is_boolean()) fail(name_of(field) + " must be true or false, not " + shown(*value) + ".");
    into = value->get<bool>();
  }

  template <class Enum, std::size_t N>
  void read(std::string_view field, const std::array<Name<Enum>, N>& names, Enum& into) const {
    const auto given = text(field);
    if (!given) return;
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& n) { return n.first == *given; });
    if (found == names.end())
      fail(name_of(field) + " can't be " + in_quotes(*given) +
           ". Known: " + listed(names, [](const auto& n) { return n.first; }) + ".");
    into = found->second;
  }

 private:
  const json* object_;
  std::string path_;
};

template <class Enum, std::size_t N>
std::string name_of(Enum value, const std::array<Name<Enum>, N>& names) {
  const auto found =
      std::find_if(names.begin(), names.end(), [value](const auto& n) { return n.second == value; });
  return found == names.end() ? "" : std::string(found->first);
}

std::optional<std::int64_t> parse_positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

Fraction parse_fraction(const json& value, const std::string& name) {
  const std::string text = value.is_string()           ? value.get<std::string>()
                           : value.is_number_integer() ? value.dump()
                                                       : std::string{};
  const std::size_t slash = text.find('/');
  const auto numerator = parse_positive(std::string_view(text).substr(0, slash));
  const auto denominator =
      slash == std::string::npos ? 1 : parse_positive(std::string_view(text).substr(slash + 1));
  if (!numerator || !denominator)
    fail(name + R"( must be a positive fraction of whole numbers such as "52" or "1461/28", not )" +
         shown(value) + ".");
  return {*numerator, *denominator};
}

std::string to_text(Fraction fraction) {
  const std::string numerator = std::to_string(fraction.numerator);
  return fraction.denominator == 1 ? numerator : numerator + "/" + std::to_string(fraction.denominator);
}

Normalisation read_normalisation(const json& object, const std::string& path) {
  const Fields fields(object, path, {"day", "week", "month", "quarter", "half_year", "year"});
  Normalisation normalisation;
  for (const BillingInterval interval : intervals) {
    const std::string_view name = billing_interval_name(interval);
    if (const json* value = fields.find(name))
      normalisation.per_year[static_cast<std::size_t>(interval)] =
          parse_fraction(*value, fields.name_of(name));
  }
  return normalisation;
}

/// {"EUR": "1.0853"}, in order of code.
std::vector<ExchangeRate> read_rates(const json& object) {
  if (!object.is_object()) fail("book.rates must be an object such as {\"EUR\": \"1.0853\"}.");
  std::vector<ExchangeRate> rates;
  for (const auto& field : object.items()) {
    const auto currency = Currency::parse(field.key());
    if (!currency) fail("book.rates: " + in_quotes(field.key()) + " is not an ISO 4217 code.");
    const std::string text = field.value().is_string()           ? field.value().get<std::string>()
                             : field.value().is_number_integer() ? field.value().dump()
                                                                 : std::string{};
    const auto rate = Decimal::parse(text);
    if (!rate || rate->coefficient() <= 0)
      fail("book.rates." + field.key() + R"( must be a positive decimal in quotes such as "1.0853", not )" +
           shown(field.value()) + ".");
    rates.push_back({*currency, *rate});
  }
  return rates;
}

BookRules read_book_rules(const json& object, BookRules rules) {
  const Fields fields(object, "book",
                      {"source", "recognition", "pause", "free", "past_due", "past_due_days", "discounts",
                       "usage", "gap_allowance_days", "reactivation_window_days", "normalisation",
                       "time_zone", "currency", "fx", "rates"});
  fields.read("source", source_names, rules.source);
  fields.read("recognition", recognition_names, rules.recognition);
  fields.read("past_due", past_due_names, rules.past_due);
  if (const auto days = fields.days("past_due_days")) rules.past_due_days = *days;
  fields.read("discounts", discount_names, rules.discounts);
  fields.read("usage", usage_names, rules.usage);
  fields.read("fx", fx_names, rules.fx);
  if (const json* value = fields.find("rates")) rules.rates = read_rates(*value);
  fields.read("pause", pause_names, rules.pause);
  fields.read("free", free_names, rules.free);
  if (const auto days = fields.days("gap_allowance_days")) rules.gap_allowance_days = *days;
  rules.reactivation_window_days = fields.days("reactivation_window_days");
  if (const json* value = fields.find("normalisation"))
    rules.normalisation = read_normalisation(*value, fields.name_of("normalisation"));
  const auto zone = fields.text("time_zone");
  const auto code = fields.text("currency");
  try {
    if (zone) rules.time_zone = TimeZone(*zone);
    if (code) rules.currency = Currency(*code);
  } catch (const Error& error) {
    fail(std::string("book: ") + error.what());
  }
  return rules;
}

RateRules read_rate_rules(const json& object, RateRules rules) {
  const Fields fields(
      object, "rate",
      {"netting", "history", "joined_and_left", "left_and_returned", "base", "trailing_days",
       "net_subtracts_reactivation", "quick_ratio_counts_reactivation", "confidence", "interval"});
  fields.read("netting", netting_names, rules.netting);
  fields.read("history", history_names, rules.history);
  fields.read("joined_and_left", counting_names, rules.joined_and_left);
  fields.read("left_and_returned", counting_names, rules.left_and_returned);
  fields.read("base", base_names, rules.base);
  fields.read("interval", interval_names, rules.interval);
  if (const auto days = fields.days("trailing_days")) rules.trailing_days = *days;
  fields.read("net_subtracts_reactivation", rules.net_subtracts_reactivation);
  fields.read("quick_ratio_counts_reactivation", rules.quick_ratio_counts_reactivation);
  if (const json* value = fields.find("confidence")) {
    if (!value->is_number()) fail("rate.confidence must be a number, not " + shown(*value) + ".");
    rules.confidence = value->get<double>();
  }
  return rules;
}

std::vector<std::string> read_sentences(const json& list, const std::string& name) {
  const auto is_text = [](const json& element) { return element.is_string(); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_text))
    fail(name + " must be a list of texts.");
  return list.get<std::vector<std::string>>();
}

ordered_json tree_of(const BookRules& book) {
  ordered_json normalisation;
  for (const BillingInterval interval : intervals)
    normalisation[std::string(billing_interval_name(interval))] = to_text(book.normalisation[interval]);

  ordered_json tree;
  tree["source"] = name_of(book.source, source_names);
  tree["recognition"] = name_of(book.recognition, recognition_names);
  tree["pause"] = name_of(book.pause, pause_names);
  tree["free"] = name_of(book.free, free_names);
  tree["past_due"] = name_of(book.past_due, past_due_names);
  tree["past_due_days"] = book.past_due_days;
  tree["discounts"] = name_of(book.discounts, discount_names);
  tree["usage"] = name_of(book.usage, usage_names);
  tree["gap_allowance_days"] = book.gap_allowance_days;
  tree["reactivation_window_days"] =
      book.reactivation_window_days ? ordered_json(*book.reactivation_window_days) : ordered_json(nullptr);
  tree["normalisation"] = std::move(normalisation);
  tree["time_zone"] = book.time_zone.name();
  tree["currency"] = book.currency ? ordered_json(std::string(book.currency->code())) : ordered_json(nullptr);
  tree["fx"] = name_of(book.fx, fx_names);
  tree["rates"] = ordered_json::object();
  for (const ExchangeRate& rate : book.rates)
    tree["rates"][std::string(rate.currency.code())] = rate.rate.to_string();
  return tree;
}

ordered_json tree_of(const RateRules& rate) {
  ordered_json tree;
  tree["netting"] = name_of(rate.netting, netting_names);
  tree["history"] = name_of(rate.history, history_names);
  tree["joined_and_left"] = name_of(rate.joined_and_left, counting_names);
  tree["left_and_returned"] = name_of(rate.left_and_returned, counting_names);
  tree["base"] = name_of(rate.base, base_names);
  tree["trailing_days"] = rate.trailing_days ? ordered_json(*rate.trailing_days) : ordered_json(nullptr);
  tree["net_subtracts_reactivation"] = rate.net_subtracts_reactivation;
  tree["quick_ratio_counts_reactivation"] = rate.quick_ratio_counts_reactivation;
  tree["confidence"] = rate.confidence;
  tree["interval"] = name_of(rate.interval, interval_names);
  return tree;
}

ordered_json tree_of(const Conventions& conventions) {
  ordered_json document;
  document["name"] = conventions.name;
  document["version"] = conventions.version;
  document["source"] = conventions.source;
  document["undocumented"] = conventions.undocumented;
  document["book"] = tree_of(conventions.book);
  document["rate"] = tree_of(conventions.rate);
  return document;
}

}  // namespace

std::string to_json(const Conventions& conventions) {
  return tree_of(conventions).dump(2, ' ', false, ordered_json::error_handler_t::replace);
}
std::string rules_to_json(const Conventions& conventions) {
  ordered_json document = tree_of(conventions);
  for (const char* fact : {"source", "time_zone", "currency", "fx", "rates"}) document["book"].erase(fact);
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}
void to_json(json& tree, const Conventions& conventions) { tree = tree_of(conventions); }
void to_json(ordered_json& tree, const Conventions& conventions) { tree = tree_of(conventions); }
void to_json(json& tree, const BookRules& rules) { tree = tree_of(rules); }
void to_json(ordered_json& tree, const BookRules& rules) { tree = tree_of(rules); }
void to_json(json& tree, const RateRules& rules) { tree = tree_of(rules); }
void to_json(ordered_json& tree, const RateRules& rules) { tree = tree_of(rules); }

namespace {

Conventions conventions_from_tree(const json& document, const Conventions& base) {
  const Fields fields(document, "", {"name", "version", "source", "undocumented", "book", "rate"});
  Conventions conventions = base;
  if (auto name = fields.text("name")) conventions.name = std::move(*name);
  if (auto version = fields.text("version")) conventions.version = std::move(*version);
  if (auto source = fields.text("source")) conventions.source = std::move(*source);
  if (const json* list = fields.find("undocumented"))
    conventions.undocumented = read_sentences(*list, "undocumented");
  if (const json* book = fields.find("book")) conventions.book = read_book_rules(*book, conventions.book);
  if (const json* rate = fields.find("rate")) conventions.rate = read_rate_rules(*rate, conventions.rate);
  conventions.validate();
  return conventions;
}

json parse(std::string_view text) {
  try {
    return reading::parse_tree(text);
  } catch (const Error& error) {
    fail(error.what());
  }
}

}  // namespace

Conventions conventions_from_json(std::string_view text, const Conventions& base) {
  return conventions_from_tree(parse(text), base);
}

namespace {

/// Either kind of tree as one that can be walked: through the flat document, which goes no deeper than it says.
template <class Json>
json shallow(const Json& tree) {
  reading::JsonDocument document;
  document.assign(tree);
  if (document.too_deep()) fail("The conventions are nested too deep.");
  return tree;
}

BookRules book_rules_from(const json& tree) {
  Conventions conventions;
  conventions.book = read_book_rules(tree, {});
  conventions.validate();
  return conventions.book;
}
RateRules rate_rules_from(const json& tree) {
  Conventions conventions;
  conventions.rate = read_rate_rules(tree, {});
  conventions.validate();
  return conventions.rate;
}

}  // namespace

void from_json(const json& tree, Conventions& conventions) {
  conventions = conventions_from_tree(shallow(tree), Conventions::standard());
}
void from_json(const ordered_json& tree, Conventions& conventions) {
  conventions = conventions_from_tree(shallow(tree), Conventions::standard());
}
void from_json(const json& tree, BookRules& rules) { rules = book_rules_from(shallow(tree)); }
void from_json(const ordered_json& tree, BookRules& rules) { rules = book_rules_from(shallow(tree)); }
void from_json(const json& tree, RateRules& rules) { rules = rate_rules_from(shallow(tree)); }
void from_json(const ordered_json& tree, RateRules& rules) { rules = rate_rules_from(shallow(tree)); }

std::vector<RuleDifference> differing_rules(const Conventions& first, const Conventions& second) {
  const json a = json(tree_of(first)).flatten();
  const json b = json(tree_of(second)).flatten();
  std::map<std::string, std::pair<std::string, std::string>> values;
  const auto look = [&](const json& tree, bool is_first) {
    for (const auto& field : tree.items()) {
      if (!field.key().starts_with("/book/") && !field.key().starts_with("/rate/")) continue;
      std::string name = field.key().substr(1);
      std::replace(name.begin(), name.end(), '/', '.');
      auto& pair = values[name];
      (is_first ? pair.first : pair.second) =
          field.value().is_string() ? field.value().get<std::string>() : field.value().dump();
    }
  };
  look(a, true);
  look(b, false);
  std::vector<RuleDifference> differences;
  for (auto& [field, pair] : values)
    if (pair.first != pair.second)
      differences.push_back({field, std::move(pair.first), std::move(pair.second)});
  return differences;
}

Conventions conventions_named(std::string_view name) {
  std::vector<Conventions> presets = Conventions::presets();
  for (Conventions& preset : presets)
    if (preset.name == name) return std::move(preset);
  throw Error(ErrorCode::unknown_name,
              "There are no conventions named " + in_quotes(name) +
                  ". Known: " + listed(presets, [](const Conventions& preset) { return preset.name; }) + ".");
}

}  // namespace churn::inline v0
