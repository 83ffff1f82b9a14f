#include "help.hpp"

#include <churn/report/display_width.hpp>

#include <algorithm>

namespace churn::cli {

namespace {

constexpr std::size_t widest_page = 100;
constexpr std::size_t page_of_a_pipe = 80;
constexpr std::size_t indent = 2;
constexpr std::size_t about_column = 26;
constexpr std::size_t example_column = 6;

std::size_t page_width(const Terminal& terminal) {
  return terminal.width == 0 ? page_of_a_pipe : std::min(terminal.width, widest_page);
}

/// A paragraph that begins in a column, where the first line stands already.
std::string from_column(std::size_t column, const std::string& about, std::size_t width) {
  std::string text = wrapped(about, width - std::min(width - indent, column));
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1))
    text.insert(end + 1, column, ' ');
  return text + "\n";
}

/// A name and, in a column of its own, what it is about.
std::string entry(const std::string& name, const std::string& about, std::size_t column, std::size_t width) {
  const std::string line = std::string(indent, ' ') + name;
  if (about.empty()) return line + "\n";
  const std::size_t used = indent + display_width(name);
  return line + (used + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - used, ' ')) +
         from_column(column, about, width);
}

std::string about_with_standard(const OptionForm& option) {
  std::string about = option.about;
  if (!option.standard.empty() && about.find("(default") == std::string::npos)
    about += " [" + option.standard + "]";
  if (option.is_required && !option.names.empty()) about += " (required)";
  return about;
}

}  // namespace

std::string written(const OptionForm& option) {
  std::string text;
  for (const std::string& name : option.names) text += (text.empty() ? "" : ", ") + name;
  if (option.value.empty()) return text;
  return text + (option.value_may_be_left_out ? "[=" + option.value + "]" : " " + option.value);
}

std::string usage_of(const CommandForm& command) {
  std::string usage = "churn " + command.name;
  for (const OptionForm& place : command.places) {
    const bool may_be_left_out = !place.is_required && place.value != "BOOK";
    usage += may_be_left_out ? " [" + place.value + "]" : " " + place.value;
    if (place.is_repeated) usage += "...";
  }
  for (const OptionForm& option : command.options)
    if (option.is_required) usage += " " + option.names.front() + " " + option.value;
  return usage + (command.options.size() > 1 ? " [options]" : "");  // one is --help
}

std::string orientation(const CommandLineForm& form, const Terminal& terminal) {
  const std::size_t width = page_width(terminal);
  const auto heading = [&](const std::string& text) {
    return painted(text, Paint::heading, terminal) + "\n";
  };
  std::string page =
      wrapped("churn " + form.version + ": who leaves, what it costs, why, and what would change it", width) +
      "\n\n" + heading("churn COMMAND BOOK [options]");
  for (const AskedQuestion& asked : asked_questions()) {
    page += "\n" + heading(asked.question);
    for (const std::string_view name : asked.commands)
      if (const CommandForm* command = form.command(name))
        page += entry(command->name, command->about, 16, width);
    for (const Example& hint : asked.hints) page += entry(hint.arguments, hint.tells, 16, width);
  }
  page += "\n" + heading("To begin with");
  page += "  churn check examples/sample_book\n  churn report examples/sample_book\n\n";
  return page +
         wrapped(
             "A BOOK is a folder of CSV files, a JSON file, a database or a Stripe export. "
             "churn COMMAND --help shows options and examples.",
             width) +
         "\n";
}

std::string help_of(const CommandForm& command, const Terminal& terminal) {
  const std::size_t width = page_width(terminal);
  const auto heading = [&](const std::string& text) {
    return painted(text, Paint::heading, terminal) + "\n";
  };
  std::string page = wrapped(command.about, width) + "\n\n" + heading(usage_of(command));
  for (const OptionForm& place : command.places) page += entry(place.value, place.about, about_column, width);
  for (const char* const group : {question_group, answer_group, book_group}) {
    std::string entries;
    for (const OptionForm& option : command.options)
      if (option.group == group)
        entries += entry(written(option), about_with_standard(option), about_column, width);
    if (!entries.empty()) page += "\n" + heading(group) + entries;
  }
  if (command.examples.empty()) return page;
  page += "\n" + heading("Examples");
  for (const Example& example : command.examples)
    page += "  churn " + std::string(example.arguments) + "\n" + std::string(example_column, ' ') +
            from_column(example_column, example.tells, width);
  return page;
}

}  // namespace churn::cli
