#include <churn/stats/average_precision.hpp>

#include <cstddef>
#include <vector>

#include "stats/ranked.hpp"

namespace churn::inline v0 {

std::optional<double> average_precision(std::span<const double> score,
                                        std::span<const std::uint8_t> outcome) {
  require_scores(score, outcome);
  const std::vector<Tie> ties = ties_of(ranked(score), outcome);
  double sum = 0;
  std::int64_t rows = 0;
  std::int64_t yes = 0;
  for (std::size_t above = 0; above < ties.size(); ++above) {
    const Tie& tie = ties[ties.size() - 1 - above];
    rows += tie.rows;
    yes += tie.yes;
    sum += static_cast<double>(tie.yes) * static_cast<double>(yes) / static_cast<double>(rows);
  }
  if (yes == 0) return std::nullopt;
  return sum / static_cast<double>(yes);
}

}  // namespace churn::inline v0
