// RowCopier: rows of some records put into others, whose ids and texts have other numbers. Private to the library's
// sources.
#pragma once

#include <cstdint>
#include <vector>

#include "book/phase_writer.hpp"
#include "book/records_storage.hpp"

namespace churn::inline v0 {

class RowCopier {
 public:
  /// Both outlive it.
  RowCopier(const Records::Storage& from, Records::Storage& to);

  void customer(std::uint32_t row);
  /// With the numbers that its subscription and its customer have there. The writer's are the same records.
  void phase(std::uint32_t row, std::uint32_t subscription, std::uint32_t customer, PhaseWriter& writer);
  void invoice(std::uint32_t row);
  void event(std::uint32_t row);

 private:
  [[nodiscard]] std::uint32_t text(std::uint32_t index);

  const Records::Storage& from_;
  Records::Storage& to_;
  bool are_plain_;                   // phases
  std::vector<std::uint32_t> plan_;  // by number in `from`; no_index: not met yet
};

/// What is no row: names of sources and attributes, from when on there are records, what exchange rates are units of.
void copy_frame(const Records::Storage& from, Records::Storage& to);

}  // namespace churn::inline v0
