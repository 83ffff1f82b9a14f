// Lift and gain: what it is worth to look at the highest scores first.
//
//   LiftTable t = lift_table(risk, left);
//   t.deciles[0].lift        // 3.2: among the tenth with the highest scores 3.2 times as many left as overall
//   t.deciles[2].gain        // 0.7: the first three tenths hold 70 % of all who left
//   lift_at(risk, left, 0.1) // the first of them alone
//   precision_at(risk, left, 20)
//
//   of the k highest scores:  precision = yes among them / k;  recall (gain) = yes among them / all yes
//                             lift = precision / share of yes overall
//
// The share s of n rows is k = floor(s x n) of them (within a relative 1e-12: 0.29 of 100 are 29, though the double
// 0.29 is a little less). Rows with equal scores at the edge count in part: as many as are still needed, each with the
// share of yes among its equals. So neither the order of rows nor luck decides. Precision and the lowest score are empty
// where k is 0, gain and lift also where nothing is yes. An outcome of 0 is no, any other yes. O(n log n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace churn::inline v0 {

/// What the highest scores hold, down to one depth.
struct LiftRow {
  std::size_t rows{0};                   ///< up to and with this part, from the highest scores on
  double yes{0};                         ///< among them; not whole where equal scores are parted
  std::optional<double> lowest_score{};  ///< of them; empty where there are none
  std::optional<double> precision{};     ///< share of yes among them; empty where there are none
  /// Of all yes, the share that is among them; empty without rows or without a yes.
  std::optional<double> gain{};
  std::optional<double> lift{};  ///< precision over the share of yes of all; empty as gain is
};

/// What the highest scores hold, by part of the rows.
struct LiftTable {
  std::int64_t rows{0};            ///< in all
  std::int64_t yes{0};             ///< in all
  std::vector<LiftRow> deciles{};  ///< from the highest scores; cumulative
};

/// Row j of m parts holds the floor(j x n / m) highest scores. Throws Error(out_of_range) where lengths differ or for
/// no parts, Error(bad_number) for a score that is not finite.
[[nodiscard]] LiftTable lift_table(std::span<const double> score, std::span<const std::uint8_t> outcome,
                                   std::size_t parts = 10);
/// Errors as above; Error(bad_number) also for a share outside of [0, 1].
[[nodiscard]] std::optional<double> lift_at(std::span<const double> score,
                                            std::span<const std::uint8_t> outcome, double share = 0.1);
/// Of the k highest scores. k above the rows is all of them. Errors as above.
[[nodiscard]] LiftRow precision_at(std::span<const double> score, std::span<const std::uint8_t> outcome,
                                   std::size_t k);

}  // namespace churn::inline v0
