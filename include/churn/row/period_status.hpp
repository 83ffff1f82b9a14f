// PeriodStatus: what of a period the book can know.
//
// A period is *observable* if some of its days are known: it starts before as_of and ends after
// records_from. Others are empty in every answer, never zero. It is *complete* if all of it is known and
// settled: observable, whole (not cut by the grid's ends), not beyond as_of, not begun before records_from,
// and without an absence that may still be a gap within the allowance.
#pragma once

#include <optional>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>

namespace churn::inline v0 {

/// How much of one period is known.
struct PeriodStatus {
  bool observable{false};  ///< some of its days are known
  bool complete{false};    ///< all of it is known and settled
  friend constexpr bool operator==(PeriodStatus, PeriodStatus) noexcept = default;
};

/// One status a period of the grid.
[[nodiscard]] std::vector<PeriodStatus> status_of(const Book& book, const PeriodGrid& grid);
/// The same for a book of which no more is at hand than these days.
[[nodiscard]] std::vector<PeriodStatus> status_of(Date as_of, std::optional<Date> records_from,
                                                  std::optional<Date> pending_gap_since,
                                                  const PeriodGrid& grid);

}  // namespace churn::inline v0
