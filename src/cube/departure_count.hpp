// DepartureCount: what some customers add to a DepartureCube. Private to the library's sources.
#pragma once

#include <churn/cube/departure_cube.hpp>

#include <cstdint>
#include <utility>
#include <vector>

#include "cube/churn_fold.hpp"

namespace churn::inline v0 {

/// One a thread.
class DepartureCount {
 public:
  /// `parts` outlives it.
  DepartureCount(const ChurnFoldParts& parts, DepartureReader reader)
      : fold_(parts), reader_(std::move(reader)) {}

  void add(CustomerIndex customer);
  /// Of the rows of entries, which stand in for segments.
  [[nodiscard]] const std::vector<Label>& labels() const { return fold_.labels(); }
  [[nodiscard]] const std::vector<Cause>& causes() const noexcept { return causes_; }
  [[nodiscard]] const std::vector<DepartureCube::Entry>& entries() const noexcept { return entries_; }

 private:
  [[nodiscard]] std::uint32_t cause_of(const Departure& departure);
  ChurnFold fold_;
  DepartureReader reader_;
  std::vector<Cause> causes_;
  std::vector<DepartureCube::Entry> entries_;
};

}  // namespace churn::inline v0
