// An invented subscription business as triangles: the same numbers on every machine, for no distribution of the
// standard library is used.
#pragma once

#include <churn/core/period_grid.hpp>
#include <churn/forecast/cohort_triangle.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace forecast_test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// Above 0 and below 1.
  double uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }
  std::int64_t poisson(double mean) {
    const double end = std::exp(-mean);
    std::int64_t events = 0;
    for (double product = uniform(); product > end; product *= uniform()) ++events;
    return events;
  }
  /// Marsaglia and Tsang's.
  double gamma(double shape) {
    if (shape < 1) return gamma(shape + 1) * std::pow(uniform(), 1 / shape);
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    while (true) {
      const double x = normal();
      const double v = std::pow(1 + c * x, 3);
      if (v > 0 && std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
    }
  }
  double beta(double a, double b) {
    const double x = gamma(a);
    return x / (x + gamma(b));
  }

 private:
  std::mt19937_64 engine_;
};

struct Business {
  std::size_t periods{36};
  double customers{30};  ///< that come in a period, on average
  double growth{0};      ///< of that, a period
  double alpha{0.7};     ///< of the beta distribution of a customer's churn
  double beta{8};
  double shock{0};  ///< standard deviation of the logarithm of what churn has in common in a period
};

/// Customers pay some 50.00 a month each, which in 3 of 100 months changes by a fifth or so.
inline churn::CohortTriangles simulate(const Business& business, Dice& dice) {
  churn::CohortTriangles result;
  const std::size_t n = business.periods;
  churn::Date day = churn::Date::of(2015, 1, 1);
  std::vector<double> shocks;
  for (std::size_t t = 0; t < n; ++t) {
    const churn::Date next = churn::next_period_start(churn::PeriodKind::month, day);
    result.periods.emplace_back(day, next);
    day = next;
    shocks.push_back(std::exp(business.shock * dice.normal() - business.shock * business.shock / 2));
    result.mrr.cohorts.emplace_back(n - t, 0);
    result.customers.cohorts.emplace_back(n - t, 0);
  }
  result.mrr.earlier.assign(n, 0);
  result.customers.earlier.assign(n, 0);
  for (std::size_t i = 0; i < n; ++i)
    for (auto left = dice.poisson(business.customers * std::exp(business.growth * static_cast<double>(i)));
         left > 0; --left) {
      const double churn = dice.beta(business.alpha, business.beta);
      double cents = 5000 * std::exp(0.5 * dice.normal());
      for (std::size_t age = 0; age < n - i; ++age) {
        if (age > 0 && dice.uniform() < churn * shocks[i + age]) break;
        if (age > 0 && dice.uniform() < 0.03) cents *= std::exp(0.2 * dice.normal());
        result.mrr.cohorts[i][age] += std::llround(cents) * churn::ticks_per_minor_unit_a_month;
        ++result.customers.cohorts[i][age];
      }
    }
  return result;
}

/// What was known after so many periods.
inline churn::CohortTriangles until(const churn::CohortTriangles& triangles, std::size_t periods) {
  return {{triangles.periods.begin(), triangles.periods.begin() + static_cast<std::ptrdiff_t>(periods)},
          triangles.mrr.until(periods),
          triangles.customers.until(periods)};
}

inline churn::PeriodGrid grid_of(const churn::CohortTriangles& triangles) {
  return churn::months(triangles.periods.front().first(), triangles.periods.back().last());
}

}  // namespace forecast_test
