// TimeToValue: how soon a customer must reach a stage of onboarding, and what happens to those who don't.
//
//   TimeToValue value = time_to_value(book);
//   time_to_value_sentence(value);   // "Reaching activated within 21 days separates best: those who did left 0.5 ..."
//   time_to_value_table(value);      // a row a stage and day
//   time_to_value_bands_table(value);
//
// Stages, their order, and the start of a customer (sign-up, or the first present day if that is earlier) are those of
// risk/onboarding_funnel.hpp. For every stage and every D of `days` there is a row, by landmark
// (lever/landmark_rows.hpp, lever/landmark_effect.hpp): of the customers still there D days after their first present
// day,
//   exposed    reached the stage within D days of their start: on day 0 (or before it) to day D - 1
//   outcome    left within `horizon` days of that landmark
// adjusted as levers are (lever/levers.hpp), p over all rows that have one (`tested`), verdicts as there. A row is the
// landmark_effect of that exposure and no more.
//
// *Since when a stage is on record.* The day of its own first event, for a stage that came with a later release was
// not there to be reached; `recorded_from` says better. Of who started before that it is not known, also of who did
// reach it: among them those who did would be kept and those who did not would be missing.
//
// *Which day.* Who has reached a stage by day 7 has reached it by day 60, too. So what early ones gain shows in the
// rows of later days, thinned by those who came later, and a row of an early day has late ones among its unexposed:
//   earliest_day   of a stage: the first day with the verdict `keeps`. From then on the difference shows
//   best           of all rows that go with staying the one with the smallest p, of equals the larger difference; none
//                  unless its verdict is `keeps`. p and not the difference, as the customers of a late landmark are
//                  fewer, and those who stayed that long
//   as_good        whether a row that keeps can't be told from best. With both in one regression, of those there at
//                  the later of the two landmarks: `beside_best`, what the row's is worth beside best's, and
//                  `best_beside`, the reverse. It can be told where best's still goes with staying and its own does
//                  not, p adjusted over all of these. Where whoever reaches one stage soon reaches the next soon,
//                  several stages and days are as good, and which of them is best is chance
//   late           of those there at the last day who had not reached the stage by best's: exposed are those who did
//                  by the last day. Where late is as good as early, it is no question of how soon
//   bands          of those there at the last day: in which span of days they reached it, each against those who had
//                  not. p adjusted over all bands of all stages, apart from the rows
//
// *The best of many is overstated*: of days that are alike the smallest p is the luckiest. So customers are split in
// two halves by a hash of their ids (segment/customer_groups.hpp); each chooses as `best` does, its verdict aside, and
// the other estimates what was chosen (`held_out`). Together: `held_out_ratio`, the mean of both logarithms, weighted
// by their precision, and `held_out_retained`, the customers of both. Where the halves chose alike they speak of one
// row; else of what comes of choosing. To look at it only where there is a claim, in which all customers have a say,
// takes some of the check back.
//
// In simulations of 900 customers of whom 80 % reached the stage on any of days 0 to 44, by day 20 halving the hazard
// (alone, or beside a stage that does nothing), it and day 21 were named in 99 of 100, and as good as the best in all.
// Where stages did nothing, something was claimed in 9 of 200 books, while some row had p < 0.05 in 73.
//
// Also of each row:
//   reached              of all whose landmark is over and whose start is on record, whether they left before it or
//                        not, who reached the stage within D days
//   reached_of_there     the same of those who are there at the landmark
//   there                of all these, who are there at it
//   customers_at_stake   who can still make it: present in their first stay at as_of, fewer than D days after their
//                        start, and without the stage
//
// Without stages on record there are no rows, and `note` says what to record; of a single stage its rows say so. All of
// this is association, not cause: who means to stay sets things up sooner.
//
// O(events + stages x days x (customers x what adjusts + the regressions)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/book/event_index.hpp>
#include <churn/core/date.hpp>
#include <churn/core/progress.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/lever/landmark_effect.hpp>
#include <churn/lever/levers.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>
#include <churn/stats/adjusted_p.hpp>

