// Parts of one customer into its timeline of netted changes.
#pragma once

#include <churn/book/book.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "book/phase_resolver.hpp"

namespace churn::inline v0 {

/// The columns of all timelines while they grow.
struct TimelineColumns {
  std::vector<std::uint32_t> first_step{0};
  std::vector<std::int32_t> day;
  std::vector<std::int64_t> level;
  std::vector<std::uint8_t> state;
  std::vector<std::int32_t> first_present;  // by customer; no_day: never
  std::int32_t pending_gap_since{no_day};
  std::int64_t sum_of_changes{0};
  bool sums_fit{true};
};

class TimelineBuilder {
 public:
  TimelineBuilder(Date as_of, std::optional<Date> records_from, const BookRules& rules)
      : as_of_(as_of.days()), records_from_(day_or_none(records_from)), rules_(rules) {}

  /// Appends one customer. Throws Error(overflow) if its run rate is beyond 64 bits.
  void append(std::span<const Part> parts, TimelineColumns& out);

 private:
  struct Change {
    std::int32_t day;
    std::int32_t present;  // +1 or -1
    std::int64_t ticks;
  };
  struct State {
    std::int32_t day;
    Balance balance;
  };

  void net_changes(std::span<const Part> parts);
  void close_gaps(std::int32_t& pending_since);
  static void push(std::int32_t day, Balance before, Balance after, std::uint8_t entry, TimelineColumns& out);

  std::int32_t as_of_;
  std::int32_t records_from_;
  const BookRules& rules_;
  std::vector<Change> changes_;  // scratch
  std::vector<State> states_;
};

}  // namespace churn::inline v0
