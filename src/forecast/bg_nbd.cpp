#include <churn/forecast/bg_nbd.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include <churn/core/error.hpp>
#include <churn/core/exact.hpp>

#include "forecast/log_gamma_step.hpp"
#include "forecast/newton.hpp"
#include "forecast/polygamma.hpp"

namespace churn::inline v0 {

namespace {

using Eigen::Matrix4d;
using Eigen::Vector4d;

/// log of B(a, b + x) / B(a, b): the chance to be a customer after x purchases.
double log_stays(double a, double b, double x) {
  return std::min(0.0, a < x ? log_gamma_step(b, a) - log_gamma_step(b + x, a)
                             : log_gamma_step(b, x) - log_gamma_step(a + b, x));
}

/// log(exp(u) + exp(v)).
double log_sum(double u, double v) {
  const double larger = std::max(u, v);
  return larger + std::log1p(std::exp(std::min(u, v) - larger));
}

/// Rows alike, and how many.
struct PurchaseRow {
  double x;
  double recency;
  double age;
  double count;
};

struct Terms {
  double alive;   ///< log of the first term in brackets
  double ceased;  ///< of the second; nothing without repeats
};

/// Times as they are, x >= 0.
Terms terms_of(double r, double alpha, double a, double b, double x, double recency, double age) {
  Terms terms{-(r + x) * std::log(alpha + age), -std::numeric_limits<double>::infinity()};
  if (x > 0) terms.ceased = std::log(a) - std::log(b + x - 1) - (r + x) * std::log(alpha + recency);
  return terms;
}

double log_likelihood_of(double r, double alpha, double a, double b, double x, double recency, double age) {
  const Terms terms = terms_of(r, alpha, a, b, x, recency, age);
  const double bracket = x > 0 ? log_sum(terms.alive, terms.ceased) : terms.alive;
  return log_stays(a, b, x) + log_gamma_step(r, x) + r * std::log(alpha) + bracket;
}

/// The sum over customers, times in units of one in which they are of the size of 1.
struct PurchaseLikelihood {
  const std::vector<PurchaseRow>& rows;

  /// Beyond, the likelihood no longer changes by what customers can show.
  [[nodiscard]] static bool inside(const Vector4d& logs) { return (logs.array().abs() < 14).all(); }

  [[nodiscard]] double value(const Vector4d& logs) const {
    const Vector4d p = logs.array().exp();
    double sum = 0;
    for (const PurchaseRow& row : rows)
      sum += row.count * log_likelihood_of(p[0], p[1], p[2], p[3], row.x, row.recency, row.age);
    return sum;
  }

