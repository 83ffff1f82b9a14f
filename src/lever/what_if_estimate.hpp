// What one sample of customers says of a change: the difference that it makes, or why that is not known. Private to the
// library's sources.
#pragma once

#include <churn/lever/cohort_flows.hpp>
#include <churn/lever/what_if.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lever/changed_ladder.hpp"
#include "lever/what_if_words.hpp"

namespace churn::inline v0 {

/// Failed payments whose window is over, and of these those recovered within it.
struct WhatIfFailed {
  std::int64_t failed{0};
  std::int64_t recovered{0};
};

/// What does not depend on the sample.
struct WhatIfFrame {
  std::size_t ahead;  ///< periods
  std::size_t year;   ///< in periods
  double exact_year;  ///< not a whole number for periods of so many days
  ChainLadderRule ladder;
  std::size_t new_periods;
  bool is_stated;    ///< new business
  bool is_as_today;  ///< nobody came of late: what comes is stated, and shared out as today's customers are
  FlowAmount all_newcomers;  ///< of the whole book; who is there today, if that is so
  std::vector<double> entering_ticks;
  std::vector<double> entering_customers;

  [[nodiscard]] const std::vector<double>& entering(FlowMeasure measure) const {
    return measure == &FlowAmount::ticks ? entering_ticks : entering_customers;
  }
};

/// Those who pay by the year (or longer, on their first day), and the others: they leave at other times, and one ladder
/// for both would give those who are saved the stay of a mixture.
using FlowsByInterval = std::array<CohortFlows, 2>;
inline constexpr std::size_t by_year = 0;
inline constexpr std::size_t by_less = 1;

/// All customers of a scenario, or all but a group.
struct WhatIfSample {
  FlowsByInterval of;      ///< those whom the change concerns
  FlowAmount newcomers{};  ///< of all customers
  WhatIfFailed payments{};
  double scale{1};  ///< of totals
  bool is_replicate{false};
};

struct WhatIfEffect {
  std::vector<double> ticks;
  std::vector<double> customers;
  [[nodiscard]] std::vector<double>& of(FlowMeasure measure) {
    return measure == &FlowAmount::ticks ? ticks : customers;
  }
};

/// An answer from one sample, or why there is none.
struct WhatIfEstimate {
  WhatIfOutcome outcome{WhatIfOutcome::known};
  std::string note{};
  std::optional<double> before{};
  std::optional<double> after{};
  std::optional<double> factor{};
  std::optional<WhatIfEffect> effect{};
};

/// `today` are all whom the change concerns, whatever the sample; `periods` is "months".
[[nodiscard]] WhatIfEstimate estimate_of_change(const WhatIfChange& change, const WhatIfFrame& frame,
                                                const WhatIfSample& sample, const FlowsByInterval& today,
                                                std::string_view periods);

/// All at the close of age 0 of the last cohorts.
[[nodiscard]] FlowAmount newcomers_of(const CohortFlows& flows, std::size_t periods);
/// Those whose share of a book's is that of what comes: newcomers, or today's customers.
[[nodiscard]] FlowAmount like_those_to_come(const CohortFlows& flows, std::size_t periods, bool as_today);
/// Over all periods.
[[nodiscard]] FlowAmount total_of(const FlowsByInterval& flows, FlowAmount FlowCell::*what);
[[nodiscard]] LastYear last_year_of(const FlowsByInterval& flows, std::size_t periods_a_year);
/// Whether m times as many as were lost at some age would be more than there are, customers being counted.
[[nodiscard]] bool is_limited(const FlowsByInterval& flows, const WhatIfFrame& frame, bool of_payments,
                              double m);
/// What share of the last year's customers the ladders' losses say is lost in a period.
[[nodiscard]] double churn_in_forecast(const FlowsByInterval& flows, const WhatIfFrame& frame);

}  // namespace churn::inline v0
