#include <churn/row/period_status.hpp>

namespace churn::inline v0 {

std::vector<PeriodStatus> status_of(const Book& book, const PeriodGrid& grid) {
  return status_of(book.as_of(), book.records_from(), book.pending_gap_since(), grid);
}

std::vector<PeriodStatus> status_of(Date as_of, std::optional<Date> records_from,
                                    std::optional<Date> pending_gap_since, const PeriodGrid& grid) {
  std::vector<PeriodStatus> status;
  status.reserve(grid.size());
  for (std::size_t p = 0; p < grid.size(); ++p) {
    const Period period = grid[p];
    const bool observable = period.first() < as_of && !(records_from && period.last() <= *records_from) &&
                            !(records_from && as_of <= *records_from);
    const bool complete = observable && grid.is_whole(p) && period.last() <= as_of &&
                          !(records_from && period.first() < *records_from) &&
                          !(pending_gap_since && *pending_gap_since < period.last());
    status.push_back({observable, complete});
  }
  return status;
}

}  // namespace churn::inline v0
