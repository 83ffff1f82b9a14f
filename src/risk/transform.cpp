#include <churn/risk/transform.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

constexpr double heavy_tail = 4;

double shaped(Shape shape, double x) noexcept {
  switch (shape) {
    case Shape::log1p: return std::log1p(std::max(x, 0.0));
    case Shape::asinh: return std::asinh(x);
    case Shape::none: break;
  }
  return x;
}

double in_deviations(double value, double mean, double deviation) noexcept {
  const double from_mean = value - mean;
  if (std::isfinite(from_mean)) return from_mean / deviation;
  return (value / 2 - mean / 2) / (deviation / 2);  // a difference of doubles may be none
}

/// Of the values that are there, after their shape. Moments are taken of value / scale, so that no square overflows.
struct Moments {
  std::int64_t known{0};
  double low{std::numeric_limits<double>::infinity()};
  double high{-std::numeric_limits<double>::infinity()};
  double mean{0};
  double deviation{0};
  double skew{0};
};

template <class Values, class Missing>
Moments moments_of(const Values& x, const Missing& missing, Shape shape) {
  Moments result;
  const auto for_each_known = [&](auto&& use) {
    for (Eigen::Index i = 0; i < x.size(); ++i)
      if (!missing(i)) use(shaped(shape, x(i)));
  };
  for_each_known([&](double value) {
    if (!std::isfinite(value)) throw Error(ErrorCode::bad_number, "A value of an indicator is not finite.");
    ++result.known;
    result.low = std::min(result.low, value);
    result.high = std::max(result.high, value);
  });
  if (result.known == 0) return result;
  // What never varies is told by its ends: a mean that is rounded would make a deviation of it.
  if (result.low == result.high) {
    result.mean = result.low;
    return result;
  }
  const double scale = std::max(std::abs(result.low), std::abs(result.high));
  const auto n = static_cast<double>(result.known);
  double sum = 0;
  for_each_known([&](double value) { sum += value / scale; });
  const double mean = sum / n;
  double second = 0;
  double third = 0;
  for_each_known([&](double value) {
    const double d = value / scale - mean;
    second += d * d;
    third += d * d * d;
  });
  second /= n;
  third /= n;
  result.mean = mean * scale;
  result.deviation = std::sqrt(second) * scale;
  // Values that are alike but for their last digits may have squares of 0.
  result.skew = second > 0 ? third / (second * std::sqrt(second)) : 0;
  return result;
}

}  // namespace

double Transform::operator()(double x) const noexcept {
  if (!(deviation > 0)) return 0;
  return std::clamp(in_deviations(shaped(shape, x), mean, deviation), lowest, highest);
}

Transform Transform::fit(const Eigen::Ref<const Eigen::VectorXd>& x,
                         const Eigen::Ref<const Eigen::Array<bool, Eigen::Dynamic, 1>>& missing) {
  if (x.size() != missing.size())
    throw Error(ErrorCode::out_of_range, "A column needs a value and whether it is missing for every row.");
  Transform result;
  Moments moments = moments_of(x, missing, Shape::none);
  result.known = moments.known;
  if (moments.known == 0) return result;
  if (moments.low >= 0 && moments.skew > heavy_tail)
    result.shape = Shape::log1p;
  else if (moments.low < 0 && std::abs(moments.skew) > heavy_tail)
    result.shape = Shape::asinh;
  if (result.shape != Shape::none) moments = moments_of(x, missing, result.shape);
  result.mean = moments.mean;
  result.deviation = moments.deviation;
  if (result.deviation > 0) {
    result.lowest = in_deviations(moments.low, moments.mean, moments.deviation);
    result.highest = in_deviations(moments.high, moments.mean, moments.deviation);
  }
  return result;
}

}  // namespace churn::inline v0
