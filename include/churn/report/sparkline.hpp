// Sparkline: a series as one line of text, for a place where a chart can't stand (E. Tufte, Beautiful Evidence, 2006).
//
//   sparkline(std::vector<std::optional<double>>{0.02, 0.04, std::nullopt, 0.033}).line   // "▁█·▆"
//
// One sign a value, oldest first; eight heights between the lowest and the highest value, which are handed out as well: a
// line without its scale says little. The heights divide low to high into equal parts, and a value on a boundary belongs
// to the part above it. Where all values are equal they stand at half height. An undefined value is a gap, `·`, and so
// is one that is not finite; it is never drawn as 0. O(values).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace churn::inline v0 {

/// With what it is drawn: ▁▂▃▄▅▆▇█, or `_.-:=+*#` with a space as gap where only ASCII can be shown.
enum class SparklineSigns : std::uint8_t {
  blocks,  ///< eight heights of a block
  ascii    ///< eight signs that weigh more and more
};

/// A line and its scale.
struct Sparkline {
  std::string line;            ///< UTF-8; as many characters as values
  std::optional<double> low;   ///< of the defined values; empty if there is none
  std::optional<double> high;  ///< likewise
};

/// One sign a value, oldest first. Nothing is thrown for any value.
[[nodiscard]] Sparkline sparkline(std::span<const std::optional<double>> values,
                                  SparklineSigns signs = SparklineSigns::blocks);

}  // namespace churn::inline v0
