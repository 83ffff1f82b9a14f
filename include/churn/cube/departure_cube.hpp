// DepartureCube: for every segment and period, how many left of which type and for which reason, and their MRR.
//
//   DepartureCube cube = DepartureCube::fold(book, months(from, to), by::plan);
//   cube.of_type(segment, period, DepartureType::involuntary).customers
//   cube.total(segment, period).ticks                // MovementCell::churn of the same segment and period
//
// By period a departure is one customer's churn as a MovementCube counts it (cube/movement_cube.hpp): its amount is
// that churn's, its type and reason are those of the customer's last departure in the period (row/departure.hpp). So
// over types and reasons a cell adds up to churned_customers and churn of the MovementCube with the same grid,
// segmenter and options, to the tick, under either netting: by period who left and came back within one is no
// departure; by day each departure is one. Customers add up over lanes no more than there.
//
// A cube is a sum over customers, so cubes add and subtract exactly, in any order, if they have the same grid,
// observable periods, as_of, conventions (the book's rules and netting), segment names and rules of departures, and
// each segment one currency in both; segments and causes are united. Otherwise Error(mismatched_cubes); a sum beyond 64
// bits is Error(overflow). Both leave the cube as it was.
//
// It holds what is not zero only. One fold of the MovementCube, one DepartureReader (row/departure.hpp: O(invoices log
// invoices + events)), and O(changes) for those who left.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <churn/cube/movement_cube.hpp>
#include <churn/row/departure.hpp>

namespace churn::inline v0 {

/// Why somebody left.
struct Cause {
  DepartureType type;  ///< completed, voluntary, involuntary or unknown
  std::string reason;  ///< `unknown` where nothing says one
  friend auto operator<=>(const Cause&, const Cause&) = default;
};

/// Customers who left, and the run rate that left with them.
struct Leavers {
  std::int64_t customers{0};  ///< under by-day netting each of their departures
  std::int64_t ticks{0};      ///< the amount of their churn: at opening, by day on the day before
  friend constexpr bool operator==(const Leavers&, const Leavers&) noexcept = default;
};

/// Who left, counted by segment, period and cause.
class DepartureCube {
 public:
  /// Counts a book. Throws what MovementCube::fold throws.
  [[nodiscard]] static DepartureCube fold(const Book& book, const PeriodGrid& grid,
                                          const Segmenter& segmenter = {},
                                          const DepartureRules& rules = DepartureRules::standard(),
                                          const FoldOptions& options = {});

  /// The periods that are counted by.
  [[nodiscard]] const PeriodGrid& grid() const& noexcept { return grid_; }
  /// The same, moved out.
  [[nodiscard]] PeriodGrid grid() && { return std::move(grid_); }
  /// The book's: the first day that is not counted.
  [[nodiscard]] Date as_of() const noexcept { return as_of_; }
  /// Of the book, with the rate rules of the fold.
  [[nodiscard]] const Conventions& conventions() const& noexcept { return conventions_; }
  /// The same, moved out.
  [[nodiscard]] Conventions conventions() && { return std::move(conventions_); }
  /// DepartureRules::fingerprint of those that decided.
  [[nodiscard]] std::uint64_t rules() const noexcept { return rules_; }
  /// What of a period the book knew.
  [[nodiscard]] PeriodStatus status(std::size_t period) const { return status_.at(period); }
  /// What the labels' parts are called: the segmenter's factors.
  [[nodiscard]] const std::vector<std::string>& segment_names() const& noexcept { return segment_names_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<std::string> segment_names() && { return std::move(segment_names_); }
  /// In order of their bytes: those of the MovementCube.
  [[nodiscard]] const std::vector<Label>& segments() const& noexcept { return segments_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Label> segments() && { return std::move(segments_); }
  /// The index of a label; throws Error(out_of_range).
  [[nodiscard]] std::size_t segment(const Label& label) const;
  /// Of a segment's run rates.
  [[nodiscard]] Currency currency(std::size_t segment) const { return currencies_.at(segment); }
  /// Those for which anybody left, in order of type, then of the reason's bytes.
  [[nodiscard]] const std::vector<Cause>& causes() const& noexcept { return causes_; }
  /// The same, moved out.
  [[nodiscard]] std::vector<Cause> causes() && { return std::move(causes_); }

  /// Of a cause by its place. Segments, periods and causes beyond the cube's throw Error(out_of_range).
  [[nodiscard]] Leavers at(std::size_t segment, std::size_t period, std::size_t cause) const;
  /// The sum over all reasons of a type.
  [[nodiscard]] Leavers of_type(std::size_t segment, std::size_t period, DepartureType type) const;
  /// The sum over all causes.
  [[nodiscard]] Leavers total(std::size_t segment, std::size_t period) const;

  /// What is not zero.
  struct Entry {
    std::uint32_t segment;  ///< index into segments()
    std::uint32_t period;   ///< index in the grid
    std::uint32_t cause;    ///< index into causes()
    Leavers leavers;        ///< of that cause
    friend constexpr bool operator==(const Entry&, const Entry&) noexcept = default;
  };
  /// In order of segment, period and cause.
  [[nodiscard]] std::span<const Entry> entries() const& noexcept { return entries_; }
  [[nodiscard]] std::span<const Entry> entries() const&& = delete;

  /// Adds the customers of another cube. Throws Error(mismatched_cubes) or Error(overflow), and is then as it was.
  DepartureCube& operator+=(const DepartureCube& other);
  /// Takes the customers of another cube away; throws the same.
  DepartureCube& operator-=(const DepartureCube& other);
  /// Whether they count the same by the same rules of departures; conventions are not compared.
  friend bool operator==(const DepartureCube& a, const DepartureCube& b);

 private:
  friend struct Stored;
  friend class LiveDepartureCube;
  DepartureCube(PeriodGrid grid, Date as_of, Conventions conventions, std::uint64_t rules)
      : grid_(std::move(grid)), as_of_(as_of), conventions_(std::move(conventions)), rules_(rules) {}
  /// The departures behind the churn of movements that are those of the book by the same segmenter and options.
  [[nodiscard]] static DepartureCube of_movements(const Book& book, const MovementCube& movements,
                                                  const Segmenter& segmenter, const DepartureRules& rules,
                                                  const FoldOptions& options);
  [[nodiscard]] std::span<const Entry> cell(std::size_t segment, std::size_t period) const;
  [[nodiscard]] bool is_empty(std::size_t segment) const;
  [[nodiscard]] DepartureCube combined(const DepartureCube& other,
                                       std::int64_t (*operation)(std::int64_t, std::int64_t)) const;
  /// Puts entries whose causes are places of `causes` in order, adds up what is of one cell and cause, and leaves out
  /// what is zero.
  void take(std::vector<Cause> causes, std::vector<Entry> entries);

  PeriodGrid grid_;
  Date as_of_;
  Conventions conventions_;
  std::uint64_t rules_;
  std::vector<PeriodStatus> status_;
  std::vector<std::string> segment_names_;
  std::vector<Label> segments_;
  std::vector<Currency> currencies_;
  std::vector<Cause> causes_;
  std::vector<Entry> entries_;
};

}  // namespace churn::inline v0
