#include <churn/reason/departure_rules.hpp>

#include <algorithm>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

using Found = std::optional<Finding>;

std::string name_of(const EndedPhase& phase) { return phase.phase.subscription().text(); }

Evidence invoice_evidence(const ClaimedInvoice& claim, std::string says) {
  return {RecordTable::invoices, claim.row, claim.invoice->id.text() + ": " + std::move(says)};
}

Evidence request_evidence(const DepartureFacts& facts, const EndedPhase& phase, std::string_view what,
                          std::string_view value) {
  return {facts.source_of_phases, phase.row,
          name_of(phase).append(": ").append(what).append(" ").append(value)};
}

std::string_view other_payment_reason() { return payment_reasons.back(); }

std::string_view reason_of_code(const DepartureFacts& facts, const ClaimedInvoice& claim) {
  const std::string_view known = facts.tables.codes.find(claim.failure_code);
  return known.empty() ? other_payment_reason() : known;
}

std::string failure_text(const ClaimedInvoice& claim) {
  std::string text = "payment failed";
  if (!claim.failure_code.empty()) text.append(" (").append(claim.failure_code).append(")");
  return text;
}

std::string owed_text(const ClaimedInvoice& claim) {
  std::string text = "due " + claim.due_on.to_string() + " and not paid";
  if (claim.first_failed_on) text += ", " + failure_text(claim);
  return text;
}

/// The first of the phases, in their order, whose end reason is of this type.
Found end_reason(const DepartureFacts& facts, DepartureType type) {
  for (const EndedPhase& phase : facts.phases) {
    if (phase.end_reason.empty()) continue;
    const StatedReason* const stated = facts.tables.stated.find(phase.end_reason);
    if (stated == nullptr || stated->type != type) continue;
    Finding finding{type, stated->reason, {request_evidence(facts, phase, "end_reason", phase.end_reason)}};
    return finding;
  }
  return {};
}

/// The latest answer that says something, if it is of this type.
Found survey(const DepartureFacts& facts, DepartureType type) {
  for (const SurveyAnswer& answer : facts.answers) {
    const StatedReason* const stated = facts.tables.stated.find(answer.reason);
    if (stated == nullptr || stated->type == DepartureType::unknown) continue;
    if (stated->type != type) return {};
    return Finding{type,
                   stated->reason,
                   {{RecordTable::events, answer.row,
                     "exit survey of " + answer.on.to_string() + ": " + stated->reason}}};
  }
  return {};
}

Found term_ran_out(const DepartureFacts& facts) {
  if (facts.cancel_requested_on()) return {};
  for (const EndedPhase& phase : facts.phases)
    if (phase.term_ends_on == facts.departed_on)
      return Finding{DepartureType::completed,
                     "term_ended",
                     {request_evidence(facts, phase, "term_ends_on", phase.term_ends_on->to_string())}};
  return {};
}

Found cancel_before_trouble(const DepartureFacts& facts) {
  const std::optional<Date> requested_on = facts.cancel_requested_on();
  if (!requested_on) return {};
  const std::optional<Date> trouble_on = facts.trouble_on();
  if (trouble_on && *requested_on >= *trouble_on) return {};
  const auto phase = std::find_if(facts.phases.begin(), facts.phases.end(), [&](const EndedPhase& ended) {
    return ended.cancel_requested_on == requested_on;
  });
  std::string value = requested_on->to_string();
  if (trouble_on) value += ", before the trouble of " + trouble_on->to_string();
  return Finding{DepartureType::voluntary,
                 std::string(unknown_reason),
                 {request_evidence(facts, *phase, "cancel_requested_on", value)}};
}

