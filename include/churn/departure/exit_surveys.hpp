// exit_surveys: who was asked why, who answered, what they said, and whether the records say the same.
//
//   ExitSurveys surveys = exit_surveys(book, {.by = by::plan});
//   response_rates(surveys);               // how many of those who were asked answered
//   survey_reasons(surveys);               // what they said, by customers and by MRR
//   survey_disagreement(surveys);          // "says too_expensive, records say card_expired: 3 customers"
//   survey_sentence(surveys);
//
// The unit is a departure (row/departure.hpp). Surveys are events: `exit_survey_sent` and `exit_survey`, whose label
// is the answer; a host's own kinds are named in rules.tables.event_kinds. A departure on day D owns those events of
// its customer that lie on the days from the later of its stay's start and `survey_days` (90) before D on, up to the
// customer's return or as_of. No two departures own the same event. Events that no departure owns, such as answers of
// those who stayed, or long before they left, are counted apart (`SurveyEvents`), as are those of test accounts, and
// those on or after as_of, of which nothing else is known.
//
//   sent        departures that own a sending
//   responded   of these, the ones that own an answer at the instant of the first sending or later
//   response rate = responded / sent, a proportion with an interval, Wilson's unless the conventions say otherwise
//   answered    departures that own an answer
//   unasked     answered without having responded: no sending is on record before the answer. Their answers count as
//               all others, but not in the response rate: where sendings are not recorded it would be 100 %.
//
// Who left lately may still answer, so the rate of the last weeks is too low.
//
// What an answer says is looked up in rules.tables.stated. Of several answers of one departure the latest that names
// a type counts, as the rules take it; without one the latest that is known without a type ("other"); at one instant
// the first by its bytes. An answer that is not in the table is free text: counted as `(free text)`, and its words
// are in no result unless `with_free_text` asks for them. One without a text is `(none)`.
//
// *Disagreement.* What the survey says is held against what the records say without it: the same rules, asked about
// the same facts without any answer (of the standard rules that is as if completed_survey and voluntary_survey were
// removed). Also types by which responses are split are those found without the survey: with it, who answered would
// have a type because of having answered.
//   agree        the same type and reason
//   same_type    the same type, another reason, or one of the two names none
//   contradict   another type: the customer says price, the evidence says card
//   not_said     the records do not say why, or the answer does not
// A cancel request alone makes a departure voluntary, without a reason; whoever is done cancels, too. An answer of
// completion against such a request is a weaker contradiction than price against card.
//
// Segments, lanes and `where` are those of the last present day (departure/departure_list.hpp): by lanes a departure
// is in each that it left, so customers add up to more than there are, MRR does not.
//
// Answers are of those who chose to answer; they speak for the others only as far as these are alike.
// O(changes + invoices log invoices + events), and the rules' cost for each departure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/period_grid.hpp>
#include <churn/core/proportion.hpp>
#include <churn/core/ratio.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/row/departure.hpp>
#include <churn/segment/filter.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// What stands for answers that are in no table of reasons.
inline constexpr std::string_view free_text_reason = "(free text)";
/// What stands for an answer without a text.
inline constexpr std::string_view no_answer_text = "(none)";

/// Which departures are asked about, and how answers and records are read.
struct SurveyOptions {
  Segmenter by{};                  ///< by labels of the last present day
  Filter where{};                  ///< about the last present day; of lanes it keeps their part of the MRR
  std::optional<Period> within{};  ///< the days of departure; empty: all
  /// Their tables say what answers mean and which events are surveys.
  DepartureRules rules{DepartureRules::standard()};
  bool with_free_text{false};  ///< keep the words of free answers in the result
};

/// Events of one kind, by the first of these that holds.
struct SurveyEvents {
  std::int64_t excluded{0};       ///< of a test account
  std::int64_t later{0};          ///< on or after as_of
  std::int64_t of_departures{0};  ///< that a departure owns, whatever `where` and `within` keep
  std::int64_t of_none{0};        ///< that none owns
  /// All of the kind.
  [[nodiscard]] std::int64_t total() const noexcept { return excluded + later + of_departures + of_none; }
  friend bool operator==(const SurveyEvents&, const SurveyEvents&) = default;
};

