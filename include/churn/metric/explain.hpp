// explain: the customers and records behind a cell of the MRR bridge.
//
// Every movement of a period can be opened: who moved, from what to what, on which day, and the records
// (source and row) that made it. The amounts of one movement add up to its cell, to the tick. In segments that
// change over time, from and to are what the customer had in the segment; one that both moved and grew has a
// row for each. Churn tells why, too: the type and reason of the customer's last departure in the period, or of that on
// the day, with the rule and the records that decided (row/departure.hpp).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/table.hpp>
#include <churn/cube/movement_cube.hpp>
#include <churn/row/departure.hpp>
#include <churn/row/step.hpp>

namespace churn::inline v0 {

/// Why a customer left.
struct ExplainedCause {
  DepartureType type;    ///< what the rule that decided says; `unknown` where none did
  std::string reason;    ///< `unknown` where nothing says one
  std::string rule;      ///< that decided; empty: none did
  std::string evidence;  ///< as evidence_text says it (departure/departure_list.hpp)
  friend bool operator==(const ExplainedCause&, const ExplainedCause&) = default;
};

/// One movement of one customer, and the records that made it.
struct Explanation {
  CustomerId customer;  ///< who moved
  Movement movement;    ///< under which it counts
  RunRate from;         ///< in the segment, at opening; by day, on the day before
  RunRate to;           ///< in the segment, at closing; by day, on the day
  Date day;             ///< of the change; of the last one where the period has several
  RunRate amount;       ///< of the movement; that of fx may be negative
  std::string record;   ///< such as `subscriptions.csv row 17 (S12)`; several are separated by `; `
  std::optional<ExplainedCause> cause{};  ///< of churn
  friend bool operator==(const Explanation&, const Explanation&) = default;
};

/// The steps of one segment and period, in order of customer id, then day. `movement` empty: all of them.
/// Throws Error(out_of_range) for a label that does not occur or a period beyond the grid. O(changes).
[[nodiscard]] std::vector<Explanation> explain(const Book& book, const PeriodGrid& grid,
                                               const Segmenter& segmenter, const Label& label,
                                               std::size_t period, std::optional<Movement> movement = {},
                                               const FoldOptions& options = {},
                                               const DepartureRules& rules = DepartureRules::standard());

/// Columns customer_id, from_mrr, to_mrr, day, record, amount (run rates in ticks if `exact`); with causes also type,
/// reason, rule, evidence, which are empty for all but churn.
[[nodiscard]] Table explanations_table(const std::vector<Explanation>& explanations, bool exact = false,
                                       bool with_causes = false);

}  // namespace churn::inline v0
