// What a scenario rests on, in words. Private to the library's sources.
#pragma once

#include <churn/lever/what_if.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace churn::inline v0 {

/// Customers at the openings of the last year's periods, and those of them who were gone at the close.
struct LastYear {
  std::int64_t opening{0};
  std::int64_t lost{0};
  std::size_t periods{0};
};

/// "months" of a grid of months; "periods" where they have no name.
[[nodiscard]] std::string_view periods_in_words(PeriodKind kind) noexcept;
/// "1 month", "2 months".
[[nodiscard]] std::string counted_periods(std::size_t count, std::string_view periods);
[[nodiscard]] std::string out_of_reach_in_words(double retention);

struct PremiseFacts {
  PeriodKind kind;
  Currency currency;
  Date last_day;  ///< of the last complete period
  LastYear retention;
  std::int64_t newcomers;        ///< those by the year, of the last periods
  std::int64_t other_newcomers;  ///< those who pay otherwise
  std::size_t new_periods;
  double new_a_period;  ///< customers to come
  double each_pays;     ///< of those who pay otherwise, in minor units
  std::int64_t failed;
  std::int64_t recovered;
  std::int32_t window_days;
  std::int64_t lost;
  std::int64_t lost_involuntary;
  double back;
  bool is_limited;        ///< somewhere more would leave than there are
  double churn_after;     ///< a period, of retention
  double forecast_churn;  ///< a period, of customers as those of the last year
};

[[nodiscard]] std::string name_in_words(const WhatIfChange& change);
[[nodiscard]] std::string premise_in_words(const WhatIfScenario& scenario);
[[nodiscard]] std::vector<std::string> assumptions_in_words(const WhatIfScenario& scenario,
                                                            const PremiseFacts& facts);

}  // namespace churn::inline v0
