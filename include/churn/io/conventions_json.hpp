// Conventions as JSON, so that a house's own rules can be kept in a file, and presets by name.
//
//   {
//     "name": "ours", "version": "2",
//     "source": "where the rules were read", "undocumented": ["what is left open there"],
//     "book": {"source": "automatic",            automatic | subscriptions | invoices
//              "recognition": "service_end",     service_end | cancel_request
//              "pause": "retained",              retained | absent | counted
//              "free": "absent",                 absent | customer
//              "past_due": "counted",            counted | dropped_after_days | dropped_when_exhausted
//              "past_due_days": 30,
//              "discounts": "all",               all | recurring | forever | none
//              "usage": "excluded",              excluded | counted
//              "gap_allowance_days": 0,
//              "reactivation_window_days": null,
//              "normalisation": {"day": "365", "week": "1461/28"},
//              "time_zone": "UTC",               UTC, or such as EST-05EDT,M3.2.0,M11.1.0
//              "currency": null,                 an ISO 4217 code
//              "fx": "constant",                 constant | dated
//              "rates": {"EUR": "1.0853"}},      units of `currency` for one of another
//     "rate": {"netting": "by_period",           by_period | by_day
//              "history": "any_day",             any_day | period_ends
//              "joined_and_left": "excluded",    excluded | counted
//              "left_and_returned": "excluded",  excluded | counted
//              "base": "opening",                opening | opening_and_joined | mean | exposure
//              "trailing_days": null,            a number of days: rates over the last days of each period
//              "net_subtracts_reactivation": false,
//              "quick_ratio_counts_reactivation": true,
//              "confidence": 0.95,
//              "interval": "wilson"}             wilson | jeffreys | clopper_pearson | wilson_corrected |
//                                                agresti_coull
//   }
//
// `normalisation` has the intervals per year for day, week, month, quarter, half_year and year. They are
// exact fractions, written as a text "a" or "a/b" of whole numbers, or as a whole number: the 365.25/7 weeks
// of a year are "1461/28". A JSON number with a point is refused, since it would be rounded.
//
// Every field may be missing or null and then has the standard's value. An unknown field is an error, never
// ignored: a typing error in a rule must not change a rate in silence. For the same reason, so is a field that
// comes twice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <churn/book/conventions.hpp>

namespace churn::inline v0 {

/// All fields, indented; `conventions_from_json` reads it back to equal conventions. The same conventions
/// give the same bytes.
[[nodiscard]] std::string to_json(const Conventions& conventions);

/// The same without what are facts of a book, on which no preset has an opinion: source, time_zone, currency, fx and
/// rates. Read for a book with facts of its own (`base`), it leaves them as they are.
[[nodiscard]] std::string rules_to_json(const Conventions& conventions);

/// Throws Error(bad_conventions) for a text that is no JSON object, an unknown field, a value of the wrong
/// kind and rules that contradict themselves (Conventions::validate). The sentence names the field. What the
/// text leaves out is as in `base`.
[[nodiscard]] Conventions conventions_from_json(std::string_view text,
                                                const Conventions& base = Conventions::standard());

/// The same for a host that holds JSON trees: `nlohmann::json j = conventions;`, `j.get<Conventions>()`.
/// `from_json` throws as conventions_from_json does, and then leaves its target as it was.
void to_json(nlohmann::json& json, const Conventions& conventions);
/// The same, with fields in the order above.
void to_json(nlohmann::ordered_json& json, const Conventions& conventions);
/// What is left out has the standard's value.
void from_json(const nlohmann::json& json, Conventions& conventions);
/// The same of an ordered tree.
void from_json(const nlohmann::ordered_json& json, Conventions& conventions);

/// The two halves by themselves: what stands behind `book` and `rate`.
void to_json(nlohmann::json& json, const BookRules& rules);
/// The same, with fields in the order above.
void to_json(nlohmann::ordered_json& json, const BookRules& rules);
/// Throws as that of conventions does. What is left out has the standard's value.
void from_json(const nlohmann::json& json, BookRules& rules);
/// The same of an ordered tree.
void from_json(const nlohmann::ordered_json& json, BookRules& rules);
/// What stands behind `rate`.
void to_json(nlohmann::json& json, const RateRules& rules);
/// The same, with fields in the order above.
void to_json(nlohmann::ordered_json& json, const RateRules& rules);
/// Throws as that of conventions does. What is left out has the standard's value.
void from_json(const nlohmann::json& json, RateRules& rules);
/// The same of an ordered tree.
void from_json(const nlohmann::ordered_json& json, RateRules& rules);

/// A rule in which two conventions differ: its field, such as `rate.base`, and both values as they stand in JSON.
struct RuleDifference {
  std::string field;   ///< its place, such as `rate.base`
  std::string first;   ///< value of the first
  std::string second;  ///< value of the second
  friend bool operator==(const RuleDifference&, const RuleDifference&) = default;
};
/// In order of field; names, versions and what is said of sources aside.
[[nodiscard]] std::vector<RuleDifference> differing_rules(const Conventions& first,
                                                          const Conventions& second);

/// The preset of that name. Throws Error(unknown_name) with the names that there are.
[[nodiscard]] Conventions conventions_named(std::string_view name);

}  // namespace churn::inline v0
