// ClaimHistory: the attempts to collect one claim, and whether and when it was met. Private to the library's sources.
//
// Attempts are payments that succeeded or failed before as_of, in order of time; refunds are none. They end with the
// one that met the claim. That is, for an invoice that is known as paid, the first by which what was paid reached the
// amount billed, or, where it never did (a credit, an amount that is not known), the last that succeeded, unless
// attempts failed after it and the paid day is a later one; for others, the same but for what was refunded since, and
// never less than the amount, where both are known. An invoice that was paid without any attempt that succeeded was
// met on its paid day, and attempts after that day are none. Where it has no paid day of its own, it was met when it
// was due, and not before the last attempt.
#pragma once

#include <churn/book/book.hpp>
#include <churn/core/money.hpp>
#include <churn/core/time_zone.hpp>
#include <churn/domain/invoice.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace churn::inline v0 {

struct DatedAttempt {
  const Payment* payment;
  Date on;
};

struct ClaimHistory {
  /// The lines with their tax; without lines, what the first attempt asked for that says so (the first that failed
  /// before those that succeeded). Empty: not known, or in several currencies.
  std::optional<Money> billed;
  std::vector<DatedAttempt> attempts;
  std::optional<std::size_t> met_by;  ///< of the attempts
  std::optional<Date> met_on;         ///< before as_of
  /// Where the amount billed is known: what came in before as_of less what went back, never below 0, and what went
  /// back.
  std::int64_t paid{0};
  std::int64_t refunded{0};
};

/// Throws Error(overflow) where amounts leave 64 bits.
[[nodiscard]] ClaimHistory read_claim(const Invoice& invoice, const TimeZone& zone, Date as_of);

/// An amount as a book shows it: in the reporting currency at its constant rate, if there is one. Throws
/// Error(missing_rate).
[[nodiscard]] Money shown_in_book(const Book& book, Money amount);

/// What a customer pays on a day, in the currency in which it pays. Empty if it has paid in several that are not
/// converted. Nothing before the calendar begins.
[[nodiscard]] std::optional<RunRate> paid_on_day(const Book& book, CustomerIndex customer, std::int32_t day);

}  // namespace churn::inline v0
