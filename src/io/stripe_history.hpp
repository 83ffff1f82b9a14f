// SubscriptionHistory: how a subscription was, from moment to moment. Private to the reader of Stripe's exports.
//
// An event tells a subscription as it was after it, and what it changed; so going back from the newest state,
// each event gives the state after it and the one before. What an event leaves out is as the state after has it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "io/stripe_export.hpp"

namespace churn::inline v0 {
namespace stripe {

struct SubscriptionState {
  Timestamp from;
  SubscriptionFacts facts;
};

struct SubscriptionHistory {
  std::vector<SubscriptionState> states;  ///< by `from`; at least one
  Origin origin;
  std::optional<Timestamp> term_ends{};  ///< where a schedule ends it
};

/// Or why it has none. Schedules are those of the subscription; one of its own has no record.
[[nodiscard]] std::variant<SubscriptionHistory, Problem> history_of(
    const SubscriptionRecord& record, const std::vector<const ScheduleFacts*>& schedules);

}  // namespace stripe
}  // namespace churn::inline v0