  [[nodiscard]] LikelihoodPoint<4> at(const Vector4d& logs) const {
    const Vector4d p = logs.array().exp();
    const double r = p[0];
    const double alpha = p[1];
    const double a = p[2];
    const double b = p[3];
    LikelihoodPoint<4> point{value(logs), Vector4d::Zero(), Matrix4d::Zero()};
    double last_x = -1;
    Vector4d of_x = Vector4d::Zero();
    Matrix4d of_x_twice = Matrix4d::Zero();
    for (const PurchaseRow& row : rows) {
      if (row.x != last_x) {  // rows are in order of x: gamma functions are the expensive part
        last_x = row.x;
        const double sum = digamma(a + b) - digamma(a + b + row.x);
        const double sum_1 = trigamma(a + b) - trigamma(a + b + row.x);
        of_x << digamma(r + row.x) - digamma(r) + std::log(alpha), r / alpha, sum,
            sum + digamma(b + row.x) - digamma(b);
        of_x_twice << trigamma(r + row.x) - trigamma(r), 1 / alpha, 0, 0,  //
            1 / alpha, -r / (alpha * alpha), 0, 0,                         //
            0, 0, sum_1, sum_1,                                            //
            0, 0, sum_1, sum_1 + trigamma(b + row.x) - trigamma(b);
      }
      const double until = alpha + row.age;
      const double n = r + row.x;
      const Vector4d alive(-std::log(until), -n / until, 0, 0);
      Matrix4d bend = Matrix4d::Zero();
      Vector4d slope = alive;
      bend(0, 1) = bend(1, 0) = -1 / until;
      bend(1, 1) = n / (until * until);
      if (row.x > 0) {
        const Terms terms = terms_of(r, alpha, a, b, row.x, row.recency, row.age);
        const double weight = 1 / (1 + std::exp(terms.ceased - terms.alive));
        const double last = alpha + row.recency;
        const double before = b + row.x - 1;
        const Vector4d ceased(-std::log(last), -n / last, 1 / a, -1 / before);
        Matrix4d other = Matrix4d::Zero();
        other(0, 1) = other(1, 0) = -1 / last;
        other(1, 1) = n / (last * last);
        other(2, 2) = -1 / (a * a);
        other(3, 3) = 1 / (before * before);
        const Vector4d between = alive - ceased;
        slope = weight * alive + (1 - weight) * ceased;
        bend = weight * bend + (1 - weight) * other + weight * (1 - weight) * between * between.transpose();
      }
      point.gradient += row.count * (of_x + slope);
      point.hessian += row.count * (of_x_twice + bend);
    }
    by_logarithms<4>(point, p);
    return point;
  }
};

void require_time(double time) {
  if (!(time >= 0 && std::isfinite(time))) throw Error(ErrorCode::bad_number, "A time is not below 0.");
}

/// E[X(t)] of the header.
double expected(double r, double alpha, double a, double b, double time) {
  if (time == 0) return 0;
  if (time > 1e5 * alpha) throw Error(ErrorCode::out_of_range, "That is too far ahead for these customers.");
  // P(N = n) falls like z^n in the end, z = t / (alpha + t); s(0) + … + s(n - 1) rises no faster than n.
  const double z = time / (alpha + time);
  double log_weight = -r * std::log1p(time / alpha);
  double stays = 1;
  double sum_of_stays = 0;
  double sum = 0;
  for (double n = 0;; ++n) {
    const double term = std::exp(log_weight) * sum_of_stays;
    sum += term;
    const double ratio = std::max(1.0, (r + n) / (n + 1)) * z * (1 + 1 / std::max(1.0, n));
    if (ratio < 1 && term * ratio <= 1e-16 * (1 - ratio) * sum && n > 0) break;
    log_weight += std::log((r + n) / (n + 1) * z);
    sum_of_stays += stays;
    stays *= (b + n) / (a + b + n);
  }
  return sum;
}

}  // namespace

BgNbd BgNbd::of(double r, double alpha, double a, double b) {
  const auto within = [](double x, double low, double high) { return x >= low && x <= high; };
  if (!within(r, 1e-9, 1e9) || !within(a, 1e-9, 1e9) || !within(b, 1e-9, 1e9) ||
      !within(alpha, 1e-120, 1e120))
    throw Error(ErrorCode::bad_number,
                "r, a and b must lie between 1e-9 and 1e9, alpha between 1e-120 and 1e120.");
  return {r, alpha, a, b};
}

double BgNbd::log_likelihood(const RepeatBuyer& buyer) const {
  require_sound(buyer);
  return log_likelihood_of(r_, alpha_, a_, b_, static_cast<double>(buyer.repeats), buyer.recency, buyer.age);
}

double BgNbd::probability_alive(const RepeatBuyer& buyer) const {
  require_sound(buyer);
  const Terms terms =
      terms_of(r_, alpha_, a_, b_, static_cast<double>(buyer.repeats), buyer.recency, buyer.age);
  return 1 / (1 + std::exp(terms.ceased - terms.alive));
}

double BgNbd::expected_purchases(double time) const {
  require_time(time);
  return expected(r_, alpha_, a_, b_, time);
}

double BgNbd::expected_purchases(const RepeatBuyer& buyer, double time) const {
  require_time(time);
  const auto x = static_cast<double>(buyer.repeats);
  return probability_alive(buyer) * expected(r_ + x, alpha_ + buyer.age, a_, b_ + x, time);
}

double BgNbd::probability_of(std::int64_t repeats, double time) const {
  require_time(time);
  if (repeats < 0) throw Error(ErrorCode::bad_number, "Nobody buys less than not at all.");
  if (time == 0) return repeats == 0 ? 1 : 0;
  const auto x = static_cast<double>(repeats);
  const double z = time / (alpha_ + time);
  double log_weight = -r_ * std::log1p(time / alpha_);
  double fewer = 0;  // P(N < x)
  for (double n = 0; n < x; ++n) {
    fewer += std::exp(log_weight);
    log_weight += std::log((r_ + n) / (n + 1) * z);
  }
  double probability = std::exp(log_stays(a_, b_, x) + log_weight);
  // s(x - 1) a / (a + b + x - 1): ceases after the x-th.
  if (x > 0)
    probability += std::exp(log_stays(a_, b_, x - 1)) * a_ / (a_ + b_ + x - 1) * std::max(0.0, 1 - fewer);
  return probability;
}

BgNbdFit fit_bg_nbd(std::span<const RepeatBuyer> buyers) {
  BgNbdFit fit{.outcome = BgNbdOutcome::nobody_returned,
               .customers = static_cast<std::int64_t>(buyers.size()),
               .repeats = 0};
  std::map<std::tuple<std::int64_t, double, double>, std::int64_t> counts;
  double longest = 0;
  for (const RepeatBuyer& buyer : buyers) {
    require_sound(buyer);
    ++counts[{buyer.repeats, buyer.recency, buyer.age}];
    fit.repeats = checked_add(fit.repeats, buyer.repeats);
    longest = std::max(longest, buyer.age);
  }
  if (fit.repeats == 0) return fit;
  std::vector<PurchaseRow> rows;
  rows.reserve(counts.size());
  double time = 0;
  for (const auto& [key, count] : counts) {
    const auto& [repeats, recency, age] = key;
    rows.push_back(
        {static_cast<double>(repeats), recency / longest, age / longest, static_cast<double>(count)});
    time += rows.back().age * rows.back().count;
  }
  // The rate of all, were nobody ever to cease, is a little too low.
  const double rate = static_cast<double>(fit.repeats) / time;
  fit.outcome = BgNbdOutcome::no_maximum;
  std::optional<LikelihoodMaximum<4>> best;
  const PurchaseLikelihood likelihood{rows};
  for (const double r : {0.3, 1.0, 3.0})
    for (const auto& [a, b] : {std::array{0.5, 2.0}, std::array{1.0, 10.0}, std::array{3.0, 3.0}})
      keep_better<4>(best, climb<4>(likelihood, Vector4d(std::log(r), std::log(r / (1.5 * rate)), std::log(a),
                                                         std::log(b))));
  if (!best) return fit;
  auto covariance = inverse_information<4>(best->point);
  if (!covariance) return fit;
  const Vector4d p = best->logs.array().exp();
  fit.outcome = BgNbdOutcome::fitted;
  fit.model = BgNbd::of(p[0], p[1] * longest, p[2], p[3]);
  // In the unit of the times given: each repeat's density is that much smaller.
  fit.log_likelihood = best->point.value - static_cast<double>(fit.repeats) * std::log(longest);
  fit.covariance = *covariance;
  return fit;
}

}  // namespace churn::inline v0
