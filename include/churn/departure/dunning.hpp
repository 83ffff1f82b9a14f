// Dunning: how many payments failed, how many were recovered, and how much money is saved, lost and still at risk.
//
//   const Dunning dunning = dunning_of(book, months(from, to), by::attribute("channel"));
//   dunning.total.recovery_rate().value();            // of the failures whose window is over
//   dunning_sentence(dunning);                        // "335 invoices had a failed payment. Of the 322 whose …"
//
// Rows and words are those of departure/failed_payments.hpp. An invoice belongs to the period that holds F, the day of
// its first failure.
//
//   failed = recovered + lost + at risk     at as_of: invoices, amounts, customers, MRR
//   recovery rate        recovered within the window / failed, of whole windows (F + window <= as_of) only: a failure
//                        of yesterday can't be counted as lost, and one that is paid already says nothing of the others
//                        of its day. By count a Proportion with its interval, by amount a Ratio
//   recovered late       after the window: in `recovered`, and not in the rate
//   saved                what was recovered, less what of it was refunded since
//   failing rate         claims whose first attempt failed / claims that were attempted, by the day of that attempt;
//                        first payments and renewals apart, as a card that never worked is another thing than one that
//                        has stopped working
//   by attempt           of whole windows: how many invoices got to an attempt within the window, and how many of these
//                        were paid by it
//   by days              recovered at most so many days after F. All over the same invoices, those of which the last of
//                        these days is known, so that the figures can only rise
//   customers, MRR       each customer counts once in a cell, by the worst that became of its invoices there (lost,
//                        then at risk, then recovered), with the MRR behind the first of those. So the three add up in
//                        each cell, but the cells of a customer who failed in two months don't add up to the total
//
// Amounts are exact and in one currency: the reporting one at its constant rate, each invoice rounded by itself, else
// the one in which all failed. Several are an error that names them, unless one is asked for. An invoice without an
// amount counts, and is counted, but adds no money.
//
// Segments are what the customer was on the day whose MRR counts: the day before F for a renewal, F itself for a first
// payment (and the day of the first attempt for failing rates). Of lanes it is the one with the most MRR; who was
// absent on that day is "(none)". Listed are those that had an attempted claim in the grid.
//
// Periods that the book knows nothing of are empty in tables, never zero. O(invoices log invoices), and with states or
// lanes the days of the customers who were charged.
//
// What it is not: what dunning brought about. Some would have paid without a reminder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/period_grid.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/ratio.hpp>
#include <churn/core/table.hpp>
#include <churn/departure/failed_payments.hpp>
#include <churn/row/period_status.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// How failures are followed, and which of them are asked about.
struct DunningOptions {
  DunningRule rule{};                                      ///< the window, and what failure codes mean
  Filter where{};                                          ///< what customers were on the day of their label
  std::optional<Currency> currency{};                      ///< only claims in it, of a book of several
  std::vector<std::int32_t> days{0, 1, 3, 7, 14, 21, 30};  ///< of Dunning::days, since F; ascending
  IntervalRule interval{};  ///< of the rates; not taken from the book's conventions
};

/// Invoices with their amounts, and the customers behind them.
struct DunningSum {
  std::int64_t invoices{0};     ///< that had a failed payment
  std::int64_t minor_units{0};  ///< billed on them, in Dunning::currency; without an amount they add none
  std::int64_t customers{0};    ///< each once, by the worst that became of its invoices in the cell
  std::int64_t ticks{0};        ///< run rate behind these customers, in Dunning::mrr_currency
  friend bool operator==(const DunningSum&, const DunningSum&) = default;
};

/// What became of the failures of one segment and period, or of several together.
struct DunningCell {
  DunningSum failed;                           ///< recovered, lost and at risk together
  DunningSum recovered;                        ///< paid by as_of, within the window or later
  DunningSum lost;                             ///< not paid, and uncollectible or the window is over
  DunningSum at_risk;                          ///< not paid, still open, and within the window
  std::int64_t recovered_late{0};              ///< of `recovered`: after the window
  std::int64_t recovered_late_minor_units{0};  ///< billed on these
  std::int64_t refunded_minor_units{0};        ///< of what was recovered
  std::int64_t without_amount{0};              ///< of `failed`
  // Of whole windows.
  std::int64_t whole{0};                        ///< invoices whose window is over, whatever became of them
  std::int64_t whole_recovered{0};              ///< within the window
  std::int64_t whole_minor_units{0};            ///< billed on all of `whole`
  std::int64_t whole_recovered_minor_units{0};  ///< billed on those recovered within the window
  // Claims that were attempted, and of these those whose first attempt failed.
  std::int64_t first_payments{0};         ///< claims, by the day of the first attempt
  std::int64_t first_payments_failed{0};  ///< of these, at the first attempt
  std::int64_t renewals{0};               ///< likewise, all other claims
  std::int64_t renewals_failed{0};        ///< of these, at the first attempt

  /// By invoices: recovered within the window, of whole windows.
  [[nodiscard]] Proportion recovery_rate() const { return {whole_recovered, whole}; }
  /// The same by amounts billed.
  [[nodiscard]] Ratio recovery_rate_by_amount() const {
    return {whole_recovered_minor_units, whole_minor_units};
  }
  /// First payments whose first attempt failed, of those attempted.
  [[nodiscard]] Proportion first_payment_failing_rate() const {
    return {first_payments_failed, first_payments};
  }
  /// The same of renewals.
  [[nodiscard]] Proportion renewal_failing_rate() const { return {renewals_failed, renewals}; }
  /// Of first payments and renewals together.
  [[nodiscard]] Proportion failing_rate() const {
    return {first_payments_failed + renewals_failed, first_payments + renewals};
  }
  /// What was recovered, less what of it was refunded since.
  [[nodiscard]] std::int64_t saved_minor_units() const noexcept {
    return recovered.minor_units - refunded_minor_units;
  }
  friend bool operator==(const DunningCell&, const DunningCell&) = default;
};

