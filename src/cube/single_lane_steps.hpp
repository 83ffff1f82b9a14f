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

/// Those of a timeline where they are, by their index in it, where places are worked out.
class ColumnSteps {
 public:
  /// Stands before customer `first`.
  ColumnSteps(const Book& book, SegmentPlaces& places, std::size_t first)
      : book_(book), timeline_(book.data().timeline), places_(places), next_customer_(first) {}

  [[nodiscard]] const std::int32_t* days() const noexcept { return timeline_.day.data(); }
  [[nodiscard]] const std::int64_t* levels() const noexcept { return timeline_.level.data(); }
  [[nodiscard]] const std::uint8_t* states() const noexcept { return timeline_.state.data(); }
  /// Goes through the steps in order, with all that it looks up at hand.
  class Walk {
   public:
    explicit Walk(ColumnSteps& steps)
        : steps_(steps),
          first_step_(steps.timeline_.first_step.data()),
          phase_(steps.timeline_.phase.data()),
          customers_(steps.places_.customers()),
          phases_(steps.places_.first_of_phases()),
          more_digits_(steps.places_.has_one_digit() ? 0 : 1),
          next_customer_(steps.next_customer_) {}
    /// Of a customer some steps may be left out, but not the first.
    void go_to(std::size_t i, std::uint8_t state) noexcept {
      next_customer_ += (state & Timeline::first_of_customer) != 0 ? 1 : 0;
      while (first_step_[next_customer_] <= i) ++next_customer_;  // hardly ever: those without any step
    }
    /// The place that the step leads to or, where that is absence, `otherwise`.
    [[nodiscard]] std::uint32_t place(std::size_t i, std::uint8_t state, std::uint32_t otherwise) {
      if (((state & Timeline::of_several) | more_digits_) != 0) {
        tell();
        return steps_.place(i, state, otherwise);
      }
      // Who comes and who goes can't be guessed: absence has the place of some phase, which is not taken.
      const std::uint32_t mask = 0U - (state & std::uint32_t{Timeline::present});
      const std::uint32_t place = customers_(next_customer_ - 1) + phases_(phase_[i] & mask);
      return otherwise ^ ((otherwise ^ place) & mask);
    }
    /// Tells the steps what customer it has come to.
    void tell() const noexcept { steps_.next_customer_ = next_customer_; }

   private:
    ColumnSteps& steps_;
    const std::uint32_t* first_step_;
    const std::uint32_t* phase_;
    SegmentPlaces::Digit customers_;
    SegmentPlaces::Digit phases_;
    std::uint8_t more_digits_;  // 0: none
    std::size_t next_customer_;
  };
  /// That of the last step that a Walk told of.
  [[nodiscard]] CustomerIndex customer() const noexcept {
    return CustomerIndex{static_cast<std::uint32_t>(next_customer_ - 1)};
  }
  /// The place that a step of that customer leads to or, where that is absence, `otherwise`.
  [[nodiscard]] std::uint32_t place(std::size_t i, std::uint8_t state, std::uint32_t otherwise) {
    if ((state & Timeline::present) == 0) return otherwise;
    if ((state & Timeline::of_several) != 0) return place_of_several(i);
    return places_.of_customer(next_customer_ - 1) + places_.of_phase(timeline_.phase[i]);
  }

 private:
  [[nodiscard]] std::uint32_t place_of_several(std::size_t i) {
    const std::size_t first = timeline_.first_step[next_customer_ - 1];
    if (several_from_ != first || several_.empty()) read_several(first);
    return several_[i - first];
  }
  void read_several(std::size_t first);

  const Book& book_;
  const TimelineColumns& timeline_;
  SegmentPlaces& places_;
  std::size_t next_customer_;
  std::size_t several_from_{0};
  std::vector<std::uint32_t> several_;  // places of a customer with several phases, from that step on
  PhasesInForce in_force_;
  std::vector<PhaseOnDay> phases_;
};

/// Those of customers that never have several phases at once, with the days on which a state is to be asked again. They
/// are read a block of customers at a time, so that they are walked as one flat loop, too.
class AskedSteps {
 public:
  /// What is given outlives it.
  AskedSteps(const Book& book, const AppliedSegments& applied, SegmentTable& table, SegmentPlaces& places)
      : book_(book), applied_(applied), table_(table), places_(places) {}

  void clear() noexcept;
  /// Puts those of a customer behind those that are there.
  void add(CustomerIndex customer);
  /// Whether it's time to walk: there are so many that more would leave a processor's nearest memory.
  [[nodiscard]] bool are_many() const noexcept { return size_ >= at_once; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::int32_t* days() const noexcept { return days_.data(); }
  [[nodiscard]] const std::int64_t* levels() const noexcept { return levels_.data(); }
  [[nodiscard]] const std::uint8_t* states() const noexcept { return states_.data(); }
  class Walk {
   public:
    explicit Walk(AskedSteps& steps) noexcept : steps_(steps), place_of_(steps.place_of_.data()) {}
    void go_to(std::size_t /*i*/, std::uint8_t state) noexcept {
      customers_ += (state & Timeline::first_of_customer) != 0 ? 1 : 0;
    }
    [[nodiscard]] std::uint32_t place(std::size_t i, std::uint8_t state,
                                      std::uint32_t otherwise) const noexcept {
      const std::uint32_t mask = 0U - (state & std::uint32_t{Timeline::present});
      return otherwise ^ ((otherwise ^ place_of_[i]) & mask);
    }
    void tell() const noexcept { steps_.customer_ = steps_.customers_[customers_ - 1]; }

   private:
    AskedSteps& steps_;
    const std::uint32_t* place_of_;
    std::size_t customers_{0};  // that it has come to
  };
  /// That of the last step that a Walk told of.
  [[nodiscard]] CustomerIndex customer() const noexcept { return customer_; }
  [[nodiscard]] std::uint32_t place(std::size_t i, std::uint8_t state,
                                    std::uint32_t otherwise) const noexcept {
    return (state & Timeline::present) != 0 ? place_of_[i] : otherwise;
  }

 private:
  static constexpr std::size_t at_once = 1024;
  void push(std::int32_t day, std::int64_t level, std::uint8_t state, std::uint32_t place) noexcept {
    days_[size_] = day;
    levels_[size_] = level;
    states_[size_] = state;
    place_of_[size_] = place;
    ++size_;
  }
  [[nodiscard]] std::uint32_t place_on(std::int32_t day, std::size_t step, std::uint32_t row,
                                       CustomerIndex customer);

  const Book& book_;
  const AppliedSegments& applied_;
  SegmentTable& table_;
  SegmentPlaces& places_;
  CustomerIndex customer_{};
  std::vector<CustomerIndex> customers_;  // that have a step
  std::size_t size_{0};                   // of the columns, which have room for more
  std::vector<std::int32_t> days_;
  std::vector<std::int64_t> levels_;
  std::vector<std::uint8_t> states_;
  std::vector<std::uint32_t> place_of_;  // where the customer is present
};

}  // namespace churn::inline v0