/// A departure's part in one segment.
struct SurveyPart {
  std::size_t segment;  ///< its place in ExitSurveys::segments
  std::int64_t ticks;   ///< run rate in the segment on the last present day
  friend bool operator==(const SurveyPart&, const SurveyPart&) = default;
};

/// What one who left was asked and said, and what the records say.
struct SurveyedDeparture {
  CustomerId customer;            ///< its id in the records
  Date departed_on;               ///< the first absent day
  std::vector<SurveyPart> parts;  ///< in order of segments, those that `where` keeps
  bool sent{false};               ///< it owns a sending
  bool responded{false};          ///< it owns an answer at the instant of the first sending or later
  bool answered{false};           ///< it owns an answer, whether asked or not
  DepartureType said_type{DepartureType::unknown};      ///< of the answer that counts; unknown: it names none
  std::string said_reason{};                            ///< empty: nothing was answered
  DepartureType evidence_type{DepartureType::unknown};  ///< that the records give without any answer
  std::string evidence_reason{};                        ///< likewise; `unknown` where none is known
  std::string evidence_rule{};                          ///< empty: no record says why

  /// Run rate of its parts together. Throws Error(overflow).
  [[nodiscard]] std::int64_t ticks() const;
  friend bool operator==(const SurveyedDeparture&, const SurveyedDeparture&) = default;
};

/// An answer that is in no table of reasons.
struct FreeAnswer {
  CustomerId customer;  ///< its id in the records
  Date departed_on;     ///< of the departure that owns it
  Timestamp at;         ///< when it was given
  std::string text;     ///< as it was recorded
  friend bool operator==(const FreeAnswer&, const FreeAnswer&) = default;
};

/// Departures with what was asked and said, and how many surveys belong to none.
struct ExitSurveys {
  std::vector<std::string> segment_names;  ///< of the segmenter's factors
  std::vector<Label>
      segments;       ///< those that somebody left, in order of their bytes; without a segmenter the total
  Currency currency;  ///< of all MRR
  Date as_of;         ///< the book's: days before it are known
  IntervalRule interval;                      ///< of shares: that of the book's conventions
  std::vector<SurveyedDeparture> departures;  ///< in order of day, then customer id
  SurveyEvents sendings;                      ///< `exit_survey_sent`
  SurveyEvents answers;                       ///< `exit_survey`
  std::vector<FreeAnswer> free_answers{};  ///< if asked for; in order of departures, then of time and bytes
};

/// Throws Error(mixed_currencies), and what segmenters and filter throw.
[[nodiscard]] ExitSurveys exit_surveys(const Book& book, const SurveyOptions& options = {});

/// Of some departures, how many were asked and answered.
struct SurveyCounts {
  std::int64_t departures{0};      ///< all of them
  std::int64_t sent{0};            ///< that own a sending
  std::int64_t responded{0};       ///< of these, answered since
  std::int64_t answered{0};        ///< that own an answer, whether asked or not
  std::int64_t ticks{0};           ///< of all departures
  std::int64_t answered_ticks{0};  ///< of those who answered

  /// Of those who were sent a survey, who answered it.
  [[nodiscard]] Proportion response_rate() const { return {responded, sent}; }
  /// Of all who left: how far the answers speak for them.
  [[nodiscard]] Proportion coverage() const { return {answered, departures}; }
  /// Answered without a sending on record before the answer.
  [[nodiscard]] std::int64_t unasked() const noexcept { return answered - responded; }
  friend bool operator==(const SurveyCounts&, const SurveyCounts&) = default;
};

/// What responses are split by, besides segments.
struct ResponseSplit {
  std::optional<PeriodGrid> periods{};  ///< by day of departure; those outside of it are left out
  bool by_type{false};                  ///< found without the survey
};

