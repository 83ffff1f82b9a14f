// How findings are said: numbers as a reader takes them in, and why a contrast has none. Private to the library's sources.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <churn/core/table.hpp>
#include <churn/stats/contrast.hpp>

namespace churn::inline v0 {

/// A share of 0.0412 as "4.12", without trailing zeros: hundredths below ten points, tenths from there on.
inline std::string in_points(double share) {
  const double points = 100 * share;
  const double parts = std::abs(points) < 10 ? 100 : 10;
  const double rounded = std::round(points * parts) / parts;
  return shortest(rounded == 0 ? 0 : rounded);  // no "-0"
}

/// "p = 0.0042", "p < 0.0001".
inline std::string p_in_words(const PValue& p) {
  if (p.value < 0.0001) return "p < 0.0001";
  const double unit = std::pow(10.0, 1 - std::floor(std::log10(p.value)));  // two digits
  return "p = " + shortest(std::round(p.value * unit) / unit);
}

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
  return in_points(confidence) + " %: " + in_points(interval.low) + " to " + in_points(interval.high) + "; " +
         p_in_words(*contrast.p_adjusted) + (correction.empty() ? "" : " after " + correction);
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
