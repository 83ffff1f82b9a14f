// The command `import`: a billing system's export becomes a book.
#pragma once

#include <string>

namespace churn::cli {

struct ImportOptions {
  std::string format;  ///< a shipped mapping, `stripe`, or a mapping file
  std::string input;
  std::string output;
  std::string time_zone;
  std::string rejections_file;
  bool strict{false};
  bool replace{false};
};

/// What FORMAT may be, for help and complaints: `stripe, chargebee, …`.
[[nodiscard]] std::string import_formats();

/// Reads the export and writes the book; says on stderr what it wrote and what was rejected. Gives the exit status.
/// Throws Error for what can't be read or written.
[[nodiscard]] int run_import(const ImportOptions& options);

}  // namespace churn::cli
