#include <churn/analyzer.hpp>

#include <algorithm>

namespace churn::inline v0 {

PeriodGrid Analyzer::whole_book(const Book& book, PeriodKind kind, CohortBy cohort_by) {
  const Date last_known = book.as_of() - std::chrono::days{1};
  Date first = std::min(
      book.records_from() ? *book.records_from() : book.first_change_on().value_or(last_known), last_known);
  if (cohort_by == CohortBy::signed_up)
    for (std::uint32_t c = 0; c < book.customer_count(); ++c)
      first = std::min(first, book.signed_up_on(CustomerIndex{c}).value_or(first));
  // The last period of the calendar has no end inside it.
  return {kind, period_start(kind, first),
          last_known.year() == 9999 ? book.as_of() : next_period_start(kind, last_known)};
}

}  // namespace churn::inline v0
