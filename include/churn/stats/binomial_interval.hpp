// Which interval a proportion is shown with, as a rule that can be handed around.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// How the interval of a share is made.
enum class IntervalMethod : std::uint8_t {
  wilson,            ///< stats/wilson.hpp
  jeffreys,          ///< stats/jeffreys.hpp
  clopper_pearson,   ///< stats/clopper_pearson.hpp: never covers less than it says
  wilson_corrected,  ///< Wilson's with the correction for continuity
  agresti_coull,     ///< stats/agresti_coull.hpp
};

/// Which interval a proportion is shown with.
struct IntervalRule {
  /// Keeps both as they are: what makes intervals refuses a confidence out of (0, 1).
  // NOLINTNEXTLINE(google-explicit-constructor): a confidence alone is a rule, too
  constexpr IntervalRule(double level = 0.95, IntervalMethod by = IntervalMethod::wilson) noexcept
      : confidence(level), method(by) {}
  double confidence;      ///< such as 0.95
  IntervalMethod method;  ///< how it is made
};

/// Empty if there are no trials. Throws Error(bad_number) unless 0 <= successes <= trials and
/// 0 < confidence < 1, Error(out_of_range) where trials are too many to invert the distribution (from some
/// 10^11 on, under Jeffreys and Clopper and Pearson). Constant time.
[[nodiscard]] std::optional<Interval> binomial_interval(std::int64_t successes, std::int64_t trials,
                                                        IntervalRule rule = {});

}  // namespace churn::inline v0
