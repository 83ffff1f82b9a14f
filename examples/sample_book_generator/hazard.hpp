// How likely it is to leave, and what acts on it.
#pragma once

#include "records.hpp"

namespace sample_book {

/// Where a customer stands when it decides whether to go on.
struct Situation {
  const Phase* phase = nullptr;
  int tenure_months = 0;
  Day decided_on = 0;
  Day term_ends_on = 0;
  bool oversold = false;
  bool price_is_rising = false;
};

/// The decision before chance has spoken: hazard of a month and the factors in it.
Decision face(const Settings& settings, const Customer& customer, const Situation& situation);

/// The chance of leaving within `months` months at one hazard, per 1 000 000.
std::int64_t leaving_within(std::int64_t month_hazard, int months);

/// Who left for what: type and reasons, true and on record. Days are the caller's to fill in.
Ending draw_ending(const Settings& settings, const Customer& customer, const Decision& decision,
                   const Phase& phase, int tenure_months, Random& random);

}  // namespace sample_book
