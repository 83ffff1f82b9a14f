// What predictions are worth, with intervals over customers. Private to the library's sources.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <churn/risk/risk_backtest.hpp>

namespace churn::inline v0 {

/// The rows that predictions are of.
struct TestedRows {
  std::vector<std::uint8_t> departed;
  std::vector<std::uint32_t> customer;
  std::vector<std::uint32_t> group;  ///< of the customer, from 0 on, none of them without rows
  std::uint32_t groups;
};

/// The measures that RiskBacktest::model names, in that order.
[[nodiscard]] std::vector<MeasuredQuality> measured_quality(std::span<const double> risk,
                                                            const TestedRows& rows, double confidence,
                                                            unsigned threads);

/// 1 - sum of (risk - y)^2 / sum of (base - y)^2.
[[nodiscard]] MeasuredQuality skill_over(std::span<const double> risk, std::span<const double> base,
                                         const TestedRows& rows, double confidence);

/// Mean log loss of the other less that of the risks.
[[nodiscard]] MeasuredQuality log_loss_gain(std::span<const double> risk, std::span<const double> other,
                                            const TestedRows& rows, double confidence);

}  // namespace churn::inline v0
