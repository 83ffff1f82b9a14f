// OnboardingFunnel: how far customers get, how long it takes them, where they stop, and whether those who stop leave.
//
//   OnboardingFunnel funnel = onboarding_funnel(book);
//   funnel.at("activated").of_before;          // 632 of 745 who had their first project
//   funnel.at("activated").days_from_start;    // the median, and its interval
//   funnel.at("invited_team").present;         // customers who stand there now
//   onboarding_sentence(funnel);
//
// A stage is the label of an event `stage_reached` (a host's own kinds are named in `kinds`), reached on the day of its
// first event. A customer starts on the earlier of sign-up and its first present day; the start is the funnel's first
// row, `(start)`, which everybody reached. A stage before the start counts as reached on day 0 of it.
//
// *Order.* That of `stages`; what these leave out is not looked at. Else the order found in the book: by the median of
// the days from start to stage of those who reached it (of equals the one that more reached, then by bytes),
// `activated` last. It is the same whatever `where` and `started` keep. A customer may skip a stage, or reach it later
// than the next.
//
// For each stage, of the customers kept:
//   reached     all who reached it
//   of_before   of those who reached the stage before, who also reached this one: a proportion with an interval. Who
//               got to the one before lately may still go on, so it is too low where many are new; the curve is not.
//   skipped     reached this stage and not the one before. reached = skipped + numerator of of_before
//   from_start, from_before
//               Kaplan and Meier's curve (survival/kaplan_meier.hpp) of the days until the stage is reached: from the
//               start, of all customers; from the stage before, of all who reached that (0 days where this one came
//               first). Reaching is the event, and who has not is censored at as_of, whether still there or gone: they
//               have not reached it. So 1 - S(t) is the share who get there within t days, among all.
//   days_from_start, days_from_before
//               the curves' medians: of all, not only of those who get there. Empty where fewer than half do.
//   present, left, never_present
//               those whose furthest stage this is, by what they are on the last known day: there, gone, or never there
//               so far. Over all rows they add up to the customers.
//
// *Do those who stop leave?* By a landmark, so many days (`landmark`, 30) after the stage was reached. Of the customers
// present on the day before it: who had reached a later stage before the landmark has gone on, all others have stopped,
// whatever they reach after it. Outcome is whether that stay ended from the landmark on and within `horizon` (90) days
// of reaching the stage. So nobody counts as gone on for having stayed long enough to do so. Rows whose horizon is not
// over at as_of, or whose landmark lies before the records, are in neither (`outcome_unknown`), nor is who was absent
// at the landmark (`absent`), as those who left before it. The difference is share of those who stopped less share of
// those who went on, with Newcombe's interval; p is adjusted over the stages by Holm (stats/contrast.hpp). It is an
// association: who means to leave does not set things up.
//
// *Since when stages are on record.* Of who started earlier it is not known what was reached before, so they are
// left out and counted (`before_recording`). It is the day of the book's first event of a stage, unless `recorded_from`
// says better. Customers without a start are left out, too (`without_start`), and so are events without a label.
//
// `where` looks at states and lanes of the last known day, of those who left at their last present day; for a landmark
// at the day before it. Events of merged accounts are joined, excluded accounts are left out, and nothing on or after
// as_of counts. Absences are what the book knows at as_of.
//
// O(events + changes + customers x stages).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/book/event_index.hpp>
#include <churn/core/period.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/segment/filter.hpp>
#include <churn/stats/contrast.hpp>
#include <churn/survival/kaplan_meier.hpp>

