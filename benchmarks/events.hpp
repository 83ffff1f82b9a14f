// What the customers of a business did, as columns in memory, as a host holds them: read from a folder of binary
// columns (generate.cpp), or made. In order of time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "columns.hpp"
#include "synthetic_business.hpp"

namespace bench {

struct Events {
  std::vector<std::int64_t> at;  ///< seconds since 1970-01-01 00:00 UTC
  std::vector<std::int64_t> customer;
  std::vector<std::uint16_t> kind;  ///< of kind_names
  std::vector<std::int64_t> value;  ///< hundredths

  [[nodiscard]] std::size_t size() const { return at.size(); }
};

/// How many events a folder has; none where there is no file of them.
inline std::size_t event_count(const std::string& folder) {
  const std::filesystem::path kinds = folder + "/e_kind.u8";
  return std::filesystem::exists(kinds) ? static_cast<std::size_t>(std::filesystem::file_size(kinds)) : 0;
}

inline Events read_events(const std::string& folder) {
  Events events;
  events.at = read_column<std::int64_t>(folder + "/e_ts.i64");
  events.customer = read_column<std::int64_t>(folder + "/e_cust.i64");
  const auto kinds = read_column<std::uint8_t>(folder + "/e_kind.u8");
  events.kind.assign(kinds.begin(), kinds.end());
  events.value.reserve(events.size());
  for (const double value : read_column<double>(folder + "/e_value.f64"))
    events.value.push_back(std::llround(value * 100));
  return events;
}

/// Of so many of the customers, spread evenly over them.
inline Events make_events(std::int64_t customers, std::int64_t with_events) {
  struct Made {
    std::int64_t customer;
    SyntheticEvent event;
  };
  std::vector<Made> made;
  SyntheticBusiness business{{.customers = customers, .with_events = with_events}};
  business.for_each_customer([&](const SyntheticCustomer& customer) {
    for (const SyntheticEvent& event : customer.events) made.push_back({customer.id, event});
  });
  std::stable_sort(made.begin(), made.end(),
                   [](const Made& a, const Made& b) { return a.event.at < b.event.at; });
  Events events;
  for (const auto& [customer, event] : made) {
    events.at.push_back(event.at);
    events.customer.push_back(customer);
    events.kind.push_back(event.kind);
    events.value.push_back(25 * std::int64_t{event.quarters});
  }
  return events;
}

}  // namespace bench
