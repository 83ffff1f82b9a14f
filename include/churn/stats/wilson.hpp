// The Wilson score interval of a proportion: the default interval of every rate in libchurn.
//
//   centre = (p + z^2/2n) / (1 + z^2/n),   half-width = z/(1 + z^2/n) x sqrt(p(1-p)/n + z^2/4n^2)
//
// with p = successes / trials and z the normal quantile of (1 + confidence) / 2. It stays within [0, 1], is
// [0, high] for no success and [low, 1] for no failure, and covers well for the small counts of a month's
// churn, where the textbook p +- z sqrt(p(1-p)/n) does not.
//
// With the correction for continuity the lower end is that of p - 1/2n and the upper one that of p + 1/2n: wider, and
// what a test with Yates' correction does not reject.
//
// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
// (1927) 209-212, doi:10.1080/01621459.1927.10502953; with the correction R. G. Newcombe, Statistics in Medicine 17
// (1998) 857-872, method 4. Equals R's prop.test with correct = FALSE and TRUE (which corrects by less than 1/2n
// where p is nearer to 1/2 than that).
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// Empty if there are no trials. Throws Error(bad_number) unless 0 <= successes <= trials and
/// 0 < confidence < 1. Constant time.
[[nodiscard]] std::optional<Interval> wilson_interval(std::int64_t successes, std::int64_t trials,
                                                      double confidence = 0.95);

/// The same with the correction for continuity.
[[nodiscard]] std::optional<Interval> corrected_wilson_interval(std::int64_t successes, std::int64_t trials,
                                                                double confidence = 0.95);

}  // namespace churn::inline v0
