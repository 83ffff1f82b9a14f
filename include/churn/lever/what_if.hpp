// What if: MRR and customers of the periods to come where one lever moves, against the forecast in which none does.
//
//   WhatIfReport report = what_if(book, months(from, to), {
//       {.change = RaiseRetention{.where = by::plan == "pro", .points = 5}},
//       {.change = AnnualShare{.share = 0.7, .discount = 0.15}},
//       {.change = RecoverPayments{.share = 0.6}}});
//   what_if_sentence(report);       // "If 60 % of failed payments were recovered instead of 47 %, MRR in 12 months would
//                                   //  be 52300.00 USD instead of 50100.00: 2200.00 more (95 %: 1500.00 to 2900.00)."
//   what_if_assumptions_table(report);   // on what each rests
//
// The baseline is forecast_mrr of the same book, periods and rule (forecast/mrr_forecast.hpp). What a change adds is
// computed from chain ladders of the customers it concerns, and scenario = baseline + difference. New business is that
// of the forecast, of which a segment has the part that it had over the last `new_business_periods` (of today's customers,
// if it is stated and nobody came in these). Amounts are at the latest exchange rates, also where these are dated. A change holds from
// the next period on, at once and for good. Of what a cohort has at age k, f(k) is there at the next close, of which
// r(k) had been lost and returned; q(k) is lost (lever/cohort_flows.hpp), from all history, and back(l) of that returns
// l periods later. Where churn is m times what it was, q' = min(1, m q, q + f - r), so that nobody leaves twice, and C what
// a cohort would be without the change:
//
//   difference(t + 1) = (f - r) difference(t) + (q - q') (C + difference)(t) - sum over l of back(l) saved(t - l)
//   saved(t)          = q C(t) - q' (C + difference)(t)
//
// so whoever is saved goes on like the others of the cohort (in the period in which it would have left, with what it paid
// at the opening), and does not come back a second time. MRR and customers
// have their own f, r, q and back, and so have those who pay by the year (or longer, on the first day) and the others,
// whose differences add up: in one ladder those who are saved would stay like those who could not leave yet.
//
//   retention  h   lost / present at opening, customers of the segment, the last year's complete periods together
//              R   (1 - h)^periods a year, the annual retention; R' = R + points, h' = 1 - R'^(1 / periods a year), periods of
//              n days being 365 / n
//              m   1 - (h - h') / g, not below 0; g is what q says of the same openings. Where churn was always like
//                  that of the last year, g = h and m = h' / h. Where it was not, the forecast, which goes by all history,
//                  is given as many points fewer, not as large a part
//              The segment is what customers were on their first present day (conditions on a later one would make
//              survivors of those who had time to change)
//   annual     n   new customers a period, present at its close; s of them pay by the year or longer (on the first day),
//              the others pay a each. Difference = the sum over periods to come of
//              n (share - s) a [(1 - discount) Gy(j) - Go(j)],   G(j) = f(0) f(1) … f(j - 1)
//              of those by the year and of the others. Customers of today don't change. Where the share falls, those
//              who move pay what new customers by the year do, and there is no discount
//   payments   r   failed payments recovered within the dunning window / failed, windows that are over
//              (departure/dunning.hpp), first payments among them, m = (1 - share) / (1 - r), for involuntary departures alone
//
// What is not in it: what a change costs, what it does to those who would have come, and whether it can be done.
// Retention and payments suppose that it works for the old and the young alike. `annual` supposes that those who are
// moved will stay as those have who chose the year themselves: they chose it because they meant to stay, so that the
// answer is an upper end. Within a year nobody who is moved has come to a renewal; `note` says so, and what a longer
// horizon takes. Where no renewal was ever seen, nothing is said of periods after the first year.
//
// Intervals are of the expected difference, the change being given; that chance makes of it more or less comes on top.
// Customers are left out by groups (stats/jackknife.hpp, segment/customer_groups.hpp) and everything that is estimated
// is estimated again: f, r, q, back, h, r, s, a, and new business, which is scaled by G / (G - 1) (the others as a sample of
// all; stated new business is taken as certain). Today's customers are known, and stay what they are in all of them. No
// interval where those who left (or pay by the year, and the others; or whose payment failed) are of less than ten
// groups. That of a scenario's own MRR joins the forecast's and the difference's: the root of the sum of squares of their
// half-widths, on each side, as if they were independent; not below 0.
//
// Measured: 400 simulated businesses a row, of which 30 % of new customers pay by the year and leave at renewals alone
// (20 %), others leave at 3 % a month; payments of 3 % a month fail, 60 % are recovered and the others leave; MRR is
// lognormal. Of 100 intervals of 95 % of the difference in MRR, as many held the expected one after 1, 6 and 12 (18)
// periods; estimates were within 3 % of it on average:
//
//   months  new a month  sigma  lost that return   retention + 5   80 % recovered   60 % by the year
//   30      60           1      none               94 95 94 (18)   93 92 93 (18)    96 94 94 (18)
//   24      62           1.5    none               94 95 96        89 89 89         95 95 92
//   30      15           1      none               93 93 94        89 91 92         95 94 92
//   30      60           1      10 % a month       95 95 98        96 97 91         -
//
// Where few customers with large MRR left because a payment failed, as in the second row, intervals are too narrow.
//
// `outcome` and `note` say why there is no answer, and what to record:
//   no_forecast    there is no forecast (the sentence of which is the note)
//   no_data        nobody left, nobody pays by the year, no payment failed, …
//   out_of_reach   retention would be above 1 or below 0, all payments are recovered already
//
// Throws Error(bad_number) for points and shares that are no numbers, shares outside [0, 1], a discount outside [0, 1),
// fewer than 10 or more than 1000 groups; Error(unknown_name) for two scenarios of one name; and what forecast_mrr, cohort_flows, failed_payments and filters throw.
// One pass over the book, O(customers x periods + changes); then O(scenarios x groups x (periods^2 + horizon^2 x
// (periods + horizon))). Memory: 64 bytes x groups x periods^2 / 2 for each combination of segments asked about (at most 20 million
// cells: two years of days in 50 groups are refused), and three times that of one more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <churn/core/table.hpp>
#include <churn/departure/failed_payments.hpp>
#include <churn/forecast/mrr_forecast.hpp>
#include <churn/reason/departure_rules.hpp>
#include <churn/segment/filter.hpp>
#include <churn/stats/jackknife.hpp>

