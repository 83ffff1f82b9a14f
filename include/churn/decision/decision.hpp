// DecisionReport: what a decision did to churn and to recurring revenue, for old and new customers.
//
//   Decision dearer{.effective_on = Date::of(2024, 6, 1), .name = "the price change", .where = by::primary_plan == "pro"};
//   DecisionReport report = analyse_decision(book, dearer);
//   decision_sentence(report);    // "From their first affected renewal on 96 existing customers left, where without the ..."
//   decision_table(report);
//
// It is a price change, a release, a campaign, a new way to win customers: anything with a date. Put together here are
//   rows      departures by month, and what rates before expect (decision/decision_rows.hpp)
//   effect    how far they differ, for who was there and for who joined after it (decision/decision_effect.hpp)
//   mrr       what became of the MRR of those it reached (decision/decision_mrr.hpp)
//   placebos  what the same question finds on days on which nothing was decided (decision/decision_placebos.hpp)
// A comparison of before and after holds whatever else came at that date; name a `control`, customers alike whom it did not
// concern, and what came to both is taken out.
//
// O((1 + placebos) x decision_rows).
#pragma once

#include <optional>
#include <string>

#include <churn/core/progress.hpp>
#include <churn/core/table.hpp>
#include <churn/decision/decision_effect.hpp>
#include <churn/decision/decision_mrr.hpp>
#include <churn/decision/decision_placebos.hpp>
#include <churn/decision/decision_rows.hpp>

namespace churn::inline v0 {

/// How a decision's effect is estimated.
struct DecisionOptions {
  DecisionEffectOptions effect{};  ///< of the regression, also of the placebos
  /// Of all intervals; none: that of the book's conventions, whatever `effect` says.
  std::optional<double> confidence{};
  std::size_t most_placebos{24};  ///< the latest so many; 0: none
  Progress progress{};            ///< told of the placebos, which take most of the time
};

/// All that is known of what a decision did.
struct DecisionReport {
  Decision decision;            ///< as it was asked
  DecisionRows rows;            ///< departures by month, and what rates before expect
  DecisionEffect effect{};      ///< how far they differ
  DecisionMrr mrr;              ///< of those it reached
  DecisionPlacebos placebos{};  ///< the same on days on which nothing was decided
  double confidence{0.95};      ///< of all intervals
};

/// Throws what its parts throw: Error(bad_period) and Error(out_of_range) for days that can't be, what filters throw,
/// Error(bad_number) for a confidence out of (0, 1), and Error(cancelled).
[[nodiscard]] DecisionReport analyse_decision(const Book& book, const Decision& decision,
                                              const DecisionOptions& options = {});

/// A row a group of those concerned: existing_announced, existing_affected, joined_after. Columns: group, departures, expected
/// (without the decision), rate_ratio, ci_low, ci_high, p, customers_change, change_low, change_high (lost by it; negative:
/// kept), risk_days, at_rates_before, note. What is undefined is empty.
[[nodiscard]] Table decision_table(const DecisionReport& report);
/// A row a side and window, then one of the difference. Columns: side (concerned, control, difference), window (after, mirror),
/// from, until, customers, churned, eve_mrr, churn, contraction, expansion, gross, net, gross_low, gross_high, net_low,
/// net_high, mrr_change, change_low, change_high, note. Rates are shares of the eve's MRR; intervals and the change, a month,
/// are of the difference.
[[nodiscard]] Table decision_mrr_table(const DecisionReport& report);
/// Columns: effective_on, until, departures, expected, rate_ratio, ci_low, ci_high, p, note; the decision itself comes last.
[[nodiscard]] Table decision_placebo_table(const DecisionReport& report);
/// Columns: month, phase, side (concerned, control), departures, expected (at rates before), ratio, risk_days.
[[nodiscard]] Table decision_months_table(const DecisionReport& report);
/// What it did to old and new customers and to MRR, what speaks against it, and what to do where it can't be said.
[[nodiscard]] std::string decision_sentence(const DecisionReport& report);

}  // namespace churn::inline v0
