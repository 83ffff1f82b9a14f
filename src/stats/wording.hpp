// Numbers as a reader takes them in. Private to the library's sources.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include <churn/core/table.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// Three significant digits, as a reader takes them in: without an exponent down to a millionth.
inline std::string three_digits(double value) {
  if (value == 0 || !std::isfinite(value)) return "0";
  if (std::abs(value) < 1e-6) {
    std::array<char, 32> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 2);
    return {text.data(), end.ptr};
  }
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  const double unit = std::pow(10.0, std::max(0, magnitude - 2));
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 std::round(value / unit) * unit, std::chars_format::fixed, 0);
  if (magnitude >= 2) return {digits.data(), end.ptr};
  const auto fraction = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                      std::chars_format::fixed, std::min(2 - magnitude, 330));
  std::string text{digits.data(), fraction.ptr};
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// A share of 0.0412 as "4.12", without trailing zeros: hundredths below ten points, tenths from there on. Below a
/// tenth of a point down to ten-thousandths: among millions of customers that is a difference, and "0 points more" is
/// none.
inline std::string in_points(double share) {
  const double points = 100 * share;
  const double size = std::abs(points);
  const double parts = size >= 10 ? 10 : size >= 0.1 ? 100 : 10'000;
  const double rounded = std::round(points * parts) / parts;
  return shortest(rounded == 0 ? 0 : rounded);  // no "-0"
}

/// "95 %", "99.99 %".
inline std::string confidence_in_words(double confidence) {
  return shortest(std::round(confidence * 1e6) / 1e4) + " %";
}

/// "p = 0.0042", "p < 0.0001".
inline std::string p_in_words(const PValue& p) {
  if (p.value < 0.0001) return "p < 0.0001";
  const double unit = std::pow(10.0, 1 - std::floor(std::log10(p.value)));  // two digits
  return "p = " + shortest(std::round(p.value * unit) / unit);
}

}  // namespace churn::inline v0
