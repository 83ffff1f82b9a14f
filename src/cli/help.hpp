// `--help`: what a command answers, what may be asked of it, and examples to try.
#pragma once

#include <string>

#include "form.hpp"
#include "terminal.hpp"

namespace churn::cli {

/// The commands by the questions that they answer.
[[nodiscard]] std::string orientation(const CommandLineForm& form, const Terminal& terminal);

/// Of one command.
[[nodiscard]] std::string help_of(const CommandForm& command, const Terminal& terminal);

/// `churn rates BOOK [options]`.
[[nodiscard]] std::string usage_of(const CommandForm& command);

/// `-o FILE, --output FILE`, as it is written: `--compare[=rest|pairs]`.
[[nodiscard]] std::string written(const OptionForm& option);

}  // namespace churn::cli
