// DepartureFacts: what the records say about one departure, for the rules that decide why it was.
//
// A departure is the end of one stay (row/spell.hpp), on its first absent day D. Facts are those known at as_of, and
// before the customer returned: a return never changes why it had left. They are views: valid while a rule is asked.
//
//   phases    those that counted up to the day before D and no longer on it: because they ended, or by a convention (a
//             pause, a debt, a request). The one that began last first, of equals by subscription. An end reason is known
//             once its phase has ended, a request once it was made: where a pause or a debt was over and the customer
//             back, not those by which it left later.
//   invoices  those issued since the stay began, or at its end (below), that are claims on a subscription that ended, or
//             on none in particular: drafts and void ones, and those that add up to nothing, are none. In order of
//             issue, of equals by id.
//   answers   to exit surveys, from the later of the stay's start and `survey_days` before D on; the latest first, at one
//             instant by the bytes of their labels
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <churn/book/book.hpp>
#include <churn/book/event_index.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/reason/failure_codes.hpp>
#include <churn/reason/stated_reasons.hpp>
#include <churn/segment/situation.hpp>

namespace churn::inline v0 {

/// What words and codes mean, and how far from a departure its evidence may lie.
struct ReasonTables {
  StatedReasons stated{StatedReasons::standard()};  ///< what end reasons and answers mean
  FailureCodes codes{FailureCodes::standard()};     ///< what the codes of failed payments mean
  std::int32_t dunning_days{30};  ///< how long before and after the end a failed payment belongs to it
  std::int32_t survey_days{90};   ///< how long before the end an answer belongs to it
  EventKindMap event_kinds{};     ///< a host's kinds that stand for `exit_survey` and `exit_survey_sent`

  friend bool operator==(const ReasonTables&, const ReasonTables&) = default;
};

/// A phase that ended.
struct EndedPhase {
  PhaseView phase;                          ///< a view of the book's
  std::string_view end_reason;              ///< empty: none is on record, or not yet known
  std::optional<Date> cancel_requested_on;  ///< before as_of, and before the customer returned
  std::optional<Date> term_ends_on;         ///< the agreed end; empty: none
  std::int64_t row;                         ///< in its source
};

/// An invoice as it was known at as_of, or when the customer returned, if that was earlier.
struct ClaimedInvoice {
  const Invoice* invoice;       ///< as recorded, never null
  std::int64_t row;             ///< in its source
  Date due_on;                  ///< its issue, if it has none
  std::optional<Date> paid_on;  ///< before then
  bool overdue;                 ///< due before then, and not paid
  /// A line covers the last present day, or begins on D. Where no line says what it covers, that is a cycle of the line
  /// (without one a month) from its issue on. One-time lines say nothing. Or it is the debt for which the conventions let the
  /// stay end on D (PastDuePolicy), whatever it covers.
  bool at_the_end;
  std::optional<Date> first_failed_on;    ///< before then; empty: no attempt is known to have failed
  std::optional<Timestamp> last_attempt;  ///< within `dunning_days` of D, before or after it
  bool last_attempt_failed;               ///< and the invoice was not paid all the same
  std::string_view failure_code;          ///< of the last failed attempt that has one; empty without any

  /// The day on which it was known to be in trouble: of its first failure, or the first one overdue.
  [[nodiscard]] Date trouble_on() const {
    if (first_failed_on && (!overdue || *first_failed_on <= due_on)) return *first_failed_on;
    return due_on + std::chrono::days{1};
  }
};

/// An answer to an exit survey that belongs to the departure.
struct SurveyAnswer {
  Timestamp at;             ///< the instant, in UTC
  Date on;                  ///< in the book's time zone
  std::string_view reason;  ///< its label, as recorded
  std::int64_t row;         ///< in its source
};

/// What the records say about one departure.
struct DepartureFacts {
  const Book& book;                          ///< that the customer is of
  const ReasonTables& tables;                ///< of the rules that ask
  CustomerIndex customer;                    ///< its place in the book
  Date stay_starts_on;                       ///< the first present day of the stay that ended
  Date departed_on;                          ///< D
  std::optional<Date> returned_on;           ///< the first day of the next stay; no rule may depend on it
  RecordTable source_of_phases;              ///< subscriptions, or invoices where MRR is read from them
  std::span<const EndedPhase> phases;        ///< that began last first
  std::span<const ClaimedInvoice> invoices;  ///< in order of issue
  std::span<const SurveyAnswer> answers;     ///< the latest first

  /// The first request to cancel one of the phases.
  [[nodiscard]] std::optional<Date> cancel_requested_on() const;
  /// The overdue invoice at the end of the stay; of several the one that was in trouble first. Nullptr for none.
  [[nodiscard]] const ClaimedInvoice* owed() const;
  /// The invoice of the last attempt within the dunning window, if that failed. Of attempts at one instant one that
  /// succeeded comes last.
  [[nodiscard]] const ClaimedInvoice* last_failed_attempt() const;
  /// The first day on which one of these two was known to be in trouble. Empty: nothing was wrong.
  [[nodiscard]] std::optional<Date> trouble_on() const;
};

}  // namespace churn::inline v0
