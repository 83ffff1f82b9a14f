// What makes a shell complete the command: a script, written out of the definition of commands and options, so that it
// knows what this build knows. The script asks nothing of the command when it runs.
#pragma once

#include <string>

#include "form.hpp"

namespace churn::cli {

/// For bash (3.2 and later, with or without the package bash-completion), zsh or fish. Throws Error(unknown_name).
[[nodiscard]] std::string completion_for(const std::string& shell, const CommandLineForm& form);

}  // namespace churn::cli
