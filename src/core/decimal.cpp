#include <churn/core/decimal.hpp>

#include <cstdint>
#include <limits>

#include "core/plain_number.hpp"

namespace churn::inline v0 {

std::optional<Decimal> Decimal::parse(std::string_view text, Problem* problem) noexcept {
  Problem ignored{};
  Problem& why = problem != nullptr ? *problem : ignored;
  why = Problem::none;
  if (const PlainNumber plain = plain_number(text)) return Decimal{plain.coefficient, plain.scale};
  why = Problem::not_a_number;
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);

  constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max();
  std::int64_t coefficient = 0;
  int scale = 0;
  int pending_zeros = 0;  // zeros behind the point count only if a digit follows them
  bool any_digit = false;
  bool after_point = false;
  bool overflow = false;
  for (const char c : text) {
    if (c == '.' && !after_point && any_digit) {
      after_point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    any_digit = true;
    if (after_point && c == '0') {
      ++pending_zeros;
      continue;
    }
    for (int zeros = after_point ? pending_zeros : 0; zeros >= 0; --zeros) {
      const int digit = zeros > 0 ? 0 : c - '0';
      overflow = overflow || coefficient > (limit - digit) / 10;
      if (!overflow) coefficient = coefficient * 10 + digit;
      if (after_point) ++scale;
    }
    pending_zeros = 0;
  }
  if (!any_digit || text.back() == '.') return std::nullopt;
  if (overflow || scale > max_scale) {
    why = Problem::out_of_range;
    return std::nullopt;
  }
  why = Problem::none;
  return Decimal{negative ? -coefficient : coefficient, scale};
}

std::string Decimal::to_string() const {
  const bool negative = coefficient_ < 0;
  std::string digits = std::to_string(negative ? -coefficient_ : coefficient_);
  const auto decimals = static_cast<std::size_t>(scale_);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, 1, '.');
  return negative ? "-" + digits : digits;
}

}  // namespace churn::inline v0
