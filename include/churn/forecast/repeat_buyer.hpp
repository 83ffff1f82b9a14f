// RepeatBuyer: what the buying of one customer without a contract comes down to: how often, when last, since when.
//
//   repeat_buyer(days_of_purchase, as_of);                   // {repeats 3, recency 20.1, age 38.9}, in weeks
//   fit_bg_nbd(buyers);                                      // forecast/bg_nbd.hpp
//
// A shop's customers do not cancel, they just stop: who is still one can only be guessed from its purchases. For the
// models of this kind three numbers hold all there is to know: repeats (purchases after the first), recency (time
// from the first to the last) and age (time from the first to the end of the records). Several purchases on one day
// are one. Times are in weeks, or any unit, of which the rates are then.
//
// Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, "'Counting your customers' the easy way: an alternative to the
// Pareto/NBD model", Marketing Science 24 (2005) 275-284, doi:10.1287/mksc.1040.0098.
#pragma once

#include <cstdint>
#include <span>

#include <churn/core/date.hpp>

namespace churn::inline v0 {

/// The buying of one customer, in three numbers.
struct RepeatBuyer {
  std::int64_t repeats;  ///< days with a purchase after the first
  double recency;        ///< time from the first purchase to the last
  double age;            ///< time from the first purchase to the end of the records
  friend constexpr bool operator==(const RepeatBuyer&, const RepeatBuyer&) noexcept = default;
};

/// Throws Error(bad_number) unless 0 <= recency <= age <= 10^100, repeats >= 0, and recency is 0 exactly if there are
/// no repeats.
void require_sound(const RepeatBuyer& buyer);

/// From the days of its purchases, in any order, those before as_of. Throws Error(out_of_range) if there are none,
/// Error(bad_number) unless days_a_unit > 0. O(n log n).
[[nodiscard]] RepeatBuyer repeat_buyer(std::span<const Date> purchases, Date as_of, double days_a_unit = 7);

}  // namespace churn::inline v0
