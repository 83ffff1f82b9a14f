#include <churn/stats/probability_score.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "stats/compensated_sum.hpp"
#include "stats/ranked.hpp"

namespace churn::inline v0 {

namespace {

/// A p of 0 that happens costs as much as one of 1e-15, and not the whole score.
constexpr double least = 1e-15;

}  // namespace

ProbabilityScore probability_score(std::span<const double> p, std::span<const std::uint8_t> outcome,
                                   std::optional<double> base_rate) {
  require_probabilities(p, outcome);
  if (base_rate && !(*base_rate >= 0 && *base_rate <= 1))
    throw Error(ErrorCode::bad_number, "A base rate is between 0 and 1.");
  ProbabilityScore result{static_cast<std::int64_t>(p.size())};
  if (p.empty()) return result;

  CompensatedSum squares;
  CompensatedSum logs;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const bool yes = outcome[i] != 0;
    const double kept = std::clamp(p[i], least, 1 - least);
    const double miss = yes ? 1 - p[i] : p[i];
    result.yes += yes ? 1 : 0;
    squares.add(miss * miss);
    logs.add(yes ? std::log(kept) : std::log1p(-kept));
  }
  const auto n = static_cast<double>(result.rows);
  const auto yes = static_cast<double>(result.yes);
  result.brier = squares.value() / n;
  result.log_loss = -logs.value() / n;
  const double b = base_rate.value_or(yes / n);
  const double of_base_rate = (yes * (1 - b) * (1 - b) + (n - yes) * b * b) / n;
  if (of_base_rate > 0) result.brier_skill = 1 - *result.brier / of_base_rate;
  return result;
}

}  // namespace churn::inline v0
