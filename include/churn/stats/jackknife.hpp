// The delete-a-group jackknife: how far an estimate would move with other customers, where no formula says so.
//
// A ratio of sums of money has no binomial interval: one customer is worth a hundred others. So the customers are
// split into groups at random, the estimate is taken once more without each group (a replicate), and what these
// differ by says what the estimate is worth. With f the scale, e the estimate, e_g the replicate without group g and
// G groups:
//
//   d_g        f(e_g) - f(e)
//   variance   (G - 1)/G x sum of d_g^2                          of f(e)
//   interval   f^-1 of f(e) +- t x sqrt(variance)
//   t          Student's quantile of (1 + confidence) / 2 with min(G - 1, 2 / (sum of d^4 / (sum of d^2)^2 - 1/G))
//              degrees of freedom
//
// Squares are taken about the full estimate, never less than about the mean of the replicates (by the square of the
// jackknife's estimate of the bias, over G - 1). The second of the degrees of freedom is Satterthwaite's: G groups of
// like weight have G - 1, but where one large customer makes most of the variance, the variance is known from little
// more than that customer, and G - 1 would make the interval too narrow; it is above 2. (Of 300 simulated customers,
// 15 % of whom lost some of their lognormal MRR, sigma 1.5, it raises the coverage for gross churn from 91 to 94 %.)
//
// The scale keeps an interval where its estimate can be: `logit` within (0, 1) for shares, `log` above 0 for ratios,
// `plain` for what may have any sign. It is not symmetric then. std_error is of the estimate itself: the square root
// of the variance times the derivative of f^-1.
//
// There is no interval, and a reason, where there is nothing to say: see NoInterval. Groups must be drawn without
// regard to what is estimated (segment/customer_groups.hpp); all of them together are the sample. Groups that hold
// nothing are left out by the caller: their replicates say nothing, and their number would promise too much.
//
// Source: J. W. Tukey, Annals of Mathematical Statistics 29 (1958) 614; K. M. Wolter, Introduction to Variance
// Estimation, 2nd ed. (2007), chapter 4; F. E. Satterthwaite, Biometrics Bulletin 2 (1946) 110-114. With one
// observation a group the standard error of a mean is s / sqrt n exactly. O(groups).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// On what scale an interval is symmetric.
enum class Scale : std::uint8_t {
  plain,  ///< as it is: for what may have any sign
  log,    ///< for what is above 0
  logit,  ///< log(x / (1 - x)): for shares, between 0 and 1
};

/// Why there is no interval.
enum class NoInterval : std::uint8_t {
  no_estimate,                ///< the base is empty
  at_a_bound,                 ///< the estimate is 0 (or 1), where its scale ends: nobody was lost, say
  too_few_groups,             ///< there are customers in too few groups, or what is counted is of too few
  undefined_without_a_group,  ///< without some group there is no estimate, or one at a bound
  no_spread,                  ///< all replicates are alike: nothing says how much they might differ
  unbounded,                  ///< an end is beyond what a number can hold
};

/// The stable name of a reason, such as `too_few_groups`.
[[nodiscard]] std::string_view no_interval_name(NoInterval reason) noexcept;

/// How sure an estimate is, or why that can't be said.
struct Jackknife {
  std::optional<double> std_error{};    ///< of the estimate, on no scale
  std::optional<Interval> interval{};   ///< symmetric on its scale; empty where `why_not` says why
  std::size_t groups{0};                ///< replicates that were given
  double degrees_of_freedom{0};         ///< 0 without an interval
  std::optional<NoInterval> why_not{};  ///< why there is no interval; empty where there is one
};

/// Standard error and interval are there or missing together. Throws Error(bad_number) unless 0 < confidence < 1 and
/// all numbers are finite.
[[nodiscard]] Jackknife jackknife(std::optional<double> estimate,
                                  std::span<const std::optional<double>> replicates,
                                  Scale scale = Scale::plain, double confidence = 0.95);

}  // namespace churn::inline v0