/// The counts of one segment, and of one period and type if split by them.
struct ResponseRow {
  std::size_t segment;                ///< its place in ExitSurveys::segments
  std::optional<std::size_t> period;  ///< its place in ResponseSplit::periods; empty: not split by period
  std::optional<DepartureType> type;  ///< found without the survey; empty: not split by type
  SurveyCounts counts;                ///< of the departures in all of these
};

/// One row a segment, period and type, also where there was nothing, in this order.
[[nodiscard]] std::vector<ResponseRow> response_rates(const ExitSurveys& surveys,
                                                      const ResponseSplit& split = {});

/// One reason that those who left a segment gave.
struct SurveyReason {
  std::size_t segment;   ///< its place in ExitSurveys::segments
  DepartureType type;    ///< that the reason is of; unknown: of none
  std::string reason;    ///< by the tables; else `(free text)` or `(none)`
  Proportion customers;  ///< who said so, of those in the segment who answered
  Ratio revenue;         ///< their MRR of that of all who answered, in ticks
};

/// In order of segment, then of customers, most first, of MRR, of the reason's bytes.
[[nodiscard]] std::vector<SurveyReason> survey_reasons(const ExitSurveys& surveys);

/// How what a customer says stands to what the records say.
enum class SurveyAgreement : std::uint8_t {
  agree,       ///< the same type and reason
  same_type,   ///< the same type, another reason, or one of the two names none
  contradict,  ///< another type
  not_said     ///< the records do not say why, or the answer does not
};
/// `agree`, `same type`, `contradict`, `not said`.
[[nodiscard]] std::string_view agreement_name(SurveyAgreement agreement) noexcept;

/// What was said, what the records say, and how often these two met.
struct SurveyPair {
  DepartureType said_type;      ///< unknown: the answer names none
  std::string said_reason;      ///< by the tables; else `(free text)` or `(none)`
  DepartureType evidence_type;  ///< that the records give without any answer
  std::string evidence_reason;  ///< likewise; `unknown` where none is known
  SurveyAgreement agreement;    ///< of the two
  std::int64_t customers{0};    ///< departures, each once whatever its segments
  std::int64_t ticks{0};        ///< their run rate
};

/// How far answers and records say the same.
struct SurveyDisagreement {
  Proportion types{0, 0};         ///< of the same type, of answers where both sides name one
  Proportion reasons{0, 0};       ///< of the same reason, of answers where both sides name one
  Ratio types_revenue{0, 0};      ///< the same by MRR, in ticks
  std::int64_t answered{0};       ///< all who answered
  std::vector<SurveyPair> pairs;  ///< customers, most first, then MRR, then names
};

/// Of all departures with an answer, each once whatever its segments.
[[nodiscard]] SurveyDisagreement survey_disagreement(const ExitSurveys& surveys);

/// Columns: the segments' names, period and type if split by them, departures, sent, responded, value (the response
/// rate), ci_low, ci_high, answered, unasked, mrr, mrr_answered. Amounts are MRR, or ticks if `exact`. Of periods that
/// begin on or after as_of nothing is known, and all is empty.
[[nodiscard]] Table survey_table(const ExitSurveys& surveys, const ResponseSplit& split = {},
                                 bool exact = false);

/// Columns: the segments' names, type, reason, customers, answered, value, ci_low, ci_high, mrr, mrr_answered,
/// mrr_share.
[[nodiscard]] Table survey_reasons_table(const ExitSurveys& surveys, bool exact = false);

/// Columns: said_type, said_reason, evidence_type, evidence_reason, agreement, customers, mrr.
[[nodiscard]] Table survey_disagreement_table(const ExitSurveys& surveys, bool exact = false);

/// Columns: customer_id, departed_on, at, text. Empty unless free answers were asked for.
[[nodiscard]] Table free_answers_table(const ExitSurveys& surveys);

/// How many were asked and answered, what was said most by customers and by MRR, and how often the records agree.
[[nodiscard]] std::string survey_sentence(const ExitSurveys& surveys);

}  // namespace churn::inline v0
