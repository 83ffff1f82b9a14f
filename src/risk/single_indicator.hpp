// The best single indicator: what a model has to beat to be worth having. Private to the library's sources.
#pragma once

#include <cstddef>
#include <optional>

#include <churn/risk/risk_model.hpp>
#include <churn/row/observations.hpp>

namespace churn::inline v0 {

/// These columns and rows alone.
[[nodiscard]] Observations one_column(const Observations& observations, std::size_t column);

/// Of those that say anything in these rows; none if none does. As risk/risk_backtest.hpp tells.
[[nodiscard]] std::optional<std::size_t> best_single_indicator(const Observations& training,
                                                               const RiskOptions& options);

/// How a model of one indicator is trained: as the model is, but for groups.
[[nodiscard]] RiskOptions options_of_one(RiskOptions options);

}  // namespace churn::inline v0
