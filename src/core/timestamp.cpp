#include <churn/core/timestamp.hpp>

namespace churn::inline v0 {

namespace {

/// Takes exactly two digits off the front; -1 if they are not there.
int take_two(std::string_view& text) noexcept {
  if (text.size() < 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return -1;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  text.remove_prefix(2);
  return value;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// The offset from UTC in seconds; empty if what is left is no offset.
std::optional<std::int64_t> read_offset(std::string_view text) noexcept {
  if (text.empty() || text == "Z") return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const int hours = take_two(text);
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    minutes = take_two(text);
  }
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
  return std::int64_t{sign} * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<Timestamp> Timestamp::parse(std::string_view text) noexcept {
  const auto day = Date::parse(text.substr(0, 10));
  if (!day) return std::nullopt;
  std::int64_t seconds = std::int64_t{day->days()} * 86400;
  text.remove_prefix(10);
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
    const int hour = take_two(text);
    if (!take(text, ':')) return std::nullopt;
    const int minute = take_two(text);
    int second = 0;
    if (take(text, ':')) {
      second = take_two(text);
      if (take(text, '.')) {
        if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
      }
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
    const auto offset = read_offset(text);
    if (!offset) return std::nullopt;
    seconds += hour * 3600 + minute * 60 + second - *offset;
  }
  if (seconds < std::int64_t{Date::min_days} * 86400 || seconds >= (std::int64_t{Date::max_days} + 1) * 86400)
    return std::nullopt;
  return Timestamp{seconds};
}

std::string Timestamp::to_string() const {
  const std::int64_t day = seconds_ >= 0 ? seconds_ / 86400 : -((86399 - seconds_) / 86400);
  const std::int64_t rest = seconds_ - day * 86400;
  const auto two = [](std::int64_t value) {
    return std::string{static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
  };
  return Date::from_days(day).to_string() + "T" + two(rest / 3600) + ":" + two(rest / 60 % 60) + ":" +
         two(rest % 60) + "Z";
}

}  // namespace churn::inline v0
