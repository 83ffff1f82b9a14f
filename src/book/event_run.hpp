// EventRun: events by customer and time. An index holds one, and a few smaller ones of what came later. Private
// to the library's sources.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <churn/core/timestamp.hpp>

#include "book/plain_column.hpp"

namespace churn::inline v0 {

/// An event in 16 bytes. An instant of the years 1 to 9999 takes 39 bits, so that its kind fits beside it: events
/// are in order of time, at one instant of kind and value, by comparing two integers.
struct PackedEvent {
  std::uint64_t when_and_kind;
  std::int64_t value;  // in the unit of its kind

  /// What is less than all events at that instant or later, and not less than those before it.
  [[nodiscard]] static constexpr std::uint64_t at_or_after(std::int64_t seconds) noexcept {
    return static_cast<std::uint64_t>(seconds - first_second) << 16U;
  }
  [[nodiscard]] static constexpr PackedEvent of(std::int64_t seconds, std::uint16_t kind,
                                                std::int64_t value) noexcept {
    return {at_or_after(seconds) | kind, value};
  }
  [[nodiscard]] static constexpr std::int64_t seconds_in(std::uint64_t when_and_kind) noexcept {
    return static_cast<std::int64_t>(when_and_kind >> 16U) + first_second;
  }
  [[nodiscard]] constexpr std::int64_t seconds() const noexcept { return seconds_in(when_and_kind); }
  [[nodiscard]] constexpr std::uint16_t kind() const noexcept {
    return static_cast<std::uint16_t>(when_and_kind & 0xFFFFU);
  }
  friend constexpr auto operator<=>(const PackedEvent&, const PackedEvent&) noexcept = default;

 private:
  static constexpr std::int64_t first_second = std::int64_t{Date::min_days} * 86400;
};

struct EventRun {
  std::vector<std::uint32_t> customer;  // who has events here, ascending
  std::vector<std::uint32_t> first;     // customers + 1: where the events of each begin
  std::vector<std::uint64_t> earliest;  // by customer, when its first and its last event were: most customers
  std::vector<std::uint64_t> latest;    // who are gone are answered from these, without a look at the events
  PlainColumn<PackedEvent> events;      // of each customer in order

  [[nodiscard]] std::size_t size() const noexcept { return events.size(); }
  friend bool operator==(const EventRun&, const EventRun&) = default;
};

}  // namespace churn::inline v0
