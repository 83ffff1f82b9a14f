#include "form.hpp"

#include <algorithm>

namespace churn::cli {

const OptionForm* CommandForm::option(std::string_view name_of_option) const {
  for (const OptionForm& form : options)
    if (std::find(form.names.begin(), form.names.end(), name_of_option) != form.names.end()) return &form;
  return nullptr;
}

const CommandForm* CommandLineForm::command(std::string_view name) const {
  for (const CommandForm& form : commands)
    if (form.name == name) return &form;
  return nullptr;
}

std::vector<std::string> CommandLineForm::command_names() const {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CommandForm& form : commands) names.push_back(form.name);
  return names;
}

const std::vector<AskedQuestion>& asked_questions() {
  static const std::vector<AskedQuestion> questions{
      {"What happened?", {"report", "rates", "movements", "trend", "cohorts", "roster"}, {}},
      {"Who leaves?",
       {"survival", "explain"},
       {{"rates --by SEG --compare", "Which segments lose more customers than the rest, and is it chance"},
        {"levers --show profile", "Which customers are the right ones, and which are not"}}},
      {"Why did they leave?", {"causes", "dunning", "survey", "winback"}, {}},
      {"Who is next?", {"indicators", "score", "backtest"}, {}},
      {"What would change it?", {"levers", "decision", "whatif", "forecast"}, {}},
      {"Can I believe it?", {"check", "compare", "conventions"}, {}},
      {"Books and their parts", {"import", "snapshot", "partial", "merge"}, {}},
      {"The command itself", {"help", "completion", "man"}, {}}};
  return questions;
}

}  // namespace churn::cli
