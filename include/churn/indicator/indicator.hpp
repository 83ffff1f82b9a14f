// Indicator: one number that may signal that a customer is about to leave, from what was known before a day.
//
//   Indicator exports{.column = {.name = "exports", .direction = Direction::lowers},
//                     .value = [](const Past& past) { return past.count("export", 28); }};
//   std::vector<Indicator> all = standard_indicators();
//   all.push_back(exports);
//   Observations observed = observe(book, all, observation_days(book));
//
// `value` sees a Past (indicator/past.hpp), in which nothing on or after the observation day exists. It gives no value
// where there is nothing to go by (use was not recorded yet, say): "missing" is never zero.
//
// One that needs more than the customer (how its segment leaves) has `prepare` instead: called once with a reader of the
// whole book, it gives the function. What that sees of other customers must be known before the day it is asked about,
// too; it may be called from several threads at once.
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
class PastReader;

/// Which values of an indicator one expects to be the risky ones.
enum class Direction : std::uint8_t {
  raises,  ///< the highest: more of it, more risk
  lowers   ///< the lowest: more of it, less risk
};

/// What models and tables need to know of an indicator.
struct IndicatorColumn {
  std::string name;                        ///< by which columns are found, such as `usage_decline`
  Direction direction{Direction::raises};  ///< as expected before looking
  friend bool operator==(const IndicatorColumn&, const IndicatorColumn&) = default;
};

/// Gives the value for a customer and a day; empty where there is nothing to go by.
using IndicatorValue = std::function<std::optional<double>(const Past&)>;

/// A sign to be watched, and how its value is found.
struct Indicator {
  IndicatorColumn column;  ///< its name, and which end is the risky one
  IndicatorValue value{};  ///< called for each customer and day; none where there is `prepare`
  /// Called once with a reader of the whole book, to give `value`.
  std::function<IndicatorValue(const PastReader&)> prepare{};
  /// The value in plain words, as a reason: "use fell by 63 % in 28 days". None: name and number.
  std::function<std::string(double)> words{};
  /// What it looks at and since when, in a line: for tables and documentation.
  std::string about{};
};

}  // namespace churn::inline v0
