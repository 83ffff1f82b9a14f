// MovementCube: for every segment and period, what came, went and stayed, in exact integers.
//
//   MovementCube cube = MovementCube::fold(book, months(from, to), by::attribute("channel"));
//   cube.at(segment, period).churn            // run-rate ticks
//
// The identity holds in every cell, to the tick:
//   opening + new + reactivation + expansion + transfer_in + fx
//                                              = contraction + churn + transfer_out + closing      (run rates)
//   opening + new + reactivated + transferred_in = churned + transferred_out + closing            (customers)
// All amounts are >= 0 (fx may have either sign); direction is in the name.
//
// Segments that change over time (segment/segmenter.hpp) are kept apart by transfers. By lanes, a customer
// that stays moves what it can from the lanes that fall to those that rise, and grows or shrinks by the rest:
// basic 50 -> pro 80 is transfer_out 50 of basic, transfer_in 50 and expansion 30 of pro. Lanes of different
// currencies never match. By states, all that a customer had moves to its new state first, and its movement
// is shown in the state at closing (at opening if it churned). MRR adds up over lanes; customers do not. What
// goes from one lane or state to another of the same row (where a filter alone tells them apart) stays in it
// and is no transfer. The rows by a where b is l are the rows (a, l) by a * b (segment/filter.hpp).
//
// A cube is a sum over customers, so cubes add and subtract exactly: partial cubes of threads or machines are
// added, a changed customer's old contribution is subtracted. The order never matters. Two cubes can be
// combined if they have the same grid, observable periods, conventions (the book's rules, netting and
// history), as_of and segment names, and each segment one currency in both, unless it is empty in one of them;
// segments are united. Otherwise Error(mismatched_cubes); a sum beyond 64 bits is Error(overflow). Both leave
// the cube as it was.
//
// Cost: one pass over the book's changes, O(changes + segments x periods), 224 bytes a cell and thread; more
// than 20 million cells throw Error(out_of_range). With states or lanes the phases are read once more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/core/progress.hpp>
#include <churn/row/period_status.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// What came, went and stayed in one segment and period. From `opening` to `closing`, `lost` and `gained` are run
/// rates in ticks; all others are counts.
struct MovementCell {
  // Run rates, in ticks.
  std::int64_t opening{0};       ///< of those present on the day before the period
  std::int64_t new_{0};          ///< of those who came and never were here before
  std::int64_t reactivation{0};  ///< of those who came back
  std::int64_t expansion{0};     ///< by which those who stayed grew
  std::int64_t transfer_in{0};   ///< from other states or lanes; 0 for attributes and cohorts
  std::int64_t fx{0};            ///< what dated exchange rates changed of closing; of either sign
  std::int64_t contraction{0};   ///< by which those who stayed shrank
  std::int64_t churn{0};         ///< of those who left, as it was before
  std::int64_t transfer_out{0};  ///< to other states or lanes; 0 for attributes and cohorts
  std::int64_t closing{0};       ///< of those present on the last known day of the period
  // Customers; under by-day netting the movements count days of change.
  std::int64_t opening_customers{0};          ///< present on the day before the period
  std::int64_t new_customers{0};              ///< who came and never were here before
  std::int64_t reactivated_customers{0};      ///< who came back
  std::int64_t expanded_customers{0};         ///< who stayed and grew by more than transfers
  std::int64_t contracted_customers{0};       ///< who stayed and shrank by more than transfers
  std::int64_t churned_customers{0};          ///< who were there and no longer are
  std::int64_t closing_customers{0};          ///< present on the last known day of the period
  std::int64_t transferred_in_customers{0};   ///< who stayed, and were not in this segment before
  std::int64_t transferred_out_customers{0};  ///< who stayed, and no longer are in this segment
  // Of those in the segment at opening, opening compared with closing whatever the netting: what rates are
  // made of. A transfer counts as kept.
  std::int64_t lost{0};                   ///< ticks that were there at opening and are not at closing
  std::int64_t gained{0};                 ///< ticks by which those who stayed grew
  std::int64_t lost_customers{0};         ///< present at opening, absent at closing
  std::int64_t departures_of_opening{0};  ///< every departure of theirs in the period, returned or not
  // Of those absent at opening and present on some day of the period, in the segment of the first such day.
  std::int64_t joined_customers{0};           ///< all of them, gone again or not
  std::int64_t joined_and_left_customers{0};  ///< absent again at closing
  std::int64_t departures_of_joined{0};       ///< every departure of theirs in the period
  // Exposure.
  std::int64_t departures{0};     ///< days on which a customer, present the day before, was absent
  std::int64_t customer_days{0};  ///< days on which a customer was present, summed over customers

  friend constexpr bool operator==(const MovementCell&, const MovementCell&) noexcept = default;

  /// All members, for code that treats them alike.
  static constexpr std::size_t field_count = 28;
  /// A member, for code that goes through them.
  using Field = std::int64_t MovementCell::*;
  /// In the order in which they stand here.
  [[nodiscard]] static const std::array<Field, field_count>& fields() noexcept;
};

