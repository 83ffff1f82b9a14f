#include <churn/core/time_zone.hpp>

#include <boost/date_time/local_time/local_time.hpp>

#include <exception>

namespace churn::inline v0 {

namespace {

[[noreturn]] void throw_bad_zone(const std::string& text) {
  throw Error(ErrorCode::bad_time_zone,
              "\"" + text + "\" is not a time zone. Write UTC, or one like EST-05EDT,M3.2.0,M11.1.0.");
}

/// Boost takes a bare name ("EST", "Mars") for an offset of 0, which would be silently wrong, and reads the
/// "5" of POSIX's EST5EDT with the opposite sign. So a name, a sign and two digits must come first.
void require_offset(const std::string& text) {
  std::size_t at = 0;
  const auto is = [&](const char* from, const char* to) { return at < text.size() && text[at] >= *from && text[at] <= *to; };
  while (is("A", "Z") || is("a", "z")) ++at;
  const bool named = at >= 3;
  const bool is_signed = at < text.size() && (text[at] == '+' || text[at] == '-');
  ++at;
  const bool first_digit = is("0", "9");
  ++at;
  if (!named || !is_signed || !first_digit || !is("0", "9")) throw_bad_zone(text);
}

}  // namespace

struct TimeZone::Rules {
  boost::local_time::time_zone_ptr zone;
};

TimeZone::TimeZone(std::string_view posix) {
  if (posix.empty() || posix == "UTC" || posix == "UTC0") return;
  name_ = std::string(posix);
  require_offset(name_);
  try {
    rules_ = std::make_shared<const Rules>(
        Rules{boost::local_time::time_zone_ptr(new boost::local_time::posix_time_zone(name_))});
  } catch (const std::exception&) {
    throw_bad_zone(name_);
  }
}

Date TimeZone::day_of(Timestamp instant) const {
  const std::int64_t seconds = instant.seconds();
  const std::int64_t utc_day = seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400);
  // Boost's calendar starts in 1400; before that no zone had rules.
  constexpr std::int64_t boost_first_day = -208188;
  if (!rules_ || utc_day < boost_first_day + 2) return Date::from_days(utc_day);

  using boost::gregorian::date;
  const boost::posix_time::ptime utc{date{1970, 1, 1} + boost::gregorian::days(static_cast<long>(utc_day)),
                                     boost::posix_time::seconds(static_cast<long>(seconds - utc_day * 86400))};
  const boost::local_time::local_date_time local{utc, rules_->zone};
  return Date::from_days((local.local_time().date() - date{1970, 1, 1}).days());
}

}  // namespace churn::inline v0
