// Event: something a customer did, or that became known of it: a login, a ticket, a survey answer.
//
// Kinds with a meaning to the library: login, session_minutes, feature_used (label = feature),
// ticket_opened, stage_reached (label = onboarding stage), integration_connected / integration_removed,
// campaign_engaged, nps (value), exit_survey_sent, exit_survey (label = reason), card_added (label = expiry
// YYYY-MM). Others count as activity.
#pragma once

#include <string>

#include <churn/core/decimal.hpp>
#include <churn/core/id.hpp>
#include <churn/core/timestamp.hpp>

namespace churn::inline v0 {

/// One thing that a customer did or that became known of it. Equal ones are several.
struct Event {
  CustomerId customer;  ///< whose it is
  Timestamp at;         ///< when it became known
  std::string kind;     ///< any text; see the head of this file
  Decimal value{1};     ///< minutes, a score, …: what there is to add up
  std::string label{};  ///< what it was about, by kind; may be empty

  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace churn::inline v0
