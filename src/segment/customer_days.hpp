// The days on which one customer's state, segment or lanes changed. Private to the library's sources.
#pragma once

#include <churn/segment/situation.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "book/book_data.hpp"
#include "segment/applied_segments.hpp"
#include "segment/phases_in_force.hpp"

namespace churn::inline v0 {

/// What of a customer is in one lane.
struct LaneBalance {
  std::uint32_t lane;
  std::int64_t ticks;
};

/// What a customer is from a day on, until the next DayState.
struct DayState {
  std::int32_t day;  ///< Timeline::before_records for what was when the records begin
  Balance balance;
  std::uint8_t entry;                  ///< the bits `enters` and `enters_as_new` of the timeline
  std::uint32_t segment;               ///< of a SegmentTable; only if present
  std::span<const LaneBalance> lanes;  ///< in order of lane; empty if absent
  /// Not a change of the customer: from here on what it pays is valued by the rate that closes this period, which
  /// is that of the next one. -1: a change.
  std::int32_t revalues{-1};
};

/// How days are worked out.
struct DaysOptions {
  bool from_records_from{true};  ///< what came before is one opening state; else it is told day by day
  bool with_parts{false};        ///< parts(), accepted() and ends() are asked for
  /// Under FxPolicy::dated: what lies in a period of the grid is valued by the rate of the day before it ...
  const PeriodGrid* valued_by{nullptr};
  /// ... or what is in force on a day by the rate of that day. Without either, at constant rates.
  std::optional<std::int32_t> valued_on{};
};

class CustomerDays {
 public:
  CustomerDays(const Book& book, const AppliedSegments& applied, SegmentTable& table,
               DaysOptions options = {})
      : book_(book),
        applied_(applied),
        table_(table),
        options_(options),
        dated_(book.data().exchange.dated() && (options.valued_by != nullptr || options.valued_on)),
        resolves_(dated_ || options.with_parts || !options.from_records_from),
        resolver_(book.data().reading(), dated_ ? Worth::recorded : Worth::converted) {
    if (dated_) find_rates();
  }

  /// The states of a customer in order of day, without the absent one before the first. What they refer to
  /// is valid until the next call.
  std::span<const DayState> of(CustomerIndex customer);
  /// The parts that the last call resolved, if options ask for them.
  [[nodiscard]] std::span<const Part> parts() const noexcept { return parts_; }
  /// The rows of its phases, by subscription and start.
  [[nodiscard]] std::span<const std::uint32_t> accepted() const noexcept { return accepted_; }
  /// When each of them is taken to end.
  [[nodiscard]] std::span<const std::int32_t> ends() const noexcept { return resolver_.ends(); }

 private:
  struct Change {
    std::int32_t day;
    std::uint32_t part;
    bool begins;
  };
  struct Stretch {  // of days in which the same phases are in force
    std::int32_t day;
    Balance balance;
    std::size_t first;  // of `in_force_`
    std::size_t last;
    std::int32_t rate_day{0};  // where rates are dated
    std::int32_t revalues{-1};
  };
  /// From a day on, the day whose rate counts, and the period that ends there.
  struct RateChange {
    std::int32_t day;
    std::int32_t rate_day;
    std::int32_t closes;
  };
  void find_rates();
  void resolve(CustomerIndex customer);
  void make_stretches();
  void read_timeline(CustomerIndex customer);
  void close_gaps();
  void begin_with_the_records();
  void value_by_periods();
  void value_on_a_day();
  void value(Stretch& stretch) const;
  [[nodiscard]] std::int64_t worth(const PhaseInForce& phase, const Stretch& stretch) const;
  void make_lanes(const Stretch& stretch);
  void push(CustomerIndex customer, const Stretch& stretch, std::int32_t day, std::int32_t seen_on);

  const Book& book_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  DaysOptions options_;
  bool dated_;
  bool resolves_;  // phases by phases; else the book's timeline tells what is needed
  std::vector<RateChange> rates_;
  PhaseResolver resolver_;
  // Scratch, kept to avoid allocations for each customer.
  std::vector<std::uint32_t> accepted_;
  std::vector<Part> parts_;
  std::vector<Change> changes_;
  std::vector<std::uint32_t> active_;
  PhasesInForce now_in_force_;
  std::vector<PhaseInForce> in_force_;  // of all stretches
  std::vector<Stretch> stretches_;
  std::vector<Stretch> valued_;
  std::vector<LaneBalance> lanes_;
  struct LaneRange {
    std::size_t first;
    std::size_t last;
  };
  std::vector<LaneRange> lane_ranges_;
  std::vector<PhaseOnDay> phases_;
  std::vector<DayState> days_;
  std::int32_t first_present_ = 0;  // the day from which that customer has been present
};

/// What the customer is on a day: the last state at or before it; an absent one before the first.
[[nodiscard]] DayState state_on(std::span<const DayState> days, std::int32_t day);

}  // namespace churn::inline v0
