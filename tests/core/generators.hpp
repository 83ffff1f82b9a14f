// Random values for properties, with the values at which things break drawn often.
#pragma once

#include <rapidcheck.h>
#include <churn/core/currency.hpp>
#include <churn/core/date.hpp>

#include <cstdint>
#include <limits>
#include <ostream>
#include <vector>

namespace churn {

// Found by argument-dependent lookup, so that a counterexample can be read.
inline void showValue(Date day, std::ostream& out) { out << day.to_string(); }
inline void showValue(Currency currency, std::ostream& out) { out << currency.code(); }
inline void PrintTo(Date day, std::ostream* out) { *out << day.to_string(); }
inline void PrintTo(Currency currency, std::ostream* out) { *out << currency.code(); }

}  // namespace churn

namespace core_test {

/// low <= value < high, spread evenly whatever RapidCheck's size.
template <class T>
rc::Gen<T> between(T low, T high) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, high));
}

/// 64-bit integers: small ones, the limits, and everything between.
inline rc::Gen<std::int64_t> any_int64() {
  using Limits = std::numeric_limits<std::int64_t>;
  return rc::gen::weightedOneOf<std::int64_t>({
      {2, rc::gen::element<std::int64_t>(Limits::min(), Limits::min() + 1, -1, 0, 1, Limits::max() - 1,
                                         Limits::max(), Limits::max() / 2, Limits::min() / 2)},
      {3, between<std::int64_t>(-1000, 1001)},
      {2, between<std::int64_t>(-(std::int64_t{1} << 33), std::int64_t{1} << 33)},
      {3, between<std::int64_t>(Limits::min(), Limits::max())},
  });
}

inline rc::Gen<churn::Date> any_date_between(churn::Date first, churn::Date last) {
  return rc::gen::map(between<std::int32_t>(first.days(), last.days()),
                      [](std::int32_t days) { return churn::Date::from_days(days); });
}

/// Days of the whole calendar; half of them in our time, many at the end of a month.
inline rc::Gen<churn::Date> any_date() {
  using churn::Date;
  return rc::gen::weightedOneOf<Date>({
      {3, any_date_between(Date::of(1, 1, 1), Date::of(9999, 12, 31))},
      {3, any_date_between(Date::of(1999, 1, 1), Date::of(2033, 1, 1))},
      {3, rc::gen::map(between<int>(0, 12 * 400),
                       [](int month) {  // the last day of a month
                         return churn::anniversary(Date::of(1900, 1, 31), month);
                       })},
      {1, rc::gen::element(Date::of(1, 1, 1), Date::of(1969, 12, 31), Date::of(1970, 1, 1),
                           Date::of(2000, 2, 29), Date::of(1900, 2, 28), Date::of(9999, 12, 31))},
  });
}

inline std::vector<churn::Currency> all_currencies() {
  std::vector<churn::Currency> result;
  for (unsigned index = 0; index < 256; ++index) {
    try {
      result.push_back(churn::Currency::from_index(static_cast<std::uint8_t>(index)));
    } catch (const churn::Error&) {
      break;
    }
  }
  return result;
}

/// Mostly the dollar, the yen (no decimals), the dinar (3) and the unidad de fomento (4).
inline rc::Gen<churn::Currency> any_currency() {
  using churn::Currency;
  return rc::gen::oneOf(rc::gen::element(Currency("USD"), Currency("JPY"), Currency("KWD"), Currency("CLF")),
                        rc::gen::elementOf(all_currencies()));
}

}  // namespace core_test
