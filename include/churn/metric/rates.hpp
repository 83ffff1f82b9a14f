// The metrics of a period: small named values, each a pure function of one cell of a cube.
//
//   name                          definition
//   customer_churn_rate           present at opening and absent at closing / present at opening, or as the rate
//                                 rules say (see customer_rate below)
//   gross_mrr_churn_rate          (churn + contraction of those present at opening) / opening MRR; in [0, 1]
//   net_mrr_churn_rate            the same less their expansion; below 0 it is negative churn
//   grr                           sum of min(opening, closing) of those at opening / opening MRR = 1 - gross
//   nrr                           sum of closing of those at opening / opening MRR = 1 - net
//   quick_ratio                   (new + reactivation + expansion) / (contraction + churn)
//   arpa, arr                     closing MRR / closing customers; closing run rate
//   ltv                           ARPA / monthly churn rate, monthly = 1 - (1 - r)^(365/12/days)
//   annualised_customer_churn_rate   1 - (1 - r)^(365/days)
//   exposure_churn_rate           departures / customer-days x 30
//   subscription_churn_rate       subscriptions that pay at opening and not at closing / at opening
//   seat_churn_rate               seats by which the customers of the opening have fewer at closing / at opening
//   renewal_rate                  subscriptions renewed / due for renewal in the period
//   trial_conversion_rate         trials that ended in the period and whose customer pays then / that ended
//
// All compare opening with closing per customer, never totals, whatever the netting of movements. In segments
// that change they are of those who were in the segment at opening; a transfer counts as kept. A rate over
// nobody has no value. Shares of people and subscriptions have an interval; money, seats and exposure are
// ratios. Those of money get one from replicates (metric/replicates.hpp), on the scale that a metric says.
//
// A host writes its own in a few lines:
//   struct ExpansionRate {
//     static constexpr std::string_view name = "expansion_rate";
//     RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
//       return {{cell.gained, at.currency}, {cell.opening, at.currency}};
//     }
//   };
// One that needs more than a cell holds gathers a state of its own from the steps (see Tally):
//   struct LargestLoss {
//     static constexpr std::string_view name = "largest_loss";
//     struct State { std::int64_t ticks{0}; State& operator+=(const State& other); };
//     static void count(State& state, const Step& step);
//     MonthlyRevenue operator()(const State& state, const CellContext& at) const;
//   };
#pragma once

#include <concepts>
#include <string_view>
#include <tuple>

#include <churn/cube/movement_cube.hpp>
#include <churn/cube/subscription_cube.hpp>
#include <churn/metric/measurement.hpp>
#include <churn/stats/jackknife.hpp>

