#include <churn/reason/departure_type.hpp>

#include <string>

#include <churn/core/error.hpp>

namespace churn::inline v0 {

std::string_view departure_type_name(DepartureType type) noexcept {
  switch (type) {
    case DepartureType::completed: return "completed";
    case DepartureType::voluntary: return "voluntary";
    case DepartureType::involuntary: return "involuntary";
    case DepartureType::unknown: break;
  }
  return "unknown";
}

DepartureType parse_departure_type(std::string_view name) {
  for (const DepartureType type : departure_types)
    if (departure_type_name(type) == name) return type;
  throw Error(ErrorCode::unknown_name, "There is no type of departure \"" + std::string(name) +
                                           "\". Use completed, voluntary, involuntary or unknown.");
}

RecoveryEffort recovery_effort(DepartureType type) noexcept {
  switch (type) {
    case DepartureType::completed: return RecoveryEffort::low_to_medium;
    case DepartureType::voluntary: return RecoveryEffort::high;
    case DepartureType::involuntary: return RecoveryEffort::low;
    case DepartureType::unknown: break;
  }
  return RecoveryEffort::not_known;
}

std::string_view recovery_effort_name(RecoveryEffort effort) noexcept {
  switch (effort) {
    case RecoveryEffort::low: return "low";
    case RecoveryEffort::low_to_medium: return "low to medium";
    case RecoveryEffort::high: return "high";
    case RecoveryEffort::not_known: break;
  }
  return "not known";
}

std::string_view fitting_action(DepartureType type) noexcept {
  switch (type) {
    case DepartureType::completed: return "invite back";
    case DepartureType::voluntary: return "talk";
    case DepartureType::involuntary: return "remind and update the payment method";
    case DepartureType::unknown: break;
  }
  return "ask why";
}

}  // namespace churn::inline v0
