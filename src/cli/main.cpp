// churn: the command line. Exit status 0: done; 1: done, but rows were rejected and --strict was given;
// 2: bad usage or unreadable input, with one line on stderr; 130: interrupted.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "command_table.hpp"
#include "completion.hpp"
#include "departures.hpp"
#include "grammar.hpp"
#include "help.hpp"
#include "manual.hpp"
#include "progress.hpp"
#include "risk.hpp"
#include "suggestion.hpp"
#include "terminal.hpp"

namespace {

using namespace churn::cli;

/// What was asked for, on stdout. Gives the exit status.
int answer(const std::string& text, int status = 0) {
  end_progress();
  std::cout << text << std::flush;
  if (std::cout) return status;
  complain("the output could not be written");
  return 2;
}

/// Cohorts, a roster and a page are of one currency.
std::string words_for_mixed_currencies(const std::string& name, const Options& options) {
  const bool keeps_apart = name == "movements" || name == "rates" || name == "trend" || name == "survival" ||
                           name == "explain" || (name == "causes" && takes_segments(options));
  return std::string(" Use ") +
         (keeps_apart            ? "--by currency, or "
          : name == partial_name ? "--by currency and --cohort none, or "
                                 : "") +
         "--currency CODE.";
}

int run_command(const Command& command, const Options& options) {
  const auto status = [&](bool rejected) { return options.strict && rejected ? 1 : 0; };
  if (command.run_without_book != nullptr) return answer(command.run_without_book(options));
  if (options.command == "indicators" && options.show == "list" && options.book.empty())
    return answer(list_indicators(options));
  if (options.book.empty() && options.from_cubes.empty()) {
    complain(options.command + ": book is required (see churn " + options.command + " --help)");
    return 2;
  }
  if (!options.from_cubes.empty() && !answers_from_cubes(options.command)) {
    complain(why_not_from_cubes(options.command));
    return 2;
  }
  if (!command.by_segments && !options.by.empty()) {
    complain(options.command +
             " takes no --by. Use movements, rates, cohorts, survival, trend, forecast, causes, dunning, "
             "survey or "
             "explain.");
    return 2;
  }
  begin_progress();
  if (!options.from_cubes.empty()) {
    bool rejected = false;
    const std::string text = answer_from_cubes(options.command, options, rejected);
    return answer(text, status(rejected));
  }
  const Session session = open_session(options);
  try {
    now_doing("answering");
    return answer(command.run(session), status(session.rejections.rejected() > 0));
  } catch (const churn::Error& error) {
    if (error.code() != churn::ErrorCode::mixed_currencies) throw;
    complain(error.what() + words_for_mixed_currencies(options.command, options));
    return 2;
  }
}

/// What was written that nobody knows, and what may have been meant.
int refuse(const CLI::ParseError& error, const std::vector<std::string>& arguments,
           const CommandLineForm& form) {
  const std::string first = arguments.empty() ? "" : arguments.front();
  const CommandForm* const command = form.command(first);
  if (!first.empty() && first.front() != '-' && command == nullptr) {
    std::string known;
    for (const std::string& name : form.command_names()) known += (known.empty() ? "" : ", ") + name;
    complain("\"" + first + "\" is no command. There are: " + known + "." +
             suggestion_for(first, form.command_names()));
    return 2;
  }
  std::string suggestion;
  std::vector<std::string> options{"--help", "--version"};
  if (command != nullptr) {
    options.clear();
    for (const OptionForm& option : command->options)
      options.insert(options.end(), option.names.begin(), option.names.end());
  }
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    const bool is_known = std::find(options.begin(), options.end(), name) != options.end();
    if (suggestion.empty() && argument.starts_with("--") && !is_known)
      suggestion = suggestion_for(name, options);
  }
  complain(std::string(error.what()) + (suggestion.empty() ? "" : "." + suggestion) + " (see churn " +
           (suggestion.empty() ? "" : first + " ") + "--help)");
  return 2;
}

int help(const Grammar& grammar, const std::string& topic) {
  const CommandLineForm form = grammar.form();
  if (topic.empty()) return answer(orientation(form, out_terminal()));
  if (const CommandForm* const command = form.command(topic))
    return answer(help_of(*command, out_terminal()));
  complain("\"" + topic + "\" is no command." + suggestion_for(topic, form.command_names()) +
           " (see churn help)");
  return 2;
}

int run(int argc, char** argv) {
  Grammar grammar;
  if (argc < 2 && out_terminal().is_terminal) return help(grammar, "");  // a script has made a mistake
  try {
    grammar.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return help(grammar, grammar.command());
  } catch (const CLI::CallForVersion& version) {
    return answer(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    return refuse(error, {argv + 1, argv + argc}, grammar.form());
  }
  const std::string name = grammar.command();
  if (name == help_name) return help(grammar, grammar.topic());
  if (name == completion_name) return answer(completion_for(grammar.topic(), grammar.form()));
  if (name == manual_name) return answer(manual_of(grammar.form()));
  end_cleanly_when_interrupted();
  if (name == import_name) {
    begin_progress();
    now_doing("importing");
    return run_import(grammar.import_options());
  }
  if (name == merge_name) return run_merge(grammar.merge_options());
  const Options& options = grammar.options();
  use_colour(static_cast<ColourAsked>(parse_choice(options.colour, "--color", {"auto", "always", "never"})),
             options.format != "table");
  for (const Command& command : commands())
    if (name == command.name) return run_command(command, options);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  int status = 2;
  try {
    status = run(argc, argv);
  } catch (const std::exception& error) {
    complain(error.what());
  }
  end_progress();
  return status;
}
