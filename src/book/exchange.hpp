// Exchange: amounts of other currencies in the reporting one. Private to the library's sources.
//
//   value(l, rate) = half_even(l x rate x 10^(decimals of the reporting currency - those of the other))
//
// l is the run rate of one phase, in ticks; each phase is converted by itself, so that whatever a sum is cut
// by, its parts add up to it. It is on if conventions name a reporting currency and there is any rate, in them
// or in the records. A rate holds from its day until the next one's.
//
//   constant  the conventions' rate, else the latest before as_of: movements are made by customers only
//   dated     what a period holds is valued at the rate of the day before it; the rest of DEFINITIONS 2.6 is the
//             fold's (cube/segment_fold.hpp)
//
// A rate that is missing is Error(missing_rate), never 1; it is thrown where an amount other than 0 has to be
// converted. The reporting currency's own rate is 1. Where the rows are units of another currency than the
// reporting one (Records::rates_currency), a rate is the quotient of two.
#pragma once

#include <churn/book/book.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "book/records_storage.hpp"

namespace churn::inline v0 {

class Exchange {
 public:
  /// Nothing is converted.
  Exchange() = default;
  Exchange(const Records::Storage& records, const BookRules& rules, Date as_of, Rejections& rejections);

  [[nodiscard]] bool on() const noexcept { return reporting_.has_value(); }
  [[nodiscard]] bool dated() const noexcept { return on() && dated_; }
  /// The currency that an amount recorded in `currency` is shown in.
  [[nodiscard]] Currency shown_in(Currency currency) const noexcept { return reporting_.value_or(currency); }

  /// At the constant rate; as it is where nothing is converted.
  [[nodiscard]] std::int64_t value(std::int64_t ticks, Currency from) const;
  /// At the rate of a day. Call it where `dated`, or for a single day.
  [[nodiscard]] std::int64_t value_on(std::int64_t ticks, Currency from, std::int32_t day) const;

  /// The constant rates of the currencies asked for, and the days they are of (none for the conventions').
  [[nodiscard]] std::vector<AppliedRate> used(const std::vector<Currency>& currencies) const;

 private:
  struct Row {
    std::uint8_t currency;
    std::int32_t on;
    Decimal rate;
  };
  /// A quotient of two decimals, `over` being 1 but for cross rates.
  struct Rate {
    Decimal rate;
    Decimal over{1};
    std::int32_t on{no_day};
  };
  [[nodiscard]] std::optional<Row> latest(Currency currency, std::int32_t day) const;
  [[nodiscard]] Rate rate_on(Currency currency, std::int32_t day) const;
  [[nodiscard]] Rate constant_rate(Currency currency) const;
  [[nodiscard]] std::int64_t convert(std::int64_t ticks, Currency from, const Rate& rate) const;

  std::optional<Currency> reporting_;
  std::optional<Currency> base_;  // of the rows
  bool dated_{false};
  std::int32_t as_of_{0};
  std::vector<ExchangeRate> fixed_;
  std::vector<Row> rows_;  // by currency, then day
};

}  // namespace churn::inline v0
