// LandmarkEffect: retention with and without something, by a landmark: how far it differs, and how sure that is.
//
//   LandmarkEffect effect = landmark_effect(rows);
//   effect.retained.difference;               // +8.1 points, from 3.0 to 13.2
//   effect.adjusted.value;                    // 0.61: leaves 0.61 times as often, all else that is recorded alike
//
// Of the rows of lever/landmark_rows.hpp, without = level 0, with = every other level:
//   retained        those who had not left within the horizon of those whose horizon is over at as_of, whatever is known of
//                   the others already: without and with, the difference (with less without) with Newcombe's interval
//                   (stats/contrast.hpp), and by level
//   trend           of more than two levels, Cochran-Armitage's test of the share that left over the levels
//   plain           hazard ratio of leaving within the horizon, by Cox regression over days since the landmark, of all rows,
//                   whose outcome is as far known as it is (censored at as_of). Of more than two levels: for one level more
//                   `at_horizon`: the ratio of hazards cumulated over the horizon, log(retention with) / log(retention
//                   without), by regression with the complementary log-log link (stats/logistic.hpp) of those whose
//                   horizon is over
//   adjusted        the same beside the covariates: as many of them, in their order, as there are ten departures a column
//                   for; `left_out` names the rest. None without covariates
//   weighted        difference of retention if all had been exposed and if none had, weighted by the inverse of how likely
//                   each was to be exposed (logistic regression on the covariates, normalised weights); its error takes
//                   into account that the weights are estimates. Where covariates tell those with from those without for
//                   certain, or an arm is worth fewer than 20 rows once weighted, they are not comparable, and there is
//                   none (`why_not_weighted`)
//   step            each level against level 0: hazard ratio, beside the same covariates
//   p               of the effect: that of `adjusted` where it is there, else of `plain`, else of the contrast
//   e_value         how strongly something that is not recorded would have to go along with both, to explain the hazard
//                   ratio away, and for the end of its interval nearer to 1 (stats/e_value.hpp); of a hazard ratio of a
//                   common outcome where more than 15 % left within the horizon
//
// An association, never called a cause: who means to stay sets things up. What the covariates don't know is not adjusted
// for, and E-values say how much of that it would take. Undefined is empty, and `why_not` says why in a sentence.
//
// O(rows x covariates^2) a step of the regressions.
//
// Source: J. R. Anderson, K. C. Cain, R. D. Gelber (1983), J. Clin. Oncol. 1, 710-719 (landmark); D. R. Cox (1972);
// J. K. Lunceford, M. Davidian (2004), Statist. Med. 23, 2937-2960 (weights and their error); T. J. VanderWeele, P. Ding
// (2017), Ann. Intern. Med. 167, 268-274.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/lever/landmark_rows.hpp>
#include <churn/stats/contrast.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>
#include <churn/stats/rate_trend.hpp>

namespace churn::inline v0 {

/// How sure intervals are, and what is estimated.
struct LandmarkEffectRule {
  ContrastRule contrast{};  ///< its interval's confidence is that of all intervals; 95 % where there is none
  std::int64_t departures_a_column{10};  ///< for each column adjusted for, and the effect's; 0: all columns
  bool weighted{true};                   ///< whether to estimate the weighted difference, too
};

/// How many times as often those with it leave. Empty where it can't be told.
struct LandmarkHazardRatio {
  std::optional<double> value{};       ///< below 1: less often
  std::optional<Interval> interval{};  ///< at the confidence of the rule
  std::optional<PValue> p{};           ///< of a ratio of 1
};

/// The rows of one level.
struct LandmarkArm {
  std::string level;                   ///< what it is called
  std::int64_t customers{0};           ///< rows
  Proportion retained{0, 0};           ///< of those whose horizon is over
  std::optional<Interval> interval{};  ///< of `retained`
  std::int64_t ticks{0};               ///< run rate at the landmark
  LandmarkHazardRatio step{};          ///< against the first level; none of that itself
};

/// Retention and leaving with and without something.
struct LandmarkEffect {
  std::vector<LandmarkArm> arms{};                    ///< by level
  Contrast retained{.one = {0, 0}, .other = {0, 0}};  ///< with (one), without (other)
  RateTrend trend{};               ///< of the share that left over the levels, of more than two
  LandmarkHazardRatio plain{};     ///< beside no covariate; of more than two levels, for one level more
  LandmarkHazardRatio adjusted{};  ///< the same beside `adjusted_for`; empty without covariates
  /// Difference of retention, with less without, by inverse probability weights.
  std::optional<double> weighted{};
  std::optional<Interval> weighted_interval{};  ///< at the confidence of the rule
  std::optional<PValue> p{};                    ///< of `adjusted`, else of `plain`, else of `retained`
  std::optional<double> e_value{};              ///< of `adjusted`, or of `plain` where that is empty
  std::optional<double> e_value_of_limit{};     ///< of the end of its interval that is nearer to 1
  std::vector<std::string> adjusted_for{};      ///< covariates of `adjusted`, as LandmarkRows::names
  std::vector<std::string> left_out{};          ///< the other covariates, for which departures are too few
  std::size_t departures{0};                    ///< within the horizon, of all rows
  std::string why_not{};                        ///< a sentence where there is no p; empty else
  std::string why_not_weighted{};  ///< a sentence where no weighted difference could be estimated
};

/// Throws what LandmarkRows::validate throws, and Error(bad_number) for a rule that contrasts refuse.
[[nodiscard]] LandmarkEffect landmark_effect(const LandmarkRows& rows, const LandmarkEffectRule& rule = {});

}  // namespace churn::inline v0
