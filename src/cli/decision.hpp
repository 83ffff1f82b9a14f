// The commands about decisions: what one on a date has done, and what would be if something changed.
#pragma once

#include <string>

#include "options.hpp"

namespace churn::cli {

/// What can be seen to be wrong with their options before anything is read. Throws Error.
void check_decisions(const Options& options);

/// What a decision on a date did to churn and MRR, for old and new customers; its months, or what is found on days on which
/// nothing was decided. On stderr the finding.
[[nodiscard]] std::string run_decision(const Session& session);

/// MRR and customers of the periods to come where retention, annual plans or payments change, or on what that rests. On
/// stderr each in a sentence.
[[nodiscard]] std::string run_what_if(const Session& session);

}  // namespace churn::cli
