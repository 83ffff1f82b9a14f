// Parts of one customer into its timeline of netted changes.
#pragma once

#include <churn/book/book.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "book/phase_resolver.hpp"
#include "book/plain_column.hpp"

namespace churn::inline v0 {

/// A phase that begins or ends to count, for a customer that has several at once.
struct PhaseChange {
  std::int64_t ticks;
  std::uint32_t row;
  bool begins;
  bool is_last;             ///< of its step
  std::uint16_t unused{0};  ///< so that all of its bytes are said
};

/// The columns of all timelines while they grow.
struct TimelineColumns {
  PlainColumn<std::uint32_t> first_step{0};
  PlainColumn<std::int32_t> day;
  PlainColumn<std::int64_t> level;
  PlainColumn<std::uint8_t> state;
  /// The row of the one phase in force from the step on, no_index if there is none; under Timeline::of_several
  /// the place in `changes` of what begins and ends with the step.
  PlainColumn<std::uint32_t> phase;
  PlainColumn<PhaseChange> changes;
  PlainColumn<std::int32_t> first_present;  // by customer; no_day: never
  struct PendingGap {                       // an absence that may still turn out to be within the allowance
    std::uint32_t customer;
    std::int32_t since;
  };
  PlainColumn<PendingGap> pending_gaps;  // in order of customer
  std::int64_t sum_of_changes{0};
  bool sums_fit{true};

  /// One more change of a level by so many ticks, up or down.
  void add_change(std::int64_t ticks) noexcept {
    sums_fit = sums_fit && sum_of_changes <= std::numeric_limits<std::int64_t>::max() - ticks;
    if (sums_fit) sum_of_changes += ticks;
  }
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
    PhaseChange of;
  };
  struct State {
    std::int32_t day;
    Balance balance;
    std::uint32_t row;        // of the phase in force, if the customer never has several
    std::size_t last_change;  // behind those that lead to it, if it has
  };

  [[nodiscard]] static bool is_one_after_the_other(std::span<const Part> parts);
  void take_one_by_one(std::span<const Part> parts);
  void take_side_by_side(std::span<const Part> parts);
  void drop_what_goes_on();
  void close_gaps(TimelineColumns& out);
  void push(std::int32_t day, const State& before, const State& after, std::uint8_t entry,
            TimelineColumns& out) const;

  std::int32_t as_of_;
  std::int32_t records_from_;
  const BookRules& rules_;
  std::vector<Part> parts_;  // scratch, kept to avoid an allocation a customer
  std::vector<Change> changes_;
  std::vector<State> states_;
  bool has_several_{false};
};

}  // namespace churn::inline v0
