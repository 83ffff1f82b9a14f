// DecisionMrr: what became of the MRR of those whom a decision reached, against a window of the same length before it.
//
//   DecisionMrr mrr = decision_mrr(book, decision);
//   mrr.net.value           // 0.031: of each 100 of MRR 3.10 more were lost, what they pay more being set against it
//   mrr.change              // -1240.00 a month
//
// A price change makes some leave and others pay more. Movements come at renewals, so that windows must hold like renewals:
//   after    from the effective day to before the end: customers whose stay began before it and came to its first affected
//            renewal in the window (decision/decision_rows.hpp). `eve` is their MRR on the day before that renewal
//   mirror   the same, as if the decision had been announced and taken effect earlier, and the window had ended where it was
//            announced: as long as the one after
// At the end of its window an absent customer has churned with all of its eve; of the others the MRR then is above (expansion)
// or below it (contraction). A customer counts once in each, by its first such stay.
//   gross   (churn + contraction) / eve, after less mirror; with a control less the same of its sides
//   net     likewise (churn + contraction - expansion) / eve
//   change  - net x the eve of those concerned: MRR at the end, without which it would be
// Intervals are by the delete-a-group jackknife over 50 groups of customers (stats/jackknife.hpp), so that who is in both windows
// is no two customers. Months are not: what a season or trend does is in it, unless a control takes it out.
//
// Empty, and `why_not` says so, where a book has several currencies that are not converted, where there is nobody in a window, or
// where records do not reach back over the mirror. O(changes + renewals) a customer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <churn/core/run_rate.hpp>
#include <churn/decision/decision_rows.hpp>
#include <churn/stats/interval.hpp>
#include <churn/stats/jackknife.hpp>

namespace churn::inline v0 {

/// In ticks of run rate; of several currencies counts only.
struct DecisionMrrWindow {
  Date from;                  ///< the effective day, of the mirror as pretended
  Date until;                 ///< the day after the last of the window
  std::int64_t customers{0};  ///< who came to their first affected renewal in it
  std::int64_t churned{0};    ///< of these, absent on its last day
  std::int64_t eve{0};        ///< what they paid on the day before that renewal
  std::int64_t churn{0};      ///< the eve of those who churned
  /// Of the others: by how much some pay less on the last day than on the eve.
  std::int64_t contraction{0};
  std::int64_t expansion{0};  ///< of the others: by how much some pay more
  /// (churn + contraction) / eve. Empty where the eve is 0.
  [[nodiscard]] std::optional<double> gross() const;
  /// (churn + contraction - expansion) / eve. Empty where the eve is 0.
  [[nodiscard]] std::optional<double> net() const;
};

/// How far a rate differs between the windows, and how sure that is.
struct DecisionMrrDifference {
  std::optional<double> value{};  ///< after less mirror; with a control, less the same of its sides
  Jackknife error{};              ///< over groups of customers; its interval is of `value`
};

/// What became of the MRR of those whom a decision reached.
struct DecisionMrr {
  DecisionMrrWindow after;                            ///< of those concerned
  DecisionMrrWindow mirror;                           ///< of those concerned
  std::optional<DecisionMrrWindow> control_after{};   ///< empty without a control
  std::optional<DecisionMrrWindow> control_mirror{};  ///< empty without a control
  DecisionMrrDifference gross{};                      ///< of DecisionMrrWindow::gross
  DecisionMrrDifference net{};                        ///< of DecisionMrrWindow::net
  std::optional<Currency> currency{};                 ///< empty: several
  std::optional<RunRate> change{};       ///< - net x the eve of `after`; negative: lost by the decision
  std::optional<RunRate> change_low{};   ///< lower end of its interval
  std::optional<RunRate> change_high{};  ///< upper end of its interval
  std::string why_not{};                 ///< a sentence where there is no difference
};

/// Throws what decision_rows throws, Error(bad_number) for a confidence out of (0, 1), and Error(overflow) for sums beyond
/// 64 bits.
[[nodiscard]] DecisionMrr decision_mrr(const Book& book, const Decision& decision, double confidence = 0.95);

}  // namespace churn::inline v0
