// As with segments: a place refers to its table, which would be gone at the semicolon.
// message: deleted (function|member function).*at
#include <churn/metric/measure.hpp>

void look(const churn::Book& book, const churn::PeriodGrid& grid) {
  const auto question = churn::measure(book).over(grid);
  const auto table = question.compute(churn::CustomerChurnRate{});
  [[maybe_unused]] const auto right = table.at(grid[0]);
#ifdef CHURN_MUST_FAIL
  [[maybe_unused]] const auto wrong = question.compute(churn::CustomerChurnRate{}).at(grid[0]);
#endif
}
