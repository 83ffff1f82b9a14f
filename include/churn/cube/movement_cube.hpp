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
// A cube is a sum over customers, so cubes add and subtract exactly: partial cubes of threads or machines are
// added, a changed customer's old contribution is subtracted. The order never matters. Two cubes can be
// combined if they have the same grid, observable periods, conventions (by name, version, netting and
// history), currency, as_of and segment names; segments are united. Otherwise Error(mismatched_cubes); a sum
// beyond 64 bits is Error(overflow). Both leave the cube as it was.
//
// Cost: one pass over the book's changes, O(changes + segments x periods), 192 bytes a cell and thread; more
// than 20 million cells throw Error(out_of_range).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/row/period_status.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

struct MovementCell {
  // Run rates, in ticks.
  std::int64_t opening{0};
  std::int64_t new_{0};
  std::int64_t reactivation{0};
  std::int64_t expansion{0};
  std::int64_t transfer_in{0};  ///< between segments that change over time; 0 for attributes and cohorts
  std::int64_t fx{0};
  std::int64_t contraction{0};
  std::int64_t churn{0};
  std::int64_t transfer_out{0};
  std::int64_t closing{0};
  // Customers; under by-day netting the movements count days of change.
  std::int64_t opening_customers{0};
  std::int64_t new_customers{0};
  std::int64_t reactivated_customers{0};
  std::int64_t expanded_customers{0};
  std::int64_t contracted_customers{0};
  std::int64_t churned_customers{0};
  std::int64_t closing_customers{0};
  std::int64_t transferred_in_customers{0};
  std::int64_t transferred_out_customers{0};
  // Of those present at opening, opening compared with closing whatever the netting: what rates are made of.
  std::int64_t lost{0};            ///< ticks that were there at opening and are not at closing
  std::int64_t gained{0};          ///< ticks by which those who stayed grew
  std::int64_t lost_customers{0};  ///< present at opening, absent at closing
  // Exposure.
  std::int64_t departures{0};     ///< days on which a customer, present the day before, was absent
  std::int64_t customer_days{0};  ///< days on which a customer was present, summed over customers

  friend constexpr bool operator==(const MovementCell&, const MovementCell&) noexcept = default;

  /// All members, for code that treats them alike.
  static constexpr std::size_t field_count = 24;
  using Field = std::int64_t MovementCell::*;
  [[nodiscard]] static const std::array<Field, field_count>& fields() noexcept;
};

/// How a cube is filled.
struct FoldOptions {
  Filter where{};
  /// Empty: the rate rules of the book's conventions.
  std::optional<RateRules> rules{};
  /// From 1 to 256. A host decides how many threads its process may use; the result does not depend on it.
  unsigned threads{1};
};

class MovementCube {
 public:
  /// Counts a book. Throws Error(mixed_currencies) for a book of several currencies, and what the segmenter
  /// and the filter throw.
  [[nodiscard]] static MovementCube fold(const Book& book, const PeriodGrid& grid,
                                         const Segmenter& segmenter = {}, const FoldOptions& options = {});

  [[nodiscard]] const PeriodGrid& grid() const noexcept { return grid_; }
  [[nodiscard]] Currency currency() const noexcept { return currency_; }
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  [[nodiscard]] const Conventions& conventions() const noexcept { return conventions_; }
  /// Column names and labels of the segments, labels in order of their bytes.
  [[nodiscard]] const std::vector<std::string>& segment_names() const noexcept { return segment_names_; }
  [[nodiscard]] const std::vector<Label>& segments() const noexcept { return segments_; }
  /// The index of a label; throws Error(out_of_range).
  [[nodiscard]] std::size_t segment(const Label& label) const;
  [[nodiscard]] PeriodStatus status(std::size_t period) const { return status_.at(period); }
  /// The cell of a segment and period; all zero where the period is not observable. Throws
  /// Error(out_of_range).
  [[nodiscard]] const MovementCell& at(std::size_t segment, std::size_t period) const;

  MovementCube& operator+=(const MovementCube& other);
  MovementCube& operator-=(const MovementCube& other);
  friend bool operator==(const MovementCube& a, const MovementCube& b);

 private:
  MovementCube(const Book& book, const PeriodGrid& grid, const Labelling& labelling, const RateRules& rules);
  MovementCube combined(const MovementCube& other,
                        std::int64_t (*operation)(std::int64_t, std::int64_t)) const;

  PeriodGrid grid_;
  Currency currency_;
  Date as_of_;
  Conventions conventions_;  // of the book, with the rate rules that the fold used
  std::vector<PeriodStatus> status_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<MovementCell> cells_;  // segment x period, periods together
};

}  // namespace churn::inline v0
