// DepartureRules: why a customer left, by small named rules in order; the first that holds decides.
//
//   DepartureRules rules = DepartureRules::standard();
//   rules.tables.stated.set("merged_with_sister_company", DepartureType::voluntary, "business_changed");
//   rules.before("cancel_before_trouble", {"fraud", [](const DepartureFacts& facts) -> std::optional<Finding> { … }});
//   rules.remove("term_ran_out");
//
// The standard rules are those of DEFINITIONS 8:
//
//   rule                    type         holds if
//   completed_end_reason    completed    an end reason is one of completion
//   completed_survey        completed    the latest answer that is known is one of completion
//   term_ran_out            completed    a phase ended on its agreed end, and no phase has a cancel request
//   voluntary_end_reason    voluntary    an end reason is one of choice
//   voluntary_survey        voluntary    the latest answer that is known is one of choice
//   cancel_before_trouble   voluntary    a cancel request before the first failed or overdue day, or without any
//   payment_end_reason      involuntary  an end reason is one of payment
//   invoice_overdue         involuntary  an invoice that covers the last day, or renews at the end, is overdue at as_of
//   last_attempt_failed     involuntary  the last payment attempt within the dunning window failed
//   (none of them)          unknown
//
// The reason is the one that was stated; of a payment that failed it is what the processor's code means, and where
// there is no code, or one that says no more, `other_payment`; a stated `other_payment` is refined by the code. A type
// that is decided without a stated reason has the reason `unknown`, except a term that ran out: `term_ended`. A text
// that is not in the tables decides nothing.
//
// Rules may be asked from several threads at once, each about another customer: a rule of a host's own has to be a
// function of the facts.
//
// Two sets of rules are equal if their names, versions and tables are: what a rule of a host's own does is part of its
// name and version.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <churn/reason/departure_facts.hpp>
#include <churn/reason/departure_type.hpp>

namespace churn::inline v0 {

/// A record that decided.
struct Evidence {
  RecordTable table;
  std::int64_t row;  ///< in its source
  std::string says;  ///< such as `S12: end_reason competitor`
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

struct Finding {
  DepartureType type;
  std::string reason{unknown_reason};
  std::vector<Evidence> evidence{};
};

struct DepartureRule {
  std::string name;
  std::function<std::optional<Finding>(const DepartureFacts&)> holds;
  std::string version{};

  friend bool operator==(const DepartureRule& a, const DepartureRule& b) {
    return a.name == b.name && a.version == b.version;
  }
};

class DepartureRules {
 public:
  /// None: every departure is unknown.
  DepartureRules() = default;
  [[nodiscard]] static DepartureRules standard();

  ReasonTables tables{};

  [[nodiscard]] const std::vector<DepartureRule>& all() const& noexcept { return rules_; }
  [[nodiscard]] std::vector<DepartureRule> all() && { return std::move(rules_); }
  // Each throws Error(unknown_name): for a name that is not there, naming those that are, or for a rule to be added
  // that has no name, that of another, or nothing to ask.
  DepartureRules& append(DepartureRule rule);
  DepartureRules& before(std::string_view name, DepartureRule rule);
  DepartureRules& replace(std::string_view name, DepartureRule rule);
  DepartureRules& remove(std::string_view name);
  /// These first, in this order; the others after them, in theirs.
  DepartureRules& first(const std::vector<std::string>& names);

  /// What the first rule that holds has found, and its name; empty for none.
  struct Decision {
    Finding finding;
    std::string_view rule;
  };
  [[nodiscard]] Decision decide(const DepartureFacts& facts) const;

  /// A number that is the same for equal rules, on every machine, and hardly ever for others: 64 bits of their names,
  /// versions and tables.
  [[nodiscard]] std::uint64_t fingerprint() const;
  friend bool operator==(const DepartureRules&, const DepartureRules&) = default;

 private:
  [[nodiscard]] std::size_t place(std::string_view name) const;
  void require_usable(const DepartureRule& rule) const;
  std::vector<DepartureRule> rules_;
};

}  // namespace churn::inline v0
