// The timelines of plain customers, straight from their phases. Private to the library's sources.
//
// Nearly every customer of nearly every business has phases of which nothing but start, end and price is recorded, and
// which follow each other. What PhaseResolver and TimelineBuilder find out of any customer in several passes over lists
// is here one pass over its rows, that ends where it meets something that is not plain. Both say the same of each
// customer that this one takes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "book/book_data.hpp"
#include "book/phase_resolver.hpp"
#include "book/timeline_builder.hpp"

namespace churn::inline v0 {

class PlainTimelines {
 public:
  /// All that is given outlives it.
  PlainTimelines(const Reading& reading, std::optional<Date> records_from);

  /// Appends the customer of these rows, of which each counts, and puts the rows in the order in which the resolver
  /// gives them. Or does nothing and says so: something about the customer is not plain, or is to be rejected.
  [[nodiscard]] bool append(std::span<std::uint32_t> rows, TimelineColumns& out);
  /// In what the customer that was appended last ever paid: a currency, or one of Book::Data's two other values.
  [[nodiscard]] std::uint8_t paid_in() const noexcept { return paid_in_; }
  /// The first stay in its first subscription of the customer that was tried last, whether or not it was taken.
  [[nodiscard]] const FirstStay& first_stay() const noexcept { return first_stay_; }
  /// Whether somebody of all that were appended ever paid in the currency of a number.
  [[nodiscard]] bool has_currency(std::size_t number) const noexcept { return has_currency_[number]; }

 private:
  struct Seen {  // of a phase
    std::uint32_t subscription;
    std::int32_t from;
    std::int32_t until;
    std::uint32_t row;
    std::int64_t ticks;
  };
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

  [[nodiscard]] bool read(std::span<const std::uint32_t> rows);
  [[nodiscard]] bool read(std::uint32_t row, Seen& seen);
  [[nodiscard]] bool has_only_a_price(std::uint32_t row) const noexcept;
  [[nodiscard]] bool cut_by_the_next() noexcept;
  [[nodiscard]] bool follow_each_other() const noexcept;
  void write(TimelineColumns& out);
  void find_first_stay() noexcept;
  [[nodiscard]] int decimals_of(std::uint8_t currency);

  const PhaseTable& phases_;
  const BookRules& rules_;
  std::int32_t as_of_;
  bool any_;                         // there may be plain customers at all
  bool only_prices_;                 // no phase has anything but a price
  std::array<int, 256> decimals_{};  // of each currency that was met, or one of these
  static constexpr int not_met = -1;
  static constexpr int not_reported = -2;
  std::vector<Seen> seen_;  // of the customer at hand
  std::uint8_t paid_in_{0};
  FirstStay first_stay_;
  std::array<bool, 256> has_currency_{};
};

}  // namespace churn::inline v0