namespace churn::inline v0 {

/// What a metric may know of the cell it is computed for.
struct CellContext {
  Period period;      ///< or the trailing window that ends with it
  std::int32_t days;  ///< of the period, as far as they are known
  Currency currency;  ///< of the segment's run rates
  RateRules rules;    ///< by which the cube was folded
};

/// What a metric gives can be shown: a Proportion, CustomerRate, RunRateRatio, …, or a type of a host's own with
/// a to_measurement(result, IntervalRule) beside it.
template <class Result>
concept Measurable = requires(const Result& result) {
  { to_measurement(result, IntervalRule{}) } -> std::same_as<Measurement>;
};

/// A metric has a name, ...
template <class M>
concept Named = requires {
  { M::name } -> std::convertible_to<std::string_view>;
};
/// ... and is a function of a cell and its context, whose result can be shown.
template <class M, class Cell>
concept MetricOf = requires(const M metric, const Cell& cell, const CellContext& at) {
  { metric(cell, at) } -> Measurable;
};
/// A metric that gathers a state of its own.
template <class M>
concept MetricOfOwnState = Mergeable<typename M::State> && MetricOf<M, typename M::State> &&
    requires(typename M::State& state, const Step& step) {
  M::count(state, step);
};
/// What Measure can compute: a named value, called with cells of movements, of subscriptions, or a state of its
/// own.
template <class M>
concept Metric = std::copyable<M> && Named<M> &&
    (MetricOf<M, MovementCell> || MetricOf<M, SubscriptionCell> || MetricOfOwnState<M>);

/// Compiles for metrics only, and says in a sentence what another type lacks to be one.
template <class M>
consteval bool must_be_a_metric() {
  static_assert(std::copyable<M>, "A metric is a plain value, which can be copied.");
  static_assert(Named<M>, "A metric has a name: static constexpr std::string_view name = ...;");
  static_assert(
      MetricOf<M, MovementCell> || MetricOf<M, SubscriptionCell> || MetricOfOwnState<M>,
      "A metric, called with (const MovementCell&, const CellContext&), a SubscriptionCell or a state "
      "of its own, gives a Proportion, RunRateRatio or another Measurable; never a bare number.");
  return true;
}

/// Departures and base as the rules count them:
///   numerator    of those present at opening, absent at closing; with left_and_returned counted also each
///                earlier departure of theirs; with joined_and_left counted the same of those who joined
///   denominator  opening; opening + joined; for the mean base opening + closing, the numerator being doubled;
///                for exposure all departures per 30 customer-days, whatever else is counted
/// It is a proportion if no departure counts twice and everyone who can depart is in the base.
[[nodiscard]] inline CustomerRate customer_rate(const MovementCell& cell, const RateRules& rules) {
  if (rules.base == ChurnBase::exposure) return {Ratio{cell.departures, cell.customer_days}, 30};
  const bool joined = rules.joined_and_left == Counting::counted;
  const bool returned = rules.left_and_returned == Counting::counted;
  std::int64_t departed = cell.lost_customers + (joined ? cell.joined_and_left_customers : 0);
  if (returned)
    departed += cell.departures_of_opening - cell.lost_customers +
                (joined ? cell.departures_of_joined - cell.joined_and_left_customers : 0);
  switch (rules.base) {
    case ChurnBase::mean:
      return Ratio{checked_multiply(2, departed), cell.opening_customers + cell.closing_customers};
    case ChurnBase::opening_and_joined: {
      const std::int64_t base = cell.opening_customers + cell.joined_customers;
      if (!returned) return Proportion{departed, base};
      return Ratio{departed, base};
    }
    default: break;
  }
  if (!joined && !returned) return Proportion{departed, cell.opening_customers};
  return Ratio{departed, cell.opening_customers};
}

/// Who left, out of those who could leave, as the rate rules count both (customer_rate).
struct CustomerChurnRate {
  static constexpr std::string_view name = "customer_churn_rate";  ///< in tables and for with_metric
  /// Departures over the base.
  CustomerRate operator()(const MovementCell& cell, const CellContext& at) const {
    return customer_rate(cell, at.rules);
  }
  friend bool operator==(const CustomerChurnRate&, const CustomerChurnRate&) = default;
};

/// The share of opening MRR that was lost, by churn and by contraction, of those present at opening.
struct GrossMrrChurnRate {
  static constexpr std::string_view name = "gross_mrr_churn_rate";  ///< in tables and for with_metric
  static constexpr Scale interval_scale = Scale::logit;             ///< a share: between 0 and 1
  /// Lost over opening.
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.lost, at.currency}, {cell.opening, at.currency}};
  }
  friend bool operator==(const GrossMrrChurnRate&, const GrossMrrChurnRate&) = default;
};

/// The share of opening MRR that those present at opening lost, less their expansion; below 0 where this is more.
struct NetMrrChurnRate {
  static constexpr std::string_view name = "net_mrr_churn_rate";  ///< in tables and for with_metric
  /// Lost less gained, by some rules less reactivation, over opening.
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    const std::int64_t net = checked_subtract(cell.lost, cell.gained);
    return {
        {at.rules.net_subtracts_reactivation ? checked_subtract(net, cell.reactivation) : net, at.currency},
        {cell.opening, at.currency}};
  }
  friend bool operator==(const NetMrrChurnRate&, const NetMrrChurnRate&) = default;
};

/// The share of opening MRR that is still there, without any expansion: 1 - gross MRR churn.
struct GrossRevenueRetention {
  static constexpr std::string_view name = "grr";        ///< in tables and for with_metric
  static constexpr Scale interval_scale = Scale::logit;  ///< a share: between 0 and 1
  /// Opening less lost, over opening.
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{checked_subtract(cell.opening, cell.lost), at.currency}, {cell.opening, at.currency}};
  }
  friend bool operator==(const GrossRevenueRetention&, const GrossRevenueRetention&) = default;
};

/// What those present at opening pay at closing, over what they paid; above 1 where they grew.
struct NetRevenueRetention {
  static constexpr std::string_view name = "nrr";  ///< in tables and for with_metric
  /// Opening less lost and with what was gained, over opening.
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{checked_add(checked_subtract(cell.opening, cell.lost), cell.gained), at.currency},
            {cell.opening, at.currency}};
  }
  friend bool operator==(const NetRevenueRetention&, const NetRevenueRetention&) = default;
};

/// What came over what went, of movements; there is none where nothing went.
struct QuickRatio {
  static constexpr std::string_view name = "quick_ratio";  ///< in tables and for with_metric
  static constexpr Scale interval_scale = Scale::log;      ///< above 0
  /// New, reactivation (unless rules leave it out) and expansion, over contraction and churn.
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    const std::int64_t returned = at.rules.quick_ratio_counts_reactivation ? cell.reactivation : 0;
    return {{checked_add(checked_add(cell.new_, returned), cell.expansion), at.currency},
            {checked_add(cell.contraction, cell.churn), at.currency}};
  }
  friend bool operator==(const QuickRatio&, const QuickRatio&) = default;
};

