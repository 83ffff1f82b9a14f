// The exact interval of a rate of events over exposure: departures per customer-day, failures per attempt-day.
//
//   low  = gamma quantile of events     at (1 - confidence) / 2, / exposure      (0 where there were none)
//   high = gamma quantile of events + 1 at (1 + confidence) / 2, / exposure
//
// Both in events per unit of exposure. Where an event can happen to one customer more than once, or the base is time
// and not people, a binomial interval is the wrong one.
//
// Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936) 437-442,
// doi:10.1093/biomet/28.3-4.437. Equals R's poisson.test.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Empty for an exposure of 0. Throws Error(bad_number) unless events >= 0, exposure >= 0 and finite, no events come
/// of no exposure, and 0 < confidence < 1. Constant time.
[[nodiscard]] std::optional<Interval> poisson_interval(std::int64_t events, double exposure,
                                                       double confidence = 0.95);

}  // namespace churn::inline v0
