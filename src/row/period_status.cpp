#include <churn/row/period_status.hpp>

namespace churn::inline v0 {

std::vector<PeriodStatus> status_of(const Book& book, const PeriodGrid& grid) {
  const auto records_from = book.records_from();
  const auto pending_since = book.pending_gap_since();
  std::vector<PeriodStatus> status;
  status.reserve(grid.size());
  for (std::size_t p = 0; p < grid.size(); ++p) {
    const Period period = grid[p];
    const bool observable = period.first() < book.as_of() &&
                            !(records_from && period.last() <= *records_from) &&
                            !(records_from && book.as_of() <= *records_from);
    const bool complete = observable && grid.is_whole(p) && period.last() <= book.as_of() &&
                          !(records_from && period.first() < *records_from) &&
                          !(pending_since && *pending_since < period.last());
    status.push_back({observable, complete});
  }
  return status;
}

}  // namespace churn::inline v0
