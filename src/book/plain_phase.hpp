// What a phase says of which nothing but start, end and price is recorded. Private to the library's sources.
//
// Nearly every phase of nearly every business is such a one. They are read many at a time, column by column, into
// what fits half a line of the cache, so that whatever comes to be done with those of a customer finds them together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "book/phase_resolver.hpp"

namespace churn::inline v0 {

struct PlainPhase {
  std::uint32_t customer;  // for whoever brings those of a customer together
  std::uint32_t subscription;
  std::int32_t from;
  std::int32_t until;  // exclusive; no_day: still running
  std::uint32_t row;
  std::uint8_t currency;
  /// What it is worth. 0: it is not plain, as something else is recorded, too, or it is free, or not to count.
  std::int64_t ticks;

  [[nodiscard]] bool is_plain() const noexcept { return ticks > 0; }
};

class PlainPhaseReader {
 public:
  /// All that is given outlives it.
  PlainPhaseReader(const Reading& reading, std::optional<Date> records_from);

  /// Reads the rows from `first` on, all but whose they are.
  void read(std::size_t first, std::span<PlainPhase> phases);

 private:
  /// A phase of one unit and one cycle is worth its amount times this.
  struct Factor {
    std::int64_t largest_amount{0};  // above it, it is not worked out here
    std::int64_t ticks{0};
  };
  void look_up_factors(std::uint8_t currency, std::uint8_t scale);
  [[nodiscard]] std::int64_t ticks_of(std::size_t row) const noexcept;
  [[nodiscard]] bool has_only_a_price(std::size_t row) const noexcept;

  const PhaseTable& phases_;
  const BookRules& rules_;
  bool any_;               // there may be plain phases at all
  bool only_prices_;       // no phase has anything but a price
  bool only_single_ones_;  // each is of one unit and one cycle
  // For amounts of one currency and scale, the last that were met, by interval.
  std::uint8_t currency_{0};
  std::uint8_t scale_{0};
  int decimals_{-1};  // of the currency; below 0: it is not reported
  std::array<Factor, 6> factors_{};
};

}  // namespace churn::inline v0
