// Change points: when did a rate change its level, and from what to what?
//
// The series is cut into levels, stretches of periods with one rate each, such that
//   sum over levels of cost(level) / overdispersion + (levels - 1) x penalty       is least, where
//   cost       -2 log-likelihood of the level's counts at their pooled rate r = x / n:
//                binomial  -2 [x log r + (n - x) log(1 - r)]           shares of customers
//                Poisson   -2 [x log r - x]                            events over an exposure
//   penalty    BIC: 2 log N, a rate and a place for each change, N being the periods that have a value
//              modified BIC: 3 log N, and the sum over levels of log(length / N), which asks for more where a level is
//              short
// The search is exact: all ways to cut are weighed. Of equally good ones, one level is taken before several, and else
// the one whose last level begins latest. A period without a value belongs to the level around it and counts for
// nothing.
//
// Counts that vary more than chance makes them bring changes that are none. `overdispersion` divides what the
// likelihood says (quasi-likelihood): give the square of sigma_z of the Laney chart of the same series
// (control_chart.hpp), or 1 where that is smaller. Intervals of the levels' rates are widened by its root.
//
// The gain of a change is by how much the likelihood ratio statistic (divided by the overdispersion) speaks for two
// rates rather than one over the levels on either side. It is no test, for the place was picked to make it large; it
// is comparable with the penalty.
//
// Source: B. Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE Signal Processing
// Letters 12 (2005) 105-108; N. R. Zhang, D. O. Siegmund, Biometrics 63 (2007) 22-32, for the modified BIC. O(n^2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/stats/interval.hpp>
#include <churn/stats/series.hpp>

namespace churn::inline v0 {

/// What counts are of.
enum class CountModel : std::uint8_t {
  binomial,  ///< shares of customers
  poisson    ///< events over an exposure
};
/// What a change has to be worth, by the formulas above.
enum class ChangePenalty : std::uint8_t {
  bic,          ///< 2 log N
  modified_bic  ///< 3 log N, and more where a level is short
};

/// How levels are looked for.
struct ChangeRule {
  CountModel model{CountModel::binomial};              ///< what the counts are of
  ChangePenalty penalty{ChangePenalty::modified_bic};  ///< what a change has to be worth
  std::size_t shortest{2};                             ///< periods with a value that a level has at least
  double overdispersion{1};                            ///< see the head of this file
  double confidence{0.95};                             ///< of the levels' intervals
};

/// A stretch of periods with one rate.
struct Level {
  std::size_t first;           ///< its first period
  std::size_t end;             ///< one past its last
  std::int64_t numerator;      ///< summed over its periods
  std::int64_t denominator;    ///< summed over its periods
  double rate;                 ///< numerator / denominator
  Interval interval;           ///< Wilson's, or the exact one of a Poisson rate; widened for overdispersion
  std::optional<double> gain;  ///< of the change that begins it; empty of the first
};

/// The levels of a series, and what finding them took.
struct ChangePoints {
  std::vector<Level> levels;  ///< in order; one where nothing changed, none if no period has a value
  double overdispersion;      ///< as the rule gave it
  double penalty;             ///< of a change, less what the modified BIC adds for the lengths
  double cost;                ///< what is least, penalties included
};

/// Throws Error(bad_number) for counts that the model can't have, `shortest` of 0, an overdispersion not above 0 or
/// a confidence not between 0 and 1, Error(overflow) where sums of counts leave 64 bits.
[[nodiscard]] ChangePoints change_points(SeriesView series, ChangeRule rule = {});

}  // namespace churn::inline v0
