// ChainLadder: by what factor cohorts grow or shrink from one age to the next, what they will be if that goes on, and
// how far from it chance may lead.
//
//   ChainLadder ladder = fit_chain_ladder(triangles.mrr, &triangles.customers).value();
//   ladder.ages[0].factor;                         // of what was there at the close of age 0, left at that of age 1
//   project(ladder, state_of(triangles.mrr), 12);  // mean and variance of all cohorts, one to twelve periods on
//
// C(i, k) is what cohort i amounts to at the close of age k: customers, or run-rate ticks, where whatever the cohort
// loses, adds and brings back is in it. Mack's assumptions:
//
//   mean of C(i, k + 1), given the past   f(k) C(i, k)             f(k) = sum C(i, k + 1) / sum C(i, k)
//   variance                              phi sigma^2(k) C(i, k)
//                     sigma^2(k) = sum C(i, k) (C(i, k + 1) / C(i, k) - f(k))^2 / (cohorts - 1)
//   cohorts are independent of one another, but for phi, below
//
// An age has a factor of its own while at least `least_cohorts` have lived through it and had something then. Where
// those ages make two years, every older one has the factor of the same age a year before: yearly plans are renewed
// in one month of twelve. Else all older ones share one, the tail, which is estimated from them and, of the older
// half of ages, from as many more as make a year. So ages have a factor that no cohort has reached. Whoever came
// before the first cohort has one factor, from all periods.
//
// Two things are added to Mack's method, without which an interval would be too narrow. Where the customers are
// known, sigma^2(k) is at least what their chance to leave gives: average amount x q (1 - q), q = (lost + 1/2) /
// (customers + 1), so that "nobody has left so far" is not "nobody ever will". And phi is how much more all cohorts
// together stray from their means than independent ones would (a price change, a season, a crisis meets all at
// once): the mean over periods of (sum of deviations)^2 / sum of variances, at least 1. It multiplies every variance.
//
// Variances of projections hold the chance of the future and the error of the estimated factors (Mack's, to first
// order).
//
// No ladder from less than two periods, or where nothing was ever there before the last one. Throws
// Error(bad_number) for triangles that are not sound, are not of the same size, or a rule without cohorts. A
// projection is O(horizon x cohorts x factors).
//
// Source: T. Mack, "Distribution-free calculation of the standard error of chain ladder reserve estimates", ASTIN
// Bulletin 23 (1993) 213-225, doi:10.2143/AST.23.2.2005092.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/forecast/cohort_triangle.hpp>

namespace churn::inline v0 {

/// The step to the next close, of one age or of several together.
struct AgeFactor {
  std::int64_t now;       ///< all that there was at a close with a known next one
  std::int64_t next;      ///< all that there was at that next one
  std::int64_t cohorts;   ///< values above 0 that `now` is the sum of
  double factor;          ///< next / now
  double sigma_squared;   ///< of one unit
  double error_variance;  ///< of the factor: sigma_squared / now
};

/// By which factors cohorts go from age to age.
struct ChainLadder {
  std::vector<AgeFactor> ages;  ///< of ages 0, 1, …, each its own
  AgeFactor tail;               ///< of older ages, unless they repeat those of a year
  AgeFactor earlier;            ///< of who belongs to no cohort; a copy of the tail if there is nobody
  double phi;                   ///< by how much more than independent cohorts all of them stray
  std::size_t steps;            ///< from one close to the next that were seen
  std::size_t cycle{0};  ///< ages after which older ones repeat the last of `ages`; 0: they have the tail

  /// Which of `ages` tells of an age; ages.size() for the tail.
  [[nodiscard]] std::size_t index_of(std::size_t age) const noexcept;
  /// The factor by which what is of an age goes to the next.
  [[nodiscard]] const AgeFactor& at(std::size_t age) const& noexcept;
  /// The same, as a copy.
  [[nodiscard]] AgeFactor at(std::size_t age) const&& noexcept { return at(age); }
};

/// Which ages have factors of their own.
struct ChainLadderRule {
  std::size_t least_cohorts{5};  ///< of an age with a factor of its own
  /// Ages that make a year. Empty: as the grid has it (forecast/mrr_forecast.hpp), else 12.
  std::optional<std::size_t> year{};
};

/// Empty if there is nothing to estimate a factor from. `customers` may be null.
[[nodiscard]] std::optional<ChainLadder> fit_chain_ladder(const CohortTriangle& amounts,
                                                          const CohortTriangle* customers = nullptr,
                                                          ChainLadderRule rule = {});

/// What there is at one close, by age.
struct CohortState {
  std::vector<double> ages;  ///< that of age 0 first, in customers or ticks
  double earlier{0};         ///< of who belongs to no cohort
};

/// At the last close. Empty for an empty triangle.
[[nodiscard]] CohortState state_of(const CohortTriangle& triangle);
/// One cohort alone. Throws Error(out_of_range).
[[nodiscard]] CohortState state_of(const CohortTriangle& triangle, std::size_t cohort);

/// What comes in every period to come, at the close of age 0.
struct Inflow {
  double mean{0};      ///< of one period, where there is a slope at the middle of those it was read from
  double variance{0};  ///< of one period around what was expected of it
  double error_variance{0};  ///< of the mean
  // mean + slope x distance in the first period to come, then slope more in each; not below 0.
  double slope{0};                 ///< by which a period brings more than the one before
  double slope_error_variance{0};  ///< of the slope
  double distance{0};              ///< periods from that middle to the first one to come
};

/// What all cohorts will be at one close to come, in customers or ticks.
struct Projection {
  double mean;              ///< what is expected
  double process_variance;  ///< the chance of the future
  double error_variance;    ///< of what was estimated
  /// How far from the mean it may be: of both kinds together.
  [[nodiscard]] double variance() const noexcept { return process_variance + error_variance; }
};

/// One, two, … `horizon` periods on.
[[nodiscard]] std::vector<Projection> project(const ChainLadder& ladder, const CohortState& now,
                                              std::size_t horizon, const Inflow& inflow = {});

}  // namespace churn::inline v0