Found payment_end_reason(const DepartureFacts& facts) {
  Found finding = end_reason(facts, DepartureType::involuntary);
  if (!finding || finding->reason != other_payment_reason()) return finding;
  const ClaimedInvoice* claim = facts.owed();
  if (claim == nullptr) claim = facts.last_failed_attempt();
  if (claim == nullptr || reason_of_code(facts, *claim) == other_payment_reason()) return finding;
  finding->reason = reason_of_code(facts, *claim);
  finding->evidence.push_back(invoice_evidence(*claim, failure_text(*claim)));
  return finding;
}

Found invoice_overdue(const DepartureFacts& facts) {
  const ClaimedInvoice* const claim = facts.owed();
  if (claim == nullptr) return {};
  return Finding{DepartureType::involuntary,
                 std::string(reason_of_code(facts, *claim)),
                 {invoice_evidence(*claim, owed_text(*claim))}};
}

Found last_attempt_failed(const DepartureFacts& facts) {
  const ClaimedInvoice* const claim = facts.last_failed_attempt();
  if (claim == nullptr) return {};
  return Finding{DepartureType::involuntary,
                 std::string(reason_of_code(facts, *claim)),
                 {invoice_evidence(*claim, failure_text(*claim))}};
}

/// FNV-1a of texts, each with its length, so that no two lists of them read alike.
class Fingerprint {
 public:
  void add(std::string_view text) {
    add(text.size());
    for (const char c : text) step(static_cast<unsigned char>(c));
  }
  void add(std::uint64_t number) {
    for (int byte = 0; byte < 8; ++byte) step(static_cast<unsigned char>(number >> (8 * byte)));
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

 private:
  void step(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3U; }
  std::uint64_t value_{0xcbf29ce484222325U};
};

std::string names_of(const std::vector<DepartureRule>& rules) {
  std::string names;
  for (const DepartureRule& rule : rules) names += (names.empty() ? "" : ", ") + rule.name;
  return names.empty() ? "none" : names;
}

}  // namespace

std::optional<Date> DepartureFacts::cancel_requested_on() const {
  std::optional<Date> first;
  for (const EndedPhase& phase : phases)
    if (phase.cancel_requested_on && (!first || *phase.cancel_requested_on < *first))
      first = phase.cancel_requested_on;
  return first;
}

const ClaimedInvoice* DepartureFacts::owed() const {
  const ClaimedInvoice* first = nullptr;
  for (const ClaimedInvoice& claim : invoices)
    if (claim.overdue && claim.at_the_end && (first == nullptr || claim.trouble_on() < first->trouble_on()))
      first = &claim;
  return first;
}

const ClaimedInvoice* DepartureFacts::last_failed_attempt() const {
  const ClaimedInvoice* last = nullptr;
  for (const ClaimedInvoice& claim : invoices) {
    if (!claim.last_attempt) continue;
    const bool later = last == nullptr || *claim.last_attempt > *last->last_attempt ||
                       (*claim.last_attempt == *last->last_attempt && !claim.last_attempt_failed);
    if (later) last = &claim;
  }
  return last != nullptr && last->last_attempt_failed ? last : nullptr;
}

std::optional<Date> DepartureFacts::trouble_on() const {
  std::optional<Date> first;
  if (const ClaimedInvoice* const claim = owed()) first = claim->trouble_on();
  if (const ClaimedInvoice* const claim = last_failed_attempt())
    if (!first || claim->trouble_on() < *first) first = claim->trouble_on();
  return first;
}

DepartureRules DepartureRules::standard() {
  DepartureRules rules;
  using enum DepartureType;
  const auto stated = [](DepartureType type) {
    return [type](const DepartureFacts& facts) { return end_reason(facts, type); };
  };
  const auto answered = [](DepartureType type) {
    return [type](const DepartureFacts& facts) { return survey(facts, type); };
  };
  rules.rules_ = {{"completed_end_reason", stated(completed)},
                  {"completed_survey", answered(completed)},
                  {"term_ran_out", term_ran_out},
                  {"voluntary_end_reason", stated(voluntary)},
                  {"voluntary_survey", answered(voluntary)},
                  {"cancel_before_trouble", cancel_before_trouble},
                  {"payment_end_reason", payment_end_reason},
                  {"invoice_overdue", invoice_overdue},
                  {"last_attempt_failed", last_attempt_failed}};
  return rules;
}

