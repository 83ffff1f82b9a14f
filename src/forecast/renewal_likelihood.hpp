// The log-likelihood of renewal counts under the shifted beta-geometric model, in terms of the mean churn m and the
// heterogeneity h: 1 - r(t) = m / (1 + (t - 1) h). Private to the library's sources.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include <churn/forecast/renewal_counts.hpp>
#include <churn/forecast/shifted_beta_geometric.hpp>
#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// r(t) at age t - 1, written so that no digits are lost.
inline double stay(double mean_churn, double age, double heterogeneity) {
  const double spread = age == 0 ? 0 : age * heterogeneity;
  return std::isinf(spread) ? 1 : ((1 - mean_churn) + spread) / (1 + spread);
}

/// 1 - r(t).
inline double leave(double mean_churn, double age, double heterogeneity) {
  return age == 0 ? mean_churn : mean_churn / (1 + age * heterogeneity);
}

class RenewalLikelihood {
 public:
  explicit RenewalLikelihood(const RenewalCounts& counts);

  /// Minus infinity where the counts are impossible.
  [[nodiscard]] double value(double mean_churn, double heterogeneity) const;
  /// The mean churn of the highest likelihood for this h.
  [[nodiscard]] double best_mean(double heterogeneity) const;
  /// The highest log-likelihood for this h.
  [[nodiscard]] double profile(double heterogeneity) const {
    return value(best_mean(heterogeneity), heterogeneity);
  }
  /// d profile / dh, h finite.
  [[nodiscard]] double profile_slope(double heterogeneity) const;
  /// Between which means the log-likelihood is at least `level` for this h; empty if it is so for none.
  [[nodiscard]] std::optional<Interval> mean_range(double heterogeneity, double level) const;
  /// Where the profile is highest, infinity included.
  [[nodiscard]] double best_heterogeneity() const;
  /// Between which polarizations h / (1 + h) the profile is at least `level`; `best` is one that has it.
  [[nodiscard]] Interval polarization_range(double best, double level) const;

  [[nodiscard]] bool nobody_lost() const noexcept { return lost_ == 0; }
  [[nodiscard]] bool nobody_lost_later() const noexcept { return lost_later_ == 0; }
  [[nodiscard]] bool nobody_kept_first() const noexcept { return at_risk_first_ > 0 && kept_first_ == 0; }
  [[nodiscard]] int opportunities() const noexcept { return opportunities_; }

  /// h of a polarization, 1 giving infinity.
  [[nodiscard]] static double heterogeneity_of(double polarization);
  [[nodiscard]] static double polarization_of(double heterogeneity);

 private:
  struct Term {
    double age;  // t - 1
    double kept;
    double lost;
  };
  /// d value / d mean.
  [[nodiscard]] double slope(double mean_churn, double heterogeneity) const;

  std::vector<Term> terms_;  // opportunities at which somebody was at risk
  double lost_{0};
  double lost_later_{0};
  double at_risk_first_{0};
  double kept_first_{0};
  int opportunities_{0};
};

/// The smallest and the largest value of a quantity that falls with the mean churn, over all models whose
/// log-likelihood is at least `level`.
[[nodiscard]] Interval range_of(const RenewalLikelihood& likelihood, const ShiftedBetaGeometric& best,
                                double level,
                                const std::function<double(const ShiftedBetaGeometric&)>& quantity);

/// The log-likelihood down to which a profile interval goes. Throws Error(bad_number) unless 0 < confidence < 1.
[[nodiscard]] double profile_level(double best, double confidence);

}  // namespace churn::inline v0
