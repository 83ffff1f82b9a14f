// Arrears: who owes something at as_of, how much, since when, and what MRR is behind it.
//
//   const Arrears owing = arrears(book);
//   for (const ArrearsEntry& entry : owing.entries) call(entry.customer_id);   // the most MRR first
//   std::cout << arrears_sentence(owing);
//
// An invoice is overdue if it was due before as_of (without a due day, issued) and is not paid, as
// departure/failed_payments.hpp has it: what was paid on or after as_of is not paid yet, what was paid and refunded of
// an invoice that is not known as paid is owed again. Uncollectible ones count unless a caller leaves them out; drafts
// and void ones don't.
//
//   owed           what was billed less what was paid of it, by currency; in the reporting currency at its constant
//                  rate if the book has one. An invoice of which no amount is known adds none, and is counted
//   days overdue   from the day on which the oldest was due to as_of
//   MRR            on the last known day: 0 for who is gone (`present` says which)
//   reason         of the last failed attempt with a code on any of these invoices (FailureCodes); a code that nobody
//                  knows is `other_payment`, without any code it is empty
//
// A filter asks what a customer was on the last known day: of lanes it sees the one with the most MRR, and who is gone
// is in none. Whoever it keeps is there with all that is owed.
//
// Entries are in order of MRR, greatest first, then of what is owed (by currency, greatest first, what is not known
// last), then of id. O(invoices log invoices), and with a filter of states or lanes the days of who owes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/table.hpp>
#include <churn/reason/failure_codes.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// Which invoices and customers are asked about.
struct ArrearsOptions {
  bool uncollectible{true};                      ///< invoices that were given up count, too
  FailureCodes codes{FailureCodes::standard()};  ///< what the codes of failed payments mean
  Filter where{};                                ///< what customers were on the last known day
};

/// One customer that owes something at as_of.
struct ArrearsEntry {
  CustomerIndex customer;           ///< its place in the book that was asked
  CustomerId customer_id;           ///< its id in the records
  std::int64_t invoices{0};         ///< overdue and not paid
  std::int64_t uncollectible{0};    ///< of the invoices
  std::int64_t without_amount{0};   ///< of the invoices
  std::vector<Money> owed;          ///< in order of the currencies' codes
  Date oldest_due_on;               ///< when the first of them was due (issued, if it has no due day)
  std::int32_t days_overdue;        ///< from `oldest_due_on` to as_of
  bool present;                     ///< on the last known day
  std::optional<RunRate> run_rate;  ///< empty for a customer of several currencies that are not converted
  std::string reason;               ///< of the last failed attempt with a code; empty: none had one
  /// The day of the last failed attempt, with a code or without; empty: none failed.
  std::optional<Date> last_failed_on;

  friend bool operator==(const ArrearsEntry&, const ArrearsEntry&) = default;
};

/// All who owe something at as_of.
struct Arrears {
  Date as_of;                         ///< the book's: days before it are known
  std::vector<ArrearsEntry> entries;  ///< by MRR, greatest first

  /// What all of them owe, in order of the currencies' codes.
  [[nodiscard]] std::vector<Money> owed() const;
  /// What they pay now, in order of the currencies' codes.
  [[nodiscard]] std::vector<RunRate> run_rates() const;
};

/// Throws Error(overflow) where amounts leave 64 bits, Error(missing_rate), and what filters throw.
[[nodiscard]] Arrears arrears(const Book& book, const ArrearsOptions& options = {});

/// A row a customer and currency that it owes in. Columns customer_id, invoices, uncollectible, without_amount,
/// currency, owed, oldest_due_on, days_overdue, present, mrr (ticks if `exact`), mrr_currency, reason, last_failed_on.
[[nodiscard]] Table arrears_table(const Arrears& arrears, bool exact = false);

/// How many owe how much, and what those of them who are still there pay.
[[nodiscard]] std::string arrears_sentence(const Arrears& arrears);

}  // namespace churn::inline v0
