// The exact interval of a rate of events: departures per customer-day, say.
//
//   low  = quantile of chi-square with 2x degrees of freedom at (1 - confidence) / 2, / 2E     (0 where x = 0)
//   high = quantile of chi-square with 2x + 2 degrees of freedom at (1 + confidence) / 2, / 2E
//
// with x events in an exposure E. It never covers less than it says.
//
// Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936) 437-442. Equals R's
// poisson.test.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Empty without exposure. Throws Error(bad_number) unless events and exposure are 0 or more and
/// 0 < confidence < 1. Constant time.
[[nodiscard]] std::optional<Interval> poisson_interval(std::int64_t events, std::int64_t exposure,
                                                       double confidence = 0.95);

}  // namespace churn::inline v0
