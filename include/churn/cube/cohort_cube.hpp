// CohortCube: for every cohort and age, who of it is present at the close and what they pay, in exact
// integers.
//
//   CohortCube cube = CohortCube::fold(book, months(from, to));
//
// A cohort is everyone whose first present day (or sign-up) lies in one period of the grid, also if gone by
// its close; age k is the k-th period after it (age 0). A cell can be known only if its cohort's period and
// its own are complete; others are not observed. Left out of cohorts by first payment: whoever was present
// on or before records_from (when they came is not known) and whoever came before or after the grid.
//
// Like a MovementCube it adds and subtracts exactly (same errors; netting and history play no part). A period
// of a sum is complete where it is in both. One pass over the book's changes, O(changes + segments x
// periods^2), 24 bytes a cell, and 32 a cell and thread while it counts; more than 50 million cells throw
// Error(out_of_range).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <churn/cube/movement_cube.hpp>

namespace churn::inline v0 {

/// What day puts a customer into its cohort.
enum class CohortBy : std::uint8_t {
  first_paid,  ///< the first present one
  signed_up    ///< that of sign-up; without one it is in none
};

/// A cohort at the close of one age.
struct CohortCell {
  std::int64_t present{0};   ///< customers present at the close
  std::int64_t unbroken{0};  ///< customers present at every close from age 0 to this one
  std::int64_t ticks{0};     ///< their run rate at the close (of all present)
  friend constexpr bool operator==(const CohortCell&, const CohortCell&) noexcept = default;
};

/// Counts by segment, cohort and age.
class CohortCube {
 public:
  /// Throws what MovementCube::fold throws. Of the options, the netting plays no part.
  [[nodiscard]] static CohortCube fold(const Book& book, const PeriodGrid& grid,
                                       CohortBy cohort_by = CohortBy::first_paid,
                                       const Segmenter& segmenter = {}, const FoldOptions& options = {});

  /// The periods that are both cohorts and ages.
  [[nodiscard]] const PeriodGrid& grid() const& noexcept { return grid_; }
  /// The same, moved out.
  [[nodiscard]] PeriodGrid grid() && { return std::move(grid_); }
  /// What day put customers into cohorts.
  [[nodiscard]] CohortBy cohort_by() const noexcept { return cohort_by_; }
  /// Of all run rates: a book of several throws Error(mixed_currencies) in `fold`.
  [[nodiscard]] Currency currency() const noexcept { return currency_; }
  /// Of the book, with the rate rules of the fold.
  [[nodiscard]] const Conventions& conventions() const& noexcept { return conventions_; }
  /// The same, moved out.
  [[nodiscard]] Conventions conventions() && { return std::move(conventions_); }
  /// What the labels' parts are called: the segmenter's factors.
  [[nodiscard]] const std::vector<std::string>& segment_names() const& noexcept { return segment_names_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<std::string> segment_names() && { return std::move(segment_names_); }
  /// Those that occur, in order of their bytes: of customers in no cohort, too.
  [[nodiscard]] const std::vector<Label>& segments() const& noexcept { return segments_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Label> segments() && { return std::move(segments_); }

  /// How many customers a cohort has. Throws Error(out_of_range), as do the next two.
  [[nodiscard]] std::int64_t size(std::size_t segment, std::size_t cohort) const;
  /// All zero where the cell is not observed.
  [[nodiscard]] const CohortCell& at(std::size_t segment, std::size_t cohort, std::size_t age) const&;
  /// The same as a copy.
  [[nodiscard]] CohortCell at(std::size_t segment, std::size_t cohort, std::size_t age) const&& {
    return at(segment, cohort, age);
  }
  /// True if the cell can be known.
  [[nodiscard]] bool observed(std::size_t cohort, std::size_t age) const;

  /// Adds the customers of another cube. Throws Error(mismatched_cubes) or Error(overflow), and is then as it was.
  CohortCube& operator+=(const CohortCube& other);
  /// Takes the customers of another cube away; throws the same.
  CohortCube& operator-=(const CohortCube& other);
  /// Whether they count the same, observed or not; conventions are not compared.
  friend bool operator==(const CohortCube& a, const CohortCube& b);

 private:
  friend struct Stored;
  CohortCube(PeriodGrid grid, CohortBy cohort_by, Currency currency, Date as_of, Conventions conventions)
      : grid_(std::move(grid)),
        cohort_by_(cohort_by),
        currency_(currency),
        as_of_(as_of),
        conventions_(std::move(conventions)) {}
  CohortCube(const Book& book, const PeriodGrid& grid, CohortBy cohort_by, const Labelling& labelling);
  void count(const Book& book, const Labelling& labelling, const FoldOptions& options);
  void run_balances();
  CohortCube combined(const CohortCube& other, std::int64_t (*operation)(std::int64_t, std::int64_t)) const;
  [[nodiscard]] std::size_t index(std::size_t segment, std::size_t cohort, std::size_t age) const noexcept {
    return (segment * grid_.size() + cohort) * grid_.size() + age;
  }

  PeriodGrid grid_;
  CohortBy cohort_by_;
  Currency currency_;
  Date as_of_;
  Conventions conventions_;
  std::vector<PeriodStatus> status_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<std::int64_t> sizes_;  // segment x cohort
  std::vector<CohortCell> cells_;    // segment x cohort x age; beyond the grid the last age goes on
};

}  // namespace churn::inline v0
