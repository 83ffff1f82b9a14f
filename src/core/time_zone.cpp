#include <churn/core/time_zone.hpp>

#include <boost/date_time/local_time/local_time.hpp>

#include <algorithm>
#include <exception>

namespace churn::inline v0 {

namespace {

[[noreturn]] void throw_bad_zone(const std::string& text) {
  throw Error(ErrorCode::bad_time_zone,
              "\"" + text + "\" is not a time zone. Write UTC, or one like EST-05EDT,M3.2.0,M11.1.0.");
}

/// Boost takes a bare name ("EST", "Mars") for an offset of 0 and forgives what stands behind the rules, both
/// silently; so the form is checked here: NAME, sign, HH[:MM], then nothing or NAME,RULE,RULE.
class ZoneText {
 public:
  explicit ZoneText(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool is_valid() {
    if (!take_name() || !(take('+') || take('-')) || !take_hours_and_minutes()) return false;
    if (rest_.empty()) return true;
    return take_name() && take(',') && take_rule() && take(',') && take_rule() && rest_.empty();
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <class IsWanted>
  std::size_t take_while(IsWanted is_wanted) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_wanted);
    const auto count = static_cast<std::size_t>(end - rest_.begin());
    rest_.remove_prefix(count);
    return count;
  }
  bool take_name() {
    return take_while([](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }) >= 3;
  }
  bool take_two_digits(int below) {
    if (rest_.size() < 2) return false;
    const int value = (rest_[0] - '0') * 10 + (rest_[1] - '0');
    const bool digits = rest_[0] >= '0' && rest_[0] <= '9' && rest_[1] >= '0' && rest_[1] <= '9';
    rest_.remove_prefix(2);
    return digits && value < below;
  }
  bool take_hours_and_minutes() { return take_two_digits(24) && (!take(':') || take_two_digits(60)); }
  bool take_rule() {
    return take_while([](char c) {
             return (c >= '0' && c <= '9') || std::string_view{"MJ./:"}.find(c) != std::string_view::npos;
           }) > 0;
  }

  std::string_view rest_;
};

constexpr std::int64_t seconds_a_day = 86400;

std::int64_t day_number(std::int64_t seconds) {
  return seconds >= 0 ? seconds / seconds_a_day : -((seconds_a_day - 1 - seconds) / seconds_a_day);
}

/// Seconds since 1970 of a wall-clock time.
std::int64_t seconds_of(const boost::posix_time::ptime& wall) {
  return (wall - boost::posix_time::ptime{boost::gregorian::date{1970, 1, 1}}).total_seconds();
}

}  // namespace

struct TimeZone::Rules {
  boost::local_time::time_zone_ptr zone;
  std::int64_t standard;  // seconds ahead of UTC
  std::int64_t summer;    // seconds ahead of standard time

  /// Boost reads the rules; whether an instant lies in summer time is decided here, in UTC, because a wall
  /// clock shows the hour before its change twice.
  [[nodiscard]] bool is_summer(std::int64_t utc) const {
    const std::int64_t local_day = day_number(utc + standard);
    if (!zone->has_dst() || local_day < first_boost_day || local_day > Date::max_days) return false;
    const int year = Date::from_days(local_day).year();
    const auto boost_year = static_cast<boost::gregorian::greg_year>(static_cast<unsigned short>(year));
    const std::int64_t starts = seconds_of(zone->dst_local_start_time(boost_year)) - standard;
    const std::int64_t ends = seconds_of(zone->dst_local_end_time(boost_year)) - standard - summer;
    return starts < ends ? utc >= starts && utc < ends : utc >= starts || utc < ends;
  }

  /// Seconds ahead of UTC.
  [[nodiscard]] std::int64_t offset_at(std::int64_t utc) const {
    return standard + (is_summer(utc) ? summer : 0);
  }

  /// When the clock first shows so many seconds since 1970, or, if it never does, the first moment after it.
  [[nodiscard]] std::int64_t first_showing(std::int64_t wall) const {
    const std::int64_t first = wall - standard - std::max<std::int64_t>(summer, 0);
    const std::int64_t second = wall - standard - std::min<std::int64_t>(summer, 0);
    for (const std::int64_t utc : {first, second})
      if (utc + offset_at(utc) == wall) return utc;
    std::int64_t before = first;  // the clock is set forward somewhere in between
    std::int64_t after = second;
    while (after - before > 1) {
      const std::int64_t middle = before + (after - before) / 2;
      (middle + offset_at(middle) < wall ? before : after) = middle;
    }
    return after;
  }

  static constexpr std::int64_t first_boost_day = -208188;  // 1400-01-01, where Boost's calendar begins
};

TimeZone::TimeZone(std::string_view posix) {
  if (posix.empty() || posix == "UTC" || posix == "UTC0") return;
  name_ = std::string(posix);
  if (!ZoneText{posix}.is_valid()) throw_bad_zone(name_);
  try {
    boost::local_time::time_zone_ptr zone{new boost::local_time::posix_time_zone(name_)};
    const std::int64_t standard = zone->base_utc_offset().total_seconds();
    const std::int64_t summer = zone->has_dst() ? zone->dst_offset().total_seconds() : 0;
    rules_ = std::make_shared<const Rules>(Rules{std::move(zone), standard, summer});
  } catch (const std::exception&) {
    throw_bad_zone(name_);
  }
}

Date TimeZone::day_of(Timestamp instant) const {
  const std::int64_t utc = instant.seconds();
  const std::int64_t offset = rules_ ? rules_->offset_at(utc) : 0;
  return Date::from_days(std::clamp<std::int64_t>(day_number(utc + offset), Date::min_days, Date::max_days));
}

Timestamp TimeZone::start_of(Date day) const {
  const std::int64_t midnight = day.days() * seconds_a_day;
  const std::int64_t utc = rules_ ? rules_->first_showing(midnight) : midnight;
  return Timestamp::from_seconds(
      std::clamp(utc, Date::min_days * seconds_a_day, (Date::max_days + 1) * seconds_a_day - 1));
}

}  // namespace churn::inline v0
