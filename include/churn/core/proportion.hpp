// Proportion: a count out of a base, with its interval. A rate is never a bare double.
//
// The numerator lies within the base (12 of 240 customers), so a binomial interval makes sense. Where it
// does not (money, joiners counted, mean bases), the result is a Ratio (core/ratio.hpp).
// An empty base has no value: `value()` is empty, never 0 and never NaN.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/core/error.hpp>
#include <churn/stats/binomial_interval.hpp>

namespace churn::inline v0 {

/// So many of a base, as two integers.
class Proportion {
 public:
  /// Throws Error(bad_number) unless 0 <= numerator <= denominator.
  constexpr Proportion(std::int64_t numerator, std::int64_t denominator)
      : numerator_(numerator), denominator_(denominator) {
    if (numerator < 0 || numerator > denominator)
      throw Error(ErrorCode::bad_number, "A proportion needs 0 <= numerator <= denominator.");
  }
  /// How many of the base.
  [[nodiscard]] constexpr std::int64_t numerator() const noexcept { return numerator_; }
  /// How many are in the base; may be 0.
  [[nodiscard]] constexpr std::int64_t denominator() const noexcept { return denominator_; }
  /// The share, 0 to 1; empty for an empty base.
  [[nodiscard]] constexpr std::optional<double> value() const noexcept {
    if (denominator_ == 0) return std::nullopt;
    return static_cast<double>(numerator_) / static_cast<double>(denominator_);
  }
  /// Wilson's score interval at 95 % unless told otherwise; empty for an empty base.
  [[nodiscard]] std::optional<Interval> interval(IntervalRule rule = {}) const {
    return binomial_interval(numerator_, denominator_, rule);
  }
  /// The rest of the base: retained for churned.
  [[nodiscard]] constexpr Proportion complement() const { return {denominator_ - numerator_, denominator_}; }
  friend constexpr bool operator==(const Proportion&, const Proportion&) noexcept = default;

 private:
  std::int64_t numerator_;
  std::int64_t denominator_;
};

}  // namespace churn::inline v0
