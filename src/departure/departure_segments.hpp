// What departures are called, and what of them a filter keeps: labels of the last present day. Private to the
// library's sources.
//
// As in the MRR bridge a departure is in each lane that it left, with the MRR of it: the parts of one add up to what
// it was worth, and a filter keeps some of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <churn/row/departure.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

#include "segment/applied_segments.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

class DepartureSegments {
 public:
  DepartureSegments(const Book& book, const Segmenter& by, const Filter& where);

  struct Part {
    std::uint32_t label;  ///< its place in labels()
    std::int64_t ticks;
  };
  /// Empty: the filter leaves it out. Valid until the next call. Cheap for departures of one customer in a row.
  [[nodiscard]] std::span<const Part> parts_of(const Departure& departure) {
    return parts_of(departure.customer, departure.departed_on - std::chrono::days{1}, departure.ticks);
  }
  /// The same by the last present day, and the run rate on it.
  [[nodiscard]] std::span<const Part> parts_of(CustomerIndex customer, Date last_day, std::int64_t ticks);
  /// Those that were met so far, in no order that means something.
  [[nodiscard]] const std::vector<Label>& labels() const noexcept;
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
  std::optional<AppliedSegments> applied_;  // empty: all are in one segment
  std::optional<SegmentTable> table_;
  std::optional<CustomerDays> days_;
  std::optional<CustomerIndex> customer_;
  std::span<const DayState> states_;  // of that customer
  std::vector<Part> parts_;
};

/// What a departure is worth of what the filter keeps.
[[nodiscard]] std::int64_t ticks_of(std::span<const DepartureSegments::Part> parts);

}  // namespace churn::inline v0
