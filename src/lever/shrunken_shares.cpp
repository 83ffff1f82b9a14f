#include "lever/shrunken_shares.hpp"

#include <boost/math/special_functions/beta.hpp>

#include <algorithm>
#include <cstdint>

#include <churn/core/exact.hpp>
#include <churn/stats/jeffreys.hpp>

#include "stats/maths_policy.hpp"

namespace churn::inline v0 {

namespace {

constexpr double least_shrinkage_precision = 1;  // as vague as Jeffreys' prior

Interval shrunken_beta_interval(double mean, double precision, double confidence) {
  const double a = mean * precision;
  const double b = (1 - mean) * precision;
  const double tail = (1 - confidence) / 2;
  return {boost::math::ibeta_inv(a, b, tail, MathsPolicy{}),
          boost::math::ibetac_inv(a, b, tail, MathsPolicy{})};
}

}  // namespace

ShareSpread spread_of(std::span<const Proportion> groups) {
  std::int64_t counted = 0;
  std::int64_t all = 0;
  double k = 0;
  for (const Proportion& group : groups) {
    counted = checked_add(counted, group.numerator());
    all = checked_add(all, group.denominator());
    if (group.denominator() > 0) ++k;
  }
  ShareSpread spread{.all = {counted, all}};
  spread.groups = k;
  const auto total = static_cast<double>(all);
  spread.mean = static_cast<double>(counted) / total;
  const double binomial = spread.mean * (1 - spread.mean);
  spread.variance_of_mean = binomial / total;
  if (counted == 0 || counted == all) return spread;
  double chi_square = 0;
  double squares = 0;
  for (const Proportion& group : groups) {
    if (group.denominator() == 0) continue;
    const auto n = static_cast<double>(group.denominator());
    const double off = *group.value() - spread.mean;
    chi_square += n * off * off / binomial;
    squares += n / total * n;
  }
  const double room = total - squares - (k - 1);
  const double beyond_chance = chi_square - (k - 1);
  if (!(room > 0 && beyond_chance > 0)) return spread;
  const double precision = (std::max)(room / beyond_chance - 1, least_shrinkage_precision);
  const double correlation = 1 / (precision + 1);
  spread.precision = precision;
  // sum (n/N)^2 (1/n + r (1 - 1/n)), times m (1 - m)
  spread.variance_of_mean = binomial / total * (1 + correlation * (squares - 1));
  return spread;
}

ShrunkenShare shrunken_share(const Proportion& group, const ShareSpread& spread, double confidence) {
  const auto x = static_cast<double>(group.numerator());
  const auto n = static_cast<double>(group.denominator());
  double value = spread.mean;
  double variance = spread.variance_of_mean;
  double weight = 1;  // of the mean
  if (spread.precision) {
    const double prior = *spread.precision;
    value = (prior * spread.mean + x) / (prior + n);
    weight = prior / (prior + n);
    variance = value * (1 - value) / (prior + n + 1) + weight * weight * variance;
  } else if (spread.all.numerator() == 0 || spread.all.numerator() == spread.all.denominator()) {
    return {value, *jeffreys_interval(spread.all.numerator(), spread.all.denominator(), confidence)};
  }
  const double off = weight * (x / n - spread.mean);
  variance += 2 / (std::max)(spread.groups - 3, 1.0) * off * off;
  const double precision = (std::max)(value * (1 - value) / variance - 1, least_shrinkage_precision);
  return {value, shrunken_beta_interval(value, precision, confidence)};
}

}  // namespace churn::inline v0
