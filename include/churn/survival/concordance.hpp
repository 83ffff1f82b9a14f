// Concordance: how often, of two customers of whom one leaves first, it is the one with the higher score.
//
//   Concordance c = concordance(columns, risk_scores);
//   c.value     // 0.5: no better than a coin; 1: always right. Empty: no two could be compared
//
//   value = (concordant + tied_score / 2) / (concordant + discordant + tied_score)
//
// A pair is a row that leaves at t and another of its stratum that is at risk at t and stays longer; who is
// censored at t stays longer. Two that leave at the same time are no pair, and are counted as `tied_time`, or
// `tied_both` if their scores are equal, too. Each pair counts the product of its weights. A higher score
// means an earlier departure: hand in a risk, or a tenure with its sign changed.
//
// The standard error is the infinitesimal jackknife's: of what each row, or each cluster, moves the value by.
//
// Source: Harrell, Lee, Mark (1996), Statistics in Medicine 15; Therneau, Watson (2015), The concordance
// statistic and the Cox model, Mayo Clinic technical report 85. Equals R's `concordance` with its default
// time weights. O(n log n).
#pragma once

#include <optional>
#include <span>

#include <churn/survival/spell_columns.hpp>

namespace churn::inline v0 {

/// How often the one who leaves first has the higher score. All pairs are within a stratum.
struct Concordance {
  double concordant;                ///< pairs, each the product of its weights
  double discordant;                ///< the same: who left first has the lower score
  double tied_score;                ///< the same: both have one score
  double tied_time;                 ///< the same: both left at one time, with different scores
  double tied_both;                 ///< the same: both left at one time, with one score
  std::optional<double> value;      ///< empty where no two could be compared
  std::optional<double> std_error;  ///< empty where the value is, and of one cluster
};

/// Throws what SpellColumns say, Error(out_of_range) unless there is a score a row, and Error(bad_number) for
/// a score that is not finite.
[[nodiscard]] Concordance concordance(const SpellColumns& columns, std::span<const double> score);

}  // namespace churn::inline v0
