#include <churn/core/money.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <limits>

#include <churn/core/decimal.hpp>

namespace churn::inline v0 {

namespace {
using Wide = boost::multiprecision::int128_t;
}

std::optional<Money> Money::parse(std::string_view text, Currency currency) {
  const auto decimal = Decimal::parse(text);
  // The one amount whose magnitude is no 64-bit integer, and so no decimal.
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  if (!decimal && text == format_minor_units(lowest, currency.decimals())) return Money{lowest, currency};
  if (!decimal || decimal->scale() > currency.decimals()) return std::nullopt;
  std::int64_t minor = decimal->coefficient();
  for (int i = decimal->scale(); i < currency.decimals(); ++i) {
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / 10;
    if (minor > limit || minor < -limit) return std::nullopt;
    minor *= 10;
  }
  return Money{minor, currency};
}

std::string format_minor_units(std::int64_t minor_units, int decimals) {
  const bool negative = minor_units < 0;
  const std::uint64_t magnitude = negative ? std::uint64_t{0} - static_cast<std::uint64_t>(minor_units)
                                           : static_cast<std::uint64_t>(minor_units);
  std::string text = std::to_string(magnitude);
  const auto places = static_cast<std::size_t>(decimals);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  if (places > 0) text.insert(text.size() - places, 1, '.');
  return negative ? "-" + text : text;
}

std::string Money::to_string() const { return format_minor_units(minor_units_, currency_.decimals()); }

Money Money::scaled(std::int64_t numerator, std::int64_t denominator) const {
  if (denominator <= 0) throw Error(ErrorCode::bad_number, "A divisor must be positive.");
  const Wide product = Wide{minor_units_} * numerator;
  Wide quotient = product / denominator;
  Wide remainder = product % denominator;
  if (remainder < 0) {
    remainder += denominator;
    --quotient;
  }
  const Wide rest = denominator - remainder;
  if (remainder > rest || (remainder == rest && quotient % 2 != 0)) ++quotient;
  if (quotient > std::numeric_limits<std::int64_t>::max() ||
      quotient < std::numeric_limits<std::int64_t>::min())
    throw Error(ErrorCode::overflow, "A scaled amount is larger than 64 bits can hold.");
  return {static_cast<std::int64_t>(quotient), currency_};
}

std::vector<Money> Money::allocate(std::size_t parts) const {
  if (parts == 0) throw Error(ErrorCode::bad_number, "An amount can't be allocated to no parts.");
  const auto n = static_cast<std::int64_t>(parts);
  std::int64_t each = minor_units_ / n;
  std::int64_t left = minor_units_ % n;
  if (left < 0) {
    left += n;
    --each;
  }
  std::vector<Money> result(parts, Money{each, currency_});
  for (std::size_t i = 0; i < static_cast<std::size_t>(left); ++i) result[i].minor_units_ += 1;
  return result;
}

void Money::throw_currency_mismatch(Currency a, Currency b) {
  throw Error(ErrorCode::currency_mismatch, std::string(a.code()) + " and " + std::string(b.code()) +
                                                " can't be added. Convert one of them first.");
}

}  // namespace churn::inline v0
