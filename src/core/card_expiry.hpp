// When a card stops working, by the text on it. Private to the library's sources.
#pragma once

#include <churn/core/date.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace churn::inline v0 {

/// The last day of the month `YYYY-MM`. Empty for any other text.
[[nodiscard]] inline std::optional<Date> card_expiry(std::string_view label) {
  if (label.size() != 7) return std::nullopt;
  const auto first = Date::parse(std::string(label) + "-01");
  if (!first) return std::nullopt;
  const auto month = first->civil().year() / first->civil().month();
  return Date::of(first->year(), first->month(), static_cast<unsigned>((month / std::chrono::last).day()));
}

}  // namespace churn::inline v0
