// The commands: their names, what they answer, what runs them, and examples to try.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "form.hpp"
#include "options.hpp"

namespace churn::cli {

struct Command {
  const char* name;
  const char* about;
  std::string (*run)(const Session&);
  bool by_segments;                                 ///< takes --by
  std::string (*run_without_book)(const Options&);  ///< for one that takes no book; else null
  std::vector<Example> examples;
};

/// Those that answer from a book, and `conventions`; `import`, `merge` and those about the command itself are by themselves.
[[nodiscard]] const std::vector<Command>& commands();

/// Those of the others.
[[nodiscard]] std::vector<Example> examples_of(std::string_view name);

}  // namespace churn::cli
