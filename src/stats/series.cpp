#include <churn/stats/series.hpp>

#include <algorithm>

namespace churn::inline v0 {

std::vector<std::optional<double>> values_of(SeriesView series) {
  std::vector<std::optional<double>> values(series.size());
  for (std::size_t i = 0; i < series.size(); ++i)
    if (series[i]) values[i] = series[i]->value();
  return values;
}

std::size_t periods_with_value(SeriesView series) {
  return static_cast<std::size_t>(std::count_if(
      series.begin(), series.end(), [](const auto& period) { return period && period->denominator != 0; }));
}

}  // namespace churn::inline v0
