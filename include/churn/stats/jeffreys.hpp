// The Jeffreys interval of a proportion: the equal-tailed credible interval under the prior Beta(1/2, 1/2).
//
//   low  = quantile of Beta(x + 1/2, n - x + 1/2) at (1 - confidence) / 2,   high = at (1 + confidence) / 2
//
// with x successes in n trials; low is 0 where x = 0 and high is 1 where x = n. It is a little narrower than
// Wilson's near 0 and 1, and has the same coverage on average.
//
// Source: L. D. Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion", Statistical
// Science 16 (2001) 101-133, doi:10.1214/ss/1009213286.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Empty if there are no trials. Throws Error(bad_number) unless 0 <= successes <= trials and
/// 0 < confidence < 1, Error(out_of_range) where trials are too many to invert the distribution (from some
/// 10^11 on). Constant time.
[[nodiscard]] std::optional<Interval> jeffreys_interval(std::int64_t successes, std::int64_t trials,
                                                        double confidence = 0.95);

}  // namespace churn::inline v0
