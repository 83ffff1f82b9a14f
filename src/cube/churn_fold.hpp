// ChurnFold: what churn of a MovementCube is made of, customer by customer, with the day on which each left. Private to
// the library's sources.
#pragma once

#include <churn/cube/movement_cube.hpp>
#include <churn/row/step.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "cube/segment_fold.hpp"
#include "segment/applied_segments.hpp"

namespace churn::inline v0 {

/// What everyone of a fold shares.
struct ChurnFoldParts {
  /// `grid` and `rules` outlive it.
  ChurnFoldParts(const Book& book, const PeriodGrid& grid, const Segmenter& by, const Filter& where,
                 const RateRules& rules);

  Book book;
  const PeriodGrid& grid;
  const RateRules& rules;
  PeriodLookup period_of;
  std::optional<AppliedSegments> applied;  // where segments change; else the next two
  Labelling labelling;
  std::vector<bool> keep;  // empty: everyone
};

/// One a thread.
class ChurnFold {
 public:
  explicit ChurnFold(const ChurnFoldParts& parts) : parts_(parts) {
    if (!parts.applied) return;
    table_.emplace(*parts.applied);
    fold_.emplace(parts.book, parts.grid, parts.period_of, parts.rules, *parts.applied, *table_);
  }

  /// Whether the customer left on a day of the grid at all.
  [[nodiscard]] bool left(CustomerIndex customer) const;
  /// Calls receive(row, period, day, ticks) for each churn of the customer; `labels()[row]` is its segment. The day is
  /// that of the last change in the period, or of the change.
  template <class Receive>
  void of(CustomerIndex customer, Receive&& receive) {
    if (fold_) {
      fold_->of(customer, [&](const Contribution& contribution) {
        if (contribution.cell.churned_customers != 0)
          receive(contribution.target, contribution.period, contribution.day, contribution.cell.churn);
      });
      return;
    }
    const auto c = static_cast<std::size_t>(customer);
    if (!parts_.keep.empty() && !parts_.keep[c]) return;
    Fixed<Receive> visitor{parts_.labelling(c), parts_.rules.netting == Netting::by_day, receive};
    walk_steps(parts_.book, parts_.grid, parts_.period_of, parts_.rules.history, c, c + 1, visitor);
  }
  [[nodiscard]] const std::vector<Label>& labels() const {
    return table_ ? table_->targets() : parts_.labelling.labels;
  }

 private:
  template <class Receive>
  struct Fixed {
    std::uint32_t row;
    bool by_day;
    Receive& receive;
    void opening(CustomerIndex, Balance) const noexcept {}
    void change(CustomerIndex, std::uint32_t period, std::int32_t day, Balance before, Balance after,
                std::uint8_t) {
      if (by_day && before.present && !after.present) receive(row, period, day, before.ticks);
    }
    void step(const Step& step) {
      if (!by_day && step.movement == Movement::churn)
        receive(row, step.period, step.day, step.opening.ticks);
    }
  };

  const ChurnFoldParts& parts_;
  std::optional<SegmentTable> table_;
  std::optional<SegmentFold> fold_;
};

}  // namespace churn::inline v0
