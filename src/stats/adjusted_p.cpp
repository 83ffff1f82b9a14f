#include <churn/stats/adjusted_p.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

PValue times(const PValue& p, double factor) {
  return {std::min(1.0, factor * p.value), std::min(0.0, std::log10(factor) + p.log10)};
}

bool less(const PValue& a, const PValue& b) {
  return a.value != b.value ? a.value < b.value : a.log10 < b.log10;
}

}  // namespace

std::vector<PValue> adjusted_p(std::span<const PValue> p_values, Adjustment adjustment) {
  for (const PValue& p : p_values)
    if (!(p.value >= 0 && p.value <= 1)) throw Error(ErrorCode::bad_number, "A p-value is between 0 and 1.");
  const std::size_t m = p_values.size();
  const auto count = static_cast<double>(m);
  std::vector<std::size_t> order(m);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return less(p_values[a], p_values[b]); });
  double harmonic = 0;
  for (std::size_t i = 1; i <= m; ++i) harmonic += 1 / static_cast<double>(i);

  const auto factor = [&](std::size_t rank) {  // from 1
    const auto i = static_cast<double>(rank);
    switch (adjustment) {
      case Adjustment::bonferroni: return count;
      case Adjustment::holm:
      case Adjustment::hochberg: return count - i + 1;
      case Adjustment::benjamini_hochberg: return count / i;
      case Adjustment::benjamini_yekutieli: return harmonic * count / i;
      case Adjustment::none: break;
    }
    return 1.0;
  };
  std::vector<PValue> adjusted(m);
  for (std::size_t i = 0; i < m; ++i) adjusted[order[i]] = times(p_values[order[i]], factor(i + 1));
  if (adjustment == Adjustment::none || adjustment == Adjustment::bonferroni) return adjusted;
  // A step-down method goes up from the smallest with the maximum so far, a step-up one down with the minimum.
  if (adjustment == Adjustment::holm) {
    for (std::size_t i = 1; i < m; ++i)
      adjusted[order[i]] = std::max(adjusted[order[i - 1]], adjusted[order[i]], less);
  } else {
    for (std::size_t i = m; i-- > 1;)
      adjusted[order[i - 1]] = std::min(adjusted[order[i]], adjusted[order[i - 1]], less);
  }
  return adjusted;
}

}  // namespace churn::inline v0
