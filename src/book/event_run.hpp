// EventRun: events as columns, by customer and time. An index holds one, and a few smaller ones of what came
// later. Private to the library's sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace churn::inline v0 {

struct EventRun {
  std::vector<std::uint32_t> customer;  // who has events here, ascending
  std::vector<std::uint32_t> first;     // customers + 1: where the events of each begin
  std::vector<std::int64_t> earliest;   // by customer, the first and the last instant: most customers who are
  std::vector<std::int64_t> latest;     // gone are answered from these, without a look at their events
  std::vector<std::int64_t> at;         // seconds since 1970; of a customer in order of (at, kind, value)
  std::vector<std::uint16_t> kind;
  std::vector<std::int64_t> value;  // in the unit of its kind

  [[nodiscard]] std::size_t size() const noexcept { return at.size(); }
  friend bool operator==(const EventRun&, const EventRun&) = default;
};

}  // namespace churn::inline v0