namespace churn::inline v0 {

/// What the first row of a funnel is called.
inline constexpr std::string_view onboarding_start = "(start)";

/// What is asked, and of whom.
struct OnboardingOptions {
  std::vector<std::string> stages{};    ///< in order; empty: as found in the book
  std::int32_t landmark{30};            ///< days from reaching a stage to its landmark
  std::int32_t horizon{90};             ///< days from reaching a stage to the end of the outcome
  std::optional<Period> started{};      ///< the days of start that are asked about; empty: all
  std::optional<Date> recorded_from{};  ///< since when stages are on record; empty: the first one in the book
  Filter where{};                       ///< who is in the funnel, as said above; default: everybody
  EventKindMap kinds{};                 ///< a host's own names of `stage_reached` and other kinds
  SurvivalOptions curve{};              ///< intervals of the curves of days
  ContrastRule rule{};                  ///< without an interval: that of the book's conventions
};

/// One row of the funnel: a stage, or the start.
struct OnboardingStage {
  std::string stage;           ///< the label of its events; of the first row onboarding_start
  std::int64_t reached{0};     ///< customers who reached it before as_of
  std::int64_t skipped{0};     ///< customers who reached it and not the stage before
  Proportion of_before{0, 0};  ///< of nobody for the start
  /// Days from the stage before to this one, of who reached that; no rows for the start.
  SurvivalCurve from_before{};
  SurvivalCurve from_start{};  ///< days from the start to this stage, of all customers; no rows for the start
  SurvivalQuantile days_from_before{0.5};  ///< median of from_before
  SurvivalQuantile days_from_start{0.5};   ///< median of from_start
  std::int64_t present{0};        ///< customers who got no further, and are there on the last known day
  std::int64_t left{0};           ///< customers who got no further, and are gone by then
  std::int64_t never_present{0};  ///< customers who got no further, and never were present so far
  /// Departures of those who stopped (`one`) and of those who went on, by the landmark.
  Contrast departed{.one = {0, 0}, .other = {0, 0}};
  std::int64_t absent{0};  ///< reached it, and absent on the day before their landmark: not compared
  /// Not compared: the horizon not over at as_of, or the landmark on or before the beginning of the records.
  std::int64_t outcome_unknown{0};
};

/// The stages of a book as of a day, and who is in the funnel.
struct OnboardingFunnel {
  Date as_of;             ///< exclusive: stages reached before it count
  std::int32_t landmark;  ///< days from reaching a stage to its landmark, as asked
  std::int32_t horizon;   ///< days from reaching a stage to the end of the outcome, as asked
  IntervalRule interval;  ///< of proportions
  std::vector<OnboardingStage>
      stages{};                      ///< the start and the stages, in order; none where no stage is on record
  std::int64_t customers{0};         ///< in the funnel
  std::int64_t without_start{0};     ///< left out: neither signed up nor present before as_of
  std::int64_t before_recording{0};  ///< left out: started before stages were on record
  std::int64_t events_without_stage{0};  ///< whose label is empty, of any customer of the book
  std::optional<Date> recorded_from{};   ///< since when stages are on record; empty: none is
  std::size_t comparisons{0};            ///< that p is adjusted over
  std::string note{};                    ///< why there is nothing to say; empty: there is

  /// Throws Error(unknown_name), naming those that there are.
  [[nodiscard]] const OnboardingStage& at(std::string_view stage) const;
};

/// Throws Error(out_of_range) unless 1 <= landmark < horizon, Error(unknown_name) for a stage that is empty, comes
/// twice or is called as the start, and what filter, curves and contrasts throw.
[[nodiscard]] OnboardingFunnel onboarding_funnel(const Book& book, const OnboardingOptions& options = {});

/// Columns: stage, reached, skipped, numerator, denominator, value, ci_low, ci_high (of those who reached the one
/// before), days_from_before, days_from_before_low, days_from_before_high, days_from_start, days_from_start_low,
/// days_from_start_high (medians), present, left, never_present; by the landmark stopped_departed, stopped,
/// stopped_share, stopped_low, stopped_high, went_on_departed, went_on, went_on_share, went_on_low, went_on_high,
/// difference, difference_low, difference_high, p, p_adjusted, test, absent, outcome_unknown. What is undefined is
/// empty.
[[nodiscard]] Table onboarding_table(const OnboardingFunnel& funnel);

/// How many got how far, the step that most fail to take, where most stand now, and at which stage those who stop leave
/// most more often than those who go on, where that is more than chance (adjusted p below 0.05).
[[nodiscard]] std::string onboarding_sentence(const OnboardingFunnel& funnel);

}  // namespace churn::inline v0
