// What spells are called under a segmenter: labels of their first days. Private to the library's sources.
#pragma once

#include <churn/segment/segmenter.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "row/spell_walk.hpp"
#include "segment/applied_segments.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

/// A segmenter applied to a book, read by many threads.
struct SpellSegments {
  SpellSegments(const Book& book, const Segmenter& segmenter) {
    if (segmenter.changes())
      changing.emplace(book, segmenter, Filter{});
    else
      fixed.emplace(segmenter(book));
  }
  std::optional<Labelling> fixed;
  std::optional<AppliedSegments> changing;
};

/// Labels met by one thread.
class SpellLabels {
 public:
  SpellLabels(const Book& book, const SpellSegments& segments, bool by_subscription);
  SpellLabels(const SpellLabels&) = delete;
  SpellLabels& operator=(const SpellLabels&) = delete;

  /// An index into `labels`.
  [[nodiscard]] std::uint32_t operator()(CustomerIndex customer, const Stay& stay) {
    if (segments_.fixed) return (*segments_.fixed)(static_cast<std::size_t>(customer));
    return label_of_changing(customer, stay);
  }
  /// Those that were met, or all of those that never change.
  [[nodiscard]] const std::vector<Label>& labels() const noexcept {
    return segments_.fixed ? segments_.fixed->labels : table_->targets();
  }

 private:
  [[nodiscard]] std::uint32_t label_of_changing(CustomerIndex customer, const Stay& stay);

  const Book& book_;
  const SpellSegments& segments_;
  bool by_subscription_;
  std::optional<SegmentTable> table_;
  std::optional<CustomerDays> days_;
  struct Known {
    std::uint64_t key{UINT64_MAX};
    std::uint32_t label{0};
  };
  std::array<Known, 256> known_{};  // labels by fixed label and lane
};

}  // namespace churn::inline v0
