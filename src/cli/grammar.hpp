// The definition of the command line: which commands and options there are, and into what they are read.
#pragma once

#include <CLI/CLI.hpp>

#include <map>
#include <string>

#include "cubes.hpp"
#include "form.hpp"
#include "import.hpp"
#include "options.hpp"

namespace churn::cli {

constexpr const char* import_name = "import";
constexpr const char* partial_name = "partial";
constexpr const char* merge_name = "merge";
constexpr const char* snapshot_name = "snapshot";
constexpr const char* completion_name = "completion";
constexpr const char* manual_name = "man";
constexpr const char* help_name = "help";

class Grammar {
 public:
  Grammar();
  Grammar(const Grammar&) = delete;
  Grammar& operator=(const Grammar&) = delete;

  /// Throws CLI::ParseError, and CLI::Success where help or the version is asked for.
  void parse(int argc, char** argv);

  /// The command that was given; empty if there is none.
  [[nodiscard]] std::string command() const;
  [[nodiscard]] bool is_given(const std::string& option) const;

  /// For the commands of the table; what was given of its options is noted.
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] const ImportOptions& import_options() const { return import_options_; }
  [[nodiscard]] const MergeOptions& merge_options() const { return merge_options_; }
  /// What `completion` and `help` were asked for.
  [[nodiscard]] const std::string& topic() const { return topic_; }

  /// The same as a description.
  [[nodiscard]] CommandLineForm form() const;

 private:
  void add_import();
  void add_merge();
  void add_about_the_command();

  CLI::App app_;
  Options options_;
  ImportOptions import_options_;
  MergeOptions merge_options_;
  std::string topic_;
};

}  // namespace churn::cli
