// The command about what would change it: the levers of retention.
#pragma once

#include <string>

#include "options.hpp"

namespace churn::cli {

/// What can be seen to be wrong with its options before anything is read. Throws Error.
void check_levers(const Options& options);

/// What goes with staying, each lever measured the same way; by level; or whom to sell to. On stderr the finding.
[[nodiscard]] std::string run_levers(const Session& session);

}  // namespace churn::cli
