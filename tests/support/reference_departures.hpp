// A second opinion on departures: when each customer left, why, and by which rule.
//
// Written from the definitions and from what the headers of departures promise; it shares no code with the library.
// Presence comes from the reference engine, day by day; everything else is read off the records by walking over all of
// them for every departure. Nothing is kept, nothing is clever.

#ifndef CHURN_TESTS_SUPPORT_REFERENCE_DEPARTURES_HPP
#define CHURN_TESTS_SUPPORT_REFERENCE_DEPARTURES_HPP

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference_engine.hpp"

namespace reference {

enum class LeaveType { completed, voluntary, involuntary, unknown };

// What a phase says beside its days. Copies of one phase have to say the same.
struct Ending {
  std::string reason{};
  std::optional<int> term_ends_on{};
};

struct Answer {
  std::string customer{};
  std::int64_t at{0};  // seconds since 1970-01-01 UTC
  std::string reason{};
};

// What the records say of reasons, beside a book.
struct Reasons {
  std::map<std::pair<std::string, int>, Ending> endings{};  // by subscription and start
  std::map<std::string, std::vector<std::string>> codes{};  // by invoice, of its payments in their order
  std::vector<Answer> answers{};
  std::map<std::string, std::pair<LeaveType, std::string>> stated{};  // what a text means
  std::map<std::string, std::string> code_reasons{};
  int dunning_days{30};
  int survey_days{90};
};

struct Leaving {
  std::string customer{};
  int starts_on{0};
  int departed_on{0};
  std::int64_t ticks{0};
  LeaveType type{LeaveType::unknown};
  std::string reason{"unknown"};
  std::string rule{};
  std::optional<int> returned_on{};
  friend bool operator==(const Leaving&, const Leaving&) = default;
};

std::ostream& operator<<(std::ostream& out, const Leaving& leaving);

// By customer, then by day.
std::vector<Leaving> departures(const Book& book, const Rules& rules, const Reasons& reasons);

}  // namespace reference

#endif  // CHURN_TESTS_SUPPORT_REFERENCE_DEPARTURES_HPP
