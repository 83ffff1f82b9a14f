// win_back: whom to try to win back first, and how.
//
//   WinBackList list = win_back(book, {.within_days = 180, .where = attribute("country") == "DE"});
//   list.rows.front().action       // "remind and update the payment method"
//   win_back_sentence(list);
//
// On the list is who left within the last `within_days` days and is not back: the last departure of each. Its MRR at
// stake is that of the last present day. Test accounts and accounts that were merged into others are not customers
// of a book, and never on it.
//
// The order is MRR at stake x recoverability, and the result says which of two stands for the latter:
//   by_return_rate  the share of departures of the type that came back within the window, of those whose whole window
//                   is known (departure/returns.hpp), measured in this book over all its departures. Taken where it
//                   has been measured of at least `min_departures` of each known type on the list; expected MRR = MRR
//                   x rate. Of unknown ones there may be too few: then these come last, without an expected MRR.
//   by_effort       otherwise: DEFINITIONS 8's order of effort (low, low to medium, high, not known), then MRR.
// Equals come in order of MRR, greatest first, then of the latest departure, then of id.
//
// What this is not: the effect of asking. The rate is what was seen in the past, of customers of whom some were
// asked and some were not, in the first days after they left; somebody gone for ten months comes back less often
// than it says. It orders work; what a campaign brings is told by a campaign with a group left alone.
//
// Amounts are exact. Expected MRR is a run rate, ticks x numerator / denominator, rounded half-even once, and the
// order goes by it. O(changes + invoices log invoices + events + n log n).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <churn/core/proportion.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/row/departure.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// What stands for recoverability in the order of the list.
enum class WinBackOrder : std::uint8_t {
  by_return_rate,  ///< MRR x the share of the type that came back within the window
  by_effort        ///< the type's effort, least first, then MRR
};
/// `by return rate`, `by effort`.
[[nodiscard]] std::string_view win_back_order_name(WinBackOrder order) noexcept;

/// A customer that left and is not back.
struct WinBackRow {
  CustomerId customer;                ///< its id in the records
  Date departed_on;                   ///< the first absent day of its last departure
  std::int32_t days_since;            ///< from the departure to as_of
  RunRate run_rate;                   ///< at stake
  DepartureType type;                 ///< of the departure
  std::string reason;                 ///< `unknown` where none is known
  std::string rule;                   ///< that decided; empty: none did
  std::string evidence;               ///< as evidence_text says it
  RecoveryEffort effort;              ///< of the type
  std::string action;                 ///< what to do, as fitting_action says it
  std::optional<RunRate> expected{};  ///< under by_return_rate, of a type that was measured
  friend bool operator==(const WinBackRow&, const WinBackRow&) = default;
};

/// Of departures of a type, those that came back within the window.
struct TypeReturns {
  DepartureType type;  ///< of the departures
  Proportion rate;     ///< of whole windows
  friend bool operator==(const TypeReturns&, const TypeReturns&) = default;
};

/// Who is on the list, and when return rates decide its order.
struct WinBackOptions {
  std::int32_t within_days{365};  ///< from the departure to as_of at most; 1 or more
  Filter where{};  ///< about the last present day (departure/departure_list.hpp); rates are of all departures
  std::int64_t min_departures{30};  ///< whole windows of a type, from which on its rate is measured
  std::int32_t window{90};          ///< of return rates, in days
  DepartureRules rules{DepartureRules::standard()};  ///< that find type, reason and evidence
};

/// Whom to try to win back, and why in this order.
struct WinBackList {
  WinBackOrder order{WinBackOrder::by_effort};  ///< that was taken
  std::string why;                              ///< that order, in a sentence
  std::int32_t window{90};                      ///< of the rates, in days
  std::int32_t within_days{365};                ///< what was asked for
  IntervalRule interval{};                      ///< of the rates: that of the book's conventions
  std::vector<TypeReturns> rates;               ///< of the four types, in their order
  std::vector<WinBackRow> rows;                 ///< the first to be asked first

  /// Of a type, over all departures of the book.
  [[nodiscard]] const Proportion& rate_of(DepartureType type) const {
    return rates.at(static_cast<std::size_t>(type)).rate;
  }
};

/// Throws Error(out_of_range) for days below 1 or `min_departures` below 1, Error(mixed_currencies), and what the
/// filter throws.
[[nodiscard]] WinBackList win_back(const Book& book, const WinBackOptions& options = {});

/// Columns rank, customer_id, mrr, expected_mrr, type, reason, action, recovery_effort, departed_on, days_since,
/// return_rate, ci_low, ci_high, rule, evidence. Amounts are MRR, or ticks if `exact`. Under by_effort the rates and
/// expected_mrr are empty.
[[nodiscard]] Table win_back_table(const WinBackList& list, bool exact = false);

/// How many customers and how much MRR are on the list, who is first and what to do, and how they were put in order.
[[nodiscard]] std::string win_back_sentence(const WinBackList& list);

}  // namespace churn::inline v0
