// What a customer has connected. Private to the library's sources.
#pragma once

#include <churn/indicator/past.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace churn::inline v0 {

/// How many integrations are connected and not removed before t, each name once.
[[nodiscard]] inline std::size_t integrations_of(const Past& past) {
  const std::span<const PastEvent> connected = past.events_of("integration_connected");
  if (connected.empty()) return 0;
  std::span<const PastEvent> removed = past.events_of("integration_removed");
  std::vector<std::uint32_t> there;
  for (const PastEvent& event : connected) {
    // What is removed in one instant was connected first.
    for (; !removed.empty() && removed.front().at < event.at; removed = removed.subspan(1))
      std::erase(there, removed.front().label);
    if (std::find(there.begin(), there.end(), event.label) == there.end()) there.push_back(event.label);
  }
  for (const PastEvent& event : removed) std::erase(there, event.label);
  return there.size();
}

}  // namespace churn::inline v0
