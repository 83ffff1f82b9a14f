// E-value: how strong something unmeasured would have to be to explain an association away.
//
//   EValue e = e_value(3.9, Interval{1.8, 8.7});
//   e.estimate;   // 7.26: only what is 7.26 times as frequent among the exposed and raises the risk 7.26 times, beside
//                 // all that was adjusted for, could make 3.9 of no effect at all
//   *e.limit;     // 3.0: and this much would do to bring the interval down to 1
//
//   of a risk ratio of 1 or more     E = RR + sqrt(RR (RR - 1));  below 1 that of 1 / RR
//   of an interval                   that of the limit nearer to 1; 1 if the interval holds 1
//   of a hazard ratio                of a rare outcome RR = HR;  of a common one, more than 15 % of all by the end of
//                                    follow-up,  RR = (1 - 0.5^sqrt HR) / (1 - 0.5^sqrt(1 / HR)),  an approximation
//   of a rate ratio of counts        RR is the rate ratio (that of a Poisson regression, say)
//
// Whoever has an E-value of E on both counts, as risk ratios, can just explain RR away: the bias of two risk ratios
// a and b is at most a b / (a + b - 1). One weaker can, if the other is stronger. A small E-value says that little
// confounding is needed, not that there is any; a large one says nothing of other errors (selection, measuring).
// Compare it with the risk ratios of what was measured: plan, tenure, size.
//
// Source: T. J. VanderWeele, P. Ding, "Sensitivity analysis in observational research: introducing the E-value", Annals
// of Internal Medicine 167 (2017) 268-274, doi:10.7326/M16-2607. Equals evalues.RR and evalues.HR of R's EValue.
#pragma once

#include <cstdint>
#include <optional>

#include <churn/stats/interval.hpp>

namespace churn::inline v0 {

/// E-values of an estimate, and of the interval around it.
struct EValue {
  double estimate;                ///< 1 or more
  std::optional<double> limit{};  ///< of the confidence limit nearer to 1; empty without an interval
  friend constexpr bool operator==(const EValue&, const EValue&) noexcept = default;
};

/// How many have the outcome: of a common one a hazard ratio is no risk ratio.
enum class OutcomeFrequency : std::uint8_t {
  rare,    ///< at most 15 % have it by the end of follow-up
  common,  ///< more
};

/// Throws Error(bad_number) unless the ratio and the ends of its interval are positive and finite (and 1 over them),
/// and the interval holds the ratio. Constant time, as all below.
[[nodiscard]] EValue e_value(double risk_ratio, const std::optional<Interval>& interval = {});

/// The same of a hazard ratio.
[[nodiscard]] EValue e_value_of_hazard_ratio(double hazard_ratio, OutcomeFrequency outcome,
                                             const std::optional<Interval>& interval = {});

/// The risk ratio that a hazard ratio is about, where the outcome is common. Throws Error(bad_number) unless it is
/// positive and finite.
[[nodiscard]] double risk_ratio_of_common_outcome(double hazard_ratio);

}  // namespace churn::inline v0
