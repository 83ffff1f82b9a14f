// LiveMovements: the rows of a MovementCube, from one state of a LiveBook to the next. Private to the library's sources.
//
// What customers add is kept free of the day as of which it was counted, so that rows of customers to whom nothing
// happens stay as they are. Rows that do not change are shared by one state and the next.
#pragma once

#include <churn/cube/movement_cube.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "book/live_state.hpp"
#include "core/shares.hpp"
#include "cube/movement_fold.hpp"

namespace churn::inline v0 {

class LiveMovements {
 public:
  /// One state. Customer-days are as if known periods ended on day 0.
  struct Rows {
    Date as_of;
    std::optional<Date> pending_gap_since;
    Currency any_currency;
    std::vector<std::shared_ptr<const CountedRow>> rows{};  // labels in order of their bytes

    [[nodiscard]] Currency currency(const CountedRow& row) const {
      return row.kept > 0 ? *row.currency : any_currency;
    }
  };

  LiveMovements(const LiveBook::State& state, PeriodGrid grid, Segmenter by, const FoldOptions& options);
  LiveMovements(const LiveMovements&) = delete;
  LiveMovements& operator=(const LiveMovements&) = delete;
  ~LiveMovements() = default;

  /// What there is after a step. `before` is not asked where everyone is counted anew.
  [[nodiscard]] std::shared_ptr<const Rows> after(const Rows* before, const LiveStep& step);
  /// Forgets books that nobody is in any more.
  void keep(const std::vector<const Book::Data*>& books) noexcept;

  [[nodiscard]] const PeriodGrid& grid() const noexcept { return grid_; }
  [[nodiscard]] const Segmenter& by() const noexcept { return by_; }
  [[nodiscard]] const Filter& where() const noexcept { return where_; }
  [[nodiscard]] unsigned threads() const noexcept { return threads_; }
  [[nodiscard]] const Conventions& conventions() const noexcept { return conventions_; }
  [[nodiscard]] const std::vector<std::int32_t>& tenure_cuts() const noexcept { return tenure_cuts_; }
  [[nodiscard]] std::vector<PeriodStatus> status(const Rows& rows) const {
    return status_of(rows.as_of, records_from_, rows.pending_gap_since, grid_);
  }
  /// With balances, by segment and period.
  [[nodiscard]] std::vector<MovementCell> cells(const Rows& rows,
                                                const std::vector<PeriodStatus>& status) const;

 private:
  [[nodiscard]] const MovementFold& fold_of(const Book& book);
  [[nodiscard]] std::vector<CountedRow> count(const LivePortion& portion);

  PeriodGrid grid_;
  Segmenter by_;
  Filter where_;
  unsigned threads_;
  Conventions conventions_;
  std::optional<Date> records_from_;
  std::vector<std::int32_t> tenure_cuts_;
  std::map<const Book::Data*, std::unique_ptr<MovementFold>> folds_;
};

/// Shares out the customers of a portion among threads where they are many: calls work(customers) for each share and
/// gives what it gave, in order.
template <class Work>
[[nodiscard]] auto share_out(const LivePortion& portion, unsigned threads, Work&& work) {
  static constexpr std::size_t worth_sharing = 10'000;
  const std::span<const CustomerIndex> all{portion.customers};
  using Given = std::decay_t<decltype(work(all))>;
  std::vector<std::optional<Given>> given(all.size() < worth_sharing ? 1 : std::clamp(threads, 1U, 256U));
  do_shares(given.size(), threads, [&] {
    return [&](std::size_t share) {
      const std::size_t first = all.size() * share / given.size();
      const std::size_t last = all.size() * (share + 1) / given.size();
      given[share] = work(all.subspan(first, last - first));
    };
  });
  return given;
}

}  // namespace churn::inline v0
