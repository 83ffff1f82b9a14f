// What adding two cubes has in common, whatever they count. Private to the library's sources.
#pragma once

#include <churn/row/period_status.hpp>
#include <churn/segment/segmenter.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

namespace churn::inline v0 {

/// The segments of two cubes together: labels in order of their bytes, and the place of each.
struct SegmentUnion {
  std::vector<Label> labels;
  std::map<Label, std::size_t> place;
};

inline SegmentUnion unite(const std::vector<Label>& a, const std::vector<Label>& b) {
  SegmentUnion all;
  for (const auto* labels : {&a, &b})
    for (const Label& label : *labels) all.place.emplace(label, 0);
  for (auto& [label, place] : all.place) {
    place = all.labels.size();
    all.labels.push_back(label);
  }
  return all;
}

/// Cubes that know different periods can't be added: a sum would lack one part where it can't be seen.
inline bool observe_the_same(const std::vector<PeriodStatus>& a, const std::vector<PeriodStatus>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](PeriodStatus x, PeriodStatus y) { return x.observable == y.observable; });
}

/// A period of a sum is complete where it is in both parts.
inline void keep_what_is_complete_in_both(std::vector<PeriodStatus>& status,
                                          const std::vector<PeriodStatus>& other) {
  for (std::size_t p = 0; p < status.size(); ++p)
    status[p].complete = status[p].complete && other[p].complete;
}

}  // namespace churn::inline v0
