#include <churn/report/sparkline.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace churn::inline v0 {

namespace {

struct SparklineFont {
  std::array<const char*, 8> heights;
  const char* gap;
};

constexpr SparklineFont block_font{
    {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"}, "\u00B7"};
constexpr SparklineFont ascii_font{{"_", ".", "-", ":", "=", "+", "*", "#"}, " "};

std::size_t height_of(double value, double low, double high) {
  const double range = high / 2 - low / 2;  // of halves, so that it is finite
  if (!(range > 0)) return 3;
  const double share = (value / 2 - low / 2) / range;
  return std::min<std::size_t>(7, static_cast<std::size_t>(share * 8));
}

}  // namespace

Sparkline sparkline(std::span<const std::optional<double>> values, SparklineSigns signs) {
  Sparkline spark;
  const auto is_defined = [](const std::optional<double>& value) { return value && std::isfinite(*value); };
  for (const std::optional<double>& value : values) {
    if (!is_defined(value)) continue;
    spark.low = std::min(spark.low.value_or(*value), *value);
    spark.high = std::max(spark.high.value_or(*value), *value);
  }
  const SparklineFont& font = signs == SparklineSigns::ascii ? ascii_font : block_font;
  for (const std::optional<double>& value : values)
    spark.line += is_defined(value) ? font.heights[height_of(*value, *spark.low, *spark.high)] : font.gap;
  return spark;
}

}  // namespace churn::inline v0
