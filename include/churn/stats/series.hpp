// Series: what was counted in each of a row of equal periods, oldest first; the input of every statistic of a
// trend.
//
//   Series churned{Ratio{12, 240}, Ratio{9, 251}, std::nullopt, Ratio{14, 260}};
//
// A period is a Ratio, numerator over denominator: customers lost of those present, departures per customer-day,
// MRR in ticks over MRR in ticks. A period without a value (not complete yet, not known, or an empty base) is
// std::nullopt or a Ratio over 0, and keeps its place: the period after it is two steps from the one before it.
// A bare rate is not accepted: 5 % of 20 customers and 5 % of 20,000 are not the same finding.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <churn/core/ratio.hpp>

namespace churn::inline v0 {

/// A period each, the oldest first; empty where one has no value.
using Series = std::vector<std::optional<Ratio>>;
/// The same, where somebody else holds it.
using SeriesView = std::span<const std::optional<Ratio>>;

/// The value of each period; empty where there is none.
[[nodiscard]] std::vector<std::optional<double>> values_of(SeriesView series);

/// How many periods have a value.
[[nodiscard]] std::size_t periods_with_value(SeriesView series);

}  // namespace churn::inline v0
