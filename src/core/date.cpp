#include <churn/core/date.hpp>

namespace churn::inline v0 {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr unsigned two_digits(const char* text) {
  return static_cast<unsigned>(text[0] - '0') * 10 + static_cast<unsigned>(text[1] - '0');
}

}  // namespace

std::optional<Date> Date::parse(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  for (const int i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (!is_digit(text[static_cast<std::size_t>(i)])) return std::nullopt;
  const int year = static_cast<int>(two_digits(text.data()) * 100 + two_digits(text.data() + 2));
  const unsigned month = two_digits(text.data() + 5);
  const unsigned day = two_digits(text.data() + 8);
  const std::chrono::year_month_day civil{std::chrono::year{year}, std::chrono::month{month},
                                          std::chrono::day{day}};
  if (year < 1 || !civil.ok()) return std::nullopt;
  return Date{std::chrono::sys_days{civil}.time_since_epoch().count()};
}

std::string Date::to_string() const {
  const auto civil_day = civil();
  const auto year = static_cast<unsigned>(static_cast<int>(civil_day.year()));
  const auto month = static_cast<unsigned>(civil_day.month());
  const auto day = static_cast<unsigned>(civil_day.day());
  const auto digit = [](unsigned value) { return static_cast<char>('0' + value % 10); };
  return {digit(year / 1000),
          digit(year / 100),
          digit(year / 10),
          digit(year),
          '-',
          digit(month / 10),
          digit(month),
          '-',
          digit(day / 10),
          digit(day)};
}

}  // namespace churn::inline v0
