// The manual page, churn(1), out of the same description as the help.
#pragma once

#include <string>

#include "form.hpp"

namespace churn::cli {

/// In the macros of man(7). The same program gives the same bytes: no date is on it.
[[nodiscard]] std::string manual_of(const CommandLineForm& form);

}  // namespace churn::cli
