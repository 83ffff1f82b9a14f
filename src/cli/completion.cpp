#include "completion.hpp"

#include <algorithm>

#include "options.hpp"

namespace churn::cli {

namespace {

using Kind = Values::Kind;

std::string joined(const std::vector<std::string>& words, const std::string& between = " ") {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string all_options(const CommandForm& command) {
  std::vector<std::string> names;
  for (const OptionForm& option : command.options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return joined(names);
}

/// `basic|pro)`, without those of flags: what is written behind these is no value.
std::vector<const OptionForm*> with_values(const CommandForm& command) {
  std::vector<const OptionForm*> options;
  for (const OptionForm& option : command.options)
    if (!option.value.empty()) options.push_back(&option);
  return options;
}

/// In bash, what fills COMPREPLY with what a value may be.
std::string bash_values(const Values& values) {
  switch (values.kind) {
    case Kind::words: return "_churn_words '" + joined(values.words) + "'";
    case Kind::words_with_commas: return "_churn_list '" + joined(values.words) + "'";
    case Kind::files: return "_churn_files -f";
    case Kind::folders: return "_churn_files -d";
    case Kind::free: break;
  }
  return ":";
}

std::string for_bash(const CommandLineForm& form) {
  std::string script =
      R"(# bash completion for churn, written by: churn completion bash

_churn_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }

# The last of several words with commas between them.
_churn_list() {
  local before=
  [[ $cur == *,* ]] && before=${cur%,*},
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "${cur##*,}"))
}

_churn_files() {
  local IFS=$'\n'
  COMPREPLY=($(compgen "$1" -- "$cur"))
  compopt -o filenames 2>/dev/null
}

_churn() {
  COMPREPLY=()
  local cur=${COMP_WORDS[COMP_CWORD]} prev= command= place=0 options= i word before=
  ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD-1]}
  # bash takes --period=month for three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  # The command, and how many places were filled behind it.
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ -z $command ]]; then
      [[ $word == -* ]] || command=$word
    elif [[ $word != -?* && $word != = && $before != = ]] && ! _churn_takes_value "$command" "$before"; then
      ((++place))
    fi
    before=$word
  done
  case $command in
)";
  for (const CommandForm& command : form.commands) {
    script += "    " + command.name + ")\n";
    std::string values;
    for (const OptionForm* option : with_values(command)) {
      if (option->value_may_be_left_out && option->values.kind == Kind::free) continue;
      values +=
          "        " + joined(option->names, "|") + ") " + bash_values(option->values) + "; return ;;\n";
    }
    if (!values.empty()) script += "      case $prev in\n" + values + "      esac\n";
    script += "      options='" + all_options(command) + "'\n";
    if (!command.places.empty()) {
      script += "      case $place in\n";
      for (std::size_t i = 0; i < command.places.size(); ++i) {
        const OptionForm& place = command.places[i];
        script += "        " + (place.is_repeated ? std::string("*") : std::to_string(i)) +
                  ") [[ $cur == -?* ]] || { " + bash_values(place.values) + "; return; } ;;\n";
      }
      script += "      esac\n";
    }
    script += "      ;;\n";
  }
  script += "    '') options='" + joined(form.command_names()) + " --help --version' ;;\n  esac\n" +
            R"(  _churn_words "$options"
}

_churn_takes_value() {
  case $1 in
)";
  for (const CommandForm& command : form.commands) {
    std::vector<std::string> names;
    for (const OptionForm* option : with_values(command))
      if (!option->value_may_be_left_out)
        names.insert(names.end(), option->names.begin(), option->names.end());
    if (!names.empty())
      script += "    " + command.name + ") case $2 in " + joined(names, "|") + ") return 0 ;; esac ;;\n";
  }
  return script + "  esac\n  return 1\n}\n\ncomplete -F _churn churn\n";
}