/// Closing MRR a customer.
struct AverageRevenuePerAccount {
  static constexpr std::string_view name = "arpa";     ///< in tables and for with_metric
  static constexpr Scale interval_scale = Scale::log;  ///< above 0
  /// Closing over closing customers.
  RunRatePerCustomer operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.closing, at.currency}, cell.closing_customers};
  }
  friend bool operator==(const AverageRevenuePerAccount&, const AverageRevenuePerAccount&) = default;
};

/// The run rate at closing, shown per year.
struct AnnualRecurringRevenue {
  static constexpr std::string_view name = "arr";  ///< in tables and for with_metric
  /// The closing run rate.
  RunRate operator()(const MovementCell& cell, const CellContext& at) const {
    return {cell.closing, at.currency};
  }
  friend bool operator==(const AnnualRecurringRevenue&, const AnnualRecurringRevenue&) = default;
};

/// The days that customer_rate is a rate of.
[[nodiscard]] constexpr std::int32_t days_of_customer_rate(const CellContext& at) noexcept {
  return at.rules.base == ChurnBase::exposure ? 30 : at.days;
}

/// ARPA over the monthly churn rate that the period's stands for; there is none without churn.
struct LifetimeValueByRate {
  static constexpr std::string_view name = "ltv";  ///< in tables and for with_metric
  /// ARPA, customer rate, and the days that this is of.
  LifetimeValue operator()(const MovementCell& cell, const CellContext& at) const {
    return {AverageRevenuePerAccount{}(cell, at), customer_rate(cell, at.rules), days_of_customer_rate(at)};
  }
  friend bool operator==(const LifetimeValueByRate&, const LifetimeValueByRate&) = default;
};

/// The customer churn rate of a year of such periods.
struct AnnualisedCustomerChurnRate {
  /// In tables and for with_metric.
  static constexpr std::string_view name = "annualised_customer_churn_rate";
  /// The customer rate, and the days that it is of.
  AnnualisedRate operator()(const MovementCell& cell, const CellContext& at) const {
    return {customer_rate(cell, at.rules), days_of_customer_rate(at)};
  }
  friend bool operator==(const AnnualisedCustomerChurnRate&, const AnnualisedCustomerChurnRate&) = default;
};

/// Departures in 30 days of presence, whatever base the rate rules name.
struct ExposureChurnRate {
  static constexpr std::string_view name = "exposure_churn_rate";  ///< in tables and for with_metric
  /// Departures over customer-days.
  ExposureRate operator()(const MovementCell& cell, const CellContext&) const {
    return {cell.departures, cell.customer_days};
  }
  friend bool operator==(const ExposureChurnRate&, const ExposureChurnRate&) = default;
};

/// Subscriptions that pay at opening and not at closing, out of those that pay at opening.
struct SubscriptionChurnRate {
  static constexpr std::string_view name = "subscription_churn_rate";  ///< in tables and for with_metric
  /// Lost over opening subscriptions.
  Proportion operator()(const SubscriptionCell& cell, const CellContext&) const {
    return {cell.lost_subscriptions, cell.opening_subscriptions};
  }
  friend bool operator==(const SubscriptionChurnRate&, const SubscriptionChurnRate&) = default;
};

/// A ratio: the seats of one customer do not leave independently.
struct SeatChurnRate {
  static constexpr std::string_view name = "seat_churn_rate";  ///< in tables and for with_metric
  /// Lost over opening seats.
  Ratio operator()(const SubscriptionCell& cell, const CellContext&) const {
    return {cell.lost_seats, cell.opening_seats};
  }
  friend bool operator==(const SeatChurnRate&, const SeatChurnRate&) = default;
};

/// Renewals that took place, out of those due in the period.
struct RenewalRate {
  static constexpr std::string_view name = "renewal_rate";  ///< in tables and for with_metric
  /// Renewed over due.
  Proportion operator()(const SubscriptionCell& cell, const CellContext&) const {
    return {cell.renewed, cell.due};
  }
  friend bool operator==(const RenewalRate&, const RenewalRate&) = default;
};

/// Trials whose customer pays on the day they end, out of those that ended in the period.
struct TrialConversionRate {
  static constexpr std::string_view name = "trial_conversion_rate";  ///< in tables and for with_metric
  /// Converted over ended.
  Proportion operator()(const SubscriptionCell& cell, const CellContext&) const {
    return {cell.trials_converted, cell.trials_ended};
  }
  friend bool operator==(const TrialConversionRate&, const TrialConversionRate&) = default;
};

/// Every metric above, in the order in which tables show them.
using StandardMetrics =
    std::tuple<CustomerChurnRate, GrossMrrChurnRate, NetMrrChurnRate, GrossRevenueRetention,
               NetRevenueRetention, QuickRatio, AverageRevenuePerAccount, AnnualRecurringRevenue,
               LifetimeValueByRate, AnnualisedCustomerChurnRate, ExposureChurnRate, SubscriptionChurnRate,
               SeatChurnRate, RenewalRate, TrialConversionRate>;

}  // namespace churn::inline v0
