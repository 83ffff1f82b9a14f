// roster: who is a customer on a day, for what plan, at what MRR, since when. What people reconcile first,
// because it can be held against a billing system's own list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <churn/book/book.hpp>
#include <churn/core/table.hpp>
#include <churn/segment/filter.hpp>

namespace churn::inline v0 {

/// One customer on the day that was asked about.
struct RosterEntry {
  CustomerId customer;  ///< who is present on it
  std::string plan;     ///< of the phases in force, in order of their bytes, joined by ` + `
  RunRate run_rate;     ///< 0 for who is present without paying (a pause, a free plan)
  Date since;           ///< the first day of the unbroken stay
  friend bool operator==(const RosterEntry&, const RosterEntry&) = default;
};

/// Everyone present on a day, in order of customer id. A filter on lanes keeps parts of customers: their plans
/// and run rates are those of the parts. The run rates add up to the closing of a period that
/// ends after that day. Throws Error(out_of_range) for a day at or after as_of, or before records_from, and
/// Error(mixed_currencies).
[[nodiscard]] std::vector<RosterEntry> roster(const Book& book, Date on, const Filter& where = {});

/// Columns customer_id, plan, mrr (ticks if `exact`), since.
[[nodiscard]] Table roster_table(const std::vector<RosterEntry>& entries, bool exact = false);

/// An end that is recorded already and lies at or after as_of.
struct ScheduledEnd {
  CustomerId customer;          ///< who pays for it
  SubscriptionId subscription;  ///< that ends
  std::string plan;             ///< of its last phase
  RunRate run_rate;             ///< on the last known day
  Date ends_on;                 ///< the first day not in force
  friend bool operator==(const ScheduledEnd&, const ScheduledEnd&) = default;
};

/// Subscriptions in force on the last known day that have an end and no later phase, in order of end, then
/// customer id and subscription id; of these, what the filter keeps on that day. They do not count as churn
/// before their day comes.
[[nodiscard]] std::vector<ScheduledEnd> scheduled_ends(const Book& book, const Filter& where = {});

}  // namespace churn::inline v0
