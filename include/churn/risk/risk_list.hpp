// RiskList: who is next, how likely, why, and how much MRR is at risk.
//
//   RiskModel model = train_risk_model(observe(book, indicators, observation_days(book)));
//   RiskList list = risk_list(book, model, indicators);
//   risk_list_sentence(list);          // "Of 583 customers 17.4 are expected to leave within 30 days ..."
//   risk_list_table(list);
//
// Every customer who is present on the last known day is scored on as_of: what was known before it, and nothing else.
// The highest risk comes first, of equals the higher MRR, then the id. `expected` is MRR x risk: what will probably be lost,
// not what can be saved.
//
// Reasons are the indicators that raise the risk most above that of an average customer, strongest first, in the words of
// the indicator; a contribution below 0.01 of log-odds is none. Nor is one the other way round: among columns that tell
// much the same, the model may count one against the others, and then "0 days overdue" would raise the risk. A value is a
// reason only on the side of the average on which its `direction` expects the risk. Reasons say what this risk is made of,
// not why the customer would leave, and need not add up to it.
//
// Who has asked for the end of everything it pays for is known to leave, whatever the score says: `cancel_requested_on` has
// the day.
//
// A departed customer's score is frozen: `with_departed` adds those who left in the last days, scored on the day they left,
// at the end of the list and without a rank: what the list of that day said with this model. Under conventions that make
// a book depend on what came later (row/observe.hpp) the book of each such day is built for it.
//
// A model that has learnt from no rows at all tells nothing: `is_known()` is false, `risk` is the model's even odds,
// nothing is expected, and the table has no risks.
//
// O(customers x what the indicators cost).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <churn/core/id.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/risk/risk_model.hpp>
#include <churn/row/observe.hpp>

namespace churn::inline v0 {

/// An indicator that raises the risk of a customer above the average.
struct RiskReason {
  std::string indicator;        ///< the name of its column
  std::optional<double> value;  ///< empty: it is missing, and that raises the risk
  double contribution;          ///< log-odds above an average customer's
  std::string words;            ///< those of the indicator, or else its name and the value
};

/// One customer of the list, and why its risk is what it is.
struct RiskListRow {
  CustomerId customer;                ///< its id; one that was merged into it has no row
  double risk;                        ///< 0: safe, 1: will leave within the horizon
  std::size_t rank;                   ///< from 1; 0 for one who has left
  std::optional<RunRate> run_rate{};  ///< on the day before; empty if it pays in several currencies
  std::optional<RunRate> expected{};  ///< run rate x risk
  std::int32_t tenure{0};             ///< days of its stay, on the day on which it is scored
  std::vector<RiskReason> reasons{};  ///< strongest first, as many as were asked for at most; may be none
  std::optional<Date> cancel_requested_on{};  ///< of everything it pays for; empty: not, or gone already
  std::optional<Date> departed_on{};          ///< the first absent day; empty: it is present
};

/// Who is next, as of a day.
struct RiskList {
  std::vector<RiskListRow> rows{};       ///< the highest risk first, those who left at the end
  Date as_of;                            ///< the day on which customers are scored: what was known before it
  std::int32_t horizon{30};              ///< days within which leaving counts; that of the model
  double expected_departures{0};         ///< sum of the risks of those who are present
  std::vector<RunRate> expected_loss{};  ///< by currency
  RiskProvenance provenance{};           ///< what the model was trained on
  std::string why_flat{};                ///< of the model: empty if it tells customers apart
  /// Whether the risks say anything: not those of a model that has learnt from no rows.
  [[nodiscard]] bool is_known() const noexcept { return why_flat.empty() || provenance.rows > 0; }
};

/// What the list holds, and of whom.
struct RiskListOptions {
  std::size_t reasons{3};            ///< how many of a customer at most
  bool with_departed{false};         ///< also who left lately, without a rank, scored on the day they left
  std::int32_t departed_within{90};  ///< days before as_of
  EventKindMap kinds{};              ///< a host's own names of kinds of events
  Filter where{};                    ///< states and lanes as of the last known day
  unsigned threads{1};               ///< 1 to 256; the result is the same
};

/// The indicators are found by the names of the model's columns; others are left out. Throws Error(unknown_name) if one is
/// not among them, and what observe_now throws.
[[nodiscard]] RiskList risk_list(const Book& book, const RiskModel& model,
                                 const std::vector<Indicator>& indicators,
                                 const RiskListOptions& options = {});

/// The reasons of one score, for a service that scores single customers (Observer). `row` has the model's columns.
[[nodiscard]] std::vector<RiskReason> risk_reasons(const RiskModel& model, const RiskScore& score,
                                                   const ObservedRow& row,
                                                   const std::vector<Indicator>& indicators,
                                                   std::size_t most = 3);

/// Columns: customer_id, risk, rank, mrr, reason_1, reason_2, reason_3 (or as many as were asked for), expected_loss, tenure,
/// cancel_requested_on, departed_on. Amounts are MRR, or ticks if `exact`.
[[nodiscard]] Table risk_list_table(const RiskList& list, bool exact = false);

/// How many are expected to leave and what they pay, who is first, and how far the order can be trusted: how well the model
/// told apart customers whom it had not seen, and whether it knows more, or less, than it should (days after as_of; nothing
/// of the half-year before it).
[[nodiscard]] std::string risk_list_sentence(const RiskList& list);

}  // namespace churn::inline v0
