// InvoicePhases: phases made of invoice lines, where MRR is read from invoices. Private to the library's sources.
//
// A line that recurs and says which days it is for is a charge; a charge is worth its *full* price, that of one
// whole billing cycle, on each of its days:
//
//   full = unit price x quantity, where both are known; what a charge of exactly one cycle is below it, is a
//          discount. Else amount / n for n whole cycles, or amount x days of a full cycle / days of the line,
//          rounded half-even to 4 decimals more than the currency has.
//
// Seat at 10.00 a month, added mid-month and charged 5.00: + 10.00. 25.00 for 16 of 31 days: 48.4375.
//
//   charges     of one subscription and plan follow each other: the later start cuts the earlier, and of one start
//               the later invoice counts, so that two invoices for one period do not double. Lines of one invoice
//               add up.
//   prorations  add to it (or take away) on their own days. A credit without unit price or quantity is for all
//               that was there of the plan, and ends it.
//   renewals    that are late by less than a cycle are bridged, missing ones end the subscription with its service;
//               under `dropped_after_days` either goes on for at most so many days.
//
// Left alone: credit notes (negative lines that are no prorations), one-time lines, tax, refunds, drafts and void
// invoices; usage unless it is counted. Rejected: a line without period (no_service_period), whose period ends
// before it starts, with a negative quantity, a proration of which nothing says how often it is charged.
//
// The subscription's id is that of the lines, else the invoice's, else the customer's id. Where several plans of one
// are paid at once, each is a subscription of its own, ID/PLAN. O(lines log lines).
#pragma once

#include <churn/book/conventions.hpp>
#include <churn/book/rejections.hpp>

#include <cstdint>
#include <vector>

#include "book/account_resolver.hpp"
#include "book/phase_source.hpp"

namespace churn::inline v0 {

struct InvoicePhases {
  PhaseTable phases;
  IdTable subscription_ids;
  IdTable plans;
  IdTable named;                        // the ids that invoices know
  PlainColumn<std::uint32_t> named_of;  // by subscription: its own id, or that of which it is a part

  [[nodiscard]] PhaseSource source(const Records::Storage& records) const noexcept {
    return {&phases, &subscription_ids, &plans, RecordTable::invoices,
            &records.source(RecordTable::invoices)};
  }
};

[[nodiscard]] InvoicePhases phases_of_invoices(const Records::Storage& records,
                                               const std::vector<const InvoiceRow*>& invoices,
                                               const Accounts& accounts, const BookRules& rules, Date as_of,
                                               Rejections& rejections);

}  // namespace churn::inline v0
