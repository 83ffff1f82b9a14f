// How a report words its numbers. Private to the library's sources.
#pragma once

#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

namespace churn::inline v0 {
namespace words {

inline const char* const undefined = "-";
/// Of a long list in a report.
inline constexpr std::size_t rows_shown = 10;

inline std::string percent(double share, int decimals = 1) {
  const double scale = std::pow(10.0, decimals);
  const double rounded = std::round(share * 100 * scale) / scale;
  std::string text = shortest(rounded == 0 ? 0.0 : rounded);  // never "-0"
  if (text.find('.') == std::string::npos && decimals > 0) text += '.';
  const std::size_t places = text.find('.') == std::string::npos ? 0 : text.size() - text.find('.') - 1;
  return text.append(
             static_cast<std::size_t>(decimals) - std::min(places, static_cast<std::size_t>(decimals)), '0') +
         " %";
}

inline std::string percent(const std::optional<double>& share) { return share ? percent(*share) : undefined; }

/// `95 % interval`, `99.9 % interval`.
inline std::string interval_name(double confidence) {
  return shortest(std::round(confidence * 1e6) / 1e4) + " % interval";
}

inline std::string range(const std::optional<Interval>& interval) {
  return interval ? percent(interval->low) + " to " + percent(interval->high) : undefined;
}

/// 12345.60 -> 12,345.60
inline std::string grouped(const Money& amount) {
  std::string text = amount.to_string();
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t first = text.front() == '-' ? 1 : 0;
  for (std::size_t at = point; at > first + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

inline std::string mrr(std::int64_t ticks, Currency currency) {
  return grouped(RunRate{ticks, currency}.mrr());
}

/// `0.042`, `< 0.001`.
inline std::string p_cell(const std::optional<PValue>& p) {
  if (!p) return undefined;
  if (p->value < 0.001) return "< 0.001";
  return shortest(std::round(p->value * 1000) / 1000);
}

}  // namespace words
}  // namespace churn::inline v0
