// Rules for departures as JSON, so that a house can name its own reasons, codes and the order of rules in a file.
//
//   {
//     "stated": {"Merged with sister company": {"type": "voluntary", "reason": "business_changed"},
//                "Client project": {"type": "completed", "reason": "project_finished"},
//                "closed by us": {"type": "unknown"}},           reason: unknown, if it is left out
//     "stated_from": "standard",       standard | none: the words known before those
//     "codes": {"bank_17": "insufficient_funds"},
//     "processor": "stripe",           standard | stripe | braintree | adyen | recurly | chargebee | none: likewise
//     "event_kinds": {"cancel_form_answered": "exit_survey"},    exit_survey | exit_survey_sent
//     "dunning_days": 30,              0 to 3650
//     "survey_days": 90,               0 to 3650
//     "order": ["invoice_overdue"],    rules that come first; the others keep their order behind them
//     "without": ["term_ran_out"]      rules that are left out
//   }
//
// Types are completed, voluntary, involuntary and unknown; what codes mean is one of payment_reasons
// (reason/failure_codes.hpp); a stated reason may be one of the house's own, and is kept normalised. Rules are named in
// reason/departure_rules.hpp.
//
// Every field may be missing or null and then has the standard's value. An unknown field is an error, never ignored: a
// typing error in a rule must not change an answer in silence. For the same reason, so are a field that comes twice, and
// two texts or codes that are one when they are compared.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <churn/reason/departure_rules.hpp>

namespace churn::inline v0 {

/// What the text says, put onto `base`. Throws Error(bad_conventions) for a text that is no JSON object, an unknown
/// field, a value of the wrong kind or out of its range, and a rule or reason that does not exist. The sentence names
/// the field and what is allowed. O(length).
[[nodiscard]] DepartureRules departure_rules_from_json(
    std::string_view text, const DepartureRules& base = DepartureRules::standard());

/// The same of a file. Throws Error(unreadable) for one that is not there; sentences begin with its name.
[[nodiscard]] DepartureRules read_departure_rules(const std::filesystem::path& file,
                                                  const DepartureRules& base = DepartureRules::standard());

/// What differs from the standard, indented; `departure_rules_from_json` reads it back to equal rules. The same rules
/// give the same bytes. A rule of a host's own has its name in `order`, and is found there only if the base has it.
[[nodiscard]] std::string to_json(const DepartureRules& rules);

}  // namespace churn::inline v0
