#include "book/exchange.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <tuple>
#include <utility>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

using Integer = boost::multiprecision::int256_t;

Integer power_of_ten(int exponent) {
  Integer power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

Exchange::Exchange(const Records::Storage& records, const BookRules& rules, Date as_of,
                   Rejections& rejections)
    : as_of_(as_of.days()) {
  if (!rules.currency || (rules.rates.empty() && records.fx_rates.empty())) return;
  reporting_ = rules.currency;
  base_ = records.rates_currency.value_or(*rules.currency);
  dated_ = rules.fx == FxPolicy::dated;
  fixed_ = rules.rates;

  std::vector<const FxRateRow*> sorted;
  sorted.reserve(records.fx_rates.size());
  const std::string& source = records.source(RecordTable::fx_rates);
  for (const FxRateRow& row : records.fx_rates) {
    if (row.rate.rate.coefficient() > 0)
      sorted.push_back(&row);
    else
      rejections.add(
          {RejectionCode::out_of_range, source, row.row, "rate", "An exchange rate must be above 0."});
  }
  const auto key = [](const FxRateRow* row) {
    return std::tuple(row->rate.currency.index(), row->rate.on, row->row);
  };
  std::sort(sorted.begin(), sorted.end(),
            [&](const FxRateRow* a, const FxRateRow* b) { return key(a) < key(b); });
  for (std::size_t i = 0; i < sorted.size();) {
    const FxRate& first = sorted[i]->rate;
    std::size_t end = i + 1;
    bool differ = false;
    for (; end < sorted.size() && sorted[end]->rate.currency == first.currency &&
           sorted[end]->rate.on == first.on;
         ++end)
      differ = differ || sorted[end]->rate.rate != first.rate;
    for (std::size_t j = differ ? i : i + 1; j < end; ++j)
      rejections.add({differ ? RejectionCode::conflicting_rates : RejectionCode::duplicate_row, source,
                      sorted[j]->row, "rate",
                      differ
                          ? std::string(first.currency.code()) + " has rates that differ on " +
                                first.on.to_string() + "; none of them counts."
                          : "The row repeats row " + std::to_string(sorted[i]->row) + " and counts once."});
    if (!differ) rows_.push_back({first.currency.index(), first.on.days(), first.rate});
    i = end;
  }
}

std::optional<Exchange::Row> Exchange::latest(Currency currency, std::int32_t day) const {
  const std::pair wanted{currency.index(), day};
  const auto after =
      std::upper_bound(rows_.begin(), rows_.end(), wanted,
                       [](const auto& key, const Row& row) { return key < std::pair(row.currency, row.on); });
  if (after == rows_.begin() || std::prev(after)->currency != currency.index()) return std::nullopt;
  return *std::prev(after);
}

Exchange::Rate Exchange::rate_on(Currency currency, std::int32_t day) const {
  const auto find = [&](Currency wanted) -> Row {
    if (wanted == *base_) return {wanted.index(), no_day, Decimal{1}};
    const auto row = latest(wanted, day);
    if (!row)
      throw Error(ErrorCode::missing_rate, std::string(wanted.code()) +
                                               " has no exchange rate on or before " +
                                               Date::from_days(day).to_string() +
                                               ". Add one to the exchange rates, or report by currency.");
    return *row;
  };
  const Row row = find(currency);
  return {row.rate, find(*reporting_).rate, row.on};
}

Exchange::Rate Exchange::constant_rate(Currency currency) const {
  for (const ExchangeRate& fixed : fixed_)
    if (fixed.currency == currency) return {fixed.rate};
  return rate_on(currency, as_of_ - 1);
}

std::int64_t Exchange::convert(std::int64_t ticks, Currency from, const Rate& rate) const {
  const int shift = reporting_->decimals() - from.decimals() - rate.rate.scale() + rate.over.scale();
  const Integer numerator =
      Integer{ticks} * rate.rate.coefficient() * (shift > 0 ? power_of_ten(shift) : Integer{1});
  const Integer denominator =
      Integer{rate.over.coefficient()} * (shift < 0 ? power_of_ten(-shift) : Integer{1});
  Integer quotient = numerator / denominator;  // both are 0 or more
  const Integer twice = 2 * (numerator - quotient * denominator);
  if (twice > denominator || (twice == denominator && quotient % 2 != 0)) ++quotient;
  if (quotient > INT64_MAX)
    throw Error(ErrorCode::overflow, "An amount in " + std::string(from.code()) +
                                         " is larger than 64 bits can hold once it is converted.");
  return static_cast<std::int64_t>(quotient);
}

std::int64_t Exchange::value(std::int64_t ticks, Currency from) const {
  if (!on() || ticks == 0 || from == *reporting_) return ticks;
  return convert(ticks, from, constant_rate(from));
}

std::int64_t Exchange::value_on(std::int64_t ticks, Currency from, std::int32_t day) const {
  if (!on() || ticks == 0 || from == *reporting_) return ticks;
  return convert(ticks, from, rate_on(from, day));
}

std::vector<AppliedRate> Exchange::used(const std::vector<Currency>& currencies) const {
  std::vector<AppliedRate> used;
  for (const Currency currency : currencies) {
    if (!on() || currency == *reporting_) continue;
    const Rate rate = constant_rate(currency);
    std::optional<Date> on;
    if (rate.on != no_day) on = Date::from_days(rate.on);
    used.push_back({currency, rate.rate, rate.over, on});
  }
  return used;
}

}  // namespace churn::inline v0