namespace churn::inline v0 {

/// Which stages and days are asked about, of whom, and how.
struct TimeToValueOptions {
  std::vector<std::string> stages{};  ///< empty: those of the book, in the order of the funnel
  /// Within which a stage is reached or not; each 1 or more, and once.
  std::vector<std::int32_t> days{7, 14, 21, 30, 45, 60, 90};
  std::int32_t horizon{365};            ///< days from the landmark on within which departures count
  std::optional<Date> recorded_from{};  ///< of all stages; empty: the first event of each in the book
  EventKindMap kinds{};                 ///< a host's kinds that stand for `stage_reached`
  Filter where{};                       ///< whose rows, as LandmarkOptions
  std::optional<std::vector<Segmenter>> adjust_for{};  ///< none: as LeversOptions
  std::size_t most_labels{20};                         ///< of an attribute that is adjusted for by default
  LandmarkEffectRule rule{};  ///< its contrast without an interval: the book's conventions'
  /// Of p: over rows, over bands, and over what stands beside best.
  Adjustment adjustment{Adjustment::holm};
  Progress progress{};  ///< told how far it is, and asked whether to go on
};

/// What goes with reaching a stage within so many days.
struct TimeToValueRow {
  std::string stage;                   ///< its name
  std::int32_t day;                    ///< one of `days`; the landmark, counted from the first present day
  LandmarkEffect effect{};             ///< of having reached it
  std::optional<PValue> p_adjusted{};  ///< over all rows that have a p
  LeverVerdict verdict{LeverVerdict::no_data};  ///< by the adjusted p
  /// Within these days, of all whose landmark is over and whose start is on record.
  Proportion reached{0, 0};
  Proportion reached_of_there{0, 0};   ///< the same of those there at the landmark
  Proportion there{0, 0};              ///< who is there at the landmark, of the same as `reached`
  std::int64_t customers_at_stake{0};  ///< who can still make it
  bool as_good{false};                 ///< also of best
  LandmarkHazardRatio beside_best{};   ///< of rows that keep, but best
  LandmarkHazardRatio best_beside{};   ///< the reverse: what best's is worth beside this one's
  std::size_t before_records{0};       ///< as LandmarkRows
  std::size_t filtered{0};             ///< likewise
  std::size_t too_new{0};              ///< likewise
  std::size_t left_before{0};          ///< likewise
  std::size_t not_known{0};            ///< likewise
  std::string note{};  ///< why nothing is known and what to record, or what was not adjusted for
};

/// Those who reached a stage on day `from` of theirs to the day before `until`, and were there on the last of `days`.
struct TimeToValueBand {
  std::int32_t from;                            ///< days since the start
  std::int32_t until;                           ///< likewise, not included
  LandmarkArm arm{};                            ///< its step against those who had not reached the stage
  std::optional<PValue> p_adjusted{};           ///< over all bands of all stages
  LeverVerdict verdict{LeverVerdict::no_data};  ///< by the adjusted p
};

/// A stage: since when it is known, and what goes with reaching it sooner or later.
struct TimeToValueStage {
  std::string stage;                           ///< its name
  std::optional<Date> recorded_from{};         ///< empty: it is not on record
  std::optional<std::int32_t> earliest_day{};  ///< the first of `days` whose row keeps; empty: none does
  LandmarkArm not_reached{};                   ///< by the last of `days`, of those there
  std::vector<TimeToValueBand> bands{};        ///< by day
};

/// What one half of the customers says of the row that the other half chose.
struct HeldOutValue {
  std::size_t row;          ///< of TimeToValue::rows
  std::uint32_t half;       ///< customer_group(id, 2) of those that it is estimated from
  LandmarkEffect effect{};  ///< of that row, in this half alone
};

/// What goes with reaching stages sooner or later.
struct TimeToValue {
  std::int32_t horizon;                    ///< days from the landmark on
  IntervalRule interval{};                 ///< of retention; verdicts go by its confidence
  std::vector<std::int32_t> days{};        ///< rising
  std::vector<TimeToValueRow> rows{};      ///< by stage, then by day
  std::vector<TimeToValueStage> stages{};  ///< in order
  std::size_t tested{0};                   ///< that p is adjusted over
  std::optional<std::size_t> best{};       ///< a place in rows
  LandmarkEffect late{};                   ///< without arms where there is no best
  std::vector<HeldOutValue> held_out{};    ///< two at most; none of a half in which nothing can be estimated
  LandmarkHazardRatio held_out_ratio{};    ///< of both halves together
  Contrast held_out_retained{.one = {0, 0}, .other = {0, 0}};  ///< of the customers of both halves
  std::vector<std::string> adjusted_for{};                     ///< names of the segmenters
  std::string note{};  ///< why there is nothing to say; empty: there is

  /// Throws Error(unknown_name) where there is no such row.
  [[nodiscard]] const TimeToValueRow& at(std::string_view stage, std::int32_t day) const;
};

/// Throws Error(bad_number) for no days, for a day or horizon below 1 and a day that comes twice, Error(unknown_name)
/// for stages that the funnel refuses, Error(cancelled), and what segmenters, filter and contrasts throw.
[[nodiscard]] TimeToValue time_to_value(const Book& book, const TimeToValueOptions& options = {});

/// Columns: stage, day, exposed, unexposed (customers whose horizon is over), retention_exposed, retention_unexposed,
/// difference, ci_low, ci_high, hazard_ratio (adjusted; without covariates plain), hazard_low, hazard_high, p_adjusted,
/// reached_share, customers_at_stake, verdict, note; then reached_of_there_share, there_share, customers, departures,
/// not_known, too_new, left_before, before_records, as_good (0 or 1), beside_best, beside_best_low, beside_best_high,
/// best_beside, best_beside_low, best_beside_high. Shares are of 1. What is undefined is empty.
[[nodiscard]] Table time_to_value_table(const TimeToValue& value);
/// Columns: stage, from_day, until_day (empty: not reached by then), customers, followed, retained, retention, ci_low,
/// ci_high, hazard_ratio, hazard_low, hazard_high, p_adjusted, verdict.
[[nodiscard]] Table time_to_value_bands_table(const TimeToValue& value);
/// What separates best, what it is in those who did not choose it, what can't be told from it, whether later is as good,
/// from which day on each stage shows a difference, and who can still make it.
[[nodiscard]] std::string time_to_value_sentence(const TimeToValue& value);

}  // namespace churn::inline v0
