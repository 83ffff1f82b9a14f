#include <churn/core/billing_cycle.hpp>

namespace churn::inline v0 {

namespace {
constexpr std::array<std::string_view, 6> names{"day", "week", "month", "quarter", "half_year", "year"};
}

std::string_view billing_interval_name(BillingInterval interval) noexcept {
  return names[static_cast<std::size_t>(interval)];
}

std::optional<BillingInterval> parse_billing_interval(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<BillingInterval>(i);
  return std::nullopt;
}

}  // namespace churn::inline v0
