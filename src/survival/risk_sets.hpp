// RiskSets: on which days with departures each row is at risk, and sums over either. Private to the library's
// sources.
//
// The days with departures of all strata are numbered one after the other: slots. A row is at risk at the
// slots first..last, which never leave its stratum. Sums over the rows at risk at each slot only ever add: a
// row whose first is its stratum's is added at its last slot, and a sum runs down from there. Any other is
// cut in two where the highest binary digit in which first and last differ turns; what is before the cut runs
// up from first to it, and what is behind it down from last. So rows are grouped by that digit. To subtract
// at entry what is no longer at risk would be shorter, and lose what is small beside it.
#pragma once

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <churn/survival/spell_columns.hpp>

namespace churn::inline v0 {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Throws what spell_columns.hpp says.
void require_spell_columns(const SpellColumns& columns);

/// The number of each row's stratum, in order of what they are called.
struct Strata {
  std::vector<std::int32_t> names;
  std::vector<std::uint32_t> of_row;
};
[[nodiscard]] Strata number_strata(const SpellColumns& columns);

/// Rows after their entry: 0 is the very start.
[[nodiscard]] inline std::int32_t enters_after(const SpellColumns& columns, std::size_t row) {
  const std::int32_t entry = columns.entry.empty() ? 0 : columns.entry[row];
  return entry == 0 ? -1 : entry;
}

class RiskSets {
 public:
  /// Throws what spell_columns.hpp says.
  explicit RiskSets(const SpellColumns& columns);

  struct Slot {
    std::int32_t time;
    std::uint32_t stratum;
    std::int64_t at_risk;
    std::int64_t events;
    double event_weight;
  };
  struct Stratum {
    std::int32_t name;
    std::size_t begin;  ///< slots
    std::size_t end;
  };

  std::vector<Slot> slots;
  std::vector<Stratum> strata;
  // Rows that are at risk at a slot or more, by group and last slot.
  std::vector<std::uint32_t> row;  ///< its place in the columns
  std::vector<std::uint32_t> first;
  std::vector<std::uint32_t> last;
  std::vector<std::uint8_t> event;  ///< then at the last slot
  std::vector<double> weight;
  std::size_t rows{0};
  std::size_t never_at_risk{0};
  std::size_t events{0};

  [[nodiscard]] std::size_t size() const { return row.size(); }
  [[nodiscard]] std::uint32_t stratum_of(std::size_t i) const { return slots[last[i]].stratum; }

  /// For each slot the sum over rows at risk of what `add(i, double* to)` adds for row i: `width` numbers.
  template <class Add>
  [[nodiscard]] RowMajor sum_at_risk(Eigen::Index width, Add&& add) const;

  /// For each row, `visit(i, head, tail)`: the sum of its slots' values is that of two rows, of which head
  /// may be null.
  template <class Visit>
  void sum_over_slots(const RowMajor& values, Visit&& visit) const;

 private:
  static constexpr int from_the_start = 32;
  static constexpr int one_slot = 33;
  struct Group {
    std::size_t begin;
    std::size_t end;
    int digit;  ///< or one of the two above
  };
  std::vector<Group> groups_;

  /// The slots of a group's blocks: [low, cut) runs up to the cut, and [cut, high) away from it.
  template <class Visit>
  void for_each_block(int digit, Visit&& visit) const;
};

template <class Visit>
void RiskSets::for_each_block(int digit, Visit&& visit) const {
  if (digit == from_the_start) {
    for (const Stratum& stratum : strata) visit(stratum.begin, stratum.begin, stratum.end);
    return;
  }
  const std::size_t half = std::size_t{1} << digit;
  for (std::size_t low = 0; low + half < slots.size(); low += 2 * half)
    visit(low, low + half, low + 2 * half < slots.size() ? low + 2 * half : slots.size());
}

template <class Add>
RowMajor RiskSets::sum_at_risk(Eigen::Index width, Add&& add) const {
  const auto count = static_cast<Eigen::Index>(slots.size());
  RowMajor sums = RowMajor::Zero(count, width);
  for (const Group& group : groups_) {
    const auto pitch = static_cast<std::size_t>(width);
    if (group.digit == one_slot) {
      for (std::size_t i = group.begin; i < group.end; ++i) add(i, sums.data() + last[i] * pitch);
      continue;
    }
    RowMajor tails = RowMajor::Zero(count, width);
    for (std::size_t i = group.begin; i < group.end; ++i) add(i, tails.data() + last[i] * pitch);
    RowMajor heads;
    if (group.digit != from_the_start) {
      heads = RowMajor::Zero(count, width);
      for (std::size_t i = group.begin; i < group.end; ++i) add(i, heads.data() + first[i] * pitch);
    }
    Eigen::RowVectorXd running(width);
    for_each_block(group.digit, [&](std::size_t low, std::size_t cut, std::size_t high) {
      running.setZero();
      for (std::size_t t = low; t < cut; ++t) {
        running += heads.row(static_cast<Eigen::Index>(t));
        sums.row(static_cast<Eigen::Index>(t)) += running;
      }
      running.setZero();
      for (std::size_t t = high; t-- > cut;) {
        running += tails.row(static_cast<Eigen::Index>(t));
        sums.row(static_cast<Eigen::Index>(t)) += running;
      }
    });
  }
  return sums;
}

template <class Visit>
void RiskSets::sum_over_slots(const RowMajor& values, Visit&& visit) const {
  const auto pitch = static_cast<std::size_t>(values.cols());
  for (const Group& group : groups_) {
    if (group.digit == one_slot) {
      for (std::size_t i = group.begin; i < group.end; ++i)
        visit(i, static_cast<const double*>(nullptr), values.data() + last[i] * pitch);
      continue;
    }
    RowMajor partial = values;  // from each slot to the cut
    for_each_block(group.digit, [&](std::size_t low, std::size_t cut, std::size_t high) {
      for (std::size_t t = cut; t-- > low + 1;)
        partial.row(static_cast<Eigen::Index>(t - 1)) += partial.row(static_cast<Eigen::Index>(t));
      for (std::size_t t = cut + 1; t < high; ++t)
        partial.row(static_cast<Eigen::Index>(t)) += partial.row(static_cast<Eigen::Index>(t - 1));
    });
    const bool whole = group.digit == from_the_start;
    for (std::size_t i = group.begin; i < group.end; ++i)
      visit(i, whole ? static_cast<const double*>(nullptr) : partial.data() + first[i] * pitch,
            partial.data() + last[i] * pitch);
  }
}

}  // namespace churn::inline v0
