// DepartureFacts: what the records say about one departure, for the rules that decide why it was.
//
// A departure is the end of one stay (row/spell.hpp), on its first absent day D. Facts are those known at as_of: what
// lies on or after it is not here. They are views: valid while a rule is asked.
//
//   phases    those that ended on D, or, where a convention has moved the day (a carried gap, a pause, a cancel request,
//             a debt), the last before it; the one that began last first, of equals by subscription. An end reason is
//             known once its phase has ended.
//   invoices  those of the stay that are claims on a subscription that ended, or on no one in particular: drafts and
//             void ones, and those that add up to nothing, are none. In order of issue.
//   answers   to exit surveys, from the later of the stay's start and `survey_days` before D on, up to the customer's
//             return; the latest first
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <churn/book/book.hpp>
#include <churn/domain/invoice.hpp>
#include <churn/reason/failure_codes.hpp>
#include <churn/reason/stated_reasons.hpp>
#include <churn/segment/situation.hpp>

namespace churn::inline v0 {

/// What words and codes mean, and how far from a departure its evidence may lie.
struct ReasonTables {
  StatedReasons stated{StatedReasons::standard()};
  FailureCodes codes{FailureCodes::standard()};
  std::int32_t dunning_days{30};  ///< how long before and after the end a failed payment belongs to it
  std::int32_t survey_days{90};   ///< how long before the end an answer belongs to it

  friend bool operator==(const ReasonTables&, const ReasonTables&) = default;
};

/// A phase that ended.
struct EndedPhase {
  PhaseView phase;
  std::string_view end_reason;              ///< empty: none is on record, or not yet known
  std::optional<Date> cancel_requested_on;  ///< before as_of
  std::optional<Date> term_ends_on;
  std::int64_t row;  ///< in its source
};

/// An invoice as it was known at as_of.
struct ClaimedInvoice {
  const Invoice* invoice;
  std::int64_t row;             ///< in its source
  Date due_on;                  ///< its issue, if it has none
  std::optional<Date> paid_on;  ///< before as_of
  bool overdue;                 ///< due before as_of, and not paid
  /// A line covers the last present day, or begins on D. Where no line says what it covers: issued within
  /// `dunning_days` before D, or on it.
  bool at_the_end;
  /// Of the attempts before as_of and the customer's return.
  std::optional<Date> first_failed_on;
  std::optional<Timestamp> last_attempt;  ///< within `dunning_days` of D
  bool last_attempt_failed;
  std::string_view failure_code;  ///< of the last failed attempt that has one

  /// The day on which it was known to be in trouble: of its first failure, or the first one overdue.
  [[nodiscard]] Date trouble_on() const {
    const Date overdue_on = due_on + std::chrono::days{1};
    return first_failed_on && *first_failed_on < overdue_on ? *first_failed_on : overdue_on;
  }
};

struct SurveyAnswer {
  Timestamp at;
  Date on;
  std::string_view reason;
  std::int64_t row;  ///< in its source
};

struct DepartureFacts {
  const Book& book;
  const ReasonTables& tables;
  CustomerIndex customer;
  Date stay_starts_on;
  Date departed_on;                 ///< D
  std::optional<Date> returned_on;  ///< the first day of the next stay; no rule may depend on it
  std::span<const EndedPhase> phases;
  std::span<const ClaimedInvoice> invoices;
  std::span<const SurveyAnswer> answers;

  /// The first request to cancel one of the phases.
  [[nodiscard]] std::optional<Date> cancel_requested_on() const;
  /// The first day on which an invoice was failing or overdue that at as_of is not paid, or whose last attempt failed:
  /// of those that `owed` or `last_failed_attempt` may speak of. Empty: nothing was wrong.
  [[nodiscard]] std::optional<Date> trouble_on() const;
  /// The overdue invoice at the end of the stay; of several the first due.
  [[nodiscard]] const ClaimedInvoice* owed() const;
  /// The invoice of the last attempt within the dunning window, if that failed.
  [[nodiscard]] const ClaimedInvoice* last_failed_attempt() const;
};

}  // namespace churn::inline v0
