// HorizonValue: lifetime value with a stated horizon. What a new customer will pay within it, from a retention curve,
// next to the usual shortcut.
//
//   const AverageRevenue revenue{Money{4'990'000, Currency{"USD"}}, 1000};     // of 1000 customers in a billing interval
//   HorizonValue value = horizon_value(fit, revenue, {.horizon = 36, .growth = 0.01, .discount_rate = 0.008});
//   value.value;      // Money: the first 36 payments of one customer
//   value.naive;      // Money: average revenue / churn rate
//   horizon_value(book, months(from, to), {.horizon = 36});        // of a new customer of a book, from its own cohorts
//
//   value = average revenue x sum over t = 0 … horizon - 1 of S(t) x ((1 + growth) / (1 + discount_rate))^t
//
// S(t) is the share that renews at least t times, S(0) = 1: the first payment is made at the start and neither lost
// nor discounted. All is per billing interval: revenue, growth (expansion of those who stay) and discount. There is
// no value without a horizon: a curve that flattens has a sum that may be infinite, and most of it would lie where
// nobody has looked. A curve that was only observed is never extended: a horizon beyond it has no value. A model
// extends it, and `extrapolated` says by how much.
//
// The naive value, average revenue / churn rate with the churn of all opportunities taken together, takes all
// customers alike for ever. It knows neither horizon nor discount nor expansion, and is empty where nobody left. In a
// mixed cohort it is far too low for a long horizon, and says nothing of a short one.
//
// From a chain ladder (chain_ladder.hpp) the value is of what cohorts of this book have paid at each age, with
// whatever their customers added, dropped and took up again in it: growth is then what comes on top, usually 0.
//
//   value = average revenue x sum over t of f(0) x … x f(t - 1) x ((1 + growth) / (1 + discount_rate))^t
//
// where the average revenue is that of new customers at the close of age 0.
//
// The interval is that of the curve (profile likelihood, as in shifted_beta_geometric.hpp; of a ladder, a
// log-normal with the variance by the error of its factors), with the average revenue taken as it is. Values are
// rounded half-even once; `minor_units` is the same unrounded.
//
// Throws Error(bad_number) unless horizon >= 1, growth > -1, discount_rate > -1 (both finite), customers >= 0 and
// 0 < confidence < 1; Error(overflow) where a value is beyond 64 bits or an interval beyond all numbers.
// O(horizon) opportunities of the model.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/book/book.hpp>
#include <churn/core/money.hpp>
#include <churn/core/period_grid.hpp>
#include <churn/core/proportion.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/forecast/beta_discrete_weibull.hpp>
#include <churn/forecast/chain_ladder.hpp>
#include <churn/forecast/renewal_counts.hpp>
#include <churn/forecast/shifted_beta_geometric.hpp>
#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// What so many customers pay together in one billing interval.
struct AverageRevenue {
  Money total;             ///< of one billing interval
  std::int64_t customers;  ///< who pay it, 0 or more
};

/// How far a value looks, and what a payment to come is worth.
struct HorizonValueTerms {
  std::int32_t horizon;     ///< payments counted, the first included
  double growth{0};         ///< of what a customer pays who stays, an interval
  double discount_rate{0};  ///< an interval
};

/// Whether there is a value, and why not.
enum class HorizonValueOutcome : std::uint8_t {
  known,           ///< there is one
  no_customers,    ///< the average revenue of nobody
  no_curve,        ///< the model could not be fitted (its outcome says why), or nothing was observed
  beyond_observed  ///< the horizon goes beyond the observed curve
};

/// What a new customer will pay within a horizon, and the shortcut beside it.
struct HorizonValue {
  HorizonValueOutcome outcome;        ///< whether there is a value
  HorizonValueTerms terms;            ///< that were asked for
  AverageRevenue revenue;             ///< that was given, or the book's
  std::optional<Money> value;         ///< empty unless known, as are the next two
  std::optional<double> minor_units;  ///< the value before it was rounded
  /// Payments of the horizon that lie behind the last opportunity anybody has come to.
  std::int32_t extrapolated;
  std::optional<Interval> interval;  ///< in minor units; of shifted beta-geometric curves and ladders
  /// Lost opportunities of all: the churn rate of the naive value.
  Proportion churn;
  std::optional<Money> naive;  ///< empty if there are no customers or nobody left
};

/// By a fitted curve, with an interval by profile likelihood.
[[nodiscard]] HorizonValue horizon_value(const ShiftedBetaGeometricFit& fit, const AverageRevenue& revenue,
                                         const HorizonValueTerms& terms, double confidence = 0.95);
/// By a fitted curve, without an interval.
[[nodiscard]] HorizonValue horizon_value(const BetaDiscreteWeibullFit& fit, const AverageRevenue& revenue,
                                         const HorizonValueTerms& terms);
/// From the observed curve, S(t) = product of kept / at_risk up to t (Kaplan and Meier's).
[[nodiscard]] HorizonValue horizon_value(const RenewalCounts& observed, const AverageRevenue& revenue,
                                         const HorizonValueTerms& terms);

/// Of the ladder of MRR; `observed` are the renewals of the same customers, for the naive value.
[[nodiscard]] HorizonValue horizon_value(const ChainLadder& ladder, const RenewalCounts& observed,
                                         const AverageRevenue& revenue, const HorizonValueTerms& terms,
                                         double confidence = 0.95);

/// Of a new customer of a book, by months: what customers of all its cohorts paid on average at the close of the month
/// in which they came, carried on by the ladder of their MRR. Throws Error(bad_period) for a grid of other periods,
/// of which MRR is not what is paid in one, and what forecast_mrr throws for a book.
[[nodiscard]] HorizonValue horizon_value(const Book& book, const PeriodGrid& months,
                                         const HorizonValueTerms& terms, const FoldOptions& options = {},
                                         double confidence = 0.95);

}  // namespace churn::inline v0
