// The reasons and codes that stand in the sample book, read from its files by their columns alone.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "support/read_csv.hpp"

namespace churn {

struct SampleTexts {
  std::map<std::string, std::size_t> end_reasons;
  std::map<std::string, std::size_t> answers;
  std::map<std::string, std::size_t> codes;
};

/// Of the customers that count; codes of invoices that are no drafts and not void.
inline SampleTexts sample_texts_of(const std::function<bool(const std::string& customer)>& counts) {
  const std::string folder = CHURN_SOURCE_DIR "/examples/sample_book/";
  SampleTexts found;
  for (auto& row : support::read_csv(folder + "subscriptions.csv"))
    if (!row["end_reason"].empty() && counts(row["customer_id"])) ++found.end_reasons[row["end_reason"]];
  for (auto& row : support::read_csv(folder + "events.csv"))
    if (row["kind"] == "exit_survey" && counts(row["customer_id"])) ++found.answers[row["label"]];
  std::set<std::string> invoices;
  for (auto& row : support::read_csv(folder + "invoices.csv"))
    if (row["status"] != "void" && row["status"] != "draft" && counts(row["customer_id"]))
      invoices.insert(row["invoice_id"]);
  for (auto& row : support::read_csv(folder + "payments.csv"))
    if (!row["failure_code"].empty() && invoices.contains(row["invoice_id"]))
      ++found.codes[row["failure_code"]];
  return found;
}

inline const SampleTexts& sample_texts() {
  static const SampleTexts texts = sample_texts_of([](const std::string&) { return true; });
  return texts;
}

}  // namespace churn
