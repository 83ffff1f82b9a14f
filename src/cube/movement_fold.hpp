// MovementFold: a segmenter and a filter applied to one book, ready to count its customers, all of them or some.
// Private to the library's sources.
//
// What is counted is what moves: a cell has `opening` only in the first period, for who is there when the grid
// opens, and no `closing` yet; run_balances turns such cells into those of a MovementCube. Without balances cells
// are plain sums over customers, so those of some customers can be taken away and added one by one.
#pragma once

#include <churn/cube/movement_cube.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "segment/applied_segments.hpp"

namespace churn::inline v0 {

/// What everyone adds up to, by segment and period.
struct MovementRows {
  std::vector<Label> labels;  // in order of their bytes
  std::vector<Currency> currencies;
  std::vector<MovementCell> cells;
};

/// What some customers add to one segment.
struct CountedRow {
  Label label;
  std::int64_t customers{0};           // that the segment exists for
  std::int64_t kept{0};                // of them, those of whom the filter keeps something in it
  std::optional<Currency> currency{};  // of what is kept
  std::vector<MovementCell> cells{};   // by period
};

/// That of a segment in which there is nothing.
[[nodiscard]] Currency any_currency(const Book& book);
[[noreturn]] void throw_too_many_cells();
[[noreturn]] void throw_mixed_currencies(Currency a, Currency b);
inline constexpr std::size_t max_cells = 20'000'000;

class MovementFold {
 public:
  /// `grid` and `rules` outlive it. Throws what MovementCube::fold throws.
  MovementFold(const Book& book, const PeriodGrid& grid, const Segmenter& by, const Filter& where,
               const RateRules& rules);

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  /// Days of tenure on which a segment may change.
  [[nodiscard]] std::span<const std::int32_t> tenure_cuts() const noexcept {
    return applied_ ? std::span<const std::int32_t>{applied_->tenure_cuts()}
                    : std::span<const std::int32_t>{};
  }
  [[nodiscard]] MovementRows everyone(unsigned threads, const Progress& progress) const;
  /// The rows that these customers meet, in any order. `book` is the one that it was made of, or the same carried
  /// to a later day.
  [[nodiscard]] std::vector<CountedRow> some(const Book& book,
                                             std::span<const CustomerIndex> customers) const;

 private:
  [[nodiscard]] MovementRows everyone_where_segments_stay(unsigned threads, const Progress& progress) const;
  [[nodiscard]] MovementRows everyone_where_segments_change(unsigned threads, const Progress& progress) const;
  [[nodiscard]] std::vector<CountedRow> some_where_segments_stay(
      const Book& book, std::span<const CustomerIndex> customers) const;
  [[nodiscard]] std::vector<CountedRow> some_where_segments_change(
      const Book& book, std::span<const CustomerIndex> customers) const;
  void set_losses(std::span<MovementCell> cells) const;

  Book book_;
  const PeriodGrid& grid_;
  const RateRules& rules_;
  std::vector<std::string> names_;
  std::optional<AppliedSegments> applied_;  // where segments change; else the next two
  Labelling labelling_;
  std::vector<bool> keep_;  // empty: everyone
};

/// From what moved to what stood: balances are running sums over the periods of a segment.
void run_balances(const PeriodGrid& grid, Date as_of, std::optional<Date> records_from,
                  const std::vector<PeriodStatus>& status, std::vector<MovementCell>& cells);

}  // namespace churn::inline v0
