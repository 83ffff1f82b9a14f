// The Clopper-Pearson ("exact") interval of a proportion: all shares that an exact binomial test would not
// reject.
//
//   low  = quantile of Beta(x, n - x + 1) at (1 - confidence) / 2      (0 where x = 0)
//   high = quantile of Beta(x + 1, n - x) at (1 + confidence) / 2      (1 where x = n)
//
// with x successes in n trials. It never covers less than it says, and so is wider than it need be: for
// whoever must not understate.
//
// Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of
// the binomial", Biometrika 26 (1934) 404-413, doi:10.1093/biomet/26.4.404. Equals R's binom.test.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Empty if there are no trials. Throws Error(bad_number) unless 0 <= successes <= trials and
/// 0 < confidence < 1, Error(out_of_range) where trials are too many to invert the distribution (from some
/// 10^11 on). Constant time.
[[nodiscard]] std::optional<Interval> clopper_pearson_interval(std::int64_t successes, std::int64_t trials,
                                                               double confidence = 0.95);

}  // namespace churn::inline v0
