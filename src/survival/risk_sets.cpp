#include "survival/risk_sets.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

template <class Column>
void require_length(const Column& column, std::size_t rows, bool may_be_empty) {
  if (column.size() != rows && !(may_be_empty && column.empty()))
    throw Error(ErrorCode::out_of_range, "Columns of spells need a value for each row.");
}

/// Puts `order` into the order of keys below `keys`, keeping what is alike as it was.
template <class Key>
std::vector<std::uint32_t> counted_order(const std::vector<std::uint32_t>& order, std::size_t keys,
                                         Key&& key) {
  std::vector<std::size_t> place(keys + 1, 0);
  for (const std::uint32_t i : order) ++place[key(i) + 1];
  std::partial_sum(place.begin(), place.end(), place.begin());
  std::vector<std::uint32_t> sorted(order.size());
  for (const std::uint32_t i : order) sorted[place[key(i)]++] = i;
  return sorted;
}

}  // namespace

void require_spell_columns(const SpellColumns& columns) {
  const std::size_t rows = columns.exit.size();
  if (rows >= std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorCode::out_of_range, "There are more than 4 billion rows.");
  require_length(columns.entry, rows, true);
  require_length(columns.event, rows, false);
  require_length(columns.stratum, rows, true);
  require_length(columns.weight, rows, true);
  require_length(columns.cluster, rows, true);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::int32_t entry = columns.entry.empty() ? 0 : columns.entry[i];
    if (entry < 0 || columns.exit[i] < entry)
      throw Error(ErrorCode::bad_period,
                  "Row " + std::to_string(i) + " is at risk from " + std::to_string(entry) + " to " +
                      std::to_string(columns.exit[i]) +
                      ": tenures are 0 or more, and the exit is not before the entry.");
  }
  for (const double weight : columns.weight)
    if (weight != 0 && !(weight >= 1e-100 && weight <= 1e100))
      throw Error(ErrorCode::bad_number, "A row's weight is 0, or from 1e-100 to 1e100.");
}

Strata number_strata(const SpellColumns& columns) {
  Strata strata;
  strata.of_row.assign(columns.exit.size(), 0);
  if (columns.stratum.empty()) {
    if (!columns.exit.empty()) strata.names = {0};
    return strata;
  }
  strata.names.assign(columns.stratum.begin(), columns.stratum.end());
  std::sort(strata.names.begin(), strata.names.end());
  strata.names.erase(std::unique(strata.names.begin(), strata.names.end()), strata.names.end());
  for (std::size_t i = 0; i < strata.of_row.size(); ++i)
    strata.of_row[i] = static_cast<std::uint32_t>(
        std::lower_bound(strata.names.begin(), strata.names.end(), columns.stratum[i]) -
        strata.names.begin());
  return strata;
}

RiskSets::RiskSets(const SpellColumns& columns) {
  require_spell_columns(columns);
  const Strata numbered = number_strata(columns);
  const std::size_t count = columns.exit.size();
  const auto weight_of = [&](std::size_t i) { return columns.weight.empty() ? 1.0 : columns.weight[i]; };

  std::vector<std::pair<std::uint32_t, std::int32_t>> times;
  for (std::size_t i = 0; i < count; ++i) {
    if (!(weight_of(i) > 0)) continue;
    ++rows;
    if (enters_after(columns, i) == columns.exit[i]) {
      ++never_at_risk;
    } else if (columns.event[i] != 0) {
      ++events;
      const std::pair time{numbered.of_row[i], columns.exit[i]};
      if (times.empty() || times.back() != time) times.push_back(time);
    }
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  for (std::uint32_t s = 0; s < numbered.names.size(); ++s) {
    const std::size_t begin = slots.size();
    for (; slots.size() < times.size() && times[slots.size()].first == s;)
      slots.push_back({times[slots.size()].second, s, 0, 0, 0});
    strata.push_back({numbered.names[s], begin, slots.size()});
  }

  std::vector<std::uint32_t> kept;
  std::vector<std::uint32_t> firsts(count);
  std::vector<std::uint32_t> lasts(count);
  std::vector<std::uint8_t> digits(count);
  const auto slot_after = [&](const Stratum& stratum, std::int32_t time) {
    const auto begin = slots.begin() + static_cast<std::ptrdiff_t>(stratum.begin);
    const auto end = slots.begin() + static_cast<std::ptrdiff_t>(stratum.end);
    return static_cast<std::size_t>(
        std::upper_bound(begin, end, time, [](std::int32_t t, const Slot& slot) { return t < slot.time; }) -
        slots.begin());
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::int32_t entry = enters_after(columns, i);
    if (!(weight_of(i) > 0) || entry == columns.exit[i]) continue;
    const Stratum& stratum = strata[numbered.of_row[i]];
    const std::size_t from = entry < 0 ? stratum.begin : slot_after(stratum, entry);
    const std::size_t to = slot_after(stratum, columns.exit[i]);
    if (from == to) continue;
    kept.push_back(i);
    firsts[i] = static_cast<std::uint32_t>(from);
    lasts[i] = static_cast<std::uint32_t>(to - 1);
    const std::uint32_t differ = firsts[i] ^ lasts[i];
    int digit = one_slot;
    if (from == stratum.begin)
      digit = from_the_start;
    else if (differ != 0)
      digit = static_cast<int>(std::bit_width(differ)) - 1;
    digits[i] = static_cast<std::uint8_t>(digit);
  }
  row = counted_order(kept, slots.size(), [&](std::uint32_t i) { return lasts[i]; });
  row = counted_order(row, one_slot + 1, [&](std::uint32_t i) { return digits[i]; });

  first.reserve(row.size());
  last.reserve(row.size());
  event.reserve(row.size());
  weight.reserve(row.size());
  for (const std::uint32_t i : row) {
    if (groups_.empty() || groups_.back().digit != digits[i])
      groups_.push_back({first.size(), first.size(), digits[i]});
    ++groups_.back().end;
    first.push_back(firsts[i]);
    last.push_back(lasts[i]);
    event.push_back(columns.event[i] != 0 ? 1 : 0);
    weight.push_back(weight_of(i));
    if (event.back() != 0) {
      ++slots[lasts[i]].events;
      slots[lasts[i]].event_weight += weight.back();
    }
  }
  const RowMajor at_risk = sum_at_risk(1, [](std::size_t, double* to) { *to += 1; });
  for (std::size_t t = 0; t < slots.size(); ++t)
    slots[t].at_risk = static_cast<std::int64_t>(at_risk(static_cast<Eigen::Index>(t), 0));
}

}  // namespace churn::inline v0
