// p-values of many comparisons, adjusted for being many: of twenty segments, one is at p < 0.05 by chance alone.
//
//   adjusted_p(p_values, Adjustment::holm)     // each in its place; below 0.05 still means what it says
//
// With m p-values, p(1) <= ... <= p(m):
//   bonferroni            m p
//   holm                  max over j <= i of (m - j + 1) p(j)     never less powerful than Bonferroni's
//   hochberg              min over j >= i of (m - j + 1) p(j)     for independent or positively dependent tests
//   benjamini_hochberg    min over j >= i of m / j x p(j)         the share of false findings, not any false one
//   benjamini_yekutieli   the same, times 1 + 1/2 + ... + 1/m     under any dependence
// all cut to 1. The first three keep the chance of any false finding below the level.
//
// Ties are in order of their logarithms, so that p-values below the smallest double keep their order. O(m log m).
//
// Source: S. Holm (1979), Scand. J. Statist. 6, 65-70; Y. Hochberg (1988), Biometrika 75, 800-802; Y. Benjamini,
// Y. Hochberg (1995), J. R. Statist. Soc. B 57, 289-300; Y. Benjamini, D. Yekutieli (2001), Ann. Statist. 29,
// 1165-1188. Equals R's p.adjust.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// How p-values are adjusted, by the formulas above.
enum class Adjustment : std::uint8_t {
  none,                ///< as they are
  bonferroni,          ///< any false finding, under any dependence
  holm,                ///< the same, and never less powerful
  hochberg,            ///< any false finding, of independent or positively dependent tests
  benjamini_hochberg,  ///< share of false findings, of such tests
  benjamini_yekutieli  ///< share of false findings, under any dependence
};

/// In the order given. Tests that gave no p-value are not among them: leave them out. Throws Error(bad_number) for
/// a value outside of [0, 1].
[[nodiscard]] std::vector<PValue> adjusted_p(std::span<const PValue> p_values, Adjustment adjustment);

}  // namespace churn::inline v0
