#include <churn/analyzer.hpp>

#include <algorithm>

namespace churn::inline v0 {

PeriodGrid Analyzer::whole_book(const Book& book, PeriodKind kind) {
  const Date last_known = book.as_of() - std::chrono::days{1};
  Date first = std::min(book.first_change_on().value_or(last_known), last_known);
  // With records_from, what stood before it is an opening balance and no change.
  if (book.records_from()) first = std::min(std::max(first, *book.records_from()), last_known);
  return {kind, period_start(kind, first), next_period_start(kind, last_known)};
}

}  // namespace churn::inline v0
