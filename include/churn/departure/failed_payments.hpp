// Failed payments: the invoices that a card or an account did not pay at once, and what became of each.
//
//   const FailedPayments failed = failed_payments(book);
//   for (const FailedPayment& row : failed.rows)
//     std::cout << row.invoice.text() << ' ' << row.reason << ' ' << dunning_outcome_name(row.outcome) << '\n';
//
// One row an invoice with at least one attempt that failed before it was met. Invoices are those known at as_of that
// are a claim: not drafts, void ones, those that add up to nothing, those of test accounts, nor rows of one id that
// contradict each other. What was recorded on or after as_of is not known, days being those of the book's time zone.
//
//   F               the day of the first attempt that failed
//   window          the days [F, F + window_days): how long a host goes on trying. It is *whole* if F + window_days is
//                   not after as_of
//   attempts        payments that succeeded or failed, in order of time whatever the order of rows; refunds are none,
//                   and what was tried after the invoice was met is none
//   amount          the lines with their tax; without lines what an attempt asked for. Empty where neither says it
//   reason          that of the last failed attempt with a code, by FailureCodes. A code that nobody knows is
//                   `other_payment`, and is listed; without any code the reason is empty
//   first payment   no earlier attempted or paid claim names a subscription of this one (or, where none is named, is on
//                   its customer), and none of these subscriptions was paid for before records_from. All else is a
//                   renewal
//   recovered       paid: by the status, on its paid day, or by an attempt that succeeded, on the day of that; of an
//                   invoice that is not known as paid only if the amounts (where known) reach what was billed and were
//                   not refunded. A refund of a paid invoice does not undo the recovery, it stands beside it, as far
//                   as it is of the amount: what was paid twice and given back once is none
//   lost            not paid, and either uncollectible or the window is over
//   at risk         not paid, still open, and within the window
//   MRR             what the customer paid on the day before F: the MRR that the failure put at risk, also where the
//                   customer was gone on F. Of a first payment, which has nothing before it, that of F itself. All its
//                   subscriptions count: a customer who is lost is lost with them
//
// A payment after the window was over is a recovery, too, but no success of the window: rates count those within it
// (departure/dunning.hpp). Statuses have no dates of their own but that of payment: an invoice that is uncollectible or
// void counts as such from the beginning.
//
// A scope leaves rows out and changes none: what was a renewal among all is one among some.
//
// Rows are in order of F, then of invoice. O(invoices log invoices + payments log payments).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/period.hpp>
#include <churn/core/table.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/reason/failure_codes.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// What became of an invoice that failed, as far as is known at as_of.
enum class DunningOutcome : std::uint8_t {
  recovered,  ///< paid, within the window or later
  lost,       ///< not paid, and uncollectible or the window is over
  at_risk     ///< not paid, still open, and within the window
};

/// `recovered`, `lost`, `at_risk`.
[[nodiscard]] std::string_view dunning_outcome_name(DunningOutcome outcome) noexcept;

/// How long failures are followed, and what their codes mean.
struct DunningRule {
  std::int32_t window_days{30};                  ///< from F on, 1 or more
  FailureCodes codes{FailureCodes::standard()};  ///< what the codes of failed payments mean

  friend bool operator==(const DunningRule&, const DunningRule&) = default;
};

/// Which of them are asked about.
struct FailedPaymentsScope {
  std::optional<Period> within{};  ///< F is; of an attempted claim the day of the first attempt
  Filter where{};                  ///< what customers were on the day whose MRR counts
};

/// One attempt to collect an invoice: a payment that succeeded or failed.
struct PaymentAttempt {
  Timestamp at;        ///< the instant, in UTC
  Date on;             ///< in the book's time zone
  bool succeeded;      ///< else it failed
  std::string code;    ///< the processor's, as recorded; empty: none
  std::string reason;  ///< empty without a code

  friend bool operator==(const PaymentAttempt&, const PaymentAttempt&) = default;
};

/// One invoice with an attempt that failed before it was met.
struct FailedPayment {
  CustomerIndex customer;                ///< its place in the book that was asked
  CustomerId customer_id;                ///< its id in the records
  InvoiceId invoice;                     ///< its id in the records
  std::int64_t source_row;               ///< of the invoice, in its source
  Currency currency;                     ///< of the invoice
  std::optional<Money> amount;           ///< billed
  std::optional<Money> refunded;         ///< of the amount, if anything was
  Date issued_on;                        ///< of the invoice
  Date due_on;                           ///< its issue, if it has none
  Date first_attempt_on;                 ///< whether that failed or succeeded
  Date first_failed_on;                  ///< F
  std::vector<PaymentAttempt> attempts;  ///< in order of time, none after the invoice was met
  std::string reason;                    ///< of the last failed attempt with a code; empty: none had one
  bool is_first_payment;                 ///< else a renewal
  DunningOutcome outcome;                ///< as of as_of
  std::optional<Date> recovered_on;      ///< the day on which it was met, before as_of; empty: it is not
  std::optional<std::int64_t>
      recovered_at;                 ///< the number of the attempt, from 1; empty if it was paid otherwise
  std::optional<RunRate> run_rate;  ///< empty for a customer of several currencies that are not converted

  /// From F to the recovery.
  [[nodiscard]] std::optional<std::int32_t> days_to_recovery() const {
    if (!recovered_on) return std::nullopt;
    return recovered_on->days() - first_failed_on.days();
  }
  friend bool operator==(const FailedPayment&, const FailedPayment&) = default;
};

/// An invoice that somebody tried to collect, whether that failed or not.
struct AttemptedClaim {
  CustomerIndex customer;  ///< its place in the book that was asked
  Currency currency;       ///< of the invoice
  Date first_attempt_on;   ///< whether that failed or succeeded
  bool failed_at_first;    ///< whatever came of later attempts
  bool is_first_payment;   ///< else a renewal

  friend bool operator==(const AttemptedClaim&, const AttemptedClaim&) = default;
};

/// Invoices that failed, and all that were attempted, within the scope.
struct FailedPayments {
  Date as_of;                                         ///< the book's: days before it are known
  std::int32_t window_days;                           ///< of the rule
  std::vector<FailedPayment> rows;                    ///< in order of F, then of the invoice's id
  std::vector<AttemptedClaim> attempted;              ///< in order of the first attempt and the invoice's id
  std::map<std::string, std::int64_t> unknown_codes;  ///< of the rows' failed attempts: how often each

  /// Whether all days of the window of a failure on this day are known.
  [[nodiscard]] bool is_whole(Date first_failed_on) const noexcept {
    return std::int64_t{first_failed_on.days()} + window_days <= as_of.days();
  }
  /// Whether it was recovered within its window.
  [[nodiscard]] bool in_window(const FailedPayment& row) const noexcept {
    return row.recovered_on &&
           row.recovered_on->days() < std::int64_t{row.first_failed_on.days()} + window_days;
  }
};

/// Throws Error(bad_number) unless window_days >= 1, Error(overflow) where amounts leave 64 bits, and what filters
/// throw.
[[nodiscard]] FailedPayments failed_payments(const Book& book, const DunningRule& rule = {},
                                             const FailedPaymentsScope& scope = {});

/// Columns customer_id, invoice_id, row, currency, amount, issued_on, due_on, first_failed_on, attempts, reason,
/// payment (`first` or `renewal`), outcome, recovered_on, recovered_at, days, refunded, mrr (ticks if `exact`),
/// mrr_currency.
[[nodiscard]] Table failed_payments_table(const FailedPayments& failed, bool exact = false);

}  // namespace churn::inline v0
