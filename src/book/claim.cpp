#include "book/claim.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

namespace churn::inline v0 {

bool is_claim(const Invoice& invoice) {
  if (invoice.lines.empty()) return true;
  boost::multiprecision::int128_t sum = 0;
  for (const InvoiceLine& line : invoice.lines) sum += line.amount.minor_units();
  return sum > 0;
}

Date due_on(const Invoice& invoice) { return invoice.due_on.value_or(invoice.issued_on); }

std::optional<Date> paid_on(const Invoice& invoice, Date as_of) {
  if (invoice.status != InvoiceStatus::paid) return {};
  const Date day = invoice.paid_on.value_or(due_on(invoice));
  return day < as_of ? std::optional{day} : std::nullopt;
}

std::vector<std::string_view> subscriptions_of(const Invoice& invoice) {
  std::vector<std::string_view> names;
  if (invoice.subscription) names.push_back(invoice.subscription->text());
  for (const InvoiceLine& line : invoice.lines)
    if (line.subscription) names.push_back(line.subscription->text());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace churn::inline v0