namespace churn::inline v0 {

/// Annual retention of customers rises (or, below 0, falls).
struct RaiseRetention {
  Filter where{};    ///< whose; states and lanes as on the first present day
  double points{1};  ///< percentage points
};
/// So many of the new customers pay by the year.
struct AnnualShare {
  std::optional<double> share{};  ///< of 1
  double points{10};              ///< where no share is given: more than now, at most all of them
  double discount{0};             ///< of 1, which those who are moved get
};
/// So many of the failed payments are recovered.
struct RecoverPayments {
  std::optional<double> share{};  ///< of 1
  double points{10};              ///< where no share is given: more than now, at most all of them
};
/// The one thing that moves.
using WhatIfChange = std::variant<RaiseRetention, AnnualShare, RecoverPayments>;

/// One scenario that is asked about.
struct WhatIf {
  std::string name{};     ///< empty: made of the change
  WhatIfChange change{};  ///< the only difference from the baseline
};

/// Retention up by a point, and ten points more of recovered payments and of new customers who pay by the year.
[[nodiscard]] std::vector<WhatIf> standard_what_ifs();

/// How the baseline is forecast, and what changes are estimated by.
struct WhatIfOptions {
  ForecastRule forecast{};  ///< of the baseline; its confidence is that of all intervals
  FoldOptions fold{};       ///< its filter is on attributes, as the forecast's
  DepartureRules rules{DepartureRules::standard()};  ///< by which losses are involuntary or not
  DunningRule dunning{};                             ///< by which failed payments are recovered or not
  std::uint32_t groups{50};  ///< of customers, left out in turn for intervals; 10 to 1000
};

/// Whether a scenario has an answer.
enum class WhatIfOutcome : std::uint8_t {
  known,        ///< it has
  no_forecast,  ///< there is no baseline
  no_data,      ///< nothing on record says what the change would do
  out_of_reach  ///< it can't go so far
};
/// `known`, `no_forecast`, `no_data`, `out_of_reach`.
[[nodiscard]] std::string_view what_if_outcome_name(WhatIfOutcome outcome) noexcept;

/// Minor units a month, or customers.
struct WhatIfAmount {
  double value;                         ///< expected
  std::optional<Interval> interval{};   ///< of what is expected, at the forecast's confidence
  std::optional<NoInterval> why_not{};  ///< why there is none
};

/// Empty where the forecast is, and where nothing can be said of the change.
struct WhatIfPeriod {
  std::optional<WhatIfAmount> mrr{};  ///< at the close of the period: the baseline's and the difference
  std::optional<WhatIfAmount> mrr_difference{};        ///< what the change adds; below 0: takes
  std::optional<WhatIfAmount> customers{};             ///< likewise
  std::optional<WhatIfAmount> customers_difference{};  ///< likewise
};

/// The answer to one scenario.
struct WhatIfScenario {
  std::string name;                               ///< its own in the report
  WhatIfChange change;                            ///< as it was asked
  WhatIfOutcome outcome{WhatIfOutcome::no_data};  ///< whether there is an answer
  std::string note{};                      ///< why there is none, or what speaks against it; empty: nothing
  std::string premise{};                   ///< "60 % of failed payments were recovered instead of 47 %"
  std::vector<std::string> assumptions{};  ///< on which it rests, a sentence each
  std::optional<double> before{};          ///< annual retention, or the share, of 1
  std::optional<double> after{};           ///< likewise, with the change
  std::optional<double> factor{};          ///< m, of retention and payments
  std::vector<WhatIfPeriod> periods{};     ///< as those of the baseline
};

/// The forecast in which nothing moves, and the scenarios beside it.
struct WhatIfReport {
  MrrForecast baseline;                     ///< in which nothing moves
  PeriodKind kind;                          ///< of the grid
  std::size_t groups{0};                    ///< of customers, of those that hold any
  std::vector<WhatIfScenario> scenarios{};  ///< in the order in which they were asked
};

/// All scenarios by one pass over the book. Throws what is told above.
[[nodiscard]] WhatIfReport what_if(const Book& book, const PeriodGrid& grid,
                                   const std::vector<WhatIf>& scenarios = standard_what_ifs(),
                                   const WhatIfOptions& options = {});

/// Columns: scenario, period (first day), baseline_mrr, mrr, difference, ci_low, ci_high, baseline_customers, customers,
/// customers_difference, customers_ci_low, customers_ci_high, mrr_ci_low, mrr_ci_high (of the scenario's MRR), outcome,
/// note. A row a scenario and period, of those without an answer one that says why; a note is in all rows. Customers have tenths. What is not
/// known is empty. Throws Error(overflow) for amounts beyond 64 bits.
[[nodiscard]] Table what_if_table(const WhatIfReport& report);
/// Columns: scenario, assumption.
[[nodiscard]] Table what_if_assumptions_table(const WhatIfReport& report);
/// A sentence a scenario: what MRR would be instead of what, in the last period of which something is known. Throws as
/// what_if_table.
[[nodiscard]] std::string what_if_sentence(const WhatIfReport& report);

}  // namespace churn::inline v0
