// The steps of customers that are in one lane at a time, each with the place (segment_places.hpp) that it leads to.
// Private to the library's sources.
#pragma once

#include <churn/segment/situation.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "book/book_data.hpp"
#include "cube/segment_places.hpp"
#include "segment/applied_segments.hpp"
#include "segment/phases_in_force.hpp"

namespace churn::inline v0 {

/// Read a block of customers at a time: small enough to stay in a processor's nearest memory until it is walked, and large
/// enough that what is to be looked up is so in loops of its own, which are short and have nothing to guess.
class SingleLaneSteps {
 public:
  /// What is given outlives it.
  SingleLaneSteps(const Book& book, const AppliedSegments& applied, SegmentTable& table,
                  SegmentPlaces& places)
      : book_(book), timeline_(book.data().timeline), applied_(applied), table_(table), places_(places) {}

  /// Reads those of customers `first` to before `last`, as many customers as make a block; gives the one behind them.
  /// All but those that `takes(customer)` says are left out.
  template <class Takes>
  [[nodiscard]] std::size_t read(std::size_t first, std::size_t last, Takes&& takes) {
    const bool are_columns = places_.are_columns();
    clear();
    std::size_t c = first;
    if (are_columns) {  // one behind the other, where they are
      while (c < last && !takes(c)) ++c;
      first = c;
      const std::size_t begin = timeline_.first_step[first];
      while (c < last && timeline_.first_step[c] - begin < at_once && takes(c)) ++c;
      view(first, c);
    } else {
      for (; c < last && size_ < at_once; ++c)
        if (takes(c)) ask(c);
    }
    return c;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::int32_t* days() const noexcept { return days_; }
  [[nodiscard]] const std::int64_t* levels() const noexcept { return levels_; }
  [[nodiscard]] const std::uint8_t* states() const noexcept { return states_; }
  /// Where the customer is present; of other steps some number, which may be written over.
  [[nodiscard]] std::uint32_t* places() noexcept { return place_of_.data(); }
  [[nodiscard]] const std::uint32_t* places() const noexcept { return place_of_.data(); }
  [[nodiscard]] CustomerIndex customer(std::size_t step) const;

 private:
  static constexpr std::size_t at_once = 1024;
  void clear() noexcept;
  void view(std::size_t first, std::size_t last);
  void read_several(std::size_t customer, std::uint32_t* places);
  void ask(std::size_t customer);
  void make_room(std::size_t steps);
  void push(std::int32_t day, std::int64_t level, std::uint8_t state, std::uint32_t place) noexcept {
    asked_days_[size_] = day;
    asked_levels_[size_] = level;
    asked_states_[size_] = state;
    place_of_[size_] = place;
    ++size_;
  }

  const Book& book_;
  const TimelineColumns& timeline_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  SegmentPlaces& places_;
  std::size_t size_{0};
  const std::int32_t* days_{nullptr};
  const std::int64_t* levels_{nullptr};
  const std::uint8_t* states_{nullptr};
  std::vector<std::uint32_t> place_of_;  // with room for more
  struct Start {
    std::size_t step;
    std::size_t customer;
  };
  std::vector<Start>
      starts_;  // of the customers that have a step, where states are asked; else of the first one
  // Timelines with the days on which a state is to be asked again.
  std::vector<std::int32_t> asked_days_;
  std::vector<std::int64_t> asked_levels_;
  std::vector<std::uint8_t> asked_states_;
  // Customers with several phases at once.
  std::vector<std::size_t> several_;
  PhasesInForce in_force_;
  std::vector<PhaseOnDay> phases_;
};

}  // namespace churn::inline v0
