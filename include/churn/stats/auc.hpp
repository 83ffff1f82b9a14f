// AUC: how often, of one who leaves and one who stays, the one who leaves has the higher score.
//
//   Auc a = auc(risk, left, customer);
//   a.value       // 0.5: no better than a coin; 1: always. Empty: nobody left, or everybody
//   a.interval    // rows of one customer are not independent: the clusters say whose they are
//
//   value = (pairs in which the yes is higher + half of those that are equal) / (yes x no)
//
// Below 0.5 a low score marks those who leave. The standard error is DeLong's; with clusters that of Obuchowski, which
// adds what rows of one cluster have in common, whether they are yes, no, or both. With a cluster a row both are the
// same up to the factors n / (n - 1). The interval is value +- z x error, cut to [0, 1]; p asks whether the value is 0.5.
//
// Source: E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Biometrics 44, 837-845; N. A. Obuchowski (1997),
// Biometrics 53, 567-578; X. Sun, W. Xu (2014), IEEE Signal Processing Letters 21, 1389-1393. Equals R's pROC::roc.
// O(n log n).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <churn/stats/interval.hpp>
#include <churn/stats/p_value.hpp>

namespace churn::inline v0 {

struct Auc {
  std::int64_t yes{0};  ///< rows
  std::int64_t no{0};
  std::optional<double> value{};
  std::optional<double>
      std_error{};  ///< empty with fewer than two of yes or no, or of clusters that hold them
  std::optional<Interval> interval{};
  std::optional<PValue> p{};  ///< empty also where the error is 0
};

/// Throws Error(out_of_range) where lengths differ (no clusters at all: each row its own), Error(bad_number) for a score
/// that is not finite or a confidence out of (0, 1).
[[nodiscard]] Auc auc(std::span<const double> score, std::span<const std::uint8_t> outcome,
                      std::span<const std::uint32_t> cluster = {}, double confidence = 0.95);

/// The value alone. O(n log n), without an error to be worked out.
[[nodiscard]] std::optional<double> auc_value(std::span<const double> score,
                                              std::span<const std::uint8_t> outcome);

}  // namespace churn::inline v0