std::size_t DepartureRules::place(std::string_view name) const {
  const auto at = std::find_if(rules_.begin(), rules_.end(),
                               [name](const DepartureRule& rule) { return rule.name == name; });
  if (at == rules_.end())
    throw Error(ErrorCode::unknown_name, "There is no rule \"" + std::string(name) +
                                             "\" for departures. There are: " + names_of(rules_) + ".");
  return static_cast<std::size_t>(at - rules_.begin());
}

void DepartureRules::require_usable(const DepartureRule& rule) const {
  if (rule.name.empty() || !rule.holds)
    throw Error(ErrorCode::unknown_name, "A rule for departures needs a name and something to ask.");
  if (std::any_of(rules_.begin(), rules_.end(),
                  [&](const DepartureRule& other) { return other.name == rule.name; }))
    throw Error(ErrorCode::unknown_name, "There is a rule \"" + rule.name +
                                             "\" for departures already. Replace it, or name this one anew.");
}

DepartureRules& DepartureRules::append(DepartureRule rule) {
  require_usable(rule);
  rules_.push_back(std::move(rule));
  return *this;
}

DepartureRules& DepartureRules::before(std::string_view name, DepartureRule rule) {
  const std::size_t at = place(name);
  require_usable(rule);
  rules_.insert(rules_.begin() + static_cast<std::ptrdiff_t>(at), std::move(rule));
  return *this;
}

DepartureRules& DepartureRules::replace(std::string_view name, DepartureRule rule) {
  const std::size_t at = place(name);
  if (rule.name != name || !rule.holds) require_usable(rule);
  rules_[at] = std::move(rule);
  return *this;
}

DepartureRules& DepartureRules::remove(std::string_view name) {
  rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(place(name)));
  return *this;
}

DepartureRules& DepartureRules::first(const std::vector<std::string>& names) {
  std::vector<DepartureRule> ordered;
  ordered.reserve(rules_.size());
  std::vector<bool> taken(rules_.size());
  for (const std::string& name : names) {
    const std::size_t at = place(name);
    if (taken[at])
      throw Error(ErrorCode::unknown_name, "The rule \"" + name + "\" for departures is named twice.");
    taken[at] = true;
    ordered.push_back(rules_[at]);
  }
  for (std::size_t i = 0; i < rules_.size(); ++i)
    if (!taken[i]) ordered.push_back(rules_[i]);
  rules_.swap(ordered);
  return *this;
}

DepartureRules::Decision DepartureRules::decide(const DepartureFacts& facts) const {
  for (const DepartureRule& rule : rules_)
    if (Found finding = rule.holds(facts)) return {std::move(*finding), rule.name};
  return {Finding{DepartureType::unknown}, {}};
}

std::uint64_t DepartureRules::fingerprint() const {
  Fingerprint print;
  print.add(rules_.size());
  for (const DepartureRule& rule : rules_) {
    print.add(rule.name);
    print.add(rule.version);
  }
  print.add(tables.stated.all().size());
  for (const auto& [text, stated] : tables.stated.all()) {
    print.add(text);
    print.add(static_cast<std::uint64_t>(stated.type));
    print.add(stated.reason);
  }
  print.add(tables.codes.all().size());
  for (const auto& [code, reason] : tables.codes.all()) {
    print.add(code);
    print.add(reason);
  }
  print.add(tables.event_kinds.size());
  for (const auto& [kind, stands_for] : tables.event_kinds) {
    print.add(kind);
    print.add(stands_for);
  }
  print.add(static_cast<std::uint64_t>(tables.dunning_days));
  print.add(static_cast<std::uint64_t>(tables.survey_days));
  return print.value();
}

}  // namespace churn::inline v0
