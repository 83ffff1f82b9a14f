// DepartureType: the four stories that a churn rate mixes, and how hard each is to win back.
//
//   completed    "satisfied": the project, event or season was over     low to medium: invite back
//   voluntary    "active": the customer chose to leave                  high: talk
//   involuntary  "passive": a payment failed                            low: remind, new payment method
//   unknown      nothing on record says why                             not known: ask
//
// Source: DEFINITIONS 8, on what the records have to say for each.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace churn::inline v0 {

/// Why a customer left, as far as its records tell.
enum class DepartureType : std::uint8_t {
  completed,    ///< the project, event or season was over, or a fixed term ran out
  voluntary,    ///< the customer chose to leave
  involuntary,  ///< a payment failed
  unknown       ///< nothing on record says why
};
/// All four, in the order of the enumerators.
inline constexpr std::array departure_types{DepartureType::completed, DepartureType::voluntary,
                                            DepartureType::involuntary, DepartureType::unknown};

/// How hard it is to win back who left, by the type of departure.
enum class RecoveryEffort : std::uint8_t {
  low,            ///< of involuntary departures
  low_to_medium,  ///< of completed ones
  high,           ///< of voluntary ones
  not_known       ///< of those of unknown type
};

/// `completed`, `voluntary`, `involuntary`, `unknown`.
[[nodiscard]] std::string_view departure_type_name(DepartureType type) noexcept;
/// Throws Error(unknown_name), naming those that exist.
[[nodiscard]] DepartureType parse_departure_type(std::string_view name);

/// That of one who left so.
[[nodiscard]] RecoveryEffort recovery_effort(DepartureType type) noexcept;
/// `low`, `low to medium`, `high`, `not known`.
[[nodiscard]] std::string_view recovery_effort_name(RecoveryEffort effort) noexcept;
/// What to do about one: `remind and update the payment method`, `invite back`, `talk`, `ask why`.
[[nodiscard]] std::string_view fitting_action(DepartureType type) noexcept;

/// The reason of a departure of which none is known. A missing reason is this, never silently another.
inline constexpr std::string_view unknown_reason = "unknown";

}  // namespace churn::inline v0
