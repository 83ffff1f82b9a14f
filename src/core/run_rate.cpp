#include <churn/core/run_rate.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <string>

namespace churn::inline v0 {

namespace {

using Integer = boost::multiprecision::cpp_int;

constexpr std::int64_t powers_of_ten[] = {
    1,          10,          100,           1'000,          10'000,          100'000,          1'000'000,
    10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000, 100'000'000'000, 1'000'000'000'000};

Integer half_even(const Integer& numerator, const Integer& denominator) {  // both >= 0
  Integer quotient;
  Integer remainder;
  boost::multiprecision::divide_qr(numerator, denominator, quotient, remainder);
  const Integer twice = 2 * remainder;
  if (twice > denominator || (twice == denominator && bit_test(quotient, 0))) ++quotient;
  return quotient;
}

/// The common case in 64 bits: no discount, no more decimals than the currency has, and factors so small
/// that nothing can overflow. Empty if the case is not common.
std::optional<std::int64_t> simple_ticks(const Price& price, std::int64_t quantity, BillingCycle cycle,
                                         const Discount& discount, Fraction per_year) {
  constexpr std::int64_t small_amount = std::int64_t{1} << 31;
  constexpr std::int64_t small_factor = 1000;
  const int more_decimals = price.currency.decimals() - price.amount.scale();
  if (!discount.is_none() || more_decimals < 0 || price.amount.coefficient() >= small_amount ||
      quantity > small_factor || per_year.numerator > small_factor || per_year.denominator != 1)
    return std::nullopt;
  const std::int64_t minor = price.amount.coefficient() * powers_of_ten[more_decimals];
  if (minor >= small_amount) return std::nullopt;
  const std::int64_t a_year = minor * quantity * per_year.numerator;  // < 2^51
  const std::int64_t ticks = a_year * ticks_per_minor_unit_a_year;
  return cycle.count == 1 ? ticks : divide_half_even(ticks, cycle.count);
}

}  // namespace

std::optional<std::int64_t> run_rate_ticks(const Price& price, std::int64_t quantity, BillingCycle cycle,
                                           const Discount& discount, const Normalisation& normalisation) {
  if (price.amount.coefficient() <= 0 || quantity == 0) return 0;
  const Fraction per_year = normalisation[cycle.interval];
  if (const auto ticks = simple_ticks(price, quantity, cycle, discount, per_year))
    return *ticks <= max_phase_ticks ? ticks : std::nullopt;

  // percent = coefficient / 10^scale, so (100 - percent) / 100 = (100 x 10^scale - coefficient) / (100 x
  // 10^scale). The price of a cycle, in major units, is `charged` / `unit`.
  const Integer hundred = Integer{100} * powers_of_ten[discount.percent.scale()];
  const Integer remaining = hundred - discount.percent.coefficient();
  if (remaining <= 0) return 0;
  Integer unit = Integer{powers_of_ten[price.amount.scale()]} * hundred;
  Integer charged = Integer{price.amount.coefficient()} * quantity * remaining;
  if (discount.amount.coefficient() != 0) {
    charged = charged * powers_of_ten[discount.amount.scale()] - unit * discount.amount.coefficient();
    unit *= powers_of_ten[discount.amount.scale()];
    if (charged <= 0) return 0;
  }
  const Integer numerator =
      charged * powers_of_ten[price.currency.decimals()] * per_year.numerator * ticks_per_minor_unit_a_year;
  const Integer denominator = unit * per_year.denominator * cycle.count;
  const Integer ticks = half_even(numerator, denominator);
  if (ticks > max_phase_ticks) return std::nullopt;
  return static_cast<std::int64_t>(ticks);
}

RunRate run_rate(const Price& price, std::int64_t quantity, BillingCycle cycle, const Discount& discount,
                 const Normalisation& normalisation) {
  if (quantity < 0 || cycle.count < 1 || discount.percent.is_negative() || discount.amount.is_negative())
    throw Error(ErrorCode::bad_number, "A quantity or discount is negative, or an interval count below 1.");
  const Fraction per_year = normalisation[cycle.interval];
  if (per_year.numerator < 1 || per_year.denominator < 1)
    throw Error(ErrorCode::bad_number, "Intervals per year must be a positive fraction.");
  const auto ticks = run_rate_ticks(price, quantity, cycle, discount, normalisation);
  if (!ticks) throw Error(ErrorCode::overflow, "A run rate is beyond any price.");
  return {*ticks, price.currency};
}

void RunRate::throw_currency_mismatch(Currency a, Currency b) {
  throw Error(ErrorCode::currency_mismatch, std::string(a.code()) + " and " + std::string(b.code()) +
                                                " can't be added. Convert one of them first.");
}

}  // namespace churn::inline v0
