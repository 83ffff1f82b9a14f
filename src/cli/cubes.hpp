// The commands of cubes: `partial` and `merge`, and what `--from-cubes` answers without a book.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"

namespace churn::cli {

/// Writes the cubes of the book; nothing is printed.
[[nodiscard]] std::string run_partial(const Session& session);

struct MergeOptions {
  std::vector<std::string> inputs;
  std::string output;
  bool strict{false};
};

/// Adds files up. Gives the exit status; throws Error for what can't be read, written or added.
[[nodiscard]] int run_merge(const MergeOptions& options);

/// True if the command can be answered from cubes.
[[nodiscard]] bool answers_from_cubes(const std::string& command) noexcept;
/// Why it can't, in a sentence.
[[nodiscard]] std::string why_not_from_cubes(const std::string& command);

/// What the command prints; says on stderr how many rows the parts had rejected, and gives it in `rejected`.
/// Throws Error for options that are not what the cubes were counted by.
[[nodiscard]] std::string answer_from_cubes(const std::string& command, const Options& options,
                                            bool& rejected);

}  // namespace churn::cli
