// The command `report`: the book on one page.
#pragma once

#include <string>

#include "options.hpp"

namespace churn::cli {

/// For the terminal with a section of sparklines, which the other forms have as charts or figures. Writes the page too, if a
/// file was asked for.
[[nodiscard]] std::string run_report(const Session& session);

}  // namespace churn::cli
