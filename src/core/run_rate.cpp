#include <churn/core/run_rate.hpp>

#include <boost/multiprecision/cpp_int.hpp>

#include <string>

#include "core/plain_run_rate.hpp"

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

}  // namespace

std::optional<std::int64_t> run_rate_ticks(const Price& price, std::int64_t quantity, BillingCycle cycle,
                                           const Discount& discount, const Normalisation& normalisation) {
  if (price.amount.coefficient() <= 0 || quantity == 0) return 0;
  const Fraction per_year = normalisation[cycle.interval];
  if (discount.is_none()) {
    const std::int64_t ticks = plain_run_rate(price.amount.coefficient(), price.amount.scale(),
                                              price.currency.decimals(), quantity, cycle.count, per_year);
    if (ticks > max_phase_ticks) return std::nullopt;
    if (ticks >= 0) return ticks;
  }

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
