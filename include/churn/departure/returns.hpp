// returns: how many of those who left come back, and how soon.
//
//   Returns of_types = returns(book);                      // by departure type
//   returns_sentence(of_types);   // "Came back within 90 days: 28.4 % of involuntary departures (21 of 74; 95 %: …"
//   ReturnRate rate = return_rate(absences, book.as_of());  // of rows of a host's own
//
// An absence begins on the day of a departure (row/departure.hpp) and ends on the first day of the next stay; it
// lasts returned_on - departed_on days, so that a window of 90 days holds the returns on the days [departed_on,
// departed_on + 90).
//
//   rate         returned within the window / departures whose whole window is known: departed_on + window <= as_of.
//                A proportion with an interval, Wilson's unless the conventions say otherwise. Who left later is in
//                neither count, also if back already: counting those would ask who came back early of some and who
//                came back at all of others.
//   curve        Kaplan and Meier's (survival/kaplan_meier.hpp) of all departures: a return is the event, who is
//                away at as_of is censored at the days known, as_of - 1 - departed_on. 1 - S(N - 1) is the share
//                back within N days; where every window is whole it equals the rate. The curve also uses who left
//                lately.
//   median       of the time until return, among all who left. Empty where fewer than half come back: not the usual
//                time of those who do.
//
// Rates are of departures, not of customers: who left three times is there three times, and one who comes and goes
// with the seasons weighs more. Such rows are alike, so intervals are too narrow where many departures are of few
// customers (`customers` says of how many). Types do not depend on returns; a departure of a completed project stays
// one.
//
// Which of two types returns more is seen, not why: nobody says that an invitation brought them back.
//
// Source: DEFINITIONS of the project, "Departures"; the curve equals R's survfit. O(departures log departures).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <churn/core/period.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/table.hpp>
#include <churn/row/departure.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>
#include <churn/survival/kaplan_meier.hpp>

namespace churn::inline v0 {

/// A departure, and the return after it, if there was one.
struct Absence {
  Date departed_on;                   ///< the first absent day
  std::optional<Date> returned_on{};  ///< before as_of
};

/// Within how many days returns count, and what is read off the curve.
struct ReturnRule {
  std::int32_t window{90};                                   ///< in days
  std::vector<std::int32_t> horizons{30, 60, 90, 180, 365};  ///< of the shares read off the curve
  SurvivalOptions curve{};  ///< interval and confidence of the curve, of the median and of the shares
};

/// The share that is back within so many days, off the curve. Empty where nobody has been watched for so long; while
/// nobody is back it is 0, without the default interval.
struct ReturnShare {
  std::int32_t days;                   ///< returns on the days [departed_on, departed_on + days)
  std::optional<double> share{};       ///< 1 - S(days - 1) of those who left
  std::optional<Interval> interval{};  ///< of the share; empty where the curve has none
};

/// How many of some departures came back, and how soon.
struct ReturnRate {
  std::int64_t departures{0};         ///< all of them, whole windows or not
  std::int64_t returned{0};           ///< at any time before as_of
  Proportion within_window{0, 0};     ///< of the departures whose whole window is known
  SurvivalCurve away{};               ///< the share still away, by days since the departure
  SurvivalQuantile median{0.5};       ///< days by which half of all who left are back
  std::vector<ReturnShare> shares{};  ///< one a horizon
};

/// Throws Error(out_of_range) for a window or horizon below 1 day, Error(bad_period) for a departure on or after
/// as_of, or a return that is, or that does not follow its departure.
[[nodiscard]] ReturnRate return_rate(std::span<const Absence> absences, Date as_of,
                                     const ReturnRule& rule = {});

/// The departures of one segment and group.
struct ReturnGroup {
  Label label;                       ///< the segment's
  std::optional<std::string> group;  ///< empty: all groups together
  std::int64_t customers{0};         ///< whose departures these are, each once
  ReturnRate rate{};                 ///< of these departures
};

/// Return rates by segment and group.
struct Returns {
  std::vector<std::string> segment_names;  ///< of the segmenter's factors
  std::string group_name;                  ///< what groups are: `type` unless told otherwise
  Date as_of;                              ///< the book's: days before it are known
  ReturnRule rule;                         ///< that was asked for
  IntervalRule interval;                   ///< of the rates
  std::vector<ReturnGroup>
      groups;  ///< in order of labels, each with all together first, then groups by their bytes

  /// Throws Error(out_of_range) for what is not there.
  [[nodiscard]] const ReturnGroup& at(const std::optional<std::string>& group, const Label& label = {}) const;
};

/// Which departures are asked about, and by what they are told apart.
struct ReturnsOptions {
  Segmenter by{};  ///< by labels of the last present day; lanes and `where` as in departure_list.hpp
  Filter where{};  ///< about the last present day
  std::optional<Period> within{};                    ///< the days of departure
  ReturnRule rule{};                                 ///< windows, horizons and the curve
  DepartureRules rules{DepartureRules::standard()};  ///< that find the types
  std::optional<IntervalRule> interval{};            ///< of rates; empty: that of the book's conventions
  /// What else tells departures apart; empty: their types.
  std::function<std::string(const Departure&)> group{};
  std::string group_name{"type"};  ///< what `group` tells, as a column
};

/// Throws what return_rate and the segmenters throw. Money is not asked for, so a book may have several currencies
/// unless the segments need one.
[[nodiscard]] Returns returns(const Book& book, const ReturnsOptions& options = {});

/// Columns: the segments' names, the group's (`(all)` for all together), departures, customers, returned, window,
/// numerator, denominator, value, ci_low, ci_high of the rate, median_days, and for each horizon N within_N,
/// within_N_low, within_N_high.
[[nodiscard]] Table returns_table(const Returns& returns);

/// The rate of each group that has whole windows, highest first, up to six; or why there is none.
[[nodiscard]] std::string returns_sentence(const Returns& returns);

}  // namespace churn::inline v0
