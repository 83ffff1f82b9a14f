// FxRate: units of the reporting currency for one unit of another, from a day on.
#pragma once

#include <churn/core/currency.hpp>
#include <churn/core/date.hpp>
#include <churn/core/decimal.hpp>

namespace churn::inline v0 {

struct FxRate {
  Date on;
  Currency currency;
  Decimal rate;

  friend bool operator==(const FxRate&, const FxRate&) = default;
};

}  // namespace churn::inline v0
