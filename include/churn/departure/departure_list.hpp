// departure_list: who left, when, for how much, why, and by which records one knows.
//
//   for (const ListedDeparture& gone : departure_list(book, {.within = Period{from, to}}))
//     std::cout << gone.customer.text() << ": " << gone.reason << ", by " << gone.evidence << '\n';
//
// Each end of a stay (row/departure.hpp) is one row, whether the customer came back or not; who left twice is there
// twice. MRR is that of the last present day. Type, reason, rule and evidence are what the rules found
// (reason/departure_rules.hpp); the return stands beside them.
//
// `where` is asked about the last present day, as the MRR bridge asks it about what churned: attributes and states
// keep or drop the whole departure, lanes (plan, billing interval) keep the part of its MRR that they hold. A
// customer who left pro and an add-on is in the list of `plan=pro` with the MRR of pro.
//
// O(changes + invoices log invoices + events), and the rules' cost for each departure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <churn/core/period.hpp>
#include <churn/core/run_rate.hpp>
#include <churn/core/table.hpp>
#include <churn/row/departure.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// One end of a stay, whether the customer came back or not.
struct ListedDeparture {
  CustomerId customer;                ///< its id in the records
  Date departed_on;                   ///< the first absent day
  RunRate run_rate;                   ///< on the last present one
  std::int32_t tenure_days;           ///< how long the stay lasted
  DepartureType type;                 ///< by the first rule that holds; unknown: none does
  std::string reason;                 ///< `unknown` where none is known
  std::string rule;                   ///< that decided; empty: none did
  std::string evidence;               ///< as evidence_text says it
  std::optional<Date> returned_on{};  ///< the first day of the next stay; empty: still away at as_of
  friend bool operator==(const ListedDeparture&, const ListedDeparture&) = default;
};

/// Which departures are listed, and by which rules they are explained.
struct DepartureListOptions {
  std::optional<Period> within{};  ///< the days of departure; empty: all
  Filter where{};                  ///< about the last present day; of lanes it keeps their part of the MRR
  DepartureRules rules{DepartureRules::standard()};  ///< that find type, reason and evidence
};

/// In order of day, then customer id. Throws Error(mixed_currencies), and what the filter throws.
[[nodiscard]] std::vector<ListedDeparture> departure_list(const Book& book,
                                                          const DepartureListOptions& options = {});

/// The records that decided, in a line: `subscriptions.csv row 17 (S12: end_reason competitor); invoices.csv row 9
/// (I12: due 2024-01-05, not paid)`.
[[nodiscard]] std::string evidence_text(const Book& book, std::span<const Evidence> evidence);

/// Columns customer_id, departed_on, mrr (ticks if `exact`), tenure_days, type, reason, rule, evidence,
/// recovery_effort, returned_on.
[[nodiscard]] Table departures_table(const std::vector<ListedDeparture>& departures, bool exact = false);

}  // namespace churn::inline v0
