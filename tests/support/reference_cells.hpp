// Cells of the library and of the reference engine in one comparable form.
#pragma once

#include <churn/cube/movement_cube.hpp>
#include <churn/cube/subscription_cube.hpp>

#include "support/reference_engine.hpp"

namespace support {

inline reference::Cell to_reference(const churn::MovementCell& cell) {
  reference::Cell result;
  result.opening = cell.opening;
  result.new_ = cell.new_;
  result.reactivation = cell.reactivation;
  result.expansion = cell.expansion;
  result.contraction = cell.contraction;
  result.churn = cell.churn;
  result.fx = cell.fx;
  result.closing = cell.closing;
  result.opening_customers = cell.opening_customers;
  result.new_customers = cell.new_customers;
  result.reactivated_customers = cell.reactivated_customers;
  result.churned_customers = cell.churned_customers;
  result.closing_customers = cell.closing_customers;
  result.expanded_customers = cell.expanded_customers;
  result.contracted_customers = cell.contracted_customers;
  result.kept = cell.opening - cell.lost;
  result.retained = cell.opening - cell.lost + cell.gained;
  result.lost_customers = cell.lost_customers;
  result.transfer_in = cell.transfer_in;
  result.transfer_out = cell.transfer_out;
  result.transferred_in_customers = cell.transferred_in_customers;
  result.transferred_out_customers = cell.transferred_out_customers;
  result.departures_of_opening = cell.departures_of_opening;
  result.joined_customers = cell.joined_customers;
  result.joined_and_left_customers = cell.joined_and_left_customers;
  result.departures_of_joined = cell.departures_of_joined;
  result.departures = cell.departures;
  result.customer_days = cell.customer_days;
  return result;
}

inline reference::SubscriptionCell to_reference(const churn::SubscriptionCell& cell) {
  return {cell.opening_subscriptions,
          cell.lost_subscriptions,
          cell.opening_seats,
          cell.lost_seats,
          cell.due,
          cell.renewed,
          cell.trials_ended,
          cell.trials_converted};
}

}  // namespace support
