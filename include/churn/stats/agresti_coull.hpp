// The Agresti-Coull interval of a proportion: the textbook one after adding z^2 / 2 successes and as many failures.
//
//   p~ = (x + z^2/2) / (n + z^2),   p~ +- z sqrt(p~ (1 - p~) / (n + z^2)), cut to [0, 1]
//
// with x successes in n trials and z the normal quantile of (1 + confidence) / 2. It has Wilson's centre
// (stats/wilson.hpp) and is never narrower; easy to check by hand.
//
// Source: A. Agresti, B. A. Coull, "Approximate is better than 'exact' for interval estimation of binomial
// proportions", The American Statistician 52 (1998) 119-126, doi:10.1080/00031305.1998.10480550.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Empty if there are no trials. Throws Error(bad_number) unless 0 <= successes <= trials and
/// 0 < confidence < 1. Constant time.
[[nodiscard]] std::optional<Interval> agresti_coull_interval(std::int64_t successes, std::int64_t trials,
                                                             double confidence = 0.95);

}  // namespace churn::inline v0
