#include <churn/analyzer.hpp>

#include <algorithm>

namespace churn::inline v0 {

PeriodGrid Analyzer::whole_book(const Book& book, PeriodKind kind) {
  const Date last_known = book.as_of() - std::chrono::days{1};
  const Date first = std::min(
      book.records_from() ? *book.records_from() : book.first_change_on().value_or(last_known), last_known);
  // The last period of the calendar has no end inside it.
  return {kind, period_start(kind, first),
          last_known.year() == 9999 ? book.as_of() : next_period_start(kind, last_known)};
}

}  // namespace churn::inline v0
