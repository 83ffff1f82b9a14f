// What a phase says of which nothing but start, end and price is recorded. Private to the library's sources.
//
// Nearly every phase of nearly every business is such a one. They are read many at a time, column by column, into
// what fits half a line of the cache, so that whatever comes to be done with those of a customer finds them together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
  struct CurrencyFactors {
    int decimals;  // of the currency; below 0: it is not reported
    std::array<std::array<Factor, 6>, Decimal::max_scale + 1> factor{};  // by scale and interval
  };
  const CurrencyFactors& factors_of(std::uint8_t currency) {
    const std::uint8_t place = place_[currency];
    return place == not_met ? look_up_factors(currency) : factors_[place];
  }
  const CurrencyFactors& look_up_factors(std::uint8_t currency);
  [[nodiscard]] std::int64_t ticks_of(std::size_t row, int decimals) const;
  [[nodiscard]] bool has_only_a_price(std::size_t row) const noexcept;

  const PhaseTable& phases_;
  const BookRules& rules_;
  bool any_;               // there may be plain phases at all
  bool only_prices_;       // no phase has anything but a price
  bool only_single_ones_;  // each is of one unit and one cycle
  static constexpr std::uint8_t not_met = 255;
  std::array<std::uint8_t, 256> place_{};  // by currency, among the next
  std::vector<CurrencyFactors> factors_;
};

}  // namespace churn::inline v0
