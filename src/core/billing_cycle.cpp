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

std::optional<Date> renewal_day(Date anchor, BillingCycle cycle, std::int64_t n) {
  constexpr std::int64_t calendar = Date::max_days - std::int64_t{Date::min_days};
  if (n > calendar || n < -calendar) return std::nullopt;
  const std::int64_t intervals = n * cycle.count;  // both fit 32 bits
  const auto after_days = [&](std::int64_t days) -> std::optional<Date> {
    if (days > calendar || days < -calendar || anchor.days() + days > Date::max_days ||
        anchor.days() + days < Date::min_days)
      return std::nullopt;
    return Date::from_days(anchor.days() + days);
  };
  const auto after_months = [&](std::int64_t months) -> std::optional<Date> {
    const std::int64_t month = std::int64_t{anchor.year()} * 12 + anchor.month() - 1;
    if (months > 120000 || months < -120000 || month + months < 12 || month + months >= 120000)
      return std::nullopt;
    return anniversary(anchor, static_cast<int>(months));
  };
  switch (cycle.interval) {
    case BillingInterval::day: return after_days(intervals);
    case BillingInterval::week: return after_days(7 * intervals);
    case BillingInterval::month: return after_months(intervals);
    case BillingInterval::quarter: return after_months(3 * intervals);
    case BillingInterval::half_year: return after_months(6 * intervals);
    case BillingInterval::year: return after_months(12 * intervals);
  }
  return std::nullopt;
}

}  // namespace churn::inline v0
