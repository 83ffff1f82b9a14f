// AUC: how often, of one who leaves and one who stays, the one who leaves has the higher score.
//
//   Auc a = auc(risk, left, customer);
//   a.value       // 0.5: no better than a coin; 1: always. Empty: nobody left, or everybody
//   a.interval    // rows of one customer are not independent: the clusters say whose they are
//
//   value = (pairs in which the yes is higher + half of those that are equal) / (yes x no)
//
// Below 0.5 a low score marks those who leave. The standard error is DeLong's. With v(row) the share of the other
// outcome's rows that a row is on the right side of (equals count half), it is the root of
//
//   variance of v among yes / yes + variance of v among no / no                  (n - 1 below)
//
// With clusters it is Obuchowski's, which adds what rows of one cluster have in common, whether they are yes, no, or
// both. With a and b the sums over a cluster's yes and no of v - value, and C1, C0 and C clusters that hold a yes, a no,
// and anything, it is the root of
//
//   C1/(C1 - 1) sum of a^2 / yes^2 + C0/(C0 - 1) sum of b^2 / no^2 + 2 C/(C - 1) sum of a b / (yes x no)
//
// With a cluster a row that is DeLong's. The interval is value +- z x error, cut to [0, 1]. Where the error is 0 (all
// scores are equal, or they part yes and no without a miss) it measures nothing, and there is no interval.
//
// p asks whether the value is 0.5. That error comes from few values where few are yes: with ten of them |value - 0.5| /
// error is beyond 3.1 not twice in a thousand times, as it should be, but 16 times, and that is where one of many scores is
// told from chance. So p is by the error that the value has if it is 0.5, which is known: with N rows, t of them a score,
//   z = (value - 0.5) / sqrt(D (N + 1 - sum of (t^3 - t) / (N (N - 1))) / (12 yes no))
// which is Mann and Whitney's test but for D, the square of the clustered error over DeLong's: by how much rows of one
// cluster say less than as many clusters. Where scores part yes and no without a miss both errors are 0, and clusters count
// in place of rows: those that hold a yes, and those that hold a no. So such scores have a p, though no interval.
//
// The order of rows and the numbers that clusters go by change nothing, to the last bit.
//
// Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845; N. A. Obuchowski (1997),
// Biometrics 53, 567-578; X. Sun, W. Xu (2014), IEEE Signal Processing Letters 21, 1389-1393; H. B. Mann, D. R. Whitney
// (1947), Ann. Math. Statist. 18, 50-60. Equals R's pROC::roc, and p without clusters wilcox.test(exact = FALSE, correct =
// FALSE). O(n log n).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

/// How well a score tells yes from no, and how sure that is.
struct Auc {
  std::int64_t yes{0};            ///< rows
  std::int64_t no{0};             ///< rows
  std::optional<double> value{};  ///< empty without a yes, or without a no
  std::optional<double>
      std_error{};  ///< empty with fewer than two of yes or no, or of clusters that hold them
  std::optional<Interval> interval{};  ///< empty also where the error is 0
  /// Two-sided. Empty as the error is, where all scores are equal, and where the error by clusters alone is 0.
  std::optional<PValue> p{};
};

/// An outcome of 0 is no, any other yes. Throws Error(out_of_range) where lengths differ (no clusters at all: each row
/// its own), Error(bad_number) for a score that is not finite or a confidence out of (0, 1).
[[nodiscard]] Auc auc(std::span<const double> score, std::span<const std::uint8_t> outcome,
                      std::span<const std::uint32_t> cluster = {}, double confidence = 0.95);

/// The value alone. O(n log n), without an error to be worked out.
[[nodiscard]] std::optional<double> auc_value(std::span<const double> score,
                                              std::span<const std::uint8_t> outcome);

}  // namespace churn::inline v0
