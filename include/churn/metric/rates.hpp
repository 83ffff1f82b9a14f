// The metrics of a period: small named values, each a pure function of one cell of a MovementCube.
//
//   name                          definition
//   customer_churn_rate           present at opening and absent at closing / present at opening
//   gross_mrr_churn_rate          (churn + contraction of those present at opening) / opening MRR; in [0, 1]
//   net_mrr_churn_rate            the same less their expansion; below 0 it is negative churn
//   grr                           sum of min(opening, closing) of those at opening / opening MRR = 1 - gross
//   nrr                           sum of closing of those at opening / opening MRR = 1 - net
//   quick_ratio                   (new + reactivation + expansion) / (contraction + churn)
//   arpa, arr                     closing MRR / closing customers; closing run rate
//   annualised_customer_churn_rate   1 - (1 - r)^(365/days)
//   exposure_churn_rate           departures / customer-days x 30
//
// All compare opening with closing per customer, never totals, whatever the netting of movements. A rate over
// nobody has no value. Only the customer churn rate (and its annualised form) is a proportion with an
// interval; money and exposure are ratios.
//
// A host writes its own in a few lines:
//   struct ExpansionRate {
//     static constexpr std::string_view name = "expansion_rate";
//     RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
//       return {{cell.gained, at.currency}, {cell.opening, at.currency}};
//     }
//   };
#pragma once

#include <concepts>
#include <string_view>
#include <tuple>

#include <churn/cube/movement_cube.hpp>
#include <churn/metric/measurement.hpp>

namespace churn::inline v0 {

/// What a metric may know of the cell it is computed for.
struct CellContext {
  Period period;
  std::int32_t days;  ///< of the period, as far as they are known
  Currency currency;
  RateRules rules;
};

template <class M>
concept Metric = std::regular<M> &&
    requires(const M metric, const MovementCell& cell, const CellContext& at) {
  { M::name } -> std::convertible_to<std::string_view>;
  { to_measurement(metric(cell, at), 0.95) } -> std::same_as<Measurement>;
};

struct CustomerChurnRate {
  static constexpr std::string_view name = "customer_churn_rate";
  Proportion operator()(const MovementCell& cell, const CellContext&) const {
    return {cell.lost_customers, cell.opening_customers};
  }
  friend bool operator==(const CustomerChurnRate&, const CustomerChurnRate&) = default;
};

struct GrossMrrChurnRate {
  static constexpr std::string_view name = "gross_mrr_churn_rate";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.lost, at.currency}, {cell.opening, at.currency}};
  }
  friend bool operator==(const GrossMrrChurnRate&, const GrossMrrChurnRate&) = default;
};

struct NetMrrChurnRate {
  static constexpr std::string_view name = "net_mrr_churn_rate";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{checked_subtract(cell.lost, cell.gained), at.currency}, {cell.opening, at.currency}};
  }
  friend bool operator==(const NetMrrChurnRate&, const NetMrrChurnRate&) = default;
};

struct GrossRevenueRetention {
  static constexpr std::string_view name = "grr";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{checked_subtract(cell.opening, cell.lost), at.currency}, {cell.opening, at.currency}};
  }
  friend bool operator==(const GrossRevenueRetention&, const GrossRevenueRetention&) = default;
};

struct NetRevenueRetention {
  static constexpr std::string_view name = "nrr";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{checked_add(checked_subtract(cell.opening, cell.lost), cell.gained), at.currency},
            {cell.opening, at.currency}};
  }
  friend bool operator==(const NetRevenueRetention&, const NetRevenueRetention&) = default;
};

struct QuickRatio {
  static constexpr std::string_view name = "quick_ratio";
  RunRateRatio operator()(const MovementCell& cell, const CellContext& at) const {
    return {{checked_add(checked_add(cell.new_, cell.reactivation), cell.expansion), at.currency},
            {checked_add(cell.contraction, cell.churn), at.currency}};
  }
  friend bool operator==(const QuickRatio&, const QuickRatio&) = default;
};

struct AverageRevenuePerAccount {
  static constexpr std::string_view name = "arpa";
  RunRatePerCustomer operator()(const MovementCell& cell, const CellContext& at) const {
    return {{cell.closing, at.currency}, cell.closing_customers};
  }
  friend bool operator==(const AverageRevenuePerAccount&, const AverageRevenuePerAccount&) = default;
};

struct AnnualRecurringRevenue {
  static constexpr std::string_view name = "arr";
  RunRate operator()(const MovementCell& cell, const CellContext& at) const {
    return {cell.closing, at.currency};
  }
  friend bool operator==(const AnnualRecurringRevenue&, const AnnualRecurringRevenue&) = default;
};

struct AnnualisedCustomerChurnRate {
  static constexpr std::string_view name = "annualised_customer_churn_rate";
  AnnualisedRate operator()(const MovementCell& cell, const CellContext& at) const {
    return {CustomerChurnRate{}(cell, at), at.days};
  }
  friend bool operator==(const AnnualisedCustomerChurnRate&, const AnnualisedCustomerChurnRate&) = default;
};

struct ExposureChurnRate {
  static constexpr std::string_view name = "exposure_churn_rate";
  ExposureRate operator()(const MovementCell& cell, const CellContext&) const {
    return {cell.departures, cell.customer_days};
  }
  friend bool operator==(const ExposureChurnRate&, const ExposureChurnRate&) = default;
};

/// Every metric above, in the order in which tables show them.
using StandardMetrics =
    std::tuple<CustomerChurnRate, GrossMrrChurnRate, NetMrrChurnRate, GrossRevenueRetention,
               NetRevenueRetention, QuickRatio, AverageRevenuePerAccount, AnnualRecurringRevenue,
               AnnualisedCustomerChurnRate, ExposureChurnRate>;

}  // namespace churn::inline v0
