// The library's own exposures: the levers of retention that can be read off a book, each by one rule.
//
//   std::vector<Exposure> all = standard_levers(book);
//   all.push_back(coached);                       // a host's own (lever/exposure.hpp)
//
// L = landmark, days since the first stay began:
//   first_deal      started_larger: MRR on the first day above 1.2 times that on the day before L = 180, whatever came in
//                   between
//   annual_plan     by_the_year: on the first day (L = 1) most of the MRR is paid by terms of 12 months and more. Horizon
//                   391: twelve renewals by the month and one by the year, with 25 days for reminders after it. Compared
//                   at the horizon (lever/exposure.hpp)
//   campaigns       engaged: an event campaign_engaged before L = 90
//   activation      activated: the stage `activated` reached within 30 days of sign-up, or of the first present day if that is
//                   earlier. L = 30
//   integrations    connected and not removed by L = 90: 0, 1, 2, 3+
//   breadth         products: subscriptions that count on the day before L = 90: 1, 2+
//                   seats: their quantity: 1, 2-5, 6+
//                   features: distinct features used before L = 90: 0-1, 2-3, 4+
//   product_health  for each feature that customers used (the 30 that most customers used, in order of their names):
//                   used before L = 90. Which features predict retention, p adjusted over all of them
//
// The horizon is 365 days but where another is said. Events count in the L days before the day that is asked about (as of the
// landmark: since the stay began; integrations ever), and only if some customer had one of their kind by the beginning of
// the stay; else the exposure is not known. The eighth lever, the right customer, is a question of segments:
// lever/customer_profile.hpp.
//
// Those whose kind of event the book has none of are in the list as well: `levers` says what to record.
#pragma once

#include <cstdint>
#include <vector>

#include <churn/book/event_index.hpp>
#include <churn/lever/exposure.hpp>

namespace churn::inline v0 {

/// On which days the library's exposures are looked at.
struct LeverOptions {
  std::int32_t landmark{90};         ///< of campaigns, integrations, breadth and product health
  std::int32_t activation_days{30};  ///< and the landmark of activation
  std::int32_t deal_landmark{180};   ///< of first_deal
  std::int32_t horizon{365};         ///< from the landmark on; of annual_plan 391, or more by whole years
  std::size_t most_features{30};     ///< of product_health, those that most customers used
  EventKindMap kinds{};              ///< a host's kinds that stand for those named above
};

/// Throws Error(bad_number) for days below 1. O(events).
[[nodiscard]] std::vector<Exposure> standard_levers(const Book& book, const LeverOptions& options = {});

}  // namespace churn::inline v0
