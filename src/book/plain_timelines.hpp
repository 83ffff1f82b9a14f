// The timelines of plain customers, straight from their phases. Private to the library's sources.
//
// Nearly every customer of nearly every business has plain phases only (plain_phase.hpp), which mostly follow each
// other. What PhaseResolver and TimelineBuilder find out of any customer in several passes over lists is here one look
// at its phases and one pass that writes their steps; where several are in force at once, TimelineBuilder does that.
// Both ways say the same of each customer that this one takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "book/book_data.hpp"
#include "book/plain_phase.hpp"
#include "book/timeline_builder.hpp"

namespace churn::inline v0 {

class PlainTimelines {
 public:
  /// All that is given outlives it.
  explicit PlainTimelines(const Reading& reading)
      : end_reasons_(reading.phases.table->end_reason),
        rules_(reading.rules),
        as_of_(reading.as_of),
        any_timelines_(Date::from_days(reading.as_of), std::nullopt, reading.rules) {}

  /// Appends the customer of these phases, of which each counts, and puts them in the order in which the resolver
  /// gives its rows. Or appends nothing and says so: something about the customer is not plain, or is to be rejected.
  /// Throws Error(overflow) if its run rate is beyond 64 bits.
  [[nodiscard]] bool append(std::span<PlainPhase> phases, TimelineColumns& out);
  /// In what the customer that was appended last ever paid: a currency, or one of Book::Data's two other values.
  [[nodiscard]] std::uint8_t paid_in() const noexcept { return paid_in_; }
  /// The first stay in its first subscription of the customer that was tried last, whether or not it was taken.
  [[nodiscard]] const FirstStay& first_stay() const noexcept { return first_stay_; }
  /// Whether somebody of all that were appended ever paid in the currency of a number.
  [[nodiscard]] bool has_currency(std::size_t number) const noexcept { return has_currency_[number]; }

 private:
  /// What is left of a column for the steps of one customer, whose number is not known beforehand.
  struct Steps {
    std::int32_t* day;
    std::int64_t* level;
    std::uint8_t* state;
    std::uint32_t* phase;
    std::size_t count{0};
    void push(std::int32_t at, std::int64_t ticks, unsigned bits, std::uint32_t row) noexcept {
      day[count] = at;
      level[count] = ticks;
      state[count] = static_cast<std::uint8_t>(bits | (count == 0 ? Timeline::first_of_customer : 0U));
      phase[count] = row;
      ++count;
    }
  };

  [[nodiscard]] bool append_sorted(std::span<PlainPhase> phases, TimelineColumns& out);
  void find_first_stay(std::span<const PlainPhase> phases) noexcept;
  void note_first_stay(const PlainPhase& first, std::int32_t until, std::uint32_t last_row) noexcept;
  void append_side_by_side(std::span<const PlainPhase> phases, TimelineColumns& out);
  void write(std::span<const PlainPhase> phases, TimelineColumns& out);
  void note_currency(std::uint8_t currency) noexcept;

  const OptionalColumn<std::uint32_t>& end_reasons_;
  const BookRules& rules_;
  std::int32_t as_of_;
  TimelineBuilder any_timelines_;
  std::vector<Part> parts_;           // scratch
  std::vector<PlainPhase> by_start_;  // scratch, kept to avoid an allocation a customer
  std::uint8_t paid_in_{0};
  FirstStay first_stay_;
  std::array<bool, 256> has_currency_{};
};

}  // namespace churn::inline v0
