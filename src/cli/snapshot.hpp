// The command `snapshot`: a built book as one file, which the other commands take in the book's place.
#pragma once

#include <string>

#include "options.hpp"

namespace churn::cli {

/// Writes the book with all that was rejected; nothing is printed.
[[nodiscard]] std::string run_snapshot(const Session& session);

}  // namespace churn::cli
