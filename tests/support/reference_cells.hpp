// Cells of the library and of the reference engine in one comparable form.
#pragma once

#include <churn/cube/movement_cube.hpp>

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
  result.departures = cell.departures;
  result.customer_days = cell.customer_days;
  return result;
}

}  // namespace support
