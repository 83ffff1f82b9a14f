#include <churn/stats/isotonic.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <tuple>

#include "stats/ranked.hpp"

namespace churn::inline v0 {

namespace {

struct WeightedRow {
  double score;
  double y;
  double weight;
};

/// A level stretch.
struct Stretch {
  double first;
  double last;
  double weight;
  double sum;
  [[nodiscard]] double value() const { return sum / weight; }
};

bool all_finite(std::span<const double> numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
}

void require_rows(std::span<const double> score, std::span<const double> y, std::span<const double> weight) {
  require_lengths(score.size(), y.size(), "Each row needs a score and a y.");
  if (!weight.empty()) require_lengths(weight.size(), y.size(), "Each row needs a weight, or none does.");
  if (!all_finite(score) || !all_finite(y) || !all_finite(weight))
    throw Error(ErrorCode::bad_number, "A score, a y or a weight is no finite number.");
  if (!std::all_of(weight.begin(), weight.end(), [](double w) { return w > 0; }))
    throw Error(ErrorCode::bad_number, "A weight is above 0.");
}

/// By score, and then by what a row holds: sums of equal scores do not depend on the order in which rows came.
std::vector<WeightedRow> sorted_rows(std::span<const double> score, std::span<const double> y,
                                     std::span<const double> weight) {
  std::vector<WeightedRow> rows;
  rows.reserve(score.size());
  for (std::size_t i = 0; i < score.size(); ++i)
    rows.push_back({score[i], y[i], weight.empty() ? 1 : weight[i]});
  std::sort(rows.begin(), rows.end(), [](const WeightedRow& a, const WeightedRow& b) {
    return std::tie(a.score, a.y, a.weight) < std::tie(b.score, b.y, b.weight);
  });
  return rows;
}

void absorb(Stretch& stretch, const Stretch& next) {
  stretch.last = next.last;
  stretch.weight += next.weight;
  stretch.sum += next.sum;
}

/// Pools neighbours until values rise.
std::vector<Stretch> pooled(const std::vector<WeightedRow>& rows) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < rows.size();) {
    Stretch next{rows[i].score, rows[i].score, 0, 0};
    for (; i < rows.size() && rows[i].score == next.first; ++i) {
      next.weight += rows[i].weight;
      next.sum += rows[i].weight * rows[i].y;
    }
    while (!stretches.empty() && !(stretches.back().value() < next.value())) {
      Stretch before = stretches.back();
      stretches.pop_back();
      absorb(before, next);
      next = before;
    }
    stretches.push_back(next);
  }
  return stretches;
}

}  // namespace

IsotonicCurve isotonic_regression(std::span<const double> score, std::span<const double> y,
                                  std::span<const double> weight) {
  require_rows(score, y, weight);
  IsotonicCurve curve;
  for (const Stretch& stretch : pooled(sorted_rows(score, y, weight))) {
    const double value = stretch.value();
    if (!std::isfinite(value) || !std::isfinite(stretch.weight))
      throw Error(ErrorCode::bad_number, "Weights, or their products with y, are too large to be added.");
    curve.score.push_back(stretch.first);
    curve.value.push_back(value);
    if (stretch.last == stretch.first) continue;
    curve.score.push_back(stretch.last);
    curve.value.push_back(value);
  }
  return curve;
}

std::optional<double> IsotonicCurve::at(double x) const {
  require_lengths(score.size(), value.size(), "Each score of a curve needs a value.");
  if (std::isnan(x)) throw Error(ErrorCode::bad_number, "A curve has no value at what is no number.");
  if (score.empty()) return std::nullopt;
  const auto after = std::upper_bound(score.begin(), score.end(), x);
  if (after == score.begin()) return value.front();
  if (after == score.end()) return value.back();
  const auto high = static_cast<std::size_t>(after - score.begin());
  const std::size_t low = high - 1;
  const double width = score[high] - score[low];
  // Halves, where a difference of two doubles is none; not of the smallest, which have no halves.
  const double part = std::isfinite(width) ? (x - score[low]) / width
                                           : (x / 2 - score[low] / 2) / (score[high] / 2 - score[low] / 2);
  return std::lerp(value[low], value[high], part);
}

}  // namespace churn::inline v0
