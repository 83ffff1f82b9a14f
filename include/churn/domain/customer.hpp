// Customer: who pays. A plain aggregate; a Book checks it once, when it is built.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <churn/core/date.hpp>
#include <churn/core/id.hpp>

namespace churn::inline v0 {

/// One account. Several become one customer by `merged_into`.
struct Customer {
  CustomerId id;                                    ///< by which subscriptions, invoices and events name it
  std::optional<Date> signed_up_on{};               ///< empty: not known
  std::string name{};                               ///< for people to read; may be empty
  bool excluded{false};                             ///< a test account: left out of everything, and counted
  std::optional<CustomerId> merged_into{};          ///< the account that this one became part of
  std::map<std::string, std::string> attributes{};  ///< industry, channel, country, …: static labels

  friend bool operator==(const Customer&, const Customer&) = default;
};

}  // namespace churn::inline v0
