// What may be said on the command line, as one description: help, completion and the manual are written out of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace churn::cli {

/// What an option or a place takes.
struct Values {
  enum class Kind : std::uint8_t { free, words, words_with_commas, files, folders };
  Kind kind{Kind::free};
  std::vector<std::string> words{};
};

struct OptionForm {
  std::vector<std::string> names;  ///< `-o`, `--output`; of a place none
  std::string value;               ///< `DATE`; empty: a flag
  bool value_may_be_left_out{false};
  bool is_required{false};
  bool is_repeated{false};
  std::string about;
  std::string standard;  ///< what holds where it is not given; may be empty
  std::string group;
  Values values;
};

/// What is asked, how the answer is shown, and of which book: in this order in every help.
constexpr const char* question_group = "What is asked";
constexpr const char* answer_group = "How it is shown";
constexpr const char* book_group = "Which book, under which rules";

/// A command line to try, without its `churn`, and what it tells.
struct Example {
  const char* arguments;
  const char* tells;
};

struct CommandForm {
  std::string name;
  std::string about;
  std::vector<OptionForm> places;
  std::vector<OptionForm> options;
  std::vector<Example> examples;

  [[nodiscard]] const OptionForm* option(std::string_view name_of_option) const;
};

struct CommandLineForm {
  std::string version;
  std::vector<CommandForm> commands;

  [[nodiscard]] const CommandForm* command(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> command_names() const;
};

/// What people ask, and the commands that answer.
struct AskedQuestion {
  const char* question;
  std::vector<std::string_view> commands;
  std::vector<Example> hints{};  ///< options of commands that stand under another question
};
[[nodiscard]] const std::vector<AskedQuestion>& asked_questions();

/// What every command shares with the manual.
constexpr const char* exit_statuses[][2] = {
    {"0", "Done."},
    {"1", "Done, but rows were rejected and --strict was given."},
    {"2", "Bad usage or unreadable input, with one line on stderr that says what."},
    {"130", "Interrupted. A file that was being written is whole, or not there."}};

}  // namespace churn::cli
