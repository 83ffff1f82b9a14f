#include "forecast/renewal_likelihood.hpp"

#include <boost/math/special_functions/erf.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Where a function passes from one side of 0 to the other, to the last digit: `left_side(x)` tells on which side x
/// is. Halving, in at most some 1100 steps, and in 60 where the ends are of one size.
template <class LeftSide>
double crossing(double left, double right, const LeftSide& left_side) {
  for (;;) {
    const double middle = left + (right - left) / 2;
    if (middle <= std::min(left, right) || middle >= std::max(left, right)) return middle;
    if (std::abs(right - left) <= 1e-15 * std::max(std::abs(left), std::abs(right))) return middle;
    (left_side(middle) ? left : right) = middle;
  }
}

}  // namespace

RenewalLikelihood::RenewalLikelihood(const RenewalCounts& counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const RenewalCount& count = counts.opportunities()[i];
    if (count.at_risk == 0) continue;
    ++opportunities_;
    const Term term{static_cast<double>(i), static_cast<double>(count.kept()),
                    static_cast<double>(count.lost)};
    terms_.push_back(term);
    lost_ += term.lost;
    if (i > 0) lost_later_ += term.lost;
    if (i == 0) {
      at_risk_first_ = term.kept + term.lost;
      kept_first_ = term.kept;
    }
  }
}

double RenewalLikelihood::heterogeneity_of(double polarization) {
  return polarization >= 1 ? infinity : polarization / (1 - polarization);
}

double RenewalLikelihood::polarization_of(double heterogeneity) {
  return std::isinf(heterogeneity) ? 1 : heterogeneity / (1 + heterogeneity);
}

double RenewalLikelihood::value(double mean_churn, double heterogeneity) const {
  double sum = 0;
  for (const Term& term : terms_) {
    // Not 0 x log 0, which is no number.
    if (term.kept > 0) sum += term.kept * std::log(stay(mean_churn, term.age, heterogeneity));
    if (term.lost > 0) sum += term.lost * std::log(leave(mean_churn, term.age, heterogeneity));
  }
  return sum;
}

double RenewalLikelihood::slope(double mean_churn, double heterogeneity) const {
  double sum = lost_ / mean_churn;
  for (const Term& term : terms_) {
    if (term.kept == 0 || (term.age > 0 && std::isinf(heterogeneity))) continue;
    const double stays = (1 - mean_churn) + (term.age == 0 ? 0 : term.age * heterogeneity);
    sum -= term.kept / stays;
  }
  return sum;
}

double RenewalLikelihood::best_mean(double heterogeneity) const {
  if (lost_ == 0) return 0;
  if (slope(1, heterogeneity) >= 0) return 1;
  return crossing(0.0, 1.0, [&](double m) { return slope(m, heterogeneity) > 0; });
}

double RenewalLikelihood::profile_slope(double heterogeneity) const {
  const double mean = best_mean(heterogeneity);
  double sum = 0;
  for (const Term& term : terms_) {
    if (term.age == 0) continue;
    if (term.kept > 0) sum += term.kept * term.age / ((1 - mean) + term.age * heterogeneity);
    sum -= (term.kept + term.lost) * term.age / (1 + term.age * heterogeneity);
  }
  return sum;
}

std::optional<Interval> RenewalLikelihood::mean_range(double heterogeneity, double level) const {
  const double best = best_mean(heterogeneity);
  if (!(value(best, heterogeneity) >= level)) return std::nullopt;
  const auto outside = [&](double m) { return value(m, heterogeneity) < level; };
  Interval range{0, 1};
  if (outside(0)) range.low = crossing(0.0, best, outside);
  if (outside(1)) range.high = crossing(1.0, best, outside);
  return range;
}

