// Counts and sums of events, narrow and wide, and the cells of EventCells that are written from them. Private to the
// library's sources.
#pragma once

#include <cstddef>
#include <cstdint>

namespace churn::inline v0 {

/// Up to 65,535 events of a kind in a window, with a sum of 32 bits: one addition counts an event and adds its value.
class NarrowTally {
 public:
  static constexpr std::size_t words_a_cell = 2;
  /// Whether so many events of at most this size each can be told.
  [[nodiscard]] static constexpr bool can_hold(std::uint64_t events, std::uint64_t size) noexcept {
    constexpr std::uint64_t most = (std::uint64_t{1} << 31U) - 1;
    return events <= 0xFFFF && size <= most && events * size <= most;
  }
  void add(std::int64_t value) noexcept { sum_and_count_ += (static_cast<std::uint64_t>(value) << 32U) + 1; }
  static void write(std::uint64_t* cell, std::uint32_t kind, NarrowTally current,
                    NarrowTally before) noexcept {
    cell[0] = current.sum_and_count_ | (kind & 0xFFFFU) << 16U;
    cell[1] = before.sum_and_count_ | (kind >> 16U) << 16U;
  }

 private:
  std::uint64_t sum_and_count_{0};  // the sum in the upper half
};

/// Any events of a kind in a window.
class WideTally {
 public:
  static constexpr std::size_t words_a_cell = 4;
  void add(std::int64_t value) noexcept {
    ++count_;
    sum_ += value;  // fits, as the values of all events of the kind do
  }
  static void write(std::uint64_t* cell, std::uint32_t kind, WideTally current, WideTally before) noexcept {
    cell[0] = static_cast<std::uint64_t>(current.sum_);
    cell[1] = static_cast<std::uint64_t>(before.sum_);
    cell[2] = current.count_ | before.count_ << 32U;
    cell[3] = kind;
  }

 private:
  std::uint64_t count_{0};
  std::int64_t sum_{0};
};

}  // namespace churn::inline v0
