// Reliability: of those who were told 20 %, how many left?
//
//   ReliabilityTable t = reliability(risk, left, Bins::equal_count);
//   for (const auto& bin : t.bins) bin.mean_p, bin.yes, bin.rows, bin.interval;
//   t.expected_calibration_error;      // 0.03: predictions are off by 3 points on average
//
//   ECE = sum over bins of rows / n x |mean p - share of yes|;   MCE = the largest of these differences
//   equal_width   bin = min(floor(bins x p), bins - 1)
//   equal_count   rows in order of (p, row): bin = floor(bins x i / n). Equal p may part: what is asked is calibration at
//                 about this height, not of a value
//
// Equal p that equal_count parts go to bins by the order of rows; nothing else depends on it. An outcome of 0 is no,
// any other yes.
//
// Hosmer-Lemeshow: groups at the quantiles of p (R's type 7, closed on the right; equal quantiles are one, the lowest
// p belongs to the first group, and one of nobody is left out),
// chi-square = sum of (observed - expected)^2 / (expected (1 - expected / n)). It has groups - 2 degrees of freedom where p
// was learned from these rows, and as many as groups where it was learned from others. With many rows it rejects what no
// decision would notice: look at the table, too. It takes rows for independent.
//
// Source: D. W. Hosmer, S. Lemeshow (1980), Communications in Statistics A 9, 1043-1069; the same, Applied Logistic
// Regression, 2nd ed. (2000), chapter 5 (other rows). O(n log n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// How predictions are put into bins.
enum class Bins : std::uint8_t {
  equal_width,  ///< of one width each, from 0 to 1
  equal_count   ///< of one number of rows each, the lowest p first
};

/// One bin: what was told, and what happened.
struct ReliabilityBin {
  std::int64_t rows{0};                ///< in the bin
  std::int64_t yes{0};                 ///< of these rows
  std::optional<double> mean_p{};      ///< empty without rows, as the next two
  std::optional<double> share{};       ///< yes / rows
  std::optional<Interval> interval{};  ///< Wilson's, of the share; takes rows for independent
};

/// Told against happened, by bin.
struct ReliabilityTable {
  Bins kind{Bins::equal_count};                        ///< how the bins were made
  std::vector<ReliabilityBin> bins{};                  ///< from the lowest p on, also those without rows
  std::optional<double> expected_calibration_error{};  ///< empty without rows
  std::optional<double> largest_calibration_error{};   ///< of any bin; empty without rows
};

/// Throws Error(out_of_range) where lengths differ or for no bins, Error(bad_number) for a p outside of [0, 1] or a
/// confidence out of (0, 1).
[[nodiscard]] ReliabilityTable reliability(std::span<const double> p, std::span<const std::uint8_t> outcome,
                                           Bins kind = Bins::equal_count, std::size_t bins = 10,
                                           double confidence = 0.95);

/// Told against happened by group, and whether the misfit is more than chance.
struct HosmerLemeshow {
  std::vector<std::int64_t> rows{};      ///< one a group, from the lowest p on
  std::vector<std::int64_t> observed{};  ///< yes
  std::vector<double> expected{};        ///< the sum of p
  std::optional<double> chi_square{};    ///< empty without degrees of freedom, or where one expects 0 or all
  double degrees_of_freedom{0};          ///< 0 for no more groups than `spent`
  std::optional<PValue> p{};             ///< upper tail; empty as chi_square is
};

/// `spent`: what p took from these rows: 2 where it was learned from them, 0 where it was not. Throws Error(out_of_range)
/// where lengths differ or for no groups, Error(bad_number) for a p outside of [0, 1].
[[nodiscard]] HosmerLemeshow hosmer_lemeshow(std::span<const double> p, std::span<const std::uint8_t> outcome,
                                             std::size_t groups = 10, std::size_t spent = 2);

}  // namespace churn::inline v0
