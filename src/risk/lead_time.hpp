// How long before leaving an indicator turned (risk/lead.hpp says how that is read). Private to the library's sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/row/observations.hpp>

namespace churn::inline v0 {

class LeadTimes {
 public:
  /// Keeps a view of the calendar, whose outcomes are there unless it has no rows.
  LeadTimes(const Observations& calendar, std::int32_t look_back);

  struct Found {
    std::optional<double> days{};
    Proportion turned{0, 0};
  };
  /// O(rows log rows).
  [[nodiscard]] Found of(std::size_t column) const;

 private:
  struct Stay {
    std::size_t first;  // of `rows_`
    std::size_t last;   // the one after
  };
  const Observations& calendar_;
  std::vector<std::uint32_t> rows_;    // before leaving, stay by stay, in order of days
  std::vector<Stay> stays_;            // that ended
  std::vector<std::uint32_t> stayed_;  // rows after which nobody left within `look_back` days
};

}  // namespace churn::inline v0
