#include "manual.hpp"

#include <map>
#include <utility>

#include "help.hpp"

namespace churn::cli {

namespace {

/// As roff prints it: nothing in it is a command of roff's, and a hyphen stays one that can be copied.
std::string escaped(const std::string& text) {
  std::string roff;
  for (const char c : text) {
    if (c == '\\')
      roff += "\\e";
    else if (c == '-')
      roff += "\\-";
    else if (c == '\'')
      roff += "\\(aq";
    else if (c == '`')
      roff += "\\(ga";
    else if (c == '^')
      roff += "\\(ha";
    else if (c == '~')
      roff += "\\(ti";
    else
      roff += c;
  }
  return roff.empty() || roff.front() != '.' ? roff : "\\&" + roff;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string tagged(const std::string& tag, const std::string& about) {
  return ".TP\n" + tag + "\n" + escaped(about) + "\n";
}

std::string name_of(const OptionForm& option) {
  std::string text;
  for (const std::string& name : option.names) text += (text.empty() ? "" : ", ") + bold(name);
  if (option.value.empty()) return text;
  return option.value_may_be_left_out ? text + "[=" + italic(option.value) + "]"
                                      : text + " " + italic(option.value);
}

std::string about_of(const OptionForm& option) {
  return option.about + (option.standard.empty() || option.about.find("(default") != std::string::npos
                             ? ""
                             : " [" + option.standard + "]");
}

/// An option that several commands share with the same meaning is told once.
struct SharedOption {
  const OptionForm* form;
  std::vector<std::string> commands;
};
std::vector<SharedOption> shared_options(const CommandLineForm& form) {
  std::vector<SharedOption> shared;
  std::map<std::pair<std::string, std::string>, std::size_t> place;
  for (const CommandForm& command : form.commands)
    for (const OptionForm& option : command.options) {
      const auto [found, is_new] = place.emplace(std::pair{written(option), about_of(option)}, shared.size());
      if (is_new) shared.push_back({&option, {}});
      shared[found->second].commands.push_back(command.name);
    }
  return shared;
}

/// Those that most commands have stand in a section of their own.
bool is_shared(const SharedOption& option) { return option.commands.size() > 3; }

std::string introduction(const std::string& version) {
  return ".\\\" Written by churn man.\n.TH CHURN 1 \"\" \"churn " + escaped(version) +
         "\" \"User Commands\"\n"
         ".SH NAME\nchurn \\- who leaves, what it costs, and who is behind every number\n"
         ".SH SYNOPSIS\n.B churn\n.I COMMAND BOOK\n.RI [ options ]\n.br\n.B churn help\n.RI [ COMMAND ]\n"
         ".SH DESCRIPTION\n"
         ".B churn\nanswers questions about the customers of a subscription business from a\n.IR book :\n" +
         escaped(
             "their subscriptions or invoices, payments and events. Every rate comes with its numerator, "
             "denominator and interval; every number can be traced to customers and records.") +
         "\n.PP\n" +
         escaped(
             "A book is a folder of CSV files, a .json or .ndjson file, - for one of these on standard "
             "input, a file that churn snapshot wrote, a database (sqlite://FILE, "
             "postgresql://USER@HOST/DATABASE), or with --stripe an export of Stripe's objects.") +
         "\n";
}

/// An option under the first command that takes it.
std::string nested(const SharedOption& option) {
  std::string text = ".RS\n" + tagged(name_of(*option.form), about_of(*option.form));
  std::string also;
  for (std::size_t i = 1; i < option.commands.size(); ++i) also += (i > 1 ? ", " : "") + option.commands[i];
  if (!also.empty()) text += ".br\n" + escaped("Also of " + also) + ".\n";
  return text + ".RE\n";
}

std::string commands_section(const CommandLineForm& form, const std::vector<SharedOption>& options) {
  std::string text = ".SH COMMANDS\n";
  for (const AskedQuestion& asked : asked_questions()) {
    text += ".SS " + escaped(asked.question) + "\n";
    for (const std::string_view name : asked.commands) {
      const CommandForm* const command = form.command(name);
      if (command == nullptr) continue;
      std::string tag = bold("churn " + command->name);
      for (const OptionForm& place : command->places)
        tag += " " + italic(place.value + (place.is_repeated ? "..." : ""));
      text += tagged(tag, command->about + ".");
      for (const SharedOption& option : options)
        if (!is_shared(option) && option.commands.front() == command->name) text += nested(option);
    }
  }
  return text;
}

std::string options_section(const std::vector<SharedOption>& options) {
  std::string text = ".SH OPTIONS\n" +
                     escaped("Of most commands; churn COMMAND --help shows all that a command takes.") + "\n";
  for (const char* const group : {question_group, answer_group, book_group})
    for (const SharedOption& option : options)
      if (is_shared(option) && option.form->group == group)
        text += tagged(name_of(*option.form), about_of(*option.form));
  return text + tagged(bold("--version"), "The version.");
}

std::string surroundings() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] : exit_statuses) text += tagged(bold(status), meaning);
  text +=
      ".SH ENVIRONMENT\n" +
      tagged(bold("NO_COLOR"), "If it is set to anything, tables have no colours, whatever the terminal.") +
      tagged(bold("TERM"), "On a terminal of the kind dumb there are no colours.") +
      tagged(bold("COLUMNS"), "How wide a terminal is that does not say so itself.") +
      tagged(bold("LC_ALL") + ", " + bold("LC_CTYPE") + ", " + bold("LANG"),
             "Where the first of them that is set does not name UTF-8, small charts on a terminal are drawn "
             "in ASCII. "
             "Nothing else depends on the locale.");
  text +=
      ".SH FILES\n" +
      tagged(italic("BOOK/subscriptions.csv"), "What customers pay; or invoices.csv and invoice_lines.csv.") +
      tagged(italic("BOOK/customers.csv"), "Who they are, with any attribute as a column.") +
      tagged(
          italic("BOOK/payments.csv") + ", " + italic("BOOK/events.csv") + ", " + italic("BOOK/fx_rates.csv"),
          "Attempts to pay, what customers did, and exchange rates.") +
      tagged(italic("BOOK/book.json"), "Currency, time zone and conventions.");
  return text;
}

std::string examples_section(const CommandLineForm& form) {
  std::string text = ".SH EXAMPLES\n";
  for (const CommandForm& command : form.commands)
    for (const Example& example : command.examples)
      text += ".PP\n" + escaped(example.tells) + "\n.PP\n.nf\n.RS\n" +
              escaped("churn " + std::string(example.arguments)) + "\n.RE\n.fi\n";
  return text;
}

}  // namespace

std::string manual_of(const CommandLineForm& form) {
  const std::vector<SharedOption> options = shared_options(form);
  return introduction(form.version) + commands_section(form, options) + options_section(options) +
         surroundings() + examples_section(form) +
         ".SH SEE ALSO\n.BR csvlook (1),\n.BR jq (1),\n.BR sqlite3 (1)\n.PP\n"
         "The documentation of libchurn, and its header\n.IR churn/churn.hpp .\n";
}

}  // namespace churn::cli
