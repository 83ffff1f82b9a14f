// Contrasts of one question: their p-values adjusted for being many. Private to the library's sources.
#pragma once

#include <cstddef>
#include <vector>

#include <churn/stats/adjusted_p.hpp>
#include <churn/stats/contrast.hpp>

namespace churn::inline v0 {

/// Whether one contrast is the other one seen from the other side.
inline bool is_mirror(const Contrast& a, const Contrast& b) noexcept {
  return a.one == b.other && a.other == b.one;
}

/// Sets the adjusted p-values of the contrasts of some items, over those that have one, and with them what could have
/// been found; gives the number of comparisons. `contrast_of` gives a reference to an item's contrast;
/// `repeats(before, item)` is true for an item that asks the same as the one before it that has a p.
template <class Items, class ContrastOf, class Repeats>
std::size_t adjust_contrasts(Items& items, const ContrastRule& rule, ContrastOf&& contrast_of,
                             Repeats&& repeats) {
  std::vector<PValue> known;
  std::vector<std::size_t> place(items.size());  // of an item's p among the known
  std::size_t before = items.size();
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto& p = contrast_of(items[i]).p;
    if (!p) continue;
    if (before == items.size() || !repeats(items[before], items[i])) known.push_back(*p);
    place[i] = known.size() - 1;
    before = i;
  }
  const std::vector<PValue> adjusted = adjusted_p(known, rule.adjustment);
  DetectionRule detection = rule.detection;
  if (rule.adjustment != Adjustment::none && known.size() > 1)
    detection.level /= static_cast<double>(known.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    Contrast& contrast = contrast_of(items[i]);
    contrast.p_adjusted.reset();
    if (contrast.p) {
      contrast.p = known[place[i]];  // the same of both sides, also where their sums were rounded otherwise
      contrast.p_adjusted = adjusted[place[i]];
    }
    contrast.detectable = detectable_change({contrast.other.numerator(), contrast.other.denominator()},
                                            contrast.one.denominator(), detection);
  }
  return known.size();
}

/// The same where every item asks something else.
template <class Items, class ContrastOf>
std::size_t adjust_contrasts(Items& items, const ContrastRule& rule, ContrastOf&& contrast_of) {
  return adjust_contrasts(items, rule, contrast_of, [](const auto&, const auto&) { return false; });
}

}  // namespace churn::inline v0
