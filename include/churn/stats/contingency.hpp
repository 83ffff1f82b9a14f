// ContingencyTable: how many of each group are of each kind (segment x left or stayed), and whether the groups differ
// by more than chance.
//
//   ContingencyTable table{{{122, 716}, {236, 1419}, {125, 715}}};   // left, stayed, by area
//   chi_square_test(table)->p.value;                                 // 0.915: no sign of a difference
//   fisher_test(table);                                              // the same question without approximation
//
//   chi-square   sum of (observed - expected)^2 / expected, expected = row total x column total / all,
//                with (rows - 1)(columns - 1) degrees of freedom; rows and columns of nobody are left out
//   Yates        each |observed - expected| less 1/2, or less itself where that is smaller; only for 2 x 2
//   Cramer's V   sqrt(chi-square / (all x (smaller of rows and columns - 1))): 0 no difference, 1 complete
//   Fisher       the share of all tables with these totals, by their probability, that are as improbable as this one
//                or more so (within a relative 1e-7, so that rounding parts no ties)
//
// Chi-square is an approximation, good where expected counts are 5 or more (`smallest_expected` says), Fisher's sum is
// exact and costs more with the number of tables: it is empty where that goes beyond `work` steps, where chi-square
// is as good.
//
// Source: K. Pearson (1900), Phil. Mag. 50, 157-175; F. Yates (1934), J. R. Statist. Soc. Suppl. 1, 217-235; R. A.
// Fisher (1935), J. R. Statist. Soc. 98, 39-54; G. H. Freeman, J. H. Halton (1951), Biometrika 38, 141-149. Equals R's
// chisq.test and fisher.test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// Counts by group (a row each) and kind (a column each).
class ContingencyTable {
 public:
  /// Throws Error(bad_number) for a negative count, and for rows that are not of one length, Error(overflow) for a
  /// total beyond 64 bits.
  explicit ContingencyTable(std::vector<std::vector<std::int64_t>> counts);

  /// By row, then column, as they were given.
  [[nodiscard]] const std::vector<std::vector<std::int64_t>>& counts() const& noexcept { return counts_; }
  /// The sum of all counts.
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }

 private:
  std::vector<std::vector<std::int64_t>> counts_;
  std::int64_t total_{0};
};

/// Pearson's test of whether the groups differ.
struct ChiSquareTest {
  double statistic;                 ///< chi-square, corrected if that was asked for
  std::int64_t degrees_of_freedom;  ///< (rows - 1)(columns - 1), of those that hold anyone
  PValue p;                         ///< upper tail
  double cramers_v;                 ///< of the statistic without correction
  double smallest_expected;         ///< below 5 the approximation is rough
};

/// Whether chi-square is corrected for counts being whole.
enum class Continuity : std::uint8_t {
  plain,  ///< it is not
  yates   ///< Yates' correction, of tables of 2 x 2 alone
};

/// Empty where fewer than two rows or two columns hold anyone: there is nothing to compare. O(cells).
[[nodiscard]] std::optional<ChiSquareTest> chi_square_test(const ContingencyTable& table,
                                                           Continuity continuity = Continuity::plain);

/// Two-sided. 1 where fewer than two rows or columns hold anyone; empty where it would take more than `work` steps.
[[nodiscard]] std::optional<PValue> fisher_test(const ContingencyTable& table, std::size_t work = 20'000'000);

}  // namespace churn::inline v0
