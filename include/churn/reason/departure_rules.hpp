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
  RecordTable table;  ///< in which the record is
  std::int64_t row;   ///< in its source
  std::string says;   ///< such as `S12: end_reason competitor`
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// What a rule that holds has found.
struct Finding {
  DepartureType type;                  ///< of the departure
  std::string reason{unknown_reason};  ///< `unknown` where the rule knows none
  std::vector<Evidence> evidence{};    ///< the records that decided
};

/// One named question about the facts of a departure.
struct DepartureRule {
  std::string name;  ///< its own among the rules
  /// What it has found; nothing: it does not hold.
  std::function<std::optional<Finding>(const DepartureFacts&)> holds;
  std::string version{};  ///< to be changed with what a rule of this name does

  /// Of one name and version, whatever they do.
  friend bool operator==(const DepartureRule& a, const DepartureRule& b) {
    return a.name == b.name && a.version == b.version;
  }
};

/// Rules in their order, and the tables that they read.
class DepartureRules {
 public:
  /// None: every departure is unknown.
  DepartureRules() = default;
  /// Those of DEFINITIONS 8, listed above.
  [[nodiscard]] static DepartureRules standard();

  ReasonTables tables{};  ///< what words and codes mean to the rules

  /// In the order in which they are asked.
  [[nodiscard]] const std::vector<DepartureRule>& all() const& noexcept { return rules_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<DepartureRule> all() && { return std::move(rules_); }
  /// Puts a rule behind all others. Throws Error(unknown_name) for one that has no name, that of another, or nothing to
  /// ask.
  DepartureRules& append(DepartureRule rule);
  /// Puts a rule before the one of this name. Throws as append, and Error(unknown_name) for a name that is not there,
  /// naming those that are.
  DepartureRules& before(std::string_view name, DepartureRule rule);
  /// Puts a rule in the place of the one of this name, whose name it may have. Throws as above.
  DepartureRules& replace(std::string_view name, DepartureRule rule);
  /// Takes out the rule of this name. Throws Error(unknown_name) for one that is not there.
  DepartureRules& remove(std::string_view name);
  /// These first, in this order; the others after them, in theirs. Throws Error(unknown_name) for one that is not there
  /// or comes twice.
  DepartureRules& first(const std::vector<std::string>& names);

  /// What the first rule that holds has found, and its name; empty for none.
  struct Decision {
    Finding finding;        ///< of type unknown where no rule holds
    std::string_view rule;  ///< a view that holds until the rules change
  };
  /// Asks the rules in order, up to the first that holds. What a rule throws is passed on.
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
