// FxRate: units of the reporting currency for one unit of another, from a day on.
#pragma once

#include <churn/core/currency.hpp>
#include <churn/core/date.hpp>
#include <churn/core/decimal.hpp>

namespace churn::inline v0 {

/// The rate of a currency from a day on, up to its next one.
struct FxRate {
  Date on;            ///< the first day on which it holds
  Currency currency;  ///< of which one unit is worth `rate`
  Decimal rate;  ///< above 0, in the currency that the records' rates are units of, else the reporting one

  friend bool operator==(const FxRate&, const FxRate&) = default;
};

}  // namespace churn::inline v0
