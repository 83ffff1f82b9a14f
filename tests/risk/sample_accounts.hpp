// The customers of the sample book as its file has them, and what the book says of their presence.
#pragma once

#include <churn/churn.hpp>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "departure/departed_book.hpp"

namespace risk_test {

struct SampleAccounts {
  std::map<std::string, std::string> signed_up;  // by id, without test accounts and second ones
  std::set<std::string> excluded;
  std::map<std::string, std::string> merged;

  /// Whose an event is; empty: a test account's.
  [[nodiscard]] std::string owner(const std::string& id) const {
    if (excluded.contains(id)) return {};
    return merged.contains(id) ? merged.at(id) : id;
  }
};

inline SampleAccounts sample_accounts() {
  SampleAccounts accounts;
  std::ifstream in(CHURN_SOURCE_DIR "/examples/sample_book/customers.csv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> fields{""};
    bool quoted = false;  // names may hold commas
    for (const char c : line) {
      if (c == '"')
        quoted = !quoted;
      else if (c == ',' && !quoted)
        fields.emplace_back();
      else
        fields.back() += c;
    }
    if (!fields.at(3).empty() && fields[3] != "0" && fields[3] != "false")
      accounts.excluded.insert(fields[0]);
    else if (!fields.at(4).empty())
      accounts.merged[fields[0]] = fields[4];
    else
      accounts.signed_up[fields[0]] = fields.at(1);
  }
  return accounts;
}

inline bool sample_is_present(const std::string& id, churn::Date on) {
  const churn::Book& book = departure_test::sample_book();
  const auto customer = book.find(churn::CustomerId{id});
  return customer && book.balance_on(*customer, on).present;
}
/// Whether it was absent on a day from `from` to before `until`.
inline bool sample_was_absent(const std::string& id, churn::Date from, churn::Date until) {
  for (churn::Date on = from; on < until; on = on + std::chrono::days{1})
    if (!sample_is_present(id, on)) return true;
  return false;
}

}  // namespace risk_test
