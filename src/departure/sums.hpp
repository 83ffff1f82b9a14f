// Amounts of several currencies, side by side. Private to the library's sources.
#pragma once

#include <churn/core/run_rate.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace churn::inline v0 {
namespace sums {

/// Adds an amount to that of its currency; sums are in order of the currencies' codes.
template <class Amount>
void add_to(std::vector<Amount>& sums, const Amount& amount) {
  const auto at = std::lower_bound(sums.begin(), sums.end(), amount, [](const Amount& a, const Amount& b) {
    return a.currency().code() < b.currency().code();
  });
  if (at != sums.end() && at->currency() == amount.currency())
    *at = *at + amount;
  else
    sums.insert(at, amount);
}

inline std::string in_words(const std::vector<Money>& sums) {
  std::string text;
  for (const Money& sum : sums)
    text += (text.empty() ? "" : " and ") + sum.to_string() + " " + std::string(sum.currency().code());
  return text.empty() ? "no known amount" : text;
}

/// As MRR.
inline std::string in_words(const std::vector<RunRate>& sums) {
  std::vector<Money> amounts;
  amounts.reserve(sums.size());
  for (const RunRate& sum : sums) amounts.push_back(sum.mrr());
  return amounts.empty() ? "no MRR" : in_words(amounts) + " of MRR";
}

/// `1 invoice`, `2 invoices`.
inline std::string counted(std::int64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace sums
}  // namespace churn::inline v0
