// reason_coverage: the reasons and codes that a book has on record, and what the tables make of them. A text that is not
// in a table decides nothing and becomes no reason: here it is seen, with how many records it costs.
//
//   const std::vector<RecordedReason> found = reason_coverage(book);
//   reason_coverage_sentence(found)
//     // 2 texts are not known, on 7 records: "competiter" (did you mean competitor?) and "merged". Name them in a file
//     // for --reasons.
//
// Answers are listed in the words they were given in, whatever these tell: the rows and the table are for who may read
// the answers.
//
//   end_reason    of a phase that ended before as_of
//   exit_survey   of an answer before as_of: an event `exit_survey`, or of a kind that is mapped to it
//   failure_code  of a payment that failed before as_of, on an invoice that is no draft and not void
//
// All of customers of the book: those of test accounts are left out. Records are counted as they are on file: of a row
// that repeats another both count. Texts stand as they were recorded, so "Price" and "price" are two. A text without a
// letter or digit ("-") says nothing, like none at all, and is left out.
// O(phases + events + payments), and for each unknown text O(names of the table x its length): of more than a thousand
// only those with most records are compared with what is known.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/table.hpp>
#include <churn/reason/departure_facts.hpp>

namespace churn::inline v0 {

/// Where a reason or code is on record.
enum class ReasonSource : std::uint8_t {
  end_reason,   ///< of a phase that ended before as_of
  exit_survey,  ///< an answer before as_of
  failure_code  ///< of a payment that failed before as_of
};

/// `end_reason`, `exit_survey`, `failure_code`.
[[nodiscard]] std::string_view reason_source_name(ReasonSource source) noexcept;

/// A text or code as it was recorded, and what the tables make of it.
struct RecordedReason {
  ReasonSource source;                  ///< where these records are
  std::string text;                     ///< as it was recorded
  std::int64_t records;                 ///< how many have it
  std::optional<DepartureType> type{};  ///< empty: the text is not known; codes are involuntary
  std::string reason{};                 ///< empty: not known
  std::string closest{};  ///< of one that is not known: the known text that it is most like, or empty

  /// Whether the tables have it, be it as type unknown.
  [[nodiscard]] bool is_known() const noexcept { return type.has_value(); }
  friend bool operator==(const RecordedReason&, const RecordedReason&) = default;
};

/// Those that are not known first, then by their number of records, most first, then by their bytes and source.
[[nodiscard]] std::vector<RecordedReason> reason_coverage(const Book& book, const ReasonTables& tables = {});

/// Columns source, text, records, type, reason, closest. A text that is not known has the type `not known` and no reason.
[[nodiscard]] Table reason_coverage_table(const std::vector<RecordedReason>& reasons);

/// What is not known, most records first, at most five by name; empty if all is known. An answer to an exit survey is
/// named only where it is like a known text: others are somebody's own words, which the sentence counts and the table shows.
[[nodiscard]] std::string reason_coverage_sentence(const std::vector<RecordedReason>& reasons);

}  // namespace churn::inline v0
