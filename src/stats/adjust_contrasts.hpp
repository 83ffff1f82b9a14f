// Contrasts of one question: their p-values adjusted for being many. Private to the library's sources.
#pragma once

#include <cstddef>
#include <vector>

#include <churn/stats/adjusted_p.hpp>
#include <churn/stats/contrast.hpp>

namespace churn::inline v0 {

/// Sets the adjusted p-values of the contrasts of some items, over those that have one, and with them what could have
/// been found. `contrast_of` gives a reference to an item's contrast.
template <class Items, class ContrastOf>
void adjust_contrasts(Items& items, const ContrastRule& rule, ContrastOf&& contrast_of) {
  std::vector<PValue> known;
  for (auto& item : items)
    if (const auto& p = contrast_of(item).p) known.push_back(*p);
  const std::vector<PValue> adjusted = adjusted_p(known, rule.adjustment);
  DetectionRule detection = rule.detection;
  if (rule.adjustment != Adjustment::none && known.size() > 1)
    detection.level /= static_cast<double>(known.size());
  std::size_t next = 0;
  for (auto& item : items) {
    Contrast& contrast = contrast_of(item);
    contrast.p_adjusted.reset();
    if (contrast.p) contrast.p_adjusted = adjusted[next++];
    contrast.detectable = detectable_change({contrast.other.numerator(), contrast.other.denominator()},
                                            contrast.one.denominator(), detection);
  }
}

}  // namespace churn::inline v0
