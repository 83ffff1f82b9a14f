// Indicator: one number that may signal that a customer is about to leave, from what was known before a day.
//
//   Indicator exports{.column = {.name = "exports", .direction = Direction::lowers},
//                     .value = [](const Past& past) { return past.count("export", 28); }};
//   auto observed = observe(book, weekly(book), indicators::standard().with(exports));
//
// `value` sees a Past (indicator/past.hpp), in which nothing on or after the observation day exists. It gives no value
// where there is nothing to go by (use was not recorded yet, say): "missing" is never zero.
//
// `direction` is what one expects before looking: whether more of it raises or lowers the risk. It says which end of the
// numbers is the risky one, and thereby what the top decile is; it is not a finding.
//
// The library's own are in indicator/standard_indicators.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace churn::inline v0 {

class Past;

enum class Direction : std::uint8_t { raises, lowers };

/// What models and tables need to know of an indicator.
struct IndicatorColumn {
  std::string name;
  Direction direction{Direction::raises};
  friend bool operator==(const IndicatorColumn&, const IndicatorColumn&) = default;
};

struct Indicator {
  IndicatorColumn column;
  std::function<std::optional<double>(const Past&)> value;
  /// The value in plain words, as a reason: "use fell by 63 % in 28 days". None: name and number.
  std::function<std::string(double)> words{};
  /// What it looks at and since when, in a line: for tables and documentation.
  std::string about{};
};

}  // namespace churn::inline v0
