// SpellColumns: spells or parts of spells as columns, for models that need single rows and not counts.
//
//   SpellColumns columns{.exit = tenures, .event = departed};
//
// A row is at risk at the tenures after `entry` up to and with `exit`, in days: (entry, exit]. An entry of 0,
// or no column of entries, means from the very start, so that who leaves at tenure 0 was at risk of it. What
// changes over time is told in several rows of one customer, (0, 30] and (30, 75], each with what was known
// in it; only the last may have the event.
//
//   stratum   rows are only compared within their stratum (a plan, a year of sign-up)
//   weight    what a row counts for: a sampling weight, or so many alike. 0 leaves the row out
//   cluster   rows of one customer, for errors that know that they are not independent
//
// An empty column is the usual: entry 0, one stratum, weight 1, each row a cluster of its own. Columns are
// views: keep what they look at. Who takes them throws Error(out_of_range) where lengths differ,
// Error(bad_period) for a negative tenure or an exit before the entry, and Error(bad_number) for a weight
// that is neither 0 nor from 1e-100 to 1e100. A row whose exit is its entry (unless both are 0) is never at risk: it is
// counted as such, and an event in it counts nowhere.
#pragma once

#include <cstdint>
#include <span>

namespace churn::inline v0 {

/// A column each, of which all but `exit` and `event` may be empty; views of what somebody else keeps.
struct SpellColumns {
  std::span<const std::int32_t> entry{};     ///< tenure in days, exclusive; 0: from the very start
  std::span<const std::int32_t> exit{};      ///< tenure in days, inclusive
  std::span<const std::uint8_t> event{};     ///< whether the spell ended at `exit`; else it is censored there
  std::span<const std::int32_t> stratum{};   ///< rows are compared within theirs only
  std::span<const double> weight{};          ///< what a row counts for; 0 leaves it out
  std::span<const std::uint64_t> cluster{};  ///< rows of one customer have one number
};

}  // namespace churn::inline v0
