// DecisionRows: departures before and after a decision, by month, beside those that would have been expected without it.
//
//   Decision dearer{.effective_on = Date::of(2024, 6, 1), .name = "the price change", .where = by::primary_plan == "pro"};
//   DecisionRows rows = decision_rows(book, dearer);
//   decision_effect(rows);                          // decision/decision_effect.hpp
//
// Risk days: a customer who is present on day d - 1 is at risk on day d, and its stay's end (row/spell.hpp) on d is the event of
// that day. A stay [s, e) has the risk days s + 1 to e: who leaves at the very renewal that was to bring the new price is
// counted under it. Days up to the first one of the records were not observed (left truncation). Each risk day is in one
// phase:
//   before        before the announcement
//   announced     from the announcement on, for stays that began before the decision took effect, until their first
//                 affected renewal
//   affected      from that renewal on: the first day, not before the effective day, that lies whole billing cycles (none
//                 included) after the anchor of something that is paid for on that day or was on the day before. Who
//                 pays for nothing in its whole stay (free plans that are kept as customers) has no renewal, and is affected
//                 from the effective day on
//   joined_after  stays that began on the effective day or later. A customer who returns is counted by its new stay
// Under Recognition::cancel_request departures are dated by the request, which mostly comes before the renewal: they are
// announced.
//
// Who belongs to a decision is asked without looking ahead, and before it as after it: the time from the announcement to the end
// is a window, and the time before is cut into windows as long (31 days at least), back from the announcement. In each one a
// customer belongs to what it was on the window's eve, or on the first day of its stay that is known, if that is later.
// Nobody changes sides as an outcome, and who steps down to a smaller plan before it leaves counts the same before and after. (To
// take the day before each risk day before the announcement, and one eve after it, would call such a step an effect of
// the decision.) Of a filter on a part of what a customer pays for, as by::plan, the part with the most MRR counts. Days on which a
// customer matches both filters, `where` and `control`, are in neither and
// counted as `in_both`.
//
// Departures come at renewals: who pays by the year and has just come to its first affected renewal is at its riskiest day, and
// who waits for one is safe. Days at risk are thus no measure of time under a decision. Departures are compared with those
// expected at the rates before it, of the same side and in the same stratum (indirect standardisation):
//   cycle   of the shortest that is paid for on the day before: a week or less, a month, a quarter, half a year, a year, more,
//           or nothing paid
//   days since the last renewal: 0 (due today), 1 to 7, 8 to 31, 32 or more; of two alike in length the later renewal
//   tenure  days since the stay began: up to 31, 92, 183, 366, 731, more
// The rate of a stratum is (departures + 1) / (risk days + 1 / rate of all tenures), which is that of all tenures where there
// were no such days before the decision, and is drawn towards it where there were few; that of all tenures likewise towards
// that of all cycles, and this to the rate of all. `borrowed_days` are risk days after the announcement in strata of which
// there had been none. A side nobody left before the announcement has no rates: `expected` is empty. Rates are estimates, of a
// relative variance of 1 / (departures + 1) each; what that comes to in a phase, w being shares of what is expected in it,
//   sum of w^2 / (departures + 1) over strata - 1 / (departures + 1) of all
// is `rate_variance`: 0 where a phase has the strata of the time before, for the regression knows about their level.
//
// O(changes + renewals + months + windows) a customer; memory by month, some 11 kB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/date.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// What was decided: since when, and whom it concerns.
struct Decision {
  Date effective_on;                   ///< from which day on it holds
  std::optional<Date> announced_on{};  ///< the effective day
  std::string name{};                  ///< for sentences
  Filter where{};                      ///< whom it concerns
  std::optional<Filter> control{};     ///< who are alike, and whom it does not concern
  std::optional<Date> from{};          ///< the first day of records, or of movement; at most 100 years back
  std::optional<Date> until{};         ///< as_of
};

/// Which part of the time around a decision a risk day is of.
enum class DecisionPhase : std::uint8_t {
  before,       ///< before the announcement
  announced,    ///< from then on until the first affected renewal of an existing customer
  affected,     ///< from that renewal on
  joined_after  ///< of stays that began on the effective day or later
};
/// How many phases there are.
inline constexpr std::size_t decision_phase_count = 4;
/// `before`, `announced`, `affected`, `joined_after`.
[[nodiscard]] std::string_view decision_phase_name(DecisionPhase phase) noexcept;

/// The risk days of one side, phase and month.
struct DecisionRow {
  Date month;                                  ///< its first day in the calendar
  DecisionPhase phase{DecisionPhase::before};  ///< of these days
  bool concerned{true};                        ///< or of the control
  std::int64_t departures{0};                  ///< on these days
  std::int64_t risk_days{0};                   ///< customers at risk, added up over days
  std::optional<double> expected{};            ///< departures, at rates before the decision
};

/// Of one side.
struct DecisionSide {
  std::int64_t customers{0};              ///< with a risk day
  std::int64_t borrowed_days{0};          ///< see above
  std::int64_t days_after{0};             ///< risk days from the announcement on
  std::int64_t waiting{0};                ///< present at the end, and not yet come to their affected renewal
  std::optional<Date> next_renewal_on{};  ///< the first of those they wait for
  /// By phase, the relative variance of what is expected in it, for rates are estimates, beyond that of their level.
  std::array<double, decision_phase_count> rate_variance{};
};

/// Plain: a host may fill it with data of its own.
struct DecisionRows {
  Date effective_on;                ///< of the decision
  Date announced_on;                ///< the effective day, if it was not announced before
  Date from;                        ///< risk days from here
  Date until;                       ///< to before here
  bool has_control{false};          ///< whether the decision has one
  std::vector<DecisionRow> rows{};  ///< with risk days: by side (the concerned first), phase and month
  DecisionSide concerned{};         ///< customers whom it concerns
  DecisionSide control{};           ///< customers alike whom it does not concern
  std::int64_t in_both{0};          ///< risk days
};

/// Throws Error(bad_period) for an announcement after the effective day, an end not after it, or a beginning not before the
/// announcement; Error(out_of_range) for an end after as_of, or a beginning more than 100 years before the end; and what
/// filters throw. A decision that lies ahead, or before all records, is none: its rows are before or after it only.
[[nodiscard]] DecisionRows decision_rows(const Book& book, const Decision& decision);

}  // namespace churn::inline v0
