// Stored: the parts of grids and cubes that io/result_json.hpp writes, and the way back. Private to the
// library's sources.
//
// What comes back must be what some book could have given: a grid that its rule makes, labels in order, cells
// that close. The rest is `Error(unreadable)`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/cube/cohort_cube.hpp>
#include <churn/cube/departure_cube.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/cube/subscription_cube.hpp>

namespace churn::inline v0 {

struct Stored {
  /// Far more than anyone has customers, and far enough from the largest number that sums of some counts fit.
  static constexpr std::int64_t most_of_anything = std::int64_t{1} << 53;

  struct Grid {
    PeriodKind kind;
    std::int32_t step;  ///< of every_days; else 0
    std::vector<Date> cuts;
    std::vector<Date> boundaries;  ///< of the grid that a trailing window comes from; else empty
  };
  [[nodiscard]] static Grid parts_of(const PeriodGrid& grid) {
    return {grid.kind_, grid.step_, grid.cuts_, grid.boundaries_};
  }
  [[nodiscard]] static PeriodGrid grid_of(const Grid& parts);

  /// What all kinds of cubes have.
  struct Frame {
    PeriodGrid grid;
    Date as_of;
    Conventions conventions;
    std::vector<PeriodStatus> status;
    std::vector<std::string> segment_names;
    std::vector<Label> segments;
  };

  [[nodiscard]] static const std::vector<MovementCell>& cells_of(const MovementCube& cube) {
    return cube.cells_;
  }
  [[nodiscard]] static const std::vector<PeriodStatus>& status_of(const MovementCube& cube) {
    return cube.status_;
  }
  /// `cells` by segment, then period.
  [[nodiscard]] static MovementCube movement_cube(Frame frame, std::optional<std::int32_t> trailing_days,
                                                  std::vector<Currency> currencies,
                                                  std::vector<MovementCell> cells);

  /// Of a segment without anything in it.
  static void set_currency(MovementCube& cube, std::size_t segment, Currency currency) {
    cube.currencies_[segment] = currency;
  }
  static void set_currency(CohortCube& cube, Currency currency) { cube.currency_ = currency; }
  [[nodiscard]] static const std::vector<std::int64_t>& sizes_of(const CohortCube& cube) {
    return cube.sizes_;
  }
  [[nodiscard]] static const std::vector<CohortCell>& cells_of(const CohortCube& cube) { return cube.cells_; }

  [[nodiscard]] static Date as_of(const CohortCube& cube) { return cube.as_of_; }
  /// Also where the period that it is of is not complete, which `at` does not tell.
  [[nodiscard]] static const CohortCell& cell_of(const CohortCube& cube, std::size_t segment,
                                                 std::size_t cohort, std::size_t age) {
    return cube.cells_[cube.index(segment, cohort, age)];
  }
  [[nodiscard]] static const std::vector<PeriodStatus>& status_of(const CohortCube& cube) {
    return cube.status_;
  }
  /// `sizes` by segment, then cohort; `cells` by segment, cohort and age, those beyond the grid left out.
  [[nodiscard]] static CohortCube cohort_cube(Frame frame, CohortBy cohort_by, Currency currency,
                                              std::vector<std::int64_t> sizes,
                                              const std::vector<CohortCell>& cells);

  [[nodiscard]] static const std::vector<PeriodStatus>& status_of(const SubscriptionCube& cube) {
    return cube.status_;
  }
  [[nodiscard]] static const std::vector<SubscriptionCell>& cells_of(const SubscriptionCube& cube) {
    return cube.states_;
  }
  /// `cells` by segment, then period.
  [[nodiscard]] static SubscriptionCube subscription_cube(Frame frame, std::vector<Currency> currencies,
                                                          std::vector<SubscriptionCell> cells);

  /// Of movements that are those of the book by the same segmenter and options.
  [[nodiscard]] static DepartureCube fold_departures(const Book& book, const MovementCube& movements,
                                                     const Segmenter& segmenter, const DepartureRules& rules,
                                                     const FoldOptions& options) {
    return DepartureCube::of_movements(book, movements, segmenter, rules, options);
  }
  [[nodiscard]] static const std::vector<PeriodStatus>& status_of(const DepartureCube& cube) {
    return cube.status_;
  }
  /// Of segments that nobody left, in which there may be MRR.
  static void set_currencies(DepartureCube& cube, const MovementCube& movements) {
    cube.currencies_ = movements.currencies_;
  }
  [[nodiscard]] static DepartureCube departure_cube(Frame frame, std::uint64_t rules,
                                                    std::vector<Currency> currencies,
                                                    std::vector<Cause> causes,
                                                    std::vector<DepartureCube::Entry> entries);
};

}  // namespace churn::inline v0
