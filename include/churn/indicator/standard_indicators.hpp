// The library's own indicators: signs of leaving that businesses watch, each by one rule.
//
//   std::vector<Indicator> all = standard_indicators();
//   all.push_back(exports_per_week);                       // a host's own
//   for (const Indicator& i : all) std::cout << i.column.name << ": " << i.about << '\n';
//
// Of a customer on day t, W = `width`, L = `long_width`. A window is there only if the book recorded that kind of event
// when it began (some customer has one from a day before), and the customer was known then; else the indicator is missing.
// Of who came back, windows are there once they lie in this stay, and invoices count that fell due in it: what was left
// unpaid at the end of an earlier one says nothing of how this one will end.
//
//   usage_decline        log(1 + uses in the W days before the last W) - log(1 + uses in the last W): above 0 use fell
//   time_decline         the same of session minutes
//   days_since_last_event  since the last use or session; of who never had one, since it came or recording began
//   late_payments        invoices that became overdue in the last W days, less those of the W before
//   arrears              what overdue invoices billed by their lines with tax, in months of MRR; missing where one has no
//                        lines, is in another currency than the MRR, or nothing is paid
//   days_overdue         of the oldest overdue invoice; 0: none
//   payment_failures     failed attempts in W. Of who had no invoice yet, these four are missing
//   downgrades           days in L on which it began to pay less
//   seat_decline         log(quantity W days ago) - log(quantity now)
//   ticket_silence       1: tickets in the W before the last W, none since, and use or time falls
//   ticket_surge         log(1 + tickets in the last W) - log(1 + tickets in the W before)
//   feature_breadth      distinct features used in L / seen in the whole book before t                        (lowers)
//   stage_stall          days since the last onboarding stage, or since it came; 0 once `activated`. Missing for who came
//                        before stages were recorded and reached none since
//   not_activated        1: not `activated` in the first `activation_days` days; missing until they are over, and for who
//                        came before stages were recorded, unless it was
//   segment_risk         the share of customers like this who leave in 30 days, by the trailing year: the book's rate times,
//                        for each attribute, the rate of its label over the book's, each without the customer itself and
//                        drawn to 1 by five departures' worth. An attribute of more than 50 labels so far is left out
//   resemblance          share that left within 28 days among the `neighbours` customers who were most like it when they
//                        were as old (28-day bands of tenure): uses, minutes, tickets, seats, MRR, integrations, on log
//                        scales, whose outcome was known before t. Missing where fewer than twice as many are. Of more
//                        than 2,000 customers who had come before t, 2,000 are asked, chosen by a hash of the id
//   integrations         connected and not removed, since any customer's were recorded                       (lowers)
//   campaign_engagement  in L                                                                                (lowers)
//   nps                  the last answer of the last 365 days                                                (lowers)
//   tenure               days of the stay                                                                    (lowers)
//   time_to_renewal      days to the first renewal on or after t                                             (lowers)
//   card_expiring        1: the card known last expires within 30 days, or has expired
//
// More of it raises the risk, if anything, but for those marked. A host leaves out or adds what it likes: the list is
// plain. Source: what vendors and teams watch, and C. Gold, Fighting Churn with Data (2020).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <churn/indicator/indicator.hpp>
#include <churn/segment/segmenter.hpp>

namespace churn::inline v0 {

/// How far the library's indicators look, and how many they compare.
struct IndicatorOptions {
  std::int32_t width{28};            ///< W, in days
  std::int32_t long_width{90};       ///< L, in days
  std::int32_t activation_days{30};  ///< days in which one should become `activated`
  std::uint32_t neighbours{25};      ///< customers that `resemblance` asks
};

/// All of the above, in this order. Throws Error(bad_number) for a width, a count of days or of neighbours below 1.
[[nodiscard]] std::vector<Indicator> standard_indicators(const IndicatorOptions& options = {});

/// segment_risk of one segmenter, called `segment_risk:NAMES`. Of states and lanes that of the first present day.
[[nodiscard]] Indicator segment_risk(const Segmenter& segmenter);

/// How much of what one kind of events a customer has: `sum` of values, or their count, in the last `days`. Missing where the kind was
/// not recorded yet or the customer not known.
[[nodiscard]] Indicator event_indicator(std::string name, std::string kind, Direction direction,
                                        std::int32_t days = 28, bool sum = false);

}  // namespace churn::inline v0