/// The failures of one reason, over the whole grid and all segments.
struct DunningReason {
  std::string reason;  ///< empty: no code
  DunningCell cell;    ///< without what was attempted: an invoice that did not fail has no reason
};

/// Of invoices whose window is whole.
struct DunningAttempt {
  std::int64_t number;                    ///< from 1
  std::int64_t reached{0};                ///< invoices that came to this attempt within the window
  std::int64_t succeeded{0};              ///< of these, paid by it
  std::int64_t succeeded_minor_units{0};  ///< billed on those
  std::int64_t recovered{0};              ///< by this attempt or an earlier one

  /// Of the invoices that came to it.
  [[nodiscard]] Proportion success_rate() const { return {succeeded, reached}; }
};

/// Of invoices of which the last of the days is known.
struct DunningDay {
  std::int32_t days;                      ///< since F
  std::int64_t recovered{0};              ///< at most so many days after F
  std::int64_t recovered_minor_units{0};  ///< billed on these
  std::int64_t failed{0};                 ///< recovered or not: the same on each of the days
  std::int64_t failed_minor_units{0};     ///< billed on these

  [[nodiscard]] Proportion recovery_rate() const { return {recovered, failed}; }  ///< by invoices
  /// By amounts billed.
  [[nodiscard]] Ratio recovery_rate_by_amount() const { return {recovered_minor_units, failed_minor_units}; }
};

/// Failed payments and what became of them, over a grid and by segment.
struct Dunning {
  Date as_of;                               ///< the book's: days before it are known
  std::int32_t window_days;                 ///< from F on
  PeriodGrid grid;                          ///< of F, and of first attempts for failing rates
  std::vector<PeriodStatus> status;         ///< by period
  std::vector<std::string> segment_names;   ///< of the segmenter's factors
  std::vector<Label> segments;              ///< in order of their bytes
  std::optional<Currency> currency;         ///< of amounts; empty where there is none
  std::optional<Currency> mrr_currency;     ///< of MRR; empty where there is none
  IntervalRule interval;                    ///< of the rates
  std::vector<DunningCell> cells;           ///< by segment and period
  std::vector<DunningCell> segment_totals;  ///< over the whole grid
  DunningCell total;                        ///< over the whole grid and all segments
  DunningCell first_payments;               ///< of the total, invoices that are a first payment
  DunningCell renewals;                     ///< of the total, all other invoices
  std::vector<DunningReason> reasons;       ///< most invoices first, then by reason
  std::vector<DunningAttempt> attempts;     ///< the first one first
  std::int64_t recovered_otherwise;  ///< of whole windows and within them: by no attempt that is on record
  std::vector<DunningDay> days;      ///< one for each of DunningOptions::days

  /// Throws Error(out_of_range).
  [[nodiscard]] const DunningCell& at(std::size_t segment, std::size_t period) const;
  /// Of invoices whose window is whole: paid by an attempt or an earlier one.
  [[nodiscard]] Proportion recovered_by(const DunningAttempt& attempt) const {
    return {attempt.recovered, total.whole};
  }
};

/// Throws Error(mixed_currencies) naming them, Error(bad_number) for a window without a day or days that are not
/// ascending from 0 on, Error(overflow), and what segmenters and filters throw.
[[nodiscard]] Dunning dunning_of(const Book& book, const PeriodGrid& grid, const Segmenter& segmenter = {},
                                 const DunningOptions& options = {});

/// Columns: the segments' names, period, complete, then failed, recovered, recovered_late, lost, at_risk (invoices);
/// failed_amount, recovered_amount, saved_amount, lost_amount, at_risk_amount, without_amount; failed_customers,
/// failed_mrr, recovered_mrr, lost_mrr, at_risk_mrr (ticks if `exact`); numerator, denominator, value, ci_low, ci_high
/// of the recovery rate and amount_value, by amount; first_payments, first_payments_failed, renewals,
/// renewals_failed, failing_rate, failing_ci_low, failing_ci_high.
[[nodiscard]] Table dunning_table(const Dunning& dunning, bool exact = false);
/// The same over the whole grid: column payment (all, first, renewal), then as above from `failed` on.
[[nodiscard]] Table dunning_totals_table(const Dunning& dunning, bool exact = false);
/// Column reason, then as above from `failed` up to `amount_value`.
[[nodiscard]] Table dunning_reasons_table(const Dunning& dunning, bool exact = false);
/// Columns attempt, reached, succeeded, value, ci_low, ci_high, succeeded_amount, recovered, denominator,
/// recovered_value, recovered_ci_low, recovered_ci_high.
[[nodiscard]] Table dunning_attempts_table(const Dunning& dunning);
/// Columns days, numerator, denominator, value, ci_low, ci_high, recovered_amount, failed_amount, amount_value.
[[nodiscard]] Table dunning_days_table(const Dunning& dunning);

/// How many failed, how many were recovered of those whose window is over, how much is saved, lost and at risk.
[[nodiscard]] std::string dunning_sentence(const Dunning& dunning);

}  // namespace churn::inline v0
