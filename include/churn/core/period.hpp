// Period: a half-open, non-empty span of days, [first, last).
//
// The state "at opening" of a period is that of the day before `first`; "at closing" that of the day before
// `last`. So the closing of one period is the opening of the next, always.
#pragma once

#include <compare>
#include <cstdint>

#include <churn/core/date.hpp>

namespace churn::inline v0 {

/// The days from `first` to the day before `last`, one at least.
class Period {
 public:
  /// Throws Error(bad_period) unless first < last.
  constexpr Period(Date first, Date last) : first_(first), last_(last) {
    if (!(first < last)) throw Error(ErrorCode::bad_period, "A period must end after it starts.");
  }
  /// The first day in the period.
  [[nodiscard]] constexpr Date first() const noexcept { return first_; }
  /// The first day after the period.
  [[nodiscard]] constexpr Date last() const noexcept { return last_; }
  /// 1 or more.
  [[nodiscard]] constexpr std::int32_t length_in_days() const noexcept {
    return last_.days() - first_.days();
  }
  /// True from `first` on, false from `last` on.
  [[nodiscard]] constexpr bool contains(Date day) const noexcept { return first_ <= day && day < last_; }
  friend constexpr bool operator==(const Period&, const Period&) noexcept = default;

 private:
  Date first_;
  Date last_;
};

}  // namespace churn::inline v0
