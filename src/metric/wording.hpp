// How contrasts are said, and why one has no finding. Private to the library's sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <churn/stats/contrast.hpp>

#include "stats/wording.hpp"

namespace churn::inline v0 {

/// "Holm's correction over 6 segments"; empty where nothing was corrected.
inline std::string correction_in_words(Adjustment adjustment, std::size_t tests, std::string_view things) {
  if (tests < 2) return "";
  const std::string over = " over " + std::to_string(tests) + " " + std::string(things);
  switch (adjustment) {
    case Adjustment::none: break;
    case Adjustment::bonferroni: return "Bonferroni's correction" + over;
    case Adjustment::holm: return "Holm's correction" + over;
    case Adjustment::hochberg: return "Hochberg's correction" + over;
    case Adjustment::benjamini_hochberg: return "Benjamini and Hochberg's correction" + over;
    case Adjustment::benjamini_yekutieli: return "Benjamini and Yekutieli's correction" + over;
  }
  return "";
}

/// "95 %: 1.2 to 7.3; p = 0.004 after Holm's correction over 6 segments"; of a contrast that has a p.
inline std::string evidence_in_words(const Contrast& contrast, const Interval& interval,
                                     const ContrastRule& rule, std::size_t tests, std::string_view things) {
  const double confidence = rule.interval.value_or(IntervalRule{}).confidence;
  const std::string correction = correction_in_words(rule.adjustment, tests, things);
  return confidence_in_words(confidence) + ": " + in_points(interval.low) + " to " +
         in_points(interval.high) + "; " + p_in_words(*contrast.p_adjusted) +
         (correction.empty() ? "" : " after " + correction);
}

/// Adds a remark to a note.
inline void remark(std::string& note, std::string_view text) {
  if (!note.empty()) note += "; ";
  note += text;
}

enum class Counted : std::uint8_t { departures, stays };

/// Which of the four counts is expected to be below five, if one is.
inline std::string few_expected_in_words(const Contrast& contrast, Counted counts) {
  constexpr double few = 5;
  if (!contrast.smallest_expected || *contrast.smallest_expected >= few) return "";
  const auto base = static_cast<double>(contrast.one.denominator());
  const auto all = base + static_cast<double>(contrast.other.denominator());
  const auto counted =
      static_cast<double>(contrast.one.numerator()) + static_cast<double>(contrast.other.numerator());
  const bool of_departures = (2 * counted <= all) == (counts == Counted::departures);
  const bool here = 2 * base <= all;
  return std::string("fewer than 5 ") + (of_departures ? "departures" : "stays") + " expected" +
         (here ? "" : " of the others") +
         (contrast.test == ContrastTest::fisher ? ": exact test" : ": rough test");
}

}  // namespace churn::inline v0
