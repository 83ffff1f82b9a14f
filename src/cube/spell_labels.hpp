// What spells are called under a segmenter: labels of their first days. Private to the library's sources.
#pragma once

#include <churn/segment/segmenter.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "row/spell_walk.hpp"
#include "segment/applied_segments.hpp"
#include "segment/customer_days.hpp"

namespace churn::inline v0 {

/// A segmenter applied to a book, read by many threads.
///
/// Where it has no states, a spell of which one phase was in force on its first day is labelled by a few numbers:
/// of the customer for fixed factors, of that phase for lanes. All others take what the customer was on the day.
class SpellSegments {
 public:
  SpellSegments(const Book& book, const Segmenter& segmenter);

  struct Factor {
    Segmenter::Kind kind;
    Segmenter::Column column;  // by customer, or by row of a phase
  };
  /// Empty if labels can't be read off numbers.
  [[nodiscard]] const std::vector<Factor>& factors() const noexcept { return factors_; }
  [[nodiscard]] bool reads_numbers() const noexcept { return reads_numbers_; }
  /// Whether some number is of a phase.
  [[nodiscard]] bool has_lanes() const noexcept { return has_lanes_; }
  /// For all others; worked out when it is first asked for.
  [[nodiscard]] const AppliedSegments& applied() const;

 private:
  const Book& book_;
  Segmenter segmenter_;
  bool reads_numbers_{false};
  bool has_lanes_{false};
  std::vector<Factor> factors_;
  mutable std::once_flag is_applied_;
  mutable std::optional<AppliedSegments> applied_;
};

/// Labels met by one thread.
class SpellLabels {
 public:
  SpellLabels(const Book& book, const SpellSegments& segments, bool by_subscription);

  /// An index into `labels`.
  [[nodiscard]] std::uint32_t operator()(CustomerIndex customer, const Stay& stay) {
    if (!segments_.reads_numbers() || (segments_.has_lanes() && stay.first_phase == no_index))
      return label_on_day(customer, stay);
    std::uint64_t key = 0;
    for (const SpellSegments::Factor& factor : segments_.factors()) {
      const std::size_t at = factor.kind == Segmenter::Kind::lane ? std::size_t{stay.first_phase}
                                                                  : static_cast<std::size_t>(customer);
      key = key * factor.column.labels.size() + factor.column.codes()[at];
    }
    Known& known = known_[key % known_.size()];
    if (known.key != key) known = {key, label_of(key)};
    return known.label;
  }
  [[nodiscard]] const std::vector<Label>& labels() const noexcept { return labels_; }

 private:
  struct Known {
    std::uint64_t key{UINT64_MAX};
    std::uint32_t label{0};
  };
  [[nodiscard]] std::uint32_t number_of(Label label);
  [[nodiscard]] std::uint32_t label_of(std::uint64_t key);
  [[nodiscard]] std::uint32_t label_on_day(CustomerIndex customer, const Stay& stay);

  const Book& book_;
  const SpellSegments& segments_;
  bool by_subscription_;
  std::array<Known, 256> known_{};
  std::unordered_map<std::uint64_t, std::uint32_t> label_of_key_;
  std::vector<std::uint32_t> label_of_target_;
  std::optional<SegmentTable> table_;
  std::optional<CustomerDays> days_;
  std::map<Label, std::uint32_t> number_;
  std::vector<Label> labels_;
};

}  // namespace churn::inline v0