/// How a cube is filled.
struct FoldOptions {
  Filter where{};  ///< keeps customers, or parts of them after allocation among lanes; by default everyone
  /// Empty: the rate rules of the book's conventions.
  std::optional<RateRules> rules{};
  /// From 1 to 256. A host decides how many threads its process may use; the result does not depend on it.
  unsigned threads{1};
  /// Told of folds over many customers, and asked whether to go on.
  Progress progress{};
};

/// Movement cells by segment and period.
class MovementCube {
 public:
  /// Counts a book. Throws Error(mixed_currencies) where amounts of several currencies would meet in a
  /// segment, and for every book of several if neither the segmenter nor the filter looks at lanes or states
  /// (by::currency keeps them apart); and what the segmenter and the filter throw.
  [[nodiscard]] static MovementCube fold(const Book& book, const PeriodGrid& grid,
                                         const Segmenter& segmenter = {}, const FoldOptions& options = {});

  /// The same for windows of the last `days` days of each period, which overlap where periods are shorter:
  /// `at(segment, period)` is the window that ends with the period. Such a cube has no running balance from
  /// one period to the next. O(periods) folds. Throws Error(bad_period) unless days >= 1.
  [[nodiscard]] static MovementCube fold_trailing(const Book& book, const PeriodGrid& grid, std::int32_t days,
                                                  const Segmenter& segmenter = {},
                                                  const FoldOptions& options = {});

  /// The periods that are counted by, or that windows end with.
  [[nodiscard]] const PeriodGrid& grid() const& noexcept { return grid_; }
  /// The same, moved out.
  [[nodiscard]] PeriodGrid grid() && { return std::move(grid_); }
  /// The days of each window; empty for a cube of periods.
  [[nodiscard]] std::optional<std::int32_t> trailing_days() const noexcept { return trailing_days_; }
  /// What `at(segment, period)` spans: the period, or its trailing window.
  [[nodiscard]] Period span(std::size_t period) const;
  /// The one currency of all segments; throws Error(mixed_currencies) if they have several.
  [[nodiscard]] Currency currency() const;
  /// Of a segment's run rates; any, where there is nothing in it.
  [[nodiscard]] Currency currency(std::size_t segment) const { return currencies_.at(segment); }
  /// The book's: the first day that is not counted.
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  /// Of the book, with the rate rules of the fold.
  [[nodiscard]] const Conventions& conventions() const& noexcept { return conventions_; }
  /// The same, moved out.
  [[nodiscard]] Conventions conventions() && { return std::move(conventions_); }
  /// Column names and labels of the segments, labels in order of their bytes.
  [[nodiscard]] const std::vector<std::string>& segment_names() const& noexcept { return segment_names_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<std::string> segment_names() && { return std::move(segment_names_); }
  /// One label a segment; without a segmenter the one without parts.
  [[nodiscard]] const std::vector<Label>& segments() const& noexcept { return segments_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Label> segments() && { return std::move(segments_); }
  /// The index of a label; throws Error(out_of_range).
  [[nodiscard]] std::size_t segment(const Label& label) const;
  /// What of a period, or of its trailing window, the book knew.
  [[nodiscard]] PeriodStatus status(std::size_t period) const { return status_.at(period); }
  /// The cell of a segment and period; all zero where the period is not observable. Throws
  /// Error(out_of_range).
  [[nodiscard]] const MovementCell& at(std::size_t segment, std::size_t period) const&;
  /// The same as a copy.
  [[nodiscard]] MovementCell at(std::size_t segment, std::size_t period) const&& {
    return at(segment, period);
  }

  /// Adds segments without anything in them, where it lacks them.
  void include(const std::vector<Label>& labels);

  /// Adds the customers of another cube. Throws Error(mismatched_cubes) or Error(overflow), and is then as it was.
  MovementCube& operator+=(const MovementCube& other);
  /// Takes the customers of another cube away; throws the same.
  MovementCube& operator-=(const MovementCube& other);
  /// Whether they count the same; conventions are not compared.
  friend bool operator==(const MovementCube& a, const MovementCube& b);

 private:
  friend struct Stored;
  friend class LiveCube;
  MovementCube(PeriodGrid grid, Date as_of, Conventions conventions)
      : grid_(std::move(grid)), as_of_(as_of), conventions_(std::move(conventions)) {}
  MovementCube(const Book& book, const PeriodGrid& grid, const RateRules& rules);
  void set_segments(std::vector<std::string> names, std::vector<Label> labels,
                    std::vector<Currency> currencies);
  [[nodiscard]] bool is_empty(std::size_t segment) const;
  [[nodiscard]] bool same_currencies(const MovementCube& other) const;
  MovementCube combined(const MovementCube& other,
                        std::int64_t (*operation)(std::int64_t, std::int64_t)) const;

  PeriodGrid grid_;
  std::optional<std::int32_t> trailing_days_;
  Date as_of_;
  Conventions conventions_;  // of the book, with the rate rules that the fold used
  std::vector<PeriodStatus> status_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<Currency> currencies_;  // of the segments
  std::vector<MovementCell> cells_;   // segment x period, periods together
};

}  // namespace churn::inline v0