/// In single quotes; of a description in brackets also what ends these or begins what follows.
std::string quoted(const std::string& text, const std::string& escape = "") {
  std::string out = "'";
  for (const char c : text) {
    if (escape.find(c) != std::string::npos) out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

std::string unquoted_for_zsh(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out;
}

std::string zsh_values(const std::string& name, const Values& values) {
  const std::string what = ":" + unquoted_for_zsh(name) + ":";
  switch (values.kind) {
    case Kind::words: return what + "(" + joined(values.words) + ")";
    case Kind::words_with_commas: return what + "_sequence compadd - " + joined(values.words);
    case Kind::files: return what + "_files";
    case Kind::folders: return what + "_files -/";
    case Kind::free: break;
  }
  return what + " ";
}

std::string for_zsh(const CommandLineForm& form) {
  std::string script =
      "#compdef churn\n# zsh completion for churn, written by: churn completion zsh\n\n_churn() {\n"
      "  local curcontext=$curcontext state line\n  local -a known\n  known=(\n";
  for (const CommandForm& command : form.commands)
    script += "    " + quoted(command.name + ":" + command.about) + "\n";
  script +=
      "  )\n  _arguments -C '(- *)'{-h,--help}'[The commands]' '(- *)--version[The version]' "
      "'1:command:->command' '*::argument:->argument' && return 0\n"
      "  if [[ $state == command ]]; then\n    _describe -t commands 'churn command' known\n    return\n  "
      "fi\n"
      "  case $words[1] in\n";
  for (const CommandForm& command : form.commands) {
    script += "    " + command.name + ")\n      _arguments -s";
    for (const OptionForm& option : command.options) {
      const std::string about = "[" + unquoted_for_zsh(option.about) + "]";
      for (const std::string& name : option.names) {
        const bool is_long = name.size() > 2;
        std::string spec = option.is_repeated ? "*" : "(" + joined(option.names) + ")";
        spec += name;
        if (option.value.empty())
          spec += about;
        else if (option.value_may_be_left_out)
          spec += "=-" + about + ":" + zsh_values(option.value, option.values);
        else
          spec += (is_long ? "=" : "+") + about + zsh_values(option.value, option.values);
        script += " \\\n        '" + spec + "'";
      }
    }
    for (std::size_t i = 0; i < command.places.size(); ++i) {
      const OptionForm& place = command.places[i];
      script += " \\\n        '" + (place.is_repeated ? std::string("*") : std::to_string(i + 1)) +
                zsh_values(place.value, place.values) + "'";
    }
    script += "\n      ;;\n";
  }
  return script +
         "  esac\n}\n\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n  _churn \"$@\"\nelse\n"
         "  compdef _churn churn\nfi\n";
}

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_values(const Values& values) {
  switch (values.kind) {
    case Kind::words:
    case Kind::words_with_commas: return " -a " + fish_quoted(joined(values.words));
    case Kind::folders: return " -a '(__fish_complete_directories)'";
    case Kind::files:
    case Kind::free: break;
  }
  return "";
}

std::string for_fish(const CommandLineForm& form) {
  std::string script =
      "# fish completion for churn, written by: churn completion fish\n\ncomplete -c churn -f\n"
      "complete -c churn -n __fish_use_subcommand -s h -l help -d 'The commands'\n"
      "complete -c churn -n __fish_use_subcommand -l version -d 'The version'\n";
  for (const CommandForm& command : form.commands)
    script += "complete -c churn -n __fish_use_subcommand -a " + command.name + " -d " +
              fish_quoted(command.about) + "\n";
  for (const CommandForm& command : form.commands) {
    const std::string on = "complete -c churn -n '__fish_seen_subcommand_from " + command.name + "'";
    for (const OptionForm& place : command.places) {
      if (place.values.kind == Kind::files) script += on + " -F\n";
      if (place.values.kind == Kind::words)
        script += on + " -a " + fish_quoted(joined(place.values.words)) + "\n";
    }
    for (const OptionForm& option : command.options) {
      script += on;
      for (const std::string& name : option.names)
        script += name.size() == 2 ? " -s " + name.substr(1) : " -l " + name.substr(2);
      if (!option.value.empty() && !option.value_may_be_left_out)
        script += option.values.kind == Kind::files ? " -r -F" : " -x";
      script += fish_values(option.values) + " -d " + fish_quoted(option.about) + "\n";
    }
  }
  return script;
}

}  // namespace

std::string completion_for(const std::string& shell, const CommandLineForm& form) {
  switch (parse_choice(shell, "shell", {"bash", "zsh", "fish"})) {
    case 0: return for_bash(form);
    case 1: return for_zsh(form);
    default: return for_fish(form);
  }
}

}  // namespace churn::cli