double RenewalLikelihood::best_heterogeneity() const {
  if (lost_ == 0) return 0;
  if (lost_later_ == 0) return kept_first_ > 0 ? infinity : 0;

  // Half decades from where all are alike to where 2^63 customers could not tell; the maximum then lies between the
  // neighbours of the best.
  std::vector<double> grid{0};
  for (int i = -12; i <= 40; ++i) grid.push_back(std::pow(10.0, i / 2.0));
  std::size_t best = 0;
  std::vector<double> heights;
  heights.reserve(grid.size());
  for (const double h : grid) heights.push_back(profile(h));
  for (std::size_t i = 1; i < grid.size(); ++i)
    if (heights[i] > heights[best]) best = i;

  // The slope of an exactly geometric cohort is a sum of terms that cancel: within their rounding it is 0.
  double scale = 0;
  for (const Term& term : terms_) scale += (term.kept + term.lost) * term.age;
  if (best == 0 && profile_slope(0) <= 1e-12 * scale) return 0;

  // One side is climbed to, by halving: a point that is higher than the lower end and climbs takes its place.
  if (profile_slope(grid[best]) >= 0) {
    double floor = heights[best];
    return crossing(grid[best], grid[std::min(best + 1, grid.size() - 1)], [&](double h) {
      if (profile_slope(h) < 0) return false;
      const double height = profile(h);
      // Rounding, near the top: where it climbs and is level counts as higher.
      if (height < floor - 1e-12 * std::abs(floor)) return false;
      floor = std::max(floor, height);
      return true;
    });
  }
  double floor = heights[best];
  return crossing(grid[best], grid[best - 1], [&](double h) {
    if (profile_slope(h) >= 0) return false;
    const double height = profile(h);
    if (height < floor - 1e-12 * std::abs(floor)) return false;
    floor = std::max(floor, height);
    return true;
  });
}

Interval RenewalLikelihood::polarization_range(double best, double level) const {
  const auto outside = [&](double p) { return profile(heterogeneity_of(p)) < level; };
  Interval range{0, 1};
  if (outside(0)) range.low = crossing(0.0, best, outside);
  if (outside(1)) range.high = crossing(1.0, best, outside);
  return range;
}

double profile_level(double best, double confidence) {
  if (!(confidence > 0 && confidence < 1))
    throw Error(ErrorCode::bad_number, "An interval needs 0 < confidence < 1.");
  // Half the quantile of a chi-square variate with one degree of freedom.
  return best - std::pow(boost::math::erf_inv(confidence), 2);
}

Interval range_of(const RenewalLikelihood& likelihood, const ShiftedBetaGeometric& best, double level,
                  const std::function<double(const ShiftedBetaGeometric&)>& quantity) {
  const double at_best = quantity(best);
  Interval range{at_best, at_best};
  const Interval polarizations = likelihood.polarization_range(best.polarization(), level);
  // For one h the ends are at the ends of m, as the quantity falls with m.
  const auto ends = [&](double polarization) {
    const double h = RenewalLikelihood::heterogeneity_of(polarization);
    const auto means = likelihood.mean_range(h, level);
    if (!means) return Interval{at_best, at_best};
    return Interval{quantity(ShiftedBetaGeometric::of_mean(means->high, h)),
                    quantity(ShiftedBetaGeometric::of_mean(means->low, h))};
  };
  constexpr int steps = 32;
  const double width = (polarizations.high - polarizations.low) / steps;
  double lowest = polarizations.low;
  double highest = polarizations.low;
  const auto look_at = [&](double polarization) {
    const Interval here = ends(polarization);
    if (here.low < range.low) {
      range.low = here.low;
      lowest = polarization;
    }
    if (here.high > range.high) {
      range.high = here.high;
      highest = polarization;
    }
  };
  for (int i = 0; i <= steps; ++i) look_at(polarizations.low + i * width);
  // Around the two ends, ever closer: the quantity is smooth along h, so an error of 10^-4 of the width in h is one
  // of 10^-8 or so in the end.
  for (double step = width / 2; step > 2e-4 * width; step /= 2)
    for (const double centre : {lowest, highest})
      for (const double polarization : {centre - step, centre + step})
        if (polarization >= polarizations.low && polarization <= polarizations.high) look_at(polarization);
  return range;
}

}  // namespace churn::inline v0
